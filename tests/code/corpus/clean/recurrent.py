"""Recurrent networks: stateful ones fed in order, cells of one's own, series."""

import keras
import numpy as np
import pandas as pd
from keras import layers, ops


class MinimalRNNCell(keras.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="uniform",
            name="kernel",
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units),
            initializer="orthogonal",
            name="recurrent_kernel",
        )

    def call(self, inputs, states):
        previous = states[0]
        hidden = ops.matmul(inputs, self.kernel)
        output = hidden + ops.matmul(previous, self.recurrent_kernel)
        return output, [output]


class ResetState(keras.callbacks.Callback):
    """Begins each epoch with a clean state."""

    def on_epoch_begin(self, epoch, logs=None):
        for layer in self.model.layers:
            if hasattr(layer, "reset_state"):
                layer.reset_state()


def sliding(series, length, horizon):
    values = np.asarray(series, dtype="float32")
    count = len(values) - length - horizon + 1
    inputs = np.stack([values[i : i + length] for i in range(count)])
    targets = np.stack([values[i + length : i + length + horizon] for i in range(count)])
    return inputs[..., None], targets


def stateless(units=(64, 32), horizon=1):
    model = keras.Sequential(name="stateless")
    model.add(keras.Input(shape=(None, 1)))
    for number, size in enumerate(units):
        last = number == len(units) - 1
        model.add(layers.LSTM(size, return_sequences=not last, dropout=0.1))
    model.add(layers.Dense(horizon))
    model.compile(optimizer="adam", loss=keras.losses.Huber(), metrics=["mae"])
    return model


def convolutional():
    model = keras.Sequential([keras.Input(shape=(None, 1))])
    for rate in (1, 2, 4, 8):
        model.add(
            layers.Conv1D(
                filters=32,
                kernel_size=2,
                padding="causal",
                activation="relu",
                dilation_rate=rate,
            )
        )
    model.add(layers.Conv1D(1, 1))
    return model


def with_own_cell():
    cells = [MinimalRNNCell(32), MinimalRNNCell(64)]
    inputs = keras.Input((None, 5))
    outputs = layers.RNN(cells)(inputs)
    return keras.Model(inputs, outputs)


def encoder_decoder(past, future, features):
    encoder_inputs = keras.Input((past, features))
    _, hidden, cell = layers.LSTM(64, return_state=True)(encoder_inputs)
    repeated = layers.RepeatVector(future)(hidden)
    decoded = layers.LSTM(64, return_sequences=True)(repeated, initial_state=[hidden, cell])
    outputs = layers.TimeDistributed(layers.Dense(1))(decoded)
    model = keras.Model(encoder_inputs, outputs)
    model.compile(loss="mse", optimizer=keras.optimizers.RMSprop(1e-3), metrics=["mae"])
    return model


def masked_regression(features):
    inputs = keras.Input((None, features))
    mask = ops.any(ops.not_equal(inputs, 0.0), axis=-1)
    x = layers.GRU(32, return_sequences=True)(inputs, mask=mask)
    x = layers.GRU(16)(x, mask=mask)
    outputs = layers.Dense(1)(x)
    model = keras.Model(inputs, outputs)
    model.compile(loss="mse", optimizer="adam", metrics=["mae"])
    return model


def bidirectional_tagger(vocabulary, tags):
    inputs = keras.Input((None,), dtype="int32")
    x = layers.Embedding(vocabulary, 64)(inputs)
    x = layers.SpatialDropout1D(0.1)(x)
    x = layers.Bidirectional(layers.GRU(32, return_sequences=True), merge_mode="sum")(x)
    outputs = layers.TimeDistributed(layers.Dense(tags, activation="softmax"))(x)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.Nadam(),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def forecast(model, history, steps):
    values = list(history)
    for _ in range(steps):
        window = np.array(values[-24:], dtype="float32")[None, :, None]
        values.append(float(model.predict(window, verbose=0)[0, 0]))
    return values[-steps:]


def train(path):
    frame = pd.read_csv(path, parse_dates=["date"], index_col="date")
    series = frame["riders"].resample("D").sum() / 1e6
    inputs, targets = sliding(series.to_numpy(), 56, 1)
    split = int(len(inputs) * 0.9)
    model = stateless()
    history = model.fit(
        inputs[:split],
        targets[:split],
        validation_data=(inputs[split:], targets[split:]),
        epochs=50,
        batch_size=32,
        shuffle=True,
        callbacks=[
            keras.callbacks.EarlyStopping(monitor="val_mae", mode="min", patience=5),
            keras.callbacks.ReduceLROnPlateau(monitor="val_mae", factor=0.5, patience=2),
        ],
    )
    curves = pd.DataFrame(history.history)
    curves["lr"] = 1e-3
    print(curves[["loss", "val_loss", "mae", "val_mae"]].tail())
    naive = np.abs(inputs[split:, -7, 0] - targets[split:, 0]).mean()
    print("naive", naive, "model", model.evaluate(inputs[split:], targets[split:], return_dict=True)["mae"])
    return model


class Autoregressive(keras.Model):
    """Feeds its own prediction back."""

    def __init__(self, units, out_steps, features):
        super().__init__()
        self.out_steps = out_steps
        self.cell = layers.LSTMCell(units)
        self.rnn = layers.RNN(self.cell, return_state=True)
        self.dense = layers.Dense(features)

    def warmup(self, inputs):
        x, *state = self.rnn(inputs)
        return self.dense(x), state

    def call(self, inputs, training=None):
        predictions = []
        prediction, state = self.warmup(inputs)
        predictions.append(prediction)
        for _ in range(1, self.out_steps):
            x, state = self.cell(prediction, states=state, training=training)
            prediction = self.dense(x)
            predictions.append(prediction)
        stacked = ops.stack(predictions)
        return ops.transpose(stacked, (1, 0, 2))


class Normalizer:
    """Has methods that are called like those of other things."""

    def __init__(self, mean, std):
        self.mean, self.std = mean, std
        self.lr = 0.1
        self.output_shape = (1,)

    def fit_generator(self, batches):
        for batch in batches:
            self.mean = 0.9 * self.mean + 0.1 * np.mean(batch)
        return self

    def reset_states(self):
        self.mean = 0.0


normalizer = Normalizer(0.0, 1.0)
normalizer.fit_generator([np.ones(3)])
normalizer.reset_states()
print(normalizer.lr, normalizer.output_shape)
network = Autoregressive(32, 24, 3)
network.compile(loss="mse", optimizer="adam", metrics=["mae"])
layer = layers.LSTM(3, stateful=False)
layer.reset_state()
if __name__ == "__main__":
    trained = train("ridership.csv")
    trained.save("ridership.keras")
    print(forecast(keras.models.load_model("ridership.keras"), np.zeros(56), 7))
