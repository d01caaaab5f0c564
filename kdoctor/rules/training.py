"""Training: what an optimizer, a loss, a metric or a default does now, and what ``compile`` no longer takes."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import replace

from kdoctor.rules.edits import Edit, Editor, Make, add_keyword, rename_member
from kdoctor.rules.layers import OLD_NUMBERS
from kdoctor.rules.patterns import (
    ANY,
    LIKELY,
    UNKNOWN,
    Answer,
    Argument,
    Attribute,
    Call,
    Event,
    Method,
    Name,
    Site,
    Together,
    Value,
    penalises,
)
from kdoctor.rules.rule import (
    Advice,
    Affected,
    CodeChange,
    HealthyPage,
    Reference,
    Rule,
    Symptom,
    Upgrade,
    UseLegacyKeras,
)

_OLD_NAMES = ("kullback_leibler_divergence", "val_kullback_leibler_divergence")


def _count_of_outputs(site: Site) -> int:
    """How many outputs the functional model has; 0 where it is not known."""
    model = site.receiver
    is_functional = model.made_by == "keras.Model" and not model.is_own
    return len(model.arguments.value("outputs", 1).items) if model.arguments and is_functional else 0


def _has_several_outputs(site: Site) -> bool:
    return _count_of_outputs(site) > 1


def _gives_other_count_of_metrics(site: Site) -> bool:
    """A list of another length than there are outputs; what has lists or dictionaries in it is fine."""
    given = site.arguments.value("metrics")
    if _count_of_outputs(site) < 2 or any(item.kind in ("list", "dict") for item in given.items):
        return False
    return len(given.items) not in (0, _count_of_outputs(site))


def _leaves_out_outputs(site: Site) -> bool:
    losses = site.arguments.value("loss").node
    if not isinstance(losses, ast.Dict) or None in losses.keys:
        return False
    return 0 < len(losses.keys) < _count_of_outputs(site)


def _optimizer_has_other_model(site: Site) -> Answer:
    """Another model was compiled with it before, or, in a loop, one model after the other is."""
    optimizer, model = site.arguments.value("optimizer", 0), site.receiver
    made_in, inside = model.made_at, optimizer.made_at
    in_loop = made_in[0] == inside[0] == site.scope and made_in[1] > inside[1]

    def is_other(event: Event) -> bool:
        before = event.branches == site.branches[: len(event.branches)]
        return event.name == "compile" and event.receiver is not model and before

    return LIKELY if in_loop or any(map(is_other, optimizer.events)) else False


def _gives_metrics_third(site: Site) -> Answer:
    """Certain where a text, a function or a metric is given; numbers are loss weights already."""
    third = site.arguments.value(position=2)
    if third.constant is None or any(item.kind == "number" for item in third.items):
        return len(site.arguments.nodes) > 3
    known = {"string", "function", "metric"} & {item.kind for item in third.items or (third,)}
    return bool(known) or LIKELY


def _names_out_of_order(site: Site) -> Answer:
    """For a list of outputs, a dictionary that is written out in another order than that of the alphabet."""
    given = next((one.node for one in map(site.arguments.value, ("loss", "y"), (1, 1)) if one.node), None)
    keys = [str(getattr(key, "value", "")) for key in getattr(given, "keys", ())]
    return LIKELY if keys != sorted(keys) and _has_several_outputs(site) else False


def _gives_reduction_first(site: Site) -> bool:
    return site.arguments.value(position=0).constant in ("sum", "none", "auto", "sum_over_batch_size")


def _has_own_function(site: Site) -> bool:
    metrics = site.arguments.value("metrics")
    return any(metric.kind == "function" for metric in metrics.items or (metrics,))


def _has_own_loss_or_metric(site: Site) -> Answer:
    """A metric function, or a loss class, of the code, whose text says nothing of shapes.

    Keras itself aligns what a loss function gets.
    """
    metrics, loss = site.arguments.value("metrics").items, site.arguments.value("loss", 1)
    own = [value for value in metrics if value.kind == "function"]
    own += [loss] if loss.is_own and loss.kind != "function" else []
    texts = [text for value in own for text in (value.node, *value.texts()) if text]
    words = {getattr(node, "attr", "") for text in texts for node in ast.walk(text)}
    return LIKELY if own and not words & {"reshape", "squeeze", "expand_dims", "shape"} else False


def _depth(value: Value) -> int:
    """How deep lists of numbers are nested; -1 where that is not known."""
    if value.kind == "number":
        return 0
    depths = {_depth(item) for item in value.items}
    return -1 if len(depths) != 1 or -1 in depths else depths.pop() + 1


def _nests(site: Site) -> bool:
    first, second = _depth(site.arguments.value("y_true", 0)), _depth(site.arguments.value("y_pred", 1))
    return first != second and first >= 0 and second >= 0


_SWITCHED = frozenset(
    {"Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout", "GaussianDropout"}
    | {"GaussianNoise", "BatchNormalization", "SyncBatchNormalization"}
)
"""Layers that do something else in training; so do others that are given a rate of dropout."""
_AUGMENTS = frozenset(
    {"RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness"}
    | {"RandomCrop", "RandomHeight", "RandomWidth"}
)
_TRAINS = Method("model", "{fit,train_on_batch,fit_generator}")


def _makes(value: Value, layers: Collection[str]) -> bool:
    """Whether the text of a class, or of what it names, makes such a layer, or one with a rate of dropout."""
    for node in (node for text in value.texts() for node in ast.walk(text) if isinstance(node, ast.Call)):
        if getattr(node.func, "attr", getattr(node.func, "id", "")) in layers:
            return True
        for keyword in node.keywords if layers is _SWITCHED else ():
            if keyword.arg in ("dropout", "recurrent_dropout") and ast.unparse(keyword.value) not in ("0", "0.0"):
                return True
    return False


def _steps_through_sequence(site: Site) -> Answer:
    return LIKELY if _has_length(site.arguments.value("x", 0)) else False


def _has_length(data: Value) -> bool:
    """A data set of a class of the code that ends; how many batches it has is not known."""
    return bool(data.is_own and data.method("__getitem__") and data.method("__len__"))


def _validates_on_part(site: Site) -> Answer:
    """Arrays, or a data set that ends: generators and datasets that repeat need the number of steps."""
    data = site.arguments.value("validation_data")
    return LIKELY if data.items or _has_length(data) else False


def _averages(site: Site) -> bool:
    """It is not said of a name that its values are shown as they are."""
    return not site.arguments.value("stateful_metrics", 4).items


def _compiled_with_metrics(site: Site) -> bool:
    """The same model was compiled before, with metrics."""
    before = [one.arguments for one in site.receiver.events if one.name == "compile" and one.arguments]
    return any(one.value("metrics").items for one in before)


def _takes_no_training(site: Site) -> bool:
    """A ``call`` that neither has the argument nor says ``training`` to the layers in it."""
    node = site.given.node
    if not isinstance(node, ast.FunctionDef):
        return False
    said = {getattr(part, "arg", getattr(part, "id", getattr(part, "attr", ""))) for part in ast.walk(node)}
    return "training" not in said


def _trains_without_context(site: Site) -> Answer:
    if site.receiver.method("train_step"):
        return False  # it says itself how its model is called, and Keras 2 added nothing to that
    return LIKELY if _takes_no_training(site) and _makes(site.receiver, _SWITCHED) else False


def _trained_without_context(site: Site) -> bool:
    return _trains_without_context(site) is LIKELY


def _augments_always(site: Site) -> Answer:
    return LIKELY if _takes_no_training(site) and _makes(site.receiver, _AUGMENTS) else False


def _is_of_this_class(first: Site, then: Site) -> bool:
    return first.receiver.method("call") is then.given


def _returns_mean(site: Site) -> bool:
    return not site.dropped and not any(event.name == "reset_metrics" for event in site.receiver.events)


def _names_of_inputs(model: Value) -> tuple[str, list[object]]:
    """``list`` or ``dict``, and the names of a functional model's inputs; ANY for a name that is not known."""
    given = model.arguments.value("inputs", 0) if model.arguments and model.made_by == "keras.Model" else UNKNOWN
    if isinstance(given.node, ast.Dict):
        return "dict", [getattr(key, "value", ANY) for key in given.node.keys]
    arguments = [item.arguments for item in given.items]
    return given.kind, [one.value("name").constant if one else ANY for one in arguments]


def _inputs_are_a_list_out_of_order(site: Site) -> Answer:
    kind, names = _names_of_inputs(site.receiver)
    if kind != "list" or len(names) < 2:
        return False
    return LIKELY if ANY in names else names != sorted(map(str, names))


def _has_entry_that_no_input_has(site: Site) -> bool:
    kind, names = _names_of_inputs(site.receiver)
    given = site.arguments.value("x", 0).node
    if kind != "dict" or not isinstance(given, ast.Dict) or ANY in names:
        return False
    keys = {str(getattr(key, "value", "")) for key in given.keys}
    last = max(map(str, names), default="")
    return keys > set(map(str, names)) and any(key < last for key in keys.difference(map(str, names)))


_GIVEN_A_DICT = Method(
    "model",
    "{fit,evaluate,predict,predict_on_batch,train_on_batch,test_on_batch}",
    (Argument("x", position=0, kind="dict"),),
)


PAGES: tuple[HealthyPage, ...] = (
    HealthyPage(
        slug="training-loss-none",
        belief='compile(loss=["mse", None]) is refused by Keras 3.',
        truth=(
            "It is accepted on every release that was run, Keras 2.12 to 3.15. The output without a loss is not "
            "trained, and the shown loss is that of the other output. A dictionary that leaves an output out is "
            "different: see training-loss-dict-partial."
        ),
    ),
    HealthyPage(
        slug="training-mirrored-strategy",
        belief="tf.distribute no longer works with Keras 3.",
        truth=(
            "A model made under `MirroredStrategy` is trained by `fit` with the right numbers on every release that "
            "was run, Keras 2.12 to 3.15. The CPU was its only device; several devices and other strategies were not "
            "run."
        ),
    ),
    HealthyPage(
        slug="training-gradient-tape",
        belief="A custom training loop with tf.GradientTape has to be rewritten for Keras 3.",
        truth=(
            "`tape.gradient` and `optimizer.apply_gradients` work as before on every release that was run, Keras 2.12 "
            "to 3.15. Some names around them are gone: see api-train-step-compiled-loss and api-metric-reset-states."
        ),
    ),
    HealthyPage(
        slug="training-sample-weight",
        belief="Keras 3 divides a loss with sample weights by another number.",
        truth=(
            "It is the sum of the weighted errors over the number of samples, not over the sum of the weights, on "
            "every release that was run, Keras 2.12 to 3.15."
        ),
    ),
    HealthyPage(
        slug="training-adam-numbers",
        belief="Adam of Keras 3 has other defaults and takes other steps.",
        truth=(
            "Three steps with the default arguments agree with the formula to six digits on every release that was "
            "run, Keras 2.12 to 3.15: a rate of 0.001, decays of 0.9 and 0.999, an epsilon of 1e-7."
        ),
    ),
    HealthyPage(
        slug="training-rate-callbacks",
        belief="LearningRateScheduler and learning rate schedules have no effect on Keras 3.",
        truth=(
            "Both change the steps that are taken, as computed by hand, on every release that was run, Keras 2.12 "
            "to 3.15. What has no effect is optimizer.lr = x: see training-optimizer-lr-assign."
        ),
    ),
)


def _add_parameter(name: str, default: str) -> Make:
    """The method that is defined takes one more argument."""

    def make(editor: Editor) -> bool:
        method = editor.site.given.node
        if not isinstance(method, ast.FunctionDef) or method.args.vararg or method.args.kwonlyargs:
            return False
        given = [*method.args.args, *method.args.defaults]
        if not method.args.args or name in {one.arg for one in method.args.args} or method.args.kwarg:
            return False
        end = max(editor.source.of(one)[1] for one in given)
        return editor.replace((end, end), f", {name}={default}")

    return make


def _both_factors(editor: Editor) -> bool:
    return editor.add_keyword("l1", "0.01, l2=0.01")


def _hard_sigmoid(editor: Editor) -> str:
    """The function as Keras 2 has it."""
    clip = editor.name("keras.ops.clip")
    return f"lambda x: {clip}(0.2 * x + 0.5, 0.0, 1.0)" if clip else ""


def _give_gates(editor: Editor) -> bool:
    function = _hard_sigmoid(editor)
    return bool(function) and editor.add_keyword("recurrent_activation", function)


def _old_function(editor: Editor) -> bool:
    """The function in the place of its name."""
    function = _hard_sigmoid(editor)
    named = [editor.arguments.expression(name) for name in ("activation", "recurrent_activation")]
    for given in (*named, editor.arguments.expression(position=0)):
        if function and isinstance(given, ast.Constant) and given.value == "hard_sigmoid":
            return editor.replace(given, function)
    return False


def _clips_twice(site: Site) -> bool:
    given = [site.arguments.value(name).constant for name in ("clipnorm", "clipvalue", "global_clipnorm")]
    return sum(isinstance(one, (int, float)) for one in given) > 1


def _rate_is_in_the_logs(site: Site) -> Answer:
    """A callback of Keras put it there; where none is seen, one of the code may have."""
    arguments = site.receiver.arguments
    given = arguments.value("callbacks") if arguments is not None else UNKNOWN
    known = ("keras.callbacks.LearningRateScheduler", "keras.callbacks.ReduceLROnPlateau")
    return any(one.made_by in known for one in given.items or (given,)) or LIKELY


def _smallest(editor: Editor) -> bool:
    """The direction that Keras 2 took of a name that is no accuracy."""
    return editor.add_keyword("mode", '"min"')


RULES: tuple[Rule, ...] = (
    Rule(
        code="KD901",
        slug="training-optimizer-lr-assign",
        area="training",
        title="optimizer.lr = x does not change the learning rate",
        silent=True,
        explanation=(
            "Training goes on at the old learning rate, and no message appears, so the model may really be "
            "worse. Assign to `optimizer.learning_rate` instead, and train again.\n\n"
            "In Keras 2 an optimizer's `lr` was another name for `learning_rate`. A Keras 3 optimizer has no `lr`, so "
            "assigning to it creates a new attribute that nothing reads. Schedules and callbacks written this way do "
            "nothing. Fine-tuning runs at the rate of the first training."
        ),
        symptoms=(
            "a smaller learning rate, set as model.optimizer.lr, changes nothing",
            "fine-tuning spoils a trained model at once",
        ),
        remedies=(CodeChange("Assign to learning_rate (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured="Measured: wrong on Keras 3.4.1 and 3.15.1, right on Keras 2.15 and tf-keras",
        edits=(Edit(rename_member({"lr": "learning_rate"})),),
        uses=(Attribute("optimizer", "lr", how="written"),),
    ),
    Rule(
        code="KD902",
        slug="training-metrics-names",
        area="training",
        title="metrics_names is ['loss', 'compile_metrics']",
        silent=True,
        explanation=(
            "`model.metrics_names` is too short, so `zip()` pairs names and numbers wrongly. The numbers and the "
            "model are right. Use `evaluate(return_dict=True)` instead.\n\n"
            "In Keras 2 `model.metrics_names` named each number that `evaluate()` returns. Keras 3 puts all metrics of "
            "`compile()` under the one name `compile_metrics`. So accuracy is found under no name, or under "
            "`compile_metrics`."
        ),
        symptoms=(
            "metrics_names is ['loss', 'compile_metrics']",
            Symptom("KeyError: 'accuracy'", generic=True),
            Symptom("ValueError: 'accuracy' is not in list", generic=True),
        ),
        remedies=(CodeChange("Use evaluate(return_dict=True) (runs on Keras 2 as well)"), UseLegacyKeras()),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/20244",
                "model.metrics_names is ['loss', 'compile_metrics'] since TensorFlow 2.16.1; the answer is to use "
                "return_dict=True in evaluate().",
            ),
            Reference(
                "https://github.com/keras-team/keras/pull/21506",
                "Corrects the documentation: metrics_names often lists only top-level names such as 'loss' and "
                "'compile_metrics', so that its length and that of what evaluate() returns differ.",
            ),
        ),
        uses=(Attribute("model", "metrics_names"),),
    ),
    Rule(
        code="KD903",
        slug="training-output-losses",
        area="training",
        title="Of several outputs only the total loss is reported",
        silent=True,
        explanation=(
            "The losses of the single outputs are missing from the progress bar, `history` and `evaluate()`. The "
            "training is the same. Upgrade Keras, or compute these losses from the predictions.\n\n"
            "A model with several outputs reported the total loss and the loss of each output in Keras 2. The first "
            "releases of Keras 3 report the total only (seen on 3.4; later releases report them again). Plots and "
            "early stopping miss them. So does code that relies on the order of what `evaluate()` returns."
        ),
        symptoms=(
            "evaluate() returns one number for a model with several outputs",
            Symptom("KeyError: 'a_loss'", generic=True),
            Symptom("TypeError: cannot unpack non-iterable float object", generic=True),
        ),
        remedies=(
            CodeChange("Compute them from the predictions (runs everywhere)"),
            Upgrade("keras", ">=3.5"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/18993",
                "Shows the same model's progress bar with out1_loss and out2_loss on Keras 2 and with loss alone on "
                "Keras 3.",
            ),
            Reference(
                "https://github.com/keras-team/keras/pull/20023",
                "Brings back the loss information for multiple outputs, which Keras 3 lacked compared to Keras 2.",
            ),
        ),
        uses=(Method("model", "evaluate", when=_has_several_outputs),),
    ),
    Rule(
        code="KD904",
        slug="training-epoch-skipped",
        area="training",
        title="Every second epoch is skipped, with a loss of 0",
        silent=True,
        explanation=(
            "The model is trained for half of the epochs that you asked for, so it may really be worse. Delete "
            "`steps_per_epoch=` from `fit()`, and train again.\n\n"
            "It happens in `fit(dataset, steps_per_epoch=n)` where the data are n batches long and do not repeat. "
            "Keras 2 restarted the data with each epoch. Early releases of Keras 3 (seen on 3.4) notice the end of the "
            "data only when the next epoch asks for its first batch. That epoch does nothing and its loss is recorded "
            "as 0; the one after it trains again. A loss of 0 looks best to early stopping and checkpoints. The only "
            "hint is a warning that the input ran out of data."
        ),
        symptoms=(
            "history holds a loss of 0 for every second epoch",
            "UserWarning: Your input ran out of data; interrupting training. Make sure that your dataset or generator "
            "can generate at least `steps_per_epoch * epochs` batches...",
        ),
        remedies=(
            CodeChange("Delete steps_per_epoch=: an epoch is then the data, once (runs on Keras 2 as well)"),
            Upgrade("keras", ">=3.7"),
            UseLegacyKeras(),
        ),
        measured="Measured: wrong on Keras 3.4.1; right on 3.15.1, Keras 2.15 and tf-keras",
    ),
    Rule(
        code="KD905",
        slug="training-loss-ranks",
        area="training",
        title="A loss compares every target with every prediction",
        silent=True,
        explanation=(
            "Your training loop computes a wrong loss and a wrong gradient, without a message, and the model "
            "really is worse. Give targets and predictions the same shape, and train again.\n\n"
            "It concerns loss objects of Keras 2 or tf-keras in custom training loops. With targets of shape (N,) and "
            "predictions of shape (N, 1), as `Dense(1)` gives them, both are stretched to N x N. The loss is then the "
            "average over all pairs. `fit()` and `evaluate()` align the shapes first and are not concerned. Keras 3 "
            "aligns them in the loss as well, so the same loop gives other (the right) losses there. A model trained "
            "with the wrong loss on Keras 2 learned little more than the mean."
        ),
        symptoms=(
            "the loss of a training loop differs from that of evaluate()",
            "the same training loop gives other losses on Keras 3",
        ),
        remedies=(CodeChange("Give targets and predictions the same shape (runs everywhere)"),),
        measured="Measured: wrong on Keras 2.15 and tf-keras, right on Keras 3.4.1 and 3.15.1",
    ),
    Rule(
        code="KD906",
        slug="training-loss-integers",
        area="training",
        title="A loss of integer arrays is rounded down",
        silent=True,
        explanation=(
            "A loss called on two integer arrays loses its fraction: it gives 1 where 4 / 3 is right. Training "
            "with `fit()` is right. Convert the arrays to floats first.\n\n"
            "It concerns loss objects of Keras 2 or tf-keras that your code calls itself. They compute in integers to "
            "the end. Keras 3 converts both arrays to floats first. Predictions of a model are floats, so only losses "
            "on counts, labels or pixels are concerned."
        ),
        symptoms=("a loss called on integer arrays is a whole number", "the same call gives another number on Keras 3"),
        remedies=(CodeChange("Convert the arrays to floats first (runs everywhere)"),),
        measured="Measured: wrong on Keras 2.15 and tf-keras, right on Keras 3.4.1 and 3.15.1",
    ),
    Rule(
        code="KD907",
        slug="training-weight-names",
        area="training",
        title="weight.name is the same in every layer",
        silent=True,
        explanation=(
            "Code that picks weights by name finds none or the wrong ones, and no message appears. What it "
            "should freeze, decay or load is left out, so the model may be worse. Use `weight.path` instead of "
            "`weight.name`.\n\n"
            "In Keras 2 the name began with that of the layer: `head/kernel:0`. On Keras 3 it is `kernel` in every "
            "layer. So code that freezes weights, leaves them out of weight decay or loads pretrained ones by name "
            "matches none. A dictionary with names as keys keeps only the last layer's weight. The full name is now "
            "`weight.path`, without the `:0`. It may begin with the model's name."
        ),
        symptoms=(
            "weight.name is 'kernel' and not 'dense/kernel:0'",
            "a dictionary of weights by name has too few entries",
        ),
        remedies=(CodeChange("Use the path where there is one (runs on Keras 2 as well)"), UseLegacyKeras()),
        references=(
            Reference(
                "https://github.com/keras-team/keras-hub/issues/1227",
                "Prints name and path of a model's weights: the names are kernel and bias again and again, the paths "
                "query/kernel, key/kernel, ...",
            ),
        ),
        measured="Measured: wrong on Keras 3.4.1 and 3.15.1, right on Keras 2.15 and tf-keras",
    ),
    Rule(
        code="KD908",
        slug="training-l1-l2-default",
        area="training",
        title="l1_l2() penalises nothing",
        silent=True,
        explanation=(
            "The layer is not regularised at all, and no message appears, so the model may overfit. Pass both "
            "values, `l1_l2(l1=0.01, l2=0.01)`, and train again.\n\n"
            "In Keras 2 `regularizers.l1_l2()` without arguments meant 0.01 of each. On Keras 3 it is another name for "
            "the class `L1L2`, whose factors are 0 by default. The loss is smaller, as if the argument were missing."
        ),
        symptoms=("model.losses is 0 although a layer has kernel_regularizer=l1_l2()", "the model overfits more"),
        remedies=(CodeChange("Pass both values: l1_l2(l1=0.01, l2=0.01) (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured="Measured: wrong on Keras 3.4.1 and 3.15.1, right on Keras 2.15 and tf-keras",
        edits=(Edit(_both_factors, unsafe=OLD_NUMBERS),),
        uses=(
            Call(
                "keras.regularizers.{l1_l2,L1L2}",
                (Argument("l1", position=0, absent=True), Argument("l2", position=1, absent=True)),
            ),
        ),
    ),
    Rule(
        code="KD909",
        slug="training-lion-default",
        area="training",
        title="Lion's default learning rate is 10x that of Keras 2",
        silent=True,
        ported=True,
        explanation=(
            "Each step of `Lion()` is ten times as long as in Keras 2. Training may not settle, so the model may "
            "really be worse. Pass the rate, `Lion(learning_rate=1e-4)`, and train again.\n\n"
            "The default learning rate of the Lion optimizer was 0.0001 in Keras 2 and is 0.001 in Keras 3. A step of "
            "Lion is as long as its learning rate."
        ),
        symptoms=("with Lion the loss jumps or does not settle, where it did on Keras 2",),
        remedies=(CodeChange("Pass the rate: Lion(learning_rate=1e-4) (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured="Measured: 0.001 on Keras 3.4.1 and 3.15.1, 0.0001 on Keras 2.15 and tf-keras",
        edits=(Edit(add_keyword("learning_rate", "1e-4"), unsafe=OLD_NUMBERS),),
        uses=(Call("keras.optimizers.Lion", (Argument("learning_rate", position=0, absent=True),)),),
    ),
    Rule(
        code="KD910",
        slug="training-ema-default",
        area="training",
        title="RMSprop(use_ema=True) applies averages only at the end",
        silent=True,
        ported=True,
        explanation=(
            "Training takes another course than in Keras 2, and validation during training is noisier; the model "
            "is other, not wrong. Pass `ema_overwrite_frequency=100` to get the old behaviour.\n\n"
            "With `use_ema=True` an optimizer keeps a moving average of the weights. RMSprop of Keras 2 replaced the "
            "weights by the averages every 100 steps by default. On Keras 3 the default of `ema_overwrite_frequency` "
            "is None, as for the other optimizers. The weights are replaced once, at the end of `fit()`."
        ),
        symptoms=("validation during training is noisier than on Keras 2, with RMSprop(use_ema=True)",),
        remedies=(CodeChange("Pass ema_overwrite_frequency=100 (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured="Measured: None on Keras 3.4.1 and 3.15.1, 100 on Keras 2.15 and tf-keras",
        edits=(Edit(add_keyword("ema_overwrite_frequency", "100"), unsafe=OLD_NUMBERS),),
        uses=(
            Call(
                "keras.optimizers.RMSprop",
                (Argument("ema_overwrite_frequency", absent=True), Argument("use_ema", value=True)),
            ),
        ),
    ),
    Rule(
        code="KD911",
        slug="training-ema-average",
        area="training",
        title="use_ema=True starts averaging one step later",
        silent=True,
        ported=True,
        explanation=(
            "The averaged weights differ from those of Keras 2. Neither model is wrong, but do not compare such "
            "runs. For the same numbers keep the averages in a callback.\n\n"
            "In Keras 2 the moving average began with the weights before the first step; in Keras 3 it begins with "
            "those after it. At the usual `ema_momentum=0.99` the start weighs much for a hundred steps. With "
            "`ema_overwrite_frequency` it goes back into the weights again and again, so the two trainings drift "
            "apart. After six steps from 1 they were at 0.9914 and 0.8939. A run of one cannot be continued with the "
            "other."
        ),
        symptoms=("training with use_ema=True gives other weights than on Keras 2 from the same start",),
        remedies=(
            CodeChange(
                "Keep the averages in a callback (the same numbers on every Keras)",
                cost=(
                    "Slower, because the weights are copied at every step. It also averages weights that are not "
                    "trained."
                ),
            ),
            UseLegacyKeras(),
        ),
        measured="Measured: other numbers on Keras 3.4.1 and 3.15.1 than on Keras 2.15 and tf-keras",
        uses=(Call("keras.optimizers.*", (Argument("ema_overwrite_frequency"), Argument("use_ema", value=True))),),
    ),
    Rule(
        code="KD912",
        slug="training-kl-metric-name",
        area="training",
        title="KLDivergence() reports under another name",
        silent=True,
        explanation=(
            "Callbacks that monitor `kullback_leibler_divergence` never act, so training may run too long. The "
            "numbers are the same. Give the metric its old name: "
            '`KLDivergence(name="kullback_leibler_divergence")`.\n\n'
            "In Keras 2 `history`, logs and results used that name. Keras 3 uses `kl_divergence`. `EarlyStopping` and "
            "`ModelCheckpoint` that monitor the old name show a warning at most, and `history` has no such key."
        ),
        symptoms=(
            "EarlyStopping(monitor='val_kullback_leibler_divergence') never stops",
            "KeyError: 'kullback_leibler_divergence'",
            "UserWarning: Early stopping conditioned on metric `val_kullback_leibler_divergence` which is not "
            "available. Available metrics are: ...",
        ),
        remedies=(
            CodeChange('Give it a name: KLDivergence(name="kullback_leibler_divergence") (runs on Keras 2 as well)'),
            UseLegacyKeras(),
        ),
        measured="Measured: kl_divergence on Keras 3.4.1 and 3.15.1, the old name on Keras 2.15 and tf-keras",
        uses=(
            Method("history-dict", "__getitem__", (Argument(position=0, value=_OLD_NAMES),)),
            Together(
                Call("keras.metrics.KLDivergence", (Argument("name", absent=True),)),
                Call("keras.callbacks.*", (Argument("monitor", value=_OLD_NAMES),)),
            ),
        ),
    ),
    Rule(
        code="KD913",
        slug="training-conv-lstm-gates",
        area="training",
        title="ConvLSTM2D has other gates by default",
        silent=True,
        ported=True,
        explanation=(
            "A model with old weights predicts wrong numbers, and no message appears. Pass the old function as "
            "`recurrent_activation`. A model that is trained from scratch is as good as before.\n\n"
            "The gates of `ConvLSTM2D` were `hard_sigmoid` by default in Keras 2 and are `sigmoid` in Keras 3. The "
            'default of its `recurrent_activation` changed. Asking for `"hard_sigmoid"` by name does not bring the old '
            "numbers back, because that function changed too: see training-hard-sigmoid."
        ),
        symptoms=("a model with ConvLSTM2D predicts other numbers than on Keras 2, with the same weights",),
        remedies=(
            CodeChange(
                "Pass the old function as recurrent_activation", cost="`load_model()` needs `custom_objects` for it."
            ),
            UseLegacyKeras(),
        ),
        measured="Measured: sigmoid on Keras 3.4.1 and 3.15.1, hard_sigmoid on Keras 2.15 and tf-keras",
        edits=(Edit(_give_gates, unsafe="A model with a lambda is not loaded from a file without more ado."),),
        uses=(
            Call("keras.layers.{ConvLSTM1D,ConvLSTM2D,ConvLSTM3D}", (Argument("recurrent_activation", absent=True),)),
        ),
    ),
    Rule(
        code="KD914",
        slug="training-hard-sigmoid",
        area="training",
        title="hard_sigmoid is another function",
        silent=True,
        ported=True,
        explanation=(
            "A model with old weights that uses `hard_sigmoid` predicts wrong numbers, and no message appears. "
            "Pass the old function itself instead of its name. A model that is trained from scratch is as good "
            "as before.\n\n"
            "In Keras 2 `hard_sigmoid` was 0.2 * x + 0.5, cut off at 0 and 1. In Keras 3 it is x / 6 + 0.5, as in "
            "other frameworks: `hard_sigmoid(1)` is 0.6667 and not 0.7. It concerns old weights and old files with "
            "RNNs or gates that use it."
        ),
        symptoms=(
            "a model that uses hard_sigmoid predicts other numbers than on Keras 2, with the same weights",
            "hard_sigmoid(1.0) is 0.6667 and not 0.7",
        ),
        remedies=(
            CodeChange(
                "Pass the old function itself instead of its name (the same numbers on every Keras)",
                cost='For a file: `load_model(path, custom_objects={"hard_sigmoid": hard_sigmoid})`.',
            ),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/tensorflow/tensorflow/issues/65381",
                "On TensorFlow 2.16.1 tf.keras.activations.hard_sigmoid bends at -3 and 3 and not at -2.5 and 2.5, as "
                "was documented; a table of its values.",
            ),
            Reference(
                "https://github.com/keras-team/keras/pull/19477",
                "hard_sigmoid of Keras 3 is in line with torch and jax, while that of Keras 2 is different; the "
                "documentation is changed to the new one.",
            ),
        ),
        edits=(Edit(_old_function, unsafe="A model with a lambda is not loaded from a file without more ado."),),
        uses=(
            Name("keras.activations.hard_sigmoid"),
            Call("keras.layers.Activation", (Argument(position=0, value="hard_sigmoid"),)),
            Call("keras.layers.*", (Argument("activation", value="hard_sigmoid"),)),
            Call("keras.layers.*", (Argument("recurrent_activation", value="hard_sigmoid"),)),
        ),
    ),
    Rule(
        code="KD915",
        slug="training-batch-norm-variance",
        area="training",
        title="BatchNormalization keeps another variance of images",
        silent=True,
        explanation=(
            "`evaluate()` and `predict()` differ from Keras 2 where batches are tiny. The training is the same. Use "
            "larger batches; with large ones the difference disappears.\n\n"
            "For images (4-D input), BatchNormalization of Keras 2 multiplied the variance kept for `predict()` by n / "
            "(n - 1). Here n is the number of values of a channel in a batch: batch x height x width. Keras 3 keeps "
            "the variance of the batch as it is. The difference matters only for tiny batches or feature maps of a few "
            "pixels: 14 % for n = 8, 0.05 % for n = 2000."
        ),
        symptoms=(
            "validation differs from Keras 2 with tiny batches or 1 x 1 feature maps, the training loss does not",
        ),
        remedies=(
            CodeChange("Use larger batches (or feature maps): the factor n / (n - 1) then tends to 1"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/tensorflow/tensorflow/issues/55545",
                "The fused BatchNormalization of tf.keras updates its moving variance with Bessel's correction, the "
                "one that is not fused without; it matters when a channel has few elements.",
            ),
        ),
        measured=(
            "Measured: the batch's own variance on Keras 3.4.1 and 3.15.1, the corrected one on Keras 2.15 and tf-keras"
        ),
    ),
    Rule(
        code="KD916",
        slug="training-multi-output-metrics",
        area="training",
        title="metrics=['mae'] is refused for several outputs",
        explanation=(
            '`fit()` stops at the first batch: a model with several outputs refuses `metrics=["mae"]`. No result is '
            'wrong. Write `metrics={"output_name": ["mae"]}` with every output. The training is the same.\n\n'
            "In Keras 2 the list meant these metrics for every output. Keras 3 takes it as one entry for each output "
            "and stops where the numbers differ. With as many metrics as outputs it does not stop, and each output "
            "gets only one of them."
        ),
        symptoms=(
            "ValueError: For a model with multiple outputs, when providing the `metrics` argument as a list, it should "
            "have as many entries as the model has outputs. Received: metrics=['mae'] of length 1 whereas the model "
            "has ... outputs.",
            "ValueError: tuple arity mismatch; expected: 2, got: 1; tuple: ('mae',). Invalid `metrics`. `metrics` "
            "should contain metrics objects and either be a dict or a list matching the output names of the "
            "functional model ...",
        ),
        remedies=(CodeChange("Give a dictionary: output -> metrics (runs on Keras 2 as well)"), UseLegacyKeras()),
        references=(
            Reference(
                "https://github.com/tensorflow/tensorflow/issues/100319",
                "metrics=['accuracy'] stops with this message on TensorFlow 2.20.0 for a model with 10 outputs.",
            ),
            Reference(
                "https://github.com/nibtehaz/RamanNet/issues/2",
                "One metric for two outputs stops with this message; naming it twice works.",
            ),
        ),
        uses=(Method("model", "compile", (Argument("metrics"),), when=_gives_other_count_of_metrics),),
    ),
    Rule(
        code="KD917",
        slug="training-optimizer-reuse",
        area="training",
        title="One optimizer cannot train two models",
        explanation=(
            "`fit()` stops because the optimizer already belongs to another model. Neither model is damaged. "
            "Create a new optimizer for each model.\n\n"
            "An optimizer keeps numbers for each weight that it trains. Since TensorFlow 2.11 it creates them for the "
            "first weights that it sees and refuses others. That is a KeyError on Keras 2 and a ValueError on Keras 3 "
            "with TensorFlow. With JAX, Keras 3.15 raised nothing. It happens in notebooks that create the model again "
            "but not the optimizer. It also happens in loops that train several models with one optimizer. To share "
            "one optimizer on purpose, call `optimizer.build()` with all weights first."
        ),
        symptoms=(
            "ValueError: Unknown variable: ... This optimizer can only be called for the variables it was originally "
            "built with. When working with a new set of variables, you should recreate a new optimizer instance.",
            "KeyError: 'The optimizer cannot recognize variable .... This usually means you are trying to call the "
            "optimizer to update different parts of the model separately. Please call `optimizer.build(variables)` "
            "with the full list of trainable variables before the training loop or use legacy optimizer ...",
            Symptom("NotImplementedError: numpy() is only available when eager execution is enabled.", generic=True),
        ),
        remedies=(CodeChange("Create a new optimizer for each model (runs everywhere)"),),
        references=(
            Reference(
                "https://github.com/StatBiomed/UniTVelo/issues/20",
                "The KeyError, and the cause in the documentation's words: up to v2.10 the default was the legacy base "
                "class, in v2.11 and later tf.keras.optimizers.Optimizer is a new implementation.",
            ),
            Reference(
                "https://github.com/mrosol/Nonlincausality/pull/12",
                "The ValueError of Keras 3, with the same optimizer used for different data.",
            ),
        ),
        uses=(
            Method(
                "model",
                "compile",
                (Argument("optimizer", position=0, kind="optimizer"),),
                when=_optimizer_has_other_model,
            ),
        ),
    ),
    Rule(
        code="KD918",
        slug="training-loss-dict-partial",
        area="training",
        title="loss={...} must name every output",
        explanation=(
            "`fit()` stops with a ValueError because an output has no loss; no result is wrong. Name every "
            "output, with None for no loss. The training is the same.\n\n"
            "In Keras 2 an output that the `loss=` dictionary did not name was not trained. Keras 3 refuses such a "
            "dictionary. Only the first releases, 3.0 to 3.4, still train where the first output has the loss; where "
            "another one has it, they find no loss to compute."
        ),
        symptoms=(
            "ValueError: Expected keys [...] in loss dict, but found loss.keys()=[...]",
            "ValueError: Expected keys ListWrapper([...]) in loss dict, but found loss.keys()=[...]",
            "ValueError: For a model with multiple outputs, when providing the `loss` argument as a list, it should "
            "have as many entries as the model has outputs. ...",
            Symptom("ValueError: No loss to compute. Provide a `loss` argument in `compile()`.", generic=True),
        ),
        remedies=(
            CodeChange(
                "Name every output, with None for no loss (runs on Keras 2 as well)",
                cost="`fit()` asks for targets for that output too; any array of its shape will do.",
            ),
            UseLegacyKeras(),
        ),
        measured="Measured: raises on Keras 3.0.5 to 3.15.1, right on Keras 2.15 and tf-keras",
        uses=(Method("model", "compile", (Argument("loss", kind="dict"),), when=_leaves_out_outputs),),
    ),
    Rule(
        code="KD919",
        slug="training-early-stopping-auto",
        area="training",
        title="EarlyStopping does not know which way is better",
        explanation=(
            "Training stops with a ValueError when the first epoch ends; Keras 2 went on and kept the worst "
            'epoch of a score such as F1. Pass `mode="max"` for scores, `mode="min"` for losses, and train '
            "again.\n\n"
            '`EarlyStopping` must know whether a higher number is better. With the default `mode="auto"`, Keras 2 knew '
            "only names that end in acc, accuracy or auc. For every other name it took less for better, so it waited "
            "for the worst F1 score. Keras 3 asks the metric, and a custom function cannot answer. If you have relied "
            "on auto for a score, Keras 2 kept the wrong epoch."
        ),
        symptoms=(
            "ValueError: EarlyStopping callback received monitor=..., but Keras isn't able to automatically determine "
            "whether that metric should be maximized or minimized. Pass `mode='max'` in order to monitor based on the "
            "highest metric value, or pass `mode='min'` in order to use the lowest value.",
            "ValueError: EarlyStopping callback received monitor=... but Keras isn't able to automatically determine "
            "whether that metric should be maximized or minimized. ...",
        ),
        remedies=(
            CodeChange('Pass the direction: mode="min" or mode="max" (runs on Keras 2 as well)'),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/18798",
                "On Keras 2.14 mode='auto' falls back to min for any metric whose name is not that of an accuracy or "
                "auc, although most metrics are better when higher.",
            ),
        ),
        measured="Measured: raises on Keras 3.4.1 and 3.15.1; right on Keras 2.15 and tf-keras 2.17",
        edits=(Edit(_smallest),),
        uses=(
            Together(
                Method("model", "compile", (Argument("metrics"),), when=_has_own_function),
                Call(
                    "keras.callbacks.EarlyStopping",
                    (
                        Argument("mode", absent=True),
                        Argument("monitor", position=0, other_suffix=("loss", "acc", "accuracy", "auc")),
                    ),
                ),
            ),
        ),
    ),
    Rule(
        code="KD920",
        slug="training-class-weight-sequence",
        area="training",
        title="class_weight does not weigh the steps of a sequence",
        silent=True,
        explanation=(
            "With one target for each step or pixel, Keras 2 trains with wrong weights, so the model may really "
            "be worse; Keras 3 stops. Pass one weight for each step with `sample_weight`, and train again.\n\n"
            "It concerns targets of shape (samples, steps), on every Keras that was run. The targets are taken for "
            "one-hot rows, so each sequence gets only one weight. It is that of the class whose number is the position "
            "of its largest target. Keras 2 trains with these weights and gives no message. Keras 3 stops, because the "
            "shapes do not fit."
        ),
        symptoms=(
            "InvalidArgumentError: Graph execution error: Detected at node ...compile_loss/"
            "sparse_categorical_crossentropy/mul... defined at (most recent call last): ...",
            Symptom("InvalidArgumentError: ... Incompatible shapes: [2,4] vs. [2] ...", generic=True),
            "class_weight changes the loss, but not as computed by hand",
        ),
        remedies=(CodeChange("Weigh each step with sample_weight (runs on Keras 2 as well)"),),
        measured="Measured: wrong on Keras 2.15 and tf-keras, raises on Keras 3.4.1 and 3.15.1",
    ),
    Rule(
        code="KD921",
        slug="training-eager-off",
        area="training",
        title="Without eager execution a model neither trains nor predicts",
        explanation=(
            "`fit`, `evaluate` and `predict` of Keras 3 stop where eager execution, or all of version 2, was "
            "switched off; no result is wrong. Take the line out that switches it off.\n\n"
            "Programs that came from TensorFlow 1 switch it off at the top, and tf.keras of Keras 2 then trained in "
            "graph mode, which Keras 3 lacks. Models cannot be saved either. What needs sessions and placeholders "
            "needs Keras 2."
        ),
        symptoms=(
            "RuntimeError: `tf.data.Dataset` only supports Python-style iteration in eager mode or within tf.function.",
        ),
        remedies=(Advice("Take the line out"), UseLegacyKeras()),
        canary=False,
        affects=(Affected(">=3.0"),),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1 with either line, runs on Keras 2.15.",
        uses=(
            Together(
                Call("tensorflow.compat.v1.{disable_eager_execution,disable_v2_behavior}"),
                Method("model", "{fit,evaluate,predict,predict_on_batch,fit_generator,save,get_weights}"),
            ),
        ),
    ),
    Rule(
        code="KD922",
        slug="training-loss-of-lists",
        area="training",
        title="A loss refuses lists that are nested differently",
        explanation=(
            "`loss([0, 1], [[0.1, 0.9], [0.8, 0.2]])` stops on Keras 3; no result is wrong. Make arrays of "
            "both.\n\n"
            "Keras 2 made tensors of the lists. Keras 3 takes lists for several outputs, and wants both to be nested "
            "alike: labels as a list and predictions as a list of lists are refused."
        ),
        symptoms=(
            "ValueError: Structures don't have the same nested structure.",
            "ValueError: Expected an instance of list, got {text}",
        ),
        remedies=(Advice("Make arrays of them", "loss(np.array(labels), np.array(predictions))"), UseLegacyKeras()),
        measured="Measured: raises on Keras 3.4.1 and 3.15.1, right on Keras 2.15",
        uses=(Method("loss", "__call__", (Argument("y_pred", position=1),), when=_nests),),
    ),
    Rule(
        code="KD928",
        slug="training-compile-positional",
        area="training",
        title="compile() takes loss_weights third, not metrics",
        explanation=(
            '`compile("adam", "mse", ["mae"])` takes the metrics for loss weights, and training stops; no result '
            "is wrong. Write `metrics=` before them.\n\n"
            "In Keras 2 the third argument of `compile()` was `metrics` and the fourth `loss_weights`. Keras 3 has "
            "them the other way round. The messages speak of `loss_weights`, which the program never names, and most "
            "of them come with the first batch only."
        ),
        symptoms=(
            "ValueError: When there is only a single output, the `loss_weights` argument must be a Python float. "
            "Received instead: loss_weights=...",
            "TypeError: When providing the `loss_weights` argument, each element should be a Python int, float (the "
            "weighting coefficient corresponding to the loss for that output) or `None`.Received: loss_weights=...",
            "ValueError: `loss_weights` must match the number of losses, got {number} losses and {count} weights.",
            "ValueError: Expected `loss_weights` argument to be a float (single output case) or a list, tuple, or dict "
            "(multiple output case). Received instead: loss_weights={value} of type {text}",
            "ValueError: Expected `loss_weights` argument to be a list, tuple, or dict. Received instead: "
            "loss_weights={value} of type {text}",
            Symptom("ValueError: dtype='string' is not a valid dtype for Keras type promotion.", generic=True),
        ),
        remedies=(CodeChange("Write metrics= and loss_weights= (runs on Keras 2 as well)"), UseLegacyKeras()),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19582",
                "Metrics of a single output are refused with messages about loss_weights; taken there for a fault of "
                "loss_weights.",
            ),
        ),
        edits=(Edit(lambda editor: editor.name_arguments("", "", "metrics", "loss_weights")),),
        uses=(Method("model", "compile", (Argument(position=2),), when=_gives_metrics_third),),
    ),
    Rule(
        code="KD929",
        slug="training-loss-dict",
        area="training",
        title="Losses and targets given by name go to the wrong output",
        silent=True,
        explanation=(
            "A model with several outputs is trained on the wrong targets or with the wrong losses, without a "
            "message, and really is worse. Upgrade Keras, or give losses and targets as lists in the outputs' "
            "order. Then train again.\n\n"
            "On Keras 3.5 and 3.6 a model that was made with a list of outputs takes the entries of "
            '`loss={"b": ..., "a": ...}` and of a dictionary of targets in alphabetical order of their names, not in '
            "the order of the outputs. Outputs whose names are in alphabetical order anyway are right, and so are "
            "models that were made with a dictionary of outputs. Loss weights and sample weights are swapped too."
        ),
        symptoms=("the loss of one output stands under the name of another",),
        remedies=(
            CodeChange("Give lists in the order of the outputs (runs on Keras 2 as well)"),
            Upgrade("keras", ">=3.7"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/20596",
                "A dictionary of losses is applied in alphabetical order on Keras 3.5.0; right on 3.7.0.",
            ),
        ),
        uses=(
            Method("model", "compile", (Argument("loss", position=1, kind="dict"),), when=_names_out_of_order),
            Method(
                "model",
                "{fit,evaluate,train_on_batch,test_on_batch}",
                (Argument("y", position=1, kind="dict"),),
                when=_names_out_of_order,
            ),
        ),
    ),
    Rule(
        code="KD970",
        slug="training-loss-weights-shown",
        area="training",
        title="Losses of the outputs are shown after their weights",
        silent=True,
        explanation=(
            "With `loss_weights`, `history` and `evaluate()` show the loss of each output times its weight. Training "
            "and the total loss are right. Upgrade Keras, or divide by the weight.\n\n"
            "Keras 2 reported the losses of the outputs as they are, and only the total was weighted. So does Keras 3 "
            "from 3.7 on. Curves of runs with other weights cannot be compared, and early stopping on the "
            "loss of one output gets another threshold. The first releases report the total alone."
        ),
        symptoms=("the losses of the outputs add up to the total although loss_weights are given",),
        remedies=(
            CodeChange("Give each output's loss as a metric too (runs on Keras 2 as well)"),
            Upgrade("keras", ">=3.7"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/20476",
                "Changes the reported losses to the values before weights are applied, in line with Keras 2.",
            ),
        ),
        uses=(
            Method(
                "model",
                "compile",
                (Argument("loss_weights"), Argument("metrics", absent=True)),
                when=_has_several_outputs,
            ),
        ),
    ),
    Rule(
        code="KD971",
        slug="training-partial-batch",
        area="training",
        title="A smaller last batch counts as much as a full one",
        silent=True,
        explanation=(
            "The loss of `fit()` and `evaluate()` is a mean over batches, not over samples. The model is trained "
            "right. Choose a batch size that divides the number of samples, or upgrade Keras.\n\n"
            "The first releases of Keras 3 average the loss of an epoch over its batches. Where the last batch has "
            "fewer samples, these count more: three samples with losses of 1, 1 and 16 give 8.5 in batches of two, not "
            "6. Keras 2 and later releases weigh each batch by its size. Metrics are right everywhere."
        ),
        symptoms=("evaluate() gives another loss with another batch_size",),
        remedies=(
            CodeChange("Choose a batch size that divides the samples (runs on Keras 2 as well)"),
            Upgrade("keras", ">=3.2"),
            UseLegacyKeras(),
        ),
        measured="Measured: so on Keras 3.0.5 and 3.1.1; right from 3.2.1 on and on Keras 2.15. Found by kdoctor",
    ),
    Rule(
        code="KD972",
        slug="training-early-stopping-restore",
        area="training",
        title="restore_best_weights also acts without an early stop",
        silent=True,
        ported=True,
        explanation=(
            "After `fit()` the model has the weights of its best epoch, where Keras 2 left those of the last "
            "one: mostly a better model, but another one. Compare with care; to keep the last weights, save them "
            "before.\n\n"
            "`EarlyStopping(restore_best_weights=True)` of Keras 2 put the best weights back only where it had stopped "
            "the training. Keras 3, and tf-keras from 2.16 on, do so at the end of every training, also after all "
            "epochs were run. So the same program evaluates, saves and trains on from other weights, mostly from "
            "better ones."
        ),
        symptoms=("evaluate() after fit() gives the best epoch's number, not the last one's",),
        remedies=(
            Advice(
                "Save the weights of the last epoch in a callback",
                'keras.callbacks.ModelCheckpoint("last.weights.h5", save_weights_only=True)',
            ),
        ),
        measured="Measured: so on Keras 3.0.5 to 3.15.1 and tf-keras 2.16; not on Keras 2.15. Found by kdoctor",
    ),
    Rule(
        code="KD973",
        slug="training-loss-positional",
        area="training",
        title='super().__init__("sum") of a loss names it "sum"',
        silent=True,
        explanation=(
            "A loss class that passes its reduction to the base class by position is averaged, whatever the "
            "reduction says, so the model is trained with another loss. Write `reduction=` before it, and train "
            "again.\n\n"
            "`Loss.__init__` of Keras 2 takes `reduction` first and `name` second, that of Keras 3 the other way "
            'round. `super().__init__("sum")` makes a loss called "sum" with the default reduction, a mean over the '
            "batch. With two arguments by position the name is taken for the reduction and refused."
        ),
        symptoms=("the loss of a class of one's own is smaller by the batch size",),
        remedies=(CodeChange("Write reduction= and name= (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured="Measured: wrong on Keras 3.0.5 to 3.15.1, right on Keras 2.15. Found by kdoctor",
        edits=(Edit(lambda editor: editor.name_arguments("reduction", "name")),),
        uses=(Method("loss", "__init__", (Argument(position=0),), when=_gives_reduction_first),),
    ),
    Rule(
        code="KD974",
        slug="training-targets-flat",
        area="training",
        title="Targets of shape (N,) reach your loss and metric as they are",
        silent=True,
        ported=True,
        explanation=(
            "Your own metric or loss class compares every target with every prediction, without a message. A "
            "wrong loss makes the model worse, a wrong metric does not. Give `fit()` targets of shape (N, 1): "
            "`y[:, None]`.\n\n"
            "`fit()`, `evaluate()` and the functions for one batch of Keras 2 made (N, 1) of targets of shape (N,). "
            "Keras 3 hands them on as they are. A model that ends in `Dense(1)` predicts (N, 1), so that "
            "`y_true - y_pred` is stretched to N x N. Losses of Keras and loss functions align the shapes first, "
            "metrics of Keras mostly do (not `Hinge` and `Poisson`). Metric functions, classes made from `Loss` or "
            "`Metric`, and a `train_step` of your own get the shapes as they are."
        ),
        symptoms=("a metric function of one's own differs from the same metric of Keras",),
        remedies=(
            CodeChange("Give both one shape there, or y[:, None] to fit() (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        measured="Measured: wrong on Keras 3.0.5 to 3.15.1, right on Keras 2.15. Found by kdoctor",
        uses=(
            Together(
                Call("keras.layers.Dense", (Argument("units", position=0, value=1),)),
                Method("model", "compile", when=_has_own_loss_or_metric),
            ),
        ),
    ),
    Rule(
        code="KD926",
        slug="training-call-without-training",
        area="training",
        title="fit() trains with Dropout and BatchNormalization off",
        silent=True,
        explanation=(
            "Your model trains with Dropout and BatchNormalization switched off, without a message, and really "
            "is worse. Add `training=None` to the arguments of `call()`, and train again.\n\n"
            "On Keras 3 a model class whose `call()` has no `training` argument is trained in inference mode. "
            "Dropout drops nothing, and BatchNormalization never updates its moving averages. This includes layers "
            "inside Sequential and functional models that `call()` uses. Keras 2 switched all layers of a model at "
            "once. Keras 3 passes the mode down from the outermost `call()`, if that has the argument. `call()` "
            "need not use it: the layers inside get it by themselves. Only the outermost model counts: layers "
            "without the argument inside a model that has it are trained right. Up to Keras 3.9 `model(x, "
            "training=True)` of such a class is ignored as well, so custom loops and `train_step` are concerned. "
            "From 3.10 on these are right, and `fit()` and `train_on_batch()` are not."
        ),
        symptoms=(
            "the training loss is lower and the validation loss higher than on Keras 2",
            "moving_mean of BatchNormalization is still 0 after fit()",
            "predictions after training are useless although the loss fell: BatchNormalization never learned its "
            "averages",
        ),
        remedies=(CodeChange("give call() the argument training=None (runs on Keras 2 as well)"), UseLegacyKeras()),
        references=(
            Reference(
                "https://github.com/keras-team/keras-hub/issues/1500",
                "Says that the layers of KerasHub never drop anything, because their call does not take training, and "
                "names it as a difference from tf-keras; not which models of users are concerned, nor on which "
                "releases.",
            ),
            Reference(
                "https://github.com/keras-team/keras-hub/pull/1623",
                "Adds training=None to the call of KerasHub's layers, since the argument is not handed on otherwise.",
            ),
        ),
        measured=(
            "Measured: wrong on every Keras 3 from 3.0 to 3.15; right on Keras 2.12 to 2.15 and tf-keras. "
            "Found by kdoctor for the models of users"
        ),
        edits=(
            Edit(
                _add_parameter("training", "None"),
                unsafe=(
                    "The model trains with Dropout and BatchNormalization active, as on Keras 2: its numbers change."
                ),
            ),
        ),
        uses=(
            Attribute("model", "call", how="defined", when=_trains_without_context),
            Together(
                _TRAINS,
                Attribute("model", "call", how="defined", when=_trained_without_context),
                when=_is_of_this_class,
            ),
        ),
    ),
    Rule(
        code="KD927",
        slug="training-random-predict",
        area="training",
        title="predict() augments the images at random",
        silent=True,
        explanation=(
            "`predict()` and `evaluate()` change the images at random, so their numbers are wrong and vary. The "
            "training is not affected by that. Add `training=None` to the arguments of `call()`.\n\n"
            "On Keras 3 a model class whose `call()` has no `training` argument cannot switch its augmentation "
            "off. `RandomFlip`, `RandomRotation` and the others stay on, and the same image gets another answer "
            "each time. These layers are on unless they get `training=False`, and only a `call()` with the "
            "argument passes it on. `call()` need not use the argument."
        ),
        symptoms=("predict() gives another answer each time", "the validation accuracy is lower than on Keras 2"),
        remedies=(CodeChange("give call() the argument training=None (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured=(
            "Measured: wrong on every Keras 3 from 3.0 to 3.15; right on Keras 2.12 to 2.15 and tf-keras. "
            "Found by kdoctor"
        ),
        edits=(
            Edit(
                _add_parameter("training", "None"),
                unsafe="Augmentation is off in `predict` and `evaluate`, so their numbers change.",
            ),
        ),
        uses=(Attribute("model", "call", how="defined", when=_augments_always),),
    ),
    Rule(
        code="KD923",
        slug="training-batch-mean",
        area="training",
        title="train_on_batch() returns a mean over all batches",
        silent=True,
        explanation=(
            "The loss that `train_on_batch()` returns is a mean over all batches so far. The model is trained "
            "right. Call `model.reset_metrics()` before each call, or upgrade to Keras 3.15.\n\n"
            "Keras 3.0 to 3.14 return the mean of the loss and of every metric since the last reset. After batches "
            "with a loss of 100 and 0 the second call says 50. `test_on_batch()` does the same. The curves of a "
            "GAN barely move any more, and what is decided by such a number is decided wrongly. Keras 3.15 returns "
            "the numbers of the batch again."
        ),
        symptoms=("the losses of a GAN, printed from train_on_batch, barely move any more",),
        remedies=(
            CodeChange("call reset_metrics() first (runs on Keras 2 as well)"),
            Upgrade("keras", ">=3.15"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/22617",
                "Fixes train_on_batch and test_on_batch returning a cumulative metric instead of that of the batch.",
            ),
        ),
        uses=(Method("model", "{train_on_batch,test_on_batch}", when=_returns_mean),),
    ),
    Rule(
        code="KD924",
        slug="training-dict-inputs",
        area="training",
        title="A dictionary of inputs goes by the alphabet",
        silent=True,
        explanation=(
            "The inputs of your model are swapped where their names are not in alphabetical order, and the model "
            "really is wrong. Give a list in the model's order, or use another Keras than 3.4 to 3.6. Then train "
            "again.\n\n"
            "A functional model that was made from a list of inputs takes a dictionary too, and finds the inputs "
            "by name. Keras 3.4 to 3.6 sort the dictionary by its keys and pass the values by position. Inputs of "
            "equal shape are then swapped. 3.6 gives a warning, 3.4 and 3.5 say nothing; other shapes raise an "
            "error. A model that is made from a dictionary is right."
        ),
        symptoms=(
            "UserWarning: The structure of `inputs` doesn't match the expected structure: [...]. Received: the "
            "structure of inputs={...}",
            "a model with several inputs predicts as if two of them were swapped",
        ),
        remedies=(
            CodeChange("make the model from a dictionary (runs on Keras 2 as well)"),
            CodeChange("give a list in the model's order (runs on Keras 2 as well)", after="after_list"),
            Upgrade("keras", ">=3.7"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/20070",
                "Two inputs given as a dictionary to a model made from a list arrive swapped on Keras 3.4.1.",
            ),
        ),
        uses=(replace(_GIVEN_A_DICT, when=_inputs_are_a_list_out_of_order),),
    ),
    Rule(
        code="KD925",
        slug="training-dict-extra",
        area="training",
        title="An entry that no input has is taken for an input",
        silent=True,
        explanation=(
            "The model may be trained on the wrong column, without an error, and is then really worse. Pass only "
            "the entries that the model has as inputs, and train again.\n\n"
            "A functional model that was made from a dictionary may be given more entries than it has inputs. "
            "Keras 2, and Keras 3 up to 3.3, leave the others out. From Keras 3.4 on the dictionary is sorted by "
            "its keys and the first entries are taken, whatever their names. A column whose name comes before that "
            "of an input is taken for that input. There is a warning from 3.6 on. Models made from a list are "
            "concerned on 3.4 to 3.6 only."
        ),
        symptoms=(
            "UserWarning: The structure of `inputs` doesn't match the expected structure.\nExpected: {...}\nReceived: "
            "inputs={...}",
            "a model fed from a dataset with more columns than it uses predicts nonsense",
        ),
        remedies=(
            CodeChange("hand over the model's own entries only (runs on Keras 2 as well)"),
            CodeChange(
                "make the model from a list of its inputs (runs on Keras 2 as well)",
                after="after_list",
                versions=">=3.7",
            ),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/23258",
                "A functional model with a dictionary of inputs uses an unrelated extra key as the declared input.",
            ),
        ),
        uses=(replace(_GIVEN_A_DICT, when=_has_entry_that_no_input_has),),
    ),
    Rule(
        code="KD975",
        slug="training-metrics-not-a-list",
        area="training",
        title="compile(metrics=...) refuses a metric without a list",
        explanation=(
            "`compile()` stops with a ValueError; no result is wrong. Put the metric into a list: "
            '`metrics=["accuracy"]`. The numbers are the same.\n\n'
            "Keras 2 took a single metric, by its name or as an object. Keras 3 takes a list, a tuple or a dictionary."
        ),
        symptoms=(
            "ValueError: Expected `metrics` argument to be a list, tuple, or dict. Received instead: "
            "metrics={value} of "
            "type {type}",
        ),
        remedies=(Advice("Put it into a list", 'metrics=["accuracy"] (runs on Keras 2 as well)'), UseLegacyKeras()),
        canary=False,
        affects=(Affected(">=3.0"),),
        measured="Measured: refused by Keras 3.0.5, 3.5.0, 3.10.0 and 3.15.1; Keras 2.15 takes it.",
        uses=tuple(
            Method("model", "compile", (Argument(keyword, kind=kind),))
            for keyword in ("metrics", "weighted_metrics")
            for kind in ("string", "metric")
        ),
    ),
    Rule(
        code="KD976",
        slug="training-tensorflow-1-optimizer",
        area="training",
        title="compile() refuses an optimizer of TensorFlow 1",
        explanation=(
            "`compile(optimizer=tf.compat.v1.train.AdamOptimizer())` stops with a ValueError; no result is wrong. "
            "Use the optimizer of the same name from `keras.optimizers`; the last digits may differ.\n\n"
            "Keras 2 wrapped optimizers of TensorFlow 1. Keras 3 takes its own only. In a training loop without Keras "
            "they still run."
        ),
        symptoms=(
            "ValueError: Could not interpret optimizer identifier: <tensorflow.python.training.{text} object at "
            "{text}>",
        ),
        remedies=(Advice("Use the one of Keras", "keras.optimizers.Adam(0.001)"), UseLegacyKeras()),
        canary=False,
        affects=(Affected(">=3.0"),),
        measured="Measured: refused by Keras 3.15.1; Keras 2.15 takes it.",
        uses=(Method("model", "compile", (Argument("optimizer", position=0, kind="tensorflow-1-optimizer"),)),),
    ),
    Rule(
        code="KD977",
        slug="training-two-clips",
        area="training",
        title="An optimizer takes clipnorm= or clipvalue=, not both",
        explanation=(
            "`Adam(clipnorm=1.0, clipvalue=0.5)` stops with a ValueError; no result is wrong. Keep `clipvalue=`: "
            "the new optimizers of Keras 2 applied that one first.\n\n"
            "Keras 3 takes one of `clipnorm`, `clipvalue` and `global_clipnorm`."
        ),
        symptoms=(
            "ValueError: Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: {text}",
        ),
        remedies=(Advice("Keep one of them", "keras.optimizers.Adam(clipvalue=0.5)"), UseLegacyKeras()),
        canary=False,
        affects=(Affected(">=3.0"),),
        measured="Measured: refused by Keras 3.15.1; Keras 2.15 takes both.",
        uses=tuple(
            Call("keras.optimizers.*", (Argument(one), Argument(other)), when=_clips_twice)
            for one, other in (("clipnorm", "clipvalue"), ("clipnorm", "global_clipnorm"))
        ),
    ),
    Rule(
        code="KD978",
        slug="training-history-lr",
        area="training",
        title="history['lr'] is called history['learning_rate']",
        explanation=(
            '`history.history["lr"]` stops with a KeyError; the model is fine. Write `"learning_rate"`. The numbers '
            "are the same.\n\n"
            "`LearningRateScheduler` and `ReduceLROnPlateau` put the rate of each epoch into the logs. Keras 2 called "
            "it `lr`, Keras 3 calls it `learning_rate`."
        ),
        symptoms=(Symptom("KeyError: 'lr'", generic=True),),
        remedies=(Advice("Use the new name", 'history.history["learning_rate"]'), UseLegacyKeras()),
        canary=False,
        affects=(Affected(">=3.0"),),
        measured="Measured: `learning_rate` on Keras 3.15.1, `lr` on Keras 2.15.",
        uses=(Method("history-dict", "__getitem__", (Argument(position=0, value="lr"),), when=_rate_is_in_the_logs),),
    ),
    Rule(
        code="KD989",
        slug="training-activity-regularizer",
        area="training",
        title="activity_regularizer is multiplied by the batch size",
        silent=True,
        explanation=(
            "With batches of 32 the penalty of `activity_regularizer` is 32 times as strong as on Keras 2, so the "
            "model is another one: a sparse autoencoder may give zeros only. Upgrade to Keras 3.14, or add "
            "the penalty yourself.\n\n"
            "Keras 2 adds the mean over the rows of a batch to the loss, and so does Keras 3 from 3.14 on. Keras 3.0 "
            "to 3.13 add the sum. That holds for every layer that takes the argument, and for "
            "`ActivityRegularization`. Regularizers of weights are as they were."
        ),
        symptoms=("with activity_regularizer the loss is far larger than on Keras 2, and grows with the batch size",),
        remedies=(
            Upgrade("keras", ">=3.14", cost="Needs Python 3.11 or newer."),
            CodeChange("Add the mean of the penalties with add_loss in a layer (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        references=(
            Reference("https://github.com/keras-team/keras/issues/22018", "Shows that the penalty is not divided."),
            Reference("https://github.com/keras-team/keras/pull/22021", "Divides it by the batch size."),
        ),
        uses=(
            Call("keras.layers.*", (Argument("activity_regularizer"),), when=penalises),
            Call("keras.layers.ActivityRegularization"),
        ),
    ),
    Rule(
        code="KD990",
        slug="training-sequence-steps",
        area="training",
        title="steps_per_epoch cuts every second epoch short",
        silent=True,
        explanation=(
            "`fit(sequence, steps_per_epoch=n)` with n smaller than the sequence trains fewer steps than you asked "
            "for. Delete `steps_per_epoch`, and let `__len__` of the sequence return n.\n\n"
            "Keras 2 began each epoch with the first batch of a `Sequence`. Keras 3 goes on where the epoch before "
            "stopped, and ends an epoch where the sequence ends: of four batches and three steps, the epochs are "
            "three steps, one step, three steps. A warning says that the input ran out of data. "
            "Arrays are cut in the same way. Where n is the whole sequence, see training-epoch-skipped."
        ),
        symptoms=(
            "with steps_per_epoch every second epoch is shorter",
            "UserWarning: Your input ran out of data; interrupting epoch. {text}",
        ),
        remedies=(
            CodeChange("Let __len__ return the steps, without steps_per_epoch= (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        measured=("Measured: so on every Keras 3 from 3.0 to 3.15; not on Keras 2 and tf-keras. Found by kdoctor"),
        uses=(Method("model", "fit", (Argument("steps_per_epoch"),), when=_steps_through_sequence),),
    ),
    Rule(
        code="KD991",
        slug="training-compile-again",
        area="training",
        title="compile() without metrics keeps the old metrics",
        silent=True,
        explanation=(
            "A second `compile()` without `metrics` goes on to report those of the first: `evaluate()` returns more "
            "numbers than you asked for. The training is right. Pass `metrics=[]`.\n\n"
            "Keras 2 and Keras 3 up to 3.5 compiled without metrics then. "
            "Code that takes what `evaluate()` returns for a number gets a list. With other metrics in the second "
            "`compile()` only these are reported."
        ),
        symptoms=("evaluate() returns metrics that the last compile() does not name",),
        remedies=(CodeChange("Pass metrics=[] (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured=("Measured: so on Keras 3.6 to 3.15; not on Keras 3.0 to 3.5, Keras 2 and tf-keras. Found by kdoctor"),
        edits=(Edit(add_keyword("metrics", "[]")),),
        uses=(
            Method(
                "model",
                "compile",
                (
                    *(Argument("metrics", absent=True), Argument("metrics", 2, absent=True)),
                    Argument("weighted_metrics", absent=True),
                ),
                when=_compiled_with_metrics,
            ),
        ),
    ),
    Rule(
        code="KD992",
        slug="training-metric-ignore-class",
        area="training",
        title="A metric with ignore_class divides by all samples",
        silent=True,
        explanation=(
            "`metrics.SparseCategoricalCrossentropy(ignore_class=...)` shows a number that is too small; the training "
            "is right. Give the loss of the same name to `metrics.Mean()` instead.\n\n"
            "What is ignored gets a loss of 0, and Keras 3 divides by the number of all samples. Keras 2 divides by "
            "the number of those that are left, and so does the loss of the same name in every release. Keras 3 up to "
            "3.13 refuses the argument with a TypeError."
        ),
        symptoms=(
            "the metric SparseCategoricalCrossentropy is smaller than the loss of the same name",
            "TypeError: SparseCategoricalCrossentropy.__init__() got an unexpected keyword argument 'ignore_class'",
        ),
        remedies=(
            CodeChange("Give the loss of the same name to metrics.Mean() (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        measured="Measured: wrong on Keras 3.14 and 3.15, raises on 3.0 to 3.13; right on Keras 2. Found by kdoctor",
        uses=(Call("keras.metrics.SparseCategoricalCrossentropy", (Argument("ignore_class"),)),),
    ),
    Rule(
        code="KD993",
        slug="training-progbar-mean",
        area="training",
        title="Progbar ends with the last loss instead of the mean",
        silent=True,
        explanation=(
            "The last line of `keras.utils.Progbar` shows the loss of the last batch, not the mean. The training is "
            "right. Calculate the mean with `keras.metrics.Mean`, and give the name in `stateful_metrics`.\n\n"
            "It concerns training loops that call `Progbar.update()`. Until its target is reached the bar shows "
            "means, as its documentation says. The line of the last step takes the value as it is, from Keras 3.11 on."
        ),
        symptoms=("the last line of Progbar shows another loss than the mean of the epoch",),
        remedies=(
            CodeChange("Give Progbar the mean, and stateful_metrics (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        measured=(
            "Measured: so on Keras 3.11 to 3.15; not on Keras 3.0 to 3.10, Keras 2 and tf-keras. Found by kdoctor"
        ),
        uses=(Call("keras.utils.Progbar", when=_averages),),
    ),
    Rule(
        code="KD994",
        slug="training-validation-steps",
        area="training",
        title="validation_steps takes other batches in each epoch",
        silent=True,
        explanation=(
            "Each epoch validates where the one before stopped, so `val_loss` of two epochs cannot be compared, and "
            "early stopping may keep the wrong weights. Upgrade to Keras 3.7, or give only the data to be used and "
            "delete `validation_steps`.\n\n"
            "It concerns validation data of more batches than `validation_steps`. Keras 2 took the first ones each "
            "time, and so does Keras 3 from 3.7 on."
        ),
        symptoms=("with validation_steps val_loss jumps from epoch to epoch",),
        remedies=(
            CodeChange("Validate on all of a smaller data set (runs on Keras 2 as well)"),
            Upgrade("keras", ">=3.7"),
            UseLegacyKeras(),
        ),
        measured=("Measured: so on Keras 3.0 to 3.6; not on Keras 3.7 to 3.15, Keras 2 and tf-keras. Found by kdoctor"),
        uses=(Method("model", "fit", (Argument("validation_steps"),), when=_validates_on_part),),
    ),
)
