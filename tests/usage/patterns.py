"""What the code of each breakage looks like, for the rules that do not say it themselves."""

from __future__ import annotations

from kdoctor.usage.index import RulePatterns
from kdoctor.usage.patterns import (
    Applied,
    Argument,
    Attribute,
    Call,
    Defines,
    Environ,
    HistoryKey,
    Method,
    Name,
    Pattern,
    TensorFlowOnSymbolic,
    Together,
)

RECURRENT = "keras.layers.{RNN,LSTM,GRU,SimpleRNN,ConvLSTM1D,ConvLSTM2D,ConvLSTM3D}"
MODEL_FILE = (".keras", ".h5", ".hdf5")
TRUE = ("1", "true", "True")

PATTERNS: dict[str, tuple[Pattern, ...]] = {
    "rnn-stateful-carry": (Call(RECURRENT, keyword="stateful", value=True),),
    "rnn-batch-input-shape": (Call("keras.layers.*", keyword="batch_input_shape"),),
    "rnn-model-reset-states": (Method("model", "reset_states"),),
    "rnn-reset-states-values": (
        Method("layer", "reset_states", positional=1),
        Method("layer", "reset_states", keyword="states"),
    ),
    "rnn-stateful-bidirectional": (
        Call(
            "keras.layers.Bidirectional",
            where=(Argument(position=0, keyword="layer", made_by=Call(RECURRENT, keyword="stateful", value=True)),),
        ),
    ),
    "ragged-input": (
        Call("keras.Input", keyword="ragged", value=True),
        Call("keras.layers.InputLayer", keyword="ragged", value=True),
    ),
    "ragged-fit": (
        Applied(RECURRENT, to="ragged"),
        Applied("keras.layers.Bidirectional", to="ragged"),
        Method(
            "model",
            "{fit,predict,evaluate,train_on_batch,predict_on_batch}",
            where=(Argument(position=0, keyword="x", is_a="ragged"),),
        ),
    ),
    "ragged-text-vectorization": (Call("keras.layers.TextVectorization", keyword="ragged", value=True),),
    "ragged-dense": (Applied("keras.layers.Dense", to="ragged"),),
    "ragged-pooling": (Applied("keras.layers.Global{Max,Average}Pooling1D", to="ragged"),),
    "ctc-batch-cost": (Name("tf.keras.backend.ctc_batch_cost"),),
    "ctc-batch-cost-keras": (Name("keras.backend.ctc_batch_cost", stacks=("keras",)),),
    "ctc-loss": (Call("keras.losses.CTC"),),
    "ctc-decode-greedy": (Name("keras.backend.ctc_decode", stacks=("keras",)),),
    "ctc-training-layer": (Call("keras.backend.ctc_batch_cost", inside="layer"),),
    "mask-metric": (Method("model", "compile", keyword="metrics", having="masked"),),
    "mask-rnn-initial-state": (
        Applied(
            "keras.layers.{RNN,LSTM,GRU,SimpleRNN}",
            to="masked",
            keyword="initial_state",
            where=(Argument(keyword="mask", absent=True),),
        ),
    ),
    "symbolic-tf-one-hot": (TensorFlowOnSymbolic("tf.one_hot"),),
    "symbolic-tf-math": (TensorFlowOnSymbolic("tf", but=("tf.one_hot",)),),
    "symbolic-add-loss": (Method("model", "add_loss", where=(Argument(position=0, is_a="tensor"),)),),
    "savedmodel-load-model": (
        Call(
            "keras.models.load_model",
            where=(Argument(position=0, keyword="filepath", without_suffix=MODEL_FILE),),
        ),
    ),
    "savedmodel-tfsm-single": (Call("keras.layers.TFSMLayer"),),
    "savedmodel-tfsm-multi-input": (Applied("keras.layers.TFSMLayer", to="several"),),
    "saving-h5-mse": (
        Call(
            "keras.models.load_model",
            where=(
                Argument(position=0, keyword="filepath", with_suffix=(".h5", ".hdf5")),
                Argument(keyword="compile", position=2, absent=True),
                Argument(keyword="custom_objects", position=1, absent=True),
            ),
        ),
    ),
    "saving-no-extension": (
        Method("model", "save", where=(Argument(position=0, keyword="filepath", without_suffix=MODEL_FILE),)),
        Method("model", "save", keyword="save_format"),
        Call(
            "keras.models.save_model",
            where=(Argument(position=1, keyword="filepath", without_suffix=MODEL_FILE),),
        ),
        Call(
            "keras.callbacks.ModelCheckpoint",
            where=(
                Argument(position=0, keyword="filepath", without_suffix=MODEL_FILE),
                Argument(keyword="save_weights_only", absent=True),
            ),
        ),
    ),
    "saving-weights-h5": (
        Method(
            "model", "save_weights", where=(Argument(position=0, keyword="filepath", without_suffix=(".weights.h5",)),)
        ),
        Call(
            "keras.callbacks.ModelCheckpoint",
            where=(
                Argument(keyword="save_weights_only", value=True),
                Argument(position=0, keyword="filepath", without_suffix=(".weights.h5",)),
            ),
        ),
    ),
    "saving-weights-checkpoint": (
        Method(
            "model",
            "load_weights",
            where=(Argument(position=0, keyword="filepath", without_suffix=(".h5", ".hdf5", ".keras")),),
        ),
    ),
    "saving-lambda": (
        Together(
            Call("keras.layers.Lambda", where=(Argument(position=0, keyword="function", is_a="lambda"),)),
            Call("keras.models.load_model"),
        ),
    ),
    "hub-keras-layer": (Call("tensorflow_hub.KerasLayer"),),
    "api-optimizers-legacy": (Name("keras.optimizers.legacy"),),
    "api-optimizer-lr": (
        Call("keras.optimizers.*", keyword="lr"),
        Call("keras.optimizers.legacy.*", keyword="lr"),
        Attribute("optimizer", "lr"),
    ),
    "api-optimizer-decay": (Call("keras.optimizers.*", keyword="decay"),),
    "api-add-weight-positional": (
        Method("{layer,metric,model}", "add_weight", where=(Argument(position=0, is_a="string"),)),
    ),
    "api-fit-generator": (Method("model", "{fit_generator,predict_generator,evaluate_generator}", distinctive=True),),
    "api-experimental-preprocessing": (Name("keras.layers.experimental.preprocessing"),),
    "api-layer-output-shape": (
        Attribute("layer", "{output_shape,input_shape,get_output_at,get_input_at,inbound_nodes,outbound_nodes}"),
    ),
    "api-losses-functions": (
        Name("tf.keras.{losses,metrics}.{mean_squared_error,mean_absolute_error,kullback_leibler_divergence}"),
        Name("keras.losses.{mse,MSE,mae,MAE,kld,KLD}", stacks=("keras",)),
    ),
    "api-learning-phase": (Name("keras.backend.{learning_phase,set_learning_phase,in_train_phase,function}"),),
    "api-estimator": (Name("tf.estimator"),),
    "api-scikit-wrapper": (Name("keras.wrappers.scikit_learn"),),
    "api-preprocessing-text": (Name("keras.preprocessing.text", stacks=("keras",)),),
    "api-preprocessing-image": (Name("keras.preprocessing.image.ImageDataGenerator", stacks=("keras",)),),
    "legacy-variable-set-after-import": (Environ(when="after-import", values=TRUE),),
    "legacy-variable-set-too-late": (Environ(when="after-use", values=TRUE),),
    "legacy-variable-without-effect": (Environ(when="without-effect", values=TRUE),),
    "opt-learning-rate-set-value": (
        Call("keras.backend.{get_value,set_value}", where=(Argument(position=0, is_a="learning-rate"),)),
    ),
    "opt-custom-subclass": (
        Defines("optimizer", "{_resource_apply_dense,_resource_apply_sparse,_create_slots,get_updates}"),
        Defines("optimizer", "update_step", parameters=2),
        Method("optimizer", "__init__", where=(Argument(position=0, variable="name"),)),
    ),
    "add-metric": (Method("{layer,model}", "add_metric", distinctive=True),),
    "multi-output-metrics": (
        Method("model", "compile", having="several-outputs", where=(Argument(keyword="metrics", is_a="flat"),)),
    ),
    "fit-workers-arg": (
        Method("model", "{fit,evaluate,predict}", keyword="workers"),
        Method("model", "{fit,evaluate,predict}", keyword="use_multiprocessing"),
    ),
    "metric-reset-states": (Method("metric", "reset_states"),),
    "metrics-names": (Attribute("model", "metrics_names"),),
    "kl-metric-name": (HistoryKey("kullback_leibler_divergence"),),
    "kerastensor-shape-as-list": (Method("tensor-shape", "as_list"),),
    "tf-variable-untracked": (Call("tf.Variable", inside="layer"),),
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
    "l1l2-default": (
        Call(
            "keras.regularizers.{l1_l2,L1L2}",
            where=(Argument(position=0, keyword="l1", absent=True), Argument(position=1, keyword="l2", absent=True)),
        ),
    ),
}


def rules() -> tuple[RulePatterns, ...]:
    """The patterns above as rules, with codes of no meaning."""
    return tuple(RulePatterns(f"KDX{number:02d}", slug, uses) for number, (slug, uses) in enumerate(PATTERNS.items()))
