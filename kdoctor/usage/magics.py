"""Cells as IPython takes them: magics, shell lines and help lines become Python, line for line.

What sets a variable is kept in the form that IPython itself gives it, ``get_ipython().run_line_magic("env", ...)`` and
``get_ipython().system(...)``, which scripts exported from notebooks contain as well.
"""

from __future__ import annotations

import re
from typing import Optional

PYTHON_CELLS = frozenset(
    {"time", "timeit", "capture", "prun", "python", "python3", "pypy", "debug", "memit", "mprun", "lprun"}
)
"""Cell magics whose body is Python in this very session (or reads as if it were)."""
_PYTHON_LINES = frozenset({"time", "timeit", "prun", "memit", "debug"})
_LONGEST_LINE = 5000
"""Beyond it, nobody wrote the line, and expressions over it could take long."""
_CELL_MAGIC = re.compile(r"[ \t]*%%([\w.:!]+)")
_LINE_MAGIC = re.compile(r"%{1,2}(\w+)[ \t]*(.*)", re.DOTALL)
_ASSIGNED = re.compile(r"([ \t]*[\w., \t\[\]\"']+?=[ \t]*)([!%])(?!=)(.*)", re.DOTALL)
_HELP = re.compile(r"[ \t]*(?:\?{1,2}[%\w.*]+|%{0,2}[\w.*\[\]]+\?{1,2})[ \t]*;?[ \t]*$")
_TOKEN = re.compile(r"""\"\"\"|'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\#[^\n]*|[()\[\]{}]|\\$""")
_OPTIONS = re.compile(r"(?:-[a-z]\s*\d*[ \t]+)*")


def to_python(text: str) -> Optional[str]:
    """The cell as Python with the same number of lines; None where its body is for another language.

    To be asked only when the cell is not Python as it stands, for a line that begins with ``%`` can be that, too.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    while True:
        magic = _CELL_MAGIC.match(lines[first])
        if magic is None:
            break
        if magic[1] not in PYTHON_CELLS:
            return None
        lines[first] = ""
        first = next((number for number, line in enumerate(lines) if line.strip()), first)
    return "\n".join(_translate(lines))


def _translate(lines: list[str]) -> list[str]:
    out: list[str] = []
    open_string = ""
    depth = 0
    continued = False
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if not open_string and not depth and not continued:
            replaced = _special(line)
            if replaced is not None:
                # A shell line or a magic goes on behind a backslash at its end; those lines are not Python either.
                extra = 0
                while line.rstrip().endswith("\\") and number < len(lines):
                    line = lines[number]
                    number += 1
                    extra += 1
                out.append(replaced)
                out.extend([""] * extra)
                continue
        open_string, depth, continued = _state_after(line, open_string, depth)
        out.append(line)
    return out


def _special(line: str) -> Optional[str]:
    """The Python that stands for a line that is none; None for a line of Python."""
    body = line.lstrip()
    indentation = line[: len(line) - len(body)]
    if not body or len(line) > _LONGEST_LINE:
        return None
    if body[0] == "!":
        return f"{indentation}get_ipython().system({body[1:].rstrip()!r})"
    if body[0] == "%":
        magic = _LINE_MAGIC.match(body)
        if magic is None:
            return f"{indentation}pass"
        if magic[1] in _PYTHON_LINES and magic[2].strip():
            options = _OPTIONS.match(magic[2])
            code = magic[2][options.end() :] if options else magic[2]
            # The code keeps its column.
            return f"{indentation}0;{' ' * (len(body) - len(code) - 2)}{code}"
        return f"{indentation}get_ipython().run_line_magic({magic[1]!r}, {magic[2].strip()!r})"
    if "?" in body and _HELP.match(line):
        return f"{indentation}pass"
    assigned = _ASSIGNED.match(line)
    if assigned is not None and "(" not in assigned[1]:
        return f"{assigned[1]}None"
    if body[0] in ",;/" and len(body) > 1 and (body[1].isalpha() or body[1] == "_"):
        return f"{indentation}pass"
    return None


def _state_after(line: str, open_string: str, depth: int) -> tuple[str, int, bool]:
    """Whether a triple-quoted string, brackets, or a backslash carry the statement over the end of the line."""
    position = 0
    continued = False
    while position < len(line):
        if open_string:
            end = line.find(open_string, position)
            while end > 0 and line[end - 1] == "\\":
                end = line.find(open_string, end + 1)
            if end < 0:
                return open_string, depth, False
            position = end + 3
            open_string = ""
            continue
        match = _TOKEN.search(line, position)
        if match is None:
            break
        token = match[0]
        position = match.end()
        if token in ('"""', "'''"):
            open_string = token
        elif token in ("(", "[", "{"):
            depth += 1
        elif token in (")", "]", "}"):
            depth = max(0, depth - 1)
        elif token == "\\":
            continued = True
    return open_string, depth, continued
