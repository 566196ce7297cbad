"""Whether an article belongs to a story: precise before it is complete, with a score and its reasons."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from briefings.matching import IN, MAYBE, Example, alternatives, decision_of, judge
from briefings.model import Article, Decision, Follow, Following, Language, Verdict
from briefings.stories import KNOWN, Grouping, Told

NOW = datetime(2024, 3, 5, 8, tzinfo=UTC)
FAR = "The council met on Monday and spoke of the roads, the school and the new lamps at the market. " * 8
GATE = (
    "The sluice at Varnholt failed on Tuesday, the Quay Office said. Some 120 households were moved to a school. "
    "Odile Brask, the harbour master of Varnholt, spoke of a gate that the firm Pellmoor had inspected in January."
)
GATE_LATER = (
    "Odile Brask, the harbour master of Varnholt, said on Wednesday that the sluice would be closed for six weeks. "
    "The firm Pellmoor defended its inspection of the gate; 120 households are still in the school."
)
VANNE = (
    "La vanne de Varnholt a cédé mardi, selon le Quay Office. Quelque 120 foyers ont été relogés dans une école. "
    "Odile Brask, la capitaine du port de Varnholt, a évoqué la société Pellmoor, qui l’avait contrôlée en janvier."
)
PEARS = (
    "Pears cost twice as much as a year ago, growers in the valley of Ombrelle said on Monday. A late frost took the "
    "blossom, and the market of Ombrelle opens on Saturday with fewer stalls than before."
)


def article(
    title: str = "A headline", text: str = FAR, outlet: str = "The Quay Post", identity: str = "a1"
) -> Article:
    return Article(
        identity, text, title=title, outlet=outlet, url=f"https://post.example/{identity}", published=NOW
    )


def by(value: str, kind: Following = Following.WORDS, feed: int | None = None) -> Follow:
    return Follow(1, kind, value, feed)


def words(value: str, title: str = "A headline", text: str = FAR, language: Language = "en") -> Verdict:
    return judge(article(title, text), language, [by(value)], None, (), Grouping())


# ---- words -------------------------------------------------------------------------------------------------------------------------


def test_all_the_words_in_the_headline_are_the_surest() -> None:
    """In any order and form; the reasons have them as they were typed."""
    verdict = words("sluice varnholt", "Varnholt: two sluices fail")
    assert (verdict.score, verdict.decision) == (1.0, Decision.IN)
    (reason,) = verdict.reasons
    assert (reason.kind, reason.value, reason.shared) == (
        Following.WORDS,
        "sluice varnholt",
        ("sluice", "varnholt"),
    )


def test_the_nearer_to_the_head_the_surer() -> None:
    """Headline, beginning, far down, hardly, not at all."""
    scores = [
        words("varnholt", "Varnholt waits").score,
        words("varnholt", text=f"Varnholt waits. {FAR}").score,
        words("varnholt", text=f"{FAR} Varnholt waits. Varnholt hopes. Varnholt sleeps.").score,
        words("varnholt", text=f"{FAR} Varnholt waits.").score,
        words("varnholt").score,
    ]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 5
    decisions = [decision_of(s) for s in scores]
    assert decisions == [Decision.IN, Decision.IN, Decision.IN, Decision.MAYBE, Decision.OUT]


def test_a_word_too_few_is_too_few() -> None:
    """However loud the others are."""
    verdict = words("sluice varnholt", "Sluice, sluice, sluice", "Sluice. " * 50)
    assert verdict.decision is Decision.OUT
    assert verdict.reasons[0].shared == ("sluice",)


@pytest.mark.parametrize("value", ["sluice varnholt, pears", "pears ; varnholt gate", "pears OR varnholt", "pears OU varnholt", "a,,pears"])  # fmt: skip
def test_one_alternative_is_enough(value: str) -> None:
    """Commas, semicolons and a shouted OR part them."""
    assert words(value, "Pears are dear").decision is Decision.IN
    assert words(value, "Lamps are lit").decision is Decision.OUT


@pytest.mark.parametrize("quoted", ['"quay office"', "“quay office”", "«quay office»", "« quay office »"])
def test_a_phrase_stands_together(quoted: str) -> None:
    """In any marks; apart, or the other way round, it is another."""
    assert words(quoted, "The Quay Office speaks").score == 1.0
    assert words(quoted, "Office at the quay").decision is Decision.OUT
    assert words(quoted, "Quay, says the harbour master of the office").decision is Decision.OUT


def test_a_phrase_may_hold_a_comma_or_an_or() -> None:
    """What is between quotation marks is one thing."""
    assert words('"lock, stock and barrel"', "Lock, stock and barrel: all is gone").score == 1.0
    assert words('"lock, stock and barrel"', "Stock and barrel prices").decision is Decision.OUT
    assert words('"now OR never"', "It is now or never").score == 1.0
    assert words('"now OR never"', "Never again").decision is Decision.OUT


@pytest.mark.parametrize(
    ("value", "title", "language"),
    [
        ("evacues", "Des évacués rentrent", "fr"), ("évacués", "DES EVACUES RENTRENT", "fr"),
        ("évacué", "Les évacués rentrent", "fr"), ("ecluse", "L’écluse cède", "fr"), ("écluse", "L'ecluse cede", "fr"),
        ("ÉCLUSES", "L’écluse cède", "fr"), ('"écluse cède"', "L’écluse cède à Varnholt", "fr"),
        ('"employés licenciés"', "Des employés licenciés manifestent", "fr"), ("oeuvre", "Une œuvre volée", "fr"),
        ("Zoë", "Zoe Brask speaks", "en"), ("moved", "Households move", "en"), ("Varnholt's", "Varnholt waits", "en"),
        ("l’écluse", "Une écluse cède", "fr"), ("60", "60 maisons", "fr"),
    ],
)  # fmt: skip
def test_accents_case_and_endings_do_not_matter(value: str, title: str, language: Language) -> None:
    """In either language, typed with accents or without."""
    assert words(value, title, language=language).score == 1.0


def test_words_of_one_language_find_the_other_languages_articles() -> None:
    """Names do; who follows does not say which language."""
    assert words("Varnholt Brask", "Brask quitte Varnholt", VANNE, "fr").decision is Decision.IN


@pytest.mark.parametrize("value", ["", " , ;", "…", '""', "«»", "OR", "!!!"])
def test_what_has_no_word_finds_nothing(value: str) -> None:
    """Not everything."""
    assert words(value, "Sluice of Varnholt").decision is Decision.OUT


def test_a_part_of_a_word_is_not_the_word() -> None:
    """Nor is a longer one."""
    assert words("gate", "Delegates and a gatekeeper").decision is Decision.OUT
    assert words("new york", "News of Yorkshire").decision is Decision.OUT


def test_the_best_of_several_rules_counts() -> None:
    """And comes first among the reasons."""
    rules = [by("lamps"), by("varnholt"), by("pears")]
    verdict = judge(article("Varnholt waits", f"{FAR} Pears."), "en", rules, None, (), Grouping())
    assert verdict.score == 1.0
    assert verdict.reasons[0].value == "varnholt"
    assert {r.value for r in verdict.reasons} == {"lamps", "varnholt", "pears"}


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.text(max_size=60), st.text(max_size=300), st.sampled_from(("en", "fr")))
def test_whatever_is_typed_has_a_score(value: str, title: str, text: str, language: Language) -> None:
    """From 0 to 1, with the decision that it stands for; alternatives come back as they were typed."""
    verdict = judge(article(title, text or "x"), language, [by(value)], None, (), Grouping())
    assert 0.0 <= verdict.score <= 1.0
    assert verdict.decision is decision_of(verdict.score)
    assert all(a in value for a in alternatives(value))


def test_the_thresholds_are_parted() -> None:
    """What may belong is told from what does."""
    assert [decision_of(x) for x in (0.0, MAYBE - 0.01, MAYBE, IN - 0.01, IN, 1.0)] == [
        Decision.OUT, Decision.OUT, Decision.MAYBE, Decision.MAYBE, Decision.IN, Decision.IN,
    ]  # fmt: skip


# ---- outlets and feeds -------------------------------------------------------------------------------------------------------------


def test_an_outlet_is_compared_without_accents_and_case() -> None:
    """And alone it is enough; another outlet is out, and one without a name too."""
    rule = by("le quai déchaîné", Following.OUTLET)
    for outlet, decision in (("Le Quai Déchaîné", Decision.IN), ("LE QUAI DECHAINE", Decision.IN), ("Le Quai", Decision.OUT), ("", Decision.OUT)):  # fmt: skip
        verdict = judge(article(outlet=outlet), "fr", [rule], None, (), Grouping())
        assert verdict.decision is decision, outlet
    assert (
        judge(article(outlet=""), "fr", [by("", Following.OUTLET)], None, (), Grouping()).decision
        is Decision.OUT
    )


def test_feeds_and_outlets_bound_what_words_find() -> None:
    """The words must be there, and the article must come by one of the feeds and be of one of the outlets."""
    rules = [
        by("varnholt"),
        by("https://post.example/feed", Following.FEED, 3),
        by("Le Quai", Following.OUTLET),
    ]
    there, of_another = article("Varnholt waits", outlet="Le Quai"), article("Varnholt waits")
    assert judge(there, "en", rules, 3, (), Grouping()).decision is Decision.IN
    assert judge(there, "en", rules, 4, (), Grouping()).decision is Decision.OUT
    assert judge(of_another, "en", rules, 3, (), Grouping()).decision is Decision.OUT
    assert judge(of_another, "en", rules[:2], 3, (), Grouping()).decision is Decision.IN
    lamps = article("Lamps are lit", outlet="Le Quai")
    assert judge(lamps, "en", rules, 3, (), Grouping()).decision is Decision.OUT
    kinds = [r.kind for r in judge(there, "en", rules, 3, (), Grouping()).reasons]
    assert kinds == [Following.WORDS, Following.FEED, Following.OUTLET]


def test_followed_by_nothing_nothing_belongs() -> None:
    """A story without rules asks for nothing."""
    assert judge(article(), "en", [], 3, (), Grouping()).decision is Decision.OUT


# ---- examples ------------------------------------------------------------------------------------------------------------------------


def known() -> Grouping:
    """One that has counted as many articles of other things as tell what is common."""
    grouping = Grouping()
    for language in ("en", "fr"):
        grouping.count(
            Told(f"{language}{n}", f"Item {n}", f"On Monday the council of Town{n % 40} spoke of roads and schools.", language)
            for n in range(KNOWN)
        )  # fmt: skip
    return grouping


LIKE = by("e1", Following.LIKE)
EXAMPLE = Example(article("Sluice at Varnholt fails", GATE, identity="e1"), "en")


@pytest.mark.parametrize(
    ("title", "text", "language"),
    [("Sluice closed for weeks", GATE_LATER, "en"), ("La vanne de Varnholt cède", VANNE, "fr")],
    ids=["english", "french"],
)
def test_an_article_that_is_like_the_examples_belongs(title: str, text: str, language: Language) -> None:
    """In either language, by the names and figures that they share, which are told."""
    verdict = judge(article(title, text), language, [LIKE], None, [EXAMPLE], known())
    assert verdict.decision is Decision.IN
    (reason,) = verdict.reasons
    assert reason.kind is Following.LIKE
    assert {"varnholt", "pellmoor", "brask", "odile"} & set(reason.shared)


def test_an_article_of_something_else_is_not_like_them() -> None:
    """And without examples nothing is."""
    assert (
        judge(article("Pears are dear", PEARS), "en", [LIKE], None, [EXAMPLE], known()).decision
        is Decision.OUT
    )
    assert judge(article("Sluice", GATE_LATER), "en", [LIKE], None, [], known()).decision is Decision.OUT


def test_among_few_articles_likeness_says_less() -> None:
    """What is common is not known yet: an article is taken for less near, never for nearer."""
    told, example = Told("a", "Sluice closed", GATE_LATER), Told("e1", "Sluice at Varnholt fails", GATE)
    few, many = Grouping().near(told, [example]), known().near(told, [example])
    assert few.score < many.score
    assert few.score < 1.0


# ---- what is common ------------------------------------------------------------------------------------------------------------------


def test_near_groups_and_counts_nothing() -> None:
    """Asked twice, it answers the same; an article is not near to itself."""
    grouping = known()
    before = grouping.dump()
    told, example = Told("a", "Sluice closed", GATE_LATER), Told("e1", "Sluice at Varnholt fails", GATE)
    assert grouping.near(told, [example]) == grouping.near(told, [example])
    assert grouping.near(told, [told]).score == 0.0
    assert grouping.near(told, []).score == 0.0
    assert (grouping.dump(), grouping.known, grouping.stories) == (before, [], {})


def test_what_was_counted_survives_json() -> None:
    """And weighs the same."""
    grouping = known()
    again = Grouping.load(json.loads(json.dumps(grouping.dump())))
    assert again.articles == grouping.articles
    told, example = Told("a", "Sluice closed", GATE_LATER), Told("e1", "Sluice at Varnholt fails", GATE)
    assert again.near(told, [example]).score == pytest.approx(grouping.near(told, [example]).score, abs=0.05)


@pytest.mark.parametrize(
    "value",
    [{}, {"articles": {"en": 3}}, {"articles": {"en": "x"}, "counted": {"en": {}}}, {"articles": [], "counted": 3}, [], 3, None,
     {"articles": {"en": 3}, "counted": {"en": {"w:sluice": "many"}}}],
)  # fmt: skip
def test_what_was_not_dumped_is_not_loaded(value: object) -> None:
    """It is told by the errors that are promised, and no others; a count is a number."""
    try:
        found = Grouping.load(value)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError):
        return
    assert all(isinstance(n, int) for table in found.counted.values() for n in table.values())


def test_what_is_old_counts_less() -> None:
    """Where more was counted than is kept, all of it is halved; rare things go."""
    grouping = known()
    total = sum(grouping.articles.values())
    grouping.forget(total)
    assert sum(grouping.articles.values()) == total
    grouping.count([Told("once", "Quixotry", "Zanzibarian quixotry.")])
    grouping.forget(total)
    assert sum(grouping.articles.values()) == pytest.approx(total / 2, abs=2)
    assert "w:quixotri" not in grouping.counted["en"]
