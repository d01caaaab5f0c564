"""Where the pages of rules are on the web: below the address that the distribution names ``Rules`` among its URLs."""

from __future__ import annotations

from functools import cache

LABEL = "Rules"
"""In ``[project.urls]`` of pyproject.toml: the folder of the repository that holds ``KDnnn.md``."""


@cache
def _folder() -> str:
    from importlib_metadata import PackageNotFoundError, metadata

    try:
        urls = metadata("keras-doctor").get_all("Project-URL") or []
    except PackageNotFoundError:  # a checkout that is not installed
        return ""
    named = (url.partition(", ") for url in urls)
    return next((url.rstrip("/") for label, _, url in named if label == LABEL and url.startswith("https://")), "")


def page(code: str) -> str:
    """The address of a rule's page; empty where the distribution names none, or the code is not a rule's."""
    folder = _folder()
    return f"{folder}/{code}.md" if folder and code.startswith("KD") and code[2:].isdigit() else ""
