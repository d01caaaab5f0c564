"""A SavedModel of Keras 2, loaded in every way that people try."""
# %%
import os
from pathlib import Path

import keras
import tensorflow as tf
from tensorflow.keras.models import load_model

export_dir = "exported/1"
MODELS = Path("models")
# %%
model = load_model(export_dir)  #! savedmodel-load-model
model2 = tf.keras.models.load_model(os.path.join("runs", "best_model"))  #! savedmodel-load-model
model3 = keras.saving.load_model(MODELS / "final")  #! savedmodel-load-model
model4 = keras.models.load_model(f"{export_dir}/model.keras")
model5 = keras.models.load_model("weights.h5")  #! saving-h5-mse?
model6 = keras.models.load_model("weights.h5", compile=False)
model7 = keras.models.load_model("weights.h5", custom_objects={"mse": keras.losses.MeanSquaredError()})
name = input()
model8 = keras.models.load_model(name)
model9 = keras.models.load_model(name + ".h5")  #! saving-h5-mse?
# %%
layer = keras.layers.TFSMLayer(export_dir, call_endpoint="serving_default")  #! savedmodel-tfsm-single
a = keras.Input((2,))
b = keras.Input((3,))
out = layer([a, b])  #! savedmodel-tfsm-multi-input
out = layer({"a": a, "b": b})  #! savedmodel-tfsm-multi-input
out = layer(a)
inference = keras.Sequential([keras.layers.TFSMLayer(export_dir, call_endpoint="serve")])  #! savedmodel-tfsm-single
loaded = tf.saved_model.load(export_dir)
model.save("again.keras")
model.save(MODELS / "plain")  #! saving-no-extension
model.save("plain.tf", save_format="tf")  #! saving-save-format
keras.models.save_model(model, "somewhere/model")  #! saving-no-extension
model.save_weights("ckpt/my_checkpoint")  #! saving-weights-h5
model.save_weights("ckpt/my.weights.h5")
model.load_weights("ckpt/my_checkpoint")  #! saving-weights-checkpoint
checkpoint = tf.keras.callbacks.ModelCheckpoint(
    filepath="training_1/cp-{epoch:04d}.ckpt",  #! saving-checkpoint-name
    save_weights_only=True,
    verbose=1,
)
best = keras.callbacks.ModelCheckpoint("best_model", save_best_only=True)  #! saving-no-extension
fine = keras.callbacks.ModelCheckpoint("best_model.keras", save_best_only=True)
