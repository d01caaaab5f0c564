"""What no fact and no record foretells: an import that fails, a feature that breaks here alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kdoctor.rules.rule import Advice, Fault, Install, Rule
from kdoctor.words import Severity

DOES_NOT_IMPORT = Rule(
    code="KD090",
    slug="keras-does-not-import",
    area="environment",
    title="What is installed cannot be imported",
    explanation=(
        "The metadata say that it is there, and importing it fails: the error below is Python's own. Usual causes are "
        "an upgrade that was interrupted, a package that was built for another version of NumPy or protobuf, a "
        "processor without the instructions that the build needs (the process then dies with SIGILL), or a full disk. "
        "No canary could run on that stack, so nothing is known of it."
    ),
    symptoms=(
        "`import tensorflow` or `import keras` raises an error that no other rule knows",
        "AttributeError: module 'tensorflow.python.framework.ops' has no attribute '_EagerTensorBase'",
        "the process died while importing: SIGILL",
    ),
    remedies=(
        Install("Reinstall {damaged_keras}", requirements=("keras=={keras}",), uninstall=("keras",)),
        Install(
            "Reinstall {damaged_tensorflow}",
            requirements=("{tensorflow_name}=={tensorflow}",),
            uninstall=("{tensorflow_name}",),
            cost="Downloads some 500 MB.",
        ),
        Advice(
            "Make an environment from nothing",
            "In an environment of its own, install TensorFlow first and alone, see that it imports, then add the rest.",
        ),
    ),
    canary=False,
    measured="measured here: TensorFlow 2.18.0 with tensorflow/python/framework/ops.py emptied",
    usual=(("damaged_tensorflow", "TensorFlow"),),
)


UNEXPECTED = Rule(
    code="KD091",
    slug="unexpected-breakage",
    area="environment",
    title="A feature is broken here that is broken nowhere else",
    explanation=(
        "A canary failed for a feature that worked on every release on which kdoctor was measured. Either this "
        "environment is special (a patched build, an unusual processor, a package that changes Keras when it is "
        "imported), or the release is newer than what was measured, or the canary is wrong. All three are worth "
        "reporting, with the output of kdoctor --format json."
    ),
    symptoms=("a canary fails although no rule of its slug exists",),
    remedies=(
        Advice(
            "Look again in an environment made from nothing",
            "Install the same releases into an environment of its own and run kdoctor there; "
            "the difference is the cause.",
        ),
    ),
    canary=False,
    measured="measured here: on none of the recorded releases, which is what the rule says",
)


ABSENT = Rule(
    code="KD092",
    slug="required-feature-absent",
    area="environment",
    title="A required feature does not exist here",
    explanation=(
        "An entry of require names a feature that this implementation of Keras never had, for which an optional "
        "package is missing, or on a stack that this environment has not. What does not exist cannot work, so the "
        "requirement is not met; that it works on another stack does not count."
    ),
    symptoms=("require names a feature that is reported as not applicable",),
    remedies=(
        Advice(
            "Require it where it exists, or take the entry out",
            "Write the stack behind an @: savedmodel-tfsm-multi-input@tf.keras, or ctc@tf.keras+legacy.",
        ),
    ),
    canary=False,
    measured="measured here: TFSMLayer required on TensorFlow 2.15.1 with Keras 2.15",
)


def failure(reasons: Mapping[str, str], opened: bool = False) -> Fault:
    """The fault, from the reason why each stack could not be opened.

    Args:
        reasons: by stack, what its import raised.
        opened: whether another stack could be opened, so that TensorFlow itself is whole.
    """
    said = "; ".join(f"{stack}: {reason}" for stack, reason in reasons.items())
    names_keras = re.search(r"\bkeras\b", " ".join(reasons.values())) and "tensorflow." not in said
    damaged = {"damaged_keras": "Keras"} if opened or names_keras else {"damaged_tensorflow": "TensorFlow"}
    return Fault(said, Severity.ERROR, damaged)


RULES: tuple[Rule, ...] = (DOES_NOT_IMPORT, UNEXPECTED, ABSENT)
