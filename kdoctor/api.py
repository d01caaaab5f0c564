"""What ``import kdoctor`` offers beside the vocabulary."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Callable, Optional, Union

from kdoctor import environment, rules, run
from kdoctor.code import scan
from kdoctor.console import Sink, live_progress
from kdoctor.errors import UsageError
from kdoctor.files import write
from kdoctor.formats import html
from kdoctor.formats.context import Look
from kdoctor.formats.document import verdicts
from kdoctor.language import speaking
from kdoctor.notebook import source
from kdoctor.notebook.display import Place, text
from kdoctor.notebook.kernel import with_kernel
from kdoctor.observe.model import Progress
from kdoctor.records.hypothetical import targets
from kdoctor.records.table import shipped
from kdoctor.remedies.edits import edited_cells, rewritten
from kdoctor.report import Report, UnfitEnvironment
from kdoctor.run import Choices
from kdoctor.settings import FAIL_ON, Settings, language, names, of_folder
from kdoctor.words import CANARY_SECONDS, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kdoctor.modelfiles.examine import Examination


def check(
    python: Optional[str] = None,
    *,
    canaries: bool = True,
    only: Union[str, Collection[str]] = (),
    skip: Union[str, Collection[str]] = (),
    require: Union[str, Collection[str]] = (),
    fail_on: Optional[str] = None,
    notebook: Optional[str] = None,
    fresh: bool = False,
    show: bool = True,
    timeout: float = CANARY_SECONDS,
    lang: Optional[str] = None,
) -> Report:
    """Examine an interpreter, this one by default, show what is broken there, and return the report.

    What the ``ignore`` tables of ``[tool.kdoctor]`` and the baseline accept is ignored, as on the command line.

    In a notebook it is shown as a card that begins with what the notebook's own cells use; elsewhere as text. Neither
    TensorFlow nor Keras is imported into this process, and nothing of it is changed: canaries run in processes of
    their own, with the environment variables as they are now.

    Args:
        python: another interpreter: its path, the folder of a virtual environment, or a name on ``PATH``.
        canaries: whether to run any; without them the report rests on facts and on what is known.
        only: areas or slugs of canaries to run; all where empty.
        skip: areas or slugs of canaries not to run.
        require: areas or slugs that must work, ``ctc`` or ``rnn-stateful-fit@keras``.
        fail_on: ``error`` or ``warning``: raise if there is a finding of that severity or worse. By default, and with
            ``never``, nothing is raised.
        notebook: the file of this notebook, where it cannot be found by itself.
        fresh: run the canaries again, although what they did here is kept from an earlier time.
        show: whether to show the report.
        timeout: seconds that one canary may take; all of them may take ten times that.
        lang: the language of what is shown, ``en`` or ``zh``; by default that of ``KDOCTOR_LANG`` or of the system.

    Raises:
        UnfitEnvironment: ``fail_on`` is given, and something is as bad as that or could not be examined.
        UsageError: an area, a slug, a level or a notebook does not exist, or the configuration is wrong.
        InterpreterError: ``python`` does not exist or does not answer.
    """
    if fail_on is not None and fail_on not in FAIL_ON:
        levels = ", ".join(map(repr, FAIL_ON))
        why = " A finding of severity info never fails." if fail_on == Severity.INFO.value else ""
        raise UsageError(f"fail_on={fail_on!r} is not a level. The levels are {levels}.{why}")
    is_asked = notebook is not None or (python is None and source.shell() is not None)
    reading = source.read_this_notebook(notebook) if is_asked else None
    asked = Choices(
        canaries=canaries,
        only=names(only),
        skip=names(skip),
        require=names(require),
        timeout=timeout,
        fail_on=fail_on or Severity.ERROR.value,
        fresh=fresh,
        usage=reading.usage if reading else None,
        paths=(reading.name,) if reading else (),
        **_accepted(),
    )

    def examine(progress: Optional[Callable[[Progress], None]]) -> Report:
        report = run.run((python,), replace(asked, progress=progress, begun=getattr(progress, "begin", None)))
        if reading is None:
            return with_kernel(report)
        cells = edited_cells(report.findings, reading.usage, rules.all_rules())
        return with_kernel(report, reading.read, reading.runs, cells)

    with speaking(language(lang, "lang")):
        report = _examine_and_show(examine) if show else examine(None)
    if fail_on not in (None, "never") and not report.ok:
        unmet = [one for each in report.environments for one in each.requirements if not one.is_met]
        missing = dict.fromkeys(f"{one.slug} on {one.stack.value} is {one.outcome.value}" for one in unmet)
        required = [f"Required: {'; '.join(missing)}."] if missing else []
        raise UnfitEnvironment(" ".join([*verdicts(report), *required]), report)
    return report


def _accepted() -> dict[str, Any]:
    """What ``[tool.kdoctor]``'s ignores and the baseline accept, as fields of the choices."""
    try:
        here = of_folder(os.curdir, run.objection)
    except FileNotFoundError:  # the working folder is gone
        here = Settings(baseline="")
    return {"ignore": here.ignore, "baseline": here.baseline, "file": here.file}


def _examine_and_show(examine: Callable[[Optional[Callable[[Progress], None]]], Report]) -> Report:
    """A card that takes the place of a line of progress in a notebook; else text."""
    shell = source.kernel_shell()
    if shell is not None:
        with Place(shell) as place:
            report = examine(place.progress)
            place.show(report)
        return report
    with live_progress() as progress:
        report = examine(progress)
    sink = Sink()
    sink.write(text(report, sink.look))
    return report


def model(
    *paths: str,
    python: Optional[str] = None,
    target: Union[str, Collection[str]] = (),
    show: bool = True,
) -> Examination:
    """Say what saved models are, whether each stack loads them, and with which lines. They are read, not loaded.

    Args:
        paths: model files, SavedModel folders, or folders that hold some.
        python: another interpreter than this one, as for :func:`check`.
        target: releases to judge for, ``tensorflow==2.21``, in place of an environment.
        show: whether to show a card, or text where there is no notebook.

    Raises:
        UsageError: a path does not exist, or a release is not on record.
        InterpreterError: ``python`` does not exist or does not answer.
    """
    from kdoctor.formats import modelfile
    from kdoctor.modelfiles.examine import examine

    missing = [path for path in paths if not os.path.lexists(path)]
    if missing or not paths:
        raise UsageError(f"There is no file or folder {missing[0]}." if missing else "Name a model file.")
    named = targets(names(target), shipped().environments) if target else ()
    environments = [one.environment for one in named] or [environment.examine(python)]
    found = examine(paths, environments, os.environ)
    if show:
        shell = source.kernel_shell()
        if shell is not None:
            data = {"text/html": html.box(modelfile.document(found)), "text/plain": modelfile.render(found, Look(100))}
            shell.display_pub.publish(data, metadata={})
        else:
            sink = Sink()
            sink.write(modelfile.render(found, sink.look))
    return found


def fix(path: str, *, to: Optional[str] = None, unsafe: bool = False) -> str:
    """Write a copy of a notebook or script in which what breaks in this environment is rewritten.

    Where neither TensorFlow nor Keras is installed, it is what breaks on the newest releases on record.

    Args:
        path: the file; it stays as it is.
        to: the name of the copy; by default ``lesson.fixed.ipynb`` for ``lesson.ipynb``.
        unsafe: whether to make changes too that may give other numbers, names or file formats.

    Returns:
        The name of the copy.

    Raises:
        UsageError: the file cannot be read, the copy exists already, or nothing is to be changed.
        OSError: the copy cannot be written.
    """
    root, end = os.path.splitext(path)
    copy = to or f"{root}.fixed{end}"
    if os.path.lexists(copy):
        raise UsageError(f"{copy} exists already. Remove it, or name another: kdoctor.fix({path!r}, to=...)")
    usage = scan([path], rules=rules.all_rules())
    if not usage.read:
        raise UsageError(f"{path} was not read: {usage.unread[0].reason if usage.unread else 'it is no code'}.")
    asked = Choices(canaries=False, usage=usage, paths=(path,), **_accepted())
    report = run.run((None,), asked)
    if not any(one.environment.stacks for one in report.environments):
        report = run.assess(targets((), shipped().environments), asked)
    files = rewritten(report.findings, usage, rules.all_rules(), unsafe=unsafe)
    changed = next((one for one in files if one.after != one.before), None)
    if changed is None:
        left = any(one.unsafe for one in files)
        raise UsageError(f"Nothing is to be changed in {path}." + (" unsafe=True makes more changes." if left else ""))
    write(copy, changed.after)
    return copy


def explain(error: Union[str, BaseException, None] = None) -> None:
    """Print what an error is about, why it happens and what to do.

    Args:
        error: the text of an error, the exception itself, or the code or name of a rule; without it the error that
            this shell or notebook showed last.

    Raises:
        UsageError: there is no error to explain, or no such rule.
    """
    from kdoctor.cli.explain import last_error, of, of_text

    said = error if isinstance(error, str) else last_error(error)
    if error is None and not said:
        raise UsageError("No error was shown in this session. Give its text: kdoctor.explain('ValueError: ...')")
    _document, page = of(said) if isinstance(error, str) else of_text(said)
    sink = Sink(colour=False)
    with speaking(language(None, "")):
        sink.write(page(sink.look))
