"""What model files are and what each stack does with them: for a terminal, for a card and for programs."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kdoctor.formats.blocks import Block, Code, Document, Heading, Paragraph, Steps, Table, Text, text
from kdoctor.formats.context import Look
from kdoctor.formats.json import as_plain
from kdoctor.formats.terminal import write
from kdoctor.formats.text import count, listed, one_line
from kdoctor.language import _, filled
from kdoctor.modelfiles.judge import NOTES
from kdoctor.modelfiles.model import Examined, Kind, ModelFile, Reason, Recipe, Tensor, Verdict, Way

if TYPE_CHECKING:
    from kdoctor.modelfiles.examine import Examination

SCHEMA = "kdoctor.model/1"
MOST_LAYERS = 40
MOST_REASONS = 12
_GOOD = (Way.LOADS, Way.CONFIG)
_STYLES = {Way.NOT: "bad", Way.UNKNOWN: "doubt"}


def render(found: Examination, look: Look, *, verbose: bool = False, notes: Sequence[str] = (), again: str = "") -> str:
    """One file at length; of several a table, and what is wrong with each where ``verbose`` asks for it.

    Args:
        found: what to show.
        look: the terminal.
        verbose: whether layers are shown.
        notes: sentences for the end.
        again: the command that shows the same file once more.
    """
    blocks = list(document(found, verbose=verbose).blocks)
    if (
        again
        and len(found.files) == 1
        and any("def load(" in one.lines for one in _all_recipes(found.files[0].verdicts))
    ):
        blocks.append(Paragraph(text((_("To write these lines to a file: "), "faint"), (again, "code")), begins=True))
    return write([*blocks, *(Paragraph(text((note, "faint"))) for note in notes)], look)


def document(found: Examination, *, verbose: bool = False) -> Document:
    """The same as blocks, for every writer."""
    blocks: list[Block] = []
    if len(found.files) > 1:
        blocks.append(_table(found.files))
    if len(found.files) == 1 or verbose:
        for one in found.files:
            blocks += _file(one, verbose)
    blocks += [
        Paragraph(
            text(("✗ ", "bad"), (one.path, "strong"), _(" was not read: {reason}.", reason=filled(one.reason))),
            begins=not number,
        )
        for number, one in enumerate(found.unread)
    ]
    if len(found.files) > 1 and not verbose:
        blocks.append(Paragraph(text((_("Each at length: "), "faint"), ("kdoctor model FILE", "code")), begins=True))
    fine = all(verdict.is_fine for one in found.files for verdict in one.verdicts) and not found.unread
    return Document("good" if fine else "bad", _sentence(found), tuple(blocks))


def _sentence(found: Examination) -> str:
    if len(found.files) == 1:
        one = found.files[0]
        first = one.verdicts[0] if one.verdicts else None
        said = _(": {way} on {label}", way=_way(first), label=first.label) if first else ""
        return f"{os.path.basename(one.file.path.rstrip(os.sep))}{said}"
    return count(len(found.files), "model file")


def _table(files: Sequence[Examined]) -> Table:
    """One row a file; stacks of the same release with the same verdict on every file share a column."""
    columns: dict[object, list[Verdict]] = {}
    labels = dict.fromkeys(verdict.label for one in files for verdict in one.verdicts)
    for label in labels:
        same = [next((each for each in one.verdicts if each.label == label), None) for one in files]
        first = next(filter(None, same))
        columns.setdefault((_release(first), tuple(each and _way(each) for each in same)), []).append(first)
    rows = []
    for one in files:
        ways = {verdict.label: verdict for verdict in one.verdicts}
        shown = [ways.get(stacks[0].label) for stacks in columns.values()]
        kind = _(one.file.kind.value)
        kind = _("{kind} of Keras {version}", kind=kind, version=one.file.keras) if one.file.keras else kind
        cells = [text((_way(each), _style(each))) if each else text("") for each in shown]
        rows.append((text(one.file.path), text(kind), *cells))
    return Table(tuple(rows), (_("File"), _("What it is"), *map(_together, columns.values())))


def _release(verdict: Verdict) -> str:
    return verdict.label.partition(" · ")[2]


def _together(verdicts: Sequence[Verdict]) -> str:
    """``tf.keras and keras · Keras 3.15.1, tf.keras+legacy · tf-keras 2.21.0``."""
    stacks: dict[str, list[str]] = {}
    for one in verdicts:
        names = stacks.setdefault(_release(one), [])
        names += [] if one.stack.value in names else [one.stack.value]
    return _(", ").join(f"{listed(names)} · {keras}" if keras else listed(names) for keras, names in stacks.items())


def _way(verdict: Verdict) -> str:
    silent = _(", other numbers") if verdict.silent and verdict.way in (Way.LOADS, Way.NO_COMPILE) else ""
    return _(verdict.way.value) + silent


def _style(verdict: Verdict) -> str:
    if verdict.is_fine:
        return "good"
    return _STYLES.get(verdict.way, "bad" if verdict.silent else "doubt")


# ---------------------------------------------------------------------------------------------------------- one file


def _file(one: Examined, verbose: bool) -> list[Block]:
    file = one.file
    blocks: list[Block] = [Heading(file.path), Paragraph(text((what(file), "strong")))]
    rows = [(text((label, "faint")), value) for label, value in _facts(file)]
    blocks += [Table(tuple(rows))] if rows else []
    blocks += [Paragraph(text(("✗ ", "bad"), problem)) for problem in file.problems]
    blocks += [Paragraph(text(("! ", "doubt"), note)) for note in file.notes]
    if verbose and file.layers:
        blocks += [Heading(_("Layers")), _layers(file)]
    blocks += [Heading(_("Will it load?"))] if one.verdicts else []
    for verdict in _grouped(one.verdicts):
        blocks += _verdict(verdict)
    return [*blocks, *_recipes(one.verdicts)]


def what(file: ModelFile) -> str:
    """``HDF5 model, written by Keras 2.2.4, 1.2 MiB``."""
    said = [_(file.kind.value)]
    names = [f"Keras {file.keras}"] if file.keras else []
    names += [f"TensorFlow {file.tensorflow}"] if file.tensorflow else []
    if len(names) > 1:
        said.append(_("written by {keras} on {tensorflow}", keras=names[0], tensorflow=names[1]))
    elif names:
        said.append(_("written by {keras}", keras=names[0]))
    said += [_("on {date}", date=file.date)] if file.date else []
    said += [_bytes(file.size)] if file.size else []
    return functools.reduce(lambda first, then: _("{first}, {then}", first=first, then=then), said)


def _bytes(size: int) -> str:
    if size < 2**20:
        return f"{max(size / 2**10, 0.1):.1f} KiB"
    return f"{size / 2**20:.1f} MiB"


def _facts(file: ModelFile) -> list[tuple[str, Text]]:
    facts: list[tuple[str, Text]] = []
    cls = str(file.config.get("class_name", "")) if file.config else ""
    of_model = [cls] if cls else []
    of_model += [count(len(file.layers), "layer")] if file.layers else []
    of_model += [_("{n} parameters", n=f"{file.parameters:,}")] if file.variables else []
    of_model += [_("optimizer {name}", name=file.optimizer.rpartition(">")[2])] if file.optimizer else []
    if of_model:
        facts.append((_("Model"), text(_(", ").join(of_model))))
    facts += [(_("Inputs"), text(listed([tensor(one) for one in file.inputs], 8)))] if file.inputs else []
    facts += [(_("Outputs"), text(listed([tensor(one) for one in file.outputs], 8)))] if file.outputs else []
    if file.signatures:
        facts.append((_("Signatures"), text(listed([one.name for one in file.signatures], 8))))
    if file.tags and file.tags != (("serve",),):
        facts.append((_("Tags"), text("; ".join(", ".join(one) for one in file.tags))))
    if file.custom:
        facts.append((_("Not of Keras"), text((listed(list(file.custom), 10), "doubt"))))
    for code in file.code:
        inside = [f"names {', '.join(code.names[:12])}"] if code.names else []
        inside += [f"numbers {', '.join(code.constants[:12])}"] if code.constants else []
        where = f" in layer {code.layer}" if code.layer else ""
        facts.append((_("Code"), text((f"{code.what}{where}", "bad"), f": {'; '.join(inside)}" if inside else "")))
    if file.dangerous:
        facts.append((_("Dangerous"), text((listed(list(file.dangerous), 8), "bad"))))
    return facts


def tensor(one: Tensor) -> str:
    """``tokens (batch, 128) int32``."""
    if one.shape is None:
        shape = ""
    else:
        sizes = ["batch" if not index and size is None else "any" if size is None else str(size)
                 for index, size in enumerate(one.shape)]  # fmt: skip
        shape = f" ({', '.join(sizes)})"
    return f"{one.name}{shape}{f' {one.dtype}' if one.dtype else ''}"


def _layers(file: ModelFile) -> Table:
    rows = [
        (
            text("  " * one.depth + one.name),
            text((one.cls, "faint")),
            text(f"{file.parameters_of(one):,}" if file.parameters_of(one) else ""),
        )
        for one in file.layers[:MOST_LAYERS]
    ]
    rest = len(file.layers) - MOST_LAYERS
    rows += [(text((_("{n} more", n=rest), "faint")), text(""), text(""))] if rest > 0 else []
    return Table(tuple(rows))


def _grouped(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Stacks of the same Keras of which the same is said, as one: ``tf.keras and keras``."""
    groups: dict[object, list[Verdict]] = {}
    for one in verdicts:
        groups.setdefault((_release(one), one.way, one.reasons, one.note, one.tried), []).append(one)
    return [replace(same[0], label=_together(same)) for same in groups.values()]


def _verdict(verdict: Verdict) -> list[Block]:
    sign = ("✓ ", "good") if verdict.is_fine else ("? ", "doubt") if verdict.way is Way.UNKNOWN else ("✗ ", "bad")
    said = text(sign, (verdict.label, "strong"), ": ", (_way(verdict), _style(verdict)))
    blocks: list[Block] = [Paragraph(said, begins=True)]
    blocks += [Paragraph(text(filled(verdict.note, NOTES)), indent=2)] if verdict.note else []
    if verdict.tried is not None:
        blocks.append(Paragraph(text((_("Tried: "), "strong"), _tried(verdict)), indent=2))
    loud = [one for one in verdict.reasons if not one.silent]
    for number, reason in enumerate(loud[:MOST_REASONS], 1):
        blocks.append(Paragraph(_reason(reason, f"{number}. " if len(loud) > 1 else ""), indent=2))
    blocks += _more(len(loud))
    for reason in verdict.silent[:MOST_REASONS]:
        where = f" ({reason.where})" if reason.where else ""
        blocks.append(
            Paragraph(
                text((_("Silently other numbers: "), "bad"), f"{reason.message}{where} ", (reason.slug, "faint")),
                indent=2,
            )
        )
    return [*blocks, *_more(len(verdict.silent))]


def _more(number: int) -> list[Block]:
    return (
        [Paragraph(text((_("{n} more.", n=number - MOST_REASONS), "faint")), indent=2)] if number > MOST_REASONS else []
    )


def _tried(verdict: Verdict) -> str:
    tried = verdict.tried
    assert tried is not None
    said = _("loads with the lines below") if tried.fixed else _(tried.way.value)
    if tried.difference is not None:
        said += _("; the predictions differ by {number}", number=f"{tried.difference:.2g}")
    return f"{said}: {one_line(tried.error)}" if tried.error else said


def _reason(reason: Reason, number: str) -> Text:
    where = f"{reason.where}: " if reason.where else ""
    avoided = _(" (compile=False avoids it)") if reason.only_compile else ""
    return text(f"{number}{where}", (one_line(reason.message, 300), "code"), f"{avoided} ", (reason.slug, "faint"))


def _all_recipes(verdicts: Sequence[Verdict]) -> list[Recipe]:
    return [recipe for verdict in verdicts for recipe in verdict.recipes]


def _recipes(verdicts: Sequence[Verdict]) -> list[Block]:
    """The lines of all stacks, each once, with the stacks that they are for."""
    recipes = {one.lines: one for one in reversed(_all_recipes(verdicts))}
    blocks: list[Block] = [Heading(_("Lines that load it"))] if recipes else []
    for lines, recipe in reversed(recipes.items()):
        names = _together([one for one in verdicts if any(each.lines == lines for each in one.recipes)])
        cost = [Paragraph(text((_(recipe.cost), "faint")))] if recipe.cost else []
        blocks.append(Steps(names, _(recipe.title), (Code(lines, "python"), *cost)))
    return blocks


# ---------------------------------------------------------------------------------------------------------- programs


def plain(found: Examination) -> dict[str, Any]:
    """The same for programs: ``kdoctor.model/1``."""
    return {
        "schema": SCHEMA,
        "files": [_plain_file(one) for one in found.files],
        "unread": [{"path": one.path, "reason": one.reason} for one in found.unread],
    }


def _plain_file(one: Examined) -> dict[str, Any]:
    file = one.file
    fields = as_plain(file)
    for name in ("config", "training", "layers", "variables"):
        fields.pop(name, None)
    fields["layers"] = [
        {"name": each.name, "class": each.cls, "depth": each.depth, "parameters": file.parameters_of(each)}
        for each in file.layers
    ]
    fields["parameters"] = file.parameters if file.variables or file.kind is Kind.CONFIG else None
    verdicts = [{**as_plain(verdict), "is_fine": verdict.is_fine} for verdict in one.verdicts]
    return {**fields, "verdicts": verdicts}
