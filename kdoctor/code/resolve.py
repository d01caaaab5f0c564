"""Follows names and values through a piece of Python, and shows the matcher what it meets on the way.

This is one pass over the syntax tree that acts a program out without running it: it knows what names stand for, which
values are models, layers, optimizers or symbolic tensors, and nothing else. It is local on purpose: one file, or all
cells of one notebook. Functions are read when they are first called, or at the end, when all names are known; a
function that is later called with a symbolic tensor, a model, ... is read once more with it.
"""

from __future__ import annotations

import ast
import builtins
import re
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Optional, Union

from kdoctor.code import keras_kinds as kinds
from kdoctor.code.keras_objects import (
    attribute_of,
    formatted,
    instance_of,
    make,
    output_of,
    path_end,
    result_of_method,
    traits_begun_by,
)
from kdoctor.code.match import COMPILE, Frame, Matcher, called
from kdoctor.code.values import (
    FOREIGN,
    MISSING,
    NO_TRAITS,
    NUMBER,
    NUMPY_NUMBER,
    QUOTIENT,
    Class,
    Constant,
    Foreign,
    Function,
    FunctionNode,
    Many,
    Object,
    Series,
    Symbol,
    Table,
    again,
    item_of,
    joined,
    merge,
    tensor_among,
)
from kdoctor.environment.model import Lost
from kdoctor.records.api import was_ever_there
from kdoctor.rules.patterns import ANY, UNKNOWN, Arguments, Event, Value
from kdoctor.words import LEGACY_VALUES, LEGACY_VARIABLE

"""The values that TensorFlow takes for yes."""
SECONDS = 10.0
"""How long one file may take."""
_DEEPEST_CALLS = 6
_MOST_RUNS = 3
"""How often a function is read: once, and once more for each call that adds something new, up to this."""
_MOST_STARS = 16
"""From how many modules a name may have come."""
_MOST_EVENTS = 500
"""How many things that are done with objects are remembered of one file."""
_MOST_RUNS_OF_TEXT = 30
"""The same for a function that is defined anew each time when the one around it is read."""

_BUILTINS = frozenset(dir(builtins))
_VERSION = Object(kinds.VERSION, "")
_SHELL = Object("ipython", "")
_SET = Symbol("os.environ.__setitem__", "os.environ.__setitem__", "")
_PUT = Symbol("os.putenv", "os.putenv", "")
_WORTH_READING_AGAIN = frozenset({kinds.TENSOR, kinds.MODEL, kinds.LAYER, kinds.OPTIMIZER, kinds.METRIC, kinds.HISTORY})
_FALLBACK_ERRORS = frozenset(
    {"ImportError", "ModuleNotFoundError", "AttributeError", "TypeError", "ValueError", "Exception", "BaseException"}
)
"""What a failing use raises, so that code in a ``try`` which catches it has a plan for it."""
_EXPECT_ERRORS = frozenset({"raises", "assertraises", "assertraisesregex", "suppress"})
"""The context managers in which an error is what the code wants, by their last name in lower case."""
_VERSION_NAME = re.compile(r"(?i)(?:^|_)(?:is_)?(?:keras|tf|tensorflow)_?(?:v?[0-9]|version|major)|^TYPE_CHECKING$")
"""What a value is called that says which Keras or TensorFlow there is, and that comes from elsewhere."""
_ENDS_BLOCK = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_INNER = {ast.UnaryOp: "operand", ast.Compare: "left", ast.Call: "func"}
"""Where the name stands that says what a test is about."""
_Changes = Optional[dict[str, Value]]
"""What a block binds; None where nothing runs behind it."""


class Trouble(NamedTuple):
    """Something that was not followed to its end."""

    reason: str
    cell: int
    line: int
    lost: Lost


class _Block:
    """What is bound in it is in the dictionary that it gives, and is bound no longer at its end."""

    def __init__(self, at: Frame, bound: dict[str, Value]) -> None:
        self._at, self._bound = at, bound

    def __enter__(self) -> dict[str, Value]:
        at = self._at
        at.outer = (at.names, *at.outer)
        at.names = self._bound
        at.blocks += 1
        return self._bound

    def __exit__(self, *raised: object) -> None:
        at = self._at
        at.names, *outer = at.outer
        at.outer = tuple(outer)
        at.blocks -= 1


class Resolver:
    """Reads one file or notebook."""

    def __init__(self, matcher: Matcher) -> None:
        self.match = matcher
        self.troubles: list[Trouble] = []
        self.at = self._module = matcher.at
        """Where it stands; the matcher has the same."""
        self._until = time.monotonic() + SECONDS
        self.packages: set[str] = set()
        """What is imported besides TensorFlow and Keras."""
        self._roots: dict[str, Symbol] = {}
        self._stars: list[Optional[Symbol]] = []
        """The modules of which everything was imported; None for one that is not followed."""
        self._all_names: list[dict[str, Value]] = [self._module.names]
        self._classes: list[Class] = []
        self._runs: dict[ast.AST, int] = {}
        self._depth = 0
        """In how many functions it is: by calls that are followed, or by standing within one another."""
        self._calls = 0
        """How many calls that are followed led here."""
        self._frames = 0
        self._branches = 0
        self._variable: Optional[bool] = None
        self._postponed = False
        """Whether annotations are not evaluated."""

    # ------------------------------------------------------------------------------------------ from outside

    def read(self, tree: ast.Module, cell: int = 0) -> None:
        """The whole file, or the next cell."""
        self.at.cell = cell
        self._run(tree.body)

    def finish(self) -> None:
        """Reads the functions that nothing called, once every name is known."""
        imported, variable = self.match.imported, self._variable
        for function in self._module.later:
            if function.node not in self._runs:
                self._run_function(function, None, None, called=False)
                # What it imports or sets is no other function's concern.
                self.match.imported, self._variable = imported, variable

    def forget(self) -> None:
        """Lets go of everything: scopes, functions and classes hold one another, and with them the syntax tree."""
        for names in self._all_names:
            names.clear()
        for local in self._classes:
            local.methods.clear()
        self.__dict__.clear()

    # ------------------------------------------------------------------------------------------- statements

    def _run(self, body: Sequence[ast.stmt]) -> None:
        at = self.at
        for statement in body:
            if time.monotonic() > self._until:
                self._give_up(f"reading it takes longer than {SECONDS:.0f} s", statement, Lost.REST)
                return
            action = _DO.get(statement.__class__)
            state = at.guards, at.branches, at.loops, at.quiet, at.names, at.outer, at.blocks, at.unused, at.named
            try:
                if action is None:
                    self._parts(statement)
                else:
                    action(self, statement)
            except RecursionError:
                # What stood around the place where it broke off does not stand around the next statement.
                self.at = self.match.at = at
                at.guards, at.branches, at.loops, at.quiet, at.names, at.outer, at.blocks, at.unused, at.named = state
                self._give_up("nested too deeply to be followed to its end", statement, Lost.PART)

    def _give_up(self, reason: str, statement: ast.stmt, lost: Lost) -> None:
        if all(trouble.reason != reason for trouble in self.troubles):
            self.troubles.append(Trouble(reason, self.at.cell, statement.lineno, lost))

    def _parts(self, node: ast.AST) -> None:
        """Whatever needs no care: everything in it is read in order."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._value(child)
            elif isinstance(child, ast.stmt):
                self._run((child,))
            else:
                name = getattr(child, "name", None)
                if isinstance(name, str) and not isinstance(child, ast.alias):
                    self._bind(name, UNKNOWN)
                self._parts(child)

    def _do_expr(self, statement: ast.Expr) -> None:
        if not isinstance(statement.value, ast.Constant):
            self.match.dropped = statement.value
            self._value(statement.value)

    def _do_assign(self, statement: ast.Assign) -> None:
        value = self._value(statement.value)
        for target in statement.targets:
            self._store(target, value)

    def _do_augassign(self, statement: ast.AugAssign) -> None:
        right = self._value(statement.value)
        target = statement.target
        if isinstance(target, ast.Name):
            self._bind(target.id, _operation(statement, self._lookup(target.id), right))
        else:
            self._store(target, UNKNOWN)

    def _do_annassign(self, statement: ast.AnnAssign) -> None:
        in_function = self._depth > 0  # where Python does not evaluate it
        self.at.unused += in_function
        value = instance_of(self._annotation(statement.annotation))
        self.at.unused -= in_function
        if statement.value is not None:
            given = self._value(statement.value)
            value = given if given is not UNKNOWN else value
        if statement.value is not None or value is not UNKNOWN:
            self._store(statement.target, value)

    def _store(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target.elts, value)
        elif isinstance(target, ast.Attribute):
            self._store_attribute(target, value)
        elif isinstance(target, ast.Subscript):
            base, key = self._value(target.value), self._value(target.slice)
            if isinstance(base, Symbol) and base.name == "os.environ":
                self._set_variable(key, value, target)
            elif isinstance(base, Table) and key.constant.__hash__ is not None:
                base.entries[key.constant] = value
            elif key.constant in kinds.STACKS and called(target.value) == "modules":
                # `sys.modules["keras"] = tf.keras`: what the name is from here on is not what the package is.
                self._roots[str(key.constant)] = Symbol.root(str(key.constant)).doubted(True)

    def _unpack(self, targets: Sequence[ast.expr], value: Value) -> None:
        if len(value.items) == len(targets):
            items = list(value.items)
        else:
            items = [item_of(value)] * len(targets)
            if isinstance(value, Object) and value.kind in (kinds.TENSOR, kinds.OUTPUT):
                # `sequence, *states = LSTM(..., return_state=True)(x)`: a mask goes with the first alone.
                items = [value, *[Object(value.kind, value.stack)] * (len(targets) - 1)]
        for target, item in zip(targets, items):
            if isinstance(target, ast.Starred):
                self._store(target.value, Series(item))
            else:
                self._store(target, item)

    def _store_attribute(self, target: ast.Attribute, value: Value) -> None:
        base = self._value(target.value)
        name = target.attr
        if base is UNKNOWN:
            base = self._guess(target)
        self._note(value, "kept", base)
        self.match.given.update((name,) if name.startswith("_") else ())
        if isinstance(base, Symbol):
            base.set_child(name, value)
        if isinstance(base, Object):
            local = base.local
            self.match.attribute(base, target, "written", value)
            if local is not None:
                self.match.definition(local, name, target, value)
                if base.kind != kinds.OPTIMIZER and isinstance(target.value, ast.Name):
                    local.attributes[name] = merge(local.attributes.get(name, MISSING), value)

    def _do_delete(self, statement: ast.Delete) -> None:
        for target in statement.targets:
            if isinstance(target, ast.Name):
                self._bind(target.id, MISSING)
            else:
                self._value(target)

    def _do_global(self, statement: ast.Global) -> None:
        self.at.globals.update(statement.names)

    def _bind(self, name: str, value: Value) -> None:
        names = self._module.names if name in self.at.globals else self.at.names
        names[name] = value

    # -- branches

    def _block(self) -> _Block:
        bound: dict[str, Value] = {}
        self._all_names.append(bound)
        return _Block(self.at, bound)

    def _branch(self, body: Sequence[ast.stmt], guarded: bool = False, bound: str = "") -> _Changes:
        """Reads a block that may not be taken; what it binds is undone and returned."""
        at, outer = self.at, self.at.branches
        self._branches += 1
        at.branches = (*outer, self._branches)
        at.guards += guarded
        with self._block() as changed:
            if bound:
                self._bind(bound, UNKNOWN)
            self._run(body)
        at.guards -= guarded
        at.branches = outer
        return None if body and isinstance(body[-1], _ENDS_BLOCK) else changed

    def _join(self, outcomes: Iterable[_Changes]) -> None:
        """Goes on with what is true after either of these blocks."""
        at = self.at
        live = [outcome for outcome in outcomes if outcome is not None]
        own = (at.names, *at.outer[: at.blocks])
        for name in {name: None for outcome in live for name in outcome}:
            before = next((names[name] for names in own if name in names), MISSING)
            value = live[0].get(name, before)
            for outcome in live[1:]:
                value = merge(value, outcome.get(name, before))
            self._bind(name, value)

    def _do_if(self, statement: ast.If) -> None:
        # A chain of `elif` is a nest in the tree; it is read as the list that it was written as, however long.
        at, before = self.at, self.at.guards
        outcomes: list[_Changes] = []
        returns = 0
        arm: Optional[ast.If] = statement
        while arm is not None:
            self._demanded(arm)
            guarded = self._is_guard(arm.test)
            at.guards += guarded
            rest = arm.orelse
            outcomes.append(self._branch(arm.body))
            # Where one branch returns, the rest of the function is the other branch.
            returns += guarded and self._depth > 0 and any(map(_returns, (arm.body, rest)))
            arm = rest[0] if len(rest) == 1 and isinstance(rest[0], ast.If) else None
        outcomes.append(self._branch(rest))
        self._join(_doubtful(outcome, True) for outcome in outcomes) if at.guards > before else self._join(outcomes)
        at.guards = before + returns

    def _demanded(self, statement: ast.If) -> None:
        """``if not hasattr(x, "name"): raise ...`` comes to reading ``x.name``."""
        test = statement.test
        if not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and isinstance(test.operand, ast.Call)):
            return
        call = test.operand
        if getattr(call.func, "id", "") == "hasattr" and isinstance(statement.body[-1], ast.Raise):
            name = call.args[1] if len(call.args) == 2 else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                self._value(ast.copy_location(ast.Attribute(call.args[0], name.value, ast.Load()), call))

    def _is_guard(self, test: ast.expr) -> bool:
        """Whether a test asks which Keras or TensorFlow there is, or for something that not every one has."""
        value = self._value(test)
        if value.kind == kinds.VERSION:
            return True
        while test.__class__ in _INNER:
            test = getattr(test, _INNER[test.__class__])
        if isinstance(test, ast.BoolOp):
            return any(self._is_guard_by_name(operand) for operand in test.values)
        return self._is_guard_by_name(test)

    def _is_guard_by_name(self, test: ast.expr) -> bool:
        name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
        if not _VERSION_NAME.search(name):
            return False
        return not isinstance(test, ast.Name) or self._lookup(name) in (UNKNOWN, MISSING)

    def _loop(self, body: Sequence[ast.stmt], target: Optional[ast.expr], item: Value) -> None:
        self.at.loops += 1
        with self._block() as changed:
            if target is not None:
                self._store(target, item)
            self._run(body)
        self.at.loops -= 1
        self._join((changed, {}))

    def _do_for(self, statement: Union[ast.For, ast.AsyncFor]) -> None:
        self._loop(statement.body, statement.target, item_of(self._value(statement.iter)))
        self._run(statement.orelse)

    _do_asyncfor = _do_for

    def _do_while(self, statement: ast.While) -> None:
        self._value(statement.test)
        self._loop(statement.body, None, UNKNOWN)
        self._run(statement.orelse)

    def _do_with(self, statement: Union[ast.With, ast.AsyncWith]) -> None:
        expected = 0
        for item in statement.items:
            value = self._value(item.context_expr)
            expected += isinstance(item.context_expr, ast.Call) and called(item.context_expr.func) in _EXPECT_ERRORS
            if item.optional_vars is not None:
                self._store(item.optional_vars, value if isinstance(value, Foreign) else UNKNOWN)
        self.at.unused += expected
        self._run(statement.body)
        self.at.unused -= expected

    _do_asyncwith = _do_with

    def _do_try(self, statement: ast.Try) -> None:
        guarded = any(map(_falls_back, statement.handlers))
        outcomes = [self._branch(statement.body, guarded)]
        for handler in statement.handlers:
            if handler.type is not None:
                self._value(handler.type)
            # Where the first way can be gone, this one is not.
            outcomes.append(self._branch(handler.body, _falls_back(handler), handler.name or ""))
        self._join([_doubtful(outcome) for outcome in outcomes] if guarded else outcomes)
        self._run(statement.orelse)
        self._run(statement.finalbody)

    _do_trystar = _do_try

    # -- imports

    def _module_named(self, dotted: str) -> Optional[Symbol]:
        """The symbol of a module of a package that is followed."""
        package, *rest = dotted.split(".")
        symbol = self._roots.get(package)
        if symbol is None:
            if package not in kinds.STACKS and package not in kinds.FOLLOWED:
                return None
            symbol = self._roots[package] = Symbol.root(package)
        for part in rest:
            symbol = symbol.child(part)
        return symbol

    def _do_import(self, statement: ast.Import) -> None:
        for alias in statement.names:
            package = alias.name.partition(".")[0]
            whole = self._module_named(alias.name)
            self._note_import(package)
            if whole is None:
                self._bind(alias.asname or package, FOREIGN if package in kinds.FOREIGN_PACKAGES else UNKNOWN)
                continue
            self.match.name(whole, alias if hasattr(alias, "lineno") else statement, imported=True)
            self._bind(alias.asname or package, whole if alias.asname else self._roots[package])

    def _do_importfrom(self, statement: ast.ImportFrom) -> None:
        module = "" if statement.level else statement.module or ""
        self._postponed |= module == "__future__" and any(alias.name == "annotations" for alias in statement.names)
        package = module.partition(".")[0]
        symbol = self._module_named(module)
        self._note_import(package)
        for alias in statement.names:
            node = alias if hasattr(alias, "lineno") else statement
            if symbol is None:
                if alias.name == "*":
                    self._stars.append(None)
                else:
                    foreign = package in kinds.FOREIGN_PACKAGES
                    self._bind(alias.asname or alias.name, FOREIGN if foreign else UNKNOWN)
            elif alias.name == "*":
                self.match.name(symbol, node, imported=True)
                self._stars.append(symbol)
            else:
                child = symbol.child(alias.name)
                self.match.name(child, node, imported=True)
                self._bind(alias.asname or alias.name, child)

    def _note_import(self, package: str) -> None:
        """Remembers that from here on the variable is read."""
        if package not in kinds.STACKS:
            self.packages.add(package)
        if package == "tensorflow" and self.match.imported != "certain":
            self.match.imported = "certain"
            self.match.legacy = None if self.match.ignore_legacy else self._variable
        elif not self.match.imported and package in kinds.IMPORTS_TENSORFLOW:
            self.match.imported = "likely"

    def _set_variable(self, key: Value, value: Value, node: ast.AST, lost: bool = False) -> None:
        """A variable of the environment is set; ``lost`` where this process does not see it."""
        if not isinstance(key.constant, str):
            return
        place = ast.copy_location(ast.Constant(key.constant), node)
        arguments = Arguments((place, place), (key, value))
        self.match.call(_PUT if lost else _SET, arguments, node, f"{key.constant} is set")
        if key.constant == LEGACY_VARIABLE and not lost and self.match.imported != "certain":
            self._variable = None if value.constant.__class__ is not str else value.constant in LEGACY_VALUES

    # -- functions and classes

    def _do_functiondef(self, statement: Union[ast.FunctionDef, ast.AsyncFunctionDef]) -> None:
        function = self._define(statement)
        function.guards += sum(map(self._is_guard, statement.decorator_list))
        for argument in _parameters(statement.args):
            self._annotation(argument.annotation)
        self._annotation(statement.returns)
        self.at.later.append(function)
        self._bind(statement.name, function)

    _do_asyncfunctiondef = _do_functiondef

    def _annotation(self, node: Optional[ast.expr]) -> Value:
        """What an annotation names; after ``from __future__ import annotations`` Python never evaluates it."""
        self.at.named += 1
        self.at.unused += self._postponed
        value = UNKNOWN if node is None else self._value(node)
        self.at.unused -= self._postponed
        self.at.named -= 1
        return value

    def _define(self, node: FunctionNode) -> Function:
        at = self.at
        function = Function(node, (at.names, *at.outer), at.owner)
        function.cell, function.guards = at.cell, at.guards
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self._value(default)
        return function

    def _do_classdef(self, statement: ast.ClassDef) -> None:
        local = Class(statement)
        self._all_names.append(local.attributes)
        self._classes.append(local)
        for decorator in statement.decorator_list:
            self._value(decorator)
        for keyword in statement.keywords:
            self._value(keyword.value)
        for base in statement.bases:
            _inherit(local, self._value(base))
        outer = self.at
        body = self._frame((outer.names, *outer.outer), outer)
        body.owner, body.number, body.loops = local, outer.number, outer.loops
        self._enter(body)
        self._run(statement.body)
        self._enter(outer)
        for name, value in body.names.items():
            if isinstance(value, Function) and value.name == name:
                local.methods[name] = value
            elif value is not MISSING:
                local.attributes[name] = value
        for function in body.later:
            # The names of a class's body are not those of its methods.
            function.scopes = function.scopes[1:]
            function.owner = function.inside = local
            function.binds_self = not _is_static(function.node)
        outer.later += sorted(body.later, key=lambda function: function.name not in ("__init__", "build", "setUp"))
        self._show_definitions(local, statement)
        self._bind(statement.name, local)

    def _show_definitions(self, local: Class, statement: ast.ClassDef) -> None:
        for name, function in local.methods.items() if local.makes else ():
            self.match.definition(local, name, function.node, function)
        for part in statement.body if local.makes else ():
            if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
                name = part.targets[0].id
                self.match.definition(local, name, part, local.attributes.get(name, UNKNOWN))

    def _do_return(self, statement: ast.Return) -> None:
        if statement.value is not None:
            self.at.returns.append(self._value(statement.value))

    def _enter(self, frame: Frame) -> None:
        self.at = self.match.at = frame

    def _frame(self, outer: tuple[dict[str, Value], ...], around: Frame) -> Frame:
        """A new frame for what stands within this one."""
        frame = Frame(outer)
        frame.cell, frame.guards, frame.quiet = around.cell, around.guards, around.quiet
        frame.branches, frame.unused = around.branches, around.unused
        self._all_names.append(frame.names)
        return frame

    def _run_function(
        self, function: Function, arguments: Optional[Arguments], receiver: Optional[Object], called: bool = True
    ) -> Value:
        """Acts out a function, and says what it returns; ``called`` is False where it is only defined here."""
        node = function.node
        runs = self._runs.get(node, 0)
        is_deep = called and self._calls >= _DEEPEST_CALLS
        if function.running or is_deep or function.runs >= _MOST_RUNS or runs >= _MOST_RUNS_OF_TEXT:
            return function.result
        outer = self.at
        frame = self._frame(function.scopes, outer)
        self._frames += 1
        frame.number, frame.owner = self._frames, function.inside
        frame.cell, frame.guards, frame.unused = function.cell, function.guards, 0
        frame.quiet = outer.quiet or function.runs > 0
        function.running = True
        function.runs += 1
        self._runs[node] = runs + 1
        self._depth += 1
        self._calls += called
        self._enter(frame)
        try:
            self._bind_parameters(function, arguments, receiver)
            if isinstance(node, ast.Lambda):
                frame.returns.append(self._value(node.body))
            else:
                self._run(node.body)
            for inner in frame.later:
                if not inner.runs:
                    self._run_function(inner, None, None, called=False)
            result: Value = MISSING
            for value in frame.returns:
                result = merge(result, value)
            result = UNKNOWN if result is MISSING else result
            function.result = again(result)
        finally:
            function.running = False
            self._depth -= 1
            self._calls -= called
            self._enter(outer)
        return result

    def _bind_parameters(self, function: Function, arguments: Optional[Arguments], receiver: Optional[Object]) -> None:
        names, parameters = self.at.names, function.node.args
        positional = [*parameters.posonlyargs, *parameters.args]
        last = positional[len(positional) - len(parameters.defaults) :]
        defaults = dict(zip([*last, *parameters.kwonlyargs], [*parameters.defaults, *parameters.kw_defaults]))
        quiet, self.at.quiet = self.at.quiet, True
        for parameter in _parameters(parameters):
            value = instance_of(self._annotation(parameter.annotation))
            default = defaults.get(parameter)
            if value is UNKNOWN and isinstance(default, (ast.Name, ast.Attribute)):
                value = merge(self._value(default), UNKNOWN)
            names[parameter.arg] = value
        self.at.quiet = quiet
        owner = function.owner
        if owner is not None and function.binds_self and positional:
            itself = positional.pop(0).arg
            if receiver is None:
                receiver = Object(owner.makes or "object", owner.stack, owner.symbol, open_=True, local=owner)
            names[itself] = FOREIGN if owner.foreign and not owner.makes else receiver
        if arguments is None:
            return
        given = {} if arguments.starred else {one.arg: value for one, value in zip(positional, arguments.values)}
        known = {one.arg for one in (*parameters.args, *parameters.kwonlyargs)}
        given.update({name: value for name, (value, _) in arguments.keywords.items() if name in known})
        for name, value in given.items():
            if value is not UNKNOWN:
                names[name] = merge(names[name], value) if value.constant is None else value

    def _call_function(self, function: Function, arguments: Arguments, receiver: Optional[Object] = None) -> Value:
        worthwhile = any(value.kind in _WORTH_READING_AGAIN for value in arguments.everything())
        if function.runs and not worthwhile:
            return again(function.result)
        return self._run_function(function, arguments, receiver)

    def _instantiate(self, local: Class, node: ast.Call, arguments: Arguments) -> Value:
        if local.foreign and not local.makes:
            return FOREIGN
        kind = kinds.CALLBACK if local.makes == kinds.HISTORY else local.makes or "object"
        made_at = (self.at.number, self.at.loops)
        made = Object(kind, local.stack, local.symbol, arguments, open_=True, local=local, made_at=made_at)
        for parent in reversed(local.lineage()):
            constructor = parent.methods.get("__init__")
            if constructor is not None and not constructor.runs:
                self._run_function(constructor, arguments, None)
        if local.symbol is not None and kind in (kinds.LAYER, kinds.MODEL) and not local.is_mixed():
            self.match.passed_on(local.symbol, _passed_on(local, node.keywords), node)
        return made

    # ------------------------------------------------------------------------------------------ expressions

    def _value(self, node: ast.expr) -> Value:
        of = _OF.get(node.__class__)
        if of is not None:
            return of(self, node)
        self._parts(node)
        return UNKNOWN

    def _of_constant(self, node: ast.Constant) -> Value:
        return Constant(node.value)

    def _lookup(self, name: str) -> Value:
        at = self.at
        value = at.names.get(name, MISSING)
        if value is not MISSING:
            return value
        for names in at.outer:
            value = names.get(name, MISSING)
            if value is not MISSING:
                return value
        if self._stars and name not in _BUILTINS:
            stars = self._stars[-_MOST_STARS:]
            last = next(
                (star for star in reversed(stars) if star is None or was_ever_there(star.child(name).spelled)), None
            )
            if last is not None:
                return last.child(name)
            found = [star.child(name) for star in stars if star is not None]
            if found:
                return max(found, key=lambda symbol: (symbol.makes != "", -symbol.name.count("."))).doubted(True)
        return MISSING

    def _of_name(self, node: ast.Name) -> Value:
        value = self._lookup(node.id)
        return UNKNOWN if value is MISSING else value

    def _of_attribute(self, node: ast.Attribute) -> Value:
        value = self._resolve(node)
        if isinstance(value, Symbol):
            self.match.name(value, node)
        return value

    def _base(self, node: ast.expr) -> Value:
        """The value before a dot; a dotted name is not noted here, for it is the beginning of a longer one."""
        if isinstance(node, ast.Name):
            return self._lookup(node.id)
        return self._resolve(node) if isinstance(node, ast.Attribute) else self._value(node)

    def _resolve(self, node: ast.Attribute) -> Value:
        base = self._base(node.value)
        if isinstance(base, Symbol):
            return base.child(node.attr)
        if base is UNKNOWN or base is MISSING:
            base = self._guess(node)
        if isinstance(base, Object):
            return self._attribute_of(base, node)
        if isinstance(base, Many) and base.owner is not None:
            self.match.attribute(base.owner, node, "read")
        if isinstance(base, Class):
            value = base.attribute(node.attr)
            return value if value is not MISSING else base.method(node.attr) or UNKNOWN
        return base.part(node.attr) if isinstance(base, Foreign) else UNKNOWN

    def _guess(self, node: ast.Attribute) -> Value:
        """What an object of which nothing is known likely is: what it is called, or what alone has the attribute."""
        if not self.match.stacks and not self._uses_tensorflow():
            return UNKNOWN
        kind = kinds.kind_by_name(called(node.value)) or self.match.index.distinctive.get(node.attr)
        return Object(kind, "", open_=True, likely=True) if kind else UNKNOWN

    def _uses_tensorflow(self) -> bool:
        """Whether the code reaches TensorFlow by its public names; what does not is TensorFlow's own."""
        tensorflow = self._roots.get("tensorflow")
        return tensorflow is not None and any(name != "python" for name in tensorflow.children)

    def _attribute_of(self, owner: Object, node: ast.Attribute) -> Value:
        local, name = owner.local, node.attr
        if local is not None and not owner.is_super:
            value = local.attribute(name)
            if value is not MISSING:
                return value
            method = local.method(name)
            if method is not None:
                return method.result if _is_property(method.node) else method
        if owner.kind == kinds.VERSION:
            return owner
        self.match.attribute(owner, node, "read")
        self.match.member(owner, name, node)
        return attribute_of(owner, name)

    def _of_joinedstr(self, node: ast.JoinedStr) -> Value:
        end = ""
        for part in node.values:
            if isinstance(part, ast.Constant):
                end = str(part.value)
            else:
                end = self._value(part.value).end()[0] if isinstance(part, ast.FormattedValue) else ""
        return Constant.ending(end)

    def _of_list(self, node: Union[ast.List, ast.Tuple]) -> Value:
        return Many([self._value(item) for item in node.elts], isinstance(node, ast.Tuple))

    _of_tuple = _of_list

    def _of_dict(self, node: ast.Dict) -> Value:
        entries: dict[object, Value] = {}
        for key, item in zip(node.keys, node.values):
            known = self._value(key).constant if key is not None else UNKNOWN
            entries[known] = self._value(item)
        return Table(entries, node)

    def _of_subscript(self, node: ast.Subscript) -> Value:
        base = self._value(node.value)
        key = self._value(node.slice)
        if isinstance(base, Many) and base.owner is not None and isinstance(node.slice, ast.Tuple):
            self.match.method(base.owner, "__getitem__", node, Arguments((node.slice,), (key,)))
        if isinstance(base, Many) and isinstance(key.constant, int):
            return base.items[key.constant] if -len(base.items) <= key.constant < len(base.items) else UNKNOWN
        if isinstance(base, Table):
            values = list(base.entries.values())
            choice = base.entries.get(key.constant, base.entries.get(ANY, UNKNOWN))
            return choice if choice is not UNKNOWN or key.constant.__class__ is str else _any_of(values)
        if isinstance(base, Object):
            if base.kind == kinds.HISTORY_DICT:
                arguments = Arguments((node.slice,), (key,))
                self.match.method(base, "__getitem__", node, arguments)
                return UNKNOWN
            if base.kind == kinds.TENSOR_SHAPE and isinstance(key.constant, int):
                return UNKNOWN
            is_part = base.kind in (kinds.TENSOR, kinds.OUTPUT, kinds.VERSION)
            return Object(base.kind, base.stack) if is_part else UNKNOWN
        if isinstance(base, Symbol):
            is_variable = base.name == "os.environ" and key.constant == LEGACY_VARIABLE
            return _VERSION if is_variable or base.kind == kinds.VERSION else UNKNOWN
        if base in (UNKNOWN, FOREIGN) and getattr(node.value, "attr", "") == "shape" and isinstance(key.constant, int):
            return NUMBER  # an array's
        if isinstance(base, Series) and key.constant.__class__ is int and key.constant in base.at:
            return base.at[key.constant]
        if isinstance(base, (Many, Series)):
            return base if isinstance(node.slice, ast.Slice) else item_of(base)
        return base.part("") if isinstance(base, Foreign) else UNKNOWN

    def _of_binop(self, node: ast.BinOp) -> Value:
        # `a + b + c + ...` leans to the left in the tree, one level for each operator.
        chain = [node]
        while isinstance(chain[-1].left, ast.BinOp):
            chain.append(chain[-1].left)
        value = self._value(chain[-1].left)
        for link in reversed(chain):
            value = _operation(link, value, self._value(link.right))
        return value

    def _of_compare(self, node: ast.Compare) -> Value:
        values = [self._value(node.left), *map(self._value, node.comparators)]
        if values[0].constant == LEGACY_VARIABLE and getattr(values[1], "name", "") == "os.environ":
            return _VERSION
        return joined(values)

    def _of_boolop(self, node: ast.BoolOp) -> Value:
        result: Value = MISSING
        guards = self.at.guards
        for operand in node.values:
            value = self._value(operand)
            # `hasattr(tf, "x") and tf.x`: what follows is only reached where the first allows it.
            self.at.guards += value.kind == kinds.VERSION
            result = value if kinds.VERSION in (value.kind, result.kind) else merge(result, value)
        result = _VERSION if self.at.guards > guards else result
        self.at.guards = guards
        return result

    def _of_unaryop(self, node: ast.UnaryOp) -> Value:
        value = self._value(node.operand)
        if isinstance(value.constant, (int, float)) and isinstance(node.op, ast.USub):
            return Constant(-value.constant)
        return joined((value,))

    def _of_ifexp(self, node: ast.IfExp) -> Value:
        guarded = self._is_guard(node.test)
        self.at.guards += guarded
        first, second = self._value(node.body), self._value(node.orelse)
        self.at.guards -= guarded
        return merge(first, second)

    def _of_lambda(self, node: ast.Lambda) -> Value:
        function = self._define(node)
        with self._block():
            for parameter in _parameters(node.args):
                self._bind(parameter.arg, UNKNOWN)
            function.result = self._value(node.body)
        function.runs = 1
        return function

    def _of_listcomp(self, node: Union[ast.ListComp, ast.SetComp, ast.GeneratorExp]) -> Value:
        with self._block():
            self._generators(node.generators)
            return Series(self._value(node.elt))

    _of_setcomp = _of_generatorexp = _of_listcomp

    def _of_dictcomp(self, node: ast.DictComp) -> Value:
        with self._block():
            self._generators(node.generators)
            self._value(node.key)
            return Table({ANY: self._value(node.value)}, node)

    def _generators(self, generators: Sequence[ast.comprehension]) -> None:
        for generator in generators:
            self._store(generator.target, item_of(self._value(generator.iter)))
            for test in generator.ifs:
                self._value(test)

    def _of_starred(self, node: ast.Starred) -> Value:
        return item_of(self._value(node.value))

    def _of_yield(self, node: ast.Yield) -> Value:
        if node.value is not None:
            self.at.returns.append(Series(self._value(node.value), "generator"))
        return UNKNOWN

    def _of_namedexpr(self, node: ast.NamedExpr) -> Value:
        value = self._value(node.value)
        self._bind(node.target.id, value)
        return value

    # ------------------------------------------------------------------------------------------------ calls

    def _of_call(self, node: ast.Call) -> Value:
        function = node.func
        base: Value = UNKNOWN
        if isinstance(function, ast.Name):
            target = self._lookup(function.id)
        elif isinstance(function, ast.Attribute):
            base = self._base(function.value)
            target = base.child(function.attr) if isinstance(base, Symbol) else MISSING
        else:
            target = self._value(function)
        checks_type = isinstance(function, ast.Name) and function.id in ("isinstance", "issubclass")
        self.at.named += checks_type
        arguments = self._arguments(node)
        self.at.named -= checks_type
        if isinstance(target, Symbol):
            return self._call_symbol(target, node, arguments)
        if target is MISSING:
            if isinstance(function, ast.Name):
                return self._call_builtin(function.id, node, arguments)
            assert isinstance(function, ast.Attribute)
            return self._call_method(base, function, node, arguments)
        return self._call_value(target, node, arguments)

    def _arguments(self, node: ast.Call) -> Arguments:
        keywords: dict[str, tuple[Value, ast.keyword]] = {}
        values = []
        starred = hidden = False
        for argument in node.args:
            values.append(self._value(argument))
            starred = starred or argument.__class__ is ast.Starred
        for keyword in node.keywords:
            value = self._value(keyword.value)
            if keyword.arg is None:
                hidden = True
            else:
                keywords[keyword.arg] = (value, keyword)
        return Arguments(node.args, values, keywords, starred, hidden)

    def _note(self, value: Value, name: str, receiver: Value, arguments: Optional[Arguments] = None) -> None:
        """Something is done with an object."""
        if isinstance(value, Object) and value.kind != kinds.VERSION:
            event = Event(name, receiver, arguments, self.at.branches)
            value.note(event)
            if receiver is value and len(self.match.events) < _MOST_EVENTS:
                self.match.events.append(event)

    def _note_given(self, arguments: Arguments, name: str = "given", receiver: Value = UNKNOWN) -> None:
        for value in arguments.everything():
            if value.__class__ is Object:
                self._note(value, name, receiver, arguments)

    def _call_value(self, target: Value, node: ast.Call, arguments: Arguments, held: bool = False) -> Value:
        """``held`` says that an attribute of the code's own object holds it: ``self.lstm(x)``."""
        if isinstance(target, Object):
            self._note_given(arguments, "()", target)
            return self._apply(target, node, arguments)
        self._note_given(arguments)
        if isinstance(target, Symbol):
            return self._call_symbol(target, node, arguments, held)
        if isinstance(target, Function):
            return self._call_function(target, arguments)
        if isinstance(target, Class):
            return self._instantiate(target, node, arguments)
        return self._call_unknown(target, arguments)

    def _call_unknown(self, target: Value, arguments: Arguments) -> Value:
        for value in arguments.everything():
            if value.kind == kinds.VERSION:
                return _VERSION
        return FOREIGN if isinstance(target, Foreign) else UNKNOWN

    def _call_builtin(self, name: str, node: ast.Call, arguments: Arguments) -> Value:
        self._note_given(arguments)
        first = arguments.value(position=0)
        if name == "super":
            owner = self.at.owner
            if owner is None or not owner.makes:
                return FOREIGN if owner is not None and owner.foreign else UNKNOWN
            parent = next(iter(owner.parents), None)
            return Object(owner.makes, owner.stack, owner.symbol, open_=True, local=parent, is_super=parent is None)
        if name in ("len", "int", "float"):
            found = self._call_unknown(NUMBER, arguments)
            return found if found is not UNKNOWN else NUMBER
        if name == "str" and first.kind == "number":
            return Constant.ending(first.end()[0])
        if name in ("str", "list", "tuple", "reversed", "sorted", "iter"):
            return first
        if name == "next":
            return item_of(first)
        if name == "enumerate":
            return Series(Many((NUMBER, item_of(first))))
        if name == "range":
            return Series(NUMBER)
        if name == "zip":
            return Series(Many([item_of(value) for value in arguments.values]))
        if name == "dict" and first.each is not None and len(first.each.items) == 2:
            return Table({ANY: first.each.items[1]}, node)
        if name == "dict" and not node.args:
            return Table({keyword: value for keyword, (value, _) in arguments.keywords.items()}, node)
        if name == "hasattr":
            return _VERSION if isinstance(first, (Symbol, Object)) else UNKNOWN
        if name == "getattr" and isinstance(first, Symbol):
            return self._getattr(first, node, arguments)
        if name == "setattr" and isinstance(first, Symbol) and len(arguments.values) > 2:
            first.set_child(str(arguments.values[1].constant), arguments.values[2])
        if name == "__import__" and isinstance(first.constant, str):
            return self._imported(first.constant.partition(".")[0], node)
        return _SHELL if name == "get_ipython" else self._call_unknown(UNKNOWN, arguments)

    def _getattr(self, owner: Symbol, node: ast.Call, arguments: Arguments) -> Value:
        name = arguments.value(position=1).constant
        if not (isinstance(name, str) and name.isidentifier()):
            return UNKNOWN
        child = owner.child(name)
        has_default = len(arguments.values) > 2
        self.at.guards += has_default
        self.match.name(child, node)
        self.at.guards -= has_default
        return child.doubted(False) if has_default and child.kind != kinds.VERSION else child

    def _imported(self, name: str, node: ast.Call) -> Value:
        """What ``importlib.import_module(name)`` gives."""
        symbol = self._module_named(name)
        if symbol is None:
            return UNKNOWN
        self._note_import(name.partition(".")[0])
        self.match.name(symbol, node, imported=True)
        return symbol

    def _call_symbol(self, symbol: Symbol, node: ast.Call, arguments: Arguments, held: bool = False) -> Value:
        """``held`` says that it was written out elsewhere, and is called through an attribute here."""
        written = not isinstance(node.func, ast.Name) and not held
        self.match.name(symbol, node.func, False, node, written)
        self.match.call(symbol, arguments, node.func)
        if symbol.stack and symbol.stack != kinds.TENSORFLOW:
            self.match.strings(symbol.stack, arguments, _named_by_strings(symbol, arguments))
        self._note_given(arguments)
        kind = symbol.makes
        if not kind:
            return self._call_plain(symbol, node, arguments)
        if kind in (kinds.OPERATION, kinds.TF_FUNCTION):
            found = tensor_among(arguments.everything())
            return Object(found.kind, found.stack, traits=found.traits) if found is not None else UNKNOWN
        if kind == kinds.RAGGED_FUNCTION:
            made = Object(kinds.OUTPUT, symbol.stack, symbol, arguments, frozenset({kinds.RAGGED}))
        elif kind == kinds.VERSION:
            return _VERSION
        else:
            made = make(symbol, arguments, symbol.likely, (self.at.number, self.at.loops))
        begun = traits_begun_by(made) if kind == kinds.LAYER else made.traits if kind != kinds.MODEL else NO_TRAITS
        self.match.seen |= begun
        return made

    def _call_plain(self, symbol: Symbol, node: ast.Call, arguments: Arguments) -> Value:
        """Functions of other packages that matter to the flow of values."""
        name, values = symbol.name, arguments.values
        first = arguments.value(position=0)
        if name == "functools.partial" and values:
            return self._partial(first, node, arguments)
        if name == "importlib.import_module" and isinstance(first.constant, str):
            return self._imported(first.constant, node)
        if name.startswith("os.environ") or name in ("os.putenv", "os.getenv", "os.system"):
            return self._call_environ(name, node, arguments)
        if name == "os.path.join" or (name.startswith("pathlib.") and name.endswith("Path")):
            return path_end(values[-1], len(values) > 1) if values and not arguments.starred else UNKNOWN
        if name in ("os.fspath", "os.path.abspath", "os.path.expanduser"):
            return first
        if name.endswith((".version", ".get_distribution", ".find_spec", ".distribution")):
            return _VERSION if first.constant in kinds.STACKS else UNKNOWN
        # An object of TensorFlow's own is none of Keras, whatever it is called: `optimizer = tf.train.Adam...()`.
        is_class = symbol.stack == kinds.TENSORFLOW and name.rpartition(".")[2][0].isupper()
        return self._call_unknown(FOREIGN if is_class else UNKNOWN, arguments)

    def _partial(self, made: Value, node: ast.Call, arguments: Arguments) -> Value:
        """``partial(keras.layers.Conv2D, ...)``: as good as a call, for patterns, and still the name."""
        rest = Arguments(arguments.nodes[1:], arguments.values[1:], arguments.keywords, arguments.starred, True)
        if isinstance(made, Symbol):
            self.match.call(made, rest, node.func)
        return made

    def _call_environ(self, name: str, node: ast.Call, arguments: Arguments) -> Value:
        key, value = arguments.value(position=0), arguments.value(position=1)
        if name in ("os.environ.get", "os.getenv"):
            return _VERSION if key.constant == LEGACY_VARIABLE else UNKNOWN
        if name == "os.environ.setdefault":
            self._set_variable(key, value, node)
        elif name == "os.putenv":
            self._set_variable(key, value, node, lost=True)
        elif name == "os.system":
            self._shell(key, node)
        elif name == "os.environ.update":
            for keyword, (item, place) in arguments.keywords.items():
                self._set_variable(Constant(keyword), item, place)
            for entry, item in key.entries.items() if isinstance(key, Table) else ():
                self._set_variable(Constant(entry), item, node.args[0])
        return UNKNOWN

    def _shell(self, command: Value, node: ast.AST) -> None:
        found = re.search(r"\b(?:export|set|setx)\s+(\w+)[= ]\s*[\"']?(\w*)", command.end()[0])
        if found is not None:
            self._set_variable(Constant(found[1]), Constant(found[2]), node, lost=True)

    def _call_ipython(self, name: str, node: ast.Call, arguments: Arguments) -> None:
        """What magics and shell lines are to Python."""
        if name in ("run_line_magic", "magic"):
            text = " ".join(str(value.constant) for value in arguments.values)
            found = re.match(r"%?(?:env|set_env)\s+(\w+)(?:\s*=\s*|\s+)(\S.*)?", text)
            if found is not None:
                self._set_variable(Constant(found[1]), Constant((found[2] or "").strip()), node)
        elif name in ("system", "getoutput"):
            self._shell(arguments.value(position=0), node)

    def _apply(self, target: Object, node: ast.Call, arguments: Arguments) -> Value:
        """A layer or a model is called; or an object with ``__call__`` of the code's own."""
        if target.kind == kinds.VERSION:
            return target
        self._note(target, "()", target, arguments)
        given = tensor_among(arguments.everything())
        if target.kind in (kinds.LOSS, kinds.METRIC) and given is not None and given.kind == kinds.TENSOR:
            return Object(kinds.TENSOR, given.stack)
        if target.kind == kinds.LOSS:
            self.match.method(target, "__call__", node, arguments)
        if target.kind not in (kinds.LAYER, kinds.MODEL, kinds.SAVED_MODEL):
            return UNKNOWN
        call = target.method("call")
        # A class of the code's own that has its own `call` is no longer what it descends from.
        if target.symbol is not None and (call is None or target.made_by in ("keras.Layer", "keras.Model")):
            self.match.applied(target, given, node, arguments)
        masks = target.method("compute_mask")
        if (
            masks is not None and given is not None and given.kind == kinds.TENSOR
        ):  # asked outside of TensorFlow's graph
            self._call_function(masks, Arguments((node,), (given,)), target)
        if target.kind == kinds.SAVED_MODEL:
            return UNKNOWN
        if call is not None and not call.runs:
            self._run_function(call, None, None)
        return output_of(target, given)

    # -- methods

    def _call_method(self, base: Value, function: ast.Attribute, node: ast.Call, arguments: Arguments) -> Value:
        name = function.attr
        if base is UNKNOWN or base is MISSING:
            base = self._guess(function)
        if isinstance(base, Object):
            return self._call_method_of(base, function, node, arguments)
        self._note_given(arguments)
        if isinstance(base, Foreign):
            return base.answer(name, arguments)
        if isinstance(base, Class):
            held = self._resolve(function)
            is_unbound = isinstance(held, Function) and held.binds_self
            return UNKNOWN if is_unbound else self._call_value(held, node, arguments)
        if isinstance(base, Many) and base.owner is not None:
            self.match.attribute(base.owner, function, "read")
        if isinstance(base, Many) and name in ("append", "insert", "extend") and arguments.values:
            last = arguments.values[-1]
            base.extend(last.items if name == "extend" else (last,))
        elif base.kind == "string" and name == "format":
            return formatted(base, arguments)
        elif isinstance(base, Table) and name in ("values", "items", "get"):
            items = _any_of(base.entries.values())
            return items if name == "get" else Series(Many((UNKNOWN, items)) if name == "items" else items)
        if name in ("joinpath", "with_name") and arguments.values:
            return path_end(arguments.values[-1], True)
        return self._call_unknown(UNKNOWN, arguments)

    def _call_method_of(self, owner: Object, function: ast.Attribute, node: ast.Call, arguments: Arguments) -> Value:
        name, local = function.attr, owner.local
        if owner is _SHELL:
            self._call_ipython(name, node, arguments)
            return UNKNOWN
        if local is not None:
            method = local.method(name)
            if method is not None:
                self._note_given(arguments)
                self._note(owner, name, owner, arguments)
                return self._call_function(method, arguments, owner)
            held = local.attribute(name)
            if held is not MISSING and not owner.is_super:
                return self._call_value(held, node, arguments, held=True)
        for value in arguments.everything() if owner.kind == kinds.MODEL else ():
            getter = value.method("__getitem__")  # a Sequence, which the model asks for its batches
            if isinstance(getter, Function) and not getter.runs:
                self._run_function(getter, None, None)
        self.match.method(owner, name, node, arguments)
        self.match.attribute(owner, function, "read")
        self._note_given(arguments, name, owner)
        self._note(owner, name, owner, arguments)
        self.match.member(owner, name, function, node)
        if name == "compile" and owner.kind == kinds.MODEL:
            self.match.strings(owner.stack, arguments, COMPILE)
        return result_of_method(owner, name, arguments)


def _methods_for(prefix: str) -> dict[type[ast.AST], Callable[[Resolver, ast.AST], Value]]:
    """What to do with which node: ``_do_assign`` with ``ast.Assign``."""
    nodes = (*ast.stmt.__subclasses__(), *ast.expr.__subclasses__())
    found = ((node, getattr(Resolver, prefix + node.__name__.lower(), None)) for node in nodes)
    return {node: method for node, method in found if method is not None}


_DO = _methods_for("_do_")
_OF = _methods_for("_of_")


def _operation(node: Union[ast.BinOp, ast.AugAssign], left: Value, right: Value) -> Value:
    if NUMPY_NUMBER in (left, right):
        return NUMPY_NUMBER
    if left.kind == right.kind == "number":
        is_quotient = isinstance(node.op, ast.Div) or QUOTIENT in (left, right)
        return QUOTIENT if is_quotient and not isinstance(node.op, ast.FloorDiv) else NUMBER
    if isinstance(left, Many) and isinstance(right, Many):
        return Many((*left.items, *right.items), left.is_tuple)
    end = right.end()[0]
    if end and isinstance(node.op, (ast.Add, ast.Div)) and right.kind == "string":
        before, whole = left.end()
        return Constant.ending((before if whole else "") + end if isinstance(node.op, ast.Add) else "/" + end)
    if isinstance(node.op, ast.Mod) and left.kind == "string":
        template = left.end()[0]
        last = right.items[-1] if right.items else right
        end = template.rsplit("%", 1)[-1][1:] or last.end()[0]
        return Constant.ending(end if re.search(r"%[sd]", template) else "")
    return joined((left, right))


_STRINGS = frozenset({"losses", "metrics", "optimizers", "initializers", "activations", "regularizers", "constraints"})
_AREAS = {"initializer": "initializers", "regularizer": "regularizers", "constraint": "constraints"}
"""By how keywords of layers end, the module in which Keras looks a string up."""


def _named_by_strings(symbol: Symbol, arguments: Arguments) -> dict[str, tuple[str, Optional[int]]]:
    """By the arguments of a call in which something may be named by a string, the module that has it."""
    if symbol.last == "get":
        area = symbol.name.split(".")[-2]
        return {"identifier": (area, 0)} if area in _STRINGS else {}
    if symbol.makes != kinds.LAYER:
        return {}
    found: dict[str, tuple[str, Optional[int]]] = {}
    for keyword in arguments.keywords:
        kind = keyword.rpartition("_")[2]
        if kind in ("activation", *_AREAS):
            found[keyword] = (_AREAS.get(kind, "activations"), None)
    return {**found, "activation": ("activations", 0)} if symbol.last == "Activation" else found


def _returns(body: Sequence[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], ast.Return)


def _doubtful(outcome: _Changes, likely: bool = False) -> _Changes:
    """What a guarded block binds: of a name that it imports from a package it is not said that the name is there."""
    if outcome is None:
        return None
    return {
        name: value.doubted(likely) if isinstance(value, Symbol) and (likely or "." in value.spelled) else value
        for name, value in outcome.items()
    }


def _any_of(values: Iterable[Value]) -> Value:
    """What one of several values is."""
    result: Value = MISSING
    for value in values:
        result = merge(result, value)
    return UNKNOWN if result is MISSING else result


def _inherit(local: Class, base: Value) -> None:
    if isinstance(base, Class):
        local.parents.append(base)
        if not local.makes:
            local.makes, local.stack, local.symbol = base.makes, base.stack, base.symbol
            local.made_by = base.made_by
        local.foreign = local.foreign or base.foreign
    elif isinstance(base, Foreign):
        local.foreign = True
    elif isinstance(base, Symbol) and base.makes and not local.makes:
        local.makes, local.stack, local.symbol, local.made_by = base.makes, base.stack, base, base.name


def _passed_on(local: Class, keywords: Iterable[ast.keyword]) -> list[ast.keyword]:
    """The keywords of a call of a class that end in the constructor of Keras below it, by ``**kwargs`` all the way."""
    left = [keyword for keyword in keywords if keyword.arg is not None]
    for one in local.lineage():
        constructor = one.methods.get("__init__")
        if constructor is None:
            continue
        parameters = constructor.node.args
        rest = parameters.kwarg
        if rest is None:
            return []
        reads = [node for node in ast.walk(constructor.node) if isinstance(node, ast.Name) and node.id == rest.arg]
        handed = [
            node
            for node in ast.walk(constructor.node)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"
            for keyword in node.keywords
            if keyword.arg is None and keyword.value in reads
        ]
        if len(reads) != 1 or len(handed) != 1:  # they may be taken out, or go elsewhere
            return []
        names = {parameter.arg for parameter in (*parameters.args, *parameters.kwonlyargs)}
        left = [keyword for keyword in left if keyword.arg not in names]
    return left


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return found + [rest for rest in (arguments.vararg, arguments.kwarg) if rest is not None]


def _decorators(node: FunctionNode) -> set[str]:
    if isinstance(node, ast.Lambda):
        return set()
    return {decorator.id for decorator in node.decorator_list if isinstance(decorator, ast.Name)}


def _is_static(node: FunctionNode) -> bool:
    return bool(_decorators(node) & {"staticmethod", "classmethod"})


def _is_property(node: FunctionNode) -> bool:
    return any("property" in name for name in _decorators(node))


def _falls_back(handler: ast.ExceptHandler) -> bool:
    """Whether it catches what a name that is gone raises, and goes on."""
    if isinstance(handler.body[-1], ast.Raise):
        return False
    caught = handler.type
    several = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return caught is None or any(isinstance(error, ast.Name) and error.id in _FALLBACK_ERRORS for error in several)
