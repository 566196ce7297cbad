"""What cannot both hold stands side by side, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from briefings.dossier import Conflict, View, compile_dossier
from briefings.model import Article, Language
from briefings.reading import read


def article(
    identity: str, text: str, outlet: str = "North Post", language: Language = "en", day: int = 6
) -> Article:
    return Article(
        id=identity,
        text=text,
        outlet=outlet,
        language=language,
        published=datetime(2024, 3, day, 9, tzinfo=UTC),
    )


def view_of(*articles: Article) -> View:
    return View(compile_dossier(read(a) for a in articles))


def conflicts(kind: str, *articles: Article) -> list[Conflict]:
    return [c for c in view_of(*articles).conflicts if c.kind == kind]


def signed(first: str, then: str) -> list[list[str]]:
    """The claims that conflict where one outlet printed `first`, and another `then` a day later."""
    found = conflicts(
        "figure",
        article("a", f"{first} employees signed the letter."),
        article("b", f"{then} employees signed the letter.", "East Herald", day=7),
    )
    return [[s.claim for s in c.sides] for c in found]


def test_a_claim_that_grows_with_time_is_an_evolution() -> None:
    """More signatures a day later contradict nobody."""
    assert signed("450", "600") == []


def test_a_lower_later_claim_of_another_outlet_is_a_conflict() -> None:
    """Fewer signatures a day later, in another outlet, contradict the first claim."""
    assert signed("600", "450") == [["600", "450"]]


def test_two_claims_at_one_moment_are_a_conflict() -> None:
    """Where neither came later, different values cannot both hold."""
    (found,) = conflicts(
        "figure",
        article("a", "450 employees signed the letter."),
        article("b", "600 employés ont signé la lettre.", "Journal du Sud", "fr"),
    )
    assert {s.claim for s in found.sides} == {"450", "600"}
    assert {s.text.outlet for s in found.sides} == {"North Post", "Journal du Sud"}


def test_an_outlet_does_not_contradict_itself() -> None:
    """A lower later claim of the same outlet is its own update."""
    assert not conflicts(
        "figure",
        article("a", "600 employees signed the letter."),
        article("b", "450 employees signed the letter.", day=7),
    )


@pytest.mark.parametrize(
    ("first", "then", "stands"),
    [
        ("520", "At least 500", True),
        ("520", "More than 600", False),  # it grew
        ("At least 600", "520", False),
        ("At least 600", "At least 500", True),
        ("520", "About 500", True),
        ("About 500", "520", True),
        ("700", "About 500", False),
        ("520", "At most 500", False),
        ("480", "At most 500", True),
    ],
)
def test_bounds_decide_what_can_stand_together(first: str, then: str, stands: bool) -> None:
    """ "at least", "at most" and "about" allow each what they say, and no more."""
    grew = (first, then) == ("520", "More than 600")
    assert bool(signed(first, then)) is (not stands and not grew)


def test_figures_of_different_things_do_not_meet() -> None:
    """Signatures and jobs are not compared, whatever their values."""
    assert not conflicts(
        "figure",
        article("a", "600 employees signed the letter."),
        article("b", "The plan would cut 450 jobs.", "East Herald", day=7),
    )


def test_two_holders_of_one_role_on_one_day_are_a_conflict() -> None:
    """Acme has one chief executive at a time, in whichever language."""
    (found,) = conflicts(
        "role",
        article("a", "Sam Lane, the chief executive of Acme, opened the new plant on Monday."),
        article("b", "Ann Moor, la directrice générale d'Acme, a visité le port.", "Journal du Sud", "fr"),
    )
    assert "acme" in found.about.lower()
    assert {s.claim.split(" — ")[0] for s in found.sides} == {"Sam Lane", "Ann Moor"}


def test_one_holder_after_another_is_no_conflict() -> None:
    """On two days a role may have two holders."""
    assert not conflicts(
        "role",
        article("a", "Sam Lane, the chief executive of Acme, opened the new plant."),
        article("b", "Ann Moor, the chief executive of Acme, visited the harbour.", "East Herald", day=9),
    )


def test_a_role_that_many_may_have_is_no_conflict() -> None:
    """Two lawyers of Acme do not contradict each other."""
    assert not conflicts(
        "role",
        article("a", "Sam Lane, a lawyer of Acme, opened the hearing."),
        article("b", "Ann Moor, a lawyer of Acme, left the hearing.", "East Herald"),
    )


def test_a_former_holder_is_no_conflict() -> None:
    """Who was it yesterday may be named beside who is it today."""
    assert not conflicts(
        "role",
        article("a", "Sam Lane, the former chief executive of Acme, kept silent."),
        article("b", "Ann Moor, the chief executive of Acme, visited the harbour.", "East Herald"),
    )


def test_one_event_on_two_days_is_a_conflict() -> None:
    """Two outlets that date one resignation differently stand side by side, each with its day."""
    (found,) = conflicts(
        "date",
        article("a", "Sam Lane resigned on Monday after a long meeting."),
        article(
            "b",
            "The whole town talks about it. Sam Lane resigned on Tuesday, a source close to him said.",
            "East Herald",
        ),
    )
    assert (found.about, [s.claim for s in found.sides]) == ("Sam Lane", ["2024-03-04", "2024-03-05"])


def test_two_events_of_one_outlet_are_no_conflict() -> None:
    """Who resigned on Monday and again on Tuesday in one outlet did so twice."""
    assert not conflicts(
        "date",
        article("a", "Sam Lane resigned on Monday after a long meeting."),
        article("b", "Sam Lane resigned on Tuesday, a source close to him said."),
    )


def test_one_quote_with_two_speakers_is_a_conflict() -> None:
    """The same words in two mouths stand side by side, each with its own printing."""
    (found,) = conflicts(
        "speaker",
        article("a", "The talks ended on Tuesday. “Nobody will lose a job at this plant,” said Sam Lane."),
        article(
            "b",
            "The factory stays open for now. “Nobody will lose a job at this plant,” said Ann Moor.",
            "East Herald",
            day=7,
        ),
    )
    assert {(s.claim, s.text.outlet) for s in found.sides} == {
        ("Sam Lane", "North Post"),
        ("Ann Moor", "East Herald"),
    }


def test_one_quote_with_one_speaker_named_twice_is_no_conflict() -> None:
    """ "Sam Lane" and "Lane" are not two speakers."""
    assert not conflicts(
        "speaker",
        article("a", "The talks ended. “Nobody will lose a job at this plant,” said Sam Lane."),
        article(
            "b", "It stays open. “Nobody will lose a job at this plant,” said Lane.", "East Herald", day=7
        ),
    )


KEPT = article(
    "a", "The talks ended in the night. “We will keep every single job in this town,” said Sam Lane."
)


def test_two_wordings_in_one_language_are_a_conflict() -> None:
    """One speaker's sentence printed in two ways is shown in both, to the letter."""
    (found,) = conflicts(
        "wording",
        KEPT,
        article(
            "b",
            "It was a long evening for all. “We will keep every job here in this town,” Sam Lane said.",
            "East Herald",
        ),
    )
    assert {s.claim for s in found.sides} == {
        "We will keep every single job in this town,",
        "We will keep every job here in this town,",
    }


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("“We will keep every single job in this town,” Sam Lane said.", "en"),
        ("“The board has my full support in this matter,” Sam Lane said.", "en"),
        ("« Nous garderons chaque emploi dans cette ville », a déclaré Sam Lane.", "fr"),
        ("“We will keep every job here in this town,” Ann Moor said.", "en"),
    ],
)
def test_other_words_are_no_second_wording(text: str, language: Language) -> None:
    """The same words, other sentences, translations and other speakers are no conflict of wording."""
    assert not conflicts("wording", KEPT, article("b", text, "East Herald", language))


def test_a_conflicts_key_does_not_depend_on_the_order_of_articles() -> None:
    """The same disagreement has the same key, whichever side came first."""
    one = article("a", "600 employees signed the letter.")
    two = article("b", "450 employees signed the letter.", "East Herald", day=7)
    assert view_of(one, two).conflicts == view_of(two, one).conflicts


def test_sides_stand_in_order_of_time_with_their_facts() -> None:
    """Each side names the fact that it is, and the earlier claim comes first."""
    view = view_of(
        article("a", "600 employees signed the letter."),
        article("b", "450 employees signed the letter.", "East Herald", day=7),
    )
    (found,) = view.conflicts
    assert [s.at for s in found.sides] == sorted(s.at for s in found.sides if s.at)
    assert [view.facts[s.fact].first for s in found.sides] == [s.at for s in found.sides]


def test_unknown_outlets_may_contradict_each_other() -> None:
    """Two articles of outlets that are not known are not taken for one outlet's."""
    assert conflicts(
        "figure",
        article("a", "600 employees signed the letter.", ""),
        article("b", "450 employees signed the letter.", "", day=7),
    )
    assert conflicts(
        "date",
        article("a", "Sam Lane resigned on Monday after a long meeting.", ""),
        article("b", "The whole town talks about it. Sam Lane resigned on Tuesday, a source said.", ""),
    )
    assert conflicts(
        "wording",
        replace(KEPT, outlet=""),
        article("b", "It was late. “We will keep every job here in this town,” Sam Lane said.", ""),
    )
