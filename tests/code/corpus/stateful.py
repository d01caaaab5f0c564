"""Stateful recurrent networks and ragged batches."""
# %%
import numpy as np
import tensorflow as tf
from tensorflow import keras as k
from tensorflow.keras.layers import GRU, LSTM, Bidirectional, Dense, Embedding
from tensorflow.keras.models import Sequential

STATEFUL = True
model = Sequential()
model.add(LSTM(50, batch_input_shape=(1, 10, 1), stateful=True))  #! rnn-batch-input-shape, rnn-stateful-carry
model.add(Dense(1))
model.compile(loss="mse", optimizer="adam")
for epoch in range(3):
    model.fit(np.zeros((1, 10, 1)), np.zeros((1, 1)), epochs=1, batch_size=1, shuffle=False)
    model.reset_states()  #! rnn-model-reset-states
# %%
wrapped = Sequential([
    k.layers.InputLayer(batch_input_shape=(1, None, 3)),  #! rnn-batch-input-shape
    Bidirectional(
        GRU(4, stateful=STATEFUL),  #! rnn-stateful-carry, rnn-stateful-bidirectional
    ),
    Bidirectional(LSTM(4, stateful=True)),  #! rnn-stateful-carry, rnn-stateful-bidirectional
    LSTM(4, stateful=False),
])


class ResetStatesCallback(k.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.reset_states()  #! rnn-model-reset-states, rnn-stateful-fit


rnn = GRU(4, stateful=True)  #! rnn-stateful-carry
rnn.reset_states()
rnn.reset_states(states=np.zeros((2, 4)))  #! rnn-reset-states-values
rnn.reset_states(np.zeros((2, 4)))  #! rnn-reset-states-values
# %%
sentences = tf.ragged.constant([[1, 2, 3], [4]])
ragged = k.Sequential([
    k.layers.Input(shape=[None], ragged=True, dtype=tf.int64),  #! ragged-input
    Embedding(6, 2),
    GRU(2),
])
ragged.fit(sentences, np.zeros((2, 2)))  #! ragged-fit
text = k.layers.TextVectorization(ragged=True)  #! ragged-text-vectorization
tokens = text(tf.constant(["a b c"]))
GRU(3)(Embedding(6, 2)(tokens))  #! ragged-fit
Dense(3)(sentences)  #! ragged-dense
k.layers.GlobalMaxPooling1D()(tf.RaggedTensor.from_row_lengths([1, 2], [1, 1]))  #! ragged-pooling
steps = k.Input((None, 2), ragged=True)  #! ragged-input
Dense(1)(steps)  #! ragged-dense
Dense(1)(tf.ragged.constant([[1.0]]).to_tensor())
