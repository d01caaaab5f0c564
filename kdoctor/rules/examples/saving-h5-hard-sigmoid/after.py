import numpy as np
import tensorflow as tf


def hard_sigmoid(x):
    return tf.clip_by_value(0.2 * x + 0.5, 0.0, 1.0)


made = tf.keras.layers.LSTM(
    1,
    recurrent_activation="hard_sigmoid",
    use_bias=False,
    kernel_initializer="ones",
    recurrent_initializer="ones",
)
tf.keras.Sequential([tf.keras.Input((1, 1)), made]).save("old.h5")  # as Keras before 2.3 wrote it

model = tf.keras.models.load_model("old.h5")
for layer in model.layers:
    cell = getattr(layer, "cell", None)
    if cell is not None and cell.get_config().get("recurrent_activation") == "hard_sigmoid":
        cell.recurrent_activation = hard_sigmoid
answer = model(np.ones((1, 1, 1), "float32"))

# --- check
gate = 0.2 * 1 + 0.5
np.testing.assert_allclose(answer, [[gate * np.tanh(gate * np.tanh(1))]], rtol=1e-4)
