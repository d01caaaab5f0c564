"""Saved models that another Keras wrote, and what loading says: known by their messages only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

from kdoctor.records.whereabouts import argument
from kdoctor.rules.rule import Advice, Reference, Rule, Symptom, UseLegacyKeras
from kdoctor.words import Shown

_GUIDE = "https://keras.io/guides/serialization_and_saving/"


def _of_the_file(values: Mapping[str, str], shown: Shown) -> Optional[str]:
    if "argument" not in values:
        return ""
    return argument(values.get("layer", ""), "", values["argument"])


KERAS_2_FILE = Rule(
    code="KD657",
    slug="saving-config-of-keras2",
    area="loading",
    title="A saved model holds an argument that this Keras refuses",
    explanation=(
        "Loading stops, but the weights in the file are intact, and your code is not the cause. Load the file once "
        "with Keras 2, or pass a class that drops the argument.\n\n"
        "Keras 2 wrote the file. Its description of the layers has arguments that Keras 3 removed: `groups` of "
        "`DepthwiseConv2D`, `time_major` of `LSTM` and `GRU`, `batch_input_shape`."
    ),
    symptoms=(
        "TypeError: Error when deserializing class '{layer}' using config={config}Exception encountered: Unrecognized "
        "keyword arguments passed to {layer}: {'{argument}': {value}}",
        "TypeError: Error when deserializing class '{layer}' using config={config}",
        "ValueError: Unrecognized keyword arguments passed to DepthwiseConv2D: {'groups': {value}}",
        "ValueError: Unrecognized keyword arguments passed to {layer}: {'time_major': False}",
        Symptom("ValueError: Unrecognized keyword arguments passed to {layer}: {'{argument}': {value}}", generic=True),
        Symptom(
            'ValueError: Layer "{name}" expects 1 input(s), but it received {number} input tensors.{text}', generic=True
        ),
        "TypeError: MultiHeadAttention.build() missing 1 required positional argument: 'value_shape'",
        "ValueError: Unrecognized keyword arguments passed to InputLayer: {'batch_input_shape': {value}}",
    ),
    remedies=(
        Advice(
            "Load it with Keras 2 once, or pass a class that drops the argument",
            "With tf-keras installed: import tf_keras; model = tf_keras.models.load_model(FILE); "
            "model.save_weights('w.weights.h5')\n"
            "Or pass custom_objects={{'DepthwiseConv2D': Fixed}} with a subclass whose __init__ removes the argument.",
        ),
        UseLegacyKeras(),
    ),
    references=(
        Reference(
            "https://github.com/keras-team/keras/issues/20750",
            "A Keras maintainer: the option was removed in Keras 3, and the file still names it.",
        ),
    ),
    canary=False,
    answer=_of_the_file,
)

NEWER_FILE = Rule(
    code="KD658",
    slug="saving-file-of-newer-keras",
    area="loading",
    title="An older Keras reads a file that a newer one wrote",
    explanation=(
        "Loading stops at a word that this Keras does not know. The model in the file is intact. Load it "
        "with the Keras that wrote it.\n\n"
        "`batch_shape` and `DTypePolicy` come from Keras 3, `ragged` from TensorFlow 2.1. Where the line is not a "
        "`load_model`, the code passes the argument itself and was written for another Keras."
    ),
    symptoms=(
        "Unrecognized keyword arguments: ['batch_shape']",
        "Unrecognized keyword arguments: ['{argument}', {text}",
        "TypeError: ('Keyword argument not understood:', '{argument}')",
        "ValueError: ('Unrecognized keyword arguments:', dict_keys(['{argument}']))",
        "ValueError: Unknown dtype policy: {text}DTypePolicy{text}",
        "ValueError: Unknown layer: 'DTypePolicy'",
        "TypeError: Could not deserialize class 'Functional' because its parent module "
        "keras.src.models.functional cannot "
        "be imported.",
        "TypeError: Could not deserialize class '{layer}' because its parent module keras.src.{text} "
        "cannot be imported.",
    ),
    remedies=(
        Advice(
            "Read the file with the Keras that wrote it",
            "A file of Keras 3 needs Keras 3: TensorFlow 2.16 or newer, or `import keras` with keras 3 installed.",
        ),
    ),
    references=(
        Reference(
            "https://github.com/tensorflow/tensorflow/issues/66381",
            "A file of Keras 3 (TensorFlow 2.16) read by an older TensorFlow.",
        ),
    ),
    canary=False,
)

CUSTOM_OBJECT = Rule(
    code="KD659",
    slug="saving-custom-object",
    area="loading",
    title="A saved model needs a class or function unknown to Keras",
    explanation=(
        "Loading stops because the file names a custom layer, model, loss or function. The weights in it are "
        "intact. Import that code and pass it as `custom_objects`.\n\n"
        "You can also register it with `@keras.saving.register_keras_serializable()` before the model is saved. A "
        "class also needs a `get_config()` that returns what its `__init__` takes."
    ),
    symptoms=(
        "TypeError: Could not locate class '{name}'. Make sure custom classes",
        "TypeError: Could not locate function '{name}'. Make sure custom classes",
        "Could not locate class '{name}'",
        "Could not locate function '{name}'",
        "ValueError: Unknown layer: '{name}'. Please ensure you are using a `keras.utils.custom_object_scope`",
        "ValueError: Unknown layer: {name}. Please ensure this object is passed to the `custom_objects` argument.",
        "ValueError: Unknown layer: {name}",
        "ValueError: Unknown loss function: {name}",
        "ValueError: ('Unknown loss function', ':{name}')",
        "ValueError: Unknown metric function: {name}",
        "ValueError: Unknown optimizer: {name}",
        "ValueError: Unknown initializer: {name}",
        "ValueError: Unknown activation function: {name}",
        "TypeError: <class '{name}'> could not be deserialized properly.",
    ),
    remedies=(
        Advice(
            "Pass the class or the function to the loader",
            "model = keras.models.load_model(FILE, custom_objects={{'Name': Name}})\n"
            "If only the loss or a metric is missing and the model is used for predict: "
            "load_model(FILE, compile=False).",
        ),
    ),
    references=(Reference(_GUIDE, "Keras's guide: custom objects, registration and get_config()."),),
    canary=False,
)

LAMBDA = Rule(
    code="KD660",
    slug="saving-lambda-name",
    area="loading",
    title="A loaded Lambda layer has lost its function",
    explanation=(
        "The layer holds only the name of its function, so calling it ends with `'str' object is not "
        "callable`. The weights are intact. Pass the function as `custom_objects`.\n\n"
        "A Lambda around a named function is saved by that name. An older Keras that does not find the function keeps "
        "the string and calls it. A small Layer subclass instead of the Lambda loads everywhere."
    ),
    symptoms=(
        "TypeError: Exception encountered when calling layer \"{layer}\" (type Lambda). 'str' object is not callable",
        Symptom("TypeError: 'str' object is not callable", generic=True),
        "Loading a model with a Lambda layer causes a 'str' object is not callable exception",
    ),
    remedies=(
        Advice(
            "Pass the function, or replace the Lambda layer",
            "load_model(FILE, custom_objects={{'name': function}})\n"
            "A small Layer subclass in its place can be saved and loaded everywhere.",
        ),
    ),
    references=(
        Reference(
            "https://github.com/tensorflow/tensorflow/issues/46659",
            "A Keras maintainer: the serialized name is passed through without deserialization.",
        ),
    ),
    canary=False,
)

LAYERS = Rule(
    code="KD661",
    slug="saving-weights-do-not-fit",
    area="loading",
    title="The weights in a file do not fit the model",
    explanation=(
        "Loading stops, and the model keeps the weights it had: it differs from the one that was saved, or "
        "was not built. First check that it is the right file. Then build the saved model and call it once "
        "before loading.\n\n"
        "The number of layers or the shape of a layer differs, or the model was never built. With few exceptions Keras "
        "2 and Keras 3 count the layers of the same code alike. So first compare the code and the file; a wrong file "
        "is the most frequent cause. But Keras 3.0 to 3.2 cannot load a Bidirectional layer that they saved "
        "themselves: the file is right, and Keras 3.3 loads it."
    ),
    symptoms=(
        "ValueError: Layer count mismatch when loading weights from file. Model expected {count} layers, found {count} "
        "saved layers.",
        "ValueError: You are trying to load a weight file containing {count} layers into a model with {count} layers.",
        "ValueError: Weight count mismatch for layer #{count}",
        "ValueError: Layer #{count} (named {text}) was found to correspond to layer {text} in the "
        "save file. However the "
        "new layer {text} expects {count} weights, but the saved weights have {count} elements.",
        "ValueError: A total of {count} objects could not be loaded. Example error message for object {text}",
        "ValueError: Layer '{layer}' expected {count} variables, but received {count} variables during loading.",
        "ValueError: Layer '{layer}' was never built and thus it doesn't have any variables.",
        "ValueError: The shape of the target variable and the shape of the target value in "
        "`variable.assign(value)` must "
        "match.",
    ),
    remedies=(
        Advice(
            "Build the model that was saved",
            "Call the model once, or model.build(shape), before load_weights.\n"
            "To take what fits: model.load_weights(FILE, by_name=True, skip_mismatch=True) for an .h5 file.\n"
            "A .keras file with Bidirectional on Keras 3.0 to 3.2: upgrade keras, then load the same file.",
        ),
    ),
    references=(
        Reference(
            "https://github.com/keras-team/keras/issues/18913",
            "Bidirectional layers of .keras files: not loaded on Keras 3.1, loaded again on 3.3.3.",
        ),
        Reference(
            "https://github.com/google/diffseg/issues/15",
            "A layer count mismatch whose cause was the wrong file.",
        ),
    ),
    canary=False,
)

HDF5_NOTE = Rule(
    code="KD662",
    slug="saving-hdf5-note",
    area="loading",
    title="Saved as HDF5: a note, nothing failed",
    explanation=(
        "You can ignore this warning: the file is complete, and the model in it is as good. Save as .keras "
        "if only Keras 3 has to read it.\n\n"
        "Keras 3 recommends the .keras format and says so each time an .h5 file is written. Keras 2 can read what both "
        "know. But .h5 files of models with Lambda layers or string losses need extra steps when they are loaded."
    ),
    symptoms=(
        "You are saving your model as an HDF5 file via `model.save()` or `keras.saving.save_model(model)`. This file "
        "format is considered legacy.",
        "You are saving your model as an HDF5 file via `model.save()`. This file format is considered legacy.",
    ),
    remedies=(Advice("Save as .keras, or ignore it", "model.save('model.keras')"),),
    references=(Reference(_GUIDE, "Keras's guide recommends the .keras format."),),
    canary=False,
)

COMPILED_NOTE = Rule(
    code="KD663",
    slug="saving-compiled-metrics-note",
    area="loading",
    title="Note: a loaded model's metrics are not built yet",
    explanation=(
        "This is only a warning: the weights are loaded, and metrics get their variables with the first "
        "batch. Where it says that the model is not compiled, call `model.compile(...)` before `fit` or "
        "`evaluate`.\n\n"
        "An .h5 file keeps how the model was compiled, and metrics create their variables with the first batch. Until "
        "then `metrics_names` and the labels of `evaluate` are incomplete."
    ),
    symptoms=(
        "Compiled the loaded model, but the compiled metrics have yet to be built. "
        "`model.compile_metrics` will be empty "
        "until you train or evaluate the model.",
        "No training configuration found in the save file, so the model was *not* compiled. Compile it manually.",
        "No training configuration found in save file, so the model was *not* compiled. Compile it manually.",
    ),
    remedies=(Advice("Ignore it, or compile the model again", "model.compile(...) before fit or evaluate"),),
    references=(Reference(_GUIDE, "What a saved model holds: weights, architecture and the compiled state."),),
    canary=False,
)

OPTIMIZER_NOTE = Rule(
    code="KD664",
    slug="saving-optimizer-variables",
    area="loading",
    title="The optimizer's state was not restored",
    explanation=(
        "The weights are loaded and `predict` is right. Only further training restarts with a new optimizer. "
        "To avoid that, use the Keras that saved the file.\n\n"
        "The file's optimizer has another number of variables than the new one. The release or the optimizer is "
        "another, or the model changed."
    ),
    symptoms=(
        "Skipping variable loading for optimizer '{name}', because it has {count} variables whereas "
        "the saved optimizer "
        "has {count} variables.",
    ),
    remedies=(
        Advice(
            "Ignore it for predict; for further training use the Keras that saved it",
            "For predict only: load_model(FILE, compile=False) gives no warning.",
        ),
    ),
    references=(Reference(_GUIDE, "What a saved model holds, the optimizer's state included."),),
    canary=False,
)

CHECKPOINT = Rule(
    code="KD665",
    slug="saving-checkpoint-not-found",
    area="loading",
    title="No checkpoint is at the path that is given",
    explanation=(
        "Loading stops, because the path leads to no checkpoint; the stored weights are intact. Pass the path that "
        "exists, without the ending `.index` or `.data-00000-of-00001`.\n\n"
        "A TensorFlow checkpoint is several files: name.index and name.data-00000-of-00001. The path is the name "
        "without these endings. Brackets, * and ? in the path are read as patterns."
    ),
    symptoms=(
        "Unsuccessful TensorSliceReader constructor: Failed to find any matching files for {path}",
        "Unsuccessful TensorSliceReader constructor: Failed to get matching files on {path}",
        "OSError: SavedModel file does not exist at: {path}",
    ),
    remedies=(
        Advice(
            "Pass the path that exists, without the ending",
            "tf.train.latest_checkpoint(FOLDER) returns the name to load.\n"
            "A relative path is relative to the folder in which Python was started.",
        ),
    ),
    references=(
        Reference(
            "https://github.com/keras-team/tf-keras/issues/353",
            "Brackets in a path are taken as a pattern, and no file matches.",
        ),
    ),
    canary=False,
)

H5_FILE = Rule(
    code="KD666",
    slug="saving-h5-not-readable",
    area="loading",
    title="The file is not HDF5, is missing, or cannot be opened",
    explanation=(
        "The file cannot be read, so no model and no weights are loaded. Check the path, then get the file "
        "again.\n\n"
        "`file signature not found` means that the file is something else. It may be an error page, a Git LFS pointer, "
        "a .keras file renamed to .h5, or an incomplete download. `unable to open file` means that the path is wrong, "
        "or the file is locked or protected."
    ),
    symptoms=(
        "OSError: Unable to open file (file signature not found)",
        "OSError: Unable to synchronously open file (file signature not found)",
        "OSError: Unable to open file (unable to open file: name = '{path}', errno = {value}",
        "OSError: Unable to synchronously open file (unable to open file: name = '{path}', errno = {value}",
        "OSError: Unable to open file (truncated file: {text})",
        "OSError: Unable to synchronously open file (truncated file: {text})",
        "OSError: Unable to open file 'Permission denied'",
        "Unable to create group (no write intent on file)",
        Symptom("BlockingIOError: [Errno 11] Unable to open file (unable to lock file, errno = 11", generic=True),
    ),
    remedies=(
        Advice(
            "Get the file again",
            "Compare its size with that at its source: an incomplete download or a Git LFS pointer is shorter.",
        ),
    ),
    references=(
        Reference(
            "https://docs.h5py.org/en/stable/high/file.html",
            "h5py's page on opening files: modes, locks and what is no HDF5 file.",
        ),
    ),
    canary=False,
)

RULES: tuple[Rule, ...] = (
    KERAS_2_FILE,
    NEWER_FILE,
    CUSTOM_OBJECT,
    LAMBDA,
    LAYERS,
    HDF5_NOTE,
    COMPILED_NOTE,
    OPTIMIZER_NOTE,
    CHECKPOINT,
    H5_FILE,
)
