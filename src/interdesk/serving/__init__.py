"""Keeping the desk on its address: sockets, worker processes, what watches the requests, and the probes."""

from interdesk.serving.certificates import self_made
from interdesk.serving.figures import Figures
from interdesk.serving.listening import Door, Serving, bound, check_tls
from interdesk.serving.probes import probes
from interdesk.serving.watch import Watch

__all__ = [
    "Door",
    "Figures",
    "Serving",
    "Watch",
    "bound",
    "check_tls",
    "probes",
    "self_made",
]
