"""Turns what an interpreter says of itself, and what lies on its search path, into an environment."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from kdoctor import files
from kdoctor.environment import distributions
from kdoctor.environment.distributions import LONGEST_VALUE, Reader
from kdoctor.environment.model import Distribution, Environment, Interpreter, KerasConfig, Package, Shadow, Unread
from kdoctor.versions import is_version, minor, release
from kdoctor.words import KERAS_NAMES, LEGACY_VALUES, LEGACY_VARIABLE, TENSORFLOW_NAMES, TF_KERAS_NAMES

WATCHED_PACKAGES = ("tensorflow", "keras", "tf_keras", "jax", "torch", "openvino", "numpy", "scipy", "h5py", "kdoctor")
"""Import names whose place on ``sys.path`` is looked up."""

_SHADOWED = ("tensorflow", "keras", "tf_keras", "numpy", "h5py", "jax", "torch")
"""Import names of which a local file is worth a warning."""

_VARIABLES = re.compile(
    rf"{LEGACY_VARIABLE}|TF_CPP_\w+|TF_ENABLE_\w+|TF_XLA_FLAGS|XLA_FLAGS|TF_FORCE_\w+|TF_GPU_\w+|TF_DETERMINISTIC_\w+"
    r"|TF_NUM_\w+|TF_USE_MODULAR_FILESYSTEM|TF2_BEHAVIOR|KERAS_\w+|CUDA_VISIBLE_DEVICES|JAX_PLATFORMS|USE_TF|USE_TORCH"
    r"|TEMPORARILY_DISABLE_PROTOBUF_VERSION_CHECK|PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION|PYTHONPATH|PYTHONSAFEPATH|PYTHONNOUSERSITE|PYTHONUTF8"
)
"""Named one by one: ``TF_*`` at large would take in Terraform's ``TF_TOKEN_*`` and ``TF_VAR_*``, which are secrets."""

LOADER_PARTS = {
    "keras": ("_tf_keras/keras", "api/_v2/keras"),
    "tf_keras": ("api/_v2/keras",),
    "tensorflow": ("keras", "_api/v2/keras"),
}
"""The folders that TensorFlow's ``__path__`` leads to when ``tensorflow.keras`` is imported."""

_GENERATED_CODE = {"tensorflow": "core/framework/attr_value_pb2.py", "tf_keras": "protobuf/saved_metadata_pb2.py"}
"""Files that protobuf's compiler wrote, and that are imported with the package; they refuse an older protobuf."""

_VERSION_LINE = re.compile(
    r"""^(?:__version__|version|short_version)(?:[ \t]*:[ \t]*str)?[ \t]*=[ \t]*["']([^"'\n]+)["']""", re.M
)
_LOCK_FILES = {"poetry": "poetry.lock", "pdm": "pdm.lock", "uv": "uv.lock", "pixi": "pixi.lock"}
_STOPS = "Keras stops when it is imported"
_FLOATS = ("float16", "float32", "float64")
_LAYOUTS = ("channels_last", "channels_first")
_DISTRIBUTIONS_OF = {"tensorflow": TENSORFLOW_NAMES, "keras": KERAS_NAMES, "tf_keras": TF_KERAS_NAMES}


def environment_from(answer: Mapping[str, Any], working_folder: str) -> Environment:
    """The facts, names and stacks still to be derived, from what ``probe.collect`` returned in the interpreter."""
    reader, folders, suffixes = Reader(), answer["search_path"], answer["suffixes"]
    found, installed = distributions.find(folders, reader)
    present = tuple(_packages(folders, {item.distribution.name: item.project for item in found}, suffixes, reader))
    marked = _with_duplicates_marked(
        [item.distribution for item in found], {package.name: package.version for package in present}
    )
    manager, project = _manager_of(answer, marked, working_folder, reader)
    environment = Environment(
        interpreter=Interpreter(**answer["interpreter"], manager=manager, project=project),
        distributions=marked,
        installed=installed,
        packages=present,
        search_path=tuple(folders),
        variables={name: value for name, value in sorted(answer["variables"].items()) if _VARIABLES.fullmatch(name)},
        keras_config=_keras_config(answer["keras_json"]),
        shadows=tuple(_shadows(folders, working_folder, found, suffixes)),
        imported=tuple(name for name in WATCHED_PACKAGES if name in answer["modules"]),
    )
    environment = _with_tensorflow(environment, reader)
    return replace(environment, unread=tuple(Unread(path, reason) for path, reason in reader.unread.items()))


def _packages(
    folders: Sequence[str], projects: Mapping[str, str], suffixes: Sequence[str], reader: Reader
) -> Iterable[Package]:
    """For each watched import name that is there: where it stands, its version by its source, and its loader parts."""
    for name in WATCHED_PACKAGES:
        project = projects.get(canonicalize_name(name), "")
        path = _module_on([*folders, *_editable(project)], name, suffixes)
        # Without __init__.py anywhere, Python makes an empty package of whatever folder bears the name.
        remains = (place for folder in folders if os.path.isdir(place := os.path.join(folder, name)))
        place = path or next(remains, "")
        if place:
            version = _source_version(path, name, reader)
            protobuf = _protobuf_of(path, name, reader) if path else ""
            yield Package(name, place, version, _parts_of(place, name), protobuf, namespace=not path)


def _module_on(folders: Iterable[str], name: str, suffixes: Sequence[str]) -> str:
    """The path of what ``import name`` would find in the first of these folders that has it, regular packages and files
    only; else empty.
    """
    for folder in folders:
        package = os.path.join(folder, name)
        if any(os.path.isfile(os.path.join(package, "__init__" + suffix)) for suffix in suffixes):
            return package
        found = next((package + suffix for suffix in suffixes if os.path.isfile(package + suffix)), "")
        if found:
            return found
    return ""


def _parts_of(path: str, name: str) -> tuple[str, ...]:
    """Which of the folders that TensorFlow's loader looks for a package has."""
    return tuple(part for part in LOADER_PARTS.get(name, ()) if os.path.isfile(os.path.join(path, part, "__init__.py")))


def _source_version(path: str, name: str, reader: Reader) -> str:
    """The version that the source of a package gives itself, without executing it; empty where it gives none."""
    if not os.path.isdir(path):
        return ""
    if name == "tensorflow":
        public = os.path.join(path, "include", "tensorflow", "core", "public")
        for header in ("release_version.h", "version.h"):
            text = reader.text(os.path.join(public, header), 4096, beginning=True) or ""
            found = dict(re.findall(r"#define TF_(MAJOR|MINOR|PATCH)_VERSION (\d+)", text))
            if len(found) == 3:
                suffix = re.search(r'#define TF_VERSION_SUFFIX "([^"]*)"', text)
                numbers = ".".join(found[part] for part in ("MAJOR", "MINOR", "PATCH"))
                return (numbers + (suffix.group(1) if suffix else ""))[:LONGEST_VALUE]
        return ""
    for file in ("src/version.py", "version.py", "__init__.py"):
        line = _VERSION_LINE.search(reader.text(os.path.join(path, *file.split("/"))) or "")
        if line:
            return line.group(1)[:LONGEST_VALUE]
    return ""


def _protobuf_of(path: str, name: str, reader: Reader) -> str:
    """The protobuf that a package's generated code demands at least; empty where it does not check."""
    if name not in _GENERATED_CODE:
        return ""
    text = reader.text(os.path.join(path, *_GENERATED_CODE[name].split("/")), 2048, beginning=True) or ""
    found = re.search(r"^# Protobuf Python Version: (\S+)", text, re.M)
    return found.group(1)[:LONGEST_VALUE] if found and "ValidateProtobufRuntimeVersion" in text else ""


def _loader_of(tensorflow: str, reader: Reader) -> tuple[bool | None, tuple[str, ...]]:
    """Whether TensorFlow's own loader reads the variable, and the values that it accepts; None where it is not read."""
    text = reader.text(os.path.join(tensorflow, "python", "util", "lazy_loader.py"))
    if text is None:
        return None, ()
    # Every part is bounded, since each of many beginnings would else be followed to the end of the file.
    values = re.search(rf"""{LEGACY_VARIABLE}["'][^)]{{0,200}}\)\s{{1,20}}in\s{{1,20}}\(([^)]{{0,200}})\)""", text)
    accepted = re.findall(r"""["']([^"']*)["']""", values.group(1)) if values else []
    return LEGACY_VARIABLE in text, tuple(accepted)


def _editable(project: str) -> tuple[str, ...]:
    """The folders of an editable installation in which its packages may be."""
    return (project, os.path.join(project, "src")) if project else ()


def _shadows(
    folders: Sequence[str], working_folder: str, found: Sequence[distributions.Found], suffixes: Sequence[str]
) -> Iterable[Shadow]:
    """Local files and folders that carry the name of a watched package and come before the installed one."""
    installed = {
        os.path.normcase(os.path.abspath(place))
        for distribution, project in found
        for place in (_editable(project) or ([] if distribution.problem else [distribution.location]))
    }

    def is_installation(folder: str) -> bool:
        inside = os.path.basename(folder) in ("site-packages", "dist-packages")
        return inside or os.path.normcase(folder) in installed

    def shadow(folder: str, name: str, on_path: bool) -> Iterable[Shadow]:
        path = _module_on([folder], name, suffixes)
        if path:
            marks = ("setup.py", "pyproject.toml")
            checkout = os.path.isdir(path) and any(os.path.isfile(os.path.join(folder, mark)) for mark in marks)
            yield Shadow(name, path, on_path, checkout)

    for name in _SHADOWED:
        for folder in folders:
            if not is_installation(folder):
                yield from shadow(folder, name, True)
            elif _module_on([folder], name, suffixes):
                break
        if working_folder and working_folder not in folders and not is_installation(working_folder):
            yield from shadow(working_folder, name, False)


def _with_duplicates_marked(found: list[Distribution], by_source: Mapping[str, str]) -> tuple[Distribution, ...]:
    """Where one folder holds two metadata folders of one distribution, marks the one that the package contradicts."""
    groups: dict[tuple[str, str], list[Distribution]] = {}
    for one in found:
        if not one.problem:
            groups.setdefault((one.name, os.path.normcase(one.location)), []).append(one)
    kept = {}
    for (name, location), twins in groups.items():
        actual = by_source.get(name.replace("-", "_"), "")
        true = (one for one in twins if actual and release(one.version) == release(actual))
        # Without a source that says its version, the newest is as good a guess as any; it is marked all the same.
        kept[name, location] = next(true, None) or max(twins, key=lambda one: release(one.version))

    def marked(one: Distribution) -> Distribution:
        best = kept.get((one.name, os.path.normcase(one.location)), one)
        if one.problem or one is best:
            return one
        return replace(one, problem=f"a second metadata folder next to that of {best.version}")

    return tuple(map(marked, found))


def _manager_of(
    answer: Mapping[str, Any], installed: Sequence[Distribution], working_folder: str, reader: Reader
) -> tuple[str, str]:
    """What installs packages here, and the folder of the project whose lock file governs them, if there is one."""
    variables, prefix = answer["variables"], answer["interpreter"]["prefix"]
    manager, project = _locked_project(prefix, working_folder)
    if "COLAB_RELEASE_TAG" in variables or "COLAB_GPU" in variables or "google.colab" in answer["modules"]:
        return "colab", project
    if "KAGGLE_KERNEL_RUN_TYPE" in variables:
        return "kaggle", project
    if manager:
        return manager, project
    conda = os.path.join(prefix, "conda-meta")
    if os.path.isdir(conda):
        return ("pixi" if os.path.isfile(os.path.join(conda, "pixi")) else "conda"), ""
    if "pypoetry" in prefix:
        return "poetry", ""
    installers = [found.installer.lower() for found in installed if found.owns and found.installer]
    for name in ("poetry", "pdm", "uv"):
        if any(installer.startswith(name) for installer in installers):
            return name, ""
    lines = (reader.text(os.path.join(prefix, "pyvenv.cfg")) or "").splitlines()
    settings = {line.partition("=")[0].strip().lower() for line in lines if "=" in line}
    if "uv" in settings and not installers:
        return "uv", ""
    # PEP 668: the interpreter asks installers to keep away.
    mark = os.path.join(answer["standard_library"], "EXTERNALLY-MANAGED")
    is_closed = not answer["interpreter"]["venv"] and os.path.isfile(mark)
    return ("system" if is_closed or (prefix == "/usr" and not settings) else "pip"), ""


def _locked_project(prefix: str, working_folder: str) -> tuple[str, str]:
    parent = os.path.dirname(prefix)
    if os.path.basename(parent) == "envs" and os.path.basename(os.path.dirname(parent)) == ".pixi":
        return "pixi", os.path.dirname(os.path.dirname(parent))
    if os.path.basename(prefix) in (".venv", "venv", "__pypackages__"):
        for manager, lock in _LOCK_FILES.items():
            if os.path.isfile(os.path.join(parent, lock)):
                return manager, parent
    if "pypoetry" in prefix and working_folder and os.path.isfile(os.path.join(working_folder, "poetry.lock")):
        return "poetry", working_folder
    return "", ""


def _keras_config(path: str) -> KerasConfig:
    """What a keras.json means to Keras, which opens whatever is there, and waits, fills the memory or stops."""
    if not os.path.exists(path):
        return KerasConfig(path, exists=False)
    config: Any = None
    try:
        config = json.loads(files.read(path).decode("utf-8"), parse_int=files.integer)
        stops = "" if isinstance(config, dict) else "it holds no JSON object, so"
    except files.Unreadable as error:
        stops = f"it cannot be read ({error.reason}), so"
    except ValueError:
        return KerasConfig(path, True, "it is not JSON, so Keras ignores it")
    except RecursionError:
        stops = "it is nested too deeply, so"
    if stops:
        return KerasConfig(path, True, f"{stops} {_STOPS}", refused=True)
    words = {name: config.get(name) or "" for name in ("backend", "floatx", "image_data_format")}
    shown = {
        name: value[:LONGEST_VALUE] if isinstance(value, str) else _as_json(value) for name, value in words.items()
    }
    epsilon = config.get("epsilon")
    refused = []
    if config.get("floatx", _FLOATS[0]) not in _FLOATS:
        refused.append(f"floatx is {_as_json(config['floatx'])}, not float16, float32 or float64")
    if "epsilon" in config and not isinstance(epsilon, float):
        refused.append(f"epsilon is {_as_json(epsilon)}, not a number with a decimal point or exponent")
    if config.get("image_data_format", _LAYOUTS[0]) not in _LAYOUTS:
        layout = _as_json(config["image_data_format"])
        refused.append(f"image_data_format is {layout}, not channels_last or channels_first")
    problem = f"{'; '.join(refused)}: {_STOPS}" if refused else ""
    epsilon = epsilon if isinstance(epsilon, float) else None
    return KerasConfig(path, True, problem, refused=bool(refused), epsilon=epsilon, **shown)


def _as_json(value: object) -> str:
    """A value of JSON as one writes it, shortened."""
    try:
        text = json.dumps(value)
    except (ValueError, RecursionError):
        text = "nested too deeply"
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "..."


def _with_tensorflow(environment: Environment, reader: Reader) -> Environment:
    """Adds what TensorFlow says of itself: its loader's reading of the variable, its Python and its NumPy."""
    installed = environment.package("tensorflow")
    if installed is None:
        return environment
    reads, values = _loader_of(installed.path, reader)
    if reads is None:
        version = tensorflow_version(environment)
        reads = release(version) >= (2, 15) if version else None
    metadata = tensorflow_distribution(environment)
    lines = (line for line in metadata.requires if canonicalize_name(line).startswith("numpy")) if metadata else ()
    numpy = (
        str(one.specifier)
        for one in requirements(lines, environment.interpreter.version)
        if canonicalize_name(one.name) == "numpy"
    )
    return replace(
        environment,
        tensorflow_reads_variable=reads,
        legacy_values=(values or LEGACY_VALUES) if reads else (),
        tensorflow_numpy=next(numpy, ""),
        tensorflow_python=metadata.requires_python if metadata else "",
    )


def tensorflow_distribution(environment: Environment) -> Distribution | None:
    """The distribution that owns ``tensorflow/``; else any that goes by one of TensorFlow's names."""
    candidates = [found for found in environment.distributions if found.name in TENSORFLOW_NAMES and not found.problem]
    owners = [found for found in candidates if "tensorflow" in found.owns]
    return next(iter(owners or candidates), None)


def tensorflow_version(environment: Environment) -> str:
    """The version of the TensorFlow that is imported; empty where there is none."""
    return version_of(environment, "tensorflow")


def version_of(environment: Environment, package: str) -> str:
    """The version of an import package: as its metadata spells it where its source agrees, else as its source does.

    Empty where neither is known, or what stands there is not a version, so that nothing is judged by it.
    """
    stands = environment.package(package)
    names = _DISTRIBUTIONS_OF.get(package, (package.replace("_", "-"),))
    installed = [found for found in environment.distributions if found.name in names and not found.problem]
    owners = [found for found in installed if package in found.owns] or installed
    if stands is None or stands.namespace:
        return ""
    if not is_version(stands.version):
        return owners[0].version if owners else ""
    for found in owners:
        if release(found.version)[:3] == release(stands.version)[:3]:
            return found.version
    return stands.version


def requirements(lines: Iterable[str], python: str) -> Iterator[Requirement]:
    """Of the lines of metadata, those that are requirements and apply on a release of Python."""
    here = {"python_version": minor(python), "python_full_version": python}
    for line in lines:
        with contextlib.suppress(InvalidRequirement, ValueError, RecursionError):
            wanted = Requirement(line)
            if wanted.marker is None or wanted.marker.evaluate(here):
                yield wanted


def missing(imports: Iterable[str], environment: Environment) -> list[str]:
    """The import names that nothing on the search path has; none where no environment was examined."""
    there: set[str] = set()
    for folder in environment.search_path:
        with contextlib.suppress(OSError):
            there |= {entry.partition(".")[0] for entry in os.listdir(folder)}
    # An editable installation may have no more there than a module of its own that finds the package.
    finders = [name for name in there if name.startswith("__editable__")]
    return [name for name in imports if there and name not in there and not any(name in finder for finder in finders)]
