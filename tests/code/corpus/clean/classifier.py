"""An image classifier, from the command line: data, augmentation, training, evaluation, saving."""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import pathlib
from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

logger = logging.getLogger(__name__)
AUTOTUNE = tf.data.AUTOTUNE


@dataclass
class Settings:
    """What can be set on the command line."""

    data: pathlib.Path
    out: pathlib.Path
    lr: float = 1e-3
    decay: float = 1e-4
    epochs: int = 10
    batch_size: int = 32
    image_size: tuple[int, int] = (160, 160)
    classes: list[str] = field(default_factory=list)
    mixed: bool = False
    seed: int = 0

    @classmethod
    def from_command_line(cls, arguments: list[str] | None = None) -> Settings:
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("data", type=pathlib.Path)
        parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"))
        parser.add_argument("--lr", type=float, default=1e-3)
        parser.add_argument("--decay", type=float, default=1e-4)
        parser.add_argument("--epochs", type=int, default=10)
        parser.add_argument("--batch-size", type=int, default=32)
        parser.add_argument("--mixed", action="store_true")
        parser.add_argument("--seed", type=int, default=0)
        args = parser.parse_args(arguments)
        print(args.lr, args.decay)
        return cls(
            data=args.data,
            out=args.out,
            lr=args.lr,
            decay=args.decay,
            epochs=args.epochs,
            batch_size=args.batch_size,
            mixed=args.mixed,
            seed=args.seed,
        )


def parse_image(path, label, size):
    image = tf.io.read_file(path)
    image = tf.io.decode_jpeg(image, channels=3)
    image = tf.image.resize(image, size)
    image = tf.cast(image, tf.float32)
    return image, label


def as_one_hot(image, label, depth):
    return image, tf.one_hot(label, depth)


def list_files(settings):
    paths, labels = [], []
    settings.classes = sorted(entry.name for entry in settings.data.iterdir() if entry.is_dir())
    for index, name in enumerate(settings.classes):
        for path in sorted((settings.data / name).glob("*.jpg")):
            paths.append(str(path))
            labels.append(index)
    order = np.random.default_rng(settings.seed).permutation(len(paths))
    return np.array(paths)[order], np.array(labels)[order]


def make_datasets(settings):
    paths, labels = list_files(settings)
    cut = int(0.8 * len(paths))
    depth = len(settings.classes)

    def build(these_paths, these_labels, training):
        dataset = tf.data.Dataset.from_tensor_slices((these_paths, these_labels))
        if training:
            dataset = dataset.shuffle(len(these_paths), seed=settings.seed)
        dataset = dataset.map(
            lambda path, label: parse_image(path, label, settings.image_size),
            num_parallel_calls=AUTOTUNE,
        )
        dataset = dataset.map(lambda image, label: as_one_hot(image, label, depth))
        return dataset.batch(settings.batch_size).prefetch(AUTOTUNE)

    return (
        build(paths[:cut], labels[:cut], training=True),
        build(paths[cut:], labels[cut:], training=False),
    )


def augmentation(seed):
    return keras.Sequential(
        [
            layers.RandomFlip("horizontal", seed=seed),
            layers.RandomRotation(0.1, seed=seed),
            layers.RandomZoom(0.1, seed=seed),
            layers.RandomContrast(0.1, seed=seed),
        ],
        name="augmentation",
    )


@keras.saving.register_keras_serializable(package="classifier")
class SqueezeExcite(layers.Layer):
    """Weighs the channels by what is in all of the image."""

    def __init__(self, ratio=8, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio

    def build(self, input_shape):
        channels = input_shape[-1]
        self.reduce = layers.Dense(max(1, channels // self.ratio), activation="relu")
        self.expand = layers.Dense(channels, activation="sigmoid")
        self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
        self.reduce.build((input_shape[0], channels))
        self.expand.build((input_shape[0], self.reduce.units))
        super().build(input_shape)

    def call(self, inputs):
        weights = ops.mean(inputs, axis=(1, 2))
        weights = self.expand(self.reduce(weights))
        weights = ops.reshape(weights, (-1, 1, 1, ops.shape(inputs)[-1]))
        return inputs * weights * self.scale

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "ratio": self.ratio}


def residual_block(x, filters, stride=1, name=None):
    shortcut = x
    if stride > 1 or x.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, strides=stride, use_bias=False, name=f"{name}_proj")(x)
        shortcut = layers.BatchNormalization(name=f"{name}_proj_bn")(shortcut)
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False, name=f"{name}_conv1")(x)
    x = layers.BatchNormalization(name=f"{name}_bn1")(x)
    x = layers.Activation("relu", name=f"{name}_relu1")(x)
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv2")(x)
    x = layers.BatchNormalization(name=f"{name}_bn2")(x)
    x = SqueezeExcite(name=f"{name}_se")(x)
    x = layers.Add(name=f"{name}_add")([x, shortcut])
    return ops.relu(x)


def build_model(settings):
    inputs = keras.Input(shape=(*settings.image_size, 3), name="image")
    x = augmentation(settings.seed)(inputs)
    x = layers.Rescaling(1.0 / 255)(x)
    x = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = ops.relu(x)
    for number, filters in enumerate((32, 64, 128)):
        x = residual_block(x, filters, stride=2, name=f"block{number}a")
        x = residual_block(x, filters, name=f"block{number}b")
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.3)(x)
    outputs = layers.Dense(len(settings.classes), activation="softmax", dtype="float32")(x)
    return keras.Model(inputs, outputs, name="classifier")


def build_finetuned(settings):
    base = keras.applications.EfficientNetB0(
        include_top=False,
        weights="imagenet",
        input_shape=(*settings.image_size, 3),
    )
    base.trainable = False
    for layer in base.layers[-20:]:
        if not isinstance(layer, layers.BatchNormalization):
            layer.trainable = True
    inputs = keras.Input(shape=(*settings.image_size, 3))
    x = augmentation(settings.seed)(inputs)
    x = base(x, training=False)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(len(settings.classes), activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    print(base.output_shape, model.output_shape, [layer.output.shape for layer in base.layers])
    return model


def compile_model(model, settings, steps):
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.lr,
        decay_steps=steps * settings.epochs,
        warmup_steps=steps,
        warmup_target=settings.lr,
    )
    optimizer = keras.optimizers.AdamW(
        learning_rate=schedule,
        weight_decay=settings.decay,
        clipnorm=1.0,
    )
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=[
            "accuracy",
            keras.metrics.TopKCategoricalAccuracy(k=5, name="top5"),
        ],
    )


def callbacks(settings):
    return [
        keras.callbacks.ModelCheckpoint(
            filepath=str(settings.out / "best.keras"),
            monitor="val_accuracy",
            mode="max",
            save_best_only=True,
        ),
        keras.callbacks.ModelCheckpoint(
            filepath=os.path.join(settings.out, "epoch-{epoch:02d}.weights.h5"),
            save_weights_only=True,
            save_freq="epoch",
        ),
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True),
        keras.callbacks.TensorBoard(log_dir=str(settings.out / "logs")),
        keras.callbacks.CSVLogger(str(settings.out / "history.csv")),
        keras.callbacks.TerminateOnNaN(),
    ]


def evaluate(model, dataset):
    confusion = None
    for images, labels in dataset:
        predictions = model.predict_on_batch(images)
        rows = tf.argmax(labels, axis=-1)
        columns = tf.argmax(predictions, axis=-1)
        part = tf.math.confusion_matrix(rows, columns, num_classes=labels.shape[-1])
        confusion = part if confusion is None else confusion + part
    return confusion.numpy()


def main(arguments=None):
    logging.basicConfig(level=logging.INFO)
    settings = Settings.from_command_line(arguments)
    settings.out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(settings.seed)
    if settings.mixed:
        keras.mixed_precision.set_global_policy("mixed_float16")
    training, validation = make_datasets(settings)
    model = build_model(settings)
    model.summary()
    compile_model(model, settings, steps=math.ceil(len(training)))
    history = model.fit(
        training,
        validation_data=validation,
        epochs=settings.epochs,
        callbacks=callbacks(settings),
    )
    best = max(history.history["val_accuracy"])
    logger.info("best accuracy %.3f", best)
    (settings.out / "history.json").write_text(json.dumps(history.history))
    model.save(settings.out / "final.keras")
    model.save_weights(settings.out / "final.weights.h5")
    model.export(str(settings.out / "served"))
    restored = keras.saving.load_model(settings.out / "final.keras")
    restored.load_weights(settings.out / "final.weights.h5")
    results = restored.evaluate(validation, return_dict=True)
    print(results["accuracy"], evaluate(restored, validation))


if __name__ == "__main__":
    main()
