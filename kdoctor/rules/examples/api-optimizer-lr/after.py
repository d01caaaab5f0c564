import numpy as np
import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((1,)),
        tf.keras.layers.Dense(1, kernel_initializer="zeros", use_bias=False),
    ]
)
model.compile(optimizer=tf.keras.optimizers.SGD(learning_rate=0.25), loss="mse")
model.train_on_batch(np.array([[1.0]]), np.array([[1.0]]))

# --- check
# the gradient of (w - 1) ** 2 at w = 0 is -2; a step at a rate of 0.25 ends at 0.5
weight = model.get_weights()[0][0, 0]
assert abs(weight - 0.5) < 1e-6, weight
