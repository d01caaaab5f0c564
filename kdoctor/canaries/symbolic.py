"""TensorFlow functions on the symbolic tensors that a functional model is put together from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab, canary


@canary(namespace=False, full=False)
def symbolic_tf_one_hot(lab: Lab) -> None:
    """Call tf.one_hot while putting a model together."""
    tf, keras, np = lab.tf, lab.keras, lab.np
    tokens = keras.layers.Input(shape=(3,), dtype="int32")
    model = keras.models.Model(tokens, tf.one_hot(tokens, depth=4))
    lab.equal(model(np.array([[1, 0, 3]], "int32")), np.eye(4)[[[1, 0, 3]]], "one-hot vectors")


@canary(namespace=False, full=False)
def symbolic_tf_math(lab: Lab) -> None:
    """Call tf.math functions while putting a model together."""
    tf, keras, np = lab.tf, lab.keras, lab.np
    inputs = keras.layers.Input(shape=(2,), dtype="float32")
    model = keras.models.Model(inputs, tf.math.reduce_sum(tf.math.square(inputs), axis=-1))
    lab.equal(model(np.array([[3.0, 4.0], [1.0, 1.0]], "float32")), [25.0, 2.0], "sums of squares")


@canary(namespace=False, full=False)
def symbolic_add_loss(lab: Lab) -> None:
    """Add a loss to a functional model with model.add_loss.

    The variational autoencoder's idiom: a loss computed from the model's own symbolic tensors, and no ``loss=``.
    """
    keras, np = lab.keras, lab.np
    inputs = keras.layers.Input(shape=(2,), dtype="float32")
    dense = keras.layers.Dense(1, kernel_initializer="ones", use_bias=False)
    outputs = dense(inputs)
    model = keras.models.Model(inputs, outputs)
    model.add_loss(outputs * outputs)
    model.compile(optimizer=keras.optimizers.SGD(0.1), run_eagerly=True)
    loss = model.train_on_batch(np.array([[1.0, 2.0]], "float32"))
    lab.equal(np.ravel(loss)[0], 9.0, "the loss")
    lab.equal(dense.get_weights()[0], [[1 - 0.1 * 6.0 * 1.0], [1 - 0.1 * 6.0 * 2.0]], "weights after one step")


@canary(namespace=False, full=True)
def symbolic_tf_in_layer(lab: Lab) -> None:
    """Call tf functions inside a layer of one's own."""
    tf, keras, np = lab.tf, lab.keras, lab.np

    class OneHot(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, tokens: Any) -> Any:
            return tf.reduce_sum(tf.one_hot(tokens, depth=4), axis=1)

    tokens = keras.layers.Input(shape=(3,), dtype="int32")
    model = keras.models.Model(tokens, OneHot()(tokens))
    lab.equal(model(np.array([[1, 0, 1]], "int32")), [[1, 2, 0, 0]], "counted tokens")


@canary(namespace=False, full=True)
def symbolic_add_loss_in_layer(lab: Lab) -> None:
    """Add a loss inside a layer of one's own."""
    keras, np = lab.keras, lab.np

    class Penalty(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, values: Any) -> Any:
            self.add_loss(values[0, 0] * values[0, 0])
            return values

    inputs = keras.layers.Input(shape=(1,), dtype="float32")
    dense = keras.layers.Dense(1, kernel_initializer="ones", use_bias=False)
    model = keras.models.Model(inputs, Penalty()(dense(inputs)))
    model.compile(optimizer=keras.optimizers.SGD(0.25), loss="mse", run_eagerly=lab.backend == "tensorflow")
    one = np.ones((1, 1), "float32")
    lab.equal(np.ravel(model.train_on_batch(one, 3 * one))[0], 4 + 1, "the error and the loss that was added")
    lab.equal(dense.get_weights()[0], [[1 + 0.25 * (2 * 2 - 2 * 1)]], "weight after one step")
