"""What one stack does with a file: every reason in the order in which they strike, and the best that is left.

The order is that of Keras's own loading: open by name and bytes, build the model from its configuration, read the
weights, compile. Whether a class exists and which arguments it takes comes from the recorded public API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Optional

from kdoctor.environment.model import Environment, Stack
from kdoctor.modelfiles import config as configs
from kdoctor.modelfiles.known import Known, ever, has_learned, is_operation, name_of, takes_functions
from kdoctor.modelfiles.model import Kind, ModelFile, Reason, Verdict, Way
from kdoctor.modelfiles.shapes import Shapes
from kdoctor.versions import release
from kdoctor.words import Implementation

NOTES = (
    "This stack cannot be used.",
    "Its HDF5 could not be read.",
    "Nothing is recorded of {keras}.",
    "Only Python {python} reads the function of layer {layer}. Load the file there, or build the model in code with a "
    "new function and call load_weights().",
)
"""What is said of a stack beside the reasons; the catalogues have it."""
BAD_CODE = "ValueError: bad marshal data (unknown type code)"
"""What a Python says of byte code that another one wrote."""
GONE_FROM_LAYERS = ("ThresholdedReLU", "RandomHeight", "RandomWidth")
"""Layers of Keras 3 that are found under the module in which Keras 3 has them, and under none that Keras 2 wrote."""
_LAMBDA_PASSES = ("module", "function_type", "output_shape_type", "output_shape_module")
"""What Keras 3 takes out of the configuration of an old Lambda before it makes the layer."""
_OPTIMIZER_PASSES = ("decay", "is_legacy_optimizer", "name", "jit_compile")
_NOT_KERAS = {
    Kind.TFLITE: "a TensorFlow Lite model is read by tf.lite.Interpreter, and by no Keras",
    Kind.TFJS: "a TensorFlow.js model is read by TensorFlow.js, and by the tensorflowjs package, which converts it",
    Kind.GRAPH: "a frozen graph is imported by tf.compat.v1.import_graph_def, and loaded by no Keras",
    Kind.CHECKPOINT: "a checkpoint holds numbers without the model, which your code has to build",
    Kind.ARRAYS: "NumPy arrays are no model",
    Kind.PICKLE: "a pickle is code as well as data; load_model does not read it",
    Kind.H5_OTHER: "its HDF5 is neither a model nor weights of Keras",
    Kind.UNKNOWN: "no kind of model that kdoctor knows",
}
_HDF5 = (Kind.H5_MODEL, Kind.H5_WEIGHTS, Kind.KERAS_WEIGHTS, Kind.H5_OTHER)
_DECORATED = "Make sure custom classes{functions} are decorated with `@keras.saving.register_keras_serializable()`."
_SCOPE = "Please ensure you are using a `{keras}.utils.custom_object_scope`"
_TEXTS = {
    "3 .h5": "OSError: Unable to synchronously open file (file signature not found)",
    "3 .keras": "ValueError: File not found: filepath={path}. Please ensure the file is an accessible `.keras` zip "
    "file.",
    "3 open": "ValueError: File format not supported: filepath={path}. Keras 3 only supports V3 `.keras` files, legacy "
    "H5 format files (`.h5` extension).",
    "2 open": "OSError: Unable to load model. Filepath is not an hdf5 file (or h5py is not available) or SavedModel. "
    "Received: filepath={path}",
    "no config": "ValueError: No model config found in the file at {path}.",
    "layer": f"ValueError: Unknown layer: '{{name}}'. {_SCOPE}",
    "called": "TypeError: too many positional arguments",
    "class": f"TypeError: Could not locate class '{{name}}'. {_DECORATED}",
    "module": "TypeError: Could not deserialize class '{name}' because its parent module {module} cannot be imported.",
    "3 function": f"TypeError: Could not locate function '{{name}}'. {_DECORATED}",
    "2 function": f"ValueError: Unknown {{what}} function: '{{name}}'. {_SCOPE}",
    "optimizer": "ValueError: Unknown optimizer: '{name}'",
    "optimizer arguments": "ValueError: Argument(s) not recognized: {values}",
    "arguments": "ValueError: Unrecognized keyword arguments passed to {name}: {values}",
    "initializer": "ValueError: Could not interpret initializer identifier: {{'class_name': '{name}', 'config': "
    "{{...}}}}",
    "3 array": "TypeError: Error when deserializing class '{name}' using config={{...}}. Exception encountered: '<' "
    "not supported between instances of 'dict' and 'int'",
    "2 array": "TypeError: float() argument must be a string or a real number, not 'dict'",
    "axis in a list": "TypeError: Error when deserializing class 'BatchNormalization' using config={{...}}. Exception "
    "encountered: int() argument must be a string, a bytes-like object or a real number, not 'list'",
    "output in a list": "ValueError: Invalid dtype: tuple",
    "newer output in a list": "ValueError: Cannot convert '((None, ...), ...)' to a shape. Found invalid dimension "
    "'(None, ...)' of type '<class 'tuple'>'.",
    "argument": "TypeError: Error when deserializing class '{layer}' using config={{...}}. Exception encountered: "
    "{name}.__init__() got an unexpected keyword argument '{values}'",
    "batch_shape": "TypeError: Error when deserializing class 'InputLayer'. Exception encountered: Unrecognized "
    "keyword arguments: ['batch_shape']",
    "bare list": "TypeError: pop expected at most 1 argument, got 2",
    "3 yaml": "AttributeError: module 'keras.models' has no attribute 'model_from_yaml'",
    "2 yaml": "RuntimeError: Method `model_from_yaml()` has been removed due to security risk of arbitrary code "
    "execution.",
    "not built": "ValueError: Layer count mismatch when loading weights from file. Model expected 0 layers",
    "pickled": "ValueError: Object arrays cannot be loaded when allow_pickle=False",
    "no weights": "ValueError: A total of 1 objects could not be loaded. Layer expected 2 variables, but received 0 "
    "variables during loading.",
    "operation": "Op type not registered '{name}'",
    "byte code": BAD_CODE,
    "unsafe": "ValueError: Requested the deserialization of a `Lambda` layer whose `function` is a Python lambda. This "
    "carries a potential risk of arbitrary code execution and thus it is disallowed by default.",
    "3 table": "FailedPreconditionError: Table not initialized",
    "2 table": "NotImplementedError: Save or restore weights that is not an instance of `tf.Variable` is not supported "
    "in h5",
    "slash": "ValueError: Argument `name` must be a string and cannot contain character `/`.",
    "policy": "AttributeError: 'str' object has no attribute 'quantization_mode'",
    "query shape": "KeyError: 'query_shape'",
    "text for function": "TypeError: Error when deserializing class '{name}' using config={{...}}: the text {taken!r} "
    "in it was replaced by a function",
    "further inputs": 'ValueError: Layer "{name}" expects 1 input(s), but it received {count} input tensors.',
    "value shape": "TypeError: MultiHeadAttention.build() missing 1 required positional argument: 'value_shape'",
    "ndim": 'ValueError: Input 0 of layer "{name}" is incompatible with the layer: expected ndim={rank}, found '
    "ndim={more}. Full shape received: (None, {shape})",
    "dimension": "ValueError: Invalid input shape for input Tensor. Expected shape (None, {shape}), but input has "
    "incompatible shape ({shape})",
    "loop": "ValueError: Invalid Functional model configuration. The graph of the Functional model either has loops or "
    "disconnected nodes.",
    "endless": "load_model() never returns: it waits in an endless loop for a call of a model within the model",
    "bias": "ValueError: Shape mismatch in layer (named {name}) for weight bias: that of a GRU has two rows, since "
    "reset_after is now True",
    "hard_sigmoid": "{argument}: hard_sigmoid is another function on Keras 3",
    "mask": "padded steps are no longer skipped where a recurrent layer gets its initial state",
    "axis": "axis={axis} of {name} is dropped when Keras {version} reads HDF5",
    "loss object": "TypeError: {name}.__init__() got an unexpected keyword argument 'fn'",
    "mse": "TypeError: Could not locate function '{name}'. Make sure custom classes are decorated with "
    "`@keras.saving.register_keras_serializable()`. Full object config: {{'module': 'keras.metrics', 'class_name': "
    "'function', 'config': '{name}', 'registered_name': '{name}'}}",
    "newer mse": "ValueError: Could not deserialize 'keras.metrics.{name}' because it is not a KerasSaveable subclass",
    "bare": "ValueError: Unable to create a Keras model from SavedModel at {path}. This SavedModel was exported with "
    "`tf.saved_model.save`, and lacks the Keras metadata file.",
    "graph": "IndexError: list index out of range",
    "object": "AttributeError: '_UserObject' object has no attribute 'predict'",
}
"""What Keras says, shortened; of what is silent, what changes."""


def judge(file: ModelFile, stack: Stack, environment: Environment) -> Verdict:
    """What a stack does with a file."""
    keras = f"{stack.implementation.label.split(' ')[0]} {stack.version}" if stack.implementation else ""
    label = f"{stack.id.value} · {keras}" if keras else stack.id.value
    verdict = Verdict(stack.id, label, stack.implementation, stack.version, Way.UNKNOWN)
    if not stack.available or stack.implementation is None:
        return replace(verdict, note=stack.reason or NOTES[0])
    if file.layout == "unread":
        return replace(verdict, note=NOTES[1])
    known = Known(stack.implementation, stack.version)
    if not known.is_recorded:
        return replace(verdict, note=NOTES[2].format(keras=keras))
    is_3 = stack.implementation is Implementation.KERAS_3
    reasons = tuple((_Keras3 if is_3 else _Keras2)(file, known, environment).reasons())
    unread = next((one for one in reasons if one.message == BAD_CODE), None)
    code = next((one for one in file.code if unread and unread.where.startswith(f"layer {one.layer},")), None)
    note = NOTES[3].format(python=code.python, layer=code.layer) if code else ""
    return replace(verdict, reasons=reasons, way=_way(file, reasons, is_3, bool(stack.tensorflow), known), note=note)


def _way(file: ModelFile, reasons: tuple[Reason, ...], is_3: bool, has_tensorflow: bool, known: Known) -> Way:
    loud = [one for one in reasons if not one.silent]
    if not loud:
        return Way.CONFIG if file.kind is Kind.CONFIG else Way.LOADS
    if all(one.only_compile for one in loud) and not (is_3 and file.kind is Kind.H5_MODEL and known.version < (3, 3)):
        return Way.NO_COMPILE
    if file.kind is not Kind.SAVED_MODEL or file.problems or not has_tensorflow or foreign_operations(file):
        return Way.NOT
    if not is_3 and file.layout not in ("bare", "graph") and all(one.slug == "modelfile-saved-object" for one in loud):
        return Way.OBJECT
    endpoint = endpoint_of(file)
    if is_3 and endpoint and has_variables_2(file) and (endpoint == "serve" or len(file.inputs) == 1):
        return Way.LAYER
    return Way.SIGNATURE if file.signatures else Way.OBJECT if file.endpoints else Way.NOT


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
    marks = ("Sentencepiece", "WhitespaceTokenize", "WordpieceTokenize", "SimpleML", "RegexSplit", "BertTokenizer",
             "FastWordpiece")  # fmt: skip
    return tuple(one for one in file.operations if one.startswith(marks) or ">" in one)


class _Keras:
    """What both generations have in common."""

    generation = ""

    def __init__(self, file: ModelFile, known: Known, environment: Environment) -> None:
        self.file, self.known, self.path = file, known, file.path
        self.python = environment.interpreter.version
        self.config: Mapping[str, Any] = file.config or {}
        self.models = configs.models(self.config)

    def why(
        self, slug: str, text: str, where: str = "", *, silent: bool = False, only_compile: bool = False, **names: Any
    ) -> Reason:
        """A reason in the words of this generation of Keras."""
        keras = "keras" if self.generation == "3" else "tf.keras"
        template = _TEXTS.get(f"{self.generation} {text}") or _TEXTS[text]
        names.update(path=self.path, keras=keras, functions=" and functions" if self.known.version >= (3, 12) else "")
        return Reason(slug, template.format(**names), where, silent, only_compile)

    def reasons(self) -> Iterator[Reason]:
        """All of them, the first one first."""
        file = self.file
        if file.kind is Kind.POINTER:
            yield self.why("modelfile-lfs-pointer", self.opening(), "a Git LFS pointer")
            return
        named = list(self.by_name())
        yield from named
        if file.problems:
            yield from self.damaged(bool(named))
        if file.kind in _NOT_KERAS:
            if not named:
                yield self.why("modelfile-not-keras", self.opening(), _NOT_KERAS[file.kind])
        elif file.kind in (Kind.H5_WEIGHTS, Kind.KERAS_WEIGHTS):
            yield self.why("modelfile-weights-only", "no config", "the file holds weights without the model")
        elif file.config is not None or file.kind is Kind.SAVED_MODEL:
            yield from self.contents()

    def opening(self) -> str:
        """The key of the message over a file that cannot be opened."""
        ending = next((one for one in (".h5", ".keras") if self.path.endswith(one)), "")
        ending = ".h5" if self.path.endswith(".hdf5") else ending
        return ending if self.generation == "3" and ending else "open"

    def damaged(self, is_told: bool) -> Iterator[Reason]:
        """What is broken; where the name already stops it, that alone."""
        said = " ".join(self.file.problems)
        first = self.file.problems[0]
        if is_told:
            yield Reason("modelfile-damaged", said)
        elif self.file.kind in _HDF5 and "HDF5" in first:
            yield Reason("modelfile-damaged", f"OSError: {first.partition(': ')[2]}", said)
        elif self.file.kind is Kind.UNKNOWN:
            yield self.why("modelfile-damaged", self.opening(), said)
        else:
            yield Reason("modelfile-damaged", said)

    def by_name(self) -> Iterator[Reason]:
        """What the name of the file, or its kind, makes of it."""
        raise NotImplementedError

    def contents(self) -> Iterator[Reason]:
        """What stands in it."""
        raise NotImplementedError

    def pickled(self) -> Iterator[Reason]:
        """Weights in an ``.npz``, which keeps the numbers of each layer in a pickle."""
        first = {Implementation.KERAS_3: (3, 9), Implementation.TF_KERAS: (2, 20)}.get(self.known.implementation)
        if "model.weights.npz" in self.file.root and first and self.known.version >= first:
            yield self.why("modelfile-damaged", "pickled", "model.weights.npz")

    def not_built(self) -> Iterator[Reason]:
        """A Sequential that has no weights yet when those of the file are read."""
        if self.file.variables and not self.file.is_of_keras_3 and configs.has_no_shape(self.config):
            where = "nothing in the file says the shape of the input, so that the model is not built"
            yield self.why("saving-weights-do-not-fit", "not built", where)

    def reset_after(self) -> Iterator[Reason]:
        """Weights of a GRU that was made before ``reset_after`` was an argument."""
        for layer in self.file.layers:
            if layer.cls == "GRU" and "reset_after" not in layer.config:
                yield self.why("modelfile-reset-after", "bias", f"layer {layer.name}", name=layer.name)
                return

    def byte_code(self, where: str) -> Iterator[Reason]:
        """A Lambda whose byte code another Python wrote."""
        for code in self.file.code:
            is_known = f"layer {code.layer}" == where and code.python and self.python
            if is_known and code.python != configs.reads_code_of(self.python):
                yield self.why("saving-lambda", "byte code", f"{where}, byte code of Python {code.python}")

    def optimizer(self, training: Mapping[str, Any]) -> Iterator[Reason]:
        """What of the optimizer's configuration is refused."""
        given = training.get("optimizer_config") or training.get("optimizer")
        if not configs.is_object(given):
            return
        name = str(given["class_name"]).rpartition(">")[2]
        spelled = next((one for one in (name, name.lower()) if self.known.has(one, ("optimizers",))), "")
        where = f"optimizer {name}"
        if not spelled:
            yield self.why("saving-custom-object", "optimizer", where, only_compile=True, name=name)
            return
        config, module = configs.parts(given), str(given.get("module"))
        if self.generation == "3" and module in ("keras.optimizers.legacy", "keras.optimizers.experimental"):
            yield self.why("modelfile-old-optimizer", "module", where, only_compile=True, name=name, module=module)
            return
        passes = _OPTIMIZER_PASSES if self.file.kind is Kind.H5_MODEL else ("decay",)
        refused = self.known.refused(spelled, config, ("optimizers",)) if self.generation == "3" else []
        values = {one: config[one] for one in refused if one not in passes}
        if values:
            yield self.why("modelfile-old-optimizer", "optimizer arguments", where, only_compile=True, values=values)

    def losses(self, training: Mapping[str, Any]) -> Iterator[Reason]:
        """Losses and metrics that are not Keras's."""
        for part, what in (("loss", "loss"), ("metrics", "metric"), ("weighted_metrics", "metric")):
            for name in _names(training.get(part)):
                if not _is_builtin(name):
                    yield self.why(
                        "saving-custom-object", "function", f"{what} {name}", only_compile=True, name=name, what=what
                    )

    def functions(self, inner: Mapping[str, Any], where: str) -> Iterator[Reason]:
        """Activations that are no Keras's."""
        for argument in ("activation", "recurrent_activation"):
            name = name_of(inner.get(argument))
            if name and name.rpartition(">")[2] not in ever("activations") | ever("layers"):
                where = f"{where}, {argument}"
                yield self.why("saving-custom-object", "function", where, name=name, what="activation")

    def vocabulary(self, layer: Mapping[str, Any], where: str) -> Iterator[Reason]:
        """What was adapted to texts keeps its words outside of what HDF5 can hold."""
        if self.file.kind is Kind.H5_MODEL and has_learned(layer):
            yield self.why("modelfile-vocabulary", "table", where)

    def is_foreign(self, layer: Mapping[str, Any], *, by_module: bool) -> bool:
        """Whether a layer is of no Keras, as far as its name and module say."""
        name = str(layer["class_name"])
        return ">" in name or name not in ever("layers") or (by_module and configs.is_own(layer))


class _Keras3(_Keras):
    generation = "3"

    def by_name(self) -> Iterator[Reason]:
        file, path = self.file, self.path
        if file.kind is Kind.CONFIG:
            if file.layout == "yaml":
                yield self.why("modelfile-yaml", "yaml")
        elif file.kind is Kind.SAVED_MODEL:
            yield self.why("savedmodel-load-model", self.opening())
        elif file.kind in _HDF5:
            if path.endswith(".keras"):
                yield self.why("modelfile-h5-named-keras", self.opening(), "it is HDF5 in spite of its name")
            elif not path.endswith((".h5", ".hdf5")):
                yield self.why("modelfile-no-ending", self.opening(), "its name ends neither in .h5 nor in .hdf5")
        elif file.kind is Kind.KERAS_ZIP:
            if file.layout == "folder" and self.known.version < (3, 10):
                yield self.why("modelfile-unpacked", self.opening(), "a .keras that was unpacked")
            elif file.layout != "folder" and not path.endswith(".keras"):
                yield self.why("modelfile-no-ending", self.opening(), "its name does not end in .keras")

    def contents(self) -> Iterator[Reason]:
        if self.file.kind is Kind.SAVED_MODEL:
            if foreign := foreign_operations(self.file):
                yield self.why("modelfile-foreign-operation", "operation", ", ".join(foreign[:5]), name=foreign[0])
        elif self.file.kind is Kind.CONFIG:
            if "module" not in self.config:
                where, name = "the JSON of Keras 2 names no modules", self.config.get("class_name")
                yield self.why("saving-json-keras2", "class", where, name=name)
            yield from self.layers(legacy=False)
        elif self.file.kind is Kind.H5_MODEL:
            yield from self.of_h5()
        elif self.file.kind is Kind.KERAS_ZIP:
            yield from self.of_zip()

    def of_h5(self) -> Iterator[Reason]:
        if any(isinstance(one.get("config"), list) for one in self.models):
            where = "its Sequential is a bare list of layers, as Keras wrote up to 2.2.2"
            yield self.why("modelfile-list-config", "bare list", where)
        yield from self.layers(legacy=True)
        if self.file.training:
            yield from self.compiled(self.file.training)

    def layers(self, *, legacy: bool) -> Iterator[Reason]:
        """Each layer in the order in which they are made."""
        top = str(self.config.get("class_name"))
        if top not in configs.MODELS:
            where = f"the model's class {top}"
            yield self.not_located(self.config, legacy, "saving-custom-object", where)
            return
        seen: set[str] = set()
        for layer, _ in configs.walk(self.config):
            for reason in self.layer(layer, legacy):
                key = f"{reason.slug} {reason.message}"
                if key not in seen:
                    seen.add(key)
                    yield reason
        waiting = (name for one in self.models for name, number, calls in _calls_of_models(one) if number >= calls)
        for name in list(waiting)[:1]:
            text = "loop" if self.known.version[:2] == (3, 12) or self.known.version >= (3, 14) else "endless"
            yield self.why("modelfile-nested-model", text, f"model {name}")
        if legacy:
            yield from self.outputs_in_lists()
            yield from self.without_input_layer()
            yield from self.not_built()
        yield from self.reset_after()

    def layer(self, layer: Mapping[str, Any], legacy: bool) -> Iterator[Reason]:
        name = str(layer["class_name"])
        inner = configs.parts(layer)
        where = f"layer {inner.get('name') or layer.get('name') or name}"
        is_old = legacy and "module" not in layer
        if name in configs.MODELS:
            if legacy and configs.is_of_engine(layer):
                yield self.why("saving-keras2-file", "module", where.replace("layer", "model"), name=name,
                               module=layer["module"])  # fmt: skip
            return
        if str(layer.get("module")).startswith("keras.src.ops") and not legacy:
            return  # an operation of a functional model
        if is_old and self.file.is_of_keras_3 and is_operation(name, inner):
            text = "called" if self.known.has(name) else "layer"
            yield self.why("modelfile-operation", text, f"operation {inner.get('name')}", name=name)
            return
        if self.is_foreign(layer, by_module=not legacy):
            yield self.not_located(layer, legacy, "saving-custom-object", where)
            return
        is_gone = name in GONE_FROM_LAYERS and (is_old or layer.get("module") == "keras.layers")
        if is_gone or not self.known.has(name):
            yield self.not_located(layer, legacy, "modelfile-layer-gone", f"{where}: Keras 3 has no {name}")
            return
        if name == "Lambda":
            yield from self.function(where)
            yield from self.byte_code(where)
        if "/" in str(inner.get("name")):
            yield self.why("layers-name-slash", "slash", where)
        if configs.is_object(inner.get("dtype")) and inner["dtype"]["class_name"] == "Policy":
            yield self.why("modelfile-dtype-policy", "policy", f"{where}, dtype")
        yield from self.vocabulary(layer, where)
        yield from self.arguments(name, inner, where, legacy, is_old)
        yield from self.functions(inner, where)
        if is_old and (taken := takes_functions(inner)):
            yield self.why("modelfile-function-name", "text for function", where, name=name, taken=taken[0])
        if configs.several(layer):
            text = "value shape" if name == "MultiHeadAttention" else "further inputs"
            count = len(next(one for one in layer["inbound_nodes"] if isinstance(one, list) and one))
            its = f"{where}, its inputs"
            yield self.why("saving-config-of-keras2", text, its, name=inner.get("name"), count=max(count, 2))
            if name in configs.RECURRENT and configs.mask_of(self.config, str(layer.get("name"))):
                yield self.why("mask-rnn-initial-state", "mask", where, silent=True)
        wrapped = next((one for one in configs.held(inner) if "module" not in one), None)
        if wrapped is not None and "module" not in self.config:
            yield self.not_located(wrapped, False, "modelfile-wrapped-layer", f"{where}, what it wraps")
        yield from self.silent(name, inner, where, legacy)

    def arguments(
        self, name: str, inner: Mapping[str, Any], where: str, legacy: bool, is_old: bool
    ) -> Iterator[Reason]:
        """What a class of this release does not take."""
        if self.file.is_of_keras_3 and release(self.file.keras)[:2] == self.known.version[:2]:
            return  # it reads what it wrote itself
        given = {key: value for key, value in inner.items() if key != "axis" or not legacy}
        if is_old and "batch_input_shape" in given and name != "InputLayer":
            given["input_shape"] = given.pop("batch_input_shape")
        refused = self.known.refused(name, given) if name != "InputLayer" else []
        values = {one: given[one] for one in refused if not (is_old and name == "Lambda" and one in _LAMBDA_PASSES)}
        if values:
            yield self.why("saving-config-of-keras2", "arguments", where, name=name, values=values)
        for key in configs.arrays(inner):
            yield self.why("saving-config-of-keras2", "array", f"{where}, {key}", name=name)
        if name == "BatchNormalization" and not is_old and isinstance(inner.get("axis"), list):
            yield self.why("saving-config-of-keras2", "axis in a list", f"{where}, axis")
        slug = "saving-file-of-newer-keras" if self.file.is_of_keras_3 else "saving-config-of-keras2"
        for key, part in self.known.unread_parts(inner):
            yield self.why(slug, "initializer", f"{where}, {key}", name=part)
        for key, part, arguments in self.known.refused_parts(inner):
            yield self.why(slug, "argument", f"{where}, {key}", layer=name, name=part, values=arguments[0])

    def function(self, where: str) -> Iterator[Reason]:
        """The function of a Lambda."""
        code = next((one for one in self.file.code if f"layer {one.layer}" == where), None)
        if code is None:
            return
        if code.what != "byte code":
            yield self.why("saving-custom-object", "function", where, name=", ".join(code.names))
        elif self.file.kind is not Kind.H5_MODEL or self.known.version >= (3, 11):
            yield self.why("saving-lambda", "unsafe", where)

    def not_located(self, layer: Mapping[str, Any], legacy: bool, slug: str, where: str) -> Reason:
        """A class is not found, in the words of the place where it is searched."""
        name, module = str(layer.get("class_name")), layer.get("module")
        if legacy and "module" not in layer:
            return self.why(slug, "layer", where, name=name)
        is_keras = module and not configs.is_own(layer) and module not in ("keras", "keras.layers")
        return self.why(slug, "module" if is_keras else "class", where, name=name, module=module)

    def outputs_in_lists(self) -> Iterator[Reason]:
        """Functional models within a Sequential, which answer with a list of one tensor."""
        within = [one for model in self.models for one in configs.layers_of_sequential(model)[:-1]]
        listed = [one for one in within if configs.has_listed_output(one)]
        if listed and not (3, 3) <= self.known.version < (3, 11):
            text = "output in a list" if self.known.version < (3, 13) else "newer output in a list"
            name = listed[0].get("name") or configs.parts(listed[0]).get("name")
            yield self.why("saving-config-of-keras2", text, f"model {name}")

    def without_input_layer(self) -> Iterator[Reason]:
        """A Sequential whose first layer alone says the shape."""
        for model in self.models:
            first = next(iter(configs.layers_of_sequential(model)), None)
            if first is None or first["class_name"] == "InputLayer":
                continue
            shape = configs.parts(first).get("batch_input_shape")
            if isinstance(shape, list):
                where = "the first layer has the shape, and there is no InputLayer"
                names: dict[str, Any] = {
                    "name": configs.parts(first).get("name"),
                    "rank": len(shape),
                    "more": len(shape) + 1,
                }
                text = "ndim" if first["class_name"] in configs.RECURRENT else "dimension"
                yield self.why("modelfile-batch-input-shape", text, where, shape=str(shape)[1:-1], **names)
                return

    @cached_property
    def shapes(self) -> Shapes:
        """Of the whole model."""
        return Shapes(self.config)

    def silent(self, name: str, inner: Mapping[str, Any], where: str, legacy: bool) -> Iterator[Reason]:
        """What changes the numbers and raises nothing."""
        if not self.file.is_of_keras_3 and self.file.keras:
            for argument in ("activation", "recurrent_activation"):
                if name_of(inner.get(argument)) == "hard_sigmoid":
                    yield self.why("training-hard-sigmoid", "hard_sigmoid", where, silent=True, argument=argument)
        axis, layer = inner.get("axis"), str(inner.get("name"))
        is_dropped = isinstance(axis, list) and len(axis) != 1
        is_dropped = is_dropped or (isinstance(axis, int) and self.known.version < (3, 9))
        if legacy and is_dropped and axis not in (-1, [-1]) and not self.shapes.is_last(layer, axis):
            stored = any(layer in one.path.split("/") for one in self.file.variables)
            fits = self.shapes.fits_without(layer, axis, stored)
            version = ".".join(map(str, self.known.version[:2]))
            yield self.why("saving-h5-axis", "axis", where, silent=fits, axis=axis, name=name, version=version)

    def compiled(self, training: Mapping[str, Any]) -> Iterator[Reason]:
        """What strikes when the model is compiled as it was."""
        yield from self.optimizer(training)
        yield from self.losses(training)
        parts = [training.get(what) for what in ("loss", "metrics", "weighted_metrics")]
        short = [one for part in parts for one in _given(part) if one in ("mse", "mae", "mape", "msle", "kld")]
        if short:
            where = f"compiled with {short[0]!r}"
            text = "mse" if self.known.version < (3, 11) else "newer mse"
            yield self.why("saving-h5-mse", text, where, only_compile=True, name=short[0])
        yield from self.loss_objects(training)

    def loss_objects(self, training: Mapping[str, Any]) -> Iterator[Reason]:
        """Losses that were made as objects, whose function Keras 3 does not take."""
        for one in filter(configs.is_object, _given(training.get("loss"))):
            if "fn" in configs.parts(one) or (not self.file.is_of_keras_3 and "module" not in one):
                name = one["class_name"]
                yield self.why("saving-h5-loss-object", "loss object", f"loss {name}", only_compile=True, name=name)

    def of_zip(self) -> Iterator[Reason]:
        file, config = self.file, self.config
        is_old = bool(file.keras) and not file.is_of_keras_3
        is_one = config.get("class_name") == "Sequential" and config.get("module") == "keras"
        is_plain = is_one and len(self.models) == 1
        if is_old and not is_plain:
            first = next(filter(configs.is_of_engine, self.models), config)
            where, name, module = f"Keras {file.keras} wrote it", first.get("class_name"), first.get("module")
            yield self.why("saving-keras2-file", "module", where, name=name, module=module)
        yield from self.layers(legacy=False)
        if is_old and "_layer_checkpoint_dependencies" in file.root:
            yield self.why("saving-keras2-file", "no weights", "its weights")
        yield from self.pickled()
        training = file.training or {}
        if is_old:
            yield from self.optimizer(training)
            yield from self.loss_objects(training)
        yield from self.losses(training)


class _Keras2(_Keras):
    generation = "2"

    def by_name(self) -> Iterator[Reason]:
        file = self.file
        if file.kind is Kind.CONFIG and file.layout == "yaml":
            yield self.why("modelfile-yaml", "yaml")
        elif file.kind is Kind.KERAS_ZIP and file.layout == "folder":
            yield self.why("modelfile-unpacked", self.opening(), "a .keras that was unpacked")
        elif file.kind is Kind.KERAS_ZIP and not self.path.endswith(".keras"):
            yield self.why("modelfile-no-ending", self.opening(), "its name does not end in .keras")

    def contents(self) -> Iterator[Reason]:
        file, config = self.file, self.config
        if file.kind is Kind.SAVED_MODEL:
            yield from self.of_saved_model()
            return
        if file.is_of_keras_3 or _is_of_keras_3(config):
            where = f"Keras {file.keras or '3'} wrote it"
            text = "module" if file.kind is Kind.KERAS_ZIP and config.get("module") else "batch_shape"
            name, module = config.get("class_name"), config.get("module")
            yield self.why("saving-file-of-newer-keras", text, where, name=name, module=module)
            return
        top = str(config.get("class_name"))
        if top not in configs.MODELS:
            yield self.why("saving-custom-object", "layer", f"the model's class {top}", name=top)
            return
        if file.kind is Kind.KERAS_ZIP:
            yield from self.of_zip()
        for layer, _ in configs.walk(config):
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
        if self.is_foreign(layer, by_module=True):
            yield self.why("saving-custom-object", "layer", where, name=name)
            return
        for key in configs.arrays(inner):
            yield self.why("saving-keras2-file", "array", f"{where}, {key}")
        if name == "MultiHeadAttention" and "query_shape" not in inner:
            yield self.why("saving-keras2-file", "query shape", f"{where}: TensorFlow 2.4 did not write it")
        yield from self.functions(inner, where)
        yield from self.vocabulary(layer, where)
        if name == "Lambda":
            yield from self.byte_code(where)
            code = next((one for one in self.file.code if f"layer {one.layer}" == where), None)
            if code and code.what != "byte code":
                yield self.why("saving-custom-object", "function", where, name=", ".join(code.names), what="layer")
            elif code and self.file.kind is Kind.KERAS_ZIP:
                yield self.why("saving-lambda", "unsafe", where)

    def of_zip(self) -> Iterator[Reason]:
        """Between the releases of Keras 2 the layout of the weights changed."""
        file = self.file
        where = f"Keras {file.keras} wrote it"
        old = "_layer_checkpoint_dependencies" in file.root
        reads_old = self.known.implementation is Implementation.KERAS_2 and self.known.version < (2, 14)
        if old != reads_old and ("layers" in file.root or old):
            yield self.why("saving-keras2-file", "no weights", where)
        name, module = self.config.get("class_name"), str(self.config.get("module"))
        yield from self.pickled()
        root = "tf_keras" if self.known.implementation is Implementation.TF_KERAS else "keras"
        if module.partition(".")[0] not in (root, "keras"):
            yield self.why("saving-keras2-file", "module", where, name=name, module=module)

    def of_saved_model(self) -> Iterator[Reason]:
        file = self.file
        if foreign := foreign_operations(file):
            yield self.why("modelfile-foreign-operation", "operation", ", ".join(foreign[:5]), name=foreign[0])
        if file.layout == "bare":
            yield self.why("modelfile-saved-object", "bare")
        elif file.layout == "graph":
            where = "TensorFlow 1 wrote the folder, with a graph and no objects"
            yield self.why("modelfile-saved-object", "graph", where)
        elif file.layout != "keras":
            yield self.why("modelfile-saved-object", "object", "the folder holds no metadata of Keras")
        elif file.training:
            yield from self.losses(file.training)  # layers come back without their classes, losses do not


def _is_of_keras_3(config: Optional[Mapping[str, Any]]) -> bool:
    """Whether a configuration is one of Keras 3, where nothing says which release wrote it."""
    first = next((layer for layer, _ in configs.walk(config) if layer["class_name"] == "InputLayer"), None)
    return first is not None and "batch_shape" in configs.parts(first)


def _given(value: Any) -> Iterator[Any]:
    """The texts and the objects in losses or metrics; those within objects are left out."""
    if isinstance(value, str) or configs.is_object(value):
        yield value
    else:
        for one in value.values() if isinstance(value, dict) else configs.listed(value):
            yield from _given(one)


def _names(value: Any) -> Iterator[str]:
    """The names of functions and classes in losses or metrics."""
    for one in _given(value):
        if isinstance(one, str):
            yield one
            continue
        name, inner = one["class_name"], one["config"]
        function = inner.get("fn") if isinstance(inner, dict) else inner
        if name not in ("function", "MeanMetricWrapper", "LossFunctionWrapper"):
            yield name
        elif isinstance(function, str) and name != "LossFunctionWrapper":
            yield function


_SHORT = {"mse", "mae", "mape", "msle", "kld", "acc", "accuracy", "crossentropy", "ce", "cosine", "cosineproximity",
          "bce", "logcosh", "kullbackleiblerdivergence", ""}  # fmt: skip


def _is_builtin(name: str) -> bool:
    known = {_plain(one) for one in ever("losses") | ever("metrics")}
    return ">" not in name and _plain(name) in _SHORT | known


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _calls_of_models(config: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Each reference to a model within a model as Keras 2 writes it: its name, which call, and of how many."""
    given = configs.layers_of(config)
    models = [one for one in given if one["class_name"] in configs.MODELS]
    calls = {str(one.get("name")): len(configs.listed(one.get("inbound_nodes"))) for one in models}
    nodes = [node for one in given for node in configs.listed(one.get("inbound_nodes")) if calls]
    for one in [reference for node in nodes for reference in configs.listed(node)]:
        name, number, *_ = [*configs.listed(one), None, None]
        if isinstance(name, str) and isinstance(number, int) and name in calls:
            yield name, number, calls[name]


def nearest_writer(file: ModelFile, verdicts: tuple[Verdict, ...]) -> Optional[Verdict]:
    """The stack whose numbers are the writer's: the same generation of Keras, and the nearest release."""

    def distance(one: Verdict) -> tuple[bool, int]:
        own, theirs = release(one.version), release(file.keras or "0")
        return (one.implementation is Implementation.KERAS_3) != file.is_of_keras_3, abs(own[1] - theirs[1])

    return min((one for one in verdicts if one.implementation is not None), key=distance, default=None)
