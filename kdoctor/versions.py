"""Comparing versions, with packaging imported no sooner than something is compared."""

from __future__ import annotations

from functools import cache


def minor(version: str) -> str:
    """``2.19`` of ``2.19.0+cu12``: what two releases of TensorFlow and tf-keras must share."""
    return ".".join(version.split("+")[0].split(".")[:2])


@cache
def within(version: str, specifiers: str) -> bool:
    """Whether a version lies in a PEP 440 specifier set; pre-releases and local versions count as their release.

    A version that cannot be read lies in no range: nothing is claimed of it.
    """
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        release = Version(Version(version).base_version)
    except InvalidVersion:
        return False
    return SpecifierSet(specifiers).contains(release, prereleases=True)
