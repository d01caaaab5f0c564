"""What scripts and notebooks use, and where: Python is read, never imported or run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, Optional

from kdoctor.code.keras_kinds import FOLLOWED, FOREIGN_PACKAGES, KERAS, KERAS_3, LEGACY, TF_KERAS_PACKAGE
from kdoctor.code.places import IgnoredUse, Location, Remark
from kdoctor.environment.model import Lost, Unread
from kdoctor.words import StackId

if TYPE_CHECKING:
    from kdoctor.code.cells import Ignore
    from kdoctor.code.reading import HasPatterns


class Use(NamedTuple):
    """A dotted name under TensorFlow, Keras or tf-keras that code refers to at one place."""

    name: str
    """As the stack spells it: ``tf.keras.layers.LSTM``, ``keras.layers.LSTM``, ``tf_keras.Model``, ``tf.one_hot``."""
    location: Location
    """Its ``stack`` is the name through which the code reaches Keras: ``tf.keras``, ``keras`` or ``tf_keras``;
    ``tf.keras+legacy`` or ``tf.keras+keras3`` where the code itself sets ``TF_USE_LEGACY_KERAS`` before it imports
    TensorFlow; ``tensorflow`` for names of TensorFlow that are not Keras; empty where it is not known.
    """
    called: bool = False
    positional: Optional[int] = None
    """How many positional arguments the call has; None where ``*args`` hides it, or it is no call."""
    keywords: tuple[str, ...] = ()
    """The keyword arguments that are written out; what ``**kwargs`` holds is not known."""
    member: bool = False
    """Whether it is an attribute or method of an object of that class, rather than a name that was written."""
    exact: bool = False
    """Whether the very class of that object is known."""
    last_line: int = 0
    """Where the call ends, which is where its arguments may stand; 0 where it is no call."""

    @property
    def is_string(self) -> bool:
        """Whether it is something that Keras finds by a string: ``keras.losses.get('mse')``."""
        return self.name.endswith("')")


class Hit(NamedTuple):
    """A place that matches a pattern of a rule."""

    code: str
    slug: str
    location: Location
    no_effect: str = ""
    """Why nothing comes of it there; empty where something does."""
    weight: int = 0
    """How much its pattern asks for: of several rules at one place, the one that asks for most says what it is."""


class Usage(NamedTuple):
    """What the code uses, ordered by path and place."""

    files: int = 0
    """How many files were opened, those without any mention of TensorFlow or Keras included."""
    read: int = 0
    """How many of the files were read, in part at least."""
    uses: tuple[Use, ...] = ()
    hits: tuple[Hit, ...] = ()
    ignored: tuple[IgnoredUse, ...] = ()
    """Hits that a comment in the line ignores."""
    ignores: tuple[tuple[str, Ignore], ...] = ()
    """By path, the comments that ignore findings."""
    unread: tuple[Unread, ...] = ()
    for_keras_3: frozenset[str] = frozenset()
    """The files that are written for Keras 3: they, or their package, use what no older Keras has."""
    remarks: tuple[Remark, ...] = ()
    cells: int = 0
    """How many cells of notebooks were read."""
    imports: tuple[str, ...] = ()
    """The packages that files which use Keras import besides it: no part of Python, no module of their own."""
    on_legacy: tuple[str, ...] = ()
    """The files that set ``TF_USE_LEGACY_KERAS`` for themselves, and are judged on Keras 2 for it."""
    moved: tuple[Hit, ...] = ()
    """Names and arguments that have a successor, where the release lacks them."""
    sources: Mapping[str, bytes] = {}
    """What was read of the files in which an edit is known."""

    @property
    def calls(self) -> int:
        """How many calls of TensorFlow or Keras were recognised."""
        return sum(use.called for use in self.uses)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The packages among ``imports`` of which nothing is known."""
        return tuple(name for name in self.imports if name not in FOREIGN_PACKAGES and name not in FOLLOWED)


def scan(
    paths: Iterable[str],
    *,
    rules: Iterable[HasPatterns],
    stdin: Optional[bytes] = None,
    stdin_name: str = "-",
    ignore_legacy: bool = False,
) -> Usage:
    """What the code in these files and folders uses, and where it matches the patterns of the rules.

    Nothing of the code is imported or run, and whatever cannot be read is named in ``unread``.

    Args:
        paths: files and folders, which are searched for Python files and notebooks; ``-`` for ``stdin``.
        rules: those whose patterns count, and whose codes and slugs comments can ignore.
        stdin: what ``-`` stands for; by default what can be read from standard input.
        stdin_name: what ``-`` is called in the result.
        ignore_legacy: whether files that set ``TF_USE_LEGACY_KERAS`` are read as if they did not.
    """
    from kdoctor.code.files import find, own_modules, with_packages
    from kdoctor.code.reading import Reader
    from kdoctor.files import MOST_CODE

    found = find(os.fspath(path) for path in paths)
    reader = Reader(rules, ignore_legacy)
    for path in found.files:
        if path == "-":
            reader.read_bytes(stdin_name, sys.stdin.buffer.read(MOST_CODE + 1) if stdin is None else stdin, True)
        else:
            reader.read_file(path, named=path in found.named)
    unread = [*found.unread, *reader.unread]
    lost = {one.path for one in unread if one.lost is Lost.ALL}
    for folder, files in found.folders.items():
        if files and lost.issuperset(files):
            what = f"any of its {len(files)} files" if len(files) > 1 else "its only file"
            unread.append(Unread(folder, f"could not read {what}", lost=Lost.ALL))
    return Usage(
        len(found.files),
        sum(path not in lost for path in found.files),
        tuple(reader.uses),
        tuple(reader.hits),
        tuple(reader.ignored),
        tuple(reader.ignores),
        tuple(unread),
        with_packages(reader.for_keras_3, found.files),
        tuple(reader.remarks),
        reader.cells,
        tuple(sorted(reader.imports.difference(own_modules(found.files)))),
        tuple(reader.on_legacy),
        tuple(reader.moved),
        reader.sources,
    )


def judged_on(stack: str) -> tuple[StackId, ...]:
    """The stacks of the report on which code that reaches Keras in this way is judged, in order of preference.

    ``tf_keras`` is judged by the tf-keras implementation, which is what ``tf.keras+legacy`` reaches. What is not known
    to be on a stack is judged on the default one.
    """
    return {
        LEGACY: (StackId.LEGACY,),
        KERAS_3: (StackId.KERAS_3, StackId.TF_KERAS),
        KERAS: (StackId.KERAS,),
        TF_KERAS_PACKAGE: (StackId.LEGACY,),
    }.get(stack, (StackId.TF_KERAS, StackId.KERAS))
