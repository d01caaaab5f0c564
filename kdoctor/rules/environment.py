"""Faults of the environment itself, seen in its facts without running anything, and what code can do to its loader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional

from kdoctor.environment.distributions import no_version
from kdoctor.environment.facts import tensorflow_version, version_of
from kdoctor.environment.keras_names import (
    KERAS_CANNOT_BE_IMPORTED,
    KNOWN_BACKENDS,
    backend_fault,
    backend_of,
    is_built_for_another_python,
    keras_2_is_too_old,
    keras_line,
    legacy_is_asked,
    missing_for_keras_3,
    numpy_is_too_new,
    protobuf_is_too_old,
    tf_keras_matches,
)
from kdoctor.environment.model import Distribution, Environment
from kdoctor.rules.patterns import ANY, LIKELY, Answer, Argument, Call, Name, Site, Together
from kdoctor.rules.rule import Advice, Fault, Install, Reference, Rule, SetVariable, Symptom
from kdoctor.versions import allows, minor, release
from kdoctor.words import (
    KERAS_NAMES,
    LEGACY_VALUES,
    LEGACY_VARIABLE,
    TENSORFLOW_NAMES,
    TF_KERAS_NAMES,
    Implementation,
    Severity,
    listed,
)

_NO = ("", "0", "false", "no", "off", "n", "f", "none")
"""Values, in lower case, by which nobody means yes: that TensorFlow takes none of them for yes is what is wanted."""


def _has_tensorflow(environment: Environment) -> bool:
    package = environment.package("tensorflow")
    return package is not None and not package.namespace


def _has(environment: Environment, package: str) -> bool:
    found = environment.package(package)
    return found is not None and not found.namespace


def _reads_variable(environment: Environment) -> bool:
    return bool(environment.tensorflow_reads_variable)


def _lacks_what_the_variable_asks_for(environment: Environment) -> bool:
    return _reads_variable(environment) and not _has(environment, "tf_keras")


def _named(distribution: Distribution) -> str:
    return f"{distribution.name} {distribution.version}".strip()


# --------------------------------------------------------------------------------------------------------- installation


def _shadow(environment: Environment) -> Optional[Fault]:
    if not environment.shadows:
        return None
    # What is on sys.path breaks every program; a file in the folder only those that are started there.
    worst = sorted(environment.shadows, key=lambda found: (not found.on_path, found.checkout))
    sure = [found for found in worst if found.on_path or not found.checkout]
    where = "on sys.path of every program" if worst[0].on_path else "in the folder that programs are started in"
    return Fault(
        detail=f"{listed(found.path for found in worst)}: {where}, and imported in place of {worst[0].name}",
        severity=Severity.ERROR if sure else Severity.WARNING,
        values={"path": worst[0].path, "name": worst[0].name},
    )


_FAMILIES = (("tensorflow", TENSORFLOW_NAMES), ("keras", KERAS_NAMES), ("tf_keras", TF_KERAS_NAMES))


def _two_owners(environment: Environment) -> Optional[Fault]:
    for package, _ in _FAMILIES:
        by_location: dict[str, dict[str, Distribution]] = {}
        for found in environment.distributions:
            if package in found.owns and not found.problem:
                by_location.setdefault(found.location, {})[found.name] = found
        for owners in by_location.values():
            if len(owners) < 2:
                continue
            versions = {release(found.version) for found in owners.values()}
            names = sorted(owners)
            return Fault(
                detail=f"{listed(_named(owners[name]) for name in names)} both own the folder {package}/",
                # Of one release they wrote the same files; of two, each has overwritten parts of the other.
                severity=Severity.ERROR if len(versions) > 1 else Severity.WARNING,
                values={
                    "first": names[0],
                    "second": names[1],
                    "kept": f"{names[0]}=={owners[names[0]].version}",
                    "package": package,
                },
            )
    return None


def _broken_install(environment: Environment) -> Optional[Fault]:
    watched = {name: package for package, names in _FAMILIES for name in names}
    missing = [
        found
        for found in environment.distributions
        if not found.problem and any(not _has(environment, package) for package in found.owns if package != "kdoctor")
    ]
    if missing:
        found = missing[0]
        gone = next(package for package in found.owns if not _has(environment, package))
        return Fault(
            detail=f"the metadata of {_named(found)} is there, the package {gone} is not",
            severity=Severity.ERROR,
            values={"requirement": f"{found.name}=={found.version}", "name": found.name},
        )
    remains = environment.package("tensorflow")
    if remains is not None and remains.namespace:
        return Fault(
            detail=f"of TensorFlow only a folder without __init__.py is left: {remains.path}; `import tensorflow` "
            "succeeds and gives an empty package",
            severity=Severity.ERROR,
            values={"requirement": "tensorflow", "name": "tensorflow"},
        )
    damaged = [
        found
        for found in environment.distributions
        if found.problem and found.name in watched and found.problem != no_version(found.version)
    ]
    if not damaged:
        return None
    whole = {found.name for found in environment.distributions if not found.problem}
    first = damaged[0]
    usable = all(found.name in whole or _has(environment, watched[found.name]) for found in damaged)
    version = version_of(environment, watched[first.name])
    requirement = f"{first.name}=={version}" if version else first.name
    if first.name == "tf-keras" and not version and tensorflow_version(environment):
        requirement = f"tf-keras~={minor(tensorflow_version(environment))}.0"
    return Fault(
        detail="; ".join(f"{_named(found)} in {found.location}: {found.problem}" for found in damaged),
        severity=Severity.WARNING if usable else Severity.ERROR,
        values={"requirement": requirement, "name": first.name},
    )


def _version_is_none(environment: Environment) -> Optional[Fault]:
    doubtful = [
        f"{found.name} in {found.location}: {found.problem}"
        for package, names in _FAMILIES
        for found in environment.distributions
        if found.name in names and found.problem and found.problem == no_version(found.version)
    ]
    # A source whose version is not known says nothing, and is no fault: TensorFlow's stands in a file that is compiled.
    doubtful += [
        f"{found.path}: {no_version(found.version)}"
        for package, _ in _FAMILIES
        for found in environment.packages
        if found.name == package and found.version and no_version(found.version)
    ]
    if not doubtful:
        return None
    return Fault(detail="; ".join(doubtful), severity=Severity.WARNING)


def _another_python(environment: Environment) -> Optional[Fault]:
    version = tensorflow_version(environment)
    if not version:
        return None
    here = environment.interpreter.version
    if is_built_for_another_python(environment):
        built = next(found.python_tag for found in environment.distributions if found.name in TENSORFLOW_NAMES)
        return Fault(
            detail=f"TensorFlow {version} was built for {built}, and this is Python {here}",
            severity=Severity.ERROR,
            values={"tensorflow": version},
        )
    wanted = environment.tensorflow_python
    if wanted and not allows(wanted, here):
        return Fault(
            detail=f"TensorFlow {version} asks for Python {wanted}, and this is Python {here}",
            severity=Severity.WARNING,
            values={"tensorflow": version},
        )
    return None


def _numpy_2(environment: Environment) -> Optional[Fault]:
    if not numpy_is_too_new(environment):
        return None
    numpy, tensorflow = version_of(environment, "numpy"), tensorflow_version(environment)
    return Fault(
        detail=f"NumPy {numpy} under TensorFlow {tensorflow}, which asks for {environment.tensorflow_numpy or '<2'}",
        severity=Severity.ERROR,
        values={"numpy_range": environment.tensorflow_numpy or "<2"},
    )


def _protobuf_too_old(environment: Environment) -> Optional[Fault]:
    for package in ("tensorflow", "tf_keras"):
        if protobuf_is_too_old(environment, package):
            installed, found = environment.find("protobuf"), environment.package(package)
            assert installed is not None  # else it would not be too old
            assert found is not None
            version = version_of(environment, package)
            return Fault(
                detail=f"protobuf {installed.version} under {package} {version}, whose generated code demands "
                f"{found.protobuf} or newer",
                severity=Severity.ERROR,
                values={"protobuf": found.protobuf},
            )
    return None


def _foreign_kdoctor(environment: Environment) -> Optional[Fault]:
    foreign = environment.find("kdoctor")
    if foreign is None:
        return None
    return Fault(
        detail=f"{_named(foreign)}, a tool for Kubernetes, is installed in {foreign.location}",
        severity=Severity.WARNING,
    )


# ---------------------------------------------------------------------------------------------------- pairs of versions


def _keras_2_too_old(environment: Environment) -> Optional[Fault]:
    if not keras_2_is_too_old(environment):
        return None
    keras, tensorflow = version_of(environment, "keras"), tensorflow_version(environment)
    return Fault(
        detail=f"Keras {keras} under TensorFlow {tensorflow}, which needs Keras 3",
        severity=Severity.ERROR,
        values={"keras_range": _keras_range(environment, ">=3")},
    )


def _keras_range(environment: Environment, otherwise: str) -> str:
    """What the installed TensorFlow's metadata asks of Keras."""
    for found in environment.distributions:
        if found.name in TENSORFLOW_NAMES and not found.problem:
            for line in found.requires:
                requirement = line.split(";")[0].replace("(", "").replace(")", "").replace(" ", "")
                if requirement.startswith("keras") and requirement[5:6] in "<>=~!":
                    return requirement[5:] or otherwise
    return otherwise


def _keras_3_too_new(environment: Environment) -> Optional[Fault]:
    keras, tensorflow = version_of(environment, "keras"), tensorflow_version(environment)
    if not keras or not tensorflow or release(keras) < (3,) or release(tensorflow) >= (2, 16):
        return None
    reads = environment.tensorflow_reads_variable
    return Fault(
        detail=f"Keras {keras} over TensorFlow {tensorflow}, which was made for Keras {minor(tensorflow)}"
        + ("" if reads else ": tf.keras cannot be imported"),
        severity=Severity.WARNING if reads else Severity.ERROR,
        values={"keras_range": _keras_range(environment, f"~={minor(tensorflow)}.0")},
    )


def _keras_2_of_another_release(environment: Environment) -> Optional[Fault]:
    keras, tensorflow = version_of(environment, "keras"), tensorflow_version(environment)
    if not keras or not tensorflow or release(keras)[0] != 2 or release(tensorflow) >= (2, 16):
        return None
    if minor(keras) == minor(tensorflow):
        return None
    newer = release(keras) > release(tensorflow)
    return Fault(
        detail=f"Keras {keras} under TensorFlow {tensorflow}"
        + (": an older TensorFlow lacks what a newer Keras asks of it" if newer else ""),
        severity=Severity.ERROR if newer else Severity.WARNING,
        values={"keras_range": _keras_range(environment, f"~={minor(tensorflow)}.0")},
    )


def _keras_3_too_old(environment: Environment) -> Optional[Fault]:
    keras, tensorflow = version_of(environment, "keras"), tensorflow_version(environment)
    if release(keras)[0] != 3 or not tensorflow or release(tensorflow) < (2, 16):
        return None
    wanted = _keras_range(environment, "")
    if not wanted or allows(wanted, keras):
        return None
    return Fault(
        detail=f"Keras {keras} under TensorFlow {tensorflow}, which asks for Keras {wanted}",
        severity=Severity.WARNING,
        values={"keras_range": wanted},
    )


def _missing_requirement(environment: Environment) -> Optional[Fault]:
    missing = missing_for_keras_3(environment)
    if not missing:
        return None
    return Fault(
        detail=f"Keras {version_of(environment, 'keras')} requires what is not installed: {listed(missing)}",
        severity=Severity.ERROR,
        values={"missing": missing[0]},
    )


def _no_keras(environment: Environment) -> Optional[Fault]:
    if not _has_tensorflow(environment) or _has(environment, "keras") or legacy_is_asked(environment):
        return None
    version = tensorflow_version(environment)
    if not version or release(version) < (2, 6):
        return None  # Keras was part of TensorFlow itself
    return Fault(
        detail=f"TensorFlow {version} without Keras: tf.keras cannot be imported",
        severity=Severity.ERROR,
        values={
            "keras_range": _keras_range(environment, ">=3" if release(version) >= (2, 16) else f"~={minor(version)}.0")
        },
    )


def _tf_keras_of_another_release(environment: Environment) -> Optional[Fault]:
    if not _has_tensorflow(environment) or not _has(environment, "tf_keras") or tf_keras_matches(environment):
        return None
    tf_keras, tensorflow = version_of(environment, "tf_keras"), tensorflow_version(environment)
    if not tf_keras or not tensorflow:
        return None
    return Fault(
        detail=f"tf-keras {tf_keras} under TensorFlow {tensorflow}",
        severity=Severity.WARNING,
        values={"tensorflow_minor": minor(tensorflow)},
    )


def _tf_keras_alone(environment: Environment) -> Optional[Fault]:
    if not _has(environment, "tf_keras") or environment.package("tensorflow") is not None:
        return None
    version = version_of(environment, "tf_keras")
    return Fault(
        detail=f"{f'tf-keras {version}'.strip()} without TensorFlow",
        severity=Severity.ERROR,
        values={"tensorflow_minor": minor(version)},
    )


# -------------------------------------------------------------------------------------------------- TF_USE_LEGACY_KERAS


def _legacy_without_tf_keras(environment: Environment) -> Optional[Fault]:
    if not _has_tensorflow(environment) or not legacy_is_asked(environment) or _has(environment, "tf_keras"):
        return None
    tensorflow = tensorflow_version(environment)
    module = next((name for name in environment.names if name.name == "tensorflow.keras"), None)
    silently = module is not None and module.implementation is Implementation.KERAS_3
    return Fault(
        detail=f"{LEGACY_VARIABLE}={environment.variables[LEGACY_VARIABLE]} and no tf-keras: tf.keras raises "
        f'"{KERAS_CANNOT_BE_IMPORTED}"'
        + (", while `from tensorflow.keras...` silently gives Keras 3" if silently else ""),
        severity=Severity.ERROR,
        values={"tensorflow_minor": minor(tensorflow)},
    )


def _wish(environment: Environment) -> str:
    """The variable's value where somebody means yes by it; empty otherwise."""
    value = environment.variables.get(LEGACY_VARIABLE, "")
    return "" if value.strip().lower() in _NO else value


def _legacy_value_ignored(environment: Environment) -> Optional[Fault]:
    value = _wish(environment)
    if not value or not environment.tensorflow_reads_variable or value in environment.legacy_values:
        return None
    keras_2_anyway = keras_line(environment) == "2"
    return Fault(
        detail=f"{LEGACY_VARIABLE} is {value!r}; TensorFlow {tensorflow_version(environment)} takes only "
        f"{listed(environment.legacy_values)} for yes, to the letter, and gives "
        f"{'Keras 2 as without it' if keras_2_anyway else 'Keras 3'}",
        severity=Severity.WARNING if keras_2_anyway else Severity.ERROR,
        values={"value": value},
    )


def _legacy_variable_not_read(environment: Environment) -> Optional[Fault]:
    value = _wish(environment)
    if not value or environment.tensorflow_reads_variable is not False:
        return None
    return Fault(
        detail=f"{LEGACY_VARIABLE}={value} under TensorFlow {tensorflow_version(environment)}, which does not read it",
        severity=Severity.WARNING,
    )


# ----------------------------------------------------------------------------------------------- backend and keras.json


_OWN_DEFAULT = "Keras's own default"


def _source_of_backend(environment: Environment) -> str:
    if environment.variables.get("KERAS_BACKEND"):
        return f"KERAS_BACKEND={environment.variables['KERAS_BACKEND']}"
    config = environment.keras_config
    return f'"backend" in {config.path}' if config and config.backend else _OWN_DEFAULT


def _is_keras_3(environment: Environment) -> bool:
    return keras_line(environment) == "3"


def _backend_missing(environment: Environment) -> Optional[Fault]:
    if not _is_keras_3(environment):
        return None
    fault = backend_fault(environment)
    if not fault:
        return None
    backend, source = backend_of(environment), _source_of_backend(environment)
    others = [name for name in ("jax", "torch") if _has(environment, name)]
    by_default = source == _OWN_DEFAULT
    hint = f"; {listed(others)} is installed and would do" if by_default and others else ""
    serves = "Keras 3" if not legacy_is_asked(environment) else "`import keras` (tf.keras is tf-keras and starts)"
    return Fault(
        detail=f"{serves} cannot start: {fault} ({source}){hint}",
        severity=Severity.ERROR,
        values={
            "backend": backend,
            "installed": (others or ["tensorflow"])[0] if not _has_tensorflow(environment) else "tensorflow",
            "known": listed(KNOWN_BACKENDS),
        },
    )


def _backend_not_tensorflow(environment: Environment) -> Optional[Fault]:
    if not _is_keras_3(environment) or not _has_tensorflow(environment) or backend_fault(environment):
        return None
    backend = backend_of(environment)
    if backend == "tensorflow" or legacy_is_asked(environment) or not environment.tensorflow_reads_variable:
        return None
    return Fault(
        detail=f"{_source_of_backend(environment)}: tf.keras runs on {backend}, not on TensorFlow",
        severity=Severity.WARNING,
        values={"backend": backend},
    )


def _uses_keras(environment: Environment) -> bool:
    return _has(environment, "keras") or _has(environment, "tf_keras")


def _config_refused(environment: Environment) -> Optional[Fault]:
    config = environment.keras_config
    if config is None or not config.refused or not _uses_keras(environment):
        return None
    return Fault(f"{config.path}: {config.problem}", Severity.ERROR, {"path": config.path})


def _config_ignored(environment: Environment) -> Optional[Fault]:
    config = environment.keras_config
    if config is None or config.refused or not config.problem or not _uses_keras(environment):
        return None
    return Fault(f"{config.path}: {config.problem}", Severity.WARNING, {"path": config.path})


def _half_precision(environment: Environment) -> Optional[Fault]:
    config = environment.keras_config
    if config is None or config.problem or config.floatx != "float16" or not _uses_keras(environment):
        return None
    epsilon = f", epsilon {config.epsilon:g}" if config.epsilon is not None else ""
    return Fault(f"{config.path}: floatx is float16{epsilon}", Severity.WARNING, {"path": config.path})


# ---------------------------------------------------------------------------------------------------------------- rules

_RELEASE_2_16 = Reference(
    "https://github.com/tensorflow/tensorflow/releases/tag/v2.16.1",
    "From 2.16 Keras 3 is the default; to keep Keras 2, install tf-keras~=2.16 and set TF_USE_LEGACY_KERAS=1.",
)
_NEWSLETTER = Reference(
    "https://discuss.ai.google.dev/t/keras-newsletter-december-1-2023/28008",
    "From TensorFlow 2.15 on tf.keras is Keras 3 where Keras 3 is installed; 2.15 itself installs Keras 2.15.",
)
_INSTALL_TF_KERAS = Install(
    title="Install the tf-keras that matches TensorFlow {tensorflow_minor}",
    requirements=("tf-keras~={tensorflow_minor}.0",),
)
_INSTALL_KERAS = Install(title="Install the Keras that this TensorFlow asks for", requirements=("keras{keras_range}",))


def _sets_variable(when: Callable[[Site], Answer]) -> Call:
    """The variable is set, in the file or in any cell of the notebook."""
    return Call("os.environ.__setitem__", (Argument(position=0, value=LEGACY_VARIABLE),), when=when)


def _asks_for_legacy(site: Site) -> Answer:
    value = site.arguments.value(position=1).constant
    return LIKELY if value is ANY else value in LEGACY_VALUES


def _before_import(site: Site) -> Answer:
    return not site.imported and _asks_for_legacy(site)


def _after_import(site: Site) -> Answer:
    asks = bool(site.imported) and "tf.keras" not in site.stacks and _asks_for_legacy(site)
    return LIKELY if asks and site.imported == "likely" else asks


def _after_use(site: Site) -> Answer:
    asks = bool(site.imported) and "tf.keras" in site.stacks and _asks_for_legacy(site)
    return LIKELY if asks and site.imported == "likely" else asks


RULES: tuple[Rule, ...] = (
    Rule(
        code="KD001",
        slug="shadowed-package",
        area="environment",
        title="A local file is imported in place of the package",
        explanation=(
            "Python imports a local file or folder instead of the installed package. The package and your models "
            "are not damaged. Rename the file, or start your programs in another folder.\n\n"
            "Python searches the folder of the program (and PYTHONPATH) before the installed packages. A file or "
            "folder there with the name of a package is imported instead of it. That holds for your own `import "
            "tensorflow` and for every library that imports it."
        ),
        symptoms=(
            Symptom("AttributeError: module 'tensorflow' has no attribute ...", generic=True),
            "ModuleNotFoundError: No module named 'tensorflow.keras'; 'tensorflow' is not a package",
            "ModuleNotFoundError: No module named 'tensorflow.python'; 'tensorflow' is not a package",
            "AttributeError: partially initialized module 'tensorflow' has no attribute ... (most likely due to a "
            "circular import)",
            "ImportError: cannot import name 'keras' from 'tensorflow' (.../tensorflow.py)",
        ),
        remedies=(
            Advice(
                title="Rename {path}",
                text=(
                    "Give it another name, and remove the __pycache__ folder in the same place.\n"
                    "If it is a checkout of the package itself, start your programs in another folder."
                ),
            ),
        ),
        references=(
            Reference(
                "https://github.com/tensorflow/tensorflow/issues/2370",
                "A script called tensorflow.py in the current folder is what `import tensorflow` finds.",
            ),
        ),
        usual=(("path", "tensorflow.py"),),
        canary=False,
        detect=_shadow,
        measured=(
            "Measured: an empty tensorflow.py, and one that imports TensorFlow itself, in the folder where Python with "
            "TensorFlow 2.18.0 and Keras 3.8.0 was started."
        ),
    ),
    Rule(
        code="KD002",
        slug="two-distributions-one-package",
        area="environment",
        title="Two distributions own the same package",
        explanation=(
            "Two packages have overwritten each other's files, so what you import is a mixture of two builds. "
            "Nobody tests such a mixture: do not rely on its results. Remove both, then install the one that you "
            "want.\n\n"
            "tensorflow, tensorflow-cpu, tf-nightly and similar ones all install into one folder, tensorflow/. keras "
            "and keras-nightly share keras/. The last one has overwritten the files that both have and left those that "
            "only the other has. Removing one also removes files of the other, so both must go before one is installed "
            "again."
        ),
        symptoms=(
            Symptom(
                "AttributeError: module 'tensorflow' has no attribute ... (after one of the two was uninstalled)",
                generic=True,
            ),
            "tf.__version__ is not what pip list says",
        ),
        remedies=(
            Install(
                title="Remove both, then install the one that you want",
                requirements=("{kept}",),
                uninstall=("{first}", "{second}"),
            ),
        ),
        references=(
            Reference(
                "https://github.com/tensorflow/tensorboard/issues/2226",
                "Where nightly and stable were both installed at once, both must be removed and one installed again.",
            ),
        ),
        usual=(("first", "tensorflow"), ("second", "tensorflow-cpu"), ("kept", "tensorflow")),
        canary=False,
        detect=_two_owners,
        measured=(
            "Measured: tensorflow-cpu 2.14.1 installed over tensorflow 2.14.1 and removed again: of the folder only "
            "headers are left, and `import tensorflow` gives an empty module."
        ),
    ),
    Rule(
        code="KD003",
        slug="broken-install",
        area="environment",
        title="An installation is damaged or left over",
        explanation=(
            "Installers see another version than the one that Python imports, or a part of the package is "
            "missing. Your saved models are fine. Remove the leftovers, then reinstall the package.\n\n"
            "An interrupted installation or upgrade leaves parts behind. These can be a metadata folder without its "
            "package, a package without its metadata, or two metadata folders for one package. pip renames what it is "
            "about to remove, so folders whose name begins with ~ may stay. Those are harmless."
        ),
        symptoms=(
            "WARNING: Ignoring invalid distribution ~ensorflow (...)",
            "AttributeError: module 'tensorflow' has no attribute '__version__'",
            "importlib.metadata.PackageNotFoundError: No package metadata was found for tensorflow",
        ),
        remedies=(
            Advice(
                title="Remove the leftovers",
                text="Delete the folders named in the finding that begin with ~, and the metadata folder whose version "
                "is not the one that is imported.",
            ),
            Install(title="Reinstall {name}", requirements=("{requirement}",), uninstall=("{name}",)),
        ),
        references=(
            Reference(
                "https://github.com/pypa/pip/issues/11849",
                "An interrupted pip install leaves folders that begin with ~, and pip warns of them ever after.",
            ),
            Reference(
                "https://github.com/tensorflow/tensorflow/issues/19883",
                "Leftover files in the tensorflow folder make a corrupt installation; uninstall, clear the folder, "
                "install again.",
            ),
        ),
        usual=(("name", "tensorflow"), ("requirement", "tensorflow")),
        canary=False,
        detect=_broken_install,
        measured=(
            "Measured: TensorFlow 2.14.1, of which the removal of tensorflow-cpu had taken all but the headers; "
            "leftovers of pip made by hand."
        ),
    ),
    Rule(
        code="KD004",
        slug="python-without-build",
        area="environment",
        title="TensorFlow was built for another Python",
        explanation=(
            "This TensorFlow cannot work in this Python. Your code and your models are fine. Create an "
            "environment with a Python that the release was built for.\n\n"
            "A release of TensorFlow is built for a few versions of Python, and its compiled parts work in no other. "
            "It gets into the wrong one when a folder of packages is copied or put on PYTHONPATH, or when the Python "
            "of an environment is replaced. Installers can also be made to ignore the requirement."
        ),
        symptoms=(
            "ImportError: Traceback (most recent call last): ... Failed to load the native TensorFlow runtime.",
            "ERROR: Could not find a version that satisfies the requirement tensorflow",
        ),
        remedies=(
            Advice(
                title="Create an environment with a Python that TensorFlow {tensorflow} has a build for",
                text="TensorFlow 2.12 and 2.13 serve Python 3.8 to 3.11; 2.14 and 2.15 serve 3.9 to 3.11; 2.16 to 2.19 "
                "serve 3.9 to 3.12; 2.20 serves 3.9 to 3.13; 2.21 serves 3.10 to 3.13.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/tensorflow/tensorflow/issues/79349",
                "TensorFlow 2.18 is there for Python 3.9 to 3.12; with 3.13 pip finds no version to install.",
            ),
        ),
        canary=False,
        detect=_another_python,
        measured=(
            "Measured: the builds that the package index serves for each TensorFlow from 2.12 to 2.21 and each Python "
            "from 3.8 to 3.14."
        ),
    ),
    Rule(
        code="KD005",
        slug="numpy-2-under-older-tensorflow",
        area="environment",
        title="NumPy 2 with a TensorFlow that was built for NumPy 1",
        explanation=(
            "`import tensorflow` fails. Your code and your models are fine. Install NumPy 1 (`numpy<2`), or "
            "upgrade TensorFlow to 2.18 or newer.\n\n"
            "TensorFlow up to 2.17 is compiled against NumPy 1.x and cannot be imported with NumPy 2. Often another "
            "package was installed later and upgraded NumPy. From TensorFlow 2.18 on, NumPy 2 is supported."
        ),
        symptoms=(
            "A module that was compiled using NumPy 1.x cannot be run in NumPy 2...",
            "AttributeError: _ARRAY_API not found",
            Symptom("ImportError: numpy.core.multiarray failed to import", generic=True),
            "ImportError: numpy.core.umath failed to import",
            Symptom(
                "TypeError: Unable to convert function return value to a Python type! The signature was () -> handle",
                generic=True,
            ),
            "SystemError: initialization of _pywrap_checkpoint_reader raised unreported exception",
        ),
        remedies=(
            Install(title="Install the NumPy that this TensorFlow was built for", requirements=("numpy{numpy_range}",)),
            Install(
                title="Upgrade TensorFlow to a release that supports NumPy 2",
                requirements=("{tensorflow_name}>=2.18",),
                cost="Brings Keras 3 as tf.keras to code that ran under TensorFlow 2.15 or earlier.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/CameronBodine/PINGMapper/issues/123",
                "`import tensorflow` stops with this message once NumPy 2.0.0 is installed.",
            ),
        ),
        usual=(("numpy_range", "<2"),),
        canary=False,
        detect=_numpy_2,
        measured=(
            "Measured: NumPy 2.2.6 under TensorFlow 2.13.1 and 2.14.1 (TypeError), 2.15.1 and 2.16.2 (ImportError) and "
            "2.17.0 (SystemError): `import tensorflow` raises. NumPy 1.26.4 works under 2.18.0 and 2.21.0."
        ),
    ),
    Rule(
        code="KD006",
        slug="foreign-kdoctor",
        area="environment",
        title="Another program is called kdoctor too",
        explanation=(
            "The command `kdoctor` may start a tool for Kubernetes instead of this program. TensorFlow, Keras "
            "and your models are not concerned. Remove both, then install `keras-doctor` again.\n\n"
            "On PyPI the name kdoctor belongs to that tool, which ships a command and a package of the same name. When "
            "both are installed, the later one overwrites files of the earlier one. This kdoctor is the distribution "
            "keras-doctor."
        ),
        symptoms=("`kdoctor` starts a tool for Kubernetes", "ModuleNotFoundError: No module named 'kdoctor....'"),
        remedies=(
            Install(
                title="Remove the other one and reinstall keras-doctor",
                requirements=("keras-doctor",),
                uninstall=("kdoctor", "keras-doctor"),
            ),
        ),
        canary=False,
        detect=_foreign_kdoctor,
        measured="Measured: with metadata made for the purpose; the other program itself was not installed.",
    ),
    Rule(
        code="KD007",
        slug="protobuf-too-old",
        area="environment",
        title="protobuf is older than TensorFlow's generated code",
        explanation=(
            "The import of TensorFlow or tf-keras fails. Your code and your models are fine. Install a protobuf "
            "that is new enough.\n\n"
            "TensorFlow and tf-keras contain code that protobuf's compiler wrote. From TensorFlow 2.20 on that code "
            "checks at import that the installed protobuf is at least as new as the compiler was. Often another "
            "package brought an older protobuf, or a tf-keras is installed that is newer than TensorFlow. A newer "
            "protobuf with an older TensorFlow works."
        ),
        symptoms=(
            "google.protobuf.runtime_version.VersionError: Detected incompatible Protobuf Gencode/Runtime versions "
            "when loading tensorflow/core/framework/attr_value.proto: gencode ... runtime ... Runtime version cannot "
            "be older than the linked gencode version.",
            "ImportError: cannot import name 'runtime_version' from 'google.protobuf'",
        ),
        remedies=(
            Install(
                title="Install a protobuf that is new enough",
                requirements=("protobuf>={protobuf}",),
                cost="The package that brought the older protobuf may need it: read the installer's messages.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/tensorflow/tensorflow/issues/98980",
                "The generated code compares its own protobuf version with the installed one and warns or stops.",
            ),
        ),
        usual=(("protobuf", "6.31.1"),),
        canary=False,
        detect=_protobuf_too_old,
        measured=(
            "Measured: protobuf 5.29.6 under TensorFlow 2.21.0: `import tensorflow` raises; tf-keras 2.21.0 under "
            "TensorFlow 2.17.0 with protobuf 4.25.9: tf_keras raises; protobuf 6.33.0 under TensorFlow 2.17.0 trains."
        ),
    ),
    Rule(
        code="KD008",
        slug="version-is-none",
        area="environment",
        title="A version cannot be compared",
        explanation=(
            "TensorFlow, Keras or tf-keras has a version such as HEAD or 3.x, so kdoctor cannot apply what it "
            "knows of releases. Your models are not concerned. Install a released version, or give your build a "
            "version.\n\n"
            "The metadata or the source says something that is not a version by the packaging standards (PEP 440). A "
            "build from a checkout or a repackaged wheel can be like that. Installers cannot compare it. Neither what "
            "is known of versions nor what was recorded of releases is applied. The results of the checks are still "
            "right."
        ),
        symptoms=("packaging.version.InvalidVersion: Invalid version: 'HEAD'",),
        remedies=(
            Advice(
                title="Install a released version, or give your build a version",
                text="A version has the form 2.19.0, 2.19.0rc1, 2.19.0.dev20250101 or 2.19.0+mybuild.",
            ),
        ),
        references=(
            Reference(
                "https://packaging.python.org/en/latest/specifications/version-specifiers/",
                "The public version identifiers of Python packages.",
            ),
        ),
        canary=False,
        detect=_version_is_none,
        measured="Measured: environments made by hand with HEAD, 3.x and others as versions.",
    ),
    Rule(
        code="KD010",
        slug="keras-2-under-newer-tensorflow",
        area="environment",
        title="Keras 2 with a TensorFlow that no longer supports it",
        explanation=(
            "`tf.keras` and `import keras` fail: TensorFlow 2.16 and later need Keras 3. Your models are fine. "
            "Upgrade keras to 3. To stay on Keras 2, also install the tf-keras of TensorFlow's release and set "
            "`TF_USE_LEGACY_KERAS=1`.\n\n"
            "From TensorFlow 2.16 on, the package keras must be Keras 3. What Keras 2 needs of TensorFlow was removed. "
            "A keras below 3 usually comes from a pin like `keras<3`. Set the variable before every import."
        ),
        symptoms=(
            "AttributeError: module 'tensorflow._api.v2.compat.v2.__internal__' has no attribute "
            "'register_load_context_function'",
            Symptom("RecursionError: maximum recursion depth exceeded", generic=True),
        ),
        remedies=(
            _INSTALL_KERAS,
            Install(
                title="Keep Keras 2: upgrade keras to 3, and install tf-keras too (then set TF_USE_LEGACY_KERAS=1)",
                requirements=("keras{keras_range}", "tf-keras~={tensorflow_minor}.0"),
            ),
        ),
        references=(
            Reference(
                "https://github.com/katanemo/plano/issues/231",
                "TensorFlow 2.18 broke a server with exactly this message.",
            ),
            _RELEASE_2_16,
        ),
        usual=(("keras_range", ">=3"),),
        canary=False,
        detect=_keras_2_too_old,
        measured=(
            "Measured: Keras 2.12.0 and 2.15.0 under TensorFlow 2.16.2, 2.15.0 under 2.17.0 and 2.18.0: every way to "
            "Keras raises; tf_keras still works."
        ),
    ),
    Rule(
        code="KD011",
        slug="keras-3-over-older-tensorflow",
        area="environment",
        title="Keras 3 with a TensorFlow that was made for Keras 2",
        explanation=(
            "`tf.keras` is Keras 3 without a message, or cannot be imported at all. What trains is not known to "
            "be worse, but nobody supports the pair. Install the Keras 2 of this TensorFlow, or upgrade "
            "TensorFlow.\n\n"
            "TensorFlow up to 2.15 is made for the Keras 2 of the same number. A later `pip install keras` (or a "
            "library that asks for it) replaces that by Keras 3. With TensorFlow 2.15 `tf.keras` then becomes Keras 3 "
            "and gives no message. It imports and trains, but no release of TensorFlow supports the pair. With 2.14 "
            "and earlier `tf.keras` needs inner parts of Keras 2 and cannot be imported."
        ),
        symptoms=(
            "ModuleNotFoundError: No module named 'tensorflow.keras'",
            "ModuleNotFoundError: No module named 'keras.api'",
            "ModuleNotFoundError: No module named 'keras.api._v2'",
            "tf.keras behaves like Keras 3 under TensorFlow 2.15",
        ),
        remedies=(
            _INSTALL_KERAS,
            Install(
                title="Upgrade TensorFlow to a release that is made for Keras 3",
                requirements=("{tensorflow_name}>=2.16",),
                cost="`tf.keras` is then always Keras 3; code that was written for Keras 2 may need changes.",
            ),
        ),
        references=(_NEWSLETTER,),
        usual=(("keras_range", "~=2.15.0"),),
        canary=False,
        detect=_keras_3_too_new,
        measured=(
            "Measured: Keras 3.0.5 and 3.15.1 over TensorFlow 2.15.1 train; over 2.13.1 and 2.14.1 tf.keras cannot be "
            "imported."
        ),
    ),
    Rule(
        code="KD012",
        slug="keras-2-of-another-release",
        area="environment",
        title="Keras 2 and TensorFlow are of different releases",
        explanation=(
            "Some layers or the import stop with an error. What trains is not known to be worse, but nobody "
            "supports the pair. Install the Keras of the same number as TensorFlow.\n\n"
            "Up to 2.15 each TensorFlow has a Keras of the same number. An older Keras imports and mostly trains, but "
            "some layers call what the newer TensorFlow has removed. A newer Keras stops `import tensorflow` itself."
        ),
        symptoms=(
            "SymbolAlreadyExposedError: Symbol Zeros is already exposed as ().",
            "AttributeError: ... module 'tensorflow.compat.v2.__internal__.function' has no attribute "
            "'defun_with_attributes'",
        ),
        remedies=(_INSTALL_KERAS,),
        usual=(("keras_range", "~=2.15.0"),),
        canary=False,
        detect=_keras_2_of_another_release,
        measured=(
            "Measured: TensorFlow 2.13.1 with Keras 2.15.0: the import fails; with 2.12.0: Dense trains, LSTM raises; "
            "TensorFlow 2.15.1 with Keras 2.13.1 and 2.14.0: both train."
        ),
    ),
    Rule(
        code="KD013",
        slug="keras-3-older-than-tensorflow-asks",
        area="environment",
        title="Keras 3 is older than this TensorFlow asks for",
        explanation=(
            "The pair may import and train. What trains is not known to be worse, but nobody supports the pair. "
            "Upgrade Keras.\n\n"
            "TensorFlow names the oldest Keras 3 that it was tested with."
        ),
        symptoms=("tensorflow ... requires keras>=..., but you have keras ... which is incompatible.",),
        remedies=(_INSTALL_KERAS,),
        usual=(("keras_range", ">=3.12.0"),),
        canary=False,
        detect=_keras_3_too_old,
        measured=(
            "Measured: Keras 3.0.5 under TensorFlow 2.17.0 and 2.21.0 trains. The requirement is read from the "
            "installed TensorFlow's metadata."
        ),
    ),
    Rule(
        code="KD014",
        slug="tf-keras-of-another-release",
        area="environment",
        title="tf-keras and TensorFlow are of different releases",
        explanation=(
            "Most of it runs, but some parts stop with an error. What trains is not known to be worse, but "
            "nobody supports the pair. Install the tf-keras of the same number as TensorFlow.\n\n"
            "tf-keras 2.18 is made for TensorFlow 2.18, and so on. An upgrade of TensorFlow alone leaves the old "
            "tf-keras in place. A bare `pip install tf-keras` brings the newest one and the newest TensorFlow with it. "
            "An example is TensorFlow 2.18, which brings NumPy 2. There `EarlyStopping` and `Tokenizer` of tf-keras "
            "2.16 raise, because they use names that NumPy 2 removed."
        ),
        symptoms=("tf-keras ... requires tensorflow<...,>=..., but you have tensorflow ... which is incompatible.",),
        remedies=(_INSTALL_TF_KERAS,),
        references=(_RELEASE_2_16,),
        canary=False,
        detect=_tf_keras_of_another_release,
        measured=(
            "Measured: tf-keras 2.16.0 under TensorFlow 2.15.1, 2.18.0 and 2.21.0 imports and trains; 2.21.0 under "
            "2.17.0 is refused by protobuf."
        ),
    ),
    Rule(
        code="KD015",
        slug="tf-keras-without-tensorflow",
        area="environment",
        title="tf-keras without TensorFlow",
        explanation=(
            "tf-keras cannot be imported. Your code and your models are fine. Install TensorFlow; for Keras on "
            "JAX or PyTorch install the package keras instead.\n\n"
            "tf-keras is Keras 2 for TensorFlow and has no other backend."
        ),
        symptoms=("ModuleNotFoundError: No module named 'tensorflow'",),
        remedies=(
            Install(
                title="Install the TensorFlow that this tf-keras is made for",
                requirements=("tensorflow~={tensorflow_minor}.0",),
            ),
        ),
        canary=False,
        detect=_tf_keras_alone,
        measured="Measured: tf-keras 2.18.0 with JAX and Keras 3, without TensorFlow.",
    ),
    Rule(
        code="KD016",
        slug="tensorflow-without-keras",
        area="environment",
        title="TensorFlow without Keras",
        explanation=(
            "`import tensorflow` works, but the first use of `tf.keras` fails. Your code and your models are "
            "fine. Install Keras.\n\n"
            "`tf.keras` is a link to the package keras, which is a distribution separate from TensorFlow. Here it was "
            "removed."
        ),
        symptoms=(
            f"ImportError: {KERAS_CANNOT_BE_IMPORTED}",
            "ModuleNotFoundError: No module named 'tensorflow.keras'",
            Symptom(
                "RecursionError: maximum recursion depth exceeded (the second time tf.keras is touched)", generic=True
            ),
        ),
        remedies=(_INSTALL_KERAS,),
        usual=(("keras_range", ">=3"),),
        canary=False,
        detect=_no_keras,
        measured="Measured: lazy_loader.py of TensorFlow 2.15 to 2.21.",
    ),
    Rule(
        code="KD017",
        slug="keras-requirement-missing",
        area="environment",
        title="A package that Keras needs is missing",
        explanation=(
            "Keras cannot be imported. Your code and your models are fine. Install the missing package.\n\n"
            "Keras 3 was installed with `--no-deps`, or the other package was removed since. TensorFlow hides the "
            "reason. It says that Keras cannot be imported and asks you to check that it is installed, which it is."
        ),
        symptoms=(
            "ImportError: To use Keras, you need to have `optree` installed. Install it via `pip install optree`",
            Symptom("ModuleNotFoundError: No module named 'rich'", generic=True),
            f"ImportError: {KERAS_CANNOT_BE_IMPORTED}",
        ),
        remedies=(Install(title="Install {missing}", requirements=("{missing}",)),),
        usual=(("missing", "optree"),),
        canary=False,
        detect=_missing_requirement,
        measured=(
            "Measured: Keras 3.3.3 without optree over TensorFlow 2.15.1; 3.0.5 without dm-tree, and without rich, "
            "over 2.13.1; the imports of 3.4.1 and 3.15.1 read."
        ),
    ),
    Rule(
        code="KD020",
        slug="legacy-keras-without-tf-keras",
        area="environment",
        title="TF_USE_LEGACY_KERAS asks for tf-keras, which is missing",
        explanation=(
            "`tf.keras` stops with an error, and `from tensorflow.keras import ...` may be Keras 3 without a "
            "message. Your saved models are fine. Install tf-keras if you want Keras 2; else unset "
            "`TF_USE_LEGACY_KERAS`.\n\n"
            "The variable makes `tf.keras` the package tf-keras (Keras 2). If that is missing, TensorFlow raises an "
            "error about Keras, not about tf-keras. The reason is only in a warning some lines above. The second use "
            "of `tf.keras` raises a RecursionError.\n\n"
            "Careful: `from tensorflow.keras import ...` does not fail where Keras 3 is installed. It gives you Keras "
            "3 without a message, which the variable should prevent. Where Keras 2 is installed, it finds no module. "
            "Some libraries, such as transformers, set the variable themselves."
        ),
        symptoms=(
            f"ImportError: {KERAS_CANNOT_BE_IMPORTED}",
            "Your environment has TF_USE_LEGACY_KERAS set to True, but you do not have the tf_keras package installed. "
            "You must install it in order to use the legacy tf.keras. Install it via: `pip install tf_keras`",
            Symptom("RecursionError: maximum recursion depth exceeded", generic=True),
            "ModuleNotFoundError: No module named 'tensorflow.keras'",
        ),
        remedies=(
            _INSTALL_TF_KERAS,
            SetVariable(
                LEGACY_VARIABLE,
                None,
                title="Unset TF_USE_LEGACY_KERAS",
                cost="tf.keras is then whatever keras is installed: Keras 3 from TensorFlow 2.16 on.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/huggingface/transformers/pull/40391",
                "transformers sets the variable even under TensorFlow 2.15, and tf.keras then fails without tf-keras.",
            ),
            _RELEASE_2_16,
        ),
        canary=False,
        detect=_legacy_without_tf_keras,
        measured="Measured: TensorFlow 2.15.1, 2.16.1 and 2.18.0 without tf-keras, with Keras 2 and with Keras 3.",
        uses=(Together(Name("tf.keras"), _sets_variable(_before_import)),),
        where=_lacks_what_the_variable_asks_for,
    ),
    Rule(
        code="KD021",
        slug="legacy-value-ignored",
        area="environment",
        title="TensorFlow ignores this value of TF_USE_LEGACY_KERAS",
        explanation=(
            "`tf.keras` is chosen as if the variable were not set, and no message appears. Your models may be "
            "trained by another Keras than you meant. Set it to exactly `1`.\n\n"
            "TensorFlow accepts only 1, true and True, letter by letter. Anything else, such as yes, TRUE, on, or a 1 "
            "with a space behind it, counts as not set."
        ),
        symptoms=("tf.keras is Keras 3 although TF_USE_LEGACY_KERAS is set",),
        remedies=(SetVariable(LEGACY_VARIABLE, "1", title="Set TF_USE_LEGACY_KERAS=1"),),
        references=(_RELEASE_2_16,),
        canary=False,
        detect=_legacy_value_ignored,
        measured="Measured: lazy_loader.py of TensorFlow 2.15 to 2.21 read; yes tried on 2.17.0.",
        silent=True,
    ),
    Rule(
        code="KD022",
        slug="legacy-variable-not-read",
        area="environment",
        title="This TensorFlow does not read TF_USE_LEGACY_KERAS",
        explanation=(
            "The variable has no effect here, and `tf.keras` is Keras 2 anyway. Your models are not affected. "
            "You can unset it.\n\n"
            "TensorFlow reads the variable from 2.15 on. Before that `tf.keras` is always the Keras 2 that came with "
            "it."
        ),
        symptoms=("TF_USE_LEGACY_KERAS makes no difference",),
        remedies=(SetVariable(LEGACY_VARIABLE, None, title="Unset TF_USE_LEGACY_KERAS: it does nothing here"),),
        references=(_NEWSLETTER,),
        canary=False,
        detect=_legacy_variable_not_read,
        measured="Measured: TensorFlow 2.12.1, 2.13.1 and 2.14.1 with the variable at 1: tf.keras stays Keras 2.",
    ),
    Rule(
        code="KD023",
        slug="legacy-variable-set-after-import",
        area="environment",
        title="TF_USE_LEGACY_KERAS is set after `import tensorflow`",
        explanation=(
            "Set this late, the variable may be ignored, stop with an ImportError, or mix two Kerases that "
            "refuse each other's layers. Your models may be made by another Keras than you meant. Set it before "
            "the first import.\n\n"
            "TensorFlow (2.15 and later) reads the variable twice. At its import it decides what `from "
            "tensorflow.keras import ...` finds. At the first use of `tf.keras` it decides what that is. What happens "
            "in between depends on the order:\n\n"
            "If the code uses `tf.keras` first and tf-keras is installed, `tf.keras` is tf-keras. (`from tensorflow "
            "import keras` is such a use.) But every `from tensorflow.keras.layers import ...` stays Keras 3. If an "
            "import statement comes first, both names are Keras 3 and the variable is ignored. Without tf-keras the "
            "first use raises an ImportError. Setting the variable to 0 after an import with 1 does the reverse."
        ),
        symptoms=(
            "ValueError: Only instances of `keras.Layer` can be added to a Sequential model. Received: "
            "<tf_keras.src.layers... object at ...> (of type <class 'tf_keras.src.layers...'>)",
            "TypeError: The added layer must be an instance of class Layer. Received: layer=<Dense ...> of type <class "
            "'keras.src.layers.core.dense.Dense'>.",
            "ValueError: Could not interpret optimizer identifier: <tf_keras.src.optimizers... object at ...>",
            "ValueError: Could not interpret optimizer identifier: <keras.src.optimizers... object at ...>",
            Symptom(
                "AttributeError: 'tuple' object has no attribute 'rank' (a layer of tf_keras called on a keras.Input)",
                generic=True,
            ),
            f"ImportError: {KERAS_CANNOT_BE_IMPORTED}",
        ),
        remedies=(
            Advice(
                title="Set the variable before the first import of TensorFlow, Keras or a library that imports them",
                text=(
                    "Best outside the program. Inside it, as its very first lines:\n"
                    "import os\n"
                    'os.environ["TF_USE_LEGACY_KERAS"] = "1"\n'
                    "import tensorflow as tf"
                ),
            ),
        ),
        references=(
            Reference(
                "https://github.com/huggingface/transformers/pull/29598",
                "A library sets the variable immediately at its own import so that no Keras 3 objects sneak in.",
            ),
            _RELEASE_2_16,
        ),
        canary=False,
        measured="Measured: TensorFlow 2.15.1, 2.16.1, 2.17.0, 2.18.0 and 2.21.0, each order in a separate process.",
        uses=(_sets_variable(_after_import),),
        where=_reads_variable,
    ),
    Rule(
        code="KD024",
        slug="legacy-variable-set-too-late",
        area="environment",
        title="TF_USE_LEGACY_KERAS is set after tf.keras was used",
        explanation=(
            "Setting the variable has no effect, and no message appears: your models are still made by the Keras "
            "that `tf.keras` was before. Set it before every import; in a notebook, restart the kernel and run "
            "from the top.\n\n"
            "After the first use of `tf.keras`, or of an import from `tensorflow.keras`, TensorFlow has chosen its "
            "Keras for the life of the process. In a notebook the process is the kernel."
        ),
        symptoms=("tf.keras is Keras 3 although the notebook sets TF_USE_LEGACY_KERAS",),
        remedies=(
            Advice(
                title="Set the variable first, in a fresh process",
                text="Move the line that sets it above every import.\nRestart the kernel, then run from the top.",
            ),
        ),
        references=(_RELEASE_2_16,),
        canary=False,
        silent=True,
        measured="Measured: TensorFlow 2.15.1, 2.16.1, 2.17.0, 2.18.0 and 2.21.0.",
        uses=(_sets_variable(_after_use),),
        where=_reads_variable,
    ),
    Rule(
        code="KD025",
        slug="legacy-variable-and-import-keras",
        area="environment",
        title="TF_USE_LEGACY_KERAS does not change `import keras`",
        explanation=(
            "`import keras` stays Keras 3 although the variable is set: its models are Keras 3 models and do not "
            "fit those of `tf.keras`. Write `from tensorflow import keras` or `import tf_keras as keras` in all "
            "files.\n\n"
            "The variable concerns `tf.keras` and `tensorflow.keras` only. `import keras` is the package keras: Keras "
            "3 from TensorFlow 2.16 on. Code that mixes both has two Kerases in one process. Their layers, optimizers "
            "and models do not fit together."
        ),
        symptoms=(
            Symptom("ValueError: Only instances of `keras.Layer` can be added to a Sequential model.", generic=True),
            Symptom("TypeError: The added layer must be an instance of class Layer.", generic=True),
        ),
        remedies=(
            Advice(
                title="Use one name everywhere",
                text=(
                    "Write `from tensorflow import keras` (which follows the variable) or `import tf_keras as keras` "
                    "instead of `import keras`."
                ),
            ),
        ),
        references=(_RELEASE_2_16,),
        canary=False,
        measured=(
            "Measured: TensorFlow 2.15.1 to 2.21.0 with the variable at 1: keras.layers.Dense is that of the package "
            "keras."
        ),
        uses=(Together(Name("keras", stacks=("keras",)), _sets_variable(_asks_for_legacy)),),
        where=_reads_variable,
    ),
    Rule(
        code="KD030",
        slug="keras-backend-missing",
        area="environment",
        title="Keras's backend is not installed",
        explanation=(
            "Keras cannot be imported, because its backend is missing. Your code and your models are fine. Set "
            "`KERAS_BACKEND` to one that is installed, or install the missing one.\n\n"
            "Keras 3 runs on TensorFlow, JAX, PyTorch or another backend. `KERAS_BACKEND` names it, else keras.json, "
            "else it is TensorFlow. If that is not installed, `tf.keras` says only that Keras cannot be imported. A "
            "name that Keras does not know even stops `import tensorflow`, because TensorFlow imports Keras at its "
            "start. Keras writes keras.json at its first import and never again. So an old file may still name a "
            "backend that no longer exists (theano, mxnet)."
        ),
        symptoms=(
            f"ImportError: {KERAS_CANNOT_BE_IMPORTED}",
            Symptom("ModuleNotFoundError: No module named 'jax'", generic=True),
            Symptom("ModuleNotFoundError: No module named 'torch'", generic=True),
            "ModuleNotFoundError: No module named 'tensorflow'",
            Symptom("ValueError: Unable to import backend : ...", generic=True),
        ),
        remedies=(
            SetVariable("KERAS_BACKEND", "{installed}", title="Use the backend that is installed: {installed}"),
            Advice(
                title="Install the backend that is named",
                text="Keras knows {known}. Install what KERAS_BACKEND or keras.json names, or correct the name.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras-hub/issues/1172",
                'A keras.json in the home folder that says "backend": "mxnet" stops the import.',
            ),
        ),
        usual=(("installed", "tensorflow"), ("known", listed(KNOWN_BACKENDS))),
        canary=False,
        detect=_backend_missing,
        measured=(
            "Measured: KERAS_BACKEND=jax without JAX on TensorFlow 2.15.1 + Keras 3.0.5, 2.17.0 and 2.21.0; "
            "KERAS_BACKEND=foo on 2.21.0: `import tensorflow` raises; Keras 3.15.1 with JAX and without TensorFlow, "
            "nothing set: `import keras` raises."
        ),
    ),
    Rule(
        code="KD031",
        slug="keras-backend-not-tensorflow",
        area="environment",
        title="tf.keras runs on a backend other than TensorFlow",
        explanation=(
            "Layers compute with JAX or PyTorch. Models that `fit` trains are fine, but `tf.function`, "
            "`GradientTape` and other TensorFlow functions stop with an error. Set `KERAS_BACKEND=tensorflow` "
            "for code that uses `tf.keras`.\n\n"
            "From TensorFlow 2.16 on `tf.keras` is Keras 3. It uses the backend that `KERAS_BACKEND` or keras.json "
            "names. That is right for code that only uses `import keras`, and wrong for code that mixes `tf.keras` and "
            "TensorFlow."
        ),
        symptoms=(
            "AttributeError: 'Variable' object has no attribute '_id' (GradientTape.gradient)",
            Symptom("NotImplementedError: in user code: ... (tf.function)", generic=True),
            "AttributeError: Exception encountered when calling ... 'str' object has no attribute '_error_repr' (a "
            "TensorFlow function inside a layer)",
        ),
        remedies=(
            SetVariable(
                "KERAS_BACKEND", "tensorflow", title="Set KERAS_BACKEND=tensorflow for code that uses tf.keras"
            ),
        ),
        canary=False,
        detect=_backend_not_tensorflow,
        measured=(
            "Measured: TensorFlow 2.21.0 and Keras 3.15.1 with KERAS_BACKEND=jax and JAX 0.10.2: fit works; "
            "GradientTape, tf.function and a layer that calls tf.nn.relu raise."
        ),
    ),
    Rule(
        code="KD032",
        slug="keras-json-refused",
        area="environment",
        title="keras.json stops the import of Keras",
        explanation=(
            "`import keras` fails because of a value in keras.json, and `import tensorflow` may fail too. Your "
            "code and your models are fine. Delete the file; Keras writes a new one.\n\n"
            "Keras reads keras.json (in ~/.keras, or where `KERAS_HOME` says) at every import. A `floatx`, `epsilon` "
            "or `image_data_format` that it does not accept stops the import. So does a file that it may not read. "
            "TensorFlow contains an old copy of Keras that reads the file too. An `epsilon` must have a decimal point "
            "or an exponent: 0 is not accepted."
        ),
        symptoms=(
            "ValueError: Invalid `floatx` configuration.",
            "ValueError: Invalid `epsilon` configuration.",
            "AssertionError (from tensorflow/python/keras/backend.py, at `import tensorflow`)",
            Symptom("AttributeError: 'list' object has no attribute 'get'", generic=True),
            Symptom("PermissionError: [Errno 13] Permission denied: '.../.keras/keras.json'", generic=True),
        ),
        remedies=(Advice(title="Delete {path}", text="Keras writes a new one with its defaults at its next import."),),
        usual=(("path", "~/.keras/keras.json"),),
        canary=False,
        detect=_config_refused,
        measured=(
            "Measured: floatx bfloat16, epsilon 0, a list and a folder in its place, each with Keras 3.15.1 on JAX; "
            "floatx bfloat16 under TensorFlow 2.21.0, with and without the variable: `import tensorflow` raises."
        ),
    ),
    Rule(
        code="KD033",
        slug="keras-json-ignored",
        area="environment",
        title="keras.json is not valid JSON and is ignored",
        explanation=(
            "Keras uses its defaults instead of your settings, and no message appears. Your models were trained "
            "with the defaults and are not damaged. Correct the file or delete it.\n\n"
            "A comma too many or a comment makes the file invalid. What you meant to configure there has no effect."
        ),
        symptoms=("settings in keras.json have no effect",),
        remedies=(Advice(title="Correct or delete {path}", text="Test it with: python -m json.tool {path}"),),
        usual=(("path", "~/.keras/keras.json"),),
        canary=False,
        silent=True,
        detect=_config_ignored,
        measured="Measured: Keras 3.15.1 with {,} in the file takes its defaults.",
    ),
    Rule(
        code="KD034",
        slug="keras-json-float16",
        area="environment",
        title="keras.json makes every model compute in float16",
        explanation=(
            "Losses may become nan or stop changing, and models that were trained so may really be worse. Write "
            '`"floatx": "float32"` in keras.json, and train again.\n\n'
            "`floatx` in keras.json is the type of every weight and every computation in every program of this user. "
            "float16 has three digits and ends at 65504. The usual epsilon of 1e-7 is almost nothing in it. For speed "
            "on a GPU use mixed precision, which keeps the weights in float32."
        ),
        symptoms=("loss: nan", "numbers that differ in the third digit from other people's"),
        remedies=(
            Advice(title='Write "floatx": "float32" in {path}'),
            Advice(
                title="If half precision is wanted, use mixed precision in the program",
                text='keras.mixed_precision.set_global_policy("mixed_float16")',
            ),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/9582",
                "With float16 as default type the loss is nan; float32 has no such problem.",
            ),
        ),
        usual=(("path", "~/.keras/keras.json"),),
        canary=False,
        silent=True,
        detect=_half_precision,
    ),
)
