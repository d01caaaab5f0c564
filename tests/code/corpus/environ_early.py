"""The variable is set in time, so that `tf.keras` is the legacy one."""
# %%
import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"  #! legacy-keras-without-tf-keras
# %%
import tensorflow as tf

tf.keras.optimizers.SGD(lr=0.1)  #! api-optimizer-lr


def later():
    import tensorflow as tf2

    return tf2.keras.optimizers.SGD(lr=0.1)  #! api-optimizer-lr
