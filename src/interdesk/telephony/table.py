"""The table of resources: what each field is on the wire, in the model, in a search, and what it must be like.

Checks, reading, lists and the OpenAPI description are made from it. Source: facts ``xivo_confd_api.json``.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

LANGUAGES = ("de_DE", "en_US", "es_ES", "fr_FR", "fr_CA", "it_IT", "nl_NL")


class Kind(enum.Enum):
    """The JSON type of a field."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    OBJECT = "object"
    SECRET = "secret"  # a text that is sealed in the store
    CONTEXT = "context"  # the name of a context
    KEY = "key"  # the id of another object, None for none


@dataclass(frozen=True, slots=True)
class Field:
    """``code``: the attribute. ``unset``: what an empty value reads as. ``rule``: a check of ``checks.RULES``.

    ``clearable``: an edit may set it to null.
    """

    name: str
    code: str
    kind: Kind = Kind.TEXT
    size: int = 255
    required: bool = False
    read_only: bool = False
    unset: str | int | bool | None = None
    clearable: bool = True
    rule: str = ""
    reference: str = ""
    values: tuple[str, ...] = ()

    @property
    def read_from(self) -> str:
        """The attribute that reads as the field's value."""
        return "context_name" if self.kind is Kind.CONTEXT else self.code


@dataclass(frozen=True, slots=True)
class Resource:
    """``rel`` names the resource in links and URLs. ``searched`` and ``sortable``: column -> attributes, which are
    joined by a blank. ``default_order``: a column, '' for the order of the class. ``echoes``: the answer to a creation
    shows what was sent, not what is stored."""

    rel: str
    cls: str
    kind: str
    fields: tuple[Field, ...]
    searched: tuple[str, ...] = ()
    sortable: tuple[str, ...] = ()
    default_order: str = ""
    key: str = "id"
    path: str = ""
    echoes: bool = False

    @property
    def url(self) -> str:
        return self.path or self.rel

    @property
    def writable(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if not field.read_only)

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


FULL_NAME = "fullname"

USERS = Resource(
    "users",
    "TelephonyUser",
    "User",
    (
        Field("firstname", "firstname", size=128, required=True),
        Field("lastname", "lastname", size=128, unset=""),
        Field("caller_id", "caller_id", size=160),
        Field("outgoing_caller_id", "outgoing_caller_id", size=80, unset=""),
        Field("username", "username", size=64, unset=""),
        Field("password", "password", Kind.SECRET, size=64, rule="password"),
        Field("music_on_hold", "music_on_hold", size=128, unset=""),
        Field("mobile_phone_number", "mobile_phone_number", size=128, rule="phone"),
        Field("userfield", "userfield", size=128, unset=""),
        Field("timezone", "timezone", size=128),
        Field("language", "language", size=20),
        Field("description", "description", size=10_000, unset=""),
        Field("preprocess_subroutine", "preprocess_subroutine", size=39),
    ),
    searched=(FULL_NAME, "caller_id", "description", "userfield"),
    sortable=("firstname", "lastname", FULL_NAME, "caller_id", "description", "userfield"),
    echoes=True,
)

LINES_SIP = Resource(
    "lines_sip",
    "TelephonyLine",
    "Line",
    (
        Field("context", "context_id", Kind.CONTEXT, size=39, required=True),
        Field("device_slot", "device_slot", Kind.INTEGER, required=True, rule="slot"),
        Field("username", "username", size=40),
        Field("secret", "secret", Kind.SECRET, size=80),
        Field("provisioning_extension", "provisioning_extension", size=20),
        Field("callerid", "callerid", size=160),
    ),
)

LINES = Resource(
    "lines",
    "TelephonyLine",
    "Line",
    (
        Field("context", "context_id", Kind.CONTEXT, read_only=True),
        Field("name", "username", read_only=True),
        Field("protocol", "protocol", read_only=True),
        Field("provisioning_extension", "provisioning_extension", read_only=True),
        Field("device_slot", "device_slot", Kind.INTEGER, read_only=True),
        Field("device_id", "device_key", read_only=True),
    ),
)

EXTENSIONS = Resource(
    "extensions",
    "TelephonyExtension",
    "Extension",
    (
        Field("exten", "exten", size=40, required=True, rule="digits"),
        Field("context", "context_id", Kind.CONTEXT, size=39, required=True),
        Field("commented", "commented", Kind.BOOLEAN, unset=False, clearable=False),
    ),
    searched=("exten", "context"),
    sortable=("exten", "context"),
)

DEVICES = Resource(
    "devices",
    "TelephonyDevice",
    "Device",
    (
        Field("ip", "ip", rule="ip"),
        Field("mac", "mac", rule="mac"),
        Field("sn", "serialnumber"),
        Field("plugin", "plugin", rule="plugin"),
        Field("vendor", "vendor"),
        Field("model", "device_model"),
        Field("version", "firmware"),
        Field("description", "description", size=10_000),
        Field("status", "provisioning_status", read_only=True),
        Field("template_id", "template", rule="template"),
        Field("options", "options", Kind.OBJECT, rule="options"),
    ),
    searched=("id", "ip", "mac", "sn", "plugin", "vendor", "model", "version", "description", "options"),
    sortable=("id", "ip", "mac", "sn", "plugin", "vendor", "model", "version", "description", "options"),
    default_order="ip",
    key="device_key",
)

VOICEMAILS = Resource(
    "voicemails",
    "TelephonyVoicemail",
    "Voicemail",
    (
        Field("name", "name", size=80, required=True, rule="filled"),
        Field("number", "number", size=40, required=True, rule="digits"),
        Field("context", "context_id", Kind.CONTEXT, size=39, required=True),
        Field("password", "password", Kind.SECRET, size=80, rule="digits"),
        Field("email", "email", size=80),
        Field("language", "language", size=20, values=LANGUAGES, reference="Language"),
        Field("timezone", "timezone", size=80, rule="timezone"),
        Field("pager", "pager", size=80),
        Field("max_messages", "max_messages", Kind.INTEGER, rule="count"),
        Field("attach_audio", "attach_audio", Kind.BOOLEAN, unset=False),
        Field("delete_messages", "delete_messages", Kind.BOOLEAN, unset=False),
        Field("ask_password", "ask_password", Kind.BOOLEAN, unset=True),
    ),
    searched=("name", "number", "email"),
    sortable=("name", "number", "email", "context", "language", "timezone"),
    echoes=True,
)

CTI_PROFILES = Resource("cti_profiles", "TelephonyCtiProfile", "CtiProfile", (Field("name", "name", read_only=True),))

FUNC_KEY_TEMPLATES = Resource(
    "func_key_templates",
    "TelephonyFuncKeyTemplate",
    "FuncKeyTemplate",
    (Field("name", "name", size=128),),
    searched=("name",),
    sortable=("name",),
    path="funckeys/templates",
)

RESOURCES = (USERS, LINES_SIP, LINES, EXTENSIONS, DEVICES, VOICEMAILS, CTI_PROFILES, FUNC_KEY_TEMPLATES)

# Bodies that are no objects of their own.
LINE_OF_USER = (
    Field("line_id", "line_id", Kind.INTEGER, required=True),
    Field("main_user", "main_user", Kind.BOOLEAN),
    Field("main_line", "", Kind.BOOLEAN),
)
EXTENSION_OF_LINE = (
    Field("extension_id", "", Kind.INTEGER, required=True),
    Field("line_id", "", Kind.INTEGER),
)
VOICEMAIL_OF_USER = (
    Field("voicemail_id", "voicemail_id", Kind.INTEGER, required=True),
    Field("enabled", "voicemail_enabled", Kind.BOOLEAN),
    Field("user_id", "", Kind.INTEGER),
)
CTI_OF_USER = (
    Field("cti_profile_id", "cti_profile_id", Kind.INTEGER),
    Field("enabled", "cti_enabled", Kind.BOOLEAN),
    Field("user_id", "", Kind.INTEGER),
)
LIVE_RELOAD = (Field("enabled", "live_reload", Kind.BOOLEAN, required=True),)
