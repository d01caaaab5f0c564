import numpy as np
import tensorflow as tf

inputs = tf.keras.Input(batch_shape=(4, 3, 2))
model = tf.keras.Model(inputs, tf.keras.layers.SimpleRNN(5, stateful=True)(inputs))


def predict(batch):
    return model(batch)


# --- check
right = predict(np.ones((4, 3, 2), "float32"))
assert right.shape == (4, 5)
refused = False
try:
    predict(np.ones((1, 3, 2), "float32"))
except Exception:
    refused = True
assert refused, "one sample was spread over four states"
