"""``@dataclass(frozen=True)`` as in the standard library, but for the code that it writes.

The standard one compiles five methods for each class, which for the vocabulary takes a tenth of a second on a slow
machine: more than a visit without canaries has to give away. Here all classes share methods that go by the names of
the fields; ``fields``, ``replace``, ``asdict`` and ``inspect.signature`` work as they do there. Not for classes with
``__post_init__`` or fields that are not initialised, which the vocabulary has none of.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, NoReturn

_Class = Any


def dataclass(*, frozen: bool, repr: bool = True) -> Callable[[_Class], _Class]:  # noqa: A002  as there
    """The decorator, for frozen classes alone."""
    assert frozen

    def decorate(cls: _Class) -> _Class:
        dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
        fields = dataclasses.fields(cls)
        cls.__init__ = _initialiser(cls, fields)
        cls.__signature__ = _Signature()
        if repr:
            cls.__repr__ = _repr
        cls.__eq__, cls.__hash__ = _equal, _hasher(tuple(field.name for field in fields))
        cls.__setattr__, cls.__delattr__ = _refuse_to_assign, _refuse_to_delete
        return cls

    return decorate


def _initialiser(cls: type, fields: tuple[dataclasses.Field[Any], ...]) -> Callable[..., None]:
    names = tuple(field.name for field in fields)
    count, known = len(names), frozenset(names)
    defaults = {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}
    factories = [
        (field.name, field.default_factory) for field in fields if field.default_factory is not dataclasses.MISSING
    ]

    def initialise(self: Any, *args: Any, **given: Any) -> None:
        values = self.__dict__
        values.update(defaults)
        for name, factory in factories:
            if name not in given:
                values[name] = factory()
        if args:
            values.update(zip(names, args))
        values.update(given)
        too_many = args and (len(args) > count or not given.keys().isdisjoint(names[: len(args)]))
        if too_many or len(values) != count or not known.issuperset(given):
            _signature(cls).bind(*args, **given)  # says what is wrong
            raise TypeError(f"{cls.__name__}() was called with arguments that do not fit")

    initialise.__qualname__ = f"{cls.__qualname__}.__init__"
    initialise.__name__ = "__init__"
    return initialise


class _Signature:
    """Made when somebody asks for it: the initialiser itself takes anything."""

    def __get__(self, instance: object, owner: type) -> Any:
        return _signature(owner)


def _signature(cls: _Class) -> Any:
    from inspect import Parameter, Signature

    missing = dataclasses.MISSING
    return Signature(
        [
            Parameter(
                field.name,
                Parameter.POSITIONAL_OR_KEYWORD,
                annotation=field.type,
                default=(
                    Parameter.empty if field.default is missing and field.default_factory is missing else field.default
                ),
            )
            for field in dataclasses.fields(cls)
        ]
    )


def _repr(self: Any) -> str:
    texts = [f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr]
    return f"{type(self).__qualname__}({', '.join(texts)})"


def _equal(self: object, other: object) -> Any:
    return self.__dict__ == other.__dict__ if other.__class__ is self.__class__ else NotImplemented


def _hasher(names: tuple[str, ...]) -> Callable[[Any], int]:
    def hash_of(self: Any) -> int:
        values = self.__dict__
        return hash(tuple([values[name] for name in names]))

    return hash_of


def _refuse_to_assign(self: object, name: str, value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
