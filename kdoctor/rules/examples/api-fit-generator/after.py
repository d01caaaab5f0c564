import numpy as np
import tensorflow as tf


def batches():
    while True:
        yield np.array([[1.0]]), np.array([[1.0]])


model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((1,)),
        tf.keras.layers.Dense(1, kernel_initializer="zeros", use_bias=False),
    ]
)
model.compile(optimizer=tf.keras.optimizers.SGD(0.25), loss="mse")
model.fit(batches(), steps_per_epoch=2, epochs=1)
loss = model.evaluate(batches(), steps=1)

# --- check
# the gradient of (w - 1) ** 2 is 2 * (w - 1): two steps at 0.25 end at 0.75
weight = model.get_weights()[0][0, 0]
assert abs(weight - 0.75) < 1e-6, weight
assert abs(loss - 0.0625) < 1e-6, loss
