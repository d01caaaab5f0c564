"""What code looks like that no rule speaks of, so that the corpus tries every kind of pattern."""

from __future__ import annotations

from kdoctor.code.match import RulePatterns
from kdoctor.rules import all_rules
from kdoctor.rules.patterns import (
    Argument,
    Call,
    Method,
    Name,
    Pattern,
    Site,
)

RECURRENT = "keras.layers.{RNN,LSTM,GRU,SimpleRNN,ConvLSTM1D,ConvLSTM2D,ConvLSTM3D}"


def _wraps_stateful(site: Site) -> bool:
    made_with = site.arguments.value("layer", 0).arguments
    return made_with is not None and made_with.value("stateful").constant is True


PATTERNS: dict[str, tuple[Pattern, ...]] = {
    "rnn-stateful-carry": (Call(RECURRENT, (Argument("stateful", value=True),)),),
    "rnn-stateful-bidirectional": (
        Call("keras.layers.Bidirectional", (Argument("layer", position=0),), when=_wraps_stateful),
    ),
    "ragged-text-vectorization": (Call("keras.layers.TextVectorization", (Argument("ragged", value=True),)),),
    "ctc-batch-cost": (Name("tf.keras.backend.ctc_batch_cost"),),
    "savedmodel-tfsm-single": (Call("keras.layers.TFSMLayer"),),
    "legacy-variable-without-effect": (Call("os.putenv", (Argument(position=1, value=("1", "true", "True")),)),),
    "dynamic-layer": (
        Call("keras.{Model,layers.*}", (Argument("dynamic", value=True),)),
        Method("{layer,model}", "__init__", (Argument("dynamic", value=True),)),
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
