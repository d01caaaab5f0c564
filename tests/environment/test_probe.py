"""The facts that the probe reads from folders of packages."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

import pytest

from kdoctor.environment import distributions, examine, facts
from kdoctor.environment.facts import version_of
from kdoctor.environment.model import Environment, Unread
from kdoctor.records import lookup
from kdoctor.rules import all_rules
from kdoctor.words import Implementation, StackId
from tests.environment.sites import Site


@pytest.fixture
def look(site: Site, working_folder: Path, plain_environ: dict[str, str]) -> Look:
    return Look(working_folder, plain_environ)


class Look:
    def __init__(self, working_folder: Path, environ: dict[str, str]) -> None:
        self.working_folder = working_folder
        self.environ = environ

    def __call__(self, **variables: str) -> Environment:
        return examine(working_folder=str(self.working_folder), environ={**self.environ, **variables})


def test_distributions_are_read_from_their_metadata(site: Site, look: Look) -> None:
    site.tensorflow(
        "2.17.0",
        headers=[
            "Requires-Python: >=3.9",
            'Requires-Dist: numpy <2.0.0,>=1.23.5 ; python_version <= "3.11"',
            'Requires-Dist: numpy <2.0.0,>=1.26.0 ; python_version >= "3.12"',
        ],
        installer="uv",
    )
    site.numpy("1.26.4")
    environment = look()
    tensorflow = environment.find("tensorflow")
    assert tensorflow is not None
    assert (tensorflow.version, tensorflow.installer, tensorflow.owns) == ("2.17.0", "uv", ("tensorflow",))
    assert environment.tensorflow_python == ">=3.9"
    newest = sys.version_info >= (3, 12)
    assert environment.tensorflow_numpy == ("<2.0.0,>=1.26.0" if newest else "<2.0.0,>=1.23.5")


@pytest.mark.parametrize(
    "name",
    ["tensorflow-cpu", "tensorflow-intel", "tensorflow-macos", "tensorflow-rocm", "tensorflow-gpu", "tf-nightly"],
)
def test_tensorflow_is_known_under_all_its_names(site: Site, look: Look, name: str) -> None:
    site.tensorflow("2.19.0", name=name)
    site.keras("3.10.0")
    site.numpy("2.1.3")
    stack = look().stack(StackId.TF_KERAS)
    assert stack is not None
    assert (stack.available, stack.tensorflow) == (True, "2.19.0")


def test_a_local_version_is_kept_as_it_is_spelt(site: Site, look: Look) -> None:
    site.tensorflow("2.15.0+nv23.11")
    site.keras("2.15.0")
    site.numpy("1.26.4")
    stack = look().stack(StackId.TF_KERAS)
    assert stack is not None
    assert stack.tensorflow == "2.15.0+nv23.11"
    assert stack.implementation is Implementation.KERAS_2


def test_what_pip_left_over_is_a_fact_and_is_not_taken_for_the_package(site: Site, look: Look) -> None:
    site.tensorflow("2.16.1")
    old = site.distribution("tensorflow", "2.15.0")
    old.rename(old.with_name("~ensorflow-2.15.0.dist-info"))
    environment = look()
    found = {distribution.version: distribution.problem for distribution in environment.distributions}
    assert found == {"2.16.1": "", "2.15.0": "left over from an interrupted upgrade"}
    assert environment.find("tensorflow") is not None


def test_of_two_metadata_folders_the_one_that_the_package_contradicts_is_marked(site: Site, look: Look) -> None:
    site.keras("3.10.0")
    site.distribution("keras", "3.4.1")
    environment = look()
    found = environment.find("keras")
    assert found is not None
    assert found.version == "3.10.0"
    assert [entry.version for entry in environment.distributions if entry.problem] == ["3.4.1"]


def test_metadata_that_cannot_be_read_is_a_fact(site: Site, look: Look) -> None:
    metadata = site.keras("3.10.0")
    (metadata / "METADATA").write_bytes(b"\xff\xfe\x00garbage")
    empty = site.distribution("tf-keras", "2.19.0")
    (empty / "METADATA").unlink()
    environment = look()
    problems = {entry.name: entry.problem for entry in environment.distributions}
    assert problems == {"keras": "metadata cannot be read", "tf-keras": "metadata is missing"}
    name = next(name for name in environment.names if name.name == "keras")
    assert "3.10.0" in name.reason or name.version == "3.10.0", "the version is still known from the source"


@pytest.mark.parametrize("text", ["", "\n\n", "\nName: keras\n", "no header at all", "Name keras", "\r\n\r\n", "\x00"])
def test_no_metadata_is_a_crash(site: Site, look: Look, text: str) -> None:
    metadata = site.keras("3.10.0")
    (metadata / "METADATA").write_text(text)
    (metadata / "direct_url.json").write_text('{"dir_info": "editable", "url": 1}')
    (metadata / "RECORD").write_bytes(b"\xff\x00")
    (metadata / "WHEEL").unlink()
    (found,) = look().distributions
    assert found.problem == "metadata cannot be read"


def test_an_editable_installation_is_found_in_its_project(site: Site, look: Look, tmp_path: Path) -> None:
    project = tmp_path / "my keras"
    (project / "keras").mkdir(parents=True)
    (project / "keras" / "__init__.py").write_text('__version__ = "3.9.0.dev1"\n')
    metadata = site.distribution("keras", "3.9.0.dev1")
    (metadata / "direct_url.json").write_text(json.dumps({"url": project.as_uri(), "dir_info": {"editable": True}}))
    environment = examine(working_folder=str(project), environ=look.environ)
    found = environment.find("keras")
    package = environment.package("keras")
    assert found is not None
    assert found.editable
    assert package is not None
    assert package.path == str(project / "keras")
    assert environment.shadows == (), "the project itself is no shadow of what it is installed as"


def test_egg_info_is_read_too(site: Site, look: Look) -> None:
    folder = site.folder / "keras-2.15.0-py3.11.egg-info"
    folder.mkdir()
    (folder / "PKG-INFO").write_text("Name: keras\nVersion: 2.15.0\n\n")
    found = look().find("keras")
    assert found is not None
    assert found.version == "2.15.0"


@pytest.mark.parametrize(
    ("release", "reads", "values"), [("2.14.1", False, ()), ("2.15.0", True, ("true", "True", "1"))]
)
def test_the_values_that_count_are_read_from_the_loader(
    site: Site, look: Look, release: str, reads: bool, values: tuple[str, ...]
) -> None:
    site.tensorflow(release)
    environment = look()
    assert environment.tensorflow_reads_variable is reads
    assert environment.legacy_values == values


def test_variables_are_those_that_matter_and_no_secrets(site: Site, look: Look) -> None:
    environment = look(TF_USE_LEGACY_KERAS="1", TF_CPP_MIN_LOG_LEVEL="3", TF_TOKEN_app="secret", TF_VAR_key="secret")
    assert environment.variables == {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}


@pytest.mark.parametrize(
    ("text", "refused", "problem"),
    [
        ('{"floatx": "float32", "epsilon": 1e-7, "backend": "jax"}', False, None),
        ("{,}", False, "not JSON"),
        ("[]", True, "no JSON object"),
        ('{"floatx": "bfloat16"}', True, "floatx"),
        ('{"epsilon": 0}', True, "epsilon"),
        ('{"image_data_format": "NHWC"}', True, "image_data_format"),
    ],
)
def test_keras_json_is_judged_as_keras_judges_it(
    site: Site, look: Look, tmp_path: Path, text: str, refused: bool, problem: Optional[str]
) -> None:
    folder = tmp_path / "keras home"
    folder.mkdir()
    (folder / "keras.json").write_text(text)
    config = look(KERAS_HOME=str(folder)).keras_config
    assert config is not None
    assert config.exists
    assert config.refused is refused
    assert (problem or "") in config.problem
    assert bool(config.problem) is bool(problem)


@pytest.mark.skipif(os.name == "nt", reason="Keras falls back to /tmp on POSIX")
def test_without_a_writable_home_keras_looks_in_tmp(site: Site, look: Look, tmp_path: Path) -> None:
    config = look(HOME=str(tmp_path / "there is none")).keras_config
    assert config is not None
    assert config.path == "/tmp/.keras/keras.json"


@pytest.mark.parametrize("name", ["tensorflow.py", "keras.py", "tf_keras.py"])
def test_a_file_in_the_working_folder_shadows(site: Site, look: Look, working_folder: Path, name: str) -> None:
    (working_folder / name).touch()
    (shadow,) = look().shadows
    assert (shadow.name, shadow.on_path) == (name[:-3], False)


def test_a_folder_on_pythonpath_shadows_every_program(
    site: Site, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.keras("3.10.0")
    local = Site(tmp_path / "src")
    local.package("keras")
    monkeypatch.setattr(sys, "path", [*sys.path[:0], str(local.folder), *sys.path])
    (shadow,) = look().shadows
    assert (shadow.name, shadow.on_path, shadow.path) == ("keras", True, str(local.folder / "keras"))


def test_what_comes_after_the_installed_package_shadows_nothing(
    site: Site, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.keras("3.10.0")
    local = Site(tmp_path / "src")
    local.package("keras")
    monkeypatch.setattr(sys, "path", [*sys.path, str(local.folder)])
    assert look().shadows == ()


def test_a_folder_without_init_shadows_nothing(site: Site, look: Look, working_folder: Path) -> None:
    site.keras("3.10.0")
    (working_folder / "keras").mkdir()
    assert look().shadows == ()


def test_what_is_left_of_a_package_is_seen_as_an_empty_one(site: Site, look: Look) -> None:
    (site.folder / "tensorflow" / "include").mkdir(parents=True)
    package = look().package("tensorflow")
    assert package is not None
    assert package.namespace


def test_a_wheel_says_which_python_it_was_built_for(site: Site, look: Look) -> None:
    site.tensorflow("2.17.0", tag="cp38-cp38-manylinux_2_17_x86_64")
    site.numpy("1.26.4")
    environment = look()
    found = environment.find("tensorflow")
    stack = environment.stack(StackId.TF_KERAS)
    assert found is not None
    assert found.python_tag == "cp38"
    assert stack is not None
    assert not stack.available


@pytest.mark.parametrize(
    ("variables", "manager"), [({"COLAB_RELEASE_TAG": "x"}, "colab"), ({"KAGGLE_KERNEL_RUN_TYPE": "Batch"}, "kaggle")]
)
def test_hosted_notebooks_are_recognised(site: Site, look: Look, variables: dict[str, str], manager: str) -> None:
    assert look(**variables).interpreter.manager == manager


@pytest.mark.parametrize(
    ("make", "manager", "has_project"),
    [
        ("conda-meta/history", "conda", False),
        ("../uv.lock", "uv", True),
        ("../poetry.lock", "poetry", True),
        ("../pdm.lock", "pdm", True),
        ("pyvenv.cfg", "pip", False),
    ],
)
def test_who_manages_the_environment_is_seen_in_its_folder(
    site: Site,
    look: Look,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: str,
    manager: str,
    has_project: bool,
) -> None:
    prefix = tmp_path / "project" / ".venv"
    prefix.mkdir(parents=True)
    file = Path(os.path.normpath(prefix / make))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("home = /usr/bin\n")
    monkeypatch.setattr(sys, "prefix", str(prefix))
    interpreter = look().interpreter
    assert interpreter.manager == manager
    assert interpreter.project == (str(tmp_path / "project") if has_project else "")


def test_the_installer_of_tensorflow_speaks_where_no_file_does(
    site: Site, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nuv = 0.5\n")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    site.tensorflow("2.17.0", installer="Poetry 1.8.2")
    assert look().interpreter.manager == "poetry"


def test_a_foreign_kdoctor_is_a_distribution_like_any_other(site: Site, look: Look) -> None:
    site.distribution("kdoctor", "1.0", owns=("kdoctor",))
    found = look().find("kdoctor")
    assert found is not None
    assert found.owns == ("kdoctor",)


# ------------------------------------------------------------------------------------- what stands in place of a file

POSIX_ONLY = pytest.mark.skipif(os.name != "posix", reason="Windows has no FIFOs and devices in its folders")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _zeroes(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 10 * 2**30)


def _folder(path: Path) -> None:
    path.mkdir()


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


IN_PLACE = (_fifo, _zeroes, _huge, _folder, _loop)


@POSIX_ONLY
@pytest.mark.parametrize("put", IN_PLACE)
@pytest.mark.parametrize(
    "name", ["RECORD", "METADATA", "WHEEL", "INSTALLER", "direct_url.json", "version.h", "lazy_loader.py"]
)
def test_whatever_stands_in_place_of_a_file_the_facts_arrive(
    site: Site, look: Look, put: Callable[[Path], None], name: str
) -> None:
    metadata = site.tensorflow("2.18.0")
    site.keras("3.8.0")
    site.numpy("2.0.1")
    places = {"version.h": "tensorflow/include/tensorflow/core/public", "lazy_loader.py": "tensorflow/python/util"}
    place = site.folder / places[name] / name if name in places else metadata / name
    place.unlink(missing_ok=True)
    put(place)
    environment = look()
    problems = [found.problem for found in environment.distributions if found.name == "tensorflow"]
    if name == "METADATA":
        assert "metadata cannot be read (" in problems[0]
    elif put is _huge and name in ("WHEEL", "INSTALLER", "version.h"):
        assert environment.unread == (), "the beginning is enough"
    else:
        assert [unread.path for unread in environment.unread] == [str(place)]
        assert environment.unread[0].reason


@POSIX_ONLY
@pytest.mark.parametrize("put", IN_PLACE)
@pytest.mark.parametrize("name", ["src/version.py", "version.py", "__init__.py"])
def test_whatever_stands_in_place_of_the_source_the_metadata_speaks(
    site: Site, look: Look, put: Callable[[Path], None], name: str
) -> None:
    site.keras("3.8.0")
    place = site.folder / "keras" / name
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    put(place)
    if name == "__init__.py" and put is not _huge:
        assert look().package("keras") is None or look().packages[0].namespace
    else:
        assert version_of(look(), "keras") == "3.8.0"


@POSIX_ONLY
@pytest.mark.parametrize("put", [_fifo, _zeroes, _huge, _folder])
def test_whatever_stands_in_place_of_keras_json_is_a_fact(
    site: Site, look: Look, tmp_path: Path, put: Callable[[Path], None]
) -> None:
    site.keras("3.8.0")
    put(tmp_path / "keras.json")
    config = look(KERAS_HOME=str(tmp_path)).keras_config
    assert config is not None
    assert config.refused
    assert "it cannot be read (" in config.problem


@pytest.mark.parametrize(
    ("text", "refused", "says"),
    [
        ("[" * 100_000, True, "nested too deeply"),
        ('{"a": ' * 100_000, True, "nested too deeply"),
        ('{"epsilon": ' + "9" * 50_000 + "}", False, "not JSON"),
        ('{"floatx": ' + "[" * 500 + "]" * 500 + "}", True, "floatx is"),
        ('{"floatx": "' + "x" * 100_000 + '"}', True, "floatx is"),
        ('{"backend": ' + "[" * 500 + "]" * 500 + "}", False, ""),
        ("\ufeff{}", False, "not JSON"),
        ("", False, "not JSON"),
        ("NaN", True, "no JSON object"),
    ],
    ids=lambda value: str(value)[:16],
)
def test_whatever_keras_json_says_is_a_short_fact(
    site: Site, look: Look, tmp_path: Path, text: str, refused: bool, says: str
) -> None:
    (tmp_path / "keras.json").write_text(text, encoding="utf-8")
    config = look(KERAS_HOME=str(tmp_path)).keras_config
    assert config is not None
    assert config.refused is refused
    assert says in config.problem
    assert len(config.problem) < 300
    assert len(config.backend) < 300


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"dir_info": {"editable": true}, "url": "file://[x"}',
        '{"dir_info": {"editable": true}, "url": ' + "9" * 50_000 + "}",
        "not JSON",
    ],
    ids=lambda text: text[:50],
)
def test_an_origin_that_is_none_is_named(site: Site, look: Look, text: str) -> None:
    metadata = site.keras("3.8.0")
    (metadata / "direct_url.json").write_text(text)
    environment = look()
    assert environment.find("keras") is not None
    assert [unread.path for unread in environment.unread] == [str(metadata / "direct_url.json")]


@pytest.mark.parametrize("url", ["file:///a%00b", "file:///\\ud800", "", "file:///" + "a/" * 10_000])
def test_an_editable_installation_may_be_anywhere(site: Site, look: Look, url: str) -> None:
    metadata = site.keras("3.8.0")
    (metadata / "direct_url.json").write_text(f'{{"dir_info": {{"editable": true}}, "url": "{url}"}}')
    assert look().find("keras") is not None


@POSIX_ONLY
def test_a_search_path_of_rubbish(site: Site, look: Look, tmp_path: Path) -> None:
    site.keras("3.8.0")
    (site.folder / "tf_keras-2.18.0.dist-info").symlink_to("nowhere")
    (site.folder / "numpy-2.0.dist-info").symlink_to("numpy-2.0.dist-info")
    (site.folder / "jax-0.5.dist-info").write_text("Name: jax\n")
    _fifo(site.folder / "h5py-3.0.egg-info")
    (site.folder / "scipy").symlink_to("nowhere")
    (tmp_path / "file").touch()
    sys.path[:0] = [str(tmp_path / "missing"), str(tmp_path / "file"), "a\0b", str(tmp_path / "file" / "below")]
    environment = look()
    assert version_of(environment, "keras") == "3.8.0"
    assert all(found.problem for found in environment.distributions if found.name != "keras")


def test_a_folder_that_cannot_be_listed_is_named(
    site: Site, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.keras("3.8.0")
    locked = tmp_path / "locked"
    locked.mkdir()
    sys.path.insert(0, str(locked))
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if str(path) == str(locked):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert look().unread == (Unread(str(locked), "Permission denied"),)


def test_the_loader_is_read_in_time_in_proportion_to_its_length(site: Site) -> None:
    tensorflow = site.package("tensorflow")
    file = tensorflow / "python" / "util" / "lazy_loader.py"
    file.parent.mkdir(parents=True)
    for text in ('TF_USE_LEGACY_KERAS"' * 100_000, 'TF_USE_LEGACY_KERAS")' + " " * 2_000_000, "version = " * 200_000):
        file.write_text(text)
        started = time.process_time()
        facts._loader_of(str(tensorflow), distributions.Reader())
        (tensorflow / "__init__.py").write_text(text.replace("TF_USE_LEGACY_KERAS", "\n__version__ : "))
        facts._source_version(str(tensorflow), "keras", distributions.Reader())
        assert time.process_time() - started < 1


# ---------------------------------------------------------------------------------------------- versions that are none


@pytest.mark.parametrize("spelled", ["HEAD", "3.x", "2.", "not-a-version", "1.0-", "9" * 5000, "2.19.0 (local)", "२.x"])
@pytest.mark.parametrize("package", ["tensorflow", "keras", "tf-keras"])
def test_nothing_is_judged_by_a_version_that_is_none(site: Site, look: Look, package: str, spelled: str) -> None:
    metadata = {
        "tensorflow": site.tensorflow("2.18.0"),
        "keras": site.keras("3.8.0"),
        "tf-keras": site.tf_keras("2.18"),
    }
    site.numpy("2.0.1")
    (metadata[package] / "METADATA").write_text(f"Name: {package}\nVersion: {spelled}\n", encoding="utf-8")
    name = package.replace("-", "_")
    shutil.rmtree(site.folder / "tensorflow" / "include") if package == "tensorflow" else None
    (site.folder / name / "__init__.py").write_text(f'__version__ = "{spelled}"\n', encoding="utf-8")
    environment = look()
    assert version_of(environment, name) == ""
    faults = {rule.code: fault for rule in all_rules() if rule.detect and (fault := rule.detect(environment))}
    assert set(faults) == {"KD008"}
    assert f"{spelled[:60]}" in faults["KD008"].detail
    assert "is not a version" in faults["KD008"].detail
    concerned = [one for one in environment.stacks if package == "tensorflow" or one.version == ""]
    assert concerned or package == "tf-keras"
    for stack in concerned:
        assert stack.implementation in (None, Implementation.KERAS_3, Implementation.TF_KERAS)
        assert all(lookup(slug, stack, environment) is None for slug in ("rnn-stateful-carry", "ctc-blank-last"))


def test_a_source_that_knows_its_version_speaks_for_metadata_that_does_not(site: Site, look: Look) -> None:
    (site.keras("3.8.0") / "METADATA").write_text("Name: keras\nVersion: HEAD\n")
    assert version_of(look(), "keras") == "3.8.0"


def test_a_keras_that_cannot_be_told_is_not_guessed(site: Site, look: Look) -> None:
    (site.keras("3.8.0") / "METADATA").write_text("Name: keras\nVersion: HEAD\n")
    shutil.rmtree(site.folder / "keras")
    site.package("keras")
    (name,) = [name for name in look().names if name.name == "keras"]
    assert not name.available
    assert "unknown which Keras" in name.reason
