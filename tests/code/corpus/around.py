"""Packages that bring a Keras of their own choice."""
# %%
import keras_tuner as kt  #! ecosystem-tuner-legacy
import tensorflow as tf
import tensorflow_addons as tfa  #! ecosystem-addons-keras-3
import tensorflow_decision_forests as tfdf  #! ecosystem-decision-forests
import tensorflow_probability as tfp  #! ecosystem-probability
import tensorflow_text as text  #! ecosystem-text-other-release
import tensorflowjs as tfjs  #! ecosystem-tensorflowjs-keras-3
import tf2onnx
from transformers import AutoTokenizer, TFAutoModel, TFBertModel  #! ecosystem-transformers-4

# %%
tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")
bert = TFBertModel.from_pretrained("bert-base-uncased")
model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(1)])
onnx_model, _ = tf2onnx.convert.from_keras(model)  #! ecosystem-tf2onnx-keras-3
tfjs.converters.save_keras_model(model, "web")
tuner = kt.RandomSearch(lambda hp: model, objective="val_loss", max_trials=3)
