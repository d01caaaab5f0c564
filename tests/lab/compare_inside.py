"""Does one small thing with every public class and function of Keras, and prints what comes out, as JSON.

Runs inside an examined interpreter, with nothing of kdoctor; ``python -m tests.lab.compare`` starts it and compares.
Every weight is set to the same numbers and every input is written out, so that two implementations must agree.
"""

# mypy: ignore-errors
from __future__ import annotations

import inspect
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from typing import Any, Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import tensorflow as tf

keras: Any = tf.keras
Answers = dict[str, Any]

IMAGE, VOLUME, STEPS, ROW = (2, 6, 6, 3), (2, 4, 4, 4, 2), (2, 5, 4), (2, 6)
SHAPES: tuple[tuple[str, tuple[int, ...]], ...] = (
    *((name, VOLUME) for name in ("3D", "3DTranspose")),
    *((name, IMAGE) for name in ("2D", "2DTranspose", "Rescaling", "Resizing", "CenterCrop", "Random")),
    *((name, STEPS) for name in ("1D", "1DTranspose", "LSTM", "GRU", "SimpleRNN", "Masking", "Attention")),
)
"""What a layer is given, by the end or the beginning of its name."""
ARGUMENTS: dict[str, dict[str, Any]] = {
    **{name: {"units": 3} for name in ("Dense", "EinsumDense", "LSTM", "GRU", "SimpleRNN")},
    **{f"{kind}Conv{n}D": {"filters": 4, "kernel_size": 2} for kind in ("", "Separable") for n in (1, 2, 3)},
    **{f"Conv{n}DTranspose": {"filters": 4, "kernel_size": 2} for n in (1, 2, 3)},
    **{f"DepthwiseConv{n}D": {"kernel_size": 2} for n in (1, 2)},
    **{f"{kind}Pooling{n}D": {"pool_size": 2} for kind in ("Max", "Average") for n in (1, 2, 3)},
    "Activation": {"activation": "tanh"},
    "ActivityRegularization": {"l1": 0.1, "l2": 0.2},
    "CategoryEncoding": {"num_tokens": 6},
    "CenterCrop": {"height": 3, "width": 2},
    "Discretization": {"bin_boundaries": [0.0, 0.5]},
    "Embedding": {"input_dim": 10, "output_dim": 3},
    "GroupNormalization": {"groups": 2},
    "HashedCrossing": {"num_bins": 5},
    "Hashing": {"num_bins": 5},
    "IntegerLookup": {"vocabulary": [1, 3, 5]},
    "Lambda": {"function": lambda values: values * 2},
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 3},
    "Normalization": {"mean": 1.0, "variance": 4.0},
    "Permute": {"dims": (2, 1)},
    "RepeatVector": {"n": 3},
    "Rescaling": {"scale": 0.5, "offset": 1.0},
    "Reshape": {"target_shape": (3, 2)},
    "Resizing": {"height": 4, "width": 5},
    "StringLookup": {"vocabulary": ["a", "b"]},
    "TextVectorization": {"vocabulary": ["a", "b"]},
    **{f"ConvLSTM{n}D": {"filters": 2, "kernel_size": 2} for n in (1, 2, 3)},
}
SEVERAL = ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract", "Attention")
SEVERAL += ("AdditiveAttention",)
WHOLE: dict[str, Any] = {
    "CategoryEncoding": np.array([[1, 2], [0, 5]]),
    "Embedding": np.array([[1, 0, 4], [2, 2, 0]]),
    "Hashing": np.array([[1], [2], [3]]),
    "IntegerLookup": np.array([[1, 2, 5]]),
    "StringLookup": np.array([["a", "c"]]),
    "TextVectorization": np.array([["a b c"]]),
    "Permute": np.zeros(STEPS, "float32") + np.arange(4, dtype="float32"),
}
OPTIONS: dict[str, tuple[dict[str, Any], ...]] = {
    "*": (
        {},
        {"weight_decay": 0.1},
        {"clipnorm": 0.5},
        {"clipvalue": 0.2},
        {"global_clipnorm": 0.5},
        {"use_ema": True},
    ),
    "SGD": ({"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}),
    "RMSprop": ({"momentum": 0.9}, {"centered": True}),
    "Adam": ({"amsgrad": True},),
    "AdamW": ({"amsgrad": True},),
}
"""What optimizers are made with: all of them, and those of a name."""


def numbers(count: int) -> Any:
    return (np.sin(np.arange(count, dtype="float64") * 1.7 + 0.3)).astype("float32")


def filled(shape: tuple[int, ...]) -> Any:
    return numbers(int(np.prod(shape))).reshape(shape)


def told(value: Any) -> Any:
    """A result as JSON: structures as they are, of a tensor its dtype, shape and numbers."""
    if isinstance(value, dict):
        return {str(key): told(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and not hasattr(value, "dtype"):
        return [told(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    array = np.asarray(value)
    if array.dtype.kind in "OSU":
        return {"dtype": "text", "shape": list(array.shape), "values": [str(item) for item in array.ravel()[:50]]}
    flat = array.astype("float64").ravel()
    return {"dtype": array.dtype.name, "shape": list(array.shape), "values": [round(item, 5) for item in flat[:200]]}


def tried(does: Callable[[], Any]) -> Any:
    try:
        return told(does())
    except Exception as error:
        return {"raises": f"{type(error).__name__}: {str(error)[:160]}"}


def public(module: Any) -> Iterator[tuple[str, Any]]:
    for name in sorted(vars(module)):
        if not name.startswith("_") and callable(getattr(module, name)):
            yield name, getattr(module, name)


def with_weights(layer: Any) -> None:
    layer.set_weights([np.abs(filled(weight.shape)) + 0.1 for weight in layer.get_weights()])


def layer_answers(name: str, made: Any) -> Answers:
    if not inspect.isclass(made):
        return {"call": tried(lambda: made([filled(STEPS), filled(STEPS) * 0.5]))}
    given = WHOLE.get(name)
    if given is None:
        shape = next((shape for key, shape in SHAPES if name.endswith(key) or name.startswith(key)), ROW)
        given = filled(shape)
    if name in SEVERAL or name == "MultiHeadAttention":
        given = [filled(STEPS), filled(STEPS)[::-1] * 0.5]
    arguments = dict(ARGUMENTS.get(name, {}))
    if name == "EinsumDense":
        arguments = {"equation": "ab,bc->ac", "output_shape": 3}
    if name == "Dot":
        arguments = {"axes": 2}

    def call(layer: Any, **how: Any) -> Any:
        return layer(*given, **how) if name == "MultiHeadAttention" else layer(given, **how)

    def built() -> Any:
        layer = made(**arguments)
        call(layer)
        with_weights(layer)
        return layer

    def again() -> Any:
        first = built()
        second = made.from_config(first.get_config())
        call(second)
        second.set_weights(first.get_weights())
        return np.abs(np.asarray(call(first), "float64") - np.asarray(call(second), "float64")).max() < 1e-5

    def masked() -> Any:
        inputs = keras.layers.Masking()(np.concatenate([given, 0 * given[:, :2]], axis=1))
        result = made(**arguments)(inputs)
        mask = getattr(result, "_keras_mask", None)
        return [None if mask is None else np.asarray(mask), bool(made(**arguments).supports_masking)]

    found = {
        "weights": tried(lambda: [list(weight.shape) for weight in built().get_weights()]),
        "call": tried(lambda: call(built())),
        "training=False": tried(lambda: call(built(), training=False)),
        "predict in a model": tried(lambda: in_model(built(), given)),
        "config round trip": tried(again),
        "output shape": tried(lambda: list(built().compute_output_shape(np.shape(given)))),
    }
    if "training" in inspect.signature(made.call).parameters and not name.startswith(("Random", "Gaussian")):
        found["training=True"] = tried(lambda: np.mean(np.asarray(call(built(), training=True)) == 0) > 0.1)
        found["weights after training"] = tried(lambda: trained(built(), call))
    if np.ndim(given) == 3:
        found["mask"] = tried(masked)
    return found


def trained(layer: Any, call: Any) -> Any:
    call(layer, training=True)
    return layer.get_weights()


def in_model(layer: Any, given: Any) -> Any:
    if isinstance(given, list):
        inputs = [keras.Input(np.shape(one)[1:]) for one in given]
        output = layer(*inputs) if type(layer).__name__ == "MultiHeadAttention" else layer(inputs)
    else:
        dtype = "string" if given.dtype.kind in "OSU" else given.dtype.name
        inputs = keras.Input(given.shape[1:], dtype=dtype)
        output = layer(inputs)
    model = keras.Model(inputs, output)
    model.compile(run_eagerly=True)  # spares the tracing
    return model.predict(given if dtype_is_number(given) else tf.constant(given), verbose=0)


def dtype_is_number(given: Any) -> bool:
    return isinstance(given, list) or given.dtype.kind not in "OSU"


TRUE = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], "float32")
GUESS = np.array([[0.2, 0.7, 0.1], [0.3, 0.5, 0.2]], "float32")
CLASSES = np.array([1, 0], "int32")


def loss_answers(name: str, made: Any) -> Answers:
    true = CLASSES if name.startswith(("Sparse", "sparse")) else TRUE
    if name == "CTC":
        return {}
    if not inspect.isclass(made):
        return {"call": tried(lambda: made(true, GUESS)), "lists": tried(lambda: made(true.tolist(), GUESS.tolist()))}
    return {
        "call": tried(lambda: made()(true, GUESS)),
        "integers": tried(lambda: made()(np.asarray(true, "int32"), np.rint(GUESS).astype("int32"))),
        "sample_weight": tried(lambda: made()(true, GUESS, sample_weight=np.array([1.0, 3.0], "float32"))),
        "reduction none": tried(lambda: made(reduction="none")(true, GUESS)),
        "reduction sum": tried(lambda: made(reduction="sum")(true, GUESS)),
        "name": tried(lambda: made().name),
        "config": tried(lambda: sorted(made().get_config())),
        "float64": tried(lambda: made()(np.asarray(true, "float64"), GUESS.astype("float64"))),
        "from_logits": tried(lambda: made(from_logits=True)(true, 3 * GUESS)),
        "ranks": tried(lambda: made()(TRUE[:, 0], GUESS[:, :1])),
    }


METRICS: dict[str, dict[str, Any]] = {
    "MeanIoU": {"num_classes": 3},
    "IoU": {"num_classes": 3, "target_class_ids": [0]},
    "BinaryIoU": {},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [0]},
    "OneHotMeanIoU": {"num_classes": 3},
    "MeanRelativeError": {"normalizer": [1.0, 2.0, 4.0]},
    "MeanMetricWrapper": {"fn": lambda true, guess: tf.abs(true - guess)},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}


def metric_answers(name: str, made: Any) -> Answers:
    if not inspect.isclass(made):
        return loss_answers(name, made)
    pair = (CLASSES, GUESS) if name.startswith("Sparse") else (TRUE, GUESS)
    pair = (CLASSES, np.array([1, 2])) if name in ("MeanIoU", "IoU") else pair
    pair = (filled((4,)),) if name in ("Mean", "Sum") else pair

    def used(weight: Any = None) -> Any:
        metric = made(**METRICS.get(name, {}))
        seen = []
        for turn in range(2):
            values = [value[::-1] if turn else value for value in pair[:1]] + list(pair[1:])
            metric.update_state(*values, **({} if weight is None else {"sample_weight": weight}))
            seen.append(metric.result())
        metric.reset_state()
        return [*seen, metric.result()]

    return {
        "two updates and a reset": tried(used),
        "sample_weight": tried(lambda: used(np.array([1.0, 3.0], "float32")) if len(pair) == 2 else None),
        "name": tried(lambda: made(**METRICS.get(name, {})).name),
        "called": tried(lambda: made(**METRICS.get(name, {}))(*pair)),
    }


def optimizer_answers(name: str, made: Any) -> Answers:
    def walked(options: dict[str, Any]) -> Any:
        layer = keras.layers.Dense(2, kernel_initializer="ones", bias_initializer="zeros")
        model = keras.Sequential([keras.Input((3,)), layer])
        model.compile(made(learning_rate=0.05, **options), "mse", run_eagerly=True)
        for step in range(10):
            model.train_on_batch(filled((4, 3)) + step % 3, filled((4, 2)) * 2)
        return model.get_weights()

    chosen = (*OPTIONS["*"], *OPTIONS.get(name, ()))
    return {json.dumps(options): tried(lambda options=options: walked(options)) for options in chosen}


def initializer_answers(name: str, made: Any) -> Answers:
    if not inspect.isclass(made):
        return {}
    arguments = {"Constant": {"value": 2.0}}.get(name, {})

    def of(shape: tuple[int, ...]) -> Any:
        values = np.asarray(made(**arguments)(shape), "float64")
        # the numbers are random: how far they spread is compared, to a tenth
        return [list(values.shape), round(float(values.std()), 2), round(float(np.abs(values).max()), 1)]

    shapes = ((200, 300), (3, 3, 20, 60))
    return {str(shape): tried(lambda shape=shape: of(shape)) for shape in shapes}


def function_answers(name: str, made: Any) -> Answers:
    given = np.linspace(-5, 5, 21, dtype="float32").reshape(3, 7)
    if inspect.isclass(made):
        return {"call": tried(lambda: made()(given))}
    return {"call": tried(lambda: made(given))}


def model_answers() -> Iterator[tuple[str, Answers]]:
    """Training as people start it: what fit, evaluate and predict say of every kind of data."""
    x, y = filled((8, 3)), filled((8, 1))

    def model() -> Any:
        layers = [keras.Input((3,)), keras.layers.Dense(4, "tanh", kernel_initializer="ones")]
        made = keras.Sequential([*layers, keras.layers.Dense(1, kernel_initializer="ones")])
        made.compile(
            keras.optimizers.SGD(0.1), "mse", metrics=["mae", keras.metrics.RootMeanSquaredError()], run_eagerly=True
        )
        return made

    class Rows(keras.utils.Sequence):
        def __len__(self) -> int:
            return 4

        def __getitem__(self, index: int) -> Any:
            return x[2 * index : 2 * index + 2], y[2 * index : 2 * index + 2]

    def logged(**how: Any) -> Any:
        history = model().fit(**{"verbose": 0, "shuffle": False, **how}).history
        return {key: [round(float(value), 5) for value in values] for key, values in history.items()}

    whole = {"x": x, "y": y, "batch_size": 3, "epochs": 3}
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(3)
    ways: dict[str, Callable[[], Any]] = {
        "arrays": lambda: logged(**whole),
        "validation_split": lambda: logged(**whole, validation_split=0.25),
        "validation_data": lambda: logged(**whole, validation_data=(x, y)),
        "sample_weight": lambda: logged(**whole, sample_weight=np.arange(8.0)),
        "dataset": lambda: logged(x=data, epochs=2),
        "dataset, steps": lambda: logged(x=data.repeat(), epochs=2, steps_per_epoch=2),
        "Sequence": lambda: logged(x=Rows(), epochs=2),
        "generator": lambda: logged(x=((x[i : i + 2], y[i : i + 2]) for i in (0, 2, 4, 6)), epochs=1),
        "initial_epoch": lambda: logged(**whole, initial_epoch=1),
        "validation_freq": lambda: logged(**whole, validation_data=(x, y), validation_freq=2),
        "evaluate": lambda: model().evaluate(x, y, batch_size=3, verbose=0),
        "evaluate as a dict": lambda: sorted(model().evaluate(x, y, verbose=0, return_dict=True)),
        "predict": lambda: model().predict(x, batch_size=3, verbose=0),
        "predict, steps": lambda: model().predict(data, steps=2, verbose=0),
        "callbacks": lambda: called(model(), whole),
        "metrics names": lambda: [metric.name for metric in model().metrics],
        "early stopping": lambda: stopped(model(), whole),
        "plateau": lambda: plateau(model(), whole),
        "csv": lambda: written(model(), whole),
        "weights file": lambda: through_file(model(), "model.weights.h5", x),
        "h5 file": lambda: through_file(model(), "model.h5", x),
    }
    for name, way in ways.items():
        yield name, {"says": tried(way)}


def called(model: Any, whole: Any) -> Any:
    seen: list[Any] = []

    class Note(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append([epoch, sorted(logs)])

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            seen.append([batch, {key: round(float(value), 5) for key, value in logs.items()}])

        def on_test_end(self, logs: Any = None) -> None:
            seen.append(["test", sorted(logs or {})])

    model.fit(**whole, validation_data=(whole["x"], whole["y"]), verbose=0, shuffle=False, callbacks=[Note()])
    return seen


def stopped(model: Any, whole: Any) -> Any:
    stop = keras.callbacks.EarlyStopping("loss", min_delta=10.0, patience=1, restore_best_weights=True)
    history = model.fit(**{**whole, "epochs": 9}, verbose=0, shuffle=False, callbacks=[stop]).history
    return [len(history["loss"]), model.get_weights()]


def plateau(model: Any, whole: Any) -> Any:
    less = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=10.0)
    history = model.fit(**{**whole, "epochs": 6}, verbose=0, shuffle=False, callbacks=[less]).history
    return {key: [round(float(value), 5) for value in values] for key, values in history.items()}


def written(model: Any, whole: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log.csv")
        model.fit(**whole, verbose=0, shuffle=False, callbacks=[keras.callbacks.CSVLogger(path)])
        with open(path) as file:
            return file.readline().strip()


def through_file(model: Any, name: str, x: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        if "weights" in name:
            model.save_weights(path)
            model.load_weights(path)
        else:
            model.save(path)
            model = keras.models.load_model(path, compile=False)
        return model.predict(x, verbose=0)


KINDS: dict[str, Callable[[str, Any], Answers]] = {
    "layers": layer_answers,
    "losses": loss_answers,
    "metrics": metric_answers,
    "optimizers": optimizer_answers,
    "initializers": initializer_answers,
    "activations": function_answers,
    "regularizers": function_answers,
    "constraints": function_answers,
}
LEFT_OUT = {"deserialize", "get", "serialize", "Layer", "Loss", "Metric", "Optimizer", "Initializer", "Wrapper"}
LEFT_OUT |= {"InputLayer", "InputSpec", "Input", "Regularizer", "Constraint", "LossScaleOptimizer"}


def defaults(made: Any) -> Any:
    signature = inspect.signature(made.__init__ if inspect.isclass(made) else made)
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    plain = [one for one in signature.parameters.values() if one.kind not in kinds and one.name != "self"]
    return {one.name: "none" if one.default is one.empty else repr(one.default) for one in plain}


def main() -> None:
    found: dict[str, Answers] = {}
    warnings.simplefilter("ignore")
    for kind, answers in KINDS.items():
        for name, made in public(getattr(keras, kind)):
            if name not in LEFT_OUT and kind in (sys.argv[2:] or KINDS):
                found[f"{kind}.{name}"] = {"defaults": tried(lambda made=made: defaults(made)), **answers(name, made)}
    for name, answer in model_answers() if "model" in (sys.argv[2:] or ["model"]) else ():
        found[f"model, {name}"] = answer
        keras.backend.clear_session()
    with open(sys.argv[1], "w") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main()
