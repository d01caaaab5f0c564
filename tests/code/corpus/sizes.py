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
