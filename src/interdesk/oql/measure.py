"""The size of a syntax tree, measured without recursion: whoever walks a tree afterwards may recurse."""

from __future__ import annotations

from interdesk.oql.errors import LimitFault
from interdesk.oql.limits import Limits
from interdesk.oql.tree import Binary, Call, Expr, InList, InQuery, Interval, Query, Select, Union

LOGICAL = frozenset(("AND", "OR"))

_Node = Expr | Interval | Query


def check_size(tree: Expr | Query, limits: Limits) -> None:
    """Raises LimitFault when the tree is deeper, or a run of ANDs or ORs longer, than ``limits`` allows."""
    waiting: list[tuple[_Node, int]] = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > limits.depth:
            raise LimitFault(f"The query is nested deeper than {limits.depth} levels")
        if isinstance(node, Binary) and node.op in LOGICAL:
            terms = run(node)
            if len(terms) > limits.terms:
                raise LimitFault(f"More than {limits.terms} conditions are joined by {node.op}: use IN (...)")
            waiting += [(term, depth + 1) for term in terms]
        else:
            waiting += [(part, depth + 1) for part in _parts(node)]


def run(node: Binary) -> list[Expr]:
    """The terms of ``a AND b AND c``, in order."""
    terms: list[Expr] = []
    op, left = node.op, node
    while True:
        terms.append(left.right)
        if not isinstance(left.left, Binary) or left.left.op != op:
            terms.append(left.left)
            terms.reverse()
            return terms
        left = left.left


def _parts(node: _Node) -> tuple[_Node, ...]:
    match node:
        case Binary():
            return node.left, node.right
        case Call():
            return node.args
        case Interval():
            return (node.value,)
        case InList():
            return node.operand, *node.items
        case InQuery():
            return node.operand, node.query
        case Select():
            return () if node.where is None else (node.where,)
        case Union():
            return node.members
        case _:
            return ()
