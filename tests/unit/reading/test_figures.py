"""The quantities that an article claims."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from briefings.model import Article, Bound, Figure, Language
from briefings.reading import read

_PUBLISHED = datetime(2031, 3, 12, 9, tzinfo=UTC)


def _figures(raw: str, language: Language = "fr") -> list[Figure]:
    return list(read(Article("a", raw, language=language, published=_PUBLISHED)).figures)


@pytest.mark.parametrize(
    ("raw", "text", "value", "unit", "bound"),
    [
        ("Plus de 3.500 postes sont menacés.", "Plus de 3.500", 3500, "postes", Bound.AT_LEAST),
        ("Environ 12 000 habitants ont fui.", "Environ 12 000", 12000, "habitants", Bound.ABOUT),
        ("Le tunnel a 1\u202f200 mètres.", "1\u202f200", 1200, "mètres", Bound.EXACT),
        ("L'amende est de 1,5 million d'euros.", "1,5 million d'euros", 1500000, "EUR", Bound.EXACT),
        ("Il faut 10 milliards de dollars.", "10 milliards de dollars", 1e10, "USD", Bound.EXACT),
        ("Au moins 47 personnes ont fui.", "Au moins 47", 47, "personnes", Bound.AT_LEAST),
        ("Jusqu'à 300 bateaux sont là.", "Jusqu'à 300", 300, "bateaux", Bound.AT_MOST),
        ("Moins de 5 % des maisons ont brûlé.", "Moins de 5 %", 5, "%", Bound.AT_MOST),
        ("La hausse est de 4,5 %.", "4,5 %", 4.5, "%", Bound.EXACT),
        ("La valeur a baissé de 12 pour cent.", "12 pour cent", 12, "%", Bound.EXACT),
        ("Le déficit est de -3 %.", "-3 %", -3, "%", Bound.EXACT),
        ("Près de vingt-cinq bateaux ont coulé.", "Près de vingt-cinq", 25, "bateaux", Bound.ABOUT),
        ("Deux millions de foyers sont privés.", "Deux millions", 2000000, "foyers", Bound.EXACT),
        ("Le prix est de 30 €.", "30 €", 30, "EUR", Bound.EXACT),
        ("Le prix est de 30€ par jour.", "30€", 30, "EUR", Bound.EXACT),
        ("La digue mesure 12 mètres.", "12", 12, "mètres", Bound.EXACT),
        ("Le prix est de ¥500 par jour.", "¥500", 500, "JPY", Bound.EXACT),
        ("Le prix est de 500 ¥ par jour.", "500 ¥", 500, "JPY", Bound.EXACT),
    ],
)
def test_a_figure_in_french(raw: str, text: str, value: float, unit: str, bound: Bound) -> None:
    """The text takes hedge, scale and currency along; the value has its scale applied."""
    (figure,) = _figures(raw)
    assert (figure.text, figure.value, figure.unit, figure.bound) == (text, value, unit, bound)


@pytest.mark.parametrize(
    ("raw", "text", "value", "unit", "bound"),
    [
        ("More than 3,500 jobs will be cut.", "More than 3,500", 3500, "jobs", Bound.AT_LEAST),
        ("About 12,000 residents were moved.", "About 12,000", 12000, "residents", Bound.ABOUT),
        ("The fine reached $1.5 million.", "$1.5 million", 1500000, "USD", Bound.EXACT),
        ("The budget is 10 billion euros.", "10 billion euros", 1e10, "EUR", Bound.EXACT),
        ("At least 47 people were hurt.", "At least 47", 47, "people", Bound.AT_LEAST),
        ("No fewer than 9 bridges are shut.", "No fewer than 9", 9, "bridges", Bound.AT_LEAST),
        ("Up to 300 workers are there.", "Up to 300", 300, "workers", Bound.AT_MOST),
        ("Fewer than 50 houses are dry.", "Fewer than 50", 50, "houses", Bound.AT_MOST),
        ("Nearly 40,000 tonnes of wheat were lost.", "Nearly 40,000", 40000, "tonnes", Bound.ABOUT),
        ("The rise is 4.5%.", "4.5%", 4.5, "%", Bound.EXACT),
        ("The price is £30.", "£30", 30, "GBP", Bound.EXACT),
        ("The firm raised €20m.", "€20m", 20000000, "EUR", Bound.EXACT),
        ("Twenty-five boats sank.", "Twenty-five", 25, "boats", Bound.EXACT),
        ("Two million homes lost power.", "Two million", 2000000, "homes", Bound.EXACT),
    ],
)
def test_a_figure_in_english(raw: str, text: str, value: float, unit: str, bound: Bound) -> None:
    """Currency signs stand before, scales and nouns behind."""
    (figure,) = _figures(raw, "en")
    assert (figure.text, figure.value, figure.unit, figure.bound) == (text, value, unit, bound)


@pytest.mark.parametrize(
    ("raw", "language", "low", "high", "unit"),
    [
        ("Le vote a réuni 60 à 70 % des inscrits.", "fr", 60, 70, "%"),
        ("On a vu 3 à 5 navires ici.", "fr", 3, 5, "navires"),
        ("Entre 200 et 300 bateaux sont là.", "fr", 200, 300, "bateaux"),
        ("Il faut 2 à 3 millions d'euros.", "fr", 2000000, 3000000, "EUR"),
        ("Environ 200 à 300 bateaux sont là.", "fr", 200, 300, "bateaux"),
        ("About 200 to 300 boats are here.", "en", 200, 300, "boats"),
        ("Between 60 and 70 percent of members voted.", "en", 60, 70, "%"),
        ("They saw 200 to 300 workers there.", "en", 200, 300, "workers"),
    ],
)
def test_a_range_is_two_figures(raw: str, language: Language, low: float, high: float, unit: str) -> None:
    """A range gives its lower end as "at least" and its higher as "at most", over the same text."""
    first, second = _figures(raw, language)
    assert (first.value, first.bound, first.unit) == (low, Bound.AT_LEAST, unit)
    assert (second.value, second.bound, second.unit) == (high, Bound.AT_MOST, unit)
    assert first.span == second.span


@pytest.mark.parametrize(
    "raw",
    [
        "Le pont a fermé le 12 mars 2031.",
        "Le pont a fermé en 2019.",
        "Le lycéen de 17 ans est rentré.",
        "Rendez-vous à 16h30 au pont.",
        "Rendez-vous à 16 h 30 au pont.",
        "Le pont ferme à 16 h 30 précises.",
        "De 9 h à 18\u00a0h\u00a045, le pont ferme.",
        "Trois bateaux ont coulé.",
        "Le Boeing 737 s'est posé.",
        "Des milliers de gens ont fui.",
        "C'est le 3e essai.",
        "Voir l'article 12 de la loi.",
        "Le pont tient.[12]",
    ],
)
def test_numbers_that_claim_nothing_are_left_out(raw: str) -> None:
    """Dates, ages, clock times, small numbers in words, names, vague plurals, ordinals and references."""
    assert _figures(raw) == []


@pytest.mark.parametrize(
    "raw",
    [
        "The bridge closed on March 12, 2031.",
        "The bridge closed in 2019.",
        "The 17-year-old student came home.",
        "It was 4:30 pm in town.",
        "Three boats sank.",
        "The Boeing 737 landed.",
        "Thousands of people fled.",
        "It is the 3rd attempt.",
    ],
)
def test_english_numbers_that_claim_nothing_are_left_out(raw: str) -> None:
    """The same in English."""
    assert _figures(raw, "en") == []


def test_what_is_counted_is_kept_in_the_articles_words() -> None:
    """The noun phrase behind the number says what is counted."""
    (figure,) = _figures("Quelque 40.000 tonnes de blé sont perdues.")
    assert figure.counts.startswith("tonnes de blé")


def test_a_figure_cites_its_sentence() -> None:
    """The figure's text is the article's, and its sentence holds it."""
    raw = "Il pleut. Au moins 47 personnes ont fui. Il pleut."
    (figure,) = _figures(raw)
    assert figure.span.of(raw) == figure.text
    assert figure.sentence.of(raw) == "Au moins 47 personnes ont fui."
    assert figure.sentence.holds(figure.span)


def test_two_figures_stand_in_order() -> None:
    """Several figures in a sentence are all found, from left to right."""
    found = _figures("On compte 14 morts, 230 blessés et 5.000 déplacés.")
    assert [(f.value, f.unit) for f in found] == [(14, "morts"), (230, "blessés"), (5000, "déplacés")]


@pytest.mark.parametrize(
    ("raw", "language", "unit"),
    [
        ("Le prix est en €\n30 bateaux sont là.", "fr", "bateaux"),
        ("Le prix est en $\n\n30 bateaux sont là.", "fr", "bateaux"),
        ("It is sold in $\n30 boats are here.", "en", "boats"),
    ],
)
def test_a_currency_sign_at_a_lines_end_stays_there(raw: str, language: Language, unit: str) -> None:
    """A number that begins a line takes no sign along from the line before."""
    (figure,) = _figures(raw, language)
    assert (figure.text, figure.value, figure.unit) == ("30", 30, unit)


def test_a_hedged_range_is_one_text() -> None:
    """The hedge before a range belongs to both of its figures, and neither is only about."""
    first, second = _figures("Environ 200 à 300 bateaux sont là.")
    assert first.text == second.text == "Environ 200 à 300"


@pytest.mark.parametrize(
    ("raw", "language", "unit"),
    [
        ("738 of 770 employees signed.", "en", "employees"),
        ("In all, 738 of 770 employees signed the letter.", "en", "employees"),
        ("Au total 738 des 770 salariés ont signé.", "fr", "salariés"),
        ("Au total 738 sur 770 salariés ont signé.", "fr", "salariés"),
    ],
)
def test_a_part_has_the_unit_of_its_whole(raw: str, language: Language, unit: str) -> None:
    """Of "738 of 770 employees" both numbers count employees."""
    assert [(f.value, f.unit) for f in _figures(raw, language)] == [(738, unit), (770, unit)]
