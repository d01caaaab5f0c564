"""Training: what an optimizer, a loss, a metric or a default does to the numbers, and what ``compile`` accepts."""

from __future__ import annotations

import contextlib
import io
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab, canary


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="spelling", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=True)
def training_loss_integers(lab: Lab) -> None:
    """A loss of whole numbers is not rounded."""
    np = lab.np
    loss = number(lab, lab.keras.losses.MeanSquaredError()(np.array([1, 2, 3]), np.array([1, 2, 5])))
    lab.true(abs(loss - 1) > 1e-4, "the loss of integer arrays is divided as an integer: 1, not 1.333 (4 / 3)")
    lab.equal(loss, 4 / 3, "loss of integer arrays")


@canary(kind="spelling", namespace=False, full=True)
def training_loss_of_lists(lab: Lab) -> None:
    """A loss of labels and predictions in Python lists."""
    loss = lab.keras.losses.SparseCategoricalCrossentropy()([0, 1], [[0.25, 0.75], [0.5, 0.5]])
    lab.equal(loss, -(lab.np.log(0.25) + lab.np.log(0.5)) / 2, "loss")


@canary(kind="trap", namespace=False, full=True)
def training_loss_dict(lab: Lab) -> None:
    """Losses and targets in dictionaries go to the outputs of their names."""
    np = lab.np
    ones = np.ones((2, 1), "float32")
    # the outputs are 1: b is 2 away from its target, and a 4
    for losses, targets, expected, swapped in (
        ({"b": "mae", "a": "mse"}, [3 * ones, 5 * ones], 2 + 16, 4 + 4),
        ({"b": "mae", "a": "mse"}, {"b": 3 * ones, "a": 5 * ones}, 2 + 16, 4 + 4),
        (["mae", "mse"], {"b": 3 * ones, "a": 5 * ones}, 2 + 16, 4 + 4),
    ):
        model = two_outputs(lab)
        model.compile(lab.keras.optimizers.SGD(0.0), losses, run_eagerly=eager(lab))
        loss = float(np.ravel(model.train_on_batch(ones, targets))[0])
        lab.true(
            abs(loss - swapped) > 1e-4,
            f"the losses and targets of the outputs b and a are swapped: the loss is {loss:.4g}, not {expected}",
        )
        lab.equal(loss, float(expected), "total loss")


@canary(kind="trap", namespace=False, full=True)
def training_loss_weights_shown(lab: Lab) -> None:
    """With loss_weights the losses of the outputs are shown as they are."""
    np = lab.np
    model = two_outputs(lab)
    model.compile("sgd", loss=["mse", "mse"], loss_weights=[10.0, 0.5], run_eagerly=eager(lab))
    ones = np.ones((2, 1), "float32")
    values = np.ravel(model.test_on_batch(ones, [2 * ones, 4 * ones]))
    lab.equal(values[0], 10.0 * 1 + 0.5 * 9, "total loss")
    if len(values) == 1:
        lab.skip("this release reports the total loss alone")
    lab.true(
        abs(values[1] - 10) > 1e-4,
        f"the losses of the outputs are shown after their weights: {values[1]:.4g} and {values[2]:.4g}, not 1 and 9",
    )
    lab.equal(values[1:], [1, 9], "losses of the two outputs")


@canary(kind="trap", namespace=False, full=True)
def training_partial_batch(lab: Lab) -> None:
    """The loss of evaluate() and fit() counts every sample alike."""
    np = lab.np
    model = one_weight(lab)
    model.compile(lab.keras.optimizers.SGD(0.0), "mse", run_eagerly=eager(lab))
    ones, targets = np.ones((3, 1), "float32"), np.array([[2], [2], [5]], "float32")
    seen = [float(np.ravel(model.evaluate(ones, targets, batch_size=2, verbose=0))[0])]
    seen += model.fit(ones, targets, batch_size=2, verbose=0, shuffle=False).history["loss"]
    lab.true(
        abs(seen[0] - 8.5) > 1e-4,
        "the last batch counts as much as the others, however few samples it has: the loss of three samples, 1, 1 and "
        "16, is 8.5 in batches of two, not 6",
    )
    lab.equal(seen, [6, 6], "losses of evaluate() and fit()")


@canary(kind="trap", namespace=False, full=True)
def training_early_stopping_restore(lab: Lab) -> None:
    """restore_best_weights leaves a full training as it ended.

    The steps are too long: the error of 2 becomes 3, 4.5 and 6.75, so that the first epoch was the best.
    """
    np = lab.np
    model = one_weight(lab)
    model.compile(lab.keras.optimizers.SGD(1.25), "mse", run_eagerly=eager(lab))
    one = np.ones((1, 1), "float32")
    stop = lab.keras.callbacks.EarlyStopping(monitor="loss", patience=9, restore_best_weights=True)
    losses = model.fit(one, 3 * one, epochs=3, verbose=0, callbacks=[stop]).history["loss"]
    lab.equal(losses, [4, 9, 4.5**2], "losses of the epochs")
    weight = float(model.get_weights()[0][0, 0])
    lab.true(
        abs(weight - 6) > 1e-4,
        "training was not stopped early, and the weights of its best epoch are put back all the same: 6, not 9.75",
    )
    lab.equal(weight, 3 + 6.75, "weight after three epochs")


@canary(kind="trap", namespace=False, full=True)
def training_loss_positional(lab: Lab) -> None:
    """A loss class of one's own that gives its base class the reduction first."""
    np = lab.np

    class Squares(lab.keras.losses.Loss):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__("sum")

        def call(self, y_true: Any, y_pred: Any) -> Any:
            return ((y_pred - y_true) ** 2)[:, 0]

    targets, predictions = np.zeros((2, 1), "float32"), np.array([[1], [3]], "float32")
    if lab.backend == "tensorflow":
        targets, predictions = lab.tf.constant(targets), lab.tf.constant(predictions)
    loss = number(lab, Squares()(targets, predictions))
    lab.true(abs(loss - 5) > 1e-4, 'the reduction "sum" is taken for a name: the loss is the mean, 5, not the sum, 10')
    lab.equal(loss, 10.0, "sum of the losses")


@canary(kind="trap", namespace=False, full=True)
def training_targets_flat(lab: Lab) -> None:
    """A metric and a loss of one's own, with targets of shape (N,)."""
    np = lab.np

    def gap(targets: Any, predictions: Any) -> Any:
        return abs(targets - predictions)

    class Gap(lab.keras.losses.Loss):  # type: ignore[misc, name-defined]
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return abs(y_true - y_pred)

    features, targets = np.array([[1], [3]], "float32"), np.array([2, 5], "float32")
    model = one_weight(lab)
    model.compile("sgd", Gap(), metrics=[gap], run_eagerly=eager(lab))
    loss, metric = (float(value) for value in model.test_on_batch(features, targets))
    # the model answers 1 and 3: the gaps are 1 and 2; those of all pairs are 1, 1, 4 and 2
    lab.true(
        abs(loss - 2) > 1e-4 and abs(metric - 2) > 1e-4,
        f"every target is compared with every prediction: the loss is {loss:.4g} and the metric {metric:.4g}, not 1.5",
    )
    lab.equal([loss, metric], [1.5, 1.5], "loss and metric")


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=True)
def training_l1_l2_default(lab: Lab) -> None:
    """l1_l2() penalises weights by default."""
    np = lab.np
    weights = np.full((2, 2), 2, "float32")
    penalty = number(lab, lab.keras.regularizers.l1_l2()(weights))
    expected = 0.01 * np.abs(weights).sum() + 0.01 * (weights**2).sum()
    lab.true(penalty != 0, f"l1_l2() penalises nothing: 0, not {expected:.4g} (0.01 of each, as in Keras 2)")
    lab.equal(penalty, expected, "penalty of l1_l2()")


@canary(kind="trap", namespace=False, full=True)
def training_lion_default(lab: Lab) -> None:
    """Lion() learns at its old default rate."""
    if not lab.is_keras_3 and not hasattr(lab.keras.optimizers, "Lion"):
        lab.skip("Lion came with a later Keras 2")
    rate = number(lab, lab.keras.optimizers.Lion().learning_rate)
    lab.true(abs(rate - 0.0001) < 1e-9, f"Lion() learns at {rate:.4g} by default, not at 0.0001 as in Keras 2")
    lab.seen.append("learning rate: right")


@canary(kind="trap", namespace=False, full=True)
def training_ema_default(lab: Lab) -> None:
    """RMSprop(use_ema=True) puts the averages in place."""
    every = lab.keras.optimizers.RMSprop(use_ema=True).ema_overwrite_frequency
    lab.true(
        every == 100,
        f"ema_overwrite_frequency of RMSprop is {every} by default, not 100 as in Keras 2: the weights are replaced "
        "by their averages at the end of fit() only",
    )
    lab.seen.append("ema_overwrite_frequency: right")


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=True)
def training_kl_metric_name(lab: Lab) -> None:
    """KLDivergence() reports under its old name."""
    name = lab.keras.metrics.KLDivergence().name
    expected = "kullback_leibler_divergence"
    lab.true(name == expected, f"KLDivergence() reports as {name!r}, not as {expected!r} as in Keras 2")
    lab.seen.append("name: right")


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="spelling", namespace=False, full=True)
def training_compile_positional(lab: Lab) -> None:
    """compile("sgd", "mse", ["mae"]): metrics as the third argument."""
    np = lab.np
    model = one_weight(lab)
    model.compile("sgd", "mse", ["mae"], run_eagerly=eager(lab))
    values = model.test_on_batch(np.ones((2, 1), "float32"), np.full((2, 1), 4, "float32"))
    lab.equal(values, [9, 3], "loss and mean absolute error")


@canary(kind="spelling", namespace=False, full=True)
def training_multi_output_metrics(lab: Lab) -> None:
    """metrics=['mae'] is taken for every output."""
    np = lab.np
    model = two_outputs(lab)
    model.compile("sgd", loss="mse", metrics=["mae"], run_eagerly=eager(lab))
    ones = np.ones((2, 1), "float32")
    values = model.test_on_batch(ones, [2 * ones, 4 * ones], return_dict=True)
    lab.equal([values["b_mae"], values["a_mae"]], [1, 3], "mean absolute errors of the two outputs")


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="spelling", namespace=False, full=True)
def training_loss_dict_partial(lab: Lab) -> None:
    """loss={'a': 'mse'} trains that output alone."""
    np = lab.np
    model = two_outputs(lab)
    model.compile("sgd", loss={"a": "mse"}, run_eagerly=eager(lab))
    ones = np.ones((2, 1), "float32")
    loss = model.train_on_batch(ones, {"a": 3 * ones}, return_dict=True)["loss"]
    lab.equal(loss, 4, "loss of the one output")


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="capability", namespace=False, full=True)
def training_loss_none(lab: Lab) -> None:
    """loss=["mse", None]: an output that is not trained."""
    np = lab.np
    model = two_outputs(lab)
    model.compile(lab.keras.optimizers.SGD(0.25), loss=["mse", None], run_eagerly=eager(lab))
    one = np.ones((1, 1), "float32")
    loss = np.ravel(model.train_on_batch(one, [3 * one, 9 * one]))[0]
    lab.equal(loss, 4, "loss of the first output alone")
    lab.equal(model.get_layer("b").get_weights()[0], [[2]], "weight of the output that is trained")
    lab.equal(model.get_layer("a").get_weights()[0], [[1]], "weight of the output that is not trained")


@canary(kind="trap", namespace=False, full=True)
def training_dict_inputs(lab: Lab) -> None:
    """Inputs in a dictionary go where their names say.

    The names of the second pair are not in alphabetical order: what goes by the order of sorted names swaps them.
    """
    np = lab.np
    one = np.ones((1, 1), "float32")
    for first, second in (("left", "right"), ("width", "height")):
        inputs = {name: lab.keras.Input((1,), name=name) for name in (first, second)}
        difference = lab.keras.layers.Subtract()([inputs[first], inputs[second]])
        for given in (inputs, [inputs[first], inputs[second]]):
            model = lab.keras.Model(given, difference)
            model.compile("sgd", "mse", run_eagerly=eager(lab))
            named = {second: 10 * one, first: 3 * one}
            kind = type(given).__name__
            lab.true(
                float(np.asarray(model.predict_on_batch(named)).reshape(())) != 7,
                f"a model made from a {kind} of the inputs {first} and {second} gets them swapped: given a dictionary, "
                f"{first} - {second} is 7 and not -7",
            )
            lab.equal(model.predict_on_batch(named), [[-7]], f"{first} - {second} of a {kind} of inputs")


@canary(kind="trap", namespace=False, full=True)
def training_dict_extra(lab: Lab) -> None:
    """An entry that no input has is left out of the inputs.

    Its name stands before, between or behind those of the inputs in alphabetical order.
    """
    np = lab.np
    one = np.ones((1, 1), "float32")
    inputs = {name: lab.keras.Input((1,), name=name) for name in ("left", "right")}
    difference = lab.keras.layers.Subtract()([inputs["left"], inputs["right"]])
    for given in (inputs, list(inputs.values())):
        model = lab.keras.Model(given, difference)
        model.compile("sgd", "mse", run_eagerly=eager(lab))
        for name in ("age", "middle", "size"):
            named = {"left": 3 * one, "right": 10 * one, name: 100 * one}
            answer = float(np.asarray(model.predict_on_batch(named)).reshape(()))
            said = f"left - right of a {type(given).__name__} of inputs, with {name} beside them"
            lab.true(
                abs(answer) not in (90, 97),
                f"{said}: the entry that no input has is taken for an input, and {answer:.4g} comes out, not -7",
            )
            lab.equal(answer, -7.0, said)


@canary(kind="capability", namespace=False, full=True)
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


@canary(kind="capability", namespace=False, full=True)
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


@canary(kind="capability", namespace=False, full=True)
def training_sample_weight(lab: Lab) -> None:
    """sample_weight weighs the loss as it used to."""
    np = lab.np
    model = one_weight(lab)
    model.compile(lab.keras.optimizers.SGD(0.25), "mse", run_eagerly=eager(lab))
    targets, weights = np.array([[2], [4]], "float32"), np.array([1, 3], "float32")
    loss = np.ravel(model.train_on_batch(np.ones((2, 1), "float32"), targets, sample_weight=weights))[0]
    lab.equal(loss, (1 * 1 + 3 * 9) / 2, "loss: the weighted errors over the number of samples")
    lab.equal(model.get_weights()[0], [[1 + 0.25 * (1 * 2 * 1 + 3 * 2 * 3) / 2]], "weight after one step")


@canary(kind="capability", namespace=False, full=True)
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


@canary(kind="capability", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=False)
def training_call_without_training(lab: Lab) -> None:
    """A model whose call has no training argument is trained.

    What fit() and train_on_batch() do to BatchNormalization and Dropout, and nothing else, says in which mode they run.
    """
    np = lab.np

    class Network(lab.keras.Model):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.normal = lab.keras.layers.BatchNormalization(momentum=0.0)
            self.drop = lab.keras.layers.Dropout(0.5)

        def call(self, inputs: Any) -> Any:
            return self.drop(self.normal(inputs))

    features = np.arange(400, dtype="float32").reshape(200, 2)
    model = Network()
    model.compile(lab.keras.optimizers.SGD(0.0), "mse", run_eagerly=eager(lab))
    loss = float(np.ravel(model.train_on_batch(features, 0 * features))[0])
    mean = model.get_weights()[2]
    lab.true(
        np.asarray(mean).any(),
        "fit() and train_on_batch() run BatchNormalization and Dropout in inference mode: after a batch whose means "
        "are 199 and 200 the moving averages are still 0, and nothing was dropped",
    )
    lab.equal(mean, features.mean(axis=0), "moving averages after one step with momentum=0")
    # the normalised values have a variance of 1; half of them are dropped, and the others doubled
    lab.equal(loss, 2, "loss of the values that are not dropped", tolerance=1)
    lab.true(abs(loss - 1) > 0.02, "nothing was dropped")


@canary(kind="trap", namespace=False, full=True)
def training_random_predict(lab: Lab) -> None:
    """predict() leaves out the augmentation of a model.

    The model is a class of its own, and its call has no training argument.
    """
    np, layers = lab.np, lab.keras.layers

    class Network(lab.keras.Model):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.augment = layers.RandomContrast((0.5, 0.5001))

        def call(self, inputs: Any) -> Any:
            return self.augment(inputs)

    images = np.array([[[[0.25], [0.75]]]] * 4, "float32")
    model = Network()
    model.compile(run_eagerly=eager(lab))
    answers = [np.asarray(model.predict_on_batch(images)) for _ in range(4)]
    lab.true(
        all(abs(answer - images).max() < 1e-6 for answer in answers),
        "predict() changes the images at random: the augmentation of a model whose call has no training argument is "
        "never switched off",
    )
    lab.seen.append("predictions of unchanged images: right")


@canary(kind="trap", namespace=False, full=False)
def training_batch_mean(lab: Lab) -> None:
    """train_on_batch returns the loss of its batch."""
    np = lab.np
    model = one_weight(lab)
    model.compile(lab.keras.optimizers.SGD(0.0), "mse", metrics=["mae"], run_eagerly=eager(lab))
    ones = np.ones((2, 1), "float32")
    seen = [[float(value) for value in model.train_on_batch(ones, target * ones)] for target in (11.0, 1.0, 3.0)]
    seen += [[float(value) for value in model.test_on_batch(ones, target * ones)] for target in (5.0, 1.0)]
    lab.true(
        abs(seen[1][0] - 50) > 1e-3,
        "train_on_batch and test_on_batch return the mean over all batches since the last reset: after batches with "
        "a loss of 100 and 0 the second says 50",
    )
    lab.equal(seen, [[100, 10], [0, 0], [4, 2], [16, 4], [0, 0]], "loss and mean absolute error of five batches")


@canary(kind="trap", namespace=False, full=True)
def training_activity_regularizer(lab: Lab) -> None:
    """activity_regularizer weighs as much in a large batch as in a small one."""
    np, keras = lab.np, lab.keras
    layer = keras.layers.Dense(2, kernel_initializer="ones", activity_regularizer=keras.regularizers.L2(0.01))
    model = keras.Sequential([keras.Input((3,)), layer])
    model.compile("sgd", "mse", run_eagerly=eager(lab))
    # the outputs are 3, and so are the targets: what is left is the penalty, 0.01 * (9 + 9) for each row
    losses = [
        float(model.evaluate(np.ones((rows, 3)), np.full((rows, 2), 3.0), batch_size=rows, verbose=0))
        for rows in (1, 4)
    ]
    lab.true(
        abs(losses[1] - 4 * losses[0]) > 1e-4,
        f"the penalty is multiplied by the batch size: {losses[1]:.4g} for four rows, {losses[0]:.4g} for one",
    )
    lab.equal(losses, [0.18, 0.18], "penalty of one row and of four")


@canary(kind="trap", namespace=False, full=True)
def training_sequence_steps(lab: Lab) -> None:
    """fit(sequence, steps_per_epoch=3) where the sequence has four batches: three steps in every epoch."""
    np, utils = lab.np, lab.keras.utils

    class Batches(getattr(utils, "PyDataset", None) or utils.Sequence):  # type: ignore[misc]
        def __len__(self) -> int:
            return 4

        def __getitem__(self, index: int) -> Any:
            return np.ones((2, 1), "float32"), np.ones((2, 1), "float32")

    model = one_weight(lab)
    model.compile(lab.keras.optimizers.SGD(0.1), "mse", run_eagerly=eager(lab))
    model.fit(Batches(), epochs=3, steps_per_epoch=3, verbose=0)
    steps = int(lab.np.asarray(model.optimizer.iterations))
    lab.true(
        steps != 7, "of three epochs of three steps, over a sequence of four batches, seven steps are trained, not nine"
    )
    lab.equal(steps, 9, "steps of three epochs")


@canary(kind="trap", namespace=False, full=True)
def training_compile_again(lab: Lab) -> None:
    """compile() without metrics, after a compile() with some."""
    np = lab.np
    model = one_weight(lab)
    model.compile("sgd", "mse", metrics=["mae"], run_eagerly=eager(lab))
    model.compile("sgd", "mse", run_eagerly=eager(lab))
    names = sorted(model.fit(np.ones((2, 1)), np.ones((2, 1)), verbose=0).history)
    lab.true(names == ["loss"], f"compile() without metrics keeps those of the compile() before: {', '.join(names)}")
    lab.seen.append("what fit reports: right")


@canary(kind="trap", namespace=False, full=True)
def training_metric_ignore_class(lab: Lab) -> None:
    """The SparseCategoricalCrossentropy metric leaves a class out."""
    np = lab.np
    metric = lab.keras.metrics.SparseCategoricalCrossentropy(ignore_class=0)
    metric.update_state(np.array([1, 0, 0, 0]), np.array([[0.25, 0.75]] + 3 * [[0.5, 0.5]], "float32"))
    seen, expected = number(lab, metric.result()), -float(np.log(0.75))
    lab.true(
        abs(seen - expected / 4) > 1e-4,
        f"what is ignored counts as a loss of 0: the metric is {seen:.4g}, not {expected:.4g}, with one of four left",
    )
    lab.equal(seen, expected, "mean of what is not ignored")


@canary(kind="trap", namespace=False, full=True)
def training_validation_steps(lab: Lab) -> None:
    """fit(validation_steps=3) validates on the same three of four batches in every epoch."""
    np = lab.np
    model = one_weight(lab)
    model.compile(lab.keras.optimizers.SGD(0.0), "mse", run_eagerly=eager(lab))
    ones = np.ones((4, 1), "float32")
    held = np.array([[1.0], [2.0], [3.0], [9.0]], "float32")  # the errors are 0, 1, 4 and 64
    how = {"validation_data": (ones, held), "validation_batch_size": 1, "validation_steps": 3}
    losses = model.fit(ones, ones, epochs=2, verbose=0, **how).history["val_loss"]
    lab.true(
        abs(losses[1] - 5 / 3) < 1e-4,
        f"each epoch validates where the one before stopped: val_loss {losses[0]:.4g} and {losses[1]:.4g}, not 1.667",
    )
    lab.equal(losses, [5 / 3, 5 / 3], "val_loss of two epochs")


@canary(kind="trap", namespace=True, full=True)
def training_progbar_mean(lab: Lab) -> None:
    """Progbar of a training loop shows the mean of the losses."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        bar = lab.keras.utils.Progbar(3, verbose=2)
        for step, loss in enumerate((6.0, 3.0, 0.0)):
            bar.update(step + 1, [("loss", loss)])
    found = re.search(r"loss: ([\d.e+-]+)", shown.getvalue())
    lab.true(found is not None, "Progbar shows no loss")
    loss = float(found.group(1)) if found else 0.0
    lab.true(loss != 0, "at the end Progbar shows the loss of the last step, 0, not the mean of the three, 3")
    lab.equal(loss, 3.0, "mean of three losses")


# ----------------------------------------------------------------------------------------- what they share


def eager(lab: Lab) -> bool:
    """Spares TensorFlow the tracing; other backends train in compiled steps."""
    return bool(lab.backend == "tensorflow")


def one_weight(lab: Lab) -> Any:
    """A model that multiplies by its one weight, which is 1."""
    layer = lab.keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    return lab.keras.Sequential([lab.keras.Input((1,)), layer])


def two_outputs(lab: Lab) -> Any:
    """A model whose outputs, b and a, both are its input: what goes by sorted names swaps them."""
    given = lab.keras.Input((1,))
    outputs = [
        lab.keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", name=name)(given) for name in ("b", "a")
    ]
    return lab.keras.Model(given, outputs)


def number(lab: Lab, value: Any) -> float:
    """A variable or tensor of any Keras as a number."""
    return float(lab.np.asarray(value))
