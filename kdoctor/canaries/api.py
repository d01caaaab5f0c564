"""Names and arguments of Keras 2 that programs still use: optimizers, losses, preprocessing, the learning phase, ..."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab, canary


def imported(lab: Lab, name: str) -> Any:
    """What ``import tensorflow.keras.<name>`` or ``import keras.<name>`` gives; ``tf.keras`` is no package."""
    package = "tensorflow.keras" if lab.name == "tf.keras" else lab.name
    return importlib.import_module(f"{package}.{name}")


def dense(lab: Lab, weight: float, inputs: int = 1) -> Any:
    """A built model of one Dense unit without bias, every weight the same."""
    keras = lab.keras
    unit = keras.layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.Constant(weight))
    return keras.Sequential([keras.layers.Input((inputs,)), unit])


# ---------------------------------------------------------------------------------------------- optimizers


@canary(kind="spelling", namespace=True, full=False)
def api_optimizers_legacy(lab: Lab) -> None:
    """The optimizers under optimizers.legacy.

    Two steps of SGD with momentum 0.9 on a gradient of 1: the first moves by 0.1, the second by 0.1 + 0.9 * 0.1.
    """
    if lab.name == "keras" and lab.version < (2, 13):
        lab.skip("up to Keras 2.12 these optimizers are reached through tf.keras only")
    optimizer = lab.keras.optimizers.legacy.SGD(learning_rate=0.1, momentum=0.9)
    variable = lab.tf.Variable(1.0)
    for _ in range(2):
        optimizer.apply_gradients([(lab.tf.constant(1.0), variable)])
    lab.equal(variable, 1.0 - 0.1 - 0.19, "a weight after two steps")


@canary(kind="spelling", namespace=False, full=False)
def api_optimizer_lr(lab: Lab) -> None:
    """An optimizer's learning rate given as lr=."""
    optimizer = lab.keras.optimizers.SGD(lr=0.25)
    rate = float(lab.np.asarray(optimizer.learning_rate))
    lab.true(rate == 0.25, f"lr=0.25 is ignored: the optimizer's learning rate is {rate:.4g}, its default")
    optimizer.lr = 0.5
    lab.equal(float(lab.np.asarray(optimizer.learning_rate)), 0.5, "the learning rate after optimizer.lr = 0.5")


@canary(kind="spelling", namespace=False, full=False)
def api_optimizer_decay(lab: Lab) -> None:
    """A learning rate that falls, given as decay=.

    The rate at step n is learning_rate / (1 + decay * n); the model is x * w with w = 0 and a target of 1, so that its
    gradient is 2 * (w - 1): the first step moves w to 0.5, the second, at half the rate, to 0.625.
    """
    model = dense(lab, 0.0)
    model.compile(lab.keras.optimizers.SGD(learning_rate=0.25, decay=1.0), "mse", run_eagerly=True)
    one = lab.np.ones((1, 1), "float32")
    for _ in range(2):
        model.train_on_batch(one, one)
    weight = float(model.get_weights()[0][0, 0])
    # at the full rate the second step moves as far as half of what is left: 0.75
    lab.true(abs(weight - 0.75) > 1e-4, "decay= is ignored: the second step was taken at the full learning rate")
    lab.equal(weight, 0.625, "a weight after two steps with decay")


# ------------------------------------------------------------------------------------- layers, metrics, models


@canary(kind="spelling", namespace=False, full=False)
def api_add_weight_positional(lab: Lab) -> None:
    """A custom layer or metric that calls add_weight("name", ...)."""
    keras, np = lab.keras, lab.np

    class Scale(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def build(self, input_shape: Any) -> None:
            self.scale = self.add_weight("scale", shape=(input_shape[-1],), initializer="ones")

        def call(self, inputs: Any) -> Any:
            return inputs * (self.scale + 1.0)

    class Calls(keras.metrics.Metric):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__(name="calls")
            self.calls = self.add_weight("calls", initializer="zeros")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.calls.assign_add(1.0)

        def result(self) -> Any:
            return self.calls + 0.0

    lab.equal(Scale()(np.array([[1.0, 2.0]], "float32")), [[2.0, 4.0]], "a layer with a weight")
    metric = Calls()
    metric.update_state([0.0], [0.0])
    lab.equal(metric.result(), 1.0, "a metric with a weight")


@canary(kind="spelling", namespace=False, full=True)
def api_fit_generator(lab: Lab) -> None:
    """fit_generator and predict_generator.

    The model is x * w with w = 0, the target 1, the rate 0.25: its loss is 1, then 0.25, and w ends at 0.75.
    """
    np = lab.np
    model = dense(lab, 0.0)
    model.compile(lab.keras.optimizers.SGD(0.25), "mse", run_eagerly=True)
    batch = np.ones((1, 1), "float32")

    def batches() -> Any:
        while True:
            yield batch, batch

    history = model.fit_generator(batches(), steps_per_epoch=2, epochs=1, verbose=0)
    lab.equal(history.history["loss"], [0.625], "the mean loss of two steps")
    lab.equal(model.predict_generator(iter([batch]), steps=1), [[0.75]], "a prediction after training")


@canary(kind="spelling", namespace=True, full=False)
def api_experimental_preprocessing(lab: Lab) -> None:
    """The layers under layers.experimental.preprocessing."""
    np = lab.np
    preprocessing = imported(lab, "layers.experimental.preprocessing")
    lab.equal(preprocessing.Rescaling(0.5)(np.array([[51.0, 255.0]], "float32")), [[25.5, 127.5]], "pixels rescaled")
    normalization = preprocessing.Normalization(mean=3.0, variance=4.0)
    lab.equal(normalization(np.array([[3.0], [7.0]], "float32")), [[0.0], [2.0]], "numbers normalised")


@canary(kind="spelling", namespace=False, full=False)
def api_layer_output_shape(lab: Lab) -> None:
    """layer.output_shape and layer.input_shape."""
    model = dense(lab, 0.0, inputs=3)
    layer = model.layers[-1]
    for what, shape, right in (("output", layer.output_shape, [-1, 1]), ("input", layer.input_shape, [-1, 3])):
        lab.equal([-1 if size is None else size for size in shape], right, f"a layer's {what} shape")


@canary(kind="spelling", namespace=True, full=False)
def api_losses_functions(lab: Lab) -> None:
    """Losses as functions: mean_squared_error, mse, mae, kld, ..."""
    np, losses = lab.np, lab.keras.losses
    true = np.array([[0.0, 1.0], [0.25, 0.75]], "float32")
    predicted = np.array([[0.25, 0.5], [0.5, 0.5]], "float32")
    clipped = np.maximum(true, 1e-7)
    error = predicted - true
    norms = np.linalg.norm(true, axis=-1) * np.linalg.norm(predicted, axis=-1)
    squared, absolute = np.mean(error**2, -1), np.mean(np.abs(error), -1)
    percentage = 100 * np.mean(np.abs(error) / clipped, -1)
    logarithmic = np.mean((np.log1p(predicted) - np.log1p(true)) ** 2, -1)
    divergence = np.sum(clipped * np.log(clipped / predicted), -1)
    expected = {
        "mean_squared_error": squared,
        "mean_absolute_error": absolute,
        "mean_absolute_percentage_error": percentage,
        "mean_squared_logarithmic_error": logarithmic,
        "kl_divergence": divergence,
        "log_cosh": np.mean(np.log(np.cosh(error)), -1),
        "cosine_similarity": -np.sum(true * predicted, -1) / norms,
        "binary_crossentropy": -np.mean(true * np.log(predicted) + (1 - true) * np.log(1 - predicted), -1),
        "categorical_crossentropy": -np.sum(true * np.log(predicted / predicted.sum(-1, keepdims=True)), -1),
        "hinge": np.mean(np.maximum(1 - true * predicted, 0), -1),
        "squared_hinge": np.mean(np.maximum(1 - true * predicted, 0) ** 2, -1),
        "huber": np.mean(error**2 / 2, -1),  # no error is beyond delta = 1
        "poisson": np.mean(predicted - true * np.log(predicted), -1),
        "mse": squared,
        "MSE": squared,
        "mae": absolute,
        "MAE": absolute,
        "mape": percentage,
        "MAPE": percentage,
        "msle": logarithmic,
        "MSLE": logarithmic,
        "kld": divergence,
        "KLD": divergence,
        "kullback_leibler_divergence": divergence,
    }
    functions = {name: getattr(losses, name) for name in expected}  # all names first: they cost nothing
    for name, right in expected.items():
        value = np.asarray(functions[name](true, predicted))
        # a percentage of 1e-7 is a large number: the tolerance is relative
        lab.true(np.allclose(value, right, rtol=1e-3), f"losses.{name} gives {value}, not {right}")
    lab.seen.append(f"{len(expected)} losses: right")


@canary(kind="spelling", namespace=True, full=False)
def api_learning_phase(lab: Lab) -> None:
    """backend.set_learning_phase, which turns training mode on."""
    np, backend = lab.np, lab.keras.backend
    backend.set_learning_phase(1)
    lab.true(int(backend.learning_phase()) == 1, "learning_phase() is not what set_learning_phase(1) set")
    outputs = lab.keras.layers.BatchNormalization(epsilon=0.0)(np.array([[0.0], [4.0]], "float32"))
    lab.equal(outputs, [[-1.0], [1.0]], "a batch normalised by its own mean and variance")


# ------------------------------------------------------------------------------------------------ gone modules


@canary(kind="spelling", namespace=False, full=True)
def api_estimator(lab: Lab) -> None:
    """tf.estimator.

    One step of gradient descent at a rate of 0.25 on (w - 1) squared, from w = 0, ends at w = 0.5.
    """
    tf = lab.tf
    estimator = tf.estimator

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        weight = tf.compat.v1.get_variable("weight", shape=(), initializer=tf.compat.v1.zeros_initializer())
        loss = tf.reduce_mean((weight * features - labels) ** 2)
        step = tf.compat.v1.train.get_global_step()
        training = tf.compat.v1.train.GradientDescentOptimizer(0.25).minimize(loss, global_step=step)
        return estimator.EstimatorSpec(mode, loss=loss, train_op=training)

    def input_fn() -> Any:
        return tf.data.Dataset.from_tensors((tf.constant([1.0]), tf.constant([1.0])))

    trained = estimator.Estimator(model_fn, model_dir=lab.path("estimator"))
    trained.train(input_fn, steps=1)
    lab.equal(trained.get_variable_value("weight"), 0.5, "a weight after one step")


@canary(kind="spelling", namespace=True, full=False)
def api_scikit_wrapper(lab: Lab) -> None:
    """wrappers.scikit_learn: KerasClassifier and KerasRegressor."""
    np = lab.np
    wrapper = imported(lab, "wrappers.scikit_learn")

    def build() -> Any:
        model = dense(lab, 0.0)
        model.compile(lab.keras.optimizers.SGD(0.25), "mse", run_eagerly=True)
        return model

    regressor = wrapper.KerasRegressor(build_fn=build, epochs=1, verbose=0)
    one = np.ones((1, 1), "float32")
    regressor.fit(one, one)
    lab.equal(regressor.predict(one), 0.5, "a prediction after one step")


# ---------------------------------------------------------------------------------------------- preprocessing


@canary(kind="spelling", namespace=True, full=False)
def api_preprocessing_text(lab: Lab) -> None:
    """preprocessing.text: Tokenizer, then pad_sequences."""
    np = lab.np
    text = imported(lab, "preprocessing.text")
    sequence = imported(lab, "preprocessing.sequence")
    tokenizer = text.Tokenizer(num_words=4, oov_token="<unknown>")
    tokenizer.fit_on_texts(["The cat, the dog.", "The dog barks!"])
    # by frequency, ties in order of appearance; words from number 4 on count as unknown
    lab.true(
        tokenizer.word_index == {"<unknown>": 1, "the": 2, "dog": 3, "cat": 4, "barks": 5},
        f"the words are numbered {json.dumps(tokenizer.word_index)}, not by their frequency",
    )
    numbers = tokenizer.texts_to_sequences(["the dog", "a cat and the dog"])
    lab.true(numbers == [[2, 3], [1, 1, 1, 2, 3]], f"the texts became {numbers}, not [[2, 3], [1, 1, 1, 2, 3]]")
    padded = sequence.pad_sequences(numbers, maxlen=4, padding="post")
    lab.equal(padded, np.array([[2, 3, 0, 0], [1, 1, 2, 3]]), "padded sequences")
    lab.true(text.text_to_word_sequence("Hello, World!") == ["hello", "world"], "a text is not split into its words")


@canary(kind="spelling", namespace=True, full=False)
def api_preprocessing_image(lab: Lab) -> None:
    """preprocessing.image: ImageDataGenerator, img_to_array.

    A model that does not learn (its rate is 0) is fitted for two epochs: each must see every image.
    """
    np, keras = lab.np, lab.keras
    image = imported(lab, "preprocessing.image")
    pictures = np.arange(24, dtype="float32").reshape(2, 2, 2, 3)
    lab.equal(image.img_to_array(pictures[0]), pictures[0], "img_to_array")
    generator = image.ImageDataGenerator(rescale=0.5)
    if not lab.is_keras_3:  # there each batch goes through SciPy, whatever is asked for
        lab.optional("scipy", "SciPy")
    batches = generator.flow(pictures, np.array([0.0, 0.0]), batch_size=1, shuffle=False)
    batch, targets = batches[1]
    lab.equal(batch, pictures[1:] / 2, "the images of a batch")
    lab.equal(targets, [0.0], "the targets of a batch")
    if importlib.util.find_spec("PIL"):  # reading and writing files is left out where Pillow is not installed
        path = lab.path("picture.png")
        image.array_to_img(pictures[0], scale=False).save(path)
        lab.equal(image.img_to_array(image.load_img(path)), pictures[0], "a picture written and read")

    model = keras.Sequential([keras.layers.Input((2, 2, 3)), keras.layers.GlobalAveragePooling2D(), mean_of(lab)])
    model.compile(keras.optimizers.SGD(0.0), "mse", run_eagerly=True)
    history = model.fit(batches, steps_per_epoch=2, epochs=2, verbose=0).history["loss"]
    expected = float(np.mean(np.mean(pictures / 2, axis=(1, 2, 3)) ** 2))
    lab.equal(history[:1], [expected], "the loss of the first epoch", tolerance=1e-3)
    lab.true(
        len(history) == 2 and abs(history[-1] - expected) < 1e-3,
        "with steps_per_epoch= every other epoch sees no image: the losses of two epochs are "
        f"{' and '.join(f'{loss:.4g}' for loss in history)}, not {expected:.4g} each",
    )


def mean_of(lab: Lab) -> Any:
    """A Dense unit that gives the mean of three numbers."""
    keras = lab.keras
    return keras.layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.Constant(1 / 3))


# ------------------------------------------------------------------------------------------ the backend's functions


@canary(kind="spelling", namespace=True, full=True)
def api_backend_functions(lab: Lab) -> None:
    """Functions of the backend: K.sum, K.mean, K.square, K.clip, ..."""
    np, backend = lab.np, lab.keras.backend
    total, mean, square, clip, concatenate = (
        backend.sum,
        backend.mean,
        backend.square,
        backend.clip,
        backend.concatenate,
    )
    numbers = np.array([[1.0, -2.0, 4.0], [0.0, 3.0, -3.0]], "float32")
    tensor = lab.tf.constant(numbers)
    lab.equal(total(tensor, axis=1), np.sum(numbers, 1), "K.sum")
    lab.equal(mean(tensor, axis=0), np.mean(numbers, 0), "K.mean")
    lab.equal(square(tensor), numbers**2, "K.square")
    lab.equal(clip(tensor, -1, 2), np.clip(numbers, -1, 2), "K.clip")
    lab.equal(concatenate([tensor, tensor], axis=0), np.concatenate([numbers, numbers]), "K.concatenate")


@canary(kind="spelling", namespace=True, full=True)
def api_backend_symbolic(lab: Lab) -> None:
    """K.mean, K.sum and the like between the layers of a model."""
    keras, np = lab.keras, lab.np
    inputs = keras.Input((3,))
    outputs = keras.backend.mean(inputs, axis=1, keepdims=True)
    model = keras.Model(inputs, outputs)
    numbers = np.array([[1.0, 2.0, 6.0], [0.0, -1.0, 4.0]], "float32")
    lab.equal(model(numbers), np.mean(numbers, 1, keepdims=True), "the mean of three features")


@canary(kind="spelling", namespace=True, full=True)
def api_backend_set_value(lab: Lab) -> None:
    """K.set_value(optimizer.learning_rate, ...)."""
    keras = lab.keras
    optimizer = keras.optimizers.SGD(learning_rate=0.25)
    keras.backend.set_value(optimizer.learning_rate, 0.5)
    lab.equal(float(lab.np.asarray(optimizer.learning_rate)), 0.5, "the learning rate that was set")


# ----------------------------------------------------------------------------------- what is given to fit and compile


@canary(kind="spelling", namespace=False, full=True)
def api_generator_lists(lab: Lab) -> None:
    """Training with a generator that yields a list of inputs.

    All weights are 1 and all five features too, so that the model answers 5 to a target of 3.
    """
    keras, np = lab.keras, lab.np
    first, second = keras.Input((2,)), keras.Input((3,))
    unit = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Model([first, second], unit(keras.layers.Concatenate()([first, second])))
    model.compile(keras.optimizers.SGD(0.0), "mse", run_eagerly=True)

    def batches() -> Any:
        while True:
            yield [np.ones((4, 2), "float32"), np.ones((4, 3), "float32")], np.full((4, 1), 3.0, "float32")

    history = model.fit(batches(), steps_per_epoch=1, epochs=1, verbose=0)
    lab.equal(history.history["loss"], [4.0], "the loss of a step")


@canary(kind="spelling", namespace=False, full=True)
def api_fit_workers(lab: Lab) -> None:
    """Training with workers=, use_multiprocessing= or max_queue_size=."""
    model = dense(lab, 0.0)
    model.compile(lab.keras.optimizers.SGD(0.25), "mse", run_eagerly=True)
    one = lab.np.ones((1, 1), "float32")
    model.fit(one, one, workers=1, use_multiprocessing=False, max_queue_size=10, verbose=0)
    lab.equal(model.get_weights()[0], [[0.5]], "a weight after one step")


@canary(kind="spelling", namespace=False, full=True)
def api_python_lists(lab: Lab) -> None:
    """Training and prediction with plain Python lists."""
    model = dense(lab, 1.0, inputs=2)
    model.compile(lab.keras.optimizers.SGD(0.0), "mse", run_eagerly=True)
    # the model adds the two features: 3 and 7, for targets of 2 and 5
    history = model.fit([[1.0, 2.0], [3.0, 4.0]], [2.0, 5.0], verbose=0)
    lab.equal(history.history["loss"], [2.5], "the loss of one epoch")
    lab.equal(model.predict([[1.0, 2.0], [3.0, 4.0]], verbose=0), [[3.0], [7.0]], "predictions")


@canary(kind="spelling", namespace=False, full=True)
def api_sample_weight_mode(lab: Lab) -> None:
    """A model compiled with sample_weight_mode="temporal"."""
    keras, np = lab.keras, lab.np
    unit = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([keras.layers.Input((2, 1)), unit])
    model.compile(keras.optimizers.SGD(0.0), "mse", sample_weight_mode="temporal", run_eagerly=True)
    targets, weights = np.array([[[1.0], [2.0]]], "float32"), np.array([[1.0, 0.0]], "float32")
    loss = model.train_on_batch(np.ones((1, 2, 1), "float32"), targets, sample_weight=weights)
    # the squares of the errors are 1 and 4, and the second step weighs nothing
    lab.equal(np.ravel(loss)[0], 0.5, "the loss of two weighted steps")


@canary(kind="spelling", namespace=False, full=True)
def api_loss_reduction_auto(lab: Lab) -> None:
    """A loss with reduction="auto"."""
    loss = lab.keras.losses.MeanSquaredError(reduction="auto")
    np = lab.np
    value = loss(np.array([[0.0], [0.0]], "float32"), np.array([[1.0], [3.0]], "float32"))
    lab.equal(value, 5.0, "the mean of the squares 1 and 9")


# ------------------------------------------------------------------------------ optimizers and training by hand


@canary(kind="trap", namespace=False, full=True)
def api_optimizer_lr_attribute(lab: Lab) -> None:
    """The learning rate read as optimizer.lr."""
    optimizer = lab.keras.optimizers.SGD(learning_rate=0.25)
    lab.equal(float(lab.np.asarray(optimizer.lr)), 0.25, "optimizer.lr")


@canary(kind="spelling", namespace=False, full=True)
def api_optimizer_minimize(lab: Lab) -> None:
    """optimizer.minimize.

    The gradient of w squared at w = 1 is 2; a step at a rate of 0.25 ends at 0.5.
    """
    variable = lab.tf.Variable(1.0)
    optimizer = lab.keras.optimizers.SGD(learning_rate=0.25)
    optimizer.minimize(lambda: variable * variable, [variable])
    lab.equal(variable, 0.5, "a weight after one step")


@canary(kind="spelling", namespace=False, full=True)
def api_optimizer_subclass(lab: Lab) -> None:
    """An optimizer of one's own, a class with update_step."""
    tf = lab.tf

    class Plain(lab.keras.optimizers.Optimizer):  # type: ignore[misc, name-defined]
        def __init__(self, learning_rate: float = 0.25, name: str = "Plain", **kwargs: Any) -> None:
            super().__init__(name=name, **kwargs)
            self._learning_rate = self._build_learning_rate(learning_rate)

        def update_step(self, gradient: Any, variable: Any) -> None:
            variable.assign_sub(tf.cast(self.learning_rate, variable.dtype) * gradient)

    variable = tf.Variable(1.0)
    Plain().apply_gradients([(tf.constant(2.0), variable)])
    lab.equal(variable, 0.5, "a weight after one step")


@canary(kind="trap", namespace=False, full=True)
def api_train_step_compiled_loss(lab: Lab) -> None:
    """A train_step with compiled_loss and compiled_metrics.

    The model is x * w with w = 0.5 and a target of 2: the error is 1.5, its square 2.25, and a step at a rate of 0.1
    moves w by 0.3.
    """
    keras, np, tf = lab.keras, lab.np, lab.tf

    class Trained(keras.Model):  # type: ignore[misc, name-defined]
        def train_step(self, data: Any) -> Any:
            features, targets = data
            with tf.GradientTape() as tape:
                predicted = self(features, training=True)
                loss = self.compiled_loss(targets, predicted)
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
            self.compiled_metrics.update_state(targets, predicted)
            return {metric.name: metric.result() for metric in self.metrics}

    inputs = keras.Input((1,))
    half = keras.initializers.Constant(0.5)
    model = Trained(inputs, keras.layers.Dense(1, use_bias=False, kernel_initializer=half)(inputs))
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"], run_eagerly=True)
    features, targets = np.ones((2, 1), "float32"), np.full((2, 1), 2.0, "float32")
    history = model.fit(features, targets, verbose=0).history
    lab.equal(model.get_weights()[0], [[0.8]], "a weight after one step")
    lab.equal(history["mae"], [1.5], "the metric of the step")
    loss = float(history["loss"][0])
    lab.true(abs(loss - 2.25) < 1e-4, f"training is right, but the loss that is shown is {loss:.4g}, not 2.25")


# -------------------------------------------------------------------------------------- layers, metrics, their parts


@canary(kind="spelling", namespace=False, full=True)
def api_add_metric(lab: Lab) -> None:
    """A layer that calls add_metric."""
    keras, np = lab.keras, lab.np

    class Watched(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, inputs: Any) -> Any:
            self.add_metric(inputs, name="mean_input", aggregation="mean")
            return inputs

    layer = Watched()
    layer(np.array([[1.0, 5.0]], "float32"))
    lab.equal([metric.result() for metric in layer.metrics], [3.0], "what the layer measured")


@canary(kind="spelling", namespace=False, full=True)
def api_add_update(lab: Lab) -> None:
    """A layer that calls add_update."""
    keras, np = lab.keras, lab.np

    class Counting(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def build(self, input_shape: Any) -> None:
            self.calls = self.add_weight(name="calls", shape=(), initializer="zeros", trainable=False)

        def call(self, inputs: Any) -> Any:
            self.add_update(self.calls.assign_add(1.0))
            return inputs

    layer = Counting()
    for _ in range(2):
        layer(np.ones((1, 1), "float32"))
    lab.equal(layer.calls, 2.0, "the calls that the layer counted")


@canary(kind="spelling", namespace=False, full=True)
def api_metric_reset_states(lab: Lab) -> None:
    """metric.reset_states()."""
    metric = lab.keras.metrics.Mean()
    metric.update_state([2.0, 4.0])
    metric.reset_states()
    metric.update_state([5.0])
    lab.equal(metric.result(), 5.0, "a mean after a reset")


@canary(kind="trap", namespace=False, full=True)
def api_metric_name_positional(lab: Lab) -> None:
    """A metric class of one's own that gives its base class the name first."""

    class Gap(lab.keras.metrics.Metric):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__("error")
            self.total = self.add_weight(name="total", shape=(), initializer="zeros")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.total.assign_add(abs(y_pred[0] - y_true[0]))

        def result(self) -> Any:
            return self.total + 0.0

    metric = Gap()
    metric.update_state([1.0], [4.0])
    lab.equal(metric.result(), 3.0, "the metric")
    lab.true(metric.name == "error", f"the metric reports as {metric.name!r}, not as 'error'")


@canary(kind="spelling", namespace=False, full=True)
def api_shape_as_list(lab: Lab) -> None:
    """x.shape.as_list() between the layers of a model."""
    shape = lab.keras.Input((3, 2)).shape.as_list()
    lab.true(shape == [None, 3, 2], f"the shape is {shape}, not [None, 3, 2]")


@canary(kind="spelling", namespace=False, full=True)
def api_lambda_output_shape(lab: Lab) -> None:
    """A Lambda layer whose shape TensorFlow cannot tell."""
    keras, np, tf = lab.keras, lab.np, lab.tf
    inputs = keras.Input((3,))
    double = keras.layers.Lambda(lambda values: tf.numpy_function(lambda array: array * 2, [values], tf.float32))
    model = keras.Model(inputs, double(inputs))
    numbers = np.array([[1.0, 2.0, 3.0]], "float32")
    lab.equal(model(numbers), numbers * 2, "numbers doubled by a NumPy function")


@canary(kind="spelling", namespace=False, full=True)
def api_variable_ref(lab: Lab) -> None:
    """A model's weights as TensorFlow variables: weight.ref()."""
    weight = dense(lab, 0.25).weights[0]
    named = {weight.ref(): "kernel"}
    lab.true(named[weight.ref()] == "kernel", "a weight is not found by its reference")
    lab.equal(weight.ref().deref(), [[0.25]], "the weight behind the reference")


# ---------------------------------------------------------------------------------------- addresses, and mixing them


@canary(kind="spelling", namespace=True, full=True)
def api_saving_module(lab: Lab) -> None:
    """saving.register_keras_serializable, to mark one's own classes."""
    if lab.name == "keras" and lab.version < (2, 13):
        lab.skip("up to Keras 2.12 these names are reached through tf.keras only")

    class Scale:
        def get_config(self) -> Any:
            return {}

    lab.keras.saving.register_keras_serializable(package="kdoctor_canary")(Scale)
    name = lab.keras.saving.get_registered_name(Scale)
    lab.true(name == "kdoctor_canary>Scale", f"the class is registered as {name}, not kdoctor_canary>Scale")


@canary(kind="spelling", namespace=True, full=True)
def api_np_utils(lab: Lab) -> None:
    """keras.utils.np_utils, with to_categorical."""
    if lab.name != "keras":
        lab.skip("tf.keras never had this address")
    np_utils = imported(lab, "utils.np_utils")
    lab.equal(np_utils.to_categorical([0, 2], 3), [[1, 0, 0], [0, 0, 1]], "two classes of three")


@canary(kind="spelling", namespace=True, full=True)
def api_layers_core(lab: Lab) -> None:
    """Layers imported from keras.layers.core."""
    if lab.name != "keras":
        lab.skip("tf.keras never had this address")
    layer = imported(lab, "layers.core").Dense(1, use_bias=False, kernel_initializer="ones")
    lab.equal(layer(lab.np.array([[1.0, 2.0]], "float32")), [[3.0]], "a sum of two numbers")


@canary(kind="trap", namespace=True, full=True)
def api_mixed_imports(lab: Lab) -> None:
    """Layers of `keras` and of `tf.keras` in one model."""
    keras, tf = lab.keras, lab.tf
    other = lab.optional("keras", "keras") if lab.name == "tf.keras" else tf.keras
    inputs = keras.Input((2,))
    outputs = other.layers.Dense(1, use_bias=False, kernel_initializer="ones")(inputs)
    model = keras.Model(inputs, outputs)
    lab.equal(model(lab.np.array([[1.0, 2.0]], "float32")), [[3.0]], "a sum of two numbers")
    lab.true(
        len(model.trainable_weights) == 1,
        "the model does not know the weights of the layer, so it neither trains nor saves them",
    )


@canary(kind="spelling", namespace=True, full=True)
def api_compat_v1_layers(lab: Lab) -> None:
    """The layers of TensorFlow 1 under tf.compat.v1.layers."""
    if lab.name != "tf.keras":
        lab.skip("what tf.compat.v1.layers gives follows tf.keras")
    tf = lab.tf
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        ones = tf.compat.v1.ones_initializer()
        sums = tf.compat.v1.layers.dense(tf.constant([[1.0, 2.0]]), 1, use_bias=False, kernel_initializer=ones)
        session.run(tf.compat.v1.global_variables_initializer())
        lab.equal(session.run(sums), [[3.0]], "a sum of two numbers")


@canary(kind="spelling", namespace=False, full=True)
def api_model_outputs_written(lab: Lab) -> None:
    """model.outputs = [...], to cut a model short."""
    keras, np = lab.keras, lab.np
    inputs = keras.Input((2,))
    middle = keras.layers.Dense(3, kernel_initializer="ones")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1)(middle))
    model.outputs = [middle]
    shorter = keras.Model(model.inputs, model.outputs)
    lab.equal(
        np.asarray(shorter(np.array([[1.0, 2.0]], "float32"))).reshape(-1), [3, 3, 3], "the layer before the last"
    )


@canary(kind="spelling", namespace=False, full=True)
def api_get_file_path(lab: Lab) -> None:
    """utils.get_file with a path as the file's name."""
    with open(lab.path("given.txt"), "w") as file:
        file.write("text")
    origin = "file:///" + lab.path("given.txt").replace(os.sep, "/").lstrip("/")
    found = lab.keras.utils.get_file(lab.path("taken.txt"), origin)
    with open(found) as file:
        lab.true(file.read() == "text", "the file that was fetched holds something else")
    lab.true(os.path.exists(lab.path("taken.txt")), f"the file is stored as {os.path.basename(found)}, not where asked")


@canary(kind="trap", namespace=False, full=True)
def api_outputs_nested(lab: Lab) -> None:
    """model.output of a model that was made with a list of one output."""
    keras, np = lab.keras, lab.np
    inputs = keras.Input((2,))
    middle = keras.layers.Dense(3, kernel_initializer="ones")(inputs)
    model = keras.Model([inputs], [keras.layers.Dense(1, kernel_initializer="ones")(middle)])
    features, last = keras.Model(model.inputs, [middle, model.output])(np.array([[1.0, 2.0]], "float32"))
    lab.true(not isinstance(last, (list, tuple)), "model.output is a list, and the second output is a list in a list")
    lab.equal(features, [[3, 3, 3]], "the layer before the last")
    lab.equal(last, [[9]], "the last layer")


@canary(kind="spelling", namespace=False, full=True)
def api_predict_classes(lab: Lab) -> None:
    """predict_classes and predict_proba of a Sequential model, with weights that make the last class the likeliest."""
    np = lab.np
    model = lab.keras.Sequential([lab.keras.layers.Input((1,)), lab.keras.layers.Dense(3, use_bias=False)])
    model.set_weights([np.array([[0.0, 1.0, 2.0]], "float32")])
    examples = np.array([[1.0], [-1.0]], "float32")
    lab.equal(model.predict_proba(examples), [[0.0, 1.0, 2.0], [0.0, -1.0, -2.0]], "what the model gives")
    lab.equal(model.predict_classes(examples), [2, 0], "the likeliest classes")
