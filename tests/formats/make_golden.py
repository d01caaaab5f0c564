"""A report in each format, as it must stay: ``python -m tests.formats.make_golden`` writes it anew."""

from __future__ import annotations

from pathlib import Path

from kdoctor import formats
from kdoctor.formats import issue_block
from kdoctor.formats.context import Context
from tests.formats.samples import gated

FOLDER = Path(__file__).parent / "golden"
CONTEXT = Context(manifest="requirements.txt", root="/repo", folder="/repo")
NAMES = {
    "sarif": "gated.sarif",
    "junit": "gated.junit.xml",
    "github": "gated.github.txt",
    "gitlab": "gated.gitlab.json",
    "markdown": "gated.md",
    "concise": "gated.concise.txt",
    "environment": "environment.md",
}


def make(name: str) -> str:
    """The text of one of them."""
    if name == "environment":
        return issue_block.render(issue_block.facts(gated().environments[0].environment))
    return formats.render(name, gated(), CONTEXT).decode("utf-8")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, file in NAMES.items():
        (FOLDER / file).write_bytes(make(name).encode("utf-8"))
