"""Writes ``kdoctor/formats/report.schema.json`` from the model: ``python -m tests.formats.make_schema``.

The schema is kept in the repository because it is an interface; a test compares it with what this makes of the model,
so that a new field cannot be forgotten and a changed one is seen in the history.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import inspect
import io
import json
import re
import tokenize
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kdoctor import report, words
from kdoctor.code import places
from kdoctor.environment import model as facts_model
from kdoctor.environment import steps
from kdoctor.formats import json as rendering
from kdoctor.observe import model as observed_model
from kdoctor.rules import rule

PATH = Path(rendering.__file__).with_name("report.schema.json")
Schema = dict[str, Any]
SPELLED: Schema = {
    "commands": {
        "description": "The steps as lines for the shell of this environment, in its installer's language.",
        "type": "array",
        "items": {"type": "string"},
    },
    "before": {"description": "The code of a change as it was.", "type": "string"},
    "after": {"description": "The code of a change as it is to be.", "type": "string"},
    "text": {"description": "What no command can do, one thing a line.", "type": "string"},
}
"""What the document says of a remedy besides its steps: the same in words."""


def make() -> str:
    """The text of the schema."""
    definitions: dict[str, Schema] = {}
    described = _descriptions()
    facts = _properties(facts_model.Environment, definitions, described)
    seen = _properties(report.Examination, definitions, described)
    del seen["environment"]
    definitions["Examination"] = _object("One environment: its facts, and what was seen of it.", {**facts, **seen})
    finding = definitions["Finding"]["properties"]
    texts = {name: finding.pop(name) for name in rendering.TEXTS}
    definitions["Finding"] = _object(definitions["Finding"]["description"], finding)
    definitions["Texts"] = _object("What is known of a finding, wherever it is found.", texts)
    for word in (report.Status, words.Severity):
        _of(word, definitions, described)
    top = {
        "schema": {"const": rendering.SCHEMA},
        "kdoctor": {"description": "Version of kdoctor.", "type": "string"},
        "created": {"description": "UTC, ISO 8601.", "type": "string"},
        "status": {"$ref": "#/$defs/Status"},
        "exit_code": {
            "description": "What the command exits with.",
            "enum": [status.exit_code for status in report.Status],
        },
        "fail_on": {
            "description": "Findings of this severity or worse make the status `findings`.",
            "enum": [*(severity.value for severity in words.Severity), "never"],
        },
        "strict": {"description": "Whether likely uses and what is unknown fail too.", "type": "boolean"},
        "code": _of(typing.Optional[report.CodeRead], definitions, described),
        "kernel": _of(typing.Optional[facts_model.Kernel], definitions, described),
        "rules": {
            "description": "By slug, what is known of the findings that concern the reader.",
            "type": "object",
            "additionalProperties": {"$ref": "#/$defs/Texts"},
        },
        "environments": {"type": "array", "items": {"$ref": "#/$defs/Examination"}},
    }
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:kdoctor:report:2",
        "title": rendering.SCHEMA,
        **_object("What one run of kdoctor found. Within version 2 fields are only added.", top),
        "$defs": dict(sorted(definitions.items())),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _object(description: str, properties: Schema) -> Schema:
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _of(kind: Any, definitions: dict[str, Schema], described: dict[tuple[str, str], str]) -> Schema:
    """The schema of one type; dataclasses and enumerations are defined once and referred to."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Union and type(None) not in arguments:
        return {"anyOf": [_of(argument, definitions, described) for argument in arguments]}
    if origin is typing.Union:
        inner = _of(arguments[0], definitions, described)
        return {"anyOf": [inner, {"type": "null"}]} if "$ref" in inner else {**inner, "type": [inner["type"], "null"]}
    if origin is tuple:
        return {"type": "array", "items": _of(arguments[0], definitions, described)}
    if origin is Mapping:
        names = {} if arguments[0] in (str, int) else {"propertyNames": _of(arguments[0], definitions, described)}
        names = {"propertyNames": {"pattern": "^[0-9]+$"}} if arguments[0] is int else names
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions, described), **names}
    plain = {str: "string", bool: "boolean", float: "number", int: "integer"}.get(kind)
    if plain:
        return {"type": plain}
    name, text = kind.__name__, _tidy(kind.__doc__)
    if issubclass(kind, enum.Enum):
        definitions[name] = {"description": text, "enum": [member.value for member in kind]}
    elif name not in definitions:
        definitions[name] = {}
        definitions[name] = _object(text, _properties(kind, definitions, described))
        if kind is steps.Remedy:
            definitions[name] = _object(text, {**definitions[name]["properties"], **SPELLED})
    return {"$ref": f"#/$defs/{name}"}


def _properties(class_: Any, definitions: dict[str, Schema], described: dict[tuple[str, str], str]) -> Schema:
    hints = typing.get_type_hints(class_)
    properties = {}
    for field in dataclasses.fields(class_):
        text = described.get((class_.__name__, field.name))
        schema = _of(hints[field.name], definitions, described)
        least = {"minimum": 0} if field.name == "seconds" else {}
        properties[field.name] = {**({"description": text} if text else {}), **schema, **least}
    return properties


def _descriptions() -> dict[tuple[str, str], str]:
    """What stands behind the fields of the model as a comment, or below them as a docstring."""
    found = {}
    for module in (words, facts_model, observed_model, rule, places, report):
        source = inspect.getsource(module)
        comments = {
            token.start[0]: token.string[1:].strip()
            for token in tokenize.generate_tokens(io.StringIO(source).readline)
            if token.type == tokenize.COMMENT
        }
        for class_ in (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)):
            for field, text in zip(class_.body, (*class_.body[1:], None)):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    below = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and text.value.value
                    said = str(below or comments.get(field.end_lineno or 0, ""))
                    if said:
                        found[class_.name, field.target.id] = _sentence(_tidy(said))
    return found


def _sentence(text: str) -> str:
    first = text if text[0] == "`" else text[0].upper() + text[1:]
    return first if first.endswith(".") else f"{first}."


def _tidy(text: str) -> str:
    return re.sub(r":class:`([^`]+)`", r"`\1`", " ".join(text.replace("``", "`").split()))


if __name__ == "__main__":
    PATH.write_text(make(), encoding="utf-8")
