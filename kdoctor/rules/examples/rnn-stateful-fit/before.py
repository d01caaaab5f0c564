import numpy as np
import tensorflow as tf

# two long sequences of six steps, cut in halves: the second batch goes on where the first ended
sequences = np.random.default_rng(0).normal(size=(2, 6, 2)).astype("float32")
batches, targets = np.concatenate([sequences[:, :3], sequences[:, 3:]]), np.ones((4, 3, 4), "float32")


class ResetStates(tf.keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.reset_states()


model = tf.keras.Sequential()
model.add(tf.keras.Input(batch_shape=(2, 3, 2)))
model.add(tf.keras.layers.GRU(4, return_sequences=True, stateful=True))
model.compile(optimizer=tf.keras.optimizers.SGD(0.0), loss="mse")  # a rate of 0 keeps the check below simple
history = model.fit(batches, targets, batch_size=2, shuffle=False, epochs=3, verbose=0, callbacks=[ResetStates()])

# --- check


def gru(x, weights, hidden):
    kernel, recurrent, bias = weights
    outputs = []
    for step in range(x.shape[1]):
        given = np.split(x[:, step] @ kernel + bias[0], 3, axis=-1)
        kept = np.split(hidden @ recurrent + bias[1], 3, axis=-1)
        update, reset = (1 / (1 + np.exp(-given[k] - kept[k])) for k in (0, 1))
        hidden = update * hidden + (1 - update) * np.tanh(given[2] + reset * kept[2])
        outputs.append(hidden)
    return np.stack(outputs, axis=1)


expected = np.mean((gru(sequences, model.get_weights(), np.zeros((2, 4))) - 1) ** 2)
np.testing.assert_allclose(history.history["loss"], [expected] * 3, atol=1e-5)
