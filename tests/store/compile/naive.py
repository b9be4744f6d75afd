"""OQL evaluated the slow way: nested loops over Python lists. What the compiled SQL is compared with.

Written from the rules of the language, without anything of ``interdesk.store``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from interdesk import oql
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import (
    Attribute,
    Compared,
    Decimal,
    ExternalField,
    FinalClass,
    FriendlyName,
    HierarchicalKey,
    MetaEnum,
    ObsolescenceFlag,
    StopWatch,
    SubItem,
)
from interdesk.oql import resolved as r
from tests.store.compile.naive_values import NULL, Val, Values, fold

Object = dict[str, Any]
Row = dict[str, "Object | None"]


class Naive:
    """A model, objects by root class, what the clock says and the arguments of a query."""

    def __init__(self, model: Model, data: Mapping[str, list[Object]], now: str, args: Mapping[str, Any]) -> None:
        self.model, self.data, self.args = model, data, args
        self.values = Values(now)

    # -- queries

    def ids(self, query: r.Query) -> list[int]:
        """The ids of the objects found, in the default order of the class."""
        found = {row["id"]: row for row in self.objects(query, {})}
        return [row["id"] for row in sorted(found.values(), key=lambda row: Key(self.order(query.cls, row)))]

    def objects(self, query: r.Query, outer: Row) -> Iterator[Object]:
        if isinstance(query, r.Union):
            for member in query.members:
                yield from self.objects(member, outer)
            return
        for row in self.rows(query, outer):
            found = row[query.selected[0]]
            if found is not None and (query.where is None or self.true(query.where, row)):
                yield found

    def rows(self, query: r.Select, outer: Row) -> Iterator[Row]:
        rows: list[Row] = [{**outer, query.source.alias: found} for found in self.all(query.source.cls)]
        for join in query.joins:
            joined: list[Row] = []
            for row in rows:
                matches = [one for one in self.all(join.cls) if self.meets(join, {**row, join.alias: one})]
                joined += [{**row, join.alias: one} for one in matches]
                if not matches and join.optional:
                    joined.append({**row, join.alias: None})
            rows = joined
        yield from rows

    def all(self, cls: ObjectClass) -> list[Object]:
        return [one for one in self.data.get(cls.root, []) if self.model.is_a(one["finalclass"], cls.name)]

    def meets(self, join: r.Join, row: Row) -> bool:
        left, right = row[join.left.alias], row[join.right]
        if left is None or right is None:
            return False
        if join.op == "=":
            assert join.left.attribute is not None
            return bool(left[join.left.attribute.code] == right["id"])
        assert isinstance(join.left.attribute, HierarchicalKey)
        code = join.left.attribute.code
        words = join.op.split()
        lower, upper = (left, right) if "BELOW" in words else (right, left)
        line = self.line(lower, code)
        within = upper["id"] in (line[1:] if "STRICT" in words else line)
        return within is not ("NOT" in words)

    def line(self, found: Object, code: str) -> list[int]:
        line = [found["id"]]
        while (above := self.find("Organization", found[code])) is not None:
            found = above
            line.append(found["id"])
        return line

    def find(self, cls: str, key: int) -> Object | None:
        return next((one for one in self.data.get(self.model.cls(cls).root, []) if one["id"] == key), None)

    def order(self, cls: ObjectClass, row: Object) -> list[tuple[Any, bool]]:
        keys = [(self.field(row, cls, cls.attribute(code)), up) for code, up in cls.order]
        keys = keys or [(self.name(row), True)]
        return [(fold(key.value) if key.kind in ("text", "set") and key.value is not None else key.value, up)
                for key, up in [*keys, (Val("number", row["id"]), True)]]  # fmt: skip

    # -- attributes

    def field(self, row: Object | None, cls: ObjectClass, attribute: Attribute, item: str | None = None) -> Val:
        if isinstance(attribute, ExternalField):
            return self.seen(row, cls, attribute)
        if isinstance(attribute, FriendlyName):
            return self.name(row)
        if isinstance(attribute, ObsolescenceFlag):
            return Val("number", None if row is None else self.obsolete(row))
        if isinstance(attribute, FinalClass):
            return Val("code", row and row["finalclass"])
        if isinstance(attribute, MetaEnum):
            return Val("code", row and self.meta(row, attribute))
        if isinstance(attribute, SubItem):
            watch = cls.attribute(attribute.watch)
            assert isinstance(watch, StopWatch)
            return self.watch(row, watch, attribute.item)
        if isinstance(attribute, StopWatch):
            return self.watch(row, attribute, item or "timespent")
        kinds = {
            Compared.NUMBER: "number", Compared.TEXT: "text", Compared.CODE: "code", Compared.ADDRESS: "address",
            Compared.SET: "set", Compared.DATE: "day", Compared.DATETIME: "moment",
        }  # fmt: skip
        kind = "real" if isinstance(attribute, Decimal) else kinds[attribute.compared]
        return Val(kind, None if row is None else row.get(attribute.code))

    def seen(self, row: Object | None, cls: ObjectClass, attribute: ExternalField) -> Val:
        key = cls.attribute(attribute.ext_key)
        if isinstance(key, ExternalField):
            holder = self.model.cls(cls.attribute(key.ext_key).target_class)  # type: ignore[attr-defined]
            through = self.seen(row, cls, key).value
            target_class = holder.attribute(key.target_attribute).target_class  # type: ignore[attr-defined]
        else:
            through = None if row is None else row[key.code]
            target_class = key.target_class  # type: ignore[attr-defined]
        target = self.model.cls(target_class)
        found = self.find(target_class, through or 0)
        return self.field(found, target, target.attribute(attribute.target_attribute))

    def name(self, row: Object | None) -> Val:
        if row is None:
            return Val("text", None)
        cls = self.model.cls(row["finalclass"])
        parts = [self.values.text(self.field(row, cls, cls.attribute(code))) or "" for code in cls.naming.attributes]
        text = cls.naming.format
        for place, part in enumerate(parts, 1):
            text = text.replace(f"%{place}$s", part.replace("%", "\0"))
        return Val("text", text.replace("%%", "%").replace("\0", "%"))

    def obsolete(self, row: Object) -> int:
        cls = self.model.cls(row["finalclass"])
        for name in (cls.name, *cls.ancestors):
            declaring = self.model.cls(name)
            if declaring.obsolescence is not None:
                condition = oql.condition(declaring.obsolescence, declaring, self.model)
                return int(self.true(condition, {"this": row}, {"this": declaring}))
        return 0

    def meta(self, row: Object, attribute: MetaEnum) -> Any:
        cls = self.model.cls(row["finalclass"])
        for name in (cls.name, *cls.ancestors):
            if name in attribute.mappings:
                mapping = attribute.mappings[name]
                return mapping.values.get(row.get(mapping.attribute), attribute.default)
        return attribute.default

    def watch(self, row: Object | None, watch: StopWatch, item: str) -> Val:
        names = [column.suffix[1:] for column in watch.columns()]
        values = dict(zip(names, row[watch.code] if row else [None] * len(names), strict=True))
        if item.endswith("_passed"):
            if row is None:
                return Val("number", None)
            deadline, overrun = values[f"{item[:-7]}_deadline"], values[f"{item[:-7]}_overrun"]
            passed = (deadline is not None and deadline <= self.values.now) or (overrun or 0) > 0
            return Val("number", int(passed))
        return Val("moment" if item.endswith(("deadline", "ed", "start")) and "trigger" not in item else "number",
                   values[item])  # fmt: skip

    # -- expressions

    def true(self, node: r.Expr, row: Row, classes: Mapping[str, ObjectClass] | None = None) -> bool:
        return self.values.truth(self.value(node, row, classes)) is True

    def value(self, node: r.Expr | r.Interval, row: Row, classes: Mapping[str, ObjectClass] | None = None) -> Val:
        values = self.values
        if isinstance(node, r.Literal):
            if node.value is None:
                return NULL
            return Val("number" if isinstance(node.value, int) else "text", node.value, free=True)
        if isinstance(node, r.Param):
            return Val("text", self.args[node.text], free=True)
        if isinstance(node, r.Field):
            found = row[node.alias]
            if node.attribute is None:
                return Val("number", found and found["id"])
            cls = (classes or {}).get(node.alias) or self.model.cls(node.attribute.defined_in)
            return self.field(found, cls, node.attribute, node.item)
        if isinstance(node, r.Binary):
            return values.binary(node.op, self.value(node.left, row, classes), self.value(node.right, row, classes))
        if isinstance(node, r.InList):
            items = [self.value(item, row, classes) for item in node.items]
            items = list(itertools.chain.from_iterable(values.spread(item) for item in items))
            return values.is_in(self.value(node.operand, row, classes), items, node.negated)
        if isinstance(node, r.InQuery):
            ids = [Val("number", found["id"]) for found in self.objects(node.query, row)]
            operand = self.value(node.operand, row, classes)
            operand = operand if operand.kind == "null" else Val("number", values.number(operand))
            return values.is_in(operand, ids, node.negated)
        if isinstance(node, r.Match):
            return values.match(self.value(node.field, row, classes), self.value(node.codes, row, classes))
        if isinstance(node, r.Interval):
            return self.value(node.value, row, classes)
        unit = next((arg.unit for arg in node.args if isinstance(arg, r.Interval)), None)
        return values.call(node.name, [self.value(arg, row, classes) for arg in node.args], unit)


class Key:
    """Orders rows: NULL first when ascending, last when descending; texts by their characters."""

    def __init__(self, parts: list[tuple[Any, bool]]) -> None:
        self.parts = parts

    def __lt__(self, other: Key) -> bool:
        for (one, up), (two, _) in zip(self.parts, other.parts, strict=True):
            if one != two:
                less = one is None or (two is not None and one < two)
                return less is up
        return False
