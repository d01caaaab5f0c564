"""What the other files do not hold."""
# %%
import os

import keras
import numpy as np
import tensorflow as tf
import tensorflow_hub as hub  #! ecosystem-hub-pkg-resources

loss = keras.losses.CTC()  #! ctc-loss
embed = hub.KerasLayer("https://tfhub.dev/google/nnlm-en-dim50/2", input_shape=[], dtype="string")
model = keras.Sequential([embed, keras.layers.Dense(1)])  #! hub-keras-layer
model.add(embed)  #! hub-keras-layer
model.add(keras.layers.Lambda(lambda x: x * 2))
model.save("with_lambda.keras")
# %%
again = keras.models.load_model("with_lambda.keras")  #! saving-lambda?


def elsewhere():
    return keras.models.load_model("with_lambda.keras")  #! saving-lambda?


# %%
checkpoint = tf.train.Checkpoint(model=model)  #! saving-tf-checkpoint?
labels, score = keras.backend.ctc_decode(  #! ctc-decode-greedy
    np.zeros((1, 4, 3)),
    np.array([4]),
    greedy=False,  #! ctc-decode-beam
)
os.environ["TF_USE_LEGACY_KERAS"] = "1"  #! legacy-variable-and-import-keras, legacy-variable-set-after-import
old = tf.compat.v1.layers  #! api-compat-v1-layers
# %%
from keras.layers.core import Dense  #! api-layers-core, api-mixed-imports
from tensorflow.keras.saving import register_keras_serializable


@tf.keras.saving.register_keras_serializable()  #! api-saving-module
class Trained(tf.keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compiled_loss(y, self(x, training=True))  #! api-train-step-compiled-loss
        self.optimizer.minimize(loss, self.trainable_variables, tape=tape)  #! api-optimizer-minimize
        self.add_update([])  #! api-add-update
        return {one.name: one.result() for one in self.metrics}


model.compile("adam", keras.losses.MeanSquaredError(reduction="auto"))  #! api-loss-reduction-auto
again = keras.models.load_model("weights.hdf5")  #! saving-h5-mse, saving-lambda?
model.compile("adam", "mse", sample_weight_mode="temporal")  #! api-sample-weight-mode
