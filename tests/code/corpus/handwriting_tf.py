"""The same with `tensorflow.keras`, aliases, and the CTC layer of the captcha example."""
# %%
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K
from tensorflow.keras import layers
from tensorflow.keras.backend import ctc_batch_cost as batch_cost  #! ctc-batch-cost

# %%


class CTCLayer(layers.Layer):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.loss_fn = keras.backend.ctc_batch_cost  #! ctc-batch-cost

    def call(self, y_true, y_pred):
        length = tf.ones((tf.shape(y_true)[0], 1), dtype="int64")
        self.add_loss(self.loss_fn(y_true, y_pred, length, length))
        return y_pred


def ctc_lambda_func(args):
    y_pred, labels, input_length, label_length = args
    y_pred = y_pred[:, 2:, :]
    return K.ctc_batch_cost(labels, y_pred, input_length, label_length)  #! ctc-batch-cost


input_data = layers.Input(name="the_input", shape=(128, 64, 1), dtype="float32")
labels = layers.Input(name="the_labels", shape=[16], dtype="float32")
input_length = layers.Input(name="input_length", shape=[1], dtype="int64")
label_length = layers.Input(name="label_length", shape=[1], dtype="int64")
inner = layers.Conv2D(16, 3, padding="same")(input_data)
inner = layers.Reshape(target_shape=(32, -1))(inner)
gru_1 = layers.GRU(512, return_sequences=True)(inner)
y_pred = layers.Dense(30, activation="softmax", name="softmax")(gru_1)
loss_out = layers.Lambda(ctc_lambda_func, output_shape=(1,), name="ctc")([y_pred, labels, input_length, label_length])
model = keras.Model(inputs=[input_data, labels, input_length, label_length], outputs=loss_out)
model.compile(loss={"ctc": lambda y_true, y_pred: y_pred}, optimizer=keras.optimizers.SGD(lr=0.02, decay=1e-6, momentum=0.9))  #! api-optimizer-lr, api-optimizer-decay
# %%
decoded = K.ctc_decode(np.zeros((1, 4, 3)), np.array([4]))
lengths = tf.one_hot(labels, 30)  #! symbolic-tf-one-hot
