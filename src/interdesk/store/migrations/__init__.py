"""Following a changed design: what differs between a model and a database, and how the database is brought along."""

from interdesk.store.migrations.apply import apply
from interdesk.store.migrations.plan import make_plan
from interdesk.store.migrations.steps import Kind, MigrationPlan, Step

__all__ = ["Kind", "MigrationPlan", "Step", "apply", "make_plan"]
