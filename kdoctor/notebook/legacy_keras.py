"""For the first lines of a notebook or script: which Keras ``tf.keras`` is to be, said before it is too late.

TensorFlow reads ``TF_USE_LEGACY_KERAS`` when it is imported (for ``import tensorflow.keras``) and once more when
``tf.keras`` is first touched. A variable that is set in between splits the two, so that a program gets layers of one
Keras and a model of the other; afterwards it changes nothing. ``import keras`` (Keras 3 on TensorFlow) and
``import tf_keras`` import TensorFlow. TensorFlow 2.15.1, 2.16.2, 2.17.0 and 2.21.0 were run for this.

Only files are read, a few of them, and no package is imported: a notebook's first cell does not wait for this.
"""

from __future__ import annotations

import os
import sys

from kdoctor.environment import packages, probe
from kdoctor.versions import release
from kdoctor.words import LEGACY_VALUES, LEGACY_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType
    from typing import Any, NoReturn, Optional

FIRST_WITH_KERAS_3 = "2.16"  # Keras 3 can be put over TensorFlow 2.15 too, but that TensorFlow asks for Keras 2


class SwitchError(RuntimeError):
    """The Keras that was asked for cannot be had here; the text says why, and what to do."""


class TooLate(SwitchError):  # noqa: N818  what it says, in the caller's words
    """TensorFlow or Keras was imported before, so the process must begin anew."""


def use_legacy_keras() -> None:
    """Make ``tf.keras`` and ``tensorflow.keras`` Keras 2, for code that was written for it.

    Stands above the first import of TensorFlow or Keras. Sets ``TF_USE_LEGACY_KERAS`` to 1, unless Keras 2 answers
    anyway (TensorFlow 2.15 and older). ``import keras`` is not affected: where Keras 3 is installed it remains Keras 3.

    Raises:
        TooLate: TensorFlow or Keras is imported already, with another Keras.
        SwitchError: TensorFlow is not installed, or no tf-keras of the same minor release.
    """
    here = _Here()
    minor = _minor(here.tensorflow)
    if not here.tensorflow:
        wanted = (f"tensorflow~={_minor(here.tf_keras)}.0",) if here.tf_keras else ("tensorflow", "tf-keras")
        _fail("TensorFlow is not installed here, so there is no tf.keras that could be Keras 2", *wanted)
    if not here.reads_variable:  # up to TensorFlow 2.14 tf.keras is whatever Keras 2 is installed beside it
        if not here.has_keras_2:
            what = f"Keras {here.keras} is" if here.keras else "no Keras is"
            why = f"TensorFlow {here.tensorflow} needs Keras {minor} for its tf.keras, and {what} installed"
            _fail(why, f"keras~={minor}.0")
        return
    if here.has_keras_2 and here.asks_for_keras_2 and not here.is_asked:
        return
    # Never a bare tf-keras: the newest one brings the newest TensorFlow.
    tf_keras = f"tf-keras~={minor}.0"
    if not here.tf_keras:
        _fail(f"tf-keras, which is Keras 2 for TensorFlow {here.tensorflow}, is not installed", tf_keras)
    if _minor(here.tf_keras) != minor:
        _fail(
            f"tf-keras {here.tf_keras} is installed with TensorFlow {here.tensorflow}, and they only work together "
            "where their minor releases are the same",
            tf_keras,
        )
    if loaded("tensorflow") is None and loaded("keras") is not None and not here.is_asked:
        why = "Objects of Keras 3 and of Keras 2 do not go together."
        _too_late("Keras was imported already", why, "use_legacy_keras")
    _set(here, legacy=True)


def use_keras3() -> None:
    """Make ``tf.keras`` and ``tensorflow.keras`` Keras 3, whatever the variable says so far.

    Stands above the first import of TensorFlow or Keras. Sets ``TF_USE_LEGACY_KERAS`` to 0, so that a library which
    would set it where it is not set leaves it alone. Without TensorFlow there is nothing to set.

    Raises:
        TooLate: TensorFlow is imported already, with Keras 2.
        SwitchError: Keras 3 is not installed, or this TensorFlow has Keras 2 for its own.
    """
    here = _Here()
    if here.tensorflow and not here.reads_variable:
        _fail(
            f"The tf.keras of TensorFlow {here.tensorflow} is Keras 2, and nothing changes that. Keras 3 comes with "
            f"TensorFlow {FIRST_WITH_KERAS_3}",
            f"tensorflow>={FIRST_WITH_KERAS_3}",
        )
    if not here.keras:
        _fail("Keras is not installed", "keras>=3")
    if here.has_keras_2:
        needed = f"tensorflow>={FIRST_WITH_KERAS_3}" if here.asks_for_keras_2 else "keras>=3"
        beside = f" with TensorFlow {here.tensorflow}" if here.tensorflow else ""
        _fail(f"Keras {here.keras} is installed{beside}, not Keras 3", needed)
    if here.tensorflow:
        _set(here, legacy=False)


def _set(here: _Here, *, legacy: bool) -> None:
    """Set the variable, if both ways through an imported TensorFlow lead where they should, or still will."""
    tensorflow = loaded("tensorflow")
    if tensorflow is not None:
        bound = bound_to_legacy(tensorflow)
        if imports_legacy(tensorflow) is not legacy or bound not in (None, legacy):
            _too_late(*_what_it_took(tensorflow, here), "use_legacy_keras" if legacy else "use_keras3")
    os.environ[LEGACY_VARIABLE] = "1" if legacy else "0"


# --------------------------------------------------------------------------------------------------------- what is here


class _Here:
    """The releases that this interpreter would import, and what its TensorFlow makes of the variable."""

    def __init__(self) -> None:
        folders, suffixes, reader = probe.search_path(own_entry=True), probe.module_suffixes(), packages.Reader()
        names = ("tensorflow", "keras", "tf_keras")
        places = {name: packages.module_on(folders, name, suffixes) or _place_of_editable(name) for name in names}
        self.tensorflow, self.keras, self.tf_keras = (_version(places[name], name, reader) for name in names)
        reads, values = packages.loader_of(places["tensorflow"], reader) if places["tensorflow"] else (False, ())
        self.reads_variable = release(self.tensorflow) >= (2, 15) if reads is None else reads
        self.values = values or LEGACY_VALUES

    @property
    def is_asked(self) -> bool:
        """Whether the variable stands at a value that TensorFlow takes for yes."""
        return os.environ.get(LEGACY_VARIABLE, "") in self.values

    @property
    def has_keras_2(self) -> bool:
        return release(self.keras)[0] == 2

    @property
    def asks_for_keras_2(self) -> bool:
        """Whether there is a TensorFlow whose own Keras is Keras 2."""
        return bool(self.tensorflow) and release(self.tensorflow) < release(FIRST_WITH_KERAS_3)


def _place_of_editable(name: str) -> str:
    """The folder of a package that is found by an import hook, as editable installations are; no package is run."""
    if name in sys.modules:
        file = contents(sys.modules[name]).get("__file__")
        return os.path.dirname(file) if isinstance(file, str) else ""
    from importlib.util import find_spec

    try:
        spec = find_spec(name)
    except Exception:  # an import hook is a stranger's code
        return ""
    return os.path.dirname(spec.origin) if spec and spec.origin else ""


def _version(path: str, name: str, reader: packages.Reader) -> str:
    """The version by its source, or else by its metadata. Empty where the package has no place."""
    if not path:
        return ""
    version = packages.source_version(path, name, reader) or _version_by_owner(path, name, reader)
    if version:
        return version
    from kdoctor.environment import examine  # all that can be known, for what is not installed as usual
    from kdoctor.environment.facts import version_of

    return version_of(examine(), name) or "of an unknown release"


def _version_by_owner(path: str, name: str, reader: packages.Reader) -> str:
    """As the metadata folder beside the package is called whose distribution wrote it.

    TensorFlow 2.21 says its version nowhere else, and to import importlib_metadata takes longer than all of this.
    """
    location = os.path.dirname(path)
    try:
        entries = sorted(os.listdir(location))
    except OSError:
        return ""
    for entry in entries:
        escaped, _, version = entry.rpartition(".dist-info")[0].partition("-")
        is_it = version and escaped.lower().replace("_", "-").startswith(packages.OWNERS[name])
        if is_it and packages.owns(os.path.join(location, entry), name, reader):
            return version
    return ""


# --------------------------------------------------------------------------------------------- what is imported already


def loaded(name: str, modules: Optional[Mapping[str, object]] = None) -> Optional[ModuleType]:
    """An imported module; None where there is none, or where something else stands in its place.

    ``sys.modules`` may hold anything: None after a failed import, an object that a library put there.
    """
    from types import ModuleType

    found = (sys.modules if modules is None else modules).get(name)
    # isinstance() would ask an object for its __class__, which may be code.
    return found if issubclass(type(found), ModuleType) else None  # type: ignore[return-value]


def contents(module: object) -> Mapping[str, Any]:
    """What a module holds already. Read past the module's own code: a lazy one would import something when asked."""
    try:
        held = object.__getattribute__(module, "__dict__")
    except AttributeError:
        return {}
    return held if type(held) is dict else {}


def imports_legacy(tensorflow: object) -> bool:
    """Whether ``import tensorflow.keras`` finds tf-keras: decided when TensorFlow was imported, kept in its path.

    TensorFlow 2.16 puts None into its path where the variable asks for a tf-keras that is not installed.
    """
    entries = contents(tensorflow).get("__path__")
    if not isinstance(entries, (list, tuple)):
        return False
    return any(type(entry) is str and entry.replace("\\", "/").endswith("/tf_keras/api/_v2") for entry in entries)


def bound_to_legacy(tensorflow: object) -> Optional[bool]:
    """Whether ``tf.keras`` is tf-keras; None while nothing has touched it. Looks only: a touch would decide it."""
    keras = contents(tensorflow).get("keras")
    if keras is None:
        return None
    if type(keras).__name__ == "KerasLazyLoader":
        held = contents(keras)
        chosen = held.get("_tfll_keras_version", held.get("_keras_version"))  # 2.16 renamed it
        return None if chosen is None else chosen == "tf_keras"
    file = contents(keras).get("__file__")
    return type(file) is str and file.replace("\\", "/").endswith("/tf_keras/api/_v2/keras/__init__.py")


def _what_it_took(tensorflow: ModuleType, here: _Here) -> tuple[str, str]:
    keras_3 = f"Keras {here.keras}" if here.keras else "Keras 3"
    labels = {True: f"tf-keras {here.tf_keras}", False: keras_3}
    imports, bound = labels[imports_legacy(tensorflow)], bound_to_legacy(tensorflow)
    what = f"TensorFlow {here.tensorflow} was imported already"
    if bound is None:
        return (
            f"{what}, and its import statements will find {imports}",
            f"Setting {LEGACY_VARIABLE} now would split it: tf.keras would be another Keras than tensorflow.keras is.",
        )
    if labels[bound] != imports:
        return (
            f"{what}, and is split: tf.keras is {labels[bound]}, tensorflow.keras is {imports}",
            f"{LEGACY_VARIABLE} was changed after the import.",
        )
    return f"{what}, and its tf.keras is {imports}", f"Setting {LEGACY_VARIABLE} has no effect any more."


# ----------------------------------------------------------------------------------------------------------- the errors


def _too_late(what: str, why: str, function: str) -> NoReturn:
    line = f"import kdoctor; kdoctor.{function}()"
    if "ipykernel" in sys.modules or "google.colab" in sys.modules:
        steps = f"Restart the kernel, and run this first, before any import of TensorFlow or Keras:\n    {line}"
    else:
        steps = (
            "Move this line up, above the first import of TensorFlow, Keras or a library that imports them, and start "
            f"Python again:\n    {line}"
        )
    raise TooLate(f"{what}. {why} {steps}")


def _fail(why: str, *requirements: str) -> NoReturn:
    """Raises what cannot succeed, with the line that installs what is missing, as the installer here spells it."""
    from kdoctor.environment import examine, installers
    from kdoctor.remedies.plan import install_step

    environment = examine()
    spelled = installers.lines((install_step(environment, requirements),), environment)
    lines = [f"{why}. What helps is:", *(f"    {line}" for line in spelled)]
    if loaded("tensorflow") is not None or loaded("keras") is not None:
        lines.append("Then restart this Python: what it has imported stays as it is.")
    raise SwitchError("\n".join(lines))


def _minor(version: str) -> str:
    return ".".join(map(str, release(version)[:2]))
