"""Tokens to syntax tree, by recursive descent. Grammar: facts ``itop_oql`` section 2."""

from __future__ import annotations

from interdesk.oql import limits as _limits
from interdesk.oql.errors import KindFault, LimitFault, SyntaxFault
from interdesk.oql.lexer import BAD, END, FUNCTIONS, TREE_OPERATORS, UNITS, WORDS, bad, tokenize, unquote
from interdesk.oql.limits import Limits
from interdesk.oql.measure import check_size
from interdesk.oql.tree import (
    Binary,
    Call,
    Expr,
    Field,
    Hexadecimal,
    InList,
    InQuery,
    Interval,
    Join,
    Literal,
    Name,
    Param,
    Query,
    Select,
    Source,
    Union,
)

# How tightly an operator binds, by token. Comparisons, sums and LIKE share one level: "a = 1 + 2" is "(a = 1) + 2".
LEVELS: dict[str, int] = {
    **dict.fromkeys(("LOG_OR", "BITWISE_OR", "BITWISE_XOR"), 1),
    **dict.fromkeys(("LOG_AND", "BITWISE_AND"), 2),
    **dict.fromkeys(("MATH_PLUS", "MATH_MINUS", "GT", "LT", "GE", "LE", "EQ", "NOT_EQ"), 3),
    **dict.fromkeys(("LIKE", "NOT_LIKE", "REGEXP", "MATCHES"), 3),
    **dict.fromkeys(("MATH_DIV", "MATH_MULT", "BITWISE_LEFT_SHIFT", "BITWISE_RIGHT_SHIFT"), 4),
}
_FUNCTION_TOKENS = frozenset(WORDS[name] for name in FUNCTIONS)
_UNIT_TOKENS = frozenset(WORDS[name] for name in UNITS)
_JOIN_TOKENS = frozenset(("EQ", *(WORDS[operator] for operator in TREE_OPERATORS)))
_NUMBER_LIMIT = 2**63

_KINDS: dict[type, str] = {
    Literal: "ScalarOqlExpression",
    Hexadecimal: "ScalarOqlExpression",
    Param: "VariableOqlExpression",
    Field: "FieldOqlExpression",
    Binary: "BinaryOqlExpression",
    Call: "FunctionOqlExpression",
    InList: "BinaryOqlExpression",
    InQuery: "NestedQueryOqlExpression",
    Select: "OqlObjectQuery",
    Union: "OqlUnionQuery",
}


def kind_of(node: Expr | Query) -> str:
    """The original's name for a sort of tree, used in error messages."""
    if isinstance(node, Binary) and node.op == "MATCHES":
        return "MatchOqlExpression"
    return _KINDS[type(node)]


def parse(text: str, limits: Limits = _limits.DEFAULT) -> Query:
    """The tree of a query. Raises LexerFault, SyntaxFault, KindFault (a mere condition) or LimitFault."""
    found = _parse(text, limits)
    if isinstance(found, (Select, Union)):
        return found
    raise KindFault("Expecting an OQL query", kind_of(found), 0, text)


def parse_expression(text: str, limits: Limits = _limits.DEFAULT) -> Expr:
    """The tree of a condition. Raises LexerFault, SyntaxFault, KindFault (a whole query) or LimitFault."""
    found = _parse(text, limits)
    if isinstance(found, (Select, Union)):
        raise KindFault("Expecting an OQL expression", kind_of(found), 0, text, ("Expression",))
    return found


def _parse(text: str, limits: Limits) -> Expr | Query:
    length = len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
    if length > limits.length:
        raise LimitFault(f"The query is too long: {length} bytes, the limit is {limits.length}")
    parser = _Parser(text, limits)
    found: Expr | Query = parser.query(text) if parser.kinds[0] == "SELECT" else parser.expression()
    if parser.kinds[parser.i] != END:
        raise parser.unexpected()
    if len(parser.kinds) > limits.depth:  # each level of a tree takes a token: a short query cannot be too deep
        check_size(found, limits)
    return found


class _Parser:
    """``i`` is the index of the token to be read next."""

    __slots__ = ("at", "depth", "i", "kinds", "limits", "queries", "text", "texts", "tokens")

    def __init__(self, text: str, limits: Limits) -> None:
        self.text, self.limits = text, limits
        self.tokens = tokenize(text)
        self.kinds, self.texts, self.at = self.tokens
        self.i = self.depth = self.queries = 0

    # -- tokens

    def unexpected(self) -> Exception:
        kind, i = self.kinds[self.i], self.i
        if kind == BAD:
            return bad(self.text, self.tokens)
        return SyntaxFault(f"Unexpected token {kind}", self.texts[i], self.at[i], self.text)

    def expect(self, kind: str) -> int:
        """Steps over a token of that kind and returns its index."""
        i = self.i
        if self.kinds[i] != kind:
            raise self.unexpected()
        self.i = i + 1
        return i

    def name(self) -> tuple[str, int]:
        """A name, without its backquotes, and its place."""
        i = self.expect("NAME")
        raw = self.texts[i]
        return (raw[1:-1] if raw[0] == "`" else raw), self.at[i]

    def field(self) -> Field:
        name, at = self.name()
        if self.kinds[self.i] != "DOT":
            return Field(name, None, at, at)
        self.i += 1
        code, code_at = self.name()
        return Field(code, name, code_at, at)

    # -- queries

    def query(self, text: str) -> Query:
        """One SELECT, or several joined by UNION; ``text`` is what error messages will quote."""
        self.queries += 1
        if self.queries > self.limits.queries:
            raise LimitFault(f"Sub-queries lie deeper than {self.limits.queries} levels in each other")
        first = self.select(text)
        if self.kinds[self.i] != "UNION":
            self.queries -= 1
            return first
        members = [first]
        while self.kinds[self.i] == "UNION":
            self.i += 1
            if len(members) == self.limits.members:
                raise LimitFault(f"A UNION may have {self.limits.members} members at most")
            members.append(self.select(text))
        self.queries -= 1
        return Union(tuple(members), text)

    def select(self, text: str) -> Select:
        self.expect("SELECT")
        name, at = self.name()
        selected: tuple[Name, ...] = ()
        if self.kinds[self.i] in ("COMA", "FROM"):
            names = [Name(name, at)]
            while self.kinds[self.i] == "COMA":
                self.i += 1
                names.append(Name(*self.name()))
            self.expect("FROM")
            selected = tuple(names)
            name, at = self.name()
        source = self.source(name, at)
        joins: list[Join] = []
        while self.kinds[self.i] == "JOIN":
            if len(joins) == self.limits.joins:
                raise LimitFault(f"A query may have {self.limits.joins} joins at most")
            joins.append(self.join())
        where = None
        if self.kinds[self.i] == "WHERE":
            self.i += 1
            where = self.expression()
        return Select(selected, source, tuple(joins), where, text)

    def source(self, cls: str, at: int) -> Source:
        if self.kinds[self.i] != "AS_ALIAS":
            return Source(cls, None, at, at)
        self.i += 1
        alias, alias_at = self.name()
        return Source(cls, alias, at, alias_at)

    def join(self) -> Join:
        at = self.at[self.expect("JOIN")]
        source = self.source(*self.name())
        self.expect("ON")
        left = self.field()
        i = self.i
        if self.kinds[i] not in _JOIN_TOKENS:
            raise self.unexpected()
        self.i = i + 1
        return Join(source, left, self.texts[i], self.field(), at)

    # -- expressions

    def enter(self) -> None:
        self.depth += 1
        if self.depth > self.limits.depth:
            raise LimitFault(f"The query is nested deeper than {self.limits.depth} levels")

    def expression(self) -> Expr:
        """Operands and operators, all left-associative; waiting operators lie on a stack of (level, op, place)."""
        self.enter()
        levels = LEVELS
        left = self.operand()
        level = levels.get(self.kinds[self.i], 0)
        if not level:
            self.depth -= 1
            return left
        operands = [left]
        waiting: list[tuple[int, str, int]] = []
        while level:
            while waiting and waiting[-1][0] >= level:
                _, op, at = waiting.pop()
                right = operands.pop()
                operands[-1] = Binary(op, operands[-1], right, at)
            waiting.append((level, self.texts[self.i], self.at[self.i]))
            self.i += 1
            operands.append(self.operand())
            level = levels.get(self.kinds[self.i], 0)
        while waiting:
            _, op, at = waiting.pop()
            right = operands.pop()
            operands[-1] = Binary(op, operands[-1], right, at)
        self.depth -= 1
        return operands[0]

    def operand(self) -> Expr:
        """What operators stand between, with the lists it is searched in."""
        i = self.i
        kind = self.kinds[i]
        found: Expr
        if kind == "NAME":
            found = self.field()
        elif kind == "PAR_OPEN":
            self.i = i + 1
            found = self.expression()
            self.expect("PAR_CLOSE")
        elif kind in _FUNCTION_TOKENS:
            self.i = i + 1
            found = Call(self.texts[i], self.arguments(), self.at[i])
        else:
            found = self.scalar(kind, i)
        while (kind := self.kinds[self.i]) == "IN" or kind == "NOT_IN":
            at = self.at[self.i]
            self.i += 1
            found = self.list(found, kind == "NOT_IN", at)
        return found

    def scalar(self, kind: str, i: int) -> Expr:
        at = self.at[i]
        if kind == "STRVAL":
            self.i = i + 1
            return Literal(unquote(self.texts[i]), at)
        if kind == "NUMVAL":
            self.i = i + 1
            return Literal(self.number(self.texts[i]), at)
        if kind == "VARNAME":
            self.i = i + 1
            name, _, attribute = self.texts[i][1:].partition("->")
            return Param(name, attribute or None, at)
        if kind == "NULL_VAL":
            self.i = i + 1
            return Literal(None, at)
        if kind == "MATH_MINUS":
            self.i = i + 1
            return Literal(-self.number(self.texts[self.expect("NUMVAL")]), at)
        if kind == "HEXVAL":
            self.i = i + 1
            digits = self.texts[i]
            self.number(digits, 16)
            return Hexadecimal(digits, at)
        raise self.unexpected()

    def number(self, digits: str, base: int = 10) -> int:
        """The databases know integers of 64 bits. A long text of digits is never made a number: that takes long."""
        significant = digits[2:].lstrip("0") if base == 16 else digits.lstrip("0")
        value = int(significant or "0", base) if len(significant) < 20 else _NUMBER_LIMIT
        if value >= _NUMBER_LIMIT:
            raise LimitFault(f"The number {digits[:40]} does not fit into 64 bits")
        return value

    def arguments(self) -> tuple[Expr | Interval, ...]:
        self.expect("PAR_OPEN")
        if self.kinds[self.i] == "PAR_CLOSE":
            self.i += 1
            return ()
        found: list[Expr | Interval] = []
        while True:
            if self.kinds[self.i] == "INTERVAL":
                at = self.at[self.i]
                self.i += 1
                value, i = self.expression(), self.i
                if self.kinds[i] not in _UNIT_TOKENS:
                    raise self.unexpected()
                self.i = i + 1
                found.append(Interval(value, self.texts[i], at))
            else:
                found.append(self.expression())
            if self.kinds[self.i] != "COMA":
                self.expect("PAR_CLOSE")
                return tuple(found)
            self.i += 1

    def list(self, operand: Expr, negated: bool, at: int) -> Expr:
        """What follows IN: a list of expressions, or a query."""
        self.expect("PAR_OPEN")
        if self.kinds[self.i] == "SELECT":
            self.enter()
            query = self.query("")
            self.depth -= 1
            self.expect("PAR_CLOSE")
            return InQuery(operand, query, negated, at)
        items = [self.expression()]
        while self.kinds[self.i] == "COMA":
            self.i += 1
            items.append(self.expression())
        self.expect("PAR_CLOSE")
        return InList(operand, tuple(items), negated, at)
