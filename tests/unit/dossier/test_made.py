"""What a view takes over from one before: what both have, so that nothing is made twice, kept twice, or otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from briefings.dossier import Dossier, View, add, compile_dossier, remove
from briefings.model import Reading
from tests.unit.dossier.test_core import few, reading, steps

OTHER = reading(0, 1, ("Ann Moor was appointed chief executive of Acme on Monday.",), "en")
LETTER = reading(2, 1, ("More than 500 employees signed a letter to the board of Acme.",), "en")
STRIKE = reading(3, 1, ("The strike could cost Acme 300 jobs.",), "en")


def merged(view: View) -> tuple[object, ...]:
    """All that a view says."""
    facts = list(view.facts.items())
    return facts, view.actors, view.series, view.conflicts, view.outlets, view.speakers


@few
@given(steps(), st.lists(st.booleans(), min_size=12, max_size=12))
def test_a_view_near_another_says_what_one_made_anew_says(
    taken: Sequence[Reading | str], looked: list[bool]
) -> None:
    """Whatever came and went since the one before, and whether that was looked at or not."""
    dossier, view = Dossier(), View(Dossier())
    for step, look in zip(taken, looked, strict=False):
        dossier = remove(dossier, step) if isinstance(step, str) else add(dossier, step)
        view = View(dossier, view)
        if look:
            assert merged(view) == merged(View(dossier))
    assert merged(view) == merged(View(dossier))


def test_what_has_not_changed_is_the_same_fact() -> None:
    """Not an equal one: another article leaves those alone that it says nothing of."""
    before = View(compile_dossier([OTHER, LETTER]))
    known = before.facts
    after = View(add(before.dossier, STRIKE), before)
    assert len(known) >= 2
    assert len(after.facts) > len(known)
    assert all(after.facts[key] is fact for key, fact in known.items())


def test_a_view_that_was_let_go_is_no_help() -> None:
    """The next one says the same all the same."""
    before = View(compile_dossier([OTHER, LETTER]))
    known = before.facts
    before.release()
    after = View(add(before.dossier, STRIKE), before)
    assert merged(after) == merged(View(after.dossier))
    assert not any(after.facts[key] is fact for key, fact in known.items())


def test_what_a_view_has_looked_at_lets_go_of_the_one_before() -> None:
    """A story that changes a thousand times does not keep a thousand views: facts that are gone are not held."""
    before = View(compile_dossier([OTHER, LETTER]))
    gone = before.facts.keys()
    after = View(remove(before.dossier, LETTER.article.id), before)
    assert gone - after.facts.keys()
    held = {fact.key for _, _, fact in after._made._known.values()}
    assert gone - held >= gone - after.facts.keys()
    assert not after._made._known_before
    assert after._made._copies_before is None
