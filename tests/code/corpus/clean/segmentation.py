"""Images: segmentation with a U-Net, detection heads, Grad-CAM, feature extraction, style; Keras on any backend."""

from pathlib import Path

import keras
import numpy as np
from keras import layers, ops
from keras.applications import resnet50
from keras.utils import array_to_img, img_to_array, load_img

SIZE = (160, 160)
CLASSES = 3


class Pets(keras.utils.PyDataset):
    """Reads images and their masks, a batch at a time."""

    def __init__(self, batch_size, image_paths, mask_paths, **kwargs):
        super().__init__(**kwargs)
        self.batch_size = batch_size
        self.image_paths = image_paths
        self.mask_paths = mask_paths

    def __len__(self):
        return len(self.mask_paths) // self.batch_size

    def __getitem__(self, index):
        start = index * self.batch_size
        chosen = slice(start, start + self.batch_size)
        x = np.zeros((self.batch_size, *SIZE, 3), dtype="float32")
        y = np.zeros((self.batch_size, *SIZE, 1), dtype="uint8")
        for number, path in enumerate(self.image_paths[chosen]):
            x[number] = img_to_array(load_img(path, target_size=SIZE))
        for number, path in enumerate(self.mask_paths[chosen]):
            mask = load_img(path, target_size=SIZE, color_mode="grayscale")
            y[number] = np.expand_dims(mask, 2) - 1
        return x, y


def unet():
    inputs = keras.Input(shape=(*SIZE, 3))
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(32, 3, strides=2, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    previous = x
    for filters in (64, 128, 256):
        for _ in range(2):
            x = layers.Activation("relu")(x)
            x = layers.SeparableConv2D(filters, 3, padding="same")(x)
            x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        residual = layers.Conv2D(filters, 1, strides=2, padding="same")(previous)
        x = layers.add([x, residual])
        previous = x
    for filters in (256, 128, 64, 32):
        for _ in range(2):
            x = layers.Activation("relu")(x)
            x = layers.Conv2DTranspose(filters, 3, padding="same")(x)
            x = layers.BatchNormalization()(x)
        x = layers.UpSampling2D(2)(x)
        residual = layers.UpSampling2D(2)(previous)
        residual = layers.Conv2D(filters, 1, padding="same")(residual)
        x = layers.add([x, residual])
        previous = x
    outputs = layers.Conv2D(CLASSES, 3, activation="softmax", padding="same")(x)
    return keras.Model(inputs, outputs)


def detection_head(features, anchors, name):
    for number in range(4):
        features = layers.Conv2D(256, 3, padding="same", activation="relu", name=f"{name}_{number}")(features)
    boxes = layers.Conv2D(anchors * 4, 3, padding="same", name=f"{name}_boxes")(features)
    scores = layers.Conv2D(anchors * CLASSES, 3, padding="same", name=f"{name}_scores")(features)
    boxes = layers.Reshape((-1, 4))(boxes)
    scores = layers.Reshape((-1, CLASSES))(scores)
    return boxes, ops.sigmoid(scores)


def detector():
    backbone = resnet50.ResNet50(include_top=False, input_shape=(None, None, 3))
    outputs = [backbone.get_layer(name).output for name in ("conv3_block4_out", "conv4_block6_out", "conv5_block3_out")]
    extractor = keras.Model(backbone.inputs, outputs)
    image = keras.Input((None, None, 3))
    maps = extractor(resnet50.preprocess_input(image))
    all_boxes, all_scores = [], []
    for level, features in enumerate(maps):
        boxes, scores = detection_head(features, 9, f"level{level}")
        all_boxes.append(boxes)
        all_scores.append(scores)
    boxes = layers.Concatenate(axis=1)(all_boxes)
    scores = ops.concatenate(all_scores, axis=1)
    model = keras.Model(image, {"boxes": boxes, "scores": scores})
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.01, momentum=0.9),
        loss={"boxes": keras.losses.Huber(), "scores": keras.losses.BinaryFocalCrossentropy()},
        metrics={"boxes": [keras.metrics.MeanAbsoluteError()]},
    )
    return model


def intersection_over_union(boxes_1, boxes_2):
    left = ops.maximum(boxes_1[:, None, :2], boxes_2[:, :2])
    right = ops.minimum(boxes_1[:, None, 2:], boxes_2[:, 2:])
    sizes = ops.maximum(0.0, right - left)
    both = sizes[:, :, 0] * sizes[:, :, 1]
    area_1 = (boxes_1[:, 2] - boxes_1[:, 0]) * (boxes_1[:, 3] - boxes_1[:, 1])
    area_2 = (boxes_2[:, 2] - boxes_2[:, 0]) * (boxes_2[:, 3] - boxes_2[:, 1])
    union = ops.maximum(area_1[:, None] + area_2 - both, 1e-8)
    return ops.clip(both / union, 0.0, 1.0)


def grad_cam(model, image, layer_name):
    import tensorflow as tf

    grad_model = keras.Model(model.inputs, [model.get_layer(layer_name).output, model.output])
    with tf.GradientTape() as tape:
        activations, predictions = grad_model(image)
        winner = tf.argmax(predictions[0])
        score = predictions[:, winner]
    grads = tape.gradient(score, activations)
    pooled = tf.reduce_mean(grads, axis=(0, 1, 2))
    heatmap = tf.squeeze(activations[0] @ pooled[..., tf.newaxis])
    heatmap = tf.maximum(heatmap, 0) / tf.math.reduce_max(heatmap)
    return heatmap.numpy()


def gram_matrix(x):
    x = ops.transpose(x, (2, 0, 1))
    features = ops.reshape(x, (ops.shape(x)[0], -1))
    return ops.matmul(features, ops.transpose(features))


def style_loss(style, combination, size):
    difference = gram_matrix(style) - gram_matrix(combination)
    return ops.sum(ops.square(difference)) / (4.0 * (3**2) * (size**2))


def perceptual(names):
    vgg = keras.applications.vgg19.VGG19(weights="imagenet", include_top=False)
    outputs = {layer.name: layer.output for layer in vgg.layers if layer.name in names}
    return keras.Model(inputs=vgg.inputs, outputs=outputs)


def super_resolution(upscale=3, channels=1):
    arguments = {"activation": "relu", "kernel_initializer": "orthogonal", "padding": "same"}
    inputs = keras.Input(shape=(None, None, channels))
    x = layers.Conv2D(64, 5, **arguments)(inputs)
    x = layers.Conv2D(64, 3, **arguments)(x)
    x = layers.Conv2D(32, 3, **arguments)(x)
    x = layers.Conv2D(channels * upscale**2, 3, **arguments)(x)
    outputs = layers.Lambda(
        lambda image: depth_to_space(image, upscale),
        output_shape=lambda shape: (shape[0], None, None, channels),
    )(x)
    return keras.Model(inputs, outputs)


def depth_to_space(x, block):
    batch, height, width, depth = ops.shape(x)
    x = ops.reshape(x, (batch, height, width, block, block, depth // block**2))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (batch, height * block, width * block, depth // block**2))


class ShiftedPatchTokenization(layers.Layer):
    def __init__(self, patch_size=6, projection_dim=64, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size
        self.flatten_patches = layers.Reshape((-1, patch_size * patch_size * 3))
        self.projection = layers.Dense(units=projection_dim)
        self.layer_norm = layers.LayerNormalization(epsilon=1e-6)

    def call(self, images):
        patches = ops.image.extract_patches(images, self.patch_size)
        flat = self.flatten_patches(patches)
        return self.projection(self.layer_norm(flat))


def vision_transformer(patches=144, projection=64, heads=4, depth=8):
    inputs = keras.Input(shape=(72, 72, 3))
    encoded = ShiftedPatchTokenization()(inputs)
    positions = ops.arange(0, patches)
    encoded = encoded + layers.Embedding(patches, projection)(positions)
    for _ in range(depth):
        x1 = layers.LayerNormalization(epsilon=1e-6)(encoded)
        attention = layers.MultiHeadAttention(num_heads=heads, key_dim=projection, dropout=0.1)(x1, x1)
        x2 = layers.Add()([attention, encoded])
        x3 = layers.LayerNormalization(epsilon=1e-6)(x2)
        x3 = layers.Dense(projection * 2, activation=keras.activations.gelu)(x3)
        x3 = layers.Dropout(0.1)(x3)
        x3 = layers.Dense(projection)(x3)
        encoded = layers.Add()([x3, x2])
    representation = layers.LayerNormalization(epsilon=1e-6)(encoded)
    representation = layers.Flatten()(representation)
    return keras.Model(inputs, layers.Dense(CLASSES)(representation))


def main(folder):
    images = sorted(Path(folder, "images").glob("*.jpg"))
    masks = sorted(Path(folder, "masks").glob("*.png"))
    sequence = Pets(8, images, masks, workers=2, use_multiprocessing=False)
    model = unet()
    model.compile(
        optimizer=keras.optimizers.Adam(1e-4),
        loss="sparse_categorical_crossentropy",
        metrics=[keras.metrics.MeanIoU(num_classes=CLASSES, sparse_y_pred=False, name="iou")],
    )
    model.fit(sequence, epochs=10, callbacks=[keras.callbacks.ModelCheckpoint("oxford.keras", save_best_only=True)])
    predictions = model.predict(sequence)
    array_to_img(np.argmax(predictions[0], axis=-1)[..., None]).save("mask.png")
    best = keras.models.load_model("oxford.keras", compile=False)
    for number, layer in enumerate(best.layers):
        print(number, layer.name, layer.output.shape, layer.count_params())
    keras.utils.plot_model(best, to_file="model.png", show_shapes=True)
    print(detector().summary(), vision_transformer().count_params(), super_resolution().name, perceptual({"a"}))
