"""Models of one's own, generators, several outputs, weights: what Keras 3 takes in another way."""
# %%
import numpy as np
import tensorflow as tf
from tensorflow import keras

keras.mixed_precision.set_global_policy("float32")
# %%


class Linear(keras.Model):
    def __init__(self, units=2):
        super().__init__()
        self.result = keras.layers.Dense(units)

    def call(self, inputs):
        return self.result(inputs)

    def warm_up(self):
        return self(np.zeros((1, 3)))


class Warm(Linear):
    def __init__(self):
        super().__init__()
        self.build((None, 3))


cold = Linear()
cold.compile("adam")
cold.load_weights("linear.weights.h5")  #! saving-unbuilt-weights
called = Linear()
called(np.zeros((1, 3)))
called.load_weights("linear.weights.h5")
trained = Linear()
trained.fit(np.zeros((4, 3)), np.zeros((4, 2)))
trained.load_weights("linear.weights.h5")
warmed = Linear()
warmed.warm_up()
warmed.load_weights("linear.weights.h5")
given_away = Linear()
print(given_away)
given_away.load_weights("linear.weights.h5")
Warm().load_weights("linear.weights.h5")


def restore(path):
    model = Linear(3)
    model.load_weights(path)  #! saving-unbuilt-weights
    return model


# %%
first, second = keras.Input((2,)), keras.Input((3,))
shared = keras.layers.Concatenate()([first, second])
left = keras.layers.Dense(1, name="left")(shared)
right = keras.layers.Dense(1, name="right")(shared)
both = keras.Model([first, second], [left, right])
both.compile("sgd", loss={"left": "mse"})  #! training-loss-dict-partial
both.compile("sgd", loss={"left": "mse", "right": "mae"})
total, of_left, of_right = both.evaluate([np.ones((4, 2)), np.ones((4, 3))])  #! training-output-losses


def batches():
    while True:
        yield [np.ones((4, 2)), np.ones((4, 3))], np.ones((4, 1))


def tuples():
    while True:
        yield (np.ones((4, 2)), np.ones((4, 3))), np.ones((4, 1))


both.fit(batches(), steps_per_epoch=3)  #! api-generator-lists
both.fit(tuples(), steps_per_epoch=3)


def pairs(count):
    for _ in range(count):
        batch = [np.ones((4, 3)), np.ones((4, 1))]
        yield batch


single = keras.Sequential([keras.layers.Dense(1)])
single.fit([[1.0, 2.0], [3.0, 4.0]], [0.0, 1.0])  #! api-python-lists
single.evaluate(pairs(2), steps=2)  #! api-generator-lists
single.evaluate([pair[0] for pair in pairs(2)])
print(single.predict([[1, 2]]))  #! api-python-lists
print(both.predict([np.ones((4, 2)), np.ones((4, 3))]))
# %%
initial = {weight.ref(): weight.numpy() for weight in single.weights}  #! api-variable-ref
print(initial[single.layers[0].kernel.ref()])  #! api-variable-ref
variable = tf.Variable(1.0)
print(variable.ref())
grad_cam = keras.Model(single.inputs, single.layers[0].output)
grad_cam = keras.Model(single.input, single.layers[0].output)  #! layers-sequential-input
print(both.input)


def twice(x):
    return tf.numpy_function(lambda array: array * 2, [x], tf.float32)


doubled = keras.layers.Lambda(twice)(first)  #! api-lambda-output-shape
doubled = keras.layers.Lambda(twice, output_shape=(2,))(first)
doubled = keras.layers.Lambda(lambda x: x * 2)(first)
# %%
optimizer = keras.optimizers.Adam(1e-3)
generator = keras.Sequential([keras.layers.Dense(4)])
discriminator = keras.Sequential([keras.layers.Dense(1)])
discriminator.compile(optimizer, "mse")
discriminator.compile(optimizer, "mae")
gan = keras.Sequential([generator, discriminator])
gan.compile(optimizer=optimizer, loss="mse")  #! training-optimizer-reuse?
shared_optimizer = keras.optimizers.SGD(0.1)
for units in (1, 2):
    candidate = keras.Sequential([keras.layers.Dense(units)])
    candidate.compile(shared_optimizer, "mse")  #! training-optimizer-reuse?
for units in (1, 2):
    own_optimizer = keras.optimizers.SGD(0.1)
    candidate = keras.Sequential([keras.layers.Dense(units)])
    candidate.compile(own_optimizer, "mse")
either = keras.optimizers.SGD(0.1)
if units:
    generator.compile(either, "mse")
else:
    discriminator.compile(either, "mse")
# %%


def gap(targets, predictions):
    return tf.abs(targets - predictions)


single.compile("sgd", "mse", metrics=[gap])  #! training-targets-flat?
stop = keras.callbacks.EarlyStopping(monitor="val_gap", patience=3)  #! training-early-stopping-auto
stop = keras.callbacks.EarlyStopping("val_gap", mode="min")
stop = keras.callbacks.EarlyStopping("val_loss", patience=3)


class Factor(tf.Module):
    def __init__(self):
        super().__init__()
        self.value = tf.Variable(1.0)


class Scale(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.factor = Factor()  #! layers-tf-module
        self.more = [Factor(), Factor()]  #! layers-tf-module

    def call(self, inputs):
        return inputs * self.factor.value


class Cell(keras.layers.Layer):
    state_size = [tf.TensorShape([1])]  #! layers-state-size-shape
    shape = tf.TensorShape([1])

    def call(self, inputs, states):
        return inputs, states


class OtherCell(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.state_size = tf.TensorShape([units])  #! layers-state-size-shape
        self.output_size = tf.TensorShape([units])


class Attend(keras.layers.Layer):
    def call(self, query, context, mask=None):
        return query if mask is None else query * tf.cast(mask, query.dtype)[..., None] + context


class Named(keras.layers.Layer):
    def call(self, query, context, query_mask=None):
        return query if query_mask is None else context


words = keras.layers.Embedding(100, 8, mask_zero=True)(keras.Input((None,)))
memory = keras.Input((None, 8))
attended = Attend()(words, memory)  #! layers-two-inputs-mask
attended = Attend()(words, memory, mask=None)
attended = Attend()(memory, memory)
attended = Named()(words, memory)
# %%
tf.saved_model.save(both, "saved")
restored = tf.saved_model.load("saved")
print(restored.signatures["serving_default"])
print(restored(tf.constant([[1.0, 2.0]])))  #! saving-saved-model-call
keras.models.save_model(both, "saved.keras")
both.save("folder.keras", save_format="keras")
keras.models.save_model(both, "folder", save_format="tf")  #! saving-save-format, saving-no-extension
text = """{"class_name": "Sequential", "config": {}, "keras_version": "2.15.0", "backend": "tensorflow"}"""
old = keras.models.model_from_json(text)  #! saving-json-keras2
new = keras.models.model_from_json(both.to_json())
