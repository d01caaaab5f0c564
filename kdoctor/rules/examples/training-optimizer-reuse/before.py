import numpy as np
import tensorflow as tf

x = np.ones((4, 1), "float32")
models = []
optimizer = tf.keras.optimizers.Adam(0.1)
for name in ("first", "second"):
    layer = tf.keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = tf.keras.Sequential([tf.keras.Input((1,)), layer], name=name)
    model.compile(optimizer, "mse")
    model.fit(x, 0 * x, verbose=0)
    models.append(model)

# --- check
for model in models:  # the first step of Adam is as long as the learning rate
    np.testing.assert_allclose(model.get_weights()[0], [[0.9]], rtol=1e-4)
