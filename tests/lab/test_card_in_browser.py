"""The card in a real JupyterLab, in a headless Chromium: themes, folds, the button, narrow windows, accessibility.

Needs Debian's ``chromium`` and ``chromium-driver`` and ``npm``. Screenshots are kept in the folder that
``KDOCTOR_SCREENSHOTS`` names.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kdoctor.formats.html import card
from tests.formats.samples import ALL
from tests.formats.test_card import of_a_notebook
from tests.lab.environments import Builder, LabEnvironment, NoInterpreter
from tests.lab.notebooks import JUPYTER, write

JUPYTERLAB = LabEnvironment(
    "notebook-jupyterlab",
    "3.11",
    ("tensorflow==2.17.0", "keras==3.4.1", "tf-keras==2.17.0", "jupyterlab", "selenium", *JUPYTER),
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
DRIVER = shutil.which("chromedriver") or ""
NPM = shutil.which("npm") or ""

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not (CHROMIUM and DRIVER and NPM), reason="chromium, chromedriver and npm are not all there"),
]

USES = "import tensorflow as tf\n\ntf.keras.layers.LSTM(3, batch_input_shape=(4, 5, 2), stateful=True)"


@pytest.fixture(scope="module")
def seen(builder: Builder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Everything that the browser saw, in one sitting."""
    try:
        python = builder.python(JUPYTERLAB)
    except NoInterpreter as reason:
        pytest.skip(str(reason))
    folder = tmp_path_factory.mktemp("lab")
    pictures = Path(os.environ.get("KDOCTOR_SCREENSHOTS") or tmp_path_factory.mktemp("pictures"))
    pictures.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [NPM, "install", "--silent", "--no-save", "--prefix", str(folder), "axe-core@4"], check=True, timeout=300
    )
    # The second cell is not run: what it uses is known from the file that the server names.
    check = "import kdoctor\nkdoctor.check(canaries=False)"
    write(
        folder / "lesson.ipynb",
        check,
        f"if False:\n    {USES.splitlines()[0]}",
        f"def model():\n    {USES.splitlines()[2]}",
    )
    pages = {}
    for name, make in ALL.items():
        report = make()
        pages[name] = card(report)
        if name == "many_findings":
            pages["of_a_notebook"] = card(of_a_notebook(report))
    for name, html in pages.items():
        page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title><main>{html}</main></html>'
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    plan = {
        "folder": str(folder),
        "pages": {name: (folder / f"{name}.html").as_uri() for name in pages},
        "axe": str(folder / "node_modules/axe-core/axe.min.js"),
        "chromium": CHROMIUM,
        "driver": DRIVER,
        "pictures": str(pictures),
    }
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "KDOCTOR_CACHE_DIR": str(folder / "cache")}
    done = subprocess.run(
        [str(python), str(Path(__file__).with_name("browser.py")), str(folder / "plan.json")],
        env=variables,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def views(seen: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every card that was looked at: pages of their own, and JupyterLab in both themes, wide and narrow."""
    found = {f"{page}, {view}": look for page, all_views in seen["pages"].items() for view, look in all_views.items()}
    found.update({f"JupyterLab, {view}": look for view, look in seen["lab"].items() if view.split()[0] in THEMES})
    return found


THEMES = ("light", "dark")


def test_nothing_overflows(seen: dict[str, Any]) -> None:
    assert {view: look["overflows"] for view, look in views(seen).items() if look["overflows"]} == {}
    assert any(look["look"]["width"] <= 400 for look in views(seen).values())


def test_axe_finds_no_violation(seen: dict[str, Any]) -> None:
    assert {view: look["violations"] for view, look in views(seen).items() if look["violations"]} == {}


def brightness(colour: str) -> float:
    red, green, blue = (float(one) for one in re.findall(r"[\d.]+", colour)[:3])
    return (red + green + blue) / 3


def test_it_is_light_in_light_themes_and_dark_in_dark_ones(seen: dict[str, Any]) -> None:
    for view, look in views(seen).items():
        is_dark = "dark" in view.split(", ")[1]
        text, ground = brightness(look["look"]["text"]), brightness(look["look"]["ground"])
        assert (text > 180 and ground < 60) if is_dark else (text < 60 and ground > 230), (view, look["look"])


def test_the_server_says_which_notebook_it_is(seen: dict[str, Any]) -> None:
    assert "in this notebook" in seen["lab"]["words"]
    assert "batch_input_shape= is refused" in seen["lab"]["words"]
    assert "cell 4, line " in seen["lab"]["words"]


def test_details_fold_by_mouse_and_by_keyboard(seen: dict[str, Any]) -> None:
    assert seen["lab"]["fold"] == [False, True, False, True]


def test_the_button_copies_the_lines(seen: dict[str, Any]) -> None:
    copy = seen["lab"]["copy"]
    assert copy["lines"]
    assert copy["pasted"] == copy["lines"]
    assert (copy["said"], copy["later"]) == ("Copied", "Copy these lines")


def test_a_notebook_that_is_not_trusted_shows_the_words_and_no_dead_button(seen: dict[str, Any]) -> None:
    assert "batch_input_shape= is refused" in seen["lab"]["untrusted"]["words"]
    assert "use_legacy_keras()" in seen["lab"]["untrusted"]["words"]
    assert seen["lab"]["untrusted"]["buttons"] == []
