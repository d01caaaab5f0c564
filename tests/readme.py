"""The parts of the README that the program itself has written: ``python -m tests.readme`` writes them anew.

What needs a real environment is written with ``python -m tests.readme NAME=INTERPRETER``, where NAME stands after
``--python`` in the README: ``tf217=/path/to/bin/python``. Commands that name a file that the README shows find it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(
    r"(<!-- output of: (?P<command>.+?) -->\n```text\n)(?P<output>.*?)(```\n<!-- end of output -->)", re.S
)
FILE = re.compile(r"<!-- file: (?P<name>\S+) -->\n```python\n(?P<content>.*?)```", re.S)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Each command that the README shows with its output."""
    for match in BLOCK.finditer(text):
        yield match["command"], match["output"]


def files(text: str) -> dict[str, str]:
    """The files that the README shows, by name."""
    return {match["name"]: match["content"] for match in FILE.finditer(text)}


def needs_environment(command: str) -> bool:
    return "--python" in command


def output_of(command: str, interpreters: Mapping[str, str]) -> str:
    """What the command prints into a pipe of 80 columns."""
    words = [interpreters.get(word, word) for word in command.split()]
    environ = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    environ["PYTHONPATH"] = str(README.parent)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files(README.read_text(encoding="utf-8")).items():
            if name in words:
                (Path(folder) / name).write_text(content, encoding="utf-8")
        completed = subprocess.run(
            [sys.executable, "-m", *words],
            env=environ,
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=600,
        )
    shown = completed.stdout
    for name, interpreter in interpreters.items():
        shown = shown.replace(interpreter, f"~/{name}/bin/python")
    return shown.rstrip() + "\n"


def main(arguments: list[str]) -> None:
    interpreters = dict(argument.split("=", 1) for argument in arguments)

    def written(match: re.Match[str]) -> str:
        command = match["command"]
        if needs_environment(command) and not set(command.split()) & set(interpreters):
            return match[0]
        return match[1] + output_of(command, interpreters) + match[4]

    README.write_text(BLOCK.sub(written, README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
