"""A briefing: what it shows, what it cites, what it carries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, tzinfo

import pytest

from briefings.dossier import Numbering, View, changes, compile_dossier
from briefings.model import LANGUAGES, Article, Gap, Language
from briefings.reading import read
from briefings.rendering import Briefing, Templates, markdown_of, render, to_text
from briefings.rendering.document import CitationMark, Footnote, Heading, Text
from briefings.rendering.words import zone_of

NOW = datetime(2024, 3, 9, 12, 30, tzinfo=UTC)
TEMPLATES = Templates()


def article(
    identity: str, text: str, outlet: str = "North Post", language: Language = "en", day: int = 6
) -> Article:
    return Article(
        id=identity,
        text=text,
        title=f"Title of {identity}",
        outlet=outlet,
        url=f"https://news.example/{identity}",
        language=language,
        published=datetime(2024, 3, day, 23, 30, tzinfo=UTC),
    )


ENGLISH = article(
    "a",
    "Sam Lane, the chief executive of Acme, resigned on Tuesday. “We will keep every single job in this town,” "
    "Lane said. More than 500 employees signed a letter to the board of Acme. "
    "The strike could cost Acme 300 jobs.",
)
FRENCH = article(
    "b",
    "Le CEO d'Acme, Sam Lane, a démissionné mardi. « Nous gardons tous les emplois », a déclaré Sam Lane. "
    "Environ 400 employés ont signé une lettre au conseil d'Acme. La grève pourrait coûter 200 emplois à Acme.",
    "Journal du Sud",
    "fr",
    day=7,
)
LATER = article(
    "c",
    "Nobody slept in the harbour that night. Ann Moor was appointed chief executive of Acme on Friday. "
    "“The talks go on until Sunday evening,” said Ann Moor.",
    "East Herald",
    day=8,
)


def view_of(*articles: Article) -> View:
    return View(compile_dossier(read(a) for a in articles))


def brief(
    view: View,
    template: str = "sitrep",
    language: Language = "en",
    *,
    zone: tzinfo = UTC,
    numbering: Numbering | None = None,
    before: View | None = None,
    gaps: tuple[Gap, ...] = (),
) -> Briefing:
    return render(
        view,
        TEMPLATES,
        template,
        language,
        story="Acme",
        now=NOW,
        zone=zone,
        numbering=numbering,
        changes=changes(before, view) if before is not None else (),
        before=before,
        gaps=gaps,
    )


def shown(briefing: Briefing) -> str:
    """The briefing's text with every blank a space."""
    return " ".join(to_text(briefing, 4000).split())


@pytest.mark.parametrize("template", TEMPLATES.names())
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mark_has_its_footnote_and_sentence(template: str, language: Language) -> None:
    """Each number in the text stands once under it, beside a sentence that is the article's characters."""
    view = view_of(ENGLISH, FRENCH, LATER)
    briefing = brief(view, template, language, before=view_of(ENGLISH))
    marks = {x.number for x in briefing.document.inlines() if isinstance(x, CitationMark)}
    notes = [b for b in briefing.document.blocks if isinstance(b, Footnote)]
    assert [n.number for n in notes] == [s.number for s in briefing.sources] == sorted(marks)
    for note, source in zip(notes, briefing.sources, strict=True):
        cited = view.article(source.citation.article)
        assert source.sentence == source.citation.span.of(cited.text)
        assert source.sentence
        assert note.children[0] == Text(source.sentence, source.language)
        assert (source.outlet, source.title, source.url) == (cited.outlet, cited.title, cited.url)


@pytest.mark.parametrize("template", ["sitrep", "dossier", "actors", "quotes", "consequences", "timeline"])
def test_a_briefing_carries_the_facts_that_it_shows(template: str) -> None:
    """The facts it names are the dossier's, each with a citation among its sources."""
    view = view_of(ENGLISH, FRENCH)
    briefing = brief(view, template)
    known = {**view.facts, **{a.key: a for a in view.actors}}
    cited = {s.citation for s in briefing.sources}
    assert briefing.facts
    assert all(cited & set(known[key].citations) for key in briefing.facts)


def test_a_briefing_is_the_same_every_time() -> None:
    """The same dossier in another order of arrival gives the same briefing."""
    assert brief(view_of(ENGLISH, FRENCH, LATER)) == brief(view_of(LATER, FRENCH, ENGLISH))


def test_numbers_last_over_briefings() -> None:
    """What was cited keeps its number in the next briefing and in another template; new ones are higher."""
    first = brief(view_of(ENGLISH, FRENCH))
    second = brief(view_of(ENGLISH, FRENCH, LATER), "dossier", "fr", numbering=first.numbering)
    known = {s.citation: s.number for s in first.sources}
    for source in second.sources:
        if source.citation in known:
            assert source.number == known[source.citation]
        else:
            assert source.number >= first.numbering.next
    assert any(s.citation.article == "c" for s in second.sources)


def test_a_removed_articles_numbers_are_not_given_again() -> None:
    """After an article left, new citations get numbers that nobody had."""
    first = brief(view_of(ENGLISH, FRENCH))
    second = brief(view_of(ENGLISH, LATER), numbering=first.numbering)
    freed = {s.number for s in first.sources if s.citation.article == "b"}
    assert freed
    assert not freed & {s.number for s in second.sources}


def test_a_quote_is_shown_to_the_letter_in_its_own_language() -> None:
    """A French briefing shows English words as they were printed, between their own marks, and says so."""
    french = shown(brief(view_of(ENGLISH, FRENCH), "quotes", "fr"))
    assert "“We will keep every single job in this town” [en]" in french
    assert "« Nous gardons tous les emplois » —" in french
    english = shown(brief(view_of(ENGLISH, FRENCH), "quotes", "en"))
    assert "“We will keep every single job in this town” —" in english
    assert "« Nous gardons tous les emplois » [fr]" in english


def test_facts_in_the_briefings_language_are_preferred() -> None:
    """Of an event told in both languages each briefing shows its own."""
    view = view_of(ENGLISH, FRENCH)
    assert "a démissionné mardi" in shown(brief(view, "timeline", "fr")).split("Citations")[0]
    assert "resigned on Tuesday" in shown(brief(view, "timeline", "en")).split("Citations")[0]


def test_conflicting_claims_stand_side_by_side() -> None:
    """Both claims are shown with their outlets, and both are cited."""
    briefing = brief(view_of(ENGLISH, FRENCH), "conflicts")
    text = shown(briefing)
    assert "More than 500 (North Post, " in text
    assert " versus " in text
    assert "Environ 400" in text
    assert {s.outlet for s in briefing.sources} == {"North Post", "Journal du Sud"}


def test_a_first_briefing_says_that_it_is_the_first() -> None:
    """Without a briefing before there are no changes to tell."""
    assert "This is the first briefing here" in shown(brief(view_of(ENGLISH), "changes"))


def test_a_briefing_without_changes_says_so() -> None:
    """Where nothing came, nothing is made up."""
    assert "Nothing has changed" in shown(brief(view_of(ENGLISH), "changes", before=view_of(ENGLISH)))


def test_a_correction_shows_both_and_cites_both_revisions() -> None:
    """What was said is struck out beside what is said now, each with the sentence of its own revision."""
    old = article("a", "600 employees signed the letter.")
    revised = replace(old, text="Corrected: 620 employees signed the letter.", revision=2)
    briefing = brief(view_of(revised), "changes", before=view_of(old))
    assert {(s.citation.revision, s.sentence) for s in briefing.sources} >= {
        (1, old.text),
        (2, "Corrected: 620 employees signed the letter."),
    }
    assert "Corrected" in shown(briefing)


def test_what_was_withdrawn_is_still_cited() -> None:
    """A withdrawn sentence can be read where it stood in the last briefing's dossier."""
    briefing = brief(view_of(), "changes", before=view_of(ENGLISH))
    assert "Withdrawn" in shown(briefing)
    assert {s.citation.article for s in briefing.sources} == {"a"}


def test_what_could_not_be_fetched_is_stated() -> None:
    """A gap is part of every briefing."""
    gap = Gap("https://news.example/feed", "the server did not answer")
    for template in TEMPLATES.names():
        text = shown(brief(view_of(ENGLISH), template, gaps=(gap,)))
        assert "https://news.example/feed: the server did not answer" in text


def test_moments_are_told_in_the_editions_time_zone() -> None:
    """An article of the late evening in UTC is the next day's in Paris."""
    view = view_of(ENGLISH)
    paris = shown(brief(view, "quotes", "fr", zone=zone_of("Europe/Paris")))
    assert "9 mars 2024 à 13:30" in paris
    assert "7 mars 2024 à 00:30" in paris
    assert "Mar 6, 2024, 23:30" in shown(brief(view, "quotes", "en"))


def test_sample_outlets_are_named_as_such() -> None:
    """The demo's invented outlets are never taken for real ones."""
    said = "sample outlets, invented for the demo"
    assert said in shown(brief(view_of(replace(ENGLISH, sample=True))))
    assert said not in shown(brief(view_of(ENGLISH)))


def test_the_head_names_the_story() -> None:
    """A briefing begins with its story's name, whatever it holds."""
    briefing = render(view_of(), TEMPLATES, "sitrep", "en", story="*A* {{ b }} # <c>", now=NOW)
    assert briefing.document.blocks[0] == Heading(1, (Text("*A* {{ b }} # <c> — Situation report"),))


def test_a_fact_shows_a_few_citations_of_different_outlets() -> None:
    """However often an outlet repeats a sentence, it is cited once beside it."""
    text = "The strike could cost Acme 300 jobs."
    many = [article(f"a{i}", text, f"Outlet {i % 5}", day=5 + i % 3) for i in range(10)]
    briefing = brief(view_of(*many), "consequences")
    outlets = [s.outlet for s in briefing.sources]
    assert len(outlets) == len(set(outlets)) == 3


def test_a_briefing_carries_its_figures_and_conflicts() -> None:
    """The figures and the sides of the conflicts that it shows are among its facts."""
    view = view_of(ENGLISH, FRENCH)
    assert view.series
    shown_figures = set(brief(view, "figures").facts)
    assert shown_figures & {c.key for s in view.series for c in s.claims}
    sides = {s.fact for c in view.conflicts for s in c.sides}
    assert sides
    assert sides <= set(brief(view, "conflicts").facts)


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Paris"]
)
def test_a_date_alone_keeps_its_day_in_every_zone(zone: str) -> None:
    """An outlet that gave the date alone is cited with that date, wherever the edition is."""
    dated = replace(ENGLISH, published=datetime(2024, 3, 6, tzinfo=UTC))
    text = shown(brief(view_of(dated), "quotes", zone=zone_of(zone)))
    assert "North Post, March 6, 2024," in text
    assert not {"March 5, 2024", "March 7, 2024"} & {text[i : i + 13] for i in range(len(text))}


def many(count: int) -> View:
    """So many outlets, each with a figure of its own for one thing."""
    return view_of(
        *(
            article(f"m{i:02d}", f"The night was long and cold. {100 + 7 * i} employees signed a letter.", f"Paper {i:02d}", day=1 + i)
            for i in range(count)
        )
    )  # fmt: skip


@pytest.mark.parametrize(("language", "left"), [("en", "*4 more*"), ("fr", "*4 autres*")])
def test_a_situation_report_shows_the_ends_of_a_long_row_of_claims(language: Language, left: str) -> None:
    """The first ones and the latest, and how many stand between: the whole row is for `/figures`."""
    view = many(12)
    assert [len(s.claims) for s in view.series] == [12]
    row = next(x for x in markdown_of(brief(view, language=language).document).splitlines() if left in x)
    told = [f"Paper {i:02d}" in row for i in range(12)]
    assert told == [True] * 4 + [False] * 4 + [True] * 4
    whole = shown(brief(view, "figures", language))
    assert all(f"Paper {i:02d}" in whole for i in range(12))
    assert "more" not in shown(brief(many(8)))


def test_a_situation_report_names_the_outlets_that_carry_most() -> None:
    """And says how many more there are; the template of outlets names them all."""
    view = view_of(*(article(f"o{i:02d}", ENGLISH.text, f"Paper {i:02d}") for i in range(23)))
    assert "3 more outlets." in shown(brief(view))
    names = [f"Paper {i:02d}" for i in range(23)]
    assert (
        sum(
            n in markdown_of(brief(view).document).partition("## Outlets")[2].partition("## Citations")[0]
            for n in names
        )
        == 20
    )
    assert all(n in shown(brief(view, "outlets")) for n in names)


def test_a_common_body_is_named_in_the_briefings_language() -> None:
    """What English articles call the board is the "conseil d'administration" of a French briefing."""
    view = view_of(
        article("a", "The board fired Sam Lane on Monday. “We lost all our trust in Lane,” the board said."),
        article(
            "b",
            "Le conseil d'administration a licencié Sam Lane lundi. Le conseil d'administration a voté.",
            "Journal du Sud",
            "fr",
        ),
    )
    assert "— board" in shown(brief(view, "quotes", "en"))
    assert "— conseil d'administration" in shown(brief(view, "quotes", "fr"))
