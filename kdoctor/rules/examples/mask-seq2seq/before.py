import numpy as np
import tensorflow as tf

# "translate" by turning the sentence round; 0 is padding, 1 ends a sentence, 2 starts one
source = np.random.default_rng(0).integers(3, 9, size=(64, 4))
target = np.zeros((64, 12), "int32")
target[:, :4], target[:, 4] = source[:, ::-1], 1
given = np.zeros_like(target)
given[:, 0], given[:, 1:5] = 2, target[:, :4]

encoder_input = tf.keras.Input(shape=(4,), dtype="int32")
decoder_input = tf.keras.Input(shape=(12,), dtype="int32")
source_words = tf.keras.layers.Embedding(9, 8, mask_zero=True)(encoder_input)
target_words = tf.keras.layers.Embedding(9, 8, mask_zero=True)(decoder_input)
_, *state = tf.keras.layers.LSTM(16, return_state=True)(source_words)
decoded = tf.keras.layers.LSTM(16, return_sequences=True)(target_words, initial_state=state)
output = tf.keras.layers.Dense(9, activation="softmax")(decoded)
model = tf.keras.Model([encoder_input, decoder_input], output)
model.compile(tf.keras.optimizers.Adam(0.03), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit([source, given], target, epochs=3, verbose=0)
accuracy = model.evaluate([source, given], target, verbose=0, return_dict=True)["accuracy"]

# --- check
right = np.argmax(model([source, given]), axis=-1) == target
real = target != 0
assert right[real].mean() > 0.2, "it has learned something"
np.testing.assert_allclose(accuracy, right[real].mean(), atol=1e-5)
