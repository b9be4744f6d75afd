"""What is told of the server's work: the record of the request at hand, the log, and the figures of all workers."""

from interdesk.telemetry.board import Board
from interdesk.telemetry.exchange import Exchange, current, entered
from interdesk.telemetry.logs import configure_logs

__all__ = ["Board", "Exchange", "configure_logs", "current", "entered"]
