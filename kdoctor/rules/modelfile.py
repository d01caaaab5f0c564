"""Files of models: what `kdoctor model` finds in them, with the messages that loading them gives."""

from __future__ import annotations

from kdoctor.rules.rule import Advice, Reference, Rule, UseLegacyKeras

_MODEL = "kdoctor model FILE says what the file is, and prints the lines that load it here."
_OLD = "measured here with files of Keras 2, loaded on Keras 3.0.5, 3.4.1, 3.10.0 and 3.15.1"


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
        "The repository keeps its large files with Git LFS, and only the pointer was downloaded: a text of three lines "
        "with the size of the real file. Every Keras then says that the file is no HDF5, or no zip.",
        ("OSError: Unable to synchronously open file (file signature not found)",),
        ("fetch the real file", "git lfs install\ngit lfs pull"),
        measured="measured here: a pointer named model.h5, on Keras 2.15 and 3.10",
    ),
    _rule(
        671,
        "damaged",
        "The file is cut short or damaged",
        "A download or a copy ended too early, or the file is not what its name says. HDF5 says how many bytes should "
        "be there; a zip lacks the list of members at its end; of a SavedModel a file of variables is missing.",
        (
            "OSError: Unable to synchronously open file (truncated file: {text}",
            "OSError: Unable to open file (truncated file: {text}",
            "zipfile.BadZipFile: File is not a zip file",
        ),
        ("get the file again, and compare its size", _MODEL),
        measured="measured here: files cut in the middle, on Keras 2.15 and 3.10",
    ),
    _rule(
        672,
        "not-keras",
        "The file is no model of Keras",
        "TensorFlow Lite models, frozen graphs, checkpoints, pickles and NumPy arrays hold a model or its numbers in a "
        "form that load_model() does not read on any release.",
        (
            "OSError: Unable to load model. Filepath is not an hdf5 file (or h5py is not available) or SavedModel. "
            "{text}",
            "OSError: No file or directory found at {path}",
        ),
        ("use what reads that kind of file", _MODEL),
        measured="measured here: on Keras 2.15 and 3.10",
    ),
    _rule(
        673,
        "weights-only",
        "The file holds weights without a model",
        "save_weights() wrote it, and load_model() needs the architecture too. Build the model in code, as it was "
        "when it was trained, and give the file to load_weights(). Beware of defaults that changed: the activations of "
        "the layers are not in the file.",
        ("ValueError: No model config found in the file at {path}", "ValueError: No model found in config file."),
        ("build the model in code and load the weights", "model = build_model()\nmodel.load_weights(FILE)"),
        measured="measured here: files of save_weights() of Keras 2.13, 2.15 and 3.4, on Keras 2.15 and 3.10",
    ),
    _rule(
        674,
        "h5-named-keras",
        "The file is HDF5 in spite of its name .keras",
        "TensorFlow 2.12 and older wrote HDF5, or a folder, under the name that they were given. Keras 3 takes a name "
        "in .keras for a zip, and says that there is no such file.",
        ("ValueError: File not found: filepath={path} Please ensure the file is an accessible `.keras` zip file.",),
        ("copy it to a name that ends in .h5, and load that", _MODEL),
        legacy=True,
    ),
    _rule(
        675,
        "no-ending",
        "Keras 3 goes by the ending of the name",
        "Keras 2 tried what was in the file. Keras 3 reads HDF5 only under a name in .h5 or .hdf5, and its own zip "
        "only under a name in .keras; every other name is refused before the file is opened.",
        ("ValueError: File format not supported: filepath={path} Keras 3 only supports V3 `.keras` {text}",),
        ("copy it to a name with the right ending, and load that", _MODEL),
    ),
    _rule(
        676,
        "unpacked",
        "The folder is a .keras that was unpacked",
        "A .keras file is a zip. Some tools unpack it, and older releases do not read the folder.",
        ("ValueError: File format not supported: filepath={path}",),
        ("pack it again", "cd FOLDER\nzip -r ../model.keras ."),
        measured="measured here: on Keras 2.15, 3.4 and 3.10",
    ),
    _rule(
        677,
        "yaml",
        "model_from_yaml() was removed",
        "to_yaml() and model_from_yaml() were removed in TensorFlow 2.6, since loading YAML could run code.",
        ("RuntimeError: Method `model_from_yaml()` has been removed due to security risk of {text}",),
        (
            "turn it into a dictionary",
            "import yaml\nconfig = yaml.safe_load(open(FILE))\n"
            'model = keras.Model.from_config(config["config"])  # or keras.Sequential',
        ),
        measured="measured here: on Keras 2.15",
    ),
    _rule(
        678,
        "foreign-operation",
        "A SavedModel needs operations of another package",
        "Its graph uses operations that TensorFlow itself does not have: those of TensorFlow Text, Decision Forests or "
        "Addons. Importing the package registers them.",
        (
            "FileNotFoundError: Op type not registered '{name}' in binary running on {text}",
            "tensorflow.python.framework.errors_impl.NotFoundError: Op type not registered '{name}' {text}",
        ),
        ("import the package before the model is loaded", "import tensorflow_text  # or what the name shows"),
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
        "A Sequential of Keras 2.2.2 or older is a bare list of layers",
        "Up to Keras 2.2.2 the configuration of a Sequential was the list of its layers. Keras 3 expects a dictionary "
        "and stops before it has read a single layer.",
        ("TypeError: pop expected at most 1 argument, got 2",),
        ("put the list into a dictionary in a copy of the file", _MODEL),
        legacy=True,
    ),
    _rule(
        681,
        "wrapped-layer",
        "The layer inside Bidirectional or TimeDistributed is not found",
        "Files of Keras before 2.13 name the class of a wrapped layer without its module, and Keras 3 then looks for "
        "it among your own classes.",
        ("TypeError: Could not locate class '{name}'. Make sure custom classes are decorated with {text}",),
        ("add the module in a copy of the file", _MODEL),
        legacy=True,
    ),
    _rule(
        682,
        "layer-gone",
        "The file holds a layer that this Keras does not have",
        "Some layers of Keras 2 have no successor in Keras 3: LocallyConnected2D, CuDNNLSTM, and the "
        "layers that Keras 2 made of TensorFlow functions in a functional model (TFOpLambda, SlicingOpLambda).",
        ("ValueError: Unknown layer: '{name}'. Please ensure you are using a {text}",),
        ("load it under Keras 2, or write the layer yourself and pass it in custom_objects", _MODEL),
        legacy=True,
    ),
    _rule(
        683,
        "batch-input-shape",
        "A Sequential without InputLayer gets one dimension too many",
        "In files of Keras before 2.4 the first layer of a Sequential has the shape, as batch_input_shape. Keras 3 "
        "takes it for the shape without the batch. A first Dense loads all the same, and then refuses the right input.",
        ("ValueError: Input 0 of layer {text} is incompatible with the layer: {text}",),
        ("insert an InputLayer in a copy of the file", _MODEL),
        legacy=True,
    ),
    _rule(
        684,
        "reset-after",
        "A GRU of 2018 or older has other weights",
        "reset_after became an argument of GRU later, and its default is now True, with a bias of another shape. Files "
        "that do not name it were made with False.",
        ("ValueError: Shape mismatch in layer {text}", "ValueError: Layer {text} weight shape {text}"),
        ("set reset_after to False in a copy of the file", _MODEL),
    ),
    _rule(
        685,
        "axis-dropped",
        "Keras 3.0 to 3.8 drop the axis of a layer when they read HDF5",
        "A plain number as axis of Concatenate, Softmax or another layer is lost when these releases read an .h5 "
        "file: the layer gets its default, the last axis. Nothing is raised where the shapes allow it, and the numbers "
        "are others.",
        ("a model from an .h5 file predicts other numbers than on Keras 2",),
        ("upgrade Keras to 3.9 or newer, or write the axis as a list in a copy of the file", _MODEL),
        legacy=True,
        silent=True,
        measured="measured here: files of Keras 2.15, on Keras 3.0.5, 3.4.1 and 3.8.0",
    ),
    _rule(
        686,
        "old-optimizer",
        "The optimizer in the file has arguments that Keras 3 refuses",
        "Files of Keras 2.2 and older call the learning rate lr. The model itself is not concerned: leave the compiled "
        "part out, and compile again.",
        ("ValueError: Argument(s) not recognized: {'lr': {text}",),
        ("load it without its compiled part", "model = keras.models.load_model(FILE, compile=False)"),
    ),
    _rule(
        687,
        "saved-object",
        "load_model() of Keras 2 gives an object without predict()",
        "The SavedModel was not written by Keras's save(), so that Keras 2 finds no model in it. load_model() returns "
        "an object all the same, which can be called at best and has no predict(), fit() or summary().",
        ("AttributeError: '_UserObject' object has no attribute 'predict'",
         "AttributeError: '_UserObject' object has no attribute 'summary'"),
        ("call its signature", 'predict = tf.saved_model.load(FOLDER).signatures["serving_default"]'),
        measured="measured here: folders of tf.saved_model.save and model.export, on Keras 2.15 and tf-keras 2.21",
    ),
)  # fmt: skip
