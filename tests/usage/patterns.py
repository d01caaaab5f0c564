"""What code looks like that no rule speaks of, so that the corpus tries every kind of pattern."""

from __future__ import annotations

from kdoctor.rules import all_rules
from kdoctor.usage.index import RulePatterns
from kdoctor.usage.patterns import (
    Argument,
    Attribute,
    Call,
    Defines,
    Environ,
    HistoryKey,
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
    "opt-learning-rate-set-value": (
        Call("keras.backend.{get_value,set_value}", where=(Argument(position=0, is_a="learning-rate"),)),
    ),
    "opt-custom-subclass": (
        Defines("optimizer", "{_resource_apply_dense,_resource_apply_sparse,_create_slots,get_updates}"),
        Defines("optimizer", "update_step", parameters=2),
        Method("optimizer", "__init__", where=(Argument(position=0, variable="name"),)),
    ),
    "add-metric": (Method("{layer,model}", "add_metric", distinctive=True),),
    "fit-workers-arg": (
        Method("model", "{fit,evaluate,predict}", keyword="workers"),
        Method("model", "{fit,evaluate,predict}", keyword="use_multiprocessing"),
    ),
    "metric-reset-states": (Method("metric", "reset_states"),),
    "kerastensor-shape-as-list": (Method("tensor-shape", "as_list"),),
    "dynamic-layer": (
        Call("keras.{Model,layers.*}", keyword="dynamic", value=True),
        Method("{layer,model}", "__init__", keyword="dynamic", value=True),
    ),
    "keras-backend-functions": (
        Name("keras.backend.{sum,mean,square,sqrt,exp,log,dot,cast,concatenate,max,argmax}", stacks=("keras",)),
    ),
    "K-on-symbolic": (Call("tf.keras.backend.*", where=(Argument(position=0, is_a="tensor"),)),),
    "np-utils": (Name("keras.utils.np_utils"),),
    "modelcheckpoint-period": (Call("keras.callbacks.ModelCheckpoint", keyword="period"),),
    "layers-tf-variable": (Call("tf.Variable", inside="layer"),),
    "training-metrics-names": (Attribute("model", "metrics_names"),),
    "training-kl-metric-name": (HistoryKey("kullback_leibler_divergence"),),
    "training-l1-l2-default": (
        Call(
            "keras.regularizers.{l1_l2,L1L2}",
            where=(Argument(position=0, keyword="l1", absent=True), Argument(position=1, keyword="l2", absent=True)),
        ),
    ),
    "training-multi-output-metrics": (
        Method("model", "compile", having="several-outputs", where=(Argument(keyword="metrics", is_a="flat"),)),
    ),
    "training-optimizer-lr-assign": (Attribute("optimizer", "lr", written=True),),
    "training-lion-default": (
        Call("keras.optimizers.Lion", where=(Argument(position=0, keyword="learning_rate", absent=True),)),
    ),
    "training-ema-default": (
        Call(
            "keras.optimizers.RMSprop",
            keyword="use_ema",
            value=True,
            where=(Argument(keyword="ema_overwrite_frequency", absent=True),),
        ),
    ),
    "training-ema-average": (
        Call("keras.optimizers.*", keyword="use_ema", value=True, where=(Argument(keyword="ema_overwrite_frequency"),)),
    ),
    "training-conv-lstm-gates": (
        Call(
            "keras.layers.{ConvLSTM1D,ConvLSTM2D,ConvLSTM3D}",
            where=(Argument(keyword="recurrent_activation", absent=True),),
        ),
    ),
    "training-hard-sigmoid": (
        Name("keras.activations.hard_sigmoid"),
        Call("keras.layers.*", keyword="activation", value="hard_sigmoid"),
        Call("keras.layers.*", keyword="recurrent_activation", value="hard_sigmoid"),
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
