"""The courier takes one claimed delivery to its receiver and says what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec
import structlog

from interdesk.desk import SYSTEM, Transaction
from interdesk.errors import InterdeskError
from interdesk.events import answers, sealing
from interdesk.events.answers import Answered, BadInstruction, BusinessFailure, GivenUp, Hopeless
from interdesk.events.ledger import Ledger, Outcome, Result
from interdesk.events.outbox import milliseconds, test_prefix
from interdesk.events.requests import EMAIL, Rendered
from interdesk.events.retrying import HOPELESS, TROUBLE, asked_pause
from interdesk.events.sender import Answer, Sender, SendingFailed
from interdesk.events.signing import Signer
from interdesk.events.smtp import MailFailed, Post
from interdesk.store import outbox
from interdesk.store.outbox import Claimed

LOG = structlog.get_logger(__name__)
SENT = "Sent"
NOT_OPENED = "Errors: Error while sending request to webhook: Problem opening URL: {0}, {1}"
NOT_PROCESSED = "Errors: Error while sending request to webhook: {0}"
NOT_MAILED = "Errors: {0}"
UNKNOWN = "It may have been sent, and may not be sent again"
ACTION_GONE = "Its action or its connection was deleted"
ORIGIN = "custom-extension"
ID, ATTEMPT = "webhook-id", "webhook-attempt"


@dataclass(frozen=True, slots=True)
class Courier:
    """Safe to use from many threads."""

    ledger: Ledger
    sender: Sender
    signer: Signer
    post: Post | None = None

    def deliver(self, delivery: Claimed) -> Outcome | None:
        """What became of it; None when that is written down already. Never raises: a fault of ours is an outcome."""
        started, since = milliseconds(), time.monotonic()
        try:
            outcome = self._deliver(delivery, started)
        except Exception as problem:
            LOG.exception("delivery failed", delivery=delivery.id)
            text = f"Internal error: {type(problem).__name__}"
            outcome = Outcome(
                delivery=delivery, result=Result.FAILED, message=NOT_MAILED.format(text), started=started, error=text
            )
        return None if outcome is None else replace(outcome, milliseconds=_since(since))

    def _deliver(self, delivery: Claimed, started: int) -> Outcome | None:
        base = Outcome(delivery=delivery, result=Result.CANCELLED, message="", started=started)
        if not delivery.known:
            return replace(base, error=ACTION_GONE)
        try:
            rendered = sealing.unseal(delivery.request, self.ledger.desk.vault)
        except (InterdeskError, msgspec.DecodeError) as problem:
            return replace(base, result=Result.HOPELESS, message=f"Error: {problem}", error=str(problem))
        attempt, most = delivery.attempt - delivery.attempts_before, rendered.most_attempts
        if most and attempt > most:  # the sender of the last attempt ended before it knew the outcome
            lost = replace(base, result=Result.HOPELESS, message=NOT_PROCESSED.format(UNKNOWN), error=UNKNOWN)
            return self._regretted(rendered, lost)
        outcome = self._mail(rendered, base) if delivery.kind == EMAIL else self._call(rendered, base)
        if outcome is not None and most and attempt >= most and outcome.result is Result.FAILED:
            outcome = replace(outcome, result=Result.HOPELESS)
        return self._regretted(rendered, outcome)

    def _regretted(self, rendered: Rendered, outcome: Outcome | None) -> Outcome | None:
        """Tells who waits for the answer that there will be none. Should that fail, a job tells later."""
        function = answers.regret(rendered.given_up)
        if function is not None and outcome is not None and self.ledger.is_final(outcome):
            reason = outcome.error
            try:
                desk = self.ledger.desk
                desk.write(SYSTEM, lambda tx: function(GivenUp(tx, rendered.object_id, reason)), origin=ORIGIN)
            except Exception:
                LOG.exception("nobody could be told of a given up delivery", delivery=outcome.delivery.id)
        return outcome

    # -- web hooks

    def _call(self, rendered: Rendered, base: Outcome) -> Outcome | None:
        prefix = test_prefix(rendered)
        delivery = base.delivery
        marked = [(ID, delivery.message_id), (ATTEMPT, str(delivery.attempt))]
        signed = self.signer.headers(delivery, rendered.body)
        try:
            answer = self.sender.send(
                rendered.method, rendered.url, (*rendered.headers, *marked, *signed), rendered.body
            )
        except SendingFailed as problem:
            return replace(
                base,
                result=Result.HOPELESS if problem.hopeless else Result.FAILED,
                message=prefix + NOT_OPENED.format(rendered.url, problem.reason),
                error=problem.reason,
                address=problem.address,
                trouble=not problem.hopeless,
            )
        answered = replace(
            base,
            message=prefix + SENT,
            status=answer.status,
            address=answer.address,
            response=answer.text,
            trouble=answer.status in TROUBLE,
            asked=asked_pause(answer.header("Retry-After")),
        )
        return self._judge(rendered, answer, answered)

    def _judge(self, rendered: Rendered, answer: Answer, outcome: Outcome) -> Outcome | None:
        """What the answer means. The event of a call that was answered says ``Sent``, as recorded, whatever it was."""
        cls = self.ledger.desk.model.classes.get(rendered.object_class)
        try:
            processing = None if cls is None else answers.processing(rendered.process_response, cls)
        except BadInstruction as problem:
            message = test_prefix(rendered) + NOT_PROCESSED.format(problem)
            return replace(
                outcome, result=Result.HOPELESS, message=message, error=str(problem), shown_response="", trouble=False
            )
        failure = answers.failure_of(answer, rendered.action_class)
        if failure:
            hopeless = answer.status in HOPELESS
            result = Result.HOPELESS if hopeless else Result.FAILED
            return replace(outcome, result=result, error=failure, refused=answer.status < 300 and processing is None)
        delivered = replace(outcome, result=Result.DELIVERED)
        if processing is None or cls is None:
            return delivered

        def work(tx: Transaction) -> None:
            if rendered.object_id and outbox.held(tx.session, self.ledger.owner, [outcome.delivery.id]):
                answered = Answered(tx, cls, rendered.object_id, answer)
                processing(answered)
                answered.write()
                self.ledger.record(tx.session, [delivered], milliseconds())

        return self._processed(rendered, outcome, work)

    def _processed(self, rendered: Rendered, outcome: Outcome, work: Callable[[Transaction], None]) -> Outcome | None:
        """Runs what the action wants done with the answer; None when that and the outcome are stored."""
        desk = self.ledger.desk
        try:
            desk.write(SYSTEM, work, comment=f"Answer to action {rendered.action_id}", origin=ORIGIN)
            return None
        except BusinessFailure as problem:
            result, reason = (Result.HOPELESS if isinstance(problem, Hopeless) else Result.FAILED), str(problem)
        except InterdeskError as problem:
            result, reason = Result.FAILED, problem.message
        except Exception as problem:  # somebody else's code
            LOG.exception("processing of an answer failed", delivery=outcome.delivery.id)
            result, reason = Result.HOPELESS, f"{rendered.process_response}: {type(problem).__name__}: {problem}"
        message = test_prefix(rendered) + NOT_PROCESSED.format(reason)
        return replace(outcome, result=result, message=message, error=reason)

    # -- e-mail

    def _mail(self, rendered: Rendered, base: Outcome) -> Outcome:
        prefix = test_prefix(rendered)
        if self.post is None or rendered.email is None:
            reason = "No mail server is set: see the setting smtp_host"
            return replace(base, result=Result.HOPELESS, message=prefix + NOT_MAILED.format(reason), error=reason)
        try:
            said = self.post.send(rendered.email, base.delivery.message_id, base.delivery.attempt)
        except MailFailed as problem:
            result = Result.HOPELESS if problem.hopeless else Result.FAILED
            message = prefix + NOT_MAILED.format(problem.reason)
            return replace(base, result=result, message=message, error=problem.reason, trouble=not problem.hopeless)
        return replace(base, result=Result.DELIVERED, message=prefix + SENT, response=said)


def _since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
