"""Writing link sets: what is given replaces what is there. Source: scenario ``13_link_sets``.

n:n links are compared by the remote key, so that unchanged links survive; members of 1:n sets that are not given
are detached when their key may be empty and deleted otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from interdesk.desk import queries
from interdesk.desk.drafts import Draft
from interdesk.desk.values import LinkChange
from interdesk.model import ObjectClass
from interdesk.model.attributes import LinkedSet, LinkedSetIndirect

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction


def write(draft: Draft, tx: Transaction) -> None:
    """Carries out the link changes of a draft whose row is stored. Raises what create and update raise."""
    for code, change in draft.links.items():
        link_set = draft.cls.attributes[code]
        assert isinstance(link_set, LinkedSet)
        if isinstance(link_set, LinkedSetIndirect):
            _replace_links(draft, link_set, change, tx)
        else:
            _replace_members(draft, link_set, change, tx)


def shown_item(
    link_set: LinkedSet, cls: ObjectClass, key: int, values: Mapping[str, Any], tx: Transaction
) -> tuple[str, int]:
    """(class, id) of what a set shows for one linked object: the remote object of an n:n link, else itself."""
    if not isinstance(link_set, LinkedSetIndirect):
        return cls.name, key
    remote = cls.attributes[link_set.ext_key_to_remote]
    target = values.get(remote.code) or 0
    name = getattr(remote, "target_class", "")
    return (tx.final_class(name, target) or name) if target else name, target


def _members(draft: Draft, link_set: LinkedSet, fields: tuple[str, ...], tx: Transaction) -> list[tuple[Any, ...]]:
    """(id, final class, fields ...) of what the set holds now."""
    if draft.is_new:
        return []
    linked = tx.desk.model.cls(link_set.linked_class)
    plan = tx.desk.store.compiler.select(
        queries.pointing_to(linked, link_set.ext_key_to_me), ("id", "finalclass", *fields), ordered=False
    )
    return tx.session.fetch(plan, {"owners": [draft.key]})


def _replace_links(draft: Draft, link_set: LinkedSetIndirect, change: LinkChange, tx: Transaction) -> None:
    remote = link_set.ext_key_to_remote
    present: dict[int, list[int]] = {}
    for key, _, target in _members(draft, link_set, (remote,), tx):
        present.setdefault(target, []).append(key)
    seen: set[int] = set()
    for name, values in change.elements:
        target = values.get(remote) or 0
        if not target or (target in seen and not link_set.duplicates):
            continue
        seen.add(target)
        kept = present.get(target)
        if kept:
            tx.change(name, kept.pop(0), {**_defaults(tx.desk.model.cls(name), link_set, tx), **_own(values, link_set)})
        else:
            tx.create(name, {**_own(values, link_set), link_set.ext_key_to_me: draft.key})
    gone = [key for keys in present.values() for key in keys]
    if gone:
        tx.remove(link_set.linked_class, gone)


def _defaults(cls: ObjectClass, link_set: LinkedSetIndirect, tx: Transaction) -> dict[str, Any]:
    """A given link is the whole link: what it does not say goes back to its default."""
    ends = (link_set.ext_key_to_me, link_set.ext_key_to_remote)
    return {
        code: attribute.initial(tx.now)
        for code, attribute in cls.attributes.items()
        if attribute.columns() and attribute.writable and code not in ends and len(attribute.columns()) == 1
    }


def _replace_members(draft: Draft, link_set: LinkedSet, change: LinkChange, tx: Transaction) -> None:
    back = link_set.ext_key_to_me
    present = [(row[0], row[1]) for row in _members(draft, link_set, (), tx)]
    for name, values in change.elements:
        tx.create(name, {**_own(values, link_set), back: draft.key})
    nullable = tx.desk.model.cls(link_set.linked_class).attributes[back].null_allowed
    if nullable:
        for key, final in present:
            tx.change(final, key, {back: 0})
    elif present:
        tx.remove(link_set.linked_class, [key for key, _ in present])


def _own(values: Mapping[str, Any], link_set: LinkedSet) -> dict[str, Any]:
    """What an element says of itself; the key to the owner is ours to set."""
    return {code: value for code, value in values.items() if code != link_set.ext_key_to_me}
