"""What changed between two dossiers of one story."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from briefings.dossier import Change, ChangeKind, FigureFact, QuoteFact, View, changes, compile_dossier
from briefings.model import Article
from briefings.reading import read


def article(identity: str, text: str, outlet: str = "North Post", day: int = 6) -> Article:
    return Article(
        id=identity, text=text, outlet=outlet, language="en", published=datetime(2024, 3, day, 9, tzinfo=UTC)
    )


def view_of(*articles: Article) -> View:
    return View(compile_dossier(read(a) for a in articles))


def of_kind(kind: ChangeKind, found: tuple[Change, ...], fact: type) -> list[Change]:
    return [c for c in found if c.kind is kind and isinstance(c.after or c.before, fact)]


def value(fact: object) -> float:
    assert isinstance(fact, FigureFact)
    return fact.value


LETTER = article("a", "600 employees signed the letter.")


def test_nothing_changed_where_nothing_came() -> None:
    """A dossier compared with itself has no changes."""
    assert changes(view_of(LETTER), view_of(LETTER)) == ()


def test_what_nobody_said_before_is_new() -> None:
    """A first claim is new and has nothing before it."""
    (new,) = of_kind(ChangeKind.NEW, changes(view_of(), view_of(LETTER)), FigureFact)
    assert new.before is None
    assert value(new.after) == 600.0


def test_what_an_independent_outlet_also_carries_is_confirmed() -> None:
    """The same claim in another outlet's own words raises its voices."""
    other = article(
        "b",
        "Rain fell over the harbour all day long, and few came to the gates. "
        "By the evening 600 employees signed the letter of the union.",
        "East Herald",
    )
    (confirmed,) = of_kind(ChangeKind.CONFIRMED, changes(view_of(LETTER), view_of(LETTER, other)), FigureFact)
    assert confirmed.before is not None
    assert confirmed.after is not None
    assert (confirmed.before.voices, confirmed.after.voices) == (1, 2)


def test_what_the_same_outlet_repeats_is_not_confirmed() -> None:
    """An outlet does not confirm itself."""
    again = article("b", "Rain fell all day. In the end 600 employees signed the letter of the union.", day=7)
    found = changes(view_of(LETTER), view_of(LETTER, again))
    assert not of_kind(ChangeKind.CONFIRMED, found, FigureFact)


def test_what_something_now_stands_against_is_contradicted() -> None:
    """The claim that stood is contradicted, with the conflict that says by what."""
    other = article("b", "450 employees signed the letter.", "East Herald", day=7)
    found = changes(view_of(LETTER), view_of(LETTER, other))
    (contradicted,) = of_kind(ChangeKind.CONTRADICTED, found, FigureFact)
    assert value(contradicted.before) == 600.0
    assert contradicted.conflict is not None
    assert {s.claim for s in contradicted.conflict.sides} == {"600", "450"}
    assert [value(c.after) for c in of_kind(ChangeKind.NEW, found, FigureFact)] == [450.0]


def test_a_conflict_is_told_once() -> None:
    """A disagreement that the last briefing knew is not told again."""
    other = article("b", "450 employees signed the letter.", "East Herald", day=7)
    calm = article("c", "Nothing else was said on Sunday about the harbour.", "La Vigie", day=10)
    found = changes(view_of(LETTER, other), view_of(LETTER, other, calm))
    assert not [c for c in found if c.kind is ChangeKind.CONTRADICTED]


def test_what_a_revision_says_in_its_place_is_a_correction() -> None:
    """A revised article's other figure corrects the one that stood there, and is not new besides."""
    revised = replace(LETTER, text="620 employees signed the letter.", revision=2)
    found = changes(view_of(LETTER), view_of(revised))
    (corrected,) = of_kind(ChangeKind.CORRECTED, found, FigureFact)
    assert (value(corrected.before), value(corrected.after)) == (600.0, 620.0)
    assert not of_kind(ChangeKind.NEW, found, FigureFact)
    assert not of_kind(ChangeKind.WITHDRAWN, found, FigureFact)


def test_a_corrected_quote_is_a_correction() -> None:
    """Other words between the marks, in the place of the first, correct them."""
    said = article("a", "The talks ended. “We will keep every single job in this town,” said Sam Lane.")
    revised = replace(
        said, text="The talks ended. “We may have to close one of the plants,” said Sam Lane.", revision=2
    )
    (corrected,) = of_kind(ChangeKind.CORRECTED, changes(view_of(said), view_of(revised)), QuoteFact)
    assert isinstance(corrected.before, QuoteFact)
    assert isinstance(corrected.after, QuoteFact)
    assert corrected.before.text.words == "We will keep every single job in this town,"
    assert corrected.after.text.words == "We may have to close one of the plants,"


def test_a_revision_that_moves_a_sentence_changes_nothing() -> None:
    """What an article still says, elsewhere in it, is neither withdrawn nor new."""
    revised = replace(LETTER, text=f"Updated in the evening.\n\n{LETTER.text}", revision=2)
    found = changes(view_of(LETTER), view_of(revised))
    assert not [c for c in found if isinstance(c.after or c.before, FigureFact)]


def test_what_no_article_says_any_more_is_withdrawn() -> None:
    """A claim that went with its article is withdrawn and has nothing after it."""
    (withdrawn,) = of_kind(ChangeKind.WITHDRAWN, changes(view_of(LETTER), view_of()), FigureFact)
    assert withdrawn.after is None
    assert value(withdrawn.before) == 600.0


def test_a_revision_that_drops_a_sentence_withdraws_it() -> None:
    """Where nothing of its kind stands in its place, a fact is withdrawn."""
    revised = replace(LETTER, text="The union has not spoken yet.", revision=2)
    assert of_kind(ChangeKind.WITHDRAWN, changes(view_of(LETTER), view_of(revised)), FigureFact)


def test_what_another_article_still_says_is_not_withdrawn() -> None:
    """A claim lives as long as one article carries it."""
    other = article("b", "600 employees signed the letter.", "East Herald", day=7)
    found = changes(view_of(LETTER, other), view_of(other))
    assert not [c for c in found if isinstance(c.after or c.before, FigureFact)]


def test_corrections_come_first_and_news_last() -> None:
    """Changes stand in the order in which a reader needs them."""
    revised = replace(LETTER, text="620 employees signed the letter.", revision=2)
    gone = article("g", "The plan would cut 300 jobs.", "La Vigie")
    come = article("c", "Shares of Acme fell by 12%.", "East Herald", day=8)
    kinds = [c.kind for c in changes(view_of(LETTER, gone), view_of(revised, come))]
    order = [
        ChangeKind.CORRECTED,
        ChangeKind.WITHDRAWN,
        ChangeKind.CONTRADICTED,
        ChangeKind.CONFIRMED,
        ChangeKind.NEW,
    ]
    assert kinds == sorted(kinds, key=order.index)
    assert {ChangeKind.CORRECTED, ChangeKind.WITHDRAWN, ChangeKind.NEW} <= set(kinds)


POOL = (
    LETTER,
    replace(LETTER, text="620 employees signed the letter.", revision=2),
    article("b", "450 employees signed the letter. Sam Lane resigned on Tuesday.", "East Herald", day=7),
    article(
        "c", "It rained. “We will keep every single job in this town,” said Sam Lane.", "La Vigie", day=7
    ),
    article(
        "d",
        "The night was long. “We will keep every single job,” said Lane in the harbour.",
        "Le Phare",
        day=8,
    ),
    article(
        "e",
        "Sam Lane, chief executive of Acme, resigned on Wednesday. Shares fell by 12%.",
        "La Cloche",
        day=8,
    ),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(POOL), max_size=5), st.lists(st.sampled_from(POOL), max_size=5))
def test_changes_account_for_all_that_came_and_went(old: list[Article], new: list[Article]) -> None:
    """Every fact that only one of two dossiers has is in a change, and no fact is both gone and come."""
    before, after = view_of(*old), view_of(*new)
    found = changes(before, after)
    told_after = {c.after.key for c in found if c.after}
    told_before = {c.before.key for c in found if c.before}
    kept = {k for f in after.facts.values() for k in (f.key, *f.aliases)}
    known = {k for f in before.facts.values() for k in (f.key, *f.aliases)}
    for key, fact in before.facts.items():
        assert key in kept or key in told_before
        if key in kept:
            assert not any(c.kind is ChangeKind.WITHDRAWN and c.before == fact for c in found)
    for key, fact in after.facts.items():
        assert {key, *fact.aliases} & known or key in told_after
    for c in found:
        assert (c.before is None) is (c.kind is ChangeKind.NEW)
        assert (c.after is None) is (c.kind is ChangeKind.WITHDRAWN)
        assert (c.conflict is not None) is (c.kind is ChangeKind.CONTRADICTED)


def test_a_quotation_that_joins_a_longer_one_is_not_withdrawn() -> None:
    """Words that another outlet prints in full are still said, and the longer printing is no news of its own."""
    short = replace(article("a", "« L'usine restera ouverte », a déclaré Sam Lane."), language="fr")
    longer = replace(
        article(
            "b", "Il pleut. « L'usine restera ouverte tout l'hiver », a déclaré Sam Lane.", "La Vigie", day=7
        ),
        language="fr",
    )
    found = changes(view_of(short), view_of(short, longer))
    quotes = [c.kind for c in found if isinstance(c.after or c.before, QuoteFact)]
    assert ChangeKind.WITHDRAWN not in quotes
    assert ChangeKind.NEW not in quotes


def test_a_quote_given_to_two_speakers_is_contradicted() -> None:
    """Words that another outlet puts into another mouth are told, with both speakers."""
    words = "“Nobody will lose a job at this plant,”"
    one = article("a", f"The talks ended on Tuesday. {words} said Sam Lane.")
    two = article("b", f"The factory stays open for now. {words} said Ann Moor.", "East Herald", day=7)
    (told,) = of_kind(ChangeKind.CONTRADICTED, changes(view_of(one), view_of(one, two)), QuoteFact)
    assert told.conflict is not None
    assert told.conflict.kind == "speaker"
    assert {s.claim for s in told.conflict.sides} == {"Sam Lane", "Ann Moor"}


def test_a_conflict_is_not_told_again_when_a_third_claim_joins() -> None:
    """The claims that the last briefing set against each other are not contradicted once more."""
    other = article("b", "450 employees signed the letter.", "East Herald", day=7)
    third = article("c", "300 employees signed the letter.", "La Vigie", day=8)
    found = changes(view_of(LETTER, other), view_of(LETTER, other, third))
    assert not [c for c in found if c.kind is ChangeKind.CONTRADICTED]
    assert [value(c.after) for c in of_kind(ChangeKind.NEW, found, FigureFact)] == [300.0]


def test_a_correction_to_what_another_outlet_already_said_is_a_correction() -> None:
    """A revision that takes over another outlet's figure corrects its own; nothing is withdrawn."""
    other = article("b", "It rained. By the evening 450 employees signed the letter.", "East Herald", day=7)
    revised = replace(LETTER, text="450 employees signed the letter.", revision=2)
    found = changes(view_of(LETTER, other), view_of(revised, other))
    (corrected,) = of_kind(ChangeKind.CORRECTED, found, FigureFact)
    assert (value(corrected.before), value(corrected.after)) == (600.0, 450.0)
    assert not of_kind(ChangeKind.WITHDRAWN, found, FigureFact)


def test_a_role_that_is_said_more_fully_is_not_withdrawn() -> None:
    """ "Chief executive" in one article is "directeur général de Norvo" in the next: the same role, told with more words."""
    english = Article(
        id="a",
        text="Norvo removed Ines Kowal as chief executive on Friday. Kowal, the chief executive, did not answer.",
        outlet="North Post",
        language="en",
    )
    french = Article(
        id="b",
        text="Ines Kowal, la directrice générale de Norvo, a été évincée vendredi. Le conseil de Norvo s’est réuni.",
        outlet="Le Matin du Nord",
        language="fr",
    )
    before = View(compile_dossier([read(english)]))
    after = View(compile_dossier([read(english), read(french)]))
    assert before.roles
    assert not [c for c in changes(before, after) if c.kind in (ChangeKind.WITHDRAWN, ChangeKind.CORRECTED)]
