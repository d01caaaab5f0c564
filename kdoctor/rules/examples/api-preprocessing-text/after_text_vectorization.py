import numpy as np
import tensorflow as tf

texts = ["the cat and the dog and the bird", "the dog and the dog"]
vectorize = tf.keras.layers.TextVectorization(max_tokens=5, output_sequence_length=6)
vectorize.adapt(texts)
numbers = np.asarray(vectorize(["the dog and a mouse"]))

# --- check
# "the" occurs 5 times, "dog" and "and" 3 times; 0 is padding and 1 an unknown word
words = [int(number) for number in numbers[0]]
assert words in ([2, 3, 4, 1, 1, 0], [2, 4, 3, 1, 1, 0]), words
