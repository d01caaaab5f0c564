import tensorflow as tf
from tensorflow.keras.layers import Dense

inputs = tf.keras.Input((2,))
outputs = Dense(1, kernel_initializer="ones")(inputs)
model = tf.keras.Model(inputs, outputs)

# --- check
assert float(model(tf.constant([[1.0, 2.0]]))[0, 0]) == 3.0
assert len(model.trainable_weights) == 2, "the model does not know the layer's weights"
