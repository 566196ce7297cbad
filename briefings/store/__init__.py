"""Where stories, articles and readings are kept: SQLite through SQLAlchemy, migrated by Alembic.

Synchronous on purpose: the desk calls it through `to_thread` in one place. Every query takes a tenant.
"""

from briefings.store.channels import Message
from briefings.store.database import HEAD, open_store
from briefings.store.editions import Schedule
from briefings.store.follows import Polling
from briefings.store.ledger import Draft, Enqueue, Inputs, Order, Overtaken
from briefings.store.numbers import Mark
from briefings.store.store import Added, Store, Version
from briefings.terms import terms, wanted

__all__ = [
    "HEAD",
    "Added",
    "Draft",
    "Enqueue",
    "Inputs",
    "Mark",
    "Message",
    "Order",
    "Overtaken",
    "Polling",
    "Schedule",
    "Store",
    "Version",
    "open_store",
    "terms",
    "wanted",
]
