"""Real notebooks under real TensorFlow: executed by Jupyter's own programs, and read from the files they save."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kdoctor import rules
from tests.formats import make_schema
from tests.lab.environments import Builder, LabEnvironment, NoInterpreter
from tests.lab.notebooks import JUPYTER, RUNNERS, errors, execute, joined, printed, write

LEGACY_LINE = "import kdoctor; kdoctor.use_legacy_keras()"
pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(os.name == "nt", reason="signals are sent to kernels and looked for"),
]

JSON_TYPE = "application/vnd.kdoctor.report+json"
MIMES = {"text/html", "text/plain", JSON_TYPE}
SCHEMA = jsonschema.Draft202012Validator(json.loads(make_schema.PATH.read_text(encoding="utf-8")))
MEMORY_MIB = 60


@dataclass(frozen=True)
class Patient:
    """An environment with TensorFlow and Jupyter, and the variables its notebooks run with."""

    python: Path
    keras: str
    """What ``tf.keras`` is there."""
    legacy: str
    """What it is under the variable; empty where tf-keras is not installed."""
    variables: dict[str, str]


TF_215 = LabEnvironment("notebook-tensorflow-2.15.1", "3.11", ("tensorflow==2.15.1", *JUPYTER))
TF_217 = LabEnvironment(
    "notebook-tensorflow-2.17.0",
    "3.11",
    ("tensorflow==2.17.0", "keras==3.4.1", "tf-keras==2.17.0", "tensorflow-hub", "setuptools<81", *JUPYTER),
)
TF_221 = LabEnvironment(
    "notebook-tensorflow-2.21.0", "3.11", ("tensorflow==2.21.0", "keras==3.15.1", "tf-keras==2.21.0", *JUPYTER)
)
ANSWERS = {
    TF_215.id: ("Keras 2.15.0", ""),
    TF_217.id: ("Keras 3.4.1", "tf-keras 2.17.0"),
    TF_221.id: ("Keras 3.15.1", "tf-keras 2.21.0"),
}


def enter(wanted: LabEnvironment, builder: Builder, home: Path) -> Patient:
    try:
        python = builder.python(wanted)
    except NoInterpreter as reason:
        pytest.skip(str(reason))
    variables = {"HOME": str(home), "KDOCTOR_CACHE_DIR": str(home / "cache"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return Patient(python, *ANSWERS[wanted.id], variables)


@pytest.fixture(scope="module", params=[TF_215, TF_217, TF_221], ids=lambda one: one.id)
def patient(request: pytest.FixtureRequest, builder: Builder, tmp_path_factory: pytest.TempPathFactory) -> Patient:
    return enter(request.param, builder, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def migrated(builder: Builder, tmp_path_factory: pytest.TempPathFactory) -> Patient:
    """TensorFlow 2.17 with an old Keras 3, where the most is broken."""
    return enter(TF_217, builder, tmp_path_factory.mktemp("home"))


def card_of(outputs: list[dict[str, Any]]) -> tuple[str, str, dict[str, Any]]:
    """HTML, text and JSON of the one thing that a cell shows."""
    assert errors(outputs) == []
    [shown] = [one for one in outputs if one["output_type"] in ("display_data", "execute_result")]
    assert set(shown["data"]) == MIMES
    document = shown["data"][JSON_TYPE]
    SCHEMA.validate(document)
    return joined(shown["data"]["text/html"]), joined(shown["data"]["text/plain"]), document


def test_the_saved_file_holds_the_card_in_three_forms(patient: Patient, tmp_path: Path) -> None:
    notebook = write(tmp_path / "check.ipynb", 'import kdoctor\nkdoctor.check(only=("rnn",))', "'it goes on'")
    for position, runner in enumerate(RUNNERS):
        first, second = execute(patient.python, notebook, patient.variables, runner)
        assert len(first) == 1, "the line of progress is gone, and the card is there once"
        html, text, document = card_of(first)
        assert f"tf.keras is {patient.keras}" in html
        assert patient.keras in text
        [environment] = document["environments"]
        seen = {
            row["outcome"]
            for row in environment["canaries"]
            if row["slug"] == "rnn-batch-input-shape" and row["stack"] == "tf.keras"
        }
        assert seen == {"raises" if patient.keras.startswith("Keras 3") else "works"}
        assert ("Results from " in html) == (position > 0), "the second time it is remembered"
        assert document["kernel"]["is_notebook"] is True
        assert not {"tensorflow", "keras", "tf_keras", "numpy"} & set(document["kernel"]["imported"])
        assert [joined(one["data"]["text/plain"]) for one in second] == ["'it goes on'"]


STATE = r"""
import json, logging, os, signal, sys, warnings
def state():
    handlers = {number: repr(signal.getsignal(number)) for number in signal.valid_signals()}
    logs = {name: (one.level, len(one.handlers)) for name, one in logging.root.manager.loggerDict.items()
            if isinstance(one, logging.Logger)}
    return {"environ": dict(os.environ), "filters": [repr(one) for one in warnings.filters], "cwd": os.getcwd(),
            "signals": handlers, "root": (logging.root.level, len(logging.root.handlers), logging.raiseExceptions),
            "logs": logs, "excepthook": repr(sys.excepthook), "path": list(sys.path), "argv": list(sys.argv),
            "files": sorted(os.listdir("."))}
def mib():
    import psutil
    return psutil.Process().memory_info().rss / 2**20
state(), mib()
before, mib_before = state(), mib()
"""
COMPARISON = r"""
after, grown = state(), mib() - mib_before
new = {name for name in after["logs"] if name not in before["logs"]}
after["logs"] = {name: one for name, one in after["logs"].items() if name not in new}
loaded = [name for name in ("tensorflow", "keras", "tf_keras", "numpy") if name in sys.modules]
print(json.dumps([[name for name in before if before[name] != after[name]], loaded, grown]))
"""


def test_the_kernel_is_as_it_was(patient: Patient, tmp_path: Path) -> None:
    check = 'import kdoctor\nkdoctor.check(only=("rnn-batch-input-shape",), fresh=True)'
    notebook = write(tmp_path / "state.ipynb", STATE, check, COMPARISON)
    _, checked, compared = execute(patient.python, notebook, patient.variables)
    card_of(checked)
    changed, loaded, grown = json.loads(printed(compared))
    assert changed == []
    assert loaded == []
    assert grown < MEMORY_MIB, f"{grown:.1f} MiB"


CHECK = "import kdoctor\nkdoctor.check(canaries=False)"
TRUTH = r"""
import json, sys
def where(layer):
    package = layer.__module__.split(".")[0]
    return {"keras": "Keras", "tf_keras": "tf-keras"}[package] + " " + sys.modules[package].__version__
import tensorflow
by_attribute = where(tensorflow.keras.layers.Dense)
from tensorflow.keras.layers import Dense  # an import statement may bind the attribute anew
print(json.dumps([by_attribute, where(Dense)]))
"""
SITUATIONS = {
    "imported": ("import tensorflow as tf", False, "splits"),
    "used": ("import tensorflow as tf\ntf.keras.layers.Dense", True, "none"),
    "split": (
        "import os, tensorflow as tf\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\ntf.keras.layers.Dense",
        True,
        "none",
    ),
    "set in between": ("import os, tensorflow as tf\nos.environ['TF_USE_LEGACY_KERAS'] = '1'", False, "splits"),
    "switched": ("import kdoctor; kdoctor.use_legacy_keras()\nimport tensorflow as tf\ntf.keras.layers", True, "none"),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_is_said_of_the_kernel_is_true(situation: str, patient: Patient, tmp_path: Path) -> None:
    if not patient.legacy and situation not in ("imported", "used"):
        pytest.skip("tf-keras is not installed there")
    code, touched, effect = SITUATIONS[situation]
    notebook = write(tmp_path / "kernel.ipynb", code, CHECK, TRUTH)
    _, checked, told = execute(patient.python, notebook, patient.variables)
    html, text, document = card_of(checked)
    kernel = document["kernel"]
    names = json.loads(printed(told))
    assert [kernel["tf_keras"], kernel["tensorflow_keras"]] == names
    assert (kernel["touched"], kernel["effect"]) == (touched, effect)
    assert ("is split" in html) == ("is split" in text) == (names[0] != names[1])
    assert kernel["set_by"] == ("In [1]" if "LEGACY" in code or "legacy" in code else "")
    assert "estart the kernel" in html


SEEDS = {
    "rnn-batch-input-shape": "a stateful RNN with batch_input_shape",
    "mask-seq2seq": "the translation model whose accuracy counts padding",
    "ctc-batch-cost-keras": "the handwriting model that calls keras.backend.ctc_batch_cost",
    "symbolic-tf-one-hot": "tf.one_hot on a KerasTensor",
    "hub-keras-layer": "a TensorFlow Hub layer in a Sequential model",
    "savedmodel-tfsm-multi-input": "a SavedModel with two inputs loaded through TFSMLayer",
}


@pytest.mark.parametrize("slug", SEEDS)
def test_a_seed_of_trouble(slug: str, migrated: Patient, tmp_path: Path) -> None:
    path = tmp_path / "seed.ipynb"
    check = f"import kdoctor\nkdoctor.check(only={tuple(SEEDS)!r}, notebook={str(path)!r})"
    code = rules.example(slug, "before")
    imports, _, rest = code.partition("\n\n")
    notebook = write(path, check, imports, rest)
    outputs = execute(migrated.python, notebook, migrated.variables)
    html, _, document = card_of(outputs[0])
    [environment] = document["environments"]
    [finding] = [one for one in environment["findings"] if one["slug"] == slug]
    assert finding["relevance"] == "used"
    assert {location["cell"] for location in finding["locations"]} <= {3, 4}
    used, _, others = html.partition("</section>")
    assert finding["title"].replace("'", "&#x27;") in used
    assert "cell 4, line " in used or "cell 3, line " in used
    assert "that this code does not use" in others
    own = bool(re.search('class="kd-copy"><pre|class="kd-good"', used))
    assert own or LEGACY_LINE in html, "a remedy can be pasted, its own or the one for several"
    assert document["status"] == "findings" or finding["severity"] == "warning"


INTERRUPT = r"""
import json, sys, time
import psutil
from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="python3")
try:
    kernel = psutil.Process(manager.provisioner.pid)
    request = client.execute('import kdoctor; kdoctor.check(only=("rnn",), fresh=True)')
    deadline = time.time() + 120
    while time.time() < deadline:
        workers = [one for one in kernel.children(recursive=True) if any("worker.py" in part for part in one.cmdline())]
        if workers:
            break
        time.sleep(0.2)
    time.sleep(2)
    workers = kernel.children(recursive=True)
    manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=60)
    while reply["parent_header"].get("msg_id") != request:
        reply = client.get_shell_msg(timeout=60)
    time.sleep(1)
    left = [one.pid for one in workers if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    again = client.execute("1 + 1", reply=True, timeout=60)
    print(json.dumps([len(workers), reply["content"].get("ename"), left, again["content"]["status"]]))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
"""


def test_interrupting_the_cell_ends_the_children(migrated: Patient, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(migrated.python), "-c", INTERRUPT],
        env={"PATH": os.environ["PATH"], **migrated.variables},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    workers, name, left, again = json.loads(done.stdout.strip().splitlines()[-1])
    assert workers >= 1
    assert name == "KeyboardInterrupt"
    assert left == []
    assert again == "ok"


def test_threads_awaiting_cells_and_the_magic(migrated: Patient, tmp_path: Path) -> None:
    notebook = write(
        tmp_path / "ways.ipynb",
        "import asyncio, kdoctor\nreport = await asyncio.to_thread(kdoctor.check, canaries=False)",
        "await asyncio.sleep(0)\nkdoctor.check(canaries=False)",
        "report",
        "report = kdoctor.check(canaries=False, show=False)",
        "%load_ext kdoctor\n%kdoctor --no-canaries",
        "%kdoctor rules --format plain",
        'kdoctor.check(canaries=False, require="rnn-batch-input-shape", fail_on="error")',
    )
    thread, awaiting, value, hidden, magic, listing, unfit = execute(migrated.python, notebook, migrated.variables)
    for outputs in (thread, awaiting, value, magic):
        assert f"tf.keras is {migrated.keras}" in card_of(outputs)[0]
    assert hidden == []
    assert "rnn-batch-input-shape" in printed(listing)
    assert card_of([one for one in unfit if one["output_type"] != "error"])
    [error] = errors(unfit)
    assert error.startswith("UnfitEnvironment: ")
    assert "rnn-batch-input-shape on tf.keras is raises" in error
    [raised] = [one for one in unfit if one["output_type"] == "error"]
    assert len(raised["traceback"]) == 1, "the way through kdoctor tells nobody anything"
