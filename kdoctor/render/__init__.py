"""Renderings of a report, one file a format: pure functions from :mod:`kdoctor.model` to text."""
