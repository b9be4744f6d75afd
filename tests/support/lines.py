"""The line between two desks, in the hands of a test: it takes calls on, answers for the one at its end, or is dead."""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.support.receivers import Arrived, Receiver, Reply, receiving

SECONDS = 30.0


class Line:
    """Stands before the server at ``url``, under an address of its own."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self.address = receiver.url
        self.url = ""
        self.mend()

    @property
    def calls(self) -> int:
        """How many came so far."""
        return len(self._receiver.arrived)

    def mend(self) -> None:
        """Calls are taken on, and answers brought back."""
        self._receiver.answering = self._forward

    def answer(self, reply: Reply) -> None:
        """From now on the server hears nothing, and this is all that callers get."""
        self._receiver.answering = lambda _: reply

    def lose_answers(self) -> None:
        """From now on the server does what it is asked, and callers never learn that it did."""

        def swallow(call: Arrived) -> Reply:
            self._forward(call)
            return Reply(close=True)

        self._receiver.answering = swallow

    def _forward(self, call: Arrived) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=SECONDS)
        with contextlib.closing(connection):
            try:
                connection.request(call.method, call.path, call.body, call.headers)
                answer = connection.getresponse()
                return Reply(answer.status, answer.read(), {"Content-Type": answer.getheader("Content-Type", "")})
            except (OSError, http.client.HTTPException):
                return Reply(close=True)


@contextlib.contextmanager
def line() -> Iterator[Line]:
    """A line that is up for the length of the block."""
    with receiving() as receiver:
        yield Line(receiver)
