"""Tables: preprocessing layers, a feature space, several inputs and outputs, tuning, tests."""

import itertools
import os
import tempfile
import unittest
from typing import Any, Optional

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
import torch
from keras import layers
from keras.utils import FeatureSpace, to_categorical

NUMBERS = ["age", "trestbps", "chol", "thalach", "oldpeak"]
CATEGORIES = {"sex": 2, "cp": 5, "fbs": 2, "restecg": 3, "exang": 2, "ca": 4}
TARGET = "target"


def frame_to_dataset(frame: pd.DataFrame, batch_size: int = 32) -> tf.data.Dataset:
    frame = frame.copy()
    labels = frame.pop(TARGET)
    dataset = tf.data.Dataset.from_tensor_slices((dict(frame), labels))
    return dataset.shuffle(buffer_size=len(frame)).batch(batch_size)


def feature_space() -> FeatureSpace:
    features: dict[str, Any] = {name: FeatureSpace.float_normalized() for name in NUMBERS}
    features.update({name: FeatureSpace.integer_categorical(num_oov_indices=0) for name in CATEGORIES})
    features["thal"] = FeatureSpace.string_categorical(num_oov_indices=0)
    return FeatureSpace(
        features=features,
        crosses=[
            FeatureSpace.cross(feature_names=("sex", "age"), crossing_dim=64),
            FeatureSpace.cross(feature_names=("thal", "ca"), crossing_dim=16),
        ],
        output_mode="concat",
    )


def model_of(space: FeatureSpace) -> tuple[keras.Model, keras.Model]:
    inputs = space.get_inputs()
    encoded = space.get_encoded_features()
    x = layers.Dense(32, activation="relu")(encoded)
    x = layers.Dropout(0.5)(x)
    predictions = layers.Dense(1, activation="sigmoid")(x)
    training = keras.Model(inputs=encoded, outputs=predictions)
    training.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return training, keras.Model(inputs=inputs, outputs=predictions)


def encode(inputs: dict[str, Any], frame: pd.DataFrame) -> list[Any]:
    encoded = []
    for name, tensor in inputs.items():
        if name in NUMBERS:
            normalization = layers.Normalization(axis=None)
            normalization.adapt(frame[name].to_numpy())
            encoded.append(normalization(tensor))
        elif frame[name].dtype == object:
            lookup = layers.StringLookup(vocabulary=sorted(frame[name].unique()))
            embedding = layers.Embedding(lookup.vocabulary_size(), 4)
            encoded.append(layers.Flatten()(embedding(lookup(tensor))))
        else:
            encoding = layers.CategoryEncoding(num_tokens=CATEGORIES[name], output_mode="one_hot")
            encoded.append(encoding(tensor))
    return encoded


def several_outputs(frame: pd.DataFrame) -> keras.Model:
    inputs = {name: keras.Input(shape=(1,), name=name) for name in NUMBERS}
    merged = layers.concatenate(encode(inputs, frame))
    hidden = layers.Dense(64, activation="gelu")(merged)
    risk = layers.Dense(1, activation="sigmoid", name="risk")(hidden)
    stage = layers.Dense(4, activation="softmax", name="stage")(hidden)
    model = keras.Model(inputs=inputs, outputs={"risk": risk, "stage": stage})
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=keras.optimizers.schedules.ExponentialDecay(1e-3, 1000, 0.9)),
        loss={"risk": "binary_crossentropy", "stage": "sparse_categorical_crossentropy"},
        loss_weights={"risk": 1.0, "stage": 0.5},
        metrics={"risk": ["accuracy"], "stage": ["accuracy"]},
    )
    return model


def two_heads() -> keras.Model:
    inputs = keras.Input((8,))
    hidden = layers.Dense(8, activation="silu")(inputs)
    model = keras.Model(inputs, [layers.Dense(1)(hidden), layers.Dense(1)(hidden)])
    model.compile("adam", loss=["mse", "mae"], metrics=[["mae"], ["mse"]])
    return model


def grid(space: dict[str, list[Any]]):
    names = list(space)
    for values in itertools.product(*space.values()):
        yield dict(zip(names, values))


def search(x: np.ndarray, y: np.ndarray) -> Optional[dict[str, Any]]:
    best, best_loss = None, float("inf")
    for trial in grid({"lr": [1e-2, 1e-3], "units": [16, 32], "decay": [0.0, 1e-4]}):
        model = keras.Sequential([keras.Input((x.shape[1],)), layers.Dense(trial["units"], "relu"), layers.Dense(1)])
        model.compile(
            optimizer=keras.optimizers.AdamW(trial["lr"], weight_decay=trial["decay"]),
            loss="mse",
        )
        history = model.fit(x, y, validation_split=0.2, epochs=5, verbose=0)
        loss = min(history.history["val_loss"])
        if loss < best_loss:
            best, best_loss = trial, loss
    return best


class TorchNet(torch.nn.Module):
    """Something of another library, with familiar names."""

    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(4, 8, batch_first=True)
        self.head = torch.nn.Linear(8, 1)
        self.output_shape = (1,)

    def reset_states(self):
        self.state = None

    def forward(self, x):
        out, self.state = self.lstm(x)
        return self.head(out[:, -1])


def train_torch(loader):
    net = TorchNet()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
    for x, y in loader:
        net.reset_states()
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
    torch.save(net.state_dict(), "net")
    return net.output_shape


class LayerTest(unittest.TestCase):
    def test_shapes(self):
        layer = layers.Dense(3)
        outputs = layer(np.ones((2, 4), dtype="float32"))
        self.assertEqual(tuple(outputs.shape), (2, 3))
        self.assertEqual(layer.compute_output_shape((None, 4)), (None, 3))
        self.assertEqual([weight.path for weight in layer.weights], ["dense/kernel", "dense/bias"])

    def test_saving(self):
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.keras")
            model.save(path)
            again = keras.saving.load_model(path)
            model.save_weights(os.path.join(folder, "model.weights.h5"))
            again.load_weights(os.path.join(folder, "model.weights.h5"))
        x = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
        np.testing.assert_allclose(model(x), again(x), rtol=1e-6)

    def test_metric(self):
        metric = keras.metrics.CategoricalAccuracy()
        metric.update_state(to_categorical([0, 1], 2), np.eye(2))
        self.assertEqual(float(metric.result()), 1.0)
        metric.reset_state()


@pytest.fixture(name="model")
def make_model():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2), layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", metrics=["mae"])
    return model


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_training_lowers_the_loss(model, batch_size):
    x = np.ones((8, 4), dtype="float32")
    y = np.ones((8, 1), dtype="float32")
    before = model.evaluate(x, y, verbose=0, return_dict=True)["loss"]
    model.fit(x, y, batch_size=batch_size, epochs=2, verbose=0)
    assert model.evaluate(x, y, verbose=0, return_dict=True)["loss"] < before


def test_learning_rate(model):
    assert float(model.optimizer.learning_rate) == pytest.approx(0.1)
    model.optimizer.learning_rate = 0.01
    assert model.output_shape == (None, 1)
    assert [layer.output.shape for layer in model.layers] == [(None, 2), (None, 1)]


def test_freezing(model):
    model.layers[0].trainable = False
    assert len(model.trainable_weights) == 2
    config = model.get_config()
    again = keras.Sequential.from_config(config)
    assert again.count_params() == model.count_params()


def policy_gradient(env, episodes: int = 10, gamma: float = 0.99) -> list[float]:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5, activation="elu"), layers.Dense(1, "sigmoid")])
    optimizer = keras.optimizers.Nadam(learning_rate=0.01)
    loss_fn = keras.losses.BinaryCrossentropy()
    rewards = []
    for _ in range(episodes):
        observation, _info = env.reset(seed=42)
        all_grads, episode = [], []
        done = False
        while not done:
            with tf.GradientTape() as tape:
                left = model(observation[np.newaxis])
                action = tf.random.uniform([1, 1]) > left
                y_target = tf.constant([[1.0]]) - tf.cast(action, tf.float32)
                loss = tf.reduce_mean(loss_fn(y_target, left))
            all_grads.append(tape.gradient(loss, model.trainable_variables))
            observation, reward, done, truncated, _info = env.step(int(action))
            done = done or truncated
            episode.append(reward)
        discounted = np.array(episode, dtype="float32")
        for step in range(len(discounted) - 2, -1, -1):
            discounted[step] += gamma * discounted[step + 1]
        mean_grads = [
            tf.reduce_mean([discounted[step] * grads[index] for step, grads in enumerate(all_grads)], axis=0)
            for index in range(len(model.trainable_variables))
        ]
        optimizer.apply_gradients(zip(mean_grads, model.trainable_variables))
        rewards.append(sum(episode))
    return rewards
