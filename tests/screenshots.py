"""The README's pictures, made by the program: ``python -m tests.screenshots [FOLDER]`` writes them with Chromium.

``card.png`` goes into the README. The others are to look at before a release: the card in light, dark and on a phone,
the page, and terminals of 80 and 120 columns.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from kdoctor import formats
from kdoctor.code.places import Location
from kdoctor.environment.model import Kernel
from kdoctor.formats import html
from kdoctor.formats.context import Context, Look
from kdoctor.report import CodeRead, Report
from kdoctor.words import Relevance, Severity
from tests.formats.samples import MASK_METRIC, many_findings

IMAGES = Path(__file__).parent.parent / ".github" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def lesson() -> Report:
    """A notebook whose accuracy counts the padding."""
    [examination] = many_findings().environments
    place = Location("lesson.ipynb", 2, cell=5, text='model.compile("adam", loss, metrics=["accuracy"])')
    findings = tuple(
        replace(
            one,
            relevance=Relevance.USED,
            severity=Severity.ERROR,
            locations=(place,),
            title="Accuracy counts the padding",
        )
        if one.slug == MASK_METRIC.slug
        else one
        for one in examination.findings
    )
    return replace(
        many_findings(),
        environments=(replace(examination, findings=findings),),
        code=CodeRead(("lesson.ipynb",), 1, read=1, cells=6, calls=41),
        kernel=Kernel(is_notebook=True, read="as last saved", runs={5: 4}),
    )


def page(body: str, *, dark: bool) -> str:
    ground = "#111" if dark else "#fff"
    return f'<!DOCTYPE html><meta charset="utf-8"><body style="margin:8px;background:{ground}">{body}'


def terminal(report: Report, width: int) -> str:
    """What a terminal of so many columns shows, as a picture in SVG."""
    shown = formats.render("rich", report, Context(Look(width, colour=True))).decode()
    console = Console(record=True, width=width, file=io.StringIO(), force_jupyter=False)
    console.print(Text.from_ansi(shown), soft_wrap=True)
    return console.export_svg(title=f"{width} columns")


def shoot(browser: str, content: str, target: Path, width: int, height: int, *, dark: bool = False) -> None:
    """A picture of a page in a window of this size, in pixels."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(content, encoding="utf-8")
        command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += ["--blink-settings=preferredColorScheme=0"] if dark else []
        command += [f"--window-size={width},{height}", f"--screenshot={target}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def main(arguments: list[str]) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"None of {', '.join(BROWSERS)} is installed.")
    card = html.card(formats.for_notebook(lesson()))
    shoot(browser, page(card, dark=False), IMAGES / "card.png", 900, 640)
    for folder in map(Path, arguments):
        os.makedirs(folder, exist_ok=True)
        for dark in (False, True):
            for width in (900, 380):
                name = f"card-{'dark' if dark else 'light'}-{width}.png"
                shoot(browser, page(card, dark=dark), folder / name, width, 1000, dark=dark)
        shoot(browser, formats.render("html", lesson(), Context()).decode(), folder / "page.png", 900, 1400)
        for width in (80, 120):
            picture = page(terminal(lesson(), width), dark=True)
            shoot(browser, picture, folder / f"terminal-{width}.png", 1100, 900, dark=True)


if __name__ == "__main__":
    main(sys.argv[1:])
