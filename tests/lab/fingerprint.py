"""The fingerprint of a canary: it changes when, and only when, what the canary does may have changed.

Hashed are the syntax trees of the function and of every module-level name that it reaches, without comments, blank
lines, docstrings, decorators, type annotations and what is imported for these alone, and the bytes of the fixtures
that it names. The trees are written out here rather than by ``ast.dump`` or ``ast.unparse``, whose text differs from
one Python to another.
"""

from __future__ import annotations

import ast
import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache

from kdoctor import canaries as canary_files
from kdoctor.canaries import Canary

LENGTH = 12
"""Hexadecimal digits kept: two versions of one canary will not meet in 48 bits."""
_UNUSED_FIELDS = {"ctx", "kind", "type_comment", "annotation", "returns", "type_params", "decorator_list"}


def fingerprint(canary: Canary, path: str = "", fixtures: str = canary_files.FIXTURES) -> str:
    """The fingerprint of a canary that ships with kdoctor, or of one in a file of its own."""
    statements = _statements_by_name(path or canary_files.source_path(canary.area))
    reached = _reached(canary.slug.replace("-", "_"), statements)
    digest = hashlib.sha256(f"per namespace: {canary.per_namespace}\n".encode())
    for statement in reached:
        digest.update("".join(_written(statement)).encode())
    for name in _fixtures_named(reached, fixtures):
        digest.update(name.encode())
        digest.update(_content(os.path.join(fixtures, name)))
    return digest.hexdigest()[:LENGTH]


@cache
def _statements_by_name(path: str) -> dict[str, tuple[ast.stmt, ...]]:
    """For each name of a module the top-level statements that bind it, in the order of the file."""
    with open(path, "rb") as file:
        tree = ast.parse(file.read())
    found: dict[str, tuple[ast.stmt, ...]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            continue
        for name in _bound(statement):
            found[name] = (*found.get(name, ()), statement)
    return found


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a top-level statement binds."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    inner = [node for node in ast.walk(statement) if isinstance(node, ast.stmt) and node is not statement]
    return names.union(*(_bound(node) for node in inner))


def _reached(name: str, statements: dict[str, tuple[ast.stmt, ...]]) -> list[ast.stmt]:
    """The statements behind a function, itself first, each once and in an order that only the code decides."""
    reached: dict[ast.stmt, None] = dict.fromkeys(statements[name])
    waiting = list(reached)
    while waiting:
        for node in _walk(waiting.pop(0)):
            if isinstance(node, ast.Name):
                for statement in statements.get(node.id, ()):
                    if statement not in reached:
                        reached[statement] = None
                        waiting.append(statement)
    return list(reached)


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node as ``ast.walk`` has it, but for those that do not change what the code does."""
    waiting = deque([tree])
    while waiting:
        node = waiting.popleft()
        for field, value in ast.iter_fields(node):
            if field not in _UNUSED_FIELDS:
                children = value if isinstance(value, list) else [value]
                waiting.extend(child for child in children if isinstance(child, ast.AST))
        yield node


def _written(node: object) -> Iterator[str]:
    """A tree as text: node types and the fields that mean something, positions left out."""
    if isinstance(node, ast.JoinedStr):
        yield f"(JoinedStr {[''.join(_written(part)) for part in _joined(node.values)]})"
    elif isinstance(node, ast.AST):
        yield f"({type(node).__name__}"
        for field, value in ast.iter_fields(node):
            if field in _UNUSED_FIELDS or value is None or value == []:
                continue
            if field == "body" and isinstance(value, list):
                value = _without_docstring(value)
            yield f" {field}="
            yield from _written(value)
        yield ")"
    elif isinstance(node, list):
        yield "["
        for item in node:
            yield from _written(item)
            yield ","
        yield "]"
    else:
        yield repr(node)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return body[1:] if is_text else body


def _joined(parts: Iterable[ast.expr]) -> list[ast.expr]:
    """The parts of an f-string; how a Python splits the text between them, and whether it keeps empty text, varies."""
    joined: list[ast.expr] = []
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            if not part.value:
                continue
            previous = joined[-1] if joined else None
            if isinstance(previous, ast.Constant):
                joined[-1] = ast.Constant(str(previous.value) + part.value)
                continue
        joined.append(part)
    return joined


def _fixtures_named(statements: Iterable[ast.stmt], fixtures: str) -> list[str]:
    """The entries of the folder of fixtures whose names stand in the code."""
    entries = set(os.listdir(fixtures)) if os.path.isdir(fixtures) else set()
    texts = {
        node.value
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return sorted(entry for entry in entries if any(text.split("/")[0] == entry for text in texts))


def _content(path: str) -> bytes:
    """The bytes of a file, or of every file in a folder with their names."""
    if os.path.isfile(path):
        with open(path, "rb") as file:
            return file.read()
    pieces = []
    for name in sorted(os.listdir(path)):
        pieces += [name.encode(), _content(os.path.join(path, name))]
    return b"\n".join(pieces)
