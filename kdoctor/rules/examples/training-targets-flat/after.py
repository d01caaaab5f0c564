import tensorflow as tf


def gap(y_true, y_pred):
    return tf.reduce_mean(tf.abs(tf.reshape(y_true, tf.shape(y_pred)) - y_pred))


x, y = tf.constant([[1.0], [3.0]]), tf.constant([2.0, 5.0])
model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1, kernel_initializer="ones")])
model.compile("sgd", "mse", metrics=[gap])
error = model.evaluate(x, y, verbose=0)[1]

# --- check
assert abs(error - 1.5) < 1e-5, error
