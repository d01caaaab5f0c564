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
)
