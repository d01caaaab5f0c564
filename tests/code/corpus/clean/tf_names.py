"""Keras 3 through `tf.keras`: what works on both, and TensorFlow's own things beside it."""

import os
import shutil
import tempfile
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import matplotlib.pyplot as plt
import numpy as np
import sklearn.metrics
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

DefaultConv2D = partial(
    tf.keras.layers.Conv2D,
    kernel_size=3,
    padding="same",
    activation="relu",
    kernel_initializer="he_normal",
)


class ResidualUnit(tf.keras.layers.Layer):
    def __init__(self, filters, strides=1, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.activation = tf.keras.activations.get(activation)
        self.main_layers = [
            DefaultConv2D(filters, strides=strides),
            tf.keras.layers.BatchNormalization(),
            self.activation,
            DefaultConv2D(filters),
            tf.keras.layers.BatchNormalization(),
        ]
        self.skip_layers = []
        if strides > 1:
            self.skip_layers = [
                DefaultConv2D(filters, kernel_size=1, strides=strides),
                tf.keras.layers.BatchNormalization(),
            ]

    def call(self, inputs):
        z = inputs
        for layer in self.main_layers:
            z = layer(z)
        skip_z = inputs
        for layer in self.skip_layers:
            skip_z = layer(skip_z)
        return self.activation(z + skip_z)


class Standardization(tf.keras.layers.Layer):
    def adapt(self, data_sample):
        self.means_ = np.mean(data_sample, axis=0, keepdims=True)
        self.stds_ = np.std(data_sample, axis=0, keepdims=True)

    def call(self, inputs):
        return (inputs - self.means_) / (self.stds_ + 1e-7)


class MCDropout(tf.keras.layers.Dropout):
    def call(self, inputs, training=False):
        return super().call(inputs, training=True)


class HuberMetric(tf.keras.metrics.Metric):
    def __init__(self, threshold=1.0, **kwargs):
        super().__init__(**kwargs)
        self.threshold = threshold
        self.total = self.add_weight(name="total", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def huber(self, y_true, y_pred):
        error = y_true - y_pred
        is_small = tf.abs(error) < self.threshold
        squared = tf.square(error) / 2
        linear = self.threshold * tf.abs(error) - self.threshold**2 / 2
        return tf.where(is_small, squared, linear)

    def update_state(self, y_true, y_pred, sample_weight=None):
        sample_metrics = self.huber(y_true, y_pred)
        self.total.assign_add(tf.reduce_sum(sample_metrics))
        self.count.assign_add(tf.cast(tf.size(y_true), tf.float32))

    def result(self):
        return self.total / self.count


def load():
    (x_full, y_full), (x_test, y_test) = tf.keras.datasets.fashion_mnist.load_data()
    x_train, x_valid, y_train, y_valid = train_test_split(x_full / 255.0, y_full, random_state=42)
    return (x_train, y_train), (x_valid, y_valid), (x_test / 255.0, y_test)


def dense_model(n_hidden=2, rate=0.2):
    tf.keras.backend.clear_session()
    tf.random.set_seed(42)
    model = tf.keras.Sequential()
    model.add(tf.keras.layers.Input(shape=[28, 28]))
    model.add(tf.keras.layers.Flatten())
    for _ in range(n_hidden):
        model.add(tf.keras.layers.Dense(100, activation="relu", kernel_initializer="he_normal"))
        model.add(MCDropout(rate))
    model.add(tf.keras.layers.Dense(10, activation="softmax"))
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=tf.keras.optimizers.SGD(learning_rate=0.01),
        metrics=["accuracy"],
    )
    return model


def residual_model():
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Input(shape=[28, 28, 1]),
            DefaultConv2D(filters=64, kernel_size=7, strides=2),
            tf.keras.layers.BatchNormalization(),
            tf.keras.layers.MaxPool2D(pool_size=3, strides=2, padding="same"),
        ]
    )
    previous = 64
    for filters in [64] * 3 + [128] * 4:
        strides = 1 if filters == previous else 2
        model.add(ResidualUnit(filters, strides=strides))
        previous = filters
    model.add(tf.keras.layers.GlobalAvgPool2D())
    model.add(tf.keras.layers.Flatten())
    model.add(tf.keras.layers.Dense(10, activation="softmax"))
    return model


def wide_and_deep():
    input_wide = tf.keras.layers.Input(shape=[5])
    input_deep = tf.keras.layers.Input(shape=[6])
    norm_wide = tf.keras.layers.Normalization()(input_wide)
    norm_deep = tf.keras.layers.Normalization()(input_deep)
    hidden = tf.keras.layers.Dense(30, activation="relu")(norm_deep)
    concat = tf.keras.layers.concatenate([norm_wide, hidden])
    output = tf.keras.layers.Dense(1, name="main")(concat)
    aux_output = tf.keras.layers.Dense(1, name="aux")(hidden)
    model = tf.keras.Model(inputs=[input_wide, input_deep], outputs=[output, aux_output])
    model.compile(
        loss=("mse", "mse"),
        loss_weights=(0.9, 0.1),
        optimizer="adam",
        metrics={"main": ["mae"], "aux": ["mae"]},
    )
    return model


def find_learning_rate(model, x, y):
    rates = np.geomspace(1e-5, 1, 50)
    weights = model.get_weights()
    losses = []
    for rate in rates:
        model.optimizer.learning_rate = rate
        model.reset_metrics()
        losses.append(model.train_on_batch(x[:32], y[:32])[0])
    model.set_weights(weights)
    plt.semilogx(rates, losses)
    return rates[int(np.argmin(losses))]


def input_pipeline(filepaths, n_readers=5, n_parse_threads=5, batch_size=32):
    dataset = tf.data.Dataset.list_files(filepaths, seed=42)
    dataset = dataset.interleave(
        lambda filepath: tf.data.TextLineDataset(filepath).skip(1),
        cycle_length=n_readers,
    )

    def parse(line):
        fields = tf.io.decode_csv(line, record_defaults=[0.0] * 9)
        return tf.stack(fields[:-1]), tf.stack(fields[-1:])

    return dataset.map(parse, num_parallel_calls=n_parse_threads).batch(batch_size).prefetch(1)


def write_records(path, features, labels):
    with tf.io.TFRecordWriter(path) as writer:
        for feature, label in zip(features, labels):
            example = tf.train.Example(
                features=tf.train.Features(
                    feature={
                        "x": tf.train.Feature(float_list=tf.train.FloatList(value=feature.ravel())),
                        "y": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
                    }
                )
            )
            writer.write(example.SerializeToString())


def beam_search(probabilities, width=3):
    beams = [((), 0.0)]
    for step in tf.unstack(probabilities):
        log = tf.math.log(step + 1e-9)
        values, indices = tf.math.top_k(log, k=width)
        grown = []
        for sequence, score in beams:
            for value, index in zip(values.numpy(), indices.numpy()):
                grown.append(((*sequence, int(index)), score + float(value)))
        beams = sorted(grown, key=lambda pair: -pair[1])[:width]
    return beams[0][0]


def serve(model, version):
    folder = tempfile.mkdtemp()
    model.export(os.path.join(folder, str(version)))
    reloaded = tf.saved_model.load(os.path.join(folder, str(version)))
    prediction = reloaded.serve(tf.zeros((1, 28, 28)))
    shutil.rmtree(folder)
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [tf.function(model).get_concrete_function(tf.TensorSpec([1, 28, 28], tf.float32))],
    )
    return prediction, converter.convert()


def distributed():
    strategy = tf.distribute.MirroredStrategy()
    with strategy.scope():
        model = dense_model()
        model.compile(loss="sparse_categorical_crossentropy", optimizer="nadam", metrics=["accuracy"])
    return model


def main():
    (x_train, y_train), (x_valid, y_valid), (x_test, y_test) = load()
    model = dense_model()
    best = find_learning_rate(model, x_train, y_train)
    model.optimizer.learning_rate = best / 10
    history = model.fit(
        x_train,
        y_train,
        epochs=30,
        validation_data=(x_valid, y_valid),
        callbacks=[
            tf.keras.callbacks.ModelCheckpoint("my_checkpoints.weights.h5", save_weights_only=True),
            tf.keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True),
            tf.keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr * 0.95),
        ],
    )
    for key in ("loss", "val_loss", "accuracy", "val_accuracy"):
        plt.plot(history.history[key], label=key)
    probabilities = np.stack([model(x_test[:3], training=True) for _ in range(100)]).mean(axis=0)
    print(probabilities.argmax(axis=1), model.predict(x_test[:3]).argmax(axis=1))
    print(sklearn.metrics.confusion_matrix(y_test, model.predict(x_test).argmax(axis=-1)))
    baseline = LogisticRegression().fit(x_train.reshape(len(x_train), -1), y_train)
    print(baseline.score(x_test.reshape(len(x_test), -1), y_test))
    clone = tf.keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    model.save("my_keras_model.keras")
    again = tf.keras.models.load_model("my_keras_model.keras", custom_objects={"MCDropout": MCDropout})
    hidden = again.layers[1]
    weights, biases = hidden.get_weights() if hidden.weights else (None, None)
    print(hidden.name, hidden.output.shape, weights is not None, biases is not None)
    with open("my_keras_model.json", "w", encoding="utf-8") as file:
        file.write(again.to_json())
    metric = HuberMetric(2.0)
    metric(tf.constant([[2.0]]), tf.constant([[10.0]]))
    metric.reset_state()
    one_hot = tf.one_hot(tf.constant([0, 1, 2]), depth=3)
    ragged = tf.ragged.constant([[1, 2], [3]])
    print(one_hot, ragged.to_tensor(), tf.reduce_sum(ragged), beam_search(probabilities))
    print(wide_and_deep().count_params(), residual_model().count_params(), serve(model, 1), distributed())


if __name__ == "__main__":
    main()
