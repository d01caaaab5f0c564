"""The lines that load a file, for this very file, shortest first."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from textwrap import indent

from kdoctor.environment.model import Stack
from kdoctor.modelfiles import config as configs
from kdoctor.modelfiles.helper import helper, own_objects
from kdoctor.modelfiles.judge import BAD_CODE, endpoint_of, foreign_operations, has_variables_2
from kdoctor.modelfiles.model import Kind, ModelFile, Recipe, Tensor, Verdict, Way
from kdoctor.words import Implementation, StackId

_LEGACY = (
    'import os\n\nos.environ["TF_USE_LEGACY_KERAS"] = "1"  # before TensorFlow is imported\nimport tensorflow as tf\n\n'
)


def with_recipes(file: ModelFile, verdict: Verdict, stack: Stack, others: Sequence[Verdict]) -> Verdict:
    """The verdict with the lines that load the file on its stack."""
    if verdict.way is Way.UNKNOWN or verdict.implementation is None or _is_hopeless(file):
        return verdict
    found = list(_recipes(file, verdict, stack))
    legacy = next((one for one in others if one.stack is StackId.LEGACY and one.is_fine), None)
    if legacy is not None and verdict.stack is StackId.TF_KERAS and not verdict.is_fine:
        found.append(_legacy(file))
    return replace(verdict, recipes=tuple(found))


def _is_hopeless(file: ModelFile) -> bool:
    return bool(file.problems) or file.kind in (Kind.UNKNOWN, Kind.POINTER, Kind.H5_OTHER, Kind.PICKLE)


def _legacy(file: ModelFile) -> Recipe:
    lines = f"{_LEGACY}model = tf.keras.models.load_model({file.path!r})"
    return Recipe("run the program under Keras 2 (tf-keras)", lines, "The whole program then runs under Keras 2.")


def _recipes(file: ModelFile, verdict: Verdict, stack: Stack) -> Iterator[Recipe]:
    is_3 = verdict.implementation is Implementation.KERAS_3
    head = "import keras\n\n" if is_3 else _of_keras_2(verdict)
    api = "keras" if is_3 else "tf.keras"
    path = repr(file.path)
    if file.kind in (Kind.H5_WEIGHTS, Kind.KERAS_WEIGHTS):
        yield _weights(file, is_3)
    elif file.kind is Kind.CHECKPOINT:
        yield _checkpoint(file)
    elif file.kind is Kind.TFLITE:
        lines = f"import tensorflow as tf\n\ninterpreter = tf.lite.Interpreter({path})\ninterpreter.allocate_tensors()"
        yield Recipe("run it with TensorFlow Lite", lines)
    elif file.kind is Kind.GRAPH:
        yield _graph(file)
    elif file.kind is Kind.SAVED_MODEL:
        yield from _saved_model(file, verdict, stack, is_3)
    elif file.kind is Kind.CONFIG and verdict.is_fine:
        lines = f"{head}with open({path}) as file:\n    model = {api}.models.model_from_json(file.read())"
        yield Recipe("build the model", lines, "The file holds no weights.")
    elif verdict.is_fine:
        yield Recipe("load it", f"{head}model = {api}.models.load_model({path})")
    elif verdict.way is Way.NO_COMPILE and not verdict.silent:
        yield Recipe(
            "load it without its compiled part",
            f"{head}model = {api}.models.load_model({path}, compile=False)",
            "The model is not compiled: compile it to train further; the optimizer restarts from scratch.",
        )
    else:
        yield from _fixed(file, verdict, head, api)


def _of_keras_2(verdict: Verdict) -> str:
    return _LEGACY if verdict.stack is StackId.LEGACY else "import tensorflow as tf\n\n"


def _fixed(file: ModelFile, verdict: Verdict, head: str, api: str) -> Iterator[Recipe]:
    """Custom objects, byte code, and what an old file needs on Keras 3."""
    if any(one.message == BAD_CODE for one in verdict.reasons):
        return  # only the Python that wrote the function can read it
    loud = {one.slug for one in verdict.reasons if not one.only_compile}
    options = "" if loud == {one.slug for one in verdict.reasons} else ", compile=False"
    is_3 = verdict.implementation is Implementation.KERAS_3
    own = own_objects(file)
    cost = ["Import these from your own code first."] if own else []
    options += f", custom_objects={own}" if own and is_3 else ""
    if "saving-lambda" in loud:
        options += ", safe_mode=False"
        cost.append("This runs code that is in the file: only for files that you trust.")
    is_own = (file.config or {}).get("class_name") not in configs.MODELS
    if is_own and file.kind is Kind.H5_MODEL:  # nothing in HDF5 builds a class of the user's
        yield _weights(file, is_3)
        return
    if loud <= {"saving-custom-object", "saving-lambda"} and not verdict.silent:
        lines = f"model = {api}.models.load_model({file.path!r}{options})"
        if file.kind is Kind.CONFIG:
            lines = f"with open({file.path!r}) as file:\n    model = {api}.models.model_from_json(file.read()"
            lines += f"{options.replace(', compile=False', '')})"
        if own and not is_3:  # Keras 2 does not hand on custom_objects to all that layers hold
            lines = f"with {api}.utils.custom_object_scope({own}):\n{indent(lines, '    ')}"
        yield Recipe("load it with what it needs", head + lines, " ".join(cost))
        return
    program = helper(file, verdict) if is_3 else None
    if program:
        cost.append("The model is not compiled.")
        yield Recipe("load it with the fixes that it needs", program, " ".join(cost))


def _weights(file: ModelFile, is_3: bool) -> Recipe:
    needs = ".weights.h5" if file.kind is Kind.KERAS_WEIGHTS else ".h5"
    if is_3 and not file.path.endswith((needs, ".h5")):
        lines = (
            "import os\nimport shutil\nimport tempfile\n\nmodel = build_model()  # your own code\n"
            "with tempfile.TemporaryDirectory() as folder:\n"
            f'    copy = os.path.join(folder, "old{needs}")  # Keras 3 wants this ending\n'
            f"    shutil.copyfile({file.path!r}, copy)\n"
            "    model.load_weights(copy)"
        )
    else:
        lines = f"model = build_model()  # your own code\nmodel.load_weights({file.path!r})"
    return Recipe(
        "build the model in code, then load the weights",
        lines,
        "The file holds no architecture: that has to come from code.",
    )


def _checkpoint(file: ModelFile) -> Recipe:
    prefix = file.path[: -len(".index")] if file.path.endswith(".index") else file.path.partition(".data-")[0]
    lines = (
        f"import tensorflow as tf\n\nreader = tf.train.load_checkpoint({prefix!r})\n"
        "for name, shape in reader.get_variable_to_shape_map().items():\n    print(name, shape)"
    )
    return Recipe("read its numbers", lines, "The model has to come from code; set its weights layer by layer.")


def _graph(file: ModelFile) -> Recipe:
    feeds = [f"{one.name}:0" for one in file.inputs] or ["input:0"]
    fetches = [f"{one.name}:0" for one in file.outputs[:1]] or ["output:0"]
    lines = (
        "import tensorflow as tf\n\n"
        f"with tf.io.gfile.GFile({file.path!r}, 'rb') as file:\n"
        "    graph = tf.compat.v1.GraphDef.FromString(file.read())\n"
        "function = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=''), [])\n"
        f"model = function.prune({feeds!r}, {fetches!r})"
    )
    return Recipe("call it as a function", lines, "For predictions only.")


def _saved_model(file: ModelFile, verdict: Verdict, stack: Stack, is_3: bool) -> Iterator[Recipe]:
    if not stack.tensorflow or foreign_operations(file):
        return
    path = repr(file.path.rstrip("/") or "/")
    if verdict.is_fine:
        yield Recipe("load it", f"{_of_keras_2(verdict)}model = tf.keras.models.load_model({path})")
        return
    if not has_variables_2(file):
        yield _of_tensorflow_1(file)
        return
    names = [one.name for one in file.signatures]
    if not names:
        if file.endpoints:
            lines = f"import tensorflow as tf\n\nloaded = tf.saved_model.load({path})\n"
            yield Recipe("call it as an object", f"{lines}y = loaded.{file.endpoints[0]}(x)", "For predictions only.")
        return
    name = "serving_default" if "serving_default" in names else names[0]
    tags = "" if len(file.tags) < 2 and file.tags != ((),) else f", tags={list(file.tags[0])!r}"
    if is_3 and len(file.inputs) == 1:
        yield _layer(file.inputs[0], path, endpoint_of(file))
    lines = f"import tensorflow as tf\n\nloaded = tf.saved_model.load({path}{tags})\n"
    lines += f"predict = loaded.signatures[{name!r}]\n"
    lines += f"y = predict({_call(file.inputs)})  # a dictionary: {', '.join(one.name for one in file.outputs)}"
    yield Recipe("call its signature", lines, "For predictions only.")
    if is_3 and len(file.inputs) > 1 and not tags:  # TFSMLayer hands on one argument, the function in it takes all
        lines = "import keras\nimport tensorflow as tf\n\n"
        lines += f"layer = keras.layers.TFSMLayer({path}, call_endpoint={name!r})\n"
        lines += f"y = layer.call_endpoint_fn({_call(file.inputs)})"
        yield Recipe("call it through TFSMLayer, by name", lines, "For predictions only.")
        yield Recipe(
            "use it inside a Keras 3 model, which can be saved and loaded",
            _class(file, path, name),
            "For predictions only. Keep the class at hand: load_model() needs it.",
        )


def _layer(given: Tensor, path: str, endpoint: str) -> Recipe:
    value = given.name if _is_word(given.name) else "x"
    is_plain = endpoint == "serve"
    is_float = "float" in given.dtype  # Keras casts floats itself, to the layer's type
    kind = f", dtype={given.dtype!r}" if is_float and given.dtype != "float32" else ""
    is_cast = not is_float and given.dtype not in ("string", "")
    value = f"tf.cast({value}, {given.dtype!r})" if is_cast else value
    lines = "import keras\nimport tensorflow as tf\n\n" if is_cast else "import keras\n\n"
    lines += f"layer = keras.layers.TFSMLayer({path}, call_endpoint={endpoint!r}{kind})\ny = layer({value})"
    return Recipe(
        "use it as a layer, also inside a model",
        lines,
        "For predictions only." if is_plain else "For predictions only. It answers with a dictionary.",
    )


_CLASS = """import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("kdoctor")
class SavedModel(keras.layers.Layer):
    INPUTS = {INPUTS}
    OUTPUTS = {OUTPUTS}

    def __init__(self, folder={PATH}, **kwargs):
        super().__init__(**kwargs)
        self.folder = folder
        self.loaded = tf.saved_model.load(folder)
        self.function = self.loaded.signatures[{NAME}]

    def call(self, inputs):  # a dictionary by name
        return self.function(**{name: tf.cast(inputs[name], kind) for name, kind in self.INPUTS.items()})

    def compute_output_shape(self, input_shape):
        return {name: shape for name, (shape, kind) in self.OUTPUTS.items()}

    def compute_output_spec(self, inputs):
        return {name: keras.KerasTensor(shape, dtype=kind) for name, (shape, kind) in self.OUTPUTS.items()}

    def get_config(self):
        return {**super().get_config(), "folder": self.folder}


inputs = {
{TENSORS}}
model = keras.Model(inputs, SavedModel()(inputs))  # call it with a dictionary"""


def _class(file: ModelFile, path: str, name: str) -> str:
    """A layer for a SavedModel with several inputs."""
    tensor = "    {0!r}: keras.Input(batch_shape={1!r}, dtype={2!r}, name={0!r}),\n"
    values = {
        "INPUTS": repr({one.key: one.dtype for one in file.inputs}),
        "OUTPUTS": repr({one.key: ((None,) if one.shape is None else one.shape, one.dtype) for one in file.outputs}),
        "PATH": path,
        "NAME": repr(name),
        "TENSORS": "".join(tensor.format(one.key, one.shape, one.dtype) for one in file.inputs),
    }
    return re.sub(r"\{([A-Z]+)\}", lambda found: values[found[1]], _CLASS)


def _call(inputs: Sequence[Tensor]) -> str:
    """``a=tf.cast(a, 'float32'), ...``, which takes NumPy arrays of any dtype; names that Python cannot spell go into a
    dictionary.
    """
    named = [(one.key or one.name, one.dtype) for one in inputs]
    if all(_is_word(name) for name, _ in named):
        return ", ".join(f"{name}=tf.cast({name}, {kind!r})" for name, kind in named)
    return "**{" + ", ".join(f"{name!r}: tf.cast(x{at}, {kind!r})" for at, (name, kind) in enumerate(named)) + "}"


def _is_word(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _of_tensorflow_1(file: ModelFile) -> Recipe:
    """Reference variables: only a session of TensorFlow 1 reads them."""
    tags = list(file.tags[0]) if file.tags else ["serve"]
    name = next((one.name for one in file.signatures), "serving_default")
    feeds = ", ".join(
        f"signature.inputs[{one.key!r}].name: {one.key if _is_word(one.key) else 'x'}" for one in file.inputs
    )
    lines = (
        "import tensorflow as tf\n\n"
        "graph = tf.Graph()\n"
        "with graph.as_default(), tf.compat.v1.Session(graph=graph) as session:\n"
        f"    loaded = tf.compat.v1.saved_model.load(session, {tags!r}, {file.path.rstrip('/')!r})\n"
        f"    signature = loaded.signature_def[{name!r}]\n"
        "    fetches = {key: one.name for key, one in signature.outputs.items()}\n"
        f"    y = session.run(fetches, {{{feeds}}})"
    )
    return Recipe("run it in a session, as TensorFlow 1 did", lines, "For predictions only.")
