"""Features that are believed broken and were measured healthy."""

from __future__ import annotations

from kdoctor.model import HealthyPage

PAGES: tuple[HealthyPage, ...] = ()
