import tensorflow as tf


class Total(tf.keras.layers.Layer):
    def call(self, inputs, context, mask=None):
        if mask is not None:
            inputs = inputs * tf.cast(mask, inputs.dtype)[..., None]
        return tf.reduce_sum(inputs, axis=1) + context


words = tf.constant([[1, 2, 0, 0]])  # 0 is padding
embedding = tf.keras.layers.Embedding(3, 1, mask_zero=True, embeddings_initializer="ones")
total = Total()(embedding(words), tf.constant([[10.0]]))

# --- check
assert total.numpy().tolist() == [[12]], "two words and the context, not the padding"
