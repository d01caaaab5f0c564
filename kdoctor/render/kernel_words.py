"""Where the process that asked stands, in sentences."""

from __future__ import annotations

from kdoctor.model import Effect, Kernel

VARIABLE = "TF_USE_LEGACY_KERAS"


def sentences(kernel: Kernel) -> list[str]:
    """What the reader must know of this process before anything that the report advises can help."""
    said: list[str] = []
    here = "kernel" if kernel.is_notebook else "Python"
    holders = [_versioned(name, kernel.imported[name]) for name in _HOLDERS if name in kernel.imported]
    if kernel.is_split:
        now = "is" if kernel.touched else "would be"
        said.append(
            f"This {here} is split: tf.keras {now} {kernel.tf_keras}, and import tensorflow.keras finds "
            f"{kernel.tensorflow_keras}. Layers of one do not fit into models of the other. {VARIABLE} was changed "
            f"after TensorFlow was imported. Restart the {here}, and set the variable above the first import."
        )
    elif "tensorflow" in kernel.imported:
        said.append(
            f"This {here} has imported {_joined(holders)}; its tf.keras {_is(kernel)}. "
            f"{_what_setting_does(kernel, here)}"
        )
    elif holders:
        said.append(
            f"This {here} has imported {_joined(holders)}. What it has imported stays as it is until the {here} is "
            "restarted."
        )
    if kernel.variable is not None and kernel.set_by:
        where = kernel.set_by if kernel.set_by.startswith("In [") else f"by {kernel.set_by}"
        verb = "was set in" if kernel.set_by.startswith("In [") else "was set"
        said.append(f"{VARIABLE}={kernel.variable} {verb} {where}; this {here} was not started with it.")
    return said


_HOLDERS = {"tensorflow": "TensorFlow", "keras": "Keras", "tf_keras": "tf-keras"}


def _versioned(name: str, version: str) -> str:
    return f"{_HOLDERS[name]} {version}".strip()


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _is(kernel: Kernel) -> str:
    return f"is {kernel.tf_keras}" if kernel.touched else f"was not used yet, and will be {kernel.tf_keras}"


def _what_setting_does(kernel: Kernel, here: str) -> str:
    if kernel.effect is Effect.SPLITS:
        return (
            f"Setting {VARIABLE} now would split it: tf.keras would be another Keras than import tensorflow.keras "
            f"finds. For another Keras, restart the {here} and set the variable above the first import."
        )
    return f"Setting {VARIABLE} has no effect any more; for another Keras, or after an upgrade, restart the {here}."
