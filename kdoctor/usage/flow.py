"""Follows names and values through a piece of Python, and meets the rules' patterns on the way.

This is one pass over the syntax tree that acts a program out without running it: it knows what names stand for, which
values are models, layers, optimizers or symbolic tensors, and nothing else. It is local on purpose: one file, or all
cells of one notebook. Functions are read when they are first called, or at the end, when all names are known; a
function that is later called with a symbolic tensor, a model, ... is read once more with it.

What cannot be known is None and matches nothing.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Sequence
from typing import Optional, Union

from kdoctor.usage import kinds
from kdoctor.usage.index import Index, Symbol
from kdoctor.usage.matching import receiver_name
from kdoctor.usage.meeting import HINTS, Meeting, RawUse, position
from kdoctor.usage.model import TF_KERAS
from kdoctor.usage.objects import (
    MEMBERS,
    attribute_of_model,
    ends_ragged,
    formatted,
    instance_of,
    is_version,
    item_of,
    joined_tensors,
    passes_mask,
    put_on_top,
    result_of_method,
    tail,
    tells_something,
    traits_begun_by,
    traits_behind,
)
from kdoctor.usage.values import (
    FOREIGN,
    MISSING,
    Alternatives,
    Arguments,
    Function,
    LocalClass,
    Many,
    Text,
    Thing,
    Value,
    is_none,
    merge,
    symbols_of,
)
from kdoctor.words import LEGACY_VALUES, LEGACY_VARIABLE

"""The values that TensorFlow takes for yes."""
_DEEPEST_CALLS = 6
_MOST_RUNS = 3
"""How often a function is read: once, and once more for each call that tells something new, up to this."""

_BUILTINS = frozenset(dir(builtins))
_FOREIGN = frozenset(
    {"catboost", "chainer", "chainerrl", "cntk", "cv2", "django", "fastai", "flax", "gensim", "haiku"}
    | {"jax", "lightgbm", "lightning", "logging", "matplotlib", "mxnet", "nltk", "numpy", "optax", "paddle"}
    | {"pandas", "PIL", "plotly", "pytorch_lightning", "scipy", "seaborn", "sklearn", "spacy", "statsmodels"}
    | {"theano", "torch", "torchvision", "xgboost"}
)
_BRINGS_TENSORFLOW = frozenset(
    {"keras", "tf_keras", "tensorflow_hub", "tensorflow_text", "tensorflow_addons", "tensorflow_datasets"}
    | {"tensorflow_probability", "keras_nlp", "keras_cv", "keras_hub", "keras_tuner", "kerastuner"}
)
_FALLBACK_ERRORS = frozenset(
    {"ImportError", "ModuleNotFoundError", "AttributeError", "TypeError", "ValueError", "Exception", "BaseException"}
)
"""What a failing use raises, so that code in a ``try`` which catches it has a plan for it."""
_GUARD = re.compile(
    r"(?i)(?:keras|tf|tensorflow)_?v?[0-9]|is_(?:tf|keras|tensorflow|legacy)|legacy|(?:^|_)version|find_spec|eager"
    r"|(?:has|have|with|use|using|no)_(?:tf|keras|tensorflow)|_available$|^TYPE_CHECKING$"
)
"""What the names of things are called that say which version, or which package, there is."""
_BUILDS_NOTHING = ("compile", "load_weights", "summary", "get_config", "count_params")
_ENDS_BLOCK = (ast.Return, ast.Raise, ast.Continue, ast.Break)


class Flow(Meeting):
    """Reads one file or notebook."""

    def __init__(self, index: Index) -> None:
        super().__init__(index)
        self._module: dict[str, Value] = {}
        self._scope = self._module
        self._containers: list[dict[str, Value]] = [self._module]
        """Every scope and every class's attributes, to be emptied at the end."""
        self._scopes: tuple[dict[str, Value], ...] = ()
        self._log: Optional[list[tuple[str, Value]]] = None
        self._globals: Optional[set[str]] = None
        self._stars: list[Symbol] = []
        self._deferred: list[Function] = []
        self._loops = 0
        """How many loops of this function stand around."""
        self._path: tuple[int, ...] = ()
        """The branches that stand around, each with a number of its own."""
        self._branches = 0
        self._returns: list[Value] = []
        self._depth = 0
        self._scope_count = 0
        self._imported = ""
        """How sure it is that TensorFlow was imported by now: ``certain``, ``likely`` or empty."""
        self._variable: Optional[bool] = None
        self._seen = 0
        """The traits that anything in the file has."""

        self._do = {
            ast.Expr: self._expression_statement,
            ast.Assign: self._assign,
            ast.AugAssign: self._augmented,
            ast.AnnAssign: self._annotated,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.ClassDef: self._class,
            ast.Return: self._return,
            ast.If: self._if,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.While: self._while,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.Try: self._try,
            ast.Delete: self._delete,
            ast.Global: self._global,
            ast.Nonlocal: _nothing,
            ast.Pass: _nothing,
            ast.Break: _nothing,
            ast.Continue: _nothing,
        }
        trystar = getattr(ast, "TryStar", None)
        if trystar is not None:
            self._do[trystar] = self._try
        self._of = {
            ast.Constant: _itself,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.JoinedStr: self._joined,
            ast.List: self._many,
            ast.Tuple: self._many,
            ast.Subscript: self._subscript,
            ast.BinOp: self._binary,
            ast.Compare: self._compare,
            ast.BoolOp: self._boolean,
            ast.UnaryOp: self._unary,
            ast.IfExp: self._conditional,
            ast.Lambda: self._lambda,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.DictComp: self._comprehension,
            ast.Starred: self._starred,
            ast.NamedExpr: self._walrus,
            ast.Yield: self._yield,
        }

    # ------------------------------------------------------------------------------------------ from outside

    def read(self, tree: ast.Module, cell: int = 0) -> None:
        """The whole file, or the next cell."""
        self._cell = cell
        self._run(tree.body)

    def finish(self) -> None:
        """Reads the functions that nothing called, once every name is known."""
        deferred, self._deferred = self._deferred, []
        for function in deferred:
            if not function.done:
                self._apart(function)
        for trait, hit in self._pending:
            if self._seen & trait:
                self.hits.append(hit)
        self._pending = []

    def forget(self) -> None:
        """Lets go of everything at once: scopes, functions and classes hold one another, and with them the syntax tree,
        which would otherwise stay until Python looks for such circles.
        """
        for container in self._containers:
            container.clear()
        self.__dict__.clear()

    def _apart(self, function: Function) -> None:
        """Reads a function that nothing called: what it imports or sets is no one else's concern."""
        imported, variable = self._imported, self._variable
        self._run_function(function, None, None)
        self._imported, self._variable = imported, variable

    # ------------------------------------------------------------------------------------------- statements

    def _run(self, body: Sequence[ast.stmt]) -> None:
        do = self._do
        for statement in body:
            action = do.get(statement.__class__)
            if action is None:
                self._other(statement)
            else:
                action(statement)  # type: ignore[operator]

    def _other(self, node: ast.AST) -> None:
        """Whatever needs no care: everything in it is read in order."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._value(child)
            elif isinstance(child, ast.stmt):
                self._run((child,))
            else:
                name = getattr(child, "name", None)
                if name and child.__class__.__name__ in ("MatchAs", "MatchStar"):
                    self._bind(name, None)
                self._other(child)

    def _expression_statement(self, statement: ast.Expr) -> None:
        value = statement.value
        if value.__class__ is not ast.Constant:
            self._value(value)

    def _assign(self, statement: ast.Assign) -> None:
        value = self._value(statement.value)
        for target in statement.targets:
            if target.__class__ is ast.Name:
                self._bind(target.id, value)
            else:
                self._store(target, value)

    def _augmented(self, statement: ast.AugAssign) -> None:
        right = self._value(statement.value)
        target = statement.target
        if target.__class__ is ast.Name:
            left = self._lookup(target.id)
            self._bind(target.id, joined_tensors((left, right)))
        else:
            self._store(target, None)

    def _annotated(self, statement: ast.AnnAssign) -> None:
        kind = self._value(statement.annotation)
        value = self._value(statement.value) if statement.value is not None else None
        if value is None:
            value = instance_of(kind)
        if statement.value is not None or value is not None:
            self._store(statement.target, value)

    def _store(self, target: ast.expr, value: Value) -> None:
        kind = target.__class__
        if kind is ast.Name:
            self._bind(target.id, value)  # type: ignore[attr-defined]
        elif kind is ast.Tuple or kind is ast.List:
            self._unpack(target.elts, value)  # type: ignore[attr-defined]
        elif kind is ast.Attribute:
            self._store_attribute(target, value)  # type: ignore[arg-type]
        elif kind is ast.Subscript:
            self._store_item(target, value)  # type: ignore[arg-type]

    def _unpack(self, targets: list[ast.expr], value: Value) -> None:
        if value.__class__ is Many and len(value.items) == len(targets):
            items: Sequence[Value] = value.items
        else:
            item = item_of(value)
            items = [item] * len(targets)
            if value.__class__ is Thing and value.kind in (kinds.TENSOR, kinds.OUTPUT):
                # `sequence, *states = LSTM(..., return_state=True)(x)`: a mask goes with the first alone.
                states = Thing(value.kind, value.stack)
                items = [value, *[states] * (len(targets) - 1)]
        for target, item in zip(targets, items):
            if target.__class__ is ast.Starred:
                is_symbolic = item.__class__ is Thing and item.kind == kinds.TENSOR
                self._store(target.value, Thing(kinds.TENSORS, item.stack) if is_symbolic else None)
            else:
                self._store(target, item)

    def _store_attribute(self, target: ast.Attribute, value: Value) -> None:
        base = self._value(target.value)
        _is_out_of_sight(value)
        if base.__class__ is not Thing:
            if base is None and target.attr in self.index.attributes:
                self._guess(self.index.attributes[target.attr], target, None, True)
            return
        name = target.attr
        if base.local is not None:
            self._match_kept(base.kind, base.stack, name, value, target)
        if base.local is not None and base.kind not in (kinds.OPTIMIZER,) and target.value.__class__ is ast.Name:
            known = base.local.attributes.get(name, MISSING)
            base.local.attributes[name] = merge(known, value)
        for entry in self.index.attributes.get(name, ()):
            if base.local is None or not base.local.assigns(name):
                self._match_attribute(entry, base, target, True)

    def _store_item(self, target: ast.Subscript, value: Value) -> None:
        base = self._value(target.value)
        key = self._value(target.slice)
        if base.__class__ is Symbol and base.name == "os.environ":
            self._set_variable(key, value, target)

    def _delete(self, statement: ast.Delete) -> None:
        for target in statement.targets:
            if target.__class__ is ast.Name:
                self._bind(target.id, MISSING)
            else:
                self._value(target)

    def _global(self, statement: ast.Global) -> None:
        self._globals = (self._globals or set()) | set(statement.names)

    def _bind(self, name: str, value: Value) -> None:
        scope = self._scope
        if self._globals is not None and name in self._globals:
            self._module[name] = value
            return
        if self._log is not None:
            self._log.append((name, scope.get(name, MISSING)))
        scope[name] = value

    # -- branches

    def _branch(self, body: Sequence[ast.stmt]) -> Optional[dict[str, Value]]:
        """Reads a block that may not be taken; what it binds is undone and returned (None: it never ends)."""
        outer, self._log = self._log, []
        path = self._path
        self._branches += 1
        self._path = (*path, self._branches)
        self._run(body)
        self._path = path
        scope, log, self._log = self._scope, self._log, outer
        changed = {name: scope.get(name, MISSING) for name, _ in log}
        for name, before in reversed(log):
            scope[name] = before
        return None if body and body[-1].__class__ in _ENDS_BLOCK else changed

    def _join(self, outcomes: Iterable[Optional[dict[str, Value]]]) -> None:
        """Goes on with what is true after either of these blocks."""
        live = [outcome for outcome in outcomes if outcome is not None]
        if not live:
            return
        scope = self._scope
        for name in dict.fromkeys(name for outcome in live for name in outcome):
            before = scope.get(name, MISSING)
            value = live[0].get(name, before)
            for outcome in live[1:]:
                value = merge(value, outcome.get(name, before))
            self._bind(name, value)

    def _if(self, statement: ast.If) -> None:
        guarded = self._is_guard(statement.test)
        self._guards += guarded
        first = self._branch(statement.body)
        second = self._branch(statement.orelse) if statement.orelse else {}
        self._guards -= guarded
        self._join((_doubtful(first), _doubtful(second)) if guarded else (first, second))
        if guarded and self._depth and any(body and body[-1].__class__ is ast.Return for body in _bodies(statement)):
            self._guards += 1  # the rest of the function is the other branch

    def _is_guard(self, test: ast.expr) -> bool:
        """Whether a test asks which version there is, or says by the names in it that it does."""
        if is_version(self._value(test)):
            return True
        waiting = [test]
        while waiting:
            node = waiting.pop()
            kind = node.__class__
            if kind is ast.Name and _GUARD.search(node.id):  # type: ignore[attr-defined]
                return True
            if kind is ast.Attribute and _GUARD.search(node.attr):  # type: ignore[attr-defined]
                return True
            if kind is ast.Call:
                waiting.append(node.func)  # type: ignore[attr-defined]
            elif kind is ast.UnaryOp:
                waiting.append(node.operand)  # type: ignore[attr-defined]
            elif kind is ast.BoolOp:
                waiting.extend(node.values)  # type: ignore[attr-defined]
            elif kind is ast.Compare:
                waiting.append(node.left)  # type: ignore[attr-defined]
        return False

    def _for(self, statement: Union[ast.For, ast.AsyncFor]) -> None:
        items = self._value(statement.iter)
        outer, self._log = self._log, []
        self._store(statement.target, item_of(items))
        self._loops += 1
        self._run(statement.body)
        self._loops -= 1
        scope, log, self._log = self._scope, self._log, outer
        changed = {name: scope.get(name, MISSING) for name, _ in log}
        for name, before in reversed(log):
            scope[name] = before
        self._join((changed, {}))
        self._run(statement.orelse)

    def _while(self, statement: ast.While) -> None:
        self._value(statement.test)
        body = self._branch(statement.body)
        self._join((body if body is not None else {}, {}))
        self._run(statement.orelse)

    def _with(self, statement: Union[ast.With, ast.AsyncWith]) -> None:
        for item in statement.items:
            value = self._value(item.context_expr)
            if item.optional_vars is not None:
                self._store(item.optional_vars, value if value is FOREIGN else None)
        self._run(statement.body)

    def _try(self, statement: ast.Try) -> None:
        guarded = any(_falls_back(handler) for handler in statement.handlers)
        self._guards += guarded
        outcomes = [self._branch(statement.body)]
        self._guards -= guarded
        for handler in statement.handlers:
            if handler.type is not None:
                self._value(handler.type)
            outer, self._log = self._log, []
            if handler.name:
                self._bind(handler.name, None)
            # Where the first way can be gone, this one is not.
            falls_back = _falls_back(handler)
            self._guards += falls_back
            outcome = self._branch(handler.body)
            self._guards -= falls_back
            for name, before in reversed(self._log):
                self._scope[name] = before
            self._log = outer
            outcomes.append(outcome)
        self._join([_doubtful(outcome) for outcome in outcomes] if guarded else outcomes)
        self._run(statement.orelse)
        self._run(statement.finalbody)

    # -- imports

    def _import(self, statement: ast.Import) -> None:
        for alias in statement.names:
            root, _, rest = alias.name.partition(".")
            symbol = self.index.root(root)
            if symbol is None:
                value: Value = FOREIGN if root in _FOREIGN else None
                self._note_import(root)
                self._bind(alias.asname or root, value)
                continue
            whole = symbol
            for part in rest.split(".") if rest else ():
                whole = whole.child(part)
            self._note_import(root)
            self._met(whole, alias if hasattr(alias, "lineno") else statement, None, imported=True)
            self._bind(alias.asname or root, whole if alias.asname else symbol)

    def _import_from(self, statement: ast.ImportFrom) -> None:
        module = statement.module or ""
        root, _, rest = module.partition(".")
        symbol = self.index.root(root) if not statement.level else None
        if symbol is None:
            value: Value = FOREIGN if root in _FOREIGN and not statement.level else None
            if not statement.level:
                self._note_import(root)
            for alias in statement.names:
                if alias.name != "*":
                    self._bind(alias.asname or alias.name, value)
            return
        self._note_import(root)
        for part in rest.split(".") if rest else ():
            symbol = symbol.child(part)
        for alias in statement.names:
            if alias.name == "*":
                self._met(symbol, alias if hasattr(alias, "lineno") else statement, None, imported=True)
                self._stars.append(symbol)
                continue
            child = symbol.child(alias.name)
            self._met(child, alias if hasattr(alias, "lineno") else statement, None, imported=True)
            self._bind(alias.asname or alias.name, child)

    def _note_import(self, root: str) -> None:
        """Remembers that from here on the variable is read."""
        if root == "tensorflow":
            if self._imported != "certain":
                self._imported = "certain"
                self.legacy = self._variable
        elif not self._imported and root in _BRINGS_TENSORFLOW:
            self._imported = "likely"

    def _set_variable(self, key: Value, value: Value, node: ast.AST, lost: bool = False) -> None:
        """A variable of the environment is set."""
        if key.__class__ is not ast.Constant or not isinstance(key.value, str):
            return
        name = key.value
        known = value.value if value.__class__ is ast.Constant else None
        when, certain = "", True
        if lost:
            when = "without-effect"
        elif self._imported:
            when = "after-use" if TF_KERAS in self.stacks else "after-import"
            certain = self._imported == "certain"
        for entry in self.index.variables.get(name, ()):
            self._match_variable(entry, known, when, node, certain)
        if lost:
            return
        if name == LEGACY_VARIABLE and self._imported != "certain":
            self._variable = known in LEGACY_VALUES if value.__class__ is ast.Constant else None

    # -- functions and classes

    def _function(self, statement: Union[ast.FunctionDef, ast.AsyncFunctionDef]) -> None:
        function = Function(statement, (self._scope, *self._scopes), None, self._cell)
        function.inside = self._owner
        function.guards = self._guards
        for decorator in statement.decorator_list:
            function.guards += self._is_guard(decorator)
        self._defaults(statement.args)
        for argument in _arguments_of(statement.args):
            if argument.annotation is not None:
                self._value(argument.annotation)
        if statement.returns is not None:
            self._value(statement.returns)
        self._deferred.append(function)
        self._bind(statement.name, function)

    def _defaults(self, arguments: ast.arguments) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self._value(default)

    def _class(self, statement: ast.ClassDef) -> None:
        local = LocalClass(statement)
        self._containers.append(local.attributes)
        self._containers.append(local.methods)
        for decorator in statement.decorator_list:
            self._value(decorator)
        for keyword in statement.keywords:
            self._value(keyword.value)
        for base in statement.bases:
            self._inherit(local, self._value(base))
        outer_scope, outer_log, outer_deferred, outer_owner = self._scope, self._log, self._deferred, self._owner
        self._scope, self._log, self._deferred, self._owner = {}, None, [], local
        self._scopes = (outer_scope, *self._scopes)
        self._containers.append(self._scope)
        self._run(statement.body)
        methods = self._deferred
        body = self._scope
        self._scopes = self._scopes[1:]
        self._scope, self._log, self._deferred, self._owner = outer_scope, outer_log, outer_deferred, outer_owner
        for name, value in body.items():
            if value.__class__ is Function and value.node.name == name:
                local.methods[name] = value
            elif value is not MISSING:
                local.attributes[name] = value
        for function in methods:
            # The names of a class's body are not those of its methods.
            function.scopes = function.scopes[1:]
            function.owner = function.inside = local
            function.binds_self = not _is_static(function.node)
        methods.sort(key=lambda function: function.node.name not in ("__init__", "build", "setUp"))
        self._deferred.extend(methods)
        if local.kind:
            for name, function in local.methods.items():
                for entry in self.index.defines.get(name, ()):
                    self._match_definition(entry, local, function)
            for part in statement.body:
                if part.__class__ is ast.Assign and part.targets[0].__class__ is ast.Name:
                    name = part.targets[0].id
                    self._match_kept(local.kind, local.stack, name, local.attributes.get(name), part)
        self._bind(statement.name, local)

    def _inherit(self, local: LocalClass, base: Value) -> None:
        if base.__class__ is LocalClass:
            local.parents.append(base)
            local.kind = local.kind or base.kind
            local.stack = local.stack or base.stack
            local.symbol = local.symbol or base.symbol
            local.foreign = local.foreign or base.foreign
        elif base is FOREIGN:
            local.foreign = True
        else:
            for symbol in symbols_of(base)[:1]:
                if symbol.kind and not local.kind:
                    local.kind, local.stack, local.symbol = symbol.kind, symbol.stack, symbol

    def _return(self, statement: ast.Return) -> None:
        if statement.value is not None:
            self._returns.append(self._value(statement.value))

    def _run_function(self, function: Function, arguments: Optional[Arguments], receiver: Optional[Thing]) -> Value:
        """Acts out a function, and says what it returns."""
        if function.running or self._depth >= _DEEPEST_CALLS or function.runs >= _MOST_RUNS:
            return function.result
        outer = (
            self._scope,
            self._scopes,
            self._log,
            self._globals,
            self._deferred,
            self._returns,
            self._owner,
            self._cell,
            self._guards,
            self._quiet,
            self._scope_number,
            self._loops,
        )
        self._loops = 0
        self._quiet = self._quiet or function.done
        function.running = function.done = True
        function.runs += 1
        self._depth += 1
        self._scope_count += 1
        self._scope_number = self._scope_count
        self._scope, self._scopes = {}, function.scopes
        self._containers.append(self._scope)
        self._log = self._globals = None
        self._deferred, self._returns = [], []
        self._owner, self._cell, self._guards = function.inside, function.cell, function.guards
        try:
            self._bind_parameters(function, arguments, receiver)
            self._run(function.node.body)
            for inner in self._deferred:
                if not inner.done:
                    self._run_function(inner, None, None)
            result: Value = MISSING
            for value in self._returns:
                result = merge(result, value)
            function.result = None if result is MISSING else result
        finally:
            function.running = False
            self._depth -= 1
            (
                self._scope,
                self._scopes,
                self._log,
                self._globals,
                self._deferred,
                self._returns,
                self._owner,
                self._cell,
                self._guards,
                self._quiet,
                self._scope_number,
                self._loops,
            ) = outer
        return function.result

    def _bind_parameters(self, function: Function, arguments: Optional[Arguments], receiver: Optional[Thing]) -> None:
        scope = self._scope
        parameters = function.node.args
        positional = [*parameters.posonlyargs, *parameters.args]
        for one in _arguments_of(parameters):
            value = None
            if one.annotation is not None:
                self._quiet, quiet = True, self._quiet
                value = instance_of(self._value(one.annotation))
                self._quiet = quiet
            scope[one.arg] = value
        first = 0
        owner = function.owner
        if owner is not None and function.binds_self and positional:
            first = 1
            if receiver is None:
                receiver = Thing(owner.kind or "object", owner.stack, owner.symbol, open_=True, local=owner)
            scope[positional[0].arg] = FOREIGN if owner.foreign and not owner.kind else receiver
        if arguments is None:
            return
        if not arguments.starred:
            for one, value in zip(positional[first:], arguments.values):
                if value is not None:
                    scope[one.arg] = merge(scope[one.arg], value) if is_none(value) else value
        names = {one.arg for one in (*parameters.args, *parameters.kwonlyargs)}
        for name, (value, _) in arguments.keywords.items():
            if name in names and value is not None:
                scope[name] = merge(scope[name], value) if is_none(value) else value

    def _call_function(self, function: Function, arguments: Arguments, receiver: Optional[Thing] = None) -> Value:
        known = any(tells_something(value) for value in arguments.everything())
        if function.done and not known:
            return function.result
        return self._run_function(function, arguments, receiver)

    def _instantiate(self, local: LocalClass, arguments: Arguments) -> Value:
        if local.foreign and not local.kind:
            return FOREIGN
        thing = Thing(local.kind or "object", local.stack, local.symbol, arguments, open_=True, local=local)
        thing.made = (self._scope_number, self._loops)
        if local.kind == kinds.MODEL and local.is_built_by_a_call():
            thing.traits = kinds.UNBUILT
        for one in reversed(local.lineage()):
            constructor = one.methods.get("__init__")
            if constructor is not None and not constructor.done:
                self._run_function(constructor, arguments, None)
        if local.kind == kinds.HISTORY:
            thing.kind = kinds.CALLBACK
        return thing

    # ------------------------------------------------------------------------------------------ expressions

    def _value(self, node: ast.expr) -> Value:
        of = self._of.get(node.__class__)
        if of is not None:
            return of(node)  # type: ignore[operator]
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._value(child)
        return None

    def _lookup(self, name: str) -> Value:
        value = self._scope.get(name, MISSING)
        if value is not MISSING:
            return value
        for scope in self._scopes:
            value = scope.get(name, MISSING)
            if value is not MISSING:
                return value
        if self._stars and name not in _BUILTINS:
            return Alternatives(tuple(star.child(name) for star in self._stars), True)
        return MISSING

    def _name(self, node: ast.Name) -> Value:
        value = self._lookup(node.id)
        return None if value is MISSING else value

    def _attribute(self, node: ast.Attribute) -> Value:
        value = self._resolve(node)
        if value.__class__ is Symbol or value.__class__ is Alternatives:
            self._met(value, node, None)
        return value

    def _resolve(self, node: ast.Attribute) -> Value:
        """The value of an attribute; a dotted name is not noted here, for it may be the beginning of a longer one."""
        inner = node.value
        kind = inner.__class__
        if kind is ast.Name:
            base = self._lookup(inner.id)  # type: ignore[attr-defined]
        elif kind is ast.Attribute:
            base = self._resolve(inner)  # type: ignore[arg-type]
        else:
            base = self._value(inner)
        kind = base.__class__
        if kind is Symbol:
            return base.children.get(node.attr) or base.child(node.attr)
        if base is None or base is MISSING:
            if node.attr in self.index.attributes:
                self._guess(self.index.attributes[node.attr], node, None, False)
            return self._guessed_attribute(node)
        if kind is Thing:
            return self._attribute_of(base, node)
        if kind is Alternatives:
            return base.child(node.attr)
        return FOREIGN if base is FOREIGN else None

    def _guessed_attribute(self, node: ast.Attribute) -> Value:
        """What an attribute of an unknown object likely is, by the object's name."""
        if node.attr == "optimizer" and self.stacks and HINTS[kinds.MODEL].fullmatch(receiver_name(node.value)):
            return Thing(kinds.OPTIMIZER, "", likely=True)
        if node.attr == "layers" and self.stacks and HINTS[kinds.MODEL].fullmatch(receiver_name(node.value)):
            return Thing(kinds.LAYERS, "", likely=True)
        if node.attr == "history" and self.stacks and HINTS[kinds.HISTORY].fullmatch(receiver_name(node.value)):
            return Thing(kinds.HISTORY_DICT, "", likely=True)
        return None

    def _attribute_of(self, thing: Thing, node: ast.Attribute) -> Value:
        name = node.attr
        local = thing.local
        if local is not None and not thing.is_super:
            value = local.attribute(name)
            if value is not MISSING:
                return value
            method = local.method(name)
            if method is not None:
                if any(_is_property(decorator) for decorator in method.node.decorator_list):
                    return method.result
                return method
        if name in self.index.attributes and (local is None or thing.is_super or not local.assigns(name)):
            for entry in self.index.attributes[name]:
                self._match_attribute(entry, thing, node, False)
        kind = thing.kind
        if kind == kinds.MODEL or kind == "object" or kind == kinds.LAYER:
            return attribute_of_model(thing, name)
        if kind == kinds.CALLBACK and name == "model":
            return Thing(kinds.MODEL, thing.stack, open_=True)
        if kind == kinds.HISTORY:
            if name == "history":
                return Thing(kinds.HISTORY_DICT, thing.stack, likely=thing.likely)
            if name == "model":
                return Thing(kinds.MODEL, thing.stack, open_=True)
        elif kind == kinds.OPTIMIZER and name in ("lr", "learning_rate"):
            return Thing(kinds.LEARNING_RATE, thing.stack, likely=thing.likely)
        elif kind == kinds.VERSION:
            return thing
        elif kind == kinds.TENSOR and name == "shape":
            return Thing(kinds.TENSOR_SHAPE, thing.stack, likely=thing.likely)
        return None

    def _joined(self, node: ast.JoinedStr) -> Value:
        tail = ""
        for part in node.values:
            if part.__class__ is ast.Constant:
                tail = str(part.value)
            else:
                tail = ""
                self._value(part.value)  # type: ignore[attr-defined]
        return Text(tail) if tail else None

    def _many(self, node: Union[ast.List, ast.Tuple]) -> Value:
        value = self._value
        return Many(tuple([value(item) for item in node.elts]))

    def _subscript(self, node: ast.Subscript) -> Value:
        base = self._value(node.value)
        key = self._value(node.slice)
        if base is None:
            return None
        kind = base.__class__
        if kind is Many:
            if (
                key.__class__ is ast.Constant
                and isinstance(key.value, int)
                and -len(base.items) <= key.value < len(base.items)
            ):
                return base.items[key.value]
            return None
        if kind is Thing:
            if base.kind == kinds.HISTORY_DICT:
                self._match_history(base, key, node)
                return None
            if base.kind in (kinds.TENSOR, kinds.OUTPUT, kinds.VERSION):
                return Thing(base.kind, base.stack)
            return base if node.slice.__class__ is ast.Slice else item_of(base)
        if kind is Symbol and base.kind == kinds.VERSION:
            return Thing(kinds.VERSION, base.stack)
        return FOREIGN if base is FOREIGN else None

    def _binary(self, node: ast.BinOp) -> Value:
        left = self._value(node.left)
        right = self._value(node.right)
        if left is None and right is None:
            return None
        if right.__class__ is ast.Constant or right.__class__ is Text:
            tail = right.tail if isinstance(right, Text) else right.value
            if isinstance(tail, str) and tail:
                if node.op.__class__ is ast.Add:
                    if left.__class__ is ast.Constant and isinstance(left.value, str):
                        tail = left.value + tail
                    return Text(tail)
                if node.op.__class__ is ast.Div:
                    return Text("/" + tail)
        if left.__class__ is ast.Constant and isinstance(left.value, str) and node.op.__class__ is ast.Mod:
            return Text(left.value.rsplit("%", 1)[-1][1:]) if re.search(r"%[sd]", left.value) else None
        return joined_tensors((left, right))

    def _compare(self, node: ast.Compare) -> Value:
        values = [self._value(node.left), *map(self._value, node.comparators)]
        return joined_tensors(values)

    def _boolean(self, node: ast.BoolOp) -> Value:
        values: list[Value] = []
        guards = self._guards
        for operand in node.values:
            values.append(self._value(operand))
            # `hasattr(tf, "x") and tf.x`: what follows is only looked at where the first allows it.
            self._guards += is_version(values[-1])
        self._guards = guards
        if any(is_version(value) for value in values):
            return Thing(kinds.VERSION, "")
        result: Value = MISSING
        for value in values:
            result = merge(result, value)
        return result

    def _unary(self, node: ast.UnaryOp) -> Value:
        value = self._value(node.operand)
        if is_version(value):
            return Thing(kinds.VERSION, "")
        return joined_tensors((value,))

    def _conditional(self, node: ast.IfExp) -> Value:
        guarded = self._is_guard(node.test)
        self._guards += guarded
        value = merge(self._value(node.body), self._value(node.orelse))
        self._guards -= guarded
        return value

    def _lambda(self, node: ast.Lambda) -> Value:
        self._defaults(node.args)
        outer, self._log = self._log, []
        for argument in _arguments_of(node.args):
            self._bind(argument.arg, None)
        self._value(node.body)
        for name, before in reversed(self._log):
            self._scope[name] = before
        self._log = outer
        return None

    def _comprehension(self, node: Union[ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp]) -> Value:
        outer, self._log = self._log, []
        for generator in node.generators:
            items = self._value(generator.iter)
            self._store(generator.target, item_of(items))
            for test in generator.ifs:
                self._value(test)
        if node.__class__ is ast.DictComp:
            self._value(node.key)
            item = self._value(node.value)
        else:
            item = self._value(node.elt)  # type: ignore[union-attr]
        for name, before in reversed(self._log):
            self._scope[name] = before
        self._log = outer
        if item.__class__ is Thing and node.__class__ is not ast.DictComp:
            if item.kind == kinds.TENSOR:
                return Thing(kinds.TENSORS, item.stack, traits=item.traits)
            if item.kind == kinds.LAYER:
                return Thing(kinds.LAYERS, item.stack)
        return None

    def _starred(self, node: ast.Starred) -> Value:
        return item_of(self._value(node.value))

    def _yield(self, node: ast.Yield) -> Value:
        if node.value is None:
            return None
        value = self._value(node.value)
        batch = node.value
        if value.__class__ is Many and isinstance(batch, ast.Tuple) and len(batch.elts) > 1:
            inputs = batch.elts[0]
            if isinstance(inputs, ast.List) and len(inputs.elts) > 1:
                self._returns.append(Thing(kinds.LIST_BATCHES, ""))
        return None

    def _walrus(self, node: ast.NamedExpr) -> Value:
        value = self._value(node.value)
        self._bind(node.target.id, value)
        return value

    # ------------------------------------------------------------------------------------------------ calls

    def _call(self, node: ast.Call) -> Value:
        function = node.func
        kind = function.__class__
        base: Value = None
        if kind is ast.Name:
            target = self._lookup(function.id)  # type: ignore[attr-defined]
        elif kind is ast.Attribute:
            inner = function.value  # type: ignore[attr-defined]
            if inner.__class__ is ast.Name:
                base = self._lookup(inner.id)
            elif inner.__class__ is ast.Attribute:
                base = self._resolve(inner)
            else:
                base = self._value(inner)
            if base.__class__ is Symbol:
                attribute = function.attr  # type: ignore[attr-defined]
                target = base.children.get(attribute) or base.child(attribute)
            elif base.__class__ is Alternatives:
                target = base.child(function.attr)  # type: ignore[attr-defined]
            else:
                target = MISSING
        else:
            target = self._value(function)

        value = self._value
        values: list[Value] = []
        starred = False
        for argument in node.args:
            if argument.__class__ is ast.Constant:
                values.append(argument)
            else:
                if argument.__class__ is ast.Starred:
                    starred = True
                values.append(value(argument))
        keywords: dict[str, tuple[Value, ast.keyword]] = {}
        hidden = False
        for keyword in node.keywords:
            if keyword.arg is None:
                hidden = True
                value(keyword.value)
            else:
                keywords[keyword.arg] = (value(keyword.value), keyword)

        for given in values:
            if given.__class__ is Thing:
                _is_out_of_sight(given)
        target_kind = target.__class__
        if target_kind is Symbol:
            return self._call_symbol(target, node, Arguments(node.args, values, keywords, starred, hidden), False)
        if target is None or target is FOREIGN:
            return self._call_unknown(target, values)
        arguments = Arguments(node.args, values, keywords, starred, hidden)
        if target is MISSING:
            if kind is ast.Name:
                return self._call_builtin(function.id, node, arguments)  # type: ignore[attr-defined]
            return self._call_method(base, node, arguments)
        if target_kind is Alternatives:
            if len(target.symbols) > 1 and target.likely and not any(symbol.on_call for symbol in target.symbols):
                known = [symbol for symbol in target.symbols if symbol.kind]
                target = Alternatives((*known, *target.symbols)[:1], True)
            result: Value = None
            self._doubts += target.guarded
            for number, symbol in enumerate(target.symbols):
                made = self._call_symbol(symbol, node, arguments, target.likely or number > 0)
                result = made if result is None else result
            self._doubts -= target.guarded
            return result
        if target_kind is Function:
            return self._call_function(target, arguments)
        if target_kind is LocalClass:
            return self._instantiate(target, arguments)
        if target_kind is Thing:
            return self._apply(target, node, arguments)
        return None

    def _call_unknown(self, target: Value, values: list[Value]) -> Value:
        for value in values:
            if value is not None and is_version(value):
                return Thing(kinds.VERSION, "")
        return target

    def _call_builtin(self, name: str, node: ast.Call, arguments: Arguments) -> Value:
        values = arguments.values
        if name == "super":
            owner = self._owner
            if owner is None or not owner.kind:
                return FOREIGN if owner is not None and owner.foreign else None
            parent = next((one for one in owner.parents), None)
            return Thing(owner.kind, owner.stack, owner.symbol, open_=True, local=parent, is_super=parent is None)
        if name in ("str", "list", "tuple", "reversed", "sorted", "iter", "next") and values:
            return item_of(values[0]) if name == "next" else values[0]
        if name == "enumerate" and values:
            return Thing("pairs", "", arguments=Arguments([], [Many((None, item_of(values[0])))], {}, False, False))
        if name == "zip":
            items = Many(tuple(item_of(value) for value in values))
            return Thing("pairs", "", arguments=Arguments([], [items], {}, False, False))
        if name == "hasattr" and values and values[0] is not None:
            return Thing(kinds.VERSION, "")
        if name == "getattr" and len(values) >= 2 and values[0].__class__ is Symbol:
            key = values[1]
            if key.__class__ is ast.Constant and isinstance(key.value, str) and key.value.isidentifier():
                child = values[0].child(key.value)
                self._guards += len(values) > 2
                self._met(child, node, None)
                self._guards -= len(values) > 2
                has_way_around = len(values) > 2 and child.kind != kinds.VERSION
                return Alternatives((child,), False, True) if has_way_around else child
            return None
        if name == "get_ipython":
            return Thing("ipython", "")
        return self._call_unknown(None, values)

    def _call_symbol(
        self, symbol: Symbol, node: ast.Call, arguments: Arguments, likely: bool, held: bool = False
    ) -> Value:
        """``held`` says that it was written out elsewhere, and is called through an attribute here."""
        written = node.func.__class__ is not ast.Name and not held
        if symbol.stack or (written and symbol.on_name):
            self._met_symbol(symbol, node.func, node, likely, written)
        for entry in symbol.on_call:
            self._match_call(entry, symbol, node, arguments, likely)
        kind = symbol.kind
        if not kind:
            return self._call_plain(symbol, node, arguments)
        if kind == kinds.OPERATION or kind == kinds.TF_FUNCTION:
            result = joined_tensors(arguments.everything())
            return (
                None
                if result is None or result.kind == kinds.VERSION
                else Thing(result.kind, result.stack, traits=result.traits)
            )
        if kind == kinds.RAGGED_FUNCTION:
            self._seen |= kinds.RAGGED
            return Thing(kinds.OUTPUT, symbol.stack, symbol, arguments, kinds.RAGGED)
        if kind == kinds.MODEL:
            return self._make_model(symbol, arguments, likely)
        thing = Thing(kind, symbol.stack, symbol, arguments, likely=likely)
        thing.made = (self._scope_number, self._loops)
        if kind == kinds.TENSOR:
            if arguments.constant("ragged") is True:
                thing.traits |= kinds.RAGGED
                self._seen |= kinds.RAGGED
        elif kind == kinds.LAYER:
            self._seen |= traits_begun_by(thing)
        return thing

    def _call_plain(self, symbol: Symbol, node: ast.Call, arguments: Arguments) -> Value:
        """Functions of other packages that matter to the flow of values."""
        name = symbol.name
        root = name.partition(".")[0]
        if root == "functools":
            if name == "functools.partial" and arguments.values:
                for made in symbols_of(arguments.values[0])[:1]:
                    return self._partial(made, node, arguments)
                return arguments.values[0]
            return None
        if root == "os":
            if name == "os.environ.setdefault" and len(arguments.values) > 1:
                self._set_variable(arguments.values[0], arguments.values[1], node)
            elif name == "os.putenv" and len(arguments.values) > 1:
                self._set_variable(arguments.values[0], arguments.values[1], node, lost=True)
            elif name == "os.environ.update":
                self._update_variables(node, arguments)
            elif name == "os.path.join" and arguments.values and not arguments.starred:
                return tail(arguments.values[-1], len(arguments.values) > 1)
            elif name in ("os.fspath", "os.path.abspath", "os.path.expanduser") and arguments.values:
                return arguments.values[0]
            elif name == "os.system":
                self._shell(arguments.values[0] if arguments.values else None, node)
            return None
        if root == "pathlib" and name.endswith("Path") and arguments.values and not arguments.starred:
            return tail(arguments.values[-1], len(arguments.values) > 1)
        if is_version(symbol) or any(is_version(value) for value in arguments.values):
            return Thing(kinds.VERSION, "")
        return None

    def _partial(self, made: Symbol, node: ast.Call, arguments: Arguments) -> Value:
        """``partial(keras.layers.Conv2D, ...)``: as good as a call, for patterns, and still the name."""
        rest = Arguments(arguments.nodes[1:], arguments.values[1:], arguments.keywords, arguments.starred, True)
        for entry in made.on_call:
            self._match_call(entry, made, node, rest, False)
        return made

    def _update_variables(self, node: ast.Call, arguments: Arguments) -> None:
        for name, (value, keyword) in arguments.keywords.items():
            self._set_variable(ast.Constant(value=name), value, keyword)
        for argument in node.args[:1]:
            if argument.__class__ is ast.Dict:
                for key, item in zip(argument.keys, argument.values):
                    if key is not None:
                        self._set_variable(key, item, key)

    def _shell(self, command: Value, node: ast.AST) -> None:
        text = command.value if command.__class__ is ast.Constant else getattr(command, "tail", "")
        if isinstance(text, str):
            match = re.search(r"\b(?:export|set|setx)\s+(\w+)[= ]\s*[\"']?(\w*)", text)
            if match is not None:
                self._set_variable(ast.Constant(value=match[1]), ast.Constant(value=match[2]), node, lost=True)

    def _make_model(self, symbol: Symbol, arguments: Arguments, likely: bool) -> Thing:
        thing = Thing(kinds.MODEL, symbol.stack, symbol, arguments, likely=likely)
        thing.made = (self._scope_number, self._loops)
        name = symbol.name
        if name == "keras.Sequential":
            layers = arguments.find(0, "layers")[0]
            if layers.__class__ is Many:
                for layer in layers.items:
                    put_on_top(thing, layer)
            elif layers is not MISSING and not (layers.__class__ is ast.Constant and layers.value is None):
                thing.open = True
        elif name in ("keras.Model", "keras.Functional"):
            outputs = arguments.find(1, "outputs")[0]
            if outputs is MISSING:
                outputs = arguments.find(None, "output")[0]
            if outputs.__class__ is Many and len(outputs.items) > 1:
                thing.traits |= kinds.SEVERAL_OUTPUTS
            heads = outputs.items if outputs.__class__ is Many else (outputs,)
            for head in heads:
                if head.__class__ is Thing:
                    thing.traits |= head.traits & (kinds.MASKED | kinds.RAGGED)
                    thing.open = thing.open or head.open
                else:
                    thing.open = True
        else:
            thing.open = True
        return thing

    def _apply(self, thing: Thing, node: ast.Call, arguments: Arguments) -> Value:
        """A layer or a model is called; or an object with ``__call__`` of the file's own."""
        kind = thing.kind
        if kind == kinds.VERSION:
            return thing
        given = joined_tensors(arguments.everything())
        if kind in (kinds.LOSS, kinds.METRIC) and given is not None and given.kind == kinds.TENSOR:
            return Thing(kinds.TENSOR, given.stack)
        if kind == kinds.SAVED_MODEL and thing.symbol is not None:
            for entry in thing.symbol.applied:
                self._match_applied(entry, thing, given, node, arguments)
        if kind not in (kinds.LAYER, kinds.MODEL):
            return None
        thing.traits &= ~kinds.UNBUILT
        # A class of the file's own that has its own `call` is no longer what it descends from.
        is_own = thing.local is not None and thing.local.method("call") is not None
        if thing.symbol is not None and (not is_own or thing.symbol.name == "keras.Layer"):
            for entry in thing.symbol.applied:
                self._match_applied(entry, thing, given, node, arguments)
        symbolic = given is not None and given.kind == kinds.TENSOR
        if thing.local is not None:
            call = thing.local.method("call")
            if call is not None and not call.done:
                self._run_function(call, None, None)
        traits = given.traits if given is not None and given.kind != kinds.VERSION else 0
        result = Thing(kinds.TENSOR if symbolic else kinds.OUTPUT, thing.stack)
        if kind == kinds.MODEL:
            result.traits, result.open = thing.traits & ~kinds.SEVERAL_OUTPUTS, thing.open
        elif thing.local is not None:
            result.open = True
        else:
            result.traits = traits_behind(thing, traits)
            if kinds.RAGGED & traits and not symbolic and ends_ragged(thing):
                result.traits &= ~kinds.RAGGED
            result.open = (given is None or given.open) and passes_mask(thing)
        if given is None or symbolic or given.kind == kinds.OUTPUT:
            return result
        return result

    # -- methods

    def _call_method(self, base: Value, node: ast.Call, arguments: Arguments) -> Value:
        function: ast.Attribute = node.func  # type: ignore[assignment]
        name = function.attr
        if base.__class__ is not Thing:
            if base is None or base is MISSING:
                if name in self.index.methods:
                    self._guess(self.index.methods[name], function, (node, arguments), False)
                if name in self.index.attributes:
                    self._guess(self.index.attributes[name], function, None, False)
                return self._call_method_of_unknown(name, node, arguments)
            if base is FOREIGN:
                return FOREIGN
            if base.__class__ in (ast.Constant, Text) and name in ("format", "join"):
                return formatted(base) if name == "format" else None
            if name in ("joinpath", "with_name") and arguments.values:
                return tail(arguments.values[-1], True)
            if base.__class__ is LocalClass:
                return None
            return self._call_unknown(None, [base, *arguments.values])
        thing = base
        if thing.kind == "ipython":
            self._call_ipython(name, node, arguments)
            return None
        local = thing.local
        if local is not None:
            method = local.method(name)
            if method is not None:
                _is_out_of_sight(thing)
                receiver = Thing(
                    thing.kind, thing.stack, thing.symbol, thing.arguments, thing.traits, thing.open, local
                )
                return self._call_function(method, arguments, receiver)
            held = local.attribute(name)
            if held is not MISSING and not thing.is_super:
                return self._call_held(held, node, arguments)
        if local is None or not local.assigns(name):
            if name == "compile" and thing.kind == kinds.MODEL:
                self._note_optimizer(thing, arguments.find(0, "optimizer")[0])
            for entry in self.index.methods.get(name, ()):
                self._match_method(entry, thing, node, arguments)
            if name not in _BUILDS_NOTHING:
                _is_out_of_sight(thing)
            for entry in self.index.attributes.get(name, ()):
                self._match_attribute(entry, thing, function, False)
        if (
            thing.symbol is not None
            and local is None
            and not thing.is_super
            and not self._quiet
            and thing.kind in MEMBERS
        ):
            self.uses.append(
                RawUse(
                    thing.symbol,
                    name,
                    self._cell,
                    *position(function),
                    node,
                    thing.likely or self._guards > 0 or self._doubts > 0,
                )
            )
        return result_of_method(thing, name, arguments)

    def _note_optimizer(self, model: Thing, optimizer: Value) -> None:
        """Marks an optimizer that another model was compiled with, or that one model after the other is in a loop."""
        if optimizer.__class__ is not Thing or optimizer.kind != kinds.OPTIMIZER:
            return
        if optimizer.user is None:
            optimizer.user = (model, self._path)
            if model.made[0] == optimizer.made[0] == self._scope_number and model.made[1] > optimizer.made[1]:
                optimizer.traits |= kinds.USED
            return
        other, path = optimizer.user
        if other is not model and self._path[: len(path)] == path:
            optimizer.traits |= kinds.USED

    def _call_held(self, held: Value, node: ast.Call, arguments: Arguments) -> Value:
        """What an attribute of the file's own object holds is called: ``self.lstm(x)``."""
        if held.__class__ is Thing:
            return self._apply(held, node, arguments)
        if held.__class__ is Symbol:
            return self._call_symbol(held, node, arguments, False, held=True)
        if held.__class__ is Function:
            return self._call_function(held, arguments)
        if held.__class__ is LocalClass:
            return self._instantiate(held, arguments)
        return None

    def _call_method_of_unknown(self, name: str, node: ast.Call, arguments: Arguments) -> Value:
        if name == "get_ipython":
            return Thing("ipython", "")
        function: ast.Attribute = node.func  # type: ignore[assignment]
        if name in ("fit", "fit_generator") and self.stacks:
            if HINTS[kinds.MODEL].fullmatch(receiver_name(function.value)):
                return Thing(kinds.HISTORY, "", likely=True)
        elif name == "joinpath" and arguments.values:
            return tail(arguments.values[-1], True)
        return self._call_unknown(None, arguments.values)

    def _call_ipython(self, name: str, node: ast.Call, arguments: Arguments) -> None:
        """What magics and shell lines are to Python."""
        values = [value.value for value in arguments.values if value.__class__ is ast.Constant]
        if name in ("run_line_magic", "magic") and values and isinstance(values[-1], str):
            text = " ".join(str(value) for value in values)
            match = re.match(r"%?(?:env|set_env)\s+(\w+)(?:\s*=\s*|\s+)(\S.*)?", text)
            if match is not None:
                value = (match[2] or "").strip()
                self._set_variable(ast.Constant(value=match[1]), ast.Constant(value=value), node)
        elif name in ("system", "getoutput") and arguments.values:
            self._shell(arguments.values[0], node)


def _is_out_of_sight(value: Value) -> None:
    """From here on something else may build it."""
    if value.__class__ is Thing:
        value.traits &= ~kinds.UNBUILT


def _bodies(statement: ast.If) -> tuple[list[ast.stmt], list[ast.stmt]]:
    return statement.body, statement.orelse


def _doubtful(outcome: Optional[dict[str, Value]]) -> Optional[dict[str, Value]]:
    """What a guarded block binds: of a name that it imports from a package it is not said that the name is there."""
    if outcome is None:
        return None
    return {
        name: Alternatives((value,), False, True) if value.__class__ is Symbol and "." in value.spelled else value
        for name, value in outcome.items()
    }


def _nothing(node: ast.AST) -> None:
    """A statement that does nothing here."""


def _itself(node: ast.Constant) -> Value:
    return node


def _arguments_of(arguments: ast.arguments) -> list[ast.arg]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    if arguments.vararg is not None:
        found.append(arguments.vararg)
    if arguments.kwarg is not None:
        found.append(arguments.kwarg)
    return found


def _is_static(node: Union[ast.FunctionDef, ast.AsyncFunctionDef]) -> bool:
    return any(
        decorator.__class__ is ast.Name and decorator.id in ("staticmethod", "classmethod")
        for decorator in node.decorator_list
    )


def _is_property(decorator: ast.expr) -> bool:
    return decorator.__class__ is ast.Name and "property" in decorator.id


def _falls_back(handler: ast.ExceptHandler) -> bool:
    """Whether it catches what a name that is gone raises."""
    caught = handler.type
    if caught is None:
        return True
    several = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(isinstance(one, ast.Name) and one.id in _FALLBACK_ERRORS for one in several)
