"""Writes the corpus of real tracebacks: ``python -m tests.lab.tracebacks NAME=PYTHON ...``.

Runs the befores of the rules with each interpreter, as ``python train.py 2>&1`` would, and keeps what they say where
they stop with an exception, once for each message. ``--ipython FOLDER`` runs them as notebook cells, with the IPython
that stands in that folder. ``--scenes`` runs what stops because of its environment, see ``scenes.py``; ``--unrelated``
runs broken programs that are nobody's rule, see ``unrelated.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

from kdoctor import rules
from tests.lab.examples import programs
from tests.lab.scenes import SCENES
from tests.lab.unrelated import SNIPPETS

CORPUS = Path(__file__).parents[1] / "messages" / "corpus"
SECONDS = 90
"""For one program."""
AT_ONCE = 30
"""Programs that one process runs; what they leave behind in memory goes with it."""
LONGEST = 12_000
"""Characters of one text; the middle of a longer one is left out."""

NO_ANSWER = re.compile(
    r"No module named '(tensorflow|tensorflow_hub|scipy|PIL)'|name 'scipy' is not defined"
    r"|no attribute '(CTC|TFSMLayer|Lion)'"
)
"""What is said where a package is missing that some programs need beside Keras, or a feature is younger than the
release: it tells nothing of what broke."""

# Forks after the imports. Whatever of the traceback is this program's own is left out of what is printed.
WORKER = r"""
import json, os, signal, sys, time, types

task = json.load(sys.stdin)
answers = os.fdopen(os.dup(1), "w")
for name in task["imports"]:
    try:
        getattr(__import__(name), "keras", None)
    except Exception:
        pass


def as_program(path, text):
    import traceback

    sys.modules["__main__"] = module = types.ModuleType("__main__")
    module.__file__ = path
    try:
        exec(compile(text, path, "exec"), module.__dict__)
    except BaseException as error:
        traceback.print_exception(type(error), error, error.__traceback__.tb_next)
        return error


def as_cell(path, text):
    sys.path.append(task["ipython"])
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance(colors="Linux" if task["colours"] else "NoColor")
    result = shell.run_cell(text, store_history=True)
    return result.error_in_exec or result.error_before_exec


def run(one, written):
    # As deep as the examples stand below the package, which is where some of them look for files.
    folder = os.path.join(task["folder"], one["id"], "rules", "examples", "project")
    os.makedirs(folder)
    os.symlink(task["canaries"], os.path.join(task["folder"], one["id"], "canaries"))
    os.chdir(folder)
    for name, text in {**one.get("files", {}), "train.py": one["text"]}.items():
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        with open(name, "w") as file:
            file.write(text)
    os.environ.update(one.get("variables", {}))
    output = os.open("../../../output", os.O_WRONLY | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    path = os.path.join(folder, "train.py")
    sys.path.insert(0, folder)
    error = (as_cell if task["ipython"] else as_program)(path, one["text"])
    sys.stdout.flush()
    sys.stderr.flush()
    said = {"type": type(error).__name__, "message": str(error)} if error is not None else {}
    os.write(written, json.dumps(said).encode("utf-8", "replace")[:60000])
    os._exit(0)


for one in task["programs"]:
    read, write = os.pipe()
    child = os.fork()
    if not child:
        run(one, write)
    os.close(write)
    end = time.monotonic() + task["seconds"]
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    try:
        said = json.loads(os.read(read, 65536) or b"{}")
    except ValueError:
        said = {}
    with open(os.path.join(task["folder"], one["id"], "output"), errors="replace") as file:
        said["output"] = file.read()
    answers.write(json.dumps({**said, "id": one["id"], "prefix": sys.prefix, "base": sys.base_prefix}) + "\n")
    answers.flush()
"""


def run(
    python: str, chosen: Sequence[Mapping[str, Any]], imports: Sequence[str], ipython: str = "", colours: bool = False
) -> Iterable[dict[str, Any]]:
    """What each program said, and the exception that it stopped with, if any.

    Args:
        python: the interpreter.
        chosen: ``id`` and ``text`` of each program, the ``files`` beside it and the ``variables`` that it is run with.
        imports: what is imported once, before any of them runs.
        ipython: the folder of an IPython that runs them as cells; empty to run them as programs.
        colours: whether IPython is to colour what it says.
    """
    foreign = ("TF_USE_LEGACY_KERAS", "KERAS_BACKEND", "KERAS_HOME", "PYTHONPATH", "VIRTUAL_ENV")
    environ = {name: value for name, value in os.environ.items() if name not in foreign}
    if "jax" in imports:
        environ["KERAS_BACKEND"] = "jax"
    for start in range(0, len(chosen), AT_ONCE):
        with tempfile.TemporaryDirectory(prefix="kdoctor-tracebacks-") as folder:
            task = {
                "programs": chosen[start : start + AT_ONCE],
                "imports": imports,
                "ipython": ipython,
                "colours": colours,
                "folder": folder,
                "canaries": str(Path(rules.EXAMPLES).parents[1] / "canaries"),
                "seconds": SECONDS,
            }
            done = subprocess.run(
                [python, "-c", WORKER],
                input=json.dumps(task),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**environ, "HOME": folder},
                check=False,
            )
            for line in done.stdout.splitlines():
                if line.startswith("{"):
                    answer = json.loads(line)
                    answer["output"] = neutral(answer["output"], answer, folder)
                    yield answer


def neutral(text: str, answer: Mapping[str, str], folder: str) -> str:
    """``text`` with the folders of a user's machine in place of this one's."""
    text = text.replace(os.path.join(folder, answer["id"], "rules", "examples", "project"), "/home/user/project")
    text = text.replace(folder, "/home/user").replace(answer["prefix"], "/home/user/venv")
    text = text.replace(answer["base"], "/usr").replace(os.path.expanduser("~"), "/home/user")
    lines = "\n".join(line.rpartition("\r")[2].rstrip() for line in text.split("\n"))
    lines = re.sub(r"\x08+", "", lines)
    if len(lines) > LONGEST:
        lines = lines[: LONGEST // 2] + "\n...\n" + lines[-LONGEST // 2 :]
    return lines.strip("\n") + "\n"


class Corpus:
    """The texts that are kept, and what is known of each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = folder / "index.json"
        self.entries: list[dict[str, str]] = json.loads(self._index.read_text()) if self._index.exists() else []

    def keep(self, entry: dict[str, str], text: str) -> bool:
        """Keep a text unless one of the same program with the same message is there already."""
        known = {_same(one): one for one in self.entries}
        before = known.get(_same(entry))
        if before is not None and before["environment"] != entry["environment"]:
            return False
        self.entries = [one for one in self.entries if one["file"] != entry["file"]] + [entry]
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / entry["file"]).write_text(text, encoding="utf-8")
        return True

    def close(self) -> None:
        """Write down what is there."""
        self.entries.sort(key=lambda one: one["file"])
        self._index.write_text(json.dumps(self.entries, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _same(entry: Mapping[str, str]) -> tuple[str, ...]:
    message = re.sub(r"/\S+|0x[0-9a-f]+|\d+", "#", entry["message"])
    return entry["program"], entry["type"], message, entry.get("shown", "")


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Returns 2 where the arguments make no sense."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.tracebacks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("environment", nargs="+", metavar="NAME=PYTHON")
    parser.add_argument("--rule", action="append", default=[], metavar="SLUG")
    parser.add_argument("--ipython", default="", metavar="FOLDER", help="a folder in which IPython is installed")
    parser.add_argument("--colours", action="store_true", help="with --ipython: as a notebook stores it")
    parser.add_argument("--scenes", action="store_true")
    parser.add_argument("--unrelated", action="store_true")
    options = parser.parse_args(arguments)
    for pair in options.environment:
        name, _, python = pair.partition("=")
        if not python:
            print(f"Not NAME=PYTHON: {pair}", file=sys.stderr)
            return 2
        if options.scenes:
            kept = _scenes(name, python)
        elif options.unrelated:
            kept = _unrelated(name, python, options.ipython, options.colours)
        else:
            kept = _befores(name, python, options.rule, options.ipython, options.colours)
        print(f"{name}: {kept} kept", flush=True)
    return 0


def _befores(name: str, python: str, only: Sequence[str], ipython: str, colours: bool) -> int:
    """The befores that stop with an exception of their own; an assertion shows a silent breakage, and no message."""
    befores = {program.slug: program for program in programs(only) if program.is_before}
    chosen = [{"id": slug, "text": program.path.read_text("utf-8")} for slug, program in befores.items()]
    imports = ["jax", "keras"] if "jax" in name else ["tensorflow", "keras"]
    corpus, kept = Corpus(CORPUS / "known"), 0
    shown = "ipython" if ipython else "terminal"
    for answer in run(python, chosen, imports, ipython, colours):
        program = befores[answer["id"]]
        if answer.get("type", "AssertionError") == "AssertionError" or NO_ANSWER.search(answer["message"]):
            continue
        entry = {
            "file": f"{answer['id']}.{name}{'.ipython' if ipython else ''}.txt",
            "rule": program.rule.slug,
            "program": program.slug,
            "environment": name,
            "shown": shown,
            "type": answer["type"],
            "message": neutral(answer["message"], answer, "\0").strip()[:300],
        }
        kept += corpus.keep(entry, answer["output"])
        corpus.close()
    return kept


def _scenes(name: str, python: str) -> int:
    scenes = {f"{scene.rule}--scene-{number}": scene for number, scene in enumerate(SCENES[name], 1)}
    chosen = [
        {"id": key, "text": scene.text, "files": dict(scene.files), "variables": dict(scene.variables)}
        for key, scene in scenes.items()
    ]
    corpus, kept = Corpus(CORPUS / "known"), 0
    for answer in run(python, chosen, []):
        if "type" in answer:
            entry = {
                "file": f"{answer['id']}.{name}.txt",
                "rule": scenes[answer["id"]].rule,
                "program": answer["id"],
                "environment": name,
                "shown": "terminal",
                "type": answer["type"],
                "message": neutral(answer["message"], answer, "\0").strip()[:300],
            }
            kept += corpus.keep(entry, answer["output"])
        else:
            print(f"{answer['id']} does not stop with an exception", file=sys.stderr)
    corpus.close()
    return kept


def _unrelated(name: str, python: str, ipython: str, colours: bool) -> int:
    corpus, kept = Corpus(CORPUS / "unrelated"), 0
    snippets = SNIPPETS[name]
    chosen = [{"id": f"{name}-{number:02}", "text": text} for number, text in enumerate(snippets, 1)]
    for answer in run(python, chosen, ["tensorflow"] if name == "tensorflow" else [], ipython, colours):
        if "type" not in answer:
            print(f"{answer['id']} does not stop with an exception", file=sys.stderr)
            continue
        entry = {
            "file": f"{answer['id']}{'.ipython' if ipython else ''}.txt",
            "program": answer["id"],
            "environment": name,
            "shown": "ipython" if ipython else "terminal",
            "type": answer["type"],
            "message": neutral(answer["message"], answer, "\0").strip()[:300],
        }
        kept += corpus.keep(entry, answer["output"])
    corpus.close()
    return kept


if __name__ == "__main__":
    sys.exit(main())
