"""Where the bundled design differs from the reference on purpose, and why.

A place is ``Class/key`` or ``Class/attribute/key``; ``*`` stands for any part of it. Every line must be needed:
a difference that no longer exists is a failure of ``test_bundled_design``.
"""

DIFFERENCES: dict[str, str] = {
    "*/private_log/max_size": "entries lie in a table of their own, so that a log as a whole has no limit",
    "*/public_log/max_size": "entries lie in a table of their own, so that a log as a whole has no limit",
    "*/log/max_size": "entries lie in a table of their own, so that a log as a whole has no limit",
    "CMDBChangeOpPlugin/attributes": "inherited attributes come first here as everywhere; the order has no meaning",
    "Incident/parent_incident_id_friendlyname/label": "the label of the key reads better and no error text quotes it",
    "UserRequest/parent_request_id_friendlyname/label": "the label of the key reads better and no error text quotes it",
    "lnkActionNotificationToContact/uniqueness_rules": "a rule needs a name: the reference's has none",
}

ADDITIONS: dict[str, str] = {
    "CoverageInterval": "clocks may count working hours only; the reference has that in an extension",
    "CoverageWindow": "clocks may count working hours only",
    "Holiday": "clocks may leave holidays out",
    "HolidayCalendar": "clocks may leave holidays out",
    "lnkSLAToCoverageWindow": "a link, so that no class that the reference has gets an attribute more",
    "Delivery": "the ledger of deliveries: the reference sends once and forgets",
    "DeliveryAttempt": "the ledger of deliveries: each try with its outcome",
    "DeliveryLane": "the circuit breaker of a connection",
    "WebhookSecret": "messages may be signed",
    "PersonalToken": "tokens are part of Interdesk; the reference has them in an extension",
}
"""Classes that the bundled design has and the reference has not."""
