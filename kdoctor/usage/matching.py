"""Whether what a call is given fits a pattern."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import NamedTuple, Optional, Union

from kdoctor.usage import kinds
from kdoctor.usage.index import canonical_pattern, expand
from kdoctor.usage.patterns import ANY, Applied, Argument, Call, Method
from kdoctor.usage.values import MISSING, Arguments, Function, Many, Text, Thing, Value

_CALLS_PYTHON = ("numpy_function", "py_function", "py_func")


class Matched(NamedTuple):
    """That a call fits."""

    place: Optional[ast.AST]
    """The argument that makes it fit; None for the call itself."""
    said: tuple[str, ...]
    """The keywords that the pattern speaks of."""


def match_arguments(pattern: Union[Call, Method, Applied], arguments: Arguments) -> Optional[Matched]:
    """Whether the arguments are what the pattern wants; what is not known never is."""
    place: Optional[ast.AST] = None
    said: list[str] = []
    if pattern.keyword:
        found = arguments.keywords.get(pattern.keyword)
        if found is None or not _equals(found[0], pattern.value):
            return None
        place = found[1]
        said.append(pattern.keyword)
    positional = getattr(pattern, "positional", 0)
    if positional:
        if len(arguments.nodes) < positional:
            return None
        place = arguments.nodes[positional - 1]
    for wanted in pattern.where:
        value, node, expression = arguments.find(wanted.position, wanted.keyword)
        if wanted.absent:
            if value is not MISSING or arguments.open:
                return None
            continue
        if value is MISSING or not _fits(wanted, value, expression):
            return None
        if not pattern.keyword:
            place = node
        if wanted.keyword and node.__class__ is ast.keyword:
            said.append(wanted.keyword)
    return Matched(place, tuple(said))


def _fits(wanted: Argument, value: Value, node: Optional[ast.expr]) -> bool:
    if not _equals(value, wanted.value):
        return False
    if wanted.variable and getattr(node, "id", "") != wanted.variable:
        return False
    if wanted.is_a and not _is_a(wanted.is_a, value, node):
        return False
    if wanted.made_by is not None and not _made_by(wanted.made_by, value):
        return False
    if wanted.containing and wanted.containing not in _end_of(value)[0]:
        return False
    if wanted.with_suffix:
        tail = _end_of(value)[0]
        if not tail or not tail.endswith(wanted.with_suffix):
            return False
    return not wanted.without_suffix or _ends_in_none(value, wanted.without_suffix)


def _equals(value: Value, wanted: object) -> bool:
    if wanted is ANY:
        return True
    if value.__class__ is not ast.Constant:
        return False
    return bool(value.value.__class__ is wanted.__class__ and value.value == wanted)


def _end_of(value: Value) -> tuple[str, bool]:
    """The known end of a string, and whether that is all of it."""
    if value.__class__ is ast.Constant and isinstance(value.value, str):
        return value.value, True
    if value.__class__ is Text:
        return value.tail, False
    return "", False


def _ends_in_none(value: Value, suffixes: tuple[str, ...]) -> bool:
    tail, whole = _end_of(value)
    if not tail or tail.endswith(suffixes):
        return False
    # What stands before the part that is known could complete a suffix: `name + "h5"`.
    return whole or not any(suffix.endswith(tail) for suffix in suffixes)


def _is_a(kind: str, value: Value, node: Optional[ast.expr]) -> bool:
    if kind == "lambda":
        return node.__class__ is ast.Lambda
    if kind == "dict":
        return node.__class__ in (ast.Dict, ast.DictComp)
    if kind == "list":
        return value.__class__ is Many or node.__class__ in (ast.List, ast.Tuple, ast.ListComp)
    if kind == "string":
        return value.__class__ is Text or (value.__class__ is ast.Constant and isinstance(value.value, str))
    if kind == "number":
        return (
            value.__class__ is ast.Constant
            and isinstance(value.value, (int, float))
            and not isinstance(value.value, bool)
        )
    if kind == "flat":
        if value.__class__ is Many:
            nested = getattr(node, "elts", ())
            return bool(value.items) and not any(
                item.__class__ is Many or inner.__class__ in (ast.Dict, ast.List)
                for item, inner in zip(value.items, nested or value.items)
            )
        return _is_a("string", value, node)
    if kind == "numbers":
        return value.__class__ is Many and _is_of_numbers(value)
    if kind == "own-function":
        held = value.items if value.__class__ is Many else (value,)
        return any(item.__class__ is Function for item in held)
    if kind == "opaque-function":
        body = value.node if value.__class__ is Function else node
        return body is not None and any(getattr(one, "attr", "") in _CALLS_PYTHON for one in ast.walk(body))
    if kind == "of-keras":
        return _is_of_keras(value, node)
    if value.__class__ is not Thing:
        return False
    if kind in kinds.TRAITS:
        return bool(value.traits & kinds.TRAITS[kind])
    return bool(value.kind == kind)


def _is_of_numbers(value: Many) -> bool:
    return bool(value.items) and all(
        _is_of_numbers(item) if item.__class__ is Many else _is_a("number", item, None) for item in value.items
    )


def _is_of_keras(value: Value, node: Optional[ast.expr]) -> bool:
    if value.__class__ is Many:
        return any(_is_of_keras(item, None) for item in value.items)
    if isinstance(node, ast.Dict):
        return any(isinstance(part, ast.Constant) for item in node.values for part in ast.walk(item))
    if value.__class__ is Thing:
        return value.local is None and value.symbol is not None
    return _is_a("string", value, None)


def _made_by(pattern: Call, value: Value) -> bool:
    if value.__class__ is Many:
        return any(_made_by(pattern, item) for item in value.items)
    if value.__class__ is not Thing or value.symbol is None or value.arguments is None:
        return False
    return name_matches(pattern.name, value.symbol.name) and match_arguments(pattern, value.arguments) is not None


@lru_cache(maxsize=512)
def _expression(pattern: str) -> re.Pattern[str]:
    choices = []
    for name in expand(pattern):
        canonical = canonical_pattern(name)[0]
        choices.append(re.escape(canonical).replace(r"\*", "[^.]*"))
    return re.compile("|".join(choices))


def name_matches(pattern: str, name: str) -> bool:
    """Whether a canonical name is one that the pattern stands for."""
    return _expression(pattern).fullmatch(name) is not None


def receiver_name(node: ast.expr) -> str:
    """What the object before a dot is called, in lower case: the last part of ``self.model``."""
    if node.__class__ is ast.Name:
        return node.id.lower()
    if node.__class__ is ast.Attribute:
        return node.attr.lower()
    return ""


def wording(name: str, matched: Matched) -> str:
    """What the code does, in its own words."""
    if matched.said:
        inside = ", ".join(f"{keyword}=..." for keyword in matched.said)
        return f"{name[:-5] if name.endswith('(...)') else name}({inside})"
    return name if name.endswith(")") else f"{name}(...)"
