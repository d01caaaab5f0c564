import keras
import numpy as np

logits = np.cos(np.arange(24.0)).reshape(2, 4, 3).astype("float32")
labels = np.array([[0, 1], [1, 0]])  # as for ctc_batch_cost: class 2, the last, is the blank

shifted = np.roll(logits, 1, axis=-1)  # a model that is trained anew learns this order by itself
losses = keras.losses.CTC(reduction="none")(labels + 1, shifted)

# --- check
from itertools import groupby, product

scores = np.exp(logits) / np.sum(np.exp(logits), axis=-1, keepdims=True)
for row, label in enumerate([[0, 1], [1, 0]]):
    likelihood = sum(
        np.prod([scores[row, step, key] for step, key in enumerate(path)])
        for path in product(range(3), repeat=4)
        if [key for key, _ in groupby(path) if key != 2] == label
    )
    assert abs(float(losses[row]) + np.log(likelihood)) < 1e-3, (losses, -np.log(likelihood))
