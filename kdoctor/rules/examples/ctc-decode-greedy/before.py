import keras
import numpy as np

probabilities = np.array([[[0.7, 0.1, 0.2], [0.1, 0.1, 0.8], [0.6, 0.2, 0.2], [0.1, 0.6, 0.3]]], "float32")

decoded, score = keras.backend.ctc_decode(probabilities, input_length=np.array([4]), greedy=True)
labels = decoded[0]  # the last class is the blank; -1 pads the rows

# --- check
assert np.asarray(labels).tolist() == [[0, 0, 1, -1]], labels  # the best path is 0, blank, 0, 1
