"""Stories: articles that share words, names and figures are of one, in one language or two; others are not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from briefings import demo
from briefings.stories import Grouping, Told, features, group

DAM = [
    Told("a", "Dam at Norvo cracks", "Engineers found 14 cracks in the dam at Norvo. Mayor Lena Brask closed the valley road."),
    Told("b", "Norvo valley evacuated", "Lena Brask ordered 3,200 people out of the valley below the Norvo dam after 14 cracks were found."),
    Told("c", "Le barrage de Norvo se fissure", "À Norvo, 14 fissures ont été vues. La maire Lena Brask fait partir 3 200 habitants de la vallée de Norvo.", "fr"),
]  # fmt: skip
BANK = [
    Told("d", "Bank of Tessel halts withdrawals", "The Bank of Tessel stopped withdrawals on Monday. Its chief, Omar Quist, blamed a run of 80 million."),
    Told("e", "Run on Tessel", "Omar Quist said the Bank of Tessel lost 80 million in a day as savers queued."),
]  # fmt: skip


def test_articles_of_one_story_meet_and_others_do_not() -> None:
    """Also over languages, by the names and figures that they share."""
    a, b, c, d, e = group([*DAM, *BANK])
    assert a == b == c
    assert d == e
    assert a != d


def test_the_demo_is_one_story_among_others() -> None:
    """Its French and English articles are about one crisis."""
    told = [Told(a.id, a.title, a.text, a.language or "en") for a in demo.articles()]
    stories = group([*told, *DAM, *BANK])
    assert len(set(stories[: len(told)])) == 1
    assert not {*stories[: len(told)]} & {*stories[len(told) :]}


def test_a_match_says_why() -> None:
    """Its score is at least one where the article belongs, and what is shared is named."""
    grouping = Grouping()
    grouping.count([*DAM, *BANK])
    first, second = grouping.add(DAM[0]), grouping.add(DAM[1])
    assert first.score == 0
    assert second.story == first.story
    assert second.score >= 1
    assert {"norvo", "brask"} & {*second.shared}


def test_words_that_hold_sentences_together_tell_of_no_story() -> None:
    """Two articles that share nothing else are two stories."""
    found = features(
        Told("x", "The one of the others", "It is said that they have been there, and that he was not.")
    )
    assert "w:the" not in found
    assert "w:that" not in found


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=60), st.text(max_size=200), st.sampled_from(["fr", "en"])), max_size=8
    )
)
def test_whatever_articles_hold_each_has_a_story(found: list[tuple[str, str, str]]) -> None:
    """Empty ones too; the same articles in the same order give the same stories."""
    told = [
        Told(str(i), title, text, "fr" if lang == "fr" else "en")
        for i, (title, text, lang) in enumerate(found)
    ]
    stories = group(told)
    assert len(stories) == len(told)
    assert stories == group(told)
