"""Runs guides and notebooks statement by statement on an old and a new TensorFlow, and judges kdoctor by the result.

``python -m tests.lab.statements FILE... --old PYTHON --new PYTHON --out TRUTH`` appends one line of JSON a statement;
``--judge TRUTH --kdoctor COMMAND`` compares what `kdoctor scan` says of the same files. See README.md.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import collections
import contextlib
import json
import re
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Optional

INSIDE = Path(__file__).with_name("statements_inside.py")
TARGET = ("--target", "tensorflow==2.21", "--target", "keras==3.15")
Cell = tuple[int, str]
"""Number of the cell, from 1 (0: the file is a script), and its source without magics."""
Place = tuple[int, int]
"""Cell and line."""


@dataclass
class Statement:
    """What one statement did in both environments."""

    file: str
    cell: int
    line: int
    end_line: int
    text: str
    verdict: str
    """works, breaks, after (an earlier statement that broke is the reason), unusable (fails on the old too), not-run"""
    old: str = ""
    error: str = ""
    message: str = ""
    raised_in: str = ""
    numbers: str = ""
    lines: list[Place] = field(default_factory=list)
    """Where the file's own lines stand in the traceback."""
    seen: list[Place] = field(default_factory=list)
    """Lines that ran in both environments, also those inside functions."""
    origins: list[Place] = field(default_factory=list)
    """Lines of the statements that made the names which it uses."""


# ---------------------------------------------------------------------------------------------------------- reading


def cells_of(path: Path) -> list[Cell]:
    """The code of a script or notebook, with magics and shell lines replaced line for line."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix != ".ipynb":
        return [(0, without_magics(text))]
    cells = json.loads(text).get("cells", [])
    return [
        (number, without_magics("".join(cell["source"])))
        for number, cell in enumerate(cells, 1)
        if cell["cell_type"] == "code"
    ]


def without_magics(source: str) -> str:
    """The same lines as plain Python: downloads become calls of ``__shell__``, other magics ``pass``."""
    if re.match(r"\s*%%(?!time|timeit|capture|prun)", source):
        return ""
    lines: list[str] = []
    shell = -1  # where a command began that goes on behind a backslash
    for line in source.split("\n"):
        found = re.match(r"(\s*)([%!?])(.*)", line)
        if shell >= 0:
            lines[shell] = lines[shell][:-2] + " " + line.strip().rstrip("\\").replace("'", '"') + "')"
            lines.append("")
            shell = shell if line.rstrip().endswith("\\") else -1
        elif found and found[2] == "!":
            lines.append(f"{found[1]}__shell__('{found[3].strip().rstrip(chr(92)).replace(chr(39), chr(34))}')")
            shell = len(lines) - 1 if found[3].rstrip().endswith("\\") else -1
        elif found:
            lines.append(found[1] + "pass")
        else:
            lines.append(re.sub(r"^(\s*[\w, ]+)=\s*[!%].*", r"\1= []", line))
    text = "\n".join(lines)
    with contextlib.suppress(SyntaxError, ValueError):
        ast.parse(text)
        return text
    return ""


def statements_of(source: str) -> Iterator[ast.stmt]:
    """The statements at the top; those under ``if __name__ == "__main__"`` count as such."""
    for statement in ast.parse(source).body:
        main = isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test)
        yield from statement.body if main and isinstance(statement, ast.If) else [statement]


def names_in(statement: ast.AST) -> tuple[set[str], set[str], set[str]]:
    """Names that a statement binds, reads, and whose objects a call or an assignment of it may change."""
    bound: set[str] = set()
    read: set[str] = set()
    changed: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            read.add(node.target.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound |= {(each.asname or each.name).split(".")[0] for each in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            bound.add(node.name)
        elif isinstance(node, (ast.Attribute, ast.Subscript)):
            root: ast.AST = node
            while isinstance(root, (ast.Attribute, ast.Subscript, ast.Call)):
                root = root.func if isinstance(root, ast.Call) else root.value
            if isinstance(root, ast.Name):
                changed.add(root.id)
    return bound, read - set(dir(builtins)), changed


# ---------------------------------------------------------------------------------------------------------- running


class Server:
    """One interpreter in which TensorFlow is imported once; each file runs in a fork of it."""

    def __init__(self, python: str) -> None:
        self.process = subprocess.Popen(
            [python, str(INSIDE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        if not self._answer(300):
            self.close()
            raise SystemExit(f"{python} does not start with its TensorFlow")

    def _answer(self, seconds: float) -> str:
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        return self.process.stdout.readline() if ready else ""

    def run(self, cells: Sequence[Cell], statement_s: float, file_s: float) -> dict[Place, dict[str, Any]]:
        """What each statement did, by the place where it starts; what was not reached is missing."""
        assert self.process.stdin
        with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as out:
            request = {"cells": cells, "out": out.name, "statement_s": statement_s, "file_s": file_s}
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            self._answer(file_s * 6 + 60)
            rows = [json.loads(line) for line in out.read().splitlines() if line.endswith("}")]
        return {(row["cell"], row["line"]): row for row in rows}

    def close(self) -> None:
        """Ends it."""
        self.process.kill()
        self.process.wait()


def compare(file: str, cells: Sequence[Cell], old: Mapping[Place, Any], new: Mapping[Place, Any]) -> list[Statement]:
    """What each statement did, and whether it breaks by itself.

    A name is spoilt once a statement that binds it or may change its object has failed on the new side only; it is
    sound again when a statement that reads no spoilt name binds it. What fails and reads a spoilt name, also through
    the functions that it calls, fails after another; so does what finds no file that one that failed names.
    """
    imported = _imported(cells)
    spoilt: set[str] = set()
    lost: set[str] = set()
    strings: dict[Place, set[str]] = {}
    inside: dict[str, set[str]] = {}
    made: dict[str, set[Place]] = collections.defaultdict(set)
    answers = []
    for cell, source in cells:
        for node in statements_of(source):
            bound, read, changed = names_in(node)
            changed -= imported
            reads = set(read)
            while more := set().union(*(inside.get(name, set()) for name in reads)) - reads:
                reads |= more
            first, second = old.get((cell, node.lineno)), new.get((cell, node.lineno))
            last = node.end_lineno or node.lineno
            text = "\n".join(source.split("\n")[node.lineno - 1 : last])
            said = Statement(file, cell, node.lineno, last, text, "works")
            said.origins = sorted(set().union(*(made[name] for name in reads)))
            error = second.get("type", "") if second else ""
            strings[cell, node.lineno] = {
                each.value
                for each in ast.walk(node)
                if isinstance(each, ast.Constant) and isinstance(each.value, str) and len(each.value) > 3
            }
            if first is None or second is None:
                said.verdict = "not-run"
            elif "type" in first and not (first["type"] == "TooLong" and error != "TooLong" and second["s"] < 5):
                said.verdict, said.old = "unusable", f"{first['type']}: {first['message']}"
            elif error == "TooLong":
                said.verdict = "not-run"
            elif error:
                said.old = first.get("type", "")
                message = second["message"]
                unwritten = _NO_FILE.search(message) and any(name in message for name in lost)
                said.verdict = "after" if reads & spoilt or unwritten else "breaks"
            elif "type" in first:
                said.verdict, said.old = "not-run", "TooLong"
            else:
                said.seen = sorted(
                    {tuple(at) for at in first["seen"]} & {tuple(at) for at in second["seen"]} | _own(node, cell)
                )
                said.numbers = "same" if first["numbers"] == second["numbers"] else "differ"
            if second and error:
                said.error, said.message, said.raised_in = error, second["message"], second["raised_in"]
                said.lines = [(cell, number) for cell, number in second["lines"]]
            here = {(cell, number) for number in range(node.lineno, last + 1)}
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                inside[node.name] = read - {node.name}
            if error and said.verdict != "unusable":  # what fails on both sides leaves both alike
                spoilt |= bound | changed
                lost |= set().union(*(strings.get(at, set()) for at in [(cell, node.lineno), *said.origins]))
            elif reads & spoilt:
                spoilt |= bound
            else:
                spoilt -= bound
            for name in bound | (changed & set(made)):
                before = made[name] if name in changed and name not in bound else set()
                made[name] = before | here | (set(said.origins) if len(said.origins) < 400 else set())
            answers.append(said)
    return answers


_NO_FILE = re.compile("No such file|does not exist|not found|[Uu]nable to .*open")


def _own(node: ast.stmt, cell: int) -> set[Place]:
    """The lines that run with the statement itself: not those in the bodies of functions and of branches."""
    inner: set[int] = set()
    for part in ast.walk(node):
        for name in ("body", "orelse", "finalbody", "handlers"):
            rest = getattr(part, name, None)
            if isinstance(rest, list) and rest and not isinstance(part, ast.ClassDef):
                inner.update(range(rest[0].lineno, (rest[-1].end_lineno or 0) + 1))
    return {(cell, line) for line in range(node.lineno, (node.end_lineno or node.lineno) + 1) if line not in inner}


def _imported(cells: Iterable[Cell]) -> set[str]:
    trees = [ast.parse(source) for _, source in cells]
    imports = [node for tree in trees for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    return {name for node in imports for name in names_in(node)[0]}


def run_files(files: Sequence[Path], python: tuple[str, str], out: Path, seconds: tuple[float, float]) -> None:
    """Appends the statements of each file that is not in ``out`` yet; one file in one environment at a time."""
    done = {row["file"] for row in map(json.loads, out.read_text().splitlines())} if out.exists() else set()
    servers = [Server(each) for each in python]
    for path in files:
        cells = cells_of(path)
        if str(path) in done or not any(source.strip() for _, source in cells):
            continue
        results = [server.run(cells, *seconds) for server in servers]
        rows = compare(str(path), cells, *results)
        with out.open("a") as stream:
            stream.writelines(json.dumps(asdict(row)) + "\n" for row in rows)
        print(path, dict(collections.Counter(row.verdict for row in rows)), flush=True)
    for server in servers:
        server.close()


# ---------------------------------------------------------------------------------------------------------- judging


def alarms_of(file: str, kdoctor: Sequence[str]) -> Optional[list[tuple[Place, int, str, str]]]:
    """Where `kdoctor scan` sees something in a file: place, last line, "error" for a certain error or "other", slug.

    None if the scan itself fails: then it says nothing of the file, which is not the same as finding nothing.
    """
    command = [*kdoctor, "scan", file, *TARGET, "--format", "json"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=tempfile.gettempdir())
    if run.returncode not in (0, 1):
        print(f"{file}: exit code {run.returncode}: {run.stderr[-300:]}", file=sys.stderr)
        return None
    found = []
    for each in json.loads(run.stdout)["environments"]:
        for finding in each["findings"]:
            for at in finding["locations"]:
                certain = finding["severity"] == "error" and at["certainty"] == "certain" and not finding["ignored"]
                end = max(at["end_line"] or 0, at["line"])
                found.append(((at["cell"], at["line"]), end, "error" if certain else "other", finding["slug"]))
    return found


def judge(rows: Sequence[Mapping[str, Any]], kdoctor: Sequence[str], show: bool) -> dict[str, int]:
    """Counts what is named of the statements that break, and the alarms about those that work."""
    counts: collections.Counter[str] = collections.Counter()
    files: dict[str, list[Mapping[str, Any]]] = collections.defaultdict(list)
    for row in rows:
        files[row["file"]].append(row)
    for file, statements in files.items():
        alarms = alarms_of(file, kdoctor)
        if alarms is None:
            counts["files not scanned"] += 1
            continue
        spans = _spans(file)
        works = [row for row in statements if row["verdict"] == "works"]
        seen = {tuple(at) for row in works for at in row["seen"]}
        blamed = {tuple(at) for row in statements if row["verdict"] in ("breaks", "after") for at in row["origins"]}
        blamed |= {tuple(at) for row in statements if row["verdict"] in ("breaks", "after") for at in row["lines"]}
        for row in statements:
            counts[row["verdict"]] += 1
            if row["verdict"] == "breaks":
                own = {(row["cell"], line) for line in range(row["line"], row["end_line"] + 1)}
                own |= {line for at in row["lines"] for line in spans.get(tuple(at), {tuple(at)})}
                hit = _level(alarms, own)
                upstream = _level(alarms, {tuple(at) for at in row["origins"]})
                kind = {"error": "named", "other": "named-not-certain"}.get(hit or "") or (
                    "named-upstream" if upstream == "error" else "missed"
                )
                counts[kind] += 1
                if show and kind != "named":
                    print(f"{kind}: {file}:{row['cell']}:{row['line']}: {row['error']}: {row['message'][:160]!r}")
        for at, _, level, slug in alarms:
            if level == "error":
                inside = any((row["cell"], row["line"]) <= at <= (row["cell"], row["end_line"]) for row in works)
                kind = "alarm-right" if at in blamed or not inside else "alarm-false" if at in seen else "alarm-open"
                if not inside and at not in blamed:
                    broken = [row for row in statements if row["verdict"] in ("breaks", "after")]
                    there = any((row["cell"], row["line"]) <= at <= (row["cell"], row["end_line"]) for row in broken)
                    kind = "alarm-right" if there else "alarm-open"
                counts[kind] += 1
                if show and kind == "alarm-false":
                    print(f"{kind}: {file}:{at[0]}:{at[1]}: {slug}")
    return dict(counts)


def _spans(file: str) -> dict[Any, set[Place]]:
    """By each line, all lines of the innermost statement there: a traceback names one line of a call that has more."""
    spans: dict[Any, set[Place]] = {}
    for cell, source in cells_of(Path(file)) if Path(file).exists() else ():
        for node in ast.walk(ast.parse(source)):  # what is within another comes after it
            if isinstance(node, ast.stmt) and not hasattr(node, "body"):
                lines = {(cell, line) for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
                spans.update(dict.fromkeys(lines, lines))
    return spans


def _level(alarms: Iterable[tuple[Place, int, str, str]], places: set[Any]) -> Optional[str]:
    levels = {level for (cell, line), end, level, _ in alarms if any((cell, n) in places for n in range(line, end + 1))}
    return "error" if "error" in levels else "other" if levels else None


def main(arguments: Optional[Sequence[str]] = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--old", help="an interpreter with TensorFlow 2.15")
    parser.add_argument("--new", help="an interpreter with the newest TensorFlow")
    parser.add_argument("--out", type=Path, default=Path("truth.jsonl"))
    parser.add_argument("--statement-seconds", type=float, default=20)
    parser.add_argument("--file-seconds", type=float, default=90)
    parser.add_argument("--judge", action="append", type=Path, default=[], metavar="TRUTH")
    parser.add_argument("--kdoctor", default=f"{sys.executable} -m kdoctor", help="the command to judge")
    parser.add_argument("--show", action="store_true", help="print the lines too; not for a held-out table")
    given = parser.parse_args(arguments)
    if given.files:
        seconds = given.statement_seconds, given.file_seconds
        run_files(given.files, (given.old, given.new), given.out, seconds)
    for table in given.judge:
        rows = [json.loads(line) for line in table.read_text().splitlines()]
        counts = judge(rows, given.kdoctor.split(), given.show)
        print(table.name, len({row["file"] for row in rows}), "files", dict(sorted(counts.items())))


if __name__ == "__main__":
    main()
