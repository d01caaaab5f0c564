"""What a project asks of its gate, and what is said of mistakes in it."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdoctor import settings as settings_module
from kdoctor.run import objection
from kdoctor.settings import COMMAND_LINE, KEYS, ConfigError, Ignore, Settings, describe, find
from kdoctor.settings import load as load_unchecked

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

WHOLE = """\
[project]
name = "ours"

[tool.kdoctor]
require = ["rnn-stateful-carry", "ctc@keras"]
paths = ["src", "notebooks"]
fail-on = "warning"
targets = ["tensorflow==2.21"]
strict = true
timeout = 60

[[tool.kdoctor.ignore]]
rule = "KD301"
reason = "we mask the metric ourselves"
until = 2027-03-01

[[tool.kdoctor.ignore]]
rule = "saving-no-extension"
reason = "old scripts"
paths = ["scripts/*"]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, text: str, name: str = "pyproject.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def load(path: str) -> Settings:
    return load_unchecked(path, objection)


def test_everything_that_can_be_said(project: Path) -> None:
    config = load(written(project, WHOLE))
    assert config.require == ("rnn-stateful-carry", "ctc@keras")
    assert config.paths == ("src", "notebooks")
    assert (config.fail_on, config.strict, config.timeout) == ("warning", True, 60.0)
    assert config.targets == ("tensorflow==2.21",)
    assert config.ignore == (
        Ignore("KD301", "we mask the metric ourselves", date(2027, 3, 1), (), 12, str(project)),
        Ignore("saving-no-extension", "old scripts", None, ("scripts/*",), 17, str(project)),
    )
    assert config.origins["fail_on"] == f"{config.file}:7"
    assert not {"only", "every", "baseline"} & set(config.origins)


def test_kdoctor_toml_has_the_same_keys_at_its_top(project: Path) -> None:
    text = WHOLE.partition("[tool.kdoctor]\n")[2].replace("tool.kdoctor.", "")
    config = load(written(project, text, "kdoctor.toml"))
    assert config.fail_on == "warning"
    assert [ignore.line for ignore in config.ignore] == [8, 13]


def test_the_nearest_file_that_speaks_of_kdoctor_is_taken(project: Path) -> None:
    below = project / "src" / "deep"
    below.mkdir(parents=True)
    outer = written(project, WHOLE)
    assert find(str(below)) == (outer, "")
    written(project / "src", "[project]\nname = 'kdoctor-free'\n")
    assert find(str(below)) == (outer, "")
    own = written(project, "strict = true\n", "kdoctor.toml")
    assert find(str(below)) == (own, ""), "in one folder kdoctor.toml goes first"


def test_the_search_ends_at_the_repository(project: Path) -> None:
    inner = project / "checkout"
    (inner / ".git").mkdir(parents=True)
    written(project, WHOLE)
    assert find(str(inner)) == ("", "")


def test_paths_are_those_of_the_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(project, WHOLE)
    (project / "src").mkdir()
    monkeypatch.chdir(project / "src")
    assert load(find(".")[0]).paths == (".", os.path.join("..", "notebooks"))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[tool.kdoctor]\nfail_on = 'error'\n", 2, "there is no key 'fail_on'. Did you mean fail-on?"),
        (
            "[tool.kdoctor]\n\nfail-on = 'eror'\n",
            3,
            "fail-on is one of error, warning, never, not 'eror'. Did you mean error",
        ),
        ("[tool.kdoctor]\nstrict = 'yes'\n", 2, "strict is true or false, without quotes, not 'yes'"),
        ("[tool.kdoctor]\ntimeout = -1\n", 2, "timeout is a number of seconds above 0, not -1"),
        ("[tool.kdoctor]\nrequire = [\n 'ctc',\n 'rnn-statful-carry',\n]\n", 4, "Did you mean rnn-stateful-carry"),
        ("[tool.kdoctor]\nrequire = ['ctc@tf.kera']\n", 2, "Did you mean tf.keras"),
        ("[tool.kdoctor]\nskip = ['rnm']\n", 2, "no check and no area called 'rnm'. Did you mean rnn"),
        ("[tool.kdoctor]\npaths = [1]\n", 2, "paths is a list of strings"),
        ("[tool.kdoctor]\nbaseline = 1\n", 2, "baseline is the name of a file"),
        ("[tool]\nkdoctor = 3\n", 2, "tool.kdoctor is a table"),
        ("[tool.kdoctor]\nignore = 'KD301'\n", 2, "write [[tool.kdoctor.ignore]]"),
        ("[tool.kdoctor]\n[[tool.kdoctor.ignore]]\nrule = 'KD301'\n", 2, "the ignore of KD301 gives no reason"),
        ("[tool.kdoctor]\n[[tool.kdoctor.ignore]]\nreason = 'x'\n", 2, "an ignore names its rule"),
        (
            "[tool.kdoctor]\n[[tool.kdoctor.ignore]]\nrule = 'KD3O1'\nreason = 'x'\n",
            3,
            "There is no rule called 'KD3O1'. Did you mean KD",
        ),
        ("[[tool.kdoctor.ignore]]\nrule='KD301'\nreason='x'\nuntil='soon'\n", 4, "until is a date, like 2027-03-01"),
        (
            "[[tool.kdoctor.ignore]]\nrule='KD301'\nreason='x'\nuntl=1\n",
            4,
            "no key 'untl' in ignore. Did you mean until",
        ),
        ("[tool.kdoctor]\nstrict = tru\n", 2, "this is not TOML"),
        ("tool.kdoctor.require = ['ctc',\n'rnn',\n'masknig']\n", 3, "Did you mean masking"),
        ("[tool.kdoctor]\nonly = [\n 'rnn', # rnm\n 'rnm']\n", 4, "no check and no area called 'rnm'"),
        ("[tool.kdoctor]\ntargets = [\n'tensorflow==2.21',\n'tensorflow>=2']\n", 4, 'write "tensorflow==2.21"'),
    ],
)
def test_a_mistake_names_its_line_and_the_nearest_right_name(project: Path, text: str, line: int, words: str) -> None:
    path = written(project, text)
    with pytest.raises(ConfigError) as raised:
        load(path)
    assert str(raised.value).startswith(f"{path}:{line}: ")
    assert words in str(raised.value)


def test_a_rule_may_be_named_by_its_code_in_any_case_or_by_its_canary(project: Path) -> None:
    text = "[[ignore]]\nrule = 'kd301'\nreason = 'x'\n[[ignore]]\nrule = 'rnn-stateful-carry'\nreason = 'x'\n"
    config = load(written(project, text, "kdoctor.toml"))
    assert [ignore.rule for ignore in config.ignore] == ["KD301", "rnn-stateful-carry"]


def test_a_path_of_an_interpreter_is_relative_to_the_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".venv").mkdir()
    (project / "src").mkdir()
    path = written(
        project, "python = ['.venv', '.tox/py311/bin/python', 'python3.11', '/opt/python']\n", "kdoctor.toml"
    )
    (project / "python3.11").mkdir()
    monkeypatch.chdir(project / "src")
    venv, tox = str(project / ".venv"), str(project / ".tox" / "py311" / "bin" / "python")
    config = load(path)
    assert (config.python, config.relative) == ((venv, tox, "python3.11", "/opt/python"), (venv, tox))


def test_a_table_that_is_not_read_is_reported(project: Path) -> None:
    written(project, WHOLE)
    config = load(written(project, "strict = true\n", "kdoctor.toml"))
    assert "[tool.kdoctor]" in config.note
    assert config.note in describe(config)
    assert load(written(project, WHOLE)).note == ""


def test_without_a_reader_of_toml_it_says_what_to_do(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(project, WHOLE)
    monkeypatch.setitem(sys.modules, "tomllib", None)
    monkeypatch.setitem(sys.modules, "tomli", None)
    with pytest.raises(ConfigError, match=r"Install tomli where kdoctor is, or pass --no-config"):
        load(path)


def test_a_file_that_cannot_be_read_is_reported(project: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(str(project / "nowhere.toml"))
    (project / "kdoctor.toml").write_bytes(b"strict = true # \xff")
    with pytest.raises(ConfigError, match="not written in UTF-8"):
        load(str(project / "kdoctor.toml"))


def test_the_command_line_goes_before_the_file_and_the_file_before_the_default(project: Path) -> None:
    config = load(written(project, WHOLE))
    settings = config.over({"fail_on": "never", "only": ("rnn",)})
    assert (settings.fail_on, settings.only, settings.strict, settings.skip) == ("never", ("rnn",), True, ())
    assert settings.origins["fail_on"] == COMMAND_LINE
    assert settings.origins["strict"] == f"{config.file}:9"
    assert "skip" not in settings.origins


def test_what_is_in_force_is_printed_as_it_would_be_written(project: Path) -> None:
    config = load(written(project, WHOLE))
    text = describe(config.over({"skip": ("hub",)}))
    assert f'fail-on = "warning"  # {config.file}:7' in text
    assert 'skip = ["hub"]  # the command line' in text
    again = load(written(project, text, "kdoctor.toml"))
    assert (again.fail_on, again.skip, again.ignore[0].until) == ("warning", ("hub",), date(2027, 3, 1))


def test_the_readme_shows_every_key_and_a_configuration_that_is_right(project: Path) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("## Configuration")[2].partition("```toml\n")[2].partition("```")[0]
    config = load(written(project, shown))
    assert {each.name for each in KEYS.values()} - set(config.origins) == {"only"}, "which stands in a comment"
    assert config.ignore[0].paths
    assert config.fail_on == Settings().fail_on == "error"


def test_the_search_ends_at_another_file_system(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = project / "mounted" / "a"
    inner.mkdir(parents=True)
    written(project, WHOLE)
    assert find(str(inner)) == (str(project / "pyproject.toml"), "")

    def mounted(path: str) -> os.stat_result:
        found = os.stat(path)
        return os.stat_result((*found[:2], int("mounted" in path), *found[3:10]))

    monkeypatch.setattr(settings_module, "_status", mounted)
    assert find(str(inner)) == ("", "")


@given(text=st.text(min_size=1).filter(str.strip))
def test_any_text_is_printed_as_toml_that_means_the_same_and_moves_no_cursor(text: str) -> None:
    printed = describe(Settings(require=(text,), origins={"require": text}))
    assert printed.replace("\n", "").isprintable()
    assert tomllib.loads(printed)["require"] == [text]


@pytest.mark.parametrize("parts", [2, 31])
def test_a_key_of_some_parts_is_read(project: Path, parts: int) -> None:
    assert load(written(project, f"x{'.x' * parts} = 1\n[tool.kdoctor]\nstrict = true\n")).strict is True
