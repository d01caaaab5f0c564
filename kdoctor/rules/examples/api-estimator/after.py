import tensorflow as tf


def input_fn():
    return tf.data.Dataset.from_tensors(([[1.0]], [[1.0]])).repeat()


model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((1,)),
        tf.keras.layers.Dense(1, kernel_initializer="zeros", use_bias=False),
    ]
)
model.compile(optimizer=tf.keras.optimizers.SGD(0.25), loss="mse")
model.fit(input_fn(), steps_per_epoch=2)

# --- check
# the gradient of (w - 1) ** 2 is 2 * (w - 1): two steps at 0.25 end at 0.75
weight = model.get_weights()[0][0, 0]
assert abs(weight - 0.75) < 1e-6, weight
