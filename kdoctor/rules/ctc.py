"""What is known to break in connectionist temporal classification: handwriting, captcha and speech recognition."""

from __future__ import annotations

from kdoctor.rules.edits import Edit, rename
from kdoctor.rules.patterns import Argument, Call, Name
from kdoctor.rules.rule import CodeChange, Reference, Rule, Upgrade
from kdoctor.words import StackId

EXAMPLE_MIGRATION = Reference(
    "https://github.com/keras-team/keras-io/issues/1718",
    "Moving the handwriting recognition example to Keras 3 fails with \"module 'keras.backend' has no attribute "
    "'ctc_batch_cost'\".",
)
CAPTCHA_MIGRATION = Reference(
    "https://github.com/keras-team/keras-io/pull/1609",
    "The captcha example was moved to Keras 3 by copying the CTC functions into it, because keras.backend no longer "
    "exports them.",
)
CTC_DECODE_FIX = Reference(
    "https://github.com/keras-team/keras/pull/19633",
    "Counts the labels that are not the blank in losses.CTC, and mends ops.ctc_decode.",
)

KERAS = (StackId.KERAS,)
TO_TENSORFLOW = rename(
    {f"keras.backend.{name}": f"tf.keras.backend.{name}" for name in ("ctc_batch_cost", "ctc_decode")}
)

RULES: tuple[Rule, ...] = (
    Rule(
        code="KD201",
        slug="ctc-batch-cost-keras",
        area="ctc",
        title="keras.backend.ctc_batch_cost is gone",
        explanation=(
            "Keras 3 keeps only a few functions in `keras.backend`; the CTC loss is not among them, so code that says "
            "`import keras` stops with an AttributeError. The very same function is still there as "
            "`tf.keras.backend.ctc_batch_cost`, and gives the same numbers as Keras 2 did. "
            "Do not simply swap in `keras.losses.CTC`: it wants logits instead of probabilities, and its blank is "
            "class 0 instead of the last class, so without renumbering the labels it trains another model without "
            "a word."
        ),
        symptoms=(
            "AttributeError: module 'keras.backend' has no attribute 'ctc_batch_cost'",
            "AttributeError: module 'keras.api.backend' has no attribute 'ctc_batch_cost'",
        ),
        remedies=(
            CodeChange(
                "Call it through tf.keras",
                stacks=KERAS,
                cost="Needs TensorFlow, and real tensors: inside a layer, a loss function or a training step.",
            ),
            CodeChange(
                "Use keras.ops.ctc_loss with the blank where it was",
                after="after_ops",
                stacks=KERAS,
                cost="Takes logarithms of probabilities (or logits), and lengths of shape (batch,).",
            ),
        ),
        references=(EXAMPLE_MIGRATION, CAPTCHA_MIGRATION),
        edits=(Edit(TO_TENSORFLOW),),
        uses=(Name("keras.backend.ctc_batch_cost", stacks=("keras",)),),
    ),
    Rule(
        code="KD202",
        slug="ctc-loss",
        area="ctc",
        title="keras.losses.CTC counts the padding of labels",
        explanation=(
            "Labels of different lengths are padded with zeros, the number of the blank. The first releases of "
            "Keras 3 took the padding for part of the label, so every label that is shorter than the longest one gets "
            "a wrong loss, and training pulls the model the wrong way: this is not only a wrong number on the screen. "
            "Seen on Keras 3.0 and 3.3, right on 3.4 and later. The padding has to be 0: labels padded with -1, as "
            "was common with ctc_batch_cost, give a wrong loss on every release that was run, 3.15 included."
        ),
        symptoms=(
            "The loss of a short label changes with the length of the longest label in its batch.",
            "A model trained with keras.losses.CTC reads worse than the same model trained with ctc_batch_cost.",
        ),
        silent=True,
        remedies=(
            CodeChange("Give the lengths to keras.ops.ctc_loss", cost="A few lines in place of keras.losses.CTC."),
            Upgrade("keras", ">=3.4"),
        ),
        references=(
            CTC_DECODE_FIX,
            Reference(
                "https://github.com/keras-team/keras/issues/21876",
                "A text recognition model got worse on the way to Keras 3.12; ctc_batch_cost had used -1 as padding.",
            ),
        ),
        uses=(Call("keras.losses.CTC"),),
    ),
    Rule(
        code="KD203",
        slug="ctc-training-layer",
        area="ctc",
        title="The CTC layer of the recognition examples no longer works",
        explanation=(
            "The handwriting and captcha examples put the loss into the model with a layer that calls "
            "`keras.backend.ctc_batch_cost`. With `import keras`, Keras 3 no longer has that name; the layer itself, "
            "`add_loss` and the training still work once the function is taken from `tf.keras.backend`. "
            "Two things look different and are not: from Keras 3.3 on the loss that is printed is the sum over the "
            "batch, where Keras 2 and Keras 3.0 print the mean (the weights after training are the same); and a model "
            'that is compiled with `jit_compile=True`, as Keras 3 does by default on a GPU, stops with "Detected '
            'unsupported operations ... CTCLoss", because XLA has no such operation: pass `jit_compile=False`.'
        ),
        symptoms=(
            "AttributeError: module 'keras.backend' has no attribute 'ctc_batch_cost'",
            "AttributeError: module 'keras.api.backend' has no attribute 'ctc_batch_cost'",
            "InvalidArgumentError: ... Detected unsupported operations when trying to compile graph ... CTCLoss ...",
        ),
        remedies=(
            CodeChange(
                "Take the loss from tf.keras.backend",
                cost="On a GPU also compile with jit_compile=False. The loss printed may be a sum over the batch.",
            ),
        ),
        references=(
            EXAMPLE_MIGRATION,
            CAPTCHA_MIGRATION,
            Reference(
                "https://keras.io/guides/migrating_to_keras_3/",
                "Models are compiled with XLA by default on a GPU; operations that it does not support raise "
                '"Detected unsupported operations when trying to compile graph", and jit_compile=False avoids that.',
            ),
        ),
        edits=(Edit(TO_TENSORFLOW),),
        uses=(Call("keras.backend.ctc_batch_cost", stacks=("keras",), inside="layer"),),
    ),
    Rule(
        code="KD204",
        slug="ctc-decode-greedy",
        area="ctc",
        title="keras.backend.ctc_decode is gone (greedy)",
        explanation=(
            "Like the CTC loss, the decoder is no longer part of `keras.backend` in Keras 3. "
            "`tf.keras.backend.ctc_decode` is the same function and gives the same labels and scores as in Keras 2. "
            "`keras.ops.ctc_decode` is Keras 3's own: it wants logits or logarithms, and by default takes class 0 for "
            "the blank; the last class has to be named."
        ),
        symptoms=(
            "AttributeError: module 'keras.backend' has no attribute 'ctc_decode'",
            "AttributeError: module 'keras.api.backend' has no attribute 'ctc_decode'",
        ),
        remedies=(
            CodeChange("Call it through tf.keras", stacks=KERAS, cost="Needs TensorFlow."),
            CodeChange(
                "Use keras.ops.ctc_decode with the blank where it was",
                after="after_ops",
                stacks=KERAS,
                versions=">=3.3",
            ),
        ),
        references=(CAPTCHA_MIGRATION, CTC_DECODE_FIX),
        edits=(Edit(TO_TENSORFLOW),),
        uses=(Name("keras.backend.ctc_decode", stacks=("keras",)),),
    ),
    Rule(
        code="KD205",
        slug="ctc-decode-beam",
        area="ctc",
        title="keras.backend.ctc_decode is gone (beam search)",
        explanation=(
            "Like the CTC loss, the decoder is no longer part of `keras.backend` in Keras 3. "
            "`tf.keras.backend.ctc_decode` is the same function and gives the same labels and scores as in Keras 2, "
            "with the same flaw: with `greedy=False` it merges doubled labels that a blank had kept apart, so that "
            "`hello` is read as `helo`. `keras.ops.ctc_decode` and `tf.nn.ctc_beam_search_decoder` do not."
        ),
        symptoms=(
            "AttributeError: module 'keras.backend' has no attribute 'ctc_decode'",
            "AttributeError: module 'keras.api.backend' has no attribute 'ctc_decode'",
        ),
        remedies=(
            CodeChange("Call it through tf.keras", stacks=KERAS, cost="Needs TensorFlow."),
            CodeChange(
                "Use keras.ops.ctc_decode with the blank where it was",
                after="after_ops",
                stacks=KERAS,
                versions=">=3.3",
            ),
        ),
        references=(
            CAPTCHA_MIGRATION,
            CTC_DECODE_FIX,
            Reference(
                "https://github.com/tensorflow/tensorflow/issues/56506",
                "tf.keras.backend.ctc_decode merges repeated characters, and offers no argument to prevent it.",
            ),
        ),
        edits=(Edit(TO_TENSORFLOW),),
        uses=(Call("keras.backend.ctc_decode", (Argument("greedy", value=False),), stacks=("keras",)),),
    ),
    Rule(
        code="KD206",
        slug="ctc-blank-last",
        area="ctc",
        title="keras.losses.CTC in the place of ctc_batch_cost trains another model",
        silent=True,
        explanation=(
            "The two take the same labels and mean different things by them. ctc_batch_cost takes probabilities, and "
            "the last class is the blank; keras.losses.CTC takes logits, and class 0 is the blank. Labels that count "
            "from 0 go into both without a word, but with keras.losses.CTC the first letter of the alphabet is then "
            "the blank: it cannot be learned, and from 3.4 on it is not even counted where it stands in a label. "
            "The model trained in this way really is worse. Say which class is the blank, or move the labels up by "
            "one. Seen on every Keras 3 that was run, 3.0 to 3.15: it is not a fault that a release will mend."
        ),
        symptoms=(
            "a model trained with keras.losses.CTC never reads the first letter of the alphabet",
            "the loss is another number than with ctc_batch_cost, for the same model and labels",
        ),
        remedies=(
            CodeChange("use keras.ops.ctc_loss and name the last class as the blank"),
            CodeChange(
                "add 1 to every label, so that class 0 is the blank",
                after="after_shifted",
                cost="A model that is trained already has its classes in the other order: roll them by one, as here.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/18929",
                "The loss for Keras 3, written with blank_index=0 as its default.",
            ),
        ),
        measured="measured here: another loss on Keras 3.0.5, 3.3.3, 3.4.1, 3.8.0, 3.10.0, 3.12.0 and 3.15.1.",
    ),
    Rule(
        code="KD207",
        slug="ctc-minus-one-padding",
        area="ctc",
        title="keras.losses.CTC takes padding of -1 for labels",
        silent=True,
        explanation=(
            "With ctc_batch_cost, which is told the lengths, short labels could be padded with -1. "
            "keras.losses.CTC is not told any lengths: it counts what is not 0, so each -1 counts as a label, and the "
            "loss of every label that is shorter than the longest one is wrong. No release that was run mends it (3.0 "
            "to 3.15). The model really is trained the wrong way. Pad with 0, the blank (from Keras 3.4 on, see "
            "ctc-loss), or give the lengths to keras.ops.ctc_loss."
        ),
        symptoms=(
            "The loss of a short label changes with the length of the longest label in its batch.",
            "A model trained with keras.losses.CTC reads worse than the same model trained with ctc_batch_cost.",
        ),
        remedies=(
            CodeChange("pad with 0 instead", versions=">=3.4"),
            CodeChange(
                "give the lengths to keras.ops.ctc_loss",
                after="after_lengths",
                cost="A few lines in place of keras.losses.CTC.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/21876",
                "A text recognition model got worse on the way to Keras 3.12; ctc_batch_cost had used -1 as padding.",
            ),
        ),
        measured="measured here: another loss on Keras 3.0.5, 3.3.3, 3.4.1, 3.8.0, 3.10.0, 3.12.0 and 3.15.1.",
    ),
)
