"""A report in each format, as it must stay: ``python -m tests.render.make_golden`` writes it anew."""

from __future__ import annotations

from pathlib import Path

from kdoctor.model import Location
from kdoctor.pins import Pins
from kdoctor.render import environment_block, formats
from kdoctor.render.context import Context
from tests.render.samples import gated

FOLDER = Path(__file__).parent / "golden"
CONTEXT = Context(pins=Pins({"tensorflow": Location("requirements.txt", 4)}), root="/repo", folder="/repo")
NAMES = {
    "sarif": "gated.sarif",
    "junit": "gated.junit.xml",
    "github": "gated.github.txt",
    "gitlab": "gated.gitlab.json",
    "markdown": "gated.md",
    "environment": "environment.md",
}


def make(name: str) -> str:
    """The text of one of them."""
    if name == "environment":
        return environment_block.render(gated().environments[0].environment)
    return formats.render(name, gated(), CONTEXT)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, file in NAMES.items():
        (FOLDER / file).write_bytes(make(name).encode("utf-8"))
