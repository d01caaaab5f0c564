"""Runs inside an examined interpreter: evaluates one statement in its old and one in its new words, on made-up values.

Reads a job a line (JSON) and answers each with a line: what came out, and with which values. Every job runs in a fork.
Standard library, NumPy, TensorFlow; nothing of kdoctor.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import io
import json
import os
import re
import runpy
import shutil
import signal
import sys
import tempfile
import types
from typing import Any

SECONDS = 45
WORDS = {
    1: "epochs steps steps_per_epoch validation_steps verbose batch_size nb_epoch workers",
    2: "n rep num_classes depth units filters max_queue_size",
    0.01: "lr learning_rate decay momentum rho epsilon rate schedule_decay clipvalue clipnorm",
}
NUMBERS: dict[str, Any] = {
    **{name: number for number, names in WORDS.items() for name in names.split()},
    "initial_epoch": 0,
    "axis": -1,
    "beta_1": 0.8,
    "beta_2": 0.9,
    "min_value": 0.2,
    "max_value": 0.6,
    "name": "given",
    "dtype": "float32",
    "callbacks": [],
    "class_weight": None,
    **dict.fromkeys(("keepdims", "stateful", "trainable", "return_sequences", "mask_zero"), True),
    "use_multiprocessing": False,
    "shuffle": False,
    "batch_input_shape": (2, 3, 4),
    "initializer": "ones",
}
"""By the name of an argument what it is given; of all others a value is searched with which the statement runs."""


def cleared() -> Any:
    import tensorflow as tf

    with contextlib.suppress(AttributeError):  # TensorFlow 1 has no such seed
        tf.keras.backend.clear_session()
        tf.random.set_seed(0)
    return tf


def spread(shape: Any, low: Any = 0.1, high: Any = 0.9) -> Any:
    import numpy as np

    return np.linspace(low, high, int(np.prod(shape))).reshape(shape).astype("float32")


def settle(model: Any) -> Any:
    """Weights that are the same under every Keras."""
    model.set_weights([spread(each.shape, -0.5, 0.5) for each in model.get_weights()])
    return model


def compiled(layers: Any, loss: Any = "mse") -> Any:
    tf = cleared()
    model = settle(tf.keras.Sequential([tf.keras.Input((4,)), *layers(tf.keras.layers)]))
    model.compile(tf.keras.optimizers.SGD(0.1), loss)
    return model


def stateful() -> Any:
    tf = cleared()
    cell = tf.keras.layers.LSTM(3, stateful=True)
    model = settle(tf.keras.Sequential([tf.keras.Input(batch_shape=(2, 3, 4)), cell, tf.keras.layers.Dense(1)]))
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    model.predict(spread((2, 3, 4)), batch_size=2, verbose=0)
    return model


def metric() -> Any:
    tf = cleared()
    mean = tf.keras.metrics.Mean(name="given")
    mean.update_state([1.0, 2.0])
    return mean


def called_layer() -> Any:
    tf = cleared()
    layer = tf.keras.layers.LSTM(3, stateful=True)
    layer(tf.constant(spread((2, 3, 4))))
    return layer


RECEIVERS: dict[str, Any] = {
    "model of classes": lambda: compiled(lambda of: [of.Dense(3, "softmax")]),
    "model of one": lambda: compiled(lambda of: [of.Dense(1, "sigmoid")]),
    "stateful model": stateful,
    "model to be built": lambda: cleared().keras.Sequential(),
    "layer": lambda: cleared().keras.layers.Layer(name="given"),
    "metric": metric,
    "stateful layer": called_layer,
    "optimizer": lambda: cleared().keras.optimizers.SGD(0.1),
    "tensor": lambda: cleared().constant(spread((3, 3))),
    "symbolic": lambda: cleared().keras.Input((3, 3), name="x"),
}


def batches(model: Any) -> Any:
    units = model.output_shape[-1] if getattr(model, "built", False) and model.layers else 3
    x, y = spread((8, 4)), spread((8, units))
    while True:
        yield x, y


def array(*shape: Any) -> Any:
    return lambda tf: tf.constant(spread(shape))


VALUES: dict[str, Any] = {
    "square": array(3, 3),
    "cube": array(3, 3, 3),
    "four": array(3, 3, 3, 3),
    "line": array(3),
    "whole": lambda _: 2,
    "part": lambda _: 0.5,
    "several": lambda tf: [tf.constant(spread((3, 3))) for _ in range(2)],
    "indices": lambda tf: tf.constant([[0, 1, 2]]),
    "symbolic": lambda tf: tf.keras.Input((3, 3)),
    "symbols": lambda tf: [tf.keras.Input((3, 3)) for _ in range(2)],
    "images": lambda tf: tf.keras.Input((8, 8, 3)),
    "text": lambda _: "given",
    "shape": lambda _: (3, 3),
    "rows": lambda _: spread((8, 4)),
}


def value(role: Any, kind: Any, owner: Any, tf: Any) -> Any:
    if role == "receiver":
        return owner
    if role == "each of callbacks":
        return tf.keras.callbacks.Callback()
    if role in ("generator", "validation_data"):
        return batches(owner)
    return NUMBERS[role] if role in NUMBERS else VALUES[kind](tf)


# ------------------------------------------------------------------------------------------------------ what came out


def plain(thing: Any, tf: Any, given: Any = ()) -> Any:
    """What a thing is and computes, in numbers and names that can be compared."""
    import numpy as np

    if isinstance(thing, (str, bytes, bool, type(None))):
        return repr(thing)
    if isinstance(thing, (list, tuple)):
        return [plain(one, tf, given) for one in thing]
    if isinstance(thing, dict):
        return {str(key): plain(one, tf, given) for key, one in sorted(thing.items(), key=str)}
    if is_symbolic(thing):
        given = [one for one in flat(given) if is_symbolic(one)]
        answer = tf.keras.Model(given, thing).predict([spread((2, *one.shape[1:])) for one in given], verbose=0)
        return plain(answer, tf)
    if isinstance(thing, tf.keras.optimizers.Optimizer):
        variable = tf.Variable([1.0, 2.0])
        for _ in range(2):
            thing.apply_gradients([(tf.constant([0.3, -0.1]), variable)])
        return [type(thing).__name__, plain(variable, tf), plain(thing.get_config()["learning_rate"], tf)]
    if isinstance(thing, tf.keras.Model):
        return model_of(thing, tf)
    if isinstance(thing, tf.keras.metrics.Metric):
        return [type(thing).__name__, thing.name, plain(thing.result(), tf)]
    if isinstance(thing, tf.keras.layers.Layer):
        return layer_of(thing, tf)
    if isinstance(thing, tf.keras.losses.Loss):
        return plain(thing(spread((2, 3)), spread((2, 3))[::-1]), tf)
    if isinstance(thing, tf.keras.callbacks.History):
        return plain(thing.history, tf)
    if isinstance(thing, type):
        return ["class", thing.__name__]
    if hasattr(thing, "__name__"):
        name = thing.__name__.rpartition(".")[2]
        with contextlib.suppress(Exception):
            return ["function", plain(thing(spread((2, 3)), spread((2, 3))[::-1]), tf)]
        return ["module" if hasattr(thing, "__path__") or hasattr(thing, "__spec__") else name]
    if hasattr(thing, "assign"):
        return [str(thing.name).rpartition("/")[2].partition(":")[0], str(thing.dtype), numbers(thing, np)]
    if hasattr(thing, "get_config"):
        config = thing.get_config()
        return [type(thing).__name__, plain({key: config[key] for key in config if isinstance(config[key], float)}, tf)]
    try:
        return numbers(thing, np)
    except (TypeError, ValueError):
        return type(thing).__name__


def is_symbolic(thing: Any) -> Any:
    return type(thing).__name__ == "KerasTensor"


def flat(things: Any) -> Any:
    return [part for one in things for part in (flat(one) if isinstance(one, (list, tuple)) else [one])]


def numbers(thing: Any, np: Any) -> Any:
    found = np.asarray(thing)
    if found.dtype.kind not in "biuf":
        raise TypeError(found.dtype)
    return {"shape": list(found.shape), "kind": found.dtype.kind, "numbers": found.astype("float64").ravel().tolist()}


def layer_of(layer: Any, tf: Any) -> Any:
    answer = [type(layer).__name__, layer.name, [list(one.shape) for one in layer.get_weights()]]
    if getattr(layer, "states", None):
        answer.append(plain(list(layer.states), tf))
    for kind in ("cube", "square", "four", "several"):
        with contextlib.suppress(Exception):
            outcome = layer(VALUES[kind](tf))
            settle(layer)
            return [*answer, plain(layer(VALUES[kind](tf)), tf) if layer.get_weights() else plain(outcome, tf)]
    return answer


def model_of(model: Any, tf: Any) -> Any:
    answer = {"name": model.name, "layers": [[type(one).__name__, one.name] for one in model.layers]}
    is_random = getattr(model, "_by_chance", False)
    answer["weights"] = [list(one.shape) if is_random else plain(one, tf) for one in model.get_weights()]
    with contextlib.suppress(Exception):
        states = [plain(list(one.states), tf) for one in model.layers if getattr(one, "stateful", False)]
        answer["states"] = states
    if model.inputs and all(each.shape[0] is None or each.shape[0] < 9 for each in model.inputs):
        shapes = [[each.shape[0] or 2, *(side or 3 for side in each.shape[1:])] for each in model.inputs]
        settle(model)
        for layer in model.layers:
            if hasattr(layer, "rate") and "Dropout" in type(layer).__name__:
                layer.rate = 0
        x = [spread(shape, 0.0, 0.99) for shape in shapes]
        answer["prediction"] = plain(model.predict(x[0] if len(x) == 1 else x, batch_size=shapes[0][0], verbose=0), tf)
    return answer


def files() -> Any:
    found = []
    for folder, _, names in os.walk("."):
        for name in names:
            with open(os.path.join(folder, name), "rb") as stream:
                found.append([os.path.join(folder, name), repr(stream.read(4))])
    return sorted(found)


# --------------------------------------------------------------------------------------------------------------- jobs


def attempt(job: Any, receiver: Any, kind: Any) -> Any:
    owner: Any = RECEIVERS[receiver]() if receiver else None
    tf = cleared() if owner is None else sys.modules["tensorflow"]
    names: dict[str, Any] = {}
    for line in job["imports"]:
        with contextlib.suppress(Exception):
            exec(line, names)  # what the laboratory is for
    given = {name: value(role, kind, owner, tf) for name, role in job["stubs"].items()}
    names.update(given)
    tree = ast.parse(job["text"])
    for node in ast.walk(tree):  # no more epochs than can be waited for
        number: Any = getattr(node, "value", None)
        if (
            isinstance(node, ast.keyword)
            and node.arg in WORDS[1].split()
            and isinstance(getattr(number, "value", None), int)
        ):
            number.value = min(number.value, 2)
    answer: Any = None
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        answer = eval(compile(ast.Expression(tree.body[0].value), "unit", "eval"), names)
    else:
        exec(compile(tree, "unit", "exec"), names)
    for one in [answer, *([owner] if receiver == "model to be built" else [])]:
        if hasattr(one, "layers") and (one is owner) is (receiver == "model to be built"):
            one._by_chance = True  # its first weights are random
    bound = [names.get(name) for name in job["binds"]]
    inputs = [*given.values(), *(getattr(owner, "inputs", None) or ())]
    saw = [plain(answer, tf, inputs), plain(bound, tf, inputs)]
    return [*saw, plain(owner, tf) if owner is not None else None, files()]


def ran(path: Any) -> Any:
    """The numbers that a program prints, and its files."""
    sys.modules["helper"] = types.ModuleType("helper")
    vars(sys.modules["helper"]).update(spread=spread, settle=settle)
    sys.argv = [path]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runpy.run_path(path, run_name="__main__")
    return [float(one) for one in re.findall(r"-?\d+\.?\d*(?:e[-+]?\d+)?", printed.getvalue())]


def carry_out(job: Any) -> Any:
    if "program" in job:
        try:
            return {"with": "", "answer": ran(job["program"])}
        except Exception as error:
            return {"with": None, "error": f"{type(error).__name__}: {str(error)[:400]}"}
    needs = "receiver" in job["stubs"].values()
    first = job.get("with")
    kinds = sorted(VALUES, key="whole".__ne__) if "seed" in job["text"] else list(VALUES)
    if {*job["stubs"].values()} <= {*NUMBERS, "receiver", "generator", "validation_data", "each of callbacks"}:
        del kinds[1:]
    choices = [first] if first else [(one, kind) for one in (RECEIVERS if needs else [None]) for kind in kinds]
    said = ""
    for receiver, kind in choices:
        try:
            return {"with": (receiver, kind), "answer": attempt(job, receiver, kind)}
        except Exception as error:
            said = said or f"{type(error).__name__}: {str(error)[:300]}"
        if not job["stubs"]:
            break
    return {"with": None, "error": said}


def stand_in(keras: Any) -> None:
    """The Keras in an old TensorFlow as `keras`, for programs that import that."""
    inner = "tensorflow.python.keras"
    sys.modules.update(
        {f"keras{name[len(inner) :]}": sys.modules[name] for name in [*sys.modules] if name.startswith(inner)}
    )
    for name in ("", *(f".{one}" for one in dir(keras) if one.islower())):
        module = getattr(keras, name[1:]) if name else keras
        if isinstance(module, types.ModuleType):
            sys.modules[f"keras{name}"] = module


def serve() -> None:
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", MPLBACKEND="Agg")
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    import tensorflow

    tensorflow.compat.v1.enable_eager_execution()
    if importlib.util.find_spec("keras") is None:
        stand_in(tensorflow.keras)
    for line in sys.stdin:
        folder = tempfile.mkdtemp(prefix="drawn-")
        out = folder + ".json"
        child = os.fork()
        if child == 0:
            os.chdir(folder)
            signal.alarm(SECONDS)
            with open(out, "w") as stream:
                json.dump(carry_out(json.loads(line)), stream)
            os._exit(0)
        os.waitpid(child, 0)
        try:
            with open(out) as stream:
                answers.write(json.dumps(json.load(stream)) + "\n")
        except (OSError, ValueError):
            answers.write(json.dumps({"with": None, "error": "the process ended"}) + "\n")
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.remove(out)


if __name__ == "__main__":
    serve()
