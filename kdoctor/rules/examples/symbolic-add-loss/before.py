import numpy as np
import tensorflow as tf

inputs = tf.keras.Input(shape=(2,))
codes = tf.keras.layers.Dense(1, kernel_initializer="ones", use_bias=False)(inputs)
model = tf.keras.Model(inputs, codes)
model.add_loss(0.5 * codes * codes)

model.compile(optimizer=tf.keras.optimizers.SGD(0.1))
loss = model.train_on_batch(np.array([[1.0, 2.0]], "float32"))

# --- check
assert abs(float(np.ravel(loss)[0]) - 4.5) < 1e-4, loss  # 3 ** 2 / 2
assert np.allclose(model.get_weights()[0], [[1 - 0.1 * 3 * 1], [1 - 0.1 * 3 * 2]]), model.get_weights()
