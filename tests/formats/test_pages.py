"""A rule's page is linked from every format that has links, where the distribution says where the pages are."""

from __future__ import annotations

import importlib_metadata
import pytest

from kdoctor import formats
from kdoctor.formats import text
from kdoctor.formats.context import Context, Look
from tests.formats.samples import gated

FOLDER = "https://code.example/keras-doctor/docs/rules"


@pytest.mark.parametrize(
    ("urls", "code", "address"),
    [
        ([f"Rules, {FOLDER}/"], "KD301", f"{FOLDER}/KD301.md"),
        (["Homepage, https://code.example"], "KD301", ""),
        (["Rules, file:///etc"], "KD301", ""),
        ([f"Rules, {FOLDER}"], "required", ""),
    ],
)
def test_an_address_comes_from_the_distribution(
    monkeypatch: pytest.MonkeyPatch, urls: list[str], code: str, address: str
) -> None:
    message = importlib_metadata.metadata("pytest")
    monkeypatch.setattr(message, "get_all", lambda name: urls)
    monkeypatch.setattr(importlib_metadata, "metadata", lambda name: message)
    text._folder_of_pages.cache_clear()
    try:
        assert text.page(code) == address
    finally:
        text._folder_of_pages.cache_clear()


@pytest.mark.parametrize("name", ["sarif", "markdown", "html", "rich"])
def test_formats_link_to_the_page(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(text, "_folder_of_pages", lambda: FOLDER)
    written = formats.render(name, gated(), Context(Look(80, colour=True))).decode()
    assert f"{FOLDER}/KD102.md" in written.replace("\\/", "/")


@pytest.mark.parametrize("name", ["sarif", "markdown", "html", "rich"])
def test_nothing_is_linked_where_no_address_is_known(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(text, "_folder_of_pages", lambda: "")
    assert "KD102.md" not in formats.render(name, gated(), Context(Look(80, colour=True))).decode()
