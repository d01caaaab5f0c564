"""What the other files do not hold."""
# %%
import keras
import tensorflow_hub as hub

loss = keras.losses.CTC()  #! ctc-loss
embed = hub.KerasLayer("https://tfhub.dev/google/nnlm-en-dim50/2", input_shape=[], dtype="string")  #! hub-keras-layer
model = keras.Sequential([embed, keras.layers.Dense(1)])
model.add(keras.layers.Lambda(lambda x: x * 2))
model.save("with_lambda.keras")
# %%
again = keras.models.load_model("with_lambda.keras")  #! saving-lambda


def elsewhere():
    return keras.models.load_model("with_lambda.keras")  #! saving-lambda?
