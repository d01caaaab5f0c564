"""Files of models: what `kdoctor model` finds in them, with the messages that loading them gives."""

from __future__ import annotations

from kdoctor.rules.rule import Advice, Reference, Rule, UseLegacyKeras

_MODEL = "kdoctor model FILE says what the file is, and prints the lines that load it here."
_OLD = "Measured with files of Keras 2, loaded on Keras 3.0.5, 3.4.1, 3.10.0 and 3.15.1"


def _rule(
    number: int,
    name: str,
    title: str,
    explanation: str,
    symptoms: tuple[str, ...],
    advice: tuple[str, str],
    *,
    legacy: bool = False,
    silent: bool = False,
    measured: str = _OLD,
    references: tuple[Reference, ...] = (),
) -> Rule:
    """All of these are known from their files and messages; there is no model to run."""
    remedies = (Advice(*advice), *((UseLegacyKeras(),) if legacy else ()))
    return Rule(
        code=f"KD{number}",
        slug=f"modelfile-{name}",
        area="modelfile",
        title=title,
        explanation=explanation,
        symptoms=symptoms,
        remedies=remedies,
        references=references,
        canary=False,
        silent=silent,
        measured=measured,
    )


RULES: tuple[Rule, ...] = (
    _rule(
        670,
        "lfs-pointer",
        "The file is a Git LFS pointer, not the model",
        "The download holds only a pointer of three lines, not the model. Get the real file with `git lfs pull`.\n\n"
        "The repository keeps its large files with Git LFS. The pointer names the size of the real file. Every Keras "
        "then says that the file is not HDF5, or not a zip.",
        ("OSError: Unable to synchronously open file (file signature not found)",),
        ("Fetch the real file", "git lfs install\ngit lfs pull"),
        measured="Measured: a pointer named model.h5, on Keras 2.15 and 3.10",
    ),
    _rule(
        671,
        "damaged",
        "The file is cut short or damaged",
        "The file cannot be read to its end. Get it again and compare its size with the source.\n\n"
        "A download or a copy ended too early, or the file is not what its name says. HDF5 says how many bytes should "
        "be there. A damaged zip lacks the list of members at its end. In a SavedModel a file of variables may be "
        "missing.",
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
        "The file is not a model of Keras",
        "`load_model()` does not read this kind of file on any release. Use the program that reads it.\n\n"
        "TensorFlow Lite models, frozen graphs, checkpoints, pickles and NumPy arrays hold a model or its numbers in "
        "another form.",
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
        "`load_model()` stops because the file holds only weights. Build the model in code and pass the file to "
        "`load_weights()`.\n\n"
        "`save_weights()` wrote the file, and `load_model()` needs the architecture too. Build the model exactly as it "
        "was trained. Check defaults that changed: the activations of the layers are not in the file.",
        ("ValueError: No model config found in the file at {path}", "ValueError: No model found in config file."),
        ("Build the model in code and load the weights", "model = build_model()\nmodel.load_weights(FILE)"),
        measured="Measured: files of save_weights() of Keras 2.13, 2.15 and 3.4, on Keras 2.15 and 3.10",
    ),
    _rule(
        674,
        "h5-named-keras",
        "The file is HDF5 although its name ends in .keras",
        "Keras 3 says that the file does not exist. Copy it to a name that ends in `.h5`, and load that.\n\n"
        "TensorFlow 2.12 and older wrote HDF5, or a folder, under any name. Keras 3 reads a file called .keras as a "
        "zip.",
        ("ValueError: File not found: filepath={path} Please ensure the file is an accessible `.keras` zip file.",),
        ("Copy it to a name that ends in .h5, and load that", _MODEL),
        legacy=True,
    ),
    _rule(
        675,
        "no-ending",
        "Keras 3 chooses the format by the end of the name",
        "Keras 3 refuses the file because of its name. Copy it to a name that ends in `.h5` or `.keras`, whichever "
        "fits its content.\n\n"
        "Keras 2 tried what was in the file. Keras 3 reads HDF5 only under a name in .h5 or .hdf5, and its own zip "
        "only under a name in .keras. It refuses every other name before it opens the file.",
        ("ValueError: File format not supported: filepath={path} Keras 3 only supports V3 `.keras` {text}",),
        ("Copy it to a name with the right ending, and load that", _MODEL),
    ),
    _rule(
        676,
        "unpacked",
        "The folder is an unpacked .keras file",
        "Keras does not read the folder. Pack it into a zip called `model.keras` again.\n\n"
        "A .keras file is a zip. Some tools unpack it, and older releases do not read the folder.",
        ("ValueError: File format not supported: filepath={path}",),
        ("Pack it again", "cd FOLDER\nzip -r ../model.keras ."),
        measured="Measured: on Keras 2.15, 3.4 and 3.10",
    ),
    _rule(
        677,
        "yaml",
        "model_from_yaml() was removed",
        "`model_from_yaml()` stops with a RuntimeError. Read the YAML into a dictionary and call `from_config`.\n\n"
        "`to_yaml()` and `model_from_yaml()` were removed in TensorFlow 2.6, because loading YAML could run code.",
        ("RuntimeError: Method `model_from_yaml()` has been removed due to security risk of {text}",),
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
        "Loading stops at an operation that TensorFlow does not know. Import the package that registers it before you "
        "load the model.\n\n"
        "Its graph uses operations of TensorFlow Text, Decision Forests or Addons. Importing the package registers "
        "them.",
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
        "A Sequential of Keras 2.2.2 or older is a bare list",
        "Keras 3 stops before it has read a single layer. Put the list of layers into a dictionary, in a copy of the "
        "file.\n\n"
        "Up to Keras 2.2.2 the configuration of a Sequential was the list of its layers. Keras 3 expects a dictionary.",
        ("TypeError: pop expected at most 1 argument, got 2",),
        ("Put the list into a dictionary in a copy of the file", _MODEL),
        legacy=True,
    ),
    _rule(
        681,
        "wrapped-layer",
        "The layer inside a wrapper layer is not found",
        "Keras 3 does not find the layer inside `Bidirectional` or `TimeDistributed`. Add its module, in a copy of the "
        "file.\n\n"
        "Files of Keras before 2.13 name the class of a wrapped layer without its module. Keras 3 then searches for it "
        "among your own classes.",
        ("TypeError: Could not locate class '{name}'. Make sure custom classes are decorated with {text}",),
        ("Add the module in a copy of the file", _MODEL),
        legacy=True,
    ),
    _rule(
        682,
        "layer-gone",
        "The file holds a layer that this Keras does not have",
        "Loading stops at a layer that Keras 3 does not have. Load the file under Keras 2, or write the layer yourself "
        "and pass it in `custom_objects`.\n\n"
        "Some layers of Keras 2 have no successor, such as `LocallyConnected2D` and `CuDNNLSTM`. The same holds for "
        "layers that Keras 2 made of TensorFlow functions in a functional model (`TFOpLambda`, `SlicingOpLambda`).",
        ("ValueError: Unknown layer: '{name}'. Please ensure you are using a {text}",),
        ("Load it under Keras 2, or write the layer yourself and pass it in custom_objects", _MODEL),
        legacy=True,
    ),
    _rule(
        683,
        "batch-input-shape",
        "A Sequential without InputLayer gets one dimension too many",
        "The loaded model expects one dimension too many and refuses the right input. Insert an `InputLayer`, in a "
        "copy of the file.\n\n"
        "In files of Keras before 2.4 the first layer of a Sequential holds the shape as `batch_input_shape`. Keras 3 "
        "reads it as the shape without the batch. A first `Dense` loads all the same.",
        ("ValueError: Input 0 of layer {text} is incompatible with the layer: {text}",),
        ("Insert an InputLayer in a copy of the file", _MODEL),
        legacy=True,
    ),
    _rule(
        684,
        "reset-after",
        "A GRU of 2018 or older has other weights",
        "Loading stops because the bias has another shape. Set `reset_after` to False, in a copy of the file.\n\n"
        "`reset_after` became an argument of GRU later. Its default is now True, with a bias of another shape. Files "
        "that do not name it were made with False.",
        ("ValueError: Shape mismatch in layer {text}", "ValueError: Layer {text} weight shape {text}"),
        ("Set reset_after to False in a copy of the file", _MODEL),
    ),
    _rule(
        685,
        "axis-dropped",
        "Keras 3.0 to 3.8 lose the axis of a layer from HDF5",
        "The loaded model predicts other numbers, and no message appears. Upgrade Keras to 3.9 or newer, or write the "
        "axis as a list in a copy of the file.\n\n"
        "These releases lose a plain number as axis of `Concatenate`, `Softmax` or another layer when they read an .h5 "
        "file. The layer gets its default, the last axis. Nothing is raised where the shapes allow it.",
        ("a model from an .h5 file predicts other numbers than on Keras 2",),
        ("Upgrade Keras to 3.9 or newer, or write the axis as a list in a copy of the file", _MODEL),
        legacy=True,
        silent=True,
        measured="Measured: files of Keras 2.15, on Keras 3.0.5, 3.4.1 and 3.8.0",
    ),
    _rule(
        686,
        "old-optimizer",
        "The optimizer in the file has arguments of Keras 2",
        "Loading stops at the optimizer; the model itself is fine. Load with `compile=False` and compile again.\n\n"
        "Files of Keras 2.2 and older call the learning rate `lr`, which Keras 3 refuses.",
        ("ValueError: Argument(s) not recognized: {'lr': {text}",),
        ("Load it without its compiled part", "model = keras.models.load_model(FILE, compile=False)"),
    ),
    _rule(
        687,
        "saved-object",
        "load_model() of Keras 2 gives an object without predict()",
        "The loaded object has no `predict()`, `fit()` or `summary()`. Call its signature instead.\n\n"
        "The SavedModel was not written by Keras's `save()`, so Keras 2 finds no model in it. `load_model()` returns "
        "an object all the same, which at best can be called.",
        ("AttributeError: '_UserObject' object has no attribute 'predict'",
         "AttributeError: '_UserObject' object has no attribute 'summary'"),
        ("Call its signature", 'predict = tf.saved_model.load(FOLDER).signatures["serving_default"]'),
        measured="Measured: folders of tf.saved_model.save and model.export, on Keras 2.15 and tf-keras 2.21",
    ),
)  # fmt: skip
