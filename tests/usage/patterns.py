"""What code looks like that no rule speaks of, so that the corpus tries every kind of pattern."""

from __future__ import annotations

from kdoctor.rules import all_rules
from kdoctor.usage.index import RulePatterns
from kdoctor.usage.patterns import (
    Argument,
    Call,
    Environ,
    Method,
    Name,
    Pattern,
)

RECURRENT = "keras.layers.{RNN,LSTM,GRU,SimpleRNN,ConvLSTM1D,ConvLSTM2D,ConvLSTM3D}"

PATTERNS: dict[str, tuple[Pattern, ...]] = {
    "rnn-stateful-carry": (Call(RECURRENT, keyword="stateful", value=True),),
    "rnn-stateful-bidirectional": (
        Call(
            "keras.layers.Bidirectional",
            where=(Argument(position=0, keyword="layer", made_by=Call(RECURRENT, keyword="stateful", value=True)),),
        ),
    ),
    "ragged-text-vectorization": (Call("keras.layers.TextVectorization", keyword="ragged", value=True),),
    "ctc-batch-cost": (Name("tf.keras.backend.ctc_batch_cost"),),
    "savedmodel-tfsm-single": (Call("keras.layers.TFSMLayer"),),
    "legacy-variable-without-effect": (Environ(when="without-effect", values=("1", "true", "True")),),
    "dynamic-layer": (
        Call("keras.{Model,layers.*}", keyword="dynamic", value=True),
        Method("{layer,model}", "__init__", keyword="dynamic", value=True),
    ),
}


def rules() -> tuple[RulePatterns, ...]:
    """The rules that say what code they concern, and for the other slugs the patterns above."""
    found = [RulePatterns(rule.code, rule.slug, rule.uses) for rule in all_rules() if rule.uses]
    known = {rule.slug for rule in found}
    for number, (slug, uses) in enumerate(PATTERNS.items()):
        if slug not in known:
            found.append(RulePatterns(f"KDX{number:02d}", slug, uses))
    return tuple(found)
