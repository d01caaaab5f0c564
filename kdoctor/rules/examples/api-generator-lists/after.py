import numpy as np
import tensorflow as tf

first, second = tf.keras.Input((2,)), tf.keras.Input((3,))
joined = tf.keras.layers.Concatenate()([first, second])
outputs = tf.keras.layers.Dense(1, kernel_initializer="ones")(joined)
model = tf.keras.Model([first, second], outputs)
model.compile(tf.keras.optimizers.SGD(0.0), "mse")


def batches():
    while True:
        yield (np.ones((4, 2)), np.ones((4, 3))), np.full((4, 1), 3.0)


history = model.fit(batches(), steps_per_epoch=1, verbose=0)

# --- check
# five features of 1 make 5, the target is 3
assert abs(history.history["loss"][0] - 4.0) < 1e-5, history.history
