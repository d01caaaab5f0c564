import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
model.compile(tf.keras.optimizers.RMSprop(use_ema=True, ema_overwrite_frequency=100), "mse")

# --- check
assert model.optimizer.ema_overwrite_frequency == 100, model.optimizer.ema_overwrite_frequency
