import keras
import numpy as np

probabilities = np.array([[[0.6, 0.1, 0.3], [0.2, 0.3, 0.5], [0.1, 0.7, 0.2]]], "float32")
labels = np.array([[0, 1]])  # the last of the three classes is the blank

blank = probabilities.shape[-1] - 1
loss = keras.ops.ctc_loss(labels, keras.ops.log(probabilities), np.array([2]), np.array([3]), mask_index=blank)

# --- check
from itertools import groupby, product

likelihood = sum(
    np.prod([probabilities[0, step, key] for step, key in enumerate(path)])
    for path in product(range(3), repeat=3)
    if [key for key, _ in groupby(path) if key != 2] == [0, 1]
)
assert abs(float(np.ravel(loss)[0]) + np.log(likelihood)) < 1e-4, (loss, -np.log(likelihood))
