"""Interpreters that a configuration file names: what a repository may have started, and what not."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Sequence

import pytest

from tests.faults.case import ROOT, Case, Given, Result, World, file, folder, link, repository

NO_CANARIES = "kdoctor --no-canaries"
REFUSED = ["was not started", "kdoctor --python", "kdoctor config --trust"]
TRUSTED = "home/.local/state/kdoctor/trusted.json"


def program(path: str) -> Given:
    """A Python that leaves a trace, ``{folder}/started``."""

    def make(world: World) -> None:
        text = f"#!/bin/sh\necho started >> '{world.folder}/started'\nexec '{sys.executable}' \"$@\"\n"
        file(path, text, 0o755)(world)

    return make


def config(python: str, path: str = "work/kdoctor.toml", more: str = "") -> Given:
    """A configuration that names an interpreter; ``{folder}`` is the folder of the case."""

    def make(world: World) -> None:
        table = "[tool.kdoctor]\n" if path.endswith("pyproject.toml") else ""
        names = f'["{python}"]' if not python.startswith("[") else python
        file(path, f"{table}python = {names.replace('{folder}', str(world.folder))}\n{more}")(world)

    return make


def mode(path: str, bits: int) -> Given:
    return lambda world: (world.folder / path).chmod(bits)


def owned(path: str, uid: int = 65534) -> Given:
    """Gives a file to another user, which only root can do."""

    def make(world: World) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root gives files away")
        os.chown(world.folder / path, uid, uid, follow_symlinks=False)

    return make


def trusted(command: str = "kdoctor config --trust", where: str = "work") -> Given:
    """Allows what the configuration names."""

    def make(world: World) -> None:
        environ = {"PATH": os.environ["PATH"], "HOME": str(world.home), "PYTHONPATH": str(ROOT)}
        words = [sys.executable, "-m", *command.split()]

        done = subprocess.run(words, cwd=world.folder / where, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert not (world.folder / "started").exists(), "allowing starts nothing"

    return make


def changed(path: str, text: str) -> Given:
    """Appends to a file."""

    def make(world: World) -> None:
        with open(world.folder / path, "a", encoding="utf-8") as stream:
            stream.write(text)

    return make


def nothing_started(world: World, result: Result) -> None:
    assert not (world.folder / "started").exists()


def was_started(world: World, result: Result) -> None:
    assert (world.folder / "started").exists()


def kept_privately(world: World, result: Result) -> None:
    path = world.folder / TRUSTED
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["trusted.json"]
    nothing_started(world, result)


def refused(name: str, *given: Given, run: str = NO_CANARIES, says: Sequence[str] = (), thorough: bool = False) -> Case:
    return Case(
        name,
        run,
        2,
        [repository(), program("work/evil"), *given],
        [*REFUSED, *says],
        then=nothing_started,
        thorough=thorough,
    )


def started(name: str, *given: Given, run: str = NO_CANARIES, says: Sequence[str] = (), thorough: bool = False) -> Case:
    """There is neither TensorFlow nor Keras in the environment: 3, or 0 where the tests' own Python has them."""
    return Case(name, run, (0, 3), [repository(), *given], ["starting ", *says], then=was_started, thorough=thorough)


def in_folder(where: str, command: str) -> str:
    return f"sh -c 'cd {where} && exec {sys.executable} -m {command}'"


OUTSIDE = [program("elsewhere/python"), config("{folder}/elsewhere/python")]
EVIL = config("./evil")

CASES = [
    # ---------------------------------------------------------------- what lies in the repository
    refused("trust: a program of the repository", EVIL, says=["work/evil", "kdoctor.toml:1"]),
    refused("trust: with all canaries", EVIL, run="kdoctor"),
    refused("trust: by check", EVIL, run="kdoctor check"),
    refused("trust: by check of a file", EVIL, file("work/a.py"), run="kdoctor check a.py"),
    refused("trust: by baseline", EVIL, run="kdoctor baseline"),
    refused("trust: quietly", EVIL, run="kdoctor --quiet --no-canaries"),
    refused("trust: in pyproject.toml", config("./evil", "work/pyproject.toml"), says=["pyproject.toml:2"]),
    refused("trust: an absolute path into the repository", config("{folder}/work/evil")),
    refused("trust: a path that leaves the repository and returns", config("../work/evil")),
    refused("trust: a path through a folder that is not there", config("./none/../evil")),
    refused("trust: a path with a tilde", config("~/../work/evil")),
    refused("trust: the working folder of the process", config("/proc/self/cwd/evil")),
    refused("trust: the current folder by its number", config("/proc/thread-self/cwd/evil")),
    refused("trust: named from a subfolder", EVIL, folder("work/sub"), run=in_folder("sub", NO_CANARIES)),
    refused("trust: the second of two", program("elsewhere/python"), config('["{folder}/elsewhere/python", "./evil"]')),
    refused(
        "trust: a link of the repository that leads out",
        program("outside/python"),
        link("work/python", "../outside/python"),
        config("./python"),
    ),
    refused(
        "trust: a link outside that leads in", link("outside/python", "../work/evil"), config("{folder}/outside/python")
    ),
    refused("trust: a folder outside that leads in", link("outside", "work"), config("{folder}/outside/evil")),
    refused(
        "trust: a chain of links",
        link("outside/a", "b"),
        link("outside/b", "../work/evil"),
        config("{folder}/outside/a"),
    ),
    refused("trust: an environment of the repository", program("work/.venv/bin/python"), config(".venv")),
    refused("trust: an environment by another name", program("work/env/bin/python"), config("./env")),
    refused(
        "trust: an environment with a link to the system's Python",
        folder("work/.venv/bin"),
        link("work/.venv/bin/python", os.path.realpath(sys.executable)),
        config(".venv"),
    ),
    refused(
        "trust: its environment through /proc",
        folder("work/.venv/bin"),
        link("work/.venv/bin/python", sys.executable),
        config("/proc/self/cwd/.venv/bin/python"),
    ),
    refused(
        "trust: the repository around a submodule",
        file("work/sub/.git", "gitdir: ../.git/modules/sub"),
        config("../evil", "work/sub/kdoctor.toml"),
        run=in_folder("sub", NO_CANARIES),
    ),
    refused(
        "trust: a worktree's .git file",
        config("../../evil", "work/a/b/kdoctor.toml"),
        file("work/a/b/.git", "gitdir: x"),
        run=in_folder("a/b", NO_CANARIES),
    ),
    refused(
        "trust: with --config",
        config("./evil", "work/ci/other.toml"),
        program("work/ci/evil"),
        run=f"{NO_CANARIES} --config ci/other.toml",
        says=["config --trust --config ci/other.toml"],
    ),
    refused(
        "trust: a program of a folder without a repository",
        program("elsewhere/a/evil"),
        config("./evil", "elsewhere/a/kdoctor.toml"),
        run=in_folder("../elsewhere/a", NO_CANARIES),
    ),
    refused(
        "trust: an unpacked archive that names what lies above",
        program("elsewhere/evil"),
        config("../evil", "elsewhere/a/kdoctor.toml"),
        run=in_folder("../elsewhere/a", NO_CANARIES),
    ),
    Case(
        "trust: CI=true changes nothing",
        NO_CANARIES,
        2,
        [repository(), program("work/evil"), EVIL],
        REFUSED,
        environ={"CI": "true", "GITHUB_ACTIONS": "true"},
        then=nothing_started,
    ),
    Case(
        "trust: a terminal's codes in a folder's name",
        in_folder('$(printf "a\\033]0;x\\007b")', NO_CANARIES),
        2,
        [repository(), program("work/a\x1b]0;x\x07b/evil"), config("./evil", "work/a\x1b]0;x\x07b/kdoctor.toml")],
        ["was not started", "\\x1b]0;x\\x07"],
        ["\x1b", "\x07"],
        then=nothing_started,
    ),
    # ---------------------------------------------------------------- bare names
    Case(
        "trust: a bare name that is in the repository only",
        NO_CANARIES,
        3,
        [program("work/py"), config("py")],
        ["There is no py on PATH", "./py"],
        then=nothing_started,
    ),
    Case(
        "trust: a folder python in the repository",
        "kdoctor --no-canaries --python python",
        (0, 3),
        [program("work/python/bin/python")],
        then=nothing_started,
    ),
    Case(
        "trust: a folder python3, named by the configuration",
        NO_CANARIES,
        (0, 3),
        [program("work/python3/bin/python"), config("python3")],
        ["starting"],
        then=nothing_started,
    ),
    Case(
        "trust: a file python3.99",
        "kdoctor --no-canaries --python python3.99",
        3,
        [program("work/python3.99")],
        ["./python3.99"],
        then=nothing_started,
    ),
    Case(
        "trust: a folder venv without a separator",
        "kdoctor --no-canaries --python venv",
        3,
        [program("work/venv/bin/python")],
        ["./venv"],
        then=nothing_started,
    ),
    Case(
        "trust: a PATH that leads into the repository",
        NO_CANARIES,
        2,
        [repository(), program("work/tools/py"), config("py")],
        REFUSED,
        environ={"PATH": "{work}/tools:/usr/bin:/bin"},
        then=nothing_started,
    ),
    Case(
        "trust: a PATH with the working folder in it",
        NO_CANARIES,
        2,
        [repository(), program("work/py"), config("py")],
        REFUSED,
        environ={"PATH": ".:/usr/bin:/bin"},
        then=nothing_started,
    ),
    # ---------------------------------------------------------------- what is started
    started("trust: an interpreter elsewhere", *OUTSIDE, says=["elsewhere/python", "kdoctor.toml"]),
    started("trust: an environment elsewhere", program("env/bin/python"), config("{folder}/env")),
    started("trust: next to the repository", program("env/bin/python"), config("../env")),
    started("trust: an environment of the home folder", program("home/env/bin/python"), config("~/env")),
    started(
        "trust: a home folder that is kept in git",
        repository("home"),
        repository("home/a"),
        program("home/env/bin/python"),
        config("~/env", "home/a/kdoctor.toml"),
        run=in_folder("../home/a", NO_CANARIES),
    ),
    Case(
        "trust: --python needs none",
        "kdoctor --no-canaries --python ./evil",
        (0, 3),
        [repository(), program("work/evil")],
        never=["was not started"],
        then=was_started,
    ),
    Case(
        "trust: --python goes before the file",
        "kdoctor --no-canaries --python ./evil",
        (0, 3),
        [repository(), program("work/evil"), EVIL],
        never=["was not started"],
        then=was_started,
    ),
    Case(
        "trust: --no-config needs none",
        f"{NO_CANARIES} --no-config",
        (0, 3),
        [repository(), program("work/evil"), EVIL],
        then=nothing_started,
    ),
    Case(
        "trust: a scan starts nothing",
        "kdoctor scan a.py",
        0,
        [repository(), program("work/evil"), EVIL, file("work/a.py")],
        then=nothing_started,
    ),
    Case(
        "trust: a baseline of a scan starts nothing",
        "kdoctor baseline a.py --target tensorflow==2.21",
        0,
        [repository(), program("work/evil"), EVIL, file("work/a.py")],
        then=nothing_started,
    ),
    Case(
        "trust: config starts nothing, and says what it would",
        "kdoctor config",
        0,
        [repository(), program("work/evil"), EVIL],
        ["was not started", 'python = ["{work}/evil"]'],
        then=nothing_started,
    ),
    Case(
        "trust: env starts nothing", "kdoctor env", 2, [repository(), program("work/evil"), EVIL], then=nothing_started
    ),
    # ---------------------------------------------------------------- who can change it
    refused("trust: a file that all may write", *OUTSIDE, mode("work/kdoctor.toml", 0o666), says=["chmod o-w"]),
    refused("trust: a file that the group may write", *OUTSIDE, mode("work/kdoctor.toml", 0o664), says=["the group"]),
    refused("trust: a folder that all may write", *OUTSIDE, mode("work", 0o777), says=["chmod o-w"]),
    refused("trust: a sticky folder that all may write", *OUTSIDE, mode("work", 0o1777)),
    refused("trust: a folder that the group may write", *OUTSIDE, mode("work", 0o775)),
    refused(
        "trust: a folder between that all may write",
        program("elsewhere/python"),
        folder("work/a/b"),
        config("{folder}/elsewhere/python", "work/a/b/kdoctor.toml"),
        mode("work/a", 0o777),
        run=in_folder("a/b", NO_CANARIES),
        says=["work/a"],
    ),
    refused("trust: a folder of another user", *OUTSIDE, owned("work"), says=["uid 65534"]),
    refused(
        "trust: a file of another user by --config",
        *OUTSIDE,
        owned("work/kdoctor.toml"),
        run=f"{NO_CANARIES} --config kdoctor.toml",
        says=["uid 65534"],
    ),
    refused("trust: an interpreter of another user", *OUTSIDE, owned("elsewhere/python"), says=["uid 65534"]),
    refused("trust: an interpreter that all may write", *OUTSIDE, mode("elsewhere/python", 0o777)),
    refused(
        "trust: a link of another user to an interpreter",
        program("elsewhere/real"),
        link("elsewhere/python", "real"),
        owned("elsewhere/python"),
        config("{folder}/elsewhere/python"),
    ),
    refused(
        "trust: a configuration that is a link",
        program("elsewhere/python"),
        config("{folder}/elsewhere/python", "elsewhere/kdoctor.toml"),
        link("work/kdoctor.toml", "../elsewhere/kdoctor.toml"),
        says=["symbolic link"],
    ),
    # ---------------------------------------------------------------- allowed once
    started("trust: allowed once", program("work/evil"), EVIL, trusted()),
    started(
        "trust: allowed once, in pyproject.toml",
        program("work/evil"),
        config("./evil", "work/pyproject.toml"),
        trusted(),
    ),
    started(
        "trust: allowed once, from a subfolder",
        program("work/evil"),
        EVIL,
        folder("work/sub"),
        trusted(where="work/sub"),
    ),
    started(
        "trust: allowed once, by --config",
        program("work/ci/evil"),
        config("./evil", "work/ci/other.toml"),
        trusted("kdoctor config --trust --config ci/other.toml"),
        run=f"{NO_CANARIES} --config ci/other.toml",
    ),
    started("trust: allowed although the group may write", program("work/evil"), EVIL, mode("work", 0o775), trusted()),
    started(
        "trust: two repositories are allowed",
        repository("other"),
        program("other/x"),
        program("work/evil"),
        EVIL,
        config("./x", "other/kdoctor.toml"),
        trusted(),
        trusted(where="other"),
    ),
    refused("trust: the file has changed since", EVIL, trusted(), changed("work/kdoctor.toml", "# x\n")),
    refused(
        "trust: the same content in another repository",
        repository("other"),
        program("other/evil"),
        config("./evil", "other/kdoctor.toml"),
        EVIL,
        trusted(where="other"),
    ),
    refused(
        "trust: another interpreter of the same file",
        program("work/b/evil"),
        EVIL,
        trusted(),
        link("work/evil2", "evil"),
        config("./evil2"),
    ),
    refused(
        "trust: a bare name that means another program now",
        program("work/tools/python3"),
        config("./tools/python3"),
        trusted(),
        config("./evil"),
    ),
    refused("trust: all may write since it was allowed", EVIL, trusted(), mode("work", 0o777)),
    refused("trust: what is kept is damaged", EVIL, trusted(), file(TRUSTED, "{")),
    refused("trust: what is kept is nested deeply", EVIL, trusted(), file(TRUSTED, "[" * 100_000)),
    refused("trust: what is kept is something else", EVIL, trusted(), file(TRUSTED, '{"schema": 1, "allowed": [3]}')),
    refused("trust: others may write to what is kept", EVIL, trusted(), mode(TRUSTED, 0o666)),
    refused("trust: others may write where it is kept", EVIL, trusted(), mode("home/.local/state/kdoctor", 0o777)),
    refused("trust: what is kept belongs to another user", EVIL, trusted(), owned(TRUSTED)),
    Case(
        "trust: what is kept is private",
        "kdoctor config --trust",
        0,
        [repository(), program("work/evil"), EVIL],
        ["may start {work}/evil"],
        then=kept_privately,
    ),
    Case(
        "trust: with XDG_STATE_HOME in the repository",
        "kdoctor config --trust",
        2,
        [repository(), program("work/evil"), EVIL],
        ["could then allow itself"],
        environ={"XDG_STATE_HOME": "{work}/state"},
        then=nothing_started,
    ),
    Case(
        "trust: a repository that is the home folder allows nothing itself",
        NO_CANARIES,
        2,
        [repository(), program("work/evil"), EVIL],
        REFUSED,
        environ={"HOME": "{work}"},
        then=nothing_started,
    ),
    Case("trust: no configuration to allow", "kdoctor config --trust", 2, [repository()], ["nothing to allow"]),
    Case(
        "trust: a configuration without python",
        "kdoctor config --trust",
        2,
        [repository(), file("work/kdoctor.toml")],
        ["nothing to allow"],
    ),
    Case(
        "trust: allowing what all may write",
        "kdoctor config --trust",
        2,
        [repository(), program("work/evil"), EVIL, mode("work", 0o777)],
        ["chmod o-w"],
        then=nothing_started,
    ),
    Case("trust: allowing what is not there", "kdoctor config --trust", 3, [repository(), EVIL], ["There is no"]),
    Case(
        "trust: the state folder is a file",
        "kdoctor config --trust",
        4,
        [repository(), program("work/evil"), EVIL, file("home/.local")],
        ["could not be kept"],
    ),
    # ---------------------------------------------------------------- the search
    Case(
        "search: a file of another user above",
        NO_CANARIES,
        (0, 3),
        [program("evil"), config("./evil", "kdoctor.toml"), owned("kdoctor.toml")],
        ["belongs to another user (uid 65534), so it is not used"],
        then=nothing_started,
    ),
    Case(
        "search: another user's pyproject.toml",
        "kdoctor config",
        0,
        [file("pyproject.toml", "[tool.kdoctor]\nstrict = true\n"), owned("pyproject.toml")],
        ["is not used", "strict = false"],
    ),
    Case(
        "search: another user's pyproject.toml that does not mention kdoctor",
        "kdoctor config",
        0,
        [file("pyproject.toml", "[project]\n"), owned("pyproject.toml")],
        never=["another user"],
    ),
    Case(
        "search: another user's file ends it",
        "kdoctor config",
        0,
        [
            file("kdoctor.toml", "strict = true\n"),
            file("work/kdoctor.toml", "all = true\n"),
            owned("work/kdoctor.toml"),
        ],
        ["is not used", "strict = false", "all = false"],
    ),
    Case(
        "search: another user's link",
        "kdoctor config",
        0,
        [file("my.toml", "strict = true\n"), link("work/kdoctor.toml", "../my.toml"), owned("work/kdoctor.toml")],
        ["is not used", "strict = false"],
    ),
    Case(
        "search: a link to another user's file",
        "kdoctor config",
        0,
        [file("my.toml", "strict = true\n"), link("work/kdoctor.toml", "../my.toml"), owned("my.toml")],
        ["is not used", "strict = false"],
    ),
    Case(
        "search: a mistake in another user's file",
        "kdoctor config",
        0,
        [file("kdoctor.toml", "strict = 1\n"), owned("kdoctor.toml")],
        ["is not used"],
    ),
    Case(
        "search: --config names another user's file",
        "kdoctor config --config ../kdoctor.toml",
        0,
        [file("kdoctor.toml", "strict = true\n"), owned("kdoctor.toml")],
        ["strict = true"],
    ),
    Case(
        "search: it ends at the repository",
        "kdoctor config",
        0,
        [repository(), file("kdoctor.toml", "strict = true\n")],
        ["strict = false"],
    ),
    Case(
        "search: it ends at a worktree's .git file",
        "kdoctor config",
        0,
        [file("work/.git", "gitdir: x"), file("kdoctor.toml", "strict = true\n")],
        ["strict = false"],
    ),
    Case(
        "search: it ends at the home folder",
        in_folder("../home/a", "kdoctor config"),
        0,
        [folder("home/a"), file("kdoctor.toml", "strict = true\n")],
        ["strict = false"],
    ),
    Case(
        "search: the home folder's own file is used",
        in_folder("../home/a", "kdoctor config"),
        0,
        [folder("home/a"), file("home/kdoctor.toml", "strict = true\n")],
        ["strict = true"],
    ),
    Case(
        "search: the nearest file is used",
        "kdoctor config",
        0,
        [file("kdoctor.toml", "strict = true\n"), file("work/kdoctor.toml", "all = true\n")],
        ["all = true", "strict = false"],
    ),
]
