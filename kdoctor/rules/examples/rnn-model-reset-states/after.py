import numpy as np
import tensorflow as tf

x = np.random.default_rng(0).normal(size=(4, 5, 2)).astype("float32")


def reset_states(model):
    for layer in model.layers:
        if hasattr(layer, "layers"):  # a model inside the model
            reset_states(layer)
        elif hasattr(layer, "reset_states"):
            layer.reset_states()


model = tf.keras.Sequential()
model.add(tf.keras.Input(batch_shape=(4, 5, 2)))
model.add(tf.keras.layers.LSTM(3, stateful=True))
model.predict(x, batch_size=4, verbose=0)

reset_states(model)
prediction = model.predict(x, batch_size=4, verbose=0)

# --- check


def lstm(x, weights, hidden, cell):
    kernel, recurrent, bias = weights
    for step in range(x.shape[1]):
        enter, forget, new, leave = np.split(x[:, step] @ kernel + hidden @ recurrent + bias, 4, axis=-1)
        cell = cell / (1 + np.exp(-forget)) + np.tanh(new) / (1 + np.exp(-enter))
        hidden = np.tanh(cell) / (1 + np.exp(-leave))
    return hidden, cell


hidden, _ = lstm(x, model.get_weights(), np.zeros((4, 3)), np.zeros((4, 3)))
np.testing.assert_allclose(prediction, hidden, atol=1e-5)
