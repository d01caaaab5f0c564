import numpy as np
from tensorflow.keras.layers.experimental import preprocessing

rescale = preprocessing.Rescaling(1.0 / 255)
normalize = preprocessing.Normalization(mean=3.0, variance=4.0)
pixels = rescale(np.array([[51.0, 255.0]], "float32"))
numbers = normalize(np.array([[3.0], [7.0]], "float32"))

# --- check
assert np.allclose(pixels, [[0.2, 1.0]]), pixels
assert np.allclose(numbers, [[0.0], [2.0]]), numbers
