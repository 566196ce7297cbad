"""Which articles of a story are copies of which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from briefings.dossier.buckets import words_of
from briefings.dossier.copies import Copies
from briefings.model import Article
from tests.unit.dossier.test_core import few

WORDS = [f"w{i}" for i in range(40)]


def article(identity: str, text: str) -> Article:
    return Article(identity, text, outlet=identity)


def is_copy(a: Article, b: Article) -> bool:
    """Whether one is a copy of the other, alone in a story."""
    return "b" in Copies([replace(a, id="a"), replace(b, id="b")]).of("a")


def plainly(a: Article, b: Article) -> bool:
    """Whether one is a copy of the other, worked out the long way for texts of up to 400 words."""

    def runs(text: str) -> set[str]:
        words = words_of(text).split()
        return {" ".join(words[i : i + 5]) for i in range(len(words) - 4)}

    x, y = runs(a.text), runs(b.text)
    if not a.text or not b.text:
        return False
    if min(len(x), len(y)) < 25:
        return words_of(a.text) == words_of(b.text)
    return len(x & y) >= 0.6 * min(len(x), len(y))


@st.composite
def stories(draw: st.DrawFn) -> list[Article]:
    """Texts of which many are pieces of the same two."""
    random = draw(st.randoms(use_true_random=False))
    sources = [[random.choice(WORDS) for _ in range(300)] for _ in range(2)]
    texts = []
    for _ in range(draw(st.integers(0, 6))):
        source = random.choice(sources)
        start, size = random.randrange(200), random.choice((3, 20, 60, 100, 250))
        own = [random.choice(WORDS) for _ in range(random.choice((0, 0, 20, 60, 150)))]
        texts.append(" ".join([*source[start : start + size], *own]))
    return [article(f"a{i}", text) for i, text in enumerate([*texts, ""])]


@few
@given(stories())
def test_copies_are_those_that_share_most_of_the_shorter_text(story: list[Article]) -> None:
    """What rules a pair out fast never rules out a copy."""
    copies = Copies(story)
    for a in story:
        for b in story:
            expected = plainly(a, b)
            assert is_copy(a, b) == expected
            if a is not b:
                assert (b.id in copies.of(a.id)) == expected


@few
@given(stories(), st.data())
def test_what_was_found_before_is_taken_over(story: list[Article], data: st.DataObject) -> None:
    """With articles that went, came, and have another text now."""
    before = Copies(data.draw(st.permutations(story))[:4])
    changed: Sequence[Article] = [
        replace(a, text=data.draw(st.sampled_from([x.text for x in story])))
        if data.draw(st.booleans())
        else a
        for a in story
    ]
    now = data.draw(st.permutations(changed))[1:]
    taken, anew = Copies(now, before), Copies(now)
    assert {a.id: taken.of(a.id) for a in story} == {a.id: anew.of(a.id) for a in story}
    assert set(taken._sketches) == {a.id for a in now if a.text}


def test_long_texts_are_compared_with_short_ones() -> None:
    """Of a long text some runs are kept alone; its copy is found all the same."""
    long = " ".join(f"word{i} said{i % 7}" for i in range(900))
    story = [
        article("a", long),
        article("b", f"Read this: {long}"),
        article("c", " ".join(reversed(long.split()))),
    ]
    assert Copies(story).of("a") == {"b"}
    assert Copies(story).of("c") == set()
