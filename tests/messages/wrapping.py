"""What terminals, logs, CI systems, notebooks and issues do to a text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

STAMP = "2024-05-17T09:31:{:02}.{:07}Z "


def in_ci(text: str) -> str:
    lines = text.splitlines()
    stamped = [f"{STAMP.format(number % 60, number * 7919 % 10**7)}{line}" for number, line in enumerate(lines)]
    return "\n".join([*stamped, f"{STAMP.format(59, 1)}##[error]Process completed with exit code 1."])


def downloaded_from_ci(text: str) -> str:
    return "\n".join(f"test\tRun python train.py\t{line}" for line in in_ci(text).splitlines())


def in_a_log(text: str) -> str:
    return "\n".join(
        f"2024-05-17 09:31:02,{n % 1000:03} ERROR worker-1: {line}" for n, line in enumerate(text.split("\n"))
    )


def in_a_container(text: str) -> str:
    return "\n".join(f"trainer-1  | {line}".rstrip() for line in text.split("\n"))


def coloured(text: str) -> str:
    return "\n".join(f"\x1b[31m{line}\x1b[0m" if line else line for line in text.split("\n"))


def with_windows_breaks(text: str) -> str:
    return text.replace("\n", "\r\n")


def in_an_issue(text: str) -> str:
    return (
        f"### What happened\nSince the upgrade this fails:\n\n```python-traceback\n{text}```\n\nAny help is welcome.\n"
    )


def quoted(text: str) -> str:
    answer = "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
    return f"{answer}\n\nI have the same.\n"


def indented(text: str) -> str:
    return "It says:\n\n" + "\n".join(f"    {line}" if line else "" for line in text.split("\n")) + "\n"


def as_a_notebook(text: str) -> str:
    output = {"output_type": "error", "ename": "Error", "evalue": "", "traceback": text.rstrip().split("\n")}
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ['# "Training" [1]\n']},
        {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [output], "source": ["train()"]},
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def printed_in_a_notebook(text: str) -> str:
    output = {"output_type": "stream", "name": "stderr", "text": text.splitlines(keepends=True)}
    cells = [
        {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [output], "source": ["!python a.py"]}
    ]
    return json.dumps({"cells": cells, "nbformat": 4}, ensure_ascii=False)


def after_another_error(text: str) -> str:
    header = "Traceback (most recent call last):"
    other = f'{header}\n  File "a.py", line 1, in <module>\n    1 / 0\nZeroDivisionError: division by zero\n'
    return f"$ python a.py\n{other}$ python train.py\n{text}"


WRAPPINGS: Mapping[str, Callable[[str], str]] = {
    wrap.__name__: wrap
    for wrap in (
        in_ci,
        downloaded_from_ci,
        in_a_log,
        in_a_container,
        coloured,
        with_windows_breaks,
        in_an_issue,
        quoted,
        indented,
        as_a_notebook,
        printed_in_a_notebook,
        after_another_error,
    )
}
