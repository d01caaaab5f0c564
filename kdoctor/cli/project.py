"""The code of the working folder, which is read where no path is named."""

import os
import re
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Optional

from kdoctor import files
from kdoctor.cli import common
from kdoctor.settings import Settings

if TYPE_CHECKING:
    from kdoctor.code import Usage

_MOST_FILES = 2000
_MOST_BYTES = 20_000_000
_IMPORTS = re.compile(rb"""(?:^|["';:]|\\n)[ \t]*(?:import|from)[ \t][^\n#]*\b(?:tensorflow|keras|tf_keras)\b""", re.M)
"""An import at the beginning of a line, of a notebook's too."""


def code(settings: Settings, is_bare: bool) -> "Optional[tuple[Sequence[str], Usage]]":
    """The paths that are read, and what their code uses; None where there is nothing to read.

    Where no command was given (``is_bare``), the folder is read only up to a bound, and only if a file in it imports
    TensorFlow or Keras.
    """
    if settings.paths:
        return settings.paths, common.usage(settings.paths)
    here = os.path.realpath(os.curdir)
    if here in (os.path.realpath(os.path.expanduser("~")), os.path.dirname(here)):
        return None  # who starts kdoctor there does not mean all files below
    from kdoctor.code.files import find
    from kdoctor.environment.model import Unread

    found = sorted(find([os.curdir]).files)
    read = found[: _within(found)] if is_bare else found
    if not read or (is_bare and not any(map(_imports, read))):
        return None
    if len(read) == len(found):
        return (os.curdir,), common.usage((os.curdir,))
    used = common.usage(read)
    why = f"{len(found) - len(read):,} of its {len(found):,} files were left out; kdoctor check . reads all"
    return (os.curdir,), used._replace(unread=(*used.unread, Unread(os.curdir, why)))


def _within(paths: Sequence[str]) -> int:
    """How many of the files are within the bounds, one at least."""
    sizes = (os.stat(path).st_size if os.path.isfile(path) else 0 for path in paths[:_MOST_FILES])
    before = accumulate(sizes, initial=0)
    return sum(size <= _MOST_BYTES for size, _path in zip(before, paths[:_MOST_FILES]))


def _imports(path: str) -> bool:
    try:
        return _IMPORTS.search(files.read(path, files.MOST_CODE)) is not None
    except files.Unreadable:
        return False
