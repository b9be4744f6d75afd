"""Random small data and random queries over the sample model, for comparing the SQL with the naive evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from interdesk.model.attributes import Compared
from interdesk.oql import resolved as r
from tests.store.compile import sample

Draw = st.DrawFn
Scope = Mapping[str, str]  # alias -> class

NAMES = ["Doe", "doe ", "Ann", "ann", "Éa", "ea", "7", "12abc", "50%", "a_b", "a\\", "", "O'Neil", "-1.5x", "1e1"]
DATES = ["2026-01-31", "2026-01-31 10:20:30", "2025-12-31 23:59:59", "2024-02-29", "1990-05-06 00:00:00"]
CODES = ["active", "INACTIVE", "Gone", "Person", "team", "network"]
TEXTS = [*NAMES, *DATES, *CODES, "2026-02-30", "20260131", "10.0.0.9"]
PATTERNS = ["%", "d%", "_n%", "50\\%", "%a", "a\\_b", "\\", "%\\\\", "", "É%", "2026-%", "7"]
EXPRESSIONS = ["^d", "n$", "a|b", "^[a-e]+", "o.", "^$", "[0-9]+", "(ab?)+c", "É", "^(a|e){2,3}$"]
NUMBERS = [-3, -1, 0, 1, 2, 3, 7, 12, 64]
ARGS = {"n": "2", "t": "DOE", "d": "2026-01-31", "i": 7, "l": ["1", 3, "Ann"], "none": None, "empty": []}
ALIASES = ("a", "b", "c", "d", "e", "f", "g", "h")
HOPS = {  # class -> its keys and their targets
    "Person": {"org_id": "Organization", "manager_id": "Person"},
    "Team": {"org_id": "Organization", "leader_id": "Person"},
    "Contact": {"org_id": "Organization"},
    "Organization": {"parent_id": "Organization"},
    "Request": {"caller_id": "Person"},
    "Ticket": {"caller_id": "Person"},
    "Change": {"caller_id": "Person"},
}
OPTIONAL = {"manager_id", "parent_id", "caller_id"}
TREE = [no + way + strict for no in ("", "NOT ") for way in ("BELOW", "ABOVE") for strict in ("", " STRICT")]


def maybe(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([*values, None])


@st.composite
def objects(draw: Draw) -> dict[str, list[sample.Object]]:
    names = st.sampled_from(NAMES)
    organizations = [
        sample.made("Organization", n, name=draw(names), parent_id=draw(st.integers(0, n - 1)))
        for n in range(1, draw(st.integers(1, 5)))
    ]
    contacts, tickets = [], []
    for n in range(1, draw(st.integers(1, 6))):
        common = {
            "name": draw(names),
            "status": draw(maybe(["active", "inactive", "Gone"])),
            "org_id": draw(st.integers(0, 4)),
        }
        if draw(st.booleans()):
            leader = draw(st.integers(0, 5))
            contacts.append(sample.made("Team", n, **common, size=draw(maybe([0, 3])), leader_id=leader))
        else:
            contacts.append(
                sample.made(
                    "Person",
                    n,
                    **common,
                    first_name=draw(names),
                    manager_id=draw(st.integers(0, 5)),
                    age=draw(maybe([0, 7, 30])),
                    rate=draw(maybe([-1.5, 2.5, 3.0])),
                    vip=draw(maybe([0, 1])),
                    born=draw(maybe([date[:10] for date in DATES])),
                    seen=draw(maybe([date if len(date) > 10 else f"{date} 00:00:00" for date in DATES])),
                    domains=draw(st.sampled_from(["", "network", "hardware network"])),
                    ip=draw(st.sampled_from(["", "10.0.0.9", "9.1.1.1", "10.0.0.10"])),
                )  # fmt: skip
            )
    for n in range(1, draw(st.integers(1, 4))):
        common = {"ref": draw(names), "caller_id": draw(st.integers(0, 5)), "priority": draw(maybe([1, 2]))}
        watch = (
            draw(st.integers(0, 9)), None, None, None, draw(maybe([sample.NOW, "2026-03-10 12:00:01"])), 0,
            draw(maybe([0, 5])),
        )  # fmt: skip
        if draw(st.booleans()):
            tickets.append(sample.made("Request", n, **common, status=draw(maybe(["new", "closed"])), tto=watch))
        else:
            tickets.append(sample.made("Change", n, **common))
    teams = {contact["id"] for contact in contacts if contact["finalclass"] == "Team"}
    for found in (*contacts, *tickets):  # a key never points to an object of another class; it may point to none
        found.update({code: 0 for code in ("manager_id", "leader_id", "caller_id") if found.get(code) in teams})
    return {"Organization": organizations, "Contact": contacts, "Ticket": tickets}


# -- queries


@st.composite
def queries(draw: Draw) -> r.Query:
    if draw(st.integers(0, 5)):
        return draw(selects(draw(st.sampled_from(sorted(HOPS))), {}, 2))
    members = tuple(draw(selects(draw(st.sampled_from(["Person", "Team", "Contact"])), {}, 1)) for _ in range(2))
    names = {member.cls.name for member in members}
    return r.Union(members, sample.sample_model().cls(names.pop() if len(names) == 1 else "Contact"))


@st.composite
def selects(draw: Draw, cls: str, outer: Scope, depth: int) -> r.Select:
    """A select whose result is of class ``cls``."""
    free = [alias for alias in ALIASES if alias not in outer]
    own = {free[0]: cls}
    joins = []
    for alias in free[1 : 1 + draw(st.integers(0, 2))]:
        join = draw(joined(alias, own))
        if join is not None:
            joins.append(join)
            own[alias] = join.cls.name
    source = r.Source(free[0], sample.sample_model().cls(cls))
    where = draw(conditions({**outer, **own}, depth)) if draw(st.integers(0, 4)) else None
    same = [alias for alias, found in own.items() if found == cls]
    return r.Select((draw(st.sampled_from(same)),), source, tuple(joins), where)


@st.composite
def joined(draw: Draw, alias: str, own: Scope) -> r.Join | None:
    """A join of ``alias`` to one of the aliases there are."""
    model = sample.sample_model()
    known = draw(st.sampled_from(sorted(own)))
    if draw(st.booleans()):
        code = draw(st.sampled_from(sorted(HOPS[own[known]])))
        key = r.Field(known, code, model.cls(own[known]).attribute(code))
        op = draw(st.sampled_from(["=", *TREE])) if code == "parent_id" else "="
        return r.Join(alias, model.cls(HOPS[own[known]][code]), key, alias, op, op == "=" and code in OPTIONAL)
    pointing = [(cls, code) for cls, keys in HOPS.items() for code, target in keys.items() if target == own[known]]
    if not pointing:
        return None
    cls, code = draw(st.sampled_from(sorted(pointing)))
    op = draw(st.sampled_from(["=", *TREE])) if code == "parent_id" else "="
    return r.Join(alias, model.cls(cls), r.Field(alias, code, model.cls(cls).attribute(code)), known, op)


# -- expressions


def pick(draw: Draw, *choices: st.SearchStrategy[Any]) -> Any:
    return draw(choices[draw(st.integers(0, len(choices) - 1))])


@st.composite
def fields(draw: Draw, scope: Scope, *wanted: Compared) -> r.Expr:
    model = sample.sample_model()
    alias = draw(st.sampled_from(sorted(scope)))
    usable: list[tuple[str, Any]] = [("id", None)]
    usable += [
        (code, attribute)
        for code, attribute in model.cls(scope[alias]).attributes.items()
        if not wanted or attribute.compared in wanted
    ]
    code, attribute = draw(st.sampled_from(usable))
    item = draw(st.sampled_from(["timespent", "75_passed", "75_deadline", "75_overrun"])) if code == "tto" else None
    return r.Field(alias, code, attribute, item)


@st.composite
def conditions(draw: Draw, scope: Scope, depth: int) -> r.Expr:
    if depth and draw(st.booleans()):
        op = draw(st.sampled_from(["AND", "OR"]))
        return r.Binary(op, draw(conditions(scope, depth - 1)), draw(conditions(scope, depth - 1)))
    negated = draw(st.booleans())
    kind = draw(st.integers(0, 9))
    if kind < 4:
        op = draw(st.sampled_from(["=", "!=", "<", ">", "<=", ">="]))
        return r.Binary(op, draw(values(scope, depth)), draw(values(scope, depth)))
    if kind == 4:
        pattern = pick(draw, st.sampled_from(PATTERNS).map(r.Literal), texts(scope, 0))
        return r.Binary("NOT LIKE" if negated else "LIKE", draw(values(scope, depth)), pattern)
    if kind == 5:
        return r.Binary("REGEXP", draw(values(scope, depth)), r.Literal(draw(st.sampled_from(EXPRESSIONS))))
    if kind == 6:
        items = draw(st.lists(pick_item(scope), min_size=1, max_size=3))
        return r.InList(draw(values(scope, depth)), tuple(items), negated)
    if kind == 7 and depth:
        inner = draw(selects(draw(st.sampled_from(["Person", "Organization", "Contact"])), scope, depth - 1))
        return r.InQuery(draw(numbers(scope, 0)), inner, negated)
    if kind == 8:
        people = [alias for alias, cls in scope.items() if cls == "Person"]
        if people:
            domains = sample.sample_model().cls("Person").attribute("domains")
            codes = r.Literal(draw(st.sampled_from(["network", "HARDWARE x", "net", ""])))
            return r.Match(r.Field(draw(st.sampled_from(people)), "domains", domains), codes)
    return draw(values(scope, depth))


def pick_item(scope: Scope) -> st.SearchStrategy[Any]:
    params = st.sampled_from([r.Param("l"), r.Param("empty"), r.Param("n")])
    return st.one_of(literals(), literals(), fields(scope), params)


def literals() -> st.SearchStrategy[Any]:
    return st.one_of(st.sampled_from(NUMBERS), st.sampled_from(TEXTS), st.none()).map(r.Literal)


def params() -> st.SearchStrategy[Any]:
    return st.sampled_from(["n", "t", "d", "i", "none"]).map(r.Param)


@st.composite
def values(draw: Draw, scope: Scope, depth: int) -> Any:
    """Anything at all."""
    kinds = [fields(scope), literals(), params(), numbers(scope, depth), texts(scope, depth), moments(scope, depth)]
    if depth:
        kinds.append(conditions(scope, depth - 1))
    return pick(draw, *kinds)


@st.composite
def numbers(draw: Draw, scope: Scope, depth: int) -> Any:
    """A number, or what makes one."""
    if not depth or not draw(st.integers(0, 2)):
        return pick(draw, fields(scope, Compared.NUMBER), st.sampled_from(NUMBERS).map(r.Literal), texts(scope, 0))
    part = numbers(scope, depth - 1)
    kind = draw(st.integers(0, 8))
    if kind < 3:
        op = draw(st.sampled_from(["+", "-", "*", "/", "&", "|", "^", "<<", ">>"]))
        right = st.sampled_from(NUMBERS).map(r.Literal) if op in ("<<", ">>") else part
        return r.Binary(op, draw(part), draw(right))
    if kind == 3:
        return r.Call(draw(st.sampled_from(["YEAR", "MONTH", "DAY", "TO_DAYS"])), (draw(moments(scope, depth - 1)),))
    if kind == 4:
        return r.Call("INET_ATON", (pick(draw, fields(scope, Compared.ADDRESS), literals()),))
    if kind == 5:
        return r.Call(draw(st.sampled_from(["ROUND", "FLOOR"])), (draw(part),))
    return draw(calls(scope, depth, part))


@st.composite
def texts(draw: Draw, scope: Scope, depth: int) -> Any:
    if not depth or not draw(st.integers(0, 2)):
        return pick(draw, fields(scope, Compared.TEXT, Compared.CODE), st.sampled_from(TEXTS).map(r.Literal))
    part = texts(scope, depth - 1)
    kind = draw(st.integers(0, 4))
    if kind == 0:
        return r.Call("CONCAT", (draw(part), draw(values(scope, depth - 1))))
    if kind == 1:
        return r.Call("SUBSTR", (draw(part), *draw(st.lists(numbers(scope, 0), min_size=1, max_size=2))))
    if kind == 2:
        return r.Call("TRIM", (draw(part),))
    if kind == 3:
        layout = draw(st.sampled_from(["%Y-%m", "%d.%m.%y %H:%i:%s", "%W %j"]))
        return r.Call("DATE_FORMAT", (draw(moments(scope, depth - 1)), r.Literal(layout)))
    return draw(calls(scope, depth, part))


@st.composite
def moments(draw: Draw, scope: Scope, depth: int) -> Any:
    if not depth or not draw(st.integers(0, 2)):
        dates = st.sampled_from([*DATES, "x"]).map(r.Literal)
        return pick(draw, fields(scope, Compared.DATE, Compared.DATETIME), dates, st.just(r.Call("NOW", ())))
    part = moments(scope, depth - 1)
    kind = draw(st.integers(0, 4))
    if kind < 2:
        unit = draw(st.sampled_from(["SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "YEAR"]))
        amount = pick(draw, st.sampled_from(NUMBERS).map(r.Literal), fields(scope, Compared.NUMBER))
        return r.Call(draw(st.sampled_from(["DATE_ADD", "DATE_SUB"])), (draw(part), r.Interval(amount, unit)))
    if kind == 2:
        return r.Call("DATE", (draw(part),))
    if kind == 3:
        return r.Call("CURRENT_DATE", ())
    return draw(calls(scope, depth, part))


@st.composite
def calls(draw: Draw, scope: Scope, depth: int, part: st.SearchStrategy[Any]) -> Any:
    """A function that chooses among values."""
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return r.Call("IF", (draw(conditions(scope, depth - 1)), draw(part), draw(st.one_of(part, literals()))))
    if kind == 1:
        return r.Call("COALESCE", tuple(draw(st.lists(st.one_of(part, literals()), min_size=1, max_size=3))))
    if kind == 2:
        return r.Call("ELT", (draw(numbers(scope, 0)), draw(part), draw(literals())))
    return r.Call("ISNULL", (draw(part),))
