"""TensorFlow Hub: its ``KerasLayer`` belongs to one Keras, the model may belong to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab, canary


@canary(kind="capability", namespace=False, full=True)
def hub_keras_layer(lab: Lab) -> None:
    """hub.KerasLayer in a Sequential model.

    The module is saved here: nothing is downloaded.
    """
    tf = lab.tf
    hub = lab.optional("tensorflow_hub", "tensorflow-hub")
    tf.saved_model.save(tiny_module(tf), lab.path("module"))
    model = lab.keras.Sequential([hub.KerasLayer(lab.path("module"), input_shape=(3,))])
    features = lab.np.array([[1, 2, 3], [-1, 0, 2]], "float32")
    lab.equal(model(features), features * lab.np.array([1, 2, 3]), "output of the module")


def tiny_module(tf: Any) -> Any:
    """Multiplies three features by 1, 2 and 3; in the form that TensorFlow Hub serves."""
    module = tf.Module()
    module.scale = tf.Variable([1.0, 2.0, 3.0])
    signature = [tf.TensorSpec([None, 3], tf.float32)]
    module.__call__ = tf.function(lambda features: features * module.scale, input_signature=signature)
    return module
