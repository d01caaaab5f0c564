import numpy as np
import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((2,)),
        tf.keras.layers.Dense(1, kernel_initializer="ones"),
    ]
)
model.save("my_model", save_format="tf")

# --- check
import os

assert os.path.exists("my_model/saved_model.pb")
