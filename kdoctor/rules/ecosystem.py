"""Packages around TensorFlow that stayed with Keras 2, seen in the environment's facts."""

from __future__ import annotations

from typing import Optional

from kdoctor.environment.facts import tensorflow_version
from kdoctor.environment.keras_names import legacy_is_asked
from kdoctor.environment.model import Distribution, Environment
from kdoctor.rules.patterns import Argument, Call, Method, Name, Site, likely
from kdoctor.rules.rule import Advice, Fault, Install, Reference, Rule, SetVariable, Symptom, UseLegacyKeras
from kdoctor.versions import minor, release
from kdoctor.words import LEGACY_VARIABLE, Implementation, Severity, StackId

_TF_KERAS = Install("Install the tf-keras of this TensorFlow", requirements=("tf-keras~={tensorflow_minor}.0",))


def _has(environment: Environment, package: str) -> bool:
    found = environment.package(package)
    return found is not None and not found.namespace


def _tf_keras_is_keras_3(environment: Environment) -> bool:
    """Whether ``tf.keras`` is Keras 3 with the variables as found."""
    return any(name.name == "tf.keras" and name.implementation is Implementation.KERAS_3 for name in environment.names)


def _named(distribution: Distribution) -> str:
    return f"{distribution.name} {distribution.version}"


def _needs_tf_keras(environment: Environment, name: str, without: str, with_it: str) -> Optional[Fault]:
    """The fault of a package that is written for tf-keras: it is missing, or tf.keras is another Keras than it."""
    found = environment.find(name)
    if found is None or not _tf_keras_is_keras_3(environment):
        return None
    tensorflow = tensorflow_version(environment)
    there = _has(environment, "tf_keras")
    return Fault(
        detail=f"{_named(found)} under TensorFlow {tensorflow}, whose tf.keras is Keras 3"
        + (f": {with_it}" if there else f", and no tf-keras: {without}"),
        severity=Severity.WARNING if there else Severity.ERROR,
        values={"tensorflow_minor": minor(tensorflow)},
    )


def _probability(environment: Environment) -> Optional[Fault]:
    return _needs_tf_keras(
        environment,
        "tensorflow-probability",
        "it cannot be imported",
        "its layers are those of tf-keras and fit into no tf.keras model",
    )


def _decision_forests(environment: Environment) -> Optional[Fault]:
    return _needs_tf_keras(
        environment,
        "tensorflow-decision-forests",
        "it cannot be imported",
        "its models are those of tf-keras and take no metric of tf.keras",
    )


def _addons(environment: Environment) -> Optional[Fault]:
    found, keras = environment.find("tensorflow-addons"), environment.find("keras")
    if found is None or keras is None or release(keras.version) < (3,) or not _has(environment, "tensorflow"):
        return None
    return Fault(f"{_named(found)} with Keras {keras.version}: it cannot be imported", Severity.ERROR)


def _keras_is_keras_3(environment: Environment) -> bool:
    stack = environment.stack(StackId.KERAS)
    return stack is not None and stack.implementation is Implementation.KERAS_3


def _onnx(environment: Environment) -> Optional[Fault]:
    found = environment.find("tf2onnx")
    if found is None or not _tf_keras_is_keras_3(environment):
        return None
    return Fault(
        f"{_named(found)} under TensorFlow {tensorflow_version(environment)}, whose tf.keras is Keras 3",
        Severity.WARNING,
        {"tensorflow_minor": minor(tensorflow_version(environment))},
    )


def _lacks_tensorboard(environment: Environment) -> bool:
    return release(tensorflow_version(environment) or "0") >= (2, 21) and environment.find("tensorboard") is None


def _writes_for_tensorboard(site: Site) -> bool:
    given = site.arguments.value("callbacks")
    return any(one.made_by == "keras.callbacks.TensorBoard" for one in given.items or (given,))


def _javascript(environment: Environment) -> Optional[Fault]:
    found = environment.find("tensorflowjs")
    if found is None or not _tf_keras_is_keras_3(environment):
        return None
    return Fault(
        f"{_named(found)} under TensorFlow {tensorflow_version(environment)}, whose tf.keras is Keras 3",
        Severity.WARNING,
        {"tensorflow_minor": minor(tensorflow_version(environment))},
    )


def _hub_without_pkg_resources(environment: Environment) -> Optional[Fault]:
    found = environment.find("tensorflow-hub")
    if found is None or release(found.version) > (0, 16, 1) or not environment.installed:
        return None
    setuptools = environment.find("setuptools")
    if setuptools is not None and release(setuptools.version) < (82,):
        return None
    beside = f"setuptools {setuptools.version}, which has no pkg_resources" if setuptools else "no setuptools"
    return Fault(f"{_named(found)} with {beside}: it cannot be imported", Severity.ERROR)


def _text_of_another_release(environment: Environment) -> Optional[Fault]:
    found, tensorflow = environment.find("tensorflow-text"), tensorflow_version(environment)
    if found is None or not tensorflow or minor(found.version) == minor(tensorflow):
        return None
    return Fault(
        f"{_named(found)} under TensorFlow {tensorflow}",
        Severity.ERROR,
        {"tensorflow_minor": minor(tensorflow)},
    )


def _transformers(environment: Environment) -> Optional[Fault]:
    found = environment.find("transformers")
    if found is None or release(found.version) >= (5,) or not _tf_keras_is_keras_3(environment):
        return None
    tensorflow = tensorflow_version(environment)
    if _has(environment, "tf_keras"):
        says = f"its TensorFlow models set {LEGACY_VARIABLE}=1 when they are imported"
    else:
        says = "its TensorFlow models refuse Keras 3, and there is no tf-keras"
    return Fault(
        f"{_named(found)} under TensorFlow {tensorflow}, whose tf.keras is Keras 3: {says}",
        # Its PyTorch models and its tokenizers are untouched by it.
        Severity.WARNING,
        {"tensorflow_minor": minor(tensorflow)},
    )


def _tuner(environment: Environment) -> Optional[Fault]:
    found, keras = environment.find("keras-tuner"), environment.find("keras")
    if found is None or keras is None or release(keras.version) < (3,):
        return None
    if not legacy_is_asked(environment) or not _has(environment, "tf_keras"):
        return None
    return Fault(
        f"{_named(found)} uses Keras {keras.version}, and {LEGACY_VARIABLE} makes tf.keras tf-keras",
        Severity.WARNING,
    )


RULES: tuple[Rule, ...] = (
    Rule(
        code="KD711",
        slug="ecosystem-probability",
        area="ecosystem",
        title="TensorFlow Probability needs tf-keras here",
        explanation=(
            "TensorFlow Probability stops with an error without tf-keras, because `tf.keras` is Keras 3. No "
            "result is wrong. Install tf-keras, and build models that hold its layers with `tf_keras`.\n\n"
            "TensorFlow Probability was not ported to Keras 3. It imports tf-keras and does not install it. With "
            "tf-keras its distributions work under any Keras. But its layers are layers of tf-keras, which a Keras 3 "
            "model does not accept. Sequential refuses them. In a functional model the message is about something else."
        ),
        symptoms=(
            "ModuleNotFoundError: No module named 'tf_keras'",
            "ValueError: Only instances of `keras.Layer` can be added to a Sequential model. Received: "
            "<tensorflow_probability.python.layers.{layer} object at ...> (of type "
            "<class 'tensorflow_probability.python.layers.{layer}'>)",
            "Failed to import TF-Keras. Please note that TF-Keras is not installed by default when you install "
            "TensorFlow Probability.",
            Symptom("AttributeError: 'tuple' object has no attribute 'rank'", generic=True),
        ),
        remedies=(
            _TF_KERAS,
            Advice(
                "Build models that hold layers of tfp with tf_keras",
                "import tf_keras\nmodel = tf_keras.Sequential([..., tfp.layers.DenseFlipout(1)])",
            ),
            UseLegacyKeras(),
        ),
        canary=False,
        detect=_probability,
        measured=(
            "Measured: tensorflow-probability 0.25.0 under TensorFlow 2.18.0 and Keras 3.8.0, without tf-keras and "
            "with tf-keras 2.18.0; the same layer trains in a model of tf_keras."
        ),
        uses=(Name("tensorflow_probability", imported=True),),
    ),
    Rule(
        code="KD712",
        slug="ecosystem-decision-forests",
        area="ecosystem",
        title="TensorFlow Decision Forests needs tf-keras here",
        explanation=(
            "The import of TensorFlow Decision Forests stops without tf-keras, because `tf.keras` is Keras 3. "
            "Your models are fine. Install tf-keras, and use metrics and `load_model()` of `tf_keras` with it.\n\n"
            "Its models are models of tf-keras. With tf-keras and Keras 3 installed they train and predict. But the "
            "metrics and `load_model()` of `tf.keras` are then those of Keras 3, and do not work with these models and "
            "their SavedModels."
        ),
        symptoms=(
            "ModuleNotFoundError: No module named 'tf_keras'",
            "AttributeError: 'Variable' object has no attribute '_distribute_strategy' (evaluate with a metric of "
            "tf.keras)",
            "ValueError: File format not supported: filepath=... Keras 3 only supports V3 `.keras` files and legacy H5 "
            "format files (`.h5` extension). ... (tf.keras.models.load_model)",
        ),
        remedies=(
            _TF_KERAS,
            UseLegacyKeras(),
        ),
        canary=False,
        detect=_decision_forests,
        measured=(
            "Measured: tensorflow-decision-forests 1.11.0 under TensorFlow 2.18.0 and Keras 3.8.0, without tf-keras "
            "and with tf-keras 2.18.0; under TF_USE_LEGACY_KERAS=1 the metric of tf.keras works."
        ),
        uses=(Name("tensorflow_decision_forests", imported=True),),
    ),
    Rule(
        code="KD713",
        slug="ecosystem-addons-keras-3",
        area="ecosystem",
        title="TensorFlow Addons cannot be imported with Keras 3",
        explanation=(
            "The import of TensorFlow Addons fails. Your models are fine. Use the layers, optimizers and metrics "
            "that Keras has instead, and remove the package.\n\n"
            "TensorFlow Addons imports inner parts of Keras 2 from the package keras. Where that is Keras 3 it cannot "
            "be imported. tf-keras does not help, because Addons does not use it. Most of what Addons held is in Keras "
            "now."
        ),
        symptoms=(Symptom("ModuleNotFoundError: No module named 'keras.src.engine'", generic=True),),
        remedies=(
            Advice(
                "Use what Keras has of it",
                "GroupNormalization, SpectralNormalization: keras.layers\n"
                "AdamW: keras.optimizers\nF1Score, R2Score: keras.metrics",
            ),
            Install("Remove it", uninstall=("tensorflow-addons",)),
        ),
        canary=False,
        detect=_addons,
        where=_keras_is_keras_3,
        measured=(
            "Measured: tensorflow-addons 0.23.0 under TensorFlow 2.18.0 and Keras 3.8.0, tf-keras 2.18.0 installed."
        ),
        uses=(Name("tensorflow_addons", imported=True),),
    ),
    Rule(
        code="KD714",
        slug="ecosystem-tf2onnx-keras-3",
        area="ecosystem",
        title="tf2onnx from_keras fails on a Keras 3 model",
        explanation=(
            "`tf2onnx.convert.from_keras` stops with an error. The Keras model is fine. Set `model.output_names` "
            "and pass `input_signature`, or convert a `tf.function` that calls the model.\n\n"
            "`from_keras` searches for the outputs of the traced model under the names that Keras 2 gave them. A "
            "Sequential model of Keras 3 always fails there. A functional one fails where no `input_signature` is "
            "given."
        ),
        symptoms=(Symptom("KeyError: 'keras_tensor_1'", generic=True), Symptom("KeyError: 'dense'", generic=True)),
        remedies=(
            Advice(
                "Name the outputs and pass input_signature",
                'model.output_names = ["output"]  # a Sequential model\n'
                'signature = [tf.TensorSpec((None, 3), tf.float32, name="x")]\n'
                "tf2onnx.convert.from_keras(model, input_signature=signature)",
            ),
            Advice(
                "Convert a function that calls the model",
                "call = tf.function(lambda x: model(x), input_signature=signature)\n"
                "tf2onnx.convert.from_function(call, input_signature=signature)",
            ),
        ),
        canary=False,
        detect=_onnx,
        measured="Measured: tf2onnx 1.17.0 under TensorFlow 2.18.0 and Keras 3.8.0; both ways out ran.",
        uses=(Call("tf2onnx.convert.from_keras"),),
    ),
    Rule(
        code="KD715",
        slug="ecosystem-hub-pkg-resources",
        area="ecosystem",
        title="tensorflow-hub cannot be imported without pkg_resources",
        explanation=(
            "`import tensorflow_hub` fails. Your code and your models are fine. Install `setuptools<81`, which "
            "still has `pkg_resources`.\n\n"
            "tensorflow-hub 0.16.1 imports `pkg_resources`, a part of setuptools up to 81. A newer setuptools removed "
            "it, and a new virtual environment may have no setuptools at all. What imports tensorflow-hub, such as "
            "tensorflowjs, stops at the same place."
        ),
        symptoms=(Symptom("ModuleNotFoundError: No module named 'pkg_resources'", generic=True),),
        remedies=(
            Install(
                ("Install a setuptools that has pkg_resources for tensorflow-hub"), requirements=("setuptools<81",)
            ),
        ),
        canary=False,
        detect=_hub_without_pkg_resources,
        measured="Measured: tensorflow-hub 0.16.1 and tensorflowjs 4.22.0 with setuptools 84.2.1.",
        uses=(Name("tensorflow_hub", imported=True),),
    ),
    Rule(
        code="KD716",
        slug="ecosystem-transformers-4",
        area="ecosystem",
        title="TF models of transformers 4 switch tf.keras to Keras 2",
        explanation=(
            "Importing a TF... class of transformers 4 fails without tf-keras, or makes `tf.keras` and your own "
            "models Keras 2; no result is wrong. Install tf-keras, and set `TF_USE_LEGACY_KERAS=1` yourself.\n\n"
            "The TF... classes of transformers 4 are models of tf-keras. Without tf-keras, importing one raises. With "
            "it, the import sets `TF_USE_LEGACY_KERAS=1` in your process unless you have set it. `tf.keras` is then "
            "tf-keras, if nothing has used it yet. The PyTorch classes and the tokenizers are not concerned."
        ),
        symptoms=(
            "ValueError: Your currently installed version of Keras is Keras 3, but this is not yet supported in "
            "Transformers. Please install the backwards-compatible tf-keras package with `pip install tf-keras`.",
            "ValueError: Data of type <class '{path}KerasTensor'> is not allowed only {text} is accepted for "
            "{argument}.",
            "tf.keras is tf-keras after `from transformers import TF...`",
        ),
        remedies=(
            _TF_KERAS,
            SetVariable(
                LEGACY_VARIABLE,
                "1",
                title="Set TF_USE_LEGACY_KERAS=1 yourself, so that the order of imports does not matter",
                cost="All of `tf.keras` is then Keras 2.",
            ),
        ),
        canary=False,
        detect=_transformers,
        measured=(
            "Measured: transformers 4.57.6 under TensorFlow 2.18.0 and Keras 3.8.0, without tf-keras and with tf-keras "
            "2.18.0: TF_USE_LEGACY_KERAS is unset after `import transformers` and 1 after `from transformers import "
            "TFBertModel`."
        ),
        uses=(Name("transformers.TF*", imported=True),),
    ),
    Rule(
        code="KD717",
        slug="ecosystem-text-other-release",
        area="ecosystem",
        title="tensorflow-text and TensorFlow are of different releases",
        explanation=(
            "The import of `tensorflow_text` fails. Your code and your models are fine. Install the "
            "tensorflow-text of the same number as TensorFlow.\n\n"
            "The compiled parts of tensorflow-text are linked against the TensorFlow of the same number. In another "
            "release they do not find the functions that they need. An upgrade of TensorFlow alone leaves the old "
            "tensorflow-text in place."
        ),
        symptoms=(
            "ImportError: {path}tensorflow_text{path}: undefined symbol: {name}",
            "NotFoundError: {path}tensorflow_text{path}: undefined symbol: {name}",
        ),
        remedies=(
            Install(
                "Install the tensorflow-text of this TensorFlow",
                requirements=("tensorflow-text~={tensorflow_minor}.0",),
            ),
        ),
        canary=False,
        detect=_text_of_another_release,
        measured="Measured: tensorflow-text 2.17.0 under TensorFlow 2.18.0 cannot be imported; 2.18.1 can.",
        uses=(Name("tensorflow_text", imported=True),),
    ),
    Rule(
        code="KD718",
        slug="ecosystem-tuner-legacy",
        area="ecosystem",
        title="keras-tuner refuses tf.keras models of Keras 2",
        explanation=(
            "keras-tuner refuses the model while `TF_USE_LEGACY_KERAS` is set; the model is fine. Unset the "
            "variable for programs that tune, or build the tuned model with `import keras`.\n\n"
            "keras-tuner uses `import keras`, which is Keras 3 whatever the variable says. With the variable, a model "
            "that your build function makes with `tf.keras` is one of tf-keras. keras-tuner does not recognise it as a "
            "model. Without the variable the same program runs."
        ),
        symptoms=(
            "keras_tuner.src.errors.FatalTypeError: Expected the model-building function, or HyperModel.build() to "
            "return a valid Keras Model instance. Received: <tf_keras.src.engine.{model} object at ...> "
            "of type <class 'tf_keras.src.engine.{model}'>.",
        ),
        remedies=(
            SetVariable(LEGACY_VARIABLE, None, title="Unset TF_USE_LEGACY_KERAS for programs that tune"),
            Advice(
                "Build the tuned model with the package keras",
                "Write `import keras` and keras.layers in the build function instead of tf.keras.",
            ),
        ),
        canary=False,
        detect=_tuner,
        measured=(
            "Measured: keras-tuner 1.4.8 under TensorFlow 2.18.0, Keras 3.8.0 and tf-keras 2.18.0, with the variable "
            "at 1 and without it."
        ),
        uses=(Name("{keras_tuner,kerastuner}", imported=True),),
    ),
    Rule(
        code="KD719",
        slug="ecosystem-tensorflowjs-keras-3",
        area="ecosystem",
        title="TensorFlow.js cannot load a converted Keras 3 model",
        explanation=(
            "The page stops when it loads the converted model; the Keras model is fine. Create and convert the "
            "model under Keras 2 (tf-keras).\n\n"
            "The converter accepts a Keras 3 model and gives no message. It writes its layers as Keras 3 describes "
            "them, with `batch_shape`. TensorFlow.js expects `batch_input_shape`, as Keras 2 called it. A model that "
            "is made under Keras 2 is converted and loads."
        ),
        symptoms=(
            "Error: An InputLayer should be passed either a `batchInputShape` or an `inputShape`.",
            "Uncaught (in promise) ... An InputLayer should be passed either a `batchInputShape` or an `inputShape`. "
            "...",
        ),
        remedies=(UseLegacyKeras(),),
        canary=False,
        detect=_javascript,
        references=(
            Reference(
                "https://github.com/tensorflow/tfjs/issues/8494",
                "Reports the message in the browser for a model that save_keras_model of tensorflowjs wrote.",
            ),
        ),
        measured=(
            "Measured: a Dense model of Keras 3.15.1, converted by tensorflowjs 4.22.0 under TensorFlow 2.18.0, in "
            "TensorFlow.js 4.22.0; made by tf-keras 2.18.0 it loads."
        ),
        uses=(Name("tensorflowjs", imported=True),),
    ),
    Rule(
        code="KD720",
        slug="ecosystem-tensorboard-missing",
        area="ecosystem",
        title="TensorBoard is not installed along with TensorFlow",
        explanation=(
            "Training with the callback `TensorBoard`, and `tf.summary.scalar`, stop with an error; no result is "
            "wrong. Install the package tensorboard.\n\n"
            "TensorFlow up to 2.20 brought tensorboard along. TensorFlow 2.21 does not, and `tf.summary.scalar`, "
            "`histogram`, `image`, `text` and `audio` are functions of that package."
        ),
        symptoms=("TBNotInstalledError: TensorBoard is not installed, missing implementation for {name}",),
        remedies=(Install("Install TensorBoard", requirements=("tensorboard",)),),
        canary=False,
        where=_lacks_tensorboard,
        measured="Measured: so on TensorFlow 2.21.0, which installs no tensorboard; TensorFlow 2.20.0 installs it.",
        uses=(
            Call("tf.summary.{scalar,histogram,image,text,audio}"),
            Call("keras.callbacks.TensorBoard", when=likely),
            Method("model", "{fit,evaluate,predict}", (Argument("callbacks"),), when=_writes_for_tensorboard),
        ),
    ),
)
