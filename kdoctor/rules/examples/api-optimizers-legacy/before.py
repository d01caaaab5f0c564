import numpy as np
import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((1,)),
        tf.keras.layers.Dense(1, kernel_initializer="zeros", use_bias=False),
    ]
)
model.compile(optimizer=tf.keras.optimizers.legacy.Adam(learning_rate=0.1), loss="mse")
model.train_on_batch(np.array([[1.0]]), np.array([[1.0]]))

# --- check
# Adam's first step is as long as the learning rate, whatever the gradient
weight = model.get_weights()[0][0, 0]
assert abs(weight - 0.1) < 1e-4, weight
