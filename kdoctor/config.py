"""``[tool.kdoctor]`` in pyproject.toml, or the same keys in kdoctor.toml: what a project asks of its gate.

The first file upwards from the working folder that has a word for kdoctor is taken, and none beyond the folder of the
repository (that which holds ``.git``). In one folder kdoctor.toml goes before pyproject.toml. What is wrong in it is
said with the file, the line and the nearest right name.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NoReturn, Optional

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


class ConfigError(UsageError):
    """The file cannot be taken as it is; the text is meant for the user."""


def find(folder: str) -> str:
    """The file that holds for a folder; empty where none does."""
    folder = os.path.abspath(folder)
    while True:
        own = os.path.join(folder, OWN_FILE)
        if os.path.isfile(own):
            return own
        project = os.path.join(folder, PYPROJECT)
        if os.path.isfile(project) and _speaks_of_kdoctor(project):
            return project
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return ""
        folder = above


def _speaks_of_kdoctor(path: str) -> bool:
    """A quick look; most projects have no word for kdoctor, and reading TOML takes its time."""
    try:
        with open(path, "rb") as file:
            return b"kdoctor" in file.read() and "kdoctor" in _tool(path)
    except OSError:
        return False


def _tool(path: str) -> Mapping[str, Any]:
    tool = _parse(path).get("tool", {})
    return tool if isinstance(tool, dict) else {}


def load(path: str) -> Config:
    """What the file says.

    Raises:
        ConfigError: it cannot be read, or something in it is not right.
    """
    if os.path.basename(path) == PYPROJECT:
        table = _tool(path).get("kdoctor", {})
        where = "tool.kdoctor"
    else:
        table, where = _parse(path), ""
    return _Reader(path, where, table).config(_note(path))


def _note(path: str) -> str:
    """That a table beside a kdoctor.toml is not read."""
    beside = os.path.join(os.path.dirname(path), PYPROJECT)
    if os.path.basename(path) == OWN_FILE and os.path.isfile(beside) and _speaks_of_kdoctor(beside):
        return f"The table [tool.kdoctor] in {beside} is not read: {OWN_FILE} goes before it."
    return ""


def _parse(path: str) -> dict[str, Any]:
    toml = _parser(path)
    try:
        with open(path, "rb") as file:
            text = file.read().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path} could not be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not written in UTF-8, which TOML must be.") from error
    try:
        parsed: dict[str, Any] = toml.loads(text)
    except ValueError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        reason = re.sub(r"\s*\(at .*\)", "", str(error))
        raise ConfigError(f"{path}:{line}: this is not TOML: {reason}.") from error
    return parsed


def _parser(path: str) -> Any:
    import importlib

    for name in ("tomllib", "tomli"):  # the first is part of Python from 3.11 on
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    raise ConfigError(
        f"{path} could not be read: Python {sys.version_info[0]}.{sys.version_info[1]} reads TOML with the help of "
        "tomli only, which is not there. Install tomli where kdoctor is, or pass --no-config."
    )


class _Reader:
    """Takes one table apart, key by key."""

    def __init__(self, path: str, where: str, table: object) -> None:
        from kdoctor.toml_lines import find_lines

        self._path = path
        self._folder = os.path.dirname(os.path.abspath(path))
        self._where = where
        self._above: Path = tuple(where.split(".")) if where else ()
        with open(path, encoding="utf-8-sig") as file:
            self._lines = find_lines(file.read())
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
        return Config(path=self._path, lines=lines, note=note, **values)

    def _strings(self, key: str, value: Any, above: Path = ()) -> tuple[str, ...]:
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            self._fail((*above, key), f'{key} is a list of strings: write {key} = ["...", "..."]')
        for position, item in enumerate(value):
            if not isinstance(item, str) or not item.strip():
                self._fail((*above, key, position), f'{key} is a list of strings, not of {item!r}: write "..."')
        return tuple(item.strip() for item in value)

    def _targets(self, key: str, value: Any) -> tuple[str, ...]:
        found = self._strings(key, value)
        for position, target in enumerate(found):
            if not all(_RELEASE.fullmatch(word) for word in target.replace(",", " ").split()):
                self._fail((key, position), f'{target!r} names no release: write "tensorflow==2.21"')
        return found

    def _pythons(self, key: str, value: Any) -> tuple[str, ...]:
        """Interpreters and environments are reached from the file; a bare name that is not there is one on ``PATH``."""

        def reached(name: str) -> str:
            path = os.path.expanduser(name)
            is_path = "/" in path or os.sep in path or os.path.exists(os.path.join(self._folder, path))
            return self._reached(path) if is_path and not os.path.isabs(path) else path

        return tuple(reached(name) for name in self._strings(key, value))

    def _paths(self, key: str, value: Any) -> tuple[str, ...]:
        return tuple(self._reached(path) for path in self._strings(key, value))

    def _file(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value:
            self._fail((key,), f'{key} is the name of a file: write {key} = "kdoctor-baseline.json"')
        return self._reached(value)

    def _reached(self, path: str) -> str:
        """A path of the file's folder, as it is reached from the working folder."""
        whole = os.path.join(self._folder, path)
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
            self._fail((key,), f"{key} is one of {', '.join(FAIL_ON)}, not {value!r}.{_near(str(value), FAIL_ON)}")
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


def _near(name: str, names: Sequence[str] | Mapping[str, Any] | set[str] | tuple[str, ...]) -> str:
    import difflib

    near = difflib.get_close_matches(name, sorted(names), n=3) or difflib.get_close_matches(
        name.upper(), sorted(names), 3
    )
    return f" Did you mean {' or '.join(near)}?" if near else f" There are {', '.join(list(names)[:12])}."
