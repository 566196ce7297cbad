"""Any document as Discord messages: within every limit, as Discord's own description has it, and nothing lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bots.discord.messages import Page, Payload, bodies, dump, in_forum, load, pages, payload
from bots.dispatch.content import Content
from bots.marks import Mark, of_kept, of_part, read
from bots.paging import SECTIONS
from briefings.model import LANGUAGES, PLAIN, Language, Manner
from briefings.plain import literal
from briefings.rendering.charts import Chart
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
from tests.unit.discord.interpreting import citations, words
from tests.unit.hostile import (
    CHARTS,
    END,
    FAMILY,
    LONG,
    NEWS,
    documents_of,
    module_at,
    nested,
    paragraph,
    quoted,
    said_of,
)

JSON = dict[str, Any]
Checker = Callable[[str, str, object], list[str]]

ROW, BUTTON, SELECT, TEXT, GALLERY, SEPARATOR, CONTAINER = 1, 2, 3, 10, 12, 14, 17
ROLE = "9" * 19
CALLING = Manner(silent=True, crosspost=True, role=ROLE, tags=tuple(str(10**18 + i) for i in range(9)))
PART = of_part(f"{10**18 - 1}-{10**6 - 1}-note", "0123456789abcdef" * 4)
KEPT = of_kept("0123456789abcdef" * 4)
STORIES = [(f"{i:02}" + "s" * 78, "**@everyone** discord.gg/abc " + "n" * 200) for i in range(30)]


# ---- Discord's limits ------------------------------------------------------------------------------------------------------


def length(text: str) -> int:
    """In UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def walked(components: Sequence[JSON]) -> Iterator[JSON]:
    for c in components:
        yield c
        yield from walked(c.get("components", ()))


def faults(sent: Payload) -> list[str]:
    """Every limit that a message does not keep."""
    found: list[str] = []

    def bounded(what: str, n: int, least: int, most: int) -> None:
        if not least <= n <= most:
            found.append(f"{what}: {n} is not within {least}–{most}")

    body = sent.body
    every = list(walked(body["components"]))
    bounded("components", len(every), 1, 40)
    bounded("text", sum(length(c["content"]) for c in every if c["type"] == TEXT), 0, 4_000)
    ids = [c["custom_id"] for c in every if "custom_id" in c]
    bounded("custom_ids twice", len(ids) - len(set(ids)), 0, 0)
    for name in ids:
        bounded("custom_id", len(name), 1, 100)
    shown: list[str] = []
    for c in every:
        match c["type"]:
            case 1:
                buttons = [x for x in c["components"] if x["type"] == BUTTON]
                bounded("row", len(c["components"]), 1, 5 if buttons else 1)
                if buttons and buttons != c["components"]:
                    found.append("a menu beside buttons")
            case 2:
                bounded("label", length(c["label"].strip()), 1, 80)
            case 3:
                bounded("options", len(c["options"]), 1, 25)
                bounded("placeholder", length(c["placeholder"]), 1, 150)
                for option in c["options"]:
                    bounded("option's label", length(option["label"].strip()), 1, 100)
                    bounded("option's value", length(option["value"]), 1, 100)
                values = {o["value"] for o in c["options"]}
                bounded("options' values twice", len(c["options"]) - len(values), 0, 0)
            case 10:
                bounded("text display", length(c["content"].strip()), 1, 4_000)
            case 12:
                bounded("gallery", len(c["items"]), 1, 10)
                for item in c["items"]:
                    bounded("description", length(item["description"]), 1, 1_024)
                    shown.append(item["media"]["url"])
            case 17:
                bounded("container", len(c["components"]), 1, 40)
            case 14:
                pass
            case other:
                found.append(f"a component of type {other}")
    files = [a["filename"] for a in body["attachments"]]
    bounded("attachments", len(files), 0, 10)
    for a in body["attachments"]:
        bounded("attachment's description", length(a["description"]), 1, 1_024)
    if shown != [f"attachment://{f}" for f in files] or files != [f for f, _ in sent.charts]:
        found.append(f"galleries {shown}, attachments {files}, charts {[f for f, _ in sent.charts]}")
    if not body["flags"] & (1 << 15):
        found.append("no Components V2")
    return found


@pytest.fixture(scope="session")
def request_faults(shared: Callable[[str], Path]) -> Checker:
    """What Discord's own description of its API finds wrong with a request."""
    path = shared("contracts/discord_contract.py")
    found: Checker = module_at(path).SpecChecker().request
    return found


# ---- what a document says --------------------------------------------------------------------------------------------------

_BLANK = re.compile(r"[\s\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def packed(text: str) -> str:
    """Without blanks and the signs of a direction: both may change at seams."""
    return _BLANK.sub("", text)


def said(content: Content) -> str:
    """The words of a document, of its footnotes only where there is nothing else; charts by their alternative text."""
    blocks = content.document.blocks
    kept: list[Block] = [b for b in blocks if not isinstance(b, Footnote)]
    kept = kept or list(blocks)
    while (
        isinstance(blocks[-1] if blocks else None, Footnote)
        and len(kept) > 1
        and isinstance(kept[-1], Heading)
    ):
        kept.pop()  # it headed the footnotes
    return packed("".join(map(said_of, kept)))


def inner(page: Page) -> list[JSON]:
    """What stands in the container, without the line that tells which part it is."""
    return list(page.children[:-1] if page.of > 1 else page.children)


def read_out(page: Page) -> str:
    """The words of a page; of a chart, its alternative text."""
    found = []
    for c in inner(page):
        if c["type"] == TEXT:
            found.append(words(c["content"]))
        elif c["type"] == GALLERY:
            found.append(c["items"][0]["description"])
    return packed("".join(found))


# ---- hostile documents -----------------------------------------------------------------------------------------------------

fragments = st.sampled_from(
    [*"\\`*_~|[]()<>@#-+.!:/ a1é…", "**", "~~", "||", "```", "@everyone", "@here", "<@1>", "<@&1>", "<t:1:R>", "discord.gg/abc",
     "https://evil.example", "[x](https://evil.example)", "- ", "# ", "1. ", "> ", "שלום", "سلام", "\u202e", "\u200d", FAMILY, "e\u0301",
     "Some words that say something. " * 20, "x" * 500, "*" * 300, FAMILY * 20]
)  # fmt: skip
strings = st.one_of(
    st.lists(fragments, max_size=8).map("".join), st.text(max_size=20), fragments.map(lambda x: x * 12)
).map(literal)
urls = st.sampled_from(
    [
        NEWS,
        "https://a/)[x](https://evil",
        "https://news.example/" + "a" * 1_400,
        "javascript:a",
        "https://news.example/*_[b]",
    ]
)
texts = st.builds(Text, strings, st.sampled_from([None, "fr", "en"]))
leaves: st.SearchStrategy[Inline] = st.one_of(
    texts,
    texts,
    st.builds(Code, st.sampled_from(["a", "a b", "code " * 200, "x" * 2_000, " "])),
    st.builds(CitationMark, st.integers(1, 500)),
    st.just(LineBreak()),
)


def apart(children: Sequence[Inline]) -> tuple[Inline, ...]:
    """With a blank before and behind code: what touches it has a test of its own."""
    blank = Text(" ")
    return tuple(y for x in children for y in ((blank, x, blank) if isinstance(x, Code) else (x,)))


inlines = st.recursive(
    leaves,
    lambda x: st.one_of(
        *(st.builds(kind, st.lists(x, max_size=3).map(apart)) for kind in (Strong, Emphasis, Struck)),
        st.builds(Link, urls, st.lists(texts, max_size=2).map(tuple)),
    ),
    max_leaves=5,
)
lines = st.lists(inlines, max_size=5).map(apart)
documents = documents_of(lines, texts, strings)


def content(
    *blocks: Block, language: Language = "en", title: str = "A story", charts: tuple[Chart, ...] = CHARTS,
    manner: Manner = PLAIN, paged: bool = False, facts: tuple[str, ...] = ("f",),
) -> Content:  # fmt: skip
    return Content(
        Document(blocks, language), title, "story", charts=charts, facts=facts, manner=manner, paged=paged
    )


contents = st.builds(
    lambda document, title, manner, paged, facts: content(
        *document.blocks, language=document.language, title=title, manner=manner, paged=paged, facts=facts
    ),
    documents,
    strings.map(str.strip),  # one of blanks has a test of its own
    st.sampled_from([PLAIN, CALLING]),
    st.booleans(),
    st.sampled_from([(), ("f",)]),
)


def emphasised(depth: int, inline: Inline) -> Inline:
    for i in range(depth):
        inline = (Emphasis, Strong, Struck)[i % 3]((inline,)) if i % 2 else Emphasis((inline,))
    return inline


def section(n: int, length_: int = 300) -> tuple[Block, ...]:
    return (
        Heading(2, (Text(f"Section {n}"),)),
        Paragraph((Text(f"p{n} " * (length_ // 5)), CitationMark(n + 1))),
    )


MONSTERS: dict[str, tuple[Block, ...]] = {
    "nothing": (),
    "an empty paragraph": (Paragraph(()),),
    "blanks": (paragraph(" "), Divider(), Heading(1, ()), ListBlock(()), ListBlock(((),)), Quotation(())),
    "dividers": (Divider(),) * 100,
    "only footnotes": tuple(Footnote(i, (Text(f"Said {i}. " * 9),)) for i in range(1, 200)),
    "100,000 characters without a blank": (paragraph("x" * 100_000),),
    "100,000 characters with blanks": (paragraph(LONG),),
    "100,000 characters of a heading": (Heading(1, (Text(LONG),)), END),
    "100,000 characters of a quotation": (Quotation((paragraph(LONG), paragraph(LONG))),),
    "100,000 characters of a link": (Paragraph((Link(NEWS + "b" * 1_400, (Text(LONG),)),)),),
    "100,000 characters of code": (Paragraph((Code(LONG),)), Paragraph((Code("y" * 100_000),))),
    "100,000 asterisks": (paragraph("*" * 100_000),),
    "a thousand asterisks": (paragraph("*" * 1_000), paragraph("_" * 1_000), paragraph("~" * 1_000), paragraph("`" * 1_000)),
    "100,000 mentions": (paragraph("@everyone" * 10_000), paragraph("@everyone @here <@1> " * 500)),
    "invites": (paragraph("discord.gg/abc https://discord.gg/abc discord.com/invite/abc " * 200),),
    "500 sections": tuple(b for n in range(500) for b in section(n)),
    "2,000 short sections": tuple(b for n in range(2_000) for b in section(n, 5)),
    "from right to left": (Heading(1, (Text(literal("שלום " * 100)),)), paragraph("سلام " * 9_000), paragraph("a\u202eb" * 900)),
    "families": (paragraph(FAMILY * 3_000), paragraph((FAMILY + " ") * 3_000)),
    "emoji beyond the first plane": (paragraph("\U0001f600" * 50_000),),
    "nested emphasis": (Paragraph((emphasised(200, Text("a")),)), Paragraph((emphasised(200, Text(LONG)),)), END),
    "300 charts": tuple(b for i in range(300) for b in (Image(("one", "two")[i % 2], f"Chart {i}"), paragraph(f"c{i}"))),
    "300 charts side by side": tuple(Image(("one", "two")[i % 2], f"Chart {i}") for i in range(300)),
    "300 images without a chart": tuple(Image("other", f"Chart {i}") for i in range(300)),
    "charts with long words": tuple(Image("one", "Chart " + "**" * 2_000) for _ in range(9)),
    "nested lists": (nested(50, paragraph("deep")), nested(50, paragraph(LONG)), nested(50, paragraph(LONG), 7), END),
    "nested quotations": (quoted(50, paragraph("deep")), quoted(50, paragraph(LONG)), END),
    "5,000 items": (ListBlock(tuple((paragraph(f"i{i} says something"),) for i in range(5_000)), 1),),
    "5,000 items of nothing": (ListBlock(((),) * 5_000), ListBlock(((Paragraph(()),),) * 5_000)),
    "5,000 citations": (Paragraph(tuple(CitationMark(i) for i in range(1, 5_001))),),
    "5,000 line breaks": (Paragraph(tuple(x for i in range(5_000) for x in (Text(f"l{i}"), LineBreak()))),),
    "5,000 links": (Paragraph(tuple(Link(NEWS, (Text(f"l{i}"),)) for i in range(5_000))),),
}  # fmt: skip


@cache
def made(monster: str) -> tuple[Page, ...]:
    return pages(content(*MONSTERS[monster]))


def sendings(c: Content) -> Iterator[tuple[Page, Payload]]:
    """Each message that can come of a document: as posted, as answered, its pages turned."""
    shown = [load(body) for body in bodies(c)]
    if c.paged:
        shown = [load(dump(p)) for p in pages(c)]
    for page in shown:
        yield page, payload(page, PART)
        yield page, payload(page, KEPT, ephemeral=True, stories=STORIES)
        yield page, payload(page, PART, stories=STORIES[:1], found=False)


def check(c: Content, request_faults: Checker, every: int = 1) -> None:
    """Every message of a document is one that Discord takes; `every`: how many of them its description is asked about."""
    for i, (page, sent) in enumerate(sendings(c)):
        assert faults(sent) == [], page.number
        post = in_forum(page, sent)
        assert 1 <= length(post["name"].strip()) <= 100
        assert post.get("applied_tags", []) == list(c.manner.tags[:5])
        called = ROLE in json.dumps(sent.body["components"])
        expected = {"parse": [], "roles": [ROLE]} if c.manner.role and page.number == 0 else {"parse": []}
        assert sent.body["allowed_mentions"] == expected
        assert called == ("roles" in expected)
        for component in walked(sent.body["components"]):
            if "custom_id" in component:
                mark = read(component["custom_id"])
                assert mark is not None
                assert mark.reference in (PART, KEPT)
        if i % every == 0:
            assert request_faults("POST", "/channels/1/messages", sent.body) == []
            assert request_faults("POST", "/channels/1/threads", post) == []


# ---- limits ----------------------------------------------------------------------------------------------------------------

LOOSE = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@given(contents)
@LOOSE
def test_every_message_of_any_document_is_one_that_discord_takes(request_faults: Checker, c: Content) -> None:
    """Within each limit, and as its own description has it; whoever is called, the manner names."""
    check(c, request_faults)


@pytest.mark.parametrize("paged", [False, True], ids=["posted", "turned"])
@pytest.mark.parametrize("monster", MONSTERS)
def test_every_message_of_a_monster_is_one_that_discord_takes(
    request_faults: Checker, monster: str, paged: bool
) -> None:
    """However long, however deep, in both languages."""
    blocks = MONSTERS[monster]
    language = LANGUAGES[paged]
    title = "**`@everyone`** discord.gg/abc " * 9
    check(
        content(*blocks, language=language, title=title, manner=CALLING, paged=paged),
        request_faults,
        every=10,
    )


@pytest.mark.parametrize("name", ["one", "other"], ids=["chart", "no chart"])
@pytest.mark.parametrize("alt", ["x" * 5_000, "*" * 3_000, "word " * 2_000], ids=["long", "marks", "words"])
def test_an_image_with_many_words_fits(request_faults: Checker, name: str, alt: str) -> None:
    """Shown as a chart or, where it is not known, by its words."""
    check(content(Image(name, alt), END), request_faults)


@pytest.mark.parametrize("sign", ["é", "日", "("])
def test_a_link_with_a_long_address_fits(request_faults: Checker, sign: str) -> None:
    """Also where each sign of it is written as several."""
    check(
        content(Paragraph((Link("https://news.example/" + sign * 1_450, (Text("a"),)), Text(" b")))),
        request_faults,
    )


@pytest.mark.parametrize(
    "text",
    ["\U0001f468\u200d" * 5_000, "e" + "\u0301" * 9_000, "\ufe0f" * 9_000, "\u200d" * 9_000],
    ids=["families", "accents", "variations", "joiners"],
)
def test_a_sign_that_never_ends_fits(request_faults: Checker, text: str) -> None:
    """A thousand joined signs are cut somewhere."""
    c = content(paragraph(text))
    check(c, request_faults)
    assert "".join(map(read_out, pages(c))) == said(c)


def test_a_mark_without_a_seam_around_too_much_fits(request_faults: Checker) -> None:
    """Emphasis so deep that its marks alone are longer than a message."""
    check(content(Paragraph((emphasised(150, Text("a " * 3_000)),))), request_faults)


@pytest.mark.parametrize(
    "title", ["", " ", "*" * 300, "\U0001f600" * 300, "discord.gg/" * 30, "שלום " * 60, "\x00"], ids=ascii
)
def test_any_title_fits(request_faults: Checker, title: str) -> None:
    """Below each part, and as the name of a post."""
    check(content(paragraph(LONG), title=title, manner=CALLING), request_faults, every=9)


@pytest.mark.parametrize("name", ["", "\x00", "x" * 300, "\U0001f600" * 300, "שלום " * 60], ids=ascii)
def test_any_story_can_be_chosen(name: str) -> None:
    """By its name, cut where it is long, or by its slug."""
    page = pages(content(END))[0]
    sent = payload(page, PART, stories=[("a-slug", name)])
    assert faults(sent) == []


# ---- nothing lost ----------------------------------------------------------------------------------------------------------


@given(contents)
@LOOSE
def test_all_words_of_any_document_are_shown_in_order(c: Content) -> None:
    """Over all pages, footnotes and the marks of a language left out."""
    assert "".join(map(read_out, pages(c))) == said(c)


@pytest.mark.parametrize("monster", [m for m in MONSTERS if m != "charts with long words"])
def test_all_words_of_a_monster_are_shown_in_order(monster: str) -> None:
    """However often it was cut; where there is no word, a dash may stand."""
    assert "".join(map(read_out, made(monster))).strip("—") == said(content(*MONSTERS[monster]))


@pytest.mark.parametrize(
    "blocks",
    [
        (Heading(1, (Text("A"),)),),
        (Heading(1, (Text("A"),)), Heading(2, (Text("B"),)), Heading(3, (Text("C"),))),
        (END, Heading(2, (Text("B"),))),
        (END, Heading(2, (Text("B"),)), Divider()),
        (Divider(), Heading(1, (Text("A"),))),
    ],
    ids=repr,
)
def test_headings_under_which_nothing_stands_are_shown(blocks: tuple[Block, ...]) -> None:
    """Only a heading of footnotes goes with them."""
    c = content(*blocks)
    assert "".join(map(read_out, pages(c))) == said(c)


def test_the_heading_of_the_footnotes_goes_with_them() -> None:
    """What they say is shown on demand."""
    c = content(END, Divider(), Heading(2, (Text("Sources"),)), Footnote(1, (Text("Said."),)))
    (page,) = pages(c)
    assert [x["type"] for x in page.children] == [TEXT]
    assert read_out(page) == "Theend."


@pytest.mark.parametrize("alt", ["# a", "- a", "1. a", "-# a"])
def test_the_words_of_an_image_start_no_block(alt: str) -> None:
    """An image without a chart is shown by its words, which are outside text."""
    (page,) = pages(content(Image("other", alt)))
    assert not re.match(r"#{1,3}\s|-#|[-+*]\s|\d+\.\s", page.children[0]["content"])


def test_what_is_stored_is_read_as_it_was() -> None:
    """Charts, manner and all."""
    c = content(*MONSTERS["300 charts"][:9], paragraph("é"), manner=CALLING, paged=True)
    assert [load(dump(p)) for p in pages(c)] == list(pages(c))
    assert [load(b) for b in bodies(c)] == list(pages(c)[:1])


# ---- citations and seams ---------------------------------------------------------------------------------------------------


def seen(page: Page) -> tuple[int, ...]:
    return tuple(dict.fromkeys(n for c in inner(page) if c["type"] == TEXT for n in citations(c["content"])))


@given(contents)
@LOOSE
def test_a_page_knows_the_citations_that_are_seen_in_it(c: Content) -> None:
    """Those, in order, and no others; where there are any, a button shows them."""
    for page in pages(c):
        assert page.numbers == seen(page)
        ids = [x["custom_id"] for x in walked(payload(page, PART).body["components"]) if "custom_id" in x]
        assert (str(Mark("sources", PART, page.number)) in ids) == bool(page.numbers)


@pytest.mark.parametrize("monster", ["500 sections", "5,000 citations"])
def test_each_page_of_a_monster_knows_its_citations(monster: str) -> None:
    """All of them over all pages."""
    assert [p.numbers for p in made(monster)] == [seen(p) for p in made(monster)]
    cited = Document(MONSTERS[monster], "en").inlines()
    assert [n for p in made(monster) for n in p.numbers] == [
        x.number for x in cited if isinstance(x, CitationMark)
    ]


def ends_with_heading(page: Page) -> bool:
    last = inner(page)[-1]
    return (
        last["type"] == TEXT and re.match(r"#{1,3} |\*\*.*\*\*$", last["content"].split("\n")[-1]) is not None
    )


@given(
    st.lists(
        st.one_of(
            st.integers(1, 5).map(lambda n: Heading(n, (Text("Heading"),))),
            st.integers(1, 900).map(lambda n: Paragraph((Text("x" * n),))),
            st.integers(1, 40).map(
                lambda n: ListBlock(tuple((Paragraph((Text("i" * 50),)),) for _ in range(n)))
            ),
            st.just(Image("one", "Chart")),
            st.just(Divider()),
        ),
        max_size=60,
    )
)
@LOOSE
def test_no_page_ends_with_a_heading_that_others_follow(blocks: list[Block]) -> None:
    """It goes with what it heads; headings in a row go together."""
    assume(all(not isinstance(a, Heading) or not isinstance(b, Divider) for a, b in pairwise(blocks)))
    for page in pages(content(*blocks, END))[:-1]:
        assert not ends_with_heading(page)


def test_a_heading_above_what_fills_a_page_is_not_alone() -> None:
    """What it heads is cut, so that some of it stands beneath."""
    first, *_ = pages(content(Heading(1, (Text("A"),)), paragraph("word " * 738)))
    assert not ends_with_heading(first)


@pytest.mark.parametrize("monster", ["500 sections", "2,000 short sections"])
def test_no_page_of_many_sections_ends_with_a_heading(monster: str) -> None:
    """Each section's heading stands with its beginning."""
    assert not any(map(ends_with_heading, made(monster)[:-1]))


@pytest.mark.parametrize(
    "block",
    [Heading(1, (Text("A"),)), Heading(1, ()), Paragraph((Strong((Text("A"),)),))],
    ids=["words", "none", "strong"],
)
def test_headings_in_a_row_fill_their_pages(block: Block) -> None:
    """They go along with what follows only as far as that takes not one page for each."""
    assert len(pages(content(*(block,) * 2_000, END))) <= 10


# ---- what stands below -----------------------------------------------------------------------------------------------------


THREE = (paragraph("word " * 600),) * 3  # each fills a page


def marks(sent: Payload) -> list[str]:
    found = [read(x["custom_id"]) for x in walked(sent.body["components"]) if "custom_id" in x]
    return [f"{m.verb} {m.page}" for m in found if m is not None]


def test_turned_pages_have_a_button_each_way() -> None:
    """None before the first, none after the last; the menu of sections is on each."""
    made_ = pages(content(*THREE, paged=True))
    assert len(made_) == 3
    assert [marks(payload(p, PART)) for p in made_] == [
        ["page 1", "section 0"],
        ["page 0", "page 2", "section 1"],
        ["page 1", "section 2"],
    ]


def test_posted_parts_have_the_menu_of_sections_below_the_last() -> None:
    """Each part has a button, by which it is told from others."""
    made_ = pages(content(*THREE))
    assert [marks(payload(p, PART)) for p in made_] == [
        ["editions 0"],
        ["editions 1"],
        ["editions 2", "section 2"],
    ]
    assert [marks(payload(p, PART, found=False)) for p in made_] == [[], [], ["section 2"]]


def test_a_document_without_facts_has_no_sections() -> None:
    """There would be nothing in them."""
    (page,) = pages(content(END, facts=()))
    assert marks(payload(page, PART, found=False)) == []
    assert len(SECTIONS) <= 25


def test_each_part_tells_which_it_is() -> None:
    """Below its words, the title as text that does nothing; a single one tells nothing."""
    first, *_, last = pages(content(*THREE, title="**A** @everyone"))
    assert first.children[-1]["content"] == "-# \\*\\*A\\*\\* \\@everyone · 1/3"
    assert last.children[-1]["content"].endswith(" · 3/3")
    (only,) = pages(content(END, title="A"))
    assert [x["content"] for x in only.children] == ["The end."]


@pytest.mark.parametrize("text", ["שלום " * 60, "a\u202eb" * 60], ids=ascii)
def test_a_title_that_is_cut_closes_the_directions_that_it_opens(text: str) -> None:
    """The number of the part behind it keeps its order."""
    first, *_ = pages(content(paragraph(LONG), title=text))
    shown = first.children[-1]["content"]
    isolates, embeddings = (
        re.findall("[\u2066-\u2068]", shown),
        re.findall("[\u202a\u202b\u202d\u202e]", shown),
    )
    assert (len(isolates), len(embeddings)) == (shown.count("\u2069"), shown.count("\u202c"))


def test_a_message_says_how_it_is_sent() -> None:
    """Silent where the manner is, for one person alone where it is an answer."""
    page = pages(content(END, manner=CALLING))[0]
    assert payload(page, PART).body["flags"] == 1 << 15 | 1 << 12
    assert payload(page, PART, ephemeral=True).body["flags"] == 1 << 15 | 1 << 6
    assert payload(pages(content(END))[0], PART).body["flags"] == 1 << 15


def test_a_post_is_named_by_the_first_heading() -> None:
    """Else by the title, else by the bot."""
    head = Heading(1, (Text("A "), Strong((Text("story"),)), CitationMark(1)))
    for c, name in (
        (content(END, head, END, title="T"), "A story"),
        (content(END, title="T"), "T"),
        (content(END, title=""), "Sitrep"),
        (content(Heading(1, (Text("x" * 200),)), END), "x" * 99 + "…"),
    ):
        page = pages(c)[0]
        assert in_forum(page, payload(page, PART))["name"] == name


@pytest.mark.parametrize(
    "body", ["", "{}", "null", "[]", '{"language": "de", "children": []}', "\x00"], ids=ascii
)
def test_another_body_is_refused(body: str) -> None:
    """What is no page of ours raises the error that says so."""
    with pytest.raises(ValueError):
        load(body)
