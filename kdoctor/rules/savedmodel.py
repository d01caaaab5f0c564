"""SavedModel folders that Keras 2 wrote."""

from __future__ import annotations

import ast

from kdoctor.rules.patterns import Applied, Argument, Call, Site
from kdoctor.rules.rule import Advice, CodeChange, HealthyPage, Reference, Rule, Symptom, UseLegacyKeras
from kdoctor.words import StackId

TENSORFLOW_STACKS = (StackId.TF_KERAS, StackId.KERAS)


def _takes_several(site: Site) -> bool:
    """The layer is given more than one thing."""
    if len(site.arguments.nodes) != 1:
        return len(site.arguments.nodes) + len(site.arguments.keywords) > 1
    given = site.arguments.nodes[0]
    if isinstance(given, (ast.List, ast.Tuple)):
        return len(given.elts) > 1
    return isinstance(given, ast.Dict) and len(given.keys) > 1


PAGES: tuple[HealthyPage, ...] = (
    HealthyPage(
        slug="savedmodel-predict",
        belief="A SavedModel of Keras 2 gives no predictions any more.",
        truth=(
            "It does on every release that was run: with load_model on Keras 2, with TFSMLayer on Keras 3. For models "
            "with several inputs see savedmodel-tfsm-multi-input, and to train further savedmodel-load-model."
        ),
    ),
    HealthyPage(
        slug="savedmodel-tfsm-single",
        belief="A SavedModel that Keras 2 wrote is of no use to Keras 3.",
        truth=(
            "With one input it works in a `TFSMLayer`, called directly and inside a functional model. "
            '`TFSMLayer(folder, call_endpoint="serving_default")` gives the right numbers. It returns a dictionary '
            "with one entry for each output layer. It is for predictions: to train further, see savedmodel-load-model; "
            "for several inputs, see savedmodel-tfsm-multi-input."
        ),
        references=(
            Reference(
                "https://keras.io/guides/migrating_to_keras_3",
                "Says to use TFSMLayer to reload a TF SavedModel as a layer.",
            ),
        ),
    ),
)

RULES: tuple[Rule, ...] = (
    Rule(
        code="KD601",
        slug="savedmodel-load-model",
        area="savedmodel",
        title="load_model() no longer reads a SavedModel folder",
        explanation=(
            '`load_model("folder")` stops with a ValueError. The model in the folder is intact: wrap it in a '
            "`TFSMLayer` to predict, or load its weights into a model built in code.\n\n"
            'In Keras 2 `model.save("folder")` wrote a SavedModel: a folder with saved_model.pb, keras_metadata.pb and '
            "variables/. Keras 3 cannot turn it back into a model; its `load_model()` reads .keras and .h5 files only. "
            "TensorFlow itself still reads the folder. So it can be called as it is, and its weights can be put into a "
            "model that your code builds. The optimizer's state is not carried over."
        ),
        symptoms=(
            "ValueError: File format not supported: filepath=... Keras 3 only supports V3 `.keras` files and legacy H5 "
            "format files (`.h5` extension). Note that the legacy SavedModel format is not supported by "
            "`load_model()` in Keras 3. In order to reload a TensorFlow SavedModel as an inference-only layer in "
            "Keras 3, use `keras.layers.TFSMLayer(..., call_endpoint='serving_default')` (note that your "
            "`call_endpoint` might have a different name).",
            "ValueError: File format not supported: filepath=... Keras 3 only supports V3 `.keras` files, legacy H5 "
            "format files (`.h5` extension). Note that the legacy SavedModel format is not supported by "
            "`load_model()` in Keras 3. ...",
        ),
        remedies=(
            CodeChange(
                "To predict, wrap the folder in a TFSMLayer",
                stacks=TENSORFLOW_STACKS,
                versions=">=3.0",
                cost="For predictions only. A model with several inputs needs more: see savedmodel-tfsm-multi-input.",
            ),
            CodeChange(
                "To train further, build the model in code and load the weights from the folder",
                after="after_weights",
                stacks=TENSORFLOW_STACKS,
                cost=(
                    "You need the code that builds the model, with its layers in the same order. The optimizer "
                    "restarts from scratch."
                ),
            ),
            Advice(
                "Convert the folder once, where it can still be read",
                'Under Keras 2 (or tf-keras): model = tf.keras.models.load_model("folder", compile=False), then '
                'model.save("model.h5").\n'
                'Under Keras 3: model = tf.keras.models.load_model("model.h5"), then model.save("model.keras").\n'
                "Use .h5 in between: Keras 3 cannot read a .keras file that Keras 2 wrote.",
            ),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://keras.io/guides/migrating_to_keras_3",
                "Loading a TF SavedModel with load_model() is no longer supported and stops with this message; the "
                "guide's way is TFSMLayer.",
            ),
            Reference(
                "https://github.com/keras-team/keras/issues/18709",
                "Asks how the many models shared as SavedModels are to be loaded; the author of Keras answers: "
                "keras.layers.TFSMLayer, and the .keras extension from now on.",
            ),
        ),
        uses=(
            Call(
                "keras.models.load_model", (Argument("filepath", position=0, other_suffix=(".keras", ".h5", ".hdf5")),)
            ),
        ),
    ),
    Rule(
        code="KD602",
        slug="savedmodel-tfsm-multi-input",
        area="savedmodel",
        title="TFSMLayer cannot call an old SavedModel with several inputs",
        explanation=(
            "`TFSMLayer` stops with a TypeError on a model with two or more inputs. The saved model is intact. "
            "Pass the inputs by name, in a small subclass of `TFSMLayer`.\n\n"
            "`TFSMLayer` passes everything to the saved function as one argument. In a folder that Keras 2 wrote, the "
            "function expects each input as a keyword argument. So such a model cannot be called with a list, a "
            "dictionary or keywords. A subclass with a `call()` of two lines passes them by name. Do not match the "
            "inputs by their order: the saved function does not keep the model's order. Old models with one input "
            "work, and so do folders that Keras 3 wrote with `model.export()`."
        ),
        symptoms=(
            "TypeError: Exception encountered when calling TFSMLayer.call(). ... Binding inputs to tf.function failed "
            "due to `too many positional arguments`. Received args: ... for signature: ...",
        ),
        remedies=(
            CodeChange(
                "Pass the inputs by name, in a subclass of TFSMLayer",
                stacks=TENSORFLOW_STACKS,
                versions=">=3.0",
                cost="For predictions only. `layer.call_endpoint_fn.structured_input_signature` shows the names.",
            ),
            Advice(
                "Load the weights instead",
                "Build the model in code and put the weights of the folder into it: see savedmodel-load-model.",
            ),
        ),
        references=(
            Reference(
                "https://github.com/keras-team/keras/issues/20813",
                "A SavedModel of Keras 2 with two inputs, in a TFSMLayer on Keras 3.8.0, cannot be called with any "
                "combination of arguments: too many positional arguments.",
            ),
        ),
        uses=(Applied("keras.layers.TFSMLayer", when=_takes_several),),
    ),
    Rule(
        code="KD632",
        slug="savedmodel-tfsm-dict",
        area="savedmodel",
        title="TFSMLayer returns a dict, not a tensor",
        silent=True,
        explanation=(
            "`TFSMLayer` returns a dictionary where your code expects a tensor. Take the output out of the dictionary; "
            "its numbers are right.\n\n"
            "In a SavedModel folder of Keras 2, the function `serving_default` returns a dictionary with one entry for "
            "each output layer. The model that `load_model()` gave in Keras 2 hid that. `TFSMLayer`, which Keras 3 "
            "offers instead, does not. So an index fails, or the next layer complains about its input."
        ),
        symptoms=(
            "the output of a model is a dictionary with one entry",
            Symptom("KeyError: 0", generic=True),
        ),
        remedies=(CodeChange("Take the entry out of the dictionary", stacks=TENSORFLOW_STACKS, versions=">=3.0"),),
        measured="Measured: a dictionary on Keras 3.3.3, 3.4.1, 3.8.0, 3.10.0, 3.12.0 and 3.15.1.",
    ),
)
