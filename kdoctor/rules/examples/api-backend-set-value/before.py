import tensorflow as tf
from tensorflow.keras import backend as K

model = tf.keras.Sequential([tf.keras.layers.Input((1,)), tf.keras.layers.Dense(1)])
model.compile("sgd", "mse")

rate = K.get_value(model.optimizer.learning_rate)
K.set_value(model.optimizer.learning_rate, rate / 2)

# --- check
# the default rate of "sgd" is 0.01
assert abs(float(model.optimizer.learning_rate.numpy()) - 0.005) < 1e-7
