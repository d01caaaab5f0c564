"""Recurrent layers that keep their state from one batch to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab, canary

UNITS = 3
STEPS = 6
FEATURES = 2


@canary(kind="capability", namespace=False, full=False)
def rnn_stateful_carry(lab: Lab) -> None:
    """A stateful RNN keeps its state between batches.

    Two halves fed one after the other equal the whole; reset clears.
    """
    np = lab.np
    x, weights, half = sequence(np), lstm_weights(np, seed=1), STEPS // 2
    layer = lab.keras.layers.LSTM(UNITS, return_sequences=True, stateful=True)
    layer.build((2, half, FEATURES))
    layer.set_weights(weights)
    whole, _ = lstm(np, x, weights)
    lab.equal(np.asarray(layer(x[:, :half])), whole[:, :half], "the first half")
    lab.equal(np.asarray(layer(x[:, half:])), whole[:, half:], "the second half, which goes on where the first ended")
    layer.reset_states()
    lab.equal(np.asarray(layer(x[:, :half])), whole[:, :half], "the first half again, after a reset")


@canary(kind="spelling", namespace=False, full=False)
def rnn_batch_input_shape(lab: Lab) -> None:
    """A layer takes batch_input_shape=, as stateful RNNs need."""
    np = lab.np
    x, weights = sequence(np), lstm_weights(np, seed=2)
    layer = lab.keras.layers.LSTM(UNITS, stateful=True, batch_input_shape=(2, STEPS, FEATURES))
    model = lab.keras.Sequential([layer])
    layer.set_weights(weights)
    whole, _ = lstm(np, x, weights)
    lab.equal(model.input_shape, (2, STEPS, FEATURES), "shape of the model's input")
    lab.equal(np.asarray(model(x)), whole[:, -1], "output")


@canary(kind="spelling", namespace=False, full=True)
def rnn_model_reset_states(lab: Lab) -> None:
    """model.reset_states() clears the states of its RNNs."""
    np = lab.np
    x, kernel, recurrent, bias = sequence(np), *lstm_weights(np, seed=3)
    weights = [kernel[:, :UNITS], recurrent[:, :UNITS], bias[:UNITS]]
    layer = lab.keras.layers.SimpleRNN(UNITS, stateful=True)
    model = lab.keras.Sequential([lab.keras.Input(batch_shape=(2, STEPS, FEATURES)), layer])
    layer.set_weights(weights)
    expected = simple_rnn(np, x, weights)
    lab.equal(np.asarray(model(x)), expected, "output")
    model.reset_states()
    lab.equal(np.asarray(model(x)), expected, "output after a reset")


@canary(kind="spelling", namespace=False, full=False)
def rnn_reset_states_values(lab: Lab) -> None:
    """layer.reset_states(states) starts an RNN from given states."""
    np = lab.np
    x, weights = sequence(np), lstm_weights(np, seed=4)
    states = np.random.RandomState(5).uniform(-1, 1, (2, 2, UNITS)).astype("float32")
    layer = lab.keras.layers.LSTM(UNITS, stateful=True)
    layer.build((2, STEPS, FEATURES))
    layer.set_weights(weights)
    layer.reset_states(states=[states[0], states[1]])
    whole, _ = lstm(np, x, weights, states)
    lab.equal(np.asarray(layer(x)), whole[:, -1], "output from the given states")


@canary(kind="capability", namespace=False, full=True)
def rnn_stateful_bidirectional(lab: Lab) -> None:
    """A stateful Bidirectional RNN keeps and clears both states."""
    np = lab.np
    x, half = sequence(np), STEPS // 2
    forward, backward = lstm_weights(np, seed=6), lstm_weights(np, seed=7)
    layer = lab.keras.layers.Bidirectional(lab.keras.layers.LSTM(UNITS, return_sequences=True, stateful=True))
    layer.build((2, half, FEATURES))
    layer.set_weights(forward + backward)

    ahead, _ = lstm(np, x, forward)
    reversed_first, states = lstm(np, x[:, :half][:, ::-1], backward)
    reversed_second, _ = lstm(np, x[:, half:][:, ::-1], backward, states)
    first = np.concatenate([ahead[:, :half], reversed_first[:, ::-1]], axis=-1)
    second = np.concatenate([ahead[:, half:], reversed_second[:, ::-1]], axis=-1)

    lab.equal(np.asarray(layer(x[:, :half])), first, "the first batch")
    lab.equal(np.asarray(layer(x[:, half:])), second, "the second batch, which goes on from both states")
    layer.reset_states()
    lab.equal(np.asarray(layer(x[:, :half])), first, "the first batch again, after a reset")


@canary(kind="spelling", namespace=False, full=True)
def rnn_stateful_fit(lab: Lab) -> None:
    """A stateful GRU is trained, its states reset each epoch.

    The learning rate is 0, so that NumPy can tell the loss of each epoch, and with it what the states were.
    """
    np = lab.np

    class ResetStates(lab.keras.callbacks.Callback):  # type: ignore[misc,name-defined]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.model.reset_states()

    x, weights, half = sequence(np), gru_weights(np, seed=8), STEPS // 2
    batches = np.concatenate([x[:, :half], x[:, half:]])
    layer = lab.keras.layers.GRU(UNITS, return_sequences=True, stateful=True)
    model = lab.keras.Sequential([lab.keras.Input(batch_shape=(2, half, FEATURES)), layer])
    layer.set_weights(weights)
    model.compile(optimizer=lab.keras.optimizers.SGD(0.0), loss="mse", run_eagerly=lab.backend == "tensorflow")
    callbacks, targets = [ResetStates()], np.zeros((4, half, UNITS), "float32")
    history = model.fit(batches, targets, batch_size=2, epochs=2, shuffle=False, verbose=0, callbacks=callbacks)
    first, second = history.history["loss"]
    expected = np.mean(gru(np, x, weights) ** 2)
    lab.equal(first, expected, "loss of the first epoch, whose second batch goes on from the first")
    lab.equal(second, expected, "loss of the second epoch, before which the states were reset")


# ------------------------------------------------------------------------------------- the same in NumPy


def sequence(np: Any) -> Any:
    """Two sequences of a few steps."""
    return np.random.RandomState(0).uniform(-1, 1, (2, STEPS, FEATURES)).astype("float32")


def lstm_weights(np: Any, seed: int) -> list[Any]:
    """Kernel, recurrent kernel and bias of an LSTM."""
    random = np.random.RandomState(seed)
    shapes = (FEATURES, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,)
    return [random.uniform(-1, 1, shape).astype("float32") for shape in shapes]


def gru_weights(np: Any, seed: int) -> list[Any]:
    """Kernel, recurrent kernel and the two biases of a GRU."""
    random = np.random.RandomState(seed)
    shapes = (FEATURES, 3 * UNITS), (UNITS, 3 * UNITS), (2, 3 * UNITS)
    return [random.uniform(-1, 1, shape).astype("float32") for shape in shapes]


def lstm(np: Any, x: Any, weights: list[Any], states: Any = None) -> tuple[Any, tuple[Any, Any]]:
    """The outputs of every step, and the last states."""
    kernel, recurrent, bias = weights
    hidden, cell = states if states is not None else np.zeros((2, len(x), UNITS))
    outputs = []
    for step in range(x.shape[1]):
        gates = np.split(x[:, step] @ kernel + hidden @ recurrent + bias, 4, axis=-1)
        enter, forget, leave = (1 / (1 + np.exp(-gates[k])) for k in (0, 1, 3))
        cell = forget * cell + enter * np.tanh(gates[2])
        hidden = leave * np.tanh(cell)
        outputs.append(hidden)
    return np.stack(outputs, axis=1), (hidden, cell)


def simple_rnn(np: Any, x: Any, weights: list[Any]) -> Any:
    """The output of the last step."""
    kernel, recurrent, bias = weights
    hidden = np.zeros((len(x), UNITS))
    for step in range(x.shape[1]):
        hidden = np.tanh(x[:, step] @ kernel + hidden @ recurrent + bias)
    return hidden


def gru(np: Any, x: Any, weights: list[Any]) -> Any:
    """The outputs of every step of a GRU with ``reset_after``, the default since TensorFlow 2.0."""
    kernel, recurrent, bias = weights
    hidden, outputs = np.zeros((len(x), UNITS)), []
    for step in range(x.shape[1]):
        given = np.split(x[:, step] @ kernel + bias[0], 3, axis=-1)
        kept = np.split(hidden @ recurrent + bias[1], 3, axis=-1)
        update, reset = (1 / (1 + np.exp(-(given[k] + kept[k]))) for k in (0, 1))
        hidden = update * hidden + (1 - update) * np.tanh(given[2] + reset * kept[2])
        outputs.append(hidden)
    return np.stack(outputs, axis=1)
