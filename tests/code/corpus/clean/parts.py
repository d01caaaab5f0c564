"""Layers, losses, metrics, optimizers, schedules, constraints and callbacks of one's own, as Keras 3 wants them."""

import json
import math
from collections import defaultdict

import keras
from keras import backend, initializers, layers, ops, regularizers
from keras.saving import deserialize_keras_object, register_keras_serializable, serialize_keras_object


@register_keras_serializable("parts")
class Linear(layers.Layer):
    def __init__(
        self,
        units=32,
        kernel_initializer="glorot_uniform",
        kernel_regularizer=None,
        use_bias=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.use_bias = use_bias

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[-1], self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            trainable=True,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        outputs = ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            outputs = outputs + self.bias
        return outputs

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "units": self.units,
                "kernel_initializer": initializers.serialize(self.kernel_initializer),
                "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
                "use_bias": self.use_bias,
            }
        )
        return config


@register_keras_serializable("parts")
class CountedCalls(layers.Layer):
    """Keeps a number that is not trained."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.calls = self.add_weight(
            name="calls",
            shape=(),
            initializer="zeros",
            trainable=False,
        )
        self.scale = self.add_weight((), initializer="ones", name="scale")
        self.table = keras.Variable(initializer="zeros", shape=(3,), name="table")

    def call(self, inputs):
        self.calls.assign_add(1.0)
        return inputs * self.scale


@register_keras_serializable("parts")
class ActivityRegularization(layers.Layer):
    def __init__(self, rate=1e-2, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        self.add_loss(self.rate * ops.mean(ops.square(inputs)))
        return inputs

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


@register_keras_serializable("parts")
class Masked(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_mask(self, inputs, mask=None):
        return mask

    def call(self, inputs, mask=None):
        if mask is None:
            return inputs
        return inputs * ops.expand_dims(ops.cast(mask, inputs.dtype), -1)


@register_keras_serializable("parts")
class FocalLoss(keras.losses.Loss):
    def __init__(self, gamma=2.0, name="focal_loss", reduction="sum_over_batch_size", **kwargs):
        super().__init__(name=name, reduction=reduction, **kwargs)
        self.gamma = gamma

    def call(self, y_true, y_pred):
        y_true = ops.cast(y_true, y_pred.dtype)
        y_pred = ops.clip(y_pred, backend.epsilon(), 1 - backend.epsilon())
        cross_entropy = -y_true * ops.log(y_pred)
        weight = ops.power(1 - y_pred, self.gamma)
        return ops.sum(weight * cross_entropy, axis=-1)

    def get_config(self):
        return {**super().get_config(), "gamma": self.gamma}


@register_keras_serializable("parts")
def root_mean_squared_error(y_true, y_pred):
    return ops.sqrt(ops.mean(ops.square(y_pred - y_true)))


@register_keras_serializable("parts")
class F1(keras.metrics.Metric):
    def __init__(self, threshold=0.5, name="f1", **kwargs):
        super().__init__(name=name, **kwargs)
        self.threshold = threshold
        self.true_positives = self.add_variable(shape=(), initializer="zeros", name="tp")
        self.false_positives = self.add_weight(name="fp", shape=(), initializer="zeros")
        self.false_negatives = self.add_weight(name="fn", shape=(), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true = ops.cast(y_true, "bool")
        y_pred = ops.greater(y_pred, self.threshold)
        self.true_positives.assign_add(ops.sum(ops.cast(ops.logical_and(y_true, y_pred), "float32")))
        self.false_positives.assign_add(
            ops.sum(ops.cast(ops.logical_and(ops.logical_not(y_true), y_pred), "float32")),
        )
        self.false_negatives.assign_add(
            ops.sum(ops.cast(ops.logical_and(y_true, ops.logical_not(y_pred)), "float32")),
        )

    def result(self):
        precision = self.true_positives / (self.true_positives + self.false_positives + backend.epsilon())
        recall = self.true_positives / (self.true_positives + self.false_negatives + backend.epsilon())
        return 2 * precision * recall / (precision + recall + backend.epsilon())

    def reset_state(self):
        for variable in self.variables:
            variable.assign(0.0)


class SignSGD(keras.optimizers.Optimizer):
    def __init__(self, learning_rate=0.001, momentum=0.9, name="sign_sgd", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.momentum = momentum

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.momentums = [
            self.add_variable_from_reference(reference_variable=variable, name="momentum") for variable in variables
        ]

    def update_step(self, gradient, variable, learning_rate):
        learning_rate = ops.cast(learning_rate, variable.dtype)
        momentum = self.momentums[self._get_variable_index(variable)]
        self.assign(momentum, self.momentum * momentum + (1 - self.momentum) * gradient)
        self.assign_sub(variable, learning_rate * ops.sign(momentum))

    def get_config(self):
        config = super().get_config()
        config.update({"momentum": self.momentum})
        return config


class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak, warmup_steps, total_steps):
        super().__init__()
        self.peak = peak
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps

    def __call__(self, step):
        step = ops.cast(step, "float32")
        warm = self.peak * step / self.warmup_steps
        progress = (step - self.warmup_steps) / (self.total_steps - self.warmup_steps)
        cosine = 0.5 * self.peak * (1 + ops.cos(math.pi * progress))
        return ops.where(step < self.warmup_steps, warm, cosine)

    def get_config(self):
        return {
            "peak": self.peak,
            "warmup_steps": self.warmup_steps,
            "total_steps": self.total_steps,
        }


class NonNegative(keras.constraints.Constraint):
    def __call__(self, w):
        return w * ops.cast(ops.greater_equal(w, 0.0), w.dtype)


class Orthogonal(keras.regularizers.Regularizer):
    def __init__(self, factor=1e-3):
        self.factor = factor

    def __call__(self, weights):
        square = ops.matmul(ops.transpose(weights), weights)
        return self.factor * ops.sum(ops.square(square - ops.eye(square.shape[0])))

    def get_config(self):
        return {"factor": self.factor}


class Recorder(keras.callbacks.Callback):
    """Collects what the logs say, under whatever name."""

    def __init__(self):
        super().__init__()
        self.history = defaultdict(list)
        self.output_shape = None

    def on_train_begin(self, logs=None):
        self.output_shape = self.model.output_shape

    def on_epoch_end(self, epoch, logs=None):
        for key, value in (logs or {}).items():
            self.history[key].append(value)
        self.history["acc"].append((logs or {}).get("accuracy"))
        self.history["lr"].append(float(self.model.optimizer.learning_rate))

    def dump(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.history, file)


def check_round_trip():
    layer = Linear(4, kernel_regularizer=regularizers.L2(1e-3))
    config = serialize_keras_object(layer)
    again = deserialize_keras_object(config)
    assert again.units == layer.units
    print(keras.regularizers.l1_l2(l1=0.01, l2=0.01), keras.regularizers.L1L2(1e-4, 1e-4))
    print(keras.optimizers.Lion(learning_rate=1e-4), keras.optimizers.get("adam"))
    return again


def assemble():
    inputs = keras.Input((16,))
    x = Linear(64, name="first")(inputs)
    x = CountedCalls()(x)
    x = ActivityRegularization()(x)
    x = layers.Dense(8, kernel_constraint=NonNegative(), kernel_regularizer=Orthogonal())(x)
    outputs = layers.Dense(3, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=SignSGD(WarmUp(1e-3, 100, 1000)),
        loss=FocalLoss(),
        metrics=[F1(), keras.metrics.CategoricalAccuracy(name="accuracy"), root_mean_squared_error],
    )
    recorder = Recorder()
    model.fit(ops.ones((8, 16)), ops.one_hot([0, 1, 2, 0, 1, 2, 0, 1], 3), callbacks=[recorder], verbose=0)
    print(recorder.history["acc"], recorder.history["lr"], recorder.output_shape)
    for metric in model.metrics:
        metric.reset_state()
    return model
