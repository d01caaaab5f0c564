import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(2)])
initial = {weight.ref(): weight.numpy() for weight in model.weights}
kernel = initial[model.layers[-1].kernel.ref()]

# --- check
assert kernel.shape == (3, 2), kernel.shape
