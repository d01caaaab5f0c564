"""Keras of 2018 to 2021: generators, learning rates, the backend, renamed keys."""
# %%
from functools import partial

import keras
import keras.backend as K
import tensorflow as tf
from keras.layers import *  #! api-mixed-imports
from keras.models import Sequential  #! api-mixed-imports
from keras.optimizers import SGD
from keras.optimizers import Adam as Optimizer
from keras.preprocessing.image import ImageDataGenerator  #! api-preprocessing-image
from keras.preprocessing.text import Tokenizer, one_hot  #! api-preprocessing-text
from keras.utils import np_utils, to_categorical  #! api-np-utils
from tensorflow.keras.layers.experimental import preprocessing  #! api-experimental-preprocessing
from tensorflow.keras.wrappers.scikit_learn import KerasClassifier  #! api-scikit-wrapper

labels = np_utils.to_categorical([1, 2, 3])  #! api-np-utils
augment = preprocessing.RandomFlip("horizontal")  #! api-experimental-preprocessing
resize = tf.keras.layers.experimental.preprocessing.Resizing(32, 32)  #! api-experimental-preprocessing
# %%
model = Sequential()
model.add(Dense(32, input_shape=(4,)))
model.add(LSTM(4, stateful=True))  #! rnn-stateful-carry
model.compile(
    loss="mse",
    optimizer=Optimizer(
        lr=0.001,  #! api-optimizer-lr
        decay=1e-5,  #! api-optimizer-decay
    ),
    metrics=["accuracy", "kullback_leibler_divergence"],
)
history = model.fit_generator(ImageDataGenerator().flow(None), steps_per_epoch=10, workers=4)  #! api-fit-generator
scores = model.evaluate_generator(None, steps=3)  #! api-fit-generator
classes = model.predict_classes(None)  #! api-predict-classes
model.predict_proba(None)  #! api-predict-classes
model.fit(None, workers=4, use_multiprocessing=True)  #! api-fit-workers
print(history.history["val_kullback_leibler_divergence"])  #! training-kl-metric-name
print(model.metrics_names)  #! training-metrics-names
sgd = SGD(lr=0.1, clipnorm=1.0)  #! api-optimizer-lr
K.set_value(model.optimizer.learning_rate, 1e-4)  #! api-backend-set-value
print(K.get_value(model.optimizer.lr))  #! api-backend-set-value, api-optimizer-lr-attribute
model.optimizer.lr = 1e-5  #! training-optimizer-lr-assign
legacy = tf.keras.optimizers.legacy.Adam()  #! api-optimizers-legacy
K.set_learning_phase(0)  #! api-learning-phase
DefaultSGD = partial(tf.keras.optimizers.SGD, momentum=0.9, lr=0.1)  #! api-optimizer-lr
# %%


def root_mean_squared_error(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true)))  #! api-backend-functions


class Schedule(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        lr = float(K.get_value(self.model.optimizer.lr))  #! api-backend-set-value, api-optimizer-lr-attribute
        K.set_value(self.model.optimizer.lr, lr * 0.9)  #! api-backend-set-value, api-optimizer-lr-attribute


def train(model, generator):
    opt = tf.keras.optimizers.Adam(0.1)
    print(opt.lr)  #! api-optimizer-lr-attribute
    model.fit_generator(generator)  #! api-fit-generator?
    return model


def helper(net):
    net.predict_generator(None)  #! api-fit-generator?
    net.predict_classes(None)  #! api-predict-classes?
    return net.predict_proba(None)


loss = tf.keras.losses.mean_squared_error  #! api-losses-functions
metric = tf.keras.metrics.Mean()
metric.reset_states()  #! api-metric-reset-states
for m in model.metrics:
    m.reset_states()  #! api-metric-reset-states
keras.callbacks.ModelCheckpoint("m.keras", period=5)  #! saving-checkpoint-period
keras.regularizers.l1_l2()  #! training-l1-l2-default
keras.regularizers.l1_l2(1e-3, 1e-3)
estimator = tf.estimator.Estimator(model_fn=None)  #! api-estimator
