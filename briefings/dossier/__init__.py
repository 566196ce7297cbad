"""The dossier of one story: what its articles say, merged. Pure: no clock, no I/O, no order of arrival.

`add` and `remove` cost work in proportion to one article. A `View` reads the merged facts, corroboration and
conflicts off a dossier; `changes` compares two; `Numbering` gives citations their lasting numbers.
"""

from briefings.dossier.changes import Change, ChangeKind, changes
from briefings.dossier.conflicts import Conflict, Side
from briefings.dossier.core import Dossier, add, compile_dossier, remove
from briefings.dossier.facts import (
    ActorFact,
    ConsequenceFact,
    DevelopmentFact,
    Fact,
    FigureFact,
    FigureSeries,
    OutletFact,
    QuoteFact,
    RoleFact,
    Text,
)
from briefings.dossier.numbering import Numbering
from briefings.dossier.view import View

__all__ = [
    "ActorFact",
    "Change",
    "ChangeKind",
    "Conflict",
    "ConsequenceFact",
    "DevelopmentFact",
    "Dossier",
    "Fact",
    "FigureFact",
    "FigureSeries",
    "Numbering",
    "OutletFact",
    "QuoteFact",
    "RoleFact",
    "Side",
    "Text",
    "View",
    "add",
    "changes",
    "compile_dossier",
    "remove",
]
