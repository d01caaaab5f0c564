import numpy as np
import tensorflow as tf

width, height = tf.keras.Input((1,), name="width"), tf.keras.Input((1,), name="height")
model = tf.keras.Model([width, height], tf.keras.layers.Subtract()([width, height]))

age, high, wide = (np.full((1, 1), value, "float32") for value in (100, 3, 10))
answer = model.predict({"age": age, "height": high, "width": wide}, verbose=0)

# --- check
np.testing.assert_allclose(answer, [[7]])
