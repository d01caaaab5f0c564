"""What is known to break with ragged tensors."""

from __future__ import annotations

import ast

from kdoctor.rules.edits import Edit, Editor, drop_keyword
from kdoctor.rules.patterns import Applied, Argument, Call, Method
from kdoctor.rules.rule import CodeChange, HealthyPage, Reference, Rule, Upgrade, UseLegacyKeras

ROADMAP = Reference(
    "https://github.com/keras-team/keras/issues/20073",
    "Keras 3 has no clear roadmap for full ragged support, says a maintainer; support is partial, for some operations.",
)
ARGUMENT_ADDED = Reference(
    "https://github.com/keras-team/keras/pull/20757",
    "Adds the `ragged` option to KerasTensor, InputLayer and convert_to_tensor, as a preliminary part of support.",
)
PADDING_COST = "Uses memory for the padding. No real value may equal the padding value."

PAGES: tuple[HealthyPage, ...] = (
    HealthyPage(
        slug="ragged-text-vectorization",
        belief="TextVectorization(ragged=True) fails on Keras 3, because Keras 3 has no ragged tensors.",
        truth=(
            "It returns the same RaggedTensor on every release that was run, Keras 2.12 to 3.15. That holds when "
            "called directly, in a Sequential model, after `adapt()` and in tf.data. Only the layers behind it may "
            "refuse the result: see ragged-fit and ragged-dense. Delete `ragged` to get rows padded with zeros instead."
        ),
    ),
)


def _on_flat_values(editor: Editor) -> bool:
    """Apply the layer to the values, and put the rows back."""
    given = editor.arguments.expression(position=0)
    if editor.call is None or not isinstance(given, ast.Name):
        return False
    name = editor.said(given)
    return editor.replace(given, f"{name}.flat_values") and editor.wrap(editor.call, f"{name}.with_flat_values(", ")")


def _reduce(editor: Editor) -> bool:
    """TensorFlow's own reduction over the steps."""
    given, what = editor.arguments.expression(position=0), editor.site.receiver.made_by
    function = editor.name("tf.reduce_max" if "Max" in what else "tf.reduce_mean")
    if editor.call is None or given is None or not function:
        return False
    return editor.replace(editor.call, f"{function}({editor.said(given)}, axis=1)")


RULES: tuple[Rule, ...] = (
    Rule(
        code="KD401",
        slug="ragged-input",
        area="ragged",
        title="Input(ragged=True) is refused",
        explanation=(
            "`Input(ragged=True)` stops with a TypeError; no result is wrong. Delete `ragged=True`, or pad the "
            "batch and mask the padding. The model is not worse with either.\n\n"
            "The first releases of Keras 3 dropped the argument. It was refused on Keras 3.0 to 3.8, and accepted "
            "again on 3.10 and later. Layers do not need the argument to compute with ragged tensors. Without it the "
            "same batch goes through a model's input on every release that was run, and pooling gives the right "
            "averages. But only some layers accept ragged tensors: `Dense` and the recurrent layers raise on every "
            "Keras 3. For those, pad the batch and mask the padding. The releases that refuse `Input(ragged=True)` "
            "accept `InputLayer(ragged=True)` and ignore it."
        ),
        symptoms=("TypeError: Input() got an unexpected keyword argument 'ragged'",),
        remedies=(
            CodeChange(
                "Leave ragged=True out",
                cost="Only where the layers behind it accept ragged tensors, as pooling and (from 3.3) `Embedding` do.",
            ),
            CodeChange("Pad the batch and mask the padding", after="after_padded", cost=PADDING_COST),
            Upgrade("keras", ">=3.10", cost="`Dense` and the recurrent layers refuse ragged tensors there too."),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19646",
                "\"TypeError: Input() got an unexpected keyword argument 'ragged'\" on TensorFlow 2.16; answered that "
                "Keras 3 does not support ragged tensors at this time.",
            ),
            ARGUMENT_ADDED,
            Reference(
                "https://github.com/keras-team/keras/issues/20073",
                "A maintainer: support is partial; `ragged=True` need not be said in keras.Input.",
            ),
        ),
        edits=(Edit(drop_keyword("ragged"), unsafe="The layers behind it must take ragged batches themselves."),),
        uses=(
            Call("keras.Input", (Argument("ragged", value=True),)),
            Call("keras.layers.InputLayer", (Argument("ragged", value=True),)),
        ),
    ),
    Rule(
        code="KD402",
        slug="ragged-fit",
        area="ragged",
        title="LSTM and GRU cannot be fitted on a RaggedTensor",
        explanation=(
            "A GRU or LSTM stops with an error when it gets a ragged batch. Pad the batch with 0 and let the "
            "`Embedding` mask it (`mask_zero=True`). The model is not worse.\n\n"
            "In Keras 2 these layers read each row of a ragged tensor up to its own end. In Keras 3 they raise, seen "
            "on every release that was run, from 3.0 to 3.15. On 3.0 the `Embedding` in front of them raises already. "
            "With padding and a mask the predictions are the same as with the ragged batch. The padding number must be "
            "one that no token has."
        ),
        symptoms=(
            "ValueError: Exception encountered when calling GRU.call(). ... "
            "Cannot index into an inner ragged dimension. ...",
            "ValueError: Exception encountered when calling LSTM.call(). ... "
            "Cannot index into an inner ragged dimension. ...",
            "ValueError: Exception encountered when calling GRU.call(). ... Index 1 is not uniform ...",
            "ValueError: Exception encountered when calling Embedding.call(). ... "
            "TypeError: object of type 'RaggedTensor' has no len() ...",
            "TypeError: Exception encountered when calling Embedding.call(). ... "
            "Failed to convert elements of tf.RaggedTensor(...) to Tensor. ...",
        ),
        remedies=(
            CodeChange(
                "Pad with 0 and let the Embedding mask it",
                cost="Uses memory for the padding. Real tokens have to start at 1.",
            ),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/ageron/handson-ml3/issues/157",
                'The book\'s ragged GRU raises "Cannot index into an inner ragged dimension. ..."; padding the batch '
                "fixes it.",
            ),
            ROADMAP,
        ),
        uses=(
            Applied("keras.layers.{RNN,LSTM,GRU,SimpleRNN,Bidirectional}", to="ragged"),
            Method(
                "model",
                "{fit,predict,evaluate,train_on_batch,predict_on_batch}",
                (Argument("x", position=0, kind="ragged"),),
            ),
        ),
    ),
    Rule(
        code="KD403",
        slug="ragged-dense",
        area="ragged",
        title="Dense refuses a RaggedTensor",
        explanation=(
            "A `Dense` layer stops with an error when it gets a ragged tensor. Apply it to the flat steps and "
            "restore the rows afterwards: the numbers are the same. Inside a model, pad and mask.\n\n"
            "Keras 2 applied `Dense` to each step of a ragged tensor and returned a ragged tensor. Keras 3 raises, "
            "with a message that depends on the release. It was seen on every release that was run. A `Dense` layer "
            "treats each step alone, so joining all rows into one does not change the numbers."
        ),
        symptoms=(
            "ValueError: Exception encountered when calling Dense.call(). ... `a` and `b` must have the same rank. ...",
            "ValueError: Exception encountered when calling Dense.call(). ... "
            "TypeError: object of type 'RaggedTensor' has no len() ...",
        ),
        remedies=(
            CodeChange(
                "Apply it to the flat steps and restore the rows",
                cost="For real tensors: in a tf.data pipeline or in a layer's `call()`, not on a model's `Input`.",
            ),
            CodeChange("Pad the batch and mask the padding", after="after_padded", cost=PADDING_COST),
            UseLegacyKeras(),
        ),
        references=(ROADMAP,),
        measured="Measured: Keras 3.0.5, 3.3.3, 3.4.1, 3.8.0, 3.10.0, 3.12.0, 3.15.1 raise; 2.12 to 2.21 do not",
        edits=(Edit(_on_flat_values),),
        uses=(Applied("keras.layers.Dense", to="ragged"),),
    ),
    Rule(
        code="KD404",
        slug="ragged-pooling",
        area="ragged",
        title="GlobalMaxPooling1D refuses a RaggedTensor",
        explanation=(
            "`GlobalMaxPooling1D` stops with an error when it gets a ragged tensor; no result is wrong. Upgrade "
            "Keras to 3.3 or newer, or compute the maximum with TensorFlow.\n\n"
            "This happens on Keras 3.0 only. `GlobalAveragePooling1D` works there and gives the right averages. Both "
            "work on Keras 3.3 and later, and do not count padding."
        ),
        symptoms=(
            "ValueError: Exception encountered when calling GlobalMaxPooling1D.call(). ... "
            "TypeError: object of type 'RaggedTensor' has no len() ...",
            "TypeError: Exception encountered when calling GlobalMaxPooling1D.call(). ... "
            "Failed to convert elements of tf.RaggedTensor(...) to Tensor. ...",
        ),
        remedies=(
            CodeChange(
                "Take the maximum with TensorFlow",
                cost="For real tensors: in a tf.data pipeline or in a layer's `call()`, not on a model's `Input`.",
            ),
            Upgrade("keras", ">=3.3"),
            UseLegacyKeras(),
        ),
        measured="Measured: Keras 3.0.5 raises; 3.3.3, 3.4.1, 3.8.0, 3.10.0, 3.12.0, 3.15.1 do not",
        edits=(Edit(_reduce, unsafe="The layer is no part of the model any more."),),
        uses=(Applied("keras.layers.Global{Max,Average}Pooling1D", to="ragged"),),
    ),
)
