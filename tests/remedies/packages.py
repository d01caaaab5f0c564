"""Virtual environments and wheels of a few lines, for installers that really run and open no connection."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from kdoctor.environment import examine
from kdoctor.environment.model import Environment

UNREACHABLE = "http://127.0.0.1:9/simple"


def wheel(folder: Path, name: str, version: str, code: str = "", requires: tuple[str, ...] = ()) -> None:
    """A wheel of one module."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    files = {
        f"{name}.py": f"__version__ = {version!r}\n{code}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)


def variables(folder: Path, *, uv: bool = True, wheels: bool = True) -> dict[str, str]:
    """Those with which installers know the wheels in a folder, or only an index that does not answer."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "VIRTUAL_ENV"))}
    found = shutil.which("uv") if uv else None
    path = [str(Path(found).parent)] if found else []
    own = {"PATH": os.pathsep.join([*path, "/usr/bin", "/bin"]), "UV_CACHE_DIR": f"{folder}/cache", "PIP_RETRIES": "1"}
    if wheels:
        return {
            **kept,
            **own,
            "UV_FIND_LINKS": str(folder),
            "UV_OFFLINE": "1",
            "PIP_FIND_LINKS": str(folder),
            "PIP_NO_INDEX": "1",
        }
    return {**kept, **own, "UV_DEFAULT_INDEX": UNREACHABLE, "PIP_INDEX_URL": UNREACHABLE, "UV_HTTP_RETRIES": "0"}


def site(python: str) -> Path:
    """Where an environment's packages are."""
    return next(Path(python).parent.parent.glob("[Ll]ib*/**/site-packages"))


def made(folder: Path, *packages: tuple[str, str]) -> Environment:
    """A virtual environment in which modules of these names and versions are installed."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = str(folder / "bin" / "python")
    for name, version in packages:
        wheel(folder / "wheels", name, version)
        with zipfile.ZipFile(folder / "wheels" / f"{name}-{version}-py3-none-any.whl") as archive:
            archive.extractall(site(python))
    return examine(python, environ={"PATH": "/usr/bin"})


def installed(python: str) -> dict[str, str]:
    """The versions of what is installed."""
    return dict(one.name[: -len(".dist-info")].split("-", 1) for one in site(python).glob("*.dist-info"))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
