"""Draws safe edits of public code, and runs each: the old words on an old TensorFlow, the new words on a new one.

``python -m tests.lab.drawn FOLDER... --old PYTHON --new PYTHON`` draws 100 from the files of at least ten projects.
Of each it runs the statement or call that changes, with values made up for all that comes from elsewhere, and compares
what comes out: numbers, names, weights, files. See README.md.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import collections
import json
import math
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional

from kdoctor.cli import common
from kdoctor.code import Usage
from kdoctor.code.cells import read_cells
from kdoctor.code.places import Change, Fix
from kdoctor.remedies.edits import apply, is_wanted
from kdoctor.report import Report
from kdoctor.rules.edits import Source
from kdoctor.settings import Settings

INSIDE = Path(__file__).with_name("drawn_inside.py")


class Drawn(NamedTuple):
    """One edit, as two jobs."""

    place: str
    code: str
    diff: tuple[str, ...]
    before: dict[str, Any]
    after: dict[str, Any]


def unit_of(source: Source, changes: Sequence[Change]) -> Optional[ast.AST]:
    """The smallest call or statement in which all changes are."""
    spans = [span(source, one) for one in changes]
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    parents: dict[ast.AST, ast.AST] = {}
    found: Optional[ast.AST] = None
    for node in ast.walk(source.tree):
        parents.update((child, node) for child in ast.iter_child_nodes(node))
        if isinstance(node, (ast.expr, ast.stmt)):
            start, end = source.of(node)
            if start <= first and last <= end:
                found = node
    while found is not None and not isinstance(found, (ast.stmt, ast.Call)):
        parent = parents.get(found)
        is_value = isinstance(found, (ast.Attribute, ast.Name)) and not isinstance(parent, (ast.Attribute, ast.Call))
        if is_value and isinstance(getattr(found, "ctx", None), ast.Load):
            return found
        found = parent
    whole = parents.get(found) if found is not None else None
    # `model.add(LSTM(...))` is one thing, and so is the model around its first layer.
    return whole if isinstance(whole, ast.Expr) else found


def span(source: Source, change: Change) -> tuple[int, int]:
    """The offsets of a change, whose columns are characters."""
    lines = [len(line) + 1 for line in source.text.split("\n")]
    return sum(lines[: change.line - 1]) + change.column, sum(lines[: change.end_line - 1]) + change.end_column


class Stubs(ast.NodeTransformer):
    """Puts a name in the place of each thing that comes from elsewhere."""

    def __init__(self, source: Source, hot: Sequence[tuple[int, int]], known: set[str], roles: dict[str, str]) -> None:
        self.source, self.hot, self.known = source, hot, known
        self.roles = roles
        """By the text of what is replaced what it is for; the place in it gives the name."""
        self.role = ""

    def visit(self, node: ast.AST) -> ast.AST:
        """Replaces an expression, or goes into it."""
        if not isinstance(node, ast.expr) or isinstance(node, ast.Constant):
            return self.generic_visit(node)
        text = ast.unparse(node)
        if text in self.roles:
            return self._named(text)
        free = [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and one.id not in self.known]
        if not free:
            return node
        is_stored = isinstance(getattr(node, "ctx", None), ast.Store)
        if is_stored and isinstance(node, ast.Name):
            return node
        start, end = self.source.of(node)
        is_hot = any(start <= last and first <= end for first, last in self.hot)
        if isinstance(node, ast.Name) or not (is_hot or is_stored):
            self.roles[text] = self.role
            return self._named(text)
        return self._into(node)

    def _named(self, text: str) -> ast.Name:
        return ast.Name(f"stub_{list(self.roles).index(text)}", ast.Load())

    def _into(self, node: ast.expr) -> ast.AST:
        outer = self.role
        if isinstance(node, ast.Call):
            self.role = "receiver"
            node.func = self.visit(node.func)  # type: ignore[assignment]
            for number, argument in enumerate(node.args):
                is_batches = not number and getattr(node.func, "attr", "").endswith("_generator")
                self.role = "generator" if is_batches else f"{number}"
                node.args[number] = self.visit(argument)  # type: ignore[call-overload]
            for keyword in node.keywords:
                self.role = keyword.arg or ""
                keyword.value = self.visit(keyword.value)  # type: ignore[assignment]
        else:
            self.role = "receiver" if isinstance(node, ast.Attribute) else f"each of {outer}"
            node = self.generic_visit(node)  # type: ignore[assignment]
        self.role = outer
        return node


def imports_of(text: str) -> tuple[list[str], set[str]]:
    """The imports of a text in their order, also those inside functions, and names that they and aliases bind."""
    lines, names = [], set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not getattr(node, "level", 0):
            for alias in node.names:
                if alias.name != "*":
                    names.add(alias.asname or alias.name.partition(".")[0])
            lines.append(ast.unparse(node))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            root: ast.AST = node.value
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(node.value, ast.Attribute) and isinstance(root, ast.Name) and root.id in names:
                names.add(node.targets[0].id)
                lines.append(ast.unparse(node))
    return lines, names


def job(text: str, unit: str, hot: Sequence[tuple[int, int]], roles: dict[str, str]) -> dict[str, Any]:
    """What is to be run of one side; ``hot`` are the ranges of the unit that change."""
    lines, known = imports_of(text)
    before = "if True:\n" if unit[:1].isspace() else ""
    tree = ast.parse(before + unit)
    own = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    shifted = [(start + len(before), end + len(before)) for start, end in hot]
    stubs = Stubs(Source(0, before + unit, tree), shifted, known | own | set(dir(builtins)), roles)
    new = ast.fix_missing_locations(stubs.visit(tree))
    body = new.body[0].body if before else new.body  # type: ignore[attr-defined]
    used = {one.id for one in ast.walk(new) if isinstance(one, ast.Name)}
    is_import = any(isinstance(one, (ast.Import, ast.ImportFrom)) for one in body)
    said = "\n".join(ast.unparse(one) for one in body)
    names = {f"stub_{number}": role for number, role in enumerate(roles.values())}
    return {
        "imports": [] if is_import else [line for line in lines if used & imports_of_line(line)],
        "text": said,
        "stubs": {name: role for name, role in names.items() if name in used},
        "binds": sorted(own | (imports_of(said)[1] if is_import else set())),
    }


def imports_of_line(line: str) -> set[str]:
    """What a line of :func:`imports_of` binds."""
    tree = ast.parse(line).body[0]
    if isinstance(tree, ast.Assign):
        return {getattr(tree.targets[0], "id", "")}
    return {alias.asname or alias.name.partition(".")[0] for alias in getattr(tree, "names", [])}


def drawn_of(place: str, code: str, path: str, data: bytes, fix: Fix) -> Optional[Drawn]:
    """Both sides of an edit; None where it changes a whole class or function."""
    cell = fix.changes[-1].cell
    before, after = (read_cells(path, one).cells for one in (data, apply(path, data, fix.changes)))
    text = next(one.python for one in before if one.number == cell)
    everything, edited = ("\n".join(one.python for one in cells) for cells in (before, after))
    own = [one for one in fix.changes if one.cell == cell and not one.text.startswith(("\nimport", "\nfrom"))]
    source = Source(0, text, ast.parse(text))
    unit = unit_of(source, own)
    if unit is None or not own or isinstance(unit, (ast.FunctionDef, ast.ClassDef)):
        return None
    start, end = source.of(unit)
    line = text.rfind("\n", 0, start) + 1
    if isinstance(unit, ast.stmt) and not text[line:start].strip():
        start = line
    old = text[start:end]
    new, hot, hot_after, shift = old, [], [], 0
    for one in sorted(own, key=lambda one: (one.line, one.column)):
        first, last = (at - start for at in span(source, one))
        new = new[: first + shift] + one.text + new[last + shift :]
        hot.append((first, last))
        hot_after.append((first + shift, first + shift + len(one.text)))
        shift += len(one.text) - (last - first)
    roles: dict[str, str] = {}
    sides = [job(everything, old, hot, roles), job(edited, new, hot_after, roles)]
    return Drawn(place, code, fix.diff, sides[0], sides[1])


def judged(path: Path) -> tuple[Usage, Report]:
    """What a file or folder hits on the newest releases on record."""
    used = common.usage((str(path),))
    return used, common.assess(Settings(paths=(str(path),)), used=used)


def edits_in(folder: Path) -> Iterator[tuple[str, str, str, bytes, Fix]]:
    """Every safe edit under a folder."""
    used, report = judged(folder)
    for hit in filter(is_wanted(report.findings), (*used.hits, *used.moved)):
        where = hit.location
        if where.fix and not where.fix.unsafe:
            name = f"{where.path}:{where.cell}:{where.line}"
            yield name, hit.code, where.path, used.sources[where.path], where.fix


class Server:
    """An interpreter that runs jobs."""

    def __init__(self, python: str) -> None:
        self.process = subprocess.Popen(
            [python, str(INSIDE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.communicate()

    def run(self, what: dict[str, Any]) -> dict[str, Any]:
        """What came of a job."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline() or '{"error": "ended"}')
        return answer


def same(one: object, other: object) -> bool:
    """Whether two answers are the same, numbers to five digits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other))
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=2e-5, abs_tol=1e-6) or (math.isnan(one) and math.isnan(other))
    return one == other


def shapes_of(answer: object) -> object:
    """An answer without its numbers."""
    if isinstance(answer, dict):
        return {key: shapes_of(one) for key, one in answer.items() if key != "numbers"}
    return [shapes_of(one) for one in answer] if isinstance(answer, list) else answer


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Returns 1 where an edit that is called safe changes what comes out."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.drawn", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, help="a project each")
    parser.add_argument("--old", required=True, action="append", metavar="PYTHON", help="the first that runs it counts")
    parser.add_argument("--new", required=True, metavar="PYTHON")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="a line of JSON for each edit; what it holds is not run again")
    parser.add_argument("--list", action="store_true", help="print the jobs and run nothing")
    options = parser.parse_args(arguments)
    found = [(folder.name, one) for folder in options.folders for one in edits_in(folder)]
    random.Random(options.seed).shuffle(found)
    servers = [] if options.list else [Server(one) for one in (*options.old, options.new)]
    counts: collections.Counter[str] = collections.Counter()
    projects = set()
    done: dict[tuple[str, str], dict[str, Any]] = {}
    if options.out and options.out.exists():
        rows = map(json.loads, options.out.read_text().splitlines())
        done = {(row["place"], row["code"]): row for row in rows}
    for project, (place, code, path, data, fix) in found:
        if counts["same"] + counts["changed"] >= options.count:
            break
        drawn = drawn_of(place, code, path, data, fix)
        if drawn is None:
            counts["not run: a whole class or function"] += 1
            continue
        if options.list:
            print(json.dumps(drawn._asdict(), indent=1))
            counts["same"] += 1
            continue
        if (place, code) in done:  # by an earlier run that was stopped
            counts[done[place, code]["verdict"]] += 1
            projects.add(project)
            continue
        tries = (server.run(drawn.before) for server in servers[:-1])
        old = next((one for one in tries if "answer" in one), {"error": "it runs on no old release"})
        new = servers[-1].run({**drawn.after, "with": old["with"]}) if "answer" in old else {}
        if "answer" not in old:
            verdict = "not run: the old words do not run on made-up values"
        else:
            answers = [one.get("answer") for one in (old, new)]
            if any(word in drawn.before["text"] for word in ("random", "_normal")):  # no two releases draw the same
                answers = [shapes_of(one) for one in answers]
            verdict = "same" if same(*answers) else "changed"
            projects.add(project)
        counts[verdict] += 1
        if options.out:
            with options.out.open("a") as stream:
                stream.write(json.dumps({**drawn._asdict(), "verdict": verdict, "old": old, "new": new}) + "\n")
        if verdict != "same":
            print(f"{verdict}: {place} {code}\n  " + "\n  ".join(drawn.diff), flush=True)
            print(f"  old: {str(old)[:400]}\n  new: {str(new)[:400]}", flush=True)
    for server in servers:
        server.close()
    print(f"{dict(counts)} of {len(found)} safe edits, from {len(projects)} projects", flush=True)
    return 1 if counts["changed"] else 0


if __name__ == "__main__":
    sys.exit(main())
