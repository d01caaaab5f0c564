import keras
import numpy as np

logits = np.cos(np.arange(24.0)).reshape(2, 4, 3).astype("float32")
labels = np.array([[0, 1], [1, 0]])  # as for ctc_batch_cost: class 2, the last, is the blank


def ctc(y_true, y_pred):
    steps = keras.ops.ones_like(y_true[:, 0], dtype="int32") * y_pred.shape[1]
    label_length = keras.ops.ones_like(y_true[:, 0], dtype="int32") * y_true.shape[1]
    y_true = keras.ops.cast(y_true, "int32")
    return keras.ops.ctc_loss(y_true, y_pred, label_length, steps, mask_index=y_pred.shape[-1] - 1)


losses = ctc(labels, logits)  # in a model: model.compile(loss=ctc)

# --- check
from itertools import groupby, product

scores = np.exp(logits) / np.sum(np.exp(logits), axis=-1, keepdims=True)
for row, label in enumerate([[0, 1], [1, 0]]):
    likelihood = sum(
        np.prod([scores[row, step, key] for step, key in enumerate(path)])
        for path in product(range(3), repeat=4)
        if [key for key, _ in groupby(path) if key != 2] == label
    )
    assert abs(float(losses[row]) + np.log(likelihood)) < 1e-3, (losses, -np.log(likelihood))
