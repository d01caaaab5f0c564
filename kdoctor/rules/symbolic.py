"""What is known to break when a functional model is put together from symbolic tensors."""

from __future__ import annotations

from kdoctor.rules.edits import Edit, replace_call
from kdoctor.rules.patterns import Argument, Call, Method, Site
from kdoctor.rules.rule import CodeChange, HealthyPage, Reference, Rule, Symptom, UseLegacyKeras

KERAS_TENSOR_MESSAGE = (
    "ValueError: A KerasTensor cannot be used as input to a TensorFlow function. A KerasTensor is a symbolic "
    "placeholder for a shape and dtype, used when constructing Keras Functional models or Keras Functions. ..."
)
GUIDE_URL = "https://keras.io/guides/migrating_to_keras_3/"
GUIDE_TENSORFLOW_OPERATIONS = Reference(
    GUIDE_URL,
    "Using a TensorFlow operation on a Keras tensor while a functional model is put together is disallowed; use the "
    "equivalent from keras.ops.",
)


_REDUCTIONS = {"sum": "sum", "mean": "mean", "max": "max", "min": "min", "prod": "prod", "any": "any", "all": "all"}
_REDUCTIONS.update({"std": "std", "variance": "var", "logsumexp": "logsumexp"})
_OF_ONE = "abs ceil cos cosh exp expm1 floor log1p rsqrt sign sigmoid sin sinh sqrt square tan tanh log softplus"
_OF_TWO = "maximum minimum add subtract multiply divide equal not_equal greater greater_equal less less_equal"
_TWINS = {
    **{f"reduce_{name}": (twin, "input_tensor=x axis keepdims") for name, twin in _REDUCTIONS.items()},
    **{name: (name, "x") for name in _OF_ONE.split()},
    **{name: (name, "x=x1! y=x2!") for name in _OF_TWO.split()},
    **{name: (name, "features=x") for name in ("relu", "relu6", "elu", "selu", "softsign")},
    "leaky_relu": ("leaky_relu", "features=x alpha=negative_slope"),
    "silu": ("silu", "features=x"),
    "swish": ("silu", "features=x"),
    "softmax": ("softmax", "logits=x axis"),
    "log_softmax": ("log_softmax", "logits=x axis"),
    "pow": ("power", "x=x1! y=x2!"),
    "logical_and": ("logical_and", "x=x1! y=x2!"),
    "logical_or": ("logical_or", "x=x1! y=x2!"),
    "logical_not": ("logical_not", "x"),
    "matmul": ("matmul", "a=x1! b=x2!"),
    "one_hot": ("one_hot", "indices=x! depth=num_classes! * axis dtype"),
    "expand_dims": ("expand_dims", "input=x! axis!"),
    "squeeze": ("squeeze", "input=x axis"),
    "concat": ("concatenate", "values=xs! axis!"),
    "stack": ("stack", "values=x axis"),
    "transpose": ("transpose", "a=x perm=axes"),
    "cast": ("cast", "x! dtype!"),
    "tile": ("tile", "input=x! multiples=repeats!"),
    "zeros_like": ("zeros_like", "input=x * dtype"),
    "ones_like": ("ones_like", "input=x * dtype"),
    "clip_by_value": ("clip", "t=x! clip_value_min=x_min! clip_value_max=x_max!"),
    "where": ("where", "condition! x=x1! y=x2!"),
}
TWINS = {
    f"{module}.{name}": (f"keras.ops.{twin}", parameters)
    for name, (twin, parameters) in _TWINS.items()
    for module in ("tf", "tf.math", "tf.nn", "tf.linalg")
}
"""Functions of TensorFlow with the one of keras.ops that gives the same numbers for the same arguments."""


def _has_no_rule_of_its_own(site: Site) -> bool:
    return site.name != "tensorflow.one_hot"


def _is_no_class_of_the_code(site: Site) -> bool:
    made_by = site.receiver.made_by
    return made_by in ("keras.Model", "keras.Functional") and not site.receiver.is_own


PAGES: tuple[HealthyPage, ...] = (
    HealthyPage(
        slug="symbolic-tf-in-layer",
        belief="TensorFlow functions cannot be used in Keras 3 models any more.",
        truth=(
            "They fail only on the symbolic tensors of a functional model: see symbolic-tf-one-hot. Inside the call of "
            "a custom layer they get real tensors and give the right numbers, on every release that was run, Keras "
            "2.12 to 3.15. So wrapping them in a layer fixes such a model."
        ),
    ),
    HealthyPage(
        slug="symbolic-add-loss-in-layer",
        belief="add_loss is gone from Keras 3.",
        truth=(
            "Only `model.add_loss(tensor)` is gone: see symbolic-add-loss. A layer that calls `self.add_loss(value)` "
            "inside its call works on every release that was run, Keras 2.12 to 3.15. The value is added to the loss, "
            "and the gradients follow it."
        ),
    ),
)

RULES: tuple[Rule, ...] = (
    Rule(
        code="KD501",
        slug="symbolic-tf-one-hot",
        area="symbolic",
        title="tf.one_hot on a model's input is refused",
        explanation=(
            "`tf.one_hot` stops with a ValueError on `Input(...)` or on a layer's output. Use `keras.ops.one_hot` "
            "instead. The model computes the same as before.\n\n"
            "In Keras 2 a TensorFlow function that was called on these symbolic tensors became a layer automatically. "
            "In Keras 3 a symbolic tensor is only a description of a shape, and TensorFlow cannot compute with it. "
            "Every release refuses it. You can also call TensorFlow's function inside a layer."
        ),
        symptoms=(
            KERAS_TENSOR_MESSAGE,
            "ValueError: Tried to convert 'indices' to a tensor and failed. Error: A KerasTensor cannot be used as "
            "input to a TensorFlow function. ...",
        ),
        remedies=(
            CodeChange("Use keras.ops.one_hot", versions=">=3"),
            CodeChange("Call tf.one_hot inside a layer", after="after_layer"),
            UseLegacyKeras(),
        ),
        references=(
            GUIDE_TENSORFLOW_OPERATIONS,
            Reference(
                "https://github.com/fchollet/deep-learning-with-python-notebooks/issues/245",
                "The book's `tf.one_hot(inputs, depth=max_tokens)` raises this; solved with a layer that calls it.",
            ),
        ),
        edits=(Edit(replace_call(TWINS)),),
        uses=(Call("tf.one_hot", to="tensor"),),
    ),
    Rule(
        code="KD502",
        slug="symbolic-tf-math",
        area="symbolic",
        title="tf.math functions on a model's tensors are refused",
        explanation=(
            "TensorFlow functions stop with a ValueError on a model's symbolic tensors. Use the function of the same "
            "kind from `keras.ops`. The model computes the same as before.\n\n"
            "This concerns nearly every function: `tf.math`, `tf.reduce_*`, `tf.concat`, `tf.squeeze` and others. In "
            "Keras 2 they became layers automatically. Most have a counterpart in `keras.ops`, sometimes under NumPy's "
            "name: `tf.reduce_mean` is `keras.ops.mean`. Python's operators (`+`, `*`, `**`, `@`, slices) work on "
            "symbolic tensors as before."
        ),
        symptoms=(KERAS_TENSOR_MESSAGE,),
        remedies=(
            CodeChange("Use the counterpart from keras.ops", versions=">=3"),
            CodeChange("Call TensorFlow inside a layer", after="after_layer"),
            UseLegacyKeras(),
        ),
        references=(GUIDE_TENSORFLOW_OPERATIONS,),
        edits=(Edit(replace_call(TWINS)),),
        uses=(Call("tf.**", to="tensor", when=_has_no_rule_of_its_own),),
    ),
    Rule(
        code="KD503",
        slug="symbolic-add-loss",
        area="symbolic",
        title="model.add_loss on a functional model is refused",
        explanation=(
            "`model.add_loss(...)` stops with a NotImplementedError. Call `self.add_loss(...)` in a layer's `call()` "
            "instead; it trains the same weights.\n\n"
            "Variational autoencoders often compute a loss from the model's own tensors and pass it to "
            "`model.add_loss(...)`. Keras 3 removed that for functional models, and every release raises a bare "
            "NotImplementedError. Often another message comes first: the loss is computed with TensorFlow or "
            "`keras.backend` functions, which refuse symbolic tensors too. Add a single number in the layer. From a "
            "vector, Keras 3.3 and later take the sum."
        ),
        symptoms=(
            Symptom("NotImplementedError", generic=True),
            "ValueError: `add_loss()` can only be called from inside `build()` or `call()`, on a tensor input. "
            "Received invalid value: <KerasTensor shape=...>",
            KERAS_TENSOR_MESSAGE,
            "AttributeError: 'str' object has no attribute 'base_dtype'",
        ),
        remedies=(
            CodeChange("Add the loss in a layer"),
            UseLegacyKeras(),
        ),
        references=(
            Reference(
                GUIDE_URL,
                "Symbolic add_loss() is removed; add_loss() can still be used inside the call() method of a layer or "
                "model.",
            ),
            Reference(
                "https://github.com/ageron/handson-ml3/issues/172",
                "The book's variational autoencoder fails while the latent loss is computed, with the message about "
                "KerasTensor.",
            ),
        ),
        uses=(
            Method("model", "add_loss", (Argument(position=0, kind="tensor"),)),
            Method("model", "add_loss", when=_is_no_class_of_the_code),
            *(
                Method("{layer,model}", "add_loss", (Argument(position=0, kind=kind),))
                for kind in ("lambda", "function")
            ),
        ),
    ),
)
