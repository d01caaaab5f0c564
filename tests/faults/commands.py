"""What is typed at the command line: words in the wrong place, unknown names, and what is read without a path."""

from __future__ import annotations

from tests.faults.case import Case, file, folder
from tests.faults.trust import in_folder

USE = "import keras\nkeras.backend.ctc_batch_cost(1, 2, 3, 4)\n"
CODE = file("work/a.py", USE)
FILES = [file(f"work/{number:04}.py", "import json\n") for number in range(2005)]
SCAN = "kdoctor scan --target tensorflow==2.21"
EMPTY = '{"schema": "kdoctor.baseline/1", "created": "2026-01-01", "findings": []}\n'
KNOWN = EMPTY.replace(
    "[]",
    '[{"code": "KD201", "slug": "ctc-batch-cost-keras", "path": "a.py", '
    '"text": "keras.backend.ctc_batch_cost(1, 2, 3, 4)", "count": 1}]',
)
BASELINE = file("work/kdoctor-baseline.json", KNOWN)


def usage(name: str, run: str, *says: str) -> Case:
    return Case(f"usage: {name}", run, 2, [CODE], says)


BELOW = file("work/kdoctor-baseline.json", KNOWN.replace("a.py", "src/a.py"))
DAMAGED = file("work/kdoctor-baseline.json", "{")
TWO = [CODE, file("work/(.py", "import keras (")]

CASES = [
    # ---------------------------------------------------------------- words that are not understood
    usage("no such command", "kdoctor scann", "scann"),
    usage("no such option", "kdoctor --no-canary", "--no-canary"),
    usage("an option of check before another command", "kdoctor --no-canaries rules", "rules is a command"),
    usage("a short option before another command", "kdoctor -v scan", "scan is a command"),
    usage("a file that is not there", "kdoctor check b.py", "no file or folder b.py"),
    usage("an unknown stack", "kdoctor --stack tf.kera", "Did you mean tf.keras"),
    usage("an unknown area", "kdoctor --only rnm", "Did you mean rnn"),
    usage("an unknown area for a scan", f"{SCAN} --only rnm", "Did you mean rnn"),
    usage("an unknown rule for a scan", f"{SCAN} --skip KD2O1", "called 'KD2O1'"),
    usage("an unknown area of rules", "kdoctor rules --area rnm", "Did you mean rnn", "The areas are"),
    usage("a rule as an area", "kdoctor rules --area KD201", "The areas are"),
    usage("an unknown format", "kdoctor --format xml", "xml", "junit"),
    usage("an unknown format of a file", f"{SCAN} -o xml=x", "xml", "junit"),
    usage("a file without a format", f"{SCAN} -o report.json", "json=report.json"),
    usage("no seconds", "kdoctor --timeout 0", "above 0"),
    usage("seconds without a number", "kdoctor --timeout nan", "above 0"),
    usage("a level that never fails", "kdoctor --fail-on info", "never"),
    usage("nothing to explain", "kdoctor explain", "kdoctor explain KD201", "kdoctor rules"),
    usage("an empty text to explain", "kdoctor explain ''", "kdoctor explain KD201"),
    usage("an area to explain", "kdoctor explain rnn", "kdoctor rules --area rnn"),
    usage("a word to explain", "kdoctor explain xyzzy", "kdoctor rules lists them all"),
    # ---------------------------------------------------------------- what is read where no path is named
    Case("no path: scan reads the folder", SCAN, 1, [CODE], ["a.py:2"]),
    Case("no path: only an area that is not hit", f"{SCAN} --only rnn", 0, [CODE], never=["a.py:2"]),
    Case("no path: without the area that is hit", f"{SCAN} --skip ctc", 0, [CODE], never=["a.py:2"]),
    Case("no path: only the rule that is hit", f"{SCAN} --only KD201", 1, [CODE], ["a.py:2"]),
    Case(
        "no path: kdoctor alone reads it",
        "kdoctor --no-canaries",
        (0, 1, 3, 4),
        TWO,
        ["(.py"],
    ),
    Case(
        "no path: check reads it",
        "kdoctor check --no-canaries",
        (0, 1, 3, 4),
        TWO,
        ["(.py"],
    ),
    Case(
        "no path: --no-code reads nothing",
        "kdoctor --no-canaries --no-code",
        (0, 3),
        TWO,
        never=["(.py"],
    ),
    Case(
        "no path: a folder without Keras is left alone",
        "kdoctor --no-canaries",
        (0, 3),
        [file("work/(.py", "import json (")],
        never=["(.py"],
    ),
    Case(
        "no path: the home folder is left alone",
        "kdoctor --no-canaries",
        (0, 3),
        [file("work/(.py", "import keras (")],
        never=["(.py"],
        environ={"HOME": "{work}"},
    ),
    Case("no path: an empty folder is fine for check", "kdoctor check --no-canaries", (0, 3)),
    Case("no path: a folder of folders", "kdoctor --no-canaries", (0, 3), [folder("work/a/b/c")]),
    Case(
        "no path: 2,006 files",
        "kdoctor --no-canaries -v",
        (0, 1, 3, 4),
        [file("work/0.py", USE), *FILES],
        ["6 of its 2,006 files were left out"],
        within=40,
        thorough=True,
    ),
    # ---------------------------------------------------------------- the baseline that nobody names
    Case("baseline: the default file is used", SCAN, 0, [CODE, BASELINE], ["kdoctor-baseline.json"]),
    Case("baseline: not with --no-config", f"{SCAN} --no-config", 1, [CODE, BASELINE]),
    Case("baseline: new code fails", SCAN, 1, [CODE, file("work/b.py", USE), BASELINE], ["b.py:2"]),
    Case(
        "baseline: a comment is nothing new",
        SCAN,
        0,
        [file("work/a.py", USE.replace("4)", "4)  # as before")), BASELINE],
    ),
    Case(
        "baseline: the default file is damaged",
        SCAN,
        2,
        [CODE, DAMAGED],
        ["not a baseline"],
    ),
    Case(
        "baseline: the default file stands next to the configuration",
        in_folder("src", SCAN),
        0,
        [
            file("work/kdoctor.toml", ""),
            file("work/src/a.py", USE),
            file("work/kdoctor-baseline.json", KNOWN.replace("a.py", "src/a.py")),
        ],
    ),
]
