"""What a process keeps of stories: the last asked for, by tenant and story, never more than it may."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from briefings.dossier import Dossier, Numbering, View, compile_dossier
from briefings.kept import Kept, KeptView
from briefings.model import LOCAL, Article, Citation, Span, Story, Tenant
from briefings.reading import read
from briefings.store import terms

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
STORY = Story(1, "crisis", "Crisis", NOW)


def kept_view(version: int = 1) -> KeptView:
    return KeptView(version, View(Dossier()))


def test_what_was_put_is_got_back() -> None:
    """The last one that was put; a view and a numbering do not touch each other."""
    kept = Kept()
    assert kept.view(LOCAL, STORY) is None
    assert kept.numbering(LOCAL, STORY) is None
    first, second, numbering = kept_view(), kept_view(2), Numbering()
    kept.put_view(LOCAL, STORY, first)
    assert kept.numbering(LOCAL, STORY) is None
    kept.put_numbering(LOCAL, STORY, numbering)
    kept.put_view(LOCAL, STORY, second)
    assert kept.view(LOCAL, STORY) is second
    assert kept.numbering(LOCAL, STORY) is numbering


def test_another_tenants_story_is_another() -> None:
    """Also where it is the same to the letter; and so is one that was made at another time under the same id."""
    kept = Kept()
    kept.put_view(LOCAL, STORY, kept_view())
    kept.put_numbering(LOCAL, STORY, Numbering())
    later = replace(STORY, created=NOW + timedelta(microseconds=1))
    for tenant, story in (
        (Tenant("discord", "1"), STORY),
        (Tenant(LOCAL.platform, "other"), STORY),
        (LOCAL, later),
        (LOCAL, replace(STORY, id=2)),
        (LOCAL, replace(STORY, slug="other")),
    ):
        assert kept.view(tenant, story) is None
        assert kept.numbering(tenant, story) is None


def test_views_of_many_articles_are_few() -> None:
    """What they take together is bounded, whatever the tenants follow; the last one asked for is always kept."""
    kept = Kept(articles=5)

    def view(count: int) -> KeptView:
        articles = (
            Article(f"a{i}", f"The dam number {i} broke on Monday.", outlet="O") for i in range(count)
        )
        return KeptView(1, View(compile_dossier(read(a) for a in articles)))

    one, two, three = (replace(STORY, id=n) for n in (1, 2, 3))
    kept.put_view(LOCAL, one, view(2))
    kept.put_view(LOCAL, two, view(3))
    assert [kept.view(LOCAL, s) is not None for s in (one, two)] == [True, True]
    kept.put_view(LOCAL, three, view(1))
    assert [kept.view(LOCAL, s) is not None for s in (one, two, three)] == [False, True, True]
    kept.put_view(LOCAL, one, view(9))
    assert [kept.view(LOCAL, s) is not None for s in (one, two, three)] == [True, False, False]


def test_the_longest_unasked_goes_first() -> None:
    """Asking for one counts as using it."""
    kept = Kept(most=2)
    one, two, three = (replace(STORY, id=n) for n in (1, 2, 3))
    kept.put_view(LOCAL, one, kept_view())
    kept.put_view(LOCAL, two, kept_view())
    assert kept.view(LOCAL, one) is not None
    kept.put_view(LOCAL, three, kept_view())
    assert [kept.view(LOCAL, s) is not None for s in (one, two, three)] == [True, False, True]
    for story in (one, two, three):
        kept.put_numbering(LOCAL, story, Numbering())
    assert [kept.numbering(LOCAL, s) is not None for s in (one, two, three)] == [False, True, True]


def test_putting_again_takes_no_more_room() -> None:
    """A story brought up to date a hundred times is one story."""
    kept = Kept(most=2)
    other = replace(STORY, id=2)
    kept.put_view(LOCAL, other, kept_view())
    for version in range(100):
        kept.put_view(LOCAL, STORY, kept_view(version))
    assert kept.view(LOCAL, other) is not None


def test_a_view_remembers_its_last_earlier_states() -> None:
    """By the revisions that they were made of; the oldest goes."""
    view = kept_view()
    states = [((f"a{n}", 1),) for n in range(6)]
    for members in states:
        view.remember(members, View(Dossier()), ())
    assert list(view.earlier) == states[-3:]
    assert all(found == () for _, found in view.earlier.values())


def test_a_facts_words_are_those_of_its_texts() -> None:
    """Each in its language, without accents and endings; found out once."""
    view = kept_view()
    words = view.words_of("quote:1", (("fr", "Les salariés menacés"), ("en", "Threatened employees")))
    assert words == {*terms("Les salariés menacés", "fr"), *terms("Threatened employees", "en")}
    assert words == view.words_of("quote:1", (("en", "Something else"),))
    assert view.words_of("quote:2", ()) == frozenset()


def test_a_numbering_is_kept_as_it_is() -> None:
    """With what is numbered and the next number."""
    kept = Kept()
    numbering = Numbering().assign([Citation("a", 1, Span(0, 4)), Citation("a", 1, Span(5, 9))])
    kept.put_numbering(LOCAL, STORY, numbering)
    found = kept.numbering(LOCAL, STORY)
    assert found is not None
    assert (found.next, found.find(2)) == (3, Citation("a", 1, Span(5, 9)))
