import numpy as np
import tensorflow as tf

x = np.ones((16, 1), "float32")
data = tf.data.Dataset.from_tensor_slices((x, 2 * x)).batch(4)
model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1, kernel_initializer="ones")])
model.compile("sgd", "mse")
history = model.fit(data, steps_per_epoch=len(data), epochs=4, verbose=0)

# --- check
losses = history.history["loss"]
assert len(losses) == 4, losses
assert all(loss > 0 for loss in losses), losses
assert model.optimizer.iterations.numpy() == 16, "four epochs of four steps"
