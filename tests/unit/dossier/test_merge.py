"""When things that articles say become one fact."""

from __future__ import annotations

from datetime import UTC, datetime

from briefings.dossier import View, changes, compile_dossier
from briefings.model import Article, Bound, Language, Status
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


LONG = article(
    "a",
    "A long night of talks came to its end in the harbour. “We will keep every single job in this town,” "
    "said Sam Lane. The mayor thanked all those who had waited outside in the cold.",
)
ABROAD = article(
    "b",
    "Le maire a parlé aux habitants réunis devant la gare. « We will keep every single job in this town », "
    "a déclaré Sam Lane. La foule a applaudi puis elle est rentrée chez elle.",
    "Journal du Sud",
    "fr",
)
THIRD = article(
    "c",
    "Shops closed early as the news went round the streets of the old port. “We will keep every single job "
    "in this town,” Sam Lane told reporters. Nothing more was announced.",
    "East Herald",
    day=7,
)
SHORTER = article(
    "d",
    "Few people slept in the streets around the town hall. “We will keep every single job,” said Sam Lane. "
    "His car then left for the airport without another stop.",
    "La Vigie",
    day=8,
)


def test_the_same_words_in_two_outlets_are_one_quote() -> None:
    """Whoever prints it, and in whichever language the article is, a quotation is one fact of its words."""
    (quote,) = view_of(LONG, ABROAD, THIRD).quotes
    assert quote.outlets == ("East Herald", "Journal du Sud", "North Post")
    assert quote.voices == 3
    assert [c.article for c in quote.citations] == ["a", "b", "c"]
    assert quote.speaker == "Sam Lane"
    assert (quote.first, quote.last) == (LONG.published, THIRD.published)


def test_marks_and_capitals_do_not_make_two_quotes() -> None:
    """Typographic marks, case and the comma before the closing mark are no difference in words."""
    plain = article(
        "e", 'The day began with rain. Sam Lane said: "We will keep every single job in this town".'
    )
    assert view_of(LONG).quotes[0].key == view_of(plain).quotes[0].key


def test_a_part_of_a_quote_joins_the_whole() -> None:
    """A quotation that another outlet prints within a longer one is that one, shown at its longest."""
    (quote,) = view_of(SHORTER, LONG).quotes
    assert quote.text.words == "We will keep every single job in this town,"
    assert [t.words for t in quote.texts] == [
        "We will keep every single job in this town,",
        "We will keep every single job,",
    ]
    assert quote.outlets == ("La Vigie", "North Post")


def test_parts_of_one_sentence_stand_in_their_order() -> None:
    """Whichever words they are and however a process hashes them: a briefing reads the same after a restart."""
    parts = (
        "keep every single job", "in this old town", "for as long as it takes", "whatever it may cost us", "and then some more"
    )  # fmt: skip
    whole = article(
        "a", f"Nobody slept. “We will {', '.join(parts)},” said Sam Lane. The crowd went home at last."
    )
    quoted = ", ".join(f"“{p}”" for p in parts)
    torn = article("b", f"Sam Lane said he would {quoted}. The rest of the night was quiet.", "La Vigie")
    (quote,) = view_of(whole, torn).quotes
    assert [t.words for t in quote.texts[1:]] == list(parts)


def test_a_joined_quote_leaves_its_key_as_an_alias() -> None:
    """The part's own key stands among the whole's aliases, so that it is never taken for withdrawn."""
    alone, joined = view_of(SHORTER), view_of(SHORTER, LONG)
    assert alone.quotes[0].key in joined.quotes[0].aliases
    assert alone.quotes[0].key not in {c.key for c in changes(alone, joined)}


def test_two_words_are_no_part_of_a_longer_quote() -> None:
    """A quotation of a few words stays by itself, even where a longer one holds them."""
    brief = article("e", "Sam Lane spoke of “every single job” at stake in the harbour.", "La Vigie")
    assert len(view_of(LONG, brief).quotes) == 2


def test_another_speakers_shorter_quote_does_not_join() -> None:
    """Words within another person's quotation are not that person's."""
    other = article(
        "e",
        "It rained. “We will keep every single job,” said Ann Moor at the gate of the old plant.",
        "La Vigie",
    )
    assert {q.speaker for q in view_of(LONG, other).quotes} == {"Sam Lane", "Ann Moor"}


def test_figures_are_grouped_by_what_they_count_in_both_languages() -> None:
    """Signatures of employees are one series in French and English; a fall of the share is another."""
    view = view_of(
        article("a", "More than 500 employees signed the letter. Shares of Acme fell by 12%."),
        article("b", "Environ 520 employés ont signé la lettre.", "Journal du Sud", "fr", day=7),
    )
    assert [[(c.value, c.bound) for c in s.claims] for s in view.series] == [
        [(500.0, Bound.AT_LEAST), (520.0, Bound.ABOUT)],
        [(12.0, Bound.EXACT)],
    ]


def test_one_claim_of_two_outlets_is_one_figure() -> None:
    """The same value, bound and thing counted is one claim that both outlets carry."""
    view = view_of(
        article("a", "480 employees signed the letter."),
        article("b", "480 employés ont signé la lettre.", "Journal du Sud", "fr", day=7),
    )
    (figure,) = view.figures
    assert figure.outlets == ("Journal du Sud", "North Post")
    assert (figure.text.words, figure.sentence.words) == ("480", "480 employees signed the letter.")


def test_claims_stand_in_order_of_time() -> None:
    """A series reads as an evolution, whichever article was added first."""
    early = article("z", "450 employees signed the letter.", day=5)
    late = article("a", "600 employees signed the letter.", "East Herald", day=8)
    (series,) = view_of(late, early).series
    assert [c.value for c in series.claims] == [450.0, 600.0]


def test_one_event_told_twice_is_one_development() -> None:
    """Sentences of one day and kind that share their actors are one development with both printings."""
    view = view_of(
        article("a", "Sam Lane, the chief executive of Acme, resigned on Tuesday."),
        article("b", "Le CEO d'Acme, Sam Lane, a démissionné mardi.", "Journal du Sud", "fr"),
    )
    (resigned,) = [d for d in view.developments if d.concept == "resigned"]
    assert resigned.date == "2024-03-05"
    assert set(resigned.actors) == {"Sam Lane", "Acme"}
    assert [t.language for t in resigned.texts] == ["en", "fr"]
    assert resigned.outlets == ("Journal du Sud", "North Post")


def test_a_development_keeps_the_day_it_happened() -> None:
    """The day of the event is not the day of the report."""
    (development,) = view_of(
        article("a", "Sam Lane resigned on Monday after a long meeting.", day=6)
    ).developments
    assert development.date == "2024-03-04"
    assert development.first == datetime(2024, 3, 6, 9, tzinfo=UTC)


def test_another_persons_resignation_is_another_development() -> None:
    """Two persons who resign on one day are two developments."""
    view = view_of(
        article("a", "Sam Lane resigned on Tuesday."),
        article("b", "Ann Moor resigned on Tuesday.", "East Herald"),
    )
    assert {d.actors for d in view.developments} == {("Sam Lane",), ("Ann Moor",)}


def test_a_merged_developments_keys_live_on_as_aliases() -> None:
    """Each sentence's own key is the merged fact's key or one of its aliases."""
    one = article("a", "Sam Lane resigned on Tuesday without a word.")
    two = article("b", "To the surprise of many, Sam Lane resigned on Tuesday.", "East Herald")
    (merged,) = view_of(one, two).developments
    own = {view_of(a).developments[0].key for a in (one, two)}
    assert own == {merged.key, *merged.aliases}


def test_a_consequence_states_its_status_and_whom_it_is_on() -> None:
    """What may come is expected; the sentence names on whom."""
    (effect,) = view_of(article("a", "The strike could cost Acme 300 jobs.")).consequences
    assert (effect.status, effect.on) == (Status.EXPECTED, ("Acme",))


def test_one_effect_in_two_outlets_is_one_consequence() -> None:
    """The same sentence in two outlets is one effect that both carry."""
    view = view_of(
        article("a", "The talks failed at dawn. The strike could cost Acme 300 jobs."),
        article("b", "It rained all day. The strike could cost Acme 300 jobs.", "East Herald"),
    )
    (effect,) = view.consequences
    assert effect.outlets == ("East Herald", "North Post")


def test_an_outlet_states_its_articles_and_facts() -> None:
    """Outlets stand by name with their articles in order of publication, their languages and fact counts."""
    view = view_of(THIRD, LONG, ABROAD, article("z", "Nothing new was said on Sunday.", day=10))
    assert [(o.name, o.articles, o.languages) for o in view.outlets] == [
        ("East Herald", ("c",), ("en",)),
        ("Journal du Sud", ("b",), ("fr",)),
        ("North Post", ("a", "z"), ("en",)),
    ]
    assert all(o.facts == sum(o.name in f.outlets for f in view.facts.values()) for o in view.outlets)


def test_one_sentence_twice_in_an_article_is_one_development() -> None:
    """An article that repeats itself tells of one event, cited in both places."""
    said = "Sam Lane resigned on Tuesday."
    text = f"{said} The town was silent. {said}"
    (resigned,) = view_of(article("a", text)).developments
    assert [c.span.of(text) for c in resigned.citations] == [said, said]
    assert len({c.span for c in resigned.citations}) == 2


def test_the_dead_are_one_series_however_they_are_counted() -> None:
    """ "12 people were killed", "10 dead" and "9 morts" count one thing."""
    view = view_of(
        article("a", "12 people were killed in the storm."),
        article("b", "The storm left 10 dead.", "East Herald", day=7),
        article("c", "La tempête a fait 9 morts.", "Journal du Sud", "fr", day=8),
    )
    (series,) = view.series
    assert {c.value for c in series.claims} == {12, 10, 9}


def test_a_quotation_joined_into_a_longer_one_keeps_its_key() -> None:
    """The short printing's own key is an alias of the quotation that it became a part of."""
    short = article("a", "« L'usine restera ouverte », a déclaré Sam Lane.", "Journal du Sud", "fr")
    longer = article(
        "b",
        "Il pleut. « L'usine restera ouverte tout l'hiver », a déclaré Sam Lane.",
        "La Vigie",
        "fr",
        day=7,
    )
    (alone,) = view_of(short).quotes
    (joined,) = view_of(short, longer).quotes
    assert alone.key in (joined.key, *joined.aliases)
