"""Files in which a project asks for packages, read for the formats that name a line."""

from __future__ import annotations

from tests.faults.case import Case, file
from tests.faults.environment import KINDS, SOUND, version

FAULTY = [*SOUND, version("keras", "HEAD")]
"""An environment with a finding, which wants a line."""

CASES = [
    *(
        Case(
            f"{kind} in place of {name}, for {form}",
            f"kdoctor --no-canaries --python {{fake}} --format {form}",
            0,
            [*FAULTY, put(f"work/{name}")],
            says=["KD008"],
            thorough=(kind, form) not in (("a FIFO", "sarif"), ("10 GB of nothing", "github"), ("/dev/zero", "junit")),
        )
        for name, form in (
            ("requirements.txt", "sarif"),
            ("setup.cfg", "github"),
            ("uv.lock", "junit"),
            ("requirements/base.txt", "json"),
        )
        for kind, put in list(KINDS.items())[:5]
    ),
    *(
        Case(
            f"requirements.txt of {name}",
            "kdoctor --no-canaries --python {fake} --format sarif",
            0,
            [*FAULTY, file("work/requirements.txt", content)],
            says=["KD008"],
            thorough=len(content) > 2**20,
        )
        for name, content in (
            ("a line of dashes", b"-" * 40_000),
            ("a line of letters behind a bracket", b"a = [" + b"a" * 400_000),
            ("3 MiB of names without an end", b'"keras[' * (3 * 2**17)),
            ("null bytes", b"\0" * 10_000),
            ("no UTF-8", b"keras\xff>=3\nkeras==3\n"),
        )
    ),
]
