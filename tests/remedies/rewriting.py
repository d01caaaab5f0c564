"""Rewrites programs as ``kdoctor fix`` does, and writes the same program in another way."""

from __future__ import annotations

import ast
import io
import json
import tokenize
from collections.abc import Collection, Iterator
from pathlib import Path

from kdoctor import rules
from kdoctor.remedies.edits import Rewriter, Rewritten
from kdoctor.rules.rule import Rule


def with_edits() -> list[Rule]:
    """The rules that rewrite code."""
    return [rule for rule in rules.all_rules() if rule.edits]


def befores() -> Iterator[tuple[str, str]]:
    """The code of each rule with edits, and what its examples say above the line of the check."""
    for rule in with_edits():
        for path in sorted(Path(rules.EXAMPLES, rule.slug).glob("before*.py")):
            yield rule.code, rules.example(rule.slug, path.stem)


def rewritten(text: str, codes: Collection[str] = (), path: str = "a.py", unsafe: bool = True) -> Rewritten:
    """What becomes of a program by the edits of these rules, or of all."""
    return Rewriter(rules.all_rules(), lambda hit: not codes or hit.code in codes, unsafe=unsafe).rewrite(
        path, text.encode()
    )


def fixed(text: str, *codes: str, unsafe: bool = True) -> str:
    """The same as text."""
    result = rewritten(text, codes, unsafe=unsafe)
    assert not result.failed
    return result.after.decode()


def split(text: str) -> str:
    """The same program with a line for each thing between parentheses."""
    lines = text.splitlines(keepends=True)
    depth = 0
    breaks: list[tuple[int, int]] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
        # Of an import only what its parentheses hold, which a statement in one line lacks.
        if token.type == tokenize.OP and depth and token.string in ("(", ","):
            breaks.append(token.end)
    for line, column in reversed(breaks):
        lines[line - 1] = f"{lines[line - 1][:column]}\n    {lines[line - 1][column:].lstrip(' ')}"
    return "".join(lines)


def renamed(text: str) -> str:
    """The same program with other names for its own variables and functions."""
    tree = ast.parse(text)
    own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    own -= {"layer", "state", "value", "x"}  # edits make such
    own |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        own -= {getattr(node, "attr", ""), str(getattr(node, "arg", ""))}
        if isinstance(node, ast.Constant) and isinstance(node.value, str):  # monitor="val_score"
            own = {name for name in own if name not in node.value}
        if isinstance(node, ast.ClassDef):
            own -= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    result = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_own = token.type == tokenize.NAME and token.string in own
        result.append(token._replace(string=f"the_{token.string}") if is_own else token)
    return _untokenized(text, result)


def _untokenized(text: str, tokens: list[tokenize.TokenInfo]) -> str:
    lines = text.splitlines(keepends=True)
    for token in reversed(tokens):
        (line, start), (_, end) = token.start, token.end
        if token.type == tokenize.NAME:
            lines[line - 1] = lines[line - 1][:start] + token.string + lines[line - 1][end:]
    return "".join(lines)


def notebook(*cells: str) -> str:
    """A notebook with these cells, between others; as nobody's tool writes it."""
    code = [
        {
            "cell_type": "code",
            "execution_count": 3,
            "metadata": {"scrolled": True},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": ["1e-07 é\n"]}],
            "source": cell.splitlines(keepends=True),
        }
        for cell in cells
    ]
    cells_ = [{"cell_type": "markdown", "metadata": {}, "source": ["# Title: lr=0.1"]}, *code]
    book = {"cells": cells_, "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=3, ensure_ascii=True, separators=(" ,", " : ")) + "\n\n"


def sources(book: bytes) -> list[str]:
    """The code cells of a notebook."""
    return ["".join(cell["source"]) for cell in json.loads(book)["cells"] if cell["cell_type"] == "code"]
