import numpy as np
import tensorflow as tf

words = np.array([[0, 0, 3, 1, 2], [4, 2, 3, 0, 0]])  # 0 is padding
state = np.full((2, 4), 0.5, "float32")

word_input = tf.keras.Input(shape=(5,), dtype="int32")
state_input = tf.keras.Input(shape=(4,))
embedding = tf.keras.layers.Embedding(5, 3, mask_zero=True)
gru_layer = tf.keras.layers.GRU(4)
mask = embedding.compute_mask(word_input)
output = gru_layer(embedding(word_input), initial_state=state_input, mask=mask)
model = tf.keras.Model([word_input, state_input], output)
prediction = model.predict([words, state], verbose=0)

# --- check


def gru(x, weights, hidden):
    kernel, recurrent, bias = weights
    outputs = []
    for step in range(x.shape[1]):
        given = np.split(x[:, step] @ kernel + bias[0], 3, axis=-1)
        kept = np.split(hidden @ recurrent + bias[1], 3, axis=-1)
        update, reset = (1 / (1 + np.exp(-given[k] - kept[k])) for k in (0, 1))
        hidden = update * hidden + (1 - update) * np.tanh(given[2] + reset * kept[2])
        outputs.append(hidden)
    return np.stack(outputs, axis=1)


for row, sentence in enumerate(words):
    vectors = embedding.get_weights()[0][sentence[sentence != 0]][None]
    expected = gru(vectors, gru_layer.get_weights(), state[:1])[:, -1]
    np.testing.assert_allclose(prediction[row : row + 1], expected, atol=1e-5)
