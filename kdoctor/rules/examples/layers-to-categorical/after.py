import numpy as np
import tensorflow as tf

labels = tf.constant(tf.keras.utils.to_categorical([0, 2, 1], 3).astype("float32"))
probabilities = tf.constant([[0.8, 0.1, 0.1], [0.2, 0.2, 0.6], [0.1, 0.8, 0.1]])
loss = -tf.reduce_mean(tf.reduce_sum(tf.math.log(probabilities) * labels, axis=-1))

# --- check
assert labels.dtype == tf.float32
assert abs(float(loss) + np.log([0.8, 0.6, 0.8]).mean()) < 1e-5
