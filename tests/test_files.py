"""Files are opened with a bound, and written whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kdoctor import files


def test_a_regular_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 10)
    assert files.read(str(path), 10) == b"x" * 10
    with pytest.raises(files.Unreadable, match="too large"):
        files.read(str(path), 9)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
def test_a_fifo_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(files.Unreadable, match="not a regular file"):
        files.read(str(tmp_path / "fifo"))


@pytest.mark.parametrize("path", ["/dev/zero", "/dev", "a\0b"])
def test_what_is_no_file_is_refused(path: str) -> None:
    with pytest.raises(files.Unreadable):
        files.read(path)


def test_a_missing_file_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(files.Unreadable) as caught:
        files.read(str(tmp_path / "nothing"))
    assert caught.value.missing


def test_a_file_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"old")
    path.chmod(0o640)
    files.write(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["report.json"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / "report").symlink_to(victim)
    files.write(str(tmp_path / "report"), b"new")
    assert victim.read_bytes() == b"mine"
    assert (tmp_path / "report").read_bytes() == b"new"


def test_nothing_is_left_where_writing_fails(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=r"."):
        files.write(str(tmp_path / "folder"), b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]
