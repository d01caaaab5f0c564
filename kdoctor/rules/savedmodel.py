"""SavedModel folders that Keras 2 wrote."""

from __future__ import annotations

import ast

from kdoctor.rules.patterns import Applied, Argument, Call, Site
from kdoctor.rules.rule import Advice, CodeChange, Reference, Rule, Symptom, UseLegacyKeras
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


RULES: tuple[Rule, ...] = (
    Rule(
        code="KD601",
        slug="savedmodel-load-model",
        area="savedmodel",
        title="load_model() no longer reads a SavedModel folder",
        explanation=(
            'model.save("folder") wrote a SavedModel in Keras 2: a folder with saved_model.pb, keras_metadata.pb and '
            "variables/. Keras 3 can no longer turn it back into a model; its load_model() reads .keras and .h5 files "
            "only. Nothing is wrong with the folder and nothing is lost: TensorFlow itself still reads it, so it can "
            "be called as it is, and its weights can be put into a model that your own code builds. Only the "
            "architecture has to come from that code, and the optimizer's state stays behind."
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
                "to predict, wrap the folder in a TFSMLayer",
                stacks=TENSORFLOW_STACKS,
                versions=">=3.0",
                cost="For predictions only; a model with several inputs needs more, see savedmodel-tfsm-multi-input.",
            ),
            CodeChange(
                "to train further, build the model in code and take the weights from the folder",
                after="after_weights",
                stacks=TENSORFLOW_STACKS,
                cost="The code that builds the model must be at hand, with its layers in the same order; the "
                "optimizer starts anew.",
            ),
            Advice(
                "convert the folder once, where it can still be read",
                'Under Keras 2 (or tf-keras): model = tf.keras.models.load_model("folder", compile=False), '
                'then model.save("model.h5").\n'
                'Under Keras 3: model = tf.keras.models.load_model("model.h5"), then '
                'model.save("model.keras").\n'
                "Go by .h5: a .keras file that Keras 2 wrote is not readable for Keras 3.",
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
            "TFSMLayer, which Keras 3 recommends for old SavedModels, hands what it is called with to the saved "
            "function as one argument. In a folder that Keras 2 wrote, the function wants each input as a keyword of "
            "its own, so a model with two inputs or more cannot be called: not with a list, not with a dictionary, "
            "not with keywords. A subclass of TFSMLayer with a call() of two lines hands them over by name. Do not "
            "match the inputs by their order: the saved function does not keep the model's. Old models with one "
            "input work, and so do folders that Keras 3 wrote with model.export()."
        ),
        symptoms=(
            "TypeError: Exception encountered when calling TFSMLayer.call(). ... Binding inputs to tf.function failed "
            "due to `too many positional arguments`. Received args: ... for signature: ...",
        ),
        remedies=(
            CodeChange(
                "pass the inputs by name, in a subclass of TFSMLayer",
                stacks=TENSORFLOW_STACKS,
                versions=">=3.0",
                cost="For predictions only. layer.call_endpoint_fn.structured_input_signature shows the names.",
            ),
            Advice(
                "take the weights instead",
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
        title="TFSMLayer answers with a dictionary, not with the model's output",
        silent=True,
        explanation=(
            "The function that Keras 2 put into a SavedModel folder under the name serving_default returns a "
            "dictionary, one entry an output layer. The model that load_model() gave in Keras 2 hid that; TFSMLayer, "
            "which Keras 3 offers in its place, does not. What comes next is handed a dictionary where it had a "
            "tensor: an index fails, and a layer behind it complains. The numbers in it are right: take them out."
        ),
        symptoms=(
            "the output of a model is a dictionary with one entry",
            Symptom("KeyError: 0", generic=True),
        ),
        remedies=(CodeChange("take the entry out of the dictionary", stacks=TENSORFLOW_STACKS, versions=">=3.0"),),
        measured="measured here: a dictionary on Keras 3.3.3, 3.4.1, 3.8.0, 3.10.0, 3.12.0 and 3.15.1.",
    ),
)
