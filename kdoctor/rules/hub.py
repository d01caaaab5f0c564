"""TensorFlow Hub."""

from __future__ import annotations

from kdoctor.rules.patterns import Applied, Argument, Call, Method, Site
from kdoctor.rules.rule import CodeChange, Install, Reference, Rule, Symptom, UseLegacyKeras
from kdoctor.words import StackId


def _takes_hub_layer(site: Site) -> bool:
    given = site.arguments.value("layers", 0)
    return any(layer.made_by == "tensorflow_hub.KerasLayer" for layer in given.items or (given,))


RULES: tuple[Rule, ...] = (
    Rule(
        code="KD701",
        slug="hub-keras-layer",
        area="hub",
        title="hub.KerasLayer does not work in a Keras 3 model",
        explanation=(
            "A Keras 3 model refuses `hub.KerasLayer` with an error. The module is intact: load it with "
            "`hub.load()` in a custom layer, or build the whole model with `tf_keras`.\n\n"
            "TensorFlow Hub was never ported to Keras 3. Where `tf.keras` is Keras 3, `hub.KerasLayer` is a layer of "
            "tf-keras, which is Keras 2. A Keras 3 model accepts no layer of the other Keras. The module itself is an "
            "ordinary SavedModel and works.\n\n"
            "A second problem has nothing to do with Keras. tensorflow-hub 0.16.1 imports `pkg_resources`. setuptools "
            "82 removed it, and a new virtual environment may lack setuptools altogether."
        ),
        symptoms=(
            "ValueError: Only instances of `keras.Layer` can be added to a Sequential model. Received: "
            "<tensorflow_hub.keras_layer.KerasLayer object at ...> (of type <class "
            "'tensorflow_hub.keras_layer.KerasLayer'>)",
            Symptom("ModuleNotFoundError: No module named 'pkg_resources'", generic=True),
        ),
        remedies=(
            CodeChange(
                "Load the module in a custom layer (runs on Keras 2 as well)",
                cost="The module's weights are not trained with the model.",
            ),
            CodeChange(
                "Build the whole model with tf_keras",
                after="after_tf_keras",
                stacks=(StackId.TF_KERAS, StackId.KERAS),
                versions=">=3.0",
                cost="Every layer, optimizer and callback of this model must then come from `tf_keras`.",
            ),
            Install("Install a setuptools that has pkg_resources for tensorflow-hub", requirements=("setuptools<81",)),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                "https://github.com/tensorflow/tensorflow/issues/63849",
                "The message comes from tf.keras.Sequential, which is Keras 3, on receiving a hub.KerasLayer, which is "
                "Keras 2; the answers build the model with tf_keras.",
            ),
            Reference(
                "https://github.com/tensorflow/hub/issues/903",
                "TF Hub is not compatible with Keras 3 and TensorFlow 2.16; open.",
            ),
            Reference(
                "https://github.com/tensorflow/hub/issues/934",
                "tensorflow_hub 0.16.1 cannot be imported with setuptools 82, which has no pkg_resources any more; "
                "the workaround is an older setuptools.",
            ),
        ),
        uses=(
            Call(
                "keras.Sequential",
                (Argument("layers", position=0),),
                stacks=("tf.keras", "keras"),
                when=_takes_hub_layer,
            ),
            Method("model", "add", (Argument(position=0),), stacks=("tf.keras", "keras"), when=_takes_hub_layer),
            Applied("tensorflow_hub.KerasLayer", to="tensor", stacks=("tf.keras", "keras")),
        ),
    ),
)
