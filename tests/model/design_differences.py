"""Where the bundled design differs from the reference on purpose, and why.

A place is ``Class/key`` or ``Class/attribute/key``; ``*`` stands for any part of it. Every line must be needed:
a difference that no longer exists is a failure of ``test_bundled_design``.
"""

DIFFERENCES: dict[str, str] = {
    "*/private_log/max_size": "entries lie in a table of their own, so that a log as a whole has no limit",
    "*/public_log/max_size": "entries lie in a table of their own, so that a log as a whole has no limit",
    "*/log/max_size": "entries lie in a table of their own, so that a log as a whole has no limit",
    "CMDBChangeOpPlugin/attributes": "inherited attributes come first here as everywhere; the order has no meaning",
    **{f"{name}/children": "approvals add triggers on nodes of flows" for name in ("Trigger", "TriggerOnObject")},
    "Ticket/children": "tickets of approval flows are tickets too",
    "Incident/parent_incident_id_friendlyname/label": "the label of the key reads better and no error text quotes it",
    "UserRequest/parent_request_id_friendlyname/label": "the label of the key reads better and no error text quotes it",
    **{
        f"{name}/children": "telephony adds a kind of IP phone"
        for name in ("FunctionalCI", "PhysicalDevice", "TelephonyCI", "IPPhone")
    },
    "Trigger*/children": "files that are attached or deleted have triggers too",
    "lnkActionNotificationToContact/uniqueness_rules": "a rule needs a name: the reference's has none",
}

ADDITIONS: dict[str, str] = {
    "FlowApp": "approvals: an application that may call the BlueKing ITSM API",
    "FlowCatalog": "approvals: a folder of services",
    "FlowComment": "approvals: how a ticket was rated",
    "FlowCounter": "approvals: numbers of tickets by kind and day",
    "FlowEdit": "approvals: values of an object that wait for an approval",
    "FlowProject": "approvals: what catalogues and services belong to",
    "FlowRule": "approvals: when an object asks for one, and what follows",
    "FlowRun": "approvals: where a ticket stands, as the engine keeps it",
    "FlowService": "approvals: what can be asked for",
    "FlowStep": "approvals: a node that a ticket entered",
    "FlowTask": "approvals: what one person is asked at a step",
    "FlowTicket": "approvals: a ticket that walks a flow",
    "FlowVersion": "approvals: one version of a flow",
    "TriggerOnFlowNode": "approvals: triggers may watch the nodes of flows",
    "TriggerOnFlowNodeEnter": "approvals: a trigger on entering a node",
    "TriggerOnFlowNodeLeave": "approvals: a trigger on leaving a node",
    "CoverageInterval": "clocks may count working hours only; the reference has that in an extension",
    "CoverageWindow": "clocks may count working hours only",
    "Holiday": "clocks may leave holidays out",
    "HolidayCalendar": "clocks may leave holidays out",
    "lnkSLAToCoverageWindow": "a link, so that no class that the reference has gets an attribute more",
    "TriggerOnAttachmentCreate": "the recorded server lacks what its facts describe: a file was attached",
    "TriggerOnAttachmentDelete": "the recorded server lacks what its facts describe: a file was deleted",
    "Delivery": "the ledger of deliveries: the reference sends once and forgets",
    "DeliveryAttempt": "the ledger of deliveries: each try with its outcome",
    "DeliveryLane": "the circuit breaker of a connection",
    "WebhookSecret": "messages may be signed",
    "PersonalToken": "tokens are part of Interdesk; the reference has them in an extension",
    "TelephonyAccount": "telephony: a login of programs",
    "TelephonyContext": "telephony: where numbers are valid",
    "TelephonyCtiProfile": "telephony: what the user of a call centre client may do",
    "TelephonyDevice": "telephony: an IPPhone that gets its configuration from the desk",
    "TelephonyDeviceTemplate": "telephony: settings that several telephones share",
    "TelephonyExtension": "telephony: a number",
    "TelephonyFuncKey": "telephony: a key of a telephone",
    "TelephonyFuncKeyTemplate": "telephony: keys that several users share",
    "TelephonyLine": "telephony: what connects a user, his numbers and a telephone",
    "TelephonyOrder": "telephony: a telephone that another server is to provision",
    "TelephonyPlugin": "telephony: what configures telephones of one make",
    "TelephonyRange": "telephony: the numbers of a context",
    "TelephonyRemote": "telephony: another server that speaks confd",
    "TelephonyServer": "telephony: the identity of the server",
    "TelephonyTemplateKey": "telephony: a key of a template",
    "TelephonyTimezone": "telephony: a time zone of voicemails",
    "TelephonyUser": "telephony: somebody who can be called",
    "TelephonyUserKey": "telephony: a user's own key",
    "TelephonyVoicemail": "telephony: a box for messages",
}
"""Classes that the bundled design has and the reference has not."""
