"""Small pieces of vocabulary for tests, with defaults for what a test is not about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kdoctor.environment.model import Distribution, Environment, Interpreter, Stack
from kdoctor.observe.model import Observation
from kdoctor.rules.rule import Rule
from kdoctor.words import Implementation, Outcome, StackId


def interpreter(**changes: Any) -> Interpreter:
    plain = Interpreter(
        executable="/envs/one/bin/python",
        version="3.11.7",
        implementation="CPython",
        system="Linux",
        machine="x86_64",
        prefix="/envs/one",
        base_prefix="/usr",
        manager="pip",
        venv=True,
    )
    return replace(plain, **changes)


def environment(tensorflow: str = "2.19.0", name: str = "tensorflow", **changes: Any) -> Environment:
    """TensorFlow with the Keras 3 and the tf-keras that match it."""
    distributions = [Distribution("keras", "3.10.0", "/site"), Distribution("tf-keras", "2.19.0", "/site")]
    if tensorflow:
        distributions.append(Distribution(name, tensorflow, "/site"))
    plain = Environment(
        interpreter=interpreter(),
        distributions=tuple(distributions),
        stacks=(keras_3(), legacy(), keras_3(StackId.KERAS)),
    )
    return replace(plain, **changes)


def keras_3(identifier: StackId = StackId.TF_KERAS, **changes: Any) -> Stack:
    plain = Stack(identifier, True, implementation=Implementation.KERAS_3, version="3.10.0", tensorflow="2.19.0")
    return replace(plain, **changes)


def legacy(**changes: Any) -> Stack:
    plain = Stack(StackId.LEGACY, True, implementation=Implementation.TF_KERAS, version="2.19.0", tensorflow="2.19.0")
    return replace(plain, **changes)


def rule(slug: str = "rnn-model-reset-states", code: str = "KD101", **changes: Any) -> Rule:
    plain = Rule(code=code, slug=slug, area=slug.split("-")[0], title=f"The title of {slug}", explanation="Why.")
    return replace(plain, **changes)


def observation(
    slug: str = "rnn-model-reset-states",
    outcome: Outcome = Outcome.RAISES,
    stack: StackId = StackId.TF_KERAS,
    message: str = "AttributeError: 'Sequential' object has no attribute 'reset_states'",
) -> Observation:
    return Observation(slug, stack, outcome, message)
