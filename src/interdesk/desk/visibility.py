"""What an actor sees: every query that is asked for him is narrowed before it is compiled.

Somebody with allowed organizations sees the objects that belong to one of them or to an organization below.
The condition asks the tables for the list, so that it holds for organizations that moved a moment ago, and it is
part of the one statement; the user's id is a literal, so that all users share that statement.
A query must not tell of the hidden by a detour either: what it joins, and what its sub-queries find, is narrowed too.
Rules: facts ``itop_rights_and_deletion.md`` 3.
"""

from __future__ import annotations

from collections.abc import Iterator

from interdesk.desk import queries
from interdesk.desk.actors import Actor
from interdesk.desk.rights import Rights
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import Attribute
from interdesk.oql.resolved import (
    Binary,
    Call,
    Expr,
    Field,
    InList,
    InQuery,
    Interval,
    Join,
    Literal,
    Query,
    Select,
    Source,
    Union,
)

READ_BY_GRANT = frozenset({"bizmodel", "silo"})  # categories of which nothing is found without a grant to read
FILTERED = READ_BY_GRANT | {"filter"}  # categories whose objects belong to organizations
OWNERS = ("item_org_id", "org_id")  # the attribute that names an object's organization; the first that a class has
NOTHING = Literal(0)


class Visibility:
    """Answers from the model alone; what it found out of a class is remembered."""

    def __init__(self, model: Model, rights: Rights) -> None:
        self._model, self._rights = model, rights
        self._owned_below: dict[str, tuple[ObjectClass, ...]] = {}

    def narrowed(self, actor: Actor, query: Query) -> Query:
        """The query's objects that the actor may see; the query itself when he may see all of them.

        Of classes outside ``READ_BY_GRANT`` all is found by default: refusing to read them is left to the caller.
        """
        return query if actor.is_administrator else self._query(actor, query, nested=False)

    def _query(self, actor: Actor, query: Query, *, nested: bool) -> Query:
        if isinstance(query, Union):
            members = tuple(self._narrowed(actor, member, nested) for member in query.members)
            same = all(new is old for new, old in zip(members, query.members, strict=True))
            return query if same else Union(members, query.cls)
        return self._narrowed(actor, query, nested)

    def owner(self, cls: ObjectClass) -> Attribute | None | str:
        """What names the organization of a class's objects: an attribute, ``id`` for organizations, or None."""
        if not FILTERED & cls.categories:
            return None
        if cls.root == "Organization":
            return "id"
        return next((cls.attributes[code] for code in OWNERS if code in cls.attributes), None)

    def _narrowed(self, actor: Actor, select: Select, nested: bool) -> Select:
        found = select
        if select.where is not None and (where := self._expression(actor, select.where)) is not select.where:
            found = Select(select.selected, select.source, select.joins, where)
        for alias, cls, optional in _sources(select):
            by_grant = nested or alias != select.selected[0] or READ_BY_GRANT & cls.categories
            if by_grant and not self._rights.allows(actor, "read", cls):
                return queries.and_also(select, NOTHING)
            condition = self._condition(actor, alias, cls) if actor.restricted else None
            if condition is not None:
                unset = Call("ISNULL", (Field(alias, "id", None),))
                found = queries.and_also(found, Binary("OR", unset, condition) if optional else condition)
        return found

    def _expression(self, actor: Actor, node: Expr) -> Expr:
        """The condition with its sub-queries narrowed; the condition itself when that changes nothing."""
        if isinstance(node, Binary):
            left, right = self._expression(actor, node.left), self._expression(actor, node.right)
            return node if left is node.left and right is node.right else Binary(node.op, left, right)
        if isinstance(node, InQuery):
            operand, query = self._expression(actor, node.operand), self._query(actor, node.query, nested=True)
            same = operand is node.operand and query is node.query
            return node if same else InQuery(operand, query, node.negated)
        if isinstance(node, InList):
            operand = self._expression(actor, node.operand)
            items = tuple(self._expression(actor, item) for item in node.items)
            same = operand is node.operand and all(new is old for new, old in zip(items, node.items, strict=True))
            return node if same else InList(operand, items, node.negated)
        if isinstance(node, Call):
            args = tuple(self._argument(actor, arg) for arg in node.args)
            return node if all(new is old for new, old in zip(args, node.args, strict=True)) else Call(node.name, args)
        return node

    def _argument(self, actor: Actor, node: Expr | Interval) -> Expr | Interval:
        if isinstance(node, Interval):
            value = self._expression(actor, node.value)
            return node if value is node.value else Interval(value, node.unit)
        return self._expression(actor, node)

    def _condition(self, actor: Actor, alias: str, cls: ObjectClass) -> Expr | None:
        owner = self.owner(cls)
        if owner is not None:
            return InQuery(_field(alias, owner), self._allowed(actor))
        below = self._owned(cls)
        if not below:
            return None
        # The class belongs to nobody, but some classes below it do.
        names = tuple(Literal(name) for found in below for name in self._model.concrete(found.name))
        condition: Expr = InList(Field(alias, "finalclass", cls.attributes["finalclass"]), names, negated=True)
        for found in below:
            inner = Select(("owned",), Source("owned", found), (), self._condition(actor, "owned", found))
            condition = Binary("OR", condition, InQuery(Field(alias, "id", None), inner))
        return condition

    def _owned(self, cls: ObjectClass) -> tuple[ObjectClass, ...]:
        """The nearest classes below whose objects belong to organizations."""
        if cls.name not in self._owned_below:
            found: list[ObjectClass] = []
            for name in cls.children:
                child = self._model.cls(name)
                found.extend((child,) if self.owner(child) is not None else self._owned(child))
            self._owned_below[cls.name] = tuple(found)
        return self._owned_below[cls.name]

    def _allowed(self, actor: Actor) -> Select:
        """The organizations that the user's list names, and all below them."""
        organization, listed = self._model.cls("Organization"), self._model.cls("URP_UserOrg")
        parent = Field("allowed", "parent_id", organization.attribute("parent_id"))
        link = Field("listed", "allowed_org_id", listed.attribute("allowed_org_id"))
        user = Field("listed", "userid", listed.attribute("userid"))
        joins = (
            Join("top", organization, parent, "top", "BELOW"),
            Join("listed", listed, link, "top"),
        )
        return Select(("allowed",), Source("allowed", organization), joins, Binary("=", user, Literal(actor.user)))


def _field(alias: str, owner: Attribute | str) -> Field:
    return Field(alias, owner, None) if isinstance(owner, str) else Field(alias, owner.code, owner)


def _sources(select: Select) -> Iterator[tuple[str, ObjectClass, bool]]:
    """Alias and class of all that a query speaks of; True for what need not be there."""
    yield select.source.alias, select.source.cls, False
    for join in select.joins:
        yield join.alias, join.cls, join.optional
