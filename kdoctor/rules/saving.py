"""Files of models and weights: what Keras 2 wrote, and with which options."""

from __future__ import annotations

import ast
import re

from kdoctor.rules.edits import Edit, Editor, Make, add_keyword
from kdoctor.rules.patterns import (
    ANY,
    LIKELY,
    UNKNOWN,
    Answer,
    Applied,
    Argument,
    Arguments,
    Call,
    Method,
    Site,
    Together,
    Value,
    likely,
)
from kdoctor.rules.rule import (
    Advice,
    CodeChange,
    HealthyPage,
    Reference,
    Rule,
    Symptom,
    Upgrade,
    UseLegacyKeras,
)
from kdoctor.words import StackId

_SHORT_LOSSES = ("mse", "mae", "mape", "msle", "kld")
_LOADED = (
    Argument("filepath", position=0, suffix=(".h5", ".hdf5")),
    Argument("custom_objects", position=1, absent=True),
    Argument("compile", position=2, absent=True),
)
"""An .h5 file is loaded with what it was compiled with."""


def _model_saved_in(site: Site) -> Value:
    """The model that the code saved last in the file that it loads here; UNKNOWN where it saved none there."""
    path = site.arguments.value("filepath", 0).end()
    saves = (event for event in site.events if event.name == "save" and event.arguments)
    found = [
        event.receiver for event in saves if event.arguments and event.arguments.value("filepath", 0).end() == path
    ]
    return found[-1] if found else UNKNOWN


def _may_hold_short_loss(site: Site) -> Answer:
    """With which loss the model in the file was compiled is not known, unless the code saved it with another."""
    model = _model_saved_in(site)
    compiled = [event.arguments for event in model.events if event.name == "compile"]
    if model.made_by and not compiled and not any(event.name == "given" for event in model.events):
        return False  # without a loss nothing of one is in the file
    losses = [arguments.value("loss", 1).constant for arguments in compiled if arguments]
    return False if losses and ANY not in losses and not set(_SHORT_LOSSES) & set(losses) else LIKELY


def _is_not_of_another_model(first: Site, then: Site) -> bool:
    """The file that is loaded is not one in which the code saved another model than the one that it compiled."""
    return _model_saved_in(then) in (UNKNOWN, first.receiver)


def _may_hold_lambda(site: Site) -> Answer:
    """A Lambda may be in the file, unless the code saved a Sequential there of which every layer is another."""
    model = _model_saved_in(site)
    layers = model.arguments.value("layers", 0).items if model.arguments and model.made_by == "keras.Sequential" else ()
    is_all_known = bool(layers) and all(layer.made_by and not layer.is_own for layer in layers)
    if not is_all_known or any(event.name in ("add", "given") for event in model.events):
        return LIKELY
    return LIKELY if any(layer.made_by == "keras.layers.Lambda" for layer in layers) else False


def _is_another_axis(site: Site) -> bool:
    axis = site.arguments.value("axis", 0).constant
    return isinstance(axis, int) and axis != -1


def _is_another_delta(site: Site) -> bool:
    return site.arguments.value("delta", 0).constant not in (1, 1.0)


_BUILDS_NOTHING = ("compile", "load_weights", "summary", "get_config", "count_params")


def _is_unbuilt(site: Site) -> bool:
    """A model of the code's own class on which nothing was done, up to here, that builds it."""
    model = site.receiver
    if not model.is_own or model.arguments is None or model.method("call") is None:
        return False
    if any(event.name not in _BUILDS_NOTHING for event in model.events):
        return False
    constructor = model.method("__init__")
    for node in ast.walk(constructor.node) if constructor and constructor.node else ():
        called = node.func if isinstance(node, ast.Call) else None
        if getattr(called, "id", "") == "self" or getattr(called, "attr", "") == "build":
            return False
    return True


def _was_written_by_keras_2(site: Site) -> bool:
    return '"keras_version": "2.' in site.arguments.value("json_string", 0).end()[0]


def _comes_compiled_from_h5(site: Site) -> Answer:
    """The model was loaded from an .h5 file and not compiled since; certain where the code compiled what it saved."""
    model = site.receiver
    loaded = model.arguments
    if model.made_by != "keras.models.load_model" or loaded is None:
        return False
    path, compiles = loaded.value("filepath", 0), loaded.value("compile", 2).constant
    if not path.end()[0].endswith((".h5", ".hdf5")) or compiles is False:
        return False
    if any(event.name == "compile" for event in model.events):
        return False
    saved = _model_saved_in(site._replace(arguments=loaded))
    return True if any(event.name == "compile" for event in saved.events) else LIKELY


PAGES: tuple[HealthyPage, ...] = (
    HealthyPage(
        slug="saving-keras2-weights",
        belief="Weights that Keras 2 saved are of no use to Keras 3.",
        truth=(
            "An .h5 file of weights that Keras 2.15 saved loads into the same architecture on every release that was "
            "run, Keras 2.12 to 3.15. It gives the right predictions: a bidirectional GRU, a BatchNormalization and a "
            "Dense layer were compared with NumPy. What fails is loading whole models, and checkpoints without "
            "extension: see saving-h5-mse and saving-weights-checkpoint."
        ),
    ),
)


def _name_ends(end: str, *old: str, without: str = "", appends: bool = True) -> Make:
    """The name of the file ends otherwise; where the file is loaded by the same name, there too.

    Args:
        end: the new end.
        old: ends that it takes the place of, the longest first; it is appended to a name that has none of them.
        without: a keyword argument that is left out.
        appends: whether a name that has none of them is changed too.
    """

    def make(editor: Editor) -> bool:
        given = editor.arguments.expression("filepath", 1 if editor.site.name.endswith("save_model") else 0)
        place = editor.module.assigned(given)
        if not isinstance(place, ast.Constant) or not isinstance(place.value, str):
            return False
        cut = next((one for one in old if place.value.endswith(one)), "")
        # What another end means to its reader is not known; a format such as {loss:.2f} is none.
        if not cut and (not appends or "." in re.sub(r"\{[^}]*\}|.*[/\\]", "", place.value)):
            return False
        _make_folder(editor, "" if cut else place.value.rpartition("/")[0])
        places = [place, *(_loads_of(editor, place.value) if place is given else ())]
        for one in places:
            text = editor.said(one)
            quote = text[-3:] if text.endswith(('"' * 3, "'" * 3)) else text[-1:]
            if not text.endswith(cut + quote):
                return False
            stop = editor.source.of(one)[1] - len(quote)
            editor.replace((stop - len(cut), stop), end)
        return not without or without not in editor.arguments.keywords or editor.drop_keywords(without)

    return make


def _make_folder(editor: Editor, folder: str) -> None:
    """Make the folder that Keras 2 made for what it wrote as several files."""
    statement = editor.statement()
    make = editor.name("tf.io.gfile.makedirs") if folder and statement is not None else ""
    if statement is not None and make and not {"\\", '"'} & set(folder):
        start = editor.source.of(statement)[0]
        editor.replace((start, start), f'{make}("{folder}")\n{editor.margin(statement)}')


def _loads_of(editor: Editor, name: str) -> list[ast.Constant]:
    """Where the same piece of code loads a file of this name."""
    found = []
    for node in ast.walk(editor.source.tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in ("load_model", "load_weights") and node.args[0].value == name:
                found.append(node.args[0])
    return found


def _of_one_folder(saved: Site, applied: Site) -> Answer:
    """Whether what is called was loaded from where the model was saved, as far as the paths are known."""
    loaded = applied.receiver.arguments or Arguments()
    first, second = saved.arguments.expression("export_dir", 1), loaded.expression("export_dir", 0)
    if first is None or second is None:
        return LIKELY
    ends = saved.arguments.value("export_dir", 1).end(), loaded.value("export_dir", 0).end()
    if ends[0][0] and ends[1][0]:
        return ends[0] == ends[1]
    return ast.dump(first) == ast.dump(second)


RULES: tuple[Rule, ...] = (
    Rule(
        code="KD610",
        slug="saving-h5-mse",
        area="saving",
        title='An .h5 file compiled with "mse" cannot be loaded',
        explanation=(
            "`load_model()` stops at the loss or metric name in an .h5 file. The weights are fine: load with "
            "`compile=False` and compile again.\n\n"
            'An .h5 file stores `loss="mse"` and `metrics=["mae"]` as these short names, and Keras 3 does not find '
            "them again. That is so for files of Keras 2 and for files that the very same Keras 3 wrote a second ago. "
            "Only the compiled part is unreadable, so the optimizer's state is not restored. Keras 3.0 to 3.2 ignore "
            "`compile=False` for .h5 files and stop all the same; load only the weights there. Long names "
            '(`"mean_squared_error"`) and .keras files are not concerned.'
        ),
        symptoms=(
            "TypeError: Could not locate function 'mse'. Make sure custom classes are decorated with "
            "`@keras.saving.register_keras_serializable()`. Full object config: ...",
            "ValueError: Could not deserialize 'keras.metrics.mse' because it is not a KerasSaveable subclass",
        ),
        remedies=(
            CodeChange(
                "Load with compile=False and compile again",
                versions=">=3.3",
                cost=("The optimizer restarts from scratch."),
            ),
            CodeChange(
                "Build the model in code and load only the weights",
                after="after_weights",
                cost="You need the code that builds the model. The optimizer restarts from scratch.",
            ),
            CodeChange("Save as .keras from now on", after="after_keras"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19330",
                "load_model() of an .hdf5 file fails on Keras 3 while it reads the loss from the training "
                "configuration of the file.",
            ),
        ),
        edits=(
            Edit(
                add_keyword("compile", "False"),
                unsafe="The model is not compiled: call compile() before it is trained or evaluated.",
            ),
        ),
        uses=(
            Call("keras.models.load_model", _LOADED, when=_may_hold_short_loss),
            Together(
                Method("model", "compile", (Argument("loss", position=1, value=_SHORT_LOSSES),)),
                Call("keras.models.load_model", _LOADED),
                when=_is_not_of_another_model,
            ),
        ),
    ),
    Rule(
        code="KD611",
        slug="saving-no-extension",
        area="saving",
        title='model.save("name") without an extension is refused',
        explanation=(
            '`model.save("name")` stops with a ValueError, and the trained model is not saved; it is lost when '
            'the program ends, but not wrong. Save to `"name.keras"`, or call `model.export()` for serving.\n\n'
            "In Keras 2 a name without extension meant a SavedModel folder. In Keras 3 `save()` writes only .keras and "
            ".h5 files. A .keras file can be loaded again as a model. `model.export()` writes a SavedModel for TF "
            "Serving or TFLite, which `load_model()` cannot read. The same rule holds for the names given to "
            "`ModelCheckpoint`, which refuses .hdf5 as well."
        ),
        symptoms=(
            "ValueError: Invalid filepath extension for saving. Please add either a `.keras` extension for the native "
            "Keras format (recommended) or a `.h5` extension. Use `model.export(filepath)` if you want to export a "
            "SavedModel for use with TFLite/TFServing/etc. Received: filepath=...",
            "ValueError: Invalid filepath extension for saving. Please add either a `.keras` extension for the native "
            "Keras format (recommended) or a `.h5` extension. Use `tf.saved_model.save()` if you want to export a "
            "SavedModel for use with TFLite/TFServing/etc. Received: filepath=...",
        ),
        remedies=(
            CodeChange("Add .keras to load it again later"),
            CodeChange("Use model.export() for serving", after="after_export", cost="`load_model()` cannot read it."),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://keras.io/guides/migrating_to_keras_3",
                "Saving to the SavedModel format with model.save() is no longer supported in Keras 3; it quotes this "
                "message and says to use model.export(filepath).",
            ),
        ),
        edits=(
            Edit(
                _name_ends(".h5", ".hdf5", appends=False),
                unsafe="The file has another name; whoever reads it elsewhere must load that.",
            ),
            Edit(
                _name_ends(".keras"),
                unsafe="The file has another name and the .keras format; whoever reads it elsewhere must load that.",
            ),
        ),
        uses=(
            Method(
                "model",
                "save",
                (
                    Argument("save_format", position=2, absent=True),  # KD650
                    Argument("zipped", absent=True),  # a folder is what it asks for
                    Argument("filepath", position=0, other_suffix=(".keras", ".h5", ".hdf5")),
                ),
            ),
            Call(
                "keras.models.save_model", (Argument("filepath", position=1, other_suffix=(".keras", ".h5", ".hdf5")),)
            ),
            Method(
                "model",
                "save",
                (
                    Argument("save_format", value=("h5", "keras")),
                    Argument("filepath", position=0, other_suffix=(".keras", ".h5", ".hdf5")),
                ),
            ),
            *(
                Call(
                    "keras.callbacks.ModelCheckpoint",
                    (Argument("filepath", position=0, other_suffix=(".keras", ".h5")), whole),
                )
                for whole in (
                    Argument("save_weights_only", absent=True),
                    Argument("save_weights_only", value=False),
                )
            ),
        ),
    ),
    Rule(
        code="KD612",
        slug="saving-weights-h5",
        area="saving",
        title="save_weights() wants a name that ends in .weights.h5",
        explanation=(
            "`save_weights()` stops with a ValueError and saves nothing. The model itself is fine. End the file "
            "name in `.weights.h5`, for example `model.weights.h5`.\n\n"
            "Keras 2 accepted any name that ends in .h5. Keras 3 accepts only the whole ending `.weights.h5`: "
            "`model_weights.h5` is refused. Loading is not concerned: weights that Keras 2 wrote to any .h5 file can "
            "be loaded. `ModelCheckpoint(save_weights_only=True)` has the same rule."
        ),
        symptoms=(
            "ValueError: The filename must end in `.weights.h5`. Received: filepath=...",
            "ValueError: When using `save_weights_only=True` in `ModelCheckpoint`, the filepath provided must end in "
            "`.weights.h5` (Keras weights format). Received: filepath=...",
        ),
        remedies=(
            CodeChange("End the name in .weights.h5 (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras-io/issues/1568",
                "Reports the message for a path that does not end in .weights.h5; the answer is to name the file "
                "my_model.weights.h5.",
            ),
            Reference(
                "https://github.com/tensorflow/docs/pull/2327",
                "A tutorial of TensorFlow had to rename its checkpoints to ckpt_{epoch}.weights.h5 for the same demand "
                "of ModelCheckpoint.",
            ),
        ),
        uses=(
            Method(
                "model",
                "save_weights",
                (
                    Argument("filepath", position=0, other_suffix=(".weights.h5", ".weights.json")),
                    Argument("max_shard_size", absent=True),  # which only Keras 3 has
                ),
            ),
        ),
        edits=(
            Edit(
                _name_ends(".weights.h5", "_weights.h5", "-weights.h5", ".hdf5", ".h5"),
                unsafe="The file has another name; whoever reads it elsewhere must load that.",
            ),
        ),
    ),
    Rule(
        code="KD613",
        slug="saving-weights-checkpoint",
        area="saving",
        title="load_weights() no longer reads a TensorFlow checkpoint",
        explanation=(
            "`load_weights()` refuses a checkpoint of Keras 2. The weights in it are intact: read them with "
            "TensorFlow and set them layer by layer.\n\n"
            'In Keras 2 `save_weights("name")` wrote a TensorFlow checkpoint: name.index, name.data-00000-of-00001 and '
            "a file called checkpoint. Keras 3 neither reads nor writes it with `load_weights()` and `save_weights()`. "
            "Do not use `tf.train.Checkpoint(...).restore()`: on a Keras 3 model it gives no error and leaves the "
            "weights as they were."
        ),
        symptoms=(
            "ValueError: File format not supported: filepath=... Keras 3 only supports V3 `.keras` and `.weights.h5` "
            "files, or legacy V1/V2 `.h5` files.",
            "ValueError: File format not supported: filepath=... Keras 3 only supports V3 `.keras` files, "
            "`.weights.h5` files, legacy H5 format files (`.h5` extension), or Orbax checkpoints.",
            "ValueError: The filename must end in `.weights.h5`. Received: filepath=...",
        ),
        remedies=(
            CodeChange(
                "Read the old checkpoint with TensorFlow and set the weights layer by layer (runs on Keras 2 as well)",
                cost=(
                    "For layers that hold their weights themselves. Those of an RNN are called cell/kernel and so on; "
                    "`tf.train.list_variables(path)` shows the names."
                ),
            ),
            CodeChange(
                "Write .weights.h5 from now on (runs on Keras 2 as well)", before="before_save", after="after_save"
            ),
            Advice(
                "Convert the checkpoint once, where it can still be read",
                'Under Keras 2 (or tf-keras): build the model, model.load_weights("name"), then '
                'model.save_weights("old.h5").\n'
                'Under Keras 3: build the model, model.load_weights("old.h5").',
            ),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/isikdogan/deepwatermap/issues/12",
                "load_weights() of a checkpoint that was trained on Keras 2 stops with this message on Keras 3.",
            ),
            Reference(
                "https://github.com/keras-team/keras/issues/18709",
                "Shows load_model and load_weights of an old name without extension failing on Keras 3, both as not "
                "supported.",
            ),
        ),
        uses=(
            Method(
                "model",
                "load_weights",
                (Argument("filepath", position=0, other_suffix=(".h5", ".hdf5", ".keras", ".weights.json")),),
            ),
        ),
    ),
    Rule(
        code="KD614",
        slug="saving-lambda",
        area="saving",
        title="An .h5 file with a Lambda layer is refused",
        explanation=(
            "From Keras 3.11 on `load_model()` refuses an .h5 file that holds a Python lambda, for safety. The "
            "model is not damaged. If you wrote the file, load it with `safe_mode=False`, under the Python "
            "version that saved it.\n\n"
            "A Lambda layer made of a Python lambda is saved as Python bytecode, and whoever loads the file runs it. "
            "Keras 2 and Keras 3 up to 3.10 ran it from .h5 files and gave no message. Newer releases of Keras 3 "
            "refuse it by default, as .keras files were refused since Keras 2.13. Better replace the lambda by a small "
            "layer. Bytecode of another Python does not load at all: of Python 3.9 on 3.11 it is `ValueError: bad "
            "marshal data`."
        ),
        symptoms=(
            "ValueError: Requested the deserialization of a `Lambda` layer whose `function` is a Python lambda. This "
            "carries a potential risk of arbitrary code execution and thus it is disallowed by default. If you trust "
            "the source of the artifact, you can override this error by passing `safe_mode=False` to the loading "
            "function, or calling `keras.config.enable_unsafe_deserialization().",
            Symptom("ValueError: bad marshal data (unknown type code)", generic=True),
            Symptom("EOFError: EOF read where object expected", generic=True),
        ),
        remedies=(
            CodeChange(
                "Load your own file with safe_mode=False",
                cost="Loading runs code that is in the file. Do it only with files that you wrote.",
            ),
            CodeChange(
                "Make it a registered layer and save again (runs on Keras 2 as well)",
                after="after_layer",
                cost="For models that you can build again.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/21602",
                "Propagates the safe_mode flag to the code that loads legacy .h5 files (August 2025).",
            ),
            Reference(
                "https://github.com/keras-team/tf-keras/pull/910",
                "Says that tf-keras silently ignores safe_mode on its .h5 path, and proposes to honour it.",
            ),
        ),
        edits=(
            Edit(
                add_keyword("safe_mode", "False"),
                unsafe="Loading runs code that is in the file: only for files of your own.",
            ),
        ),
        uses=(
            Together(
                Call("keras.layers.Lambda", (Argument("function", position=0, kind="lambda"),)),
                # Whether the file holds that very layer is not known.
                Call("keras.models.load_model", (Argument("safe_mode", absent=True),), when=_may_hold_lambda),
            ),
        ),
    ),
    Rule(
        code="KD615",
        slug="saving-keras2-file",
        area="saving",
        title="A .keras file that Keras 2 wrote cannot be loaded",
        explanation=(
            "`load_model()` stops, but the weights in the file are intact. Build the model in code and call "
            "`load_weights()` on the same file.\n\n"
            "The extension is the same, the contents are not. A .keras file names the classes of the Keras that wrote "
            "it, and Keras 3 lacks those of Keras 2 and tf-keras. So neither functional nor Sequential models load. "
            "`load_weights()` reads the files of Keras 2.15 and tf-keras; files of 2.13 failed on Keras 3.10. The "
            "format changed between releases of Keras 2: 2.15 and tf-keras do not read the files of 2.13 either. "
            "What Keras 2.12 called .keras is an .h5 file, "
            "which loads once it is renamed."
        ),
        symptoms=(
            "TypeError: Could not deserialize class 'Functional' because its parent module "
            "keras.src.engine.functional cannot be imported. Full object config: ...",
            "TypeError: Could not locate class 'Functional'. Make sure custom classes ... are decorated with "
            "`@keras.saving.register_keras_serializable()`. ... Full object config: {'module': "
            "'tf_keras.src.engine.functional', ...",
            "TypeError: <class 'keras.src.models.sequential.Sequential'> could not be deserialized properly. ...",
            "ValueError: File not found: filepath=... Please ensure the file is an accessible `.keras` zip file.",
        ),
        remedies=(
            CodeChange(
                "Build the model in code and load the weights from the file",
                stacks=(StackId.TF_KERAS, StackId.KERAS),
                cost="You need the code that builds the model. The optimizer restarts from scratch.",
            ),
            Advice(
                "Convert the file once, where it can still be read",
                "With the release of Keras 2 that wrote it (keras_version in the metadata.json inside the file): "
                'load_model("model.keras", compile=False), then model.save("model.h5").\n'
                'Under Keras 3: load_model("model.h5"), then model.save("new.keras").',
            ),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19089",
                "A model saved with Keras 2.15 does not load with Keras 3.0.4: the parent module "
                "keras.src.engine.functional cannot be imported.",
            ),
            Reference(
                "https://github.com/keras-team/keras/issues/18830",
                "A .keras file of TensorFlow 2.13 does not load with 2.14 or 2.15: expected 2 variables, but received "
                "0 variables during loading.",
            ),
        ),
    ),
    Rule(
        code="KD630",
        slug="saving-tf-checkpoint",
        area="saving",
        title="tf.train.Checkpoint restores nothing of what Keras 2 wrote",
        silent=True,
        explanation=(
            "The model keeps its random weights and predicts noise, and no message appears. The checkpoint is "
            "intact: read the numbers from it and set them layer by layer.\n\n"
            "A TensorFlow checkpoint stores its numbers under the names of the model's parts, and Keras 3 uses other "
            "names than Keras 2. `restore()` takes what it finds; with `expect_partial()` it does not even warn. To "
            "get an error in future, call `assert_existing_objects_matched()` on what `restore()` returns."
        ),
        symptoms=("a model predicts noise, or training starts anew, after tf.train.Checkpoint(...).restore(...)",),
        remedies=(
            CodeChange(
                "Read the numbers from the checkpoint and set them",
                cost="For Sequential and functional models. The optimizer restarts from scratch.",
            ),
            UseLegacyKeras(),
        ),
        measured=(
            "Measured: so on Keras 3.3.3, 3.4.1, 3.8.0, 3.10.0, 3.12.0 and 3.15.1; right on Keras 2 and tf-keras."
        ),
        uses=(
            # Keras 2 may have written it, or the very Keras that reads it, which restores all.
            Call("tf.train.Checkpoint", (Argument("model", kind="model"),), when=likely),
            Call("tf.train.Checkpoint", (Argument("root", position=0, kind="model"),)),
        ),
    ),
    Rule(
        code="KD631",
        slug="saving-unbuilt-weights",
        area="saving",
        title="load_weights() before the first call loads nothing",
        silent=True,
        explanation=(
            "The model keeps random weights and predicts noise, and no message appears. The file is intact. Call "
            "the model once on a batch, then call `load_weights()`.\n\n"
            "A custom model class has no weights before it is called or built for the first time. So "
            '`load_weights("....weights.h5")` finds nothing to fill. Keras 3.0 to 3.6 return normally, and the weights '
            "created at the first call are random. From 3.7 on it raises an error, as in Keras 2."
        ),
        symptoms=(
            "a model of one's own class predicts noise after load_weights",
            "ValueError: You are loading weights into a model that has not yet been built. Try building the model "
            "first by calling it on some data or by using `build()`.",
        ),
        remedies=(
            CodeChange("Call the model once before load_weights"),
            Upgrade("keras", ">=3.7", cost="It does not load the weights then either, but raises an error."),
        ),
        measured=(
            "Measured: silent on Keras 3.0.5, 3.1.1, 3.2.1, 3.3.3, 3.4.1, 3.5.0 and 3.6.0; an error says so from 3.7.0 "
            "to 3.15.1 and in Keras 2.15."
        ),
        uses=(Method("model", "load_weights", when=_is_unbuilt),),
    ),
    Rule(
        code="KD650",
        slug="saving-save-format",
        area="saving",
        title='model.save refuses save_format="tf"',
        explanation=(
            '`save_format="tf"` stops with a ValueError, and the trained model is not saved; it is lost when the '
            'program ends, but not wrong. Save to `"name.keras"` without the argument, or call `model.export()` '
            "for serving.\n\n"
            'Keras 3 takes the format from the file name alone. `save_format="tf"` asked for a SavedModel folder, '
            'which `save()` no longer writes. (`save_format="h5"` with a name that ends in .h5 was accepted on Keras '
            "3.4.1 and 3.15.1.) A .keras file can be loaded again as a model. `model.export()` writes a SavedModel for "
            "TF Serving or TFLite, which `load_model()` cannot read."
        ),
        symptoms=(
            "ValueError: The `save_format` argument is deprecated in Keras 3. Please remove this argument and pass a "
            "file path with either `.keras` or `.h5` extension.Received: save_format={value}",
        ),
        remedies=(
            CodeChange("Delete save_format= and name the file .keras"),
            CodeChange("Use model.export() for serving", after="after_export", cost="`load_model()` cannot read it."),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://keras.io/guides/migrating_to_keras_3",
                "Saving to the SavedModel format with model.save() is no longer supported in Keras 3; use "
                "model.export(filepath).",
            ),
        ),
        edits=(
            Edit(
                _name_ends(".keras", ".h5", ".hdf5", ".tf", without="save_format"),
                unsafe="The file has another name and the .keras format; whoever reads it elsewhere must load that.",
            ),
        ),
        uses=(
            Method("model", "save", (Argument("save_format", value="tf"),)),
            Call("keras.models.save_model", (Argument("save_format", value="tf"),)),
        ),
    ),
    Rule(
        code="KD651",
        slug="saving-checkpoint-name",
        area="saving",
        title="ModelCheckpoint(save_weights_only=True) refuses the name",
        explanation=(
            "The callback stops with a ValueError before the training starts, so nothing is lost. End the file "
            "name in `.weights.h5`; without `save_weights_only`, in `.keras`.\n\n"
            "The rule is that of `save_weights()`: on Keras 3 the name must have the whole ending `.weights.h5`. "
            "`best.h5` is refused. So are names without extension, which were TensorFlow checkpoints in Keras 2."
        ),
        symptoms=(
            "ValueError: When using `save_weights_only=True` in `ModelCheckpoint`, the filepath provided must end in "
            "`.weights.h5` (Keras weights format). Received: filepath=...",
            "ValueError: The filepath provided must end in `.keras` (Keras model format). Received: filepath=...",
        ),
        remedies=(
            CodeChange("End the name in .weights.h5 (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        edits=(
            Edit(
                _name_ends(".weights.h5", "_weights.h5", "-weights.h5", ".hdf5", ".h5"),
                unsafe="The file has another name; whoever reads it elsewhere must load that.",
            ),
        ),
        uses=(
            Call(
                "keras.callbacks.ModelCheckpoint",
                (
                    Argument("save_weights_only", value=True),
                    Argument("filepath", position=0, other_suffix=(".weights.h5",)),
                ),
            ),
        ),
    ),
    Rule(
        code="KD652",
        slug="saving-checkpoint-period",
        area="saving",
        title="ModelCheckpoint refuses period=",
        explanation=(
            "`ModelCheckpoint(period=5)` stops with a TypeError before the training starts, so nothing is lost. "
            "Save from a callback of four lines instead.\n\n"
            "`period=5` saved every fifth epoch. Keras 2 still accepted it, with a warning; Keras 3 does not. "
            "`save_freq=` is no full substitute, because it counts batches. Five epochs are 5 * (batches of an epoch)."
        ),
        symptoms=("TypeError: ModelCheckpoint.__init__() got an unexpected keyword argument 'period'",),
        remedies=(
            CodeChange("Save from a custom callback (runs on Keras 2 as well)"),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        uses=(Call("keras.callbacks.ModelCheckpoint", (Argument("period"),)),),
    ),
    Rule(
        code="KD653",
        slug="saving-json-keras2",
        area="saving",
        title="model_from_json cannot read what Keras 2 wrote",
        explanation=(
            "`model_from_json` stops with a TypeError on a file of Keras 2; the weights are intact. Rebuild a "
            "Sequential model from the list of layers in the JSON; convert other models once under Keras 2.\n\n"
            "The JSON of `model.to_json()` names the model classes of Keras without their module. Keras 3 does not "
            "find `Sequential` and `Functional` without it. Projects that ship an architecture.json with a weights "
            "file meet this. For functional models, write an .h5 file of the whole model under Keras 2 and load that."
        ),
        symptoms=(
            "TypeError: Could not locate class 'Functional'. Make sure custom classes ... Full object config: ...",
            "TypeError: Could not locate class 'Sequential'. Make sure custom classes ... Full object config: ...",
        ),
        remedies=(
            CodeChange(
                "Rebuild the Sequential model from its list of layers (runs on Keras 2 as well)",
                cost="For Sequential models whose layers kept their arguments between Keras 2 and 3.",
            ),
            Advice(
                "Convert the model once, where the JSON can still be read",
                "Under Keras 2 (or tf-keras): model_from_json(...), model.load_weights(...), then "
                'model.save("model.h5").\n'
                'Under Keras 3: load_model("model.h5"), then model.save("new.keras").',
            ),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        uses=(
            Call(
                "keras.models.model_from_json",
                (Argument("json_string", position=0),),
                when=_was_written_by_keras_2,
            ),
        ),
    ),
    Rule(
        code="KD654",
        slug="saving-h5-loss-object",
        area="saving",
        title="An .h5 file with a loss object of Keras 2 does not load",
        explanation=(
            "`load_model()` stops at the compiled part of the file. The weights are fine: load with `compile=False` "
            "and compile again.\n\n"
            "`compile(loss=MeanSquaredError())` of Keras 2 stores the loss in the .h5 file with arguments that the "
            "class of Keras 3 does not accept. The optimizer's state is not restored. Files that the very same Keras 3 "
            "wrote are not concerned. Losses that were given by a short name are another problem: see saving-h5-mse."
        ),
        symptoms=(
            "TypeError: <class 'keras.src.losses.losses.MeanSquaredError'> could not be deserialized properly. ...",
            "TypeError: <class 'keras.src.losses...'> could not be deserialized properly. ... got an unexpected "
            "keyword argument 'fn'",
            Symptom("TypeError: ...__init__() got an unexpected keyword argument 'fn'", generic=True),
        ),
        remedies=(
            CodeChange(
                "Load with compile=False and compile again",
                versions=">=3.3",
                cost=("The optimizer restarts from scratch."),
            ),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
    ),
    Rule(
        code="KD655",
        slug="saving-saved-model-call",
        area="saving",
        title="A model that tf.saved_model.save wrote cannot be called",
        explanation=(
            "The program stops: what `tf.saved_model.load` returns for a Keras 3 model cannot be called. Write it with "
            "`model.export(folder)` and call `loaded.serve(x)`; for an older folder try `loaded.signatures`.\n\n"
            "`tf.saved_model.save(model, folder)` still works on a Keras 3 model. But the loaded object cannot be "
            "called as that of Keras 2 could. In a folder written by `model.export()`, `serve()` is the forward pass. "
            "For folders that exist already, `loaded.signatures` may hold it."
        ),
        symptoms=("TypeError: '_UserObject' object is not callable",),
        remedies=(
            CodeChange("Write it with model.export() and call serve()"),
            UseLegacyKeras(),
        ),
        measured="Measured: fails on Keras 3.4.1 and 3.15.1, right on Keras 2.15.0 and tf-keras 2.17.0 and 2.21.0",
        uses=(
            Together(
                Call("tf.saved_model.save", (Argument("obj", position=0, kind="model"),)),
                Applied("tf.saved_model.load"),
                when=_of_one_folder,
            ),
        ),
    ),
    Rule(
        code="KD656",
        slug="saving-keras2-weights-h5",
        area="saving",
        title="RNN weights do not go between Keras 2.15 and older ones",
        explanation=(
            "`load_weights` stops on a .weights.h5 file with an RNN. The weights in it are intact. Use a file "
            "name that ends in `.h5` alone, which every release reads.\n\n"
            '`save_weights("model.weights.h5")` of Keras 2.15 writes the weights of an RNN where older releases do not '
            "look for them, and the reverse. A bidirectional GRU was run. So a file from one machine stops on another. "
            "tf-keras and Keras 3 read what 2.15 wrote, with the right predictions. For the layout of .h5 files see "
            "saving-keras2-weights."
        ),
        symptoms=("ValueError: Layer '...' expected 3 variables, but received 0 variables during loading. ...",),
        remedies=(Upgrade("tensorflow", ">=2.15,<2.16", cost="From 2.16 on tf.keras is Keras 3."),),
        measured=(
            "Measured: refused by Keras 2.12.0, 2.13.1 and 2.14.0, accepted by Keras 2.15.0, by Keras 3.0 to 3.15 and "
            "by tf-keras. What 2.13.1 wrote, 2.15.0 does not take; Keras 3.4.1 and 3.15.1 do."
        ),
    ),
    Rule(
        code="KD616",
        slug="saving-h5-train",
        area="saving",
        title="A model loaded from .h5 cannot be trained further",
        explanation=(
            "A compiled .h5 file loads and predicts right, but further training stops with an error. Load it "
            "with `compile=False` and compile again; only the optimizer restarts.\n\n"
            "`load_model()` restores the optimizer too, and on every Keras 3 that optimizer does not know the "
            "model's weights. The first step of `fit()` or `train_on_batch()` stops, whichever Keras wrote the "
            "file. `evaluate()` and `predict()` work. Compiling the loaded model once more works as well. A .keras "
            "file keeps the optimizer's state."
        ),
        symptoms=(
            Symptom(
                "ValueError: Unknown variable: ... This optimizer can only be called for the variables it was "
                "originally built with. When working with a new set of variables, you should recreate a new optimizer "
                "instance.",
                generic=True,
            ),
            Symptom("NotImplementedError: numpy() is only available when eager execution is enabled.", generic=True),
        ),
        remedies=(
            CodeChange(
                "load with compile=False and compile again (runs on Keras 2 as well)",
                versions=">=3.3",
                cost="The optimizer restarts from scratch.",
            ),
            CodeChange(
                "compile the loaded model once more (runs on Keras 2 as well)",
                after="after_compile",
                cost="The optimizer restarts from scratch.",
            ),
            CodeChange("save as .keras from now on (runs on Keras 2 as well)", after="after_keras"),
            UseLegacyKeras(),
        ),
        measured="Measured: raises on Keras 3.0 to 3.15; right on Keras 2 and tf-keras. Found by kdoctor",
        uses=(Method("model", "{fit,train_on_batch,fit_generator}", when=_comes_compiled_from_h5),),
    ),
    Rule(
        code="KD617",
        slug="saving-h5-hard-sigmoid",
        area="saving",
        title="An old LSTM or GRU from a file predicts other numbers",
        silent=True,
        explanation=(
            "An old LSTM or GRU predicts wrong numbers, without an error; its weights are intact. After loading, "
            "set the `recurrent_activation` of the cells to a function that returns `0.2 * x + 0.5`, clipped to "
            "0 and 1.\n\n"
            "Standalone Keras before 2.3 made every LSTM and GRU with `hard_sigmoid` gates, and its files store "
            "that name. Keras 3 has another function of that name: x / 6 + 0.5 in place of 0.2 * x + 0.5. On the "
            "eleven old files that were compared the predictions differ by 0.001 to 0.4."
        ),
        symptoms=("an old LSTM or GRU model, loaded on Keras 3, predicts other numbers",),
        remedies=(
            CodeChange("set the old function on the cells (the same numbers on every Keras)"),
            UseLegacyKeras(),
        ),
        measured="Measured: so on every Keras 3 from 3.0 to 3.15; not on Keras 2 and tf-keras. Found by kdoctor",
    ),
    Rule(
        code="KD618",
        slug="saving-h5-axis",
        area="saving",
        title="Keras 3.0 to 3.8 lose the axis in .h5 files",
        silent=True,
        explanation=(
            "The loaded model predicts wrong numbers, without a message; the file itself is right. Load it with Keras "
            "3.9 or newer, or save the original model again as .keras.\n\n"
            "An .h5 file may have a layer with one number as its axis: `Softmax`, `Concatenate`, "
            "`BatchNormalization`. Keras 3.0 to 3.8 lose that number when they load the file, and the layer uses "
            "the last axis. Where the shapes allow it nothing is raised. Building the model in code and loading "
            "only the weights works on all releases."
        ),
        symptoms=("a model with Softmax(axis=1) or Concatenate(axis=1), loaded from .h5, predicts other numbers",),
        remedies=(
            Upgrade("keras", ">=3.9"),
            CodeChange("save as .keras from now on (runs on Keras 2 as well)"),
            CodeChange(
                "build the model in code and take only the weights",
                after="after_weights",
                cost="The code that builds the model must be at hand.",
            ),
            UseLegacyKeras(),
        ),
        measured="Measured: wrong on Keras 3.0 to 3.8, right from 3.9 on and on Keras 2. Found by kdoctor",
        uses=(
            Together(
                Call("keras.layers.{Softmax,Concatenate,BatchNormalization}", when=_is_another_axis),
                Call("keras.models.load_model", _LOADED[:1], when=likely),
            ),
        ),
    ),
    Rule(
        code="KD619",
        slug="saving-loss-delta",
        area="saving",
        title="A loaded model has Huber(delta=1)",
        silent=True,
        explanation=(
            "A loaded model is evaluated and trained with `Huber(delta=1)`, without a message. Its predictions "
            "are right, its loss is not, and further training goes wrong. Compile the loaded model again.\n\n"
            "`Huber.get_config()` of Keras 3 leaves out `delta`, and that of `CosineSimilarity` leaves out `axis`. "
            "After saving and loading, a model with `Huber(delta=3)` uses delta=1: an error of 10 counts 9.5 and "
            "not 25.5. This concerns .keras and .h5 files, clones and everything else that is made from a "
            "configuration."
        ),
        symptoms=("evaluate() of a loaded model gives another loss than before it was saved",),
        remedies=(
            CodeChange(
                "compile the loaded model again (runs on Keras 2 as well)", cost="The optimizer restarts from scratch."
            ),
            UseLegacyKeras(),
        ),
        measured="Measured: so on Keras 3.0.5 and 3.15.1; not on Keras 2.15. Found by kdoctor",
        uses=(
            Together(
                Call("keras.losses.Huber", (Argument("delta", position=0),), when=_is_another_delta),
                Call("keras.models.load_model", (Argument("compile", position=2, absent=True),), when=likely),
            ),
        ),
    ),
)
