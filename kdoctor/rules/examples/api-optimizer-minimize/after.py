import tensorflow as tf

weight = tf.Variable(1.0)
optimizer = tf.keras.optimizers.SGD(learning_rate=0.25)
with tf.GradientTape() as tape:
    loss = weight * weight
gradients = tape.gradient(loss, [weight])
optimizer.apply_gradients(zip(gradients, [weight]))

# --- check
# the gradient of w * w at w = 1 is 2
assert abs(float(weight) - 0.5) < 1e-6, weight
