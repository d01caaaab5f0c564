"""What Keras says of inputs, targets and symbolic tensors: faults of a program that no release changes, and notes."""

from __future__ import annotations

from kdoctor.rules.rule import Advice, Reference, Rule, Symptom, UseLegacyKeras

_TRAINING = "https://keras.io/guides/training_with_built_in_methods/"
_MIGRATING = "https://keras.io/guides/migrating_to_keras_3/"

INPUT_SHAPE = Rule(
    code="KD960",
    slug="data-input-shape",
    area="data",
    title="The data has another shape than the model's input",
    explanation=(
        "The program stops: the model was built for one shape and gets another. The model is fine, and no "
        "release is the cause. Compare `model.input_shape` with `x.shape`, and change the data.\n\n"
        "Often a batch dimension is missing: shape (28, 28) where (1, 28, 28) is meant. Or the channels are missing or "
        "in another place, or the features were prepared differently than for training. The message names both shapes."
    ),
    symptoms=(
        'ValueError: Input {number} of layer "{layer}" is incompatible with the layer: {text}',
        "ValueError: Input {number} of layer {layer} is incompatible with the layer: {text}",
        "ValueError: Input {number} is incompatible with layer {layer}: {text}",
        "ValueError: Invalid input shape for input {text}. Expected shape {text}, but input has "
        "incompatible shape {text}",
        "Model was constructed with shape {text} for input {text}, but it was called on an input "
        "with incompatible shape "
        "{text}",
        'ValueError: Layer "{layer}" expects {number} input(s), but it received {number} input tensors.',
        "ValueError: Error when checking input: expected {layer} to have {text}, but got array with shape {text}",
        "ValueError: Negative dimension size caused by subtracting {text}",
        "ValueError: Computed output size would be negative. Received: {text}",
    ),
    remedies=(
        Advice(
            "Give the shape that the model was built for",
            "model.input_shape is what it expects; x.shape is what it gets.\n"
            "One sample: x[np.newaxis] adds the batch dimension. Grey images: x[..., np.newaxis] adds the channel.",
        ),
    ),
    references=(Reference(_TRAINING, "Keras's guide: what fit and predict take."),),
    canary=False,
)

TARGET_SHAPE = Rule(
    code="KD961",
    slug="data-target-shape",
    area="data",
    title="The targets do not fit the model's output or the loss",
    explanation=(
        "The program stops: labels, loss and last layer do not agree. No result is wrong, and no release is "
        "the cause. Change one of the three.\n\n"
        "`categorical_crossentropy` takes one-hot rows with as many columns as the last layer has units. "
        "`sparse_categorical_crossentropy` takes class numbers from 0. `binary_crossentropy` takes one column."
    ),
    symptoms=(
        "ValueError: Shapes {text} and {text} are incompatible",
        "`logits` and `labels` must have the same shape, received {text}",
        "logits and labels must be broadcastable: logits_size={text} labels_size={text}",
        "ValueError: Arguments `target` and `output` must have the same shape. Received: {text}",
        "ValueError: Arguments `target` and `output` must have the same rank (ndim). Received: {text}",
        "Received a label value of {value} which is outside the valid range of {text}",
        "InvalidArgumentError: Graph execution error: Detected at node '{text}crossentropy{text}' defined at",
        Symptom("Incompatible shapes: {text} vs. {text}", generic=True),
    ),
    remedies=(
        Advice(
            "Make labels, loss and last layer agree",
            "Class numbers: loss='sparse_categorical_crossentropy'. One-hot rows: loss='categorical_crossentropy'.\n"
            "The last layer has one unit for each class; the largest class number is below that.",
        ),
    ),
    references=(Reference(_TRAINING, "Keras's guide: losses and the targets they take."),),
    canary=False,
)

CARDINALITY = Rule(
    code="KD962",
    slug="data-sizes-differ",
    area="data",
    title="Inputs and targets have different numbers of samples",
    explanation=(
        "The program stops: `x` and `y` hold different numbers of samples. No result is wrong, and no release is the "
        "cause. Make `len(x)` and `len(y)` equal, and pass arrays (`np.array(x)`), not lists.\n\n"
        "Often `x` is a Python list of rows where one array is meant. Keras then takes each row for a separate input, "
        "and `x sizes` is a long list."
    ),
    symptoms=(
        "ValueError: Data cardinality is ambiguous: x sizes: {text} y sizes: {text}",
        "ValueError: Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.",
        "Make sure all arrays contain the same number of samples.",
    ),
    remedies=(
        Advice(
            "Compare the lengths, and pass arrays",
            "print(len(x), len(y))\nx = np.asarray(x) where x is a list of rows.",
        ),
    ),
    references=(Reference(_TRAINING, "Keras's guide: arrays, lists and dictionaries as inputs."),),
    canary=False,
)

ADAPTER = Rule(
    code="KD963",
    slug="data-type-refused",
    area="data",
    title="fit, evaluate or predict get data of a wrong kind",
    explanation=(
        "The program stops: Keras does not accept this kind of data. No result is wrong. Pass an array, or "
        "take model and data from the same Keras.\n\n"
        "Keras accepts NumPy arrays, tensors, pandas frames, tf.data, PyDataset and generators. A class of another "
        "Keras is refused: a Sequence of `keras` given to a model of `tf.keras`, or the other way round. Keras 3 also "
        "refuses plain lists of numbers."
    ),
    symptoms=(
        "ValueError: Failed to find data adapter that can handle input: {text}",
        "ValueError: Unrecognized data type: x={text} (of type {text})",
        "ValueError: Failed to convert a NumPy array to a Tensor (Unsupported object type {text}).",
    ),
    remedies=(
        Advice(
            "Pass an array, or take model and data from one Keras",
            "np.asarray(x, dtype='float32')\n"
            "Import Sequence or PyDataset from the Keras that the model comes from: tf.keras.utils "
            "with tf.keras models.",
        ),
    ),
    references=(Reference(_TRAINING, "Keras's guide: the kinds of data that fit takes."),),
    canary=False,
)

STRUCTURE = Rule(
    code="KD964",
    slug="data-structure-note",
    area="data",
    title="Note: the inputs have another structure than the model's",
    explanation=(
        "This is a warning, nothing failed. With one input the numbers are right. With several they may be "
        "swapped: check that each one reaches the right input.\n\n"
        "The model was built with a list, a tuple or a dictionary of inputs and gets another of them. Keras 3 warns "
        "and goes on by position or by name."
    ),
    symptoms=("The structure of `inputs` doesn't match the expected structure{text}",),
    remedies=(
        Advice(
            "Pass the structure that the model was built with",
            "Model([a, b], y) takes [a, b]; Model({{'a': a, 'b': b}}, y) takes a dictionary.",
        ),
    ),
    references=(Reference(_MIGRATING, "Keras 3 checks the structure of inputs more strictly."),),
    canary=False,
)

INPUT_NOTE = Rule(
    code="KD965",
    slug="layers-input-shape-note",
    area="data",
    title="Note: input_shape= given to a layer; the model is right",
    explanation=(
        "You can ignore this warning. The model is built as asked, and its numbers are the same.\n\n"
        "Keras 3 recommends an `Input` as the first layer. It warns where a layer gets `input_shape` or `input_dim`."
    ),
    symptoms=(
        "Do not pass an `input_shape`/`input_dim` argument to a layer. When using Sequential models, prefer using an "
        "`Input(shape)` object as the first layer in the model instead.",
        "Do not pass an `input_shape`/`input_dim` argument to a layer",
    ),
    remedies=(
        Advice("Ignore it, or begin with an Input", "keras.Sequential([keras.Input((4,)), keras.layers.Dense(8)])"),
    ),
    references=(Reference(_MIGRATING, "Keras's guide shows Input as the first layer of a Sequential model."),),
    canary=False,
)

PYDATASET = Rule(
    code="KD966",
    slug="data-pydataset-init",
    area="data",
    title="Note: a Sequence does not call super().__init__()",
    explanation=(
        "`workers=` has no effect, and the data is read in one thread; the numbers are the same. Call "
        "`super().__init__(**kwargs)` first.\n\n"
        "In Keras 3 the data set itself (a Sequence or PyDataset) holds `workers`, `use_multiprocessing` and "
        "`max_queue_size`. Its `__init__` sets them."
    ),
    symptoms=("Your `PyDataset` class should call `super().__init__(**kwargs)` in its constructor.",),
    remedies=(Advice("Call it first", "def __init__(self, x, y, **kwargs):\n    super().__init__(**kwargs)"),),
    references=(
        Reference("https://keras.io/api/utils/python_utils/", "The arguments of PyDataset: workers and the like."),
    ),
    canary=False,
)

SYMBOLIC = Rule(
    code="KD504",
    slug="symbolic-numpy",
    area="data",
    title="A symbolic tensor reaches NumPy or plain Python",
    explanation=(
        "The program stops: a tensor without a value is used where Python needs one. No result is wrong. Use "
        "`keras.ops` or `tf` functions instead of NumPy, `if` or `int()`, inside a layer.\n\n"
        "While a model is built or traced, tensors have a shape and no value yet. NumPy functions, `if`, `for`, "
        "`len()` and `int()` need values. TensorFlow before 2.6 with NumPy 1.20 or newer raises the same message "
        "inside Keras's recurrent layers. There the pair of versions is the cause."
    ),
    symptoms=(
        "NotImplementedError: Cannot convert a symbolic Tensor ({text}) to a numpy array.",
        "NotImplementedError: Cannot convert a symbolic tf.Tensor ({text}) to a numpy array.",
        "TypeError: Cannot convert a symbolic Keras input/output to a numpy array.",
        "ValueError: A KerasTensor is symbolic: it's a placeholder for a shape an a dtype. It doesn't have any actual "
        "numerical value. You cannot convert it to a NumPy array.",
        "TypeError: Keras symbolic inputs/outputs do not implement `{name}`.",
        "TypeError: Could not build a TypeSpec for {text} with type KerasTensor",
        "A symbolic KerasTensor cannot be used as a boolean",
        "TypeError: Iterating over a symbolic KerasTensor is not supported.",
        "OperatorNotAllowedInGraphError: Iterating over a symbolic `tf.Tensor` is not allowed{text}",
        "OperatorNotAllowedInGraphError: Using a symbolic `tf.Tensor` as a Python `bool` is not allowed{text}",
        "TypeError: Cannot iterate over a Tensor with unknown first dimension.",
        "AttributeError: 'KerasTensor' object has no attribute '{name}'",
        Symptom("AttributeError: 'Tensor' object has no attribute 'numpy'", generic=True),
        "AttributeError: 'SymbolicTensor' object has no attribute '{name}'",
    ),
    remedies=(
        Advice(
            "Use the framework's functions inside of models and losses",
            "keras.ops.* or tf.* in place of np.*, inside a layer's call.\n"
            "To see values while debugging: model.compile(..., run_eagerly=True).\n"
            'TensorFlow 2.4 or 2.5 with LSTM or GRU: pip install "numpy<1.20"',
        ),
    ),
    references=(
        Reference(
            "https://github.com/keras-team/keras/issues/14687",
            "TensorFlow 2.5 with NumPy 1.20: the same message from inside of LSTM.",
        ),
    ),
    canary=False,
)

NOT_COMPILED = Rule(
    code="KD968",
    slug="training-not-compiled",
    area="data",
    title="The model was not compiled",
    explanation=(
        "`fit` and `evaluate` stop, because they need a loss and an optimizer; the weights are fine. Call "
        "`model.compile(optimizer=..., loss=...)` first.\n\n"
        "A model that was loaded with `compile=False`, or from a file without that part, has to be compiled again."
    ),
    symptoms=(
        "ValueError: You must call `compile()` before using the model.",
        "RuntimeError: You must compile your model before training/testing. Use `model.compile(optimizer, loss)`.",
    ),
    remedies=(Advice("Compile the model", "model.compile(optimizer='adam', loss=...)"),),
    references=(Reference(_TRAINING, "Keras's guide: compile before fit."),),
    canary=False,
)

MIXED = Rule(
    code="KD969",
    slug="training-objects-of-two-kerases",
    area="data",
    title="A model gets an optimizer, loss or layer of another Keras",
    explanation=(
        "The program stops, because it mixes two Kerases; no result is wrong. Import everything from one: "
        "either `import keras` or `from tensorflow import keras` in all files.\n\n"
        "`keras`, `tf.keras` and `tf_keras` can be different packages. An object of one is not recognised by the "
        "other, although it has the same name. The message shows the class's full module path, which says where it "
        "comes from."
    ),
    symptoms=(
        "ValueError: Could not interpret optimizer identifier: <keras.{text}",
        "ValueError: Could not interpret optimizer identifier: <tensorflow.{text}",
        "ValueError: ('Could not interpret optimizer identifier:', <{text}",
        "TypeError: The added layer must be an instance of class Layer. Found: {text}",
    ),
    remedies=(
        Advice(
            "Import everything from one Keras",
            "Either `import keras` or `from tensorflow import keras` in all files, never both.",
        ),
        UseLegacyKeras(),
    ),
    references=(
        Reference(
            "https://github.com/qubvel/segmentation_models/issues/380",
            "An optimizer of keras in a model of tf.keras, and the change of the import that helped.",
        ),
    ),
    canary=False,
)

RULES: tuple[Rule, ...] = (
    SYMBOLIC,
    INPUT_SHAPE,
    TARGET_SHAPE,
    CARDINALITY,
    ADAPTER,
    STRUCTURE,
    INPUT_NOTE,
    PYDATASET,
    NOT_COMPILED,
    MIXED,
)
