"""Tokens, precedence, positions: what a text means before any model is asked."""

from __future__ import annotations

import pytest

from interdesk import oql
from interdesk.oql import tree


def shape(node: object) -> str:
    """A tree with every operator in parentheses."""
    match node:
        case tree.Binary():
            return f"({shape(node.left)} {node.op} {shape(node.right)})"
        case tree.InList():
            items = " ".join(map(shape, node.items))
            return f"[{shape(node.operand)} {'not ' if node.negated else ''}in {items}]"
        case tree.Field():
            return f"{node.alias}.{node.name}" if node.alias else node.name
        case tree.Literal():
            return repr(node.value)
        case tree.Hexadecimal():
            return node.digits
        case tree.Param():
            return f":{node.name}/{node.attribute}"
        case tree.Call():
            return f"{node.name}<{' '.join(map(shape, node.args))}>"
        case tree.Interval():
            return f"{shape(node.value)}~{node.unit}"
    raise AssertionError(node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1 + 2", "((a = 1) + 2)"),
        ("a + 1 = 2", "((a + 1) = 2)"),
        ("a & 1 = 1", "(a & (1 = 1))"),
        ("a = b = c", "((a = b) = c)"),
        ("a = 1 OR b = 2 AND c = 3", "((a = 1) OR ((b = 2) AND (c = 3)))"),
        ("a AND b & c AND d", "(((a AND b) & c) AND d)"),
        ("a OR b | c ^ d", "(((a OR b) | c) ^ d)"),
        ("a | b AND c", "(a | (b AND c))"),
        ("a + b * c", "(a + (b * c))"),
        ("a * b + c", "((a * b) + c)"),
        ("a << 2 = 4", "((a << 2) = 4)"),
        ("a / b >> c * d", "(((a / b) >> c) * d)"),
        ("a LIKE 'x' = 1", "((a LIKE 'x') = 1)"),
        ("a NOT LIKE 'x' REGEXP 'y'", "((a NOT LIKE 'x') REGEXP 'y')"),
        ("a >= 1 != b <= 2", "(((a >= 1) != b) <= 2)"),
        ("a MATCHES 'x y' AND b", "((a MATCHES 'x y') AND b)"),
        ("a * (b + c)", "(a * (b + c))"),
        ("((a))", "a"),
        ("a = b IN (1, 2)", "(a = [b in 1 2])"),
        ("a IN (1) NOT IN (2)", "[[a in 1] not in 2]"),
        ("(a = 1) IN (1, b OR c)", "[(a = 1) in 1 (b OR c)]"),
        ("id-5", "(id - 5)"),
        ("id - - 5", "(id - -5)"),
        ("id + -5", "(id + -5)"),
        ("a=-  007", "(a = -7)"),
        ("a = 0x0F", "(a = 0x0F)"),
        ("a = 0", "(a = 0)"),
        ("a = NULL", "(a = None)"),
        ("a = :this->org_id", "(a = :this/org_id)"),
        ("a = :list", "(a = :list/None)"),
        ("NOW()", "NOW<>"),
        ("DATE_SUB(NOW(), INTERVAL 1 + n MONTH)", "DATE_SUB<NOW<> (1 + n)~MONTH>"),
        ("INTERVAL_x = DATE_x", "(INTERVAL_x = DATE_x)"),
        ("`DATE` = `my p`.`a b`", "(DATE = my p.a b)"),
        ("select AND like", "(select AND like)"),
        ("NOT AND STRICT", "(NOT AND STRICT)"),
        (r"'it\'s' = 'a\\b'", "(\"it's\" = 'a\\\\b')"),
        ("\"say \\\"x\\\" 'y'\"", "'say \"x\" \\'y\\''"),
        ("'two\nlines'", "'two\\nlines'"),
        ("a\r\n\t= 1", "(a = 1)"),
    ],
)  # fmt: skip
def test_a_condition_groups_as_the_grammar_says(text: str, expected: str) -> None:
    assert shape(oql.parse_expression(text)) == expected


@pytest.mark.parametrize("operator", ["BELOW", "BELOW STRICT", "NOT BELOW", "NOT BELOW STRICT", "ABOVE", "ABOVE STRICT",
                                      "NOT ABOVE", "NOT ABOVE STRICT", "="])  # fmt: skip
def test_a_join_has_one_of_nine_operators(operator: str) -> None:
    query = oql.parse(f"SELECT A AS a JOIN B ON a.k {operator} B.id")
    assert isinstance(query, tree.Select)
    expected = tree.Join(tree.Source("B"), tree.Field("k", "a"), operator, tree.Field("id", "B"))
    assert query.joins == (expected,)


def test_a_query_keeps_its_parts() -> None:
    query = oql.parse("SELECT a, b FROM A AS a JOIN B AS b ON a.k = b.id WHERE 1")
    assert query == tree.Select(
        (tree.Name("a"), tree.Name("b")),
        tree.Source("A", "a"),
        (tree.Join(tree.Source("B", "b"), tree.Field("k", "a"), "=", tree.Field("id", "b")),),
        tree.Literal(1),
    )


def test_positions_are_byte_offsets() -> None:
    text = "SELECT Person WHERE name = 'é€' AND nom = 1"
    where = oql.parse(text).where  # type: ignore[union-attr]
    at = where.right.left.at
    assert text.encode()[at : at + 3] == b"nom"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Unexpected token End of Input - found '0' at 0 in ''"),
        (" ", "Unexpected token End of Input - found '0' at 0 in ' '"),
        ("SELECT", "Unexpected token End of Input - found '0' at 0 in 'SELECT'"),
        ("SELECT A WHERE a NOT  IN (1)", "Unexpected token NAME - found 'NOT' at 17 in 'SELECT A WHERE a NOT  IN (1)'"),
        ("SELECT A WHERE a NOT\nLIKE 1", "Unexpected token NAME - found 'NOT' at 17 in 'SELECT A WHERE a NOT\nLIKE 1'"),
        ("SELECT DATE", "Unexpected token F_DATE - found 'DATE' at 7 in 'SELECT DATE'"),
        ("SELECT A AS a FROM A", "Unexpected token FROM - found 'FROM' at 14 in 'SELECT A AS a FROM A'"),
        ("SELECT a, b", "Unexpected token End of Input - found '0' at 0 in 'SELECT a, b'"),
        ("SELECT A UNION", "Unexpected token End of Input - found '0' at 0 in 'SELECT A UNION'"),
        ("SELECT A UNION (SELECT B)", "Unexpected token PAR_OPEN - found '(' at 15 in 'SELECT A UNION (SELECT B)'"),
        ("SELECT A WHERE -a", "Unexpected token NAME - found 'a' at 16 in 'SELECT A WHERE -a'"),
        ("SELECT A WHERE -0x1", "Unexpected token HEXVAL - found '0x1' at 16 in 'SELECT A WHERE -0x1'"),
        ("SELECT A WHERE a.b.c", "Unexpected token DOT - found '.' at 18 in 'SELECT A WHERE a.b.c'"),
        ("SELECT A WHERE (1", "Unexpected token End of Input - found '0' at 0 in 'SELECT A WHERE (1'"),
        ("SELECT A WHERE :a->b->c", "Unexpected token GT - found '>' at 21 in 'SELECT A WHERE :a->b->c'"),
        ("SELECT A WHERE a IN ((SELECT B))",
         "Unexpected token SELECT - found 'SELECT' at 22 in 'SELECT A WHERE a IN ((SELECT B))'"),
        ("SELECT A WHERE 'é' = 1 1", "Unexpected token NUMVAL - found '1' at 24 in 'SELECT A WHERE 'é' = 1 1'"),
        ("SELECT A WHERE\n\na = !", "Unexpected input at line 3: !"),
        ("SELECT A -- all", "Unexpected token MATH_MINUS - found '-' at 9 in 'SELECT A -- all'"),
        ("SELECT A # all", "Unexpected input at line 1: #"),
        ("SELECT é", "Unexpected input at line 1: é"),
        ("SELECT A WHERE 'a\\n'", "Unexpected input at line 1: '"),
        ("SELECT A WHERE ``", "Unexpected input at line 1: `"),
        ("SELECT * FROM A;", "Unexpected token MATH_MULT - found '*' at 7 in 'SELECT * FROM A;'"),
        ("NOW()", "Expecting an OQL query - found 'FunctionOqlExpression' at 0 in 'NOW()'"),
        ("Demo", "Expecting an OQL query - found 'FieldOqlExpression' at 0 in 'Demo'"),
        ("'x'", "Expecting an OQL query - found 'ScalarOqlExpression' at 0 in ''x''"),
    ],
)  # fmt: skip
def test_a_wrong_text_is_refused_at_its_first_wrong_token(text: str, message: str) -> None:
    with pytest.raises(oql.OqlError) as caught:
        oql.parse(text)
    assert str(caught.value) == message


def test_a_query_is_no_condition() -> None:
    with pytest.raises(oql.KindFault) as caught:
        oql.parse_expression("SELECT A")
    assert str(caught.value) == (
        "Expecting an OQL expression - found 'OqlObjectQuery' at 0 in 'SELECT A', "
        "expecting {Expression}, I would suggest to use ''"
    )


def test_an_error_tells_its_parts() -> None:
    with pytest.raises(oql.SyntaxFault) as caught:
        oql.parse("SELECT A b")
    fault = caught.value
    assert (fault.kind, fault.issue, fault.word, fault.position) == ("syntax", "Unexpected token NAME", "b", 9)
    assert (fault.expecting, fault.suggestion) == (None, "")
