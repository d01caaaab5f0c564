from __future__ import annotations

import io

import pytest

from kdoctor.modelfiles.protobuf import Damaged, Message, signed
from tests.modelfiles.files import message


def test_fields_of_a_message_in_bytes_and_in_a_file() -> None:
    inner = message((1, "left"), (3, -1))
    data = message((2, inner), (2, message((1, "right"))), (7, 300))
    for source in (data, io.BytesIO(data)):
        found = Message(source, 0, len(data))
        assert [one.string(1) for one in found.messages(2)] == ["left", "right"]
        assert found.integer(7) == 300
        assert signed(next(iter(found.messages(2))).integer(3)) == -1


def test_a_large_field_that_nobody_wants_is_skipped() -> None:
    class Counting(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            self.taken += len(data)
            return data

    data = message((1, bytes(3_000_000)), (2, "x" * 10))
    source = Counting(data)
    assert Message(source, 0, len(data)).string(2) == "x" * 10
    assert source.taken < 1000


@pytest.mark.parametrize("data", [b"\x0a\xff", b"\x0a\x05ab", b"\x80" * 12, b"\x03", b"\x00\x00", b"\x09\x01"])
def test_what_is_no_message_is_said_to_be_damaged(data: bytes) -> None:
    with pytest.raises(Damaged):
        list(Message(data, 0, len(data)))


def test_endless_parts_are_not_read_to_their_end() -> None:
    data = message((1, 1)) * 50
    with pytest.raises(Damaged, match="more parts"):
        list(Message(data, 0, len(data), [20]))
