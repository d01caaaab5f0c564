"""What code names and a release does not have, where nobody has written a rule of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Optional

from kdoctor.records.api import MOVED
from kdoctor.records.whereabouts import argument, is_inner, is_known, member, places, public, whereabouts
from kdoctor.rules.edits import Edit, Make, rename, rename_keyword
from kdoctor.rules.patterns import Argument, Call, Name
from kdoctor.rules.rule import Advice, Rule, Symptom, UseLegacyKeras
from kdoctor.words import Shown

_SAME_FUNCTIONS = """
    ceil cholesky cholesky_solve clip_by_average_norm confusion_matrix conj count_nonzero cross cumprod decode_base64
    decode_csv decode_raw depth_to_space diag diag_part digamma div div_no_nan encode_base64 erf erfc expm1 fft fft2d
    fft3d floor_div floordiv floormod global_norm ifft ifft2d ifft3d igamma imag invert_permutation is_finite is_inf
    is_nan lbeta lgamma lin_space log log1p log_sigmoid logical_xor matching_files matrix_band_part matrix_inverse
    matrix_determinant matrix_diag matrix_diag_part matrix_set_diag matrix_solve matrix_transpose mod parse_example
    parse_single_example parse_tensor polygamma py_func qr random_crop random_gamma random_normal random_poisson
    random_shuffle random_uniform read_file real reciprocal regex_replace rint rsqrt segment_max segment_mean
    segment_min segment_prod segment_sum self_adjoint_eig serialize_tensor set_random_seed space_to_depth sparse_add
    sparse_concat sparse_reorder sparse_reshape sparse_retain sparse_softmax sparse_split sparse_to_dense
    sparse_tensor_dense_matmul sparse_tensor_to_dense sparse_transpose squared_difference string_join string_split
    string_strip string_to_number substr svd to_double to_float to_int32 to_int64 trace truncated_normal
    unsorted_segment_max unsorted_segment_mean unsorted_segment_min unsorted_segment_sum write_file zeta
    FixedLenFeature FixedLenSequenceFeature SparseFeature VarLenFeature app flags gfile logging python_io
    image.resize_area image.resize_bicubic image.resize_bilinear image.resize_images image.transpose_image
    image.resize_image_with_crop_or_pad image.resize_nearest_neighbor nn.softmax_cross_entropy_with_logits_v2
"""
"""Functions of TensorFlow 1 that tf.compat.v1 has, and that take and give the same where operations run at once."""
_SAME = tuple(_SAME_FUNCTIONS.split())
_OF_GRAPHS = tuple(sorted(MOVED.difference(_SAME)))
"""What belongs to graphs and sessions there."""


_MOVED = {
    **{f"keras.utils.data_utils.{name}": f"keras.utils.{name}" for name in ("get_file", "Sequence")},
    **{f"keras.utils.generic_utils.{name}": f"keras.utils.{name}" for name in ("get_custom_objects", "Progbar")},
    "keras.utils.vis_utils": "keras.utils",
    "keras.objectives": "keras.losses",
    "keras.optimizers.experimental": "keras.optimizers",
}
"""What stood in modules of Keras that are gone, and is called the same elsewhere."""
_ARGUMENTS = {"keep_dims": "keepdims", "reduction_indices": "axis", "squeeze_dims": "axis"}
"""What functions of TensorFlow 1 call an argument, and those of TensorFlow 2."""


def _to_version_1(names: Sequence[str]) -> Make:
    return rename({f"tf.{name}": f"tf.compat.v1.{name}" for name in names})


def _name(values: Mapping[str, str], shown: Shown) -> Optional[str]:
    module, name = values["module"], values["name"]
    if is_inner(module):
        return f"`{module}` is an inner module, and no release promises to keep `{name}` in it."
    if not public(module):
        return None
    if name.startswith("_") and name != "__version__":  # the record holds public names only
        return f"`{public(module)}.{name}` is internal, and no release promises to keep it."
    # The line may say what was wanted of the module that is gone: layers.experimental.SyncBatchNormalization.
    wanted = re.search(rf"\b{re.escape(module.rpartition('.')[2])}\.({re.escape(name)}\.\w+)", shown.line)
    longer = f"{public(module)}.{wanted.group(1)}" if wanted else ""
    is_there = any(place.have for place in places(longer))
    return whereabouts(longer if is_there else f"{public(module)}.{name}", shown)


NAME_MISSING = Rule(
    code="KD093",
    slug="name-missing",
    area="code",
    title="The code uses a name that this release does not have",
    explanation=(
        "The line stops with an AttributeError or an ImportError; no result is wrong. The name may have been "
        "renamed, moved or removed: use what the release has instead. `kdoctor check` lists similar names.\n\n"
        "No rule is written about it. `kdoctor check` looks every name up in the environment itself or in "
        "the recorded API of its release. An error text alone is compared with the recorded API of all releases."
    ),
    symptoms=(
        Symptom("AttributeError: module '{module}' has no attribute '{name}'", generic=True),
        Symptom("ImportError: cannot import name '{name}' from '{module}'", generic=True),
    ),
    remedies=(
        Advice(
            "Use what the release has instead",
            "`kdoctor check FILE` names every such line and similar names that exist.\n"
            "If the line is in an installed package, upgrade that package.",
        ),
        UseLegacyKeras(),
    ),
    canary=False,
    measured="Measured: names are looked up in the examined interpreter, or in the recorded API of the release",
    edits=(
        Edit(rename(_MOVED)),
        Edit(_to_version_1(_SAME)),
        Edit(
            _to_version_1(_OF_GRAPHS),
            unsafe="Code of TensorFlow 1 also needs tf.compat.v1.disable_v2_behavior() at its beginning.",
        ),
    ),
    uses=(Name(f"tf.{{{','.join((*_SAME, *_OF_GRAPHS))}}}"), *map(Name, _MOVED)),
    answer=_name,
)


def _argument(values: Mapping[str, str], shown: Shown) -> Optional[str]:
    owner, _, function = values.get("function", values.get("layer", "")).rpartition(".")
    owner, function = (owner, function) if owner else (function, "")
    owner, function = owner.rpartition(".")[2], "" if function == "__init__" else function
    if not owner and member("Model", function):
        owner = "Model"
    return argument(owner, function, values["argument"]) if is_known(owner) else None


ARGUMENT_REFUSED = Rule(
    code="KD094",
    slug="argument-refused",
    area="code",
    title="The code passes an argument that does not exist here",
    explanation=(
        "The line stops with a TypeError or a ValueError; no result is wrong. Delete the argument, or use "
        "its successor. `kdoctor check` lists the arguments that exist.\n\n"
        "The class or function has no such parameter, and no `**kwargs` that could take it. Keras 3 removed many "
        "arguments of Keras 2. Where the line is `load_model` or `from_config`, the argument is not in the code but "
        "in the file, which another Keras wrote."
    ),
    symptoms=(
        Symptom("TypeError: {function}() got an unexpected keyword argument '{argument}'", generic=True),
        "ValueError: Unrecognized keyword arguments passed to {layer}: {'{argument}': {value}}",
        Symptom("TypeError: {function}() got multiple values for argument '{argument}'", generic=True),
    ),
    remedies=(
        Advice(
            "Delete the argument, or use its successor",
            "`kdoctor check FILE` names every such line and the arguments that exist.\n"
            "If the line is in an installed package, upgrade that package.",
        ),
        UseLegacyKeras(),
    ),
    canary=False,
    measured="Measured: signatures are read in the examined interpreter, or in the recorded API of the release",
    edits=tuple(Edit(rename_keyword(old, new)) for old, new in _ARGUMENTS.items()),
    uses=tuple(Call("tf.**", (Argument(old),)) for old in _ARGUMENTS),
    answer=_argument,
)


def _module(values: Mapping[str, str], shown: Shown) -> Optional[str]:
    module = values["module"]
    name = public(module)
    if is_inner(module):
        return f"`{module}` is an inner module of {module.partition('.')[0]}, which other releases do not have."
    if not name or "." not in module:
        return None
    return whereabouts(name, shown)


MODULE_MISSING = Rule(
    code="KD095",
    slug="module-missing",
    area="code",
    title="The code imports a module that is not there",
    explanation=(
        "The import stops with a ModuleNotFoundError; no result is wrong. Import the public name: layers "
        "from `keras.layers`, models from `keras.models`, helpers from `keras.utils`.\n\n"
        "Modules moved with Keras 3 and with TensorFlow 2. `keras.engine`, `keras.layers.core`, "
        "`tensorflow.keras.layers.experimental` and `tensorflow.contrib` are gone. Inner modules (`keras.src`, "
        "`tensorflow.python.keras`) change with every release; only public names stay. An installed package that "
        "imports such a module was written for another release."
    ),
    symptoms=(
        Symptom("ModuleNotFoundError: No module named '{module}'", generic=True),
        Symptom("ImportError: No module named '{module}'", generic=True),
        'Import "tensorflow.keras{text}" could not be resolved',
    ),
    remedies=(
        Advice(
            "Import the public name",
            "Import layers from keras.layers, models from keras.models, helpers from keras.utils.\n"
            "If the import is in an installed package, upgrade that package, or install the Keras or TensorFlow "
            "that it asks for.",
        ),
        UseLegacyKeras(),
    ),
    canary=False,
    measured="Measured: names are looked up in the recorded API of every release from TensorFlow 2.12 on",
    answer=lambda values, shown: _module(values, shown) if "module" in values else "",
)


def _member(values: Mapping[str, str], shown: Shown) -> Optional[str]:
    owner, name = values["object"], values["name"]
    if not is_known(owner):
        return None
    if name.startswith("_"):
        return f"`{name}` is an inner attribute of {owner}, which only some releases have."
    return member(owner, name)


ATTRIBUTE_GONE = Rule(
    code="KD096",
    slug="attribute-gone",
    area="code",
    title="An object of Keras lacks an attribute or a method",
    explanation=(
        "The line stops with an AttributeError; no result is wrong. Use what this Keras has instead: "
        "`kdoctor check` names the line, and the replacement where one is known.\n\n"
        "Models, layers, optimizers and metrics lost methods and attributes with Keras 3. If the record knows the "
        "attribute of another Keras, the line was written for that one. Otherwise the name is misspelt, or the object "
        "is another one than the line expects. Examples are a model where its history was meant, or a layer where its "
        "output was meant."
    ),
    symptoms=(Symptom("AttributeError: '{object}' object has no attribute '{name}'", generic=True),),
    remedies=(
        Advice(
            "Use what this Keras has instead",
            "`kdoctor check FILE` names the line and the replacement.\n"
            "If the line is in an installed package, upgrade that package.",
        ),
        UseLegacyKeras(),
    ),
    canary=False,
    measured="Measured: attributes are looked up in the recorded API of every release of Keras",
    answer=_member,
)


IMPORT_MISSING = Rule(
    code="KD097",
    slug="import-missing",
    area="code",
    title="The code imports a package that is not installed",
    explanation=(
        "The import stops with a ModuleNotFoundError. Your models are not affected. Install the package into "
        "the Python that runs the program.\n\n"
        "`kdoctor check` searches the folders from which the examined interpreter imports. A package that is installed "
        "for another Python does not help."
    ),
    symptoms=(Symptom("ModuleNotFoundError: No module named '{module}'", generic=True),),
    remedies=(
        Advice(
            "Install it with the Python that runs the program",
            "python -m pip install NAME\nA package that belongs to TensorFlow must be of the same release.",
        ),
    ),
    canary=False,
    measured="Measured: the search path of the examined interpreter is read",
    answer=lambda values, shown: None,
)


RULES: tuple[Rule, ...] = (NAME_MISSING, ARGUMENT_REFUSED, MODULE_MISSING, ATTRIBUTE_GONE, IMPORT_MISSING)
