"""Explains errors in any text: reads them, and reports which rule knows each of them. Needs no environment."""

from kdoctor.messages.match import explain

__all__ = ["explain"]
