"""What is known of the differences that ``tests.lab.compare`` finds, and what it does not compare."""

from __future__ import annotations

KNOWN: tuple[tuple[str, str, str], ...] = (
    (r"losses\.(Huber|CosineSimilarity), config|losses\.Huber, config round trip", "rule", "saving-loss-delta"),
    (r"losses\..*, config", "harmless", "fn is what the class itself says"),
    (r"losses\..*, ranks", "rule", "training-loss-ranks"),
    (r"losses\.Mean(Squared|Absolute)Error, integers", "rule", "training-loss-integers"),
    (r"losses\..*, float(16|64)", "harmless", "the same numbers to rounding; Keras 3 casts to floatx"),
    (r"losses\.Loss, defaults", "rule", "training-loss-positional"),
    (r"losses\..*, defaults", "harmless", "auto meant sum_over_batch_size outside of strategies"),
    (
        r"(losses|metrics)\.sparse_categorical_crossentropy, defaults",
        "harmless",
        "axis and ignore_class",
    ),
    (r"metrics\.KLDivergence, (name|defaults|in fit)", "rule", "training-kl-metric-name"),
    (r"activations\.hard_sigmoid, .*", "rule", "training-hard-sigmoid"),
    (r"activations\.exponential, far", "harmless", "infinite in both"),
    (r"activations\.\w+, float16", "harmless", "rounding of half precision: at most 0.001"),
    (r"backend\.count_params, .*", "harmless", "an int, and no scalar of NumPy"),
    (r"initializers\.\w+, [({].*", "harmless", "random: the spread agrees to one digit, the formulas in full"),
    (r"metrics\.\w+, column", "rule", "training-targets-flat"),
    (r"metrics\.\w+, \{\"dtype\": \"float64\"\}", "harmless", "the same numbers, as floatx"),
    (r"metrics\.binary_accuracy, .*", "harmless", "a mean less in the function: any further mean gives the same"),
    (r"callbacks\.ReduceLROnPlateau, defaults", "harmless", "0 and 0.0"),
    (r"callbacks\.BackupAndRestore, .*", "harmless", "the folder is deleted after the training"),
    (
        r"callbacks\.LearningRate.*|callbacks\.ReduceLR.*",
        "harmless",
        "logs say learning_rate, not lr: KeyError where read",
    ),
    (r"callbacks\.ModelCheckpoint, .*verbose.*", "harmless", "a line more is printed: finished saving"),
    (r"optimizers\.\w+, (defaults|config)", "harmless", "the name alone: adam and Adam"),
    (r"(Model|Sequential), defaults of compute_metrics", "harmless", "sample_weight may be left out"),
    (r"initializers\.[cC]onstant, defaults", "harmless", "0 and 0.0"),
    (r"regularizers\.(l1_l2|L1L2), defaults", "rule", "training-l1-l2-default"),
    (r"optimizers\.Lion, default( rate|s)", "rule", "training-lion-default"),
    (r"optimizers\.RMSprop, defaults", "rule", "training-ema-default"),
    (r"optimizers\.\w+, \{.*use_ema.*", "rule", "training-ema-average"),
    (r"layers\.ConvLSTM.D, .*", "rule", "training-conv-lstm-gates"),
    (r"layers\.A(verage|vg)Pool.*, defaults", "rule", "layers-average-pooling"),
    (r"(Model|Sequential), defaults of compile", "rule", "training-compile-positional"),
    (r"(Model|Sequential|.*Layer|.*Metric), defaults of add_weight", "rule", "api-add-weight-positional"),
    (r"metrics\.Metric, defaults", "rule", "api-metric-name-positional"),
    (r"Input, defaults|layers\.Input(Layer)?, defaults", "harmless", "raises where the name is given by position"),
)
"""By a pattern of the difference: a rule, or why it is harmless, as it was measured."""

NOT_COMPARED: tuple[tuple[str, str], ...] = (
    (r"(.*\.)?(get|serialize|deserialize|from_config|get_config)", "what they make is compared under its own name"),
    (r"datasets\..*", "downloads"),
    (
        r"(.*\.)?decode_predictions|utils\.(get_file|audio_dataset_from_directory)",
        "downloads, or needs another package",
    ),
    (r"applications\.\w+\.\w+", "the same function as in applications; preprocess_input is called"),
    (r"applications\.imagenet_utils\..*", "called through each model's own module"),
    (r"callbacks\.RemoteMonitor", "sends to a server"),
    (r"callbacks\.(CallbackList|LambdaCallback|Callback)", "called in the order of a training"),
    (
        r"layers\.(Layer|Wrapper|InputLayer|InputSpec)|Model|Sequential|models\.(Model|Sequential)",
        "bases of all others",
    ),
    (
        r"(losses\.(Loss|Reduction)|metrics\.Metric|optimizers\.Optimizer|optimizers\.schedules\.LearningRateSchedule)",
        "bases",
    ),
    (r"(initializers\.Initializer|constraints\.Constraint|regularizers\.Regularizer)", "bases"),
    (r"optimizers\.legacy\..*|utils\.legacy\..*", "Keras 3 raises: a rule"),
    (r"utils\.(plot_model|model_to_dot)", "needs Graphviz"),
    (r"utils\.(FeatureSpace|Sequence)|export\.ExportArchive", "used in training, or by canaries"),
    (r"utils\.(register_keras_serializable|get_custom_objects|custom_object_scope|CustomObjectScope)", "by canaries"),
    (r"utils\.\w+interactive_logging\w*|utils\.is_interactive_logging_enabled", "a switch for printing"),
    (r"utils\.(get_source_inputs|\w+_keras_object)", "by configurations of layers"),
    (r"preprocessing\.(image\.(array_to_img|img_to_array|load_img|save_img)|sequence\.pad_sequences)", "as in utils"),
    (r"preprocessing\.(image|text)_dataset_from_directory|preprocessing\.timeseries_.*", "as in utils"),
    (r"preprocessing\.image\.random_\w+", "random; the same code in both, by SciPy"),
    (r"preprocessing\.image\.(Iterator|DirectoryIterator|NumpyArrayIterator)", "through ImageDataGenerator"),
    (r"models\.(load_model|save_model)", "every layer and model is saved and loaded"),
    (r"mixed_precision\.set_global_policy", "changes what all others do"),
)
"""By a pattern of the name: why nothing but its parameters is compared."""
