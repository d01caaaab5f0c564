"""Features that are believed broken and were measured healthy."""

from __future__ import annotations

from kdoctor.model import HealthyPage, Reference

PAGES: tuple[HealthyPage, ...] = (
    HealthyPage(
        slug="ctc-batch-cost",
        belief="Keras 3 has no ctc_batch_cost any more, so handwriting and speech models have to be rewritten.",
        truth=(
            "Only `keras.backend` lost it. `tf.keras.backend.ctc_batch_cost` (and `tensorflow.keras.backend`) is there "
            "on every release that was run, Keras 2.12 to 3.15, and gives the losses that the forward algorithm gives. "
            "It wants real tensors, as it always does inside a layer, a loss function or a training step."
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/18575",
                "Asks whether keras.backend.ctc_batch_cost can be used in Keras 3, after its import failed.",
            ),
        ),
    ),
    HealthyPage(
        slug="ragged-text-vectorization",
        belief="TextVectorization(ragged=True) fails on Keras 3, because Keras 3 has no ragged tensors.",
        truth=(
            "It returns the same RaggedTensor on every release that was run, Keras 2.12 to 3.15: called directly, in "
            "a Sequential model, after adapt() and in tf.data. It is the layers behind it that may refuse what it "
            "returns: see ragged-fit and ragged-dense. Leave `ragged` out to get rows padded with zeros instead."
        ),
    ),
    HealthyPage(
        slug="savedmodel-tfsm-single",
        belief="A SavedModel that Keras 2 wrote is of no use to Keras 3.",
        truth=(
            "With one input it works in a TFSMLayer, called directly and inside a functional model: "
            '`TFSMLayer(folder, call_endpoint="serving_default")` gives the numbers that the weights stand for. It '
            "answers with a dictionary, one entry an output layer. It is for predictions: to train further, see "
            "savedmodel-load-model; for several inputs, see savedmodel-tfsm-multi-input."
        ),
        references=(
            Reference(
                "https://keras.io/guides/migrating_to_keras_3",
                "Says to use TFSMLayer to reload a TF SavedModel as a layer.",
            ),
        ),
    ),
    HealthyPage(
        slug="rnn-stateful-carry",
        belief="Stateful RNNs no longer work on Keras 3: the state is not kept between batches, or cannot be cleared.",
        truth=(
            "On every release that was run, Keras 2.12 to 3.15, two halves of a sequence fed one after the other give "
            "what the whole gives, and layer.reset_states() clears the state. On Keras 3 the method's own name is "
            "reset_state(), and reset_states() is another name for it; Keras 2 has only reset_states(). What is gone "
            "stands around it: see rnn-batch-input-shape, rnn-model-reset-states and rnn-reset-states-values. One pair "
            'that does not fit was met: Keras 3.8.0 with JAX 0.10.2, where a reset raises "ValueError: Could not '
            'convert <Variable ..."; Keras 3.15.1 is right with that JAX.'
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
            "one batch to the next, and reset_states() of the Bidirectional layer clears both."
        ),
    ),
    HealthyPage(
        slug="mask-loss",
        belief="Keras 3 ignores masks, so the loss is computed over padding and the model learns worse.",
        truth=(
            "The loss is averaged over the real steps on every release that was run, Keras 2.12 to 3.15. Up to 3.11, "
            "Keras 3 ignores the mask in metrics such as accuracy, which is why the numbers printed beside the loss "
            "look wrong: see mask-metric."
        ),
    ),
    HealthyPage(
        slug="mask-rnn-padding",
        belief="Keras 3 ignores masks, so an RNN reads the padding.",
        truth=(
            "An RNN behind a Masking layer or an Embedding with mask_zero=True gives for a padded sequence what it "
            "gives for the bare one, padded at the end or at the start, on every release that was run, Keras 2.12 to "
            "3.15. Only when it is called with initial_state= is the mask lost: see mask-rnn-initial-state."
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19311",
                '"Masking appears to do absolutely nothing in keras 3.0.5", of a layer of one\'s own with two inputs.',
            ),
        ),
    ),
)
