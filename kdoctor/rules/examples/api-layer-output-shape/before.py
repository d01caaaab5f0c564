import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((3,)),
        tf.keras.layers.Dense(8),
        tf.keras.layers.Dense(2),
    ]
)
shapes = [(layer.name, layer.input_shape, layer.output_shape) for layer in model.layers]
print(shapes)

# --- check
assert [shape[1:] for shape in shapes] == [((None, 3), (None, 8)), ((None, 8), (None, 2))]
