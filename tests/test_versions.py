from __future__ import annotations

import pytest

from kdoctor.versions import allows, is_version, minor, release


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("2.15.0+nv23.11", (2, 15, 0)),
        ("2.20.0.dev20250101", (2, 20, 0)),
        ("3.0", (3, 0, 0)),
        ("2.16.0rc0", (2, 16, 0)),
        ("", (0, 0, 0)),
        ("unknown", (0, 0, 0)),
        ("3.x", (0, 0, 0)),
        ("9" * 5000, (0, 0, 0)),
    ],
)
def test_release(version: str, numbers: tuple[int, ...]) -> None:
    assert release(version) == numbers


def test_minor() -> None:
    assert minor("2.15.0+nv23.11") == "2.15"
    assert minor("HEAD") == ""


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("2.15", True),
        ("2.15.0+nv23.11", True),
        ("2.19.0-dev20241108", True),
        ("v3.0", True),
        ("", False),
        ("HEAD", False),
        ("3.x", False),
        ("2.", False),
        ("1" * 30, False),
        ("9" * 5000, False),
        ("1." * 39 + "1", True),
        ("1." * 100_000, False),
    ],
)
def test_what_is_a_version(text: str, answer: bool) -> None:
    assert is_version(text) is answer


@pytest.mark.parametrize(
    ("specifiers", "version", "answer"),
    [
        ("<2.0.0,>=1.23.5", "1.26.4", True),
        ("<2.0.0,>=1.23.5", "2.0.0", False),
        ("<=1.24.3,>=1.22", "1.24.4", False),
        ("~=3.10.0", "3.10.9", True),
        ("~=3.10.0", "3.11.0", False),
        ("==2.15.*", "2.15.1", True),
        ("!=4.21.0,<5.0.0dev", "4.25.9", True),
        ("!=4.21.0,<5.0.0dev", "4.21.0", False),
        (">=3.9", "3.11.7", True),
        ("", "1.0", True),
        (">=2.19", "2.19.0.dev20250101", True),
        ("<2", "2.0.0rc1", False),
        (">=2", "HEAD", False),
        ("", "", False),
        ("no specifier", "1.0", True),
        (">=" + "9" * 5000, "1.0", True),
        (">=1," * 9999, "0.1", True),
    ],
)
def test_allows(specifiers: str, version: str, answer: bool) -> None:
    assert allows(specifiers, version) is answer
