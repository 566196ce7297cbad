"""One article's reading as a whole."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefings.model import LANGUAGES, Article, Language, Reading
from briefings.reading import read

_PUBLISHED = datetime(2031, 3, 12, 9, tzinfo=UTC)
_FRENCH = (
    "Odile Vernay, directrice de Nortelis, a fermé mardi le vieux pont de bois.\n"
    "« Les ponts tiendront », a-t-elle déclaré. « Il faudra “attendre” jusqu'au printemps. »\n"
    "En raison de la panne, au moins 300 foyers ont été privés de courant le 3 mars 2031.\n"
    "Selon le maire Armel Quintin, la fermeture pourrait entraîner la perte de 60 à 70 emplois."
)
_ENGLISH = (
    "Olivia Vernay, chief executive of Nortelis, closed the old wooden bridge on Tuesday.\n"
    "“The bridges will hold,” she said. “We shall have to ‘wait’ until spring.”\n"
    "As a result of the outage, at least 300 homes were evacuated on March 3, 2031.\n"
    "Mayor Arthur Quintin said the closure could lead to the loss of 60 to 70 jobs."
)
_PIECES = [
    *("« ", " »", "“", "”", '"', "'", "’", "\n", " ", ". ", ", ", " : ", "! ", "? ", "…", "(", ")"),
    *("Odile Vernay", "Armel Quintin", "Nortelis", "le maire", "the mayor", "M. ", "Mr. ", "ministre "),
    *(" a déclaré ", " said ", "dit-il", "a-t-elle dit", "selon ", "according to ", "les ponts tiendront"),
    *("mardi", "12 mars", "2031", "yesterday", "hier", "plus de ", "3,5", "1 000", " %", " €", "$", "à "),
    *(
        "pourrait entraîner la perte de ",
        "caused the loss of ",
        "a détruit le pont ",
        "İ",
        "ß",
        "🔥",
        "e\u0301",
    ),
]


def _check(reading: Reading) -> None:
    """What holds of every reading, whatever the text."""
    raw = reading.article.text
    assert all(0 <= s.start < s.end <= len(raw) for s in reading.sentences)
    assert all(a.end <= b.start for a, b in pairwise(reading.sentences))
    sentences = set(reading.sentences)
    for quote in reading.quotes:
        assert quote.span.of(raw) == quote.text != ""
        assert quote.sentence in sentences
        assert (quote.via is None) == (quote.speaker is None)
    assert all(a.span.end <= b.span.start for a, b in pairwise(reading.quotes))
    for figure in reading.figures:
        assert figure.span.of(raw) == figure.text != ""
        assert figure.sentence in sentences
        assert figure.sentence.start < figure.span.end <= figure.sentence.end
    assert [f.span.start for f in reading.figures] == sorted(f.span.start for f in reading.figures)
    assert all(0 <= d.span.start < d.span.end <= len(raw) for d in reading.dates)
    assert all(a.span.end <= b.span.start for a, b in pairwise(reading.dates))
    assert all(d.span in sentences for d in reading.developments)
    assert all(c.span in sentences for c in reading.consequences)
    names = {a.name for a in reading.actors}
    assert len(names) == len(reading.actors)
    for actor in reading.actors:
        assert 0.0 <= actor.salience <= 1.0
        assert actor.name not in actor.aliases
        assert actor.mentions == tuple(sorted(actor.mentions))
        assert all(m.of(raw) in (actor.name, *actor.aliases) for m in actor.mentions)
        assert all(r.span.of(raw) == r.text and r.sentence in sentences for r in actor.roles)
    saliences = [a.salience for a in reading.actors]
    assert saliences == sorted(saliences, reverse=True)


@pytest.mark.parametrize(("raw", "language"), [(_FRENCH, "fr"), (_ENGLISH, "en")])
def test_an_article_gives_facts_of_every_kind(raw: str, language: Language) -> None:
    """A plain article gives quotes, actors, figures, dates, developments and consequences."""
    reading = read(Article("a", raw, published=_PUBLISHED))
    assert reading.language == language
    assert len(reading.sentences) == 5
    assert len(reading.quotes) == 2
    assert {q.speaker for q in reading.quotes} == {reading.actors[0].name}
    assert [f.value for f in reading.figures] == [300, 60, 70]
    assert [d.value for d in reading.dates if d.value and len(d.value) == 10] == ["2031-03-11", "2031-03-03"]
    assert [d.date for d in reading.developments] == ["2031-03-11", "2031-03-03"]
    assert [c.status.value for c in reading.consequences] == ["reported", "expected"]
    _check(reading)


@pytest.mark.parametrize("raw", ["", " ", "\n\n\n", "\u200b", "…", "«»", "🔥"])
def test_a_body_without_words_gives_no_facts(raw: str) -> None:
    """Nothing to read is a reading without facts, not an error."""
    reading = read(Article("a", raw, title="Odile Vernay part", published=_PUBLISHED))
    assert (reading.quotes, reading.actors, reading.figures, reading.dates) == ((), (), (), ())
    assert (reading.developments, reading.consequences) == ((), ())


def test_the_articles_own_language_wins() -> None:
    """A language that the outlet states is not guessed again."""
    assert read(Article("a", _FRENCH, language="en")).language == "en"


def test_the_headline_helps_to_tell_the_language() -> None:
    """A body of names alone takes the language of its headline."""
    assert read(Article("a", "Nortelis. Vernay.", title="The bridge has been closed")).language == "en"


def test_reading_twice_gives_the_same() -> None:
    """Reading is a function of the article alone, whatever was read in between."""
    article = Article("a", _FRENCH, published=_PUBLISHED)
    first = read(article)
    read(Article("b", _ENGLISH, published=_PUBLISHED))
    assert read(article) == first


def test_the_reading_keeps_its_article() -> None:
    """The article goes with its reading, unchanged."""
    article = Article("a", _FRENCH, revision=3)
    assert read(article).article is article


@pytest.mark.parametrize(("raw", "language"), [(_FRENCH, "fr"), (_ENGLISH, "en")])
def test_typographic_blanks_and_apostrophes_change_no_fact(raw: str, language: Language) -> None:
    """The same text with other blanks and apostrophes gives the same values and speakers."""
    odd = (
        raw.replace("'", "’").replace(" »", "\u00a0»").replace("« ", "«\u202f").replace(" 300 ", "\u00a0300 ")
    )
    one, other = (read(Article("a", r, language=language, published=_PUBLISHED)) for r in (raw, odd))
    assert [q.speaker for q in one.quotes] == [q.speaker for q in other.quotes]
    assert [q.span for q in one.quotes] == [q.span for q in other.quotes]
    assert [f.value for f in one.figures] == [f.value for f in other.figures]
    assert [d.value for d in one.dates] == [d.value for d in other.dates]


@pytest.mark.parametrize("prefix", ["🔥🔥 ", "İİ ", "e\u0301 ", "\u202e\u202c ", "漢字 "])
def test_places_are_code_points(prefix: str) -> None:
    """Characters outside the basic plane, growing letters and combining marks before a quote shift nothing."""
    raw = f"{prefix}« Les ponts tiendront tout l'hiver », a déclaré Odile Vernay."
    (quote,) = read(Article("a", raw, language="fr")).quotes
    assert quote.text == "Les ponts tiendront tout l'hiver"
    assert quote.span.start == raw.index("Les ponts")


@given(st.lists(st.sampled_from(_PIECES), max_size=40), st.booleans())
def test_every_fact_is_in_the_text_as_stored(pieces: list[str], dated: bool) -> None:
    """Spans are in bounds, texts are the article's characters, and every fact cites a sentence of it."""
    raw = "".join(pieces)
    for language in LANGUAGES:
        _check(read(Article("a", raw, language=language, published=_PUBLISHED if dated else None)))
