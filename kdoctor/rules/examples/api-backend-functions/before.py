import keras
import numpy as np
from keras import backend as K


def root_mean_squared_error(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true)))


model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros")])
model.compile("sgd", loss=root_mean_squared_error)
loss = model.evaluate(np.array([[1.0], [1.0]]), np.array([[1.0], [7.0]]), verbose=0)

# --- check
# the model answers 0: the squares of its errors are 1 and 49, their mean is 25
assert abs(loss - 5.0) < 1e-5, loss
