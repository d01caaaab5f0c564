import numpy as np
import tensorflow as tf

probabilities = np.array([[[0.6, 0.1, 0.3], [0.2, 0.3, 0.5], [0.1, 0.7, 0.2]]], "float32")
labels = np.array([[0, 1]])  # the last of the three classes is the blank

loss = tf.keras.backend.ctc_batch_cost(labels, probabilities, np.array([[3]]), np.array([[2]]))

# --- check
from itertools import groupby, product

likelihood = sum(
    np.prod([probabilities[0, step, key] for step, key in enumerate(path)])
    for path in product(range(3), repeat=3)
    if [key for key, _ in groupby(path) if key != 2] == [0, 1]
)
assert abs(float(np.ravel(loss)[0]) + np.log(likelihood)) < 1e-4, (loss, -np.log(likelihood))
