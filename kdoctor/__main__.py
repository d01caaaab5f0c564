"""The command: ``kdoctor`` and ``python -m kdoctor``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        from kdoctor.cli import app

        app(prog_name="kdoctor")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
