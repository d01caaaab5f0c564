"""What model files are and what each stack does with them: for a terminal, for a card and for programs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kdoctor.formats.blocks import Block, Code, Document, Heading, Paragraph, Steps, Table, Text, paragraph, text
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
    recipes = [one for file in found.files for verdict in file.verdicts for one in verdict.recipes]
    if again and len(found.files) == 1 and any("def load(" in one.lines for one in recipes):
        blocks.append(paragraph((_("To write these lines to a file: "), "faint"), (again, "code"), begins=True))
    return write([*blocks, *(paragraph((note, "faint")) for note in notes)], look)


def document(found: Examination, *, verbose: bool = False) -> Document:
    """The same as blocks, for every writer."""
    several = len(found.files) > 1
    blocks: list[Block] = [_table(found.files)] if several else []
    for one in found.files if verbose or not several else ():
        blocks += _file(one, verbose)
    for number, lost in enumerate(found.unread):
        said = _(" was not read: {reason}.", reason=filled(lost.reason))
        blocks.append(paragraph(("✗ ", "bad"), (lost.path, "strong"), said, begins=not number))
    if several and not verbose:
        blocks.append(paragraph((_("Each at length: "), "faint"), ("kdoctor model FILE", "code"), begins=True))
    fine = all(verdict.is_fine for one in found.files for verdict in one.verdicts) and not found.unread
    title = count(len(found.files), "model file")
    if len(found.files) == 1:
        verdicts = found.files[0].verdicts[:1]
        title = os.path.basename(found.files[0].file.path.rstrip(os.sep))
        title += "".join(_(": {way} on {label}", way=_way(one), label=one.label) for one in verdicts)
    return Document("good" if fine else "bad", title, tuple(blocks))


def _table(files: Sequence[Examined]) -> Table:
    """One row a file; stacks of the same release with the same verdict on every file share a column."""
    columns: dict[object, list[Verdict]] = {}
    by_label = [{verdict.label: verdict for verdict in reversed(one.verdicts)} for one in files]
    for label in dict.fromkeys(verdict.label for one in files for verdict in one.verdicts):
        same = [verdicts.get(label) for verdicts in by_label]
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
    stacks: dict[str, dict[str, None]] = {}
    for one in verdicts:
        stacks.setdefault(_release(one), {})[one.stack.value] = None
    return _(", ").join(f"{listed(names)} · {keras}" if keras else listed(names) for keras, names in stacks.items())


def _way(verdict: Verdict) -> str:
    silent = _(", other numbers") if verdict.silent and verdict.way in (Way.LOADS, Way.NO_COMPILE) else ""
    return _(verdict.way.value) + silent


def _style(verdict: Verdict) -> str:
    if verdict.is_fine:
        return "good"
    is_bad = verdict.way is Way.NOT or (verdict.silent and verdict.way is not Way.UNKNOWN)
    return "bad" if is_bad else "doubt"


# ---------------------------------------------------------------------------------------------------------- one file


def _file(one: Examined, verbose: bool) -> list[Block]:
    file = one.file
    blocks: list[Block] = [Heading(file.path), paragraph((what(file), "strong"))]
    rows = tuple((text((label, "faint")), value) for label, value in _facts(file))
    blocks += [Table(rows)] if rows else []
    blocks += [paragraph(("✗ ", "bad"), problem) for problem in file.problems]
    blocks += [paragraph(("! ", "doubt"), note) for note in file.notes]
    if verbose and file.layers:
        blocks += [Heading(_("Layers")), _layers(file)]
    blocks += [Heading(_("Will it load?"))] if one.verdicts else []
    # Stacks of the same Keras of which the same is said, as one: `tf.keras and keras`.
    groups: dict[object, list[Verdict]] = {}
    for each in one.verdicts:
        groups.setdefault((_release(each), each.way, each.reasons, each.note, each.tried), []).append(each)
    for same in groups.values():
        blocks += _verdict(replace(same[0], label=_together(same)))
    # The lines of all stacks, each once, with the stacks that they are for.
    recipes: dict[str, Recipe] = {}
    for recipe in (recipe for each in one.verdicts for recipe in each.recipes):
        recipes.setdefault(recipe.lines, recipe)
    blocks += [Heading(_("Lines that load it"))] if recipes else []
    for lines, recipe in recipes.items():
        names = _together([each for each in one.verdicts if lines in [recipe.lines for recipe in each.recipes]])
        cost = [paragraph((_(recipe.cost), "faint"))] if recipe.cost else []
        blocks.append(Steps(names, _(recipe.title), (Code(lines, "python"), *cost)))
    return blocks


def what(file: ModelFile) -> str:
    """``HDF5 model, written by Keras 2.2.4, 1.2 MiB``."""
    said = _(file.kind.value)
    names = [f"Keras {file.keras}"] if file.keras else []
    names += [f"TensorFlow {file.tensorflow}"] if file.tensorflow else []
    more = [_("written by {keras} on {tensorflow}", keras=names[0], tensorflow=names[1])] if len(names) > 1 else []
    more += [_("written by {keras}", keras=names[0])] if len(names) == 1 else []
    more += [_("on {date}", date=file.date)] if file.date else []
    size = f"{max(file.size / 2**10, 0.1):.1f} KiB" if file.size < 2**20 else f"{file.size / 2**20:.1f} MiB"
    for then in (*more, *([size] if file.size else [])):
        said = _("{first}, {then}", first=said, then=then)
    return said


def _facts(file: ModelFile) -> list[tuple[str, Text]]:
    cls = str(file.config.get("class_name", "")) if file.config else ""
    of_model = [cls] if cls else []
    of_model += [count(len(file.layers), "layer")] if file.layers else []
    of_model += [_("{n} parameters", n=f"{file.parameters:,}")] if file.variables else []
    of_model += [_("optimizer {name}", name=file.optimizer.rpartition(">")[2])] if file.optimizer else []
    tags = "" if file.tags == (("serve",),) else "; ".join(", ".join(one) for one in file.tags)
    facts: list[tuple[str, Text]] = [
        (label, text((words, style)))
        for label, words, style in (
            (_("Model"), _(", ").join(of_model), ""),
            (_("Inputs"), listed([tensor(one) for one in file.inputs], 8), ""),
            (_("Outputs"), listed([tensor(one) for one in file.outputs], 8), ""),
            (_("Signatures"), listed([one.name for one in file.signatures], 8), ""),
            (_("Tags"), tags, ""),
            (_("Not of Keras"), listed(list(file.custom), 10), "doubt"),
        )
        if words
    ]
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
    shape = ""
    if one.shape is not None:
        unknown = ("batch", *("any" for _size in one.shape))
        sizes = (name if size is None else str(size) for name, size in zip(unknown, one.shape))
        shape = f" ({', '.join(sizes)})"
    return f"{one.name}{shape}{f' {one.dtype}' if one.dtype else ''}"


def _layers(file: ModelFile) -> Table:
    rows = []
    for one in file.layers[:MOST_LAYERS]:
        number = file.parameters_of(one)
        rows.append(
            (text("  " * one.depth + one.name), text((one.cls, "faint")), text(f"{number:,}" if number else ""))
        )
    rest = len(file.layers) - MOST_LAYERS
    rows += [(text((_("{n} more", n=rest), "faint")), text(""), text(""))] if rest > 0 else []
    return Table(tuple(rows))


def _verdict(verdict: Verdict) -> list[Block]:
    sign = ("✓ ", "good") if verdict.is_fine else ("? ", "doubt") if verdict.way is Way.UNKNOWN else ("✗ ", "bad")
    said = paragraph(sign, (verdict.label, "strong"), ": ", (_way(verdict), _style(verdict)), begins=True)
    tried, lines = verdict.tried, [text(filled(verdict.note, NOTES))] if verdict.note else []
    if tried is not None:
        seen = _("loads with the lines below") if tried.fixed else _(tried.way.value)
        if tried.difference is not None:
            seen += _("; the predictions differ by {number}", number=f"{tried.difference:.2g}")
        seen = f"{seen}: {one_line(tried.error)}" if tried.error else seen
        lines.append(text((_("Tried: "), "strong"), seen))
    loud = [one for one in verdict.reasons if not one.silent]
    lines += _first([_reason(one, number if len(loud) > 1 else 0) for number, one in enumerate(loud, 1)])
    silent = []
    for one in verdict.silent:
        where = f" ({one.where})" if one.where else ""
        silent.append(text((_("Silently other numbers: "), "bad"), f"{one.message}{where} ", (one.slug, "faint")))
    return [said, *(Paragraph(line, indent=2) for line in (*lines, *_first(silent)))]


def _first(lines: list[Text]) -> list[Text]:
    more = len(lines) - MOST_REASONS
    return [*lines[:MOST_REASONS], *([text((_("{n} more.", n=more), "faint"))] if more > 0 else [])]


def _reason(reason: Reason, number: int) -> Text:
    where = (f"{number}. " if number else "") + (f"{reason.where}: " if reason.where else "")
    avoided = _(" (compile=False avoids it)") if reason.only_compile else ""
    return text(where, (one_line(reason.message, 300), "code"), f"{avoided} ", (reason.slug, "faint"))


# ---------------------------------------------------------------------------------------------------------- programs


def plain(found: Examination) -> dict[str, Any]:
    """The same for programs: ``kdoctor.model/1``."""
    unread = [{"path": one.path, "reason": one.reason} for one in found.unread]
    return {"schema": SCHEMA, "files": [_plain_file(one) for one in found.files], "unread": unread}


def _plain_file(one: Examined) -> dict[str, Any]:
    file = one.file
    fields = as_plain(file)
    for name in ("config", "training", "layers", "variables"):
        fields.pop(name)
    fields["layers"] = [
        {"name": each.name, "class": each.cls, "depth": each.depth, "parameters": file.parameters_of(each)}
        for each in file.layers
    ]
    fields["parameters"] = file.parameters if file.variables or file.kind is Kind.CONFIG else None
    verdicts = [{**as_plain(verdict), "is_fine": verdict.is_fine} for verdict in one.verdicts]
    return {**fields, "verdicts": verdicts}
