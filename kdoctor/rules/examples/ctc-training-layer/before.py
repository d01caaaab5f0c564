import keras
import numpy as np
import tensorflow as tf


class CTCLayer(keras.layers.Layer):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.loss_fn = keras.backend.ctc_batch_cost

    def call(self, y_true, y_pred):
        ones = tf.ones_like(y_true[:, :1], dtype="int64")
        input_length = tf.cast(tf.shape(y_pred)[1], "int64") * ones
        label_length = tf.cast(tf.shape(y_true)[1], "int64") * ones
        self.add_loss(self.loss_fn(y_true, y_pred, input_length, label_length))
        return y_pred


image = keras.layers.Input(shape=(4, 3), name="image")
label = keras.layers.Input(shape=(None,), name="label")
probabilities = keras.layers.Dense(3, activation="softmax", kernel_initializer="zeros")(image)
model = keras.models.Model([image, label], CTCLayer(name="ctc_loss")(label, probabilities))
model.compile(optimizer=keras.optimizers.SGD(0.1))

data = {"image": np.eye(3, dtype="float32")[[[0, 2, 1, 2]]], "label": np.array([[0, 1]], "float32")}
history = model.fit(tf.data.Dataset.from_tensors(data), epochs=3, verbose=0)

# --- check
untrained = -np.log(15 / 3**4)  # two labels in four steps: 15 paths, each as likely as any of the 3**4
assert abs(history.history["loss"][0] - untrained) < 1e-3, (history.history, untrained)
assert history.history["loss"][2] < untrained, history.history
