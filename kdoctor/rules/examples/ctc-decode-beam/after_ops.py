import keras
import numpy as np

probabilities = np.array([[[0.3, 0.1, 0.6], [0.3, 0.1, 0.6], [0.05, 0.35, 0.6]]], "float32")

blank = probabilities.shape[-1] - 1
decoded, score = keras.ops.ctc_decode(
    keras.ops.log(probabilities), np.array([3]), strategy="beam_search", beam_width=20, mask_index=blank
)
labels = decoded[0]  # -1 pads the rows

# --- check
from itertools import groupby, product

likelihoods = {}
for path in product(range(3), repeat=3):
    label = tuple(key for key, _ in groupby(path) if key != 2)
    likelihood = np.prod([probabilities[0, step, key] for step, key in enumerate(path)])
    likelihoods[label] = likelihoods.get(label, 0.0) + likelihood
best = max(likelihoods, key=likelihoods.get)
assert tuple(key for key in np.asarray(labels)[0].tolist() if key != -1) == best, (labels, best)
