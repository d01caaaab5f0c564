"""Padded sequences: what the mask of an Embedding or Masking layer must keep out of metrics, losses and states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab, canary

WORDS = 5
"""Word 0 is padding."""
UNITS = 3


@canary(kind="capability", namespace=False, full=False)
def mask_metric(lab: Lab) -> None:
    """Accuracy leaves padded steps out."""
    ids, targets = padded_sentences(lab.np)
    model = word_by_word(lab)
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=eager(lab))
    reported = model.test_on_batch(ids, targets, return_dict=True)["accuracy"]
    right = chances_of(lab.np)[ids].argmax(axis=-1) == targets
    check_accuracy(lab, float(reported), right, ids != 0)


@canary(kind="capability", namespace=False, full=False)
def mask_loss(lab: Lab) -> None:
    """The loss leaves padded steps out."""
    np = lab.np
    ids, targets = padded_sentences(np)
    model = word_by_word(lab)
    model.compile(loss="sparse_categorical_crossentropy", run_eagerly=eager(lab))
    reported = model.test_on_batch(ids, targets, return_dict=True)["loss"]
    losses = cross_entropy(np, chances_of(np)[ids], targets)
    lab.equal(reported, losses[ids != 0].mean(), "loss over the real steps")


@canary(kind="capability", namespace=False, full=False)
def mask_rnn_padding(lab: Lab) -> None:
    """A padded, masked sequence equals the bare one."""
    np = lab.np
    bare, padded, _ = bare_and_padded(np)
    weights = gru_weights(np)
    expected, unmasked = gru(np, bare, weights)[:, -1], gru(np, padded, weights)[:, -1]
    layer = lab.keras.layers.GRU(UNITS)
    layer.build(padded.shape)
    layer.set_weights(weights)
    actual = np.asarray(layer(lab.keras.layers.Masking()(padded)))
    check_state(lab, actual, expected, unmasked)


@canary(kind="trap", namespace=False, full=False)
def mask_rnn_initial_state(lab: Lab) -> None:
    """The same for an RNN called with initial_state=."""
    np = lab.np
    bare, padded, state = bare_and_padded(np)
    weights = gru_weights(np)
    expected, unmasked = gru(np, bare, weights, state)[:, -1], gru(np, padded, weights, state)[:, -1]
    layer = lab.keras.layers.GRU(UNITS)
    layer.build(padded.shape)
    layer.set_weights(weights)
    start = lab.tf.constant(state) if lab.backend == "tensorflow" else state
    actual = np.asarray(layer(lab.keras.layers.Masking()(padded), initial_state=start))
    check_state(lab, actual, expected, unmasked)


@canary(kind="capability", namespace=False, full=True)
def mask_seq2seq(lab: Lab) -> None:
    """A translation model's accuracy is that of its words.

    Embeddings with mask_zero, an encoder whose state starts the decoder; accuracy as reported against accuracy as
    counted by hand over the real words.
    """
    np, layers = lab.np, lab.keras.layers
    random = np.random.RandomState(4)
    source = np.array([[1, 2, 3, 0, 0, 0], [4, 2, 0, 0, 0, 0]])
    given = np.array([[1, 3, 4, 2, 0, 0, 0, 0], [1, 2, 2, 0, 0, 0, 0, 0]])
    wanted = np.array([[3, 4, 2, 1, 0, 0, 0, 0], [2, 4, 3, 0, 0, 0, 0, 0]])
    reading, writing = (random.uniform(-1, 1, (WORDS, 2)).astype("float32") for _ in range(2))
    encoder_weights, decoder_weights = gru_weights(np, 2), gru_weights(np, 3)
    kernel = random.uniform(-4, 4, (UNITS, WORDS)).astype("float32")

    read, write = (layers.Embedding(WORDS, 2, mask_zero=True) for _ in range(2))
    encoder, decoder = layers.GRU(UNITS, return_state=True), layers.GRU(UNITS, return_sequences=True)
    to_words = layers.Dense(WORDS, activation="softmax", use_bias=False)
    for layer, shape, weights in (
        (read, (2, 6), [reading]),
        (write, (2, 8), [writing]),
        (encoder, (2, 6, 2), encoder_weights),
        (decoder, (2, 8, 2), decoder_weights),
        (to_words, (2, 8, UNITS), [kernel]),
    ):
        layer.build(shape)
        layer.set_weights(weights)

    class Translator(lab.keras.Model):  # type: ignore[misc,name-defined]
        def call(self, inputs: Any) -> Any:
            _, state = encoder(read(inputs[0]))
            return to_words(decoder(write(inputs[1]), initial_state=state))

    model = Translator()
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=eager(lab))
    reported = model.test_on_batch([source, given], wanted, return_dict=True)

    states = np.concatenate([gru(np, reading[ids[ids != 0]][None], encoder_weights)[:, -1] for ids in source])
    scores = gru(np, writing[given], decoder_weights, states) @ kernel
    chances = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    real = given != 0
    lab.equal(reported["loss"], cross_entropy(np, chances, wanted)[real].mean(), "loss over the real words")
    check_accuracy(lab, float(reported["accuracy"]), scores.argmax(axis=-1) == wanted, real)


# ----------------------------------------------------------------------------------------- what they share


def eager(lab: Lab) -> bool:
    """Spares TensorFlow the tracing; other backends carry masks as surely only in compiled steps."""
    return bool(lab.backend == "tensorflow")


def padded_sentences(np: Any) -> tuple[Any, Any]:
    """Two sentences and what a model should say to each word; it will be wrong on one of the five."""
    ids = np.array([[1, 2, 0, 0, 0], [3, 4, 1, 0, 0]])
    targets = np.array([[1, 2, 0, 0, 0], [3, 2, 1, 0, 0]])
    return ids, targets


def bare_and_padded(np: Any) -> tuple[Any, Any, Any]:
    """Two sequences, the same padded (one at the end, one at the start), and a state to start from."""
    bare = np.random.RandomState(0).uniform(0.1, 1, (2, 3, 2)).astype("float32")
    padded = np.zeros((2, 5, 2), "float32")
    padded[0, :3], padded[1, 2:] = bare
    return bare, padded, np.random.RandomState(1).uniform(-1, 1, (2, UNITS)).astype("float32")


def word_by_word(lab: Lab) -> Any:
    """A model that reads the chances of the next word from a table, row by row; word 0 is masked."""
    table = lab.keras.layers.Embedding(WORDS, WORDS, mask_zero=True)
    model = lab.keras.Sequential([lab.keras.Input((5,), dtype="int32"), table])
    table.set_weights([chances_of(lab.np)])
    return model


def chances_of(np: Any) -> Any:
    """Every word predicts itself, except padding, which predicts word 1."""
    table = np.full((WORDS, WORDS), 0.1, "float32")
    table[np.arange(WORDS), [1, 1, 2, 3, 4]] = 0.6
    return table


def check_accuracy(lab: Lab, reported: float, right: Any, real: Any) -> None:
    """Compare with the accuracy over the real steps; say so where it is the one over all steps."""
    over_real, over_all = float(right[real].mean()), float(right.mean())
    lab.true(
        abs(reported - over_all) > 1e-4,
        f"padded steps are counted: the reported accuracy is {reported:.4g}, over the real steps it is {over_real:.4g}",
    )
    lab.equal(reported, over_real, "accuracy over the real steps")


def check_state(lab: Lab, actual: Any, expected: Any, unmasked: Any) -> None:
    """Compare the last outputs with those of the bare sequences; say so where the mask did nothing."""
    lab.true(
        abs(actual - unmasked).max() > 1e-4,
        "the mask is ignored: padded steps go through the RNN as if they were data; the result is off by up to "
        f"{abs(actual - expected).max():.2g}",
    )
    lab.equal(actual[0], expected[0], "padding at the end")
    lab.equal(actual[1], expected[1], "padding at the start")


def cross_entropy(np: Any, chances: Any, targets: Any) -> Any:
    """The loss of each step."""
    return -np.log(np.take_along_axis(chances, targets[..., None], axis=-1)[..., 0])


def gru_weights(np: Any, seed: int = 7) -> list[Any]:
    """Kernel, recurrent kernel and the two biases of a GRU over two features."""
    random = np.random.RandomState(seed)
    return [random.uniform(-1, 1, shape).astype("float32") for shape in ((2, 9), (UNITS, 9), (2, 9))]


def gru(np: Any, x: Any, weights: list[Any], hidden: Any = None) -> Any:
    """The outputs of every step of a GRU with ``reset_after``, the default since TensorFlow 2.0."""
    kernel, recurrent, bias = weights
    hidden, outputs = np.zeros((len(x), UNITS)) if hidden is None else hidden, []
    for step in range(x.shape[1]):
        given = np.split(x[:, step] @ kernel + bias[0], 3, axis=-1)
        kept = np.split(hidden @ recurrent + bias[1], 3, axis=-1)
        update, reset = (1 / (1 + np.exp(-(given[k] + kept[k]))) for k in (0, 1))
        hidden = update * hidden + (1 - update) * np.tanh(given[2] + reset * kept[2])
        outputs.append(hidden)
    return np.stack(outputs, axis=1)
