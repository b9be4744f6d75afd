"""Which operation answers which method and path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interdesk.dialects.confd import keys, others, pairs, resources
from interdesk.dialects.confd.resources import Handler
from interdesk.telephony.table import (
    CTI_PROFILES,
    DEVICES,
    EXTENSIONS,
    LINES,
    LINES_SIP,
    USERS,
    VOICEMAILS,
    Resource,
)

NUMBER = r"[0-9]+"
PLACE = re.compile(r"\{(\w+)\}")
TEXT_IDS = ("device_id",)


@dataclass(frozen=True, slots=True)
class Route:
    """``path`` has its ids in braces; ``methods`` leads each method to its operation."""

    path: str
    methods: Mapping[str, Handler]
    resource: Resource | None = None
    pattern: re.Pattern[str] = re.compile("")

    def ids(self, path: str) -> tuple[Any, ...] | None:
        """The ids in a path of this route, None for another one. Those of telephones are texts."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        return tuple(text if name in TEXT_IDS else int(text[:19]) for name, text in found.groupdict().items())


def route(path: str, resource: Resource | None = None, **methods: Handler) -> Route:
    def place(match: re.Match[str]) -> str:
        return f"(?P<{match[1]}>{r'[^/]+' if match[1] in TEXT_IDS else NUMBER})"

    return Route(path, methods, resource, re.compile(PLACE.sub(place, path)))


def _resource(resource: Resource, item: str, *, writable: bool = True) -> tuple[Route, Route]:
    several: dict[str, Handler] = {"GET": resources.lister(resource)}
    single: dict[str, Handler] = {"GET": resources.reader(resource)}
    if writable:
        several["POST"] = resources.creator(resource)
        single |= {"PUT": resources.editor(resource), "DELETE": resources.deleter(resource)}
    url = f"/{resource.url}"
    return route(url, resource, **several), route(f"{url}/{{{item}}}", resource, **single)


_USERS, _USER = _resource(USERS, "user_id")
_EXTENSIONS, _EXTENSION = _resource(EXTENSIONS, "extension_id")

ROUTES: tuple[Route, ...] = (
    route("/users", USERS, GET=resources.users, POST=_USERS.methods["POST"]),
    _USER,
    route("/extensions", EXTENSIONS, GET=resources.extensions, POST=_EXTENSIONS.methods["POST"]),
    _EXTENSION,
    *_resource(LINES_SIP, "line_id"),
    *_resource(LINES, "line_id", writable=False),
    *_resource(DEVICES, "device_id"),
    *_resource(VOICEMAILS, "voicemail_id"),
    *_resource(CTI_PROFILES, "cti_profile_id", writable=False),
    route("/users/{user_id}/lines", GET=pairs.lines_of_user, POST=pairs.post_line),
    route("/users/{user_id}/lines/{line_id}", PUT=pairs.put_line, DELETE=pairs.delete_line),
    route("/lines/{line_id}/users", GET=pairs.users_of_line),
    route("/lines/{line_id}/extensions", GET=pairs.extensions_of_line, POST=pairs.post_extension),
    route("/lines/{line_id}/extensions/{extension_id}", PUT=pairs.put_extension, DELETE=pairs.delete_extension),
    route(
        "/lines/{line_id}/extension",
        GET=pairs.extension_of_line,
        POST=pairs.post_single_extension,
        DELETE=pairs.delete_single_extension,
    ),
    route("/extensions/{extension_id}/line", GET=pairs.line_of_extension),
    route("/extensions/{extension_id}/lines", GET=pairs.lines_of_extension),
    route("/lines/{line_id}/devices/{device_id}", PUT=pairs.put_device, DELETE=pairs.delete_device),
    route(
        "/users/{user_id}/voicemail",
        GET=pairs.voicemail_of_user,
        POST=pairs.post_voicemail,
        DELETE=pairs.delete_voicemail,
    ),
    route("/users/{user_id}/voicemails", GET=pairs.voicemails_of_user, DELETE=pairs.delete_voicemails),
    route("/users/{user_id}/voicemails/{voicemail_id}", PUT=pairs.put_voicemail),
    route("/voicemails/{voicemail_id}/users", GET=pairs.users_of_voicemail),
    route("/users/{user_id}/cti", GET=pairs.cti_of_user, PUT=pairs.put_cti),
    route("/users/{user_id}/funckeys", GET=keys.keys_of_user),
    route("/users/{user_id}/funckeys/templates", GET=keys.templates_of_user),
    route("/users/{user_id}/funckeys/templates/{template_id}", PUT=keys.put_template, DELETE=keys.take_template),
    route(
        "/users/{user_id}/funckeys/{position}",
        GET=keys.key_of(keys.USER),
        PUT=keys.put_key_of(keys.USER),
        DELETE=keys.delete_key_of(keys.USER),
    ),
    route("/funckeys/templates", GET=keys.templates, POST=keys.create_template),
    route("/funckeys/templates/{template_id}", GET=keys.template, DELETE=keys.delete_template),
    route("/funckeys/templates/{template_id}/users", GET=keys.users_of_template),
    route(
        "/funckeys/templates/{template_id}/{position}",
        GET=keys.key_of(keys.TEMPLATE),
        PUT=keys.put_key_of(keys.TEMPLATE),
        DELETE=keys.delete_key_of(keys.TEMPLATE),
    ),
    route("/funckeys/destinations", GET=keys.destinations),
    route("/devices/{device_id}/autoprov", GET=others.autoprov),
    route("/devices/{device_id}/synchronize", GET=others.synchronize),
    route("/devices/{device_id}/provision", POST=others.provision),
    route("/infos", GET=others.infos),
    route("/configuration/live_reload", GET=others.live_reload, PUT=others.put_live_reload),
)


def found(path: str) -> tuple[Route, tuple[Any, ...]] | None:
    """The route of a path and the ids in it."""
    for candidate in ROUTES:
        ids = candidate.ids(path)
        if ids is not None:
            return candidate, ids
    return None
