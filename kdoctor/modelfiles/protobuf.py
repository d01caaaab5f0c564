"""The wire format of protocol buffers, as far as the few fields that are needed ask for it. Nothing is allocated ahead.

A message of a file is read piece by piece: a field that nobody asks for is skipped, however long it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Optional, Union

MOST_FIELDS = 3_000_000
"""In one file; a graph of fifty thousand operations has fewer."""
MOST_TEXT = 16 * 2**20
"""Bytes of one value that is read as a whole."""
_SMALL = 2**18
"""Bytes up to which a message is read at once."""


class Damaged(ValueError):  # noqa: N818  a reason, put as a user reads it
    """What is read is not what it should be; the text says what."""


class Message:
    """A message, or the bytes of a field that may be one.

    Args:
        file: where it is; or the bytes themselves.
        start: its first byte.
        end: the byte behind its last.
    """

    def __init__(self, file: Union[BinaryIO, bytes], start: int, end: int, left: Optional[list[int]] = None) -> None:
        self._file, self.start, self.end = file, start, end
        self._left = left if left is not None else [MOST_FIELDS]

    def __iter__(self) -> Iterator[tuple[int, Union[int, Message]]]:
        """Its fields in their order: the number, and an integer or what is inside.

        Raises:
            Damaged: it breaks off, is no message, or has too many fields.
        """
        whole = self.end - self.start <= _SMALL
        file: Union[BinaryIO, bytes] = self._file
        position, end = self.start, self.end
        if whole and not isinstance(file, bytes):
            file = self._read(position, end)
            position, end = 0, len(file)
        while position < end:
            self._left[0] -= 1
            if self._left[0] < 0:
                raise Damaged("it has more parts than are read")
            head = file[position : position + 20] if isinstance(file, bytes) else self._read(position, position + 20)
            tag, at = varint(head, 0)
            number, wire = tag >> 3, tag & 7
            if number == 0:
                raise Damaged("it is no protocol buffer")
            if wire == 0:
                value, at = varint(head, at)
                position += at
                yield number, value
            elif wire == 2:
                length, at = varint(head, at)
                position += at
                if length > end - position:
                    raise Damaged(f"it breaks off: {length:,} bytes should follow, and {end - position:,} do")
                yield number, Message(file, position, position + length, self._left)
                position += length
            elif wire in (1, 5):
                width = 8 if wire == 1 else 4
                piece = head[at : at + width]
                if len(piece) < width:
                    raise Damaged("it breaks off within a number")
                position += at + width
                yield number, int(struct.unpack("<Q" if width == 8 else "<I", piece)[0])
            else:
                raise Damaged("it is no protocol buffer")

    def _read(self, start: int, end: int) -> bytes:
        if isinstance(self._file, bytes):
            return self._file[start:end]
        self._file.seek(start)
        return self._file.read(end - start)

    def __len__(self) -> int:
        return self.end - self.start

    def data(self) -> bytes:
        """The bytes.

        Raises:
            Damaged: they are more than anybody needs.
        """
        if len(self) > MOST_TEXT:
            raise Damaged(f"one value has {len(self) / 2**20:.0f} MiB, and at most {MOST_TEXT / 2**20:.0f} are read")
        return self._read(self.start, self.end)

    def text(self) -> str:
        """The same as text."""
        return self.data().decode("utf-8", "replace")

    def messages(self, number: int) -> Iterator[Message]:
        """What is inside of each field of that number."""
        return (value for found, value in self if found == number and isinstance(value, Message))

    def message(self, number: int) -> Optional[Message]:
        """The last one."""
        last = None
        for last in self.messages(number):  # noqa: B007 - protocol buffers let the last one win
            pass
        return last

    def texts(self, number: int) -> list[str]:
        """The texts of that number."""
        return [one.text() for one in self.messages(number)]

    def string(self, number: int) -> str:
        """The last text; empty where there is none."""
        found = self.message(number)
        return found.text() if found is not None else ""

    def integer(self, number: int, default: int = 0) -> int:
        """The last integer."""
        for found, value in self:
            if found == number and isinstance(value, int):
                default = value
        return default


def varint(data: bytes, position: int) -> tuple[int, int]:
    """An integer of variable length, and the position behind it."""
    value = shift = 0
    while True:
        if position >= len(data):
            raise Damaged("it breaks off within a number")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise Damaged("it is no protocol buffer")


def signed(value: int) -> int:
    """An integer that may be negative."""
    return value - 2**64 if value >= 2**63 else value
