import numpy as np
import tensorflow as tf

steps = np.random.RandomState(0).rand(5, 2, 3).astype("float32")  # 5 steps of 2 samples
layer = tf.keras.layers.SimpleRNN(4)
last = layer(tf.transpose(steps, [1, 0, 2]))

# --- check
kernel, recurrent, bias = layer.get_weights()
state = np.zeros((2, 4))
for step in steps:
    state = np.tanh(step @ kernel + state @ recurrent + bias)
np.testing.assert_allclose(last, state, atol=1e-5)
