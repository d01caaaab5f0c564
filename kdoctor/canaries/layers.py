"""Layers as people wrote them for Keras 2: their own ones, the arguments of the built-in ones, what they return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.laboratory.worker import Lab


def layers_tf_variable(lab: Lab) -> None:
    """A tf.Variable in a layer of one's own is trained."""
    tf = lab.tf

    class Scale(lab.keras.layers.Layer):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.factor = tf.Variable(2.0)

        def call(self, inputs: Any) -> Any:
            return inputs * self.factor

    check_trained(lab, Scale(), "the tf.Variable")


def layers_tf_module(lab: Lab) -> None:
    """A tf.Module in a layer of one's own is trained."""
    tf = lab.tf

    class Factor(tf.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.value = tf.Variable(2.0)

    class Scale(lab.keras.layers.Layer):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.factor = Factor()

        def call(self, inputs: Any) -> Any:
            return inputs * self.factor.value

    check_trained(lab, Scale(), "the variable of the tf.Module")


def layers_two_inputs_mask(lab: Lab) -> None:
    """A layer of one's own with two inputs gets the mask."""
    np = lab.np

    class Total(lab.keras.layers.Layer):  # type: ignore[misc, name-defined]
        """Adds up the steps of the first input that are not masked, and the second input."""

        supports_masking = True

        def call(self, inputs: Any, context: Any, mask: Any = None) -> Any:
            values = np.asarray(inputs) + 1
            if mask is not None:
                values = values * np.asarray(mask)[..., None]
            return lab.keras.backend.cast_to_floatx(values.sum(axis=1) + np.asarray(context))

    padded = np.array([[[1], [2], [0], [0]]], "float32")
    context = np.array([[10]], "float32")
    if lab.backend == "tensorflow":
        context = lab.tf.constant(context)
    total = float(np.asarray(Total()(lab.keras.layers.Masking()(padded), context)).reshape(()))
    lab.true(total != 17, "the layer gets mask=None although its first input is masked: 17, padding included, not 15")
    lab.equal(total, 15.0, "sum over the real steps")


def layers_stateful_batch(lab: Lab) -> None:
    """A stateful RNN refuses a batch of another size."""
    np, layers = lab.np, lab.keras.layers
    inputs = lab.keras.Input(batch_shape=(4, 3, 2))
    layer = layers.SimpleRNN(2, stateful=True, kernel_initializer="ones", recurrent_initializer="ones")
    model = lab.keras.Model(inputs, layer(inputs))
    model(np.zeros((4, 3, 2), "float32"))  # the right size is taken
    try:
        answer = model(np.full((1, 3, 2), 0.1, "float32"))
    except Exception:  # what is raised differs from release to release
        return
    lab.true(
        False,
        "a batch of 1 is accepted by a stateful RNN that was built for batches of 4: it answers with "
        f"{np.asarray(answer).shape[0]} row(s), and the state of every sample is overwritten",
    )


def layers_to_categorical(lab: Lab) -> None:
    """to_categorical gives float32."""
    np = lab.np
    one_hot = lab.keras.utils.to_categorical([0, 2, 1], 3)
    lab.equal(one_hot, np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]]), "the one-hot rows")
    lab.true(one_hot.dtype == np.float32, f"the one-hot rows are {one_hot.dtype}, not float32")


def layers_text_vectorization(lab: Lab) -> None:
    """Multi-hot and counted words come as float32."""
    tf, layers = lab.tf, lab.keras.layers
    words = tf.constant([["b a b"]])
    wrong = []
    for mode, expected in (("multi_hot", [[0, 1, 1]]), ("count", [[0, 1, 2]])):
        layer = layers.TextVectorization(output_mode=mode, vocabulary=["a", "b"])
        encoded = layer(words)
        lab.equal(encoded, expected, mode)
        if encoded.dtype != tf.float32:
            wrong.append(f'output_mode="{mode}" gives {encoded.dtype.name}')
    lab.true(not wrong, f"{' and '.join(wrong)}, not float32")


def layers_string_input(lab: Lab) -> None:
    """A model with text input takes a NumPy array of strings."""
    tf, np = lab.tf, lab.np
    inputs = lab.keras.Input((1,), dtype=tf.string)
    model = lab.keras.Model(inputs, lab.keras.layers.StringLookup(vocabulary=["a", "b"])(inputs))
    model.compile(run_eagerly=True)
    lab.equal(model.predict(np.array([["b"], ["a"]]), verbose=0), [[2], [1]], "indices of the words")


def layers_positional_flag(lab: Lab) -> None:
    """layer(x, True): a flag without its name."""
    np = lab.np

    class Shift(lab.keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, inputs: Any, upwards: Any) -> Any:
            return inputs + 1 if upwards else inputs - 1

    lab.equal(Shift()(np.array([[2.0]], "float32"), True), [[3.0]], "output of the layer")


def layers_sequential_input(lab: Lab) -> None:
    """model.input of a Sequential model without Input."""
    np, keras = lab.np, lab.keras
    model = keras.Sequential([keras.layers.Dense(2, kernel_initializer="ones"), keras.layers.ReLU()])
    model.build((None, 3))
    inner = keras.Model(model.input, model.layers[0].output)
    lab.equal(inner(np.array([[1, 2, -4]], "float32")), [[-1, -1]], "output of the first layer")


def layers_embedding_input_length(lab: Lab) -> None:
    """Embedding(input_length=...)."""
    layer = lab.keras.layers.Embedding(5, 2, input_length=3, embeddings_initializer="ones")
    lab.equal(layer(lab.np.array([[1, 2, 0]])), lab.np.ones((1, 3, 2)), "the vectors of the words")


def layers_batchnorm_axis_list(lab: Lab) -> None:
    """BatchNormalization(axis=[3]), as old files have it."""
    np = lab.np
    values = np.arange(12, dtype="float32").reshape(1, 2, 2, 3)
    layer = lab.keras.layers.BatchNormalization(axis=[3])
    lab.equal(layer(values), values / np.sqrt(1.001), "output of the untrained layer")


def layers_average_pooling(lab: Lab) -> None:
    """AveragePooling2D() without a pool size."""
    np = lab.np
    values = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    pooled = lab.keras.layers.AveragePooling2D()(values)
    lab.equal(pooled, np.array([[2.5, 4.5], [10.5, 12.5]]).reshape(1, 2, 2, 1), "averages of two by two")


def layers_dense_weights(lab: Lab) -> None:
    """Dense(weights=[kernel, bias])."""
    np = lab.np
    layer = lab.keras.layers.Dense(2, weights=[np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -0.5])])
    lab.equal(layer(np.array([[1.0, 10.0]], "float32")), [[31.5, 41.5]], "output of the layer")


def layers_batchnorm_renorm(lab: Lab) -> None:
    """BatchNormalization(renorm=True)."""
    np = lab.np
    values = np.arange(6, dtype="float32").reshape(2, 3)
    layer = lab.keras.layers.BatchNormalization(renorm=True)
    lab.equal(layer(values), values / np.sqrt(1.001), "output of the untrained layer")


def layers_name_slash(lab: Lab) -> None:
    """A layer's name with a slash in it."""
    layer = lab.keras.layers.Dense(1, kernel_initializer="ones", name="block1/dense")
    lab.equal(layer(lab.np.array([[1.0, 2.0]], "float32")), [[3.0]], "output of the layer")
    lab.true(layer.name == "block1/dense", f"the name is {layer.name!r}")


def layers_locally_connected(lab: Lab) -> None:
    """LocallyConnected1D."""
    np = lab.np
    values = np.array([[[1], [2], [4]]], "float32")
    layer = lab.keras.layers.LocallyConnected1D(1, 2, kernel_initializer="ones")
    lab.equal(layer(values), [[[3], [6]]], "sums of neighbours")


def layers_rnn_time_major(lab: Lab) -> None:
    """An RNN with time_major=True."""
    np = lab.np
    layer = lab.keras.layers.SimpleRNN(
        1, time_major=True, activation="linear", kernel_initializer="ones", recurrent_initializer="ones"
    )
    steps = np.array([[[1], [2]], [[10], [20]], [[100], [200]]], "float32")  # three steps of two samples
    lab.equal(layer(steps), [[111], [222]], "sums over the steps")


def layers_rnn_constants(lab: Lab) -> None:
    """An RNN that hands constants to its cell."""
    np = lab.np

    class Cell(lab.keras.layers.Layer):  # type: ignore[misc, name-defined]
        state_size = 1
        output_size = 1

        def call(self, inputs: Any, states: Any, constants: Any = None) -> Any:
            total = states[0] + inputs * constants[0]
            return total, [total]

    given, constant = np.array([[[1], [2], [3]]], "float32"), np.array([[10]], "float32")
    if lab.backend == "tensorflow":
        given, constant = lab.tf.constant(given), lab.tf.constant(constant)
    lab.equal(lab.keras.layers.RNN(Cell())(given, constants=[constant]), [[60]], "sum of the scaled steps")


def layers_cell_initial_state(lab: Lab) -> None:
    """cell.get_initial_state(batch_size=, dtype=)."""
    cell = lab.keras.layers.LSTMCell(3)
    states = cell.get_initial_state(batch_size=2, dtype="float32")
    lab.true(len(states) == 2, f"{len(states)} states, not 2")
    for state in states:
        lab.equal(state, lab.np.zeros((2, 3)), "a state to start from")


def layers_state_size_shape(lab: Lab) -> None:
    """A cell of one's own with a TensorShape as state size."""
    tf = lab.tf

    class Cell(lab.keras.layers.Layer):  # type: ignore[misc, name-defined]
        state_size = [tf.TensorShape([1])]  # noqa: RUF012  as people write it
        output_size = 1

        def call(self, inputs: Any, states: Any) -> Any:
            total = states[0] + inputs
            return total, [total]

    steps = tf.constant([[[1.0], [2.0], [3.0]]])
    lab.equal(lab.keras.layers.RNN(Cell())(steps), [[6.0]], "sum of the steps")


# ----------------------------------------------------------------------------------------- what they share


def check_trained(lab: Lab, layer: Any, what: str) -> None:
    """One step of gradient descent from 2 towards 5, for a layer that multiplies by its only number."""
    np = lab.np
    found = len(layer.trainable_weights)
    lab.true(found == 1, f"{what} is not found: {found} trainable weights, not 1; it is neither trained nor saved")
    model = lab.keras.Sequential([layer])
    model.compile(lab.keras.optimizers.SGD(0.1), "mse", run_eagerly=True)
    model.train_on_batch(np.ones((1, 1), "float32"), np.full((1, 1), 5, "float32"))
    lab.equal(layer.trainable_weights[0], 2 + 0.1 * 2 * 3, "its value after one step of training")


CANARIES = (
    layers_tf_variable,
    layers_tf_module,
    layers_two_inputs_mask,
    layers_stateful_batch,
    layers_to_categorical,
    layers_text_vectorization,
    layers_string_input,
    layers_positional_flag,
    layers_sequential_input,
    layers_embedding_input_length,
    layers_batchnorm_axis_list,
    layers_average_pooling,
    layers_dense_weights,
    layers_batchnorm_renorm,
    layers_name_slash,
    layers_locally_connected,
    layers_rnn_time_major,
    layers_rnn_constants,
    layers_cell_initial_state,
    layers_state_size_shape,
)
FULL = CANARIES
