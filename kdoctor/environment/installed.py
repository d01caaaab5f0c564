"""Whether an environment has what code imports, by the names in its folders."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from kdoctor.environment.model import Environment


def missing(imports: Iterable[str], environment: Environment) -> list[str]:
    """The import names that nothing on the search path has; none where no environment was examined."""
    there: set[str] = set()
    for folder in environment.search_path:
        with suppress(OSError):
            there |= {entry.partition(".")[0] for entry in os.listdir(folder)}
    # An editable installation may have no more there than a module of its own that finds the package.
    finders = [name for name in there if name.startswith("__editable__")]
    return [name for name in imports if there and name not in there and not any(name in finder for finder in finders)]
