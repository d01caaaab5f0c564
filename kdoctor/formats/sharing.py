"""What of a report may leave this machine: reports are pasted into issues, uploaded by CI and saved in notebooks.

Three things are private: values of variables (some are keys), credentials in addresses, and the folders of users, which
hold their names. All are taken out in one place, :func:`shareable`, before any format sees the report, so that no
format can forget it. Pure.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Callable, Optional

from kdoctor.code.places import Fix
from kdoctor.environment.model import Environment, Kernel
from kdoctor.formats.context import Context
from kdoctor.report import Report
from kdoctor.words import LEGACY_VARIABLE

SET = "(set)"  # what stands in the place of a value that is not shown

_FLAGS = ("", "0", "1", "true", "false", "True", "False", "yes", "no")
BACKENDS = ("tensorflow", "jax", "torch", "numpy", "openvino")
VARIABLES: Mapping[str, tuple[str, ...]] = {
    LEGACY_VARIABLE: _FLAGS,
    "KERAS_BACKEND": ("", *BACKENDS),
    "TF_ENABLE_ONEDNN_OPTS": _FLAGS,
    "TF_CPP_MIN_LOG_LEVEL": ("0", "1", "2", "3"),
    "TF_DETERMINISTIC_OPS": _FLAGS,
    "TF2_BEHAVIOR": _FLAGS,
    "TF_FORCE_GPU_ALLOW_GROWTH": _FLAGS,
    "CUDA_VISIBLE_DEVICES": ("", "-1", "0", "1", "0,1"),
    "JAX_PLATFORMS": ("", "cpu", "gpu", "cuda", "tpu"),
    "USE_TF": _FLAGS,
    "USE_TORCH": _FLAGS,
    "TEMPORARILY_DISABLE_PROTOBUF_VERSION_CHECK": _FLAGS,
    "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": ("python", "cpp", "upb"),
    "PYTHONPATH": (),
    "KERAS_HOME": (),
    "TF_XLA_FLAGS": (),
    "XLA_FLAGS": (),
}
"""The values that a variable may have to be shown; of any other, and of any other variable, only that it is set."""

# ``user:password@`` and ``token@`` of an address, up to the last @ of it. A number behind the colon is a port. The
# second form has a slash in its password, which no standard allows and people write.
_CREDENTIALS = re.compile(r"""(?<=//)(?:[^\s/?\#"'<>]+|[^\s/?\#"'<>:@]+:(?!\d+/)[^\s"'<>@]+)@""")
# ``?token=...`` of an address, by what such parameters are called.
_TOKENS = re.compile(
    r"""([?&;][\w.-]*(?:token|key|secret|sig|signature|password|passwd|pwd|auth|credential|access)[\w.-]*=)[^\s&;\#"'<>]+""",
    re.I,
)
_HOMES = re.compile(
    r"""\b[A-Za-z]:[\\/]+Users[\\/]+(?:[^\\/:'"\n]+(?=[\\/])|[^\\/\s:'"]+)|/(?:home|Users)/[^\\/\s:'"]+|/root(?![\w.-])""",
    re.I,
)
# A quoted path with a blank in it: a shell expands the ~ only where it stands before the quotation mark.
_QUOTED_HOME = re.compile(r"(?<![\w'])'~/")


def shareable(
    report: Report, context: Optional[Context] = None, *, homes: Optional[Iterable[str]] = None
) -> tuple[Report, Context]:
    """The same report, and what it is written with, without what is private.

    Args:
        report: the report.
        context: what the format is given besides; it names folders and holds lines of requirement files.
        homes: the home folders that are known here, written as ``~`` in addition to those that are known by their form.
            None leaves all of them: on the user's own screen, and for programs that need paths.
    """
    known = None if homes is None else sorted(filter(None, homes), key=len)

    def text(found: str) -> str:
        found = without_credentials(found)
        return found if known is None else without_homes(found, known)

    return _walk(report, text), _walk(context if context is not None else Context(), text)


def value(name: str, found: str) -> str:
    """The value of a variable where it may be shown, else that it is set."""
    return found if found in VARIABLES.get(name, ()) else SET


def without_credentials(text: str) -> str:
    """``text`` with passwords and tokens of addresses as ``***``."""
    if "@" in text and "//" in text:
        text = _CREDENTIALS.sub("***@", text)
    if "=" in text and "?" in text:
        text = _TOKENS.sub(r"\1***", text)
    return text


def without_homes(text: str, known: Iterable[str] = ()) -> str:
    """``text`` with the folders of users, and thus their names, as ``~``."""
    for home in known:
        if home in text:
            text = re.sub(r"(?<![\w.-])" + re.escape(home) + r"(?=[\\/\s:'\"]|$)", "~", text)
    if "/" in text or "\\" in text:
        text = _HOMES.sub(_home, text)
    return _QUOTED_HOME.sub("~/'", text) if "'~/" in text else text


def _home(found: re.Match[str]) -> str:
    """The page ``/home/`` of a web site is nobody's folder."""
    before = found.string[max(0, found.start() - 200) : found.start()]
    _, is_address, host = re.split(r"\s", before)[-1].rpartition("://")
    return found[0] if is_address and host and not host.startswith("/") else "~"


def _walk(found: Any, text: Callable[[str], str]) -> Any:
    """Every text of a value of the model; what does not change is kept as it is, for reports are large."""
    kind = type(found)
    if kind is str:
        return text(found)
    if isinstance(found, Enum):
        return found
    if dataclasses.is_dataclass(kind):
        if kind is Environment:
            shown = {name: value(name, one) for name, one in found.variables.items()}
            found = found if shown == found.variables else dataclasses.replace(found, variables=shown)
        elif kind is Kernel:
            cells = {number: one for number, one in found.cells.items() if text(one) == one}
            variable = None if found.variable is None else value(LEGACY_VARIABLE, found.variable)
            found = dataclasses.replace(found, variable=variable, cells=cells)
        elif kind is Fix and any(text(line) != line for line in found.diff):
            return None  # an edit of what is private would hold it in another spelling
        fields = {field.name: getattr(found, field.name) for field in dataclasses.fields(kind)}
        walked = {name: _walk(before, text) for name, before in fields.items()}
        changes = {name: after for name, after in walked.items() if after is not fields[name]}
        return dataclasses.replace(found, **changes) if changes else found
    if kind is tuple or kind is list:
        items = [_walk(one, text) for one in found]
        return found if all(map(lambda a, b: a is b, items, found)) else kind(items)
    if isinstance(found, Mapping):
        pairs = {_walk(key, text): _walk(one, text) for key, one in found.items()}
        return found if pairs == found else pairs
    return found
