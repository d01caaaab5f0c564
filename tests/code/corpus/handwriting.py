"""Handwriting recognition with CTC, as the Keras example of 2021 has it, for `import keras`."""
# %%
import os

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras.layers import StringLookup

np.random.seed(42)
tf.random.set_seed(42)
batch_size = 64
padding_token = 99
image_width, image_height = 128, 32
characters = sorted(set("abcdefgh"))
# %%
char_to_num = StringLookup(vocabulary=list(characters), mask_token=None)
num_to_char = StringLookup(vocabulary=char_to_num.get_vocabulary(), mask_token=None, invert=True)


def distortion_free_resize(image, img_size):
    w, h = img_size
    image = tf.image.resize(image, size=(h, w), preserve_aspect_ratio=True)
    pad_height = h - tf.shape(image)[0]
    image = tf.pad(image, paddings=[[pad_height, 0], [0, 0], [0, 0]])
    return tf.image.flip_left_right(tf.transpose(image, perm=[1, 0, 2]))


def vectorize_label(label):
    label = char_to_num(tf.strings.unicode_split(label, input_encoding="UTF-8"))
    length = tf.shape(label)[0]
    return tf.pad(label, paddings=[[0, 21 - length]], constant_values=padding_token)


# %%
class CTCLayer(keras.layers.Layer):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.loss_fn = keras.backend.ctc_batch_cost  #! ctc-batch-cost-keras

    def call(self, y_true, y_pred):
        batch_len = tf.cast(tf.shape(y_true)[0], dtype="int64")
        input_length = tf.cast(tf.shape(y_pred)[1], dtype="int64")
        label_length = tf.cast(tf.shape(y_true)[1], dtype="int64")
        input_length = input_length * tf.ones(shape=(batch_len, 1), dtype="int64")
        label_length = label_length * tf.ones(shape=(batch_len, 1), dtype="int64")
        loss = self.loss_fn(y_true, y_pred, input_length, label_length)  #! ctc-training-layer
        self.add_loss(loss)
        return y_pred


def build_model():
    input_img = keras.Input(shape=(image_width, image_height, 1), name="image")
    labels = keras.layers.Input(name="label", shape=(None,))
    x = keras.layers.Conv2D(32, (3, 3), activation="relu", kernel_initializer="he_normal", padding="same")(input_img)
    x = keras.layers.MaxPooling2D((2, 2), name="pool1")(x)
    x = keras.layers.Reshape(target_shape=(64, 16 * 32), name="reshape")(x)
    x = keras.layers.Bidirectional(keras.layers.LSTM(128, return_sequences=True, dropout=0.25))(x)
    x = keras.layers.Dense(len(char_to_num.get_vocabulary()) + 2, activation="softmax", name="dense2")(x)
    output = CTCLayer(name="ctc_loss")(labels, x)
    model = keras.models.Model(inputs=[input_img, labels], outputs=output, name="handwriting_recognizer")
    opt = keras.optimizers.Adam()
    model.compile(optimizer=opt)
    return model


model = build_model()
model.summary()
# %%
class EditDistanceCallback(keras.callbacks.Callback):
    def __init__(self, pred_model):
        super().__init__()
        self.prediction_model = pred_model

    def on_epoch_end(self, epoch, logs=None):
        predictions = self.prediction_model.predict(np.zeros((1, 128, 32, 1)))
        print(epoch, predictions.shape)


model = build_model()
prediction_model = keras.models.Model(model.get_layer(name="image").output, model.get_layer(name="dense2").output)
history = model.fit(None, validation_data=None, epochs=10, callbacks=[EditDistanceCallback(prediction_model)])


# %%
def decode_batch_predictions(pred):
    input_len = np.ones(pred.shape[0]) * pred.shape[1]
    results = keras.backend.ctc_decode(pred, input_length=input_len, greedy=True)[0][0][:, :21]  #! ctc-decode-greedy
    output_text = []
    for res in results:
        res = tf.gather(res, tf.where(tf.math.not_equal(res, -1)))
        output_text.append(tf.strings.reduce_join(num_to_char(res)).numpy().decode("utf-8"))
    return output_text


plt.plot(history.history["loss"])
os.makedirs("out", exist_ok=True)
model.save("out/handwriting")  #! saving-no-extension
