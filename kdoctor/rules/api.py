"""Names and arguments of Keras 2 that programs still use and that later releases removed, refuse or ignore."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Optional

from kdoctor.environment.facts import tensorflow_version
from kdoctor.environment.model import Environment
from kdoctor.rules.edits import (
    Edit,
    Editor,
    Make,
    drop_keyword,
    rename,
    rename_keyword,
    rename_member,
    replace_call,
    through,
)
from kdoctor.rules.patterns import (
    LIKELY,
    Answer,
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
)
from kdoctor.rules.rule import (
    Advice,
    CodeChange,
    Install,
    Reference,
    Rule,
    SetVariable,
    Symptom,
    Upgrade,
    UseLegacyKeras,
)
from kdoctor.words import LEGACY_VARIABLE, StackId

EVERY_STACK = (StackId.TF_KERAS, StackId.LEGACY, StackId.KERAS_3, StackId.KERAS)


def _yields_lists(site: Site) -> bool:
    """A generator whose batches are lists; or one, or a Sequence of the code's own, that has a list of inputs there."""
    data = site.arguments.value("x", 0)
    batch = data.each
    if data.is_own:
        getter = data.method("__getitem__")
        batch = getter.result if getter is not None else None
    if batch is None or len(batch.items) < 2:
        return False
    if not batch.is_tuple:
        return data.kind == "generator"
    return any(len(part.items) > 1 and not part.is_tuple for part in batch.items[:2])


def _gives_numbers(site: Site) -> bool:
    return holds_numbers(site.arguments.value("x", 0))


def _has_tensorflow(environment: Environment) -> bool:
    return bool(tensorflow_version(environment))


def _is_functional(site: Site) -> bool:
    return site.receiver.made_by == "keras.Model" and not site.receiver.is_own


def _is_a_path(site: Site) -> bool:
    end = site.arguments.value("fname", 0).end()[0]
    return "/" in end or "\\" in end


def _has_a_list_among_outputs(site: Site) -> Answer:
    outputs = site.arguments.value("outputs", 1)
    return LIKELY if any(item.kind == "list" for item in outputs.items) else False


def _takes_no_learning_rate(site: Site) -> bool:
    """The method takes ``self``, the gradient and the variable, as on Keras 2."""
    arguments = getattr(site.given.node, "args", None)
    return arguments is not None and not arguments.vararg and len(arguments.posonlyargs) + len(arguments.args) == 3


def _descends_from_optimizer(site: Site) -> Answer:
    """A class that descends from Adam can be made; the method is only never called."""
    return site.receiver.made_by.endswith(".Optimizer") or LIKELY


def _passes_name_on(site: Site) -> bool:
    return getattr(site.arguments.expression(position=0), "id", "") == "name"


def _names_itself(site: Site) -> bool:
    """A name is given first: a text that ends in no number, as types do."""
    end = site.arguments.value(position=0).end()[0]
    return _passes_name_on(site) or (bool(end) and not end[-1:].isdigit())


def _calls_python(site: Site) -> bool:
    """The function calls Python from within the graph, so that no shape comes out of it."""
    function = site.arguments.value("function", 0).node
    names = (getattr(node, "attr", "") for node in ast.walk(function)) if function is not None else ()
    return any(name in ("numpy_function", "py_function", "py_func") for name in names)


def _shows_metrics_of_compile(site: Site) -> Answer:
    """The step returns the metrics of compile(), or ``loss`` in their place; its own tracker would show it right."""
    for name in ("train_step", "test_step"):
        nodes = _nodes_of(site.receiver, name)
        if site.node in nodes:
            read = _attributes_among(nodes)
            if site.name != "compiled_loss" and "compiled_loss" in read:
                return False  # said there
            says_loss = any(isinstance(node, ast.Constant) and node.value == "loss" for node in nodes)
            if "metrics" in read:
                return (LIKELY if says_loss else True) if site.receiver.method("metrics") is None else False
            return says_loss and "metrics" not in _attributes_among(_nodes_of(site.receiver, "__init__"))
    return LIKELY if site.name == "compiled_loss" else False


def _nodes_of(owner: Value, method: str) -> list[ast.AST]:
    found = owner.method(method)
    return list(ast.walk(found.node)) if found is not None and found.node is not None else []


def _attributes_among(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.attr for node in nodes if isinstance(node, ast.Attribute)}


_READING = ("workers", "use_multiprocessing", "max_queue_size")
"""How a Sequence is read in the background, which fit, evaluate and predict of Keras 3 do not take."""
_STEPS = ("steps", "callbacks", "max_queue_size", "workers", "use_multiprocessing", "verbose")
_GENERATOR_METHODS = {
    "fit_generator": (
        *("steps_per_epoch", "epochs", "verbose", "callbacks", "validation_data", "validation_steps"),
        *("validation_freq", "class_weight"),
    ),
    "evaluate_generator": _STEPS[:2],
    "predict_generator": _STEPS[:2],
}
"""The parameters of the methods of Keras 2 behind the generator, up to those that say how it is read."""


def _without_generator(editor: Editor) -> bool:
    """The method without ``_generator``, with its arguments by name: they do not stand in the same order there."""
    call = editor.call
    if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in _GENERATOR_METHODS:
        return False
    first = editor.arguments.keywords.get("generator")
    if first is not None:
        start = editor.source.of(first[1])[0]
        editor.replace((start, start + len("generator")), "x")
    editor.drop_keywords(*_READING)
    name = call.func.attr
    return editor.name_arguments("", *_GENERATOR_METHODS[name]) and editor.rename_attribute(
        call.func, name.partition("_")[0]
    )


def _units(site: Site) -> Optional[int]:
    """How many numbers a Sequential model gives for an example; None where that is not known."""
    model = site.receiver
    given = model.arguments.value("layers", 0).items if model.arguments is not None else ()
    added = [event.arguments.value("layer", 0) for event in model.events if event.name == "add" and event.arguments]
    for layer in reversed((*given, *added)):
        if layer.made_by == "keras.layers.Dense" and layer.arguments is not None:
            units = layer.arguments.value("units", 0).constant
            return units if isinstance(units, int) else None
        if layer.made_by not in ("keras.layers.Activation", "keras.layers.Softmax"):
            return None
    return None


def _classes_of(one: bool, sure: bool) -> Make:
    """What predict_classes did of one output, or of several; ``sure`` where their number is known."""

    def make(editor: Editor) -> bool:
        call, units = editor.call, _units(editor.site)
        if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr != "predict_classes":
            return False
        if sure and (units is None or (units == 1) is not one):
            return False
        editor.rename_attribute(call.func, "predict")
        if one:
            return editor.wrap(call, "(", ' > 0.5).astype("int32")')
        argmax = editor.name("numpy.argmax")
        return bool(argmax) and editor.wrap(call, f"{argmax}(", ", axis=-1)")

    return make


_RATES = {"SGD": "0.01", "Nadam": "0.001", "Ftrl": "0.001"}
"""The rates of optimizers that are given none; of all others 0.001."""


def _schedule(editor: Editor) -> bool:
    """The rates that decay= gave, as a schedule."""
    decay, rate = editor.arguments.expression("decay"), editor.arguments.expression("learning_rate", 0)
    name = editor.name("keras.optimizers.schedules.InverseTimeDecay")
    if editor.call is None or decay is None or not name or editor.arguments.open:
        return False
    optimizer = editor.site.name.rpartition(".")[2]
    if rate is None and ("lr" in editor.arguments.keywords or optimizer not in (*_RATES, "Adam", "RMSprop", "Adamax")):
        return False
    start = editor.said(rate) if rate is not None else _RATES.get(optimizer, "0.001")
    schedule = f"{name}({start}, decay_steps=1, decay_rate={editor.said(decay)})"
    if rate is not None:
        return editor.replace(rate, schedule) and editor.drop_keywords("decay")
    return editor.replace(editor.arguments.keywords["decay"][1], f"learning_rate={schedule}")


def _name_weight(editor: Editor) -> bool:
    """The first arguments of add_weight by their names, which Keras 2 had in this order."""
    call = editor.call
    if call is None or not isinstance(call.func, ast.Attribute):
        return False
    is_layer = editor.site.receiver.kind != "metric"
    if is_layer and call.func.attr == "add_variable":
        editor.rename_attribute(call.func, "add_weight")
    return editor.name_arguments("name", "shape", *(("dtype", "initializer") if is_layer else ()))


def _ask_tensor(editor: Editor) -> bool:
    """The shape of the layer's own tensor."""
    node, call = editor.site.node, editor.call
    names = {"output_shape": "output.shape", "input_shape": "input.shape"}
    if isinstance(node, ast.Attribute) and node.attr in names:
        return editor.rename_attribute(node, names[node.attr])
    parent = editor.module.parents.get(node)
    if isinstance(node, ast.Attribute) and node.attr in ("get_output_at", "get_input_at") and call is None:
        call = parent if isinstance(parent, ast.Call) else None
    if call is None or not isinstance(call.func, ast.Attribute) or editor.said(call).rpartition("(")[2] != "0)":
        return False
    end = editor.source.of(call.func.value)[1]
    return editor.replace((end, editor.source.of(call)[1]), f".{call.func.attr.split('_')[1]}")


_SHORT_NAMES = {
    "mean_squared_error": "MSE",
    "mean_absolute_error": "MAE",
    "mean_absolute_percentage_error": "MAPE",
    "mean_squared_logarithmic_error": "MSLE",
    "kl_divergence": "KLD",
    "kullback_leibler_divergence": "KLD",
}
"""Functions of losses and metrics: tf.keras of Keras 3.1 and later has the short names, keras the long ones."""
_LOSSES = ("keras.losses", "keras.metrics")
_TO_SHORT = rename({f"{one}.{long}": f"{one}.{short}" for one in _LOSSES for long, short in _SHORT_NAMES.items()})
_TO_LONG = rename(
    {
        f"{one}.{name}": f"{one}.{long}"
        for one in _LOSSES
        for long, short in list(_SHORT_NAMES.items())[:5]
        for name in (short, short.lower())
    }
)


def _spell_loss(editor: Editor) -> bool:
    return (_TO_LONG if editor.door == "keras" else _TO_SHORT)(editor)


def _rate_itself(editor: Editor) -> bool:
    """Read or assign optimizer.learning_rate."""
    call, rate = editor.call, editor.arguments.expression(position=0)
    if call is None or not isinstance(rate, ast.Attribute) or call.keywords or rate.attr not in ("lr", "learning_rate"):
        return False
    owner = f"{editor.said(rate.value)}.learning_rate"
    if through(editor.module.dotted(call.func))[1].endswith(".get_value"):
        return editor.replace(call, f"float({owner}.numpy())")
    statement = editor.statement()
    return (
        statement is not None
        and len(call.args) == 2
        and editor.replace(statement, f"{owner} = {editor.said(call.args[1])}")
    )


def _arrays(editor: Editor) -> bool:
    """Lists of numbers as arrays."""
    array = editor.name("numpy.array")
    for name, position in (("x", 0), ("y", 1)):
        found = editor.arguments.find(name, position)
        if found is not None and found[0].kind == "list" and array:
            editor.wrap(found[2], f"{array}(", ")")
    return bool(editor.changes)


def _function_of(name: str, unless: str = "") -> Make:
    """``name(x)`` for ``x.method()``, where ``unless`` stands nowhere in the code."""

    def make(editor: Editor) -> bool:
        call = editor.call
        if call is None or not isinstance(call.func, ast.Attribute) or (unless and unless in editor.source.text):
            return False
        return editor.replace(call, f"{name}({editor.said(call.func.value)})")

    return make


def _update_itself(editor: Editor) -> bool:
    """What add_update was given, done at once."""
    given, statement = editor.arguments.expression("updates", 0), editor.statement()
    if statement is None or not isinstance(given, ast.Call) or editor.arguments.keywords:
        return False
    return editor.replace(statement, editor.said(given))


def _reduction(editor: Editor) -> bool:
    """The reduction by its name, which every Keras takes."""
    found = editor.arguments.expression("reduction")
    if found is not None:
        return editor.replace(found, '"sum_over_batch_size"')
    name = through(editor.module.dotted(editor.site.node))[1].rpartition("Reduction.")[2]
    names = {"AUTO": "sum_over_batch_size", "NONE": "none", "SUM": "sum", "SUM_OVER_BATCH_SIZE": "sum_over_batch_size"}
    return name in names and editor.replace(editor.site.node, f'"{names[name]}"')


_OF_ONE = "abs square exp log sign sin cos round sigmoid tanh softplus softsign transpose zeros_like ones_like"
_OF_TWO = "maximum minimum equal not_equal greater greater_equal less less_equal"
_CROSSENTROPIES = ("categorical_crossentropy", "binary_crossentropy", "sparse_categorical_crossentropy")
_BACKEND = {
    **{name: (name, "x axis keepdims") for name in ["sum", "mean", "max", "min", "prod", "any", "all", "std", "var"]},
    **{name: (name, "x") for name in _OF_ONE.split()},
    **{name: (name, "x=x1! y=x2!") for name in _OF_TWO.split()},
    "flatten": ("ravel", "x"),
    "relu": ("relu", "x"),
    "elu": ("elu", "x"),
    "softmax": ("softmax", "x axis"),
    "pow": ("power", "x=x1! a=x2!"),
    "dot": ("dot", "x=x1! y=x2!"),
    "clip": ("clip", "x! min_value=x_min! max_value=x_max!"),
    "expand_dims": ("expand_dims", "x! axis!"),
    "squeeze": ("squeeze", "x! axis!"),
    "concatenate": ("concatenate", "tensors=xs! axis!"),
    "stack": ("stack", "x axis"),
    "permute_dimensions": ("transpose", "x! pattern=axes!"),
    "cast": ("cast", "x! dtype!"),
    "one_hot": ("one_hot", "indices=x! num_classes!"),
    "repeat_elements": ("repeat", "x! rep=repeats! axis!"),
    "tile": ("tile", "x! n=repeats!"),
    "cumsum": ("cumsum", "x! axis!"),
    "cumprod": ("cumprod", "x! axis!"),
    "stop_gradient": ("stop_gradient", "variables=variable"),
}
_TO_OPS = replace_call(
    {f"keras.backend.{name}": (f"keras.ops.{one}", given) for name, (one, given) in _BACKEND.items()}
)
_ALIKE = {"sqrt": ("sqrt", "x"), **{name: (name, "target! output! from_logits") for name in _CROSSENTROPIES}}
_TO_ALIKE = replace_call(
    {f"keras.backend.{name}": (f"keras.ops.{one}", given) for name, (one, given) in _ALIKE.items()}
)
_EDITS_OF_BACKEND = (
    Edit(_TO_OPS),
    Edit(_TO_ALIKE, unsafe="The last digits may differ; the root of a negative number was 0 and is NaN."),
)


_OLD_MODULES = {
    **{
        f"keras.layers.{name}": "keras.layers"
        for name in (
            *("core", "convolutional", "convolutional_recurrent", "recurrent", "normalization", "embeddings"),
            *("pooling", "merge", "wrappers", "advanced_activations", "noise", "local"),
        )
    },
    "keras.engine.topology.Layer": "keras.layers.Layer",
    "keras.engine.topology.Input": "keras.layers.Input",
    "keras.engine.topology.InputSpec": "keras.layers.InputSpec",
    "keras.engine.base_layer.Layer": "keras.layers.Layer",
    "keras.engine.Layer": "keras.layers.Layer",
    "keras.engine.InputSpec": "keras.layers.InputSpec",
    "keras.engine.Input": "keras.layers.Input",
    "keras.engine.Model": "keras.models.Model",
    "keras.engine.training.Model": "keras.models.Model",
}


def _through_tensorflow(editor: Editor) -> bool:
    """The same name, imported through tensorflow.keras."""
    node = editor.module.parents.get(editor.site.node) if isinstance(editor.site.node, ast.alias) else editor.site.node
    if not isinstance(node, ast.ImportFrom) or node.level:
        return False
    return (node.module or "").partition(".")[0] == "keras" and editor.rename(node, {"keras": "tf.keras"})


def _is_sequential(site: Site) -> bool:
    return site.receiver.made_by == "keras.Sequential"


_SCIKERAS = (
    "Write: from scikeras.wrappers import KerasClassifier, KerasRegressor\n"
    "Pass the function that builds the model as model=, instead of build_fn="
)

RULES: tuple[Rule, ...] = (
    Rule(
        code="KD801",
        slug="api-optimizers-legacy",
        area="api",
        title="optimizers.legacy raises an ImportError",
        explanation=(
            "`optimizers.legacy.Adam(...)` stops with an ImportError; no result is wrong. Use the optimizer of "
            "the same name without `.legacy`.\n\n"
            "The names `Adam`, `SGD`, `RMSprop`, `Adagrad`, `Ftrl` and `Optimizer` can still be imported from "
            "`optimizers.legacy` in Keras 3. Calling one of them raises. The others, such as `Adadelta` and `Nadam`, "
            "do not exist. Legacy optimizers accepted `lr=` and `decay=`, and the new ones do not: see "
            "api-optimizer-lr and api-optimizer-decay."
        ),
        symptoms=(
            "ImportError: `keras.optimizers.legacy` is not supported in Keras 3. When using `tf.keras`, to continue "
            "using a `tf.keras.optimizers.legacy` optimizer, you can install the `tf_keras` package (Keras 2) and set "
            "the environment variable `TF_USE_LEGACY_KERAS=True` to configure TensorFlow to use `tf_keras` when "
            "accessing `tf.keras`.",
        ),
        remedies=(
            CodeChange("Use the optimizer of the same name, without .legacy"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/18540",
                "The change that put these names there: a stand-in so that what imports them still imports, and "
                "whoever uses a legacy optimizer gets an error that says what to do.",
            ),
        ),
        edits=(
            Edit(
                rename({"keras.optimizers.legacy": "keras.optimizers"}),
                unsafe="The updates of the two optimizers are not bit for bit the same.",
            ),
        ),
        uses=(
            Call("keras.optimizers.legacy.*"),
            Name("keras.optimizers.legacy", imported=False, when=likely),
        ),
    ),
    Rule(
        code="KD802",
        slug="api-optimizer-lr",
        area="api",
        title="Adam(lr=...) is not accepted (use learning_rate=)",
        explanation=(
            "Keras 3 refuses `lr=`. Keras 2 ignores it and trains at the default rate, so such a model may "
            "really be worse. Write `learning_rate=`, and train again.\n\n"
            "Later releases of Keras 2 (seen on 2.12 to 2.15), and tf-keras, accept `lr=`, log one line and use the "
            "default rate. `Adam(lr=0.1)` trains at 0.001, `SGD(lr=0.25)` at 0.01. So the model really learns at "
            "another rate, and legacy Keras is no fix. Keras 3 refuses the argument. The attribute works on Keras 2 "
            "and tf-keras; for Keras 3 see training-optimizer-lr-assign and api-optimizer-lr-attribute."
        ),
        symptoms=(
            "ValueError: Argument(s) not recognized: {'lr': ...}",
            Symptom("AttributeError: '...' object has no attribute 'lr'", generic=True),
            "WARNING:absl:`lr` is deprecated in Keras optimizer, please use `learning_rate` or use the legacy "
            "optimizer, e.g.,tf.keras.optimizers.legacy....",
            "WARNING:absl:`lr` is deprecated in TF-Keras optimizer, please use `learning_rate` or use the legacy "
            "optimizer, e.g.,tf.keras.optimizers.legacy....",
            "The learning rate that was given makes no difference.",
        ),
        remedies=(CodeChange("Write learning_rate", stacks=EVERY_STACK),),
        measured=(
            "Measured: ignored on Keras 2.12.0, 2.13.1 and 2.15.0 and on tf-keras 2.17.0 and 2.21.0, refused on Keras "
            "3.0.5, 3.4.1 and 3.15.1"
        ),
        edits=(Edit(rename_keyword("lr", "learning_rate")),),
        uses=(
            Call("keras.optimizers.*", (Argument("lr"),)),
            Call("keras.optimizers.legacy.*", (Argument("lr"),)),
        ),
    ),
    Rule(
        code="KD803",
        slug="api-optimizer-decay",
        area="api",
        title="An optimizer's decay= is refused or ignored",
        explanation=(
            "Keras 3 ignores `decay=` and trains at the full rate, so the model may really be worse; Keras 2 "
            "stops with a ValueError. Pass an `InverseTimeDecay` schedule as `learning_rate=`, and train again.\n\n"
            "Up to Keras 2.10, `decay=` lowered the learning rate a little after every step: `learning_rate / (1 + "
            "decay * step)`. Later releases of Keras 2 (seen on 2.12 to 2.15), and tf-keras, refuse it, so legacy "
            "Keras is no fix. Keras 3 accepts it, warns once and trains at the full rate for ever. The warning is "
            "easily missed in a notebook. A schedule gives exactly the same rates. `weight_decay=` is something else: "
            "it shrinks the weights."
        ),
        symptoms=(
            "ValueError: decay is deprecated in the new Keras optimizer, please check the docstring for valid "
            "arguments, or use the legacy optimizer, e.g., tf.keras.optimizers.legacy....",
            "ValueError: decay is deprecated in the new Keras optimizer, pleasecheck the docstring for valid "
            "arguments, or use the legacy optimizer, e.g., tf.keras.optimizers.legacy....",
            "ValueError: decay is deprecated in the new TF-Keras optimizer, please check the docstring for valid "
            "arguments, or use the legacy optimizer, e.g., tf.keras.optimizers.legacy....",
            "UserWarning: Argument `decay` is no longer supported and will be ignored.",
        ),
        remedies=(CodeChange("Set the same rates by an InverseTimeDecay schedule", stacks=EVERY_STACK),),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/17752",
                "A user of decay= in Adam quotes the ValueError of Keras 2.11 and 2.12 (the thread is about a space "
                "missing in it).",
            ),
            Reference(
                "https://github.com/rstudio/keras3/issues/1352",
                "The same error reported for TensorFlow 2.11, and reproduced by the maintainer.",
            ),
        ),
        edits=(
            Edit(drop_keyword("decay", value=(0, None))),
            Edit(
                _schedule,
                unsafe="The rates are those that decay= gave up to Keras 2.10.",
            ),
        ),
        uses=(Call("keras.optimizers.*", (Argument("decay"),)),),
    ),
    Rule(
        code="KD804",
        slug="api-add-weight-positional",
        area="api",
        title='add_weight("name", ...) takes the name for the shape',
        explanation=(
            '`add_weight("name", ...)` stops with an error, because the first argument is now the shape; no '
            "result is wrong. Write `name=` and `shape=`; the line then runs on Keras 2 and 3.\n\n"
            "In Keras 2 the first argument of `add_weight` (and `add_variable`) was the name; in Keras 3 it is the "
            "shape. Custom layers and metrics of many books and repositories pass the name first. The message depends "
            "on the release and on the other arguments."
        ),
        symptoms=(
            "TypeError: Layer.add_weight() got multiple values for argument 'shape'",
            "TypeError: Layer.add_weight() got multiple values for argument 'initializer'",
            "TypeError: Metric.add_weight() got multiple values for argument 'initializer'",
            "ValueError: `name` must be passed as a keyword argument. Received: add_weight('...', ...). Use: "
            "add_weight(shape=..., name='...').",
            "ValueError: Cannot convert '('...',)' to a shape. Found invalid entry '...' of type '<class 'str'>'. ",
            "ValueError: Cannot convert '...' to a shape. Found invalid dimension '...' of type '<class 'str'>'. ",
            "ValueError: Could not interpret initializer identifier: ...",
            "TypeError: add_weight() takes at most 3 positional arguments but 4 were given.",
        ),
        remedies=(
            CodeChange("Pass the name by name= and the shape by shape="),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/22265",
                "Says that the first parameter was name in Keras 2 and is shape in Keras 3, and makes the message of "
                "newer releases say what to write.",
            ),
            Reference(
                "https://github.com/MITDeepLearning/introtodeeplearning/issues/163",
                "A course's first lab that stops with this TypeError.",
            ),
        ),
        edits=(Edit(_name_weight),),
        uses=(Method("{layer,metric,model}", "{add_weight,add_variable}", (Argument(position=0, kind="string"),)),),
    ),
    Rule(
        code="KD805",
        slug="api-fit-generator",
        area="api",
        title="fit_generator and the other *_generator methods are gone",
        explanation=(
            "`fit_generator`, `evaluate_generator` and `predict_generator` stop with an AttributeError. Call "
            "`fit`, `evaluate` and `predict` with the generator. The training is the same.\n\n"
            "In Keras 2 the three old methods only called the others, with a warning. Keras 3 removed them. Only the "
            "names change: `steps_per_epoch=`, `validation_data=` and the rest stay. In `evaluate` and `predict` the "
            "number of batches is still called `steps`."
        ),
        symptoms=(
            "AttributeError: 'Sequential' object has no attribute 'fit_generator'",
            "AttributeError: 'Functional' object has no attribute 'fit_generator'",
            "AttributeError: '...' object has no attribute 'evaluate_generator'",
            "AttributeError: '...' object has no attribute 'predict_generator'",
        ),
        remedies=(
            CodeChange(
                "Call fit, evaluate and predict",
                cost="Leave workers=, use_multiprocessing= and max_queue_size= out (api-fit-workers).",
            ),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19225",
                "A user notices that fit_generator was removed in Keras 3, and that the announcement does not mention "
                "it.",
            ),
        ),
        edits=(Edit(_without_generator),),
        uses=(Method("model", "{fit_generator,predict_generator,evaluate_generator}", distinctive=True),),
    ),
    Rule(
        code="KD806",
        slug="api-experimental-preprocessing",
        area="api",
        title="layers.experimental.preprocessing is gone",
        explanation=(
            "The import of `layers.experimental.preprocessing` fails. Import the same classes from "
            "`keras.layers`; the numbers do not change.\n\n"
            "`TextVectorization`, `Normalization`, `Rescaling`, `Resizing`, `RandomFlip`, `StringLookup` and the "
            "others have long been ordinary layers. Keras 3 dropped the experimental module, in `tf.keras` as well. "
            "(With `import keras`, the module is missing on Keras 2.12 too, and there again on 2.13 to 2.15.)"
        ),
        symptoms=(
            "ModuleNotFoundError: No module named 'tensorflow.keras.layers.experimental'",
            "ModuleNotFoundError: No module named 'keras.layers.experimental'",
            "AttributeError: module 'keras._tf_keras.keras.layers' has no attribute 'experimental'",
            "AttributeError: module 'keras.layers' has no attribute 'experimental'",
            "AttributeError: module 'keras.api.layers' has no attribute 'experimental'",
        ),
        remedies=(
            CodeChange("Import the layers from keras.layers"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/18606",
                "Asked about this address in Keras 2.14, the author of Keras answers that all of its names are in "
                "keras.layers.",
            ),
        ),
        edits=(Edit(rename({"keras.layers.experimental.preprocessing": "keras.layers"})),),
        uses=(Name("keras.layers.experimental.preprocessing"),),
    ),
    Rule(
        code="KD807",
        slug="api-layer-output-shape",
        area="api",
        title="A layer has no output_shape and no input_shape",
        explanation=(
            "`layer.output_shape` stops with an AttributeError; the model is fine. Use `layer.output.shape` and "
            "`layer.input.shape`, which work on Keras 2 and 3.\n\n"
            "In Keras 3 a layer no longer has `input_shape`, `output_shape`, `get_output_at()` and similar methods. A "
            "model still has both attributes. One thing differs for an input layer: its `output_shape` was a list that "
            "holds the shape, its `output.shape` is the shape. A layer that was never called has neither."
        ),
        symptoms=(
            "AttributeError: 'Dense' object has no attribute 'output_shape'",
            "AttributeError: '...' object has no attribute 'input_shape'",
            "AttributeError: 'InputLayer' object has no attribute 'output_shape'",
            "AttributeError: '...' object has no attribute 'get_output_at'",
            "AttributeError: '...' object has no attribute 'get_output_shape_at'",
        ),
        remedies=(
            CodeChange(
                "Ask the layer's tensors for their shape",
                cost="The input of an InputLayer is an empty list: take the shape of its output. A layer with several "
                "inputs or outputs has a list of tensors: take the shape of each.",
            ),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19052",
                "A user who moves from tf.keras to Keras 3 finds layers without input_shape and output_shape.",
            ),
            Reference(
                "https://github.com/keras-team/keras/issues/18784",
                "A maintainer confirms that layers have neither attribute in Keras 3.",
            ),
        ),
        edits=(
            Edit(
                _ask_tensor,
                unsafe="Of an input layer Keras 2 gave the shape in a list; several tensors are a list.",
            ),
        ),
        uses=(
            Attribute("layer", "{output_shape,input_shape,get_output_at,get_input_at,inbound_nodes,outbound_nodes}"),
        ),
    ),
    Rule(
        code="KD808",
        slug="api-losses-functions",
        area="api",
        title="A loss function has another name here",
        explanation=(
            "The line stops: a loss such as `keras.losses.mse` is missing. Pass it to `compile()` as a string "
            '(`"mse"`) or as a class (`MeanSquaredError()`): both work everywhere, with the same numbers.\n\n'
            "Keras 2 had every loss under a long and a short name. In Keras 3 each namespace has one of them. `import "
            "keras` has only the long names (`mean_squared_error`, `mean_absolute_error`, `kl_divergence`, ...). "
            "`tf.keras` has only the short ones (`mse`, `MSE`, `mae`, `kld`, ...), from a release between 3.0.5 and "
            "3.3.3 on. So code breaks when its import changes, in either direction. `metrics` lacks the same names."
        ),
        symptoms=(
            "AttributeError: module 'keras._tf_keras.keras.losses' has no attribute 'mean_squared_error'",
            "AttributeError: module 'keras._tf_keras.keras.losses' has no attribute '...'",
            "AttributeError: module 'keras.losses' has no attribute 'mse'",
            "AttributeError: module 'keras.api.losses' has no attribute 'mse'",
            "ImportError: cannot import name 'mean_squared_error' from 'tensorflow.keras.losses'",
            "ImportError: cannot import name '...' from 'keras.losses' (...)",
        ),
        remedies=(
            CodeChange("In tf.keras, use the short name", after="after", stacks=(StackId.TF_KERAS, StackId.KERAS_3)),
            CodeChange(
                "With `import keras`, use the long name",
                before="before_keras",
                after="after_keras",
                stacks=(StackId.KERAS,),
            ),
            CodeChange("Pass its name as a string, which works in every namespace and release", after="after_by_name"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/tensorflow/tensorflow/issues/69851",
                "mean_squared_error cannot be imported from tensorflow.keras.losses in TensorFlow 2.16.1; the reporter "
                "finds the function there as mse.",
            ),
            Reference(
                "https://github.com/keras-team/keras/releases/tag/v3.3.2",
                "Keras 3.3.2 brought names of Keras 2 back that are still part of tf.keras and not of Keras itself.",
            ),
        ),
        edits=(Edit(_spell_loss),),
        uses=(
            Name("tf.keras.{losses,metrics}.{mean_squared_error,mean_absolute_error,mean_absolute_percentage_error}"),
            Name("tf.keras.{losses,metrics}.{mean_squared_logarithmic_error,kl_divergence}"),
            Name("keras.{losses,metrics}.{mse,MSE,mae,MAE,mape,MAPE,msle,MSLE,kld,KLD}", stacks=("keras",)),
        ),
    ),
    Rule(
        code="KD809",
        slug="api-learning-phase",
        area="api",
        title="backend.set_learning_phase and learning_phase are gone",
        explanation=(
            "`set_learning_phase` stops with an AttributeError; no result is wrong. Pass `training=` where you "
            "call the layer or model. Around `fit`, `evaluate` and `predict` just delete the line.\n\n"
            "The learning phase was one switch for the whole program. It decided whether layers such as `Dropout` and "
            "`BatchNormalization` are training. Keras 3 has no such switch; each call gets `training=`. `fit`, "
            "`evaluate` and `predict` set it themselves. `learning_phase_scope` and `in_train_phase` are gone as well."
        ),
        symptoms=(
            "AttributeError: module 'keras._tf_keras.keras.backend' has no attribute 'set_learning_phase'",
            "AttributeError: module 'keras._tf_keras.keras.backend' has no attribute 'learning_phase'",
            "AttributeError: module 'keras.backend' has no attribute 'set_learning_phase'",
            "AttributeError: module 'keras.api.backend' has no attribute 'set_learning_phase'",
            "AttributeError: module 'keras...backend' has no attribute 'learning_phase_scope'",
            "AttributeError: module 'keras...backend' has no attribute 'in_train_phase'",
        ),
        remedies=(
            CodeChange("Pass training= where the layer or model is called"),
            UseLegacyKeras(),
        ),
        measured="Measured: gone on Keras 3.0.5, 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0",
        uses=(Name("keras.backend.{learning_phase,set_learning_phase,learning_phase_scope,in_train_phase}"),),
    ),
    Rule(
        code="KD810",
        slug="api-estimator",
        area="api",
        title="tf.estimator is gone from TensorFlow",
        explanation=(
            "`tf.estimator` stops with an AttributeError. Models trained with it are not wrong, and TensorFlow "
            "2.15 still runs them. Stay on 2.15, or write the model as a Keras model.\n\n"
            "TensorFlow 2.16 removed estimators, whichever Keras is installed. `TF_USE_LEGACY_KERAS=1` does not bring "
            "them back. tf-keras still has `tf.keras.estimator`, but that needs the module that is missing."
        ),
        symptoms=(
            "AttributeError: module 'tensorflow' has no attribute 'estimator'",
            "AttributeError: module 'keras._tf_keras.keras' has no attribute 'estimator'",
        ),
        remedies=(
            CodeChange(
                "Write it as a Keras model; an input function that returns a tf.data.Dataset can stay",
                stacks=EVERY_STACK,
                cost="Checkpoints of the estimator have to be converted, or the model trained again.",
            ),
            Install(
                "Stay on TensorFlow 2.15, the last release with tf.estimator",
                requirements=("tensorflow~=2.15.0", "keras~=2.15.0"),
                cost="It receives no fixes, needs Python 3.9 to 3.11, and has Keras 2 as tf.keras.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/tensorflow/tensorflow/releases/tag/v2.16.1",
                "The tf.estimator API is removed; to continue using it, you need TensorFlow 2.15 or an earlier one.",
            ),
        ),
        uses=(
            Name("tf.estimator"),
            Name("tf.compat.v1.estimator"),
            Name("keras.estimator"),
        ),
    ),
    Rule(
        code="KD811",
        slug="api-scikit-wrapper",
        area="api",
        title="wrappers.scikit_learn is gone",
        explanation=(
            "The import of `wrappers.scikit_learn` fails. Your models are fine. Install SciKeras, which has "
            "`KerasClassifier` and `KerasRegressor`, and pass `model=` instead of `build_fn=`.\n\n"
            "The wrappers were removed while Keras was still at 2 (there on 2.12, gone on 2.13), so legacy Keras is no "
            "fix. Newer Keras 3 (seen from 3.8 on, not on 3.4) has smaller wrappers: "
            "`keras.wrappers.SKLearnClassifier` and `SKLearnRegressor`. All of them need scikit-learn."
        ),
        symptoms=(
            "ModuleNotFoundError: No module named 'tensorflow.keras.wrappers'",
            "ModuleNotFoundError: No module named 'tensorflow.keras.wrappers.scikit_learn'",
            "ModuleNotFoundError: No module named 'keras.wrappers'",
            "ModuleNotFoundError: No module named 'keras.wrappers.scikit_learn'",
            "AttributeError: module 'keras...' has no attribute 'wrappers'",
        ),
        remedies=(
            Install(
                "Install SciKeras, and import the wrappers from it",
                requirements=("scikeras>=0.13",),
                versions=">=3",
                cost="Brings scikit-learn. Under Keras 2 it would install Keras 3.",
                code=_SCIKERAS,
            ),
            Install(
                "Install SciKeras, and import the wrappers from it",
                requirements=("scikeras<0.13",),
                versions="<3",
                cost="Brings scikit-learn.",
                code=_SCIKERAS,
            ),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19747",
                "keras.wrappers.scikit_learn and tensorflow.keras.wrappers.scikit_learn are both missing with Keras "
                "3.3.3 and TensorFlow 2.16.1.",
            ),
            Reference(
                "https://github.com/keras-team/keras/pull/20599",
                "Adds a smaller wrapper under keras.wrappers and points to SciKeras for what it leaves out.",
            ),
        ),
        edits=(
            Edit(
                rename({"keras.wrappers.scikit_learn": "scikeras.wrappers"}),
                unsafe="SciKeras must be installed, and build_fn= is called model= there.",
            ),
        ),
        uses=(Name("keras.wrappers.scikit_learn"),),
    ),
    Rule(
        code="KD812",
        slug="api-preprocessing-text",
        area="api",
        title="keras.preprocessing.text (Tokenizer) is gone",
        explanation=(
            "`Tokenizer` is missing from `keras`. Import it from `tensorflow.keras.preprocessing.text`: the same code "
            "with the same numbers.\n\n"
            "Keras 3 has no `Tokenizer`, `one_hot` or `text_to_word_sequence`. TensorFlow still ships them, and they "
            "gave the right numbers on every release that was run. `pad_sequences` is in both. (On Keras 2.12 `import "
            "keras` lacks `pad_sequences`, and `Tokenizer` is there.)\n\n"
            "For new code use the `TextVectorization` layer. It numbers words like a `Tokenizer` with an `oov_token`: "
            "0 is padding, 1 an unknown word, then by frequency. Equally frequent words may get other numbers, so a "
            "trained model must keep its `Tokenizer`."
        ),
        symptoms=(
            "ModuleNotFoundError: No module named 'keras.preprocessing.text'",
            "ImportError: cannot import name 'pad_sequences' from 'keras.preprocessing.sequence' (...)",
            "AttributeError: module 'keras.preprocessing' has no attribute 'text'",
            "AttributeError: module 'keras.api.preprocessing' has no attribute 'text'",
        ),
        remedies=(
            CodeChange("Import it from tensorflow.keras", stacks=(StackId.KERAS,), cost="Needs TensorFlow."),
            CodeChange(
                "Use the TextVectorization layer",
                after="after_text_vectorization",
                stacks=(StackId.KERAS,),
                cost="Needs TensorFlow. Equally frequent words may get other numbers.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19517",
                "It was removed from the API in Keras 3 and kept in tf.keras for backwards compatibility; "
                "TextVectorization is named as the replacement.",
            ),
        ),
        edits=(Edit(rename({"keras.preprocessing.text": "tf.keras.preprocessing.text"})),),
        uses=(Name("keras.preprocessing.text", stacks=("keras",)),),
    ),
    Rule(
        code="KD813",
        slug="api-preprocessing-image",
        area="api",
        title="ImageDataGenerator is gone, or every 2nd epoch is empty",
        explanation=(
            "The import of `ImageDataGenerator` fails: take it from `tensorflow.keras.preprocessing.image`. And "
            "delete `steps_per_epoch=` from `fit()`: some releases trained half of the epochs, for a worse "
            "model.\n\n"
            "Keras 3 has no `ImageDataGenerator`, so `import keras` does not find it. TensorFlow still ships it; "
            "`load_img` and `img_to_array` are in both.\n\n"
            "The second problem comes with `fit(generator, steps_per_epoch=len(images) // batch_size, epochs=...)`, as "
            "tutorials teach it. Every other epoch of Keras 3.0.5 and 3.4.1 sees no image at all. It ends at once, "
            "shows a loss of 0 and warns that the input ran out of data. The numbers of the other epochs are right, "
            "but the model was trained for half of the epochs. Keras 3.8 is right again.\n\n"
            "On Keras 2.12 `import keras` finds `img_to_array` and `load_img` under `keras.utils` only. Without SciPy, "
            "the generator of Keras 2 and tf-keras stops with a NameError; that is another problem."
        ),
        symptoms=(
            "ImportError: cannot import name 'ImageDataGenerator' from 'keras.preprocessing.image' (...)",
            "AttributeError: module 'keras.preprocessing.image' has no attribute 'ImageDataGenerator'",
            "ImportError: cannot import name 'img_to_array' from 'keras.preprocessing.image' (...)",
            "AttributeError: module 'keras.api.preprocessing.image' has no attribute 'ImageDataGenerator'",
            "UserWarning: Your input ran out of data; interrupting epoch. Make sure that your dataset or generator can "
            "generate at least `steps_per_epoch * epochs` batches. You may need to use the `.repeat()` function when "
            "building your dataset.",
            "Every second epoch takes no time and shows a loss of 0.",
        ),
        remedies=(
            CodeChange("Import it from tensorflow.keras", stacks=(StackId.KERAS,), cost="Needs TensorFlow."),
            CodeChange(
                "Delete steps_per_epoch=: the generator knows how many batches it has",
                before="before_epochs",
                after="after_epochs",
                stacks=(StackId.TF_KERAS, StackId.KERAS_3),
            ),
            Upgrade("keras", ">=3.8", cost="Fixes the empty epochs only."),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19365",
                "Asked for a replacement in Keras 3, a maintainer names image_dataset_from_directory, with layers for "
                "the augmentation.",
            ),
            Reference(
                "https://github.com/NeuralNetworkVerification/VeriX/issues/3",
                "An ImportError of keras.preprocessing.image, fixed by importing from tensorflow.keras.",
            ),
        ),
        measured="Measured: every other epoch empty on Keras 3.0.5 and 3.4.1, none on 3.8.0 and 3.15.1",
        edits=(
            Edit(
                rename(
                    {"keras.preprocessing.image.ImageDataGenerator": "tf.keras.preprocessing.image.ImageDataGenerator"}
                )
            ),
        ),
        uses=(Name("keras.preprocessing.image.ImageDataGenerator", stacks=("keras",)),),
    ),
    Rule(
        code="KD814",
        slug="api-backend-functions",
        area="api",
        title="keras.backend has lost sum, mean, square, clip and others",
        explanation=(
            "`K.sum` and other functions of `keras.backend` stop with an AttributeError; no result is wrong. Use "
            "the function from `keras.ops`.\n\n"
            "`from keras import backend as K` gave about a hundred functions on tensors, and custom losses, metrics "
            "and layers use many of them. In Keras 3 they are called `keras.ops`. `keras.backend` keeps only settings "
            "such as `epsilon()` and `floatx()`. TensorFlow still ships the old functions as "
            "`tensorflow.keras.backend`, for tensors that have a value: inside a loss, a metric or a layer's `call`. "
            "Between the layers of a model they fail: see api-backend-symbolic."
        ),
        symptoms=(
            "AttributeError: module 'keras.backend' has no attribute 'sum'",
            "AttributeError: module 'keras.backend' has no attribute '...'",
            "AttributeError: module 'keras.api.backend' has no attribute '...'",
        ),
        remedies=(
            CodeChange(
                "Use keras.ops",
                stacks=(StackId.KERAS,),
                versions=">=3",
                cost="Some names differ: `K.pow` is `ops.power`, `K.dot` is `ops.matmul` or `ops.dot`.",
            ),
            CodeChange("Import everything from tensorflow.keras", after="after_tensorflow", stacks=(StackId.KERAS,)),
        ),
        measured="Measured: gone on Keras 3.4.1 and 3.15.1, there on Keras 2.15.0 and in tf.keras of all three",
        edits=(
            *_EDITS_OF_BACKEND,
            Edit(
                rename({"keras.backend": "tf.keras.backend"}),
                unsafe="It takes tensors that have a value: inside a loss, a metric or a layer, not between layers.",
            ),
        ),
        uses=(
            Name(
                "keras.backend.{abs,all,any,arange,argmax,argmin,batch_dot,batch_flatten,cast,clip,concatenate}",
                stacks=("keras",),
            ),
            Name(
                "keras.backend.{categorical_crossentropy,binary_crossentropy,sparse_categorical_crossentropy,zeros_like}",
                stacks=("keras",),
            ),
            Name(
                "keras.backend.{constant,cos,cumsum,dot,dropout,elu,equal,exp,expand_dims,eye,flatten,gather}",
                stacks=("keras",),
            ),
            Name(
                "keras.backend.{greater,greater_equal,int_shape,l2_normalize,less,less_equal,log,max,maximum,mean}",
                stacks=("keras",),
            ),
            Name(
                "keras.backend.{min,minimum,ndim,not_equal,one_hot,ones,ones_like,permute_dimensions,placeholder}",
                stacks=("keras",),
            ),
            Name(
                "keras.backend.{pow,prod,random_normal,random_uniform,relu,repeat,repeat_elements,reshape,round}",
                stacks=("keras",),
            ),
            Name(
                "keras.backend.{rnn,shape,sigmoid,sign,sin,softmax,softplus,softsign,sqrt,square,squeeze,stack,std,sum}",
                stacks=("keras",),
            ),
            Name(
                "keras.backend.{cumprod,stop_gradient,switch,tanh,tile,transpose,update,update_add,variable,var,zeros}",
                stacks=("keras",),
            ),
        ),
    ),
    Rule(
        code="KD815",
        slug="api-backend-symbolic",
        area="api",
        title="K.mean and other backend functions fail between layers",
        explanation=(
            "`K.mean` and others stop with an error on a model's symbolic tensors; no result is wrong. Use the "
            "function from `keras.ops`, or wrap it in a Lambda layer.\n\n"
            "`tensorflow.keras.backend` still has `K.mean`, `K.sum`, `K.concatenate` and the others. On Keras 3 they "
            "are plain TensorFlow and refuse symbolic tensors: what `Input()` or a layer returns while a functional "
            "model is built. The messages hardly say so. `keras.ops` works on both kinds of tensors. A Lambda layer "
            "calls the old function when there are numbers. (With `import keras` the functions are gone altogether: "
            "see api-backend-functions.)"
        ),
        symptoms=(
            "AttributeError: 'str' object has no attribute 'base_dtype'",
            Symptom("AttributeError: 'tuple' object has no attribute 'rank'", generic=True),
            Symptom("ValueError: A KerasTensor cannot be used as input to a TensorFlow function. ...", generic=True),
            "AttributeError: module 'keras...backend' has no attribute 'mean'",
        ),
        remedies=(
            CodeChange("Use keras.ops between layers", versions=">=3"),
            CodeChange("Wrap the function in a Lambda layer", after="after_lambda", stacks=(StackId.TF_KERAS,)),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://keras.io/guides/migrating_to_keras_3",
                "TensorFlow functions on a Keras tensor are disallowed while a functional model is built; use the "
                "equivalent from keras.ops.",
            ),
        ),
        measured=(
            "Measured: K.mean, K.sum, K.square, K.max, K.clip, K.concatenate, K.dot, K.softmax and others fail on "
            "Keras 3.4.1 and 3.15.1, K.int_shape and K.is_sparse work; all work on Keras 2.15.0"
        ),
        edits=(*_EDITS_OF_BACKEND,),
        uses=(
            Call(
                "tf.keras.backend.{abs,all,any,argmax,argmin,batch_dot,batch_flatten,batch_normalization}", to="tensor"
            ),
            Call("tf.keras.backend.{bias_add,binary_crossentropy,binary_focal_crossentropy,cast}", to="tensor"),
            Call(
                "tf.keras.backend.{cast_to_floatx,categorical_crossentropy,categorical_focal_crossentropy}", to="tensor"
            ),
            Call(
                "tf.keras.backend.{clip,concatenate,conv1d,conv2d,conv2d_transpose,conv3d,cos,count_params}",
                to="tensor",
            ),
            Call(
                "tf.keras.backend.{ctc_batch_cost,ctc_decode,cumprod,cumsum,depthwise_conv2d,dot,dropout}", to="tensor"
            ),
            Call(
                "tf.keras.backend.{dtype,elu,equal,exp,expand_dims,flatten,foldl,foldr,gather,gradients}", to="tensor"
            ),
            Call(
                "tf.keras.backend.{greater,greater_equal,hard_sigmoid,in_top_k,l2_normalize,less,less_equal}",
                to="tensor",
            ),
            Call("tf.keras.backend.{log,map_fn,max,maximum,mean,min,minimum,moving_average_update,ndim}", to="tensor"),
            Call(
                "tf.keras.backend.{not_equal,one_hot,ones_like,permute_dimensions,pool2d,pool3d,pow,prod}", to="tensor"
            ),
            Call(
                "tf.keras.backend.{relu,repeat,repeat_elements,reshape,resize_images,resize_volumes,reverse}",
                to="tensor",
            ),
            Call(
                "tf.keras.backend.{round,separable_conv2d,shape,sigmoid,sign,sin,softmax,softplus,softsign}",
                to="tensor",
            ),
            Call(
                "tf.keras.backend.{sparse_categorical_crossentropy,spatial_2d_padding,spatial_3d_padding}", to="tensor"
            ),
            Call("tf.keras.backend.{sqrt,square,squeeze,stack,std,stop_gradient,sum,switch,tanh}", to="tensor"),
            Call("tf.keras.backend.{temporal_padding,tile,transpose,update,update_add,update_sub,var}", to="tensor"),
            Call("tf.keras.backend.{zeros_like}", to="tensor"),
        ),
    ),
    Rule(
        code="KD816",
        slug="api-backend-set-value",
        area="api",
        title="K.set_value(optimizer.learning_rate, ...) fails",
        explanation=(
            "`K.set_value(optimizer.learning_rate, ...)` stops with an AttributeError; no result is wrong. "
            "Assign to `optimizer.learning_rate`, which works on Keras 2 and 3.\n\n"
            "Callbacks of many books set the learning rate this way. On Keras 3 the rate is a Keras variable, which "
            "the old function of `tensorflow.keras.backend` cannot handle; `get_value` there still reads it. `import "
            "keras` has neither. Do not assign to `optimizer.lr`: see api-optimizer-lr."
        ),
        symptoms=(
            Symptom("AttributeError: 'str' object has no attribute 'name'", generic=True),
            "AttributeError: module 'keras...backend' has no attribute 'set_value'",
            "AttributeError: module 'keras...backend' has no attribute 'get_value'",
        ),
        remedies=(
            CodeChange("Assign to optimizer.learning_rate"),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        edits=(Edit(_rate_itself),),
        uses=(
            Call("keras.backend.set_value", (Argument(position=0, kind="learning-rate"),)),
            Call("keras.backend.set_value", (Argument(position=0, kind="weight"),)),
            Call("keras.backend.get_value", (Argument(position=0, kind="learning-rate"),), stacks=("keras",)),
        ),
    ),
    Rule(
        code="KD817",
        slug="api-generator-lists",
        area="api",
        title="A generator that yields a list is refused",
        explanation=(
            "`fit` stops on a generator that yields `[x, y]`, or `([a, b], y)` for a model with two inputs. Yield "
            "tuples instead: `(x, y)`, `((a, b), y)`. The numbers are the same.\n\n"
            "Keras 3 passes what a generator yields to tf.data, which does not accept a list there. The tuple means "
            "the same on Keras 2 and 3. Arrays given to `fit` directly, without a generator, may stay in a list, and a "
            "Sequence may return `[x, y]`."
        ),
        symptoms=(
            "TypeError: `output_signature` must contain objects that are subclass of `tf.TypeSpec` but found <class "
            "'list'> which is not.",
            "ValueError: When passing a Python generator to a Keras model, the generator must return a tuple, either "
            "(input,) or (inputs, targets) or (inputs, targets, sample_weights). Received: {text}",
        ),
        remedies=(
            CodeChange("Yield tuples"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/bharath5673/YOLOv8-3D/issues/13",
                "model.fit on a training generator stops with this TypeError.",
            ),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0; "
        "`[x, y]` fails on Keras 3.0.5, 3.3.3, 3.8.0 and 3.15.1, right on 2.15.0 and tf-keras 2.18.0",
        uses=(Method("model", "{fit,evaluate,predict}", (Argument("x", position=0),), when=_yields_lists),),
    ),
    Rule(
        code="KD818",
        slug="api-fit-workers",
        area="api",
        title="fit refuses workers= and use_multiprocessing=",
        explanation=(
            "`fit` stops with a TypeError on `workers=`, `use_multiprocessing=` or `max_queue_size=`. Delete them, or "
            "pass them to the `Sequence`. The numbers are the same; only reading may be slower.\n\n"
            "The arguments control how a `Sequence` is read in the background. In Keras 3 they belong to the "
            "`Sequence`: its class passes them to `super().__init__`. `fit`, `evaluate` and `predict` no longer accept "
            "them. For arrays and datasets they never had an effect."
        ),
        symptoms=(
            "TypeError: TensorFlowTrainer.fit() got an unexpected keyword argument 'workers'",
            "TypeError: TensorFlowTrainer.fit() got an unexpected keyword argument '...'",
            "TypeError: TensorFlowTrainer.predict() got an unexpected keyword argument '...'",
            "TypeError: ...Trainer.fit() got an unexpected keyword argument 'workers'",
        ),
        remedies=(
            CodeChange("Delete them"),
            CodeChange("Pass them to the Sequence", before="before_sequence", after="after_sequence", versions=">=3"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/pythonlessons/mltu/issues/60",
                "The TypeError of fit(workers=...); leaving the argument out helps.",
            ),
            Reference(
                "https://github.com/nasa/progpy/pull/159",
                "A project drops the argument, which was removed from the fit function.",
            ),
        ),
        edits=(Edit(drop_keyword(*_READING)),),
        uses=(
            Method("model", "{fit,evaluate,predict}", (Argument("workers"),)),
            Method("model", "{fit,evaluate,predict}", (Argument("use_multiprocessing"),)),
            Method("model", "{fit,evaluate,predict}", (Argument("max_queue_size"),)),
        ),
    ),
    Rule(
        code="KD819",
        slug="api-python-lists",
        area="api",
        title="fit and predict refuse plain Python lists",
        explanation=(
            "`fit` stops with a ValueError on a list of numbers. Write `np.array(...)` around the list. The "
            "numbers are the same.\n\n"
            "Keras 2 made an array of such a list in `fit`, `evaluate` and `predict`. Keras 3 accepts arrays, tensors "
            "and datasets only. A list of arrays still means several inputs. Beginners who type their first x and y by "
            "hand meet this at once."
        ),
        symptoms=("ValueError: Unrecognized data type: x=[...] (of type <class 'list'>)...",),
        remedies=(
            CodeChange("Convert them with np.array(...)"),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        edits=(Edit(_arrays),),
        uses=(
            Method(
                "model",
                "{fit,evaluate,predict,train_on_batch,test_on_batch,predict_on_batch}",
                (Argument("x", position=0, kind="list"),),
                when=_gives_numbers,
            ),
        ),
    ),
    Rule(
        code="KD820",
        slug="api-sample-weight-mode",
        area="api",
        title="compile refuses sample_weight_mode=",
        explanation=(
            '`compile(sample_weight_mode="temporal")` stops with a TypeError. Delete the argument; the loss is the '
            "same.\n\n"
            "The argument announced one weight for each time step of a sequence. Keras 2 and 3 understand a 2-D "
            "`sample_weight` without it."
        ),
        symptoms=("TypeError: Trainer.compile() got an unexpected keyword argument 'sample_weight_mode'",),
        remedies=(
            CodeChange("Delete it; the shape of the weights is enough"),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        edits=(Edit(drop_keyword("sample_weight_mode", value=("temporal", None))),),
        uses=(Method("model", "compile", (Argument("sample_weight_mode"),)),),
    ),
    Rule(
        code="KD821",
        slug="api-loss-reduction-auto",
        area="api",
        title='A loss refuses reduction="auto"',
        explanation=(
            'A loss with `reduction="auto"` stops with a ValueError; no result is wrong. Write '
            '`"sum_over_batch_size"`, or delete the argument: both mean the same in `fit`.\n\n'
            '`"auto"`, also written `losses.Reduction.AUTO`, was the default of every loss of Keras 2. So it stands in '
            'many custom losses and in files. In `fit` it meant `"sum_over_batch_size"` (the mean), which is still the '
            'default. `losses.Reduction` itself is gone from `import keras`. Write `"none"`, `"sum"` or '
            '`"sum_over_batch_size"` as strings.'
        ),
        symptoms=(
            "ValueError: Invalid value for argument `reduction`. Expected one of {...}. Received: reduction=auto",
            "AttributeError: module 'keras...losses' has no attribute 'Reduction'",
        ),
        remedies=(
            CodeChange("Write sum_over_batch_size, or delete reduction="),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        edits=(Edit(_reduction),),
        uses=(
            Call("keras.losses.*", (Argument("reduction", value="auto"),)),
            Name("keras.losses.Reduction", stacks=("keras",)),
            Name("keras.losses.Reduction.AUTO"),
        ),
    ),
    Rule(
        code="KD822",
        slug="api-optimizer-lr-attribute",
        area="api",
        title="optimizer.lr cannot be read",
        explanation=(
            "`model.optimizer.lr` stops with an AttributeError; the training is not affected. Read "
            "`optimizer.learning_rate`, which works on Keras 2 and 3.\n\n"
            "Keras 2 has both names; Keras 3 has `learning_rate` only. Callbacks and print lines that show the rate "
            "are concerned. `.learning_rate.numpy()` works everywhere; `float(optimizer.learning_rate)` alone fails on "
            "Keras 3.4.1. Writing to `optimizer.lr` is worse, because it changes nothing and gives no message: see "
            "training-optimizer-lr-assign."
        ),
        symptoms=(
            "AttributeError: 'Adam' object has no attribute 'lr'",
            Symptom("AttributeError: '...' object has no attribute 'lr'", generic=True),
        ),
        remedies=(
            CodeChange("Read optimizer.learning_rate"),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        edits=(Edit(rename_member({"lr": "learning_rate"})),),
        uses=(Attribute("optimizer", "lr", how="read"),),
    ),
    Rule(
        code="KD823",
        slug="api-optimizer-minimize",
        area="api",
        title="An optimizer has no minimize()",
        explanation=(
            "`optimizer.minimize(...)` stops with an AttributeError; no result is wrong. Record the loss on a "
            "`GradientTape` and call `apply_gradients`, which runs on Keras 2 and 3. The step is the same.\n\n"
            "`minimize(loss, variables)` computed the gradients and applied them in one call. Keras 3 supports several "
            "backends and leaves the gradients to them."
        ),
        symptoms=(
            "AttributeError: 'SGD' object has no attribute 'minimize'",
            Symptom("AttributeError: '...' object has no attribute 'minimize'", generic=True),
        ),
        remedies=(
            CodeChange("Record the loss on a tape and apply the gradients"),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        uses=(Method("optimizer", "minimize"),),
    ),
    Rule(
        code="KD824",
        slug="api-optimizer-subclass",
        area="api",
        title="An optimizer class written for Keras 2 cannot be created",
        explanation=(
            "Creating the optimizer stops with a TypeError. Pass `learning_rate` to `super().__init__`, take it "
            "as the third argument of `update_step` and delete `_build_learning_rate`. The arithmetic can stay: "
            "the training is the same.\n\n"
            "In Keras 2 a class derived from `Optimizer` set `self._learning_rate` with `_build_learning_rate` and had "
            "`update_step(gradient, variable)`. In Keras 3 the base class expects the learning rate, and `update_step` "
            "gets it as a third argument. A class that is changed so runs on Keras 3 only."
        ),
        symptoms=(
            "TypeError: BaseOptimizer.__init__() missing 1 required positional argument: 'learning_rate'",
            "TypeError: ...Optimizer.__init__() missing 1 required positional argument: 'learning_rate'",
        ),
        remedies=(
            CodeChange(
                "Pass the learning rate to the base class and take it in update_step",
                versions=">=3",
                cost="The class then runs on Keras 3 only.",
            ),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        uses=(
            Attribute(
                "optimizer",
                "{_resource_apply_dense,_resource_apply_sparse,_create_slots,get_updates}",
                how="defined",
                when=_descends_from_optimizer,
            ),
            Attribute("optimizer", "update_step", how="defined", when=_takes_no_learning_rate),
            Method("optimizer", "__init__", (Argument(position=0),), when=_passes_name_on),
            Method("optimizer", "_build_learning_rate"),
        ),
    ),
    Rule(
        code="KD825",
        slug="api-train-step-compiled-loss",
        area="api",
        title="compiled_loss in a train_step shows a wrong loss",
        explanation=(
            "The loss that `fit` shows is wrong; the model is trained right and the metrics are right. Use "
            "`compute_loss` and update the metrics yourself.\n\n"
            "A `train_step` after the TensorFlow guides calls `self.compiled_loss`, updates `self.compiled_metrics` "
            "and returns every metric. Keras 3 still accepts both names and warns once. But it computes the shown loss "
            "from the predictions, not from their errors. It may be negative where a loss cannot be. A step with "
            "its own tracker of the loss shows it right. `history` is wrong too, and so are `EarlyStopping` and "
            "`ReduceLROnPlateau` that watch the training loss."
        ),
        symptoms=(
            "The loss that fit shows has nothing to do with the errors, and may be negative.",
            "UserWarning: `model.compiled_loss()` is deprecated. Instead, use `model.compute_loss(x, y, y_pred, "
            "sample_weight)`.",
            "UserWarning: `model.compiled_metrics()` is deprecated. ...",
        ),
        remedies=(
            CodeChange(
                "Use compute_loss, and update the metrics one by one",
                versions=">=3",
                cost="The train_step then runs on Keras 3 only.",
            ),
            UseLegacyKeras(),
        ),
        silent=True,
        measured=(
            "Measured: 0.5 in place of a loss of 2.25 on Keras 3.4.1 and 3.15.1; right on Keras 2.12.0 and 2.15.0 and "
            "on tf-keras 2.17.0 and 2.21.0"
        ),
        uses=(
            Attribute("model", "compiled_loss", how="read", when=_shows_metrics_of_compile),
            Attribute("model", "compiled_metrics", how="read", when=_shows_metrics_of_compile),
        ),
    ),
    Rule(
        code="KD826",
        slug="api-add-metric",
        area="api",
        title="A layer's add_metric fails",
        explanation=(
            "`self.add_metric(...)` in a layer stops with an error; no result is wrong. Create a metric object "
            "in `__init__` and update it in `call`, which works on Keras 2 and 3.\n\n"
            "In Keras 2 it showed a number next to the loss. Keras 3 keeps the name only to refuse it, with a message "
            "that depends on the release. `model.add_metric` is gone as well."
        ),
        symptoms=(
            "NotImplementedError: Exception encountered when calling ...call(). Layer `add_metric()` method is "
            "deprecated. Add your metric in `Model.compile(metrics=[...])`, or create metric trackers in init() or "
            "build() when subclassing the layer or model, then call `metric.update_state()` whenever necessary. ...",
            "NotImplementedError: Exception encountered when calling ...call(). Layer `add_metric()` method is "
            "deprecated add your metric in `Model.compile(metrics=[...]).` ...",
            "TypeError: Exception encountered when calling ...call(). Layer.add_metric() got an unexpected keyword "
            "argument 'name' ...",
        ),
        remedies=(
            CodeChange("Keep a metric in the layer and update it in call"),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        uses=(Method("{layer,model}", "add_metric", distinctive=True),),
    ),
    Rule(
        code="KD827",
        slug="api-add-update",
        area="api",
        title="A layer has no add_update()",
        explanation=(
            "`self.add_update(...)` stops with an AttributeError; no result is wrong. Keep the assignment and "
            "delete the `add_update` around it. The layer then computes the same.\n\n"
            "`add_update` registered an assignment, such as a moving average or a counter, to be run after each step. "
            "TensorFlow 1 needed that; TensorFlow 2 runs an assignment where it is written. Keras 3 removed the method."
        ),
        symptoms=(
            "AttributeError: Exception encountered when calling ...call(). '...' object has no attribute "
            "'add_update' ...",
        ),
        remedies=(
            CodeChange("Assign in call, without add_update"),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        edits=(
            Edit(_update_itself, unsafe="The update is made at each call of the layer, also where training is False."),
        ),
        uses=(Method("{layer,model}", "add_update"),),
    ),
    Rule(
        code="KD828",
        slug="api-metric-reset-states",
        area="api",
        title="A metric has no reset_states()",
        explanation=(
            "`metric.reset_states()` stops with an AttributeError. Call `reset_state()`, without the s. The "
            "numbers are the same.\n\n"
            "Keras 2 had both names for years; Keras 3 has the new one only. Custom training loops call it at the end "
            "of each epoch."
        ),
        symptoms=(
            "AttributeError: 'Mean' object has no attribute 'reset_states'",
            "AttributeError: '...' object has no attribute 'reset_states'",
        ),
        remedies=(
            CodeChange("Call reset_state"),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        edits=(Edit(rename_member({"reset_states": "reset_state"})),),
        uses=(Method("metric", "reset_states"),),
    ),
    Rule(
        code="KD829",
        slug="api-shape-as-list",
        area="api",
        title="x.shape.as_list() fails between layers",
        explanation=(
            "`x.shape.as_list()` stops with an AttributeError; no result is wrong. Write `tuple(x.shape)`, which "
            "works on Keras 2 and 3.\n\n"
            "On Keras 3 the shape of a symbolic tensor is an ordinary tuple, not TensorFlow's `TensorShape`. A "
            "symbolic tensor is that of `Input`, or of a layer's output while a functional model is built. "
            "`as_list()`, `ndims` and `rank` are missing. `len(x.shape)` and `x.shape[1]` work on Keras 2 and 3. "
            "Inside a layer's `call`, where TensorFlow's own tensors arrive, nothing changed."
        ),
        symptoms=(
            "AttributeError: 'tuple' object has no attribute 'as_list'",
            Symptom("AttributeError: 'tuple' object has no attribute 'rank'", generic=True),
            Symptom("AttributeError: 'tuple' object has no attribute 'ndims'", generic=True),
        ),
        remedies=(
            CodeChange("Make a tuple of the shape"),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        edits=(Edit(_function_of("list")),),
        uses=(Method("tensor-shape", "as_list"),),
    ),
    Rule(
        code="KD830",
        slug="api-lambda-output-shape",
        area="api",
        title="A Lambda layer's output shape cannot be inferred",
        explanation=(
            "Keras 3 refuses the Lambda layer while the model is built; no result is wrong. Pass `output_shape=` "
            "without the batch size, or correct what the function calls.\n\n"
            "Keras 3 must know the shape of every layer's output, so it runs the function once. TensorFlow cannot tell "
            "the shape of `tf.py_function` or `tf.numpy_function`. The same message appears where the function stops "
            "with any other error, for example a backend function that is gone. Keras 2 left the shape open."
        ),
        symptoms=(
            "NotImplementedError: Exception encountered when calling Lambda.call(). We could not automatically infer "
            "the shape of the Lambda's output. Please specify the `output_shape` argument for this Lambda layer. ...",
        ),
        remedies=(
            CodeChange("Pass output_shape="),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/21089",
                "The same message in Mask R-CNN, fixed by giving output_shape to the Lambda layers.",
            ),
            Reference(
                "https://github.com/matterport/Mask_RCNN/issues/3038",
                "The same message in Mask R-CNN, fixed by giving output_shape to the Lambda layers.",
            ),
        ),
        uses=(
            Call(
                "keras.layers.Lambda",
                (
                    Argument("function", position=0),
                    Argument("output_shape", position=1, absent=True),
                ),
                when=_calls_python,
            ),
        ),
    ),
    Rule(
        code="KD831",
        slug="api-variable-ref",
        area="api",
        title="A weight has no ref(): it is not a tf.Variable",
        explanation=(
            "`weight.ref()` stops with an AttributeError; no result is wrong. Use `id(weight)` or `weight.path` "
            "as the key of a dict or set.\n\n"
            "The weights of a Keras 3 model are Keras variables, with the TensorFlow variable inside them. What only a "
            "`tf.Variable` has is missing. `isinstance(weight, tf.Variable)` is False and gives no message."
        ),
        symptoms=(
            "AttributeError: 'Variable' object has no attribute 'ref'",
            Symptom("AttributeError: '...' object has no attribute 'ref'", generic=True),
        ),
        remedies=(
            CodeChange("Use id(weight) as the key"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19970",
                "A project that moves from Keras 2 to 3 finds that variables no longer have the ref method.",
            ),
        ),
        edits=(Edit(_function_of("id", unless=".deref")),),
        uses=(Method("weight", "ref"),),
    ),
    Rule(
        code="KD832",
        slug="api-saving-module",
        area="api",
        title="tf.keras.saving is missing",
        explanation=(
            "`tf.keras.saving` stops with an AttributeError; no result is wrong. Write `from tensorflow.keras.saving "
            "import ...`, or use `tf.keras.utils.register_keras_serializable`, the same function.\n\n"
            "Keras has a module called `saving`, but `tf.keras` of TensorFlow 2.16 and later does not expose it as an "
            "attribute. `from tensorflow.keras.saving import register_keras_serializable` works, and so does "
            "`keras.saving` after `import keras`."
        ),
        symptoms=(
            "AttributeError: module 'keras._tf_keras.keras' has no attribute 'saving'",
            "AttributeError: module '...keras' has no attribute 'saving'",
        ),
        remedies=(
            CodeChange("Use tf.keras.utils", stacks=(StackId.TF_KERAS,)),
            UseLegacyKeras(),
        ),
        measured=(
            "Measured: missing on Keras 3.4.1 and 3.15.1, there on Keras 2.15.0; the import works on 3.15.1 and 2.15.0"
        ),
        edits=(Edit(rename({"keras.saving": "keras.utils"})),),
        uses=(Name("tf.keras.saving", imported=False),),
    ),
    Rule(
        code="KD833",
        slug="api-np-utils",
        area="api",
        title="keras.utils.np_utils is gone",
        explanation=(
            "The import of `keras.utils.np_utils` fails. Import `to_categorical` from `keras.utils`, on every "
            "release. The numbers are the same.\n\n"
            "Old tutorials import `to_categorical` from there. Since Keras 2.13 only public names can be imported from "
            "`keras`, and this was none. Legacy Keras is no fix: it lacks the module too."
        ),
        symptoms=(
            "ModuleNotFoundError: No module named 'keras.utils.np_utils'",
            "ImportError: cannot import name 'np_utils' from 'keras.utils' (...)",
        ),
        remedies=(CodeChange("Import it from keras.utils", stacks=(StackId.KERAS,)),),
        references=(
            Reference(
                "https://github.com/Homebrew/homebrew-core/pull/135893",
                "Quotes the release notes of TensorFlow 2.13: in the keras package only symbols that are intended to "
                "be public can be accessed from then on.",
            ),
        ),
        measured="Measured: there on Keras 2.12.0, gone on 2.15.0, 3.4.1 and 3.15.1",
        edits=(Edit(rename({"keras.utils.np_utils": "keras.utils"})),),
        uses=(Name("keras.utils.np_utils"),),
    ),
    Rule(
        code="KD834",
        slug="api-layers-core",
        area="api",
        title="keras.layers.core and other inner modules are gone",
        explanation=(
            "The import of `keras.layers.core` or `keras.engine` fails. Import the layers from `keras.layers`, "
            "on every release. The model is the same.\n\n"
            "`keras.layers.core`, `keras.layers.convolutional`, `keras.layers.normalization`, `keras.engine` and "
            "similar modules were inner files of Keras. Since Keras 2.13 only public names can be imported. Legacy "
            "Keras is no fix."
        ),
        symptoms=(
            "ModuleNotFoundError: No module named 'keras.layers.core'",
            "ModuleNotFoundError: No module named 'keras.layers...'",
            "ModuleNotFoundError: No module named 'keras.engine'",
        ),
        remedies=(CodeChange("Import the layers from keras.layers", stacks=(StackId.KERAS,)),),
        references=(
            Reference(
                "https://github.com/Homebrew/homebrew-core/pull/135893",
                "Quotes the release notes of TensorFlow 2.13: in the keras package only symbols that are intended to "
                "be public can be accessed from then on.",
            ),
        ),
        measured="Measured: keras.layers.core is there on Keras 2.12.0, gone on 2.15.0, 3.4.1 and 3.15.1",
        edits=(Edit(rename(_OLD_MODULES)),),
        uses=(
            Name("keras.engine"),
            Name(
                "keras.layers.{core,convolutional,convolutional_recurrent,recurrent,normalization,embeddings,pooling,merge,wrappers}"
            ),
            Name("keras.layers.{advanced_activations,noise,local}"),
        ),
    ),
    Rule(
        code="KD835",
        slug="api-mixed-imports",
        area="api",
        title="keras and tf.keras are two different Kerases here",
        explanation=(
            "Your program mixes `keras` (Keras 3) and `tf.keras` (Keras 2). Some layers are never trained or "
            "saved, and the model really is worse. Import everything through one name, and train again.\n\n"
            "With `TF_USE_LEGACY_KERAS=1`, `tf.keras` is Keras 2 and `import keras` stays Keras 3. A program that "
            "imports from both then builds models of two libraries. A Sequential model refuses layers of the other "
            "library. A functional model accepts them and gives no message. But `summary()` does not count their "
            "weights, `fit` does not train them and `save` does not write them. The same holds for `tf_keras` together "
            "with `keras`. Where both names are the same Keras, mixing them is harmless."
        ),
        symptoms=(
            "TypeError: The added layer must be an instance of class Layer. Received: layer=... of type <class "
            "'keras.src.layers...'>.",
            Symptom(
                "ValueError: Only instances of `keras.Layer` can be added to a Sequential model. Received: ...",
                generic=True,
            ),
            "summary() counts too few parameters, and some layers never learn.",
        ),
        remedies=(
            CodeChange("Import everything through tensorflow.keras", stacks=EVERY_STACK),
            SetVariable(
                LEGACY_VARIABLE,
                None,
                title="Run all of it on Keras 3",
                cost="What the variable was set for breaks again.",
            ),
        ),
        silent=True,
        measured=(
            "Measured: the weights are missing with tf-keras 2.21.0 together with Keras 3.15.1; right on Keras 2.12.0 "
            "and 2.15.0, and on 3.4.1 and 3.15.1 where the variable is not set"
        ),
        edits=(Edit(_through_tensorflow),),
        uses=(
            Together(
                Name("tf.keras.{layers,models,Model,Sequential,Input}"),
                Name("keras.{layers,models,Model,Sequential,Input}", stacks=("keras",), imported=True),
            ),
        ),
    ),
    Rule(
        code="KD836",
        slug="api-compat-v1-layers",
        area="api",
        title="tf.compat.v1.layers is not available with Keras 3",
        explanation=(
            "`tf.compat.v1.layers` stops with an AttributeError; no result is wrong. Install tf-keras and set "
            "`TF_USE_LEGACY_KERAS=1`, or use the layers of `tf.keras`.\n\n"
            "`tf.compat.v1.layers.dense`, `conv2d`, `batch_normalization` and similar functions of TensorFlow 1 exist "
            "in Keras 2 only. So do the cells of `tf.compat.v1.nn.rnn_cell`. With the variable, graphs of TensorFlow 1 "
            "run without changes."
        ),
        symptoms=("AttributeError: `...` is not available with Keras 3.",),
        remedies=(
            UseLegacyKeras(),
            CodeChange(
                "Use the layers of tf.keras",
                stacks=(StackId.TF_KERAS,),
                cost="Outside of a TensorFlow 1 graph and session: the program around it changes as well.",
            ),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        uses=(Name("tf.compat.v1.layers"), Name("tf.compat.v1.nn.rnn_cell")),
    ),
    Rule(
        code="KD837",
        slug="api-predict-classes",
        area="api",
        title="predict_classes and predict_proba are gone",
        explanation=(
            "`predict_classes` stops with an AttributeError; the model is fine. With a softmax, take "
            "`np.argmax(model.predict(x), axis=-1)`; with a single sigmoid, `model.predict(x) > 0.5`.\n\n"
            "`predict_classes` gave the most likely class of each example; `predict_proba` gave what `predict` gives. "
            "They were removed before any release on which kdoctor was measured, so legacy Keras is no fix. Never use "
            "`argmax` with one sigmoid: the largest of a single value is always the first. It gives class 0 for every "
            "example and no message."
        ),
        symptoms=(
            "AttributeError: 'Sequential' object has no attribute 'predict_classes'",
            "AttributeError: 'Sequential' object has no attribute 'predict_proba'",
            "AttributeError: 'Functional' object has no attribute 'predict_classes'",
        ),
        remedies=(
            CodeChange("With a softmax over the classes, take the position of the largest value"),
            CodeChange("With a single sigmoid, compare with 0.5", before="before_sigmoid", after="after_sigmoid"),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/17156",
                "A user meets the AttributeError, and is shown np.argmax of what predict gives.",
            ),
            Reference(
                "https://github.com/hunkim/DeepLearningZeroToAll/pull/271",
                "A course is changed because predict_classes was removed in 2.6.",
            ),
        ),
        edits=(
            Edit(rename_member({"predict_proba": "predict"})),
            Edit(_classes_of(one=True, sure=True)),
            Edit(_classes_of(one=False, sure=True)),
            Edit(_classes_of(one=False, sure=False), unsafe="A model with one output needs `> 0.5` in its place."),
        ),
        uses=(
            Method("model", "predict_classes", distinctive=True),
            Method("model", "predict_proba", when=_is_sequential),  # elsewhere it is likelier to be scikit-learn's
        ),
    ),
    Rule(
        code="KD838",
        slug="api-tensorflow-python-keras",
        area="api",
        title="Layers and models of tensorflow.python.keras do not work",
        explanation=(
            "Layers and models from `tensorflow.python.keras` stop with an error, in models of `tf.keras` and "
            "among themselves; no result is wrong. Write `tensorflow.keras`; the names are the same.\n\n"
            "Editors like to import from there. Since TensorFlow 2.6 it is a copy which nobody maintains. Its layers "
            "are none of tf.keras: tf.keras.Sequential refuses them, a functional model fails on them with messages "
            "that speak of something else, and its own models stop in fit. Its to_categorical and its callbacks still "
            "run."
        ),
        symptoms=(
            "ValueError: Only instances of `keras.Layer` can be added to a Sequential model. Received: "
            "<tensorflow.python.keras.layers.core.{layer} object at {text}> (of type {text})",
            Symptom("AttributeError: 'tuple' object has no attribute 'rank'", generic=True),
            "AttributeError: module 'tensorflow.python.distribute.input_lib' has no attribute "
            "'DistributedDatasetInterface'",
        ),
        remedies=(Advice("Import from tensorflow.keras", "from tensorflow.keras.layers import Dense"),),
        canary=False,
        where=_has_tensorflow,
        measured="Measured: layers, models and fit fail on TensorFlow 2.15.1 and 2.21.0.",
        uses=(
            Call("tensorflow.python.keras.{layers,models,optimizers,optimizer_v2,optimizers_v2,engine}.**"),
            Call("tensorflow.python.keras.{Model,Sequential,Input}"),
            Call("tensorflow.python.keras.backend.*", to="tensor"),
            Name(
                "tensorflow.python.keras.{layers,models,engine,Model,Sequential,Input,optimizers}",
                imported=True,
                when=likely,
            ),
        ),
    ),
    Rule(
        code="KD842",
        slug="api-metric-name-positional",
        area="api",
        title="super().__init__(name) of a metric takes a dtype first",
        explanation=(
            "Creating a metric class of your own stops with a ValueError, or the metric has another name. Its "
            "numbers and the model are right. Write `name=` before the name.\n\n"
            "`Metric.__init__` of Keras 2 takes `name` first and `dtype` second, that of Keras 3 the other way round. "
            "Up to Keras 3.4 the name is ignored without a message, so the logs have the name of the class and "
            "callbacks that monitor the other one do nothing; later releases refuse it as a dtype."
        ),
        symptoms=(
            "ValueError: Cannot convert '{name}' to a mixed precision DTypePolicy. Valid policies include "
            "'mixed_float16', 'mixed_bfloat16', and the name of any float dtype such as 'float32'.",
        ),
        remedies=(CodeChange("Write name= (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured="Measured: ignored on Keras 3.0.5 to 3.4.1, raises on 3.5.0 to 3.15.1, right on Keras 2.15",
        edits=(Edit(lambda editor: editor.name_arguments("name", "dtype")),),
        uses=(Method("metric", "__init__", (Argument(position=0),), when=_names_itself),),
    ),
    Rule(
        code="KD839",
        slug="api-model-outputs-written",
        area="api",
        title="model.outputs and model.inputs cannot be set",
        explanation=(
            "`model.outputs = [...]` stops with an AttributeError on Keras 3; the model stays as it was. Make a "
            "new model of the same layers, which shares their weights.\n\n"
            "Programs cut a model short in this way. In Keras 3 outputs and inputs are properties without a setter."
        ),
        symptoms=("AttributeError: property 'outputs' of 'Functional' object has no setter",),
        remedies=(
            Advice("Make a new model", "shorter = keras.Model(model.inputs, model.layers[-2].output)"),
            UseLegacyKeras(),
        ),
        measured="Measured: raises on Keras 3.4.1 and 3.15.1, right on Keras 2.15",
        uses=(Attribute("model", "{outputs,inputs}", how="written", when=_is_functional),),
    ),
    Rule(
        code="KD840",
        slug="api-get-file-path",
        area="api",
        title="get_file takes a file name, no path",
        explanation=(
            '`get_file("/data/set.zip", origin=...)` stops with a ValueError on newer releases of Keras 3; no '
            "result is wrong. Give the bare name, and the folder by `cache_dir`.\n\n"
            "Keras 2 stored under that path. Now a path could lead out of the cache folder, and is refused."
        ),
        symptoms=(
            "ValueError: Paths are no longer accepted as the `fname` argument. To specify the file's parent directory, "
            "use the `cache_dir` argument. Received: fname={path}",
        ),
        remedies=(Advice("Give the folder by cache_dir", 'get_file("set.zip", origin=..., cache_dir="/data")'),),
        measured="Measured: raises on Keras 3.6.0 to 3.15.1, right on 3.0.5 to 3.5.0 and on Keras 2.15",
        uses=(Call("keras.utils.get_file", (Argument("fname", position=0),), when=_is_a_path),),
    ),
    Rule(
        code="KD841",
        slug="api-outputs-nested",
        area="api",
        title="Model(outputs=[x, model.output]) is a list within a list",
        explanation=(
            "On Keras 3 `model.output` is a list where the model was made with `outputs=[x]`. Inside another "
            "model's outputs the code then stops at an index; no number is wrong. Take `model.outputs[0]`.\n\n"
            "Keras 2 took the brackets off. What is unpacked from a call of the other model is a list where a tensor "
            "is meant, and cannot be indexed like one. Grad-CAM is the usual case."
        ),
        symptoms=(Symptom("TypeError: list indices must be integers or slices, not tuple", generic=True),),
        remedies=(
            Advice("Take the tensor out of the list", "keras.Model(model.inputs, [layer.output, model.outputs[0]])"),
            UseLegacyKeras(),
        ),
        measured="Measured: broken on Keras 3.4.1 and 3.15.1, right on Keras 2.15 and tf-keras 2.21",
        uses=(
            Call("keras.Model", when=_has_a_list_among_outputs),
            Method("outputs", "__getitem__"),
            Attribute("outputs", "{shape,dtype,get_shape,numpy,set_shape}"),
        ),
    ),
)
