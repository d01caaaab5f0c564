"""What one stack does with a file: every reason in the order in which they strike, and the best that is left.

The order is that of Keras's own loading: open by name and bytes, build the model from its configuration, read the
weights, compile. Whether a class exists and which arguments it takes comes from the recorded public API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Optional

from kdoctor.environment.model import Environment, Stack
from kdoctor.modelfiles import config as configs
from kdoctor.modelfiles.known import Known, ever, name_of, takes_functions
from kdoctor.modelfiles.model import Kind, ModelFile, Reason, Verdict, Way
from kdoctor.versions import release
from kdoctor.words import Implementation

_APART_3 = ("ThresholdedReLU", "RandomHeight", "RandomWidth")
"""Layers of Keras 3 that its reader of HDF5 does not find."""
NOTES = (
    "This stack cannot be used.",
    "Its HDF5 could not be read: no h5py answered.",
    "Nothing is recorded of {keras} {version}.",
)
"""What is said of a stack that is not judged; the catalogues have it."""

_WITH_TABLES = ("TextVectorization", "StringLookup")
_SHAPELESS = ("Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization", "Dropout", "ELU",
              "GaussianDropout", "GaussianNoise", "InputLayer", "LayerNormalization", "LeakyReLU", "Masking", "PReLU",
              "ReLU", "Softmax", "SpatialDropout1D", "SpatialDropout2D", "ThresholdedReLU")  # fmt: skip
"""Layers that answer with the shape which they were given."""
BAD_CODE = "ValueError: bad marshal data"
"""What a Python says of byte code that another one wrote."""
_NO_KERAS = {
    Kind.TFLITE: "a TensorFlow Lite model is read by tf.lite.Interpreter, and by no Keras",
    Kind.GRAPH: "a frozen graph is imported by tf.compat.v1.import_graph_def, and loaded by no Keras",
    Kind.CHECKPOINT: "a checkpoint holds numbers without the model, which your code has to build",
    Kind.ARRAYS: "NumPy arrays are no model",
    Kind.PICKLE: "a pickle is code as well as data; load_model does not read it",
    Kind.H5_OTHER: "its HDF5 is neither a model nor weights of Keras",
    Kind.UNKNOWN: "no kind of model that kdoctor knows",
}


def judge(file: ModelFile, stack: Stack, environment: Environment) -> Verdict:
    """What a stack does with a file.

    Args:
        file: what was read.
        stack: one of the environment's.
        environment: its Python decides over byte code.
    """
    label = (
        f"{stack.id.value} · {stack.implementation.label} {stack.version}" if stack.implementation else stack.id.value
    )
    verdict = Verdict(stack.id, label, stack.implementation, stack.version, Way.UNKNOWN)
    if not stack.available or stack.implementation is None:
        return replace(verdict, note=stack.reason or NOTES[0])
    if file.layout == "unread":
        return replace(verdict, note=NOTES[1])
    known = Known(stack.implementation, stack.version)
    if not known.is_recorded:
        return replace(verdict, note=NOTES[2].format(keras=stack.implementation.label, version=stack.version))
    is_3 = stack.implementation is Implementation.KERAS_3
    has_tensorflow = bool(stack.tensorflow)
    reasons = list((_Keras3 if is_3 else _Keras2)(file, known, environment).reasons())
    return replace(verdict, reasons=tuple(reasons), way=_way(file, reasons, is_3, has_tensorflow, known))


def _way(file: ModelFile, reasons: list[Reason], is_3: bool, has_tensorflow: bool, known: Known) -> Way:
    loud = [one for one in reasons if not one.silent]
    if not loud:
        return Way.CONFIG if file.kind is Kind.CONFIG else Way.LOADS
    if all(one.only_compile for one in loud) and not (is_3 and file.kind is Kind.H5_MODEL and known.version < (3, 3)):
        return Way.NO_COMPILE
    if file.kind is not Kind.SAVED_MODEL or file.problems or not has_tensorflow or foreign_operations(file):
        return Way.NOT
    if not is_3 and file.layout not in ("bare", "graph") and all(one.slug == "modelfile-saved-object" for one in loud):
        return Way.OBJECT
    return best_of_saved_model(file, is_3)


def best_of_saved_model(file: ModelFile, is_3: bool) -> Way:
    """How TensorFlow itself can use a SavedModel."""
    endpoint = endpoint_of(file)
    if is_3 and endpoint and has_variables_2(file) and (endpoint == "serve" or len(file.inputs) == 1):
        return Way.LAYER
    if file.signatures:
        return Way.SIGNATURE
    return Way.OBJECT if file.endpoints else Way.NOT


def has_variables_2(file: ModelFile) -> bool:
    """Whether its variables are those of TensorFlow 2; ``tf.saved_model.load`` reads no others."""
    return not {"Variable", "VariableV2"} & set(file.operations)


def endpoint_of(file: ModelFile) -> str:
    """What TFSMLayer should call."""
    names = [one.name for one in file.signatures]
    if "serve" in file.endpoints and file.layout != "keras":
        return "serve"
    return next((one for one in ("serving_default", "serve") if one in names), names[0] if names else "")


def foreign_operations(file: ModelFile) -> tuple[str, ...]:
    """Operations that a package has to register before the file can be read: TensorFlow Text, Decision Forests."""
    marks = ("Sentencepiece", "WhitespaceTokenize", "WordpieceTokenize", "SimpleML", "RegexSplit", "UnicodeScript>",
             "Text>", "TFText>", "BertTokenizer", "FastWordpiece", "RaggedTensorToTensorText", "Addons>")  # fmt: skip
    return tuple(one for one in file.operations if one.startswith(marks) or ">" in one)


class _Keras:
    """What both have in common."""

    is_3 = False

    def __init__(self, file: ModelFile, known: Known, environment: Environment) -> None:
        self.file, self.known = file, known
        self.python = environment.interpreter.version
        self.path = file.path

    def reasons(self) -> Iterator[Reason]:
        """All of them, the first one first."""
        file = self.file
        if file.kind is Kind.POINTER:
            yield Reason("modelfile-lfs-pointer", self._not_opened(), file.problems[0])
            return
        named = list(self.by_name())
        yield from named
        if file.problems and not named:
            yield Reason("modelfile-damaged", self._damaged(), " ".join(file.problems))
        elif file.problems:
            yield Reason("modelfile-damaged", " ".join(file.problems))
        if file.kind in _NO_KERAS:
            if not named:
                yield Reason("modelfile-not-keras", self._not_opened(), _NO_KERAS[file.kind])
            return
        if file.kind in (Kind.H5_WEIGHTS, Kind.KERAS_WEIGHTS):
            yield Reason(
                "modelfile-weights-only", f"ValueError: {self.no_config}", "the file holds weights without the model"
            )
            return
        if file.config is None and file.kind is not Kind.SAVED_MODEL:
            return
        yield from self.contents()

    no_config = ""

    def by_name(self) -> Iterator[Reason]:
        """What the name of the file, or its kind, makes of it."""
        raise NotImplementedError

    def contents(self) -> Iterator[Reason]:
        """What stands in it."""
        raise NotImplementedError

    def _not_opened(self) -> str:
        raise NotImplementedError

    def _damaged(self) -> str:
        file = self.file
        if file.kind in (Kind.H5_MODEL, Kind.H5_OTHER, Kind.H5_WEIGHTS) and "HDF5" in file.problems[0]:
            return f"OSError: {file.problems[0].partition(': ')[2]}"
        return self._not_opened() if file.kind is Kind.UNKNOWN else file.problems[0]

    # ---------------------------------------------------------------------------------------------- configuration

    def unknown_layer(self, name: str) -> str:
        """The message over a class that is not there."""
        scope = "keras.utils.custom_object_scope" if self.is_3 else "`tf.keras.utils.custom_object_scope`"
        return f"ValueError: Unknown layer: '{name}'. Please ensure you are using a `{scope.strip('`')}`"

    def not_built(self) -> Iterator[Reason]:
        """A Sequential that has no weights yet when those of the file are read."""
        if self.file.variables and not self.file.is_of_keras_3 and configs.has_no_shape(self.file.config):
            yield Reason(
                "saving-weights-do-not-fit",
                "ValueError: Layer count mismatch when loading weights from file. Model expected 0 layers",
                "nothing in the file says the shape of the input, so that the model is not built",
            )

    def byte_code(self, where: str) -> Iterator[Reason]:
        """A Lambda whose byte code another Python wrote."""
        for code in self.file.code:
            is_known = f"layer {code.layer}" == where and code.python and self.python
            if is_known and code.python != configs.reads_code_of(self.python):
                yield Reason("saving-lambda", BAD_CODE, f"{where}, byte code of Python {code.python}")

    def optimizer(self, training: Mapping[str, Any]) -> Iterator[Reason]:
        """What of the optimizer's configuration is refused."""
        given = training.get("optimizer_config") or training.get("optimizer")
        if not configs.is_object(given):
            return
        name = str(given["class_name"]).rpartition(">")[2]
        config = dict(configs.parts(given))
        known = self.known
        if not known.has(name, ("optimizers",)) and not known.has(name.lower(), ("optimizers",)):
            yield Reason(
                "saving-custom-object",
                f"ValueError: Unknown optimizer: '{name}'",
                f"optimizer {name}",
                only_compile=True,
            )
            return
        yield from self.optimizer_arguments(name, config)

    def optimizer_arguments(self, name: str, config: dict[str, Any]) -> Iterator[Reason]:
        """Which arguments it does not take."""
        raise NotImplementedError

    def losses(self, training: Mapping[str, Any]) -> Iterator[Reason]:
        """Losses and metrics that are not Keras's."""
        for what, room in (("loss", "losses"), ("metrics", "metrics"), ("weighted_metrics", "metrics")):
            for name in _leaves(training.get(what)):
                if not _is_builtin(name, room):
                    yield Reason(
                        "saving-custom-object",
                        self.unknown_function(name, what),
                        f"{'loss' if what == 'loss' else 'metric'} {name}",
                        only_compile=True,
                    )

    def unknown_function(self, name: str, what: str) -> str:
        """The message over a loss or metric that is not there."""
        kind = {"loss": "loss", "activation": "activation"}.get(what, "metric")
        return f"ValueError: Unknown {kind} function: '{name}'. Please ensure you are using a `custom_object_scope`"

    def functions(self, inner: Mapping[str, Any], where: str) -> Iterator[Reason]:
        """Activations that are no Keras's."""
        for argument in ("activation", "recurrent_activation"):
            name = name_of(inner.get(argument))
            if name and name.rpartition(">")[2] not in ever("activations") and name not in ever("layers"):
                yield Reason("saving-custom-object", self.unknown_function(name, "activation"), f"{where}, {argument}")

    def vocabulary(self, name: str, inner: Mapping[str, Any], where: str) -> Iterator[Reason]:
        """What was adapted to texts keeps its words outside of what HDF5 can hold."""
        if name in _WITH_TABLES and self.file.kind is Kind.H5_MODEL and inner.get("vocabulary") is None:
            message = (
                "NotImplementedError: Save or restore weights that is not an instance of `tf.Variable` is not supported"
            )
            message = "FailedPreconditionError: Table not initialized" if self.is_3 else f"{message} in h5"
            yield Reason("modelfile-vocabulary", message, where)

    def part_arguments(self, inner: Mapping[str, Any], where: str) -> Iterator[Reason]:
        """Initializers and the like with arguments that a newer release wrote."""
        for key, one in configs.objects({key: value for key, value in inner.items() if key not in _NO_PARTS}):
            room = next((room for ending, room in _ROOMS.items() if key.endswith(ending)), "")
            refused = self.known.refused(str(one["class_name"]), configs.parts(one), (room,)) if room else []
            if refused:
                name = one["class_name"]
                message = f"TypeError: {name}.__init__() got an unexpected keyword argument '{refused[0]}'"
                yield Reason("saving-file-of-newer-keras", message, f"{where}, {key}")


_NO_PARTS = ("layers", "layer", "backward_layer", "cell", "cells")
_ROOMS = {"_initializer": "initializers", "_regularizer": "regularizers", "_constraint": "constraints"}


class _Keras3(_Keras):
    is_3 = True

    @property
    def no_config(self) -> str:  # type: ignore[override]
        return f"No model config found in the file at {self.path}."

    def _not_opened(self) -> str:
        if self.path.endswith((".h5", ".hdf5")):
            return "OSError: Unable to synchronously open file (file signature not found)"
        if self.path.endswith(".keras"):
            return (
                f"ValueError: File not found: filepath={self.path}. Please ensure the file is an accessible "
                "`.keras` zip file."
            )
        return (
            f"ValueError: File format not supported: filepath={self.path}. Keras 3 only supports V3 `.keras` files, "
            "legacy H5 format files (`.h5` extension)."
        )

    def by_name(self) -> Iterator[Reason]:
        file, path = self.file, self.path
        if file.kind is Kind.CONFIG:
            if file.layout == "yaml":
                message = "RuntimeError: Method `model_from_yaml()` has been removed"
                yield Reason("modelfile-yaml", message)
            return
        if file.kind is Kind.SAVED_MODEL:
            yield Reason("savedmodel-load-model", self._not_opened())
        elif file.kind in (Kind.H5_MODEL, Kind.H5_WEIGHTS, Kind.KERAS_WEIGHTS, Kind.H5_OTHER):
            if path.endswith(".keras"):
                yield Reason("modelfile-h5-named-keras", self._not_opened(), "it is HDF5 in spite of its name")
            elif not path.endswith((".h5", ".hdf5")):
                yield Reason("modelfile-no-ending", self._not_opened(), "its name ends neither in .h5 nor in .hdf5")
        elif file.kind is Kind.KERAS_ZIP and file.layout == "folder":
            if self.known.version < (3, 10):
                yield Reason("modelfile-unpacked", self._not_opened(), "a .keras that was unpacked")
        elif file.kind is Kind.KERAS_ZIP and not path.endswith(".keras"):
            yield Reason("modelfile-no-ending", self._not_opened(), "its name does not end in .keras")

    def contents(self) -> Iterator[Reason]:
        file = self.file
        if file.kind is Kind.SAVED_MODEL:
            foreign = foreign_operations(file)
            if foreign:
                message = f"Op type not registered '{foreign[0]}'"
                yield Reason("modelfile-foreign-operation", message, ", ".join(foreign[:5]))
            return
        if file.kind is Kind.CONFIG:
            yield from self.of_json()
        elif file.kind is Kind.H5_MODEL:
            yield from self.of_h5()
        elif file.kind is Kind.KERAS_ZIP:
            yield from self.of_zip()

    def of_json(self) -> Iterator[Reason]:
        config = self.file.config or {}
        if "module" not in config:
            name = config.get("class_name")
            yield Reason(
                "saving-json-keras2",
                f"TypeError: Could not locate class '{name}'. Make sure custom classes are decorated with "
                "`@keras.saving.register_keras_serializable()`. Full object config: ...",
                "the JSON of Keras 2 names no modules",
            )
        yield from self.layers(legacy=False)

    # ----------------------------------------------------------------------------------------------------- HDF5

    def of_h5(self) -> Iterator[Reason]:
        file = self.file
        config = file.config or {}
        if isinstance(config.get("config"), list):
            yield Reason(
                "modelfile-list-config",
                "TypeError: pop expected at most 1 argument, got 2",
                "its Sequential is a bare list of layers, as Keras wrote up to 2.2.2",
            )
        yield from self.layers(legacy=True)
        if file.training:
            yield from self.compiled(file.training)

    def layers(self, *, legacy: bool) -> Iterator[Reason]:
        """Each layer in the order in which they are made."""
        file = self.file
        config = file.config or {}
        top = str(config.get("class_name"))
        if top not in configs.MODELS:
            yield Reason("saving-custom-object", self._not_located(config, legacy), f"the model's class {top}")
            return
        seen: set[str] = set()
        for layer, _ in configs.walk(config):
            for reason in self.layer(layer, legacy):
                key = f"{reason.slug} {reason.message}"
                if key not in seen:
                    seen.add(key)
                    yield reason
        yield from self.nested(config)
        if legacy:
            yield from self.without_input_layer(config)
            yield from self.not_built()
        yield from self.gru()

    def layer(self, layer: Mapping[str, Any], legacy: bool) -> Iterator[Reason]:
        name = str(layer["class_name"])
        inner = configs.parts(layer)
        where = f"layer {inner.get('name') or layer.get('name') or name}"
        if name in configs.MODELS:
            return
        if str(layer.get("module")).startswith("keras.src.ops") and not legacy:
            return  # an operation of a functional model
        if name.rpartition(">")[2] not in ever("layers") or ">" in name or (not legacy and configs.is_own(layer)):
            yield Reason("saving-custom-object", self._not_located(layer, legacy), where)
            return
        if not self.known.has(name) or (legacy and "module" not in layer and name in _APART_3):
            yield Reason("modelfile-layer-gone", self._not_located(layer, legacy), f"{where}: Keras 3 has no {name}")
            return
        if name == "Lambda":
            yield from self.function(inner, where)
            yield from self.byte_code(where)
        if "/" in str(inner.get("name")):
            message = "ValueError: Argument `name` must be a string and cannot contain character `/`."
            yield Reason("layers-name-slash", message, where)
        if legacy and configs.is_object(inner.get("dtype")) and inner["dtype"]["class_name"] == "Policy":
            message = "AttributeError: 'str' object has no attribute 'quantization_mode'"
            yield Reason("modelfile-dtype-policy", message, f"{where}, dtype")
        yield from self.vocabulary(name, inner, where)
        given = {key: value for key, value in inner.items() if key not in ("axis",) or not legacy}
        if legacy and "module" not in layer and "batch_input_shape" in given and name != "InputLayer":
            given = {**given, "input_shape": None}
            del given["batch_input_shape"]
        refused = self.known.refused(name, given) if self.may_differ and name != "InputLayer" else []
        if name == "Lambda" and legacy and "module" not in layer:
            refused = [
                one
                for one in refused
                if one not in ("module", "function_type", "output_shape_type", "output_shape_module")
            ]
        if refused:
            values = {one: given[one] for one in refused}
            message = f"Unrecognized keyword arguments passed to {name}: {values}"
            yield Reason("saving-config-of-keras2", f"ValueError: {message}", where)
        yield from self.functions(inner, where)
        if self.file.is_of_keras_3 and self.may_differ:
            yield from self.part_arguments(inner, where)
        taken = takes_functions(inner)
        if legacy and taken and "module" not in layer:
            message = (
                f"TypeError: Error when deserializing class '{name}': the text {taken[0]!r} is replaced by a function"
            )
            yield Reason("modelfile-function-name", message, where)
        if configs.several(layer):
            message = (
                "ValueError: a layer gets its further inputs in another way than the one in which Keras 2 wrote them"
            )
            yield Reason("saving-config-of-keras2", message, f"{where}, its inputs")
        wrapped = next((one for one in configs.held(inner) if "module" not in one), None)
        if wrapped is not None and "module" not in (self.file.config or {}):
            yield Reason("modelfile-wrapped-layer", self._not_located(wrapped, False), f"{where}, what it wraps")
        yield from self.silent(name, inner, where, legacy)

    def function(self, inner: Mapping[str, Any], where: str) -> Iterator[Reason]:
        """The function of a Lambda."""
        codes = [one for one in self.file.code if f"layer {one.layer}" == where]
        for code in codes[:1]:
            if code.what == "byte code":
                if self.file.kind is Kind.H5_MODEL and self.known.version < (3, 11):
                    continue
                yield Reason(
                    "saving-lambda",
                    "ValueError: Requested the deserialization of a `Lambda` layer whose `function` is a Python "
                    "lambda. This carries a potential risk of arbitrary code execution and thus it is disallowed by "
                    "default.",
                    where,
                )
            else:
                name = ", ".join(code.names)
                yield Reason("saving-custom-object", f"TypeError: Could not locate function '{name}'.", where)

    def _not_located(self, layer: Mapping[str, Any], legacy: bool) -> str:
        name = str(layer.get("class_name"))
        if legacy and "module" not in layer:
            return self.unknown_layer(name)
        module = layer.get("module")
        if module and not configs.is_own(layer) and module not in ("keras", "keras.layers"):
            return _no_module(name, module)
        return (
            f"TypeError: Could not locate class '{name}'. Make sure custom classes and functions are decorated with "
            "`@keras.saving.register_keras_serializable()`."
        )

    def without_input_layer(self, config: Mapping[str, Any]) -> Iterator[Reason]:
        """A Sequential whose first layer alone says the shape, or where nothing does."""
        models = [config, *(one for one, _ in configs.walk(config) if one["class_name"] in configs.MODELS)]
        for model in [one for one in models if one["class_name"] == "Sequential"]:
            layers = configs.parts(model).get("layers")
            first = layers[0] if isinstance(layers, list) and layers else None
            if not configs.is_object(first) or first["class_name"] == "InputLayer":
                continue
            shape = configs.parts(first).get("batch_input_shape")
            if shape is not None:
                yield Reason(
                    "modelfile-batch-input-shape",
                    f"ValueError: Input 0 of layer is incompatible: {shape} is taken for the shape without the batch, "
                    "so that the model has one dimension too many",
                    "the first layer has the shape, and there is no InputLayer",
                )
                return

    def nested(self, config: Mapping[str, Any]) -> Iterator[Reason]:
        """Models within models: Keras 2 counts the calls of one from 1, and Keras 3 waits for the last for ever."""
        models = [config, *(one for one, _ in configs.walk(config) if one["class_name"] in configs.MODELS)]
        for model in models:
            for name, number, calls in _calls_of_models(model):
                if number >= calls:
                    yield Reason(
                        "modelfile-nested-model",
                        "load_model() never returns: it waits in an endless loop for a call of a model within the "
                        "model",
                        f"model {name}",
                    )
                    return

    def gru(self) -> Iterator[Reason]:
        """Weights of a GRU that was made before ``reset_after`` was an argument."""
        for layer in self.file.layers:
            if layer.cls == "GRU" and "reset_after" not in layer.config:
                yield Reason(
                    "modelfile-reset-after",
                    "ValueError: Shape mismatch: the bias of a GRU has another shape, since reset_after is now True",
                    f"layer {layer.name}",
                )
                return

    def silent(self, name: str, inner: Mapping[str, Any], where: str, legacy: bool) -> Iterator[Reason]:
        """What changes the numbers and raises nothing."""
        if not self.file.is_of_keras_3 and self.file.keras:
            for argument in ("activation", "recurrent_activation"):
                if name_of(inner.get(argument)) == "hard_sigmoid":
                    message = f"{argument}: hard_sigmoid is another function on Keras 3"
                    yield Reason("training-hard-sigmoid", message, where, silent=True)
        axis = inner.get("axis")
        is_dropped = (isinstance(axis, list) and len(axis) != 1) or (
            isinstance(axis, int) and self.known.version < (3, 9)
        )
        if legacy and is_dropped and axis not in (-1, [-1]) and not self._is_last(inner.get("name"), axis):
            message = (
                f"axis={axis} of {name} is dropped when Keras {'.'.join(map(str, self.known.version[:2]))} reads HDF5"
            )
            yield Reason("modelfile-axis-dropped", message, where, silent=self._fits_without(inner, axis))

    def _is_last(self, name: object, axis: object) -> bool:
        rank = ranks(self.file.config).get(str(name))
        return rank is not None and axis in (rank - 1, [rank - 1])

    def _fits_without(self, inner: Mapping[str, Any], axis: object) -> bool:
        """Whether the stored weights and the shapes agree with a layer that lost its axis; False where unknown."""
        name = str(inner.get("name"))
        incoming, following = shapes(self.file.config)
        given = incoming.get(name, [])
        stored = any(name in one.path.split("/") for one in self.file.variables)
        known = [one for one in given if one is not None]
        if not stored and len(given) == 1:
            return True
        if not known or len(known) != len(given) or not isinstance(axis, int):
            return not stored and not given  # a Sequential whose shapes are not known
        try:
            if stored:
                return known[0][axis] == known[0][-1]
            right, wrong = joined(known, axis), joined(known, -1)
        except IndexError:
            return False
        if right is None or wrong is None:
            return False
        return right == wrong or set(following.get(name, ())) <= {"Flatten", ""}

    def compiled(self, training: Mapping[str, Any]) -> Iterator[Reason]:
        """What strikes when the model is compiled as it was."""
        yield from self.optimizer(training)
        yield from self.losses(training)
        short = ("mse", "mae", "mape", "msle", "kld")
        used = [
            name
            for what in ("loss", "metrics", "weighted_metrics")
            for name in _texts(training.get(what))
            if name in short
        ]
        if used:
            yield Reason(
                "saving-h5-mse",
                f"TypeError: Could not locate function '{used[0]}'. Make sure custom classes are decorated with "
                "`@keras.saving.register_keras_serializable()`.",
                f"compiled with {used[0]!r}",
                only_compile=True,
            )
        for one in _objects(training.get("loss")):
            if "fn" in configs.parts(one) or (not self.file.is_of_keras_3 and "module" not in one):
                yield Reason(
                    "saving-h5-loss-object",
                    f"TypeError: {one['class_name']} could not be deserialized properly: unexpected argument 'fn'",
                    f"loss {one['class_name']}",
                    only_compile=True,
                )

    def optimizer_arguments(self, name: str, config: dict[str, Any]) -> Iterator[Reason]:
        refused = self.known.refused(name, config, ("optimizers",)) or self.known.refused(
            name.lower(), config, ("optimizers",)
        )
        passed = ("decay", "is_legacy_optimizer", "name", "jit_compile")
        refused = [one for one in refused if one not in passed]
        if refused:
            values = {one: config[one] for one in refused}
            message = f"ValueError: Argument(s) not recognized: {values}"
            yield Reason("modelfile-old-optimizer", message, f"optimizer {name}", only_compile=True)

    def unknown_function(self, name: str, what: str) -> str:
        return (
            f"TypeError: Could not locate function '{name}'. Make sure custom classes are decorated with "
            "`@keras.saving.register_keras_serializable()`."
        )

    # ------------------------------------------------------------------------------------------------------ zips

    @property
    def may_differ(self) -> bool:
        """Whether another release of Keras wrote it than this one, which reads what it wrote itself."""
        return not self.file.is_of_keras_3 or release(self.file.keras)[:2] != self.known.version[:2]

    def is_plain_sequential(self) -> bool:
        """Whether a zip of Keras 2 names no module that Keras 3 does not have."""
        config = self.file.config or {}
        inner = any(one["class_name"] in configs.MODELS for one, _ in configs.walk(config))
        return config.get("class_name") == "Sequential" and config.get("module") == "keras" and not inner

    def of_zip(self) -> Iterator[Reason]:
        file = self.file
        is_old = bool(file.keras) and not file.is_of_keras_3
        config = file.config or {}
        if is_old and not self.is_plain_sequential():
            message = _no_module(config.get("class_name"), config.get("module"))
            yield Reason("saving-keras2-file", message, f"Keras {file.keras} wrote it")
        else:
            yield from self.layers(legacy=False)
        if is_old and "_layer_checkpoint_dependencies" in file.root:
            message = "ValueError: A total of 1 objects could not be loaded. Layer expected 2 variables, but received 0"
            yield Reason("saving-keras2-file", f"{message} variables during loading.", "its weights")
        yield from self.losses(file.training or {})


class _Keras2(_Keras):
    @property
    def no_config(self) -> str:  # type: ignore[override]
        return f"No model config found in the file at {self.path}."

    def _not_opened(self) -> str:
        return (
            "OSError: Unable to load model. Filepath is not an hdf5 file (or h5py is not available) or SavedModel. "
            f"Received: filepath={self.path}"
        )

    def by_name(self) -> Iterator[Reason]:
        file, path = self.file, self.path
        if file.kind is Kind.CONFIG and file.layout == "yaml":
            yield Reason("modelfile-yaml", "RuntimeError: Method `model_from_yaml()` has been removed")
        elif file.kind is Kind.KERAS_ZIP and file.layout == "folder":
            yield Reason("modelfile-unpacked", self._not_opened(), "a .keras that was unpacked")
        elif file.kind is Kind.KERAS_ZIP and not path.endswith(".keras"):
            yield Reason("modelfile-no-ending", self._not_opened(), "its name does not end in .keras")

    def contents(self) -> Iterator[Reason]:
        file = self.file
        if file.kind is Kind.SAVED_MODEL:
            yield from self.of_saved_model()
            return
        if file.is_of_keras_3 or _is_of_keras_3(file.config):
            yield from self.of_keras_3()
            return
        top = str((file.config or {}).get("class_name"))
        if top not in configs.MODELS:
            yield Reason("saving-custom-object", self.unknown_layer(top), f"the model's class {top}")
            return
        if file.kind is Kind.KERAS_ZIP:
            yield from self.of_zip()
        for layer, _ in configs.walk(file.config or {}):
            yield from self.layer(layer)
        if file.kind is Kind.H5_MODEL:
            yield from self.not_built()
        yield from self.reset_after()
        if file.training:
            yield from self.optimizer(file.training)
            yield from self.losses(file.training)

    def layer(self, layer: Mapping[str, Any]) -> Iterator[Reason]:
        name = str(layer["class_name"])
        inner = configs.parts(layer)
        where = f"layer {inner.get('name') or layer.get('name') or name}"
        if name in configs.MODELS:
            return
        if name.rpartition(">")[2] not in ever("layers") or ">" in name or configs.is_own(layer):
            yield Reason("saving-custom-object", self.unknown_layer(name), where)
            return
        if name == "MultiHeadAttention" and "query_shape" not in inner:
            yield Reason("saving-keras2-file", "KeyError: 'query_shape'", f"{where}: TensorFlow 2.4 did not write it")
        yield from self.functions(inner, where)
        yield from self.vocabulary(name, inner, where)
        if name == "Lambda":
            yield from self.byte_code(where)
            for code in [one for one in self.file.code if f"layer {one.layer}" == where][:1]:
                if code.what == "byte code" and self.file.kind is Kind.KERAS_ZIP:
                    yield Reason(
                        "saving-lambda",
                        "ValueError: Requested the deserialization of a Lambda layer with a Python `lambda` inside it.",
                        where,
                    )
                elif code.what != "byte code":
                    yield Reason(
                        "saving-custom-object", f"ValueError: Unknown function: '{', '.join(code.names)}'", where
                    )

    def of_keras_3(self) -> Iterator[Reason]:
        file = self.file
        config = file.config or {}
        module = config.get("module")
        if file.kind is Kind.KERAS_ZIP and module:
            yield Reason(
                "saving-file-of-newer-keras",
                _no_module(config.get("class_name"), module),
                f"Keras {file.keras} wrote it",
            )
        else:
            yield Reason(
                "saving-file-of-newer-keras",
                "TypeError: Error when deserializing class 'InputLayer'. Exception encountered: Unrecognized keyword "
                "arguments: ['batch_shape']",
                f"Keras {file.keras or '3'} wrote it",
            )

    def of_zip(self) -> Iterator[Reason]:
        """Between the releases of Keras 2 the layout of the weights changed."""
        file = self.file
        old = "_layer_checkpoint_dependencies" in file.root
        here = self.known.implementation is Implementation.KERAS_2 and self.known.version < (2, 14)
        if old != here and ("layers" in file.root or old):
            yield Reason(
                "saving-keras2-file",
                "ValueError: Layer expected 2 variables, but received 0 variables during loading.",
                f"Keras {file.keras} wrote it",
            )
        module = str((file.config or {}).get("module"))
        root = "tf_keras" if self.known.implementation is Implementation.TF_KERAS else "keras"
        if module.partition(".")[0] not in (root, "keras"):
            yield Reason(
                "saving-keras2-file",
                f"TypeError: Could not deserialize class because its parent module {module} cannot be imported.",
                f"Keras {file.keras} wrote it",
            )

    def reset_after(self) -> Iterator[Reason]:
        """Weights of a GRU that was made before ``reset_after`` was an argument."""
        for layer in self.file.layers:
            if layer.cls == "GRU" and "reset_after" not in layer.config:
                message = (
                    "ValueError: Shape mismatch: the bias of a GRU has another shape, since reset_after is now True"
                )
                yield Reason("modelfile-reset-after", message, f"layer {layer.name}")
                return

    def of_saved_model(self) -> Iterator[Reason]:
        file = self.file
        foreign = foreign_operations(file)
        if foreign:
            yield Reason(
                "modelfile-foreign-operation", f"Op type not registered '{foreign[0]}'", ", ".join(foreign[:5])
            )
        if file.layout == "bare":
            yield Reason(
                "modelfile-saved-object",
                f"ValueError: Unable to create a Keras model from SavedModel at {self.path}. This SavedModel was "
                "exported with `tf.saved_model.save`, and lacks the Keras metadata file.",
            )
        elif file.layout == "graph":
            yield Reason(
                "modelfile-saved-object",
                "IndexError: list index out of range",
                "TensorFlow 1 wrote the folder, with a graph and no objects",
            )
        elif file.layout != "keras":
            yield Reason(
                "modelfile-saved-object",
                "AttributeError: '_UserObject' object has no attribute 'predict'",
                "the folder holds no metadata of Keras",
            )
        elif file.training:
            yield from self.losses(file.training)  # layers come back without their classes, losses do not

    def optimizer_arguments(self, name: str, config: dict[str, Any]) -> Iterator[Reason]:
        return iter(())


# ----------------------------------------------------------------------------------------------------------- helpers


def _no_module(name: object, module: object) -> str:
    return f"TypeError: Could not deserialize class '{name}' because its parent module {module} cannot be imported."


def _is_of_keras_3(config: Optional[Mapping[str, Any]]) -> bool:
    """Whether a configuration is one of Keras 3, where nothing says which release wrote it."""
    for layer, _ in configs.walk(config):
        if layer["class_name"] == "InputLayer":
            return "batch_shape" in configs.parts(layer)
    return False


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and not configs.is_object(value):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if configs.is_object(value):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _objects(one)
    elif isinstance(value, list):
        for one in value:
            yield from _objects(one)


def _leaves(value: Any) -> Iterator[str]:
    """The names of functions and classes."""
    yield from _texts(value)
    for one in _objects(value):
        name = str(one["class_name"])
        inner = one["config"]
        if name == "function" and isinstance(inner, str):
            yield inner
        elif name == "MeanMetricWrapper" and isinstance(inner, dict) and isinstance(inner.get("fn"), str):
            yield inner["fn"]
        elif name not in ("MeanMetricWrapper", "LossFunctionWrapper"):
            yield name


def _is_builtin(name: str, room: str) -> bool:
    last = name.rpartition(">")[2]
    if ">" in name:
        return False
    return last in ever(room) or _camel(last) in _camels(room) or last in _SHORT


_SHORT = ("mse", "mae", "mape", "msle", "kld", "acc", "accuracy", "crossentropy", "ce", "cosine", "cosine_proximity",
          "MSE", "MAE", "MAPE", "MSLE", "KLD", "bce", "BCE", "log_cosh", "logcosh", "kullback_leibler_divergence",
          "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy", "")  # fmt: skip


def _camel(name: str) -> str:
    return name.replace("_", "").lower()


def _camels(room: str) -> frozenset[str]:
    return frozenset(map(_camel, ever(room) | ever("losses") | ever("metrics")))


def ranks(config: Any) -> dict[str, int]:
    """By the name of a layer the number of dimensions of what comes in, where that is known."""
    found: dict[str, int] = {}
    out: dict[str, int] = {}
    last: Optional[int] = None
    for layer, depth in configs.walk(config):
        if depth:
            continue
        inner = configs.parts(layer)
        name = str(layer.get("name") or inner.get("name"))
        shape = configs.batch_shape(inner)
        sources = _sources(layer.get("inbound_nodes"))
        rank = next((out[one] for one in sources if one in out), last if not sources else None)
        if shape is not None and (rank is None or layer["class_name"] == "InputLayer"):
            rank = len(shape)
        if rank is None:
            last = None
            continue
        found[name] = rank
        result = _rank_after(str(layer["class_name"]), inner, rank)
        last = result
        if result is not None:
            out[name] = result
    return found


Shape = tuple[Optional[int], ...]


def shapes(config: Any) -> tuple[dict[str, list[Optional[Shape]]], dict[str, list[str]]]:
    """By the name of a layer what comes in, None where that is not known, and the classes of the layers behind it."""
    incoming: dict[str, list[Optional[Shape]]] = {}
    following: dict[str, list[str]] = {}
    out: dict[str, Optional[Shape]] = {}
    last = ""
    for layer, depth in configs.walk(config):
        if depth:
            continue
        inner, cls = configs.parts(layer), str(layer["class_name"])
        name = str(layer.get("name") or inner.get("name"))
        sources = [one for one in _sources(layer.get("inbound_nodes")) if one in out] or ([last] if last else [])
        for one in sources:
            following.setdefault(one, []).append(cls)
        given = [out[one] for one in sources]
        shape = configs.batch_shape(inner)
        incoming[name] = given or [shape]
        out[name] = shape if not given else _shape_after(cls, inner, given[0])
        last = name if config.get("class_name") == "Sequential" else ""
    return incoming, following


def _shape_after(cls: str, inner: Mapping[str, Any], shape: Optional[Shape]) -> Optional[Shape]:
    if shape is None or cls in _SHAPELESS:
        return shape
    if cls == "Dense" and isinstance(inner.get("units"), int):
        return (*shape[:-1], inner["units"])
    if cls == "Embedding" and isinstance(inner.get("output_dim"), int):
        return (*shape, inner["output_dim"])
    return None


def joined(given: list[Shape], axis: int) -> Optional[Shape]:
    """The shape of some tensors that are concatenated; None where they do not go together."""
    axis %= len(given[0])
    others = {(*one[:axis], *one[axis + 1 :]) for one in given}
    sizes = [one[axis] for one in given if len(one) > axis]
    if len(others) > 1 or len(sizes) < len(given):
        return None
    known = [one for one in sizes if one is not None]
    size = sum(known) if len(known) == len(sizes) else None
    return (*given[0][:axis], size, *given[0][axis + 1 :])


def _calls_of_models(config: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Each reference to a model within a model as Keras 2 writes it: its name, which call, and of how many."""
    layers = configs.parts(config).get("layers")
    given = [one for one in layers if configs.is_object(one)] if isinstance(layers, list) else []
    calls = {
        str(one.get("name")): len(one["inbound_nodes"])
        for one in given
        if one["class_name"] in configs.MODELS and isinstance(one.get("inbound_nodes"), list)
    }
    for layer in given if calls else ():
        for node in layer.get("inbound_nodes") or ():
            for one in node if isinstance(node, list) else ():
                if isinstance(one, list) and len(one) > 1 and one[0] in calls and isinstance(one[1], int):
                    yield one[0], one[1], calls[one[0]]


def _sources(nodes: Any) -> list[str]:
    found: list[str] = []
    stack = [nodes]
    while stack and len(found) < 20:
        one = stack.pop()
        if isinstance(one, list):
            if one and isinstance(one[0], str):
                found.append(one[0])
            else:
                stack += one
        elif isinstance(one, dict):
            history = one.get("keras_history")
            if isinstance(history, list) and history:
                found.append(str(history[0]))
            else:
                stack += list(one.values())
    return found


def _rank_after(name: str, inner: Mapping[str, Any], rank: int) -> Optional[int]:
    if name == "Flatten" or name.startswith("Global"):
        return rank if inner.get("keepdims") else 2
    if name in ("Reshape",):
        shape = inner.get("target_shape")
        return len(shape) + 1 if isinstance(shape, list) else None
    if name in ("Embedding", "RepeatVector"):
        return rank + 1
    if name in configs.RECURRENT or name.startswith("CuDNN"):
        return 3 if inner.get("return_sequences") else (2 if rank == 3 and name != "Bidirectional" else None)
    if name in ("Lambda", "TimeDistributed", "Dot", "Functional", "Model", "Sequential") or name not in ever("layers"):
        return None
    return rank


def nearest_writer(file: ModelFile, verdicts: tuple[Verdict, ...]) -> Optional[Verdict]:
    """The stack whose numbers are the writer's: the same generation of Keras, and the nearest release."""
    usable = [one for one in verdicts if one.implementation is not None]
    if not usable:
        return None
    wants_3 = file.is_of_keras_3

    def distance(one: Verdict) -> tuple[bool, int]:
        own, theirs = release(one.version), release(file.keras or "0")
        return (one.implementation is Implementation.KERAS_3) != wants_3, abs(own[1] - theirs[1])

    return min(usable, key=distance)
