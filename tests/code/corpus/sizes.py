"""What layers and models are given: sizes, strings, pandas, arguments that only Keras 2 filled in."""

import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.preprocessing.image import ImageDataGenerator

SHAPE = (28, 28, 1)


class Gate(layers.Layer):
    def __init__(self, depth):
        super().__init__()
        self.inner = layers.Dense(depth)

    def call(self, inputs, training):
        return self.inner(inputs) if training else inputs


class Named(layers.Layer):
    def call(self, inputs, *, training):
        return inputs


class Free(layers.Layer):
    def call(self, inputs, training=None):
        return inputs


noise = keras.Input((16,))
hidden = Gate(16)(noise)  #! layers-call-training-missing
hidden = Named()(hidden)  #! layers-call-training-missing
hidden = Gate(16)(hidden, training=True)
hidden = Free()(hidden)
flat = layers.Dense(np.prod(SHAPE))(hidden)  #! layers-dense-numpy-units
flat = layers.Dense(units=4 * np.prod(SHAPE))(hidden)  #! layers-dense-numpy-units
flat = layers.Dense(int(np.prod(SHAPE)))(hidden)
flat = layers.Dense(len(SHAPE) / 3)(flat)  #! layers-size-quotient
flat = layers.Dense(len(SHAPE) // 3)(flat)
generator = keras.Model(noise, flat)
generator.compile("adam", loss="mse", metrics="mae")  #! training-metrics-not-a-list
generator.compile("adam", loss="mse", metrics=["mae"])
generator(np.ones((2, 16)), np.ones((2, 16)))  #! layers-positional-flag
generator(np.ones((2, 16)), None)

text = keras.Input((1,), dtype="string")
counted = layers.TextVectorization(output_mode="count")
columns = counted(text)  #! layers-text-vectorization-column
columns = counted(keras.Input((), dtype="string"))
reader = keras.Model(text, columns)
reader.predict(np.array(["one text", "another"]))  #! layers-string-input
reader.predict(np.array([1, 2]))

table = pd.read_csv("table.csv")
target = table.pop("target")
scale = layers.Normalization()
scale.adapt(table[["a", "b"]])  #! layers-adapt-pandas
scale.adapt(table.to_numpy())
scale.adapt(np.array(table))

board = keras.callbacks.TensorBoard("logs")  #! ecosystem-tensorboard-missing?
generator.fit(table, target, callbacks=[board])  #! ecosystem-tensorboard-missing
tf.summary.scalar("loss", 0.5, step=1)  #! ecosystem-tensorboard-missing
ImageDataGenerator(rescale=1 / 255).flow_from_directory("images").class_indices

codes = np.array([3, 4])
layers.Embedding(codes.max() + 1, 8)  #! layers-size-of-numpy
layers.Embedding(input_dim=1000, output_dim=16 / 2)  #! layers-size-of-numpy
layers.MultiHeadAttention(4, np.floor(7.5))  #! layers-size-of-numpy
layers.Embedding(int(codes.max()) + 1, 8)
layers.MultiHeadAttention(num_heads=4, key_dim=32 // 4)
layers.Dense(6.0)  #! layers-size-quotient
layers.Dense("6")  #! layers-size-quotient
layers.Dense(np.amax(codes) + 1)  #! layers-dense-numpy-units
layers.Dense(np.amax([[1, 2]], axis=1).shape[0])

generator.compile(tf.compat.v1.train.GradientDescentOptimizer(0.1), "mse")  #! training-tensorflow-1-optimizer, training-compile-again
own_rule = tf.compat.v1.train.MomentumOptimizer(0.1, 0.9)
generator.compile(optimizer=own_rule, loss="mse")  #! training-tensorflow-1-optimizer, training-compile-again
own_rule.minimize(lambda: 0)
keras.optimizers.SGD(0.1, clipnorm=1.0, clipvalue=0.5)  #! training-two-clips
keras.optimizers.SGD(0.1, clipnorm=1.0, clipvalue=None)

reader.predict(["one text", "another"])  #! layers-string-input
generator.add_loss(lambda: 0.1)  #! symbolic-add-loss
generator.add_loss(np.mean([1, 2]))  #! symbolic-add-loss
nested_loss = keras.Sequential([layers.Dense(1)])
nested_loss.add_loss(np.mean([1, 2]))


class Spread(layers.Layer):
    def call(self, inputs):
        self.add_loss(lambda: tf.reduce_sum(inputs))  #! symbolic-add-loss
        self.add_loss(tf.reduce_sum(inputs))
        return inputs


class Inner(layers.Layer):
    def __init__(self):
        super().__init__()
        self.drop = layers.Dropout(0.1)
        self.cell = layers.GRUCell(4)

    def call(self, inputs, states, training=None):
        inputs = self.drop(inputs, training)  #! layers-positional-flag
        self.cell(inputs, [states], training)  #! layers-positional-flag
        return self.drop(inputs, training=training)


class Outer(keras.Model):
    def __init__(self, count):
        super().__init__()
        self.parts = [Inner() for _ in range(count)]

    def call(self, inputs, training=None):
        for number in range(2):
            inputs = self.parts[number](inputs, inputs, training)  #! layers-positional-flag
        return inputs


stack = Outer(2)
stack(codes, 3)  #! layers-positional-flag
stack(codes, training=True)
layers.RandomFlip()(codes, True)

generator.predict(codes.tolist())  #! api-python-lists
generator.fit([number / 10 for number in range(10)], codes)  #! api-python-lists

drop = keras.callbacks.ReduceLROnPlateau()
rates = generator.fit(table, target, callbacks=[drop]).history["lr"]  #! training-history-lr
record = generator.fit(table, target, callbacks=make_callbacks())
record.history["lr"]  #! training-history-lr?
record.history["learning_rate"]

nested = keras.Sequential([generator, layers.Dense(1)])
nested.layers[0].output_shape
nested.layers[-1].output_shape  #! api-layer-output-shape

bracketed = keras.Model(inputs=[noise], outputs=[flat])
bracketed.output.shape  #! api-outputs-nested
answer = bracketed(codes)
answer[:, 0]
answer.numpy()
bracketed.output[:, 0]  #! api-outputs-nested
bracketed.output[0].shape
both = keras.Model(noise, [hidden, bracketed.output])  #! api-outputs-nested?
first, second = both(codes)
first[:, 0]
second[..., 0]  #! api-outputs-nested
generator(codes)[:, 0], generator.output.shape

half = codes.shape[0] / 2
layers.Dense(half)  #! layers-size-quotient
layers.Dense(int(half))
layers.Dense(half // 1)
tf.compat.v1.image.resize_bilinear(noise, (4, 4))  #! symbolic-tf-math
layers.Lambda(lambda images: tf.compat.v1.image.resize_bilinear(images, (4, 4)))(noise)
keras.backend.set_value(nested.layers[-1].kernel, codes)  #! api-backend-set-value
nested.save("net", save_format="h5")  #! saving-no-extension
nested.save("net.h5", save_format="h5")
keras.callbacks.ModelCheckpoint("net.hdf5", save_weights_only=False)  #! saving-no-extension
