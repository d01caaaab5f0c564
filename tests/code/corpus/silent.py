"""What trains, loads and predicts without a message, and gives other numbers."""
# %%
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers


def head(units):
    return tf.keras.Sequential([layers.Dense(units), layers.Dropout(0.3)])


class Residual(layers.Layer):
    def __init__(self):
        super().__init__()
        self.normal = layers.BatchNormalization()

    def call(self, inputs):
        return inputs + self.normal(inputs)


class Trained(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.block = Residual()

    def call(self, inputs):  #! training-call-without-training
        return self.block(inputs)


class Helped(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.head = head(3)

    def call(self, inputs):  #! training-call-without-training?
        return self.head(inputs)


class Recurrent(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.cells = layers.LSTM(4, dropout=0.2)

    def call(self, inputs, mask=None):  #! training-call-without-training?
        return self.cells(inputs, mask=mask)


class Plain(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.cells = layers.LSTM(4, dropout=0.0)

    def call(self, inputs):
        return self.cells(inputs)


class Told(Trained):
    def call(self, inputs, training=None):
        return self.block(inputs)


class Always(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = layers.Dropout(0.5)

    def call(self, inputs):
        return self.drop(inputs, training=True)


class Augmented(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.turn = layers.RandomRotation(0.1)
        self.result = layers.Dense(1)

    def call(self, images):  #! training-random-predict?
        return self.result(self.turn(images))


x, y = np.ones((8, 4)), np.ones((8, 4))
model = Trained()
model.compile("sgd", "mse")
model.fit(x, y)
told = Told()
told.compile("sgd", "mse")
told.fit(x, y)
loss = told.train_on_batch(x, y)  #! training-batch-mean
told.train_on_batch(x, y)
print(told.test_on_batch(x, y))  #! training-batch-mean
other = Told()
other.reset_metrics()
print(other.test_on_batch(x, y))
# %%
weight, age = tf.keras.Input((1,), name="weight"), tf.keras.Input((1,), name="age")
both = layers.Concatenate()([weight, age])
listed = tf.keras.Model([weight, age], both)
listed.predict({"age": x, "weight": y})  #! training-dict-inputs
listed.predict([y, x])
in_order = tf.keras.Model([age, weight], both)
in_order.predict({"age": x, "weight": y})
named = tf.keras.Model({"weight": weight, "age": age}, both)
named.predict({"age": x, "weight": y})
named.predict({"age": x, "weight": y, "colour": x})  #! training-dict-extra
named.predict({"age": x, "weight": y, "zone": x})
# %%


class Scaled(layers.Layer):
    def __init__(self):
        super().__init__()
        self.scale = self.add_weight(name="scale", shape=(1,))
        self.inner = layers.Dense(1)


class Stacked(layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(1)


Scaled().set_weights(np.load("old.npy"))  #! layers-weight-order?
Stacked().set_weights(np.load("old.npy"))
# %%
small = tf.keras.Sequential([layers.Resizing(8, 8), layers.Conv2D(2, 3), layers.BatchNormalization()])
small(x)  #! layers-resizing-training
small(x, training=False)
tf.keras.Sequential([layers.BatchNormalization(), layers.Resizing(8, 8)])(x)
# %%


def go_on(path):
    loaded = tf.keras.models.load_model("model.hdf5", custom_objects={"own": go_on})
    loaded.fit(x, y)  #! saving-h5-train?
    again = tf.keras.models.load_model("model.h5", {}, False)
    again.compile("sgd", "mse")
    again.fit(x, y)
    compiled = tf.keras.models.load_model("model.h5", {})
    compiled.compile("sgd", "mse")
    compiled.fit(x, y)
    return tf.keras.models.load_model("model.keras").fit(x, y)


# %%


def columns():
    layers.Softmax(axis=-1)
    layers.Softmax(axis=1)
    return tf.keras.models.load_model("columns.h5", {}, False)  #! saving-h5-axis?


# %%


def robust():
    tf.keras.losses.Huber(1.0)
    return tf.keras.losses.Huber(delta=3.0)


kept = tf.keras.models.load_model("robust.keras")  #! saving-loss-delta?
bare = tf.keras.models.load_model("robust.keras", compile=False)
# %%


class Named(tf.keras.metrics.Metric):
    def __init__(self, name="named", **kwargs):
        super().__init__(name, **kwargs)  #! api-metric-name-positional


class Typed(tf.keras.metrics.Metric):
    def __init__(self, name="typed"):
        super().__init__(name=name)


class Summed(tf.keras.losses.Loss):
    def __init__(self):
        super().__init__("sum")  #! training-loss-positional

    def call(self, y_true, y_pred):
        return tf.abs(y_true - y_pred)


class Averaged(tf.keras.losses.Loss):
    def __init__(self):
        super().__init__(reduction="sum")

    def call(self, y_true, y_pred):
        return tf.abs(tf.reshape(y_true, tf.shape(y_pred)) - y_pred)


given = tf.keras.Input((3,))
wide = layers.Dense(1, name="wide")(given)
deep = layers.Dense(1, name="deep")(given)
forked = tf.keras.Model(given, [wide, deep])
forked.compile("sgd", {"wide": "mse", "deep": "mae"})  #! training-loss-dict?
forked.compile("sgd", {"deep": "mae", "wide": "mse"})
forked.compile("sgd", ["mse", "mae"], loss_weights=[1.0, 0.1])  #! training-loss-weights-shown
forked.compile("sgd", ["mse", "mae"], metrics=[["mae"], ["mae"]], loss_weights=[1.0, 0.1])
forked.fit(np.ones((2, 3)), {"wide": np.ones((2, 1)), "deep": np.ones((2, 1))})  #! training-loss-dict?
forked.compile("sgd", ["mse", "mae"], [["mae"], ["mae"]])  #! training-compile-positional?
narrow = tf.keras.Sequential([layers.Dense(1)])
narrow.compile("sgd", "mse", ["mae"])  #! training-compile-positional
narrow.compile("sgd", "mse", [0.5])
narrow.compile("sgd", Summed())  #! training-targets-flat?
narrow.compile("sgd", Averaged())


class Batches(tf.keras.utils.Sequence):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return np.ones((2, 3)), np.ones((2, 1))


narrow.fit(Batches(), steps_per_epoch=3)  #! training-sequence-steps?
narrow.fit(Batches())
measured = tf.keras.Sequential([layers.Dense(1)])
measured.compile("sgd", "mse", metrics=["mae"])
measured.compile("sgd", "mae")  #! training-compile-again
measured.compile("sgd", "mae", metrics=[])
measured.compile("sgd", "mae", metrics=["mse"])
unmeasured = tf.keras.Sequential([layers.Dense(1)])
unmeasured.compile("sgd", "mse")
unmeasured.compile("sgd", "mae")
tf.keras.metrics.SparseCategoricalCrossentropy(ignore_class=0)  #! training-metric-ignore-class
tf.keras.metrics.SparseCategoricalCrossentropy()
tf.keras.losses.SparseCategoricalCrossentropy(ignore_class=0)
tf.keras.utils.Progbar(100)  #! training-progbar-mean
tf.keras.utils.Progbar(100, stateful_metrics=["loss"])
narrow.fit(np.ones((2, 3)), validation_data=(np.ones((9, 3)), np.ones(9)), validation_steps=3)  #! training-validation-steps?
narrow.fit(np.ones((2, 3)), validation_data=given, validation_steps=3)
narrow.fit(np.ones((2, 3)), validation_data=given)
