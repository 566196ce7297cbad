"""A posted document corrected: what is struck, what stands beside it, and that nothing that was there is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from briefings.model import Citation, Language, Span
from briefings.rendering import Document, Source
from briefings.rendering.correcting import Corrected, Correction, correct
from briefings.rendering.document import (
    Block,
    CitationMark,
    Divider,
    Emphasis,
    Footnote,
    Heading,
    Image,
    Inline,
    Link,
    ListBlock,
    Paragraph,
    Quotation,
    Strong,
    Struck,
    Text,
)
from briefings.rendering.words import Words

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
A, B, C = "figure:a", "figure:b", "quote:c"
FOUR = Correction(A, "figure:a2", 9, (Text("four directors", "en"),), "The Courier")
GONE = Correction(B, "", 0, (), "The Ledger")
NOWHERE = Citation("a1", 1, Span(0, 1))
SOURCES = {
    9: Source(
        9, NOWHERE, "Four directors voted.", "en", "The Courier", "", "https://courier.example/a", NOW, False
    ),
    10: Source(10, NOWHERE, "Ten.", "fr", "", "", "javascript:alert(1)", None, False),
}

Given = dict[int, Source]


def corrected(
    blocks: Iterable[Block],
    *found: Correction,
    language: Language = "en",
    sources: Given = SOURCES,
    title: str = "Crisis",
) -> Corrected:
    document = Document(tuple(blocks), language)
    return correct(document, found, sources, Words(language), NOW, title)


def words(*inlines: Inline) -> str:
    """What is read, with numbers in brackets and what is struck between tildes."""
    told = ""
    for x in inlines:
        match x:
            case Text(text=text):
                told += text
            case CitationMark(number=number):
                told += f"[{number}]"
            case Struck(children=children):
                told += f"~{words(*children)}~"
            case Strong(children=children) | Emphasis(children=children) | Link(children=children):
                told += words(*children)
    return told


def read(blocks: Sequence[Block]) -> list[str]:
    return [words(*x) for x in lines(blocks)]


def lines(blocks: Sequence[Block]) -> Iterator[tuple[Inline, ...]]:
    for block in blocks:
        match block:
            case Heading(children=children) | Paragraph(children=children):
                yield children
            case ListBlock(items=items):
                for item in items:
                    yield from lines(item)
            case Quotation(children=inner):
                yield from lines(inner)
            case Footnote(number=number, children=children):
                yield (Text(f"({number}) "), *children)


SAID = "Corrected Nov 20, 2023, 08:00, as The Courier revised its article"


# ---- what is struck --------------------------------------------------------------------------------------------------


def test_a_corrected_line_is_struck_with_its_citation_and_what_is_right_follows() -> None:
    """With the new citation, who revised, and when."""
    told = corrected([Paragraph((Text("Six directors voted. "), CitationMark(1, A)))], FOUR)
    (line,) = read(told.document.blocks)
    assert line == f"~Six directors voted.~ [1] → four directors ({SAID}) [9]"
    assert told.struck == (A,)


def test_a_withdrawn_line_is_struck_and_nothing_takes_its_place() -> None:
    """Only who no longer says so."""
    (line,) = read(corrected([Paragraph((Text("Two resigned. "), CitationMark(1, B)))], GONE).document.blocks)
    assert line == "~Two resigned.~ → Withdrawn Nov 20, 2023, 08:00: The Ledger no longer says so [1]"


def test_of_several_facts_in_a_paragraph_only_that_one_is_struck() -> None:
    """Each goes as far back as the citation of the one before; what follows the last stands."""
    paragraph = Paragraph(
        (
            Text("One "), CitationMark(1, C), Text("two "), Strong((Text("three "),)), CitationMark(2, A), CitationMark(3, A),
            Text("four "), CitationMark(4, C), Text(" and so on"),
        )
    )  # fmt: skip
    (line,) = read(corrected([paragraph], FOUR).document.blocks)
    assert line == f"One [1]~two three ~[2][3] → four directors ({SAID}) [9]four [4] and so on"


def test_several_facts_of_a_paragraph_are_struck_each_by_itself() -> None:
    """With its own note."""
    paragraph = Paragraph((Text("One "), CitationMark(1, A), Text(" two "), CitationMark(2, B)))
    told = corrected([paragraph], FOUR, GONE)
    (line,) = read(told.document.blocks)
    assert line.startswith("~One~ [1] → four directors (")
    assert " ~two~ → Withdrawn" in line
    assert told.struck == (A, B)


def test_list_items_and_quotations_are_corrected_where_they_stand() -> None:
    """However deep; the list keeps its numbers, and the other items are as they were."""
    inner = ListBlock(((Paragraph((Text("deep "), CitationMark(3, A))),),), None)
    blocks: list[Block] = [
        ListBlock(
            (
                (Paragraph((Text("kept "), CitationMark(1, C))), inner),
                (Paragraph((Text("wrong "), CitationMark(2, B))),),
            ),
            4,
        ),
        Quotation((Paragraph((Text("said "), CitationMark(5, A))),)),
    ]
    made = corrected(blocks, FOUR, GONE).document.blocks
    assert isinstance(made[0], ListBlock)
    assert made[0].start == 4
    kept, deep, wrong, said = read(made)
    assert kept == "kept [1]"
    assert deep.startswith("~deep~ [3] → four")
    assert wrong.startswith("~wrong~ → Withdrawn")
    assert said.startswith("~said~ [5] → four")


def test_the_blank_before_a_line_is_not_struck() -> None:
    """It parts the line from what stands before."""
    (line,) = read(
        corrected(
            [Paragraph((Text("One "), CitationMark(1, C), Text(" "), Text("two "), CitationMark(2, A)))], FOUR
        ).document.blocks
    )
    assert line.startswith("One [1] ~two~ [2] →")


def test_what_is_struck_already_is_left_alone() -> None:
    """Corrected a second time, a document is what it was after the first."""
    once = corrected([Paragraph((Text("Six "), CitationMark(1, A))), Divider()], FOUR)
    twice = corrected(once.document.blocks, FOUR)
    assert twice.document == once.document
    assert twice.struck == ()


def test_a_corrected_line_is_corrected_again_by_what_it_became() -> None:
    """The first line stays struck, the second is struck too, and the third follows."""
    once = corrected([Paragraph((Text("Six "), CitationMark(1, A)))], FOUR)
    five = Correction("figure:a2", "figure:a3", 10, (Text("five directors"),), "The Courier")
    twice = corrected(once.document.blocks, five)
    (line,) = read(twice.document.blocks)
    assert line.startswith("~Six~ [1] ~→ four directors")
    assert ")~ [9] → five directors (" in line
    assert twice.struck == ("figure:a2",)


def test_headings_images_and_rules_stay_as_they_are() -> None:
    """Only lines are corrected."""
    blocks = (Heading(2, (Text("Figures"),)), Image("chart", "a chart"), Divider())
    made = corrected((*blocks, Paragraph((Text("Six "), CitationMark(1, A)))), FOUR).document.blocks
    assert made[:3] == blocks


# ---- the footnotes ---------------------------------------------------------------------------------------------------


def test_the_new_citation_gets_its_footnote_after_the_others_once() -> None:
    """However often the line stands; its sentence in its language, with outlet, moment and address."""
    blocks: list[Block] = [
        Paragraph((Text("Six "), CitationMark(1, A))),
        Paragraph((Text("Again six "), CitationMark(1, A))),
        Footnote(1, (Text("Six directors voted."),)),
        Footnote(2, (Text("Other."),)),
        Paragraph((Text("Made by Sitrep."),)),
    ]
    made = corrected(blocks, FOUR).document.blocks
    assert [b.number if isinstance(b, Footnote) else 0 for b in made] == [0, 0, 1, 2, 9, 0]
    note = made[4]
    assert isinstance(note, Footnote)
    assert note.children[0] == Text("Four directors voted.", "en")
    assert words(*note.children) == (
        "Four directors voted. — The Courier, Nov 20, 2023, 08:00, https://courier.example/a"
    )


def test_a_footnote_that_is_there_is_not_added_again() -> None:
    """What is right by now was cited elsewhere in the briefing already."""
    blocks: list[Block] = [
        Paragraph((Text("Six "), CitationMark(1, A))),
        Footnote(1, ()),
        Footnote(9, (Text("It."),)),
    ]
    made = corrected(blocks, FOUR).document.blocks
    assert [b.number for b in made if isinstance(b, Footnote)] == [1, 9]


def test_a_document_without_footnotes_gets_none() -> None:
    """Its template shows none."""
    made = corrected([Paragraph((Text("Six "), CitationMark(1, A)))], FOUR).document.blocks
    assert not any(isinstance(b, Footnote) for b in made)


def test_a_footnote_links_only_what_may_be_linked() -> None:
    """An outlet that is not known and an address that is none are told as that."""
    ten = Correction(A, "figure:a2", 10, (Text("ten"),), "")
    blocks: list[Block] = [Paragraph((Text("Six "), CitationMark(1, A))), Footnote(1, ())]
    note = corrected(blocks, ten).document.blocks[-1]
    assert isinstance(note, Footnote)
    assert not any(isinstance(x, Link) for x in note.children)
    assert "unknown outlet" in words(*note.children)


# ---- the corrections alone -------------------------------------------------------------------------------------------


def test_the_notes_tell_each_correction_once() -> None:
    """Under the story's name: what was said, what is right, in the order of the document."""
    blocks: list[Block] = [
        Paragraph((Text("Two "), CitationMark(2, B))),
        Paragraph((Text("Six "), CitationMark(1, A))),
        Paragraph((Text("Six again "), CitationMark(1, A))),
    ]
    told = corrected(blocks, FOUR, GONE)
    heading, first, second = read(told.notes.blocks)
    assert heading == "Correction — Crisis"
    assert first.startswith("~Two~ → Withdrawn")
    assert second == f"~Six~ [1] → four directors ({SAID}) [9]"
    assert told.struck == (B, A)


def test_the_words_are_those_of_the_documents_language() -> None:
    """In French, with the article's own words in theirs."""
    told = corrected([Paragraph((Text("Six "), CitationMark(1, A)))], FOUR, GONE, language="fr")
    (line,) = read(told.document.blocks)
    assert "four directors (" in line
    assert "Corrected" not in line
    assert "20 nov. 2023" in line
    assert told.document.language == told.notes.language == "fr"
    assert any(x == Text("four directors", "en") for x in told.document.inlines())


def test_outside_words_are_only_ever_text() -> None:
    """An outlet's name with control characters in it is made harmless, as everywhere."""
    evil = Correction(A, "figure:a2", 9, (Text("four"),), "Evil\u202e outlet")
    told = corrected([Paragraph((Text("Six "), CitationMark(1, A)))], evil, title="T\u202eitle")
    for shown in (read(told.document.blocks), read(told.notes.blocks)):
        assert all(x.count("\u202e") <= x.count("\u2069") + x.count("\u2068") for x in shown)


# ---- what holds always -----------------------------------------------------------------------------------------------

KEYS = [A, B, C, "figure:d", ""]
WORDS = st.text("abc .", min_size=1, max_size=8)
PIECES: st.SearchStrategy[Inline] = st.one_of(
    st.builds(Text, WORDS, st.sampled_from([None, "fr", "en"])),
    st.builds(lambda x: Strong((Text(x),)), WORDS),
    st.builds(lambda x: Struck((Text(x),)), WORDS),
    st.builds(CitationMark, st.integers(1, 8), st.sampled_from(KEYS)),
)
RUNS = st.lists(PIECES, max_size=8).map(tuple)
BLOCKS = st.recursive(
    st.one_of(st.builds(Paragraph, RUNS), st.builds(Heading, st.just(2), RUNS), st.just(Divider())),
    lambda inner: st.one_of(
        st.builds(
            ListBlock, st.lists(st.lists(inner, max_size=2).map(tuple), max_size=3).map(tuple), st.just(None)
        ),
        st.builds(Quotation, st.lists(inner, max_size=2).map(tuple)),
    ),
    max_leaves=5,
)
NOTES = st.lists(st.builds(Footnote, st.integers(1, 9), RUNS), max_size=3)
DOCUMENTS = st.builds(lambda b, n: (*b, *n), st.lists(BLOCKS, max_size=4), NOTES)
FOUND = st.lists(
    st.sampled_from([FOUR, GONE, Correction("figure:d", "figure:d2", 10, (Text("ten"),), "")]), unique=True
)


def flat(blocks: Sequence[Block]) -> list[str]:
    """Every word and number on its own, whatever it stands in."""
    found: list[str] = []
    for line in lines(blocks):
        for x in Document((Paragraph(line),), "en").inlines():
            if isinstance(x, Text):
                found += x.text
            elif isinstance(x, CitationMark):
                found.append(f"[{x.number} {x.fact}]")
    return found


def within(few: list[str], many: list[str]) -> bool:
    """Whether all of the few stand among the many, in order."""
    rest = iter(many)
    return all(x in rest for x in few)


@settings(max_examples=150, deadline=None)
@given(blocks=DOCUMENTS, found=FOUND)
def test_all_that_was_there_still_is_in_its_order(blocks: tuple[Block, ...], found: list[Correction]) -> None:
    """Every word, citation and footnote: a correction only adds, and strikes."""
    made = corrected(blocks, *found).document.blocks
    assert within(flat(blocks), flat(made))
    assert [b for b in blocks if isinstance(b, Footnote)] == [
        b for b in made if isinstance(b, Footnote) and b in blocks
    ]


@settings(max_examples=100, deadline=None)
@given(blocks=DOCUMENTS, found=FOUND)
def test_a_document_without_those_facts_is_unchanged(
    blocks: tuple[Block, ...], found: list[Correction]
) -> None:
    """To the letter; there is nothing to tell."""
    others = [Correction(f"other:{c.key}", c.becomes, c.mark, c.line, c.outlet) for c in found]
    told = corrected(blocks, *others)
    assert told.document.blocks == blocks
    assert told.struck == ()


@settings(max_examples=100, deadline=None)
@given(blocks=DOCUMENTS, found=FOUND)
def test_what_is_struck_is_in_the_notes_and_only_that(
    blocks: tuple[Block, ...], found: list[Correction]
) -> None:
    """One line for each fact that was taken back."""
    told = corrected(blocks, *found)
    assert len(read(told.notes.blocks)) == 1 + len(told.struck)
    assert set(told.struck) <= {c.key for c in found}
