import numpy as np
import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((1,)),
        tf.keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.set_weights([np.array([[1.0]]), np.zeros(1)])
examples = np.array([[2.0], [-2.0]])
classes = model.predict_classes(examples)

# --- check
assert classes.tolist() == [[1], [0]], classes
