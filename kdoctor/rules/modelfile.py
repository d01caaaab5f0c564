"""Files of models: what `kdoctor model` finds in them, with the messages that loading them gives."""

from __future__ import annotations

from kdoctor.rules.rule import Advice, Reference, Rule, Symptom, UseLegacyKeras

_MODEL = "kdoctor model FILE says what the file is, and prints the lines that load it here."
_OLD = "Measured: a file of TensorFlow 2.4 under that name, on Keras 3.4.1 and 3.15.1"

_RUN = (
    "list-config", "batch-input-shape", "wrapped-layer", "layer-gone", "old-optimizer", "function-name", "dtype-policy",
    "h5-named-keras", "no-ending", "operation",
)  # fmt: skip
"""The kinds that a canary writes and loads. Of the others no release loads one, or one never ends (nested-model)."""


def _rule(
    number: int,
    name: str,
    title: str,
    explanation: str,
    symptoms: tuple[str, ...],
    advice: tuple[str, str],
    *,
    legacy: bool = False,
    shared: bool = False,
    measured: str = _OLD,
    references: tuple[Reference, ...] = (),
) -> Rule:
    """All are known from their files and messages, which some share with other rules (``shared``)."""
    remedies = (Advice(*advice), *((UseLegacyKeras(),) if legacy else ()))
    return Rule(
        code=f"KD{number}",
        slug=f"modelfile-{name}",
        area="modelfile",
        title=title,
        explanation=explanation,
        symptoms=tuple(Symptom(one, generic=True) for one in symptoms) if shared else symptoms,
        remedies=remedies,
        references=references,
        canary=name in _RUN,
        measured=measured,
    )


RULES: tuple[Rule, ...] = (
    _rule(
        670,
        "lfs-pointer",
        "The file is a Git LFS pointer, not the model",
        "The download is a Git LFS pointer, a short text, and not the model. The model is intact where it "
        "came from. Fetch the real file with `git lfs pull`.\n\n"
        "The repository keeps large files with Git LFS. The pointer is a text of three lines with the size of the "
        "real file. Every Keras says that the file is no HDF5, or no zip.",
        ("OSError: Unable to synchronously open file (file signature not found)",),
        ("Fetch the real file", "git lfs install\ngit lfs pull"),
        measured="Measured: a pointer named model.h5, on Keras 2.15 and 3.10",
    ),
    _rule(
        671,
        "damaged",
        "The file is cut short or damaged",
        "The file is incomplete or damaged and cannot be loaded: this copy of the model is lost. Get it "
        "again and compare its size.\n\n"
        "A download or a copy ended too early, or the file is not what its name says. HDF5 says how many bytes "
        "should be there. A zip lacks the list of members at its end. A SavedModel lacks a file of variables.",
        (
            "OSError: Unable to synchronously open file (truncated file: {text}",
            "OSError: Unable to open file (truncated file: {text}",
            "zipfile.BadZipFile: File is not a zip file",
        ),
        ("Get the file again, and compare its size", _MODEL),
        measured="Measured: files cut in the middle, on Keras 2.15 and 3.10",
    ),
    _rule(
        672,
        "not-keras",
        "The file is no model of Keras",
        "`load_model()` does not read this kind of file on any release; the model in it may be fine. Load it with the "
        "library that wrote it: `tf.lite.Interpreter`, `tf.train.Checkpoint`, `pickle`, `np.load`.\n\n"
        "TensorFlow Lite models, frozen graphs, checkpoints, pickles and NumPy arrays hold a model or its numbers "
        "in another form.",
        (
            "OSError: Unable to load model. Filepath is not an hdf5 file (or h5py is not available) or SavedModel. "
            "{text}",
            "OSError: No file or directory found at {path}",
        ),
        ("Use what reads that kind of file", _MODEL),
        measured="Measured: on Keras 2.15 and 3.10",
    ),
    _rule(
        673,
        "weights-only",
        "The file holds weights without a model",
        "`load_model()` fails because the file holds weights only. They are intact. Build the model in code "
        "and call `load_weights()`.\n\n"
        "`save_weights()` wrote the file, and `load_model()` needs the architecture too. Build the model as it was "
        "when it was trained. Check arguments whose default changed: the activations of the layers are not in the "
        "file.",
        ("ValueError: No model config found in the file at {path}", "ValueError: No model found in config file."),
        ("Build the model in code and load the weights", "model = build_model()\nmodel.load_weights(FILE)"),
        measured="Measured: files of save_weights() of Keras 2.13, 2.15 and 3.4, on Keras 2.15 and 3.10",
    ),
    _rule(
        674,
        "h5-named-keras",
        "The file is HDF5 in spite of its name .keras",
        "Keras 3 does not open the file, because it is HDF5 in spite of its name. The model in it is intact. "
        "Copy it to a name that ends in `.h5`.\n\n"
        "TensorFlow 2.12 and older wrote HDF5, or a folder, under the name that they were given. Keras 3 takes a "
        "name in `.keras` for a zip and says that there is no such file.",
        ("ValueError: File not found: filepath={path} Please ensure the file is an accessible `.keras` zip file.",),
        ("Copy it to a name that ends in .h5, and load that", _MODEL),
        legacy=True,
    ),
    _rule(
        675,
        "no-ending",
        "Keras 3 goes by the ending of the name",
        "Keras 3 refuses the name before it opens the file. The model in it is intact. Copy the file to a "
        "name with the right ending.\n\n"
        "Keras 2 tried what was in the file. Keras 3 reads HDF5 only under a name in `.h5` or `.hdf5`, and its own "
        "zip only under a name in `.keras`.",
        ("ValueError: File format not supported: filepath={path} Keras 3 only supports V3 `.keras` {text}",),
        ("Copy it to a name with the right ending, and load that", _MODEL),
    ),
    _rule(
        676,
        "unpacked",
        "The folder is a .keras that was unpacked",
        "The folder cannot be loaded: it is a `.keras` file that was unpacked. The model in it is intact. Zip what is "
        "in it again: `cd FOLDER`, then `zip -r ../model.keras .`\n\n"
        "A `.keras` file is a zip. Some tools unpack it, and older releases do not read the folder.",
        ("ValueError: File format not supported: filepath={path}",),
        ("Pack it again", "cd FOLDER\nzip -r ../model.keras ."),
        measured="Measured: on Keras 2.15, 3.4 and 3.10",
        shared=True,
    ),
    _rule(
        677,
        "yaml",
        "model_from_yaml() was removed",
        "`model_from_yaml()` stops with a RuntimeError. The model's description is intact. Read the YAML "
        "yourself and use `from_config()`.\n\n"
        "`to_yaml()` and `model_from_yaml()` were removed in TensorFlow 2.6, since loading YAML could run code.",
        (
            "RuntimeError: Method `model_from_yaml()` has been removed due to security risk of {text}",
            "AttributeError: module '{module}' has no attribute 'model_from_yaml'",
        ),
        (
            "Turn it into a dictionary",
            "import yaml\nconfig = yaml.safe_load(open(FILE))\n"
            'model = keras.Model.from_config(config["config"])  # or keras.Sequential',
        ),
        measured="Measured: on Keras 2.15",
    ),
    _rule(
        678,
        "foreign-operation",
        "A SavedModel needs operations of another package",
        "The SavedModel does not load because an operation is missing. The model in it is intact. Import the "
        "package that has the operation first.\n\n"
        "Its graph uses operations that TensorFlow itself lacks: those of TensorFlow Text, Decision Forests or "
        "Addons. Importing the package registers them.",
        (
            "FileNotFoundError: Op type not registered '{name}' in binary running on {text}",
            "tensorflow.python.framework.errors_impl.NotFoundError: Op type not registered '{name}' {text}",
        ),
        ("Import the package before the model is loaded", "import tensorflow_text  # or what the name shows"),
        references=(
            Reference(
                "https://github.com/tensorflow/text/issues/200",
                "A model with operations of TensorFlow Text loads once tensorflow_text is imported.",
            ),
        ),
        measured="",
    ),
    _rule(
        680,
        "list-config",
        "A Sequential of Keras 2.2.2 or older is only a list",
        "Keras 3 stops on the file with a TypeError; the weights are intact. Run `kdoctor model FILE`: it "
        "prints the lines that load it.\n\n"
        "Up to Keras 2.2.2 the configuration of a Sequential was the list of its layers. Keras 3 expects a "
        "dictionary and stops before it has read a single layer.",
        ("TypeError: pop expected at most 1 argument, got 2",),
        ("Put the list into a dictionary in a copy of the file", _MODEL),
        legacy=True,
        measured="Measured: files of Keras 2.0.8, on Keras 3.4.1 and 3.15.1",
    ),
    _rule(
        681,
        "wrapped-layer",
        "The layer inside a Bidirectional wrapper is not found",
        "Loading stops: Keras 3 does not find the layer inside the wrapper. The weights are intact. Run "
        "`kdoctor model FILE`: it prints the lines that load it.\n\n"
        "Files of Keras before 2.13 name the class of a wrapped layer without its module. Keras 3 then searches "
        "your own classes for it.",
        ("TypeError: Could not locate class '{name}'. Make sure custom classes {text}are decorated with {text}",),
        ("Add the module in a copy of the file", _MODEL),
        legacy=True,
        shared=True,
        measured="Measured: files of Keras 2.0.8, 2.2.4 and 2.3.1, on Keras 3.15.1, and of 2.0.8 and 2.2.4 "
        "on Keras 3.4.1",
    ),
    _rule(
        682,
        "layer-gone",
        "The file holds a layer that this Keras does not have",
        "Loading stops: the file has a layer that Keras 3 lacks, such as `CuDNNLSTM`. The weights are "
        "intact. Load it under Keras 2, or pass a class of your own in `custom_objects`: `kdoctor model "
        "FILE` prints the lines.\n\n"
        "Some layers of Keras 2 have no successor in Keras 3: `LocallyConnected2D`, `CuDNNLSTM`, and the layers "
        "that Keras 2 made of TensorFlow functions in a functional model (`TFOpLambda`, `SlicingOpLambda`).",
        (
            "ValueError: Unknown layer: '{name}'. Please ensure you are using a {text}",
            "TypeError: Could not locate class '{name}'. Make sure custom classes {text}are decorated with {text}",
            "ValueError: Could not deserialize 'keras.layers.{name}' because it is not a KerasSaveable subclass",
        ),
        ("Load it under Keras 2, or write the layer yourself and pass it in custom_objects", _MODEL),
        legacy=True,
        shared=True,
        measured="Measured: files of Keras 2.0.8, 2.2.4, 2.3.1, 2.4 and 2.13 with LocallyConnected1D, and of 2.4 and "
        "2.13 with TFOpLambda, on Keras 3.15.1",
    ),
    _rule(
        690,
        "function-name",
        "Keras 3 takes a text in an .h5 file for a function",
        "Loading stops at a layer such as `Attention`; the weights are intact. Save the model as .keras, or "
        "name the layer's module in a copy of the file.\n\n"
        "When Keras 3 reads HDF5, it replaces each text that has the name of a function of `keras.layers` by that "
        'function. Examples are "dot" (the default `score_mode` of `Attention`), "add" and "multiply". The layer then '
        "refuses it. Files that the same Keras 3 wrote are concerned too; .keras files are not.",
        ("TypeError: Error when deserializing class 'Attention' using config={config}",),
        ("Save it as .keras, or name the layer's module in a copy of the file", _MODEL),
        legacy=True,
        measured="Measured: files of Keras 2.15 and 3.15.1 with Attention, on Keras 3.10.0 and 3.15.1",
    ),
    _rule(
        691,
        "operation",
        "An .h5 file of Keras 3 loses its operations",
        "Loading stops at an operation such as `x * 2`, `x[:, 0]` or `keras.ops.sin(x)`; the weights are intact. "
        "Save the model as .keras, or run `kdoctor model FILE`: it prints the lines that load it.\n\n"
        "A functional model keeps each operation like a layer. In HDF5 Keras 3 writes it without its module, and "
        "searches it among the layers when it reads the file. `Add` and `Multiply` are found there, and are other "
        "classes; the rest is not found.",
        (
            "ValueError: Unknown layer: '{name}'. Please ensure you are using a {text}",
            "TypeError: too many positional arguments",
        ),
        ("Save it as .keras, or name the module in a copy of the file", _MODEL),
        shared=True,
        measured="Measured: files of Keras 3.0.5, 3.10.0 and 3.15.1 with operations, on Keras 3.15.1",
    ),
    _rule(
        679,
        "dtype-policy",
        "Keras 3 does not read mixed precision from old .h5 files",
        "Loading stops with an AttributeError; the weights are intact. Run `kdoctor model FILE`: it prints the lines "
        "that correct a copy of the file and load it.\n\n"
        "Keras 2 wrote the policy of a layer as an object of its class `Policy`. Keras 3 expects a text.",
        ("AttributeError: 'str' object has no attribute 'quantization_mode'",),
        ("Write the name of the policy in its place in a copy of the file", _MODEL),
        legacy=True,
        measured="Measured: a file of Keras 2.15, on Keras 3.10.0",
    ),
    _rule(
        689,
        "vocabulary",
        "An .h5 file cannot hold a vocabulary that was learned",
        "The file lacks the vocabulary, so the loaded model stops at its first call. Save the model as "
        ".keras, or give the layer its vocabulary as an argument: it then predicts as before.\n\n"
        "`TextVectorization` and `StringLookup` keep what `adapt()` learned in a table that HDF5 cannot store. Keras 2 "
        "raises when the file is written and leaves a part of it. Keras 3 loads that part, and fails at the "
        "first call.",
        (
            "NotImplementedError: Save or restore weights that is not an instance of `tf.Variable` is not supported in "
            "h5, use `save_format='tf'` instead. {text}",
            "FailedPreconditionError: {text}Table not initialized.",
        ),
        ("Save it as .keras, or give the layer its vocabulary as an argument", _MODEL),
        measured="Measured: files of Keras 2.15, on Keras 2.15 and 3.10.0",
    ),
    _rule(
        688,
        "nested-model",
        "Keras 3 waits for a call of a model within a model",
        "`load_model()` hangs, or says that the graph has loops. The model in the file is intact. Correct the numbers "
        "in a copy of the file: `kdoctor model FILE` prints the lines.\n\n"
        "Keras 2 counts the calls of a model that is used as a layer from 1, Keras 3 from 0. So Keras 3 waits for a "
        "call that never comes: releases before 3.12 and 3.13 in an endless loop, which uses all of a processor.",
        (
            "ValueError: Invalid Functional model configuration. The graph of the Functional model either has loops or "
            "disconnected nodes. {text}",
        ),
        ("Correct the numbers in a copy of the file", _MODEL),
        legacy=True,
        measured="Measured: files of Keras 2.0.8 to 2.15; Keras 3.8.0 and 3.10.0 hang, 3.15.1 raises",
    ),
    _rule(
        683,
        "batch-input-shape",
        "A Sequential without InputLayer gets one dimension too many",
        "The model expects one dimension too many and refuses the right input; the weights are intact. Run "
        "`kdoctor model FILE`: it prints the lines that load it.\n\n"
        "In files of Keras before 2.4 the first layer of a Sequential has the shape, as `batch_input_shape`. Keras "
        "3 takes it for the shape without the batch. A first `Dense` loads all the same, and then refuses the "
        "right input.",
        (
            "ValueError: Invalid input shape for input {text}. Expected shape (None, None, {text}), but input has "
            "incompatible shape {text}",
            "a Sequential from an old .h5 file expects one dimension too many",
        ),
        ("Insert an InputLayer in a copy of the file", _MODEL),
        legacy=True,
        shared=True,
        measured="Measured: files of Keras 2.0.8 and 2.2.4, on Keras 3.4.1 and 3.15.1, and of 2.3.1 on Keras 3.15.1",
    ),
    _rule(
        684,
        "reset-after",
        "A GRU of 2018 or older has other weights",
        "Loading stops: the weights of a GRU do not fit, but they are intact. Load the file with "
        "`reset_after=False`.\n\n"
        "`reset_after` became an argument of GRU later. Its default is now True, with a bias of another shape. "
        "Files that do not name it were made with False.",
        ("ValueError: Shape mismatch in layer {text}", "ValueError: Layer {text} weight shape {text}"),
        ("Set reset_after to False in a copy of the file", _MODEL),
        shared=True,
        measured="Measured: files of Keras 2.0.8, on Keras 2.15, 3.4.1 and 3.15.1",
    ),
    _rule(
        686,
        "old-optimizer",
        "The optimizer in the file has arguments that Keras 3 refuses",
        "Loading stops at the optimizer of the file. The weights are intact: load the model with "
        "`compile=False` and compile it again.\n\n"
        "Files of Keras 2.2 and older call the learning rate `lr`, which Keras 3 refuses. The model itself is not "
        "concerned.",
        ("ValueError: Argument(s) not recognized: {'lr': {text}",),
        ("Load it without its compiled part", "model = keras.models.load_model(FILE, compile=False)"),
        shared=True,
        measured="Measured: compiled files of Keras 2.0.8 and 2.2.4, on Keras 3.4.1 and 3.15.1",
    ),
    _rule(
        687,
        "saved-object",
        "load_model() of Keras 2 gives an object without predict()",
        "`load_model()` of Keras 2 returns an object without `predict()`. The model in it is intact: call "
        "its signature instead.\n\n"
        "`tf.saved_model.save` or `model.export` wrote the folder, so Keras 2 finds no model in it. The object can "
        "be called at best; it has no `fit()` and no `summary()`.",
        ("AttributeError: '_UserObject' object has no attribute 'predict'",
         "AttributeError: '_UserObject' object has no attribute 'summary'"),
        ("Call its signature", 'predict = tf.saved_model.load(FOLDER).signatures["serving_default"]'),
        measured="Measured: folders of tf.saved_model.save and model.export, on Keras 2.15 and tf-keras 2.21",
    ),
)  # fmt: skip
