"""The table of names and parameters while it is being recorded."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from kdoctor.records.api import SCHEMA, Runs, number_at
from kdoctor.versions import minor, release

WALKER = Path(__file__).with_name("walk_api.py")
WALK_SECONDS = 300
PARTS = ("names", "bases", "opaque")

Found = dict[str, Any]


def walk(python: Path, variables: Mapping[str, str]) -> list[tuple[str, Found]]:
    """What the walker finds in an environment, by family: as found, then under legacy Keras if it is there."""
    runs: list[tuple[tuple[str, ...], str]] = [(("tf", "tf.keras", "keras"), "0")]
    if _is_installed(python, "tf_keras"):
        runs.append((("tf.keras", "tf_keras"), "1"))
    found: list[tuple[str, Found]] = []
    for names, legacy in runs:
        for name, described in _walk(python, names, {**variables, "TF_USE_LEGACY_KERAS": legacy}).items():
            if "problem" not in described:
                family = name if name == "tf" else f"{name} {described['implementation']}"
                found.append((family, described))
    return found


def _is_installed(python: Path, package: str) -> bool:
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({package!r}) is None)"
    return not subprocess.run([str(python), "-I", "-c", code], check=False).returncode


def _walk(python: Path, names: Sequence[str], variables: Mapping[str, str]) -> dict[str, Found]:
    with tempfile.TemporaryDirectory(prefix="kdoctor-walk-") as folder:
        out = Path(folder) / "out.json"
        environ = {**variables, "KERAS_HOME": folder, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
        subprocess.run(
            [str(python), str(WALKER), str(out), *names],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=WALK_SECONDS,
            check=True,
        )
        found: dict[str, Found] = json.loads(out.read_text("utf-8"))
        return found


@dataclass
class Surfaces:
    """The names found on each release of each family; one release a minor."""

    families: dict[str, dict[str, Found]] = field(default_factory=dict)
    """By family and version."""
    lists: dict[Optional[str], int] = field(default_factory=lambda: {None: 0})
    """Each list of parameters or bases with its number, which it keeps: a new release changes few lines."""

    @classmethod
    def at(cls, path: Path) -> Surfaces:
        """What is in a file; empty where there is none."""
        if not path.exists():
            return cls()
        data = json.loads(path.read_text("utf-8"))
        surfaces = cls(lists={text: number for number, text in enumerate(data["lists"])})
        for family, raw in data["families"].items():
            for index, version in enumerate(raw["versions"]):
                surfaces.families.setdefault(family, {})[version] = {
                    part: _expanded(raw[part], data["lists"], index) for part in PARTS
                }
        return surfaces

    def add(self, found: Sequence[tuple[str, Found]]) -> None:
        """Take in what the walker found; of one minor release the last walk stands."""
        for family, described in found:
            releases = self.families.setdefault(family, {})
            for version in [each for each in releases if minor(each) == minor(described["version"])]:
                del releases[version]
            names = {name: None if listed is None else " ".join(listed) for name, listed in described["names"].items()}
            bases = {name: " ".join(listed) for name, listed in described["bases"].items()}
            releases[described["version"]] = {
                "names": names,
                "bases": bases,
                "opaque": dict.fromkeys(described["opaque"], ""),
            }

    def write(self, path: Path) -> None:
        """Write the file in one step."""
        beside = path.with_suffix(".new")
        beside.write_text(self.text(), encoding="utf-8")
        beside.replace(path)

    def text(self) -> str:
        """The file: one name a line."""
        used = {text for releases in self.families.values() for found in releases.values() for text in _lists(found)}
        for text in sorted(used - set(self.lists) - {None}, key=str):
            self.lists[text] = len(self.lists)
        families = [
            f"{json.dumps(family)}: {_family_text(self.families[family], self.lists)}"
            for family in sorted(self.families)
        ]
        listed = ",\n".join(json.dumps(text) for text in self.lists)
        joined = ",\n".join(families)
        return f'{{"schema": {json.dumps(SCHEMA)},\n"lists": [\n{listed}\n],\n"families": {{\n{joined}\n}}}}\n'


def _lists(found: Found) -> Iterator[Optional[str]]:
    for part in PARTS:
        yield from found[part].values()


def _family_text(releases: Mapping[str, Found], numbers: Mapping[Optional[str], int]) -> str:
    versions = sorted(releases, key=release)
    pieces = [f'"versions": {json.dumps(versions)}']
    for part in PARTS:
        names = sorted({name for version in versions for name in releases[version][part]})
        lines = []
        for name in names:
            at = {
                index: numbers[releases[version][part][name]]
                for index, version in enumerate(versions)
                if name in releases[version][part]
            }
            lines.append(f"{json.dumps(name)}: {json.dumps(_runs(at, len(versions)))}")
        pieces.append(f'"{part}": {{\n' + ",\n".join(lines) + "\n}")
    return "{" + ",\n".join(pieces) + "}"


def _runs(at: Mapping[int, int], releases: int) -> Runs:
    """A number that holds on every release is written alone."""
    if len(at) == releases and len(set(at.values())) == 1:
        return at[0]
    pieces: list[list[int]] = []
    for index in sorted(at):
        if pieces and pieces[-1][1] == index - 1 and pieces[-1][2] == at[index]:
            pieces[-1][1] = index
        else:
            pieces.append([index, index, at[index]])
    return " ".join(
        f"{first}:{number}" if first == last else f"{first}-{last}:{number}" for first, last, number in pieces
    )


def _expanded(named: Mapping[str, Runs], lists: Sequence[Optional[str]], index: int) -> dict[str, Optional[str]]:
    """What holds on one release."""
    found = {name: number_at(runs, index) for name, runs in named.items()}
    return {name: lists[number] for name, number in found.items() if number is not None}
