"""The settings that the worker reads and pins."""

_settings = {"floatx": "float16", "image_data_format": "channels_last"}


def backend() -> str:
    return "none"


def floatx() -> str:
    return _settings["floatx"]


def set_floatx(value: str) -> None:
    _settings["floatx"] = value


def image_data_format() -> str:
    return _settings["image_data_format"]


def set_image_data_format(value: str) -> None:
    _settings["image_data_format"] = value


def clear_session() -> None:
    """Called between canaries that share a process."""
