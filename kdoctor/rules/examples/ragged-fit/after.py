import numpy as np
import tensorflow as tf

sentences = tf.ragged.constant([[1, 2, 3], [4]])
padded = sentences.to_tensor(default_value=0)  # no word may have the number 0
wanted = np.array([[1.0, 0.0], [0.0, 1.0]])

model = tf.keras.Sequential([tf.keras.layers.Embedding(6, 2, mask_zero=True), tf.keras.layers.GRU(2)])
model.compile(optimizer="sgd", loss="mse")
model.fit(padded, wanted, verbose=0)
predictions = model(padded)

# --- check
table, kernel, recurrent_kernel, bias = model.get_weights()
for row, sentence in enumerate([[1, 2, 3], [4]]):
    state = np.zeros(2)
    for token in sentence:
        x = np.split(table[token] @ kernel + bias[0], 3)
        h = np.split(state @ recurrent_kernel + bias[1], 3)
        update, reset = (1 / (1 + np.exp(-x[gate] - h[gate])) for gate in (0, 1))
        state = update * state + (1 - update) * np.tanh(x[2] + reset * h[2])
    assert np.allclose(predictions[row], state, atol=1e-4), (predictions[row], state)
