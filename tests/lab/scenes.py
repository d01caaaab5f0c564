"""Programs that stop because of the environment they are run in: the tracebacks of the rules without a canary.

By the name that the environment is given: ``python -m tests.lab.tracebacks --scenes tensorflow-2.17=PYTHON ...``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

IMPORT = "import tensorflow as tf\n\nprint(tf.__version__)\n"
LAYER = "import tensorflow as tf\n\nlayer = tf.keras.layers.Dense(1)\n"
MIXED = "model = tf.keras.Sequential([keras.layers.Dense(1)])\n"


@dataclass(frozen=True)
class Scene:
    """A program, and what stands around it."""

    rule: str
    text: str
    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """Beside the program."""


SCENES: Mapping[str, tuple[Scene, ...]] = {
    "tensorflow-2.17-numpy-2.2": (Scene("numpy-2-under-older-tensorflow", IMPORT),),
    "tensorflow-2.18-keras-2.15": (Scene("keras-2-under-newer-tensorflow", LAYER),),
    "tensorflow-2.15-keras-3.0": (
        Scene("keras-3-over-older-tensorflow", "from tensorflow.keras import layers\n"),
        Scene("keras-3-over-older-tensorflow", LAYER),
    ),
    "tensorflow-2.16-without-tf-keras": (
        Scene("legacy-keras-without-tf-keras", LAYER, {"TF_USE_LEGACY_KERAS": "1"}),
        Scene("legacy-keras-without-tf-keras", "from tensorflow.keras import layers\n", {"TF_USE_LEGACY_KERAS": "1"}),
    ),
    "tensorflow-2.17": (
        Scene("shadowed-package", LAYER, files={"tensorflow.py": LAYER}),
        Scene("shadowed-package", "from tensorflow.keras import layers\n", files={"tensorflow.py": "import math\n"}),
        Scene("shadowed-package", "from tensorflow import keras\n", files={"tensorflow.py": "import math\n"}),
        Scene("keras-backend-missing", "import keras\n", {"KERAS_BACKEND": "torch"}),
        Scene("keras-backend-missing", "import keras\n", {"KERAS_BACKEND": "tensorfow"}),
        Scene(
            "keras-json-refused",
            "import keras\n",
            {"KERAS_HOME": "home"},
            {"home/keras.json": '["tensorflow"]'},
        ),
        Scene(
            "legacy-variable-set-after-import",
            f'import os\nimport tensorflow as tf\nimport keras\n\nos.environ["TF_USE_LEGACY_KERAS"] = "1"\n{MIXED}',
        ),
    ),
    "keras-3-alone": (Scene("keras-requirement-missing", "import keras\n"),),
    "keras-3.15-jax": (Scene("keras-backend-missing", "import keras\n", {"KERAS_BACKEND": "tensorflow"}),),
    "tf-keras-alone": (Scene("tf-keras-without-tensorflow", "import tf_keras\n"),),
}
