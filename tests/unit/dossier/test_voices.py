"""How many independent voices carry a fact."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from briefings.dossier.copies import Copies
from briefings.dossier.voices import voices
from briefings.model import Article
from tests.unit.dossier.test_copies import is_copy

STORM = (
    "The storm crossed the coast shortly before midnight and tore the roof from the old market hall. "
    "Rescue teams worked through the night, while families waited in the gymnasium of the school. "
    "By the morning the river had fallen again, and the first shops along the quay opened their doors. "
    "The prefecture asked drivers to stay away from the bridge until engineers have looked at its piers."
)
OTHER = (
    "Members of the council met behind closed doors for six hours and left without a word to the press. "
    "A short note on the door said that talks on the budget would go on after the weekend. "
    "Two of the groups had asked for more time to study the figures that the treasurer handed out. "
    "Teachers, nurses and bus drivers plan to gather in front of the building on the day of the vote."
)
THIRD = (
    "Der Hafen blieb den ganzen Tag geschlossen, und kein Schiff verließ die Mole. "
    "Am Abend kamen die Fischer zusammen und berieten, wie es in der nächsten Woche weitergehen soll. "
    "Viele von ihnen hatten seit dem Herbst kaum noch etwas verdient und hoffen nun auf Hilfe vom Land."
)


def counted(articles: Sequence[Article]) -> int:
    """Their voices, in a story of their own."""
    return voices(articles, Copies(articles))


def article(identity: str, text: str, outlet: str, agency: str = "") -> Article:
    return Article(id=identity, text=text, outlet=outlet, agency=agency)


def test_two_outlets_with_texts_of_their_own_are_two_voices() -> None:
    """Independent texts count each."""
    assert counted([article("a", STORM, "North Post"), article("b", OTHER, "East Herald")]) == 2


def test_agency_copy_is_one_voice() -> None:
    """Texts signed by one agency count once, however differently they were cut."""
    wire = [
        article("a", STORM, "North Post", "Sample Agency"),
        article("b", OTHER, "East Herald", "Sample Agency"),
        article("c", THIRD, "La Vigie", "Other Agency"),
    ]
    assert counted(wire) == 2


def test_near_copies_are_one_voice() -> None:
    """A text with another first and last sentence is still the same text."""
    edited = f"From our own correspondent in Northport. {STORM} More on this in the evening edition."
    one, two = article("a", STORM, "North Post"), article("b", edited, "East Herald")
    assert is_copy(one, two)
    assert counted([one, two]) == 1


def test_an_excerpt_is_a_copy_of_the_whole() -> None:
    """The shorter text decides: half a copied text has no voice of its own."""
    assert is_copy(article("a", STORM, "North Post"), article("b", STORM[: len(STORM) // 2], "East Herald"))


def test_texts_of_their_own_are_no_copies() -> None:
    """Different sentences on one event are not a copy."""
    assert not is_copy(article("a", STORM, "North Post"), article("b", OTHER, "East Herald"))
    assert not is_copy(article("a", "", "North Post"), article("b", "", "East Herald"))


def test_two_articles_of_one_outlet_are_one_voice() -> None:
    """An outlet does not confirm itself."""
    assert counted([article("a", STORM, "North Post"), article("b", OTHER, "North Post")]) == 1


def test_two_unknown_outlets_are_not_taken_for_one() -> None:
    """Where the outlet is not known, texts of their own count each."""
    assert counted([article("a", STORM, ""), article("b", OTHER, "")]) == 2


def test_a_copy_links_what_stands_on_either_side_of_it() -> None:
    """Voices are counted alike in any order: what is one voice with a third is one voice with the second."""
    chain = [
        article("a", STORM, "North Post"),
        article("b", STORM, "East Herald", "Sample Agency"),
        article("c", OTHER, "La Vigie", "Sample Agency"),
        article("d", THIRD, "Le Phare"),
    ]
    assert {counted(order) for order in permutations(chain)} == {2}


def test_nobody_is_no_voice() -> None:
    """Without articles there is no voice."""
    assert counted([]) == 0


def test_short_texts_that_share_a_quotation_are_two_voices() -> None:
    """A quotation that fills most of two short texts makes no copy of either."""
    said = (
        "“We will keep every single job in this town and in every other town along the coast,” said Sam Lane."
    )
    one, two = (
        article("a", f"It rained. {said}", "North Post"),
        article("b", f"All came. {said}", "East Herald"),
    )
    assert not is_copy(one, two)
    assert counted([one, two]) == 2


def test_a_short_text_word_for_word_is_a_copy() -> None:
    """However short, the same words in two outlets are one voice."""
    one, two = (
        article("a", "It rained all day.", "North Post"),
        article("b", "It rained, all day", "La Vigie"),
    )
    assert counted([one, two]) == 1
