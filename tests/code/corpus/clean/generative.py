"""A variational autoencoder and a small adversarial network on handwritten digits, written for Keras 3."""

import json
import os

import numpy as np

import keras
from keras import layers, ops

LATENT = 2
BATCH = 128
FOLDER = os.path.join("runs", "generative")

# ---------------------------------------------------------------- data

(x_train, _), (x_test, _) = keras.datasets.mnist.load_data()
digits = np.concatenate([x_train, x_test], axis=0)
digits = np.expand_dims(digits, -1).astype("float32") / 255


def pairs(images, size=BATCH, seed=0):
    """Noisy images with the clean ones, for ever."""
    generator = np.random.default_rng(seed)
    while True:
        chosen = generator.integers(0, len(images), size)
        clean = images[chosen]
        noisy = np.clip(clean + generator.normal(scale=0.3, size=clean.shape), 0.0, 1.0)
        yield noisy.astype("float32"), clean


def conditioned(images, labels, size=BATCH, seed=0):
    """Two inputs as a tuple, and the target."""
    generator = np.random.default_rng(seed)
    while True:
        chosen = generator.integers(0, len(images), size)
        yield (images[chosen], labels[chosen]), images[chosen]


# ---------------------------------------------------------------- the autoencoder


class Sampling(layers.Layer):
    """Draws a point from the distribution that the encoder describes."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs):
        mean, log_variance = inputs
        epsilon = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * epsilon


def make_encoder():
    inputs = keras.Input(shape=(28, 28, 1))
    x = layers.Conv2D(32, 3, activation="relu", strides=2, padding="same")(inputs)
    x = layers.Conv2D(64, 3, activation="relu", strides=2, padding="same")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(16, activation="relu")(x)
    mean = layers.Dense(LATENT, name="mean")(x)
    log_variance = layers.Dense(LATENT, name="log_variance")(x)
    point = Sampling()([mean, log_variance])
    return keras.Model(inputs, [mean, log_variance, point], name="encoder")


def make_decoder():
    inputs = keras.Input(shape=(LATENT,))
    x = layers.Dense(7 * 7 * 64, activation="relu")(inputs)
    x = layers.Reshape((7, 7, 64))(x)
    x = layers.Conv2DTranspose(64, 3, activation="relu", strides=2, padding="same")(x)
    x = layers.Conv2DTranspose(32, 3, activation="relu", strides=2, padding="same")(x)
    outputs = layers.Conv2DTranspose(1, 3, activation="sigmoid", padding="same")(x)
    return keras.Model(inputs, outputs, name="decoder")


class VariationalAutoencoder(keras.Model):
    """Encoder, decoder, and the loss that binds them."""

    def __init__(self, encoder, decoder, weight=1.0, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.weight = weight
        self.divergence = keras.metrics.Mean(name="divergence")

    def call(self, inputs):
        mean, log_variance, point = self.encoder(inputs)
        divergence = -0.5 * (1 + log_variance - ops.square(mean) - ops.exp(log_variance))
        divergence = ops.mean(ops.sum(divergence, axis=1))
        self.add_loss(self.weight * divergence)
        self.divergence.update_state(divergence)
        return self.decoder(point)

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}


autoencoder = VariationalAutoencoder(make_encoder(), make_decoder())
autoencoder.compile(optimizer=keras.optimizers.Adam(learning_rate=1e-3), loss="binary_crossentropy")
autoencoder.fit(
    digits,
    digits,
    epochs=3,
    batch_size=BATCH,
    validation_split=0.1,
    callbacks=[
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True),
        keras.callbacks.ModelCheckpoint(
            os.path.join(FOLDER, "{epoch:02d}.weights.h5"), save_weights_only=True, save_freq="epoch"
        ),
        keras.callbacks.TensorBoard(log_dir=FOLDER),
    ],
)

restored = VariationalAutoencoder(make_encoder(), make_decoder())
restored(digits[:1])
restored.load_weights(os.path.join(FOLDER, "03.weights.h5"))

grid = np.stack(np.meshgrid(np.linspace(-1, 1, 10), np.linspace(-1, 1, 10)), axis=-1).reshape(-1, LATENT)
figures = restored.decoder.predict(grid, verbose=0)

# ---------------------------------------------------------------- taking noise away


def denoiser(filters=32):
    model = keras.Sequential(name="denoiser")
    model.add(keras.Input(shape=(28, 28, 1)))
    model.add(layers.Conv2D(filters, 3, activation="relu", padding="same"))
    model.add(layers.MaxPooling2D(2, padding="same"))
    model.add(layers.Conv2DTranspose(filters, 3, strides=2, activation="relu", padding="same"))
    model.add(layers.Conv2D(1, 3, activation="sigmoid", padding="same"))
    return model


results = {}
for filters in (16, 32):
    candidate = denoiser(filters)
    candidate.compile(keras.optimizers.Adam(1e-3), "mse", metrics=["mae"])
    history = candidate.fit(pairs(digits), steps_per_epoch=100, epochs=2, verbose=2)
    results[filters] = min(history.history["mae"])
    first = keras.Model(candidate.inputs, candidate.layers[0].output)
    print(first.predict(digits[:1], verbose=0).shape)
    paths = {variable.path: variable.numpy().shape for variable in candidate.weights}
    print(json.dumps({path: list(shape) for path, shape in paths.items()}, indent=2))

# ---------------------------------------------------------------- the adversarial network

discriminator = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 1)),
        layers.Conv2D(64, 3, strides=2, padding="same"),
        layers.LeakyReLU(negative_slope=0.2),
        layers.GlobalMaxPooling2D(),
        layers.Dense(1),
    ],
    name="discriminator",
)
generator = make_decoder()


class Adversarial(keras.Model):
    """Two networks with an optimizer each."""

    def __init__(self, discriminator, generator):
        super().__init__()
        self.discriminator = discriminator
        self.generator = generator
        self.seed_generator = keras.random.SeedGenerator(7)
        self.real_score = keras.metrics.Mean(name="real_score")
        self.built = True

    def compile(self, discriminator_optimizer, generator_optimizer, loss_fn):
        super().compile()
        self.discriminator_optimizer = discriminator_optimizer
        self.generator_optimizer = generator_optimizer
        self.loss_fn = loss_fn

    @property
    def metrics(self):
        return [self.real_score]

    def call(self, points):
        return self.discriminator(self.generator(points))


adversarial = Adversarial(discriminator, generator)
adversarial.compile(
    discriminator_optimizer=keras.optimizers.Adam(learning_rate=3e-4),
    generator_optimizer=keras.optimizers.Adam(learning_rate=3e-4),
    loss_fn=keras.losses.BinaryCrossentropy(from_logits=True),
)
print(adversarial(keras.random.normal((4, LATENT))).shape)

# ---------------------------------------------------------------- two outputs, and what is kept

inputs = keras.Input(shape=(28, 28, 1), name="image")
features = layers.Flatten()(layers.Conv2D(8, 3, activation="relu")(inputs))
digit = layers.Dense(10, activation="softmax", name="digit")(features)
brightness = layers.Dense(1, name="brightness")(features)
reader = keras.Model(inputs, {"digit": digit, "brightness": brightness})
reader.compile(
    optimizer="adam",
    loss={"digit": "sparse_categorical_crossentropy", "brightness": "mse"},
    metrics={"digit": ["accuracy"], "brightness": ["mae"]},
)
targets = {"digit": np.zeros((64,), "int32"), "brightness": digits[:64].mean(axis=(1, 2, 3))}
reader.fit(digits[:64], targets, epochs=1, verbose=0)
reader.save(os.path.join(FOLDER, "reader.keras"))
again = keras.saving.load_model(os.path.join(FOLDER, "reader.keras"))
again.export(os.path.join(FOLDER, "serving"), format="tf_saved_model")
