"""Who may have an interpreter started; tests/faults/trust.py tries it on the command."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from kdoctor import trust
from kdoctor.settings import ConfigError, Settings, load

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and permissions are those of POSIX")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "kdoctor" / "trusted.json"


def project(folder: Path, text: str = "python = './python'\n") -> Settings:
    """A repository with an interpreter of its own."""
    (folder / ".git").mkdir(parents=True)
    (folder / "python").symlink_to(sys.executable)
    (folder / "kdoctor.toml").write_text(text)
    return load(str(folder / "kdoctor.toml"))


def test_what_is_allowed_holds_for_one_content_of_one_file(tmp_path: Path, state: Path) -> None:
    one, other = project(tmp_path / "one"), project(tmp_path / "other")
    with pytest.raises(ConfigError, match="it lies in the repository"):
        trust.interpreters(one, {})
    assert trust.allow(one, {}) == (str(tmp_path / "one" / "python"),)
    assert trust.interpreters(one, {}) == (str(tmp_path / "one" / "python"),)
    with pytest.raises(ConfigError, match="it lies in the repository"):
        trust.interpreters(other, {})
    (tmp_path / "one" / "kdoctor.toml").write_text("python = './python' \n")
    with pytest.raises(ConfigError, match="it lies in the repository"):
        trust.interpreters(load(one.file), {})


def test_a_repository_is_found_under_any_of_its_names(tmp_path: Path, state: Path) -> None:
    project(tmp_path / "one")
    (tmp_path / "two").symlink_to("one")
    config = load(str(tmp_path / "two" / "kdoctor.toml"))
    with pytest.raises(ConfigError, match="it lies in the repository"):
        trust.interpreters(config, {})
    trust.allow(load(str(tmp_path / "one" / "kdoctor.toml")), {})
    (kept,) = json.loads(state.read_text())["allowed"]
    assert kept["file"] == str(tmp_path / "one" / "kdoctor.toml")


def test_allowing_again_replaces_what_was_kept_and_the_oldest_goes(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "MOST_ENTRIES", 2)
    configs = [project(tmp_path / name) for name in "abc"]
    for config in (configs[0], *configs, configs[1]):
        trust.allow(config, {})
    kept = [entry["file"] for entry in json.loads(state.read_text())["allowed"]]
    assert kept == [configs[2].file, configs[1].file]


def test_a_link_that_never_ends_is_no_way_in(tmp_path: Path, state: Path) -> None:
    """However the chain of links is made, each of its stations is tried."""
    config = project(tmp_path / "one", f"python = '{tmp_path}/out/0'\n")
    (tmp_path / "out").mkdir()
    for number in range(30):
        (tmp_path / "out" / str(number)).symlink_to(str(number + 1))
    (tmp_path / "out" / "30").symlink_to("../one/python")
    with pytest.raises(ConfigError, match="it lies in the repository"):
        trust.interpreters(config, {})


def test_a_path_that_is_not_ascii_and_not_printable_is_shown_as_it_can_be(tmp_path: Path, state: Path) -> None:
    config = project(tmp_path / "环境\u202e")
    with pytest.raises(ConfigError, match=r"环境\\u202e/python was not started") as raised:
        trust.interpreters(config, {})
    assert str(raised.value).isprintable()
