import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((2,))])
model.add(tf.keras.layers.Dense(3, name="body"))
model.add(tf.keras.layers.Dense(1, name="head"))
weights = {weight.name: weight.numpy() for weight in model.weights}

# --- check
shapes = {"/".join(name.partition(":")[0].split("/")[-2:]): np.shape(array) for name, array in weights.items()}
assert shapes == {"body/kernel": (2, 3), "body/bias": (3,), "head/kernel": (3, 1), "head/bias": (1,)}, shapes
