import contextlib
import io

import tensorflow as tf

screen = io.StringIO()
with contextlib.redirect_stdout(screen):
    bar = tf.keras.utils.Progbar(3, verbose=2)
    for step, loss in enumerate([6.0, 3.0, 0.0], 1):
        bar.update(step, [("loss", loss)])

# --- check
assert "loss: 3.0" in screen.getvalue()
