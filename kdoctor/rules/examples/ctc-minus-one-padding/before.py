import keras
import numpy as np

logits = np.cos(np.arange(24.0)).reshape(2, 4, 3).astype("float32")
labels = np.array([[1, 2], [2, -1]])  # class 0 is the blank, -1 pads the shorter label

losses = keras.losses.CTC(reduction="none")(labels, logits)

# --- check
from itertools import groupby, product

scores = np.exp(logits) / np.sum(np.exp(logits), axis=-1, keepdims=True)
for row, label in enumerate([[1, 2], [2]]):
    likelihood = sum(
        np.prod([scores[row, step, key] for step, key in enumerate(path)])
        for path in product(range(3), repeat=4)
        if [key for key, _ in groupby(path) if key != 0] == label
    )
    assert abs(float(losses[row]) + np.log(likelihood)) < 1e-3, (losses, -np.log(likelihood))
