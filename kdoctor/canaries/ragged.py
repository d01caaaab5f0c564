"""Ragged tensors: sequences of different lengths in one batch, without padding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab, canary


@canary(kind="spelling", namespace=False, full=False)
def ragged_input(lab: Lab) -> None:
    """Declare a model's input with Input(ragged=True)."""
    tf, keras = lab.tf, lab.keras
    steps = keras.layers.Input(shape=(None, 2), dtype="float32", ragged=True)
    model = keras.models.Model(steps, keras.layers.GlobalAveragePooling1D()(steps))
    lab.equal(model(two_sequences(tf)), [[2.0, 3.0], [5.0, 6.0]], "averages of two sequences")


@canary(kind="capability", namespace=False, full=True)
def ragged_fit(lab: Lab) -> None:
    """Fit an Embedding and a GRU on a RaggedTensor.

    The loss is that of the bare sequences: no step is invented to make the rows equally long.
    """
    tf, keras, np = lab.tf, lab.keras, lab.np
    table = np.cos(np.arange(12.0)).reshape(6, 2).astype("float32")
    kernel = np.array([[0.5, -0.4, 0.9], [-0.3, 0.7, 0.6]], "float32")
    recurrent_kernel = np.array([[0.8, -0.6, 0.5]], "float32")

    def constant(values: Any) -> Any:
        return lambda shape, dtype=None, **_: tf.reshape(tf.constant(values), shape)

    gru = keras.layers.GRU(
        1, kernel_initializer=constant(kernel), recurrent_initializer=constant(recurrent_kernel), reset_after=False
    )
    model = keras.models.Sequential([keras.layers.Embedding(6, 2, embeddings_initializer=constant(table)), gru])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", run_eagerly=True)
    sentences = [[1, 2, 3], [4]]
    history = model.fit(tf.ragged.constant(sentences), np.array([[1.0], [0.0]], "float32"), verbose=0)

    last = [gru_by_hand(np, table[sentence], kernel, recurrent_kernel) for sentence in sentences]
    loss = ((last[0] - 1.0) ** 2 + last[1] ** 2) / 2
    lab.equal(history.history["loss"][0], loss, "loss before the first step")
    lab.true(np.any(gru.get_weights()[0] != kernel), "the weights of the GRU were not trained")


@canary(kind="capability", namespace=False, full=False)
def ragged_text_vectorization(lab: Lab) -> None:
    """Split text into ragged tokens with TextVectorization."""
    tf, keras = lab.tf, lab.keras
    vectorize = keras.layers.TextVectorization(ragged=True, vocabulary=["the", "cat", "sat"])
    tokens = vectorize(tf.constant(["The cat sat", "the dog"]))
    lab.equal(tokens.row_lengths(), [3, 2], "tokens in each row")
    lab.equal(tokens.flat_values, [2, 3, 4, 2, 1], "tokens")


@canary(kind="capability", namespace=False, full=False)
def ragged_dense(lab: Lab) -> None:
    """Apply a Dense layer to each step of a RaggedTensor."""
    tf, keras = lab.tf, lab.keras
    scores = keras.layers.Dense(1, kernel_initializer="ones", bias_initializer="ones")(two_sequences(tf))
    lab.true(hasattr(scores, "row_lengths"), f"the output is not ragged any more: its shape is {scores.shape}")
    lab.equal(scores.row_lengths(), [2, 1], "steps in each row")
    lab.equal(scores.flat_values, [[4.0], [8.0], [12.0]], "scores of three steps")


@canary(kind="capability", namespace=False, full=False)
def ragged_pooling(lab: Lab) -> None:
    """Pool a RaggedTensor over its steps."""
    tf, keras = lab.tf, lab.keras
    average = keras.layers.GlobalAveragePooling1D()(two_sequences(tf))
    lab.equal(average, [[2.0, 3.0], [5.0, 6.0]], "averages of two sequences")
    largest = keras.layers.GlobalMaxPooling1D()(-two_sequences(tf))
    lab.equal(largest, [[-1.0, -2.0], [-5.0, -6.0]], "maxima of two sequences")


def two_sequences(tf: Any) -> Any:
    """One of two steps, one of a single step; each step is a vector of two."""
    return tf.ragged.constant([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]], ragged_rank=1)


def gru_by_hand(np: Any, steps: Any, kernel: Any, recurrent_kernel: Any) -> float:
    """The last state of a GRU with one unit, no bias and the reset gate before the product; gates z, r, h."""
    state = 0.0
    for step in steps:
        from_input = step @ kernel
        update, reset = 1 / (1 + np.exp(-from_input[:2] - state * recurrent_kernel[0, :2]))
        candidate = np.tanh(from_input[2] + reset * state * recurrent_kernel[0, 2])
        state = update * state + (1 - update) * candidate
    return float(state)
