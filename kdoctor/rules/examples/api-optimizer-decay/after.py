import numpy as np
import tensorflow as tf

rate = tf.keras.optimizers.schedules.InverseTimeDecay(0.25, decay_steps=1, decay_rate=1.0)
optimizer = tf.keras.optimizers.SGD(learning_rate=rate)

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((1,)),
        tf.keras.layers.Dense(1, kernel_initializer="zeros", use_bias=False),
    ]
)
model.compile(optimizer=optimizer, loss="mse")
for step in range(2):
    model.train_on_batch(np.array([[1.0]]), np.array([[1.0]]))

# --- check
# the gradient of (w - 1) ** 2 is 2 * (w - 1); the rates are 0.25 and 0.25 / (1 + 1.0)
expected = 0.0
for rate in (0.25, 0.125):
    expected -= rate * 2 * (expected - 1)
weight = model.get_weights()[0][0, 0]
assert abs(weight - expected) < 1e-6, (weight, expected)
