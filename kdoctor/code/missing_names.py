"""Names that nobody wrote a rule for: what the code uses and a release does not have.

There is one kind of answer to "is this name there": :class:`Answers`. It comes from the recorded API of that very
release, or from look-ups in the examined interpreter. Of a release that is neither on record nor looked into nothing is
claimed. Names are spelled as the code reaches them: ``tf.keras.layers.LSTM``, ``keras.Model.fit``.

What is not known for certain to fail is not reported: a name that the code itself has a way around (a version check, a
``try`` with a fallback), one that a star import may have brought, an attribute that objects may have although their
class shows none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple, Optional

from kdoctor.code import Hit, Use, judged_on
from kdoctor.code.keras_kinds import TENSORFLOW
from kdoctor.code.places import IgnoredUse, Location
from kdoctor.environment.model import Environment, Stack
from kdoctor.observe.model import LookedUp, Names
from kdoctor.records.api import Api, Parameters, api, was_ever_there
from kdoctor.words import Certainty, Evidence

_INSIDES = frozenset(
    {"python", "core", "src", "api", "_api", "compiler", "tools", "include", "tsl", "xla", "toco", "schema"}
)
"""Folders of a package that are no part of its interface, but can be imported; of them nothing was recorded."""
_GENERATED = "_pb2"
"""How the modules end that protocol buffers are compiled to: they are in the package, and in no interface."""
_LAYER_TAKES = ("activity_regularizer", "trainable", "dtype", "autocast", "name", "input_shape", "input_dim")
"""What ``Layer.__init__`` of Keras 3 takes; where ``**kwargs`` of a layer end, every other keyword is refused."""
_SAVING_TAKES = ("include_optimizer", "save_format")
_MODEL_TAKES = ("inputs", "outputs", "activity_regularizer", "trainable", "dtype", "autocast", "name")
_ALSO_TAKES = {
    "Embedding": ("input_length",),
    **dict.fromkeys(("LSTM", "GRU", "LSTMCell", "GRUCell"), ("implementation",)),
    "LeakyReLU": ("alpha",),
    "LayerNormalization": ("rms_scaling",),
    "InputLayer": ("input_shape", "batch_input_shape"),
    **dict.fromkeys(
        ("TextVectorization", "StringLookup", "IntegerLookup"), ("vocabulary_size", "has_input_vocabulary")
    ),
}
"""What single layers take out of their ``**kwargs`` themselves."""
_SWALLOWS = frozenset({"HashedCrossing", "TFSMLayer", "JaxLayer", "FlaxLayer"})
"""Layers whose ``**kwargs`` end elsewhere."""
_ON_INSTANCES = re.compile(
    r"(?!.+\.dtype\.).+\.(activity_regularizer|compiled_loss|compiled_metrics|input_shape|inputs|jit_compile|kernel|loss|model|name)"
    r"|.+\.(output_shape|outputs|states|steps_per_execution|dynamic_growth_steps|initial_scale|inner_optimizer)"
    r"|.+\.(LSTM|GRU|SimpleRNN|RNN|ConvLSTM\dD|Bidirectional|Layer)\.stateful"
)
"""What one Keras shows on classes, and objects of the other have although their classes do not show it."""
_HOLDS: Mapping[str, type] = {"dtype": str, "KerasTensor.shape": tuple}
"""What attributes of Keras 3 are by which code got types of TensorFlow from Keras 2."""
_NAMED_ALIKE = {
    "losses": "mse MSE mae MAE mape MAPE msle MSLE bce BCE kld KLD",
    "metrics": "mse MSE mae MAE mape MAPE msle MSLE bce BCE acc ACC accuracy crossentropy ce",
    "initializers": "normal one uniform zero",
}
"""By module, the short names by which Keras 3 knows things as strings, along with those of its classes."""
_MOST_SUGGESTED = 100
"""Missing names for which something alike is looked for, which takes milliseconds each; those behind get no hint."""


class Signature(NamedTuple):
    """What a call accepts."""

    parameters: tuple[str, ...] = ()
    """The names that can be given as keywords, in order."""
    positional: Optional[int] = None
    """How many positional arguments it takes at most; None for any number."""
    open: bool = False
    """Whether it takes any keyword (``**kwargs``)."""


class Answers(NamedTuple):
    """What is known of the names that were asked for, on one stack of one release."""

    there: Mapping[str, Optional[Signature]]
    """Names that are there; None where one cannot be called, or its signature is not known."""
    classes: Collection[str] = ()
    """Those of them that are classes."""
    missing: Collection[str] = ()
    """Names, or beginnings of names, that are not there."""
    members: Mapping[str, Sequence[str]] = {}
    """By the module or class in which something is missing, what is in it."""
    elsewhere: Mapping[str, Sequence[str]] = {}
    """By the last part of a missing name, the whole names that have it too, nearest to the root first."""
    properties: Collection[str] = ()
    """Attributes of objects that are certainly no methods."""
    nowhere: Collection[str] = ()
    """Missing members that no class of the release has, so that it does not matter of which class an object is."""

    def first_missing(self, name: str) -> Optional[str]:
        """The shortest beginning of a name that is known not to be there; None if it is, or nothing is known of it."""
        parts = name.split(".")
        beginnings = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
        return next((beginning for beginning in beginnings if beginning in self.missing), None)


class Missing(NamedTuple):
    """A use that the release cannot serve."""

    use: Use
    name: str
    """What is not there: the whole name, or its first part that is missing; else the name that is called."""
    keywords: tuple[str, ...] = ()
    """The keywords that are not accepted; empty where the name itself is missing."""
    too_many: Optional[int] = None
    """How many positional arguments are accepted, where more are given."""
    suggestions: tuple[str, ...] = ()
    """Names (or keywords) that are there and look like it, best first."""
    sure: bool = False
    """Whether no object of the kind can have it, of whichever class it is."""

    @property
    def is_missing(self) -> bool:
        """Whether the name is missing, as opposed to an argument that is refused."""
        return not self.keywords and self.too_many is None

    @property
    def certainty(self) -> Certainty:
        """Of an object whose very class is not known, the absence of an attribute is only likely."""
        is_open = self.use.member and not (self.use.exact or self.sure)
        return Certainty.LIKELY if is_open and self.is_missing else Certainty.CERTAIN

    def __str__(self) -> str:
        """One line for the user, without the place and the release."""
        if self.too_many is not None:
            number = f"{self.too_many} positional argument{'s' if self.too_many != 1 else ''}"
            return f"{self.use.name} takes {number}, {self.use.positional} are given"
        if self.keywords:
            said = f"{self.use.name} does not accept {', '.join(f'{keyword}=' for keyword in self.keywords)}"
            hint = [f"{name}=" for name in self.suggestions]
        elif self.use.is_string:
            module, _, given = self.name.partition(".get(")
            said, hint = f"{module} knows no {given[:-1]}", list(self.suggestions)
        else:
            said, hint = f"{self.name} does not exist", list(self.suggestions)
        return f"{said}; did you mean {' or '.join(hint)}?" if hint else said


class Lookup(NamedTuple):
    """What was found, and how."""

    missing: tuple[Missing, ...] = ()
    evidence: Mapping[str, Evidence] = {}
    """By stack, as :class:`kdoctor.code.Use` has it."""
    releases: Mapping[str, str] = {}
    """By stack, what was looked into: ``Keras 3.15.1``."""
    notes: Sequence[str] = ()


def unsettled(environment: Environment, uses: Iterable[Use]) -> tuple[Names, ...]:
    """What the examined interpreter itself is to be asked: names of releases whose API is not on record."""
    if not environment.interpreter.executable:
        return ()
    asked = questions(use for use in uses if not use.is_string)
    wanted = ((name, _stack(environment, name), names) for name, names in asked.items())
    return tuple(
        Names(name, stack.id, names) for name, stack, names in wanted if stack is not None and _recorded(stack) is None
    )


def look_up(
    environment: Environment,
    uses: Sequence[Use],
    reported: Collection[Location],
    looked_up: Mapping[str, LookedUp] = {},
) -> Lookup:
    """The names and arguments that the code uses and the releases here do not have.

    Args:
        environment: where the code is to run.
        uses: what it uses.
        reported: the places of findings, and of what comments ignore; the name that is missing on the same line is not
            reported twice, nor is the argument that they are about.
        looked_up: what became of :func:`unsettled`, by spelling.
    """
    answers: dict[str, Answers] = {}
    evidence: dict[str, Evidence] = {}
    releases: dict[str, str] = {}
    notes: list[str] = []
    for name, wanted in questions(uses).items():
        stack = _stack(environment, name)
        if stack is None:
            continue
        recorded, looked = _recorded(stack), looked_up.get(name)
        releases[name] = _release(stack, name, recorded)
        if recorded is not None:
            answers[name], evidence[name] = answers_of_record(recorded, wanted), Evidence.RECORDED
        elif looked is not None:
            observed = None if looked.reason else answers_of_interpreter(looked.found)
            if observed is None:
                reason = looked.reason or "its answer cannot be read"
                notes.append(f"Names could not be looked up on {name}: {reason}.")
            else:
                answers[name], evidence[name] = observed, Evidence.OBSERVED
    return Lookup(find_missing(uses, answers, reported), evidence, releases, notes)


def questions(uses: Iterable[Use]) -> dict[str, tuple[str, ...]]:
    """The dotted names to look up, by stack, each once and in order: what an interpreter is asked in one batch."""
    asked: dict[str, dict[str, None]] = {}
    for use in uses:
        of_keras = use.name.partition(".")[0] in ("tf", "keras", "tf_keras")
        if of_keras and use.location.stack and use.location.certainty is Certainty.CERTAIN:
            asked.setdefault(use.location.stack, {})[use.name] = None
    return {stack: tuple(names) for stack, names in sorted(asked.items())}


def _stack(environment: Environment, name: str) -> Optional[Stack]:
    """The stack of the environment on which code that reaches Keras (or TensorFlow) in this way is judged."""
    found = (environment.stack(identifier) for identifier in judged_on("" if name == TENSORFLOW else name))
    return next((stack for stack in found if stack is not None and stack.available), None)


def _release(stack: Stack, name: str, recorded: Optional[Api]) -> str:
    """What was looked into, with the full number of the record where only the minor is known."""
    looked_into = recorded.releases if recorded is not None else {}
    if name == TENSORFLOW:
        return f"TensorFlow {looked_into.get('tf', stack.tensorflow)}"
    assert stack.implementation  # it is available
    versions = [version for namespace, version in looked_into.items() if namespace != "tf"]
    return f"{stack.implementation.label.split(' ')[0]} {versions[0] if versions else stack.version}"


# ------------------------------------------------------------------------------------------------------ answers


def _recorded(stack: Stack) -> Optional[Api]:
    """The recorded API of the very releases of a stack; ``3.15``, of a target, stands for the recorded 3.15.1."""
    known = api(stack.tensorflow, stack.version, stack.id.value) if stack.implementation else None
    if known is None:
        return None
    here = [release for release in (stack.version, stack.tensorflow) if release]
    recorded = known.releases.values()
    is_exact = all(any(one == release or one.startswith(f"{release}.") for one in recorded) for release in here)
    return known if is_exact else None


def answers_of_record(api: Api, names: Iterable[str]) -> Answers:
    """What is recorded of these names."""
    there: dict[str, Optional[Signature]] = {}
    classes: set[str] = set()
    missing: dict[str, None] = {}
    lasts: set[str] = set()
    properties: set[str] = set()
    for name in names:
        if name.endswith("')"):
            if not _is_known_as_string(api, name):
                missing[name] = None
            continue
        owner = name.rpartition(".")[0]
        classes.update(one for one in (name, owner) if api.is_class(one) or _held(api, one) is not None)
        gone = _first_missing(api, name)
        if gone is not None:
            missing[gone] = None
            lasts.add(name.rpartition(".")[2])
        elif name in api:
            parameters = api.get(name)
            # Of a class that takes nothing only the constructor was recorded; its metaclass may take more.
            is_known = parameters is not None and (bool(parameters) or not api.is_class(name))
            there[name] = _closed(api, name, signature_of(parameters or ())) if is_known else None
            is_property = parameters is None and api.is_keras_3 and api.is_class(owner)
            if is_property and (name.endswith("variables") or api.was_method(name)):
                properties.add(name)
    parents = {name.rpartition(".get(" if name.endswith("')") else ".")[0] for name in missing}
    members: dict[str, list[str]] = {}
    elsewhere: dict[str, list[str]] = {}
    had: set[str] = set()
    for name in sorted(api, key=lambda name: (name.count("."), name)) if missing else ():
        parent, _, last = name.rpartition(".")
        if parent in parents:
            members.setdefault(parent, []).append(last)
        if last in lasts and api.is_class(parent):
            if not parent.startswith("tf.") or parent.startswith("tf.keras."):
                had.add(last)
        elif last in lasts:
            elsewhere.setdefault(last, []).append(name)
    nowhere = {name for name in missing if name.rpartition(".")[2] not in had}
    return Answers(there, classes, missing, members, elsewhere, properties, nowhere)


def _held(api: Api, name: str) -> Optional[type]:
    """What an attribute of objects holds, where that is plain Python on Keras 3: ``keras.KerasTensor.dtype``."""
    owner, _, last = name.rpartition(".")
    held = _HOLDS.get(last) or _HOLDS.get(f"{owner.rpartition('.')[2]}.{last}")
    return held if held is not None and api.is_keras_3 and api.is_class(owner) else None


def _is_known_as_string(api: Api, name: str) -> bool:
    """Whether Keras finds something by a string: ``tf.keras.losses.get('mse')``; True where that was not measured."""
    module, _, given = name[:-2].partition(".get('")
    area = module.rpartition(".")[2]
    if not api.is_keras_3 or ">" in given or given in _NAMED_ALIKE.get(area, "").split():
        return True
    for one in api:
        owner, _, last = one.rpartition(".")
        # In lower case a class stands there once more for code, which Keras does not ask when it has a string.
        if owner == module and ((api.is_class(one) and last[:1].isupper()) or area == "activations"):
            lower = last.lower() if area == "optimizers" else ""
            if given in (last, lower, _snake(last)):
                return True
    return False


def _snake(name: str) -> str:
    return re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


def _closed(api: Api, name: str, signature: Signature) -> Signature:
    """The signature with what ``**kwargs`` can be, where they end in a constructor of Keras 3."""
    module, _, last = name.rpartition(".")
    area = module.rpartition(".")[2]
    if not signature.open or not api.is_keras_3 or last in _SWALLOWS:
        return signature
    if last == "save_model" or (last == "save" and api.is_class(module)):
        return signature._replace(parameters=(*signature.parameters, *_SAVING_TAKES), open=False)
    if not api.is_class(name):
        return signature
    if last in ("Model", "Functional") and area in ("keras", "models"):
        return Signature((*signature.parameters, *_MODEL_TAKES), signature.positional)
    if area == "optimizers":
        return signature._replace(open=not signature.parameters)
    if area != "layers" and last != "Layer":
        return signature
    return signature._replace(parameters=(*signature.parameters, *_LAYER_TAKES, *_ALSO_TAKES.get(last, ())), open=False)


def _first_missing(api: Api, name: str) -> Optional[str]:
    recorded = api.spelled(name)
    if recorded != name:
        gone = _first_missing(api, recorded)
        return None if gone is None else name[: len(name) - len(recorded) + len(gone)]
    if name in api or not api.covers(name):
        return None
    root = next((root for root in ("tf.keras", "tf_keras", "keras", "tf") if name.startswith(f"{root}.")), name)
    parts = name[len(root) + 1 :].split(".")
    is_inside = not _INSIDES.isdisjoint(parts) or any(part.endswith(_GENERATED) for part in parts)
    if is_inside or (root == "tf" and parts[0] == "dtensor"):
        return None
    beginning = root
    for part in parts:
        owner, beginning = beginning, f"{beginning}.{part}"
        if beginning not in api:
            # What an attribute of a class holds was not examined, but for what is plain Python.
            in_an_object = not api.is_class(owner) and api.is_class(owner.rpartition(".")[0])
            held = _held(api, owner)
            is_covered = api.covers(beginning) and not in_an_object if held is None else not hasattr(held, part)
            return beginning if is_covered else None
    return None


def signature_of(parameters: Parameters) -> Signature:
    """A signature out of the notation of the tables: ``x``, ``x=``, ``*``, ``*args``, ``**kwargs``."""
    names: list[str] = []
    positional: Optional[int] = None
    is_open = starred = False
    for parameter in parameters:
        if parameter.startswith("**"):
            is_open = True
        elif parameter.startswith("*"):
            positional = len(names) if parameter == "*" else None
            starred = True
        else:
            names.append(parameter.rstrip("="))
    return Signature(tuple(names), positional if starred else len(names), is_open)


def answers_of_interpreter(raw: Mapping[str, Any]) -> Optional[Answers]:
    """What the look-up in an interpreter wrote (:mod:`kdoctor.observe.look_up`); None where it is no answer."""
    try:
        return _answers_of(raw)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _answers_of(raw: Mapping[str, Any]) -> Answers:
    there: dict[str, Optional[Signature]] = {}
    classes = {name for name, entry in raw["names"].items() if entry["exists"] and entry.get("class")}
    missing = []
    for name, entry in raw["names"].items():
        if entry["exists"]:
            given = entry.get("parameters")
            there[name] = None if given is None else Signature(tuple(given), entry["positional"], entry["open"])
        elif entry["exists"] is False:
            owner, _, last = name.rpartition(".")
            # Objects have attributes that their class does not show; what some recorded release had is none of those.
            if owner not in classes or (not last.startswith("_") and was_ever_there(name)):
                missing.append(name)
    return Answers(there, classes, set(missing), raw["siblings"], raw["elsewhere"])


# ------------------------------------------------------------------------------------------------------ judging


def find_missing(
    uses: Iterable[Use], answers: Mapping[str, Answers], reported: Collection[Location] = ()
) -> tuple[Missing, ...]:
    """The uses that a release cannot serve: names that are missing, and arguments that are not accepted.

    Args:
        uses: what the code uses.
        answers: what is there, by stack; of a stack that is not in it nothing is known.
        reported: see :func:`look_up`.
    """
    lines: dict[tuple[str, int, int], list[str]] = {}
    for place in reported:
        lines.setdefault((place.path, place.cell, place.line), []).append(place.what)
    refused = {(place.path, place.what) for place in reported if place.certainty is Certainty.CERTAIN}
    near = _Near()
    judge = cache(lambda stack, use: _judge(use, answers[stack], near))
    reported_names: set[tuple[str, str, str]] = set()
    found: list[Missing] = []
    for use in uses:
        where = use.location
        if where.stack not in answers or where.certainty is not Certainty.CERTAIN:
            continue
        if use.member and (where.path, f"{use.name.rpartition('.')[0]}(...)") in refused:
            continue  # an object that cannot be made
        # The same question wherever it is asked, so that it is answered once.
        verdict = judge(where.stack, use._replace(location=_NOWHERE, last_line=0))
        if verdict is None:
            continue
        last = max(where.line, use.last_line if verdict.keywords else 0)
        places = ((where.path, where.cell, line) for line in range(where.line, last + 1))
        said = [what for place in places for what in lines.get(place, ()) if not use.is_string or use.name in what]
        rest = tuple(keyword for keyword in verdict.keywords if not any(f"{keyword}=" in what for what in said))
        if rest or not (said or verdict.keywords):
            hints = verdict.suggestions if rest == verdict.keywords else ()
            found.append(verdict._replace(use=use, keywords=rest, suggestions=hints))
        elif verdict.is_missing and (verdict.name != use.name or any(use.name in what for what in said)):
            reported_names.add((where.path, where.stack, verdict.name))
    # What is called out of a module fails at the module's import; a finding that names that line has reported it.
    found = [one for one in found if (one.use.location.path, one.use.location.stack, one.name) not in reported_names]
    return tuple(_once_a_place(_agreeing(found)))


_NOWHERE = Location("", 0)


def _judge(use: Use, answers: Answers, near: _Near) -> Optional[Missing]:
    owner = use.name.rpartition(".")[0]
    if use.member and not use.is_string and (owner not in answers.classes or _ON_INSTANCES.fullmatch(use.name)):
        return None  # a function made the object, and says nothing of what the object has
    missing = answers.first_missing(use.name)
    if missing is not None:
        return Missing(
            use, missing, suggestions=near.names(missing, use.name, answers), sure=missing in answers.nowhere
        )
    if not use.called or (not use.member and owner in answers.classes):
        return None  # what is called through its class may be given the object first
    if use.member and use.name in answers.properties:
        return Missing(use, f"{use.name}()", suggestions=(use.name,), sure=True)
    signature = answers.there.get(use.name)
    if signature is None:
        return None
    refused = tuple(keyword for keyword in use.keywords if keyword not in signature.parameters)
    if refused and not signature.open:
        return Missing(use, use.name, refused, suggestions=near.alike(refused[0], signature.parameters, 2, 0.6))
    most = signature.positional
    if not signature.open and use.name.endswith("Model") and use.positional == 1 and "outputs" not in use.keywords:
        most = 0  # inputs without outputs
    if use.positional is not None and most is not None and use.positional > most:
        return Missing(use, use.name, too_many=most)
    return None


class _Near:
    """Looks for what may be meant, a bounded number of times."""

    def __init__(self) -> None:
        self._left = _MOST_SUGGESTED

    def names(self, missing: str, name: str, answers: Answers) -> tuple[str, ...]:
        """Something alike in the same place, or the same name in another place."""
        if name.endswith("')"):
            module, _, given = name[:-2].partition(".get('")
            classes = [_snake(one) for one in answers.members.get(module, ()) if one[:1].isupper()]
            known = classes or answers.members.get(module, ())  # activations are functions
            return tuple(repr(one) for one in self.alike(given, known, 2, 0.7))
        root = "tf.keras." if name.startswith("tf.keras.") else f"{name.partition('.')[0]}."
        elsewhere = [one for one in answers.elsewhere.get(name.rpartition(".")[2], ()) if one.startswith(root)]
        if missing != name:  # a module is gone; what was in it may stand elsewhere in the same package
            parts = name.split(".")
            is_class = parts[-1][:1].isupper()  # the name of a class; a function is another wherever it stands
            alike = (
                one
                for one in elsewhere
                if is_class or parts[1] == one.split(".")[1] or parts[-2:] == one.split(".")[-2:]
            )
            return tuple(alike)[:2]
        parent, _, last = missing.rpartition(".")
        candidates = answers.members.get(parent, ())
        same = [one for one in candidates if one.lower() == last.lower() and one != last]
        found = [f"{parent}.{one}" for one in dict.fromkeys([*same, *self.alike(last, candidates, 3, 0.85)])]
        return tuple(dict.fromkeys([*found, *elsewhere]))[:3]

    def alike(self, name: str, candidates: Sequence[str], number: int, least: float) -> tuple[str, ...]:
        """Those that are spelled alike."""
        self._left -= 1
        return tuple(get_close_matches(name, candidates, number, least)) if self._left >= 0 else ()


def _agreeing(found: Sequence[Missing]) -> Iterable[Missing]:
    """What is used out of one missing module, with the same words on what may be meant, so that it is one finding.

    Those are the first guess for each use; where the code names the module itself, the guesses for that.
    """
    groups: dict[tuple[str, str], list[Missing]] = {}
    for one in found:
        if one.is_missing:
            groups.setdefault((one.use.location.stack, one.name), []).append(one)
    guesses: dict[tuple[str, str], tuple[str, ...]] = {}
    for key, group in groups.items():
        of_itself = [one.suggestions for one in group if one.use.name == one.name]
        firsts = dict.fromkeys(guess for one in group for guess in one.suggestions[:1])
        uses = {one.use.name for one in group}
        guesses[key] = of_itself[0] if of_itself else group[0].suggestions if len(uses) == 1 else tuple(firsts)[:3]
    for one in found:
        same = guesses.get((one.use.location.stack, one.name)) if one.is_missing else None
        yield one if same is None else one._replace(suggestions=same)


def _once_a_place(found: Iterable[Missing]) -> Iterable[Missing]:
    """Of uses that lack the same at the same line (an import, and the call of what it would bring), the first."""
    seen: set[tuple[object, ...]] = set()
    for one in found:
        where = one.use.location
        key = (where.path, where.cell, where.line, one.name, one.keywords)
        if key not in seen:
            seen.add(key)
            yield one


def places_of(hits: Iterable[Hit], ignored: Iterable[IgnoredUse]) -> list[Location]:
    """The places that are spoken of already, for :func:`look_up`."""
    return [*(hit.location for hit in hits), *(one.location for one in ignored)]
