"""Syntax tree to resolved query: every name is looked up in the model. Error texts: facts ``itop_oql`` section 11."""

from __future__ import annotations

from collections.abc import Mapping

from interdesk.model.classes import Model, ObjectClass
from interdesk.oql import resolved, tree
from interdesk.oql.codes import Codes
from interdesk.oql.conditions import Conditions, Scope, balanced
from interdesk.oql.errors import ClassFault, NameFault, OqlError, OtherFault
from interdesk.oql.joins import bind_join, companion_test

Aliases = Mapping[str, ObjectClass]


def resolve(query: tree.Query, model: Model, codes: Codes | None = None) -> resolved.Query:
    """The query with its names bound. Raises ClassFault, NameFault or OtherFault.

    ``codes`` may be kept from call to call for the same model.
    """
    return _Resolver(model, codes or Codes()).query(query, None)


def resolve_condition(
    expr: tree.Expr,
    cls: ObjectClass,
    model: Model,
    alias: str = "this",
    *,
    text: str = "",
    codes: Codes | None = None,
) -> resolved.Expr:
    """A condition on one object of ``cls``, known as ``alias``; ``text`` is quoted by errors. Raises as ``resolve``."""
    return _Resolver(model, codes or Codes()).conditions.expr(expr, Scope({alias: cls}, text))


class _Resolver:
    """``outer``: the aliases around a sub-query, None for the query itself."""

    def __init__(self, model: Model, codes: Codes) -> None:
        self.model = model
        self.conditions = Conditions(model, codes, self.subquery)

    def query(self, query: tree.Query, outer: Aliases | None) -> resolved.Query:
        if isinstance(query, tree.Select):
            return self.select(query, outer, query.text)
        members = tuple(self.select(member, outer, query.text) for member in query.members)
        return self.union(query, members)

    def subquery(self, query: tree.Query, outer: Aliases) -> resolved.Query:
        found = self.query(query, outer)
        first = found if isinstance(found, resolved.Select) else found.members[0]
        if len(first.selected) > 1:
            written = query if isinstance(query, tree.Select) else query.members[0]
            raise self.misfit("Too many selected classes in the subquery", written, 1, query.text)
        return found

    # -- one SELECT

    def select(self, query: tree.Select, outer: Aliases | None, text: str) -> resolved.Select:
        source = query.source
        cls = self.cls(source, outer, text)
        alias = source.alias or source.cls
        own = {alias: cls}
        joins: list[resolved.Join] = []
        tests: list[resolved.Expr] = []
        for join in query.joins:
            joins.append(self.join(join, own, outer, text))
            if (test := companion_test(joins[-1], own, self.model)) is not None:
                tests.append(test)
        selected = self.selected(query, own, text) or (alias,)
        if query.where is not None:
            visible = {**own, **{name: found for name, found in outer.items() if name not in own}} if outer else own
            tests.append(self.conditions.expr(query.where, Scope(visible, text)))
        where = balanced("AND", tests) if tests else None
        return resolved.Select(selected, resolved.Source(alias, cls), tuple(joins), where)

    def cls(self, source: tree.Source, outer: Aliases | None, text: str) -> ObjectClass:
        found = self.model.classes.get(source.cls)
        if found is not None:
            return found
        if outer is not None:
            raise OtherFault(f'DBObjectSearch::__construct called for an invalid class: "{source.cls}"')
        raise ClassFault("Unknown class", source.cls, source.at, text, tuple(self.model.classes))

    def join(self, join: tree.Join, own: dict[str, ObjectClass], outer: Aliases | None, text: str) -> resolved.Join:
        """Adds the alias of the join to ``own``."""
        source = join.source
        cls = self.cls(source, outer, text)
        alias = source.alias or source.cls
        if alias in own:
            issue = "Duplicate class name" if source.alias is None else "Duplicate class alias"
            raise NameFault(issue, alias, source.alias_at, text)
        own[alias] = cls
        return bind_join(join, alias, own, self.model, text)

    def selected(self, query: tree.Select, own: Aliases, text: str) -> tuple[str, ...]:
        for name in query.selected:
            if name.text not in own:
                raise NameFault("Unknown class [alias]", name.text, name.at, text, tuple(own))
        return tuple(dict.fromkeys(name.text for name in query.selected))

    # -- UNION

    def union(self, query: tree.Union, members: tuple[resolved.Select, ...]) -> resolved.Union:
        """Checks that the members select alike, column by column."""
        first = members[0]
        common = [first.cls_of(alias) for alias in first.selected]
        for written, member in zip(query.members[1:], members[1:], strict=True):
            if len(member.selected) != len(common):
                few = len(member.selected) < len(common)
                issue = f"Too {'few' if few else 'many'} selected classes in the subquery"
                raise self.misfit(issue, written, 0, query.text)
            for column, alias in enumerate(member.selected):
                found = self.ancestor(common[column], member.cls_of(alias))
                if found is None:
                    issue = "Incompatible classes: could not find a common ancestor"
                    family = self.model.family(common[column].root)
                    raise self.misfit(issue, written, column, query.text, family)
                common[column] = found
        return resolved.Union(members, common[0])

    def ancestor(self, one: ObjectClass, other: ObjectClass) -> ObjectClass | None:
        """The lowest class that both are or descend from."""
        for name in (one.name, *one.ancestors):
            if self.model.is_a(other.name, name):
                return self.model.classes[name]
        return None

    def misfit(
        self, issue: str, member: tree.Select, column: int, text: str, expecting: tuple[str, ...] | None = None
    ) -> OqlError:
        """Points to a selected alias, or to the class where there is no list of them."""
        if member.selected:
            name = list({name.text: name for name in member.selected}.values())[column]
            return NameFault(issue, name.text, name.at, text, expecting)
        return NameFault(issue, member.source.cls, member.source.at, text, expecting)
