"""What Keras 2 took in another form, and Keras 3 refuses: numbers for shapes and tensors, files, masks, graph mode."""
# %%
import tensorflow as tf
from tensorflow import keras
from tensorflow.python.keras.layers import Dense as Dead  #! api-tensorflow-python-keras?

tf.compat.v1.disable_v2_behavior()
rows = load("rows.csv")

image = keras.Input(shape=(rows.shape[1],), name="image")
size = keras.Input(shape=rows.shape[-1])  #! layers-input-shape-number
first = keras.layers.InputLayer(input_shape=len(rows))  #! layers-input-shape-number
given = keras.Input(tensor=rows)  #! layers-input-tensor?
head = keras.layers.Dense(1)(image)
model = keras.Model(image, [head])
model.outputs = [image]  #! api-model-outputs-written
inner = keras.Model(model.get_layer("image").input, head)  #! layers-input-of-input-layer
right = keras.Model(model.get_layer("image").output, head)
outer = keras.Model([model.layers[0].input], model.layers[1].output)  #! layers-input-of-input-layer
backbone = keras.applications.ResNet50(weights=None).layers[0]
outer = keras.Model(backbone.input, head)  #! layers-input-of-input-layer
outer = keras.Model(model.layers[1].input, head)
outer = keras.Model(keras.Sequential([keras.layers.Dense(1, input_shape=(3,))]).layers[0].input, head)
heat = keras.Model(image, [image, model.output])  #! api-outputs-nested?
old = Dead(3)  #! api-tensorflow-python-keras

scale = keras.layers.Lambda(lambda x: 2 * x)
scale([1, -2])  #! layers-python-numbers
scale(0.5)  #! layers-python-numbers
keras.layers.Normalization()([1.0, 2.0])

loss = keras.losses.MeanSquaredError()
loss([1, 0], [[0.5], [0.5]])  #! training-loss-of-lists
loss([1, 0], [0.5, 0.5])

folder = "/data"
keras.utils.get_file(f"{folder}/set.zip", origin=rows)  #! api-get-file-path
keras.utils.get_file("set.zip", origin=rows)


# %%
class Weighted(keras.layers.Layer):
    def call(self, inputs, mask=None):
        values, weights = inputs
        if mask is not None:
            values = values * mask[0]
        return values * weights


class Careful(keras.layers.Layer):
    def call(self, inputs, mask=None):
        if mask is not None and mask[0] is not None:
            return inputs[0] * mask[0]
        return inputs[0]


Weighted()([image, head])  #! layers-mask-of-several?
Careful()([image, head])

model.compile("sgd", "mean_squared_error")
model.fit(rows, rows)  #! training-eager-off
model.save("net.h5")  #! training-eager-off
again = keras.models.load_model("net.h5")  #! saving-lambda?
again.fit(rows, rows)  #! saving-h5-train, training-eager-off
fresh = keras.models.load_model("net.h5", compile=False)  #! saving-lambda?
fresh.compile("sgd", "mean_squared_error")
fresh.fit(rows, rows)  #! training-eager-off
other = keras.models.load_model("downloaded.hdf5")  #! saving-h5-mse?, saving-lambda?
other.train_on_batch(rows, rows)  #! saving-h5-train?
