import numpy as np
import tensorflow as tf

metric = tf.keras.metrics.SparseCategoricalCrossentropy(ignore_class=0)
metric.update_state(np.array([1, 0, 0, 0]), np.array([[0.25, 0.75], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]))

# --- check
np.testing.assert_allclose(float(metric.result()), -np.log(0.75), rtol=1e-4)
