"""Stands for Keras 3 where a test is about the laboratory and not about Keras."""

from . import backend, layers

__version__ = "3.99.0"
__all__ = ["backend", "layers"]
