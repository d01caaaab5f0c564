"""``keras.json`` as Keras reads it, and what Keras makes of what it says."""

from __future__ import annotations

import json
import os

from kdoctor import files
from kdoctor.environment.model import KerasConfig
from kdoctor.environment.packages import LONGEST_VALUE

_STOPS = "Keras stops when it is imported"
_FLOATS = ("float16", "float32", "float64")
_LAYOUTS = ("channels_last", "channels_first")


def read(path: str) -> KerasConfig:
    """What the file at this path means; Keras opens whatever is there, and waits, fills the memory or stops."""
    if not os.path.exists(path):
        return KerasConfig(path, exists=False)
    try:
        config = json.loads(files.read(path).decode("utf-8"), parse_int=files.integer)
    except files.Unreadable as error:
        return KerasConfig(path, True, f"it cannot be read ({error.reason}), so {_STOPS}", refused=True)
    except ValueError:
        return KerasConfig(path, True, "it is not JSON, so Keras ignores it")
    except RecursionError:
        return KerasConfig(path, True, f"it is nested too deeply, so {_STOPS}", refused=True)
    if not isinstance(config, dict):
        return KerasConfig(path, True, f"it holds no JSON object, so {_STOPS}", refused=True)
    refused = []
    if config.get("floatx", _FLOATS[0]) not in _FLOATS:
        refused.append(f"floatx is {_spelled(config['floatx'])}, not float16, float32 or float64")
    epsilon = config.get("epsilon")
    if "epsilon" in config and not isinstance(epsilon, float):
        refused.append(f"epsilon is {_spelled(epsilon)}, not a number with a decimal point or exponent")
    if config.get("image_data_format", _LAYOUTS[0]) not in _LAYOUTS:
        layout = _spelled(config["image_data_format"])
        refused.append(f"image_data_format is {layout}, not channels_last or channels_first")
    words = {name: config.get(name) or "" for name in ("backend", "floatx", "image_data_format")}
    return KerasConfig(
        path,
        exists=True,
        problem=f"{'; '.join(refused)}: {_STOPS}" if refused else "",
        refused=bool(refused),
        epsilon=epsilon if isinstance(epsilon, float) else None,
        **{name: value[:LONGEST_VALUE] if isinstance(value, str) else _spelled(value) for name, value in words.items()},
    )


def _spelled(value: object) -> str:
    """A value of JSON as one writes it, shortened."""
    try:
        text = json.dumps(value)
    except (ValueError, RecursionError):
        text = "nested too deeply"
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "..."
