"""``[tool.kdoctor]`` in pyproject.toml, or the same keys in kdoctor.toml: what a project asks of its gate.

The first file upwards from the working folder that has a word for kdoctor is taken, and none beyond the folder of the
repository (that which holds ``.git``). In one folder kdoctor.toml goes before pyproject.toml. What is wrong in it is
said with the file, the line and the nearest right name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NoReturn, Optional

from kdoctor.errors import UsageError

OWN_FILE = "kdoctor.toml"
PYPROJECT = "pyproject.toml"
FAIL_ON = ("error", "warning", "never")


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
    return _Reader(path, where, table).config()


def _parse(path: str) -> dict[str, Any]:
    toml = _parser()
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


def _parser() -> Any:
    try:
        import tomllib

        return tomllib
    except ModuleNotFoundError:
        import tomli  # the dependency where Python has no tomllib

        return tomli


class _Reader:
    """Takes one table apart, key by key."""

    def __init__(self, path: str, where: str, table: object) -> None:
        self._path = path
        self._where = where
        with open(path, encoding="utf-8-sig") as file:
            self._text = file.read().splitlines()
        if not isinstance(table, dict):
            self._where = "tool"
            self._fail("kdoctor", f"{where} is a table: write [{where}]")
        self._table: dict[str, Any] = table

    def config(self) -> Config:
        readers: dict[str, Callable[[str, Any], Any]] = {
            "require": self._requirements,
            "paths": self._paths,
            "targets": self._strings,
            "python": self._strings,
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
                self._fail(key, f"there is no key {key!r}.{_near(key, readers)}")
            values[_field(key)] = readers[key](key, value)
        lines = {_field(key): self._line(key) for key in self._table}
        return Config(path=self._path, lines=lines, **values)

    def _strings(self, key: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self._fail(key, f'{key} is a list of strings: write {key} = ["...", "..."]')
        return tuple(item.strip() for item in value)

    def _paths(self, key: str, value: Any) -> tuple[str, ...]:
        return tuple(self._reached(path) for path in self._strings(key, value))

    def _file(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value:
            self._fail(key, f'{key} is the name of a file: write {key} = "kdoctor-baseline.json"')
        return self._reached(value)

    def _reached(self, path: str) -> str:
        """A path of the file's folder, as it is reached from the working folder."""
        whole = os.path.join(os.path.dirname(os.path.abspath(self._path)), path)
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
            self._fail(key, str(error), mentioning=error.entry)
        return entries

    def _canaries(self, key: str, value: Any) -> tuple[str, ...]:
        from kdoctor import canaries

        names = self._strings(key, value)
        known = {name for canary in canaries.catalogue() for name in (canary.slug, canary.area)}
        for name in names:
            if name not in known:
                self._fail(key, f"there is no canary and no area called {name!r}.{_near(name, known)}", mentioning=name)
        return names

    def _fail_on(self, key: str, value: Any) -> str:
        if value not in FAIL_ON:
            self._fail(key, f"{key} is one of {', '.join(FAIL_ON)}, not {value!r}.{_near(str(value), FAIL_ON)}")
        return str(value)

    def _flag(self, key: str, value: Any) -> bool:
        if not isinstance(value, bool):
            self._fail(key, f"{key} is true or false, without quotes, not {value!r}")
        return value

    def _seconds(self, key: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
            self._fail(key, f"{key} is a number of seconds above 0, not {value!r}")
        return float(value)

    def _ignores(self, key: str, value: Any) -> tuple[Ignore, ...]:
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            name = f"{self._where}.ignore" if self._where else "ignore"
            self._fail(key, f"each ignore is a table of its own: write [[{name}]]")
        return tuple(self._ignore(number, item) for number, item in enumerate(value))

    def _ignore(self, number: int, item: Mapping[str, Any]) -> Ignore:
        from kdoctor import rules

        line = self._line_of_ignore(number)
        for key in item:
            if key not in ("rule", "reason", "until", "paths"):
                self._fail_at(
                    line, f"there is no key {key!r} in ignore.{_near(key, ('rule', 'reason', 'until', 'paths'))}"
                )
        rule, reason, until = item.get("rule"), item.get("reason"), item.get("until")
        if not isinstance(rule, str):
            self._fail_at(line, 'an ignore names its rule: write rule = "KD301"')
        if not any(rule in (known.code, known.slug) for known in rules.all_rules()):
            names = [name for known in rules.all_rules() for name in (known.code, known.slug)]
            self._fail_at(line, f"there is no rule {rule!r}.{_near(rule, names)}")
        if not isinstance(reason, str) or not reason.strip():
            self._fail_at(line, f'the ignore of {rule} gives no reason: write reason = "why it does not matter here"')
        if isinstance(until, str):
            until = self._day(until, line)
        if isinstance(until, datetime):
            until = until.date()
        if until is not None and not isinstance(until, date):
            self._fail_at(line, f"until is a date, like 2027-03-01, not {until!r}")
        paths = self._strings("paths", item["paths"]) if "paths" in item else ()
        return Ignore(rule, reason.strip(), until, paths, line)

    def _day(self, text: str, line: int) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            self._fail_at(line, f"until is a date, like 2027-03-01, not {text!r}")

    def _fail(self, key: str, reason: str, mentioning: str = "") -> NoReturn:
        self._fail_at(self._line(key, mentioning), reason)

    def _fail_at(self, line: int, reason: str) -> NoReturn:
        raise ConfigError(f"{self._path}:{line}: {reason}{'' if reason.endswith(('.', '?')) else '.'}")

    def _line(self, key: str, mentioning: str = "") -> int:
        """The line of a key of the table, or of a value that stands somewhere behind it; 1 where it is not found."""
        inside = not self._where
        own = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[.=]""")
        dotted = re.compile(rf"""\s*\[*\s*(?:tool\s*\.\s*)?(?:kdoctor\s*\.\s*)?["']?{re.escape(key)}["']?\s*[\].=]""")
        for number, line in enumerate(self._text, 1):
            if line.lstrip().startswith("["):
                inside = _header(line) == self._where
            if (inside and own.match(line)) or (line.lstrip().startswith("[") and dotted.match(line)):
                for offset, following in enumerate(self._text[number - 1 :]):
                    if mentioning and mentioning in following:
                        return number + offset
                return number
        return 1

    def _line_of_ignore(self, number: int) -> int:
        """The line of the n-th ``[[...ignore]]``."""
        name = f"{self._where}.ignore" if self._where else "ignore"
        found = [
            position
            for position, line in enumerate(self._text, 1)
            if line.lstrip().startswith("[[") and _header(line) == name
        ]
        return found[number] if number < len(found) else self._line("ignore")


def _header(line: str) -> str:
    """The name of a table, from the line that begins it."""
    return re.sub(r"\s", "", line.partition("#")[0]).strip("[]").replace('"', "").replace("'", "")


def _field(key: str) -> str:
    """The attribute of :class:`Config` that a key of the file becomes."""
    return {"all": "every"}.get(key, key.replace("-", "_"))


def _near(name: str, names: Sequence[str] | Mapping[str, Any] | set[str] | tuple[str, ...]) -> str:
    import difflib

    near = difflib.get_close_matches(name, sorted(names), n=3) or difflib.get_close_matches(
        name.upper(), sorted(names), 3
    )
    return f" Did you mean {' or '.join(near)}?" if near else f" There are {', '.join(list(names)[:12])}."
