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
        "The package is installed, but importing it fails with the error below. Your models are not "
        "affected. Reinstall the same release, or create a new environment.\n\n"
        "Often an upgrade was interrupted, or a package was built for another version of NumPy or protobuf. The "
        "processor may lack instructions that the build needs (the process then dies with SIGILL), or the disk is "
        "full. No check could run, so nothing else is known."
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
            "Create a new environment",
            "In a new environment, install TensorFlow first and alone, test that it imports, then add the rest.",
        ),
    ),
    canary=False,
    measured="Measured: TensorFlow 2.18.0 with tensorflow/python/framework/ops.py emptied",
    usual=(("damaged_keras", "Keras"), ("damaged_tensorflow", "TensorFlow")),
)


UNEXPECTED = Rule(
    code="KD091",
    slug="unexpected-breakage",
    area="environment",
    title="A check fails here that passes on all recorded releases",
    explanation=(
        "A check failed that passes on all recorded releases. A model that uses its feature may stop or give wrong "
        "numbers. Run kdoctor in a new environment with the same versions: if it passes there, use that one.\n\n"
        "This environment may be special: a patched build, an unusual processor, or a package that changes Keras at "
        "import. Or the release is newer than what was measured, or the check is wrong. All three are worth reporting, "
        "with the output of `kdoctor --format json`."
    ),
    symptoms=("a canary fails although no rule of its slug exists",),
    remedies=(
        Advice(
            "Check again in a new environment",
            "Install the same releases into a new environment and run kdoctor there; the difference is the cause.",
        ),
    ),
    canary=False,
    measured="Measured: on none of the recorded releases, which is what the rule says",
)


ABSENT = Rule(
    code="KD092",
    slug="required-feature-absent",
    area="environment",
    title="A required feature does not exist here",
    explanation=(
        "`require` names a feature that this Keras does not have. Nothing stopped, and no result is wrong. Delete "
        "that entry, or name the stack that has the feature: `ctc@tf.keras+legacy`.\n\n"
        "This implementation of Keras never had the feature, or an optional package is missing, or this environment "
        "lacks the stack. That it works on another stack does not count."
    ),
    symptoms=("require names a feature that is reported as not applicable",),
    remedies=(
        Advice(
            "Require it where it exists, or delete the entry",
            "Write the stack after an @: savedmodel-tfsm-multi-input@tf.keras, or ctc@tf.keras+legacy.",
        ),
    ),
    canary=False,
    measured="Measured: TFSMLayer required on TensorFlow 2.15.1 with Keras 2.15",
)


def failure(reasons: Mapping[str, str], some_opened: bool = False) -> Fault:
    """The fault, from the reason why each stack could not be opened.

    Args:
        reasons: by stack, what its import raised.
        some_opened: whether another stack could be opened, so that TensorFlow itself is whole.
    """
    said = "; ".join(f"{stack}: {reason}" for stack, reason in reasons.items())
    names_keras = re.search(r"\bkeras\b", " ".join(reasons.values())) and "tensorflow." not in said
    damaged = {"damaged_keras": "Keras"} if some_opened or names_keras else {"damaged_tensorflow": "TensorFlow"}
    return Fault(said, Severity.ERROR, damaged)


RULES: tuple[Rule, ...] = (DOES_NOT_IMPORT, UNEXPECTED, ABSENT)
