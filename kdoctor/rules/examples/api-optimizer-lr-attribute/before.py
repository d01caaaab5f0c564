import tensorflow as tf

optimizer = tf.keras.optimizers.Adam(learning_rate=0.25)
print("learning rate:", float(optimizer.lr))

# --- check
assert float(optimizer.learning_rate.numpy()) == 0.25
