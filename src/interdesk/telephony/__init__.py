"""Provisioning: what holds between telephone users, lines, extensions, telephones and voicemails.

The rules are bound to the classes of ``designs/telephony.xml``, so that they hold whichever dialect writes.
"""

from interdesk.telephony import rules_devices, rules_extensions, rules_keys, rules_lines, rules_users, rules_voicemails
from interdesk.telephony.guard import Guard
from interdesk.telephony.setup import prepare

RULES = (rules_devices, rules_extensions, rules_keys, rules_lines, rules_users, rules_voicemails)
"""The modules that bind the rules: importing them is what makes the rules hold."""

__all__ = ["RULES", "Guard", "prepare"]
