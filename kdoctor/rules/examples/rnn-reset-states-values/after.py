import numpy as np
import tensorflow as tf

x = np.random.default_rng(0).normal(size=(4, 5, 2)).astype("float32")

hidden, cell = np.full((4, 3), 0.5, "float32"), np.full((4, 3), -0.5, "float32")

layer = tf.keras.layers.LSTM(3, stateful=True)
model = tf.keras.Sequential([tf.keras.Input(batch_shape=(4, 5, 2)), layer])

for state, value in zip(layer.states, [hidden, cell]):
    state.assign(value)
prediction = model.predict(x, batch_size=4, verbose=0)

# --- check


def lstm(x, weights, hidden, cell):
    kernel, recurrent, bias = weights
    for step in range(x.shape[1]):
        enter, forget, new, leave = np.split(x[:, step] @ kernel + hidden @ recurrent + bias, 4, axis=-1)
        cell = cell / (1 + np.exp(-forget)) + np.tanh(new) / (1 + np.exp(-enter))
        hidden = np.tanh(cell) / (1 + np.exp(-leave))
    return hidden, cell


expected, _ = lstm(x, model.get_weights(), hidden, cell)
np.testing.assert_allclose(prediction, expected, atol=1e-5)
