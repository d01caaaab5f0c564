"""Training: what an optimizer, a loss, a metric or a default does now, and what ``compile`` no longer takes."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import replace

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
)
from kdoctor.rules.rule import CodeChange, Reference, Rule, Symptom, Upgrade, UseLegacyKeras

_OLD_NAMES = ("kullback_leibler_divergence", "val_kullback_leibler_divergence")


def _count_of_outputs(site: Site) -> int:
    """How many outputs the functional model has; 0 where it is not known."""
    model = site.receiver
    is_functional = model.made_by == "keras.Model" and not model.is_own
    return len(model.arguments.value("outputs", 1).items) if model.arguments and is_functional else 0


def _has_several_outputs(site: Site) -> bool:
    return _count_of_outputs(site) > 1


def _gives_other_count_of_metrics(site: Site) -> bool:
    """One metric, or a list of another length than there are outputs; what has lists or dictionaries in it is fine."""
    given = site.arguments.value("metrics")
    if _count_of_outputs(site) < 2 or any(item.kind in ("list", "dict") for item in given.items):
        return False
    return given.kind == "string" or len(given.items) not in (0, _count_of_outputs(site))


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


def _has_own_function(site: Site) -> bool:
    metrics = site.arguments.value("metrics")
    return any(metric.kind == "function" for metric in metrics.items or (metrics,))


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


def _takes_no_training(site: Site) -> bool:
    """A ``call`` that neither has the argument nor says ``training`` to the layers in it."""
    node = site.given.node
    if not isinstance(node, ast.FunctionDef):
        return False
    said = {getattr(part, "arg", getattr(part, "id", getattr(part, "attr", ""))) for part in ast.walk(node)}
    return "training" not in said


def _trains_without_context(site: Site) -> Answer:
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

RULES: tuple[Rule, ...] = (
    Rule(
        code="KD901",
        slug="training-optimizer-lr-assign",
        area="training",
        title="optimizer.lr = x does not change the learning rate",
        silent=True,
        explanation=(
            "In Keras 2 an optimizer's lr was another name for learning_rate. A Keras 3 optimizer has no lr: assigning "
            "to it makes a new attribute that nothing reads, without a word, and training goes on at the old rate. "
            "Schedules and callbacks written by hand in this way do nothing, and fine-tuning runs at the rate of the "
            "first training."
        ),
        symptoms=(
            "a smaller learning rate, set as model.optimizer.lr, changes nothing",
            "fine-tuning spoils a trained model at once",
        ),
        remedies=(CodeChange("assign to learning_rate (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured="measured here: wrong on Keras 3.4.1 and 3.15.1, right on Keras 2.15 and tf-keras",
        uses=(Attribute("optimizer", "lr", how="written"),),
    ),
    Rule(
        code="KD902",
        slug="training-metrics-names",
        area="training",
        title="metrics_names is ['loss', 'compile_metrics']",
        silent=True,
        explanation=(
            "model.metrics_names used to name the numbers that evaluate() returns, one by one. Keras 3 puts all "
            "metrics given to compile() under the one name compile_metrics, so the list is too short and zip() pairs "
            "the wrong things or drops some: accuracy is found under no name, or under compile_metrics. The numbers "
            "themselves are right. Ask evaluate() for a dictionary instead."
        ),
        symptoms=(
            "metrics_names is ['loss', 'compile_metrics']",
            Symptom("KeyError: 'accuracy'", generic=True),
            Symptom("ValueError: 'accuracy' is not in list", generic=True),
        ),
        remedies=(CodeChange("evaluate(return_dict=True) (runs on Keras 2 as well)"), UseLegacyKeras()),
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
            "A model with several outputs used to report the loss of each beside the total one, in the progress bar, "
            "in history and from evaluate(). The first releases of Keras 3 report the total only (seen on 3.4; later "
            "releases report them again): plots, early stopping and code that counts on the order of what evaluate() "
            "returns miss them. The training is the same."
        ),
        symptoms=(
            "evaluate() returns one number for a model with several outputs",
            Symptom("KeyError: 'a_loss'", generic=True),
            Symptom("TypeError: cannot unpack non-iterable float object", generic=True),
        ),
        remedies=(
            CodeChange("compute them from the predictions (runs everywhere)"),
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
            "fit(dataset, steps_per_epoch=n), where the data are n batches long and do not repeat, used to start "
            "anew with each epoch. Early releases of Keras 3 (seen on 3.4) notice that the data have ended only when "
            "the next epoch asks for its first batch: that epoch does nothing, its loss is written down as 0, and the "
            "one after it trains again. The model has seen half the epochs that you asked for, and a loss of 0 looks "
            "best to early stopping and checkpoints. Only a warning that the input ran out of data hints at it."
        ),
        symptoms=(
            "history holds a loss of 0 for every second epoch",
            "UserWarning: Your input ran out of data; interrupting training. Make sure that your dataset or generator "
            "can generate at least `steps_per_epoch * epochs` batches...",
        ),
        remedies=(
            CodeChange("leave steps_per_epoch out: an epoch then is the data, once (runs on Keras 2 as well)"),
            Upgrade("keras", ">=3.7"),
            UseLegacyKeras(),
        ),
        measured="measured here: wrong on Keras 3.4.1; right on 3.15.1, Keras 2.15 and tf-keras",
    ),
    Rule(
        code="KD905",
        slug="training-loss-ranks",
        area="training",
        title="A loss compares every target with every prediction",
        silent=True,
        explanation=(
            "Called by hand with targets of shape (N,) and predictions of shape (N, 1), as Dense(1) gives them, a loss "
            "object of Keras 2 or tf-keras stretches both to N x N and averages over all pairs: another number and "
            "another gradient, without a word. fit() and evaluate() bring the shapes together first, so only training "
            "loops of your own are concerned. Keras 3 brings them together in the loss as well, so the same loop gives "
            "other (the right) losses there; a model trained with the wrong loss on Keras 2 learned little more than "
            "the mean."
        ),
        symptoms=(
            "the loss of a training loop differs from that of evaluate()",
            "the same training loop gives other losses on Keras 3",
        ),
        remedies=(CodeChange("give targets and predictions the same shape (runs everywhere)"),),
        measured="measured here: wrong on Keras 2.15 and tf-keras, right on Keras 3.4.1 and 3.15.1",
    ),
    Rule(
        code="KD906",
        slug="training-loss-integers",
        area="training",
        title="A loss of integer arrays is rounded down",
        silent=True,
        explanation=(
            "A loss object of Keras 2 or tf-keras that is called by hand with two arrays of integers computes in "
            "integers to the end: the mean loses its fraction (1 where 4 / 3 is right). Keras 3 turns both into floats "
            "first. Predictions of a model are floats, so this concerns losses called on counts, labels or pixels "
            "only."
        ),
        symptoms=("a loss called on integer arrays is a whole number", "the same call gives another number on Keras 3"),
        remedies=(CodeChange("turn the arrays into floats first (runs everywhere)"),),
        measured="measured here: wrong on Keras 2.15 and tf-keras, right on Keras 3.4.1 and 3.15.1",
    ),
    Rule(
        code="KD907",
        slug="training-weight-names",
        area="training",
        title="Every layer's weight has the same name",
        silent=True,
        explanation=(
            "weight.name used to start with the layer's: head/kernel:0. On Keras 3 it is kernel, in every layer. Code "
            "that picks weights by name (to freeze them, to leave them out of weight decay, to load pretrained ones) "
            "then matches none, and a dictionary with names as keys keeps only the last layer's. Nothing is raised. "
            "The full name is now weight.path, without the :0; it may begin with the model's name."
        ),
        symptoms=(
            "weight.name is 'kernel' and not 'dense/kernel:0'",
            "a dictionary of weights by name has too few entries",
        ),
        remedies=(CodeChange("use the path where there is one (runs on Keras 2 as well)"), UseLegacyKeras()),
        references=(
            Reference(
                "https://github.com/keras-team/keras-hub/issues/1227",
                "Prints name and path of a model's weights: the names are kernel and bias again and again, the paths "
                "query/kernel, key/kernel, ...",
            ),
        ),
        measured="measured here: wrong on Keras 3.4.1 and 3.15.1, right on Keras 2.15 and tf-keras",
    ),
    Rule(
        code="KD908",
        slug="training-l1-l2-default",
        area="training",
        title="l1_l2() penalises nothing",
        silent=True,
        explanation=(
            "regularizers.l1_l2() without arguments meant 0.01 of each in Keras 2. On Keras 3 it is another name for "
            "the class L1L2, whose factors are 0 by default: the layer is not regularised at all, the loss is smaller, "
            "and the model overfits as if the argument were not there."
        ),
        symptoms=("model.losses is 0 although a layer has kernel_regularizer=l1_l2()", "the model overfits more"),
        remedies=(CodeChange("say both factors: l1_l2(l1=0.01, l2=0.01) (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured="measured here: wrong on Keras 3.4.1 and 3.15.1, right on Keras 2.15 and tf-keras",
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
        title="Lion() learns ten times faster",
        silent=True,
        explanation=(
            "The default learning rate of the Lion optimizer was 0.0001 in Keras 2 and is 0.001 in Keras 3. Every step "
            "of Lion is as long as its learning rate, so training is ten times coarser and may not settle."
        ),
        symptoms=("with Lion the loss jumps or does not settle, where it did on Keras 2",),
        remedies=(CodeChange("say the rate: Lion(learning_rate=1e-4) (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured="measured here: 0.001 on Keras 3.4.1 and 3.15.1, 0.0001 on Keras 2.15 and tf-keras",
        uses=(Call("keras.optimizers.Lion", (Argument("learning_rate", position=0, absent=True),)),),
    ),
    Rule(
        code="KD910",
        slug="training-ema-default",
        area="training",
        title="RMSprop(use_ema=True) puts averages in place only at the end",
        silent=True,
        explanation=(
            "With use_ema=True an optimizer keeps a moving average of the weights. RMSprop of Keras 2 put the averages "
            "in place every 100 steps by default (ema_overwrite_frequency=100); on Keras 3 the default is None, as it "
            "was for the other optimizers, and the weights are replaced once, at the end of fit(). Training takes "
            "another course, and validation during training sees the weights themselves."
        ),
        symptoms=("validation during training is noisier than on Keras 2, with RMSprop(use_ema=True)",),
        remedies=(CodeChange("say ema_overwrite_frequency=100 (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured="measured here: None on Keras 3.4.1 and 3.15.1, 100 on Keras 2.15 and tf-keras",
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
        title="use_ema=True averages from another start",
        silent=True,
        explanation=(
            "The moving average that use_ema=True keeps began with the weights before the first step in Keras 2. In "
            "Keras 3 it begins with those after it. At the usual ema_momentum=0.99 the start weighs much for a hundred "
            "steps, and with ema_overwrite_frequency it goes back into the weights again and again, so that the two "
            "train apart: 0.9914 and 0.8939 after six steps from 1. Neither is a mistake, but their runs cannot be "
            "compared, nor can one go on where the other stopped."
        ),
        symptoms=("training with use_ema=True gives other weights than on Keras 2 from the same start",),
        remedies=(
            CodeChange(
                "keep the averages in a callback (the same numbers on every Keras)",
                cost="Slower, as the weights are copied at every step; averages what is not trained as well.",
            ),
            UseLegacyKeras(),
        ),
        measured="measured here: other numbers on Keras 3.4.1 and 3.15.1 than on Keras 2.15 and tf-keras",
        uses=(Call("keras.optimizers.*", (Argument("ema_overwrite_frequency"), Argument("use_ema", value=True))),),
    ),
    Rule(
        code="KD912",
        slug="training-kl-metric-name",
        area="training",
        title="KLDivergence() reports under another name",
        silent=True,
        explanation=(
            "The metric KLDivergence() was called kullback_leibler_divergence in history, logs and results of Keras 2, "
            "and is called kl_divergence in Keras 3. EarlyStopping and ModelCheckpoint that monitor the old name never "
            "act, with a warning at most, and history has no such key. The numbers are the same."
        ),
        symptoms=(
            "EarlyStopping(monitor='val_kullback_leibler_divergence') never stops",
            "KeyError: 'kullback_leibler_divergence'",
            "UserWarning: Early stopping conditioned on metric `val_kullback_leibler_divergence` which is not "
            "available. Available metrics are: ...",
        ),
        remedies=(
            CodeChange('give it a name: KLDivergence(name="kullback_leibler_divergence") (runs on Keras 2 as well)'),
            UseLegacyKeras(),
        ),
        measured="measured here: kl_divergence on Keras 3.4.1 and 3.15.1, the old name on Keras 2.15 and tf-keras",
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
        explanation=(
            "The gates of ConvLSTM2D were hard_sigmoid by default in Keras 2 and are sigmoid in Keras 3 (the default "
            "of its recurrent_activation). A model built by the same code and given its old weights predicts other "
            "numbers; a new one trains well, just not to the same numbers. Note that hard_sigmoid itself is another "
            "function now (see training-hard-sigmoid), so asking for it by name does not bring the old numbers back."
        ),
        symptoms=("a model with ConvLSTM2D predicts other numbers than on Keras 2, with the same weights",),
        remedies=(
            CodeChange(
                "pass the old function as recurrent_activation", cost="load_model() needs custom_objects for it."
            ),
            UseLegacyKeras(),
        ),
        measured="measured here: sigmoid on Keras 3.4.1 and 3.15.1, hard_sigmoid on Keras 2.15 and tf-keras",
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
        explanation=(
            "hard_sigmoid was 0.2 * x + 0.5, cut off at 0 and 1, in Keras 2. In Keras 3 it is x / 6 + 0.5, as in other "
            "frameworks: hard_sigmoid(1) is 0.6667 and not 0.7. A model that was trained with one and runs with the "
            "other (old weights or an old file with RNNs or gates that use it) predicts other numbers, without a word. "
            "A model trained anew is as good as before."
        ),
        symptoms=(
            "a model that uses hard_sigmoid predicts other numbers than on Keras 2, with the same weights",
            "hard_sigmoid(1.0) is 0.6667 and not 0.7",
        ),
        remedies=(
            CodeChange(
                "pass the old function itself instead of its name (the same numbers on every Keras)",
                cost='For a file: load_model(path, custom_objects={"hard_sigmoid": hard_sigmoid}).',
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
            "For images (4-D input), BatchNormalization of Keras 2 multiplied the variance that it keeps for predict() "
            "by n / (n - 1), n being the values of a channel in a batch (batch x height x width). Keras 3 keeps the "
            "variance of the batch as it is. While training, both compute the same. The difference shows in evaluate() "
            "and predict(), and only where n is small: tiny batches or feature maps of a few pixels (14 % for n = 8, "
            "nothing to speak of for n = 2000)."
        ),
        symptoms=(
            "validation differs from Keras 2 with tiny batches or 1 x 1 feature maps, the training loss does not",
        ),
        remedies=(
            CodeChange("use larger batches (or feature maps): the factor n / (n - 1) tends to 1"),
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
            "measured here: the batch's own variance on Keras 3.4.1 and 3.15.1, the corrected one on Keras 2.15 and "
            "tf-keras"
        ),
    ),
    Rule(
        code="KD916",
        slug="training-multi-output-metrics",
        area="training",
        title="metrics=['mae'] is refused for several outputs",
        explanation=(
            "Given to a model with several outputs, metrics=[...] meant these metrics for every output. Keras 3 takes "
            "the list for one entry an output and stops at the first batch where the numbers differ. With as many "
            "metrics as outputs it does not stop, and each output gets only one of them. Say the metrics of each "
            "output by its name."
        ),
        symptoms=(
            "ValueError: For a model with multiple outputs, when providing the `metrics` argument as a list, it should "
            "have as many entries as the model has outputs. Received: metrics=['mae'] of length 1 whereas the model "
            "has ... outputs.",
            "ValueError: tuple arity mismatch; expected: 2, got: 1; tuple: ('mae',). Invalid `metrics`. `metrics` "
            "should contain metrics objects and either be a dict or a list matching the output names of the "
            "functional model ...",
        ),
        remedies=(CodeChange("give a dictionary: output -> metrics (runs on Keras 2 as well)"), UseLegacyKeras()),
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
            "An optimizer keeps numbers for each weight that it trains. Since TensorFlow 2.11 it makes them for the "
            "weights that it sees first, and refuses others: a KeyError on Keras 2, a ValueError on Keras 3 with "
            "TensorFlow (with JAX, Keras 3.15 went through). It hits notebooks that build the model again but not the "
            "optimizer, and loops that train several models with one. "
            "A model that was loaded from an .h5 file raises the same for another reason: see saving-h5-train. "
            "Make an optimizer for each model. A training loop that deliberately has one optimizer for several models "
            "calls optimizer.build() with all their weights first."
        ),
        symptoms=(
            "ValueError: Unknown variable: ... This optimizer can only be called for the variables it was originally "
            "built with. When working with a new set of variables, you should recreate a new optimizer instance.",
            "KeyError: 'The optimizer cannot recognize variable .... This usually means you are trying to call the "
            "optimizer to update different parts of the model separately. Please call `optimizer.build(variables)` "
            "with the full list of trainable variables before the training loop or use legacy optimizer ...",
            Symptom("NotImplementedError: numpy() is only available when eager execution is enabled.", generic=True),
        ),
        remedies=(CodeChange("make a new optimizer for each model (runs everywhere)"),),
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
            "In Keras 2 an output that the dictionary given as loss= did not name was simply not trained. The first "
            "releases of Keras 3 did the same (right on 3.0 to 3.4); later ones refuse the dictionary (seen on 3.5 to "
            "3.15). Name the output, and give None as its loss."
        ),
        symptoms=(
            "ValueError: Expected keys [...] in loss dict, but found loss.keys()=[...]",
            "ValueError: Expected keys ListWrapper([...]) in loss dict, but found loss.keys()=[...]",
            "ValueError: For a model with multiple outputs, when providing the `loss` argument as a list, it should "
            "have as many entries as the model has outputs. ...",
        ),
        remedies=(
            CodeChange(
                "name every output, with None for no loss (runs on Keras 2 as well)",
                cost="fit() wants targets for that output too; any array of its shape will do.",
            ),
            UseLegacyKeras(),
        ),
        measured="measured here: raises on Keras 3.15.1; right on 3.4.1, Keras 2.15 and tf-keras",
        uses=(Method("model", "compile", (Argument("loss", kind="dict"),), when=_leaves_out_outputs),),
    ),
    Rule(
        code="KD919",
        slug="training-early-stopping-auto",
        area="training",
        title="EarlyStopping does not know which way is better",
        explanation=(
            "EarlyStopping must know whether a higher number is better. With the default mode='auto' Keras 2 took "
            "every name that does not end in acc, accuracy or auc for one where less is better, and so waited for the "
            "worst F1 score. Keras 3 asks the metric; where that is a function of your own it cannot know, and stops "
            "with an error when the first epoch ends. Say the mode, and say it right: if you have relied on auto for "
            "a score, Keras 2 kept the wrong epoch."
        ),
        symptoms=(
            "ValueError: EarlyStopping callback received monitor=..., but Keras isn't able to automatically determine "
            "whether that metric should be maximized or minimized. Pass `mode='max'` in order to monitor based on the "
            "highest metric value, or pass `mode='min'` in order to use the lowest value.",
            "ValueError: EarlyStopping callback received monitor=... but Keras isn't able to automatically determine "
            "whether that metric should be maximized or minimized. ...",
        ),
        remedies=(
            CodeChange('say the direction: mode="min" or mode="max" (runs on Keras 2 as well)'),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/18798",
                "On Keras 2.14 mode='auto' falls back to min for any metric whose name is not that of an accuracy or "
                "auc, although most metrics are better when higher.",
            ),
        ),
        measured="measured here: raises on Keras 3.4.1 and 3.15.1; right on Keras 2.15 and tf-keras 2.17",
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
            "With one target for each step (or pixel), in an array of shape (samples, steps), class_weight does not do "
            "what it says on any Keras that was run. The targets are taken for one-hot rows, so that each sequence "
            "gets one weight, that of the class whose number is the place of its largest target. Keras 2 then trains "
            "with these weights, without a word; Keras 3 stops, because the shapes do not fit. Give every step its "
            "weight with sample_weight."
        ),
        symptoms=(
            "InvalidArgumentError: Graph execution error: Detected at node ...compile_loss/"
            "sparse_categorical_crossentropy/mul... defined at (most recent call last): ...",
            Symptom("InvalidArgumentError: ... Incompatible shapes: [2,4] vs. [2] ...", generic=True),
            "class_weight changes the loss, but not as computed by hand",
        ),
        remedies=(CodeChange("weigh each step with sample_weight (runs on Keras 2 as well)"),),
        measured="measured here: wrong on Keras 2.15 and tf-keras, raises on Keras 3.4.1 and 3.15.1",
    ),
    Rule(
        code="KD926",
        slug="training-call-without-training",
        area="training",
        title="fit() trains with Dropout and BatchNormalization off",
        silent=True,
        explanation=(
            "A model class whose call() has no training argument is trained in inference mode on Keras 3: Dropout "
            "drops nothing, BatchNormalization uses and never updates its moving averages, and no message says so. It "
            "goes for every layer that such a model holds, also inside Sequential and functional models that call() "
            "uses. Keras 2 switched all layers of a model at once; Keras 3 hands the mode from the outermost call() "
            "down, and only a call() that has the argument receives it. It need not use it: the layers inside get it "
            "by themselves. What counts is the outermost model alone: layers without the argument inside of a model "
            "that has it (a functional one, a Sequential one) are trained right. Up to Keras 3.9 model(x, "
            "training=True) of such a class is ignored in the same way, so that loops of your own and train_step are "
            "concerned; from 3.10 on they are right, and fit() and train_on_batch() are not."
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
            "measured here: wrong on every Keras 3 from 3.0 to 3.15; right on Keras 2.12 to 2.15 and tf-keras. "
            "Found by kdoctor for the models of users"
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
            "A model class whose call() has no training argument cannot switch its augmentation off on Keras 3: "
            "RandomFlip, RandomRotation and the others change the images in predict() and evaluate() as well, and the "
            "same image gets another answer each time. These layers are on unless they are told otherwise, and only a "
            "call() that has the argument is told. With training=None in the signature they are off in predict() and "
            "evaluate() and on in fit(); the argument need not be used."
        ),
        symptoms=("predict() gives another answer each time", "the validation accuracy is lower than on Keras 2"),
        remedies=(CodeChange("give call() the argument training=None (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured=(
            "measured here: wrong on every Keras 3 from 3.0 to 3.15; right on Keras 2.12 to 2.15 and tf-keras. "
            "Found by kdoctor"
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
            "Keras 3.0 to 3.14 return from train_on_batch() and test_on_batch() the mean of the loss and of every "
            "metric since the last reset, not that of the batch: after batches with a loss of 100 and 0 the second "
            "call says 50. Training itself is right. The curves of a GAN barely move any more, and what is decided by "
            "such a number is decided wrongly. Call model.reset_metrics() before each call, or upgrade: Keras 3.15 "
            "returns the numbers of the batch again."
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
            "A functional model that was made from a list of inputs takes a dictionary too, and finds the inputs by "
            "their names. Keras 3.4 to 3.6 sort the dictionary by its keys and hand it over by position instead: where "
            "the list is not in alphabetical order, inputs of equal shape are swapped. 3.6 gives a warning, 3.4 and "
            "3.5 say nothing; other shapes raise an error. Give a list in the model's order, make the model from a "
            "dictionary, or use another Keras."
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
            "A functional model that was made from a dictionary of inputs may be given more entries than it has "
            "inputs: Keras 2, and Keras 3 up to 3.3, leave the others out. From Keras 3.4 on the dictionary is sorted "
            "by its keys and the first entries are taken, whatever they are called: a column that stands before the "
            "name of an input in the alphabet is taken for that input. If the shapes fit, the model is trained and "
            "predicts with the wrong column; there is a warning from 3.6 on. Models made from a list are concerned on "
            "3.4 to 3.6 only. Hand over the entries that the model has, and no others."
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
)
