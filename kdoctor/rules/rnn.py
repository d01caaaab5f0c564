"""Recurrent layers that keep their state from one batch to the next."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from kdoctor.rules.edits import Edit, Editor
from kdoctor.rules.patterns import Argument, Call, Method
from kdoctor.rules.rule import CodeChange, HealthyPage, Reference, Rule, UseLegacyKeras


def _between(editor: Editor, items: Sequence[ast.AST]) -> str:
    """What stands between the first two items of a list: a comma, and what follows it."""
    if len(items) < 2:
        return ", "
    found = editor.source.text[editor.source.of(items[0])[1] : editor.source.of(items[1])[0]]
    return found if "#" not in found and found.lstrip()[:1] == "," else ", "


def _free(editor: Editor, *names: str) -> str:
    """The first of the names that nothing in the file has; empty where all are taken."""
    return next((name for name in names if editor.module.is_free(name)), "")


def _input_first(editor: Editor) -> bool:
    """An Input in front of the layer, where that begins a Sequential model."""
    call, shape = editor.call, editor.arguments.expression("batch_input_shape")
    if call is None or shape is None:
        return False
    parents = editor.module.parents
    around = parents.get(call)
    start = 0
    text = "{input}(batch_shape={shape})"
    if isinstance(around, ast.List) and around.elts[0] is call:
        start, text = editor.source.of(call)[0], text + _between(editor, around.elts)
    elif isinstance(around, ast.Call) and isinstance(around.func, ast.Attribute) and around.func.attr == "add":
        statement = parents.get(around)
        margin = editor.margin(statement) if isinstance(statement, ast.Expr) else None
        if statement is None or margin is None or around.args != [call]:
            return False
        start = editor.source.of(statement)[0]
        text = f"{editor.said(around.func)}({text})\n{margin}"
    name = editor.name("keras.Input", "keras.layers.Input") if start else ""
    if not name:
        return False
    editor.replace((start, start), text.format(input=name, shape=editor.said(shape)))
    return editor.drop_keywords("batch_input_shape")


def _reset_layers(editor: Editor) -> bool:
    """Reset every layer of the model that has a state."""
    call, statement, layer = editor.call, editor.statement(), _free(editor, "layer", "one_layer")
    if call is None or statement is None or not isinstance(call.func, ast.Attribute) or not layer:
        return False
    lines = (
        f"for {layer} in {editor.said(call.func.value)}.layers:",
        f'    if hasattr({layer}, "reset_states"):',
        f"        {layer}.reset_states()",
    )
    return editor.replace(statement, f"\n{editor.margin(statement)}".join(lines))


def _reset_plain(editor: Editor) -> bool:
    """The same where it is known that no layer of the model is a model."""
    model = editor.site.receiver
    given = model.arguments.value("layers", 0).items if model.arguments is not None else ()
    added = [event.arguments.value("layer", 0) for event in model.events if event.name == "add" and event.arguments]
    layers = [*given, *added]
    is_plain = model.made_by == "keras.Sequential" and layers and all(one.kind in ("layer", "tensor") for one in layers)
    return bool(is_plain) and _reset_layers(editor)


PAGES: tuple[HealthyPage, ...] = (
    HealthyPage(
        slug="rnn-stateful-carry",
        belief="Stateful RNNs no longer work on Keras 3: the state is not kept between batches, or cannot be cleared.",
        truth=(
            "On every release that was run, Keras 2.12 to 3.15, two halves of a sequence in turn give what the whole "
            "gives. `layer.reset_states()` clears the state. On Keras 3 the method is called `reset_state()`, and "
            "`reset_states()` is another name for it; Keras 2 has only `reset_states()`. What is gone: see "
            "rnn-batch-input-shape, rnn-model-reset-states and rnn-reset-states-values. One exception was met: Keras "
            '3.8.0 with JAX 0.10.2, where a reset raises "ValueError: Could not convert <Variable ...". Keras 3.15.1 '
            "is right with that JAX."
        ),
        references=(
            Reference(
                "https://github.com/ageron/handson-ml3/issues/163",
                'The author of a book lists stateful RNNs among what is "buggy or just not supported yet" in Keras 3.',
            ),
        ),
    ),
    HealthyPage(
        slug="rnn-stateful-bidirectional",
        belief="A stateful Bidirectional layer loses its states on Keras 3, or they cannot be reset.",
        truth=(
            "On every release that was run, Keras 2.12 to 3.15, the forward and the backward state are both kept from "
            "one batch to the next. `reset_states()` of the Bidirectional layer clears both."
        ),
    ),
)


def _assign_states(editor: Editor) -> bool:
    """Assign each state by itself, where they are written as a list."""
    call, given = editor.call, editor.arguments.expression("states", 0)
    statement = editor.statement()
    if call is None or statement is None or not isinstance(call.func, ast.Attribute):
        return False
    if not isinstance(editor.module.assigned(given), (ast.List, ast.Tuple)) or given is None:
        return False
    state, value = _free(editor, "state", "one_state"), _free(editor, "value", "state_value")
    layer, margin = editor.said(call.func.value), editor.margin(statement)
    lines = f"for {state}, {value} in zip({layer}.states, {editor.said(given)}):\n{margin}    {state}.assign({value})"
    return bool(state and value) and editor.replace(statement, lines)


RULES: tuple[Rule, ...] = (
    Rule(
        code="KD101",
        slug="rnn-batch-input-shape",
        area="rnn",
        title="batch_input_shape= is refused",
        explanation=(
            "A layer with `batch_input_shape=` stops with a ValueError. Put `Input(batch_shape=(batch, steps, "
            "features))` first in the model and delete the argument. The numbers do not change.\n\n"
            "A stateful RNN must know its batch size when it is built. Keras 2 took the size from the first layer's "
            "`batch_input_shape=`. Keras 3 removed that argument from every layer, `Embedding` included."
        ),
        symptoms=("ValueError: Unrecognized keyword arguments passed to ...: {'batch_input_shape': ...}",),
        remedies=(
            CodeChange("Put Input(batch_shape=...) first and delete batch_input_shape= (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/20106",
                "LSTM(4, batch_input_shape=...) stops with this message on TensorFlow 2.17.0 with Keras 3.4.1; the "
                'answers say "That\'s the usage in Keras 2" and point to Input with batch_shape.',
            ),
            Reference(
                "https://github.com/MITDeepLearning/introtodeeplearning/issues/160",
                "A course notebook stops with the same message for Embedding(batch_input_shape=[32, None]) since "
                "TensorFlow 2.16.",
            ),
        ),
        edits=(Edit(_input_first),),
        uses=(Call("keras.layers.*", (Argument("batch_input_shape"),)),),
    ),
    Rule(
        code="KD102",
        slug="rnn-model-reset-states",
        area="rnn",
        title="model.reset_states() is gone",
        explanation=(
            "`model.reset_states()` stops with an AttributeError; no result is wrong. Call "
            "`layer.reset_states()` on each recurrent layer instead. The numbers are as before.\n\n"
            "In Keras 2 a model could clear the states of all its RNNs at once. In Keras 3 only the recurrent layers "
            "have the method, `Bidirectional` included. Its new name is `reset_state()`. The old name `reset_states()` "
            "still works on a layer, and it is the one that also runs on Keras 2. The fix below also reaches models "
            "inside the model. A plain loop over `model.layers` would skip them and give no message."
        ),
        symptoms=(
            "AttributeError: 'Sequential' object has no attribute 'reset_states'",
            "AttributeError: 'Functional' object has no attribute 'reset_states'",
        ),
        remedies=(
            CodeChange("Reset layer by layer (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/MITDeepLearning/introtodeeplearning/issues/174",
                "The documentation asks users to call reset_states() on a layer or on the entire model; the author of "
                "a book reports that explanation as outdated.",
            ),
            Reference(
                "https://github.com/keras-team/keras/issues/20327",
                "The documentation asked users to call reset_states() on a layer or on the entire model; the author of "
                "a book reports that explanation as outdated.",
            ),
        ),
        edits=(
            Edit(_reset_plain),
            Edit(_reset_layers, unsafe="Layers of a model inside the model are not reset."),
        ),
        uses=(Method("model", "reset_states"),),
    ),
    Rule(
        code="KD103",
        slug="rnn-reset-states-values",
        area="rnn",
        title="reset_states(states) no longer takes states",
        explanation=(
            "`layer.reset_states(states=[...])` stops with a TypeError; no result is wrong. Assign your start "
            "states to the variables in `layer.states` instead. The numbers are as before.\n\n"
            "In Keras 2 this call started a stateful RNN from states of your choice. In Keras 3 `reset_states()` takes "
            "no argument and sets the states to zero. The states are ordinary variables in `layer.states` once the "
            "layer is built. For an LSTM the hidden state comes first, then the cell state."
        ),
        symptoms=(
            "TypeError: ...reset_states() got an unexpected keyword argument 'states'",
            "TypeError: ...reset_states() takes 1 positional argument but 2 were given",
        ),
        remedies=(
            CodeChange("Assign to layer.states (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        measured=(
            "Measured: Keras 3.0.5, 3.4.1, 3.8.0, 3.10.0, 3.11.3, 3.12.0 and 3.15.1 raise; Keras 2 and tf-keras do not"
        ),
        edits=(Edit(_assign_states),),
        uses=(
            Method("layer", "reset_states", (Argument(position=0),)),
            Method("layer", "reset_states", (Argument("states"),)),
        ),
    ),
    Rule(
        code="KD104",
        slug="rnn-stateful-fit",
        area="rnn",
        title="A callback that resets a stateful RNN stops the training",
        explanation=(
            "`fit()` stops before the first batch, because the callback calls `self.model.reset_states()`. Reset the "
            "layers in the callback instead; the model then trains as before.\n\n"
            "Books and courses train stateful RNNs with such a callback. In Keras 3 models have no `reset_states()`. "
            "Where the first layer has `batch_input_shape=`, the program stops even earlier: see "
            "rnn-batch-input-shape. Only the call is gone. With a callback that resets the layers, states carry over "
            "from batch to batch and start each epoch at zero. The losses are those that NumPy computes. If your model "
            "has models inside it, use the function of rnn-model-reset-states."
        ),
        symptoms=(
            "AttributeError: 'Sequential' object has no attribute 'reset_states'",
            "ValueError: Unrecognized keyword arguments passed to ...: {'batch_input_shape': ...}",
        ),
        remedies=(
            CodeChange("Reset the layers in the callback (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/ageron/handson-ml3/issues/163",
                "The author of a book whose chapter 16 trains a stateful RNN writes that stateful RNNs, among others, "
                '"are buggy or just not supported yet" in Keras 3 and that legacy Keras "just works".',
            ),
            Reference(
                "https://github.com/tensorflow/tensorflow/issues/86310",
                "On TensorFlow 2.18 a stateful LSTM's batch_input_shape is not recognised and model.reset_states() "
                '"appears broken".',
            ),
        ),
        edits=(Edit(_reset_layers, unsafe="Layers of a model inside the model are not reset."),),
        uses=(Method("model", "reset_states", inside="callback"),),
    ),
)
