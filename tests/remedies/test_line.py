"""A line of a traceback is rewritten by the edits of its rule."""

from __future__ import annotations

import pytest

from kdoctor import rules
from kdoctor.remedies.edits import fix_of
from kdoctor.rules.rule import Rule


@pytest.mark.parametrize(
    ("code", "line", "message", "after"),
    [
        ("KD805", "history = model.fit_generator(flow, epochs=3)", "", "history = model.fit(flow, epochs=3)"),
        ("KD802", "best = RMSprop(lr=rate)", "", "best = RMSprop(learning_rate=rate)"),
        (
            "KD806",
            "aug = tf.keras.layers.experimental.preprocessing.RandomFlip()",
            "module 'keras._tf_keras.keras.layers' has no attribute 'experimental'",
            "aug = tf.keras.layers.RandomFlip()",
        ),
        ("KD201", "return K.ctc_batch_cost(y, p, a, b)", "", "return tf.keras.backend.ctc_batch_cost(y, p, a, b)"),
    ],
)
def test_a_line_that_a_rule_can_rewrite(code: str, line: str, message: str, after: str) -> None:
    rule = rules.find(code)
    assert isinstance(rule, Rule)
    fix = fix_of(rule, line, message)
    assert fix
    assert fix.diff == (f"- {line}", f"+ {after}")


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("KD805", "train(model, flow)"),
        ("KD802", "with strategy.scope():"),
        ("KD802", "best = RMSprop(rate"),
        ("KD805", ""),
    ],
)
def test_a_line_that_says_too_little_stays(code: str, line: str) -> None:
    rule = rules.find(code)
    assert isinstance(rule, Rule)
    assert fix_of(rule, line) is None
