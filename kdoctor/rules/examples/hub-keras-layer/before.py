import tensorflow as tf
import tensorflow_hub as hub


def build(handle):  # the address of a module, or its folder
    return tf.keras.Sequential([hub.KerasLayer(handle, input_shape=(3,))])


# --- check
import tempfile

import numpy as np

module = tf.Module()
module.scale = tf.Variable([1.0, 2.0, 3.0])
module.__call__ = tf.function(lambda x: x * module.scale, input_signature=[tf.TensorSpec([None, 3], tf.float32)])
features = np.array([[1, 2, 3], [-1, 0, 2]], "float32")
with tempfile.TemporaryDirectory() as folder:
    tf.saved_model.save(module, folder)
    model = build(folder)
    predicted = model.predict(features, verbose=0)
assert np.allclose(predicted, features * [1, 2, 3]), predicted
