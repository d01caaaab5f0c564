"""For the first lines of a notebook or script: which Keras ``tf.keras`` is to be, said before it is too late.

TensorFlow reads ``TF_USE_LEGACY_KERAS`` when it is imported (for ``import tensorflow.keras``) and once more when
``tf.keras`` is first touched. A variable that is set in between splits the two, so that a program gets layers of one
Keras and a model of the other; afterwards it changes nothing. ``import keras`` (Keras 3 on TensorFlow) and
``import tf_keras`` import TensorFlow. TensorFlow 2.15.1, 2.16.2, 2.17.0 and 2.21.0 were run for this.

Only files are read, and nothing of what is installed is imported.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from kdoctor.environment import examine, facts
from kdoctor.notebook.kernel import loaded, state_of_process
from kdoctor.versions import release
from kdoctor.words import LEGACY_VALUES, LEGACY_VARIABLE

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
        here.fail("TensorFlow is not installed here, so there is no tf.keras that could be Keras 2", *wanted)
    if not here.facts.tensorflow_reads_variable:  # up to 2.14 tf.keras is whatever Keras 2 is installed beside it
        if not here.has_keras_2:
            what = f"Keras {here.keras} is" if here.keras else "no Keras is"
            why = f"TensorFlow {here.tensorflow} needs Keras {minor} for its tf.keras, and {what} installed"
            here.fail(why, f"keras~={minor}.0")
        return
    is_asked = os.environ.get(LEGACY_VARIABLE, "") in (here.facts.legacy_values or LEGACY_VALUES)
    if here.has_keras_2 and here.asks_for_keras_2 and not is_asked:
        return
    # Never a bare tf-keras: the newest one brings the newest TensorFlow.
    tf_keras = f"tf-keras~={minor}.0"
    if not here.tf_keras:
        here.fail(f"tf-keras, which is Keras 2 for TensorFlow {here.tensorflow}, is not installed", tf_keras)
    if _minor(here.tf_keras) != minor:
        here.fail(
            f"tf-keras {here.tf_keras} is installed with TensorFlow {here.tensorflow}, and they only work together "
            "where their minor releases are the same",
            tf_keras,
        )
    if not _is_loaded("tensorflow") and _is_loaded("keras") and not is_asked:
        why = "Objects of Keras 3 and of Keras 2 do not go together."
        _too_late("Keras was imported already", why, "use_legacy_keras")
    here.set("1", "use_legacy_keras")


def use_keras3() -> None:
    """Make ``tf.keras`` and ``tensorflow.keras`` Keras 3, whatever the variable says so far.

    Stands above the first import of TensorFlow or Keras. Sets ``TF_USE_LEGACY_KERAS`` to 0, so that a library which
    would set it where it is not set leaves it alone. Without TensorFlow there is nothing to set.

    Raises:
        TooLate: TensorFlow is imported already, with Keras 2.
        SwitchError: Keras 3 is not installed, or this TensorFlow has Keras 2 for its own.
    """
    here = _Here()
    if here.tensorflow and not here.facts.tensorflow_reads_variable:
        here.fail(
            f"The tf.keras of TensorFlow {here.tensorflow} is Keras 2, and nothing changes that. Keras 3 comes with "
            f"TensorFlow {FIRST_WITH_KERAS_3}",
            f"tensorflow>={FIRST_WITH_KERAS_3}",
        )
    if not here.keras:
        here.fail("Keras is not installed", "keras>=3")
    if here.has_keras_2:
        needed = f"tensorflow>={FIRST_WITH_KERAS_3}" if here.asks_for_keras_2 else "keras>=3"
        beside = f" with TensorFlow {here.tensorflow}" if here.tensorflow else ""
        here.fail(f"Keras {here.keras} is installed{beside}, not Keras 3", needed)
    if here.tensorflow:
        here.set("0", "use_keras3")


class _Here:
    """This interpreter, with the releases that it would import; empty where it would import none."""

    def __init__(self) -> None:
        self.facts = examine()
        self.tensorflow, self.keras, self.tf_keras = map(self._version, ("tensorflow", "keras", "tf_keras"))
        self.has_keras_2 = release(self.keras)[0] == 2
        # Whether there is a TensorFlow whose own Keras is Keras 2.
        self.asks_for_keras_2 = bool(self.tensorflow) and release(self.tensorflow) < release(FIRST_WITH_KERAS_3)

    def _version(self, name: str) -> str:
        stands = self.facts.package(name)
        if stands is None or stands.namespace:
            return ""
        return facts.version_of(self.facts, name) or "of an unknown release"

    def set(self, value: str, function: str) -> None:
        """Set the variable, if both ways through an imported TensorFlow lead where they should, or still will."""
        if _is_loaded("tensorflow"):
            state = state_of_process(self.facts)
            found = [state.tensorflow_keras, *([state.tf_keras] if state.touched else [])]
            if any(one.startswith("tf-keras") is not (value == "1") for one in found):
                what = f"TensorFlow {self.tensorflow} was imported already"
                if not state.touched:
                    what += f", and its import statements will find {state.tensorflow_keras}"
                    why = (
                        f"Setting {LEGACY_VARIABLE} now would split it: tf.keras would be another Keras than "
                        "tensorflow.keras is."
                    )
                elif state.is_split:
                    what += (
                        f", and is split: tf.keras is {state.tf_keras}, tensorflow.keras is {state.tensorflow_keras}"
                    )
                    why = f"{LEGACY_VARIABLE} was changed after the import."
                else:
                    what += f", and its tf.keras is {state.tf_keras}"
                    why = f"Setting {LEGACY_VARIABLE} has no effect any more."
                _too_late(what, why, function)
        os.environ[LEGACY_VARIABLE] = value

    def fail(self, why: str, *requirements: str) -> NoReturn:
        """Raises what cannot succeed, with the line that installs what is missing, as the installer here spells it."""
        from kdoctor.environment import installers
        from kdoctor.remedies.plan import install_step

        spelled = installers.lines((install_step(self.facts, requirements),), self.facts)
        lines = [f"{why}. What helps is:", *(f"    {line}" for line in spelled)]
        if _is_loaded("tensorflow") or _is_loaded("keras"):
            lines.append("Then restart this Python: what it has imported stays as it is.")
        raise SwitchError("\n".join(lines))


def _too_late(what: str, why: str, function: str) -> NoReturn:
    steps = (
        "Restart the kernel, and run this first, before any import of TensorFlow or Keras"
        if "ipykernel" in sys.modules or "google.colab" in sys.modules
        else "Move this line up, above the first import of TensorFlow, Keras or a library that imports them, and start "
        "Python again"
    )
    raise TooLate(f"{what}. {why} {steps}:\n    import kdoctor; kdoctor.{function}()")


def _is_loaded(name: str) -> bool:
    return loaded(name, sys.modules) is not None


def _minor(version: str) -> str:
    return ".".join(map(str, release(version)[:2]))
