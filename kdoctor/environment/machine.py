"""The machine, as its files show it: the system's release, its C library, what is there for a GPU.

Each fact is taken only in the form that it must have, so that none can hold the name of a user or of a host.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from contextlib import suppress
from glob import escape, glob

from kdoctor import files
from kdoctor.environment.model import Environment
from kdoctor.words import listed

_RELEASE = re.compile(r"^(ID|VERSION_ID)=[\"']?([a-z0-9._-]{1,20})[\"']?$", re.M)
_DRIVER = re.compile(rb"Kernel Module\s+(?:for \w+\s+)?([0-9.]{3,20})")
_LIBRARY = re.compile(r"lib(?:cuda|cudart|cudnn|cublas)\.so(?:\.[0-9]{1,4}){1,3}")
_WHEEL = re.compile(r"(nvidia_[a-z0-9_]{2,40}|tensorflow_metal|jax_cuda[0-9]+_plugin)-([0-9.]{1,20})\.dist-info")
_FOLDERS = ("/usr/lib/*-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/cuda*/lib64", "/usr/lib/wsl/lib")
_MOST = 12


def facts(environment: Environment) -> Iterator[tuple[str, str]]:
    """Each fact with its name; an interpreter of another system than this has none of the system's."""
    release = dict(_RELEASE.findall(_read("/etc/os-release").decode("utf-8", "replace")))
    if release:
        yield "Distribution", " ".join(release[key] for key in ("ID", "VERSION_ID") if key in release)
    name, version = platform.libc_ver()
    if re.fullmatch(r"[0-9.]+", version):
        yield "C library", f"{name} {version}" if name in ("glibc", "musl") else version
    driver = _DRIVER.search(_read("/proc/driver/nvidia/version"))
    libraries = _libraries()
    wheels = _wheels(environment)
    if environment.interpreter.system == "Linux":
        yield "GPU driver", f"NVIDIA {driver[1].decode()}" if driver else "no NVIDIA driver"
        yield "CUDA libraries of the system", listed(libraries, _MOST) or "none"
    yield "CUDA packages", listed(wheels, _MOST) or "none"


def _read(path: str) -> bytes:
    with suppress(files.Unreadable):
        return files.read(path, files.MIB)
    return b""


def _libraries() -> list[str]:
    # Folders that the loader takes first, and those that installers of CUDA use.
    named = [folder for folder in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if os.path.isabs(folder)]
    folders = [*map(escape, named), *_FOLDERS]
    names = {os.path.basename(path) for folder in folders for path in glob(os.path.join(folder, "libcu*.so.*"))}
    return sorted(name for name in names if _LIBRARY.fullmatch(name))


def _wheels(environment: Environment) -> list[str]:
    found = set()
    for folder in environment.search_path:
        with suppress(OSError):
            found |= {(match[1], match[2]) for match in map(_WHEEL.fullmatch, os.listdir(folder)) if match}
    return [f"{name.replace('_', '-')} {version}" for name, version in sorted(found)]
