"""The queue side of the class ``Delivery``: which deliveries are due, who sends them, which must wait for others.

Whoever claims does so behind a lock, one after the other; writers that add deliveries wait for nobody. All statements
go through two indexes, (state, lane, due) and (ordering, state), so that what was delivered costs nothing.
Times are milliseconds since 1970: they know no daylight saving.

A delivery may be claimed when it is the oldest unfinished one of its ordering, or was written together with that one
and that one was tried before. Others are put off until the one that they wait for is due, so that each is looked at
once for each try of the first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from interdesk.store.database import Connection
from interdesk.store.writing import WriteSession

LOCK = "interdesk deliveries"
TABLE = '"Delivery"'
PUT_OFF = 200  # ms, for one that waits for another which is due already
LOST_LEASE = "Its sender ended before it knew the outcome"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours until its lease ends. ``attempt`` counts from 1; ``known``: its event still exists."""

    id: int
    message_id: str
    event_id: int
    connection_id: int
    lane: int
    kind: str
    attempt: int
    ordering: int
    batch: int
    object_class: str
    object_id: int
    attempts_before: int  # those before it was sent anew
    request: str = field(repr=False)
    known: bool = True


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    ordering: int
    batch: int
    state: str
    due: int
    attempts: int


COLUMNS = "d.id, d.ordering, d.batch, d.state, d.due, d.attempts"


def anything_due(session_connection: Connection, now: int) -> bool:
    """True when a claim might find something, or a lease has ended."""
    mark = session_connection.mark
    sql = f"SELECT 1 FROM {TABLE} WHERE state IN ('waiting', 'sending') AND due <= {mark} LIMIT 1"
    return bool(session_connection.rows(sql, (now,)))


def claim(
    session: WriteSession,
    owner: str,
    now: int,
    lease_end: int,
    closed: Collection[int],
    room: Mapping[int, int],
    most: int,
) -> list[Claimed]:
    """Takes deliveries that are due, oldest first; each lane up to its room, ``most`` when not named.

    Lanes in ``closed`` are left alone. What was claimed by somebody whose lease has ended is waiting again.
    """
    connection = session.connection
    mark = connection.mark
    connection.serialise(LOCK)
    _take_back(connection, now)
    found: list[int] = []
    lane = -1
    while (lane := _next_lane(connection, lane)) >= 0:
        limit = room.get(lane, most)
        if lane not in closed and limit > 0:
            found += _of_lane(connection, lane, now, limit)
    if not found:
        return []
    test, bound = connection.within(sorted(found))
    connection.change(
        f"UPDATE {TABLE} SET state = 'sending', owner = {mark}, due = {mark}, attempts = attempts + 1 WHERE id {test}",
        (owner, lease_end, bound),
    )
    rows = connection.rows(
        f"SELECT d.id, d.message_id, d.event_id, d.connection_id, d.lane, d.kind, d.attempts, d.ordering, d.batch, "
        f"d.object_class, d.object_id, d.attempts_before, d.request, CASE WHEN e.id IS NULL THEN 0 ELSE 1 END "
        f'FROM {TABLE} d LEFT JOIN "Event" e '
        f"ON e.id = d.event_id WHERE d.id {test} ORDER BY d.id",
        (bound,),
    )
    return [Claimed(*row) for row in rows]


def _take_back(connection: Connection, now: int) -> None:
    """Those whose leases have ended wait again, except one whose outcome its sender is writing down just now."""
    mark = connection.mark
    skipping = " FOR UPDATE SKIP LOCKED" if connection.dialect == "postgresql" else ""
    connection.change(
        f"UPDATE {TABLE} SET state = 'waiting', owner = '', last_error = {mark} WHERE id IN "
        f"(SELECT id FROM {TABLE} WHERE state = 'sending' AND due < {mark}{skipping})",
        (LOST_LEASE, now),
    )


def _next_lane(connection: Connection, lane: int) -> int:
    """The next lane that has deliveries waiting, -1 when there is none."""
    sql = f"SELECT min(lane) FROM {TABLE} WHERE state = 'waiting' AND lane > {connection.mark}"
    found = connection.rows(sql, (lane,))[0][0]
    return -1 if found is None else int(found)


def _of_lane(connection: Connection, lane: int, now: int, limit: int) -> list[int]:
    """The ids of those that may be sent now; those that must wait for others are put off."""
    mark = connection.mark
    due = [
        _Row(*row)
        for row in connection.rows(
            f"SELECT {COLUMNS} FROM {TABLE} d WHERE d.state = 'waiting' AND d.lane = {mark} "
            f"AND d.due <= {mark} ORDER BY d.due, d.id LIMIT {mark}",
            (lane, now, limit),
        )
    ]
    if not due:
        return []
    heads = _heads(connection, {row.ordering for row in due})
    free: list[int] = []
    put_off: list[tuple[int, int]] = []
    for row in due:
        head = heads[row.ordering]
        together = row.batch == head.batch and head.state == "waiting" and (head.attempts > 0 or head.due <= now)
        if row.id == head.id or together:
            free.append(row.id)
        else:
            put_off.append((head.due if head.due > now else now + PUT_OFF, row.id))
    if put_off:
        connection.change_many(f"UPDATE {TABLE} SET due = {mark} WHERE id = {mark}", put_off)
    return free


def _heads(connection: Connection, orderings: Collection[int]) -> dict[int, _Row]:
    """The oldest unfinished delivery of each ordering."""
    test, bound = connection.within(sorted(orderings))
    rows = connection.rows(
        f"SELECT {COLUMNS} FROM {TABLE} d JOIN (SELECT min(id) AS first FROM {TABLE} WHERE ordering {test} "
        f"AND state IN ('waiting', 'sending') GROUP BY ordering) h ON h.first = d.id",
        (bound,),
    )
    return {row[1]: _Row(*row) for row in rows}


def held(session: WriteSession, owner: str, ids: Sequence[int]) -> set[int]:
    """Which of the deliveries are still ours, locked until the end of the transaction."""
    connection = session.connection
    test, bound = connection.within(list(ids))
    locking = " FOR UPDATE" if connection.dialect == "postgresql" else ""
    rows = connection.rows(
        f"SELECT id FROM {TABLE} WHERE id {test} AND state = 'sending' AND owner = {connection.mark} "
        f"ORDER BY id{locking}",
        (bound, owner),
    )
    return {int(row[0]) for row in rows}


def renew(session: WriteSession, owner: str, lease_end: int) -> None:
    """Moves the end of all leases of an owner."""
    mark = session.connection.mark
    session.connection.change(
        f"UPDATE {TABLE} SET due = {mark} WHERE state = 'sending' AND owner = {mark}", (lease_end, owner)
    )


def give_back(session: WriteSession, owner: str, ids: Sequence[int], now: int) -> None:
    """Deliveries that were claimed and not tried are waiting as before."""
    connection = session.connection
    test, bound = connection.within(list(ids))
    mark = connection.mark
    connection.change(
        f"UPDATE {TABLE} SET state = 'waiting', owner = '', due = {mark}, attempts = attempts - 1 "
        f"WHERE id {test} AND state = 'sending' AND owner = {mark}",
        (now, bound, owner),
    )


def let_follow(session: WriteSession, orderings: Collection[int], now: int) -> None:
    """Makes those due that waited for one which is finished: the next of each ordering.

    Nobody claims meanwhile: whoever did would still see the finished one, and put off again what waits for it.
    """
    connection = session.connection
    connection.serialise(LOCK)
    heads = _heads(connection, orderings)
    waiting = [(now, head.ordering, head.batch, now) for head in heads.values() if head.state == "waiting"]
    mark = connection.mark
    if waiting:
        connection.change_many(
            f"UPDATE {TABLE} SET due = {mark} WHERE ordering = {mark} AND state = 'waiting' AND batch = {mark} "
            f"AND attempts = 0 AND due > {mark}",
            waiting,
        )


def backlog(connection: Connection) -> dict[str, int]:
    """How many deliveries are in each of the unfinished states, and how many were given up."""
    sql = f"SELECT state, count(*) FROM {TABLE} WHERE state IN ('waiting', 'sending', 'dead') GROUP BY state"
    return {str(state): int(count) for state, count in connection.rows(sql)}
