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

NOT_COMPARED: tuple[tuple[str, str], ...] = ()
"""By a pattern of the name: why nothing but its parameters is compared."""
