"""Outside text in Discord's Markdown says what it says and does nothing; what is marked is marked as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.discord.markdown import escaped, line, lines_of, text_of
from bots.paging import units
from briefings.plain import literal
from briefings.rendering.document import (
    Block,
    CitationMark,
    Code,
    Divider,
    Document,
    Emphasis,
    Footnote,
    Heading,
    Image,
    Inline,
    LineBreak,
    Link,
    ListBlock,
    Paragraph,
    Quotation,
    Strong,
    Struck,
    Text,
)
from tests.unit.discord.interpreting import EFFECTS, STARTS, interpreted, unescaped, unprotected

NEWS = "https://news.example/a"

HOSTILE = [
    "**bold**", "*it*", "_it_", "__under__", "***both***", "~~struck~~", "||spoiler||", "`code`", "``a`b``", "```py\nx\n```",
    "[x](https://evil.example)", "[x](<https://evil.example>)", "](https://evil.example)", "<https://evil.example>",
    "https://evil.example/a_b_c", "HTTPS://EVIL.EXAMPLE", "http://evil.example", "steam://run/1", "@everyone", "@here", "@EveryOne",
    "<@1>", "<@!1>", "<@&1>", "<#1>", "</cmd:1>", "<t:1:R>", "<:e:1>", "<a:e:1>", "<id:customize>",
    "discord.gg/abc", "https://discord.gg/abc", "discord.com/invite/abc", "DISCORD.GG/abc", "discordapp.com/invite/abc",
    "# a", "## a", "### a", "-# a", "- a", "* a", "+ a", "1. a", "12. a", "> a", ">>> a", "  - a", "\u00a0# a", "١. a",
    "\\", "\\\\", "\\*a\\*", "\\@everyone", "a\\", "¯\\_(ツ)_/¯", "* * *", "---", "***", "a*b*c", "snake_case_name", "1*2*3",
]  # fmt: skip

fragments = st.sampled_from(
    [*HOSTILE, *"\\`*_~|[]()<>@#-+.!:/1 a", "everyone", "here", "://", "discord", ".gg/", "\u200d", "א"]
)
outside = st.lists(st.one_of(fragments, st.text(max_size=5)), max_size=12).map("".join).map(literal)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_is_shown_to_the_letter(text: str) -> None:
    """Each sign is there, marked by nothing, and leads nowhere."""
    shown = interpreted(line((Text(literal(text)),), "en"))
    assert "".join(p.sign for p in shown) == literal(text)
    assert not any(p.marks or p.url for p in shown)


@given(outside)
def test_without_its_backslashes_outside_text_is_what_it_was(text: str) -> None:
    """To the letter, as a text and as a line; and nothing but escapes is in it."""
    assert unescaped(escaped(text)) == text
    assert unescaped(line((Text(text),), "en")) == text


@given(outside)
def test_no_mark_of_outside_text_stays_unescaped(text: str) -> None:
    """No formatting, no link, no mention, no invite; and nothing that starts a block."""
    made = line((Text(text),), "en")
    assert not EFFECTS.search(unprotected(made))
    assert not STARTS.match(made)


@given(outside)
def test_outside_text_is_shown_as_it_is(text: str) -> None:
    """A reader of the whole Markdown sees the same signs, none of them marked."""
    shown = interpreted(line((Text(text),), "en"))
    assert "".join(p.sign for p in shown) == text
    assert not any(p.marks or p.url for p in shown)


@given(st.lists(outside, min_size=2, max_size=4))
def test_texts_side_by_side_make_nothing_together(texts: list[str]) -> None:
    """What is harmless in pieces is harmless beside each other: halves of a mention, of an address, of a mark."""
    made = line(tuple(map(Text, texts)), "en")
    assert unescaped(made) == "".join(texts)
    assert not EFFECTS.search(unprotected(made))
    assert not STARTS.match(made)


@pytest.mark.parametrize(
    "halves",
    [("@", "everyone"), ("https", "://evil.example"), ("https:", "//evil.example"), ("discord", ".gg/abc"), ("discord.", "gg/abc"),
     ("#", " a"), ("-", "# a"), ("1", ". a"), ("<", "@1>")],
    ids=ascii,
)  # fmt: skip
def test_halves_side_by_side_do_nothing(halves: tuple[str, str]) -> None:
    """The halves of a mention, of an address, of a block's start."""
    made = line(tuple(map(Text, halves)), "en")
    assert unescaped(made) == "".join(halves)
    assert not EFFECTS.search(unprotected(made))
    assert not STARTS.match(made)


# ---- lines -----------------------------------------------------------------------------------------------------------------

STARTING = ["# a", "## a", "### a", "-# a", "- a", "* a", "+ a", "1. a", "999. a", "> a", ">>> a", "   # a"]


@pytest.mark.parametrize("text", STARTING)
def test_no_line_of_outside_text_starts_a_block(text: str) -> None:
    """Not the first one of a paragraph, nor one after a line break, nor within what is marked."""
    for children in (
        (Text(text),),
        (Text("a"), LineBreak(), Text(text)),
        (Strong((Text("a"), LineBreak(), Text(text))),),
        (Strong((LineBreak(), Text(text))),),
        (Emphasis((Text("  "),)), Text(text)),
        (Code(" "), Text(text)),
        (Code("\n"), Text(text)),
        (Link(NEWS, (Text(""),)), Text(text)),
        (Link("javascript:a", (Text(text),)),),
    ):
        for made in lines_of(Paragraph(children), "en"):
            assert not STARTS.match(made), (children, made)


@pytest.mark.parametrize("text", STARTING)
def test_no_line_of_a_footnote_starts_a_block(text: str) -> None:
    """A cited sentence of several lines stays a sentence."""
    for made in lines_of(Footnote(1, (Text("a"), LineBreak(), Text(text))), "en"):
        assert not STARTS.match(made)


@pytest.mark.parametrize("text", STARTING)
def test_what_stands_in_a_list_or_a_quotation_starts_no_block(text: str) -> None:
    """Behind our mark no other one follows that is outside text's."""
    made = (Paragraph((Text(text),)),)
    (item,) = lines_of(ListBlock((made,)), "en")
    (numbered,) = lines_of(ListBlock((made,), 7), "en")
    (said,) = lines_of(Quotation(made), "en")
    assert (item[:2], numbered[:3], said[:2]) == ("- ", "7. ", "> ")
    assert not any(STARTS.match(x) for x in (item[2:], numbered[3:], said[2:]))


def test_each_block_has_its_lines() -> None:
    """Headings by their level, lists in lists indented, quotations line by line; images and dividers none."""
    words = (Text("a"),)
    nested = ListBlock(((Paragraph((Text("b"),)),),), 3)
    expected: list[tuple[Block, list[str]]] = [
        (Heading(1, words), ["## a"]),
        (Heading(2, words), ["### a"]),
        (Heading(3, words), ["**a**"]),
        (Heading(6, words), ["**a**"]),
        (Heading(1, (Text(" "),)), []),
        (Heading(1, (Text("a"), LineBreak(), Text("# b"))), ["## a # b"]),
        (Paragraph((Text("a"), LineBreak(), Text("b"))), ["a", "b"]),
        (Footnote(4, words), ["\\[4] a"]),
        (ListBlock(((Paragraph(words), nested), ())), ["- a", "  3. b"]),
        (ListBlock(((Paragraph(words),), (Paragraph(words),)), 9), ["9. a", "10. a"]),
        (Quotation((Paragraph(words), Paragraph(words))), ["> a", "> a"]),
        (Image("chart", "a"), []),
        (Divider(), []),
    ]
    for block, lines in expected:
        assert lines_of(block, "en") == lines


def test_blank_lines_stand_between_paragraphs_only() -> None:
    """None beneath a heading, none between the pieces of a list, none between footnotes."""
    a, item = Paragraph((Text("a"),)), ListBlock(((Paragraph((Text("b"),)),),))
    note, head = Footnote(1, (Text("c"),)), Heading(1, (Text("d"),))
    document = Document((a, a, head, a, item, item, Divider(), note, note), "en")
    assert text_of([(b, lines_of(b, "en")) for b in document.blocks]).split("\n") == [
        "a",
        "",
        "a",
        "## d",
        "a",
        "",
        "- b",
        "- b",
        "",
        "\\[1] c",
        "\\[1] c",
    ]


# ---- what is marked --------------------------------------------------------------------------------------------------------


def seen(*children: Inline) -> list[tuple[str, frozenset[str], str]]:
    """What is shown of inlines, signs marked alike together."""
    found: list[tuple[str, frozenset[str], str]] = []
    for p in interpreted(line(children, "en")):
        if found and found[-1][1:] == (p.marks, p.url):
            found[-1] = (found[-1][0] + p.sign, p.marks, p.url)
        else:
            found.append((p.sign, p.marks, p.url))
    return found


def named(case: object) -> str:
    """A case's name, the same in each process: sets of words are not written in one order."""
    return re.sub(r"\{[^{}]*\}", lambda m: "{" + ", ".join(sorted(m[0][1:-1].split(", "))) + "}", repr(case))


def marked(text: str, *marks: str, url: str = "") -> tuple[str, frozenset[str], str]:
    return (text, frozenset(marks), url)


@pytest.mark.parametrize(
    ("kind", "mark"),
    [(Strong, "strong"), (Emphasis, "emphasis"), (Struck, "struck")],
    ids=["strong", "emphasis", "struck"],
)
def test_blanks_at_the_edges_stay_outside_of_the_marks(
    kind: type[Strong] | type[Emphasis] | type[Struck], mark: str
) -> None:
    """Within them they would undo the marks; what holds nothing but blanks is not marked."""
    assert seen(kind((Text("  a b "),))) == [marked("  "), marked("a b", mark), marked(" ")]
    assert seen(Text("a"), kind((Text(" "),)), Text("b")) == [marked("a b")]
    assert seen(Text("a"), kind(()), Text("b")) == [marked("ab")]
    assert seen(kind((Text(" "), Strong((Text(" a "),))))) in (
        [marked("  "), marked("a", mark, "strong"), marked(" ")],
        [marked("  "), marked("a", "strong"), marked(" ")],
    )


@pytest.mark.parametrize(
    ("inline", "marks"),
    [
        (Strong((Emphasis((Text("a"),)),)), {"strong", "emphasis"}),
        (Emphasis((Strong((Text("a"),)),)), {"strong", "emphasis"}),
        (Strong((Strong((Text("a"),)),)), {"strong"}),
        (Emphasis((Emphasis((Text("a"),)),)), {"emphasis"}),
        (Struck((Strong((Emphasis((Text("a"),)),)),)), {"struck", "strong", "emphasis"}),
        (Emphasis((Struck((Strong((Text("a"),)),)),)), {"struck", "strong", "emphasis"}),
        (Strong((Code("a"),)), {"strong", "code"}),
        (Struck((Struck((Text("a"),)),)), {"struck"}),
    ],
    ids=named,
)
def test_marks_within_marks_are_both_there(inline: Inline, marks: set[str]) -> None:
    """No sign of a mark is left over."""
    assert seen(Text("x "), inline, Text(" y")) == [marked("x "), marked("a", *marks), marked(" y")]


@pytest.mark.parametrize(
    "text",
    ["*", "**", "_", "__", "~", "~~", "\\", "`", "a*", "*a", "a_", "a~", "a\\", "|", "[", "]", "@here"],
)
@pytest.mark.parametrize(
    ("kind", "mark"),
    [(Strong, "strong"), (Emphasis, "emphasis"), (Struck, "struck")],
    ids=["strong", "emphasis", "struck"],
)
def test_signs_at_the_edges_of_what_is_marked_do_not_undo_it(
    kind: type[Strong] | type[Emphasis] | type[Struck], mark: str, text: str
) -> None:
    """All of it is marked, and nothing around it."""
    assert seen(Text("x "), kind((Text(text),)), Text(" y")) == [
        marked("x "),
        marked(text, mark),
        marked(" y"),
    ]


@pytest.mark.parametrize(
    ("children", "expected"),
    [
        ((Strong((Text("a"),)), Strong((Text("b"),))), [marked("ab", "strong")]),
        ((Emphasis((Text("a"),)), Emphasis((Text("b"),))), [marked("ab", "emphasis")]),
        ((Struck((Text("a"),)), Struck((Text("b"),))), [marked("ab", "struck")]),
        ((Code("a"), Code("b")), [marked("ab", "code")]),
        ((Strong((Text("a"),)), Emphasis((Text("b"),))), [marked("a", "strong"), marked("b", "emphasis")]),
        ((Emphasis((Text("a"),)), Strong((Text("b"),))), [marked("a", "emphasis"), marked("b", "strong")]),
        ((Emphasis((Strong((Text("a"),)),)), Text("b")), [marked("a", "emphasis", "strong"), marked("b")]),
        ((Text("a"), Strong((Text("b"),)), Text("c")), [marked("a"), marked("b", "strong"), marked("c")]),
        ((Emphasis((Text("a "), Emphasis((Text("b"),)))),), [marked("a b", "emphasis")]),
        ((Strong((Text("a "), Strong((Text("b"),)))),), [marked("a b", "strong")]),
        ((Emphasis((Text("a "), Strong((Text("b"),)))),), [marked("a", "emphasis"), marked(" "), marked("b", "emphasis", "strong")]),
        ((Strong((Text("a"),)), Text("*")), [marked("a", "strong"), marked("*")]),
        ((Text("\\"), Strong((Text("a"),))), [marked("\\"), marked("a", "strong")]),
        ((Text("\\"), Code("a")), [marked("\\"), marked("a", "code")]),
        ((Text("`"), Code("a"), Text("`")), [marked("`"), marked("a", "code"), marked("`")]),
    ],
    ids=named,
)  # fmt: skip
def test_marks_side_by_side_do_not_touch_each_other(
    children: tuple[Inline, ...], expected: list[tuple[str, frozenset[str], str]]
) -> None:
    """What stands directly beside what is marked leaves it as it is."""
    assert seen(*children) == expected


# ---- code ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "*a*",
        "a_b_c",
        "a`b",
        "`",
        "`a`",
        "a\\",
        "\\`",
        "https://evil.example",
        "@everyone",
        "<@1>",
        "[x](https://evil.example)",
    ],
)
def test_code_is_shown_to_the_letter(text: str) -> None:
    """Marks in it are none, nor are backslashes; backticks stay."""
    assert seen(Code(text)) == [marked(text, "code")]


@pytest.mark.parametrize("text", ["``", "a``b", "```", "```a```", "a```", "`` ` **a** https://evil.example"])
def test_code_with_many_backticks_is_text_that_does_nothing(text: str) -> None:
    """Discord has no way to write it: its words stay."""
    assert seen(Code(text)) == [marked(text)]


def test_code_stays_in_its_line() -> None:
    """Line ends are blanks; nothing but blanks is no code."""
    assert line((Code("a\nb"),), "en") == "`a b`"
    assert line((Text("a"), Code(" "), Text("b")), "en") == "a b"


@pytest.mark.parametrize(
    ("kind", "text", "mark"),
    [(Strong, "a**b", "strong"), (Emphasis, "a*b", "emphasis"), (Struck, "a~~b", "struck")],
    ids=["strong", "emphasis", "struck"],
)
def test_signs_in_code_do_not_end_what_is_marked_around_it(
    kind: type[Strong] | type[Emphasis] | type[Struck], text: str, mark: str
) -> None:
    """It is marked as a whole, and no longer code."""
    assert seen(kind((Code(text),))) == [marked(text, mark)]


# ---- links -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        NEWS,
        "https://news.example/a_(b)",
        "https://news.example/a)b(c",
        "https://a/)[x](https://evil",
        "https://news.example/[a]",
        "https://news.example/a]b",
        "https://news.example/a[b",
        "https://news.example/a\\)b",
        "https://news.example/a\\",
        "https://news.example/*a*_b_~~c~~`d`||e||",
        "https://news.example/a?b=1&c=%20#d",
        "https://news.example/é",
        "https://news.example/'a'",
        "https://news.example/@everyone",
        "https://discord.gg/abc",
        "HTTPS://NEWS.EXAMPLE",
    ],
)
def test_a_link_leads_where_it_says(url: str) -> None:
    """Whatever is in the address, only the words are shown, and they lead there."""
    found = seen(Text("x "), Link(url, (Text("a"),)), Text(" y"))
    assert [(text, marks) for text, marks, _ in found] == [(t, frozenset()) for t in ("x ", "a", " y")]
    assert [unquote(to) for _, _, to in found] == ["", unquote(url), ""]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "https://a b",
        "https://a>b",
        "https://a\n",
        "//a",
        "discord://a",
        f"https://a/{'b' * 1500}",
    ],
)
def test_an_address_that_is_none_leaves_its_words(url: str) -> None:
    """They are shown without a link."""
    assert seen(Link(url, (Text("*a*"),))) == [marked("*a*")]


@pytest.mark.parametrize("words", ["", " ", "\u00a0"])
def test_a_link_without_words_is_none(words: str) -> None:
    """Its address is not shown in their place."""
    assert line((Link(NEWS, (Text(words),)),), "en") == words


@pytest.mark.parametrize(
    "words",
    [
        "a",
        "[a]",
        "a]b",
        "a[b",
        "[[a]",
        "](https://evil.example)",
        "a](https://evil.example) b",
        "*a*",
        "a\\",
        "(a)",
        "@here",
    ],
)
def test_the_words_of_a_link_are_shown_to_the_letter(words: str) -> None:
    """Brackets in them neither end the link nor undo it."""
    assert seen(Link(NEWS, (Text(words),))) == [marked(words, url=NEWS)]


@pytest.mark.parametrize(
    "children",
    [
        (Link(NEWS, (Text("a"),)), Text("](https://evil.example)")),
        (Link(NEWS, (Text("a"),)), Text(" b](https://evil.example) c")),
        (Text("["), Link(NEWS, (Text("a"),)), Text("](https://evil.example)")),
        (Text("[b"), CitationMark(1), Text("(https://evil.example)")),
        (Text("b", "fr"), Text("(https://evil.example)")),
        (Link(NEWS, (Text("[a"),)), Text("](https://evil.example)")),
        (Link(NEWS, (Text("a"),)), Text("] "), Link(NEWS, (Text("b"),))),
    ],
    ids=repr,
)  # fmt: skip
def test_outside_text_beside_a_link_leads_nowhere(children: tuple[Inline, ...]) -> None:
    """Nothing that stands before or behind a link makes another one, or takes its words along."""
    assert {p.url for p in interpreted(line(children, "en"))} <= {"", NEWS}
    linked = "".join(p.sign for p in interpreted(line(children, "en")) if p.url)
    assert linked == "".join(_plain(x) for x in children if isinstance(x, Link))


@pytest.mark.parametrize(
    ("kind", "url", "mark"),
    [
        (Strong, "https://news.example/**a", "strong"),
        (Emphasis, "https://news.example/*a", "emphasis"),
        (Struck, "https://news.example/~~a", "struck"),
    ],
    ids=["strong", "emphasis", "struck"],
)
def test_signs_in_an_address_do_not_end_what_is_marked_around_it(
    kind: type[Strong] | type[Emphasis] | type[Struck], url: str, mark: str
) -> None:
    """A link that is strong stays a link, and strong."""
    ((text, marks, to),) = seen(kind((Link(url, (Text("a"),)),)))
    assert (text, marks, unquote(to)) == ("a", frozenset({mark}), url)


@pytest.mark.parametrize(
    "url", ["https://news.example/" + "é" * 1_400, "https://news.example/" + "(" * 1_400]
)
def test_no_address_is_longer_than_its_bound_once_it_is_written(url: str) -> None:
    """What is written for a sign that may not stand in it counts."""
    assert units(line((Link(url, (Text("a"),)),), "en")) <= 1_600


# ---- all together ----------------------------------------------------------------------------------------------------------


def _spaced(children: Sequence[Inline]) -> tuple[Inline, ...]:
    """With a blank between any two: what touches what is marked has tests of its own."""
    return tuple(y for x in children for y in (Text(" "), x, Text(" ")))


words_ = st.lists(
    st.sampled_from([*"abé1. ", "**", "_", "[x]", "<@1>", "@here", "# ", "- ", NEWS]), min_size=1, max_size=6
)
texts = words_.map("".join).map(Text)
leaves: st.SearchStrategy[Inline] = st.one_of(
    texts, st.builds(CitationMark, st.integers(1, 99)), st.sampled_from(["a b", "a`b", "x.y()"]).map(Code)
)


def within(*kinds: type[Strong] | type[Emphasis], of: st.SearchStrategy[Inline]) -> st.SearchStrategy[Inline]:
    """Inlines that are marked so, blanks between them."""
    return of | st.one_of(*(st.builds(kind, st.lists(of, max_size=3).map(_spaced)) for kind in kinds))


# What is marked twice in the same way has tests of its own.
inlines = within(Strong, of=within(Emphasis, of=leaves)) | within(Emphasis, of=within(Strong, of=leaves))
struck = st.builds(Struck, st.lists(inlines, max_size=3).map(_spaced))


def _plain(x: Inline) -> str:
    match x:
        case Text(text=text) | Code(text=text):
            return text
        case CitationMark(number=number):
            return f"[{number}]"
        case Strong() | Emphasis() | Struck() | Link():
            return "".join(map(_plain, x.children))
        case LineBreak():
            return "\n"


def _signs(x: Inline, marks: frozenset[str] = frozenset()) -> Iterator[tuple[str, frozenset[str]]]:
    """Each sign with its marks, blanks left out."""
    match x:
        case Code():
            yield from ((c, marks | {"code"}) for c in _plain(x) if not c.isspace())
        case Strong() | Emphasis() | Struck():
            for child in x.children:
                yield from _signs(child, marks | {type(x).__name__.lower()})
        case _:
            yield from ((c, marks) for c in _plain(x) if not c.isspace())


@given(st.lists(inlines | struck, max_size=4))
def test_every_sign_is_shown_and_marked_as_it_is_meant(children: list[Inline]) -> None:
    """Nothing is lost, nothing is left over, and each sign has the marks around it."""
    spaced = _spaced(children)
    shown = [(p.sign, p.marks) for p in interpreted(line(spaced, "en")) if not p.sign.isspace()]
    assert shown == [sign for x in spaced for sign in _signs(x)]


def test_words_of_another_language_say_so() -> None:
    """The language's mark is text as well; words of the document's own language have none."""
    assert line((Text("a", "fr"), Text("b", "en"), Text("c")), "en") == "a \\[fr]bc"


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("abc", 3), ("é", 1), ("\U0001f600", 2), ("a\U0001f468\u200d\U0001f469", 6)]
)
def test_lengths_count_a_sign_beyond_the_first_plane_twice(text: str, length: int) -> None:
    """Never less than Discord may count."""
    assert units(text) == length
    assert units(text) == len(re.sub(r"[\U00010000-\U0010ffff]", "xx", text))
