"""Layers: people's own ones, and arguments of the built-in ones that Keras 2 took."""

from __future__ import annotations

import ast
import re
from typing import Optional

from kdoctor.rules.edits import Edit, Editor, add_keyword, drop_keyword, through
from kdoctor.rules.masking import give_mask
from kdoctor.rules.patterns import (
    LIKELY,
    Answer,
    Applied,
    Argument,
    Attribute,
    Call,
    Method,
    Name,
    Site,
    Together,
    Value,
    holds_numbers,
    likely,
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

GUIDE = "https://keras.io/guides/migrating_to_keras_3"
INCOMPATIBILITIES = "https://github.com/keras-team/keras/issues/18467"
OLD_NUMBERS = "The numbers are those of Keras 2 again, and no longer those that this Keras gave."
ON_KERAS_3 = "Measured: so on Keras 3.0.5, 3.3.3, 3.4.1, 3.8.0, 3.10.0, 3.12.0 and 3.15.1; not on Keras 2 and tf-keras."


def _keeps_variable(site: Site) -> bool:
    return any(one.made_by == "tensorflow.Variable" for one in (site.given, *site.given.items))


def _keeps_module(site: Site) -> bool:
    return any(item.kind == "module" for item in site.given.items or (site.given,))


def _keeps_static_shape(site: Site) -> bool:
    return any(item.kind == "static-shape" for item in site.given.items or (site.given,))


def _takes_one_mask(site: Site) -> bool:
    """The layer is the code's own, with a ``call`` that takes several inputs and one ``mask``."""
    call = site.receiver.method("call")
    if call is None or not isinstance(call.node, ast.FunctionDef):
        return False
    arguments = call.node.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    inputs = {*names[: len(names) - len(arguments.defaults)]}.difference(("training", "mask"))
    return "mask" in names and len(inputs) >= 3


def _lacks_training(site: Site) -> bool:
    """Its own ``call`` cannot do without ``training``, and is not given any."""
    call = site.receiver.method("call")
    if call is None or not isinstance(call.node, ast.FunctionDef) or site.arguments.open or site.arguments.starred:
        return False
    arguments = call.node.args
    needed = [one.arg for one in arguments.args[1 : len(arguments.args) - len(arguments.defaults)]]
    needed += [one.arg for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults) if default is None]
    return "training" in {*needed[len(site.arguments.nodes) :]}.difference(site.arguments.keywords)


def _is_of_sequential(site: Site) -> bool:
    return site.receiver.made_by == "keras.Sequential"


_TAKES_NUMBERS = re.compile(
    r"Random\w+|\w+Lookup|Normalization|Discretization|Hash\w+|CategoryEncoding|Rescaling|Resizing|CenterCrop"
    r"|TextVectorization|MelSpectrogram|STFTSpectrogram|AutoContrast|Solarization|Equalization|MixUp|CutMix|RandAugment"
    r"|AugMix|TFSMLayer|Pipeline|MaxNumBoundingBoxes"
)
"""Layers that prepare data, and make tensors of what they are given."""


def _normalises(site: Site) -> bool:
    return site.receiver.made_by == "keras.layers.Normalization"


def _gives_no_tensor(site: Site) -> bool:
    """Behind the first argument stands a constant, or what says to a `call` whether it is trained."""
    given = list(zip(site.arguments.nodes, site.arguments.values))[1:]
    is_model = site.receiver.made_by == "keras.Model" and not site.receiver.is_own  # which has a check of its own
    takes_all = _TAKES_NUMBERS.fullmatch(site.receiver.made_by.rpartition(".")[2])
    return not (is_model or takes_all) and any(
        value.constant.__class__ in (bool, int, float, str) or getattr(node, "id", "") == "training"
        for node, value in given
    )


def _gets_a_second(site: Site) -> Answer:
    """A model of Keras's own classes is called with something behind the inputs, where ``training`` stands."""
    if site.receiver.is_own or site.arguments.value("", 1).constant is None:
        return False
    # What a name stands for when a function is called may be another model, or a function.
    by_name = isinstance(site.node, ast.Call) and isinstance(site.node.func, ast.Name)
    return LIKELY if by_name and site.receiver.made_at[0] != site.scope else True


def _is_quotient(site: Site) -> bool:
    """A size is the result of ``/``, which is no integer in Python 3, whatever it divides."""
    name = "units" if site.name == "keras.layers.Dense" else "filters"
    value = site.arguments.value(name, 0)
    is_text = isinstance(value.constant, str) and name == "units"
    return is_text or _is_float(site.arguments.expression(name, 0), value)


def _is_float(node: Optional[ast.expr], value: Value) -> bool:
    is_division = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
    return is_division or value.made_by == "/" or isinstance(value.constant, float)


def _is_no_integer(site: Site) -> bool:
    """A size is a float, or was calculated by NumPy."""
    names = ("input_dim", "output_dim") if site.name == "keras.layers.Embedding" else ("num_heads", "key_dim")
    for position, name in enumerate(names):
        value = site.arguments.value(name, position)
        if value.kind == "numpy-number" or _is_float(site.arguments.expression(name, position), value):
            return True
    return False


def _is_given_texts(site: Site) -> bool:
    items = site.arguments.value("x", 0).items
    return bool(items) and all(item.kind == "string" for item in items)


def _counts_words_of_a_column(site: Site) -> bool:
    """A layer that counts words is called on an ``Input`` of one text each."""
    maker, text = site.receiver.arguments, site.arguments.value("", 0)
    counts = maker is not None and maker.value("output_mode").constant in ("multi_hot", "count", "tf_idf")
    shape = text.arguments.value("shape", 0) if text.made_by == "keras.Input" and text.arguments else None
    return counts and shape is not None and [one.constant for one in shape.items] == [1]


def _is_given_numbers(site: Site) -> bool:
    value = site.arguments.value("", 0)
    name = site.receiver.made_by.rpartition(".")[2]
    return (value.kind == "number" or holds_numbers(value)) and not _TAKES_NUMBERS.fullmatch(name)


def _adds_column(site: Site) -> Answer:
    """To a tensor of Keras one is added that has a single axis, as long as the last one of the first."""
    given = site.arguments.value("", 0).items or site.arguments.values
    sizes = [
        [size.constant for size in tensor.arguments.value("shape", 0).items]
        for tensor in given
        if tensor.made_by == "keras.Input" and tensor.arguments is not None
    ]
    if len(given) != 2 or len(sizes) != 2 or not all(sizes) or sizes[1][-1] != 1:
        return False
    return LIKELY if [size for size in sizes[1] if size != 1] == sizes[0][-1:] else False


def _is_input_layer(site: Site) -> bool:
    return site.receiver.made_by == "keras.Input"


def _is_no_keras_tensor(site: Site) -> Answer:
    given = site.arguments.value("tensor")
    return False if given.kind == "tensor" or given.constant is None else LIKELY


def _asks_for_one_mask(site: Site) -> Answer:
    """The layer is the code's own, takes a list, and asks whether there is a mask, not whether there is one in it."""
    call = site.receiver.method("call")
    if call is None or not isinstance(call.node, ast.FunctionDef) or len(site.arguments.value("", 0).items) < 2:
        return False
    tests = [node.left for node in ast.walk(call.node) if isinstance(node, ast.Compare)]
    names = [getattr(test, "id", "") for test in tests if isinstance(test, ast.Name)]
    parts = [test.value for test in tests if isinstance(test, ast.Subscript)]
    return LIKELY if "mask" in names and all(getattr(part, "id", "") != "mask" for part in parts) else False


def _normalises_behind_resizing(site: Site) -> bool:
    """A Sequential, written out, in which what depends on training stands behind a layer that resizes."""
    model = site.receiver
    layers = model.arguments.value("layers", 0).items if model.arguments else ()
    names = [layer.made_by.rpartition(".")[2] for layer in layers]
    first = next((index for index, name in enumerate(names) if name in ("Resizing", "CenterCrop")), len(names))
    return any(name.endswith(("BatchNormalization", "Dropout")) for name in names[first:])


def _has_mixed_weights(site: Site) -> Answer:
    """A class of the code with weights of its own and layers, or a layer that holds a BatchNormalization."""
    kept = [site.receiver.method(name) for name in ("__init__", "build")]
    calls = [node for one in kept if one and one.node for node in ast.walk(one.node) if isinstance(node, ast.Call)]
    names = [getattr(node.func, "attr", getattr(node.func, "id", "")) for node in calls]
    layers = [name for name in names if name[:1].isupper() and name not in ("Variable", "InputSpec")]
    of_layer = site.receiver.kind == "layer" and any("BatchNormalization" in name for name in layers)
    return LIKELY if layers and ("add_weight" in names or (of_layer and len(layers) > 1)) else False


def _of_integers(site: Site) -> bool:
    """What is given is an ``Input`` of whole numbers."""
    given = site.arguments.value("", 0)
    dtype = given.arguments.value("dtype").constant if given.made_by == "keras.Input" and given.arguments else None
    return isinstance(dtype, str) and dtype.startswith(("int", "uint"))


def _crops_at_random(site: Site) -> bool:
    names = [layer.made_by.rpartition(".")[2] for layer in site.arguments.value("layers", 0).items]
    return "RandomCrop" in names and "CenterCrop" not in names[names.index("RandomCrop") :]


def _is_random_crop(site: Site) -> bool:
    return site.arguments.value("layer", 0).made_by == "keras.layers.RandomCrop"


def _has_slash(site: Site) -> bool:
    return "/" in site.arguments.value("name").end()[0]


PAGES: tuple[HealthyPage, ...] = (
    HealthyPage(
        slug="layers-leaky-relu-alpha",
        belief="LeakyReLU(alpha=0.2) fails on Keras 3, which calls the argument negative_slope.",
        truth=(
            "Keras 3 accepts both names. The numbers are right on every release that was run, Keras 2.12 to 3.15. From "
            "3.0 on a warning may say that `alpha` is deprecated."
        ),
    ),
    HealthyPage(
        slug="layers-in-containers",
        belief="Keras 3 does not find layers that are kept in lists or dictionaries, so they are not trained.",
        truth=(
            "It finds them on every release that was run, Keras 2.12 to 3.15, also lists in dictionaries and "
            "dictionaries in lists. Their weights are in `trainable_weights` and change in training. What is not found "
            "is a `tf.Variable` or a `tf.Module`: see layers-tf-variable and layers-tf-module."
        ),
    ),
    HealthyPage(
        slug="layers-gru-numbers",
        belief="A GRU of Keras 3 computes something else from the same weights.",
        truth=(
            "With the default arguments it gives the numbers of the formula, computed with NumPy, on every release "
            "that was run, Keras 2.12 to 3.15. The order of its weights and of the gates in them is the same too."
        ),
    ),
    HealthyPage(
        slug="layers-lstm-numbers",
        belief="An LSTM of Keras 3 computes something else from the same weights.",
        truth=(
            "With the default arguments it gives the numbers of the formula, computed with NumPy, on every release "
            "that was run, Keras 2.12 to 3.15. The order of its weights and of the gates in them is the same too. "
            "(ConvLSTM2D has other gates by default: see training-conv-lstm-gates.)"
        ),
    ),
    HealthyPage(
        slug="layers-attention-numbers",
        belief="MultiHeadAttention gives other numbers on Keras 3, or ignores attention_mask.",
        truth=(
            "With the same weights, with and without attention_mask, it gives what NumPy gives on every release "
            "that was run, Keras 2.12 to 3.15."
        ),
    ),
    HealthyPage(
        slug="layers-batchnorm-frozen",
        belief="Fine-tuning is broken on Keras 3: a frozen BatchNormalization goes on learning its averages.",
        truth=(
            "With `trainable = False` it uses its averages and does not change them, on every release that was run, "
            "Keras 2.12 to 3.15. That holds even where it is called with `training=True`."
        ),
    ),
    HealthyPage(
        slug="layers-image-resizing",
        belief="Keras 3 resizes images differently, so that a trained network sees other pixels.",
        truth=(
            "`Resizing` and `UpSampling2D` with bilinear interpolation give the pixels of the formula on every release "
            "that was run, Keras 2.12 to 3.15. The formula interpolates between the centres of the pixels. Images of "
            "whole numbers are another matter: Keras 2 and 3.0 make floats of them, Keras 3.5 to 3.15 round the pixels "
            "and keep `uint8`. Cast them to floats first."
        ),
    ),
)


def _as_weight(editor: Editor) -> bool:
    """A weight of the layer for a variable that begins as a number."""
    attribute, target = editor.site.node, editor.module.parents.get(editor.site.node)
    call = target.value if isinstance(target, ast.Assign) and target.targets == [attribute] else None
    if not isinstance(call, ast.Call) or not isinstance(attribute, ast.Attribute) or len(call.args) > 1:
        return False
    given: dict[str, ast.expr] = dict(zip(["initial_value"], call.args))
    given.update({keyword.arg or "": keyword.value for keyword in call.keywords})
    number, constant = given.get("initial_value"), editor.name("keras.initializers.Constant")
    is_number = isinstance(number, ast.Constant) and isinstance(number.value, (int, float))
    if number is None or not is_number or not constant or not given.keys() <= {*_OF_VARIABLE, "initial_value"}:
        return False
    said = {"name": f'"{attribute.attr}"', **{name: editor.said(given[name]) for name in _OF_VARIABLE if name in given}}
    rest = "".join(f", {name}={said[name]}" for name in said if name != "name")
    parts = f"name={said['name']}, shape=(), initializer={constant}({editor.said(number)}){rest}"
    return editor.replace(call, f"{editor.said(attribute.value)}.add_weight({parts})")


_OF_VARIABLE = ("name", "trainable", "dtype")


def _name_flag(editor: Editor) -> bool:
    """The second argument by the name that call() gives it."""
    receiver = editor.site.receiver
    method = receiver.method("call")
    arguments = getattr(method.node, "args", None) if method is not None else None
    # Where a layer of Keras takes a truth value, that is whether it is trained.
    names = [one.arg for one in arguments.args[1:]] if arguments else [] if receiver.is_own else ["", "training"]
    return len(names) > 1 and editor.name_arguments("", *names[1:])


def _first_of_list(editor: Editor) -> bool:
    """``model.inputs[0]``: a Sequential has one input and one output."""
    node = editor.site.node
    return isinstance(node, ast.Attribute) and editor.rename_attribute(node, f"{node.attr}s[0]")


def _one_axis(editor: Editor) -> bool:
    """The axis out of its list."""
    given = editor.arguments.expression("axis", 0)
    if not isinstance(given, (ast.List, ast.Tuple)) or len(given.elts) != 1:
        return False
    return editor.replace(given, editor.said(given.elts[0]))


def _without_slash(editor: Editor) -> bool:
    given = editor.arguments.expression("name")
    if not isinstance(given, ast.Constant):
        return False
    return editor.replace(given, editor.said(given).replace("/", "_"))


def _plain_size(editor: Editor) -> bool:
    """Numbers in the place of shapes of one number."""
    for node in ast.walk(editor.site.node):
        if isinstance(node, ast.Call) and through(editor.module.dotted(node.func))[1] == "tf.TensorShape":
            size = node.args[0] if node.args else None
            if not isinstance(size, (ast.List, ast.Tuple)) or len(size.elts) != 1:
                return False
            editor.replace(node, editor.said(size.elts[0]))
    return bool(editor.changes)


RULES: tuple[Rule, ...] = (
    Rule(
        code="KD931",
        slug="layers-tf-variable",
        area="layers",
        title="A tf.Variable in a layer is neither trained nor saved",
        silent=True,
        explanation=(
            "The variable keeps its start value, and the model really is worse. Create it with `self.add_weight()` and "
            "train again.\n\n"
            "Keras 2 found every `tf.Variable` that a layer or model keeps as an attribute. Keras 3 knows only weights "
            "made with `add_weight()` or `keras.Variable`. A `tf.Variable` is missing from `trainable_weights` and "
            "from the saved file. The model runs and its other layers learn, so only a worse result shows it. It "
            "concerns custom layers and models, for instance copied from a tutorial."
        ),
        symptoms=(
            "the number of trainable parameters in summary() is too small",
            "a layer of one's own does not learn, and a loaded model predicts other numbers",
            "UserWarning: The model does not have any trainable weights.",
        ),
        remedies=(
            CodeChange("Create it with self.add_weight()", cost="Models trained so far have to be trained again."),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                GUIDE,
                "Setting a tf.Variable as an attribute of a Keras 3 layer or model does not track it, unlike in "
                "Keras 2; use add_weight() or keras.Variable.",
            ),
        ),
        measured=ON_KERAS_3,
        edits=(Edit(_as_weight),),
        uses=(Attribute("layer", "*", how="defined", when=_keeps_variable),),
    ),
    Rule(
        code="KD932",
        slug="layers-tf-module",
        area="layers",
        title="A tf.Module in a layer is neither trained nor saved",
        silent=True,
        explanation=(
            "The module's variables keep their start values, and the model really is worse. Rewrite the module as a "
            "Keras layer and train again.\n\n"
            "In Keras 2 a `tf.Module` that a layer or model keeps as an attribute brought its variables with it. Keras "
            "3 finds Keras layers and Keras variables only. The module's variables are not trained and not saved, and "
            "no message appears. It concerns custom layers that wrap TensorFlow code."
        ),
        symptoms=(
            "the number of trainable parameters in summary() is too small",
            "the part of the model that is a tf.Module does not learn",
        ),
        remedies=(
            CodeChange(
                "Make the module a Keras layer, its variables with add_weight()",
                cost="Models trained so far have to be trained again.",
            ),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                GUIDE,
                "A tf.Variable is no longer tracked automatically as an attribute of a layer or model; tracked are "
                "add_weight() and keras.Variable.",
            ),
        ),
        measured=ON_KERAS_3,
        uses=(Attribute("{layer,model}", "*", how="defined", when=_keeps_module),),
    ),
    Rule(
        code="KD933",
        slug="layers-two-inputs-mask",
        area="layers",
        title="A custom layer with two inputs gets mask=None",
        silent=True,
        explanation=(
            "`call(self, inputs, context, mask=None)` gets no mask and treats padding as data; the trained model is "
            "wrong. Rename `mask` to `inputs_mask` (the input's name plus `_mask`), then train again.\n\n"
            "Take a layer with `call(self, inputs, context, mask=None)` that gets two tensors. In Keras 2 `mask` was "
            "the mask of the first tensor. Keras 3 fills an argument called `mask` only where there is one tensor. "
            "With more tensors it goes by name: `inputs_mask` for `inputs`, `context_mask` for `context`. A plain "
            "`mask` stays None. Attention layers with a query and a context are the usual case."
        ),
        symptoms=(
            "predictions change with the amount of padding",
            "an attention layer of one's own looks at the padding",
        ),
        remedies=(
            CodeChange("Pass the mask yourself (runs on Keras 2 as well)"),
            CodeChange("Name the argument after its tensor", after="after_renamed", versions=">=3.0"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19311",
                '"Masking appears to do absolutely nothing in keras 3.0.5", of a custom layer with two inputs.',
            ),
        ),
        measured=ON_KERAS_3,
        edits=(Edit(give_mask),),
        uses=(
            Applied(
                "keras.Layer", (Argument(position=1), Argument("mask", absent=True)), to="masked", when=_takes_one_mask
            ),
        ),
    ),
    Rule(
        code="KD934",
        slug="layers-stateful-batch",
        area="layers",
        title="A stateful RNN accepts a batch of another size",
        silent=True,
        explanation=(
            "The RNN mixes up its states after a smaller batch. What follows is wrong: predictions, and the "
            "model if it happens in training. Upgrade Keras to 3.12 or newer, or check the batch size yourself.\n\n"
            "A stateful RNN keeps one state for each sample of its batch, so every batch must have the size that it "
            "was built for. Keras 2 refuses another size. Keras 3 up to 3.11 accepts a single sample, spreads it over "
            "all states and overwrites them. What follows starts from wrong states. It was seen on 3.0.5 to 3.11.3; "
            "3.12.0 and later refuse it again. It concerns stateful `SimpleRNN`, `LSTM` and `GRU` layers. Smaller "
            "batches mostly occur in a prediction or at the end of the data."
        ),
        symptoms=(
            "a stateful model answers one sample with a whole batch of rows",
            "predictions of a stateful model are wrong after a smaller batch",
        ),
        remedies=(
            CodeChange("Check the batch size yourself"),
            Upgrade("keras", ">=3.12", cost="Needs Python 3.10 or newer."),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/21183",
                "Built for batches of 4 and called with 1, the RNN spreads the sample over all states silently.",
            ),
            Reference(
                "https://github.com/keras-team/keras/pull/21742",
                "The change that raises an exception when the batch size of a stateful RNN does not match.",
            ),
        ),
    ),
    Rule(
        code="KD935",
        slug="layers-to-categorical",
        area="layers",
        title="to_categorical gives float64",
        silent=True,
        explanation=(
            "`keras.utils.to_categorical` gives float64, where Keras 2 gave float32. A model trained with `fit` is not "
            'worse. Add `.astype("float32")` where the type matters.\n\n'
            "The ones and zeros are the same. The array takes twice the memory. TensorFlow refuses to combine it with "
            "float32 in a custom training loop. The function has lost its `dtype` argument."
        ),
        symptoms=(
            "one-hot labels take twice the memory",
            "tensorflow.python.framework.errors_impl.InvalidArgumentError: cannot compute Mul as input #1(zero-based) "
            "was expected to be a float tensor but is a double tensor ...",
        ),
        remedies=(CodeChange('Add .astype("float32")'), UseLegacyKeras()),
        measured=ON_KERAS_3,
    ),
    Rule(
        code="KD936",
        slug="layers-text-vectorization",
        area="layers",
        title="Multi-hot and counted words come as int64",
        silent=True,
        explanation=(
            "The encoded words are int64, where Keras 2 gave float32. The model is not worse. Cast them where your own "
            'code needs floats: `tf.cast(encoded, "float32")`.\n\n'
            'It concerns `TextVectorization` and `StringLookup` with `output_mode="multi_hot"` or `"count"`. The '
            "numbers are the same, and Keras layers behind them convert them. Custom code that multiplies them by "
            "float32 stops. A data set that is kept in memory takes twice the space."
        ),
        symptoms=(
            "the elements of a data set are int64 where they were float32",
            "tensorflow.python.framework.errors_impl.InvalidArgumentError: cannot compute MatMul as input "
            "#1(zero-based) was expected to be a int64 tensor but is a float tensor ...",
        ),
        remedies=(CodeChange('Cast it: tf.cast(encoded, "float32")'), UseLegacyKeras()),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19660",
                "StringLookup with multi_hot gives int64 on TensorFlow 2.16.1 where the documentation says float32; "
                "answered that int64 is meant.",
            ),
        ),
        measured=ON_KERAS_3,
    ),
    Rule(
        code="KD937",
        slug="layers-string-input",
        area="layers",
        title="A NumPy array of strings is refused as input",
        explanation=(
            "`fit`, `evaluate` and `predict` stop with a ValueError on a NumPy array of strings; no result is "
            "wrong. Pass `tf.constant(strings)` instead.\n\n"
            "In Keras 2 a model that starts with `TextVectorization` or `StringLookup` accepted such an array. Keras 3 "
            "does not know NumPy's fixed-width strings and refuses the data type. Arrays of Python strings (dtype "
            "object) were accepted up to Keras 3.6 and are refused from 3.7 on. As a TensorFlow tensor the same "
            "strings work."
        ),
        symptoms=(
            "ValueError: Invalid dtype: str32",
            "ValueError: Invalid dtype: str...",
            Symptom("ValueError: Invalid dtype: object", generic=True),
        ),
        remedies=(CodeChange("Pass tf.constant(strings)"), UseLegacyKeras()),
        measured=ON_KERAS_3,
        uses=(
            Method(
                "model",
                "{fit,evaluate,predict,train_on_batch,test_on_batch,predict_on_batch}",
                (Argument("x", 0, kind="numpy-strings"),),
            ),
            Method(
                "model",
                "{fit,evaluate,predict,train_on_batch,test_on_batch,predict_on_batch}",
                (Argument("x", 0, kind="list"),),
                when=_is_given_texts,
            ),
        ),
    ),
    Rule(
        code="KD938",
        slug="layers-positional-flag",
        area="layers",
        title="layer(x, True) is refused: name the argument",
        explanation=(
            "`layer(x, True)` stops with a ValueError; no result is wrong. Name the argument, for example "
            "`layer(x, training=True)`; the same code then runs on Keras 2 and 3.\n\n"
            "Keras 2 passed the flag on to `call()`. Keras 3 accepts only tensors without a name. Numbers, flags and "
            "strings must be named."
        ),
        symptoms=(
            "ValueError: Only input tensors may be passed as positional arguments. The following argument value "
            "should be passed as a keyword argument: ...",
            "TypeError: {model}.call() got multiple values for argument 'training'",
        ),
        remedies=(CodeChange("Name the argument"), UseLegacyKeras()),
        measured=ON_KERAS_3,
        edits=(Edit(_name_flag),),
        uses=(
            Applied("keras.{Layer,Model,layers.*}", (Argument(position=1),), when=_gives_no_tensor),
            Applied("keras.{Model,Functional,Sequential}", (Argument(position=1),), when=_gets_a_second),
        ),
    ),
    Rule(
        code="KD939",
        slug="layers-sequential-input",
        area="layers",
        title="model.input and model.output of a Sequential are missing",
        explanation=(
            "`model.input` and `model.output` raise on a Sequential model; the model itself is fine. Use the "
            "lists `model.inputs` and `model.outputs` instead.\n\n"
            "Keras 2 had both attributes as soon as the model was built. Grad-CAM and feature extractors rely on them. "
            "In Keras 3 they raise even after `build()` or a call. Starting the model with `Input`, as is often "
            "advised, does not bring them back (seen on 3.0.5, 3.4.1 and 3.15.1). The lists exist once the model is "
            "built, and so do `input` and `output` of its layers."
        ),
        symptoms=(
            "ValueError: The layer sequential has never been called and thus has no defined input.",
            "AttributeError: The layer sequential has never been called and thus has no defined input.",
            "... has never been called and thus has no defined output.",
        ),
        remedies=(
            CodeChange("Use the lists model.inputs and model.outputs"),
            UseLegacyKeras(),
        ),
        measured=ON_KERAS_3,
        edits=(Edit(_first_of_list),),
        uses=(Attribute("model", "{input,output}", when=_is_of_sequential),),
    ),
    Rule(
        code="KD940",
        slug="layers-embedding-input-length",
        area="layers",
        title="Embedding(input_length=...) is refused",
        explanation=(
            "`Embedding(input_length=...)` stops with a ValueError. Delete the argument: the length follows from "
            "the input, and the numbers are the same.\n\n"
            "The first releases of Keras 3 (3.0 and 3.1 were run) had no such argument. From 3.2 on it is accepted "
            "again and ignored with a warning. If `summary()` should show the length, start the model with `Input`."
        ),
        symptoms=("ValueError: Unrecognized keyword arguments passed to Embedding: {'input_length': ...}",),
        remedies=(CodeChange("Delete input_length="), Upgrade("keras", ">=3.2"), UseLegacyKeras()),
        measured=(
            "Measured: refused by Keras 3.0.5 and 3.1.1; accepted by 3.2.1 and later, by Keras 2 and by tf-keras."
        ),
        edits=(Edit(drop_keyword("input_length")),),
        uses=(Call("keras.layers.Embedding", (Argument("input_length"),)),),
    ),
    Rule(
        code="KD941",
        slug="layers-batchnorm-axis-list",
        area="layers",
        title="BatchNormalization(axis=[3]) is refused",
        explanation=(
            "`BatchNormalization(axis=[3])` stops with a TypeError. Write the axis as a number: `axis=3`. The "
            "numbers are the same.\n\n"
            "Keras 2 accepted a list for the axis; Keras 3 accepts a number only. Old releases of TensorFlow wrote a "
            "list into every saved model. So the message appears most often while an old file is loaded."
        ),
        symptoms=(
            Symptom(
                "TypeError: int() argument must be a string, a bytes-like object or a real number, not 'list'",
                generic=True,
            ),
        ),
        remedies=(CodeChange("Write the axis as a number"), UseLegacyKeras()),
        measured=ON_KERAS_3,
        edits=(Edit(_one_axis),),
        uses=(Call("keras.layers.BatchNormalization", (Argument("axis", position=0, kind="list"),)),),
    ),
    Rule(
        code="KD942",
        slug="layers-average-pooling",
        area="layers",
        title="AveragePooling needs a pool size",
        explanation=(
            "`AveragePooling2D()` without a pool size stops with a TypeError. Write `pool_size=2`. The numbers "
            "are the same.\n\n"
            "`AveragePooling1D`, `2D` and `3D` had a default pool size of 2 in Keras 2. In Keras 3 the argument is "
            "required. `MaxPooling` kept its default."
        ),
        symptoms=("TypeError: AveragePooling2D.__init__() missing 1 required positional argument: 'pool_size'",),
        remedies=(CodeChange("Write the pool size"), UseLegacyKeras()),
        measured=ON_KERAS_3,
        edits=(Edit(add_keyword("pool_size", "2")),),
        uses=(
            Call("keras.layers.{AveragePooling,AvgPool}{1D,2D,3D}", (Argument("pool_size", position=0, absent=True),)),
        ),
    ),
    Rule(
        code="KD943",
        slug="layers-dense-weights",
        area="layers",
        title="Dense(weights=[...]) is refused",
        explanation=(
            "A layer with `weights=[...]` stops with a ValueError; no result is wrong. Build the layer and call "
            "`set_weights()`. The numbers are the same.\n\n"
            "Every layer of Keras 2 accepted its first weights as an argument. Keras 3 has no such argument "
            "(`Embedding` got it back). You can also set the weights after the whole model is built."
        ),
        symptoms=("ValueError: Unrecognized keyword arguments passed to Dense: {'weights': ...}",),
        remedies=(CodeChange("Build the layer, then call set_weights()"), UseLegacyKeras()),
        measured=ON_KERAS_3,
        uses=(Call("keras.layers.{Dense,Conv1D,Conv2D,Conv3D,LSTM,GRU,SimpleRNN}", (Argument("weights"),)),),
    ),
    Rule(
        code="KD944",
        slug="layers-batchnorm-renorm",
        area="layers",
        title="BatchNormalization(renorm=True) is refused",
        explanation=(
            "`BatchNormalization(renorm=True)` stops with a ValueError. Upgrade Keras to 3.14 or newer, or "
            "delete the argument; the training then differs, most with small batches.\n\n"
            "Keras 3 started without batch renormalisation; it was refused on 3.0.5 to 3.13.0 and is back in 3.14.0. "
            "Without it the layer is ordinary batch normalisation. That differs only while training, and most with "
            "small batches."
        ),
        symptoms=("ValueError: Unrecognized keyword arguments passed to BatchNormalization: {'renorm': True}",),
        remedies=(
            CodeChange("Delete renorm=True", cost="Ordinary batch normalisation: the training takes another course."),
            Upgrade("keras", ">=3.14", cost="Needs Python 3.11 or newer."),
            UseLegacyKeras(),
        ),
        measured="Measured: refused by Keras 3.0.5 to 3.13.0; accepted by 3.14.0, 3.15.1, Keras 2 and tf-keras.",
        edits=(
            Edit(
                drop_keyword("renorm", "renorm_clipping", "renorm_momentum", "virtual_batch_size", "fused"),
                unsafe="Without renorm= and virtual_batch_size= the numbers are those of plain batch normalization.",
            ),
        ),
        uses=(
            Call("keras.layers.BatchNormalization", (Argument("renorm", value=True),)),
            Call("keras.layers.BatchNormalization", (Argument("virtual_batch_size"),)),
            Call("keras.layers.BatchNormalization", (Argument("fused"),)),
        ),
    ),
    Rule(
        code="KD945",
        slug="layers-name-slash",
        area="layers",
        title="A layer's name must not contain a slash",
        explanation=(
            "A layer with a slash in its name stops with a ValueError. Use another character, such as an "
            "underscore. The model is the same.\n\n"
            "Keras 3 uses the slash in its own paths and refuses it in the name of a layer or a variable. Keras 2 "
            "allowed it. After renaming, weights that are loaded by name (`by_name=True`) from an old file no longer "
            "match."
        ),
        symptoms=("ValueError: Argument `name` must be a string and cannot contain character `/`. Received: name=...",),
        remedies=(CodeChange("Use another character in the name"), UseLegacyKeras()),
        references=(
            Reference(
                INCOMPATIBILITIES,
                'Quotes and questions "Layer names and variable names can no longer contain the / character."',
            ),
        ),
        measured=ON_KERAS_3,
        edits=(Edit(_without_slash, unsafe="The layer, and its weights in files, have another name."),),
        uses=(
            Call("keras.layers.*", (Argument("name", kind="string"),), when=_has_slash),
            Call("keras.Input", (Argument("name", kind="string"),), when=_has_slash),
        ),
    ),
    Rule(
        code="KD946",
        slug="layers-locally-connected",
        area="layers",
        title="LocallyConnected1D and LocallyConnected2D are gone",
        explanation=(
            "`LocallyConnected1D` and `LocallyConnected2D` stop with an AttributeError; old weights are intact. "
            "Write the layer yourself; for one dimension it takes a dozen lines.\n\n"
            "A locally connected layer is a convolution whose weights differ from place to place. Keras 3 removed "
            "these layers and has no built-in successor."
        ),
        symptoms=(
            "AttributeError: module 'tensorflow.keras.layers' has no attribute 'LocallyConnected1D'",
            "AttributeError: module 'keras._tf_keras.keras.layers' has no attribute 'LocallyConnected1D'",
            "AttributeError: module 'keras.layers' has no attribute 'LocallyConnected1D'",
            "AttributeError: module 'keras.api.layers' has no attribute 'LocallyConnected1D'",
        ),
        remedies=(
            CodeChange("Write the layer yourself", cost="Here for one dimension, stride 1 and no padding."),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                GUIDE,
                "LocallyConnected1D and LocallyConnected2D are removed due to very low usage; copy the "
                "implementation into your own codebase.",
            ),
        ),
        uses=(Name("keras.layers.{LocallyConnected1D,LocallyConnected2D}"),),
    ),
    Rule(
        code="KD947",
        slug="layers-rnn-time-major",
        area="layers",
        title="RNNs no longer take time_major=True",
        explanation=(
            "An RNN with `time_major=True` stops with a ValueError. Swap the first two axes before the layer, and "
            "after it if it returns sequences. The numbers are the same.\n\n"
            "Keras 3 removed the argument from `SimpleRNN`, `LSTM`, `GRU` and `RNN`. The first axis is always the "
            "batch, the second the time."
        ),
        symptoms=("ValueError: Unrecognized keyword arguments passed to ...: {'time_major': True}",),
        remedies=(CodeChange("Swap the first two axes before the layer"), UseLegacyKeras()),
        references=(
            Reference(GUIDE, "The constants and time_major arguments of RNN layers are removed: very low usage."),
        ),
        uses=(Call("keras.layers.{RNN,LSTM,GRU,SimpleRNN}", (Argument("time_major", value=True),)),),
    ),
    Rule(
        code="KD948",
        slug="layers-rnn-constants",
        area="layers",
        title="RNN(cell)(x, constants=[...]) is refused",
        explanation=(
            "An RNN called with `constants=` stops with a TypeError; no result is wrong. Repeat the constant "
            "along the time axis and append it to the inputs; the cell splits it off again.\n\n"
            "In Keras 2 an RNN passed constants on to its cell at every step, as attention cells need it. Keras 3 "
            "removed that."
        ),
        symptoms=(Symptom("TypeError: got an unexpected keyword argument 'constants'", generic=True),),
        remedies=(CodeChange("Append the constant to the inputs of each step"), UseLegacyKeras()),
        references=(
            Reference(GUIDE, "The constants and time_major arguments of RNN layers are removed: very low usage."),
        ),
        uses=(Applied("keras.layers.RNN", (Argument("constants"),)),),
    ),
    Rule(
        code="KD949",
        slug="layers-cell-initial-state",
        area="layers",
        title="cell.get_initial_state() takes no dtype any more",
        explanation=(
            "`cell.get_initial_state(inputs=..., dtype=...)` stops with a TypeError. Pass `batch_size` only: the "
            "states are zeros as before, and the numbers are the same.\n\n"
            "The RNN cells of Keras 3 refuse `inputs` and `dtype`, which Keras 2 asked for. It concerns custom loops "
            "over an `LSTMCell` or `GRUCell`. The states are zeros, so you can also create them yourself, in the same "
            "way on Keras 2 and 3."
        ),
        symptoms=("TypeError: LSTMCell.get_initial_state() got an unexpected keyword argument 'dtype'",),
        remedies=(CodeChange("Pass the batch size only", versions=">=3.0"), UseLegacyKeras()),
        measured=ON_KERAS_3,
        edits=(Edit(drop_keyword("dtype")),),
        uses=(Method("layer", "get_initial_state", (Argument("dtype"),)),),
    ),
    Rule(
        code="KD950",
        slug="layers-state-size-shape",
        area="layers",
        title="A cell whose state_size is a tf.TensorShape fails",
        explanation=(
            "A custom RNN cell with a `tf.TensorShape` in its `state_size` stops with a ValueError. Write the "
            "number instead. The numbers that it computes are the same.\n\n"
            "In Keras 2 a custom cell could give the size of its states as numbers or as `tf.TensorShape`. Keras 3 "
            "cannot create the first states from a `TensorShape`. It stops in a place that does not show the reason."
        ),
        symptoms=("ValueError: Exception encountered when calling RNN.call(). ... mixed types ...",),
        remedies=(CodeChange("Write the state's size as a number"), UseLegacyKeras()),
        measured=ON_KERAS_3,
        edits=(Edit(_plain_size),),
        uses=(Attribute("layer", "state_size", how="defined", when=_keeps_static_shape),),
    ),
    Rule(
        code="KD951",
        slug="layers-python-numbers",
        area="layers",
        title="A layer or model refuses Python numbers and lists of them",
        explanation=(
            "The call stops with a ValueError; no result is wrong. Give the layer an array: "
            "`layer(np.array([1.0, 2.0]))`.\n\n"
            "Keras 2 made a tensor of the numbers, for a Lambda, an activation or your own layer. Keras 3 takes a list "
            "for several inputs, and only tensors and arrays as inputs. Layers that prepare data (`Normalization`, "
            "`StringLookup`, `Rescaling`) still take both."
        ),
        symptoms=(
            "ValueError: Only input tensors may be passed as positional arguments. The following argument value "
            "should be passed as a keyword argument: {value} (of type {text})",
        ),
        remedies=(Advice("Give an array", "layer(np.array([1.0, 2.0]))"), UseLegacyKeras()),
        measured="Measured: refused by Keras 3.4.1 and 3.15.1, for Lambda, Dense, Embedding, own layers and "
        "models; Keras 2.15 takes them where the layer does.",
        uses=(Applied("keras.{Layer,Model,Sequential,layers.*}", (Argument(position=0),), when=_is_given_numbers),),
    ),
    Rule(
        code="KD952",
        slug="layers-input-shape-number",
        area="layers",
        title="Input(shape=5) is refused: a shape is a tuple",
        explanation=(
            "The call stops with a ValueError; no result is wrong. Write a tuple: `shape=(5,)` is right on Keras "
            "2 and Keras 3.\n\n"
            "Keras 2 took a number for a shape of one dimension. Programs that write `shape=x.shape[-1]` rely on it."
        ),
        symptoms=("ValueError: Cannot convert '{number}' to a shape.",),
        remedies=(Advice("Write a tuple", "keras.Input(shape=(x.shape[-1],))"), UseLegacyKeras()),
        measured="Measured: raises on Keras 3.4.1 and 3.15.1, right on Keras 2.15",
        uses=(
            Call("keras.{Input,layers.InputLayer}", (Argument("shape", position=0, kind="number"),)),
            Call("keras.layers.InputLayer", (Argument("input_shape", kind="number"),)),
        ),
    ),
    Rule(
        code="KD953",
        slug="layers-input-of-input-layer",
        area="layers",
        title="The input of an input layer is an empty list",
        explanation=(
            "The `input` of an input layer is `[]`, and a Model that is made of it is refused; no result is "
            "wrong. Take the layer's `output`, or `model.input`: they are the same tensor.\n\n"
            'On Keras 2 `model.get_layer("image").input` was the model\'s input where "image" is the name of an Input. '
            "The same layer of Keras 3 has an output alone. `output` and `model.input` are the same tensor on both."
        ),
        symptoms=("ValueError: `inputs` argument cannot be empty. Received: inputs=[] outputs={text}",),
        remedies=(Advice("Take its output", 'keras.Model(model.get_layer("image").output, ...)'), UseLegacyKeras()),
        measured="Measured: [] on Keras 3.4.1 and 3.15.1, the tensor on Keras 2.15.",
        uses=(Attribute("layer", "input", how="read", when=_is_input_layer),),
    ),
    Rule(
        code="KD954",
        slug="layers-input-tensor",
        area="layers",
        title="Input(tensor=...) takes no TensorFlow tensor",
        ported=True,
        explanation=(
            "`Input(tensor=t)` stops with a ValueError where `t` holds data; no result is wrong. Make an Input "
            "of its shape, and pass the data to `fit` or `predict`.\n\n"
            "Keras 1 and 2 ran a model on the given `tf.Tensor`. In Keras 3 the tensor must be a symbolic one of Keras."
        ),
        symptoms=(
            "ValueError: Argument `input_tensor` must be a KerasTensor. Received invalid type: {text}",
            "ValueError: You must pass a `shape` argument.",
        ),
        remedies=(Advice("Make an Input of the shape", "keras.Input(shape=t.shape[1:])"), UseLegacyKeras()),
        measured="Measured: raises on Keras 3.4.1 and 3.15.1, right on Keras 2.15",
        uses=(Call("keras.Input", (Argument("tensor"),), when=_is_no_keras_tensor),),
    ),
    Rule(
        code="KD955",
        slug="layers-mask-of-several",
        area="layers",
        title="A layer with several inputs gets a list of masks",
        explanation=(
            "A layer with several inputs gets a list of masks, although no input has one, and then stops with an "
            "error; no result is wrong. Test the mask that you use: `mask is not None and mask[0] is not None`.\n\n"
            "On Keras 2 `call(self, inputs, mask=None)` got `mask=None` as long as no input had a mask. Keras 3 gives "
            "`[None, None]`, so `if mask is not None` is true and what follows fails. The longer test runs on both."
        ),
        symptoms=("kwargs={'mask': ['None', 'None']}",),
        remedies=(
            Advice("Ask for the mask that is used", "if mask is not None and mask[0] is not None:"),
            UseLegacyKeras(),
        ),
        measured="Measured: so on Keras 3.4.1 and 3.15.1; None on Keras 2.15.",
        uses=(Applied("keras.Layer", (Argument(position=0, kind="list"),), when=_asks_for_one_mask),),
    ),
    Rule(
        code="KD956",
        slug="layers-weight-order",
        area="layers",
        title="get_weights() lists weights in another order",
        silent=True,
        ported=True,
        explanation=(
            "`set_weights()` with arrays from Keras 2 can put weights in the wrong places, without an error; the "
            "model then predicts wrong numbers. Carry them over in an .h5 or .weights.h5 file, or layer by "
            "layer.\n\n"
            "Layers and models that hold layers list their weights in another order on Keras 3. A layer that holds "
            "a BatchNormalization lists the averages right behind gamma and beta. Keras 2 listed all trained "
            "weights first. A model with weights of its own lists them first; Keras 2 went by the order of the "
            "attributes. A list of arrays from Keras 2 (pickle, `np.save`) is then set in the wrong places. Where "
            "shapes differ there is an error; equal shapes are mixed up silently. Sequential and functional models "
            "of built-in layers are not concerned."
        ),
        symptoms=(
            "a model whose arrays were set with set_weights() predicts nonsense",
            "ValueError: Layer {name} weight shape {shape} is not compatible with provided weight shape {shape}.",
        ),
        remedies=(CodeChange("set the weights of each layer by itself (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured="Measured: so on every Keras 3 from 3.0 to 3.15; not on Keras 2 and tf-keras. Found by kdoctor",
        uses=(Method("{layer,model}", "set_weights", when=_has_mixed_weights),),
    ),
    Rule(
        code="KD957",
        slug="layers-resizing-training",
        area="layers",
        title="model(x) with Resizing runs in training mode",
        silent=True,
        explanation=(
            "`model(x)` gives wrong numbers, because it runs in training mode; `fit()` and `predict()` are "
            "right, except for a class whose `call()` has no `training`. Call `model(x, training=False)` or "
            "`model.predict(x)`.\n\n"
            "`Resizing` and `CenterCrop` pass `training=True` to every layer behind them where nothing else is "
            "given. BatchNormalization and Dropout behind them then run in training mode. The moving averages "
            "change with every call, and the answer depends on the other images of the batch. `fit()`, "
            "`evaluate()` and `predict()` are right for Sequential and functional models. They are wrong for your "
            "own class whose `call()` has no `training` argument."
        ),
        symptoms=(
            "model(x) and model.predict(x) give different numbers",
            "the same image gets another answer in another batch",
        ),
        remedies=(CodeChange("pass training=False (runs on Keras 2 as well)"), UseLegacyKeras()),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/23166",
                "Stops the default training=True of Resizing and CenterCrop from reaching the layers behind them.",
            ),
        ),
        edits=(Edit(add_keyword("training", "False")),),
        uses=(Applied("keras.Sequential", (Argument("training", absent=True),), when=_normalises_behind_resizing),),
    ),
    Rule(
        code="KD980",
        slug="layers-call-training-missing",
        area="layers",
        title="call() needs a training argument that is not given",
        explanation=(
            "The call of the layer stops with a TypeError; no result is wrong. Write `def call(self, inputs, "
            "training=None)`, or pass `training=`.\n\n"
            "Keras 2 filled `training` in for every layer whose `call()` has the argument, also "
            "without a default. Keras "
            "3 binds what is given to the signature first, and an argument without a default must be given. `fit()`, "
            "`evaluate()` and `predict()` still pass it to the outermost model."
        ),
        symptoms=("TypeError: missing a required argument: 'training'",),
        remedies=(
            Advice("Give the argument a default", "def call(self, inputs, training=None): (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        canary=False,
        affects=(Affected(">=3.0"),),
        measured=(
            "Measured: refused by Keras 3.0.5, 3.5.0 and 3.15.1, on arrays and on symbolic inputs; Keras 2.15 calls it."
        ),
        uses=(Applied("keras.{Layer,Model}", when=_lacks_training),),
    ),
    Rule(
        code="KD981",
        slug="layers-dense-numpy-units",
        area="layers",
        title="Dense refuses a NumPy integer as its size",
        explanation=(
            "`Dense(np.prod(shape))` stops with a ValueError; no result is wrong. Write "
            "`Dense(int(np.prod(shape)))`. The model is the same.\n\n"
            "From Keras 3.13 on `units` must be an integer of Python. What NumPy calculates is one of "
            "NumPy, even where "
            "it prints as `784`. Convolutions and recurrent layers take both."
        ),
        symptoms=("ValueError: Received an invalid value for `units`, expected a positive integer. Received: {text}",),
        remedies=(Advice("Make it an integer", "int(np.prod(shape)) (runs on Keras 2 as well)"), UseLegacyKeras()),
        canary=False,
        affects=(Affected(">=3.13"),),
        measured=(
            "Measured: refused by Keras 3.13.2, 3.14.1 and 3.15.1; Keras 2.15, 3.0.5, 3.8.0, 3.10.0 and 3.12.4 take it."
        ),
        uses=(Call("keras.layers.Dense", (Argument("units", 0, kind="numpy-number"),)),),
    ),
    Rule(
        code="KD985",
        slug="layers-size-of-numpy",
        area="layers",
        title="Embedding refuses a size that is no integer of Python",
        explanation=(
            "`Embedding(tokens.max() + 1, 64)` stops with a ValueError; no result is wrong. Write "
            "`int(tokens.max()) + 1`. The model is the same.\n\n"
            "From Keras 3.15 on the sizes of Embedding and MultiHeadAttention must be integers of Python. What NumPy "
            "or pandas calculates is an integer of NumPy, even where it prints as `784`, and `/` gives a float."
        ),
        symptoms=(
            "ValueError: `input_dim` must be a positive integer. Received: input_dim={text}",
            "ValueError: `output_dim` must be a positive integer. Received: output_dim={text}",
            "ValueError: Received an invalid value for argument `num_heads`, expected a positive integer. Received: "
            "num_heads={text}",
            "ValueError: Received an invalid value for argument `key_dim`, expected a positive integer. Received: "
            "key_dim={text}",
        ),
        remedies=(Advice("Make it an integer", "int(tokens.max()) + 1 (runs on Keras 2 as well)"), UseLegacyKeras()),
        canary=False,
        affects=(Affected(">=3.15"),),
        measured="Measured: refused by Keras 3.15.1; Keras 2.15 and 3.0.5 take it, and 3.14.1 has no such check.",
        uses=(Call("keras.layers.{Embedding,MultiHeadAttention}", when=_is_no_integer),),
    ),
    Rule(
        code="KD982",
        slug="layers-size-quotient",
        area="layers",
        title="Layers refuse a size that was divided with /",
        explanation=(
            "The layer stops with a ValueError when it is built; no result is wrong. Divide with `//`: "
            "`Dense(units // 2)`.\n\n"
            "In Python 3 `/` gives a float, even where nothing is left over, and `10.0` is one. Keras 2 rounded the "
            "size of Dense and of convolutions down to an integer. Keras 3 makes a shape of it as it is, and a shape "
            "holds integers only."
        ),
        symptoms=(
            "ValueError: Cannot convert '{text}' to a shape. Found invalid dimension ...",
            "ValueError: Cannot convert '{text}' to a shape. Found invalid entry ...",
        ),
        remedies=(Advice("Divide with //", "Dense(units // 2) (runs on Keras 2 as well)"), UseLegacyKeras()),
        canary=False,
        affects=(Affected(">=3.0"),),
        measured="Measured: refused by Keras 3.0.5, 3.5.0 and 3.15.1 for Dense and Conv2D; Keras 2.15 takes it.",
        uses=(Call("keras.layers.{Dense,Conv1D,Conv2D,Conv3D}", when=_is_quotient),),
    ),
    Rule(
        code="KD983",
        slug="layers-text-vectorization-column",
        area="layers",
        title="TextVectorization that counts words keeps an axis more",
        explanation=(
            "The result has the shape `(batch, 1, words)`, and the model behind it stops; no result is wrong. "
            'Declare the text as `Input(shape=(), dtype="string")`.\n\n'
            "With `output_mode` multi_hot, count or tf_idf, Keras 2 and Keras 3 up to 3.13 dropped the "
            "axis of a column "
            "of texts. From Keras 3.14 on it stays where the layer is called on an `Input` of shape `(1,)`. On arrays "
            "and tensors the shape is as before."
        ),
        symptoms=(
            "ValueError: Input 0 with name '{name}' of layer '{layer}' is incompatible with the layer: expected "
            "shape=(None, 41), found shape=(None, 1, 41)",
        ),
        remedies=(
            Advice("Declare a text without an axis", 'Input(shape=(), dtype="string") (runs on Keras 2 as well)'),
            UseLegacyKeras(),
        ),
        canary=False,
        affects=(Affected(">=3.14"),),
        measured=(
            "Measured: so on Keras 3.14.1 and 3.15.1; not on Keras 2.15, 3.0.5, 3.5.0, 3.8.0, 3.10.0, "
            "3.12.4 and 3.13.2."
        ),
        uses=(Applied("keras.layers.TextVectorization", to="tensor", when=_counts_words_of_a_column),),
    ),
    Rule(
        code="KD984",
        slug="layers-adapt-pandas",
        area="layers",
        title="Normalization.adapt refuses a DataFrame",
        explanation=(
            "`adapt()` stops with an error on a DataFrame or a Series of pandas; no result is wrong. Pass an "
            "array: `normalizer.adapt(frame.to_numpy())`.\n\n"
            "Keras 2 made a tensor of what it was given. Keras 3 takes arrays, tensors and datasets, "
            "and takes anything "
            "else for an iterator over batches. A DataFrame then yields the names of its columns. `fit()` and "
            "`predict()` still take pandas."
        ),
        symptoms=(
            "TypeError: adapt() expects an iterable that yields arrays or tensors with a `.shape` "
            "attribute (e.g. numpy "
            "arrays or backend tensors). Got an element of type {type}. {text}",
            "UnboundLocalError: cannot access local variable 'input_shape' where it is not associated with a value",
            "TypeError: Unsupported data type: <class 'pandas.{name}'>. `adapt` supports {text}",
        ),
        remedies=(
            Advice("Pass an array", "normalizer.adapt(frame.to_numpy()) (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        canary=False,
        affects=(Affected(">=3.0"),),
        measured=(
            "Measured: refused by Keras 3.0.5, 3.8.0, 3.10.0, 3.12.4, 3.13.2, 3.14.1 and 3.15.1; Keras 2.15 takes it."
        ),
        uses=(Method("layer", "adapt", (Argument("data", 0, kind="data-frame"),), when=_normalises),),
    ),
    Rule(
        code="KD996",
        slug="layers-random-crop",
        area="layers",
        title="RandomCrop does not crop outside of training",
        silent=True,
        explanation=(
            "`predict()` and `evaluate()` see the whole image, and the model was trained on crops: its answers are "
            "other ones, or a Dense layer behind it stops. Put `CenterCrop` of the same size behind it.\n\n"
            "Keras 2 and Keras 3 up to 3.7 cut out the middle of an image outside of training, and made a smaller "
            "image larger first. From Keras 3.8 on the image passes as it is, although `output_shape` still says the "
            "size of the crop. In training `CenterCrop` then finds an image of its own size and changes nothing."
        ),
        symptoms=("with RandomCrop the model sees larger images in predict() than in training",),
        remedies=(
            CodeChange("Put CenterCrop of the same size behind it (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        measured=("Measured: so on Keras 3.8 to 3.15; not on Keras 3.0 to 3.7, Keras 2 and tf-keras. Found by kdoctor"),
        uses=(
            Call("keras.Sequential", when=_crops_at_random),
            Applied("keras.layers.RandomCrop", (Argument("training", absent=True),), to="tensor"),
            Method("model", "add", when=_is_random_crop),
        ),
    ),
    Rule(
        code="KD986",
        slug="layers-data-format",
        area="layers",
        title="Layers of one dimension follow channels_first",
        silent=True,
        explanation=(
            "Where `image_data_format` is channels_first, `Conv1D` and pooling take the steps of a sequence for its "
            'features: the model is another one. Pass `data_format="channels_last"` to these layers.\n\n'
            "In Keras 2 the default of layers of one dimension was channels_last, whatever was set for images. In "
            "Keras 3 they follow the setting as other layers do, whether it was made by `set_image_data_format()` or "
            "in `keras.json`."
        ),
        symptoms=("with image_data_format channels_first, Conv1D or pooling of sequences learns something else",),
        remedies=(
            CodeChange('Pass data_format="channels_last" (runs on Keras 2 as well)'),
            UseLegacyKeras(),
        ),
        measured=("Measured: so on every Keras 3 from 3.0 to 3.15; not on Keras 2 and tf-keras. Found by kdoctor"),
        edits=(Edit(add_keyword("data_format", '"channels_last"'), unsafe=OLD_NUMBERS),),
        uses=(
            Together(
                Call("keras.backend.set_image_data_format", (Argument("data_format", 0, value="channels_first"),)),
                Call(
                    "keras.layers.{Conv,SeparableConv,DepthwiseConv}1D",
                    (Argument("data_format", absent=True),),
                ),
            ),
            Together(
                Call("keras.backend.set_image_data_format", (Argument("data_format", 0, value="channels_first"),)),
                Call(
                    "keras.layers.{Max,Average,GlobalMax,GlobalAverage}Pooling1D",
                    (Argument("data_format", absent=True),),
                ),
            ),
        ),
    ),
    Rule(
        code="KD987",
        slug="layers-normalization-integers",
        area="layers",
        title="LayerNormalization of integers gives whole numbers",
        silent=True,
        explanation=(
            "The results are cut to whole numbers, such as -1, 0 and 1, so most of what went in is lost. Declare the "
            'input as floats: `Input(shape, dtype="float32")`.\n\n'
            "Layers do not turn integers into floats before they are called. Keras 2 and Keras 3 up to 3.10 did it "
            "inside of `LayerNormalization`. From Keras 3.11 on the result takes the dtype of what was given. So does "
            "that of `GroupNormalization`, in earlier releases as well."
        ),
        symptoms=("LayerNormalization gives whole numbers only",),
        remedies=(
            CodeChange('Declare floats: Input(shape, dtype="float32") (runs on Keras 2 as well)'),
            UseLegacyKeras(),
        ),
        measured=(
            "Measured: so on Keras 3.11 to 3.15; not on Keras 3.0 to 3.10, Keras 2 and tf-keras. Found by kdoctor"
        ),
        uses=(Applied("keras.layers.LayerNormalization", to="tensor", when=_of_integers),),
    ),
    Rule(
        code="KD988",
        slug="layers-rnn-activity",
        area="layers",
        title="SimpleRNN ignores its activity_regularizer",
        silent=True,
        explanation=(
            "The penalty is not added to the loss, so the outputs are not kept small: the model is another one. Put "
            "`ActivityRegularization` behind the layer.\n\n"
            "`SimpleRNN` of Keras 3 takes the argument, keeps it in its configuration and never uses it. `LSTM` and "
            "`GRU` use theirs. See training-activity-regularizer for how much a penalty weighs on Keras 3.0 to 3.13."
        ),
        symptoms=("the loss of a SimpleRNN with activity_regularizer is smaller than on Keras 2",),
        remedies=(
            CodeChange("Put ActivityRegularization behind it (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        measured=("Measured: so on every Keras 3 from 3.0 to 3.15; not on Keras 2 and tf-keras. Found by kdoctor"),
        uses=(Call("keras.layers.SimpleRNN", (Argument("activity_regularizer"),), when=penalises),),
    ),
    Rule(
        code="KD995",
        slug="layers-add-column",
        area="layers",
        title="A bias or column is added along the wrong axis",
        silent=True,
        explanation=(
            "`keras.ops.add(x, column)` adds a column to a square `x` as if it were a row, and layers with "
            "channels_first add their bias so. The answers are wrong. Write `add(column, x)`; use channels_last.\n\n"
            "On the TensorFlow backend of Keras 3.7 and later, `keras.ops.add(x, y)` takes `y` for a bias if only one "
            "of its axes is longer than 1, and the last or the second axis of `x` has that length. It adds `y` along "
            "that axis, whichever axis of `y` it was. `x + y` of symbolic tensors and `Add()` do the same. A "
            "convolution with channels_first meets it where the image is as wide as the layer has filters: `Conv1D` "
            "and `Conv2D` only where they are called directly; transposed, separable, depthwise and 3D ones in `fit` "
            "and `predict` too. In all other sizes the sum is right."
        ),
        symptoms=("with channels_first the answers are other ones than with channels_last",),
        remedies=(
            CodeChange("Give the column first (runs on Keras 2 as well)"),
            Advice("Use channels_last, with Permute around the layer", "keras.layers.Permute((2, 3, 1))  # in front"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/20386", "Makes an addition that looks like one a `bias_add`."
            ),
        ),
        measured=(
            "Measured: so on Keras 3.7 to 3.15 with TensorFlow; not on Keras 3.0 to 3.6 and Keras 2. Found by kdoctor"
        ),
        uses=(
            Call("keras.layers.*Conv*", (Argument("data_format", value="channels_first"),), when=likely),
            Call("keras.ops.add", when=_adds_column),
            Applied("keras.layers.Add", when=_adds_column),
        ),
    ),
)
