import numpy as np
import tensorflow as tf


class Batches(tf.keras.utils.Sequence):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        return np.ones((2, 1)), np.ones((2, 1))


model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(Batches(), epochs=3)

# --- check
assert int(model.optimizer.iterations.numpy()) == 9
