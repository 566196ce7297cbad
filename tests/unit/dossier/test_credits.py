"""Whose report a sentence gives, and what that does to corroboration."""

from __future__ import annotations

import pytest

from briefings.dossier import View, compile_dossier
from briefings.dossier.credits import Credits
from briefings.model import Article, Language
from briefings.reading import read


@pytest.mark.parametrize(
    ("language", "sentence", "outlet"),
    [
        ("en", "The board met on Sunday, according to Bloomberg.", "bloomberg"),
        ("en", "Bloomberg first reported on Friday that talks had begun.", "bloomberg"),
        ("en", "The chairman told Reuters that he would stay.", "reuters"),
        ("en", "Shares fell 3%, the news agency Reuters reported, citing two people.", "reuters"),
        ("en", "Reuters reporters were at the scene when the gate failed.", ""),
        ("en", "The contract with Bloomberg was signed for $3bn.", ""),
        ("en", "The mayor met the council, according to two people.", ""),
        ("fr", "Le conseil se serait réuni dimanche, selon Bloomberg.", "bloomberg"),
        ("fr", "D’après le quotidien Le Monde, trois cadres partent.", "monde"),
        ("fr", "Le Figaro a révélé que les comptes étaient faux.", "figaro"),
        ("fr", "« Nous restons », a-t-elle confié à l’AFP.", "afp"),
        ("fr", "Le Monde change et l’économie aussi.", ""),
    ],
)
def test_a_sentence_credits_an_outlet_or_none(language: Language, sentence: str, outlet: str) -> None:
    """By the words beside the outlet's name, in either language; a name alone credits nobody."""
    assert Credits().of(sentence, language) == outlet


def test_an_outlet_of_the_story_is_credited_by_its_name() -> None:
    """Also one that no list knows."""
    said = "The gate was open for a week, the Tarn Courier reported."
    assert Credits().of(said, "en") == ""
    assert Credits(["Tarn Courier"]).of(said, "en") == "tarn courier"


def _article(identity: str, outlet: str, text: str) -> Article:
    return Article(id=identity, text=text, outlet=outlet, language="en")


def test_those_who_repeat_an_outlet_are_its_voice() -> None:
    """Two outlets that give one report as Bloomberg's are one voice with it; one that knows it itself is another."""
    fact = "The dam lost 40 workers on Monday"
    story = [
        _article("a", "Bloomberg", f"{fact}. The valley waits for news of the repair."),
        _article("b", "North Post", f"{fact}, according to Bloomberg. Shops stayed closed that day."),
        _article("c", "East Herald", f"{fact}, Bloomberg reported. The school is full of people."),
    ]

    def voices(articles: list[Article]) -> int:
        view = View(compile_dossier([read(a) for a in articles]))
        return max(f.voices for f in view.figures if f.value == 40)

    assert voices(story) == 1
    assert voices(story[1:]) == 1
    assert voices([*story, _article("d", "South Star", f"{fact}. Our reporter counted them.")]) == 2
