"""Arguments that are gone, and defaults that are other numbers."""
# %%
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, optimizers

x = layers.Input((4, 3))
layers.Embedding(10, 4, input_length=20)  #! layers-embedding-input-length
layers.TextVectorization(output_mode="multi_hot")
layers.StringLookup(vocabulary=["a"], output_mode="count")
layers.StringLookup(vocabulary=["a"], output_mode="int")
layers.Dropout(0.5)(x, True)  #! layers-positional-flag
layers.Dropout(0.5)(x, training=True)
layers.BatchNormalization(axis=[3])  #! layers-batchnorm-axis-list
layers.BatchNormalization(axis=3)
layers.BatchNormalization(renorm=True)  #! layers-batchnorm-renorm
layers.BatchNormalization(fused=False)  #! layers-batchnorm-renorm
layers.AveragePooling2D()  #! layers-average-pooling
layers.AveragePooling2D(2)
layers.AvgPool1D(pool_size=2)
layers.Dense(2, weights=[np.ones((5, 2)), np.ones(2)])  #! layers-dense-weights
layers.Embedding(10, 4, weights=[np.ones((10, 4))])
layers.Dense(1, name="block/out")  #! layers-name-slash
layers.Input((3,), name=f"{x}/in")  #! layers-name-slash
layers.LocallyConnected1D(4, 3)(x)  #! layers-locally-connected
layers.LSTM(3, time_major=True)  #! layers-rnn-time-major
layers.RNN(layers.LSTMCell(3))(x, constants=[tf.ones((2, 3))])  #! layers-rnn-constants
layers.LSTMCell(3).get_initial_state(batch_size=2, dtype="float32")  #! layers-cell-initial-state
tf.keras.Sequential([layers.RandomCrop(3, 2), layers.Flatten()])  #! layers-random-crop
tf.keras.Sequential([layers.RandomCrop(3, 2), layers.CenterCrop(3, 2)])
layers.RandomCrop(3, 2)(layers.Input((6, 8, 3)))  #! layers-random-crop
layers.RandomCrop(3, 2)(np.ones((2, 6, 8, 3)), training=True)
layers.Dense(2, activity_regularizer="l1")  #! training-activity-regularizer
layers.ActivityRegularization(l1=0.1)  #! training-activity-regularizer
layers.Dense(2, activity_regularizer=None)
layers.SimpleRNN(3, activity_regularizer="l2")  #! layers-rnn-activity, training-activity-regularizer
layers.LayerNormalization()(layers.Input((3,), dtype="int32"))  #! layers-normalization-integers
layers.LayerNormalization()(layers.Input((3,), dtype="float32"))
layers.LayerNormalization()(x)
layers.SeparableConv2D(3, 2, data_format="channels_first")  #! layers-add-column?
table, row, column = tf.keras.Input((4, 3)), tf.keras.Input((1, 3)), tf.keras.Input(shape=(3, 1))
layers.Add()([table, column])  #! layers-add-column?
tf.keras.ops.add(table, column)  #! layers-add-column?
layers.Add()([column, table])
layers.Add()([table, row])
layers.Add()([table, table])
tf.keras.ops.add(table, tf.keras.Input((4, 1)))
layers.Conv2D(3, 2, data_format="channels_last")
tf.keras.backend.set_image_data_format("channels_first")
layers.Conv1D(3, 2)  #! layers-data-format
layers.GlobalMaxPooling1D()  #! layers-data-format
layers.Conv1D(3, 2, data_format="channels_last")
layers.Conv2D(3, 2)
# %%
optimizers.Lion()  #! training-lion-default
optimizers.Lion(1e-4)
optimizers.RMSprop(use_ema=True)  #! training-ema-default
optimizers.SGD(0.1, use_ema=True, ema_overwrite_frequency=2)  #! training-ema-average
layers.ConvLSTM2D(1, 1)  #! training-conv-lstm-gates
layers.ConvLSTM2D(1, 1, recurrent_activation="hard_sigmoid")  #! training-hard-sigmoid
layers.Activation(tf.keras.activations.hard_sigmoid)  #! training-hard-sigmoid
optimizer = optimizers.Adam()
optimizer.lr = 0.1  #! training-optimizer-lr-assign
