from keras.utils import to_categorical

targets = to_categorical([0, 2], 3)

# --- check
assert targets.tolist() == [[1, 0, 0], [0, 0, 1]], targets
