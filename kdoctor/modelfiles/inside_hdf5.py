"""What an HDF5 file holds, read by the examined interpreter's own h5py. Standalone: Python 3.8 and h5py.

Arrays are never read, only their shapes. What is too large is left out and said.
"""

from __future__ import annotations

import io
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_ENTRIES = 100_000
MOST_ATTRIBUTE = 64 * 2**20
MOST_ATTRIBUTES = 200


class Part(io.RawIOBase):
    """A stretch of a file as a file: what a zip stores without compression."""

    def __init__(self, path: str, offset: int, size: int) -> None:
        super().__init__()
        self.file, self.offset, self.size, self.position = open(path, "rb"), offset, size, 0  # noqa: SIM115

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = 0) -> int:
        self.position = max((0, self.position, self.size)[whence] + offset, 0)
        return self.position

    def readinto(self, buffer: Any) -> int:
        length = max(min(len(buffer), self.size - self.position), 0)
        self.file.seek(self.offset + self.position)
        data = self.file.read(length)
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The attributes of the root, its first level, and all arrays with their shapes; of several files a list."""
    if "requests" in request:
        return {"answers": [answer(one) for one in request["requests"]]}
    try:
        import h5py
    except BaseException as error:
        return {"problem": "no h5py", "said": f"{type(error).__name__}: {str(error)[:300]}"}
    source: Any = request["path"]
    if request.get("size") is not None:
        source = io.BufferedReader(Part(source, request["offset"], request["size"]), 65536)
    try:
        with h5py.File(source, "r") as file:
            return contents(file, h5py)
    except Exception as error:
        return {"problem": "damaged", "said": str(error)[:500]}


def contents(file: Any, h5py: Any) -> dict[str, Any]:
    """The same of an open file."""
    arrays: list[Any] = []
    notes: list[str] = []
    left = [MOST_ENTRIES]

    def attributes(group: Any) -> dict[str, Any]:
        found = {}
        for number, name in enumerate(list(group.attrs.keys())):
            if number >= MOST_ATTRIBUTES:
                notes.append("more attributes than are read")
                break
            try:
                size = group.attrs.get_id(name).get_storage_size()
                if size > MOST_ATTRIBUTE:
                    notes.append("the attribute %s is too large" % name)
                    continue
                found[str(plain(name))] = plain(group.attrs[name])
            except Exception as error:
                notes.append(f"the attribute {name}: {str(error)[:100]}")
        return found

    def descend(group: Any, path: str, depth: int) -> None:
        for name in group:
            left[0] -= 1
            if left[0] < 0 or depth > 60:
                return
            here = path + "/" + name if path else name
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                notes.append(f"{here} is a link to elsewhere and was not followed")
                continue
            one = group.get(name)
            if isinstance(one, h5py.Group):
                descend(one, here, depth + 1)
            elif isinstance(one, h5py.Dataset):
                if one.external or one.is_virtual:
                    notes.append(f"{here} keeps its numbers in another file")
                arrays.append([here, [int(size) for size in one.shape or ()], str(one.dtype)])

    root = attributes(file)
    group = file.get("model_weights", file)
    layers = {}
    for name in list(group)[:20000] if isinstance(group, h5py.Group) else ():
        inner = group.get(name)
        if isinstance(inner, h5py.Group) and ("weight_names" in inner.attrs or "weight_names0" in inner.attrs):
            layers[name] = is_whole(inner)
    descend(file, "", 0)
    if left[0] < 0:
        notes.append("more entries than are read")
    weights = attributes(group) if group is not file else root
    return {
        "attributes": root,
        "weights": {key: value for key, value in weights.items() if key in ("keras_version", "backend", "layer_names")},
        "root": list(file)[:200],
        "arrays": arrays,
        "layers": sorted(layers),
        "lacking": [name for name in layers if not layers[name]],
        "notes": notes[:20],
        "size": os.path.getsize(file.filename)
        if isinstance(file.filename, str) and os.path.exists(file.filename)
        else 0,
    }


def is_whole(group: Any) -> bool:
    """Whether all weights of a layer are there: Keras stops where two have one name, and leaves the file."""
    names = list(group.attrs.get("weight_names", ()))[:10000]
    return len(set(names)) == len(names) and all(one in group for one in names)


def plain(value: Any) -> Any:
    """What JSON can carry."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "tolist"):
        value = value.tolist()
        return [plain(one) for one in value] if isinstance(value, list) else plain(value)
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return str(value)[:1000]
