"""The engine, command by command: who may act, which way is taken, when a node and a ticket end."""

from __future__ import annotations

from typing import Any

import pytest

from interdesk.approvals.commands import (
    Begin,
    Claim,
    Deliver,
    Distribute,
    Ended,
    Entered,
    Resume,
    Submit,
    Suspend,
    Terminate,
    TerminateNode,
    Withdraw,
)
from interdesk.approvals.engine import advance
from interdesk.approvals.flow import Flow
from interdesk.approvals.refusals import BadParameter, NotPossible
from interdesk.approvals.state import State, decoded, encoded
from interdesk.approvals.tickets_rules import AlreadyHandled, approved, last_approvers, pending, withdrawable
from tests.approvals.written_flows import approval, document, field, flow, node, sample_flow, when


class Ticket:
    """A ticket that walks a flow."""

    def __init__(self, walked: Flow, creator: str = "requester", directory: Any = None, **values: Any) -> None:
        self.flow, self.state, self.directory = walked, State(creator), directory
        self.effects: tuple[Any, ...] = ()
        self.do(Begin(operator=creator, values=values))

    def do(self, command: Any) -> None:
        self.state, self.effects = advance(self.flow, self.state, command, self.directory)

    def node(self, name: str) -> int:
        return next(key for key, one in self.flow.nodes.items() if one.name == name)

    def decide(self, name: str, who: str, result: bool = True) -> None:
        values = {field.key: str(result).lower() for field in self.flow.form(self.flow.nodes[self.node(name)])[:1]}
        self.do(Submit(operator=who, node=self.node(name), values=values))

    @property
    def at(self) -> dict[str, str]:
        """Name of each open node -> who may act."""
        return {self.flow.nodes[s.node].name: ",".join(pending(self.flow, s)) for s in self.state.open_steps}

    @property
    def approvals(self) -> frozenset[int]:
        return frozenset(key for key, one in self.flow.nodes.items() if one.type == "APPROVAL")

    @property
    def result(self) -> bool:
        return approved(self.state, self.approvals)


def linear() -> Ticket:
    return Ticket(sample_flow("linear_approval"), title="t", reason="r", env="prod")


def test_linear() -> None:
    ticket = linear()
    assert ticket.at == {"Leader approval": "leader1"}
    assert Entered(ticket.node("Leader approval")) in ticket.effects
    ticket.decide("Leader approval", "leader1")
    assert ticket.at == {"Ops handling": "ops1,ops2"}
    ticket.decide("Ops handling", "ops2")
    assert (ticket.state.status, ticket.at, ticket.effects[-1]) == ("FINISHED", {}, Ended("FINISHED", True))
    assert [line.message for line in ticket.state.logs] == [
        "流程开始.",
        "requester 处理【Submit】",
        "leader1 已处理【Leader approval】(Pass)",
        "ops2 处理【Ops handling】",
        "流程结束.",
    ]
    assert ticket.state.updated_by == ["ops2", "leader1", "requester"]
    assert last_approvers(ticket.state, ticket.approvals) == ["leader1"]


def test_a_refused_command_changes_nothing_and_the_given_state_is_never_changed() -> None:
    ticket = linear()
    before = encoded(ticket.state)
    with pytest.raises(NotPossible, match="outsider不能操作该节点"):
        ticket.decide("Leader approval", "outsider")
    with pytest.raises(NotPossible, match="没有找到该节点"):
        ticket.decide("Ops handling", "ops1")
    after, _ = advance(
        ticket.flow, ticket.state, Submit(operator="leader1", node=ticket.node("Leader approval"), values={})
    )
    assert encoded(ticket.state) == before != encoded(after)
    assert encoded(decoded(before)) == before


def test_a_handled_node_takes_nothing_more() -> None:
    ticket = linear()
    ticket.decide("Leader approval", "leader1")
    with pytest.raises(NotPossible, match="已经结束"):
        ticket.decide("Leader approval", "leader1")


@pytest.mark.parametrize(("amount", "names"), [(500, {"Quick approval"}), ("1001", {"Finance approval", "Security approval"})])  # fmt: skip  # noqa: E501
def test_the_first_true_line_is_taken(amount: Any, names: set[str]) -> None:
    assert set(Ticket(sample_flow("branch_parallel"), title="t", amount=amount, kind="hw").at) == names


def test_a_join_waits_for_all_branches() -> None:
    ticket = Ticket(sample_flow("branch_parallel"), title="t", amount=5000, kind="hw")
    ticket.decide("Security approval", "wangwu", False)
    assert ticket.at == {"Finance approval": "lisi"}
    ticket.decide("Finance approval", "lisi")
    assert ticket.at == {"Purchase": "ops1"}
    ticket.decide("Purchase", "ops1")
    assert (ticket.state.status, ticket.result) == ("FINISHED", False)


def test_several_people() -> None:
    ticket = Ticket(sample_flow("multi_sign"), title="t")
    ticket.decide("All approve", "zhangsan", False)
    assert ticket.at == {"All approve": "lisi,wangwu"}
    with pytest.raises(NotPossible):
        ticket.decide("All approve", "zhangsan")
    ticket.decide("All approve", "lisi")
    ticket.decide("All approve", "wangwu")
    assert ticket.state.steps[ticket.node("All approve")].result == "false"
    ticket.decide("Any one", "lisi")
    ticket.decide("Two of three", "wangwu")
    assert set(ticket.at) == {"Two of three"}
    ticket.decide("Two of three", "zhangsan")
    assert ticket.state.status == "FINISHED"
    assert last_approvers(ticket.state, ticket.approvals) == ["zhangsan", "wangwu"]


def test_claim_distribute_and_refusal_that_ends() -> None:
    ticket = Ticket(sample_flow("dispatch"), title="t", APPROVER="zhangsan,lisi")
    assert ticket.state.open_steps[0].processors_type == "PERSON"
    assert withdrawable(ticket.flow, ticket.state)
    ticket.decide("Chosen approver", "lisi")
    assert not withdrawable(ticket.flow, ticket.state)
    claimed = ticket.node("Claimed work")
    assert ticket.state.steps[claimed].status == "RECEIVING"
    with pytest.raises(NotPossible):
        ticket.do(Submit(operator="ops1", node=claimed, values={"work_note": "x"}))
    ticket.do(Claim(operator="ops2", node=claimed))
    assert ticket.at == {"Claimed work": "ops2"}
    ticket.decide("Claimed work", "ops2")
    given = ticket.node("Distributed work")
    assert (ticket.state.steps[given].status, ticket.at) == ("DISTRIBUTING", {"Distributed work": "leader1"})
    with pytest.raises(NotPossible, match="outsider"):
        ticket.do(Distribute(operator="leader1", node=given, processors="outsider"))
    with pytest.raises(BadParameter):
        ticket.do(Distribute(operator="leader1", node=given, processors=""))
    ticket.do(Distribute(operator="leader1", node=given, processors="ops1"))
    assert ticket.at == {"Distributed work": "ops1"}
    refused = Ticket(sample_flow("dispatch"), title="t", APPROVER="zhangsan")
    refused.decide("Chosen approver", "zhangsan", False)
    assert (refused.state.status, refused.effects[-1]) == ("TERMINATED", Ended("TERMINATED", False))


def test_hand_over() -> None:
    ticket = linear()
    leader = ticket.node("Leader approval")
    with pytest.raises(BadParameter, match="转单描述信息不能为空"):
        ticket.do(Deliver(operator="leader1", node=leader, processors="zhangsan"))
    ticket.do(Deliver(operator="leader1", node=leader, processors="zhangsan", message="on leave"))
    assert ticket.at == {"Leader approval": "zhangsan"}
    assert ticket.state.logs[-1].message == "leader1 转单【Leader approval】给 zhangsan(on leave)."


def test_hand_over_of_one_part_keeps_the_others() -> None:
    everybody = approval("a,b,c", is_multi=True, can_deliver=True)
    ticket = Ticket(flow({"all": everybody}, [("submit", "all"), ("all", "end")]), title="t")
    ticket.decide("all", "a")
    with pytest.raises(AlreadyHandled):
        ticket.do(Deliver(operator="b", node=ticket.node("all"), processors="a", message="m"))
    ticket.do(Deliver(operator="b", node=ticket.node("all"), processors="d", message="m"))
    assert ticket.at == {"all": "d,c"}


def test_suspend_resume_withdraw_terminate() -> None:
    ticket = linear()
    with pytest.raises(NotPossible, match="outsider无权操作该单据"):
        ticket.do(Suspend(operator="outsider"))
    ticket.do(Suspend(operator="leader1", message="wait"))
    ticket.do(Suspend(operator="leader1", message="wait"))
    ticket.decide("Leader approval", "leader1")
    assert (ticket.state.status, set(ticket.at)) == ("SUSPENDED", {"Ops handling"})
    ticket.do(Resume(operator="ops1"))
    assert ticket.state.status == "RUNNING"
    with pytest.raises(NotPossible, match="不在挂起中"):
        ticket.do(Resume(operator="ops1"))
    with pytest.raises(NotPossible, match="zhangsan!=requester"):
        ticket.do(Withdraw(operator="zhangsan"))
    ticket.do(Withdraw(operator="requester"))
    assert (ticket.state.status, ticket.effects[-1], ticket.at) == ("REVOKED", Ended("REVOKED", False), {})
    with pytest.raises(NotPossible, match="已经结束"):
        ticket.do(Withdraw(operator="requester"))
    with pytest.raises(NotPossible, match="已关闭"):
        ticket.do(Terminate(operator="ops1"))


def test_a_suspended_ticket_can_finish() -> None:
    ticket = linear()
    ticket.do(Suspend(operator="leader1"))
    ticket.decide("Leader approval", "leader1")
    ticket.decide("Ops handling", "ops1")
    assert ticket.state.status == "FINISHED"


def test_terminate_at_a_node_that_allows_it() -> None:
    ticket = linear()
    with pytest.raises(NotPossible):
        ticket.do(TerminateNode(operator="leader1", node=ticket.node("Leader approval")))
    ticket.decide("Leader approval", "leader1")
    ticket.do(TerminateNode(operator="ops1", node=ticket.node("Ops handling"), message="no"))
    assert (ticket.state.status, ticket.result) == ("TERMINATED", False)


def test_people_given_at_creation() -> None:
    walked = sample_flow("linear_approval")
    leader = next(key for key, one in walked.nodes.items() if one.name == "Leader approval")
    state, _ = advance(walked, State("r", state_processors={str(leader): "lisi,wangwu"}), Begin(operator="r"))
    assert state.steps[leader].processors == ["lisi", "wangwu"]


class Staff:
    def leaders(self, name: str) -> list[str]:
        return {"requester": ["boss"], "zhangsan": ["chief"]}.get(name, [])

    def role(self, key: str) -> list[str]:
        return {"4": ["x", "y"]}.get(key, [])

    def organization(self, key: str) -> list[str]:
        return {"9": ["o1", "o2"]}.get(key, [])


@pytest.mark.parametrize(
    ("kind", "listed", "expected"),
    [
        ("STARTER", "", "requester"),
        ("STARTER_LEADER", "", "boss"),
        ("VARIABLE", "other,who", "zhangsan,lisi"),
        ("VARIABLE_LEADER", "who", "chief"),
        ("ORGANIZATION", "9", "o1,o2"),
        ("PERSON", ",a,,b,", "a,b"),
    ],
)
def test_processors(kind: str, listed: str, expected: str) -> None:
    one = {"type": "NORMAL", "processors_type": kind, "processors": listed}
    who = field(2, "who", "submit", "MEMBERS", validate_type="OPTION")
    walked = flow({"work": one}, [("submit", "work"), ("work", "end")], [who])
    assert Ticket(walked, directory=Staff(), title="t", who="zhangsan,lisi", other="").at == {"work": expected}


def test_nobody_and_the_creator() -> None:
    steps = {"skipped": approval("", processors_type="EMPTY", is_allow_skip=True), "own": approval("requester,b")}
    lines = [("submit", "skipped"), ("skipped", "own"), ("own", "end")]
    assert Ticket(flow(steps, lines), title="t").at == {"own": "requester,b"}
    ticket = Ticket(flow(steps, lines, is_auto_approve=True), title="t")
    assert (ticket.state.status, ticket.result) == ("FINISHED", True)


def test_one_after_another() -> None:
    ticket = Ticket(flow({"s": node("SIGN", "a,b", is_sequential=True)}, [("submit", "s"), ("s", "end")]), title="t")
    with pytest.raises(NotPossible):
        ticket.decide("s", "b")
    ticket.decide("s", "a")
    ticket.decide("s", "b")
    assert (ticket.state.status, ticket.result) == ("FINISHED", True)


def test_back_to_an_earlier_node() -> None:
    again = when("check_NODE_APPROVE_RESULT", "==", "false")
    steps = {"work": node("NORMAL", "w"), "check": approval("c")}
    walked = flow(steps, [("submit", "work"), ("work", "check"), ("check", "work", again), ("check", "end")])
    ticket = Ticket(walked, title="t")
    ticket.decide("work", "w")
    ticket.decide("check", "c", False)
    assert ticket.at == {"work": "w"}
    ticket.decide("work", "w")
    ticket.decide("check", "c")
    assert (ticket.state.status, ticket.result) == ("FINISHED", True)


def test_no_way_on_is_refused_and_the_node_stays() -> None:
    small = when("ticket_title", "==", "never")
    steps = {"work": node("NORMAL", "w"), "next": node("NORMAL", "n")}
    walked = flow(steps, [("submit", "work"), ("work", "next", small), ("next", "end")])
    ticket = Ticket(walked, title="t")
    ticket.state.facts["ticket_title"] = "t"
    with pytest.raises(NotPossible, match="没有满足条件的连线"):
        ticket.decide("work", "w")
    assert ticket.at == {"work": "w"}


def test_a_withdrawal_until_a_node() -> None:
    steps = {"one": node("NORMAL", "w"), "two": node("NORMAL", "w")}
    lines = [("submit", "one"), ("one", "two"), ("two", "end")]
    ticket = Ticket(flow(steps, lines, revoke_config={"type": 3, "state": "two"}), title="t")
    assert withdrawable(ticket.flow, ticket.state)
    ticket.decide("one", "w")
    with pytest.raises(NotPossible, match="执行中"):
        ticket.do(Withdraw(operator="requester"))
    assert not withdrawable(Ticket(flow(steps, lines, is_revocable=False), title="t").flow, State("r"))


def test_automatic_nodes_between_a_fork_and_a_join_do_not_open_it_early() -> None:
    steps = {
        "fork": node("ROUTER-P"), "join": node("COVERAGE"),
        "auto": approval("", processors_type="EMPTY", is_allow_skip=True), "hand": approval("h"),
    }  # fmt: skip
    lines = [("submit", "fork"), ("fork", "auto"), ("fork", "hand"), ("auto", "join"), ("hand", "join"), ("join", "end")]  # fmt: skip  # noqa: E501
    ticket = Ticket(flow(steps, lines), title="t")
    assert ticket.at == {"hand": "h"}
    ticket.decide("hand", "h")
    assert ticket.state.status == "FINISHED"


def test_documents_are_not_shared() -> None:
    assert document({}, [("submit", "end")]) == document({}, [("submit", "end")])
