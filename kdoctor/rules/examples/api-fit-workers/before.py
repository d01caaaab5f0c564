import numpy as np
import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((1,)),
        tf.keras.layers.Dense(1, kernel_initializer="zeros", use_bias=False),
    ]
)
model.compile(tf.keras.optimizers.SGD(0.25), "mse")
x, y = np.ones((1, 1)), np.ones((1, 1))
model.fit(x, y, workers=4, use_multiprocessing=True, verbose=0)

# --- check
# the gradient of (w - 1) ** 2 at w = 0 is -2; a step at a rate of 0.25 ends at 0.5
assert abs(model.get_weights()[0][0, 0] - 0.5) < 1e-6
