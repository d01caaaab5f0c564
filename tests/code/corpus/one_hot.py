"""TensorFlow's functions on symbolic tensors: on inputs, behind layers, in helpers, in lists."""
# %%
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers as L

char_input = keras.Input(shape=(None,), dtype="int32")
# %%
one_hot = tf.one_hot(char_input, depth=96)  #! symbolic-tf-one-hot
x = L.Conv1D(32, 3)(one_hot)
mean = tf.reduce_mean(x, axis=1)  #! symbolic-tf-math
both = tf.concat([x, x], axis=-1)  #! symbolic-tf-math
scaled = tf.cast(x * 2.0 + 1.0, "float16")  #! symbolic-tf-math
first = tf.squeeze(x[:, 0])  #! symbolic-tf-math
normal = tf.math.l2_normalize(x, axis=-1)  #! symbolic-tf-math
soft = tf.nn.softmax(L.Dense(3)(x))  #! symbolic-tf-math
with_name = tf.multiply(x=x, y=2.0)  #! symbolic-tf-math
eager = tf.reduce_sum(tf.ones((2, 3)))
lazy = L.Lambda(lambda t: tf.one_hot(t, 5))(char_input)
pooled = keras.ops.mean(x, axis=1)
as_list = x.shape.as_list()  #! api-shape-as-list


def block(tensor, filters):
    tensor = L.Conv1D(filters, 3)(tensor)
    return tf.nn.relu(tensor)  #! symbolic-tf-math


def scale(array):
    return tf.cast(array, "float32") / 255.0


x = block(x, 16)
x = block(x, 32)
image = scale(tf.zeros((2, 2)))


class Pool(L.Layer):
    def call(self, inputs):
        return tf.reduce_max(inputs, axis=1)


pooled = Pool()(x)
rest = tf.expand_dims(pooled, 1)  #! symbolic-tf-math
# %%
encoder_in = L.Input((3,))
encoded = L.Dense(2)(encoder_in)
decoded = L.Dense(3)(encoded)
vae = keras.Model(encoder_in, decoded)
loss = keras.backend.mean(keras.losses.mse(encoder_in, decoded))  #! api-backend-symbolic
vae.add_loss(loss)  #! symbolic-add-loss
vae.add_loss(0.5 * encoded * encoded)  #! symbolic-add-loss
base = keras.applications.VGG16(include_top=False)
features = tf.reshape(base.output, (-1, 512))  #! symbolic-tf-math
for layer in base.layers:
    print(layer.name, layer.output_shape)  #! api-layer-output-shape
shapes = [layer.input_shape for layer in base.layers if layer.trainable]  #! api-layer-output-shape
print(base.output_shape, base.get_layer("block1").output_shape)  #! api-layer-output-shape


class VAE(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.encoder = L.Dense(4)

    def call(self, data):
        z = self.encoder(data)
        self.add_loss(tf.reduce_mean(z))
        return tf.nn.relu(z)
