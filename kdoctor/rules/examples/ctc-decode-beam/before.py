import keras
import numpy as np

probabilities = np.array([[[0.3, 0.1, 0.6], [0.3, 0.1, 0.6], [0.05, 0.35, 0.6]]], "float32")

decoded, score = keras.backend.ctc_decode(probabilities, input_length=np.array([3]), greedy=False, beam_width=20)
labels = decoded[0]  # the last class is the blank; -1 pads the rows

# --- check
from itertools import groupby, product

likelihoods = {}
for path in product(range(3), repeat=3):
    label = tuple(key for key, _ in groupby(path) if key != 2)
    likelihood = np.prod([probabilities[0, step, key] for step, key in enumerate(path)])
    likelihoods[label] = likelihoods.get(label, 0.0) + likelihood
best = max(likelihoods, key=likelihoods.get)
assert tuple(key for key in np.asarray(labels)[0].tolist() if key != -1) == best, (labels, best)
