import numpy as np
import tensorflow as tf

words = np.array([[1, 2, 3, 0, 0, 0], [4, 3, 2, 1, 0, 0], [2, 4, 0, 0, 0, 0]])  # 0 is padding
tags = np.array([[1, 1, 2, 0, 0, 0], [1, 2, 1, 1, 0, 0], [1, 1, 0, 0, 0, 0]])

model = tf.keras.Sequential()
model.add(tf.keras.layers.Embedding(5, 8, mask_zero=True))
model.add(tf.keras.layers.Dense(3, activation="softmax"))
model.compile(tf.keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(words, tags, epochs=5, verbose=0)
accuracy = model.evaluate(words, tags, verbose=0, return_dict=True)["accuracy"]

# --- check
right = np.argmax(model(words), axis=-1) == tags
real = words != 0
assert right[real].mean() > 0.5, "it has learned something"
np.testing.assert_allclose(accuracy, right[real].mean(), atol=1e-5)
