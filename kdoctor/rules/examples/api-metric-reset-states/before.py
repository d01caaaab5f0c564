import tensorflow as tf

metric = tf.keras.metrics.Mean()
for epoch in ([2.0, 4.0], [5.0]):
    metric.reset_states()
    metric.update_state(epoch)

# --- check
assert float(metric.result()) == 5.0
