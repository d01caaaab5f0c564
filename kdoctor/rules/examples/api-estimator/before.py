import tempfile

import tensorflow as tf


def model_fn(features, labels, mode):
    weight = tf.compat.v1.get_variable("weight", shape=(), initializer=tf.compat.v1.zeros_initializer())
    loss = tf.reduce_mean((weight * features - labels) ** 2)
    optimizer = tf.compat.v1.train.GradientDescentOptimizer(0.25)
    train_op = optimizer.minimize(loss, global_step=tf.compat.v1.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def input_fn():
    return tf.data.Dataset.from_tensors(([1.0], [1.0])).repeat()


estimator = tf.estimator.Estimator(model_fn, model_dir=tempfile.mkdtemp())
estimator.train(input_fn, steps=2)

# --- check
# the gradient of (w - 1) ** 2 is 2 * (w - 1): two steps at 0.25 end at 0.75
weight = estimator.get_variable_value("weight")
assert abs(weight - 0.75) < 1e-6, weight
