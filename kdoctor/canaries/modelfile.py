"""Whole models in HDF5 files of older releases: each is written here byte for byte as its release wrote it, and loaded.

The files differ in their configuration only, which is what the readers of HDF5 stumble over.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab, canary

KERNEL = [[1.0, 2.0], [3.0, -1.0], [0.5, 0.0]]
BIAS = [0.25, -0.5]
FEATURES = [[1.0, 2.0, 3.0], [-1.0, 0.0, 2.0]]
DENSE = {"class_name": "Dense", "config": {"name": "dense_1", "units": 2, "activation": "linear", "use_bias": True}}
ENTRY = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 3], "name": "entry", "dtype": "float32"}}


@canary(kind="trap", namespace=False, full=True)
def modelfile_list_config(lab: Lab) -> None:
    """A Sequential model in an .h5 file of Keras 2.2.2 or older loads."""
    check(lab, [ENTRY, DENSE], as_list=True)


@canary(kind="trap", namespace=False, full=True)
def modelfile_batch_input_shape(lab: Lab) -> None:
    """A Sequential model without InputLayer, in an .h5 file of Keras 2.2 or 2.3, takes its own input."""
    check(lab, [changed(DENSE, batch_input_shape=[None, 3])])


@canary(kind="trap", namespace=False, full=True)
def modelfile_wrapped_layer(lab: Lab) -> None:
    """A TimeDistributed or Bidirectional layer in an old .h5 file loads."""
    wrapper = {"class_name": "TimeDistributed", "config": {"name": "dense_1", "layer": changed(DENSE, name="inside")}}
    check(lab, [changed(ENTRY, batch_input_shape=[None, 2, 3]), wrapper], features=[FEATURES])


@canary(kind="trap", namespace=False, full=True)
def modelfile_layer_gone(lab: Lab) -> None:
    """A layer of Keras 2 in an .h5 file, LocallyConnected1D, loads."""
    arguments = {"name": "dense_1", "filters": 2, "kernel_size": [1], "implementation": 1}
    layers = [
        changed(ENTRY, batch_input_shape=[None, 2, 3]),
        {"class_name": "LocallyConnected1D", "config": arguments},
    ]
    check(lab, layers, features=[FEATURES], weights=([KERNEL] * 2, [BIAS] * 2))


@canary(kind="trap", namespace=False, full=True)
def modelfile_old_optimizer(lab: Lab) -> None:
    """A model that Keras 2.2 or older compiled, in an .h5 file, loads."""
    optimizer = {"class_name": "SGD", "config": {"lr": 0.01, "momentum": 0.0, "decay": 0.0, "nesterov": False}}
    training: Any = {"optimizer_config": optimizer, "loss": "mean_squared_error", "metrics": [], "loss_weights": None}
    check(lab, [ENTRY, DENSE], training=training)


@canary(kind="trap", namespace=False, full=True)
def modelfile_function_name(lab: Lab) -> None:
    """An .h5 file of a model with an Attention layer loads again."""
    np, keras = lab.np, lab.keras
    inputs = keras.Input((2, 3))
    keras.Model(inputs, keras.layers.Attention()([inputs, inputs])).save(lab.path("model.h5"))
    loaded = keras.models.load_model(lab.path("model.h5"))
    steps = np.array([FEATURES], "float32")
    scores = np.exp(steps @ steps.transpose(0, 2, 1))
    lab.equal(loaded(steps), scores / scores.sum(-1, keepdims=True) @ steps, "predictions of the loaded model")


@canary(kind="trap", namespace=False, full=True)
def modelfile_operation(lab: Lab) -> None:
    """An .h5 file of a functional model with operations on tensors loads again."""
    np, keras = lab.np, lab.keras
    inputs = keras.Input((3,))
    keras.Model(inputs, inputs[:, :2] * 2.0 - 1.0).save(lab.path("model.h5"))
    loaded = keras.models.load_model(lab.path("model.h5"))
    features = np.array(FEATURES, "float32")
    lab.equal(loaded(features), features[:, :2] * 2.0 - 1.0, "predictions of the loaded model")


@canary(kind="trap", namespace=False, full=True)
def modelfile_dtype_policy(lab: Lab) -> None:
    """A model with mixed precision, in an .h5 file of Keras 2, loads."""
    policy = {"class_name": "Policy", "config": {"name": "mixed_bfloat16"}}
    check(lab, [ENTRY, changed(DENSE, dtype=policy)], tolerance=0.1)


@canary(kind="trap", namespace=False, full=True)
def modelfile_h5_named_keras(lab: Lab) -> None:
    """HDF5 under a name that ends in .keras loads, as TensorFlow 2.12 and older wrote it."""
    check(lab, [ENTRY, DENSE], name="model.keras")


@canary(kind="trap", namespace=False, full=True)
def modelfile_no_ending(lab: Lab) -> None:
    """HDF5 under a name without an ending loads."""
    check(lab, [ENTRY, DENSE], name="model")


def changed(layer: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    """The same layer with other arguments."""
    return {**layer, "config": {**layer["config"], **arguments}}


def check(
    lab: Lab,
    layers: list[dict[str, Any]],
    *,
    as_list: bool = False,
    features: Any = FEATURES,
    weights: Any = (KERNEL, BIAS),
    training: Any = None,
    name: str = "model.h5",
    tolerance: float = 1e-4,
) -> None:
    """Write a Sequential with one layer that has weights, load it, and compare what it predicts."""
    np = lab.np
    config: Any = layers if as_list else {"name": "sequential_1", "layers": layers}
    with lab.optional("h5py", "h5py").File(lab.path(name), "w") as file:
        file.attrs.update(keras_version=b"2.2.2" if as_list else b"2.2.5", backend=b"tensorflow")
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config}).encode()
        if training is not None:
            file.attrs["training_config"] = json.dumps(training).encode()
        root = file.create_group("model_weights")
        names = [one["config"]["name"].encode() for one in layers]
        root.attrs.update(layer_names=names, keras_version=b"2.2.5", backend=b"tensorflow")
        for one in names:
            group = root.create_group(one)
            group.attrs["weight_names"] = [b"dense_1/kernel:0", b"dense_1/bias:0"] if one == b"dense_1" else []
        for path, value in zip(("dense_1/kernel:0", "dense_1/bias:0"), weights):
            root["dense_1"][path] = np.array(value, "float32")
    loaded = lab.keras.models.load_model(lab.path(name))
    expected = np.array(features) @ np.array(KERNEL) + np.array(BIAS)
    lab.equal(loaded(np.array(features, "float32")), expected, "predictions of the loaded model", tolerance)
