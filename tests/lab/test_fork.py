"""A stack that was opened in a process forked from another is the one that a process of its own opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kdoctor.canaries import Canary
from kdoctor.observe.model import Request
from kdoctor.observe.run import FORCED, observe
from kdoctor.words import Outcome, StackId
from tests.lab.conftest import Patient

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

# The modules that are loaded, and what stands behind each name of the first two levels of tf.keras.
WHAT = """
import json, os, sys, types

def what_is_here(lab):
    names = {}
    for name in dir(lab.keras):
        value = getattr(lab.keras, name, None)
        for inner in ["", *(dir(value) if isinstance(value, types.ModuleType) else ())]:
            one = getattr(value, inner, None) if inner else value
            names[name + "." + inner] = "%s %s" % (getattr(one, "__module__", ""), getattr(one, "__name__", type(one)))
    modules = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    variables = {name: os.environ[name] for name in os.environ if name.startswith(("TF", "KERAS"))}
    variables.pop("KERAS_HOME")
    lab.seen.append(json.dumps([modules, names, variables, sys.path, os.environ.get("TF_USE_LEGACY_KERAS")]))
"""


def test_a_forked_stack_is_that_of_a_process_of_its_own(patient: Patient, tmp_path: Path) -> None:
    environment = patient.environment
    stacks = [one for one in environment.stacks if one.available and one.tensorflow and not one.same_as]
    forked = [one.id for one in stacks if one.id in FORCED]
    if not forked or StackId.TF_KERAS not in {one.id for one in stacks}:
        pytest.skip("one implementation alone")
    path = tmp_path / "what.py"
    path.write_text(WHAT)
    canary = Canary("what-is-here", "what", "what is here", per_namespace=True, path=str(path))

    def seen(*chosen: StackId) -> dict[StackId, Any]:
        request = Request(environment, [canary], 60, patient.variables, stacks=chosen)
        rows = [row for row in observe(request).rows if row.outcome is not Outcome.NOT_RUN]
        return {row.stack: json.loads(row.message) for row in rows}

    together = seen()
    for stack in (StackId.TF_KERAS, *forked):
        alone = seen(stack)[stack]
        for here, there in zip(together[stack], alone):
            assert here == there
