"""The catalogues: ``python -m tests.translate`` adds what is missing to the .po files and compiles them.

A translator fills the empty ``msgstr``; what is not in the program any more is deleted. The .mo files are compiled here
and kept with the sources, so that neither an installation nor a checkout needs a compiler.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import struct
from collections.abc import Mapping
from pathlib import Path

from kdoctor import rules
from kdoctor.code.fixes import UNSURE
from kdoctor.environment.installers import Place, spell
from kdoctor.formats import document, explain, html
from kdoctor.language import FOLDER, LANGUAGES
from kdoctor.modelfiles import judge
from kdoctor.modelfiles.model import Kind, Way
from kdoctor.remedies import plan
from kdoctor.report import Status
from kdoctor.report.gate import GAPS, NOTES
from kdoctor.words import AND, COMMA, MORE
from tests import words

AREAS = ("environment", "rnn", "ctc", "masking", "ragged", "symbolic", "savedmodel", "hub")
"""The areas of which title, first paragraph and remedies are translated."""
HEADER = "Content-Type: text/plain; charset=UTF-8\n"


_TAKEN = {"_": slice(None), "count": slice(1, 2), "Recipe": slice(0, None, 2)}
"""Which arguments of a call are translated: a noun without its plural, title and cost without the lines."""


def path(language: str) -> Path:
    """The catalogue's source."""
    return Path(FOLDER) / language / "LC_MESSAGES" / "kdoctor.po"


def marked(source: str) -> list[str]:
    """The texts that a module marks by ``_("...")``, in their order."""
    found: dict[tuple[int, int], str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _TAKEN:
            texts = node.args[_TAKEN[node.func.id]]
            for one in (part for argument in texts for part in ast.walk(argument)):  # also "one" if x else "other"
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    found[one.lineno, one.col_offset] = one.value
    return [found[place] for place in sorted(found)]


_SEEN = {"Fault": 0, "NotPythonError": 0, "Unreadable": 0, "_Answer": 0, "_give_up": 0, "_lose": 1, "Unread": 1}
"""Calls with a text on what was seen, and which argument it is; kept in English, with its values."""
_SEEN_NAMES = ("detail", "doubtful", "hint", "nothing", "of_its_own", "problem", "reason", "serves", "where")
_SEEN_IN = ("code/", "environment/", "files.py", "modelfiles/read.py", "rules/environment.py")
"""Where such texts are made."""


def seen(source: str) -> list[str]:
    """The texts on what was seen that a module makes, with ``{v0}``, ``{v1}`` for the values."""
    found: list[ast.expr] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            found += node.args[_SEEN[name] :][:1] if name in _SEEN else ()
            found += [one.value for one in node.keywords if one.arg in _SEEN_NAMES]
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in _SEEN_NAMES:
            found.append(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name.endswith(
            ("_fault", "_version", "_missing", "_tensorflow")
        ):
            found += [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value]
    texts = (_numbered(one) for node in found for one in _spelt(node))
    return [one for one in dict.fromkeys(texts) if len(re.sub(r"{\w+}| ", "", one)) >= _LITERAL]


_VALUE = "\0"
_LITERAL = 8
"""Letters that a text has at the least besides its values, so that it is mistaken for no other."""


def _spelt(node: ast.expr) -> list[str]:
    """What an expression may give, with a mark for each value."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return [*_spelt(node.body), *_spelt(node.orelse)]
    if isinstance(node, ast.BoolOp):
        return [one for value in node.values for one in _spelt(value)]
    if isinstance(node, ast.Call) and node.args and getattr(node.func, "attr", "") == "join":
        return _spelt(node.args[0])
    if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
        return _spelt(node.elt)
    parts = (
        node.values
        if isinstance(node, ast.JoinedStr)
        else [node.left, node.right]
        if isinstance(node, ast.BinOp)
        else ()
    )
    if not parts:
        return [_VALUE]
    inner = [part.value if isinstance(part, ast.FormattedValue) else part for part in parts]
    return ["".join(chosen) for chosen in itertools.product(*map(_spelt, inner))]


def _numbered(text: str) -> str:
    parts = re.split(f"{_VALUE}+", text)
    return "".join(f"{part}{{v{number}}}" for number, part in enumerate(parts[:-1])) + parts[-1]


def wanted() -> dict[str, str]:
    """Every text that has to be translated, with where it stands."""
    found: dict[str, str] = {}
    for module in words.programs():
        for text in marked(module.read_text(encoding="utf-8")):
            found.setdefault(text, module.relative_to(words.PACKAGE).as_posix())
        if module.relative_to(words.PACKAGE).as_posix().startswith(_SEEN_IN):
            for text in seen(module.read_text(encoding="utf-8")):
                found.setdefault(text, module.relative_to(words.PACKAGE).as_posix())
    states = (word for word, _style in document._STATES.values())
    tables = (
        *html._CLASSES,
        *states,
        *document._DOES.values(),
        *explain._MATCHED_BY.values(),
        AND,
        COMMA,
        MORE,
        *NOTES,
        *judge.NOTES,
        *GAPS,
        UNSURE,
        plan.UPGRADE,
        *(one.value for one in (*Way, *Kind)),
    )
    for word in (*tables, *(status.value.replace("-", " ") for status in Status)):
        found.setdefault(word, "words that stand in a table of the program")
    usual = plan.usual()
    for rule in rules.all_rules():
        found.update({edit.unsafe: rule.code for edit in rule.edits if edit.unsafe and edit.unsafe not in found})
        if rule.area in AREAS:
            found.setdefault(rule.title, rule.code)
            found.setdefault(rule.explanation.partition("\n\n")[0], rule.code)
            for spec, remedy in usual.remedies(rule):
                title = getattr(spec, "title", "")
                found.setdefault(title if "{" in title else remedy.title, rule.code)
                found.setdefault(remedy.cost, rule.code)
                lines = getattr(spec, "text", "").splitlines()
                if any("{" in line for line in lines):
                    found.update({line: rule.code for line in lines if line not in found})
                else:
                    parts = spell(remedy.steps, usual.environment, Place.BASH)
                    found.update(
                        {part.text: rule.code for part in parts if not part.is_code and part.text not in found}
                    )
    return {
        text: place for text, place in found.items() if any(map(str.isalpha, text)) or text in (", ", ": ", ":", "; ")
    }


def read(text: str) -> dict[str, str]:
    """The translations in a .po file as :func:`write` writes it, without the header."""
    found: dict[str, str] = {}
    parts = {"msgid": "", "msgstr": ""}
    key = ""
    for line in [*text.splitlines(), 'msgid ""']:
        name, _, rest = line.partition(" ")
        if name in parts:
            if name == "msgid" and key == "msgstr":
                found[parts["msgid"]] = parts["msgstr"]
                parts = {"msgid": "", "msgstr": ""}
            key = name
            parts[key] += ast.literal_eval(rest)
        elif line.startswith('"'):
            parts[key] += ast.literal_eval(line)
    found.pop("", None)
    return found


def write(where: Mapping[str, str], translated: Mapping[str, str]) -> str:
    """A .po file, in the order of the texts given."""
    parts = [f'msgid ""\nmsgstr {_quoted(HEADER)}\n']
    for text, place in where.items():
        parts.append(f"#: {place}\nmsgid {_quoted(text)}\nmsgstr {_quoted(translated.get(text, ''))}\n")
    return "\n".join(parts)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def compiled(translated: Mapping[str, str]) -> bytes:
    """The bytes of a .mo file."""
    pairs = sorted((text.encode(), done.encode()) for text, done in {"": HEADER, **translated}.items() if done)
    start = 28 + 16 * len(pairs)
    tables, data = [b"", b""], b""
    for column in (0, 1):
        for pair in pairs:
            tables[column] += struct.pack("<II", len(pair[column]), start + len(data))
            data += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    return head + tables[0] + tables[1] + data


def main() -> None:
    """Bring every catalogue up to date."""
    where = wanted()
    for language in LANGUAGES[1:]:
        source = path(language)
        old = read(source.read_text(encoding="utf-8")) if source.exists() else {}
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(write(where, old).encode("utf-8"))
        source.with_suffix(".mo").write_bytes(compiled({text: old.get(text, "") for text in where}))
        missing = [text for text in where if not old.get(text)]
        print(f"{language}: {len(where)} texts, {len(missing)} without a translation")
        for text in missing:
            print(f"  {text}")


if __name__ == "__main__":
    main()
