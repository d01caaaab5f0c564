import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(2)])
initial = {id(weight): weight.numpy() for weight in model.weights}
kernel = initial[id(model.layers[-1].kernel)]

# --- check
assert kernel.shape == (3, 2), kernel.shape
