"""Names: aliases, rebinding, shadowing, fallbacks, branches."""
# %%
import tensorflow as tf
import tensorflow.compat.v2 as tf2
import tensorflow.keras.backend
from tensorflow.python import keras as private

keras = tf.keras
K = keras.backend
L, B = keras.layers, keras.backend
K.ctc_batch_cost(1, 2, 3, 4)  #! ctc-batch-cost
B.ctc_batch_cost(1, 2, 3, 4)  #! ctc-batch-cost
tf2.keras.backend.ctc_batch_cost(1, 2, 3, 4)  #! ctc-batch-cost
tensorflow.keras.backend.ctc_batch_cost(1, 2, 3, 4)  #! ctc-batch-cost
getattr(K, "ctc_batch_cost")(1, 2, 3, 4)  #! ctc-batch-cost
(lambda K: K.ctc_batch_cost())(None)
# %%


def shadowed(K, tf=None):
    K.ctc_batch_cost()
    return tf.estimator


def local():
    K = object()
    return K.ctc_batch_cost


def closure():
    backend = keras.backend

    def inner():
        return backend.ctc_batch_cost  #! ctc-batch-cost

    return inner


def late():
    return defined_below.ctc_batch_cost  #! ctc-batch-cost


defined_below = keras.backend
[K.ctc_batch_cost for K in range(3)]
print(K.ctc_batch_cost)  #! ctc-batch-cost
for tf_module in (1, 2):
    tf_module.estimator
del B
# %%
K = dict()
K.ctc_batch_cost
try:
    import keras as either
except ImportError:
    from tensorflow import keras as either
either.optimizers.Adam(lr=0.1)  #! api-optimizer-lr
try:
    from tensorflow.keras.optimizers.legacy import SGD
except ImportError:
    from tensorflow.keras.optimizers import SGD
if tf.__version__.startswith("2.1"):
    sgd = tf.keras.optimizers.legacy.SGD(0.1)  #! api-optimizers-legacy?
elif keras.__version__ < "3":
    sgd = tf.keras.optimizers.SGD(lr=0.1)  #! api-optimizer-lr?
if hasattr(tf.keras.optimizers, "legacy"):
    sgd = tf.keras.optimizers.legacy.SGD(0.1)  #! api-optimizers-legacy?
KERAS_2 = int(tf.keras.__version__.split(".")[0]) < 3
if KERAS_2:
    sgd = tf.keras.optimizers.legacy.SGD(0.1)  #! api-optimizers-legacy?
# %%


class Trainer:
    def __init__(self, model: tf.keras.Model, rate):
        self.model = model
        self.net = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        self.opt = tf.keras.optimizers.Adam(rate)

    def run(self):
        self.model.fit_generator(None)  #! api-fit-generator
        self.net.reset_states()  #! rnn-model-reset-states
        return self.opt.lr  #! api-optimizer-lr-attribute

    def reset_states(self):
        self.model = None


trainer = Trainer(None, 0.1)
trainer.reset_states()
trainer.net.fit_generator(None)  #! api-fit-generator
import torch

model = torch.nn.LSTM(3, 3)
model.reset_states()
model.fit_generator(None)


class TorchNet(torch.nn.Module):
    def forward(self, x):
        self.reset_states()
        return x


net = TorchNet()
net.fit_generator(None)
unknown = make()
unknown.reset_states()
unknown.fit_generator(None)  #! api-fit-generator?
my_model = make()
my_model.reset_states()  #! rnn-model-reset-states?
match = 3
f"{tf.keras.optimizers.legacy.SGD}"  #! api-optimizers-legacy?
tf.keras.optimizers.legacy.SGD(0.1)  # kdoctor: ignore[api-optimizers-legacy] kept for the old branch
