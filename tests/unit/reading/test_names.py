"""Who is named: mentions, and the actors that they make."""

from __future__ import annotations

import pytest

from briefings.model import Actor, Article, Kind, Language
from briefings.reading import read
from briefings.reading.names import mentions
from briefings.reading.text import cut


def _mentions(raw: str, language: Language = "fr") -> list[str]:
    return [m.text for m in mentions(cut(raw, language))]


def _actors(raw: str, language: Language = "fr", title: str = "") -> dict[str, Actor]:
    return {a.name: a for a in read(Article("a", raw, title=title, language=language)).actors}


@pytest.mark.parametrize(
    ("raw", "language", "names"),
    [
        ("Hier, Odile Vernay a vu Armel Quintin.", "fr", ["Odile Vernay", "Armel Quintin"]),
        ("Hier, Jean-Luc Quintin a parlé.", "fr", ["Jean-Luc Quintin"]),
        ("Le ministère de l'Intérieur a parlé.", "fr", ["ministère de l'Intérieur"]),
        ("On a vu Louis de Vernay ici.", "fr", ["Louis de Vernay"]),
        ("Yesterday Olivia Vernay met Arthur Quintin.", "en", ["Olivia Vernay", "Arthur Quintin"]),
        ("We saw John F. Quintin here.", "en", ["John F. Quintin"]),
        ("We saw the Ministry of Tides here.", "en", ["Ministry of Tides"]),
    ],
)
def test_a_name_is_its_whole_run(raw: str, language: Language, names: list[str]) -> None:
    """Given name, particle, initial, surname and complement make one mention."""
    assert _mentions(raw, language) == names


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("Le pont a fermé mardi. Il rouvre demain.", "fr"),
        ("Lundi, les Français votent. Les Belges aussi.", "fr"),
        ("Cependant, rien ne bouge. Ensuite, tout bouge.", "fr"),
        ("Nous vivons en France et à Lyon.", "fr"),
        ("The bridge closed on Tuesday. It reopens in March.", "en"),
        ("However, the French vote. Then they wait.", "en"),
        ("We live in France and in London.", "en"),
    ],
)
def test_capitals_by_place_day_people_and_country_are_no_actor(raw: str, language: Language) -> None:
    """The first word of a sentence, days, months, peoples and bare places name nobody."""
    assert _actors(raw, language) == {}


@pytest.mark.parametrize(
    ("raw", "language", "name", "kind"),
    [
        ("Hier, Odile Vernay a parlé.", "fr", "Odile Vernay", Kind.PERSON),
        ("Hier, M. Quintin a parlé.", "fr", "Quintin", Kind.PERSON),
        ("Le ministère de l'Intérieur a parlé.", "fr", "ministère de l'Intérieur", Kind.ORG),
        ("Hier, le Collectif des Dunes a parlé.", "fr", "Collectif des Dunes", Kind.ORG),
        ("Hier, la NKT a parlé.", "fr", "NKT", Kind.ORG),
        ("Yesterday Olivia Vernay spoke.", "en", "Olivia Vernay", Kind.PERSON),
        ("Yesterday Mrs. Vernay spoke.", "en", "Vernay", Kind.PERSON),
        ("Yesterday Nortelis Corp met them.", "en", "Nortelis Corp", Kind.ORG),
        ("Yesterday the Ministry of Tides met them.", "en", "Ministry of Tides", Kind.ORG),
    ],
)
def test_an_actor_has_a_kind(raw: str, language: Language, name: str, kind: Kind) -> None:
    """Given names and titles make a person; bodies, firms and abbreviations an organisation."""
    assert _actors(raw, language)[name].kind is kind


def test_a_surname_joins_the_one_who_bears_it() -> None:
    """ "Vernay" and "Mme Vernay" are aliases of the full name."""
    actors = _actors("Odile Vernay est venue. Mme Vernay a vu le pont. Ensuite Vernay a signé.")
    assert list(actors) == ["Odile Vernay"]
    assert set(actors["Odile Vernay"].aliases) == {"Vernay", "Mme Vernay"}


def test_two_of_a_family_stay_two() -> None:
    """A shared surname does not merge two persons."""
    actors = _actors("Basile Quintin et Armel Quintin sont venus. Basile Quintin a signé.")
    assert set(actors) == {"Basile Quintin", "Armel Quintin"}


@pytest.mark.parametrize(
    ("raw", "language", "name", "alias"),
    [
        ("Le Collectif des Dunes (CDD) est là. Le CDD a voté.", "fr", "Collectif des Dunes", "CDD"),
        ("The Shore Party (SP) backs us. The SP voted.", "en", "Shore Party", "SP"),
    ],
)
def test_an_abbreviation_in_brackets_is_an_alias(raw: str, language: Language, name: str, alias: str) -> None:
    """What stands in brackets behind a body's name names the same body."""
    actors = _actors(raw, language)
    assert list(actors) == [name]
    assert alias in actors[name].aliases


def test_the_headline_may_hold_the_fuller_name() -> None:
    """A surname in the body takes the full name of the headline."""
    actors = _actors("M. Quintin a signé. M. Quintin part.", title="Armel Quintin signe un accord")
    assert list(actors) == ["Armel Quintin"]


def test_salience_ranks_who_carries_the_story() -> None:
    """The one named first, often, in the headline and speaking comes first, with salience 1."""
    raw = (
        "Odile Vernay ferme le pont. « Les ponts tiendront », a déclaré Odile Vernay. "
        "Armel Quintin écoute. Odile Vernay part."
    )
    actors = list(_actors(raw, title="Odile Vernay ferme le pont").values())
    assert [a.name for a in actors] == ["Odile Vernay", "Armel Quintin"]
    assert actors[0].salience == 1.0
    assert 0.0 < actors[1].salience < 1.0


def test_mentions_are_places_of_the_name_or_an_alias() -> None:
    """Each mention's text is one of the actor's names, in order of place."""
    raw = "Odile Vernay est venue. Le pont de Mme Vernay a tenu. Vernay a signé."
    actor = _actors(raw)["Odile Vernay"]
    assert [s.of(raw) for s in actor.mentions] == ["Odile Vernay", "Vernay", "Vernay"]


def test_names_only_in_titles_of_works_act_in_nothing() -> None:
    """Who is named only inside a title is no actor of the article."""
    assert _actors("Son film intitulé « Odile Vernay » sort bientôt.") == {}


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("Yann Le Floc'h", "fr"),
        ("Yann Le Floc’h", "fr"),
        ("Marie Prud'homme", "fr"),
        ("Sean O'Leary", "fr"),
        ("Jean-Baptiste d'Ornano", "fr"),
        ("Paul d'Ornano", "fr"),
        ("Sean O'Leary-Finn", "en"),
        ("Sean O’Leary-Finn", "en"),
        ("Marie Prud'homme", "en"),
    ],
)
def test_an_apostrophe_may_stand_in_a_name(name: str, language: Language) -> None:
    """A name is whole with the apostrophes in it, alone and as an actor."""
    raw = {"fr": f"Hier, {name} a parlé.", "en": f"Yesterday {name} spoke."}[language]
    assert _mentions(raw, language) == [name]
    assert [(a.name, a.kind) for a in _actors(raw, language).values()] == [(name, Kind.PERSON)]


def test_a_surname_with_an_apostrophe_joins_the_full_name() -> None:
    """ "M. Le Floc'h" is Yann Le Floc'h."""
    assert list(_actors("M. Le Floc'h est venu. Yann Le Floc'h a parlé.")) == ["Yann Le Floc'h"]
    assert list(_actors("Sean O'Leary est venu. M. O'Leary a parlé.")) == ["Sean O'Leary"]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Agence nationale pour la surveillance des digues et des ports", "ANSDP"),
        ("Conseil supérieur des dunes et des ports", "CSDP"),
    ],
)
def test_a_bracketed_abbreviation_spells_the_whole_name(name: str, short: str) -> None:
    """A long name in small letters reaches as far as its abbreviation does, and both are one actor."""
    raw = f"Le {name} ({short}) a voté. Ensuite, le {short} a saisi le juge."
    actors = _actors(raw)
    assert list(actors) == [name]
    assert short in actors[name].aliases


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("Le maire de Villenoire est venu. Le pont est à Villenoire.", "fr"),
        ("Il vit à Villenoire. Le maire de Villenoire a signé. Le maire de Villenoire part.", "fr"),
        ("Hier, à Villenoire, le pont a fermé. Des bateaux sont à Villenoire.", "fr"),
        ("The mayor of Northbury came. He lives in Northbury.", "en"),
    ],
)
def test_a_town_is_no_actor(raw: str, language: Language) -> None:
    """Where one lives and what has a mayor is a place."""
    assert _actors(raw, language) == {}


def test_the_town_of_a_named_mayor_is_no_actor() -> None:
    """The town in a role is part of the role alone."""
    raw = "La maire de Villenoire, Odile Vernay, est venue. Elle vit à Villenoire. Villenoire dort."
    assert list(_actors(raw)) == ["Odile Vernay"]


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("France signed the treaty on Tuesday.", "en"),
        ("La France a signé le traité mardi.", "fr"),
    ],
)
def test_a_place_that_acts_is_an_actor(raw: str, language: Language) -> None:
    """A country that signs is an organisation of the story."""
    assert [(a.name, a.kind) for a in _actors(raw, language).values()] == [("France", Kind.ORG)]
