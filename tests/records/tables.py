"""Small tables for tests: what a canary did, told release by release."""

from __future__ import annotations

from kdoctor.records.table import COLUMNS, RecordedEnvironment, RecordedStack, Table, read
from kdoctor.words import Implementation, Outcome, StackId
from tests.lab.recording import Recording, cell_of

SLUG = "mask-metric"
DATE = "2026-01-31"
WORKS, WRONG, RAISES = Outcome.WORKS, Outcome.WRONG, Outcome.RAISES


def table(*found: tuple[RecordedEnvironment, dict[StackId, tuple[Outcome, str]]], slug: str = SLUG) -> Table:
    """A table of one canary; each environment with what it did on its stacks."""
    return read(recording(*found, slug=slug).text())


def recording(*found: tuple[RecordedEnvironment, dict[StackId, tuple[Outcome, str]]], slug: str = SLUG) -> Recording:
    made = Recording(fingerprints={slug: "0123456789ab"})
    for environment, outcomes in found:
        made.set_environment(environment)
        for column, (outcome, message) in outcomes.items():
            made.cells[slug, environment.id, column] = cell_of(outcome, message, DATE)
    return made


def keras_3(
    keras: str, outcome: Outcome, message: str = "", *, tensorflow: str = "2.18.1", numpy: str = "2.0.2", name: str = ""
) -> tuple[RecordedEnvironment, dict[StackId, tuple[Outcome, str]]]:
    """Keras 3 as ``tf.keras`` and as ``keras``, without tf-keras."""
    stack = RecordedStack(Implementation.KERAS_3, keras, "tensorflow")
    stacks = {StackId.TF_KERAS: stack, StackId.LEGACY: RecordedStack(reason="tf-keras is not installed")}
    environment = RecordedEnvironment(
        id=name or f"keras-{keras}-{tensorflow}-{numpy}",
        python="3.11.7",
        versions={"tensorflow": tensorflow, "keras": keras, "numpy": numpy},
        stacks={**stacks, StackId.KERAS: stack},
        date=DATE,
    )
    return environment, {StackId.TF_KERAS: (outcome, message), StackId.KERAS: (outcome, message)}


def keras_2(
    version: str, outcome: Outcome, message: str = ""
) -> tuple[RecordedEnvironment, dict[StackId, tuple[Outcome, str]]]:
    """TensorFlow with the Keras 2 that comes with it."""
    stack = RecordedStack(Implementation.KERAS_2, version, "tensorflow")
    no_legacy = RecordedStack(reason="this TensorFlow does not read TF_USE_LEGACY_KERAS")
    environment = RecordedEnvironment(
        id=f"tensorflow-{version}",
        python="3.11.7",
        versions={"tensorflow": version, "keras": version, "numpy": "1.24.3"},
        stacks={StackId.TF_KERAS: stack, StackId.LEGACY: no_legacy, StackId.KERAS: stack},
        date=DATE,
    )
    return environment, {StackId.TF_KERAS: (outcome, message), StackId.KERAS: (outcome, message)}


def jax(
    keras: str, outcome: Outcome, message: str = ""
) -> tuple[RecordedEnvironment, dict[StackId, tuple[Outcome, str]]]:
    """Keras 3 on JAX, without TensorFlow."""
    nothing = RecordedStack(reason="TensorFlow is not installed")
    stacks = dict.fromkeys(COLUMNS, nothing)
    stacks[StackId.KERAS] = RecordedStack(Implementation.KERAS_3, keras, "jax")
    versions = {"keras": keras, "jax": "0.8.0", "numpy": "2.0.2"}
    environment = RecordedEnvironment(f"keras-{keras}-jax", "3.11.7", versions, stacks, date=DATE)
    return environment, {StackId.KERAS: (outcome, message)}
