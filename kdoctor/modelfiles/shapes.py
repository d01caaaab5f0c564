"""The shapes within a model, as far as its configuration says them: enough to tell whether an axis matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from kdoctor.modelfiles import config as configs
from kdoctor.modelfiles.known import ever

Shape = tuple[Optional[int], ...]
"""With the batch; None is an open size, ``_UNKNOWN`` one that is not worked out."""
_UNKNOWN = -1
_SAME = ("Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization", "Dropout", "ELU",
         "GaussianDropout", "GaussianNoise", "InputLayer", "LayerNormalization", "LeakyReLU", "Masking", "PReLU",
         "ReLU", "Softmax", "SpatialDropout1D", "SpatialDropout2D", "ThresholdedReLU")  # fmt: skip
"""Layers that answer with the shape which they were given."""
_OPEN = ("Bidirectional", "Lambda", "TimeDistributed", "Dot", *configs.MODELS)
"""Layers of which the configuration does not say how many dimensions come out."""


class Shapes:
    """What goes into each layer of a model's first level."""

    def __init__(self, config: Any) -> None:
        self._into: dict[str, list[Optional[Shape]]] = {}
        self._behind: dict[str, set[str]] = {}
        out: dict[str, Optional[Shape]] = {}
        last = ""
        for layer, depth in configs.walk(config):
            if depth:
                continue
            inner, cls = configs.parts(layer), str(layer["class_name"])
            name = str(layer.get("name") or inner.get("name"))
            sources = [one for one in _sources(layer.get("inbound_nodes")) if one in out] or ([last] if last else [])
            for one in sources:
                self._behind.setdefault(one, set()).add(cls)
            given = [out[one] for one in sources] or [configs.batch_shape(inner)]
            self._into[name] = given
            out[name] = given[0] and _after(cls, inner, given[0])
            last = name if config.get("class_name") == "Sequential" else ""

    def is_last(self, name: str, axis: object) -> bool:
        """Whether an axis of a layer is the last one."""
        given = self._into.get(name, [None])[0]
        return given is not None and axis in (len(given) - 1, [len(given) - 1])

    def fits_without(self, name: str, axis: object, has_weights: bool) -> bool:
        """Whether the stored weights and the shapes agree with a layer that lost its axis; False where unknown."""
        given = self._into.get(name, [])
        known = [one for one in given if one is not None and _UNKNOWN not in one]
        if not has_weights and len(given) == 1:
            return True
        if not known or len(known) != len(given) or not isinstance(axis, int):
            return False
        try:
            if has_weights:
                return known[0][axis] == known[0][-1]
            right, wrong = _joined(known, axis), _joined(known, -1)
        except IndexError:
            return False
        return (
            right is not None and wrong is not None and (right == wrong or self._behind.get(name, set()) <= {"Flatten"})
        )


def _after(cls: str, inner: Mapping[str, Any], shape: Shape) -> Optional[Shape]:
    batch = shape[:1]
    if cls in _SAME:
        return shape
    if cls == "Dense":
        return (*shape[:-1], inner.get("units", _UNKNOWN))
    if cls == "Embedding":
        return (*shape, inner.get("output_dim", _UNKNOWN))
    if cls == "RepeatVector":
        return (*batch, inner.get("n", _UNKNOWN), *shape[1:])
    if cls == "Flatten" or (cls.startswith("Global") and not inner.get("keepdims")):
        return (*batch, _UNKNOWN)
    if cls == "Reshape":
        target = inner.get("target_shape")
        return (*batch, *target) if isinstance(target, list) else None
    if cls in _OPEN or cls not in ever("layers"):
        return None
    if cls in configs.RECURRENT or cls.startswith("CuDNN"):
        steps = shape[1:2] if inner.get("return_sequences") else ()
        return (*batch, *steps, _UNKNOWN) if len(shape) == 3 else None
    return (*batch, *[_UNKNOWN for _ in shape[1:]])


def _joined(given: list[Shape], axis: int) -> Optional[Shape]:
    """The shape of some tensors that are concatenated; None where they do not go together."""
    axis %= len(given[0])
    others = {(*one[:axis], *one[axis + 1 :]) for one in given}
    sizes = [one[axis] for one in given if len(one) > axis]
    if len(others) > 1 or len(sizes) < len(given):
        return None
    known = [one for one in sizes if one is not None]
    size = sum(known) if len(known) == len(sizes) else None
    return (*given[0][:axis], size, *given[0][axis + 1 :])


def _sources(nodes: Any) -> list[str]:
    """The names of the layers whose outputs a layer is called with."""
    found: list[str] = []
    stack = [nodes]
    while stack and len(found) < 20:
        one = stack.pop()
        if isinstance(one, list) and one and isinstance(one[0], str):
            found.append(one[0])
        elif isinstance(one, list):
            stack += one
        elif isinstance(one, dict):
            history = one.get("keras_history")
            stack += [history] if isinstance(history, list) else list(one.values())
    return found
