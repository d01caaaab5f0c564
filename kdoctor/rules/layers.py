"""Layers: people's own ones, and arguments of the built-in ones that Keras 2 took."""

from __future__ import annotations

import ast

from kdoctor.rules.patterns import LIKELY, Answer, Applied, Argument, Attribute, Call, Method, Name, Site
from kdoctor.rules.rule import CodeChange, Reference, Rule, Symptom, Upgrade, UseLegacyKeras

GUIDE = "https://keras.io/guides/migrating_to_keras_3"
INCOMPATIBILITIES = "https://github.com/keras-team/keras/issues/18467"
ON_KERAS_3 = (
    "measured here: so on Keras 3.0.5, 3.3.3, 3.4.1, 3.8.0, 3.10.0, 3.12.0 and 3.15.1; not on Keras 2 and tf-keras."
)


def _keeps_module(site: Site) -> bool:
    return any(item.kind == "module" for item in site.given.items or (site.given,))


def _keeps_static_shape(site: Site) -> bool:
    return any(item.kind == "static-shape" for item in site.given.items or (site.given,))


def _takes_one_mask(site: Site) -> bool:
    """The layer is the code's own, with a ``call`` that takes several inputs and one ``mask``."""
    call = site.receiver.method("call")
    if call is None or not isinstance(call.node, ast.FunctionDef):
        return False
    arguments = call.node.args
    names = [parameter.arg for parameter in (*arguments.posonlyargs, *arguments.args)]
    return "mask" in names and len(names) - len(arguments.defaults) >= 3


def _is_of_sequential(site: Site) -> bool:
    return site.receiver.made_by == "keras.Sequential"


def _normalises_behind_resizing(site: Site) -> bool:
    """A Sequential, written out, in which what depends on training stands behind a layer that resizes."""
    model = site.receiver
    layers = model.arguments.value("layers", 0).items if model.arguments else ()
    names = [layer.made_by.rpartition(".")[2] for layer in layers]
    first = next((index for index, name in enumerate(names) if name in ("Resizing", "CenterCrop")), len(names))
    return any(name.endswith(("BatchNormalization", "Dropout")) for name in names[first:])


def _has_mixed_weights(site: Site) -> Answer:
    """A class of the code with weights of its own and layers, or a layer that holds a BatchNormalization."""
    kept = [site.receiver.method(name) for name in ("__init__", "build")]
    calls = [node for one in kept if one and one.node for node in ast.walk(one.node) if isinstance(node, ast.Call)]
    names = [getattr(node.func, "attr", getattr(node.func, "id", "")) for node in calls]
    layers = [name for name in names if name[:1].isupper() and name not in ("Variable", "InputSpec")]
    of_layer = site.receiver.kind == "layer" and any("BatchNormalization" in name for name in layers)
    return LIKELY if layers and ("add_weight" in names or (of_layer and len(layers) > 1)) else False


def _has_slash(site: Site) -> bool:
    return "/" in site.arguments.value("name").end()[0]


RULES: tuple[Rule, ...] = (
    Rule(
        code="KD931",
        slug="layers-tf-variable",
        area="layers",
        title="A tf.Variable in a layer is neither trained nor saved",
        silent=True,
        explanation=(
            "Keras 2 found every tf.Variable that a layer or model keeps as an attribute. Keras 3 knows only the "
            "weights that were made with add_weight() or keras.Variable: a tf.Variable stays as it was at the start, "
            "is missing from trainable_weights, and is not in the saved file. The model runs and its other layers "
            "learn, so nothing but a worse result shows it. It concerns layers and models of your own, for instance "
            "copied from a tutorial; the model really is worse."
        ),
        symptoms=(
            "the number of trainable parameters in summary() is too small",
            "a layer of one's own does not learn, and a loaded model predicts other numbers",
            "UserWarning: The model does not have any trainable weights.",
        ),
        remedies=(
            CodeChange("make it with self.add_weight()", cost="Models trained so far have to be trained again."),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                GUIDE,
                "Setting a tf.Variable as an attribute of a Keras 3 layer or model does not track it, unlike in "
                "Keras 2; use add_weight() or keras.Variable.",
            ),
        ),
        measured=ON_KERAS_3,
        uses=(Call("tf.Variable", inside="layer"),),
    ),
    Rule(
        code="KD932",
        slug="layers-tf-module",
        area="layers",
        title="The variables of a tf.Module in a layer are neither trained nor saved",
        silent=True,
        explanation=(
            "A tf.Module that a layer or model keeps as an attribute brought its variables with it in Keras 2. "
            "Keras 3 looks for Keras layers and Keras variables only: what the module holds is not trained and not "
            "saved, without a word. It concerns layers of your own that wrap TensorFlow code. Rewrite the module as a "
            "Keras layer; the model trained without it really is worse."
        ),
        symptoms=(
            "the number of trainable parameters in summary() is too small",
            "the part of the model that is a tf.Module does not learn",
        ),
        remedies=(
            CodeChange(
                "make the module a Keras layer, its variables with add_weight()",
                cost="Models trained so far have to be trained again.",
            ),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                GUIDE,
                "A tf.Variable is no longer tracked automatically as an attribute of a layer or model; tracked are "
                "add_weight() and keras.Variable.",
            ),
        ),
        measured=ON_KERAS_3,
        uses=(Attribute("{layer,model}", "*", how="defined", when=_keeps_module),),
    ),
    Rule(
        code="KD933",
        slug="layers-two-inputs-mask",
        area="layers",
        title="A layer of one's own with two inputs gets mask=None",
        silent=True,
        explanation=(
            "A layer whose call(self, inputs, context, mask=None) is given two tensors got the mask of the first one "
            "from Keras 2. Keras 3 fills an argument called mask only where there is one tensor; where there are more "
            "it goes by name, inputs_mask for inputs and context_mask for context, and a plain mask stays None. So "
            "the layer takes padding for data and says nothing: attention layers with a query and a context are the "
            "usual case. What it computes is wrong, and so is what was trained on it."
        ),
        symptoms=(
            "predictions change with the amount of padding",
            "an attention layer of one's own looks at the padding",
        ),
        remedies=(
            CodeChange("pass the mask yourself (runs on Keras 2 as well)"),
            CodeChange("name the argument after its tensor", after="after_renamed", versions=">=3.0"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19311",
                '"Masking appears to do absolutely nothing in keras 3.0.5", of a layer of one\'s own with two inputs.',
            ),
        ),
        measured=ON_KERAS_3,
        uses=(
            Applied(
                "keras.Layer", (Argument(position=1), Argument("mask", absent=True)), to="masked", when=_takes_one_mask
            ),
        ),
    ),
    Rule(
        code="KD934",
        slug="layers-stateful-batch",
        area="layers",
        title="A stateful RNN accepts a batch of another size and mixes up its states",
        silent=True,
        explanation=(
            "A stateful RNN keeps one state for each sample of its batch, so every batch must have the size that it "
            "was built for; Keras 2 refuses another. Keras 3 up to 3.11 takes a single sample, spreads it over all "
            "states and overwrites them: what follows starts from states that belong to nobody. It was seen on "
            "3.0.5 to 3.11.3; 3.12.0 and later refuse it again. It concerns stateful SimpleRNN, LSTM and GRU layers "
            "that are fed with a smaller batch, mostly for a prediction or at the end of the data."
        ),
        symptoms=(
            "a stateful model answers one sample with a whole batch of rows",
            "predictions of a stateful model are wrong after a smaller batch",
        ),
        remedies=(
            CodeChange("check the batch size yourself"),
            Upgrade("keras", ">=3.12", cost="Needs Python 3.10 or newer."),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/21183",
                "Built for batches of 4 and called with 1, the RNN spreads the sample over all states silently.",
            ),
            Reference(
                "https://github.com/keras-team/keras/pull/21742",
                "The change that raises an exception when the batch size of a stateful RNN does not match.",
            ),
        ),
    ),
    Rule(
        code="KD935",
        slug="layers-to-categorical",
        area="layers",
        title="to_categorical gives float64",
        silent=True,
        explanation=(
            "keras.utils.to_categorical gave float32 in Keras 2 and has lost its dtype argument; Keras 3 gives "
            "float64. The ones and zeros are the same, and a model trained with fit is not worse. The array takes "
            "twice the memory, and TensorFlow refuses to combine it with float32 in a training loop of your own."
        ),
        symptoms=(
            "one-hot labels take twice the memory",
            "tensorflow.python.framework.errors_impl.InvalidArgumentError: cannot compute Mul as input #1(zero-based) "
            "was expected to be a float tensor but is a double tensor ...",
        ),
        remedies=(CodeChange('add .astype("float32")'), UseLegacyKeras()),
        measured=ON_KERAS_3,
    ),
    Rule(
        code="KD936",
        slug="layers-text-vectorization",
        area="layers",
        title="Multi-hot and counted words come as int64",
        silent=True,
        explanation=(
            'TextVectorization and StringLookup with output_mode="multi_hot" or "count" gave float32 in Keras 2; '
            "Keras 3 gives int64. The numbers are the same, and Keras layers behind them convert them, so a model is "
            "not worse. Code of your own that multiplies them by float32 stops, and a data set that is kept in memory "
            "takes twice the room."
        ),
        symptoms=(
            "the elements of a data set are int64 where they were float32",
            "tensorflow.python.framework.errors_impl.InvalidArgumentError: cannot compute MatMul as input "
            "#1(zero-based) was expected to be a int64 tensor but is a float tensor ...",
        ),
        remedies=(CodeChange('cast it: tf.cast(encoded, "float32")'), UseLegacyKeras()),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/19660",
                "StringLookup with multi_hot gives int64 on TensorFlow 2.16.1 where the documentation says float32; "
                "answered that int64 is meant.",
            ),
        ),
        measured=ON_KERAS_3,
    ),
    Rule(
        code="KD937",
        slug="layers-string-input",
        area="layers",
        title="A NumPy array of strings is refused as input",
        explanation=(
            "A model that starts with TextVectorization or StringLookup took a NumPy array of strings in fit, "
            "evaluate and predict. Keras 3 stops at the data type: it does not know NumPy's fixed-width strings. "
            "Arrays of Python strings (dtype object) were accepted up to Keras 3.6 and are refused from 3.7 on. As a "
            "TensorFlow tensor the same strings are welcome."
        ),
        symptoms=(
            "ValueError: Invalid dtype: str32",
            "ValueError: Invalid dtype: str...",
            Symptom("ValueError: Invalid dtype: object", generic=True),
        ),
        remedies=(CodeChange("pass tf.constant(strings)"), UseLegacyKeras()),
        measured=ON_KERAS_3,
    ),
    Rule(
        code="KD938",
        slug="layers-positional-flag",
        area="layers",
        title="A flag without its name in the call of a layer is refused",
        explanation=(
            "layer(x, True) and model(x, True) handed the flag to call() in Keras 2. Keras 3 takes nothing but "
            "tensors without a name; numbers, flags and strings must be named. Name them and the same code runs on "
            "both."
        ),
        symptoms=(
            "ValueError: Only input tensors may be passed as positional arguments. The following argument value "
            "should be passed as a keyword argument: ...",
        ),
        remedies=(CodeChange("name the argument"), UseLegacyKeras()),
        measured=ON_KERAS_3,
        uses=(Applied("keras.{Layer,layers.*}", (Argument(position=1, value=(True, False)),)),),
    ),
    Rule(
        code="KD939",
        slug="layers-sequential-input",
        area="layers",
        title="model.input and model.output of a Sequential model are missing",
        explanation=(
            "A Sequential model had model.input and model.output in Keras 2 as soon as it was built, which Grad-CAM "
            "and feature extractors rely on. In Keras 3 both attributes raise, even after build() or a call; starting "
            "the model with Input, as is often advised, does not bring them back (seen on 3.0.5, 3.4.1 and 3.15.1). "
            "model.inputs and model.outputs, the lists, are there once the model is built, and so are input and "
            "output of its layers."
        ),
        symptoms=(
            "ValueError: The layer sequential has never been called and thus has no defined input.",
            "AttributeError: The layer sequential has never been called and thus has no defined input.",
            "... has never been called and thus has no defined output.",
        ),
        remedies=(
            CodeChange("take model.inputs and model.outputs, the lists"),
            UseLegacyKeras(),
        ),
        measured=ON_KERAS_3,
        uses=(Attribute("model", "{input,output}", when=_is_of_sequential),),
    ),
    Rule(
        code="KD940",
        slug="layers-embedding-input-length",
        area="layers",
        title="Embedding(input_length=...) is refused",
        explanation=(
            "The first releases of Keras 3 (3.0 and 3.1 were run) had no argument input_length; from 3.2 on it is "
            "accepted again and ignored with a warning. Leave it out: the length follows from the input. If "
            "summary() should show it, start the model with Input."
        ),
        symptoms=("ValueError: Unrecognized keyword arguments passed to Embedding: {'input_length': ...}",),
        remedies=(CodeChange("leave it out"), Upgrade("keras", ">=3.2"), UseLegacyKeras()),
        measured=(
            "measured here: refused by Keras 3.0.5 and 3.1.1; accepted by 3.2.1 and later, by Keras 2 and by tf-keras."
        ),
        uses=(Call("keras.layers.Embedding", (Argument("input_length"),)),),
    ),
    Rule(
        code="KD941",
        slug="layers-batchnorm-axis-list",
        area="layers",
        title="BatchNormalization(axis=[3]) is refused",
        explanation=(
            "Keras 2 took a list for the axis, and old releases of TensorFlow wrote one into every saved model, so "
            "the message appears most often while an old file is loaded. Keras 3 takes a number only. In code, "
            "write the number."
        ),
        symptoms=(
            Symptom(
                "TypeError: int() argument must be a string, a bytes-like object or a real number, not 'list'",
                generic=True,
            ),
        ),
        remedies=(CodeChange("write the axis as a number"), UseLegacyKeras()),
        measured=ON_KERAS_3,
        uses=(Call("keras.layers.BatchNormalization", (Argument("axis", position=0, kind="list"),)),),
    ),
    Rule(
        code="KD942",
        slug="layers-average-pooling",
        area="layers",
        title="AveragePooling needs a pool size",
        explanation=(
            "AveragePooling1D, 2D and 3D had a default pool size of 2 in Keras 2. In Keras 3 the argument is "
            "required; MaxPooling kept its default. Write the 2 and nothing changes."
        ),
        symptoms=("TypeError: AveragePooling2D.__init__() missing 1 required positional argument: 'pool_size'",),
        remedies=(CodeChange("write the pool size"), UseLegacyKeras()),
        measured=ON_KERAS_3,
        uses=(
            Call("keras.layers.{AveragePooling,AvgPool}{1D,2D,3D}", (Argument("pool_size", position=0, absent=True),)),
        ),
    ),
    Rule(
        code="KD943",
        slug="layers-dense-weights",
        area="layers",
        title="Dense(weights=[...]) is refused",
        explanation=(
            "Any layer of Keras 2 took its first weights as an argument. Keras 3 has no such argument (Embedding got "
            "it back). Build the layer and set its weights, or put them in when the model is built."
        ),
        symptoms=("ValueError: Unrecognized keyword arguments passed to Dense: {'weights': ...}",),
        remedies=(CodeChange("build the layer, then set_weights()"), UseLegacyKeras()),
        measured=ON_KERAS_3,
        uses=(Call("keras.layers.{Dense,Conv1D,Conv2D,Conv3D,LSTM,GRU,SimpleRNN}", (Argument("weights"),)),),
    ),
    Rule(
        code="KD944",
        slug="layers-batchnorm-renorm",
        area="layers",
        title="BatchNormalization(renorm=True) is refused",
        explanation=(
            "Keras 3 came without batch renormalisation; it was refused on 3.0.5 to 3.13.0 and is back in 3.14.0. "
            "Without it the layer is ordinary batch normalisation, which differs only while training, and most with "
            "small batches."
        ),
        symptoms=("ValueError: Unrecognized keyword arguments passed to BatchNormalization: {'renorm': True}",),
        remedies=(
            CodeChange("leave it out", cost="Ordinary batch normalisation: training goes another way."),
            Upgrade("keras", ">=3.14", cost="Needs Python 3.11 or newer."),
            UseLegacyKeras(),
        ),
        measured="measured here: refused by Keras 3.0.5 to 3.13.0; accepted by 3.14.0, 3.15.1, Keras 2 and tf-keras.",
        uses=(
            Call("keras.layers.BatchNormalization", (Argument("renorm", value=True),)),
            Call("keras.layers.BatchNormalization", (Argument("virtual_batch_size"),)),
            Call("keras.layers.BatchNormalization", (Argument("fused"),)),
        ),
    ),
    Rule(
        code="KD945",
        slug="layers-name-slash",
        area="layers",
        title="A layer's name must not contain a slash",
        explanation=(
            "Keras 3 uses the slash in paths of its own and refuses it in the name of a layer or a variable, which "
            "Keras 2 allowed. Use another character. Weights that are loaded by name (by_name=True) from an old file "
            "then no longer match."
        ),
        symptoms=("ValueError: Argument `name` must be a string and cannot contain character `/`. Received: name=...",),
        remedies=(CodeChange("use another character in the name"), UseLegacyKeras()),
        references=(
            Reference(
                INCOMPATIBILITIES,
                'Quotes and questions "Layer names and variable names can no longer contain the / character."',
            ),
        ),
        measured=ON_KERAS_3,
        uses=(
            Call("keras.layers.*", (Argument("name", kind="string"),), when=_has_slash),
            Call("keras.Input", (Argument("name", kind="string"),), when=_has_slash),
        ),
    ),
    Rule(
        code="KD946",
        slug="layers-locally-connected",
        area="layers",
        title="LocallyConnected1D and LocallyConnected2D are gone",
        explanation=(
            "Keras 3 removed the locally connected layers: a convolution whose weights differ from place to place. "
            "There is no built-in successor. For one dimension a layer of your own takes a dozen lines."
        ),
        symptoms=(
            "AttributeError: module 'tensorflow.keras.layers' has no attribute 'LocallyConnected1D'",
            "AttributeError: module 'keras._tf_keras.keras.layers' has no attribute 'LocallyConnected1D'",
            "AttributeError: module 'keras.layers' has no attribute 'LocallyConnected1D'",
            "AttributeError: module 'keras.api.layers' has no attribute 'LocallyConnected1D'",
        ),
        remedies=(
            CodeChange("write the layer yourself", cost="Here for one dimension, stride 1 and no padding."),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                GUIDE,
                "LocallyConnected1D and LocallyConnected2D are removed due to very low usage; copy the "
                "implementation into your own codebase.",
            ),
        ),
        uses=(Name("keras.layers.{LocallyConnected1D,LocallyConnected2D}"),),
    ),
    Rule(
        code="KD947",
        slug="layers-rnn-time-major",
        area="layers",
        title="RNNs no longer take time_major=True",
        explanation=(
            "Keras 3 removed time_major from SimpleRNN, LSTM, GRU and RNN: the first axis is always the batch, the "
            "second the time. Swap the axes in front of the layer, and behind it if it returns sequences; the "
            "numbers are the same."
        ),
        symptoms=("ValueError: Unrecognized keyword arguments passed to ...: {'time_major': True}",),
        remedies=(CodeChange("swap the first two axes in front of the layer"), UseLegacyKeras()),
        references=(
            Reference(GUIDE, "The constants and time_major arguments of RNN layers are removed: very low usage."),
        ),
        uses=(Call("keras.layers.{RNN,LSTM,GRU,SimpleRNN}", (Argument("time_major", value=True),)),),
    ),
    Rule(
        code="KD948",
        slug="layers-rnn-constants",
        area="layers",
        title="RNN(cell)(x, constants=[...]) is refused",
        explanation=(
            "An RNN of Keras 2 handed constants on to its cell at every step, as attention cells need it. Keras 3 "
            "removed that. Repeat the constant along the time axis and append it to the inputs; the cell takes it "
            "apart again."
        ),
        symptoms=(Symptom("TypeError: got an unexpected keyword argument 'constants'", generic=True),),
        remedies=(CodeChange("append the constant to the inputs of each step"), UseLegacyKeras()),
        references=(
            Reference(GUIDE, "The constants and time_major arguments of RNN layers are removed: very low usage."),
        ),
        uses=(Applied("keras.layers.RNN", (Argument("constants"),)),),
    ),
    Rule(
        code="KD949",
        slug="layers-cell-initial-state",
        area="layers",
        title="cell.get_initial_state() takes no dtype any more",
        explanation=(
            "get_initial_state of the RNN cells takes batch_size only in Keras 3; inputs and dtype, which Keras 2 "
            "asked for, are refused. It concerns loops of your own over an LSTMCell or GRUCell. The states are zeros, "
            "so they can as well be made by hand, in the same way for both."
        ),
        symptoms=("TypeError: LSTMCell.get_initial_state() got an unexpected keyword argument 'dtype'",),
        remedies=(CodeChange("give the batch size only", versions=">=3.0"), UseLegacyKeras()),
        measured=ON_KERAS_3,
        uses=(Method("layer", "get_initial_state", (Argument("dtype"),)),),
    ),
    Rule(
        code="KD950",
        slug="layers-state-size-shape",
        area="layers",
        title="A cell whose state_size holds a tf.TensorShape fails",
        explanation=(
            "A cell of one's own may say the size of its states as numbers or, in Keras 2, as tf.TensorShape. "
            "Keras 3 cannot make the first states from a TensorShape and stops in a place that does not tell why. "
            "Write the number instead."
        ),
        symptoms=("ValueError: Exception encountered when calling RNN.call(). ... mixed types ...",),
        remedies=(CodeChange("write the state's size as a number"), UseLegacyKeras()),
        measured=ON_KERAS_3,
        uses=(Attribute("layer", "state_size", how="defined", when=_keeps_static_shape),),
    ),
    Rule(
        code="KD958",
        slug="layers-weight-order",
        area="layers",
        title="get_weights() lists weights in another order",
        silent=True,
        explanation=(
            "For layers and models that hold layers, get_weights() and set_weights() have another order on Keras 3. A "
            "layer that holds a BatchNormalization lists the averages right behind gamma and beta; Keras 2 listed all "
            "weights that are trained first, and the others behind them. A model with weights of its own lists them "
            "first; Keras 2 listed them in the order of the attributes. A list of arrays that Keras 2 wrote (with "
            "pickle or np.save) is then set in the wrong places: where the shapes differ there is an error, where they "
            "are equal the weights are mixed up silently. Sequential and functional models of built-in layers are not "
            "concerned. Carry weights over in an .h5 or .weights.h5 file, or weight by weight."
        ),
        symptoms=(
            "a model whose arrays were set with set_weights() predicts nonsense",
            "ValueError: Layer {name} weight shape {shape} is not compatible with provided weight shape {shape}.",
        ),
        remedies=(CodeChange("set the weights of each layer by itself (runs on Keras 2 as well)"), UseLegacyKeras()),
        measured="measured here: so on every Keras 3 from 3.0 to 3.15; not on Keras 2 and tf-keras. Found by kdoctor",
        uses=(Method("{layer,model}", "set_weights", when=_has_mixed_weights),),
    ),
    Rule(
        code="KD959",
        slug="layers-resizing-training",
        area="layers",
        title="model(x) with Resizing runs in training mode",
        silent=True,
        explanation=(
            "Resizing and CenterCrop say training=True to every layer behind them where nothing else does: on the "
            "releases that have this error, model(x) without training= runs BatchNormalization and Dropout behind them "
            "in training mode. The moving averages change with every call, the answer depends on the other images of "
            "the batch, and values are dropped at random. fit(), evaluate() and predict() are right for Sequential and "
            "functional models, and wrong for a class of your own whose call() has no training argument. Call "
            "model(x, training=False), or model.predict(x)."
        ),
        symptoms=(
            "model(x) and model.predict(x) give different numbers",
            "the same image gets another answer in another batch",
        ),
        remedies=(CodeChange("say training=False (runs on Keras 2 as well)"), UseLegacyKeras()),
        references=(
            Reference(
                "https://github.com/keras-team/keras/pull/23166",
                "Stops the default training=True of Resizing and CenterCrop from reaching the layers behind them.",
            ),
        ),
        uses=(Applied("keras.Sequential", (Argument("training", absent=True),), when=_normalises_behind_resizing),),
    ),
)
