import tensorflow as tf

with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    ones = tf.compat.v1.ones_initializer()
    x = tf.constant([[1.0, 2.0]])
    outputs = tf.compat.v1.layers.dense(x, 1, kernel_initializer=ones)
    session.run(tf.compat.v1.global_variables_initializer())
    result = session.run(outputs)

# --- check
assert result.tolist() == [[3.0]], result
