"""The settings of a run: the command line over ``[tool.kdoctor]`` over the defaults.

The keys are the fields of :class:`Settings` that have a ``read``. They stand in pyproject.toml, or at the top of
kdoctor.toml; in one folder kdoctor.toml goes first. The nearest such file in the working folder or a folder above it is
used. The search ends at the root of the repository (the folder that holds ``.git``), at the home folder, at the border
of the file system, and at a file of another user.

The file may come with a repository that nobody has checked: it is read with a bound, and what it names lies in its own
folder. :mod:`kdoctor.trust` decides whether an interpreter that it names is started.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any, Callable, NoReturn, Optional, Union

from kdoctor import files
from kdoctor.errors import UsageError
from kdoctor.language import VARIABLE, chosen
from kdoctor.words import CANARY_SECONDS, Severity, did_you_mean

FILE = "kdoctor.toml"
PYPROJECT = "pyproject.toml"
FAIL_ON = ("error", "warning", "never")
COMMAND_LINE = "the command line"
DEFAULT = "the default"
_MOST_ITEMS = 1000
_MOST_PARTS = 32
_RELEASE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*==\d[\w.]*")
# A key such as a.b.c, where a key may stand. TOML's parsers keep every beginning of such a key, so that one of 100,000
# parts takes gigabytes.
_LONG_KEY = re.compile(
    rf"""(?:^|[\[{{,])[ \t]*(?:(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{_MOST_PARTS}}}""", re.M
)

Check = Callable[[str, str], str]
"""Why an entry of a key (``only``, ``skip``, ``require``, ``rule``) names nothing; empty where it names something."""


class ConfigError(UsageError):
    """The file cannot be used as it is; the text is meant for the user, and shows control characters as escapes."""

    def __init__(self, message: str) -> None:
        super().__init__(visible(message))


def visible(text: str) -> str:
    """A line in which what a terminal would obey, or not show, is an escape."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


class _File:
    """A file's table, and where in it a mistake stands."""

    def __init__(self, path: str, check: Check) -> None:
        self.path, self.check = path, check
        self.relative: list[str] = []
        self.ignore: Optional[int] = None  # the position of the ignore that is read
        self.folder = os.path.dirname(os.path.abspath(path))
        self.is_pyproject = os.path.basename(path) == PYPROJECT
        self.data = _content(path)
        self.text, document = _parse(path, self.data)
        own = _own_table(document) if self.is_pyproject else document
        self.table: Any = {} if own is None else own
        if not isinstance(self.table, dict):
            self.fail("tool.kdoctor is a table: write [tool.kdoctor]", "kdoctor")

    def fail(self, reason: str, key: str = "", item: object = None) -> NoReturn:
        """Refuse the file because of a key, or of an item of its list."""
        end = "" if reason.endswith((".", "?")) else "."
        raise ConfigError(f"{self.path}:{self.line(key, item)}: {reason}{end}")

    def line(self, key: str = "", item: object = None) -> int:
        """The line, from 1, where that probably stands: the parser says nothing of lines, so it is searched for."""
        at = self._after(r"^[ \t]*\[[ \t]*tool\.kdoctor[ \t]*\]", 0) if self.is_pyproject else 0
        if self.ignore is not None:
            headers = re.finditer(r"^[ \t]*\[\[[ \t]*(?:tool\.kdoctor\.)?ignore[ \t]*\]\]", self.text, re.M)
            at = next((found.end() for number, found in enumerate(headers) if number == self.ignore), at)
        if key:
            at = self._after(rf"""^[ \t]*(?:tool\.kdoctor\.)?["']?{re.escape(key)}["']?[ \t]*=""", at)
        if isinstance(item, str):
            at = max(at, self.text.find(repr(item), at), self.text.find(f'"{item}"', at))
        return self.text.count("\n", 0, at) + 1

    def _after(self, pattern: str, start: int) -> int:
        found = re.compile(pattern, re.M).search(self.text, start)
        return found.end() if found else start


def _content(path: str) -> bytes:
    try:
        return files.read(path)
    except files.Unreadable as reason:
        raise ConfigError(f"{path} is not read: {reason}. --no-config does without it.") from None


def _parse(path: str, data: bytes) -> tuple[str, dict[str, Any]]:
    try:
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib
    except ImportError:
        raise ConfigError(
            f"{path} is not read: Python {sys.version_info[0]}.{sys.version_info[1]} reads TOML only with the package "
            "tomli, which is not installed. Install tomli where kdoctor is, or pass --no-config."
        ) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not written in UTF-8, which TOML must be.") from error
    long = _LONG_KEY.search(text)
    if long:
        line = text.count("\n", 0, long.end()) + 1
        raise ConfigError(f"{path}:{line}: a key of more than {_MOST_PARTS} parts is not read.")
    try:
        return text, tomllib.loads(text)
    except ValueError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        reason = re.sub(r"\s*\(at .*\)", "", str(error))
        raise ConfigError(f"{path}:{line}: this is not TOML: {reason}.") from error
    except (RecursionError, MemoryError):
        raise ConfigError(f"{path} is not read: its values are nested too deeply.") from None


def _own_table(document: Mapping[str, Any]) -> Any:
    """The table ``[tool.kdoctor]``; None where there is none."""
    tool = document.get("tool")
    return tool.get("kdoctor") if isinstance(tool, dict) else None


# ------------------------------------------------------------------------------------------------------- the keys


def _strings(file: _File, key: str, value: Any) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list):
        file.fail(f'{key} is a list of strings: write {key} = ["...", "..."]', key)
    _limit(file, key, values)
    for item in values:
        if not isinstance(item, str) or not item.strip():
            file.fail(f'{key} is a list of strings, not of {item!r}: write "..."', key, item)
    return tuple(item.strip() for item in values)


def _limit(file: _File, key: str, value: Sequence[Any]) -> None:
    if len(value) > _MOST_ITEMS:
        file.fail(f"{key} has {len(value):,} items, and at most {_MOST_ITEMS:,} are read", key)


def _each(take: Callable[[_File, str, str], str]) -> Callable[[_File, str, Any], tuple[str, ...]]:
    """A reader of lists of strings, each of which is taken as this function says."""
    return lambda file, key, value: tuple(take(file, key, item) for item in _strings(file, key, value))


def _path(file: _File, key: str, path: str) -> str:
    """A path in the file's folder, as it is reached from the working folder.

    A repository that nobody has checked must not make kdoctor read, print or replace files elsewhere.
    """
    whole = os.path.join(file.folder, path)
    try:
        pairs = ((os.path.normpath(whole), file.folder), tuple(map(os.path.realpath, (whole, file.folder))))
        leads_out = any(os.path.commonpath(pair) != pair[1] for pair in pairs)
    except (OSError, ValueError) as error:  # a null byte
        file.fail(f"{path!r} is not a path: {error}", key, path)
    if leads_out:
        out = f"{path!r} leads out of {file.folder}, and {key} must lie in it"
        file.fail(f"{out}. Name it on the command line instead, or move the configuration", key, path)
    try:
        return os.path.relpath(whole)
    except (OSError, ValueError):  # on another drive, or the working folder is gone
        return whole


def _one_path(file: _File, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        file.fail(f'{key} is the name of a file: write {key} = "kdoctor-baseline.json"', key)
    return _path(file, key, value)


def _name(file: _File, key: str, name: str) -> str:
    objection = file.check(key, name)
    return file.fail(objection, key, name) if objection else name


def _target(file: _File, key: str, target: str) -> str:
    if not all(_RELEASE.fullmatch(word) for word in target.replace(",", " ").split()):
        file.fail(f'{target!r} names no release: write "tensorflow==2.21"', key, target)
    return target


def _python(file: _File, key: str, name: str) -> str:
    """A path is reached from the file's folder; a bare name is one on ``PATH``."""
    name = os.path.expanduser(name)
    if not files.is_path(name):
        return name
    whole = os.path.normpath(os.path.join(file.folder, name))
    if not os.path.isabs(name):
        file.relative.append(whole)
    return whole


def _value(is_right: Callable[[Any], bool], what: str) -> Callable[[_File, str, Any], Any]:
    """A reader of one value, which must be what ``what`` says."""
    return lambda file, key, value: value if is_right(value) else file.fail(f"{key} is {what}, not {value!r}", key)


def _level(file: _File, key: str, value: Any) -> str:
    if value not in FAIL_ON:
        file.fail(f"{key} is one of {', '.join(FAIL_ON)}, not {value!r}.{did_you_mean(str(value), FAIL_ON)}", key)
    return str(value)


_flag = _value(lambda value: isinstance(value, bool), "true or false, without quotes")
_seconds = _value(lambda value: type(value) in (int, float) and 0 < value < float("inf"), "a number of seconds above 0")


@dataclass(frozen=True)
class Ignore:
    """A finding that is known and accepted, with the reason."""

    rule: str  # its code, or its slug
    reason: str
    until: Optional[date] = None  # the last day on which it counts as accepted; None for ever
    paths: tuple[str, ...] = ()  # patterns of files in which it is; everywhere where empty
    line: int = 0  # where it stands in the file
    folder: str = ""  # what the patterns are relative to, the folder of the file; the working folder where empty


def _ignores(file: _File, key: str, value: Any) -> tuple[Ignore, ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        file.fail(f"each ignore is a table of its own: write [[{'tool.kdoctor.' * file.is_pyproject}ignore]]", key)
    _limit(file, key, value)
    ignores = []
    for file.ignore, item in enumerate(value):
        ignores.append(_ignore(file, item))
    file.ignore = None
    return tuple(ignores)


def _ignore(file: _File, item: Mapping[str, Any]) -> Ignore:
    for key in item:
        if key not in _KEYS_OF_IGNORE:
            file.fail(f"there is no key {key!r} in ignore.{_nearest(key, _KEYS_OF_IGNORE)}", key)
    rule, reason, until = item.get("rule"), item.get("reason"), item.get("until")
    if not isinstance(rule, str):
        file.fail('an ignore names its rule: write rule = "KD301"', "rule")
    _name(file, "rule", rule)
    if not isinstance(reason, str) or not reason.strip():
        file.fail(f'the ignore of {rule} gives no reason: write reason = "why it does not matter here"', "reason")
    if isinstance(until, str):
        with contextlib.suppress(ValueError):
            until = date.fromisoformat(until)
    if until is not None and not isinstance(until, date):
        file.fail(f"until is a date, like 2027-03-01, not {until!r}", "until")
    until = until.date() if isinstance(until, datetime) else until
    paths = _strings(file, "paths", item["paths"]) if "paths" in item else ()
    name = rule.upper() if rule[:2].upper() == "KD" else rule
    return Ignore(name, reason.strip(), until, paths, file.line(), file.folder)


_KEYS_OF_IGNORE = ("rule", "reason", "until", "paths")


def _key(default: Any, read: Callable[[_File, str, Any], Any], name: str = "") -> Any:
    return field(default=default, metadata={"read": read, "name": name})


@dataclass(frozen=True)
class Settings:
    """What a run is to do: a field with a reader for each key, and below them where the values come from."""

    paths: tuple[str, ...] = _key((), _each(_path))
    """As the working folder reaches them; in the file they are relative to its own folder."""
    python: tuple[str, ...] = _key((), _each(_python))
    """Interpreters, as absolute paths or names on ``PATH``; empty for the one that runs kdoctor."""
    targets: tuple[str, ...] = _key((), _each(_target))
    require: tuple[str, ...] = _key((), _each(_name))
    only: tuple[str, ...] = _key((), _each(_name))
    skip: tuple[str, ...] = _key((), _each(_name))
    every: bool = _key(False, _flag, "all")
    fail_on: str = _key("error", _level, "fail-on")
    strict: bool = _key(False, _flag)
    timeout: float = _key(CANARY_SECONDS, _seconds)  # seconds that one test model may take
    baseline: Optional[str] = _key(None, _one_path)
    """None for the default file where there is one, empty for none at all."""
    ignore: tuple[Ignore, ...] = _key((), _ignores)

    origins: Mapping[str, str] = field(default_factory=dict)
    """By field: the command line, or ``pyproject.toml:12``; not there where the default holds."""
    file: str = ""  # the configuration file; empty where there is none
    note: str = ""  # what whoever wrote the file may not expect
    digest: str = ""  # the SHA-256 of the file's content
    relative: tuple[str, ...] = ()  # those of `python` that the file writes relative to its own folder

    def over(self, given: Mapping[str, Any]) -> Settings:
        """These settings, under what the command line says, by field."""
        return replace(self, **given, origins={**self.origins, **dict.fromkeys(given, COMMAND_LINE)})

    @property
    def python_is_from_file(self) -> bool:
        """Whether a file names the interpreters, so that :mod:`kdoctor.trust` decides whether they are started."""
        return bool(self.python) and self.origins.get("python") != COMMAND_LINE


KEYS = {each.metadata["name"] or each.name: each for each in fields(Settings) if each.metadata}
"""The fields that a file or the command line sets, by the key of the file."""


def load(path: str, check: Check = lambda key, entry: "") -> Settings:
    """What a pyproject.toml says, or a file with the same keys at its top.

    Raises:
        ConfigError: it cannot be read, or something in it is not right; the text names the line and the nearest name.
    """
    import hashlib

    file = _File(path, check)
    values: dict[str, Any] = {}
    origins = {}
    for key, value in file.table.items():
        if key not in KEYS:
            file.fail(f"there is no key {key!r}.{_nearest(key, KEYS)}", key)
        values[KEYS[key].name] = KEYS[key].metadata["read"](file, key, value)
        origins[KEYS[key].name] = f"{path}:{file.line(key)}"
    note, neighbour = "", os.path.join(os.path.dirname(path), PYPROJECT)
    with contextlib.suppress(ConfigError):  # nothing of it is used
        if os.path.basename(path) == FILE and os.path.isfile(neighbour) and _has_table(neighbour):
            note = f"The table [tool.kdoctor] in {neighbour} is not read: {FILE} goes before it."
    return Settings(
        **values,
        origins=origins,
        file=path,
        note=note,
        digest=hashlib.sha256(file.data).hexdigest(),
        relative=tuple(file.relative),
    )


def find(folder: str) -> tuple[str, str]:
    """The file that holds for a folder, empty where there is none; and which file is not used, and why.

    Raises:
        ConfigError: a file on the way cannot be read, so that it is not known whether it holds.
    """
    start, home = _status(folder), _status(os.path.expanduser("~"))
    for place in files.upwards(os.path.abspath(folder)):
        here = _status(place)
        if (here and here.st_dev) != (start and start.st_dev):
            break
        for name in (FILE, PYPROJECT):
            path = os.path.join(place, name)
            if os.path.isdir(path) or not os.path.exists(path):
                continue
            owner = other_owner(path)
            if owner is None and (name == FILE or _has_table(path)):
                return path, ""
            with contextlib.suppress(ConfigError):  # another user's file that cannot be read is none of our business
                if owner is not None and (name == FILE or b"kdoctor" in _content(path)):
                    return "", f"{path} belongs to another user (uid {owner}), so it is not used."
        is_home = here is not None and home is not None and os.path.samestat(here, home)
        if is_home or os.path.lexists(os.path.join(place, ".git")):
            break
    return "", ""


def of_folder(folder: str, check: Check, path: Optional[str] = None) -> Settings:
    """The settings that hold in a folder, or those of the file that is named instead."""
    path, note = (path, "") if path else find(folder)
    return load(path, check) if path else Settings(note=note)


def _status(path: str) -> Optional[os.stat_result]:
    with contextlib.suppress(OSError, ValueError):
        return os.stat(path)
    return None


def owners() -> Optional[tuple[int, ...]]:
    """The users whose files are trusted: this one and root; None where the system has no such numbers."""
    return (os.geteuid(), 0) if hasattr(os, "geteuid") else None


def other_owner(path: str) -> Optional[int]:
    """Whose file it is, or the link to it, if that is neither this user nor root."""
    trusted = owners()
    if trusted is not None:
        for status in (os.lstat(path), os.stat(path)):
            if status.st_uid not in trusted:
                return status.st_uid
    return None


def _has_table(path: str) -> bool:
    """Whether a pyproject.toml configures kdoctor. Most do not mention it, and parsing TOML takes its time."""
    data = _content(path)
    return b"kdoctor" in data and _own_table(_parse(path, data)[1]) is not None


# ------------------------------------------------------------------------------- what is given in place of the file


def names(given: Union[str, Collection[str], None]) -> tuple[str, ...]:
    """``"rnn, ctc"``, or several such texts, as their names."""
    texts = (given,) if isinstance(given, str) else given or ()
    return tuple(name.strip() for text in texts for name in text.split(",") if name.strip())


def level(fail_on: str) -> Optional[Severity]:
    """The least severity that fails; None for ``never``."""
    return None if fail_on == FAIL_ON[-1] else Severity(fail_on)


def language(asked: Optional[str], option: str) -> str:
    """The language that is asked for with an option, else that of this machine.

    Raises:
        UsageError: there is no such language.
    """
    try:
        return chosen(asked)
    except ValueError as error:
        raise UsageError(f"{option if asked else VARIABLE}: {error}") from None


# ---------------------------------------------------------------------------------------------------- what is shown


def describe(settings: Settings, remarks: Sequence[str] = ()) -> str:
    """What is in force and where from, a line each, in the words of the file; the remarks are comments above it.

    A path may hold an end of line or codes for the terminal; what the terminal gets are escapes.
    """
    lines = [f"# {visible(settings.file) or 'No configuration found in this folder or any parent folder.'}"]
    lines += [f"# {visible(remark)}" for remark in (settings.note, *remarks) if remark]
    for key, each in KEYS.items():
        value = getattr(settings, each.name)
        if key != "ignore":
            shown = f"{key} = {_toml(value)}" if value not in (None, "") else f"# {key}: none"
            lines.append(f"{shown}  # {visible(settings.origins.get(each.name, DEFAULT))}")
    for ignore in settings.ignore:
        lines += ["", f"[[ignore]]  # {visible(settings.file)}:{ignore.line}", f"rule = {_toml(ignore.rule)}"]
        lines.append(f"reason = {_toml(ignore.reason)}")
        if ignore.until is not None:
            lines.append(f"until = {ignore.until.isoformat()}")
        if ignore.paths:
            lines.append(f"paths = {_toml(ignore.paths)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """A value as TOML writes it: as JSON does, but for what a terminal would obey or not show."""
    import json

    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if not isinstance(value, str):
        return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)
    shown = ""
    for sign in json.dumps(value, ensure_ascii=False):
        code = ord(sign)
        shown += sign if sign.isprintable() else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
    return shown


def _nearest(name: str, names: Iterable[str]) -> str:
    return did_you_mean(name, names) or f" The keys are {', '.join(names)}."
