"""Conditions: names bound to aliases and attributes, literals made plain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from interdesk.model.classes import Model, ObjectClass
from interdesk.oql import resolved, tree
from interdesk.oql.codes import Codes
from interdesk.oql.errors import NameFault, OtherFault
from interdesk.oql.functions import ARITY, WITH_INTERVAL
from interdesk.oql.measure import LOGICAL, run
from interdesk.oql.parser import kind_of

_FLAT_RUN = 16  # a longer run of ANDs or ORs becomes a balanced tree


class Scope(NamedTuple):
    """The aliases that a condition sees, its own query's first; ``text`` is what errors quote."""

    aliases: Mapping[str, ObjectClass]
    text: str


SubQuery = Callable[[tree.Query, Mapping[str, ObjectClass]], resolved.Query]


class Conditions:
    """``subquery`` resolves a query inside a condition, given the aliases around it."""

    __slots__ = ("codes", "model", "subquery")

    def __init__(self, model: Model, codes: Codes, subquery: SubQuery) -> None:
        self.model, self.codes, self.subquery = model, codes, subquery

    def expr(self, expr: tree.Expr, scope: Scope) -> resolved.Expr:
        """Raises NameFault or OtherFault, and what ``subquery`` raises."""
        match expr:
            case tree.Binary():
                return self.binary(expr, scope)
            case tree.Field():
                return self.field(expr, scope)
            case tree.Literal():
                return resolved.Literal(expr.value)
            case tree.Param():
                return resolved.Param(expr.name, expr.attribute)
            case tree.InList():
                operand = self.expr(expr.operand, scope)
                return resolved.InList(operand, tuple(self.expr(item, scope) for item in expr.items), expr.negated)
            case tree.Call():
                return self.call(expr, scope)
            case tree.Hexadecimal():
                return resolved.Literal(int(expr.digits, 16))
            case tree.InQuery():
                operand = self.expr(expr.operand, scope)
                return resolved.InQuery(operand, self.subquery(expr.query, scope.aliases), expr.negated)

    def binary(self, expr: tree.Binary, scope: Scope) -> resolved.Expr:
        if expr.op in LOGICAL:
            return balanced(expr.op, [self.expr(term, scope) for term in run(expr)])
        if expr.op == "MATCHES":
            return self.match(expr, scope)
        return resolved.Binary(expr.op, self.expr(expr.left, scope), self.expr(expr.right, scope))

    def match(self, expr: tree.Binary, scope: Scope) -> resolved.Match:
        if not isinstance(expr.left, tree.Field):
            raise OtherFault('Only "field MATCHES string" syntax is allowed')
        field = self.field(expr.left, scope)
        codes = self.expr(expr.right, scope)
        if isinstance(codes, (resolved.Literal, resolved.Param)):
            return resolved.Match(field, codes)
        raise OtherFault(
            "Only instance of ScalarExpression or VariableExpression are allowed in MATCHES "
            f"{kind_of(expr.right)} found"
        )

    def call(self, expr: tree.Call, scope: Scope) -> resolved.Call:
        fewest, most = ARITY[expr.name]
        if not fewest <= len(expr.args) <= most:
            issue = f"Incorrect parameter count in the call to native function '{expr.name}'"
            raise OtherFault(issue, expr.name, expr.at, scope.text)
        args: list[resolved.Expr | resolved.Interval] = []
        for number, arg in enumerate(expr.args):
            wanted = number == 1 and expr.name in WITH_INTERVAL
            if isinstance(arg, tree.Interval) is not wanted:
                issue = f"{'An' if wanted else 'No'} INTERVAL is expected as argument {number + 1} of {expr.name}"
                raise OtherFault(issue, expr.name, expr.at, scope.text)
            if isinstance(arg, tree.Interval):
                args.append(resolved.Interval(self.expr(arg.value, scope), arg.unit))
            else:
                args.append(self.expr(arg, scope))
        return resolved.Call(expr.name, tuple(args))

    def field(self, field: tree.Field, scope: Scope) -> resolved.Field:
        name = field.name
        if field.alias is not None:
            cls = scope.aliases.get(field.alias)
            if cls is None:
                raise NameFault("Unknown class [alias]", field.alias, field.alias_at, scope.text, tuple(scope.aliases))
            code = self.codes.of(cls, self.model).get(name)
            if code is None:
                raise self.unknown(field, scope, (cls,))
            return resolved.Field(field.alias, name, *code)
        found = None
        for alias, cls in scope.aliases.items():
            code = self.codes.of(cls, self.model).get(name)
            if code is None:
                continue
            if found is not None:
                raise NameFault("Ambiguous filter code", name, field.at, scope.text)
            found = resolved.Field(alias, name, *code)
        if found is None:
            raise self.unknown(field, scope, tuple(scope.aliases.values()))
        return found

    def unknown(self, field: tree.Field, scope: Scope, classes: Sequence[ObjectClass]) -> NameFault:
        codes = dict.fromkeys(code for cls in classes for code in self.codes.of(cls, self.model))
        return NameFault("Unknown filter code", field.name, field.at, scope.text, tuple(codes))


def balanced(op: str, terms: Sequence[resolved.Expr]) -> resolved.Expr:
    """The terms of a run of ANDs or ORs as one tree. A long run is halved: its depth then stays small."""
    if len(terms) > _FLAT_RUN:
        middle = len(terms) // 2
        return resolved.Binary(op, balanced(op, terms[:middle]), balanced(op, terms[middle:]))
    found = terms[0]
    for term in terms[1:]:
        found = resolved.Binary(op, found, term)
    return found
