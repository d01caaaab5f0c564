"""``--try`` and ``--convert``: really loads a file, in a child on each stack, and compares the numbers."""

from __future__ import annotations

import base64
import os
import struct
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Optional

from kdoctor import files
from kdoctor.environment.model import Environment
from kdoctor.errors import UsageError
from kdoctor.modelfiles import child
from kdoctor.modelfiles.helper import helper
from kdoctor.modelfiles.judge import nearest_writer
from kdoctor.modelfiles.model import Examined, Kind, ModelFile, Tried, Verdict, Way
from kdoctor.words import LEGACY_VARIABLE, Implementation, StackId

SECONDS = 300.0
MEMORY = 16 * 2**30
ABSOLUTE, RELATIVE = 1e-4, 1e-3
"""Differences up to these are what releases of TensorFlow make of the same numbers."""
NOT_COMPARED = "no stack here loads the old file, so that nothing could be compared"
_LOADED = (Kind.H5_MODEL, Kind.KERAS_ZIP, Kind.SAVED_MODEL)
_FORCED = {StackId.LEGACY: "1", StackId.KERAS_3: "0"}


class Converted(NamedTuple):
    """What ``--convert`` did."""

    path: str
    written: bool
    difference: Optional[float]
    """The largest between the copy and the old file; None where no stack here could tell."""
    compared_with: str
    reason: str = ""


def dangers(file: ModelFile) -> tuple[str, ...]:
    """What loading the file would run, or could not know."""
    code = [f"{one.what} in layer {one.layer}" if one.layer else one.what for one in file.code]
    return tuple(dict.fromkeys((*code, *file.dangerous, *(f"custom object {one}" for one in file.custom))))


def refuse(file: ModelFile, option: str, trust: bool) -> None:
    """Stop before a file is loaded that cannot be, or that holds code.

    Raises:
        UsageError: with what was found.
    """
    found = dangers(file)
    if found and not trust:
        raise UsageError(
            f"{option} would run what is in {file.path}: {', '.join(found[:6])}. If you trust whoever wrote it, say "
            f"{option} --trust. The child process is limited in time and memory, but is no sandbox."
        )
    if file.kind not in _LOADED or file.problems:
        raise UsageError(f"{option}: {file.path} cannot be loaded by Keras. kdoctor model {file.path} says why.")


def try_all(one: Examined, environments: Sequence[Environment], environ: Mapping[str, str], trust: bool) -> Examined:
    """The verdicts of a file with what each stack really did.

    Raises:
        UsageError: the file holds code, and is not trusted.
    """
    refuse(one.file, "--try", trust)
    tried = {}
    for verdict in one.verdicts:
        environment = next((each for each in environments if each.interpreter.executable), None)
        if environment is not None and verdict.implementation is not None:
            tried[verdict.label] = _try(one.file, verdict, environment, environ, trust)
    reference = nearest_writer(
        one.file, tuple(each for each in one.verdicts if tried.get(each.label, {}).get("outputs"))
    )
    wanted = tried[reference.label]["outputs"] if reference else []
    verdicts = [
        replace(each, tried=_tried(tried[each.label], wanted)) if each.label in tried else each for each in one.verdicts
    ]
    return replace(one, verdicts=tuple(verdicts))


def _tried(said: Mapping[str, Any], wanted: Any) -> Tried:
    ways = {"plain": Way.LOADS, "no compile": Way.NO_COMPILE, "signature": Way.SIGNATURE, "fixed": Way.NOT}
    way = ways.get(str(said.get("way")), Way.NOT)
    errors = said.get("errors") or [["", str(said.get("error") or "load_model() would never return")]]
    gap = difference(wanted, said["outputs"]) if wanted and said.get("outputs") else None
    return Tried(way, "" if way is Way.LOADS else str(errors[0][1]) if errors else "", gap, said.get("way") == "fixed")


def _try(
    file: ModelFile, verdict: Verdict, environment: Environment, environ: Mapping[str, str], trust: bool, save: str = ""
) -> dict[str, Any]:
    """What a child says that loaded the file on a stack."""
    is_3 = verdict.implementation is Implementation.KERAS_3
    api = "keras" if verdict.stack is StackId.KERAS else "tf.keras" if is_3 else "tf.keras2"
    highest = min(
        [10, *(one.config["input_dim"] for one in file.layers if isinstance(one.config.get("input_dim"), int))]
    )
    names = [one.name for one in file.signatures]
    signature = "serving_default" if "serving_default" in names else names[0] if names else ""
    request = {
        "path": os.path.abspath(file.path),
        "api": api,
        "inputs": [
            {"name": each.name, "key": each.key, "shape": each.shape, "dtype": each.dtype} for each in file.inputs
        ],
        "highest": max(highest, 1),
        "trust": trust,
        "program": (helper(file, verdict) or "") if is_3 else "",
        "signature": signature if file.kind is Kind.SAVED_MODEL else "",
        "save": save,
        # Plain load_model() would never return, or write a copy with other numbers.
        "only_fixed": any(one.slug == "modelfile-nested-model" for one in verdict.reasons)
        or bool(save and verdict.silent),
    }
    forced = {LEGACY_VARIABLE: _FORCED[verdict.stack]} if verdict.stack in _FORCED else {}
    variables = {**environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", **forced}
    try:
        return child.ask(
            environment.interpreter.executable, child.LOADER, request, environ=variables, seconds=SECONDS, memory=MEMORY
        )
    except child.ChildError as reason:
        return {"way": "", "outputs": [], "error": str(reason)}


def difference(wanted: Any, found: Any) -> float:
    """The largest difference, large numbers by their size; infinite where the shapes differ."""
    largest = 0.0
    for those, these in zip(wanted, found):
        if len(those) != len(these):
            return float("inf")
        for one, other in zip(those, these):
            left, right = _floats(one), _floats(other)
            if len(left) != len(right):
                return float("inf")
            for a, b in zip(left, right):
                gap = abs(a - b) if a == a or b == b else 0.0  # both may be no number
                if gap > ABSOLUTE and gap <= RELATIVE * abs(a):
                    gap = ABSOLUTE  # as near as a number of this size can be
                largest = max(largest, float("inf") if gap != gap else gap)
    return largest


def _floats(text: str) -> tuple[float, ...]:
    data = base64.b64decode(text)
    return struct.unpack(f"<{len(data) // 4}f", data)


def convert(
    one: Examined,
    environment: Environment,
    environ: Mapping[str, str],
    path: str,
    *,
    trust: bool,
    force: bool,
) -> Converted:
    """Write a copy that Keras 3 loads with plain ``load_model``, once its predictions were compared.

    Args:
        one: the file with its verdicts.
        environment: its Keras 3 writes the copy.
        environ: the variables that children are started with.
        path: the copy, which must end in ``.keras``.
        trust: whether code in the file may run.
        force: whether the copy is written although its numbers differ.

    Raises:
        UsageError: the file holds code and is not trusted, the path is wrong, or no Keras 3 is here.
        OSError: the copy cannot be written.
    """
    file = one.file
    refuse(file, "--convert", trust)
    if not path.endswith(".keras"):
        raise UsageError("--convert: the new file must end in .keras.")
    if file.kind is Kind.SAVED_MODEL:
        raise UsageError(
            "--convert: Keras 3 makes no model of a SavedModel folder. Load it under Keras 2 (tf-keras), save it as "
            ".h5, and convert that."
        )
    if os.path.abspath(path) == os.path.abspath(file.path):
        raise UsageError("--convert: name another file than the old one, which stays as it is.")
    writer = next((each for each in one.verdicts if each.implementation is Implementation.KERAS_3), None)
    if writer is None:
        raise UsageError("--convert needs Keras 3 in the environment. Name one that has it: --python PATH.")
    with tempfile.TemporaryDirectory(prefix=".kdoctor-", dir=os.path.dirname(os.path.abspath(path))) as folder:
        new = os.path.join(folder, "new.keras")
        said = _try(file, writer, environment, environ, trust, new)
        if not said.get("outputs") or "saved" not in said:
            errors = said.get("errors") or []
            why = said.get("save_error") or said.get("error") or (errors[-1][1] if errors else "it did not load")
            did = "write" if said.get("outputs") else "load"
            return Converted(path, False, None, "", f"Keras 3 could not {did} it: {why}")
        gap, label = _compare(one, environment, environ, trust, writer, said)
        is_near = gap is not None and gap <= ABSOLUTE
        if not is_near and not force:
            why = NOT_COMPARED if gap is None else "they differ"
            return Converted(path, False, gap, label, why)
        files.write(path, files.read(new, MEMORY))
    return Converted(path, True, gap, label)


def _compare(
    one: Examined,
    environment: Environment,
    environ: Mapping[str, str],
    trust: bool,
    writer: Verdict,
    said: Mapping[str, Any],
) -> tuple[Optional[float], str]:
    """How far the copy is from the stack that is nearest to the writer."""
    others = tuple(each for each in one.verdicts if each.implementation is not Implementation.KERAS_3)
    reference = nearest_writer(one.file, others) if not one.file.is_of_keras_3 else None
    if reference is not None:
        old = _try(one.file, reference, environment, environ, trust)
        if old.get("outputs"):
            return difference(old["outputs"], said["saved"]), reference.label
    if one.file.is_of_keras_3 or (said.get("way") in ("plain", "no compile") and not writer.silent):
        return difference(said["outputs"], said["saved"]), writer.label
    return None, ""
