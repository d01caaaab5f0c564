"""Connectionist temporal classification: what handwriting, captcha and speech recognition models are trained with.

References: the forward algorithm over the extended label in log space for the loss, and a walk over every path for the
decoders.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab, canary


@canary(kind="capability", namespace=True, full=True)
def ctc_train(lab: Lab) -> None:
    """A model is trained with CTC, by the way that is there.

    ``backend.ctc_batch_cost`` where the namespace has it, else ``keras.losses.CTC``; the labels are of two lengths.
    """
    np, keras = lab.np, lab.keras
    labels = np.array([[1, 1, 2], [3, 0, 0]], "int32")
    images = np.cos(np.arange(2 * 6 * 5) * 1.7).reshape(2, 6, 5).astype("float32")
    has_old = hasattr(keras.backend, "ctc_batch_cost")
    dense = keras.layers.Dense(4, activation="softmax" if has_old else None, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((6, 5)), dense])

    def batch_cost(_: Any, predicted: Any) -> Any:
        lengths = np.array([[6], [6]], "int32"), np.array([[3], [1]], "int32")
        return keras.backend.ctc_batch_cost(np.maximum(labels - 1, 0), predicted, *lengths)

    eager = lab.backend == "tensorflow"
    model.compile(keras.optimizers.SGD(0.5), batch_cost if has_old else keras.losses.CTC(), run_eagerly=eager)

    def loss_by_weights() -> float:
        logits = images @ dense.get_weights()[0] + dense.get_weights()[1]
        log_p = logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))
        order = [0, 1, 2, 3] if not has_old else [3, 0, 1, 2]  # the blank is the last class of the old function
        rows = zip(log_p[..., order], ([1, 1, 2], [3]))
        return float(np.mean([loss_by_hand(np, row, label, blank=0) for row, label in rows]))

    before = loss_by_weights()
    reported = float(np.ravel(model.train_on_batch(images, labels))[0])
    lab.equal(reported, before, "the loss of the first step", 1e-3)
    after = loss_by_weights()
    lab.true(after < before - 0.01, f"the loss does not fall: {before:.4g} before, {after:.4g} after")


@canary(kind="capability", namespace=True, full=True)
def ctc_decode(lab: Lab) -> None:
    """CTC outputs are decoded, by the way that is there.

    ``keras.ops.ctc_decode``, else ``backend.ctc_decode``, else TensorFlow's own decoder.
    """
    np, keras = lab.np, lab.keras
    probabilities = np.full((1, 5, 3), 0.15, "float32")
    probabilities[0, np.arange(5), [1, 1, 2, 1, 0]] = 0.7  # 2 is the blank
    length = np.array([5], "int32")
    if hasattr(getattr(keras, "ops", None), "ctc_decode"):
        decoded = keras.ops.ctc_decode(np.log(probabilities), length, strategy="greedy", mask_index=2)[0][0]
    elif hasattr(keras.backend, "ctc_decode"):
        decoded = keras.backend.ctc_decode(probabilities, input_length=length, greedy=True)[0][0]
    else:
        sparse = lab.tf.nn.ctc_greedy_decoder(np.log(probabilities).transpose(1, 0, 2), length)[0][0]
        decoded = lab.tf.sparse.to_dense(sparse)
    lab.equal(np.asarray(decoded)[0, :3], [1, 1, 0], "decoded label")


@canary(kind="spelling", namespace=True, full=False)
def ctc_batch_cost(lab: Lab) -> None:
    """CTC loss with tf.keras.backend.ctc_batch_cost.

    Probabilities in, the blank is the last class, lengths are given; one loss a sample, of shape (batch, 1).
    """
    if lab.name != "tf.keras":
        lab.skip("about tf.keras.backend; what `import keras` offers is ctc-batch-cost-keras")
    check_batch_cost(lab)


@canary(kind="spelling", namespace=True, full=False)
def ctc_batch_cost_keras(lab: Lab) -> None:
    """CTC loss with keras.backend.ctc_batch_cost."""
    if lab.name != "keras":
        lab.skip("about `import keras`; what tf.keras offers is ctc-batch-cost")
    check_batch_cost(lab)


@canary(kind="trap", namespace=False, full=False)
def ctc_loss(lab: Lab) -> None:
    """CTC loss with keras.losses.CTC.

    Logits in, the blank is class 0, which also pads the labels: padding must not change a loss.
    """
    if not lab.is_keras_3:
        lab.skip("keras.losses.CTC came with Keras 3")
    np = lab.np
    logits = np.cos(np.arange(2 * 6 * 4) * 1.7).reshape(2, 6, 4).astype("float32")
    labels = np.array([[1, 1, 2], [3, 0, 0]], "int32")
    losses = np.asarray(lab.keras.losses.CTC(reduction="none")(labels, logits))
    log_p = logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))
    lab.equal(losses[0], loss_by_hand(np, log_p[0], [1, 1, 2], blank=0), "loss of a label that fills its row")
    lab.equal(losses[1], loss_by_hand(np, log_p[1], [3], blank=0), "loss of a label padded with zeros")


@canary(kind="spelling", namespace=True, full=False)
def ctc_decode_greedy(lab: Lab) -> None:
    """Greedy CTC decoding with backend.ctc_decode."""
    np = lab.np
    best_path = [[1, 1, 2, 1, 0], [0, 0, 0, 2, 1]]  # 2 is the blank; the second row has three steps only
    probabilities = np.full((2, 5, 3), 0.15, "float32")
    for row, path in enumerate(best_path):
        probabilities[row, np.arange(5), path] = 0.7
    decoded, score = lab.keras.backend.ctc_decode(probabilities, input_length=np.array([5, 3]), greedy=True)
    lab.equal(decoded[0], [[1, 1, 0, -1, -1], [0, -1, -1, -1, -1]], "decoded labels")
    lab.equal(score, -np.log(0.7) * np.array([[5.0], [3.0]]), "negative log-likelihood of the best path", 1e-3)


@canary(kind="spelling", namespace=True, full=False)
def ctc_decode_beam(lab: Lab) -> None:
    """Beam search CTC decoding with backend.ctc_decode.

    The most likely label is not the one along the most likely path.
    """
    np = lab.np
    probabilities = np.array([[[0.3, 0.1, 0.6], [0.3, 0.1, 0.6], [0.05, 0.35, 0.6]]], "float32")
    decoded, score = lab.keras.backend.ctc_decode(
        probabilities, input_length=np.array([3]), greedy=False, beam_width=20, top_paths=2
    )
    likelihoods: dict[Any, float] = {}
    for path in itertools.product(range(3), repeat=3):
        label = tuple(key for key, _ in itertools.groupby(path) if key != 2)
        likelihood = float(np.prod([probabilities[0, step, key] for step, key in enumerate(path)]))
        likelihoods[label] = likelihoods.get(label, 0.0) + likelihood
    ranked = sorted(likelihoods, key=lambda label: -likelihoods[label])
    for place in range(2):
        found = tuple(key for key in np.asarray(decoded[place])[0].tolist() if key != -1)
        lab.equal(found, ranked[place], f"label number {place + 1}")
        lab.equal(
            np.asarray(score)[0, place],
            np.log(likelihoods[ranked[place]]),
            f"log-likelihood of label number {place + 1}",
            1e-3,
        )


@canary(kind="spelling", namespace=True, full=True)
def ctc_training_layer(lab: Lab) -> None:
    """Train a model whose own layer adds the CTC loss.

    The handwriting and captcha recognition examples as they were written for Keras 2: the label is an input, and a
    last layer calls ``add_loss``.
    """
    tf, keras, np = lab.tf, lab.keras, lab.np

    class CTCLayer(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def __init__(self, name: Any = None) -> None:
            super().__init__(name=name)
            self.loss_fn = keras.backend.ctc_batch_cost

        def call(self, y_true: Any, y_pred: Any) -> Any:
            batch_len = tf.cast(tf.shape(y_true)[0], dtype="int64")
            input_length = tf.cast(tf.shape(y_pred)[1], dtype="int64")
            label_length = tf.cast(tf.shape(y_true)[1], dtype="int64")
            input_length = input_length * tf.ones(shape=(batch_len, 1), dtype="int64")
            label_length = label_length * tf.ones(shape=(batch_len, 1), dtype="int64")
            self.add_loss(self.loss_fn(y_true, y_pred, input_length, label_length))
            return y_pred

    image = keras.layers.Input(shape=(5, 4), name="image", dtype="float32")
    label = keras.layers.Input(shape=(None,), name="label", dtype="float32")
    dense = keras.layers.Dense(4, activation="softmax", kernel_initializer="zeros")
    output = CTCLayer(name="ctc_loss")(label, dense(image))
    model = keras.models.Model(inputs=[image, label], outputs=output)
    model.compile(optimizer=keras.optimizers.SGD(0.1))

    strokes = np.array([[0, 3, 1, 3, 2], [1, 3, 0, 3, 2], [2, 2, 3, 0, 0]])
    labels = [[0, 1], [1, 0], [2, 0]]
    images = np.eye(4, dtype="float32")[strokes]
    dataset = tf.data.Dataset.from_tensors({"image": images, "label": np.array(labels, "float32")})
    history = model.fit(dataset, epochs=2, verbose=0)

    def losses_by_hand() -> Any:
        kernel, bias = dense.get_weights()
        logits = images @ kernel + bias
        log_p = logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))
        return np.array([loss_by_hand(np, log_p[row], labels[row], blank=3) for row in range(3)])

    untrained = -np.log(PATHS_OF_TWO_LABELS_IN_FIVE_STEPS * 0.25**5)
    reported = history.history["loss"]
    if abs(reported[0] - 3 * untrained) > abs(reported[0] - untrained):
        lab.equal(reported[0], untrained, "the first loss reported, a mean over the batch", 1e-3)
    else:
        lab.equal(reported[0], 3 * untrained, "the first loss reported, a sum over the batch", 1e-3)
    trained = float(np.mean(losses_by_hand()))
    lab.true(trained < untrained, f"the loss does not fall: {untrained:.4g} before, {trained:.4g} after")
    lab.true(reported[1] < reported[0], f"the loss reported does not fall: {reported}")


@canary(kind="trap", namespace=False, full=True)
def ctc_blank_last(lab: Lab) -> None:
    """keras.losses.CTC in the place of ctc_batch_cost.

    The labels count from 0 and the last class is the blank, as ctc_batch_cost wants them.
    """
    if not lab.is_keras_3:
        lab.skip("keras.losses.CTC came with Keras 3")
    np = lab.np
    logits = np.cos(np.arange(6 * 4) * 1.7).reshape(1, 6, 4).astype("float32")
    loss = float(np.asarray(lab.keras.losses.CTC(reduction="none")(np.array([[1, 2, 1]], "int32"), logits))[0])
    log_p = logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))
    first, last = (loss_by_hand(np, log_p[0], [1, 2, 1], blank=blank) for blank in (0, 3))
    lab.true(
        abs(loss - first) > 1e-3,
        f"class 0 is taken for the blank: the loss is {loss:.4g}, with the last class for the blank it is {last:.4g}",
    )
    lab.equal(loss, last, "loss with the last class for the blank", 1e-3)


@canary(kind="trap", namespace=False, full=True)
def ctc_minus_one_padding(lab: Lab) -> None:
    """Labels padded with -1 in keras.losses.CTC."""
    if not lab.is_keras_3:
        lab.skip("keras.losses.CTC came with Keras 3")
    np = lab.np
    logits = np.cos(np.arange(8 * 4) * 1.7).reshape(1, 8, 4).astype("float32")
    loss = float(np.asarray(lab.keras.losses.CTC(reduction="none")(np.array([[1, 2, 1, -1, -1]], "int32"), logits))[0])
    log_p = logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))
    bare = loss_by_hand(np, log_p[0], [1, 2, 1], blank=0)
    lab.true(
        abs(loss - bare) <= 1e-3, f"the padding changes the loss: it is {loss:.4g}, that of the bare label {bare:.4g}"
    )


PATHS_OF_TWO_LABELS_IN_FIVE_STEPS = 35
"""Of all ways to write two different labels over five steps: each may last, blanks may stand around them: C(7, 3)."""


def check_batch_cost(lab: Lab) -> None:
    """Two samples of different lengths, one with a doubled label."""
    np = lab.np
    probabilities = 0.05 + np.abs(np.cos(np.arange(2 * 6 * 4) * 1.7)).reshape(2, 6, 4).astype("float32")
    probabilities /= np.sum(probabilities, axis=-1, keepdims=True)
    labels = np.array([[1, 1, 2], [0, 2, 0]], "int32")
    losses = lab.keras.backend.ctc_batch_cost(
        labels, probabilities, np.array([[6], [4]], "int32"), np.array([[3], [1]], "int32")
    )
    log_p = np.log(probabilities)
    expected = [
        [loss_by_hand(np, log_p[0], [1, 1, 2], blank=3)],
        [loss_by_hand(np, log_p[1, :4], [0], blank=3)],
    ]
    lab.equal(losses, expected, "losses of two samples")


def loss_by_hand(np: Any, log_p: Any, label: Any, blank: int) -> float:
    """The forward algorithm: minus the log-likelihood of a label, over all paths of ``log_p`` (steps, classes)."""
    states = [blank]
    for key in label:
        states += [key, blank]
    alpha = np.full(len(states), -np.inf)
    alpha[:2] = log_p[0, states[0]], log_p[0, states[1]]
    for step in log_p[1:]:
        reached = np.full(len(states), -np.inf)
        for state, key in enumerate(states):
            ways = [alpha[state]]
            if state >= 1:
                ways.append(alpha[state - 1])
            if state >= 2 and key != blank and key != states[state - 2]:
                ways.append(alpha[state - 2])
            reached[state] = np.logaddexp.reduce(ways) + step[key]
        alpha = reached
    return -float(np.logaddexp(alpha[-1], alpha[-2]))
