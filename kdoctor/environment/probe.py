"""What only the examined interpreter itself knows: standard library only, Python 3.8 or newer, nothing of kdoctor.

It is read and executed by a bootstrap given with ``-c`` (see ``__init__.py``), so that no folder of kdoctor's comes
to stand on the examined ``sys.path``; for the running interpreter :func:`collect` is called directly. No file is
opened: what lies on the search path is read by kdoctor's own process. The variables come from here, since what is
started may be a script that sets some.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing itself is not worth importing for a hint
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Optional


def search_path(own_entry: bool) -> list[str]:
    """``sys.path`` as any program of this interpreter sees it, without the folder of the program that is running.

    ``own_entry`` says whether Python put that folder there: not so where the bootstrap has taken it away.
    """
    path = list(sys.path)
    if own_entry and path and not getattr(sys.flags, "safe_path", False):
        program = os.path.dirname(os.path.abspath(sys.argv[0])) if sys.argv and sys.argv[0] else ""
        try:
            here = os.getcwd()
        except OSError:
            here = ""
        own = {"", here, program, os.path.realpath(program)} if program else {"", here}
        if path[0] in own and not path[0].endswith(("site-packages", "dist-packages")):
            del path[0]
    folders = []
    for entry in path:
        if not isinstance(entry, str):
            continue
        folder = os.path.abspath(entry)
        if folder not in folders and os.path.isdir(folder):
            folders.append(folder)
    return folders


def keras_json(environ: Mapping[str, str]) -> str:
    """Where Keras looks for ``keras.json``."""
    if "KERAS_HOME" in environ:
        folder = environ["KERAS_HOME"]
    else:
        home = environ.get("USERPROFILE" if os.name == "nt" else "HOME") or os.path.expanduser("~")
        folder = os.path.join(home if os.access(home, os.W_OK) else "/tmp", ".keras")
    return os.path.abspath(os.path.expanduser(os.path.join(folder, "keras.json")))


def collect(environ: Optional[Mapping[str, str]] = None, own_entry: bool = True) -> dict[str, Any]:
    """All of it, as a dictionary that JSON can carry."""
    import _imp

    environ = os.environ if environ is None else environ
    if hasattr(os, "uname"):
        system, machine = os.uname().sysname, os.uname().machine
    else:
        import platform  # which may start a process to learn the same

        system, machine = platform.system(), platform.machine()
    release = {"alpha": "a", "beta": "b", "candidate": "rc"}.get(sys.version_info[3])
    return {
        "interpreter": {
            "executable": sys.executable or "",
            "version": ".".join(map(str, sys.version_info[:3]))
            + (f"{release}{sys.version_info[4]}" if release else ""),
            "implementation": {"cpython": "CPython", "pypy": "PyPy"}.get(
                sys.implementation.name, sys.implementation.name
            ),
            "system": system,
            "machine": machine,
            "prefix": sys.prefix,
            "base_prefix": sys.base_prefix,
            "venv": sys.prefix != sys.base_prefix,
        },
        "search_path": search_path(own_entry),
        "suffixes": [".py", ".pyc", *_imp.extension_suffixes()],  # of files that can be imported
        "standard_library": os.path.dirname(os.path.abspath(os.__file__)),
        "variables": dict(environ),
        "modules": [name for name in map(str, list(sys.modules)) if "." not in name or name == "google.colab"],
        "keras_json": keras_json(environ),
    }
