"""What keeps kdoctor itself from starting: no finding, so never exit code 1."""

from __future__ import annotations

from tests.faults.case import ROOT, Case, fake, file

SHADOW = "{folder}/shadow"
PATH = f"{SHADOW}:{ROOT}"
NAMES = [
    "json",
    "typing",
    "enum",
    "dataclasses",
    "inspect",
    "tempfile",
    "shutil",
    "difflib",
    "ast",
    "datetime",
]
KINDS = {
    "raises": "raise ValueError('mine')\n",
    "is empty": "",
    "is no Python": "this is no Python\n",
    "exits": "1 / 0\n",
}


def shadowed(name: str, kind: str, *, thorough: bool) -> Case:
    """A file with the name of a standard module before it on the search path."""
    return Case(
        f"a {name}.py that {kind}",
        "kdoctor scan a.py --target tensorflow==2.18 --format json",
        # A file that nothing uses before the report is there does no harm.
        (0, 4),
        [file(f"shadow/{name}.py", KINDS[kind]), file("work/a.py", "import keras\n")],
        environ={"PYTHONPATH": PATH},
        thorough=thorough,
    )


CASES = [
    *(
        shadowed(name, kind, thorough=(number + place) % 4 != 0)
        for number, name in enumerate(NAMES)
        for place, kind in enumerate(KINDS)
    ),
    *(
        Case(
            f"{package} cannot be imported",
            "kdoctor --no-canaries",
            4,
            [file(f"shadow/{package}.py", code)],
            environ={"PYTHONPATH": PATH},
            says=["cannot run here", package],
        )
        for package, code in {
            "typer": "raise ModuleNotFoundError(\"No module named 'typer'\", name='typer')\n",
        }.items()
    ),
    Case(
        "a typer without what is needed",
        "kdoctor --no-canaries",
        4,
        [file("shadow/typer.py", "")],
        environ={"PYTHONPATH": PATH},
        says=["typer"],
    ),
    Case(
        "a typer that raises",
        "kdoctor --no-canaries",
        4,
        [file("shadow/typer.py", "1 / 0\n")],
        environ={"PYTHONPATH": PATH},
        says=["ZeroDivisionError"],
    ),
    Case(
        "a json.py beside the code, as a module",
        "kdoctor scan a.py",
        4,
        [file("work/json.py", "raise ValueError\n"), file("work/a.py", "import keras\n")],
        says=["json.py has the name of a module of Python"],
    ),
    *(
        Case(
            f"every warning an error: {command}",
            command,
            code,
            [fake(), file("work/a.py", "import keras\nx = '\\d'\nassert (x, 1)\n")],
            environ={"PYTHONWARNINGS": "error"},
            thorough=place > 3,
        )
        for place, (command, code) in enumerate(
            {
                "kdoctor --version": 0,
                "kdoctor --help": 0,
                "kdoctor --no-canaries --python {fake}": 0,
                "kdoctor scan a.py": 0,
                "kdoctor rules": 0,
                "kdoctor explain KD201": 0,
                "kdoctor env": 0,
                "kdoctor config": 0,
                "kdoctor --nosuch": 2,
                "kdoctor --python {fake} --only rnn-stateful-carry": 0,
            }.items()
        )
    ),
    Case(
        "the examined program keeps the setting for warnings",
        "kdoctor --python {fake} --only rnn-stateful-carry",
        1,
        [fake()],
        environ={"PYTHONWARNINGS": "error", "FAULT_TF": "import warnings; warnings.warn('old', FutureWarning)"},
        says=["KD090", "FutureWarning"],
    ),
]
