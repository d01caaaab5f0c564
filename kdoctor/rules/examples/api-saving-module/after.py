import tensorflow as tf


@tf.keras.utils.register_keras_serializable(package="my_package")
class Scale(tf.keras.layers.Layer):
    def call(self, inputs):
        return inputs * 2.0


# --- check
assert tf.keras.utils.get_registered_name(Scale) == "my_package>Scale"
