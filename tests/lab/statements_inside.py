"""Runs inside an examined interpreter: executes one file after the other, statement by statement, with stubbed data.

Reads one request a line (JSON) from standard input and answers each with one line. TensorFlow is imported once; every
file runs in a child made by ``fork``. Standard library, TensorFlow and what the file imports; nothing of kdoctor.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import types
from pathlib import Path
from typing import Any

from statements_data import FEW, load_stubs, shell  # it is started as a script: its folder is on the path

BYTES = 6 << 30
WAITING = 6
"""How much longer than its seconds of the processor something may take on the clock."""


class TooLong(BaseException):
    """The deadline of a statement."""


class Shorter(ast.NodeTransformer):
    """Cuts counts of epochs and steps that the file itself loops over."""

    counts = re.compile(r"(?i)epochs?$|^(num_|n_)?(steps|iterations?|iters?|episodes)$|_(steps|iterations)$")
    counters = re.compile(r"(?i)epoch|step|iter|episode|^_$|^i$")

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        target = node.targets[0]
        value = getattr(node.value, "value", None)
        if isinstance(target, ast.Name) and self.counts.search(target.id) and isinstance(value, int) and value > FEW:
            node.value = ast.copy_location(ast.Constant(FEW), node.value)
        return self.generic_visit(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        call: Any = node.iter
        if getattr(getattr(call, "func", None), "id", "") in ("range", "trange") and self.counters.search(
            ast.unparse(node.target)
        ):
            stop = min(1, len(call.args) - 1)
            count = getattr(call.args[stop], "value", None)
            if isinstance(count, int) and count >= 20:
                call.args[stop] = ast.copy_location(ast.Constant(FEW), call.args[stop])
        return self.generic_visit(node)


class Marker(ast.NodeTransformer):
    """Puts a call before every statement inside a function that notes its line; what autograph rewrites has none."""

    def __init__(self, cell: int) -> None:
        self.cell = cell

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, (*functions, ast.For, ast.While, ast.If, ast.With, ast.Try)):
            for name in ("body", "orelse", "finalbody"):
                rest: list[ast.stmt] = getattr(node, name, [])
                documented = name == "body" and isinstance(node, functions) and ast.get_docstring(node) is not None
                marked = [each for one in rest[documented:] for each in (self._mark(one), one)]
                if rest:
                    setattr(node, name, rest[:documented] + marked)
        return node

    def _mark(self, statement: ast.stmt) -> ast.stmt:
        body = getattr(statement, "body", None)
        end = body[0].lineno if body else (statement.end_lineno or statement.lineno) + 1
        call = ast.parse(f"__seen__({self.cell}, {statement.lineno}, {max(end, statement.lineno + 1)})").body[0]
        for node in ast.walk(call):
            if hasattr(node, "lineno"):
                ast.copy_location(node, statement)
        return call


# --------------------------------------------------------------------------------------------------------- one file


def execute(request: dict[str, Any]) -> None:
    """Runs the cells of one file, and writes one line of JSON a statement."""
    resource.setrlimit(resource.RLIMIT_AS, (BYTES * 4, BYTES * 4))  # addresses; TensorFlow reserves more than it uses
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
    out = open(request["out"], "w", buffering=1)  # noqa: SIM115  lives as long as the process
    folder = Path(tempfile.mkdtemp(prefix="statements-"))
    os.chdir(folder)
    os.environ["HOME"] = os.environ["KERAS_HOME"] = str(folder)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    main = types.ModuleType("__main__")
    main.__dict__.update(__shell__=shell, display=lambda *_: None, get_ipython=lambda: types.SimpleNamespace())
    sys.modules["__main__"] = main
    sys.argv = ["script.py"]
    random.seed(0)

    def stop(*_: object) -> None:
        raise TooLong

    signal.signal(signal.SIGPROF, stop)
    signal.signal(signal.SIGALRM, stop)
    seen: set[tuple[int, int]] = set()
    files = {str(folder / f"cell_{cell}.py"): cell for cell, _ in request["cells"]}

    builtins.__dict__["__seen__"] = lambda cell, line, end: seen.update((cell, at) for at in range(line, end))

    for cell, source in request["cells"]:
        path = folder / f"cell_{cell}.py"
        path.write_text(source)
        main.__dict__["__file__"] = str(path)
        for statement in statements_of(source):
            if time.process_time() > request["file_s"]:
                return
            result = run(statement, str(path), main.__dict__, request["statement_s"], cell)
            error = result.pop("error")
            if error is not None:
                result.update(describe(error, files))
            result.update(cell=cell, line=statement.lineno, end_line=statement.end_lineno, seen=sorted(seen))
            seen.clear()
            out.write(json.dumps(result, default=str) + "\n")
    shutil.rmtree(folder, ignore_errors=True)


def statements_of(source: str) -> list[ast.stmt]:
    """The statements at the top; those under ``if __name__ == "__main__"`` count as such."""
    found: list[ast.stmt] = []
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test):
            found += statement.body
        else:
            found.append(statement)
    return found


def run(statement: ast.stmt, path: str, names: dict[str, Any], seconds: float, cell: int) -> dict[str, Any]:
    value = getattr(statement, "value", None)
    if isinstance(statement, ast.Expr) and isinstance(value, ast.Constant) and str(value.value).startswith("shell\n"):
        for line in str(value.value).splitlines()[1:]:
            with contextlib.suppress(OSError):
                shell(line.lstrip("! "))
    tree: Any = ast.fix_missing_locations(Marker(cell).visit(Shorter().visit(statement)))
    alone = isinstance(tree, ast.Expr)
    printed, error, answer = io.StringIO(), None, None
    start = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, seconds)  # of the processor, so that a busy machine changes no verdict
    signal.setitimer(signal.ITIMER_REAL, seconds * WAITING)  # for what waits
    sys.stdout, kept = printed, sys.stdout
    try:
        node: Any = ast.Expression(tree.value) if alone else ast.Module([tree], [])
        code = compile(node, path, "eval" if alone else "exec")
        answer = eval(code, names)  # what the laboratory is for
    except BaseException as caught:
        error = caught
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdout = kept
    if "matplotlib.pyplot" in sys.modules:
        with contextlib.suppress(Exception):
            sys.modules["matplotlib.pyplot"].close("all")
    text = printed.getvalue()[:5000] + ("" if answer is None else brief(answer))
    return {
        "error": error,
        "numbers": re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text)[:50],
        "s": time.process_time() - start,
    }


def brief(value: object) -> str:
    try:
        return f"{type(value).__name__} {getattr(value, 'shape', '')}" if hasattr(value, "shape") else repr(value)[:300]
    except Exception:  # a repr of the file's own may fail
        return ""


def describe(error: BaseException, files: dict[str, int]) -> dict[str, Any]:
    """Type and message, and the lines of the file that the error came through: frames, or what the message quotes."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    lines = [
        (files[name], int(line)) for name, line in re.findall(r'File "([^"]+)", line (\d+)', text) if name in files
    ]
    where = [frame.filename for frame in traceback.extract_tb(error.__traceback__)][-1:]
    return {
        "type": "TooLong" if isinstance(error, TooLong) else type(error).__name__,
        "message": str(error)[:600],
        "lines": lines,
        "raised_in": "/".join(Path(where[0]).parts[-4:]) if where else "",
    }


def serve() -> None:
    os.nice(10)
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", MPLBACKEND="Agg", CUDA_VISIBLE_DEVICES="-1")
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    import tensorflow as tf

    load_stubs(tf)
    answers.write("ready\n")
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                os.setsid()
                execute(request)
            os._exit(0)
        end = time.monotonic() + request["file_s"] * WAITING
        done, status = 0, 0
        while not done and time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            time.sleep(0.05)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        if not done:
            os.waitpid(child, 0)
        answers.write(json.dumps({"ended": bool(done), "status": status}) + "\n")


if __name__ == "__main__":
    serve()
