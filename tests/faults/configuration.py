"""Configurations and baselines that somebody else wrote: hostile, damaged, of any size, and files that are none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

from tests.faults.case import Case, Given, Result, World, fifo, file, folder, link, repository, sparse

CODE = file("work/a.py", "import keras\nkeras.backend.ctc_batch_cost(1, 2, 3, 4)\n")
SECRET = file("secret.py", "import keras\nTOKEN = keras.backend.ctc_batch_cost('hunter2', 2, 3, 4)\n")
EMPTY_BASELINE = '{"schema": "kdoctor.baseline/1", "created": "2026-01-01", "findings": []}\n'
SHOWN = "kdoctor config"
SCAN = "kdoctor scan a.py --target tensorflow==2.21"
BASELINE = "kdoctor baseline a.py --target tensorflow==2.21"


def toml(text: Union[str, bytes], name: str = "work/kdoctor.toml") -> Given:
    return file(name, text)


def wrong(name: str, text: Union[str, bytes], *says: str, run: str = SHOWN, never: Sequence[str] = ()) -> Case:
    """A kdoctor.toml that is refused, with its name."""
    return Case(f"config: {name}", run, 2, [repository(), CODE, toml(text)], ["kdoctor.toml", *says], never, within=10)


def shown(name: str, text: str, *says: str) -> Case:
    """A value that the terminal must not obey, in what kdoctor config prints."""
    hidden = ["\x1b", "\x07", "\u202e", "\u2066", "\u200b", "\x9b", "\r", "\x7f"]
    return Case(f"config: shown: {name}", SHOWN, 0, [repository(), toml(text)], says, hidden)


def nothing_new(world: World, result: Result) -> None:
    assert not (world.folder / "new").exists()


def kept(name: str, content: str, *given: Given, run: str = BASELINE, says: Sequence[str] = ()) -> Case:
    """A file that kdoctor baseline must leave as it is: work/known.json, or what a link of that name leads to."""

    def then(world: World, result: Result) -> None:
        assert (world.work / "known.json").read_text() == content

    before = given or (file("work/known.json", content),)
    return Case(f"baseline: {name}", f"{run} --file known.json", 2, [CODE, *before], ["known.json", *says], then=then)


def written(
    name: str, *given: Given, run: str = f"{BASELINE} --file known.json", path: str = "work/known.json"
) -> Case:
    def then(world: World, result: Result) -> None:
        assert "kdoctor.baseline/1" in (world.folder / path).read_text()
        assert not (world.folder / path).is_symlink()

    return Case(f"baseline: {name}", run, 0, [CODE, *given], ["written to"], then=then)


def damaged(name: str, content: Union[str, bytes], *says: str) -> Case:
    """A baseline that cannot be used."""
    given = [repository(), CODE, toml("baseline = 'known.json'\n"), file("work/known.json", content)]
    return Case(f"baseline: {name}", SCAN, 2, given, ["known.json", *says], within=10)


PAIR = "[tool.kdoctor]\nstrict = true\n"
NESTED = "[" * 10_000 + "]" * 10_000

CASES = [
    # ---------------------------------------------------------------- what is no text of TOML
    wrong("10,000 nested arrays", f"paths = {NESTED}", "nested too deeply"),
    wrong("10,000 nested arrays in a foreign key", f"[other]\nx = {NESTED}"),
    wrong("300 nested arrays in inline tables", "x = " + "{a=[" * 300 + "1" + "]}" * 300),
    wrong("10,000 nested inline tables", "x = " + "{a=" * 10_000 + "1" + "}" * 10_000),
    wrong("a dotted key of 100,000 parts", "a" + ".a" * 100_000 + " = 1\n", ":1: a key of more than 32 parts"),
    wrong("a dotted table of 100,000 parts", "\n[a" + ".a" * 100_000 + "]\n", ":2: a key of more than 32 parts"),
    wrong("a dotted array of tables", "[[a" + " . a" * 100_000 + "]]\n", "more than 32 parts"),
    wrong("a dotted key with quotation marks", 'a = 1\n"a"' + '."a"' * 50_000 + " = 1\n", ":2: a key of more than 32"),
    wrong("a dotted key with apostrophes", "'a'" + ".'a'" * 50_000 + " = 1\n", "more than 32 parts"),
    wrong("a dotted key in an inline table", "x = {y = 1, a" + ".a" * 50_000 + " = 1}\n", "more than 32 parts"),
    wrong("20,000 dotted keys of 40 parts", "".join(f"a{n}{'.a' * 40} = 1\n" for n in range(20_000)), "more than 32"),
    wrong("a number of 100,000 digits", "timeout = " + "9" * 100_000),
    wrong("an endless string", 'paths = ["' + "a" * 100_000),
    wrong("a key that stands twice", "strict = true\nstrict = true\n", ":2:"),
    wrong("null bytes", b"strict = true\0\n"),
    wrong("random bytes", bytes(range(128, 256)) * 100, "UTF-8"),
    wrong("UTF-16", "strict = true\n".encode("utf-16"), "UTF-8"),
    wrong("a program", b"\x7fELF\x02\x01\x01" + bytes(1000)),
    wrong("a conflict of git", "<<<<<<< HEAD\nstrict = true\n=======\nstrict = false\n>>>>>>> x\n", ":1:"),
    wrong("JSON", '{"strict": true}'),
    Case(
        "config: dots in a text are no key",
        SHOWN,
        0,
        [toml(f'skip = []\n# {"a." * 99}\n[[ignore]]\nrule = "KD301"\nreason = "{"a." * 99}"\n')],
    ),
    wrong("10,000 items", "paths = [" + "'a'," * 10_000 + "]\n", ":1: paths has 10,000 items, and at most 1,000"),
    wrong("10,000 ignores", "[[ignore]]\nrule='KD301'\nreason='x'\n" * 10_000, "ignore has 10,000 items"),
    Case(
        "config: a million items",
        SHOWN,
        2,
        [toml("paths = [" + "'a'," * 1_000_000 + "]\n")],
        ["paths has 1,000,000 items"],
        within=90,
        thorough=True,
    ),
    # ---------------------------------------------------------------- what is no regular file
    Case("config: a FIFO", SHOWN, 2, [fifo("work/kdoctor.toml")], ["kdoctor.toml", "not a regular file"], within=5),
    Case("config: a FIFO pyproject.toml", SHOWN, 2, [fifo("work/pyproject.toml")], ["not a regular file"], within=5),
    Case("config: a FIFO by --config", f"{SHOWN} --config p", 2, [fifo("work/p")], ["not a regular file"], within=5),
    Case(
        "config: a FIFO next to kdoctor.toml",
        SHOWN,
        0,
        [toml("strict = true\n"), fifo("work/pyproject.toml")],
        ["strict = true"],
        within=5,
    ),
    Case(
        "config: a link to /dev/zero",
        SHOWN,
        2,
        [link("work/kdoctor.toml", "/dev/zero")],
        ["not a regular file"],
        within=5,
    ),
    Case("config: /dev/zero by --config", f"{SHOWN} --config /dev/zero", 2, says=["not a regular file"], within=5),
    Case("config: /dev/null by --config", f"{SHOWN} --config /dev/null", 2, says=["not a regular file"]),
    Case("config: a folder by --config", f"{SHOWN} --config .", 2, says=["not a regular file"]),
    Case("config: a file that is not there", f"{SHOWN} --config none.toml", 2, says=["none.toml", "no such file"]),
    Case("config: 5 MiB", SHOWN, 2, [sparse("work/kdoctor.toml", 5 * 2**20)], ["too large", "4 MiB"], within=5),
    Case("config: 8 GiB", SHOWN, 2, [sparse("work/kdoctor.toml", 2**33)], ["too large"], within=5),
    Case(
        "config: a pyproject.toml of 8 GiB", SHOWN, 2, [sparse("work/pyproject.toml", 2**33)], ["too large"], within=5
    ),
    Case(
        "config: a folder called kdoctor.toml",
        SHOWN,
        0,
        [folder("work/kdoctor.toml"), file("work/pyproject.toml", PAIR)],
        ["strict = true"],
    ),
    Case("config: a link to itself", SHOWN, 0, [repository(), link("work/kdoctor.toml", "kdoctor.toml")]),
    Case("config: --no-config does without", f"{SHOWN} --no-config", 0, [fifo("work/kdoctor.toml")], within=5),
    Case("config: a FIFO, for a scan", SCAN, 2, [CODE, fifo("work/kdoctor.toml")], ["not a regular file"], within=5),
    # ---------------------------------------------------------------- what leads out of it
    wrong("paths that are absolute", 'paths = ["/etc"]', ":1:", "'/etc' leads out", run="kdoctor scan"),
    wrong("paths above", 'paths = [\n "a.py",\n "../secret.py"]', ":3:", "leads out", run="kdoctor scan"),
    wrong("paths above, after a detour", 'paths = ["x/../../secret.py"]', "leads out", run="kdoctor scan"),
    wrong("paths of the whole parent", 'paths = [".."]', "leads out", run="kdoctor check --no-canaries"),
    wrong("paths of /proc", 'paths = ["/proc/self/environ"]', "leads out", run="kdoctor scan"),
    wrong("paths with a null byte", 'paths = ["a\\u0000b"]', ":1:"),
    wrong("a baseline that is absolute", 'baseline = "/etc/passwd"', "leads out", run="kdoctor baseline"),
    wrong("a baseline above", 'baseline = "../known.json"', "leads out", run=SCAN),
    Case(
        "config: paths through a link",
        "kdoctor scan",
        2,
        [SECRET, link("work/b.py", "../secret.py"), toml('paths = ["b.py"]')],
        ["leads out"],
        ["hunter2"],
    ),
    Case(
        "config: paths through a linked folder",
        "kdoctor scan",
        2,
        [file("other/secret.py", "TOKEN = 'hunter2'\n"), link("work/src", "../other"), toml('paths = ["src"]')],
        ["leads out"],
        ["hunter2"],
    ),
    Case(
        "config: a baseline through a linked folder",
        f"{BASELINE}",
        2,
        [CODE, folder("other"), link("work/b", "../other"), toml('baseline = "b/known.json"')],
        ["leads out"],
    ),
    Case(
        "config: a link inside may be named",
        "kdoctor scan --target tensorflow==2.21",
        1,
        [CODE, link("work/b.py", "a.py"), toml('paths = ["b.py"]')],
    ),
    Case(
        "config: paths on the command line lead anywhere",
        "kdoctor scan ../secret.py --target tensorflow==2.21",
        1,
        [SECRET],
    ),
    # ---------------------------------------------------------------- what a terminal obeys
    shown("a title", 'paths = ["a\\u001b]0;x\\u0007b"]', "a\\u001B]0;x\\u0007b"),
    shown("clear screen", 'paths = ["\\u001b[2J\\u001b[H"]', "\\u001B[2J"),
    shown("C1", 'paths = ["\\u009b2J"]', "\\u009B2J"),
    shown("bidi", 'paths = ["a\\u202Eb"]', "a\\u202Eb"),
    shown("bidi isolates", 'baseline = "\\u2066x"', "\\u2066x"),
    shown("no width", 'skip = []\npaths = ["a\\u200bb"]', "a\\u200Bb"),
    shown("beyond 16 bits", 'paths = ["\\U000e0041"]', "\\U000E0041"),
    shown("an end of line", 'paths = ["a\\nstrict = true\\r "]', "a\\nstrict = true", "\nstrict = false"),
    shown("quotation marks", "paths = ['\"]\\']", '\\"]\\\\'),
    shown("a reason", '[[ignore]]\nrule = "KD301"\nreason = "\\u001b[31mred\\u202e"', "\\u001B[31mred"),
    shown("patterns of an ignore", '[[ignore]]\nrule = "KD301"\nreason = "x"\npaths = ["\\u001b[1m"]', "\\u001B[1m"),
    shown("an interpreter", 'python = ["./\\u001b[2Jx"]', "\\u001B[2Jx"),
    *(
        wrong(f"{what} in an error", text, escape, never=["\x1b", "\x07", "\u202e", "\x9b"], run=SCAN)
        for what, text, escape in (
            ("an unknown key", '"\\u001b[2J" = 1', "\\x1b[2J"),
            ("a level", 'fail-on = "\\u001b]0;x\\u0007"', "\\x1b]0;x\\x07"),
            ("a requirement", 'require = ["\\u202ectc"]', "\\u202ectc"),
            ("a canary", 'only = ["\\u009b1m"]', "\\x9b1m"),
            ("a rule", '[[ignore]]\nrule = "\\u001b[1m"\nreason = "x"', "\\x1b[1m"),
            ("a target", 'targets = ["\\u001b[1m"]', "\\x1b[1m"),
            ("a path that leads out", 'paths = ["../\\u001b[1m"]', "\\x1b[1m"),
            ("a date", '[[ignore]]\nrule = "KD301"\nreason = "x"\nuntil = "\\u001b[1m"', "\\x1b[1m"),
        )
    ),
    wrong(
        "info as a level",
        'fail-on = "info"',
        "fail-on is one of error, warning, never, not 'info'.",
        never=["There are"],
    ),
    Case("config: info as a level on the command line", f"{SCAN} --fail-on info", 2, [CODE], ["warning", "never"]),
    # ---------------------------------------------------------------- baselines that are read
    damaged("10,000 nested arrays", NESTED, "nested too deeply"),
    damaged("100,000 nested objects", '{"a":' * 100_000, "not a baseline"),
    damaged("a number of 10,000 digits", '{"schema": "kdoctor.baseline/1", "created": ' + "9" * 10_000),
    damaged(
        "an infinite count",
        EMPTY_BASELINE.replace("[]", '[{"code": "", "slug": "", "path": "", "text": "", "count": 1e999}]'),
    ),
    damaged("half a file", EMPTY_BASELINE[:30], "not a baseline"),
    damaged("another schema", EMPTY_BASELINE.replace("baseline/1", "baseline/9"), "kdoctor.baseline/9"),
    damaged("an array", "[]", "not a baseline"),
    damaged("no text", b"\xff\xfe\x00", "not a baseline"),
    damaged("a conflict of git", f"<<<<<<< HEAD\n{EMPTY_BASELINE}", "not a baseline"),
    Case(
        "baseline: a FIFO",
        SCAN,
        2,
        [CODE, toml("baseline = 'known.json'\n"), fifo("work/known.json")],
        ["not a regular file"],
        within=5,
    ),
    Case(
        "baseline: too large",
        SCAN,
        2,
        [CODE, toml("baseline = 'known.json'\n"), sparse("work/known.json", 2**33)],
        ["too large"],
        within=5,
    ),
    Case(
        "baseline: a folder",
        SCAN,
        2,
        [CODE, toml("baseline = 'known.json'\n"), folder("work/known.json")],
        ["not a regular file"],
    ),
    Case("baseline: none", SCAN, 2, [CODE, toml("baseline = 'known.json'\n")], ["kdoctor baseline writes one"]),
    # ---------------------------------------------------------------- baselines that are written
    kept("is not written over a text", "important\n", says=["not a baseline"]),
    kept("is not written over JSON", '{"important": 1}\n'),
    kept("is not written over a baseline of another release", EMPTY_BASELINE.replace("baseline/1", "baseline/9")),
    kept("is not written over a program", "#!/bin/sh\n", says=["Remove it"]),
    kept(
        "is not written through a link",
        "important\n",
        file("mine.txt", "important\n"),
        link("work/known.json", "../mine.txt"),
        says=["symbolic link"],
    ),
    kept(
        "is not written through a link to an empty file",
        "",
        file("mine.txt"),
        link("work/known.json", "../mine.txt"),
        says=["symbolic link"],
    ),
    kept(
        "is not written through a link to a baseline",
        EMPTY_BASELINE,
        file("mine.txt", EMPTY_BASELINE),
        link("work/known.json", "../mine.txt"),
    ),
    Case(
        "baseline: is not written through a dangling link",
        f"{BASELINE} --file known.json",
        2,
        [CODE, link("work/known.json", "../new")],
        ["symbolic link"],
        then=nothing_new,
    ),
    Case(
        "baseline: is not written to a FIFO",
        f"{BASELINE} --file known.json",
        2,
        [CODE, fifo("work/known.json")],
        ["not a regular file"],
        within=5,
    ),
    Case(
        "baseline: is not written over a folder",
        f"{BASELINE} --file known.json",
        2,
        [CODE, folder("work/known.json")],
        ["not a regular file"],
    ),
    Case(
        "baseline: is not written over what the configuration names",
        BASELINE,
        2,
        [CODE, toml("baseline = 'a.py'\n")],
        ["a.py is not replaced"],
    ),
    Case(
        "baseline: the default file is a link",
        BASELINE,
        2,
        [CODE, file("mine.txt", "x"), link("work/kdoctor-baseline.json", "../mine.txt")],
        ["symbolic link"],
    ),
    Case("baseline: a folder that does not exist", f"{BASELINE} --file none/known.json", 2, [CODE], ["does not exist"]),
    written("is written anew"),
    written("replaces a baseline", file("work/known.json", EMPTY_BASELINE)),
    written("replaces an empty file", file("work/known.json")),
    written("replaces a file of blanks", file("work/known.json", " \n")),
    written(
        "is written where the configuration says",
        toml("baseline = 'b/known.json'\n"),
        folder("work/b"),
        run=BASELINE,
        path="work/b/known.json",
    ),
    written("is written where the user says", run=f"{BASELINE} --file ../known.json", path="known.json"),
]
