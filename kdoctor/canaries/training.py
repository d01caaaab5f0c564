"""Training: what an optimizer, a loss, a metric or a default does to the numbers, and what ``compile`` accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab, canary


@canary(namespace=False, full=True)
def training_optimizer_lr_assign(lab: Lab) -> None:
    """optimizer.lr = x changes the learning rate."""
    model = one_weight(lab)
    model.compile(lab.keras.optimizers.SGD(0.5), "mse")
    model.optimizer.lr = 0.25
    rate = number(lab, model.optimizer.learning_rate)
    lab.true(
        abs(rate - 0.5) > 1e-6,
        "after optimizer.lr = 0.25 the model still learns at 0.5: an attribute that nothing reads was made",
    )
    lab.equal(rate, 0.25, "learning rate after optimizer.lr = 0.25")


@canary(namespace=False, full=True)
def training_metrics_names(lab: Lab) -> None:
    """metrics_names names what evaluate returns."""
    np = lab.np
    model = one_weight(lab)
    model.compile("sgd", "mse", metrics=["mae"], run_eagerly=eager(lab))
    values = model.test_on_batch(np.ones((2, 1), "float32"), np.full((2, 1), 4, "float32"))
    lab.equal(values, [9, 3], "loss and mean absolute error")
    names = list(model.metrics_names)
    lab.true(names == ["loss", "mae"], f"metrics_names is {names}, not ['loss', 'mae']")
    lab.seen.append("names: right")


@canary(namespace=False, full=True)
def training_output_losses(lab: Lab) -> None:
    """evaluate() returns the loss of every output."""
    np = lab.np
    model = two_outputs(lab)
    model.compile("sgd", loss=["mse", "mse"], run_eagerly=eager(lab))
    ones = np.ones((2, 1), "float32")
    values = np.atleast_1d(model.test_on_batch(ones, [2 * ones, 4 * ones]))
    lab.true(
        len(values) != 1,
        f"of a model with two outputs only the total loss is returned, {float(values[0]):.4g}, not 10, 1 and 9",
    )
    lab.equal(values, [10, 1, 9], "total loss and those of the two outputs")


@canary(namespace=False, full=True)
def training_epoch_skipped(lab: Lab) -> None:
    """steps_per_epoch equal to the data trains every epoch."""
    np = lab.np
    ones = np.ones((4, 1), "float32")
    data = lab.tf.data.Dataset.from_tensor_slices((ones, 2 * ones)).batch(2)
    model = one_weight(lab)
    model.compile(lab.keras.optimizers.SGD(0.25), "mse", run_eagerly=True)
    losses = model.fit(data, steps_per_epoch=2, epochs=2, verbose=0).history["loss"]
    # the error halves at every step, from 1 on: an epoch's loss is the mean of its two steps
    lab.true(
        not (len(losses) == 2 and losses[1] == 0),
        f"the second epoch is not trained, and its loss is given as 0: losses {losses[0]:.4g}, 0, not 0.625, 0.03906",
    )
    lab.equal(losses, [(1 + 1 / 4) / 2, (1 / 16 + 1 / 64) / 2], "loss of two epochs")


@canary(namespace=False, full=True)
def training_loss_ranks(lab: Lab) -> None:
    """A loss of targets (N,) and predictions (N, 1)."""
    np = lab.np
    targets = np.array([0.0, 1.0, 2.0], "float32")
    loss = number(lab, lab.keras.losses.MeanSquaredError()(targets, targets[:, None] + 1))
    all_pairs = float(np.mean((targets[None] - targets[:, None] - 1) ** 2))
    lab.true(
        abs(loss - all_pairs) > 1e-4,
        f"every target is compared with every prediction: the loss is {loss:.4g}, not 1",
    )
    lab.equal(loss, 1.0, "loss")


@canary(namespace=False, full=True)
def training_loss_integers(lab: Lab) -> None:
    """A loss of whole numbers is not rounded."""
    np = lab.np
    loss = number(lab, lab.keras.losses.MeanSquaredError()(np.array([1, 2, 3]), np.array([1, 2, 5])))
    lab.true(abs(loss - 1) > 1e-4, "the loss of integer arrays is divided as an integer: 1, not 1.333 (4 / 3)")
    lab.equal(loss, 4 / 3, "loss of integer arrays")


@canary(namespace=False, full=True)
def training_weight_names(lab: Lab) -> None:
    """The names of a model's weights tell them apart."""
    layers = lab.keras.layers
    model = lab.keras.Sequential(
        [
            lab.keras.Input((2,)),
            layers.Dense(2, kernel_initializer="zeros", name="body"),
            layers.Dense(1, kernel_initializer="zeros", name="head"),
        ]
    )
    names = [weight.name.partition(":")[0] for weight in model.weights]
    expected = ["body/kernel", "body/bias", "head/kernel", "head/bias"]
    lab.true(names == expected, f"the weights are named {names}, not {expected}")
    lab.seen.append("names: right")


@canary(namespace=False, full=True)
def training_l1_l2_default(lab: Lab) -> None:
    """l1_l2() penalises weights by default."""
    np = lab.np
    weights = np.full((2, 2), 2, "float32")
    penalty = number(lab, lab.keras.regularizers.l1_l2()(weights))
    expected = 0.01 * np.abs(weights).sum() + 0.01 * (weights**2).sum()
    lab.true(penalty != 0, f"l1_l2() penalises nothing: 0, not {expected:.4g} (0.01 of each, as in Keras 2)")
    lab.equal(penalty, expected, "penalty of l1_l2()")


@canary(namespace=False, full=True)
def training_lion_default(lab: Lab) -> None:
    """Lion() learns at its old default rate."""
    if not lab.is_keras_3 and not hasattr(lab.keras.optimizers, "Lion"):
        lab.skip("Lion came with a later Keras 2")
    rate = number(lab, lab.keras.optimizers.Lion().learning_rate)
    lab.true(abs(rate - 0.0001) < 1e-9, f"Lion() learns at {rate:.4g} by default, not at 0.0001 as in Keras 2")
    lab.seen.append("learning rate: right")


@canary(namespace=False, full=True)
def training_ema_default(lab: Lab) -> None:
    """RMSprop(use_ema=True) puts the averages in place."""
    every = lab.keras.optimizers.RMSprop(use_ema=True).ema_overwrite_frequency
    lab.true(
        every == 100,
        f"ema_overwrite_frequency of RMSprop is {every} by default, not 100 as in Keras 2: the weights are replaced "
        "by their averages at the end of fit() only",
    )
    lab.seen.append("ema_overwrite_frequency: right")


@canary(namespace=False, full=True)
def training_ema_average(lab: Lab) -> None:
    """The average of use_ema=True starts from the weights."""
    np = lab.np
    model = one_weight(lab)
    optimizer = lab.keras.optimizers.SGD(0.05, use_ema=True, ema_overwrite_frequency=2)
    model.compile(optimizer, "mse", run_eagerly=eager(lab))
    one, zero = np.ones((1, 1), "float32"), np.zeros((1, 1), "float32")
    weight = average = weight_3 = average_3 = 1.0
    for step in range(1, 5):
        model.train_on_batch(one, zero)
        weight, weight_3 = weight * 0.9, weight_3 * 0.9  # the gradient of weight ** 2, times 0.05
        average = 0.99 * average + 0.01 * weight
        average_3 = weight_3 if step == 1 else 0.99 * average_3 + 0.01 * weight_3
        if step % 2 == 0:
            weight, weight_3 = average, average_3
    actual = float(model.get_weights()[0][0, 0])
    lab.true(
        abs(actual - average_3) > 1e-4,
        f"the average starts from the weights after the first step, not before it as in Keras 2: after four steps "
        f"the weight is {actual:.4g}, not {average:.4g}",
    )
    lab.equal(actual, average, "averaged weight after four steps")


@canary(namespace=False, full=True)
def training_kl_metric_name(lab: Lab) -> None:
    """KLDivergence() reports under its old name."""
    name = lab.keras.metrics.KLDivergence().name
    expected = "kullback_leibler_divergence"
    lab.true(name == expected, f"KLDivergence() reports as {name!r}, not as {expected!r} as in Keras 2")
    lab.seen.append("name: right")


@canary(namespace=False, full=True)
def training_conv_lstm_gates(lab: Lab) -> None:
    """A ConvLSTM2D computes its gates as it used to."""
    np = lab.np
    layer = lab.keras.layers.ConvLSTM2D(1, 1, kernel_initializer="ones", recurrent_initializer="ones", use_bias=False)
    actual = float(np.asarray(layer(np.ones((1, 1, 1, 1, 1), "float32"))).reshape(()))
    expected, sigmoid = (gate * np.tanh(gate * np.tanh(1)) for gate in (0.2 + 0.5, 1 / (1 + np.exp(-1))))
    lab.true(
        abs(actual - sigmoid) > 1e-4,
        "the gates of ConvLSTM2D are sigmoid by default, not hard_sigmoid as in Keras 2: with the same weights it "
        f"gives {actual:.4g}, not {expected:.4g}",
    )
    lab.equal(actual, expected, "output of ConvLSTM2D")


@canary(namespace=False, full=True)
def training_hard_sigmoid(lab: Lab) -> None:
    """hard_sigmoid gives the numbers it used to."""
    np = lab.np
    x = np.array([[-3.0, -1.0, 0.0, 1.0, 2.75]], "float32")
    actual = np.asarray(lab.keras.layers.Activation("hard_sigmoid")(x))
    lab.true(
        abs(actual[0, 3] - 4 / 6) > 1e-4,
        f"hard_sigmoid(1) is {actual[0, 3]:.4g} (x / 6 + 0.5), not 0.7 (0.2 * x + 0.5, as in Keras 2)",
    )
    lab.equal(actual, np.clip(0.2 * x + 0.5, 0, 1), "hard_sigmoid")


@canary(namespace=False, full=True)
def training_batch_norm_variance(lab: Lab) -> None:
    """BatchNormalization's variance of images is as before."""
    np = lab.np
    images = np.random.RandomState(0).uniform(-1, 1, (2, 2, 2, 1)).astype("float32")
    layer = lab.keras.layers.BatchNormalization(momentum=0.0)
    layer(images, training=True)
    actual = float(layer.get_weights()[3][0])
    of_batch, corrected = float(images.var()), float(images.var(ddof=1))
    lab.true(
        abs(actual - of_batch) > 1e-4,
        f"the variance kept for predict() is that of the batch, {actual:.4g}, not the corrected one that Keras 2 kept "
        f"for images, {corrected:.4g} (8 / 7 of it, as there are 8 values a channel)",
    )
    lab.equal(actual, corrected, "variance that is kept")


@canary(namespace=False, full=True)
def training_multi_output_metrics(lab: Lab) -> None:
    """metrics=['mae'] is taken for every output."""
    np = lab.np
    model = two_outputs(lab)
    model.compile("sgd", loss="mse", metrics=["mae"], run_eagerly=eager(lab))
    ones = np.ones((2, 1), "float32")
    values = model.test_on_batch(ones, [2 * ones, 4 * ones], return_dict=True)
    lab.equal([values["a_mae"], values["b_mae"]], [1, 3], "mean absolute errors of the two outputs")


@canary(namespace=False, full=True)
def training_optimizer_reuse(lab: Lab) -> None:
    """One optimizer trains two models."""
    np = lab.np
    one, zero = np.ones((1, 1), "float32"), np.zeros((1, 1), "float32")
    optimizer = lab.keras.optimizers.Adam(0.1)
    for model in (one_weight(lab), one_weight(lab)):
        model.compile(optimizer, "mse", run_eagerly=eager(lab))
        model.train_on_batch(one, zero)
        weight = model.get_weights()[0][0, 0]
    lab.true(0.8 < weight < 0.95, f"the second model's weight is {weight:.4g} after one step of 0.1 from 1")
    lab.seen.append("second model: trained")


@canary(namespace=False, full=True)
def training_loss_dict_partial(lab: Lab) -> None:
    """loss={'a': 'mse'} trains that output alone."""
    np = lab.np
    model = two_outputs(lab)
    model.compile("sgd", loss={"a": "mse"}, run_eagerly=eager(lab))
    ones = np.ones((2, 1), "float32")
    loss = model.train_on_batch(ones, {"a": 3 * ones}, return_dict=True)["loss"]
    lab.equal(loss, 4, "loss of the one output")


@canary(namespace=False, full=True)
def training_early_stopping_auto(lab: Lab) -> None:
    """EarlyStopping monitors a metric of one's own."""
    np = lab.np

    def gap(targets: Any, predictions: Any) -> Any:
        return abs(targets - predictions)

    model = one_weight(lab)
    model.compile(lab.keras.optimizers.SGD(0.0), "mse", metrics=[gap], run_eagerly=eager(lab))
    one = np.ones((1, 1), "float32")
    stop = lab.keras.callbacks.EarlyStopping(monitor="gap")
    epochs = len(model.fit(one, one, epochs=3, verbose=0, callbacks=[stop]).epoch)
    lab.equal(epochs, 2, "epochs until nothing improved")


@canary(namespace=False, full=True)
def training_class_weight_sequence(lab: Lab) -> None:
    """class_weight weighs every step of a sequence."""
    np = lab.np
    layer = lab.keras.layers.Dense(2, activation="softmax", kernel_initializer="zeros")
    model = lab.keras.Sequential([lab.keras.Input((4, 3)), layer])
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=eager(lab))
    targets = np.array([[0, 1, 1, 0], [1, 0, 1, 1]])
    weights = {0: 1.0, 1: 2.0}
    loss = model.train_on_batch(np.ones((2, 4, 3), "float32"), targets, class_weight=weights, return_dict=True)["loss"]
    expected, as_one_hot = (np.log(2) * (1.0 + found).mean() for found in (targets, targets.argmax(axis=-1)))
    lab.true(
        abs(loss - as_one_hot) > 1e-4,
        "the targets are taken for one-hot rows, and each sequence gets one weight, that of the class whose number is "
        f"the place of its largest target: the loss is {float(loss):.4g}, not {expected:.4g}",
    )
    lab.equal(loss, expected, "loss weighted step by step")


@canary(namespace=False, full=True)
def training_loss_none(lab: Lab) -> None:
    """loss=["mse", None]: an output that is not trained."""
    np = lab.np
    model = two_outputs(lab)
    model.compile(lab.keras.optimizers.SGD(0.25), loss=["mse", None], run_eagerly=eager(lab))
    one = np.ones((1, 1), "float32")
    loss = np.ravel(model.train_on_batch(one, [3 * one, 9 * one]))[0]
    lab.equal(loss, 4, "loss of the first output alone")
    lab.equal(model.get_layer("a").get_weights()[0], [[2]], "weight of the output that is trained")
    lab.equal(model.get_layer("b").get_weights()[0], [[1]], "weight of the output that is not trained")


@canary(namespace=False, full=True)
def training_dict_inputs(lab: Lab) -> None:
    """Inputs in a dictionary go where their names say."""
    np = lab.np
    left, right = lab.keras.Input((1,), name="left"), lab.keras.Input((1,), name="right")
    difference = lab.keras.layers.Subtract()([left, right])
    one = np.ones((1, 1), "float32")
    for given in ({"left": left, "right": right}, [left, right]):
        model = lab.keras.Model(given, difference)
        model.compile("sgd", "mse", run_eagerly=eager(lab))
        named = {"right": 10 * one, "left": 3 * one}
        kind = type(given).__name__
        lab.equal(model.predict_on_batch(named), [[-7]], f"left - right in another order, for a {kind} of inputs")
        named["unused"] = 5 * one
        lab.equal(model.predict_on_batch(named), [[-7]], f"left - right with one input more, for a {kind} of inputs")


@canary(namespace=False, full=True)
def training_mirrored_strategy(lab: Lab) -> None:
    """A model made under MirroredStrategy is trained by fit."""
    np = lab.np
    with lab.tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
        model = one_weight(lab)
        model.compile(lab.keras.optimizers.SGD(0.25), "mse")
    one = np.ones((2, 1), "float32")
    loss = model.fit(one, 3 * one, batch_size=2, epochs=1, verbose=0).history["loss"][0]
    lab.equal(loss, 4, "loss")
    lab.equal(model.get_weights()[0], [[2]], "weight after one step")


@canary(namespace=False, full=True)
def training_gradient_tape(lab: Lab) -> None:
    """A training loop of one's own with tf.GradientTape."""
    tf = lab.tf
    model = one_weight(lab)
    optimizer, loss_function = lab.keras.optimizers.SGD(0.25), lab.keras.losses.MeanSquaredError()
    one = tf.ones((2, 1))
    with tf.GradientTape() as tape:
        loss = loss_function(3 * one, model(one, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    lab.equal(loss, 4, "loss")
    lab.equal(model.get_weights()[0], [[2]], "weight after one step")


@canary(namespace=False, full=True)
def training_sample_weight(lab: Lab) -> None:
    """sample_weight weighs the loss as it used to."""
    np = lab.np
    model = one_weight(lab)
    model.compile(lab.keras.optimizers.SGD(0.25), "mse", run_eagerly=eager(lab))
    targets, weights = np.array([[2], [4]], "float32"), np.array([1, 3], "float32")
    loss = np.ravel(model.train_on_batch(np.ones((2, 1), "float32"), targets, sample_weight=weights))[0]
    lab.equal(loss, (1 * 1 + 3 * 9) / 2, "loss: the weighted errors over the number of samples")
    lab.equal(model.get_weights()[0], [[1 + 0.25 * (1 * 2 * 1 + 3 * 2 * 3) / 2]], "weight after one step")


@canary(namespace=False, full=True)
def training_adam_numbers(lab: Lab) -> None:
    """Adam takes the steps that it used to take."""
    np = lab.np
    model = one_weight(lab)
    model.compile(lab.keras.optimizers.Adam(), "mse", run_eagerly=eager(lab))
    ones = np.ones((1, 1), "float32")
    weight, mean, square = 1.0, 0.0, 0.0
    for step, target in enumerate((3.0, -1.0, 1.5), 1):
        model.train_on_batch(ones, target * ones)
        gradient = 2 * (weight - target)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        rate = 0.001 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        weight -= rate * mean / (np.sqrt(square) + 1e-7)
    lab.equal(model.get_weights()[0], [[weight]], "weight after three steps", tolerance=2e-6)


@canary(namespace=False, full=True)
def training_rate_callbacks(lab: Lab) -> None:
    """Callbacks and schedules change the learning rate."""
    np, keras = lab.np, lab.keras
    one = np.ones((1, 1), "float32")
    model = one_weight(lab)
    model.compile(keras.optimizers.SGD(0.5), "mse", run_eagerly=eager(lab))
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    model.fit(one, 3 * one, epochs=2, verbose=0, callbacks=[schedule])
    lab.equal(model.get_weights()[0], [[3 - 2 * 0.5 * 0.75]], "weight after steps at 0.25 and 0.125")
    model = one_weight(lab)
    decay = keras.optimizers.schedules.ExponentialDecay(0.25, decay_steps=1, decay_rate=0.5)
    model.compile(keras.optimizers.SGD(decay), "mse", run_eagerly=eager(lab))
    for _ in range(2):
        model.train_on_batch(one, 3 * one)
    lab.equal(model.get_weights()[0], [[3 - 2 * 0.5 * 0.75]], "weight after two steps of a schedule")


# ----------------------------------------------------------------------------------------- what they share


def eager(lab: Lab) -> bool:
    """Spares TensorFlow the tracing; other backends train in compiled steps."""
    return bool(lab.backend == "tensorflow")


def one_weight(lab: Lab) -> Any:
    """A model that multiplies by its one weight, which is 1."""
    layer = lab.keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    return lab.keras.Sequential([lab.keras.Input((1,)), layer])


def two_outputs(lab: Lab) -> Any:
    """A model whose outputs, a and b, both are its input."""
    given = lab.keras.Input((1,))
    outputs = [
        lab.keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", name=name)(given) for name in ("a", "b")
    ]
    return lab.keras.Model(given, outputs)


def number(lab: Lab, value: Any) -> float:
    """A variable or tensor of any Keras as a number."""
    return float(lab.np.asarray(value))
