"""Looks at cards in a headless Chromium and prints what it saw as JSON; run by the Python that has JupyterLab.

``browser.py PLAN`` where PLAN is a JSON file: the folder of the notebook, the pages to look at, the file of axe-core,
the browser and its driver, and the folder for screenshots. Nothing here asserts; ``test_card_in_browser.py`` does.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

from selenium import webdriver  # type: ignore[import-not-found,unused-ignore]
from selenium.webdriver.chrome.options import Options  # type: ignore[import-not-found,unused-ignore]
from selenium.webdriver.chrome.service import Service  # type: ignore[import-not-found,unused-ignore]
from selenium.webdriver.common.by import By  # type: ignore[import-not-found,unused-ignore]
from selenium.webdriver.common.keys import Keys  # type: ignore[import-not-found,unused-ignore]

WIDE, NARROW = 1100, 400
SECONDS = 90
CARD = ".jp-OutputArea .kdoctor"
NOTEBOOK = "lesson.ipynb"
UNTRUSTED = "foreign.ipynb"

# Everything that stands out of the card, or is cut off in it.
OVERFLOWS = """
const card = arguments[0], edge = card.getBoundingClientRect();
const out = [...card.querySelectorAll('*')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width && (box.right > edge.right + 1 || box.left < edge.left - 1
                       || (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline'));
}).map(one => one.tagName + ' ' + one.textContent.slice(0, 40));
if (card.scrollWidth > card.clientWidth + 1) out.push('the card itself');
if (edge.right > innerWidth + 1) out.push('the card stands out of the window');
return out;
"""
LOOKS = """
const style = getComputedStyle(arguments[0]);
return {text: style.color, ground: style.backgroundColor, width: arguments[0].getBoundingClientRect().width};
"""
AXE = """
const done = arguments[arguments.length - 1];
axe.run(arguments[0]).then(found => done(found.violations.map(
  one => one.id + ': ' + one.help + ' ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 120)).join(' | '))),
  error => done(['axe failed: ' + error]));
"""
POSE = """
document.querySelectorAll('.Toastify').forEach(one => one.remove());
arguments[0].querySelector('details').open = true;
arguments[0].scrollIntoView();
"""
SAW = """
const buttons = [...arguments[0].querySelectorAll('button')].filter(one => one.getClientRects().length);
return {words: arguments[0].textContent, buttons: buttons.map(one => one.outerHTML)};
"""


def main() -> None:
    plan: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with _browser(plan) as driver:
        seen: dict[str, Any] = {"pages": {name: _page(driver, plan, url) for name, url in plan["pages"].items()}}
        with _jupyterlab(Path(plan["folder"])) as address:
            seen["lab"] = _lab(driver, plan, address)
    print(json.dumps(seen))


@contextlib.contextmanager
def _browser(plan: dict[str, Any]) -> Iterator[Any]:
    options = Options()
    options.binary_location = plan["chromium"]
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(plan["driver"]))
    try:
        driver.set_script_timeout(60)
        yield driver
    finally:
        driver.quit()


@contextlib.contextmanager
def _jupyterlab(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", f"--port={port}", "--IdentityProvider.token=", "--ServerApp.password=", "--allow-root"]
    options += ["--ServerApp.ip=127.0.0.1", "--expose-app-in-browser", "--LabApp.news_url=None"]
    with open(folder / "server.log", "wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options, f"--notebook-dir={folder}"],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: bool(urllib.request.urlopen(f"{address}/api", timeout=5).read()), "the server answers")
        yield address
    finally:
        server.terminate()
        server.wait(30)


def _until(done: Callable[[], Any], what: str) -> Any:
    """The first answer that is true."""
    deadline = time.monotonic() + SECONDS
    last: object = None
    while time.monotonic() < deadline:
        try:
            found = done()
            if found:
                return found
        except Exception as error:  # the page or the server is not there yet
            last = error
        time.sleep(0.2)
    raise TimeoutError(f"waited {SECONDS} s until {what}: {last}")


def _size(driver: Any, width: int, scheme: str) -> None:
    metrics = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    time.sleep(0.3)


def _look(driver: Any, plan: dict[str, Any], card: Any) -> dict[str, Any]:
    """How the card looks, whatever stands out of it, and what axe-core has against it, all folds open and shut."""
    driver.execute_script(Path(plan["axe"]).read_text(encoding="utf-8"))
    found = {"look": driver.execute_script(LOOKS, card), "overflows": [], "violations": []}
    for state in ("shut", "open"):
        if state == "open":
            driver.execute_script("arguments[0].querySelectorAll('details').forEach(one => one.open = true)", card)
        found["overflows"] += driver.execute_script(OVERFLOWS, card)
        found["violations"] += driver.execute_async_script(AXE, card)
    driver.execute_script("arguments[0].querySelectorAll('details').forEach(one => one.open = false)", card)
    return found


def _page(driver: Any, plan: dict[str, Any], url: str) -> dict[str, Any]:
    """A page that holds nothing but a card, as nbviewer and exported files do."""
    seen = {}
    for scheme in ("light", "dark"):
        for width in (WIDE, NARROW):
            _size(driver, width, scheme)
            driver.get(url)
            seen[f"{scheme} {width}"] = _look(driver, plan, driver.find_element(By.CSS_SELECTOR, ".kdoctor"))
    return seen


def _open(driver: Any, address: str, name: str) -> None:
    driver.get(f"{address}/lab/tree/{name}?reset")
    _until(
        lambda: driver.execute_script("return window.jupyterapp.shell.currentWidget.content.widgets.length"), "it opens"
    )
    driver.execute_async_script(
        "const done = arguments[0]; const app = window.jupyterapp;"
        "app.shell.currentWidget.context.ready.then(() => app.shell.currentWidget.sessionContext.ready)"
        ".then(() => done(1), () => done(0))"
    )
    driver.execute_script("window.jupyterapp.shell.collapseLeft()")


def _lab(driver: Any, plan: dict[str, Any], address: str) -> dict[str, Any]:
    pictures = Path(plan["pictures"])
    seen: dict[str, Any] = {}
    _size(driver, WIDE, "light")
    _open(driver, address, NOTEBOOK)
    _command(driver, "notebook:run-all-cells")
    card = _until(lambda: driver.find_element(By.CSS_SELECTOR, CARD), "the card is shown")
    seen["words"] = card.text
    for theme, scheme in (("JupyterLab Light", "dark"), ("JupyterLab Dark", "light")):  # the theme decides
        _command(driver, "apputils:change-theme", {"theme": theme})
        _until(
            lambda theme=theme: driver.execute_script("return document.body.dataset.jpThemeName") == theme,  # type: ignore[misc]
            "the theme is there",
        )
        time.sleep(1)
        for width in (WIDE, NARROW):
            _size(driver, width, scheme)
            name = f"{theme.split()[-1].lower()} {width}"
            seen[name] = _look(driver, plan, card)
            driver.execute_script(POSE, card)
            driver.save_screenshot(str(pictures / f"jupyterlab-{name.replace(' ', '-')}.png"))
    _size(driver, WIDE, "light")
    driver.execute_script("arguments[0].querySelector('details').open = false", card)
    seen["fold"] = _fold(driver, card)
    seen["copy"] = _copy(driver, address, card)
    _command(driver, "docmanager:save")
    saved = Path(plan["folder"]) / NOTEBOOK
    _until(lambda: "kdoctor.report" in saved.read_text(encoding="utf-8"), "the notebook is saved")
    foreign = saved.read_text(encoding="utf-8").replace("A lesson", "A lesson from elsewhere")
    (saved.parent / UNTRUSTED).write_text(foreign, encoding="utf-8")
    _open(driver, address, UNTRUSTED)
    output = _until(lambda: driver.find_element(By.CSS_SELECTOR, ".jp-RenderedHTML h2"), "the saved card is shown")
    holder = driver.execute_script("return arguments[0].closest('.jp-OutputArea-output')", output)
    seen["untrusted"] = driver.execute_script(SAW, holder)
    driver.save_screenshot(str(pictures / "jupyterlab-untrusted.png"))
    return seen


def _command(driver: Any, name: str, arguments: object = None) -> None:
    driver.execute_script("window.jupyterapp.commands.execute(arguments[0], arguments[1] || {})", name, arguments)


def _fold(driver: Any, card: Any) -> list[bool]:
    """Whether the last fold is open: at first, after a click, after Space, after Enter."""
    fold = card.find_elements(By.CSS_SELECTOR, "details")[-1]
    summary = fold.find_element(By.TAG_NAME, "summary")
    states = []

    def note() -> None:
        time.sleep(0.3)
        states.append(bool(driver.execute_script("return arguments[0].open", fold)))

    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", summary)
    note()
    summary.click()
    note()
    for key in (Keys.SPACE, Keys.ENTER):
        driver.execute_script("arguments[0].focus()", summary)
        summary.send_keys(key)
        note()
    return states


def _copy(driver: Any, address: str, card: Any) -> dict[str, Any]:
    """What is in the clipboard after the first button that shows was clicked, and what should be."""
    permissions = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": address}
    driver.execute_cdp_cmd("Browser.grantPermissions", permissions)
    for fold in card.find_elements(By.CSS_SELECTOR, "details"):
        driver.execute_script("arguments[0].open = true", fold)
    button = next(one for one in card.find_elements(By.TAG_NAME, "button") if one.is_displayed())
    lines = driver.execute_script("return arguments[0].parentNode.querySelector('pre').textContent", button)
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    time.sleep(0.3)
    button.click()
    time.sleep(0.3)
    label = button.get_attribute("aria-label")
    pasted = driver.execute_async_script(
        "const done = arguments[0]; navigator.clipboard.readText().then(done, error => done('' + error))"
    )
    time.sleep(2.2)
    return {"lines": lines, "pasted": pasted, "said": label, "later": button.get_attribute("aria-label")}


if __name__ == "__main__":
    os.environ.pop("DISPLAY", None)
    main()
