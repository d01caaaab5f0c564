"""Layers as people wrote them for Keras 2: their own ones, the arguments of the built-in ones, what they return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab, canary


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="spelling", namespace=False, full=True)
def layers_python_numbers(lab: Lab) -> None:
    """A layer that is called with a list of numbers."""
    lab.equal(lab.keras.layers.Activation("relu")([-1.0, 2.0]), [0.0, 2.0], "output of the layer")


@canary(kind="spelling", namespace=False, full=True)
def layers_input_shape_number(lab: Lab) -> None:
    """Input(shape=3), a number for a shape of one dimension."""
    inputs = lab.keras.Input(shape=3)
    model = lab.keras.Model(inputs, lab.keras.layers.Dense(1, kernel_initializer="ones")(inputs))
    lab.equal(model(lab.np.array([[1.0, 2.0, 4.0]], "float32")), [[7.0]], "output of the model")


@canary(kind="spelling", namespace=False, full=True)
def layers_input_of_input_layer(lab: Lab) -> None:
    """The input of an input layer, to make another model of."""
    keras = lab.keras
    inputs = keras.Input((2,), name="given")
    model = keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="ones")(inputs))
    other = keras.Model(model.get_layer("given").input, model.output)
    lab.equal(other(lab.np.array([[1.0, 2.0]], "float32")), [[3.0]], "output of the other model")


@canary(kind="spelling", namespace=False, full=True)
def layers_input_tensor(lab: Lab) -> None:
    """Input(tensor=...) with a tensor of TensorFlow."""
    inputs = lab.keras.Input(tensor=lab.tf.constant([[1.0, 2.0]]))
    model = lab.keras.Model(inputs, lab.keras.layers.Dense(1, kernel_initializer="ones")(inputs))
    lab.equal(model(lab.np.array([[3.0, 4.0]], "float32")), [[7.0]], "output of the model")


@canary(kind="trap", namespace=False, full=True)
def layers_mask_of_several(lab: Lab) -> None:
    """A layer with two inputs, of which none is masked, gets no mask."""
    np = lab.np

    class Total(lab.keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, inputs: Any, mask: Any = None) -> Any:
            masks.append(mask)
            return inputs[0] + inputs[1]

    masks: list[Any] = []
    given = [np.array([[1.0]], "float32"), np.array([[2.0]], "float32")]
    if lab.backend == "tensorflow":
        given = [lab.tf.constant(one) for one in given]
    lab.equal(Total()(given), [[3.0]], "sum of the inputs")
    lab.true(masks == [None], f"the layer gets mask={masks[0]}, not mask=None, although no input is masked")


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=True)
def layers_to_categorical(lab: Lab) -> None:
    """to_categorical gives float32."""
    np = lab.np
    one_hot = lab.keras.utils.to_categorical([0, 2, 1], 3)
    lab.equal(one_hot, np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]]), "the one-hot rows")
    lab.true(one_hot.dtype == np.float32, f"the one-hot rows are {one_hot.dtype}, not float32")


@canary(kind="trap", namespace=False, full=True)
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


@canary(kind="trap", namespace=False, full=True)
def layers_string_input(lab: Lab) -> None:
    """A model with text input takes a NumPy array of strings."""
    tf, np = lab.tf, lab.np
    inputs = lab.keras.Input((1,), dtype=tf.string)
    model = lab.keras.Model(inputs, lab.keras.layers.StringLookup(vocabulary=["a", "b"])(inputs))
    model.compile(run_eagerly=True)
    lab.equal(model.predict(np.array([["b"], ["a"]]), verbose=0), [[2], [1]], "indices of the words")


@canary(kind="spelling", namespace=False, full=True)
def layers_positional_flag(lab: Lab) -> None:
    """layer(x, True): a flag without its name."""
    np = lab.np

    class Shift(lab.keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, inputs: Any, upwards: Any) -> Any:
            return inputs + 1 if upwards else inputs - 1

    lab.equal(Shift()(np.array([[2.0]], "float32"), True), [[3.0]], "output of the layer")


@canary(kind="spelling", namespace=False, full=True)
def layers_sequential_input(lab: Lab) -> None:
    """model.input of a Sequential model without Input."""
    np, keras = lab.np, lab.keras
    model = keras.Sequential([keras.layers.Dense(2, kernel_initializer="ones"), keras.layers.ReLU()])
    model.build((None, 3))
    inner = keras.Model(model.input, model.layers[0].output)
    lab.equal(inner(np.array([[1, 2, -4]], "float32")), [[-1, -1]], "output of the first layer")


@canary(kind="spelling", namespace=False, full=True)
def layers_embedding_input_length(lab: Lab) -> None:
    """Embedding(input_length=...)."""
    layer = lab.keras.layers.Embedding(5, 2, input_length=3, embeddings_initializer="ones")
    lab.equal(layer(lab.np.array([[1, 2, 0]])), lab.np.ones((1, 3, 2)), "the vectors of the words")


@canary(kind="spelling", namespace=False, full=True)
def layers_batchnorm_axis_list(lab: Lab) -> None:
    """BatchNormalization(axis=[3]), as old files have it."""
    np = lab.np
    values = np.arange(12, dtype="float32").reshape(1, 2, 2, 3)
    layer = lab.keras.layers.BatchNormalization(axis=[3])
    lab.equal(layer(values), values / np.sqrt(1.001), "output of the untrained layer")


@canary(kind="spelling", namespace=False, full=True)
def layers_average_pooling(lab: Lab) -> None:
    """AveragePooling2D() without a pool size."""
    np = lab.np
    values = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    pooled = lab.keras.layers.AveragePooling2D()(values)
    lab.equal(pooled, np.array([[2.5, 4.5], [10.5, 12.5]]).reshape(1, 2, 2, 1), "averages of two by two")


@canary(kind="spelling", namespace=False, full=True)
def layers_dense_weights(lab: Lab) -> None:
    """Dense(weights=[kernel, bias])."""
    np = lab.np
    layer = lab.keras.layers.Dense(2, weights=[np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -0.5])])
    lab.equal(layer(np.array([[1.0, 10.0]], "float32")), [[31.5, 41.5]], "output of the layer")


@canary(kind="spelling", namespace=False, full=True)
def layers_batchnorm_renorm(lab: Lab) -> None:
    """BatchNormalization(renorm=True)."""
    np = lab.np
    values = np.arange(6, dtype="float32").reshape(2, 3)
    layer = lab.keras.layers.BatchNormalization(renorm=True)
    lab.equal(layer(values), values / np.sqrt(1.001), "output of the untrained layer")


@canary(kind="trap", namespace=False, full=True)
def layers_name_slash(lab: Lab) -> None:
    """A layer's name with a slash in it."""
    layer = lab.keras.layers.Dense(1, kernel_initializer="ones", name="block1/dense")
    lab.equal(layer(lab.np.array([[1.0, 2.0]], "float32")), [[3.0]], "output of the layer")
    lab.true(layer.name == "block1/dense", f"the name is {layer.name!r}")


@canary(kind="spelling", namespace=False, full=True)
def layers_locally_connected(lab: Lab) -> None:
    """LocallyConnected1D."""
    np = lab.np
    values = np.array([[[1], [2], [4]]], "float32")
    layer = lab.keras.layers.LocallyConnected1D(1, 2, kernel_initializer="ones")
    lab.equal(layer(values), [[[3], [6]]], "sums of neighbours")


@canary(kind="spelling", namespace=False, full=True)
def layers_rnn_time_major(lab: Lab) -> None:
    """An RNN with time_major=True."""
    np = lab.np
    layer = lab.keras.layers.SimpleRNN(
        1, time_major=True, activation="linear", kernel_initializer="ones", recurrent_initializer="ones"
    )
    steps = np.array([[[1], [2]], [[10], [20]], [[100], [200]]], "float32")  # three steps of two samples
    lab.equal(layer(steps), [[111], [222]], "sums over the steps")


@canary(kind="spelling", namespace=False, full=True)
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


@canary(kind="spelling", namespace=False, full=True)
def layers_cell_initial_state(lab: Lab) -> None:
    """cell.get_initial_state(batch_size=, dtype=)."""
    cell = lab.keras.layers.LSTMCell(3)
    states = cell.get_initial_state(batch_size=2, dtype="float32")
    lab.true(len(states) == 2, f"{len(states)} states, not 2")
    for state in states:
        lab.equal(state, lab.np.zeros((2, 3)), "a state to start from")


@canary(kind="spelling", namespace=False, full=True)
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


@canary(kind="spelling", namespace=False, full=True)
def layers_leaky_relu_alpha(lab: Lab) -> None:
    """LeakyReLU(alpha=...)."""
    layer = lab.keras.layers.LeakyReLU(alpha=0.1)
    lab.equal(layer(lab.np.array([[-2.0, 0.0, 3.0]], "float32")), [[-0.2, 0.0, 3.0]], "output of the layer")


@canary(kind="capability", namespace=False, full=True)
def layers_in_containers(lab: Lab) -> None:
    """Layers kept in lists and dictionaries are trained."""
    np = lab.np

    class Stacked(lab.keras.Model):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            first, second = (lab.keras.layers.Dense(1, use_bias=False, kernel_initializer="ones") for _ in range(2))
            self.blocks = [{"dense": first}]
            self.heads = {"out": [second]}

        def call(self, inputs: Any) -> Any:
            return self.heads["out"][0](self.blocks[0]["dense"](inputs))

    model = Stacked()
    model.compile(lab.keras.optimizers.SGD(0.1), "mse", run_eagerly=lab.backend == "tensorflow")
    one = np.ones((1, 1), "float32")
    model.train_on_batch(one, 3 * one)
    found = len(model.trainable_weights)
    lab.true(found == 2, f"{found} of the 2 weights are found: the others are neither trained nor saved")
    # 1 * 1 predicts 1 for 3: each weight goes up by 0.1 * 2 * (3 - 1) * the other
    lab.equal(np.array([np.asarray(weight).item() for weight in model.trainable_weights]), [1.4, 1.4], "the weights")


@canary(kind="capability", namespace=False, full=True)
def layers_gru_numbers(lab: Lab) -> None:
    """The weights of a GRU mean what they meant."""
    np = lab.np
    kernel, recurrent, bias = waves(np, (2, 6), 0), waves(np, (2, 6), 1), waves(np, (2, 6), 2)
    steps = waves(np, (1, 3, 2), 3)
    layer = lab.keras.layers.GRU(2)
    layer.build((None, None, 2))
    layer.set_weights([kernel, recurrent, bias])
    state = np.zeros((1, 2))
    for step in range(3):
        given, kept = steps[:, step] @ kernel + bias[0], state @ recurrent + bias[1]
        update, reset = (sigmoid(np, given[:, part] + kept[:, part]) for part in (slice(0, 2), slice(2, 4)))
        candidate = np.tanh(given[:, 4:] + reset * kept[:, 4:])
        state = update * state + (1 - update) * candidate
    lab.equal(layer(steps), state, "output of the GRU")


@canary(kind="capability", namespace=False, full=True)
def layers_lstm_numbers(lab: Lab) -> None:
    """The weights of an LSTM mean what they meant."""
    np = lab.np
    kernel, recurrent, bias = waves(np, (2, 8), 0), waves(np, (2, 8), 1), waves(np, (8,), 2)
    steps = waves(np, (1, 3, 2), 3)
    layer = lab.keras.layers.LSTM(2)
    layer.build((None, None, 2))
    layer.set_weights([kernel, recurrent, bias])
    state, carry = np.zeros((1, 2)), np.zeros((1, 2))
    for step in range(3):
        gates = steps[:, step] @ kernel + state @ recurrent + bias
        entered, forgotten, candidate, shown = (gates[:, start : start + 2] for start in (0, 2, 4, 6))
        carry = sigmoid(np, forgotten) * carry + sigmoid(np, entered) * np.tanh(candidate)
        state = sigmoid(np, shown) * np.tanh(carry)
    lab.equal(layer(steps), state, "output of the LSTM")


@canary(kind="capability", namespace=False, full=True)
def layers_attention_numbers(lab: Lab) -> None:
    """The weights of MultiHeadAttention mean what they meant."""
    np = lab.np
    layer = lab.keras.layers.MultiHeadAttention(num_heads=2, key_dim=2)
    asked, known = waves(np, (1, 2, 4), 0), waves(np, (1, 3, 4), 1)
    allowed = np.array([[[1, 1, 0], [1, 1, 1]]], bool)
    layer(asked, known)
    query, key, value = ((waves(np, (4, 2, 2), number), waves(np, (2, 2), number + 1)) for number in (2, 4, 6))
    out = waves(np, (2, 2, 4), 8), waves(np, (4,), 9)
    layer.set_weights([*query, *key, *value, *out])
    queries, keys, values = (
        np.einsum("bsf,fhd->bshd", given, kernel) + bias
        for given, (kernel, bias) in ((asked, query), (known, key), (known, value))
    )
    scores = np.einsum("bqhd,bkhd->bhqk", queries, keys) / np.sqrt(2)
    scores = np.where(allowed[:, None], scores, -np.inf)
    shares = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    expected = np.einsum("bqhd,hdf->bqf", np.einsum("bhqk,bkhd->bqhd", shares, values), out[0]) + out[1]
    lab.equal(layer(asked, known, attention_mask=allowed), expected, "output of the layer")


@canary(kind="capability", namespace=False, full=True)
def layers_batchnorm_frozen(lab: Lab) -> None:
    """A frozen BatchNormalization keeps its averages."""
    np = lab.np
    layer = lab.keras.layers.BatchNormalization(epsilon=0.0)
    layer.build((None, 1))
    layer.set_weights([np.array([value], "float32") for value in (2, 1, 3, 4)])  # gamma, beta, mean, variance
    layer.trainable = False
    lab.equal(layer(np.array([[5.0], [7.0]], "float32"), training=True), [[3.0], [5.0]], "output while training")
    lab.equal(layer.get_weights()[2:], [[3.0], [4.0]], "the averages afterwards")


@canary(kind="capability", namespace=False, full=True)
def layers_image_resizing(lab: Lab) -> None:
    """Bilinear resizing of images gives the same pixels."""
    np = lab.np
    image = np.array([[0, 4], [8, 12]], "float32").reshape(1, 2, 2, 1)
    # each new pixel's middle lies at 1/4 and 3/4 between the old ones
    down = np.array([[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]])
    expected = (down @ image[0, :, :, 0] @ down.T).reshape(1, 4, 4, 1)
    lab.equal(lab.keras.layers.Resizing(4, 4)(image), expected, "Resizing")
    lab.equal(lab.keras.layers.UpSampling2D(2, interpolation="bilinear")(image), expected, "UpSampling2D")


@canary(kind="trap", namespace=False, full=True)
def layers_weight_order(lab: Lab) -> None:
    """get_weights() lists weights in the order it used to."""
    np, layers = lab.np, lab.keras.layers

    class Block(layers.Layer):  # type: ignore[misc, name-defined]
        """Has a BatchNormalization before its Dense layer, and a weight that is not trained."""

        def __init__(self) -> None:
            super().__init__()
            self.normal, self.result = layers.BatchNormalization(), layers.Dense(1)
            self.count = self.add_weight(name="count", shape=(4,), initializer="zeros", trainable=False)

        def call(self, inputs: Any) -> Any:
            return self.result(self.normal(inputs))

    class Network(lab.keras.Model):  # type: ignore[misc, name-defined]
        """Has a weight of its own behind its layer."""

        def __init__(self) -> None:
            super().__init__()
            self.result = layers.Dense(1)
            self.scale = self.add_weight(name="scale", shape=(4,), initializer="ones")

        def call(self, inputs: Any) -> Any:
            return self.result(inputs)

    wrong = []
    normal = [(2,)] * 2
    for made, expected in (
        (Block(), [*normal, (2, 1), (1,), (4,), *normal]),
        (Network(), [(2, 1), (1,), (4,)]),
    ):
        made(np.ones((1, 2), "float32"))
        weights = made.get_weights()
        shapes = [tuple(weight.shape) for weight in weights]
        lab.true(sorted(shapes) == sorted(expected), f"the weights have the shapes {shapes}")
        # a Block's trained weights came first in Keras 2, a Network's in the order of its attributes
        trained_last = isinstance(made, Block) and sorted(shapes[:5]) != sorted(expected[:5])
        if shapes != expected and (trained_last or isinstance(made, Network)):
            wrong.append(type(made).__name__)
    lab.true(
        not wrong,
        "get_weights() of a layer that holds layers lists the weights that are not trained among the others, and that "
        "of a model with weights of its own lists these first: set_weights() with a list from Keras 2 mixes them up",
    )
    lab.seen.append("order: right")


@canary(kind="trap", namespace=False, full=True)
def layers_resizing_training(lab: Lab) -> None:
    """model(x) with Resizing runs BatchNormalization as before."""
    np, layers = lab.np, lab.keras.layers
    wrong = []
    for layer in (layers.Resizing(1, 1), layers.CenterCrop(1, 1)):
        normal = layers.BatchNormalization(momentum=0.0)
        model = lab.keras.Sequential([lab.keras.Input((1, 1, 1)), layer, normal])
        answer = np.asarray(model(np.full((2, 1, 1, 1), 4, "float32")))
        if np.asarray(normal.get_weights()[2]).any() or abs(answer - 4 / np.sqrt(1 + 1e-3)).max() > 1e-3:
            wrong.append(type(layer).__name__)
    lab.true(
        not wrong,
        f"behind {' and '.join(wrong)} a model that is called without training= runs BatchNormalization in training "
        "mode: its moving averages change, and the answer depends on the other samples of the batch",
    )
    lab.seen.append("answer: right")


@canary(kind="trap", namespace=False, full=True)
def layers_random_crop(lab: Lab) -> None:
    """RandomCrop makes an image as small in predict as in training.

    What is behind it was trained on the small images; which pixels are taken is compared nowhere, only how many.
    """
    np, keras = lab.np, lab.keras
    images = waves(np, (2, 6, 8, 3), 1)
    model = keras.Sequential([keras.Input((6, 8, 3)), keras.layers.RandomCrop(height=3, width=2)])
    model.compile(run_eagerly=bool(lab.backend == "tensorflow"))
    seen = model.predict(images, verbose=0).shape
    lab.true(seen != images.shape, "RandomCrop(3, 2) does not crop in predict: the image of 6 x 8 stays one of 6 x 8")
    lab.equal(seen, (2, 3, 2, 3), "shape of the images in predict")


@canary(kind="trap", namespace=False, full=True)
def layers_data_format(lab: Lab) -> None:
    """Pooling of steps where images have their channels first."""
    np, keras = lab.np, lab.keras
    steps = waves(np, (2, 6, 4), 1)
    before = keras.backend.image_data_format()
    keras.backend.set_image_data_format("channels_first")
    try:
        pooled = np.asarray(keras.layers.GlobalAveragePooling1D()(steps))
    finally:
        keras.backend.set_image_data_format(before)
    lab.true(
        pooled.shape != (2, 6),
        "with image_data_format channels_first, layers of one dimension take the steps for channels: "
        "GlobalAveragePooling1D gives 6 numbers for 6 steps of 4 features, not 4",
    )
    lab.equal(pooled, steps.mean(1), "mean of the steps")


@canary(kind="trap", namespace=False, full=True)
def layers_add_column(lab: Lab) -> None:
    """Add() of a square and a column gives their sum."""
    np, keras = lab.np, lab.keras
    square = np.arange(9, dtype="float32").reshape(1, 3, 3)
    column = np.array([[[1.0], [2.0], [4.0]]], "float32")
    seen = np.asarray(keras.layers.Add()([square, column]))
    swapped = np.abs(seen - square - column.swapaxes(1, 2)).max() < 1e-4
    lab.true(not swapped, "a column is added to a square as if it were a row")
    lab.equal(seen, square + column, "the sum")


@canary(kind="trap", namespace=False, full=True)
def layers_normalization_integers(lab: Lab) -> None:
    """LayerNormalization of whole numbers."""
    np, keras = lab.np, lab.keras
    counts = np.array([[1, 2, 4], [3, 9, 4]], "int32")
    model = keras.Sequential([keras.Input((3,), dtype="int32"), keras.layers.LayerNormalization()])
    seen = np.asarray(model(counts))
    centred = counts - counts.mean(1, keepdims=True)
    expected = centred / np.sqrt((centred**2).mean(1, keepdims=True) + 0.001)
    lab.true(
        np.abs(seen - np.trunc(expected)).max() > 1e-4,
        "LayerNormalization of whole numbers gives whole numbers: -1, 0 and 1, not -1.069, -0.267 and 1.336",
    )
    lab.equal(seen, expected, "normalized counts")


@canary(kind="trap", namespace=False, full=True)
def layers_rnn_activity(lab: Lab) -> None:
    """SimpleRNN(activity_regularizer=...) adds its penalty to the loss."""
    np, keras = lab.np, lab.keras
    layer = keras.layers.SimpleRNN(
        2,
        activation="linear",
        kernel_initializer="ones",
        recurrent_initializer="zeros",
        activity_regularizer=keras.regularizers.L2(0.5),
    )
    model = keras.Sequential([keras.Input((2, 3)), layer])
    model.compile("sgd", "mse", run_eagerly=bool(lab.backend == "tensorflow"))
    # one row, whose two outputs are 3: the error is 0, and what is left is the penalty
    loss = float(model.evaluate(np.ones((1, 2, 3)), np.full((1, 2), 3.0), verbose=0))
    lab.true(abs(loss) > 1e-6, "activity_regularizer of SimpleRNN is ignored: the penalty is 0, not 9")
    lab.equal(loss, 0.5 * (9 + 9), "penalty")


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


def waves(np: Any, shape: tuple[int, ...], number: int) -> Any:
    """Numbers between -1 and 1 in which no two places are alike."""
    return np.sin(np.arange(1, np.prod(shape) + 1, dtype="float32") * (number + 1)).reshape(shape)


def sigmoid(np: Any, values: Any) -> Any:
    """Computed here, not by the Keras that is looked at."""
    return 1 / (1 + np.exp(-values))
