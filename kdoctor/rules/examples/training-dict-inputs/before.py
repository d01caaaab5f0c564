import numpy as np
import tensorflow as tf

width, height = tf.keras.Input((1,), name="width"), tf.keras.Input((1,), name="height")
model = tf.keras.Model([width, height], tf.keras.layers.Subtract()([width, height]))

wide, high = np.full((1, 1), 10.0, "float32"), np.full((1, 1), 3.0, "float32")
answer = model.predict({"width": wide, "height": high}, verbose=0)

# --- check
np.testing.assert_allclose(answer, [[7]])
