"""Chat actions: what a person wrote as a message becomes the JSON template that a chat service takes.

An action that brings a payload of its own keeps it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from interdesk.desk.html import to_text
from interdesk.events.triggers import Record


def template(record: Record) -> str:
    """The JSON template of a chat action, with the placeholders of its message in place."""
    own = record.text("payload")
    return own if own.strip() else json.dumps(KINDS[record.cls](record), ensure_ascii=False)


def _message(record: Record) -> str:
    text = record.text("message")
    return to_text(text.replace("-&gt;", "->")) if "<" in text else text


def _slack(record: Record) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": _message(record)}}]
    if record.text("include_user_info") == "yes":
        who = {"type": "mrkdwn", "text": "$current_contact->friendlyname$"}
        blocks.append({"type": "context", "elements": [who]})
    if record.text("include_modify_button") == "yes":
        button = {
            "type": "button",
            "text": {"type": "plain_text", "text": "$this->friendlyname$"},
            "url": "$this->url()$",
        }
        blocks.append({"type": "actions", "elements": [button]})
    return {"text": _message(record), "blocks": blocks}


def _rocket_chat(record: Record) -> dict[str, Any]:
    document = {"text": _message(record)}
    for member, code in (("alias", "bot_alias"), ("avatar", "bot_url_avatar"), ("emoji", "bot_emoji_avatar")):
        if record.text(code):
            document[member] = record.text(code)
    return document


def _google_chat(record: Record) -> dict[str, Any]:
    return {"text": _message(record)}


def _teams(record: Record) -> dict[str, Any]:
    document: dict[str, Any] = {
        "@type": "MessageCard",
        "@context": "https://schema.org/extensions",
        "summary": record.text("title") or "$this->friendlyname$",
        "text": _message(record),
    }
    if record.text("title"):
        document["title"] = record.text("title")
    if record.text("theme_color"):
        document["themeColor"] = record.text("theme_color")
    if record.text("image_url"):
        document["sections"] = [{"activityImage": record.text("image_url")}]
    if record.text("include_modify_button") == "yes":
        page = {"os": "default", "uri": "$this->url()$"}
        document["potentialAction"] = [{"@type": "OpenUri", "name": "$this->friendlyname$", "targets": [page]}]
    return document


KINDS: dict[str, Callable[[Record], dict[str, Any]]] = {
    "ActionSlackNotification": _slack,
    "ActionRocketChatNotification": _rocket_chat,
    "ActionGoogleChatNotification": _google_chat,
    "ActionMicrosoftTeamsNotification": _teams,
}
