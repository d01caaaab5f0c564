import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator

images = np.full((4, 8, 8, 3), 255.0)
targets = np.zeros(4)
generator = ImageDataGenerator(rescale=1.0 / 255)
batches = generator.flow(images, targets, batch_size=2)

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((8, 8, 3)),
        tf.keras.layers.GlobalAveragePooling2D(),
        tf.keras.layers.Dense(1, kernel_initializer="ones", use_bias=False),
    ]
)
model.compile(optimizer=tf.keras.optimizers.SGD(0.0), loss="mse")
history = model.fit(batches, steps_per_epoch=len(images) // 2, epochs=2)

# --- check
# every image is white: the model adds up 1 + 1 + 1, and at a rate of 0 it learns nothing
assert np.allclose(history.history["loss"], [9.0, 9.0], atol=1e-4), history.history
