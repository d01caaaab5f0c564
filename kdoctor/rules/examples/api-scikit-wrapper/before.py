import numpy as np
import tensorflow as tf
from tensorflow.keras.wrappers.scikit_learn import KerasRegressor


def build():
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Input((1,)),
            tf.keras.layers.Dense(1, kernel_initializer="zeros", use_bias=False),
        ]
    )
    model.compile(optimizer=tf.keras.optimizers.SGD(0.25), loss="mse")
    return model


regressor = KerasRegressor(build_fn=build, epochs=1)
regressor.fit(np.array([[1.0]]), np.array([1.0]))
prediction = regressor.predict(np.array([[1.0]]))

# --- check
# the gradient of (w - 1) ** 2 at w = 0 is -2; a step at a rate of 0.25 ends at 0.5
assert np.allclose(prediction, 0.5), prediction
