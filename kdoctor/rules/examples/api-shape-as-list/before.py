import tensorflow as tf

inputs = tf.keras.Input((4, 3))
steps, features = inputs.shape.as_list()[1:]
outputs = tf.keras.layers.Reshape((steps * features,))(inputs)

# --- check
assert (steps, features) == (4, 3)
assert tuple(outputs.shape) == (None, 12)
