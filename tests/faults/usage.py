"""Wrong usage: exit code 2, and a line that says what to do."""

from __future__ import annotations

from tests.faults.case import Case, file

SOUND = file("work/a.py", "import keras\nprint(keras.__version__)\n")

CASES = [
    Case("an option that does not exist", "kdoctor --nosuch", 2, says=["--nosuch"]),
    Case("a format that does not exist", "kdoctor scan a.py --format nosuch", 2, [SOUND], says=["nosuch", "json"]),
    Case("a rule that does not exist", "kdoctor explain KD999", 2, says=["KD999"]),
    Case("an area that does not exist", "kdoctor --only rnm", 2, says=["rnn"]),
    Case("a target that is none", "kdoctor scan a.py --target tensorflow=2.21", 2, [SOUND], says=["tensorflow==2.21"]),
    Case("a path that does not exist", "kdoctor scan nosuch.py", 2, says=["nosuch.py"]),
    Case("a timeout of nothing", "kdoctor --timeout 0", 2, says=["timeout"]),
    Case("an interpreter that does not exist", "kdoctor --python ./nosuch", 3, says=["nosuch"]),
]
