"""What is known to break in connectionist temporal classification: handwriting, captcha and speech recognition."""

from __future__ import annotations

from kdoctor.rules.edits import Edit, rename
from kdoctor.rules.patterns import Argument, Call, Name
from kdoctor.rules.rule import CodeChange, HealthyPage, Reference, Rule, Upgrade
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
    "Counts the labels that are not the blank in losses.CTC, and fixes ops.ctc_decode.",
)

KERAS = (StackId.KERAS,)
TO_TENSORFLOW = rename(
    {f"keras.backend.{name}": f"tf.keras.backend.{name}" for name in ("ctc_batch_cost", "ctc_decode")}
)

PAGES: tuple[HealthyPage, ...] = (
    HealthyPage(
        slug="ctc-decode",
        belief="Keras 3 has no decoder for CTC.",
        truth=(
            "It has keras.ops.ctc_decode, and tf.keras.backend.ctc_decode is still there; both give the labels of the "
            "best path. Where neither is, on `import keras` of the first releases, tf.nn.ctc_greedy_decoder serves."
        ),
    ),
    HealthyPage(
        slug="ctc-train",
        belief="CTC models cannot be trained on Keras 3.",
        truth=(
            "They can: with tf.keras.backend.ctc_batch_cost on every release that was run, Keras 2.12 to 3.15, and "
            "with keras.losses.CTC from 3.4 on. Up to 3.3 the padding of the labels changes the loss of "
            "keras.losses.CTC: see ctc-loss. The two count classes otherwise: see ctc-blank-last."
        ),
    ),
    HealthyPage(
        slug="ctc-batch-cost",
        belief="Keras 3 has no ctc_batch_cost any more, so handwriting and speech models have to be rewritten.",
        truth=(
            "Only `keras.backend` lost it. `tf.keras.backend.ctc_batch_cost` (and `tensorflow.keras.backend`) is there "
            "on every release that was run, Keras 2.12 to 3.15. It gives the losses that the forward algorithm gives. "
            "It needs real tensors, as it always has inside a layer, a loss function or a training step."
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/18575",
                "Asks whether keras.backend.ctc_batch_cost can be used in Keras 3, after its import failed.",
            ),
        ),
    ),
)

RULES: tuple[Rule, ...] = (
    Rule(
        code="KD201",
        slug="ctc-batch-cost-keras",
        area="ctc",
        title="keras.backend.ctc_batch_cost is gone",
        explanation=(
            "`keras.backend.ctc_batch_cost` stops with an AttributeError. Call `tf.keras.backend.ctc_batch_cost` "
            "instead: the same function with the same numbers.\n\n"
            "Keras 3 keeps only a few functions in `keras.backend`, and the CTC loss is not one of them. Do not "
            "replace it by `keras.losses.CTC` without further changes. That loss expects logits instead of "
            "probabilities, and its blank is class 0 instead of the last class. Without new label numbers it trains a "
            "different model and gives no message."
        ),
        symptoms=(
            "AttributeError: module 'keras.backend' has no attribute 'ctc_batch_cost'",
            "AttributeError: module 'keras.api.backend' has no attribute 'ctc_batch_cost'",
        ),
        remedies=(
            CodeChange(
                "Call it through tf.keras",
                stacks=KERAS,
                cost="Needs TensorFlow and real tensors: inside a layer, a loss function or a training step.",
            ),
            CodeChange(
                "Use keras.ops.ctc_loss and name the last class as the blank",
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
            "The loss of every short label is wrong, and the trained model really is worse. Upgrade Keras to 3.4 "
            "or newer, or give the lengths to `keras.ops.ctc_loss`. Then train again.\n\n"
            "Labels of different lengths are padded with zeros, which is the number of the blank. The first releases "
            "of Keras 3 take this padding for part of the label. So every label that is shorter than the longest one "
            "gets a wrong loss. This is not only a wrong number on the screen: the trained model is worse. Seen on "
            "Keras 3.0 and 3.3, right on 3.4 and later. The padding has to be 0. Labels padded with -1 give a wrong "
            "loss on every release that was run, 3.15 included."
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
        title="The CTC layer of the Keras OCR examples stops",
        explanation=(
            "The CTC layer of the handwriting and captcha examples stops, because `keras.backend.ctc_batch_cost` is "
            "gone. Call `tf.keras.backend.ctc_batch_cost` in it; the model then trains as before.\n\n"
            "Those examples put the loss into the model, with a layer that calls the function. The layer itself, "
            "`add_loss` and the training still work on Keras 3. From Keras 3.3 on the printed loss is the sum over the "
            "batch; Keras 2 and Keras 3.0 print the mean. The weights after training are the same. On a GPU, Keras 3 "
            "compiles models with `jit_compile=True` by default. XLA has no CTC operation, so the model then stops "
            'with "Detected unsupported operations ... CTCLoss". Pass `jit_compile=False` to `compile()`.'
        ),
        symptoms=(
            "AttributeError: module 'keras.backend' has no attribute 'ctc_batch_cost'",
            "AttributeError: module 'keras.api.backend' has no attribute 'ctc_batch_cost'",
            "InvalidArgumentError: ... Detected unsupported operations when trying to compile graph ... CTCLoss ...",
        ),
        remedies=(
            CodeChange(
                "Take the loss from tf.keras.backend",
                cost="On a GPU also compile with `jit_compile=False`. The printed loss may be a sum over the batch.",
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
            "`keras.backend.ctc_decode` stops with an AttributeError; the trained model is fine. Call "
            "`tf.keras.backend.ctc_decode` instead: the same function with the same labels and scores.\n\n"
            "Keras 3 removed the decoder from `keras.backend`, like the CTC loss. `keras.ops.ctc_decode` is a new "
            "function of Keras 3. It expects logits or logarithms of probabilities. Its default blank is class 0, so "
            "name the last class as the blank."
        ),
        symptoms=(
            "AttributeError: module 'keras.backend' has no attribute 'ctc_decode'",
            "AttributeError: module 'keras.api.backend' has no attribute 'ctc_decode'",
        ),
        remedies=(
            CodeChange("Call it through tf.keras", stacks=KERAS, cost="Needs TensorFlow."),
            CodeChange(
                "Use keras.ops.ctc_decode and name the last class as the blank",
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
            "`keras.backend.ctc_decode` stops with an AttributeError; the trained model is fine. Call "
            "`tf.keras.backend.ctc_decode` instead: the same function with the same labels and scores.\n\n"
            "Keras 3 removed the decoder from `keras.backend`, like the CTC loss. The old function has a flaw in Keras "
            "2 too. With `greedy=False` it merges double letters that a blank had kept apart, so that `hello` is read "
            "as `helo`. `keras.ops.ctc_decode` and `tf.nn.ctc_beam_search_decoder` do not."
        ),
        symptoms=(
            "AttributeError: module 'keras.backend' has no attribute 'ctc_decode'",
            "AttributeError: module 'keras.api.backend' has no attribute 'ctc_decode'",
        ),
        remedies=(
            CodeChange("Call it through tf.keras", stacks=KERAS, cost="Needs TensorFlow."),
            CodeChange(
                "Use keras.ops.ctc_decode and name the last class as the blank",
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
        title="keras.losses.CTC for ctc_batch_cost trains another model",
        silent=True,
        explanation=(
            "The model is trained with a wrong blank and really is worse. Use `keras.ops.ctc_loss` with the last "
            "class as the blank, or add 1 to every label. Then train again.\n\n"
            "The two losses take the same labels and read them differently. `ctc_batch_cost` takes probabilities, and "
            "its blank is the last class. `keras.losses.CTC` takes logits, and its blank is class 0. Labels that count "
            "from 0 go into both, and no message appears. With `keras.losses.CTC` the first letter of the alphabet is "
            "then the blank and cannot be learned. From 3.4 on it is not even counted where it stands in a label. Seen "
            "on every Keras 3 that was run, 3.0 to 3.15. The design is deliberate, so no upgrade changes it."
        ),
        symptoms=(
            "a model trained with keras.losses.CTC never reads the first letter of the alphabet",
            "the loss is another number than with ctc_batch_cost, for the same model and labels",
        ),
        remedies=(
            CodeChange("Use keras.ops.ctc_loss and name the last class as the blank"),
            CodeChange(
                "Add 1 to every label, so that class 0 is the blank",
                after="after_shifted",
                cost="A model that is already trained has its classes in the other order: roll them by one, as here.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/18929",
                "The loss for Keras 3, written with blank_index=0 as its default.",
            ),
        ),
        measured="Measured: another loss on Keras 3.0.5, 3.3.3, 3.4.1, 3.8.0, 3.10.0, 3.12.0 and 3.15.1.",
    ),
    Rule(
        code="KD207",
        slug="ctc-minus-one-padding",
        area="ctc",
        title="keras.losses.CTC takes padding of -1 for labels",
        silent=True,
        explanation=(
            "The loss of every short label is wrong, and the trained model really is worse. Pad labels with 0 "
            "instead of -1, or give the lengths to `keras.ops.ctc_loss`. Then train again.\n\n"
            "`ctc_batch_cost` gets the lengths, so short labels could be padded with -1. `keras.losses.CTC` gets no "
            "lengths and counts everything that is not 0. So each -1 counts as a label. No release that was run is "
            "different (3.0 to 3.15). Padding with 0, the blank, needs Keras 3.4 or newer: see ctc-loss."
        ),
        symptoms=(
            "The loss of a short label changes with the length of the longest label in its batch.",
            "A model trained with keras.losses.CTC reads worse than the same model trained with ctc_batch_cost.",
        ),
        remedies=(
            CodeChange("Pad with 0 instead", versions=">=3.4"),
            CodeChange(
                "Give the lengths to keras.ops.ctc_loss",
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
        measured="Measured: another loss on Keras 3.0.5, 3.3.3, 3.4.1, 3.8.0, 3.10.0, 3.12.0 and 3.15.1.",
    ),
)
