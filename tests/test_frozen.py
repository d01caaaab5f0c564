"""The quick frozen dataclass against the one of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, Optional

import pytest

from kdoctor import model

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from kdoctor.frozen import dataclass


@dataclass(frozen=True)
class Quick:
    """Fields of every kind."""

    one: int
    two: str = "2"
    three: tuple[str, ...] = ()
    four: Mapping[str, int] = dataclasses.field(default_factory=dict)
    five: Optional[Quick] = dataclasses.field(default=None, repr=False)


@dataclasses.dataclass(frozen=True)
class Standard:
    """The same."""

    one: int
    two: str = "2"
    three: tuple[str, ...] = ()
    four: Mapping[str, int] = dataclasses.field(default_factory=dict)
    five: Optional[Quick] = dataclasses.field(default=None, repr=False)


GOOD: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((), {"one": 1}),
    ((1, "b", ("c",), {"d": 4}, None), {}),
    ((1, "b"), {"four": {}, "three": ("x",)}),
]
BAD: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    ((), {"two": "b"}),
    ((1,), {"one": 1}),
    ((1,), {"six": 6}),
    ((1, "b", (), {}, None, 6), {}),
    ((1, "b", (), {}, None, 6), {"six": 1}),
    ((1, "b"), {"two": "c"}),
    ((), {"six": 6}),
]


@pytest.mark.parametrize(("args", "given"), GOOD)
def test_what_the_standard_one_takes_gives_the_same(args: tuple[Any, ...], given: dict[str, Any]) -> None:
    quick, standard = Quick(*args, **given), Standard(*args, **given)
    assert dataclasses.asdict(quick) == dataclasses.asdict(standard)
    assert repr(quick) == repr(standard).replace("Standard", "Quick")
    assert quick == Quick(*args, **given)
    assert quick != Quick(2)
    assert quick.__eq__(standard) is NotImplemented
    assert dataclasses.replace(quick, one=9) == Quick(9, *dataclasses.astuple(quick)[1:])
    assert pickle.loads(pickle.dumps(quick)) == copy.deepcopy(quick) == quick


@pytest.mark.parametrize(("args", "given"), BAD)
@pytest.mark.parametrize("make", [Quick, Standard])
def test_what_the_standard_one_refuses_is_refused(
    make: Callable[..., object], args: tuple[Any, ...], given: dict[str, Any]
) -> None:
    with pytest.raises(TypeError):
        make(*args, **given)


def test_each_has_a_default_of_its_own() -> None:
    assert Quick(1).four is not Quick(1).four


def test_nothing_can_be_changed() -> None:
    quick = Quick(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        quick.one = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        quick.six = 6  # type: ignore[attr-defined]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del quick.one


def test_it_is_hashed_as_the_standard_one_is() -> None:
    reference = model.Reference("https://example.org", "says")
    assert len({reference, model.Reference("https://example.org", "says")}) == 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(Quick(1))


def test_its_signature_is_that_of_the_fields() -> None:
    quick, standard = (inspect.signature(one).parameters for one in (Quick, Standard))
    assert list(quick) == list(standard)
    assert [one.default for one in quick.values()][:3] == [one.default for one in standard.values()][:3]
    assert quick["four"].default is not inspect.Parameter.empty
