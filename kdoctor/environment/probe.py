"""Collects raw facts of the interpreter that runs it: standard library only, Python 3.8 or newer, nothing of kdoctor.

It never imports what it examines: metadata folders, a few lines of source and ``keras.json`` are read as text. It is
read and executed by a bootstrap given with ``-c`` (see ``interpreter.py``), so that no folder of kdoctor's comes to
stand on the examined ``sys.path``; for the running interpreter :func:`collect` is called directly.

The standard library is used sparingly, since each import counts against a visit that has a quarter of a second in all.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys

TYPE_CHECKING = False  # typing itself is not worth importing for a hint
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Optional

WATCHED_PACKAGES = ("tensorflow", "keras", "tf_keras", "jax", "torch", "openvino", "numpy", "scipy", "h5py", "kdoctor")
"""Import names whose place on ``sys.path`` is looked up."""

SHADOWED_PACKAGES = ("tensorflow", "keras", "tf_keras", "numpy", "h5py", "jax", "torch")
"""Import names of which a local file is worth a warning."""

OWNERS = (
    (("tensorflow", "tf-nightly", "intel-tensorflow"), "tensorflow"),
    (("tf-keras",), "tf_keras"),
    (("keras",), "keras"),
    (("kdoctor", "keras-doctor"), "kdoctor"),
)
"""How names of distributions begin, and the package, written to by more than one of them, that those may own. Only
these are asked, each for that package only: a RECORD can be megabytes long."""

LOADER_PARTS = {
    "keras": ("_tf_keras/keras", "api/_v2/keras"),
    "tf_keras": ("api/_v2/keras",),
    "tensorflow": ("keras", "_api/v2/keras"),
}
"""The folders that TensorFlow's ``__path__`` leads to when ``tensorflow.keras`` is imported."""

GENERATED_CODE = {"tensorflow": "core/framework/attr_value_pb2.py", "tf_keras": "protobuf/saved_metadata_pb2.py"}
"""Files that protobuf's compiler wrote, and that are imported with the package; they refuse an older protobuf."""

WATCHED_DISTRIBUTIONS = re.compile(
    r"(tensorflow|keras|tf-keras|tf-nightly|tf-models|intel-tensorflow|tensorboard|tb-nightly)(-.*)?"
    r"|scikeras|tfp-nightly|transformers|numpy|protobuf|h5py|ml-dtypes|optree|namex|packaging|wrapt|typing-extensions"
    r"|jax|jaxlib|jax-metal|torch|openvino|kdoctor|setuptools|scipy|pandas|onnx|tf2onnx"
)

WATCHED_VARIABLES = re.compile(
    r"TF_USE_LEGACY_KERAS|TF_CPP_\w+|TF_ENABLE_\w+|TF_XLA_FLAGS|XLA_FLAGS|TF_FORCE_\w+|TF_GPU_\w+|TF_DETERMINISTIC_\w+"
    r"|TF_NUM_\w+|TF_USE_MODULAR_FILESYSTEM|TF2_BEHAVIOR|KERAS_\w+|CUDA_VISIBLE_DEVICES|JAX_PLATFORMS|USE_TF|USE_TORCH"
    r"|TEMPORARILY_DISABLE_PROTOBUF_VERSION_CHECK|PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION|PYTHONPATH|PYTHONSAFEPATH|PYTHONNOUSERSITE|PYTHONUTF8"
)
"""Named one by one: ``TF_*`` at large would take in Terraform's ``TF_TOKEN_*`` and ``TF_VAR_*``, which are secrets."""


def normalise(name: str) -> str:
    """The normalised form of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


# ------------------------------------------------------------------------------------------------------- reading files

MIB = 2**20
MOST = 4 * MIB
"""Bytes of a file that is read whole."""
MOST_RECORD = 32 * MIB
"""Bytes of a RECORD; that of TensorFlow 2.16 has 3 MiB without any compiled file in it."""
LONGEST_VALUE = 100
"""Characters of a value that is shown; one that is longer is none that anybody meant."""


def read(path: str, most: int = MOST, first: Optional[int] = None) -> tuple[Optional[bytes], str]:
    """What is in a regular file, or only its ``first`` bytes; or None, and why it is not read (empty: it is missing).

    Does what ``kdoctor/files.py`` does, which is not at hand in the examined interpreter: nothing that somebody put
    there in place of a file (a FIFO, a device, ten gigabytes) can make this wait or fill the memory.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None, ""
    except (OSError, ValueError) as error:
        return None, getattr(error, "strerror", None) or str(error)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None, "not a regular file"
        if first is None and status.st_size > most:
            return None, f"{status.st_size // MIB} MiB, and at most {most // MIB} MiB are read"
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            data = stream.read(most + 1 if first is None else first)
        return (data, "") if len(data) <= most else (None, f"more than {most // MIB} MiB")
    except (OSError, MemoryError) as error:
        return None, getattr(error, "strerror", None) or str(error) or "out of memory"
    finally:
        os.close(descriptor)


class Files:
    """Reads files and folders, and remembers those that are there and cannot be read."""

    def __init__(self) -> None:
        self.unread: dict[str, str] = {}
        """The reasons, by path."""

    def read(self, path: str, most: int = MOST, first: Optional[int] = None) -> Optional[bytes]:
        """What is in a file; None where it is missing or not read."""
        data, reason = read(path, most, first)
        if reason:
            self.unread[path] = reason
        return data

    def text(self, path: str, first: Optional[int] = None) -> Optional[str]:
        """The text of a file; None where it is missing or not read."""
        data = self.read(path, first=first)
        return None if data is None else data.decode("utf-8", "replace")

    def entries(self, folder: str) -> list[os.DirEntry[str]]:
        """The directory entries of a folder; empty where it cannot be listed."""
        try:
            with os.scandir(folder) as found:
                return sorted(found, key=lambda entry: entry.name)
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            self.unread[folder] = getattr(error, "strerror", None) or str(error)
            return []


def integer(digits: str) -> int:
    """A number of JSON. Newer Pythons refuse thousands of digits, which older ones take minutes for."""
    if len(digits) > 4000:
        raise ValueError("too many digits")
    return int(digits)


def spelled(value: object) -> str:
    """A value of JSON as one writes it, shortened."""
    try:
        text = json.dumps(value)
    except (ValueError, RecursionError):
        text = "nested too deeply"
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "..."


# ------------------------------------------------------------------------------------------------------ the search path


def search_path(own_entry: bool) -> list[str]:
    """``sys.path`` as any program of this interpreter sees it, without the folder of the program that is running.

    ``own_entry`` says whether Python put that folder there: not so where the bootstrap has taken it away.
    """
    path = list(sys.path)
    if own_entry and path and not getattr(sys.flags, "safe_path", False):
        program = os.path.dirname(os.path.abspath(sys.argv[0])) if sys.argv and sys.argv[0] else ""
        try:
            here = os.getcwd()
        except OSError:
            here = ""
        own = {"", here, program, os.path.realpath(program)} if program else {"", here}
        if path[0] in own and not path[0].endswith(("site-packages", "dist-packages")):
            del path[0]
    folders = []
    for entry in path:
        if not isinstance(entry, str):
            continue
        folder = os.path.abspath(entry)
        if folder not in folders and os.path.isdir(folder):
            folders.append(folder)
    return folders


# -------------------------------------------------------------------------------------------------------- distributions


def headers(text: str) -> list[tuple[str, str]]:
    """The header fields of a METADATA or PKG-INFO file, as a list of (lower-case name, value)."""
    fields = []
    blank = re.search(r"\r?\n\r?\n", text)  # a README follows, which is long
    for line in text[: blank.start() if blank else None].splitlines():
        if line[:1] not in ("", " ", "\t") and ":" in line:
            name, value = line.split(":", 1)
            fields.append((name.strip().lower(), value.strip()))
    return fields


def first(fields: list[tuple[str, str]], name: str) -> str:
    """The value of the first header of that name, or an empty string."""
    return next((value for key, value in fields if key == name), "")


def owned(folder: str, location: str, package: str, files: Files) -> list[str]:
    """The package, if a metadata folder says that its distribution wrote it."""
    record = files.read(os.path.join(folder, "RECORD"), MOST_RECORD)
    if record is None:
        listed = (files.text(os.path.join(folder, "top_level.txt")) or "").split()
        return [package] if package in listed and os.path.exists(os.path.join(location, package)) else []
    start = package.encode()
    marks = (start + b"/__init__.py,", start + b"\\__init__.py,", start + b".py,")
    return [package] if any(record.startswith(mark) or b"\n" + mark in record for mark in marks) else []


def python_tag(folder: str, files: Files) -> str:
    """The Python that a wheel was built for, by the first of its tags; empty where nothing says it."""
    found = re.search(r"^Tag: *([^-\s]+)", files.text(os.path.join(folder, "WHEEL"), 4096) or "", re.M)
    return found.group(1)[:LONGEST_VALUE] if found else ""


def editable_folder(folder: str, files: Files) -> str:
    """The project folder of an editable installation; an empty string for any other."""
    path = os.path.join(folder, "direct_url.json")
    text = files.text(path)
    if not text:
        return ""
    try:
        origin = json.loads(text, parse_int=integer)
        kind = origin.get("dir_info") if isinstance(origin, dict) else None
        if not isinstance(kind, dict) or not kind.get("editable"):
            return ""
        from urllib.parse import unquote, urlparse

        project = unquote(urlparse(str(origin.get("url", ""))).path)
    except ValueError:
        files.unread[path] = "not what PEP 610 asks for"
        return ""
    except RecursionError:
        files.unread[path] = "nested too deeply"
        return ""
    return project[1:] if re.match(r"/[A-Za-z]:", project) else project


def distribution(entry: os.DirEntry[str], location: str, files: Files) -> Optional[dict[str, Any]]:
    """One metadata folder (or ``.egg-info`` file) as a dictionary of facts; None where it is none that matters."""
    stem, _, kind = entry.name.rpartition(".")
    leftover = stem.startswith(("~", "-"))
    spelled = stem.lstrip("~-").split("-")[0]
    name = normalise(spelled)
    if leftover:
        # pip renames `tensorflow` to `~ensorflow` (and on a clash `~nsorflow`, ...) while it replaces it.
        name = next((known for known in ("tensorflow", "tf-keras", "keras", "numpy") if known.endswith(name)), name)
    if not WATCHED_DISTRIBUTIONS.fullmatch(name) and name != "keras-doctor":
        return None
    facts: dict[str, Any] = {
        "name": name,
        "version": "",
        "location": location,
        "folder": entry.path,
        "problem": "",
        "editable": "",
        "installer": "",
        "owns": [],
        "requires_python": "",
        "requires": [],
        "python_tag": "",
    }
    is_folder = os.path.isdir(entry.path)
    metadata = os.path.join(entry.path, "METADATA" if kind == "dist-info" else "PKG-INFO") if is_folder else entry.path
    data, reason = read(metadata)
    fields = headers(data.decode("utf-8", "replace")) if data else []
    facts["version"] = first(fields, "version")[:LONGEST_VALUE]
    facts["requires_python"] = first(fields, "requires-python")[:LONGEST_VALUE]
    package = next((package for names, package in OWNERS if name.startswith(names)), "")
    if package:
        facts["python_tag"] = python_tag(entry.path, files)
        facts["requires"] = [value for key, value in fields if key == "requires-dist" and "extra ==" not in value]
    if leftover:
        facts["problem"] = "left over from an interrupted upgrade"
    elif data is None:
        # A folder without the file is what an interrupted uninstall leaves.
        facts["problem"] = f"metadata cannot be read ({reason})" if reason else "metadata is missing"
    elif not facts["version"] or not first(fields, "name"):
        facts["problem"] = "metadata cannot be read"
    if is_folder:
        facts["installer"] = (files.text(os.path.join(entry.path, "INSTALLER"), 80) or "").strip()
        facts["editable"] = editable_folder(entry.path, files)
        facts["owns"] = owned(entry.path, location, package, files) if package else []
    return facts


def metadata_folders(folders: list[str], files: Files) -> list[tuple[os.DirEntry[str], str]]:
    """Every metadata folder or file on the search path, and the folder that it stands in."""
    return [
        (entry, folder)
        for folder in folders
        for entry in files.entries(folder)
        if entry.name.endswith((".dist-info", ".egg-info"))
    ]


# ------------------------------------------------------------------------------------------------------ import packages


def module_suffixes() -> list[str]:
    """The endings of files that can be imported, packages aside."""
    import _imp

    return [".py", ".pyc", *_imp.extension_suffixes()]


def module_in(folder: str, name: str, suffixes: list[str]) -> str:
    """The path of what ``import name`` would find in this folder, regular packages and files only; else empty."""
    package = os.path.join(folder, name)
    for suffix in suffixes:
        if os.path.isfile(os.path.join(package, "__init__" + suffix)):
            return package
    for suffix in suffixes:
        if os.path.isfile(package + suffix):
            return package + suffix
    return ""


VERSION_LINE = re.compile(
    r"""^(?:__version__|version|short_version)(?:[ \t]*:[ \t]*str)?[ \t]*=[ \t]*["']([^"'\n]+)["']""", re.M
)


def source_version(path: str, name: str, files: Files) -> str:
    """The version that the source of a package gives itself, without executing it; empty where it gives none."""
    if not os.path.isdir(path):
        return ""
    if name == "tensorflow":
        public = os.path.join(path, "include", "tensorflow", "core", "public")
        for header in ("release_version.h", "version.h"):
            text = files.text(os.path.join(public, header), 4096) or ""
            parts = [re.search(rf"#define TF_{part}_VERSION (\d+)", text) for part in ("MAJOR", "MINOR", "PATCH")]
            if all(parts):
                suffix = re.search(r'#define TF_VERSION_SUFFIX "([^"]*)"', text)
                numbers = ".".join(part.group(1) for part in parts if part)
                return (numbers + (suffix.group(1) if suffix else ""))[:LONGEST_VALUE]
        return ""
    for file in ("src/version.py", "version.py", "__init__.py"):
        source = files.text(os.path.join(path, *file.split("/")))
        found = VERSION_LINE.search(source) if source else None
        if found:
            return found.group(1)[:LONGEST_VALUE]
    return ""


def protobuf_of(path: str, name: str, files: Files) -> str:
    """The protobuf that a package's generated code demands at least; empty where it does not check."""
    if name not in GENERATED_CODE:
        return ""
    text = files.text(os.path.join(path, *GENERATED_CODE[name].split("/")), 2048) or ""
    found = re.search(r"^# Protobuf Python Version: (\S+)", text, re.M)
    return found.group(1)[:LONGEST_VALUE] if found and "ValidateProtobufRuntimeVersion" in text else ""


def packages(
    folders: list[str], found: list[dict[str, Any]], suffixes: list[str], files: Files
) -> list[dict[str, Any]]:
    """For each watched import name that is there: where it stands, its version by its source, and its loader parts."""
    projects = {facts["name"]: facts["editable"] for facts in found if facts["editable"]}
    result = []
    for name in WATCHED_PACKAGES:
        path = ""
        for folder in folders:
            path = module_in(folder, name, suffixes)
            if path:
                break
        if not path and normalise(name) in projects:
            project = projects[normalise(name)]
            for place in (project, os.path.join(project, "src")):
                path = module_in(place, name, suffixes)
                if path:
                    break
        namespace = False
        if not path:
            # Without __init__.py anywhere, Python makes an empty package of whatever folder bears the name.
            remains = [os.path.join(folder, name) for folder in folders if os.path.isdir(os.path.join(folder, name))]
            path = remains[0] if remains else ""
            namespace = bool(path)
        if path:
            parts = [
                part for part in LOADER_PARTS.get(name, ()) if os.path.isfile(os.path.join(path, part, "__init__.py"))
            ]
            result.append(
                {
                    "name": name,
                    "path": path,
                    "version": "" if namespace else source_version(path, name, files),
                    "parts": parts,
                    "protobuf": protobuf_of(path, name, files),
                    "namespace": namespace,
                }
            )
    return result


def loader(tensorflow: str, files: Files) -> dict[str, Any]:
    """What TensorFlow's own loader says of ``TF_USE_LEGACY_KERAS``: whether it reads it, and the values it accepts."""
    text = files.text(os.path.join(tensorflow, "python", "util", "lazy_loader.py"))
    if text is None:
        return {"readable": False, "reads_variable": None, "values": []}
    # Every part is bounded, since each of many beginnings would else be followed to the end of the file.
    values = re.search(r"""TF_USE_LEGACY_KERAS["'][^)]{0,200}\)\s{1,20}in\s{1,20}\(([^)]{0,200})\)""", text)
    return {
        "readable": True,
        "reads_variable": "TF_USE_LEGACY_KERAS" in text,
        "values": re.findall(r"""["']([^"']*)["']""", values.group(1)) if values else [],
    }


def shadows(
    folders: list[str], working_folder: str, found: list[dict[str, Any]], suffixes: list[str]
) -> list[dict[str, Any]]:
    """Local files and folders that carry the name of a watched package and come before the installed one."""
    installed: dict[str, set[str]] = {}
    for facts in found:
        if facts["editable"]:
            for project in (facts["editable"], os.path.join(facts["editable"], "src")):
                installed.setdefault(os.path.normcase(os.path.abspath(project)), set()).add(facts["name"])
        elif not facts["problem"]:
            installed.setdefault(os.path.normcase(facts["location"]), set()).add(facts["name"])
    result: list[dict[str, Any]] = []

    def is_installation(folder: str) -> bool:
        """Whether packages are installed into this folder, so that what stands there is no shadow."""
        inside = os.path.basename(folder) in ("site-packages", "dist-packages")
        return inside or os.path.normcase(folder) in installed

    def look(folder: str, name: str, on_path: bool) -> None:
        path = module_in(folder, name, suffixes)
        if path:
            beside = any(os.path.isfile(os.path.join(folder, mark)) for mark in ("setup.py", "pyproject.toml"))
            checkout = os.path.isdir(path) and beside
            result.append({"name": name, "path": path, "on_path": on_path, "checkout": checkout})

    for name in SHADOWED_PACKAGES:
        for folder in folders:
            if is_installation(folder):
                if module_in(folder, name, suffixes):
                    break
                continue
            look(folder, name, True)
        if working_folder and working_folder not in folders and not is_installation(working_folder):
            look(working_folder, name, False)
    return result


# -------------------------------------------------------------------------------------------------------- configuration


def keras_config(environ: Mapping[str, str]) -> dict[str, Any]:
    """``keras.json``: where Keras looks for it, what it says, and what Keras makes of it."""
    if "KERAS_HOME" in environ:
        folder = environ["KERAS_HOME"]
    else:
        home = environ.get("USERPROFILE" if os.name == "nt" else "HOME") or os.path.expanduser("~")
        folder = os.path.join(home if os.access(home, os.W_OK) else "/tmp", ".keras")
    path = os.path.expanduser(os.path.join(folder, "keras.json"))
    facts: dict[str, Any] = {
        "path": os.path.abspath(path),
        "exists": os.path.exists(path),
        "problem": "",
        "refused": False,
        "backend": "",
        "floatx": "",
        "image_data_format": "",
        "epsilon": None,
    }
    if not facts["exists"]:
        return facts
    data, reason = read(path)
    if data is None:
        # Keras opens it all the same, and waits, fills the memory or stops.
        facts["problem"] = f"it cannot be read ({reason or 'it is gone'}), so Keras stops when it is imported"
        facts["refused"] = True
        return facts
    try:
        config = json.loads(data.decode("utf-8"), parse_int=integer)
    except ValueError:
        facts["problem"] = "it is not JSON, so Keras ignores it"
        return facts
    except RecursionError:
        facts["problem"] = "it is nested too deeply, so Keras stops when it is imported"
        facts["refused"] = True
        return facts
    if not isinstance(config, dict):
        facts["problem"] = "it holds no JSON object, so Keras stops when it is imported"
        facts["refused"] = True
        return facts
    for name in ("backend", "floatx", "image_data_format"):
        value = config.get(name) or ""
        facts[name] = value[:LONGEST_VALUE] if isinstance(value, str) else spelled(value)
    epsilon = config.get("epsilon")
    facts["epsilon"] = epsilon if isinstance(epsilon, float) else None
    refused = []
    if "floatx" in config and config["floatx"] not in ("float16", "float32", "float64"):
        refused.append(f"floatx is {spelled(config['floatx'])}, not float16, float32 or float64")
    if "epsilon" in config and not isinstance(epsilon, float):
        refused.append(f"epsilon is {spelled(epsilon)}, not a number with a decimal point or exponent")
    layouts = ("channels_last", "channels_first")
    if "image_data_format" in config and config["image_data_format"] not in layouts:
        refused.append(
            f"image_data_format is {spelled(config['image_data_format'])}, not channels_last or channels_first"
        )
    if refused:
        facts["problem"] = "; ".join(refused) + ": Keras stops when it is imported"
        facts["refused"] = True
    return facts


def venv_settings(files: Files) -> dict[str, str]:
    """What ``pyvenv.cfg`` says; empty outside a virtual environment."""
    text = files.text(os.path.join(sys.prefix, "pyvenv.cfg")) or ""
    settings = {}
    for line in text.splitlines():
        key, mark, value = line.partition("=")
        if mark:
            settings[key.strip().lower()] = value.strip()
    return settings


LOCK_FILES = (("poetry", "poetry.lock"), ("pdm", "pdm.lock"), ("uv", "uv.lock"), ("pixi", "pixi.lock"))


def project_of(working_folder: str) -> tuple[str, str]:
    """(manager, folder) of the project whose lock file governs this environment; empty strings where there is none."""
    prefix = sys.prefix
    parent = os.path.dirname(prefix)
    if os.path.basename(parent) == "envs" and os.path.basename(os.path.dirname(parent)) == ".pixi":
        return "pixi", os.path.dirname(os.path.dirname(parent))
    if os.path.basename(prefix) in (".venv", "venv", "__pypackages__"):
        for manager, lock in LOCK_FILES:
            if os.path.isfile(os.path.join(parent, lock)):
                return manager, parent
    if "pypoetry" in prefix and working_folder and os.path.isfile(os.path.join(working_folder, "poetry.lock")):
        return "poetry", working_folder
    return "", ""


def manager(
    environ: Mapping[str, str], found: list[dict[str, Any]], project_manager: str, settings: dict[str, str]
) -> str:
    """What installs packages here."""
    if "COLAB_RELEASE_TAG" in environ or "COLAB_GPU" in environ or "google.colab" in sys.modules:
        return "colab"
    if "KAGGLE_KERNEL_RUN_TYPE" in environ:
        return "kaggle"
    if project_manager:
        return project_manager
    if os.path.isdir(os.path.join(sys.prefix, "conda-meta")):
        return "pixi" if os.path.isfile(os.path.join(sys.prefix, "conda-meta", "pixi")) else "conda"
    if "pypoetry" in sys.prefix:
        return "poetry"
    installers = [facts["installer"].lower() for facts in found if facts["owns"] and facts["installer"]]
    for name in ("poetry", "pdm", "uv"):
        if any(installer.startswith(name) for installer in installers):
            return name
    if settings:
        return "uv" if "uv" in settings and not installers else "pip"
    return "system" if sys.prefix == "/usr" else "pip"


def is_externally_managed() -> bool:
    """Whether the interpreter asks installers to keep away (PEP 668)."""
    import sysconfig

    return os.path.isfile(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED"))


def machine() -> tuple[str, str]:
    """(system, CPU architecture) without starting a process."""
    if hasattr(os, "uname"):
        name = os.uname()
        return name.sysname, name.machine
    import platform

    return platform.system(), platform.machine()


def interpreter(
    environ: Mapping[str, str], found: list[dict[str, Any]], working_folder: str, files: Files
) -> dict[str, Any]:
    """Facts of the Python itself."""
    project_manager, project = project_of(working_folder)
    settings = venv_settings(files)
    system, architecture = machine()
    chosen = manager(environ, found, project_manager, settings)
    in_venv = sys.prefix != sys.base_prefix
    if chosen == "pip" and not in_venv and is_externally_managed():
        chosen = "system"
    implementation = {"cpython": "CPython", "pypy": "PyPy"}.get(sys.implementation.name, sys.implementation.name)
    release = {"alpha": "a", "beta": "b", "candidate": "rc"}.get(sys.version_info[3])
    return {
        "executable": sys.executable or "",
        "version": ".".join(map(str, sys.version_info[:3])) + (f"{release}{sys.version_info[4]}" if release else ""),
        "implementation": implementation,
        "system": system,
        "machine": architecture,
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "manager": chosen,
        "project": project,
        "venv": in_venv,
    }


def collect(
    working_folder: str = "", environ: Optional[Mapping[str, str]] = None, own_entry: bool = True
) -> dict[str, Any]:
    """All facts, as a dictionary that JSON can carry."""
    environ = os.environ if environ is None else environ
    files = Files()
    folders = search_path(own_entry)
    suffixes = module_suffixes()
    metadata = metadata_folders(folders, files)
    found = [facts for facts in (distribution(entry, folder, files) for entry, folder in metadata) if facts is not None]
    present = packages(folders, found, suffixes, files)
    working_folder = os.path.abspath(working_folder) if working_folder else ""
    tensorflow = next((facts["path"] for facts in present if facts["name"] == "tensorflow"), "")
    return {
        "interpreter": interpreter(environ, found, working_folder, files),
        "search_path": folders,
        "distributions": found,
        "installed": sorted({normalise(entry.name.rpartition(".")[0].split("-")[0]) for entry, _ in metadata}),
        "packages": present,
        "loader": loader(tensorflow, files) if tensorflow else None,
        "variables": {name: environ[name] for name in sorted(environ) if WATCHED_VARIABLES.fullmatch(name)},
        "keras_config": keras_config(environ),
        "shadows": shadows(folders, working_folder, found, suffixes),
        "imported": [name for name in WATCHED_PACKAGES if name in sys.modules],
        "unread": files.unread,
    }
