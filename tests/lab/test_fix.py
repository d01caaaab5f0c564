"""The steps of a plan, carried out as they are printed on a copy of each environment, remove what they claim.

A pair is a step and a finding that it is said to fix. ``KDOCTOR_PAIRS`` names a file to which each is written.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from kdoctor import canaries, records
from kdoctor.environment import examine
from kdoctor.environment.installers import Place, spell
from kdoctor.environment.model import Environment
from kdoctor.environment.steps import Remedy, TextStep, VariableStep
from kdoctor.observe.model import Observation
from kdoctor.remedies.plan import Way, smallest
from kdoctor.remedies.prove import compared, throwaway
from kdoctor.report import Examination
from kdoctor.run import Choices, run
from kdoctor.words import Outcome, Relevance
from tests.lab.environments import RECORDED, Builder, LabEnvironment, NoInterpreter, variables_for

pytestmark = [pytest.mark.lab, pytest.mark.timeout(3600)]
SHARE = 0.95


def on_record(environment: Environment) -> tuple[Observation, ...]:
    """What every check does here, as it is recorded of these very releases."""
    found = []
    for canary in canaries.catalogue():
        for stack in environment.stacks:
            record = records.lookup(canary.slug, stack, environment)
            outcome = record.outcome if record else Outcome.NOT_RUN
            found.append(Observation(canary.slug, stack.id, outcome))
    return tuple(found)


def planned(python: str, variables: Mapping[str, str]) -> tuple[Examination, list[Way]]:
    """What is known of an environment as if all of it mattered, and the steps that change it."""
    examination = run([python], Choices(canaries=False, cache=False, environ=variables)).environments[0]
    findings = tuple(replace(one, relevance=Relevance.REQUIRED) for one in examination.findings)
    known = replace(examination, findings=findings, canaries=on_record(examination.environment))
    steps = smallest(known)
    return known, [way for way in (*steps.taken, *steps.instead) if is_of_the_environment(way.remedy)]


def is_of_the_environment(remedy: Remedy) -> bool:
    """Whether nothing but the environment has to change."""
    sets = any(isinstance(step, VariableStep) for step in remedy.steps)
    return sets or (remedy.installs and not any(isinstance(step, TextStep) for step in remedy.steps))


def carried_out(way: Way, python: str, variables: Mapping[str, str]) -> Mapping[str, str]:
    """The variables after a shell ran the printed lines."""
    parts = spell(way.remedy.steps, examine(python, environ=variables), Place.BASH)
    show = f"{sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"
    script = "\n".join(("set -e", *(part.text for part in parts if part.is_code), show))
    done = subprocess.run(["bash", "-c", script], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{script}\n{done.stderr[-2000:]}"
    after: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return after


@pytest.mark.parametrize("wanted", [pytest.param(each, id=each.id) for each in RECORDED])
def test_the_plan_as_printed_removes_what_it_claims(wanted: LabEnvironment, builder: Builder, tmp_path: Path) -> None:
    try:
        python = str(builder.python(wanted))
    except NoInterpreter as reason:
        pytest.skip(str(reason))
    home = {"HOME": str(tmp_path), "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", os.path.expanduser("~/.cache/uv"))}
    variables = {**variables_for(wanted), **home}
    before, ways = planned(python, variables)
    chosen = os.environ.get("KDOCTOR_STEPS", "")
    pairs, failed, worse = 0, [], []
    for way in ways:
        if not way.remedy.id.startswith(chosen):
            continue
        with throwaway(before.environment, (), variables, print) as copy:
            now = carried_out(way, copy, variables)
            after = run([copy], Choices(cache=False, environ=now)).environments[0]
        ran = {row.slug for row in after.canaries}
        claimed = [one for one in way.fixes if one.slug in ran or not one.stacks]
        proof = compared(claimed, before, after)
        pairs += len(claimed)
        failed += [f"{way.remedy.id}: {slug}" for slug in (*proof.left, *proof.unknown)]
        worse += [f"{way.remedy.id}: {slug}" for slug in proof.worse if slug not in way.breaks]
        step = {"environment": wanted.id, "step": way.remedy.id, "claimed": len(claimed), "breaks": way.breaks}
        if os.environ.get("KDOCTOR_PAIRS"):
            with open(os.environ["KDOCTOR_PAIRS"], "a", encoding="utf-8") as file:
                file.write(json.dumps({**step, **vars(proof)}) + "\n")
    assert not worse
    assert len(failed) <= (1 - SHARE) * pairs, f"{len(failed)} of {pairs}: {failed}"
