"""``python -m interdesk`` is ``interdesk``."""

from interdesk.cli import main

main()
