"""Paragraphs, sentences and words as code points of the stored text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefings.model import LANGUAGES, Language
from briefings.reading.text import cut, plainly, tokens


def _sentences(raw: str, language: Language = "fr") -> list[str]:
    text = cut(raw, language)
    return [s.of(raw) for s in text.sentences]


@pytest.mark.parametrize(
    ("raw", "sentences"),
    [
        ("Le pont tient. La route ferme.", ["Le pont tient.", "La route ferme."]),
        ("Vraiment ? Oui ! Non… peut-être.", ["Vraiment ?", "Oui !", "Non… peut-être."]),
        ("Hein ?! Bon.", ["Hein ?!", "Bon."]),
        ("« Il part. » Elle reste.", ["« Il part. »", "Elle reste."]),
        ("Il part.[1] Elle reste.", ["Il part.[1]", "Elle reste."]),
        ("Un\nDeux\n\nTrois", ["Un", "Deux", "Trois"]),
        ("Elle finit en 2019. 12 bateaux rentrent.", ["Elle finit en 2019.", "12 bateaux rentrent."]),
        ("Sans point final", ["Sans point final"]),
    ],
)
def test_sentences_end_at_marks_and_line_ends(raw: str, sentences: list[str]) -> None:
    """A full stop, a mark or a line's end closes a sentence, with the closing marks behind it."""
    assert _sentences(raw) == sentences


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("M. Quintin est venu ici.", "fr"),
        ("A. Quintin est venu ici.", "fr"),
        ("L'indice (cf. p. 12) monte.", "fr"),
        ("Le litre coûte 3.5 euros ici.", "fr"),
        ("Il a crié « non ! » et il est parti.", "fr"),
        ("Mr. Quintin came here.", "en"),
        ("The U.S. Senate met.", "en"),
        ("It cost $3.5m to build.", "en"),
    ],
)
def test_abbreviations_initials_and_decimals_end_no_sentence(raw: str, language: Language) -> None:
    """A point in an abbreviation, an initial or a number does not end its sentence."""
    assert _sentences(raw, language) == [raw]


@pytest.mark.parametrize("raw", ["", " ", "\n\n", "\t \u00a0\n"])
def test_a_blank_body_has_no_parts(raw: str) -> None:
    """A body without characters to read has no paragraphs, sentences or words."""
    text = cut(raw, "fr")
    assert (text.paragraphs, text.sentences, text.words) == ((), (), [])


def test_paragraphs_are_the_lines_that_hold_anything() -> None:
    """Paragraphs are lines without the blanks around them; empty lines are none."""
    raw = "  Un pont. \n\n\t\nDeux routes.\r\nFin"
    assert [p.of(raw) for p in cut(raw, "fr").paragraphs] == ["Un pont.", "Deux routes.", "Fin"]


@pytest.mark.parametrize(
    ("phrase", "language", "words"),
    [
        ("l'arrivée d’aujourd'hui", "fr", ["l'", "arrivée", "d'", "aujourd'hui"]),
        ("a-t-il", "fr", ["a-t-il"]),
        ("the mayor's 3,500 boats", "en", ["the", "mayor", "'s", "3,500", "boats"]),
    ],
)
def test_elisions_and_possessives_are_words_of_their_own(
    phrase: str, language: Language, words: list[str]
) -> None:
    """An elided article and a possessive stand apart from the word that they lean on."""
    assert tokens(phrase, language) == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_that_grow_when_lowered_shift_nothing(language: Language) -> None:
    """A capital whose lower case is two code points leaves every later place where it was."""
    raw = "İİİ dort. Odile Vernay parle."
    text = cut(raw, language)
    assert len(text.low) == len(raw)
    assert text.sentences[-1].of(raw) == "Odile Vernay parle."
    assert "Vernay" in [raw[a:b] for a, b in zip(text.starts, text.ends, strict=True)]


@given(st.text())
def test_plain_text_is_as_long_as_the_stored_one(raw: str) -> None:
    """Places found in the plain text hold in the stored one."""
    assert len(plainly(raw)) == len(raw)


@given(st.text(alphabet=st.sampled_from(list("aÉ .!?…\n\r«»“”\"'’-1İß\u00a0\u0301🔥")), max_size=80))
def test_parts_are_in_order_and_disjoint(raw: str) -> None:
    """Paragraphs, sentences and words are in bounds, in order, disjoint, and not blank at their ends."""
    for language in LANGUAGES:
        text = cut(raw, language)
        words = list(zip(text.starts, text.ends, strict=True))
        for spans in (
            [(s.start, s.end) for s in text.sentences],
            [(p.start, p.end) for p in text.paragraphs],
        ):
            assert all(raw[a:b] == raw[a:b].strip() != "" for a, b in spans)
            assert all(x[1] <= y[0] for x, y in pairwise(spans))
        assert all(0 <= a < b <= len(raw) for a, b in words)
        assert all(x[1] <= y[0] for x, y in pairwise(words))


@given(st.text(alphabet=st.sampled_from(list("ab .!?\n«»")), max_size=60))
def test_every_letter_stands_in_a_sentence(raw: str) -> None:
    """No letter of the body is left out of the sentences."""
    text = cut(raw, "fr")
    covered = {i for s in text.sentences for i in range(s.start, s.end)}
    assert all(i in covered for i, c in enumerate(raw) if c.isalpha())


@pytest.mark.parametrize(
    ("raw", "sentences"),
    [
        ("Non !!!!!! Le pont tient.", ["Non !!!!!!", "Le pont tient."]),
        ("Non…… Le pont tient.", ["Non……", "Le pont tient."]),
        ("Non.!.! Le pont tient.", ["Non.!.!", "Le pont tient."]),
        (".\n.\nLe pont tient.", [".", ".", "Le pont tient."]),
        ("\n\n\n\nLe pont tient.\n\n\n", ["Le pont tient."]),
    ],
)
def test_a_run_of_marks_ends_one_sentence(raw: str, sentences: list[str]) -> None:
    """However many marks or line ends follow each other, they close what stands before them once."""
    assert _sentences(raw) == sentences
