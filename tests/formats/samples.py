"""Reports made by hand, one for each kind of patient."""

from __future__ import annotations

from dataclasses import replace

from kdoctor.code.places import IgnoredUse, Location
from kdoctor.environment.model import Distribution, Environment, Interpreter, KerasConfig, Name, Shadow, Stack, Unread
from kdoctor.environment.steps import CodeStep, InstallStep, Proof, Remedy, RestartStep, VariableStep
from kdoctor.observe.model import Observation
from kdoctor.report import CodeRead, Examination, Finding, Report, Requirement, Status
from kdoctor.rules.rule import Reference
from kdoctor.words import Certainty, Evidence, Implementation, Outcome, Relevance, Severity, StackId

INTERPRETER = Interpreter(
    executable="/home/ada/novel/.venv/bin/python",
    version="3.11.7",
    implementation="CPython",
    system="Linux",
    machine="x86_64",
    prefix="/home/ada/novel/.venv",
    base_prefix="/usr",
    manager="uv",
    venv=True,
)
SITE = "/home/ada/novel/.venv/lib/python3.11/site-packages"


def distribution(name: str, version: str, *owns: str) -> Distribution:
    return Distribution(name=name, version=version, location=SITE, installer="uv", owns=owns)


TF_KERAS = Stack(StackId.TF_KERAS, True, "", Implementation.KERAS_3, "3.4.1", "2.17.0", "tensorflow")
LEGACY = Stack(StackId.LEGACY, True, "", Implementation.TF_KERAS, "2.17.0", "2.17.0", "tensorflow")
KERAS = Stack(StackId.KERAS, True, "", Implementation.KERAS_3, "3.4.1", "2.17.0", "tensorflow")

ENVIRONMENT = Environment(
    interpreter=INTERPRETER,
    distributions=(
        distribution("tensorflow", "2.17.0", "tensorflow"),
        distribution("keras", "3.4.1", "keras"),
        distribution("tf-keras", "2.17.0", "tf_keras"),
    ),
    names=(
        Name("tf.keras", True, Implementation.KERAS_3, "3.4.1"),
        Name("tensorflow.keras", True, Implementation.KERAS_3, "3.4.1"),
        Name("keras", True, Implementation.KERAS_3, "3.4.1"),
        Name("tf_keras", True, Implementation.TF_KERAS, "2.17.0"),
    ),
    stacks=(TF_KERAS, LEGACY, KERAS),
    tensorflow_reads_variable=True,
    tensorflow_numpy="<2.0.0,>=1.23.5",
    tensorflow_python=">=3.9",
)

LEGACY_REMEDY = Remedy(
    id="use-legacy-keras",
    title="Use Keras 2 (tf-keras)",
    steps=(InstallStep(("tf-keras~=2.17.0",)), RestartStep(), VariableStep("TF_USE_LEGACY_KERAS", "1")),
    cost="Keras 2 receives no new features; files saved as .keras by Keras 3 are not readable there.",
)
UPGRADE_REMEDY = Remedy(
    id="upgrade-keras", title="Upgrade Keras to 3.12 or newer", steps=(InstallStep(("keras>=3.12",)), RestartStep())
)
MASK_CODE = Remedy(
    id="code:mask-metric/after",
    title="Count the metric with the mask yourself",
    steps=(
        CodeStep(
            before='model.compile(loss=loss, metrics=["accuracy"])\nmodel.fit(x, y)',
            after='model.compile(loss=loss, weighted_metrics=["accuracy"])\n'
            "model.fit(x, y, sample_weight=(x != 0) * 1.0)",
        ),
    ),
)
MASK_METRIC = Finding(
    code="KD301",
    slug="mask-metric",
    area="masking",
    title="The accuracy that is printed counts padding",
    severity=Severity.WARNING,
    evidence=Evidence.OBSERVED,
    detail="accuracy as reported 0.1250, as counted over the real steps 0.5000",
    stacks=(StackId.TF_KERAS, StackId.KERAS),
    outcomes={StackId.TF_KERAS: Outcome.WRONG, StackId.LEGACY: Outcome.WORKS, StackId.KERAS: Outcome.WRONG},
    explanation=(
        "Keras 3 up to 3.11 does not apply the implicit mask of mask_zero=True to metrics, so the steps that are only "
        "padding are counted as if they were predictions. The model itself is not worse: it learns as before, and only "
        "the number that is printed is another."
    ),
    symptoms=("validation accuracy of about 10 % where the book prints 60 %",),
    remedies=("code:mask-metric/after", "upgrade-keras", "use-legacy-keras"),
    references=(
        Reference("https://github.com/keras-team/keras/issues/19836", "Reports the accuracy of the book's example."),
    ),
    silent=True,
)
SLUGS = {
    "rnn": ("rnn-batch-input-shape", "rnn-model-reset-states", "rnn-stateful-fit"),
    "ragged": ("ragged-input", "ragged-fit", "ragged-text-vectorization", "ragged-dense", "ragged-pooling"),
    "ctc": ("ctc-batch-cost", "ctc-decode-beam"),
    "masking": ("mask-rnn-initial-state", "mask-seq2seq"),
    "symbolic": ("symbolic-tf-one-hot", "symbolic-tf-math", "symbolic-add-loss"),
    "savedmodel": ("savedmodel-load-model", "savedmodel-tfsm-multi-input"),
    "saving": ("saving-h5-mse", "saving-no-extension", "saving-weights-h5"),
    "hub": ("hub-keras-layer",),
    "api": (
        "api-optimizers-legacy",
        "api-optimizer-lr",
        "api-optimizer-decay",
        "api-add-weight-positional",
        "api-fit-generator",
        "api-experimental-preprocessing",
        "api-layer-output-shape",
        "api-estimator",
        "api-scikit-wrapper",
    ),
}


def loud(code: str, slug: str, area: str) -> Finding:
    return Finding(
        code=code,
        slug=slug,
        area=area,
        title=f"What {slug.replace('-', ' ')} stands for is gone from Keras 3",
        severity=Severity.INFO,
        evidence=Evidence.OBSERVED,
        detail=f"AttributeError: module 'keras' has no attribute '{slug}'",
        stacks=(StackId.TF_KERAS, StackId.KERAS),
        outcomes={StackId.TF_KERAS: Outcome.RAISES, StackId.LEGACY: Outcome.WORKS, StackId.KERAS: Outcome.RAISES},
        explanation="Keras 3 was written anew and left this out.",
        symptoms=(f"AttributeError: module 'keras' has no attribute '{slug}'",),
        remedies=("use-legacy-keras",),
    )


def seen(slug: str, area: str, *outcomes: Outcome, message: str = "") -> list[Observation]:
    stacks = (StackId.TF_KERAS, StackId.LEGACY, StackId.KERAS)
    return [Observation(slug, stack, outcome, message, 0.25, area=area) for stack, outcome in zip(stacks, outcomes)]


def many_findings() -> Report:
    findings = [MASK_METRIC]
    observations = seen("mask-metric", "masking", Outcome.WRONG, Outcome.WORKS, Outcome.WRONG)
    number = 100
    for area, slugs in SLUGS.items():
        for slug in slugs:
            number += 1
            finding = loud(f"KD{number}", slug, area)
            outcomes = [Outcome.RAISES, Outcome.WORKS, Outcome.RAISES]
            if slug == "mask-rnn-initial-state":
                finding = replace(
                    finding,
                    title="An RNN called with initial_state= ignores its mask",
                    severity=Severity.WARNING,
                    silent=True,
                    outcomes={
                        StackId.TF_KERAS: Outcome.WRONG,
                        StackId.LEGACY: Outcome.WORKS,
                        StackId.KERAS: Outcome.WRONG,
                    },
                    detail="largest difference 0.31",
                    symptoms=("no message: the numbers of padded sequences differ from those of bare ones",),
                )
                outcomes = [Outcome.WRONG, Outcome.WORKS, Outcome.WRONG]
            if slug == "savedmodel-tfsm-multi-input":
                outcomes[1] = Outcome.NOT_APPLICABLE
            if slug == "hub-keras-layer":
                outcomes = [Outcome.CRASHES, Outcome.TIMES_OUT, Outcome.RAISES]
            findings.append(finding)
            observations += seen(slug, area, *outcomes)
    for index in range(22):
        observations += seen(f"fine-{index}", "rnn", Outcome.WORKS, Outcome.WORKS, Outcome.WORKS)
    broken = [finding.slug for finding in findings]
    left, unknown = ("savedmodel-tfsm-multi-input",), ("hub-keras-layer",)
    fixed = tuple(slug for slug in broken if slug not in left + unknown)
    examination = Examination(
        environment=ENVIRONMENT,
        canaries=tuple(observations),
        findings=tuple(findings),
        remedies=(
            MASK_CODE,
            UPGRADE_REMEDY,
            replace(LEGACY_REMEDY, proof=Proof(StackId.LEGACY, fixed, left, unknown)),
        ),
        notes=("Canaries ran on the CPU.",),
        seconds=19.5,
    )
    return report(examination)


def healthy() -> Report:
    observations = [
        one
        for area, slugs in SLUGS.items()
        for slug in slugs
        for one in seen(slug, area, Outcome.WORKS, Outcome.WORKS, Outcome.WORKS)
    ]
    return report(Examination(ENVIRONMENT, tuple(observations), notes=("Canaries ran on the CPU.",), seconds=15.0))


IGNORED_VARIABLE = Finding(
    code="KD102",
    slug="variable-ignored",
    area="environment",
    title="TensorFlow ignores this value of TF_USE_LEGACY_KERAS",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    detail='TF_USE_LEGACY_KERAS="yes": TensorFlow 2.17.0 reads only "1", "true" and "True"',
    explanation="The variable is set, so somebody wants Keras 2; but it does not count, and tf.keras is Keras 3.",
    remedies=("set-variable",),
)


def faults() -> Report:
    variable = Remedy(
        "set-variable", "Give it the value that counts", (RestartStep(), VariableStep("TF_USE_LEGACY_KERAS", "1"))
    )
    base = many_findings().environments[0]
    environment = replace(
        ENVIRONMENT,
        variables={"TF_USE_LEGACY_KERAS": "yes"},
        shadows=(Shadow("keras", "/home/ada/novel/keras.py", False),),
        keras_config=KerasConfig(
            "/home/ada/.keras/keras.json", True, backend="tensorflow", floatx="float32", epsilon=1e-7
        ),
    )
    return report(
        replace(
            base,
            environment=environment,
            findings=(IGNORED_VARIABLE, *base.findings),
            remedies=(*base.remedies, variable),
        ),
        status=Status.FINDINGS,
    )


def unimportable() -> Report:
    reason = "TensorFlow cannot be imported: it was built for NumPy 1"
    stacks = tuple(replace(stack, available=False, reason=reason) for stack in (TF_KERAS, LEGACY, KERAS))
    names = (Name("tf.keras", False, reason="TensorFlow cannot be imported"), *ENVIRONMENT.names[2:])
    fault = Finding(
        code="KD110",
        slug="numpy-too-new",
        area="environment",
        title="NumPy 2 under a TensorFlow that was built for NumPy 1",
        severity=Severity.ERROR,
        evidence=Evidence.OBSERVED,
        detail="NumPy 2.2.0; TensorFlow 2.17.0 asks for <2.0.0,>=1.23.5",
        explanation="TensorFlow's compiled part does not load, so nothing that uses it runs.",
        symptoms=("ImportError: numpy.core._multiarray_umath failed to import",),
        remedies=("install-numpy",),
    )
    steps = (InstallStep(("numpy<2.0.0,>=1.23.5",)), RestartStep())
    remedy = Remedy("install-numpy", "Go back to NumPy 1", steps)
    observations = [
        one
        for area, slugs in SLUGS.items()
        for slug in slugs
        for one in seen(slug, area, *[Outcome.NOT_RUN] * 3, message=reason)
    ]
    examination = Examination(
        replace(ENVIRONMENT, stacks=stacks, names=names), tuple(observations), (fault,), (remedy,), seconds=3.0
    )
    return report(examination, status=Status.FINDINGS)


def recorded() -> Report:
    """A run without canaries: what is known is from elsewhere."""
    base = many_findings().environments[0]
    findings = tuple(
        replace(one, evidence=Evidence.KNOWN if one.area == "hub" else Evidence.RECORDED) for one in base.findings
    )
    remedies = tuple(replace(one, proof=None) for one in base.remedies)
    return report(
        replace(base, canaries=(), findings=findings, remedies=remedies, notes=("No canary was run.",), seconds=0.1)
    )


def conflict() -> Report:
    odd = replace(
        loud("KD201", "ragged-input", "ragged"),
        outcomes={StackId.TF_KERAS: Outcome.RAISES},
        stacks=(StackId.TF_KERAS,),
        conflict="Recorded as working on Keras 3.4.1, and seen to raise here.",
    )
    observations = seen("ragged-input", "ragged", Outcome.RAISES, Outcome.WORKS, Outcome.WORKS)
    return report(Examination(ENVIRONMENT, tuple(observations), (odd,), (LEGACY_REMEDY,)))


def unknown() -> Report:
    observations = [
        *seen(
            "rnn-stateful-fit", "rnn", Outcome.TIMES_OUT, Outcome.WORKS, Outcome.NOT_RUN, message="no answer in 30 s"
        ),
        *seen("ctc-loss", "ctc", Outcome.NOT_RUN, Outcome.NOT_RUN, Outcome.NOT_RUN, message="the run's time was up"),
        *seen("ragged-input", "ragged", Outcome.WORKS, Outcome.WORKS, Outcome.WORKS),
    ]
    return report(Examination(ENVIRONMENT, tuple(observations)))


def incomplete() -> Report:
    return report(
        Examination(ENVIRONMENT, failures=("the worker for tf.keras could not be started: out of memory",)),
        status=Status.INCOMPLETE,
    )


def nothing() -> Report:
    environment = Environment(
        replace(INTERPRETER, manager="pip"), names=(Name("keras", False, reason="not installed"),)
    )
    return report(Examination(environment), status=Status.NOTHING_CHECKED)


def jax_only() -> Report:
    stack = Stack(StackId.KERAS, True, "", Implementation.KERAS_3, "3.11.0", "", "jax")
    environment = Environment(
        INTERPRETER,
        (distribution("keras", "3.11.0", "keras"), distribution("jax", "0.5.0")),
        names=(Name("keras", True, Implementation.KERAS_3, "3.11.0"),),
        stacks=(stack,),
    )
    observations = (
        Observation("rnn-stateful-fit", StackId.KERAS, Outcome.WORKS, "12 numbers", 0.5, area="rnn"),
        Observation("hub-keras-layer", StackId.KERAS, Outcome.NOT_APPLICABLE, "needs TensorFlow", 0.0, area="hub"),
    )
    return report(Examination(environment, observations))


def gated() -> Report:
    """Code that was read, requirements, what is ignored: everything that a gate looks at."""
    base = faults().environments[0]
    uses = (
        Location(
            "src/train me.py", 12, 5, 14, stack="tf.keras", what="tf.keras.backend.ctc_batch_cost", text="cost = K"
        ),
        Location(
            "notebooks/lesson.ipynb", 2, cell=3, stack="tf.keras", certainty=Certainty.LIKELY, what="ctc", text="ctc(x)"
        ),
    )
    findings = []
    for finding in base.findings:
        if finding.slug == "ctc-batch-cost":
            finding = replace(finding, severity=Severity.ERROR, relevance=Relevance.USED, locations=uses)
        elif finding.slug == "rnn-stateful-fit":
            finding = replace(finding, severity=Severity.ERROR, relevance=Relevance.REQUIRED)
        elif finding.slug == "api-optimizer-lr":
            likely = replace(uses[1], path="src/old.py", cell=0, line=40)
            finding = replace(finding, severity=Severity.WARNING, relevance=Relevance.USED, locations=(likely,))
        elif finding.slug == "saving-h5-mse":
            finding = replace(finding, severity=Severity.ERROR, ignored="we load such files nowhere, see #12")
        findings.append(finding)
    requirements = (
        Requirement("rnn-stateful-fit", StackId.TF_KERAS, Outcome.RAISES, "AttributeError: gone"),
        Requirement("savedmodel-tfsm-multi-input", StackId.LEGACY, Outcome.NOT_APPLICABLE, "Keras 2 has no TFSMLayer"),
        Requirement("fine-1", StackId.TF_KERAS, Outcome.WORKS),
    )
    code = CodeRead(
        ("src", "notebooks"),
        17,
        (Unread("src/broken.py", "invalid syntax", 3), Unread("-", "it is no text")),
        (IgnoredUse("KD301", "mask-metric", Location("src/eval.py", 7, text="metrics=['acc']"), "counted by hand"),),
        read=15,
    )
    gated = replace(report(replace(base, findings=tuple(findings), requirements=requirements)), code=code)
    return replace(gated, status=Status.FINDINGS)


def several() -> Report:
    first, second = many_findings().environments[0], healthy().environments[0]
    other = replace(INTERPRETER, executable="/opt/conda/envs/né w/bin/python", manager="conda")
    return report(first, replace(second, environment=replace(second.environment, interpreter=other)))


def one_of_two() -> Report:
    """Two interpreters, of which one could not be examined."""
    bare = Interpreter("./no/python", "", "", "", "", "", "", "")
    failure = "There is no ./no/python. Give the path of an interpreter."
    second = Examination(Environment(bare), failures=(failure,))
    return report(healthy().environments[0], second, status=Status.INCOMPLETE)


def report(*examinations: Examination, status: Status = Status.OK) -> Report:
    return Report("0.1.0", "2026-11-21T10:00:00Z", examinations, status)


ALL = {
    made.__name__: made
    for made in (
        many_findings,
        one_of_two,
        healthy,
        faults,
        unimportable,
        recorded,
        conflict,
        unknown,
        incomplete,
        nothing,
        jax_only,
        gated,
        several,
    )
}
