"""The objects of a graph by number: what is read by the thousand is kept in columns, not as an object each."""

from __future__ import annotations

from collections.abc import Iterable

from interdesk.model import Model

Place = tuple[str, int]  # final class and id of an object


class Nodes:
    """Objects, numbered from 0 in the order in which they are added.

    ``classes``: final classes; ``ids``; ``names``: friendly names, None where they are not known. Each by number.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self.classes: list[str] = []
        self.ids: list[int] = []
        self.names: list[str | None] = []
        self._numbers: dict[str, dict[int, int]] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def numbers(self, root: str) -> dict[int, int]:
        """The numbers of the objects of a root class, by id. Whoever puts one there adds to the columns too."""
        return self._numbers.setdefault(root, {})

    def add(self, place: Place) -> int:
        """The number of an object."""
        cls, key = place
        known = self.numbers(self._model.cls(cls).root)
        number = known.get(key)
        if number is None:
            number = known[key] = len(self.ids)
            self.classes.append(cls)
            self.ids.append(key)
            self.names.append(None)
        return number

    def complete(self) -> None:
        """Nothing is added any more."""
        self._numbers.clear()

    def place(self, number: int) -> Place:
        return self.classes[number], self.ids[number]

    def by_class(self, numbers: Iterable[int]) -> dict[str, list[int]]:
        """Some objects, by final class."""
        found: dict[str, list[int]] = {}
        classes = self.classes
        for number in numbers:
            found.setdefault(classes[number], []).append(number)
        return found
