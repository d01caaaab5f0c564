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
        title="hub.KerasLayer does not fit into a Keras 3 model",
        explanation=(
            "TensorFlow Hub was never ported to Keras 3. Where tf.keras is Keras 3, hub.KerasLayer is a layer of "
            "tf-keras, that is of Keras 2, and a Keras 3 model takes no layer of the other Keras. The module itself "
            "is an ordinary SavedModel and works: load it with hub.load() in a layer of your own, or keep the whole "
            "model in tf-keras. A second fault has nothing to do with Keras: tensorflow-hub 0.16.1 imports "
            "pkg_resources, which setuptools 82 has removed and which a fresh virtual environment may lack altogether."
        ),
        symptoms=(
            "ValueError: Only instances of `keras.Layer` can be added to a Sequential model. Received: "
            "<tensorflow_hub.keras_layer.KerasLayer object at ...> (of type <class "
            "'tensorflow_hub.keras_layer.KerasLayer'>)",
            Symptom("ModuleNotFoundError: No module named 'pkg_resources'", generic=True),
        ),
        remedies=(
            CodeChange(
                "load the module in a layer of your own (runs on Keras 2 as well)",
                cost="The module stays as it is: its weights are not trained with the model.",
            ),
            CodeChange(
                "build the whole model with tf_keras",
                after="after_tf_keras",
                stacks=(StackId.TF_KERAS, StackId.KERAS),
                versions=">=3.0",
                cost="Every layer, optimizer and callback of this model must then come from tf_keras.",
            ),
            Install("give tensorflow-hub its pkg_resources", requirements=("setuptools<81",)),
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
                "tensorflow_hub 0.16.1 cannot be imported beside setuptools 82, which has no pkg_resources any more; "
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
