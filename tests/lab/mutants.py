"""Faults that are planted in Keras, each of which a canary has to notice.

A mutant is the name of something in Keras (``layers.Dense.call``), or in TensorFlow (``tf.TensorShape.as_list``), that
gives other numbers from then on: what it returns, or what a property is, is shifted by a half, text gets a letter more,
a truth is turned round, and a model's weights are shifted.
Behind a colon may stand another fault: ``skip`` (it does nothing), ``before`` (the weights are shifted before it runs),
``reversed`` (its list comes the other way round), ``-mask`` (an argument is dropped), ``name='x'`` (one is given). It
is planted in the process of one canary, in front of it; the canary itself stays as it is.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path

from kdoctor.canaries import Canary

RECURRENT = ("layers.SimpleRNN.call", "layers.GRU.call", "layers.LSTM.call")
LOADING = ("models.load_model", "Model.load_weights")
STEP = ("Model.train_on_batch", "Model.test_on_batch")
CALL = ("layers.Layer.__call__",)
EVERYTHING = (*CALL, *STEP, "Model.fit", "Model.predict", "Model.get_weights")
BLIND = ("layers.GRU.call:-mask", "layers.LSTM.call:-mask", "layers.SimpleRNN.call:-mask")
OF_AREA: dict[str, tuple[str, ...]] = {
    "rnn": RECURRENT,
    "ragged": ("layers.Dense.call", "layers.GlobalAveragePooling1D.call", "layers.TextVectorization.call"),
    "ctc": ("backend.ctc_batch_cost", "losses.CTC.call", "backend.ctc_decode", "ops.ctc_decode"),
    "masking": ("layers.Masking.compute_mask", "layers.Embedding.compute_mask"),
    "symbolic": CALL,
    "savedmodel": ("models.load_model", "layers.TFSMLayer.call"),
    "saving": LOADING,
    "modelfile": ("models.load_model",),
    "hub": ("Sequential.call",),
    "api": EVERYTHING,
    "layers": CALL,
    "training": (*STEP, "Model.fit"),
}
"""For the canaries that are not named below."""
OF_CANARY: dict[str, tuple[str, ...]] = {
    "ragged-fit": ("Model.fit", "Model.predict", "layers.GRU.call"),
    "mask-rnn-padding": BLIND,
    "mask-rnn-initial-state": BLIND,
    "saving-no-extension": ("Model.save:before",),
    "saving-save-format": ("Model.save:before",),
    "saving-tf-checkpoint": CALL,
    "saving-unbuilt-weights": ("Model.load_weights:skip",),
    "saving-checkpoint-period": ("callbacks.ModelCheckpoint.on_epoch_end:skip",),
    "saving-json-keras2": CALL,
    "saving-saved-model-call": ("layers.Dense.call",),
    "saving-loss-delta": ("losses.Huber.call",),
    "modelfile-function-name": ("layers.Attention.call",),
    "modelfile-operation": ("Model.__call__",),
    "saving-h5-axis": ("layers.Softmax.call",),
    "api-optimizers-legacy": ("optimizers.legacy.SGD.apply_gradients:skip",),
    "api-optimizer-lr-attribute": ("optimizers.SGD.lr", "optimizers.SGD.learning_rate"),
    "api-optimizer-minimize": ("optimizers.SGD.minimize:skip",),
    "api-optimizer-subclass": ("optimizers.Optimizer.apply_gradients:skip",),
    "api-estimator": ("tf.estimator.Estimator.get_variable_value",),
    "api-add-metric": ("metrics.Mean.result",),
    "api-add-update": ("layers.Layer.add_update",),
    "api-shape-as-list": ("tf.TensorShape.as_list:reversed",),
    "api-saving-module": ("saving.get_registered_name",),
    "api-get-file-path": ("utils.get_file",),
    "api-compat-v1-layers": ("tf.compat.v1.layers.dense",),
    "api-fit-workers": ("Model.get_weights",),
    "api-layer-output-shape": ("layers.Layer.output_shape",),
    "api-sample-weight-mode": ("Model.train_on_batch",),
    "api-variable-ref": ("initializers.Constant.__call__",),
    "api-scikit-wrapper": ("Sequential.predict",),
    "api-np-utils": ("utils.np_utils.to_categorical",),
    "training-optimizer-reuse": ("Model.get_weights",),
    "api-losses-functions": ("losses.mean_squared_error", "losses.mse", "losses.mean_absolute_error"),
    "api-preprocessing-text": ("preprocessing.text.Tokenizer.texts_to_sequences",),
    "api-backend-functions": ("backend.sum", "backend.mean"),
    "api-backend-symbolic": ("backend.mean:axis=0",),
    "api-backend-set-value": ("backend.set_value:skip",),
    "api-learning-phase": ("backend.set_learning_phase:skip",),
    "api-loss-reduction-auto": ("losses.MeanSquaredError.__call__",),
    "api-metric-reset-states": ("metrics.Mean.reset_states:skip", "metrics.Mean.reset_state:skip"),
    "layers-to-categorical": ("utils.to_categorical",),
    "layers-text-vectorization": ("layers.TextVectorization.call",),
    "layers-leaky-relu-alpha": ("layers.LeakyReLU.call",),
    "layers-gru-numbers": ("layers.GRU.call",),
    "layers-lstm-numbers": ("layers.LSTM.call",),
    "layers-attention-numbers": ("layers.MultiHeadAttention.call",),
    "layers-batchnorm-frozen": ("layers.BatchNormalization.call",),
    "layers-batchnorm-axis-list": ("layers.BatchNormalization.call",),
    "layers-batchnorm-renorm": ("layers.BatchNormalization.call",),
    "layers-resizing-training": ("layers.BatchNormalization.call",),
    "layers-image-resizing": ("layers.Resizing.call",),
    "layers-average-pooling": ("layers.AveragePooling2D.call",),
    "layers-embedding-input-length": ("layers.Embedding.call",),
    "layers-locally-connected": ("layers.LocallyConnected1D.call",),
    "layers-rnn-time-major": RECURRENT,
    "layers-rnn-constants": ("layers.RNN.call",),
    "layers-weight-order": ("layers.Layer.get_weights:reversed",),
    "layers-cell-initial-state": ("layers.LSTMCell.get_initial_state",),
    "layers-random-crop": ("layers.RandomCrop.__init__:width=3",),
    "layers-data-format": ("layers.GlobalAveragePooling1D.call",),
    "layers-normalization-integers": ("layers.LayerNormalization.call",),
    "layers-rnn-activity": ("regularizers.L2.__call__",),
    "training-activity-regularizer": ("regularizers.L2.__call__",),
    "training-sequence-steps": ("Model.fit:steps_per_epoch=2",),
    "training-validation-steps": ("Model.fit:validation_steps=4",),
    "training-progbar-mean": ("utils.Progbar.__init__:stateful_metrics=['loss']",),
    "training-compile-again": ("Model.compile:metrics=['mae']",),
    "training-metric-ignore-class": ("metrics.SparseCategoricalCrossentropy.result",),
    "training-optimizer-lr-assign": ("optimizers.SGD.learning_rate",),
    "training-weight-names": ("Sequential.weights:reversed",),
    "saving-lambda": ("layers.Lambda.call",),
    "training-early-stopping-restore": ("Model.get_weights",),
    "training-loss-positional": ("losses.Loss.__call__",),
    "training-loss-dict": STEP,
    "training-targets-flat": STEP,
    "training-loss-weights-shown": STEP,
    "training-partial-batch": ("Model.evaluate", "Model.fit"),
    "api-metric-name-positional": ("metrics.Metric.name",),
    "layers-stateful-batch": ("layers.SimpleRNN.__init__:stateful=False",),
    "training-loss-of-lists": ("losses.SparseCategoricalCrossentropy.__call__",),
    "training-lion-default": ("optimizers.Lion.__init__:learning_rate=0.002",),
    "training-ema-default": ("optimizers.RMSprop.__init__:ema_overwrite_frequency=7",),
    "training-kl-metric-name": ("metrics.KLDivergence.__init__:name='other'",),
    "training-early-stopping-auto": ("callbacks.EarlyStopping.on_epoch_end:skip",),
    "training-batch-norm-variance": ("layers.BatchNormalization.get_weights",),
    "training-conv-lstm-gates": ("layers.ConvLSTM2D.call",),
    "training-hard-sigmoid": ("layers.Activation.call",),
    "training-l1-l2-default": ("regularizers.l1_l2.__call__", "regularizers.L1L2.__call__"),
    "training-loss-ranks": ("losses.MeanSquaredError.__call__",),
    "training-loss-integers": ("losses.MeanSquaredError.__call__",),
    "training-dict-inputs": ("Model.predict_on_batch",),
    "training-dict-extra": ("Model.predict_on_batch",),
    "training-random-predict": ("Model.predict_on_batch",),
    "training-call-without-training": ("Model.get_weights",),
    "training-gradient-tape": ("losses.MeanSquaredError.__call__",),
    "training-adam-numbers": ("Model.get_weights",),
    "training-ema-average": ("Model.get_weights",),
    "training-rate-callbacks": ("Model.get_weights",),
    "training-mirrored-strategy": ("Model.get_weights",),
}
"""What a canary must notice, by its slug."""

PLANT = """

def _shifted(value, itself):
    np = __import__("numpy")
    if value is None and hasattr(itself, "set_weights"):
        itself.set_weights([weight + 0.5 for weight in itself.get_weights()])
        return None
    if hasattr(value, "set_weights"):
        value.set_weights([weight + 0.5 for weight in value.get_weights()])
        return value
    if hasattr(value, "history"):
        value.history = {key: [float(one) + 0.5 for one in seen] for key, seen in value.history.items()}
        return value
    if isinstance(value, dict):
        return {key: _shifted(one, None) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_shifted(one, None) for one in value)
    if isinstance(value, str):
        return value + "x"
    if "KerasTensor" in type(value).__name__:  # symbolic: what is computed later is shifted then
        return value
    kind = str(getattr(value, "dtype", type(value).__name__))
    if "bool" in kind:
        return ~value if hasattr(value, "dtype") else not value
    if "int" in kind:
        return value + 1
    return value + 0.5 if "float" in kind else value


def _of_property(value, fault):
    return value[::-1] if fault == "reversed" else _shifted(value, None)


def _plant(lab, name):
    name, _, fault = name.partition(":")
    *path, last = name.split(".")
    owner = lab.keras
    if path[:1] == ["tf"]:
        owner, path = lab.tf, path[1:]
    for part in path:
        owner = getattr(owner, part, None)
    right = getattr(owner, last, None)
    if right is None:
        return
    if isinstance(right, property):
        setattr(owner, last, property(lambda it: _of_property(right.fget(it), fault), right.fset))
        return

    parameters = __import__("inspect").signature(right).parameters
    takes_all = any(one.kind is one.VAR_KEYWORD for one in parameters.values())

    def wrong(*arguments, **named):
        itself = arguments[0] if arguments else None
        # Keras 2 passes training= to what takes any argument, as this does
        named = {key: value for key, value in named.items() if takes_all or key in parameters}
        if fault == "skip":
            return None
        if fault == "before":
            _shifted(None, itself)
            return right(*arguments, **named)
        if fault == "reversed":
            return right(*arguments, **named)[::-1]
        if fault.startswith("-"):
            named[fault[1:]] = None
            return right(*arguments, **named)
        if fault:
            key, _, value = fault.partition("=")
            named[key] = __import__("ast").literal_eval(value)
            return right(*arguments, **named)
        return _shifted(right(*arguments, **named), itself)

    wrong.__wrapped__ = right  # it is called as it was
    setattr(owner, last, wrong)
"""


def named(canary: Canary) -> tuple[str, ...]:
    """What is planted in front of a canary."""
    return OF_CANARY.get(canary.slug) or OF_AREA[canary.area]


def planted(canaries: Iterable[Canary], source: str) -> str:
    """The text of a file of canaries in which each of these finds its fault planted."""
    text = source + PLANT
    for canary in canaries:
        function = canary.slug.replace("-", "_")
        text += textwrap.dedent(
            f"""

            _right_{function} = {function}


            def {function}(lab):
                for name in {named(canary)!r}:
                    _plant(lab, name)
                _right_{function}(lab)
            """
        )
    return text


def write(canaries: Iterable[Canary], source: Path, folder: Path) -> Path:
    """Write such a file for one area."""
    path = folder / source.name
    path.write_text(planted(canaries, source.read_text("utf-8")), "utf-8")
    return path
