"""What holds for a run: the command line over the file over the defaults, and where each value came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Optional

from kdoctor.config import Config, Ignore, visible

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from kdoctor.frozen import dataclass

COMMAND_LINE = "the command line"
DEFAULT = "the default"


@dataclass(frozen=True)
class Settings:
    """What a run is to do; the names are those of the keys in the file."""

    paths: tuple[str, ...] = ()
    python: tuple[str, ...] = ()
    """Interpreters; empty for the one that runs kdoctor."""
    targets: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    every: bool = False
    fail_on: str = "error"
    strict: bool = False
    timeout: float = 30.0
    baseline: Optional[str] = None
    ignore: tuple[Ignore, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    """By name: the command line, the default, or ``pyproject.toml:12``."""
    config: Config = field(default_factory=Config)
    """What the file says."""

    @property
    def python_is_from_file(self) -> bool:
        """Whether a file names the interpreters, so that :mod:`kdoctor.trust` decides whether they are started."""
        return bool(self.python) and self.origins.get("python") != COMMAND_LINE


NAMES = ("paths", "python", "targets", "require", "only", "skip", "every", "fail_on", "strict", "timeout", "baseline")


def settle(given: Mapping[str, Any], config: Config) -> Settings:
    """The settings that are in force.

    Args:
        given: what the command line says, by name; what it does not say is not in it.
        config: what the file says.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name in NAMES:
        from_file = getattr(config, name)
        if name in given:
            values[name], origins[name] = given[name], COMMAND_LINE
        elif from_file is not None:
            values[name], origins[name] = from_file, _where(config, name)
        else:
            origins[name] = DEFAULT
    origins["ignore"] = _where(config, "ignore") if config.ignore else DEFAULT
    return Settings(**values, ignore=config.ignore, origins=origins, config=config)


def _where(config: Config, name: str) -> str:
    return f"{config.path}:{config.lines.get(name, 1)}"


def describe(settings: Settings, remarks: Sequence[str] = ()) -> str:
    """What is in force and where from, a line each, in the words of the file.

    A path may hold an end of line or codes for the terminal; what the terminal gets are escapes.

    Args:
        settings: what is in force.
        remarks: what else to say, as comments at the beginning.
    """
    config = settings.config
    lines = [f"# {visible(config.path) or 'There is no configuration in this folder or a folder above it.'}"]
    lines += [f"# {visible(remark)}" for remark in (config.note, *remarks) if remark]
    for name in NAMES:
        value = getattr(settings, name)
        key = {"every": "all"}.get(name, name.replace("_", "-"))
        said = f"{key} = {_toml(value)}" if value is not None else f"# {key}: none"
        lines.append(f"{said}  # {visible(settings.origins[name])}")
    for ignore in settings.ignore:
        lines += ["", f"[[ignore]]  # {visible(config.path)}:{ignore.line}", f"rule = {_toml(ignore.rule)}"]
        lines.append(f"reason = {_toml(ignore.reason)}")
        if ignore.until is not None:
            lines.append(f"until = {ignore.until.isoformat()}")
        if ignore.paths:
            lines.append(f"paths = {_toml(ignore.paths)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, (int, float)):
        return str(int(value)) if value == int(value) else repr(value)
    return '"' + "".join(map(_escaped, str(value))) + '"'


def _escaped(character: str) -> str:
    if character in '\\"':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
