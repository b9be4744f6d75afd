"""The description of the API in OpenAPI 3.1, made from the table of resources and the routes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from interdesk.dialects.confd import routes
from interdesk.telephony import table
from interdesk.telephony.table import Field, Kind, Resource

Json = dict[str, Any]
TYPES = {Kind.INTEGER: "integer", Kind.BOOLEAN: "boolean", Kind.OBJECT: "object"}
PATTERNS = {"digits": "^[0-9]+$", "phone": r"^(\+?[0-9*#]+)?$", "mac": "^([0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5})?$"}
BODIES = {  # of operations that write something else than an object of a resource
    "/users/{user_id}/lines": table.LINE_OF_USER,
    "/lines/{line_id}/extensions": table.EXTENSION_OF_LINE,
    "/lines/{line_id}/extension": table.EXTENSION_OF_LINE,
    "/users/{user_id}/voicemail": table.VOICEMAIL_OF_USER,
    "/users/{user_id}/cti": table.CTI_OF_USER,
    "/configuration/live_reload": table.LIVE_RELOAD,
}
LIST_PARAMETERS = (
    ("search", {"type": "string"}),
    ("order", {"type": "string"}),
    ("direction", {"enum": ["asc", "desc"]}),
    ("limit", {"type": "integer", "minimum": 1}),
    ("skip", {"type": "integer", "minimum": 0}),
    ("offset", {"type": "integer", "minimum": 0}),
)
LINKS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["rel", "href"],
        "properties": {"rel": {"type": "string"}, "href": {"type": "string"}},
    },
}
REFUSAL = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1}
REFUSALS = {
    "400": "what was given cannot be taken, or stands against what is there",
    "403": "the rights of the account do not allow it",
    "404": "there is no such object",
    "429": "too many wrong passwords",
    "503": "the database cannot answer now",
}
PAGES = {"401": "no credentials, or wrong ones", "406": "the client takes no JSON", "415": "the body is no JSON"}
PLACE = re.compile(r"\{(\w+)\}")


@cache
def description() -> Json:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Interdesk telephony", "version": "1.1"},
        "servers": [{"url": "/1.1"}],
        "security": [{"digest": []}, {"basic": []}, {"token": []}],
        "paths": {route.path: _operations(route) for route in routes.ROUTES},
        "components": {
            "securitySchemes": {
                "digest": {"type": "http", "scheme": "digest"},
                "basic": {"type": "http", "scheme": "basic"},
                "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
            },
            "schemas": {resource.rel: _item(resource) for resource in table.RESOURCES},
        },
    }


def _operations(route: routes.Route) -> Json:
    return {method.lower(): _operation(route, method) for method in route.methods}


def _operation(route: routes.Route, method: str) -> Json:
    found: Json = {"responses": _responses(route, method)}
    parameters: list[Json] = [_place(name) for name in PLACE.findall(route.path)]
    if method == "GET" and route.resource and not PLACE.search(route.path):
        parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in LIST_PARAMETERS]
    if parameters:
        found["parameters"] = parameters
    fields = BODIES.get(route.path, route.resource.writable if route.resource else None)
    if method in ("POST", "PUT") and fields is not None:
        schema = _body(fields, partial=method == "PUT" and route.resource is not None)
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return found


def _place(name: str) -> Json:
    schema: Json = {"type": "string"} if name in routes.TEXT_IDS else {"type": "integer", "minimum": 0}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _responses(route: routes.Route, method: str) -> Json:
    found: Json = {status: {"description": text} for status, text in PAGES.items()}
    for status, text in REFUSALS.items():
        found[status] = {"description": text, "content": {"application/json": {"schema": REFUSAL}}}
    if method in ("PUT", "DELETE") or route.path.endswith(("/autoprov", "/synchronize")):
        return found | {"204": {"description": "done"}}
    status = "201" if method == "POST" and not route.path.endswith("/provision") else "200"
    content = {"application/json": {"schema": _answer(route, method)}}
    return found | {status: {"description": "created" if status == "201" else "found", "content": content}}


def _answer(route: routes.Route, method: str) -> Json:
    if route.resource is None:
        return {}
    item = {"$ref": f"#/components/schemas/{route.resource.rel}"}
    if method == "POST" or PLACE.search(route.path):
        return item
    items: Json = {"type": "object"} if route.resource is table.USERS else item  # a view has other members
    return {
        "type": "object",
        "required": ["items", "total"],
        "properties": {"items": {"type": "array", "items": items}, "total": {"type": "integer"}},
    }


def _item(resource: Resource) -> Json:
    """An object as it is read."""
    members: Json = {"id": {"type": "integer" if resource.key == "id" else "string"}}
    members |= {field.name: {"type": [_type(field), "null"]} for field in resource.fields} | {"links": LINKS}
    if resource is table.FUNC_KEY_TEMPLATES:
        members["keys"] = {"type": "object"}
    return {"type": "object", "required": list(members), "properties": members}


def _body(fields: Iterable[Field], *, partial: bool) -> Json:
    fields = tuple(fields)
    schema: Json = {
        "type": "object",
        "properties": {field.name: _schema(field) for field in fields},
        "additionalProperties": False,
    }
    required = [field.name for field in fields if field.required]
    return schema | ({"required": required} if required and not partial else {})


def _schema(field: Field) -> Json:
    """A member as it may be written."""
    kind = _type(field)
    schema: Json = {"type": [kind, "null"] if not field.required and field.clearable else kind}
    if kind == "string":
        schema |= {"maxLength": field.size} | ({"minLength": 1} if field.required else {})
        if field.rule in PATTERNS:
            schema["pattern"] = PATTERNS[field.rule]
    if field.rule in ("slot", "count"):
        schema["minimum"] = 1 if field.rule == "slot" else 0
    return schema


def _type(field: Field) -> str:
    return TYPES.get(field.kind, "string")
