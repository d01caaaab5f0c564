"""Layers, metrics, optimizers and models of one's own in the manner of Keras 2."""
# %%
import tensorflow as tf
import tensorflow.keras.optimizers as optim
from tensorflow.keras import Model
from tensorflow.keras.layers import LSTM, Dense, Embedding, Input, Layer, Masking
from tensorflow.keras.metrics import Metric


class Scale(Layer):
    def __init__(self, units, **kwargs):
        super().__init__(dynamic=True, **kwargs)  #! dynamic-layer
        self.bias = tf.Variable(tf.zeros((units,)))  #! layers-tf-variable

    def build(self, input_shape):
        self.w = self.add_weight("w", shape=(3,), initializer="ones")  #! api-add-weight-positional
        self.v = self.add_weight(name="v", shape=(3,))
        super().build(input_shape)

    def call(self, inputs):
        self.add_metric(tf.reduce_mean(inputs), name="mean")  #! api-add-metric
        return inputs * self.w


class Hits(Metric):
    def __init__(self, name="hits", **kwargs):
        super().__init__(name=name, **kwargs)
        self.total = self.add_weight("total", initializer="zeros")  #! api-add-weight-positional

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(1.0)

    def result(self):
        return self.total

    def reset_states(self):
        self.total.assign(0.0)


hits = Hits()
hits.reset_states()
# %%
class Lookahead(optim.Optimizer):
    def __init__(self, rate=0.1, name="Lookahead", **kwargs):
        super().__init__(name, **kwargs)  #! api-optimizer-subclass
        self.rate = rate

    def _create_slots(self, var_list):  #! api-optimizer-subclass
        for var in var_list:
            self.add_slot(var, "slow")

    def _resource_apply_dense(self, grad, var, apply_state=None):  #! api-optimizer-subclass
        return var.assign_sub(self.rate * grad)

    def get_config(self):
        return {"rate": self.rate}


class Plain(tf.keras.optimizers.Optimizer):
    def update_step(self, gradient, variable):  #! api-optimizer-subclass
        variable.assign_sub(gradient)
# %%
class Net(Model):
    def __init__(self):
        super().__init__()
        self.embed = Embedding(100, 8, mask_zero=True)
        self.lstm = LSTM(8, return_sequences=True)
        self.head = Dense(100)

    def call(self, inputs, state=None):
        x = self.embed(inputs)
        x = self.lstm(x, initial_state=state)  #! mask-rnn-initial-state?
        return self.head(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - self(x, training=True)))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss}


net = Net()
net.compile("adam", "mse", metrics=["accuracy"])  #! mask-metric?
net.reset_states()  #! rnn-model-reset-states
i = Input((4,))
two = Model(i, [Dense(1, name="a")(i), Dense(1, name="b")(i)])
two.compile("sgd", loss="mse", metrics=["mae"])  #! training-multi-output-metrics
two.compile("sgd", loss="mse", metrics={"a": ["mae"]})
masked = tf.keras.Sequential([Masking(0.0), LSTM(3, return_sequences=True), Dense(1)])
masked.compile("adam", "mse", metrics=[Hits(), "mae"])  #! mask-metric
masked.compile("adam", "mse", metrics=[Hits()])
masked.compile("adam", "mse", weighted_metrics=["mae"])
