"""Actors over articles and languages."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

from briefings.dossier import ActorFact, View, compile_dossier
from briefings.model import Article, Kind, Language
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


def actor(view: View, name: str) -> ActorFact:
    (found,) = [a for a in view.actors if a.name == name]
    return found


NAMED = article("a", "Sam Lane, the CEO of Acme, opened the plant. Lane thanked the town.")
SURNAME = article(
    "b",
    "Lane, the CEO of Acme, spoke in Northport. “It was a good day for all of us,” Lane said.",
    "East Herald",
)
BY_ROLE = article(
    "c",
    "Le CEO d'Acme a parlé mercredi à Port-Nord. « Nous gardons tous les emplois dans cette ville », "
    "a déclaré le CEO d'Acme. L'usine restera ouverte.",
    "Journal du Sud",
    "fr",
)


def test_a_full_name_and_a_surname_are_one_actor() -> None:
    """ "Sam Lane" in one article and "Lane" in another are one person, named in full."""
    view = view_of(NAMED, SURNAME)
    persons = [a for a in view.actors if a.kind is Kind.PERSON]
    assert [(a.name, a.names, a.articles) for a in persons] == [("Sam Lane", ("Lane",), 2)]
    assert persons[0].outlets == ("East Herald", "North Post")


def test_a_role_in_another_language_speaks_for_its_holder() -> None:
    """ "le CEO d'Acme" in a French article is Sam Lane, whom an English article of that day calls so."""
    view = view_of(NAMED, SURNAME, BY_ROLE)
    assert {q.text.citation.article: q.speaker for q in view.quotes} == {"b": "Sam Lane", "c": "Sam Lane"}
    assert view.people.resolve("le CEO d'Acme", BY_ROLE) == "Sam Lane"
    assert view.people.resolve("Lane", SURNAME) == "Sam Lane"


def test_a_role_names_nobody_on_a_day_when_nobody_holds_it() -> None:
    """Roles are dated: next week's "CEO of Acme" is not taken for last week's."""
    later = article(
        "d", "The CEO of Acme spoke. “The plant stays open,” said the CEO of Acme.", "La Vigie", day=20
    )
    view = view_of(NAMED, later)
    assert view.people.resolve("the CEO of Acme", later) == "the CEO of Acme"


def test_a_role_names_nobody_where_two_hold_it() -> None:
    """Between two holders of one role on one day nobody is chosen."""
    other = article("d", "Ann Moor, the CEO of Acme, visited the harbour.", "East Herald")
    view = view_of(NAMED, other, BY_ROLE)
    assert view.people.resolve("le CEO d'Acme", BY_ROLE) == "le CEO d'Acme"


def test_two_persons_of_one_surname_stay_two() -> None:
    """A shared surname does not make one of Sam and Ann."""
    other = article("d", "Ann Lane, the mayor of Northport, welcomed the news.", "East Herald")
    view = view_of(NAMED, other)
    assert {a.name for a in view.actors if a.kind is Kind.PERSON} == {"Sam Lane", "Ann Lane"}


def test_one_role_in_two_languages_is_one_fact() -> None:
    """ "chief executive of Acme" and "CEO d'Acme" are one role, with a printing in each language."""
    english = article("a", "Sam Lane, the chief executive of Acme, opened the plant.")
    french = article("b", "Le CEO d'Acme, Sam Lane, a visité le port.", "Journal du Sud", "fr", day=7)
    (role,) = actor(view_of(english, french), "Sam Lane").roles
    assert (role.concept, role.of, role.former) == ("ceo", "acme", False)
    assert [(t.language, t.words) for t in role.texts] == [
        ("en", "chief executive of Acme"),
        ("fr", "CEO d'Acme"),
    ]
    assert role.days == ("2024-03-06", "2024-03-07")
    assert role.outlets == ("Journal du Sud", "North Post")


def test_a_former_role_is_another_than_the_present_one() -> None:
    """What somebody was is not what somebody is."""
    now = article("a", "Sam Lane, the chief executive of Acme, opened the plant.")
    later = article("b", "Sam Lane, the former chief executive of Acme, kept silent.", "East Herald", day=9)
    roles = actor(view_of(now, later), "Sam Lane").roles
    assert [r.former for r in roles] == [False, True]
    assert len({r.key for r in roles}) == 2


def test_an_unknown_speaker_keeps_the_words_of_the_article() -> None:
    """A phrase that names no known actor is given as it stands; nobody stays nobody."""
    view = view_of(NAMED)
    assert view.people.resolve("a source close to the talks", NAMED) == "a source close to the talks"
    assert view.people.resolve(None, NAMED) is None


def test_an_organisation_is_one_actor_in_both_languages() -> None:
    """A body's name is the same in French and English articles."""
    acme = actor(view_of(NAMED, SURNAME, BY_ROLE), "Acme")
    assert (acme.kind, acme.articles) == (Kind.ORG, 3)


def test_salience_is_a_share_of_the_whole_story() -> None:
    """Actors stand by falling salience between 0 and 1; one whom every article is about leads."""
    view = view_of(NAMED, SURNAME, article("d", "Ann Moor visited the harbour.", "La Vigie"))
    saliences = [a.salience for a in view.actors]
    assert saliences == sorted(saliences, reverse=True)
    assert all(0 <= s <= 1 for s in saliences)
    assert view.actors[0].name == "Sam Lane"


_SEEDED = """
from datetime import UTC, datetime
from briefings.dossier import View, compile_dossier
from briefings.model import Article
from briefings.reading import read

texts = [
    ("en", "Sam Lane, the mayor of Northport, opened the plant. “We will stay,” Lane said."),
    ("en", "Shares in the Lane fell by 12%. The Lane is closed. “The plant stays open for now,” the Lane said."),
    ("fr", "Le CEO d'Acme a parlé. « Nous restons ici », a déclaré Lane."),
    ("en", "The board met. The Shore Party (SP) voted. “We agree with all of it,” the SP said."),
    ("en", "The SP voted. SP chief Ann Moor left."),
]
at = datetime(2024, 3, 6, 9, tzinfo=UTC)
articles = [Article(str(i), t, outlet=str(i), language=l, published=at) for i, (l, t) in enumerate(texts)]
view = View(compile_dossier(read(a) for a in articles))
print(ascii((view.actors, view.quotes, view.developments, view.conflicts)))
"""


def test_actors_do_not_depend_on_how_strings_are_hashed() -> None:
    """Whatever the hash seed of the process, the same articles make the same actors and speakers."""
    printed = {
        subprocess.run(
            [sys.executable, "-c", _SEEDED],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
            encoding="utf-8",
        ).stdout
        for seed in range(6)
    }
    assert len(printed) == 1
    assert "Sam Lane" in printed.pop()


def test_a_common_body_is_one_actor_named_in_each_language() -> None:
    """ "board" and "conseil d'administration" are one actor, called by the name that each language has for it."""
    view = view_of(
        article("a", "The board fired Sam Lane on Monday. “We lost all trust in Lane,” the board said."),
        article(
            "b",
            "Le conseil d'administration a licencié Sam Lane lundi. Le conseil d'administration a voté.",
            "Journal du Sud",
            "fr",
        ),
    )
    (board,) = [a for a in view.actors if a.kind is Kind.ORG]
    assert {board.name, *board.names} == {"board", "conseil d'administration"}
    assert dict(board.called) == {"en": "board", "fr": "conseil d'administration"}
    assert board.articles == 2
