import numpy as np
import tensorflow as tf

layers = tf.keras.layers
rnn = layers.SimpleRNN(2, kernel_initializer="ones")
model = tf.keras.Sequential([tf.keras.Input((1, 3)), rnn, layers.ActivityRegularization(l2=0.5)])
model.compile("sgd", "mse")

# --- check
outputs = np.full((1, 2), np.tanh(3.0))
penalty = float(model.evaluate(np.ones((1, 1, 3)), outputs, verbose=0))
np.testing.assert_allclose(penalty, 0.5 * np.sum(outputs**2), rtol=1e-4)
