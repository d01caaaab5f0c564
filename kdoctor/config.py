"""``[tool.kdoctor]`` in pyproject.toml, or the same keys in kdoctor.toml: what a project asks of its gate.

The nearest such file in the working folder or a folder above it is used. The search ends at the root of the repository
(the folder that holds ``.git``), at the home folder, at the border of the file system, and at a file of another user.
In one folder kdoctor.toml goes before pyproject.toml. An error names the file, the line and the nearest valid name.

The file may come with a repository that nobody has checked: it is read with a bound, and what it names lies in its own
folder. :mod:`kdoctor.trust` decides whether an interpreter that it names is started.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Optional

from kdoctor import files
from kdoctor.errors import UsageError

if TYPE_CHECKING:
    from dataclasses import dataclass

    from kdoctor.toml_lines import Path
else:
    from kdoctor.frozen import dataclass

OWN_FILE = "kdoctor.toml"
PYPROJECT = "pyproject.toml"
FAIL_ON = ("error", "warning", "never")
_IGNORE_KEYS = ("rule", "reason", "until", "paths")
_RELEASE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*==\d[\w.]*")
_MOST_ITEMS = 1000
_MOST_PARTS = 32
# A key such as a.b.c, where a key may stand. TOML's parsers keep every beginning of such a key, so that one of 100,000
# parts takes gigabytes.
_LONG_KEY = re.compile(
    rf"""(?:^|[\[{{,])[ \t]*(?:(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{_MOST_PARTS}}}""", re.M
)


@dataclass(frozen=True)
class Ignore:
    """A finding that is known and accepted, with the reason."""

    rule: str
    """Its code, or its slug."""
    reason: str
    until: Optional[date] = None
    """The last day on which it counts as accepted; None for ever."""
    paths: tuple[str, ...] = ()
    """Patterns of files in which it is; everywhere where empty."""
    line: int = 0
    """Where it stands in the file."""
    folder: str = ""
    """What the patterns are relative to, the folder of the file; the working folder where empty."""


@dataclass(frozen=True)
class Config:
    """What the file says; None where it says nothing of a key."""

    path: str = ""
    """The file; empty where there is none."""
    require: Optional[tuple[str, ...]] = None
    paths: Optional[tuple[str, ...]] = None
    """As the working folder reaches them; in the file they are relative to its own folder."""
    targets: Optional[tuple[str, ...]] = None
    python: Optional[tuple[str, ...]] = None
    """Absolute paths, or names on ``PATH``."""
    relative: tuple[str, ...] = ()
    """Those of ``python`` that the file writes relative to its own folder."""
    only: Optional[tuple[str, ...]] = None
    skip: Optional[tuple[str, ...]] = None
    fail_on: Optional[str] = None
    strict: Optional[bool] = None
    every: Optional[bool] = None
    """``all`` in the file."""
    timeout: Optional[float] = None
    baseline: Optional[str] = None
    ignore: tuple[Ignore, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each key that is there."""
    note: str = ""
    """What whoever wrote the file may not expect."""
    digest: str = ""
    """The SHA-256 of the file's content."""


class ConfigError(UsageError):
    """The file cannot be used as it is; the text is meant for the user, and shows control characters as escapes."""

    def __init__(self, message: str) -> None:
        super().__init__(visible(message))


def visible(text: str) -> str:
    """A line in which what a terminal would obey, or not show, is shown as an escape."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


class Found(NamedTuple):
    """What the search for a configuration found."""

    path: str = ""
    """The file; empty where there is none."""
    note: str = ""
    """Which file is not used, and why."""


def owners() -> Optional[tuple[int, ...]]:
    """The users whose files are trusted: this one and root; None where the system has no such numbers."""
    return (os.geteuid(), 0) if hasattr(os, "geteuid") else None


def find(folder: str) -> Found:
    """The file that holds for a folder.

    Raises:
        ConfigError: a file on the way cannot be read, so that it is not known whether it holds.
    """
    folder = os.path.abspath(folder)
    home, device = os.path.expanduser("~"), _device(folder)
    while True:
        for name in (OWN_FILE, PYPROJECT):
            path = os.path.join(folder, name)
            if os.path.isdir(path) or not os.path.exists(path):
                continue
            owner = _other_owner(path)
            if owner is not None:
                if name == OWN_FILE or _mentions_kdoctor(path):
                    return Found("", f"{path} belongs to another user (uid {owner}), so it is not used.")
            elif name == OWN_FILE or _has_table(path):
                return Found(path)
        above = os.path.dirname(folder)
        ends = above == folder or _is_same(folder, home) or os.path.lexists(os.path.join(folder, ".git"))
        if ends or _device(above) != device:
            return Found()
        folder = above


def _device(folder: str) -> Optional[int]:
    try:
        return os.stat(folder).st_dev
    except OSError:
        return None


def _is_same(one: str, other: str) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return os.path.samefile(one, other)
    return False


def _other_owner(path: str) -> Optional[int]:
    """Whose file it is, or the link to it, if that is neither this user nor root."""
    trusted = owners()
    if trusted is not None:
        for status in (os.lstat(path), os.stat(path)):
            if status.st_uid not in trusted:
                return status.st_uid
    return None


def _content(path: str) -> bytes:
    try:
        return files.read(path)
    except files.Unreadable as reason:
        raise ConfigError(f"{path} is not read: {reason}. --no-config does without it.") from None


def _mentions_kdoctor(path: str) -> bool:
    """Whether another user's file may be meant for kdoctor; one that cannot be read is none of our business."""
    with contextlib.suppress(ConfigError):
        return b"kdoctor" in _content(path)
    return False


def _has_table(path: str) -> bool:
    """Whether a pyproject.toml configures kdoctor. Most do not mention it, and parsing TOML takes its time."""
    data = _content(path)
    return b"kdoctor" in data and "kdoctor" in _tool(path, data)


def _tool(path: str, data: bytes) -> Mapping[str, Any]:
    tool = _parse(path, data).get("tool", {})
    return tool if isinstance(tool, dict) else {}


def load(path: str) -> Config:
    """What the file says.

    Raises:
        ConfigError: it cannot be read, or something in it is not right.
    """
    data = _content(path)
    if os.path.basename(path) == PYPROJECT:
        table = _tool(path, data).get("kdoctor", {})
        where = "tool.kdoctor"
    else:
        table, where = _parse(path, data), ""
    return _Reader(path, where, table, data).config(_note(path))


def _note(path: str) -> str:
    """That a table next to a kdoctor.toml is not read."""
    neighbour = os.path.join(os.path.dirname(path), PYPROJECT)
    if os.path.basename(path) == OWN_FILE and os.path.isfile(neighbour):
        with contextlib.suppress(ConfigError):  # nothing of it is used
            if _has_table(neighbour):
                return f"The table [tool.kdoctor] in {neighbour} is not read: {OWN_FILE} goes before it."
    return ""


def _parse(path: str, data: bytes) -> dict[str, Any]:
    toml = _parser(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not written in UTF-8, which TOML must be.") from error
    long = _LONG_KEY.search(text)
    if long:
        line = text.count("\n", 0, long.end()) + 1
        raise ConfigError(f"{path}:{line}: a key of more than {_MOST_PARTS} parts is not read.")
    try:
        parsed: dict[str, Any] = toml.loads(text)
    except ValueError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        reason = re.sub(r"\s*\(at .*\)", "", str(error))
        raise ConfigError(f"{path}:{line}: this is not TOML: {reason}.") from error
    except (RecursionError, MemoryError):
        raise ConfigError(f"{path} is not read: its values are nested too deeply.") from None
    return parsed


def _parser(path: str) -> Any:
    import importlib

    for name in ("tomllib", "tomli"):  # the first is part of Python from 3.11 on
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    raise ConfigError(
        f"{path} could not be read: Python {sys.version_info[0]}.{sys.version_info[1]} reads TOML only with the "
        "package tomli, which is not installed. Install tomli where kdoctor is, or pass --no-config."
    )


class _Reader:
    """Takes one table apart, key by key."""

    def __init__(self, path: str, where: str, table: object, data: bytes) -> None:
        from kdoctor.toml_lines import find_lines

        self._path = path
        self._folder = os.path.dirname(os.path.abspath(path))
        self._where = where
        self._above: Path = tuple(where.split(".")) if where else ()
        self._data = data
        self._relative: list[str] = []
        try:
            self._lines = find_lines(data.decode("utf-8-sig"), self._above)
        except RecursionError:
            raise ConfigError(f"{path} is not read: its values are nested too deeply.") from None
        if not isinstance(table, dict):
            self._fail((), f"{where} is a table: write [{where}]")
        self._table: dict[str, Any] = table

    def config(self, note: str = "") -> Config:
        """Everything that the table says."""
        readers: dict[str, Callable[[str, Any], Any]] = {
            "require": self._requirements,
            "paths": self._paths,
            "targets": self._targets,
            "python": self._pythons,
            "only": self._canaries,
            "skip": self._canaries,
            "fail-on": self._fail_on,
            "strict": self._flag,
            "all": self._flag,
            "timeout": self._seconds,
            "baseline": self._file,
            "ignore": self._ignores,
        }
        values: dict[str, Any] = {}
        for key, value in self._table.items():
            if key not in readers:
                self._fail((key,), f"there is no key {key!r}.{_near(key, readers)}")
            values[_field(key)] = readers[key](key, value)
        lines = {_field(key): self._line((key,)) for key in self._table}
        import hashlib

        return Config(
            path=self._path,
            lines=lines,
            note=note,
            digest=hashlib.sha256(self._data).hexdigest(),
            relative=tuple(self._relative),
            **values,
        )

    def _strings(self, key: str, value: Any, above: Path = ()) -> tuple[str, ...]:
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            self._fail((*above, key), f'{key} is a list of strings: write {key} = ["...", "..."]')
        self._few((*above, key), value)
        for position, item in enumerate(value):
            if not isinstance(item, str) or not item.strip():
                self._fail((*above, key, position), f'{key} is a list of strings, not of {item!r}: write "..."')
        return tuple(item.strip() for item in value)

    def _few(self, path: Path, value: list[Any]) -> None:
        if len(value) > _MOST_ITEMS:
            self._fail(path, f"{path[-1]} has {len(value):,} items, and at most {_MOST_ITEMS:,} are read")

    def _targets(self, key: str, value: Any) -> tuple[str, ...]:
        found = self._strings(key, value)
        for position, target in enumerate(found):
            if not all(_RELEASE.fullmatch(word) for word in target.replace(",", " ").split()):
                self._fail((key, position), f'{target!r} names no release: write "tensorflow==2.21"')
        return found

    def _pythons(self, key: str, value: Any) -> tuple[str, ...]:
        """A path is reached from the file's folder; a bare name is one on ``PATH``."""
        from kdoctor.environment.interpreter import is_path

        def reached(name: str) -> str:
            path = os.path.expanduser(name)
            if not is_path(path):
                return path
            whole = os.path.normpath(os.path.join(self._folder, path))
            if not os.path.isabs(path):
                self._relative.append(whole)
            return whole

        return tuple(reached(name) for name in self._strings(key, value))

    def _paths(self, key: str, value: Any) -> tuple[str, ...]:
        return tuple(self._reached(path, (key, number)) for number, path in enumerate(self._strings(key, value)))

    def _file(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            self._fail((key,), f'{key} is the name of a file: write {key} = "kdoctor-baseline.json"')
        return self._reached(value, (key,))

    def _reached(self, path: str, place: Path) -> str:
        """A path in the file's folder, as it is reached from the working folder.

        A repository that nobody has checked must not make kdoctor read, print or replace files elsewhere.
        """
        whole = os.path.join(self._folder, path)
        try:
            leads_out = not (
                _lies_in(os.path.normpath(whole), self._folder)
                and _lies_in(os.path.realpath(whole), os.path.realpath(self._folder))
            )
        except (OSError, ValueError) as error:  # a null byte
            self._fail(place, f"{path!r} is not a path: {error}")
        if leads_out:
            self._fail(
                place,
                f"{path!r} leads out of {self._folder}, and {place[0]} must lie in it. Name it on the command line "
                "instead, or move the configuration",
            )
        try:
            return os.path.relpath(whole)
        except (OSError, ValueError):  # on another drive, or the working folder is gone
            return whole

    def _requirements(self, key: str, value: Any) -> tuple[str, ...]:
        from kdoctor import canaries, requirements

        entries = self._strings(key, value)
        try:
            requirements.read(entries, canaries.catalogue())
        except requirements.UnknownEntryError as error:
            self._fail((key, entries.index(error.entry)), str(error))
        return entries

    def _canaries(self, key: str, value: Any) -> tuple[str, ...]:
        from kdoctor import canaries

        names = self._strings(key, value)
        known = {name for canary in canaries.catalogue() for name in (canary.slug, canary.area)}
        for position, name in enumerate(names):
            if name not in known:
                self._fail((key, position), f"there is no canary and no area called {name!r}.{_near(name, known)}")
        return names

    def _fail_on(self, key: str, value: Any) -> str:
        if value not in FAIL_ON:
            near = _close(str(value), FAIL_ON)
            self._fail((key,), f"{key} is one of {', '.join(FAIL_ON)}, not {value!r}.{near}")
        return str(value)

    def _flag(self, key: str, value: Any) -> bool:
        if not isinstance(value, bool):
            self._fail((key,), f"{key} is true or false, without quotes, not {value!r}")
        return value

    def _seconds(self, key: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
            self._fail((key,), f"{key} is a number of seconds above 0, not {value!r}")
        return float(value)

    def _ignores(self, key: str, value: Any) -> tuple[Ignore, ...]:
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            name = f"{self._where}.ignore" if self._where else "ignore"
            self._fail((key,), f"each ignore is a table of its own: write [[{name}]]")
        self._few((key,), value)
        return tuple(self._ignore(number, item) for number, item in enumerate(value))

    def _ignore(self, number: int, item: Mapping[str, Any]) -> Ignore:
        here: Path = ("ignore", number)
        for key in item:
            if key not in _IGNORE_KEYS:
                self._fail((*here, key), f"there is no key {key!r} in ignore.{_near(key, _IGNORE_KEYS)}")
        rule, reason, until = item.get("rule"), item.get("reason"), item.get("until")
        if not isinstance(rule, str):
            self._fail((*here, "rule"), 'an ignore names its rule: write rule = "KD301"')
        rule = self._rule(rule, (*here, "rule"))
        if not isinstance(reason, str) or not reason.strip():
            why = f'the ignore of {rule} gives no reason: write reason = "why it does not matter here"'
            self._fail((*here, "reason"), why)
        paths = self._strings("paths", item["paths"], here) if "paths" in item else ()
        day = self._day(until, (*here, "until"))
        return Ignore(rule, reason.strip(), day, paths, self._line(here), self._folder)

    def _rule(self, name: str, path: Path) -> str:
        """A code or a slug; also the slug of a canary, under which what no rule knows is reported."""
        from kdoctor import canaries, rules

        known = rules.all_rules()
        codes, slugs = [rule.code for rule in known], [rule.slug for rule in known]
        if name.upper() in codes:
            return name.upper()
        if name not in slugs and not any(canary.slug == name for canary in canaries.catalogue()):
            self._fail(path, f"there is no rule {name!r}.{_near(name, [*codes, *slugs])}")
        return name

    def _day(self, value: Any, path: Path) -> Optional[date]:
        if isinstance(value, datetime):
            return value.date()
        if value is None or isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self._fail(path, f"until is a date, like 2027-03-01, not {value!r}")

    def _fail(self, path: Path, reason: str) -> NoReturn:
        end = "" if reason.endswith((".", "?")) else "."
        raise ConfigError(f"{self._path}:{self._line(path)}: {reason}{end}")

    def _line(self, path: Path) -> int:
        """Where a value of the table stands, or what should hold it."""
        whole = (*self._above, *path)
        while whole and whole not in self._lines:
            whole = whole[:-1]
        return self._lines.get(whole, 1)


def _field(key: str) -> str:
    """The attribute of :class:`Config` that a key of the file becomes."""
    return {"all": "every"}.get(key, key.replace("-", "_"))


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _near(name: str, names: Iterable[str]) -> str:
    """The nearest names, or what there is."""
    return _close(name, names) or f" There are {', '.join(list(names)[:12])}."


def _close(name: str, names: Iterable[str]) -> str:
    import difflib

    known = sorted(names)
    near = difflib.get_close_matches(name, known, n=3) or difflib.get_close_matches(name.upper(), known, n=3)
    return f" Did you mean {' or '.join(near)}?" if near else ""
