"""Any document as Slack messages: within every limit, valid by the types that Slack publishes, and nothing lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bots.dispatch.content import Content
from bots.marks import Mark, of_kept, of_part, read
from bots.paging import SECTIONS
from bots.slack.messages import Page, bodies, button, dump, load, pages, payload, undrawn
from briefings.model import LANGUAGES, PLAIN, Language, Manner
from briefings.plain import literal
from briefings.rendering.charts import Chart
from briefings.rendering.document import (
    Block,
    CitationMark,
    Code,
    Divider,
    Document,
    Footnote,
    Heading,
    Image,
    Link,
    ListBlock,
    Paragraph,
    Quotation,
    Strong,
    Text,
)
from tests.unit.hostile import (
    CHARTS,
    END,
    LONG,
    MONSTERS,
    NEWS,
    documents,
    module_at,
    packed,
    paragraph,
    said,
    section,
    strings,
)

JSON = dict[str, Any]
Checker = Callable[[list[JSON]], list[str]]

PART = of_part(f"{10**18 - 1}-{10**6 - 1}-note", "0123456789abcdef" * 4)
KEPT = of_kept("0123456789abcdef" * 4)
THREADED = Manner(thread=True)
#: As many as a menu takes, some with a short name that is as long as it may be, and names that would do something.
STORIES = [(f"s{i}" + "s" * (i % 70), f"{i} <!channel> *b* &lt; & :tada: سلام") for i in range(120)]


# ---- Slack's limits --------------------------------------------------------------------------------------------------------


def walked(value: Any) -> Iterator[JSON]:
    """Every object within a message."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walked(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walked(inner)


LITERAL = {"text", "link"}  # the elements of a rich text whose words do nothing
KNOWN = LITERAL | {
    "rich_text", "rich_text_section", "rich_text_list", "rich_text_quote", "header", "divider", "image", "context", "actions",
    "plain_text", "button", "static_select",
}  # fmt: skip


def weight(blocks: list[JSON]) -> int:
    """The characters of a message's blocks: all texts, those of images too, and the addresses of links."""
    total = 0
    for x in walked(blocks):
        for name in ("text", "alt_text", "url"):
            total += len(x[name]) if isinstance(x.get(name), str) else 0
    return total


def faults(sent: JSON) -> list[str]:
    """Every limit that a message does not keep, and everything in it that could do something by itself."""
    found: list[str] = []

    def bounded(what: str, n: int, least: int, most: int) -> None:
        if not least <= n <= most:
            found.append(f"{what}: {n} is not within {least}–{most}")

    blocks = sent["blocks"]
    bounded("blocks", len(blocks), 1, 50)
    bounded("characters", weight(blocks), 1, 12_000)
    bounded("summary", len(sent["text"].strip()), 1, 3_000)
    if re.search(r"[<>]|&(?!amp;|lt;|gt;)", sent["text"]):
        found.append(f"a summary that is read as markup: {sent['text']!r}")
    if sent["unfurl_links"] is not False or sent["unfurl_media"] is not False:
        found.append("links are unfolded")
    ids = Counter(x["action_id"] for x in walked(blocks) if "action_id" in x)
    found += [f"action_id twice: {name}" for name, count in ids.items() if count > 1]
    for name in ids:
        bounded("action_id", len(name), 1, 255)
    for x in walked(blocks):
        match x.get("type"):
            case "text":
                bounded("text", len(x["text"]), 1, 12_000)
            case "link":
                bounded("link", len(x["text"]), 1, 12_000)
                bounded("address", len(x["url"]), 1, 3_000)
                if not re.match(r"https?://", x["url"], re.IGNORECASE):
                    found.append(f"a link to {x['url'][:40]}")
            case "plain_text":
                bounded("plain text", len(x["text"]), 1, 3_000)
                if x["emoji"] is not False:
                    found.append("names of emoji are shown as emoji")
            case "rich_text_list" if "offset" in x:
                bounded("offset", x["offset"], 1, 10**6)
                if x["style"] != "ordered":
                    found.append("an offset of what is not numbered")
            case "header":
                bounded("header", len(x["text"]["text"].strip()), 1, 150)
            case "image":
                bounded("alternative text", len(x["alt_text"]), 1, 2_000)
            case "button":
                bounded("button", len(x["text"]["text"].strip()), 1, 75)
            case "static_select":
                bounded("options", len(x["options"]), 1, 100)
                bounded("placeholder", len(x["placeholder"]["text"]), 1, 150)
                for option in x["options"]:
                    bounded("option's text", len(option["text"]["text"].strip()), 1, 75)
                    bounded("option's value", len(option["value"]), 1, 150)
                twice = len(x["options"]) - len({o["value"] for o in x["options"]})
                bounded("options' values twice", twice, 0, 0)
            case "actions":
                bounded("elements", len(x["elements"]), 1, 25)
            case _:
                pass
        if x.get("type", "text") not in KNOWN:
            found.append(f"something of the type {x['type']}")
    for x in walked([b for b in blocks if b["type"] == "rich_text"]):
        if x.get("type", "rich_text").startswith("rich_text"):
            if "elements" in x:
                bounded("elements of a text", len(x["elements"]), 1, 10**6)
        elif x["type"] not in LITERAL:
            found.append(f"within a text, {x['type']}")
    return found


@pytest.fixture(scope="session")
def block_faults(shared: Callable[[str], Path]) -> Checker:
    """What Slack's own types find wrong with a message's blocks.

    They do not have the `offset` of a list, which Slack's documentation has: it is left out here, and bounded above.
    """
    contract = module_at(shared("contracts/slack_contract.py"))

    def check_(blocks: list[JSON]) -> list[str]:
        found: list[str] = contract.validate_blocks(_without_offset(blocks), "message")
        return found

    return check_


def _without_offset(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_offset(v) for k, v in value.items() if k != "offset"}
    return [_without_offset(x) for x in value] if isinstance(value, list) else value


# ---- what a page says ------------------------------------------------------------------------------------------------------


def words_of(block: JSON) -> str:
    match block["type"]:
        case "header":
            return str(block["text"]["text"])
        case "image":
            return str(block["alt_text"])
        case "rich_text":
            said = [x["text"] for x in walked(block) if x.get("type") in LITERAL]
            return "".join(x for x in said if re.fullmatch(r" *(?:\d+\.|•) ", x) is None)  # marks of items
        case _:
            return ""  # the line that tells which part it is


def shown(page: Page) -> str:
    return "".join(map(words_of, page.blocks))


def read_out(*made_: Page) -> str:
    """The words of pages; of a chart, its alternative text."""
    return packed("".join(map(shown, made_)))


# ---- contents --------------------------------------------------------------------------------------------------------------


def content(
    *blocks: Block, language: Language = "en", title: str = "A story", charts: tuple[Chart, ...] = CHARTS,
    manner: Manner = PLAIN, paged: bool = False, story: str | None = "story",
) -> Content:  # fmt: skip
    return Content(Document(blocks, language), title, story, charts=charts, manner=manner, paged=paged)


contents = st.builds(
    lambda document, title, manner, paged, story: content(
        *document.blocks, language=document.language, title=title, manner=manner, paged=paged, story=story
    ),
    documents,
    strings,
    st.sampled_from([PLAIN, THREADED]),
    st.booleans(),
    st.sampled_from([None, "story"]),
)


@cache
def made(monster: str) -> tuple[Page, ...]:
    return pages(content(*MONSTERS[monster]))


FORM = [{"type": "actions", "elements": [button("<!channel> " * 30, Mark("form", KEPT), style="danger")]}]


def sendings(c: Content) -> Iterator[tuple[Page, JSON]]:
    """Each message that can come of a document: as posted, as answered, its pages turned, its charts not drawn."""
    stored = [load(dump(p)) for p in pages(c)] if c.paged else [load(body) for body in bodies(c)]
    for page in stored:
        files = [f"F{i}" for i in range(len(page.charts))]
        yield page, payload(page, PART, files)
        yield page, payload(page, KEPT, files, stories=STORIES[:5], extra=FORM, found=False)
        if page.charts:
            yield page, payload(undrawn(page), PART, ())


def check(c: Content, block_faults: Checker, every: int = 1) -> None:
    """Every message of a document is one that Slack takes; `every`: how many of them its types are asked about."""
    for i, (page, sent) in enumerate(sendings(c)):
        assert faults(sent) == [], page.number
        for x in walked(sent["blocks"]):
            if "action_id" in x:
                mark = read(x["action_id"])
                assert mark is not None
                assert mark.reference in (PART, KEPT)
        if i % every == 0:
            assert block_faults(sent["blocks"]) == []


# ---- limits ----------------------------------------------------------------------------------------------------------------

LOOSE = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


@given(contents)
@LOOSE
def test_every_message_of_any_document_is_one_that_slack_takes(block_faults: Checker, c: Content) -> None:
    """Within each limit, and valid by its types; nobody is called, and nothing is read as markup."""
    check(c, block_faults)


@pytest.mark.parametrize("how", ["posted", "turned", "threaded"])
@pytest.mark.parametrize("monster", MONSTERS)
def test_every_message_of_a_monster_is_one_that_slack_takes(
    block_faults: Checker, monster: str, how: str
) -> None:
    """However long, however deep, in both languages."""
    c = content(
        *MONSTERS[monster],
        language=LANGUAGES[how == "turned"],
        title="*<!channel>* &lt; <http://x|y> " * 9,
        manner=THREADED if how == "threaded" else PLAIN,
        paged=how == "turned",
    )
    check(c, block_faults, every=50)


@pytest.mark.parametrize("name", ["one", "other"], ids=["chart", "no chart"])
@pytest.mark.parametrize(
    "alt", ["", " ", "x" * 5_000, "<" * 3_000, "word " * 2_000, "سلام " * 900], ids=lambda x: ascii(x[:5])
)
def test_an_image_of_any_words_fits(block_faults: Checker, name: str, alt: str) -> None:
    """Shown as a chart or, where it is not known, by its words."""
    check(content(*(Image(name, alt),) * 9, END), block_faults)


@pytest.mark.parametrize(
    "title",
    ["", " ", "\x00", "<" * 300, "&" * 300, "\U0001f600" * 300, "سلام " * 60, "a\u202eb" * 60],
    ids=ascii,
)
def test_any_title_fits(block_faults: Checker, title: str) -> None:
    """Below each part, and in the summary."""
    check(content(paragraph(LONG), title=title), block_faults)


@pytest.mark.parametrize(
    "name",
    ["", " ", "\x00", "x" * 300, "<!channel>" * 30, "\U0001f600" * 300, "سلام " * 60, "a\u202eb" * 60],
    ids=ascii,
)
def test_any_story_can_be_chosen(block_faults: Checker, name: str) -> None:
    """By its name, cut where it is long, or by its slug."""
    sent = payload(pages(content(END))[0], PART, (), stories=[("a-slug", name)])
    assert faults(sent) == []
    assert block_faults(sent["blocks"]) == []


@pytest.mark.parametrize("sign", ["x", "\U0001f600", "א", "\u202e"], ids=ascii)
def test_a_name_of_any_length_fits(sign: str) -> None:
    """Also where what isolates its direction makes it longer."""
    for length in range(30, 90):
        sent = payload(pages(content(END))[0], PART, (), stories=[("a-slug", sign * length)])
        assert faults(sent) == [], length


def test_a_story_with_the_longest_slug_can_be_chosen() -> None:
    """Slugs have up to eighty characters; a menu's values have more room than its texts."""
    sent = payload(pages(content(END))[0], PART, (), stories=[("s" * 80, "A story")])
    assert faults(sent) == []
    assert "s" * 80 in [x["value"] for x in walked(sent["blocks"]) if "value" in x]


def test_a_full_message_with_all_stories_to_choose_from_fits() -> None:
    """What a menu offers counts as the message's own text does."""
    for page in pages(content(paragraph(LONG), paged=True)):
        assert faults(payload(page, PART, (), stories=STORIES)) == []
        long = [(slug, "n" * 200) for slug, _ in STORIES]
        assert faults(payload(page, PART, (), stories=long)) == []


def test_a_link_that_is_too_long_is_its_words(block_faults: Checker) -> None:
    """So is one that is no http address."""
    for url in (NEWS + "b" * 3_000, "javascript:a", "mailto:a@b.c", "", "https://a b"):
        c = content(Paragraph((Link(url, (Text("words"),)),)))
        check(c, block_faults)
        assert shown(pages(c)[0]) == "words"
        assert "link" not in [x.get("type") for x in walked(list(pages(c)[0].blocks))]


# ---- nothing lost ----------------------------------------------------------------------------------------------------------


@given(contents)
@LOOSE
def test_all_words_of_any_document_are_shown_in_order(c: Content) -> None:
    """Over all pages; footnotes and the marks of a language left out."""
    assert read_out(*pages(c)) == said(c.document.blocks)


@pytest.mark.parametrize("how", ["posted", "threaded"])
@pytest.mark.parametrize("monster", MONSTERS)
def test_all_words_of_a_monster_are_shown_in_order(monster: str, how: str) -> None:
    """However often it was cut; where there is no word, a dash may stand."""
    made_ = made(monster) if how == "posted" else pages(content(*MONSTERS[monster], manner=THREADED))
    assert read_out(*made_).strip("—") == said(MONSTERS[monster])


ONE, TWO, THREE = (Paragraph((Text(x),)) for x in ("one", "two", "three"))
LISTED = ListBlock(((TWO,),))


@pytest.mark.parametrize(
    "item",
    [(ONE, LISTED, THREE), (LISTED, ONE), (Quotation((ONE, LISTED)), THREE)],
    ids=["between", "before", "quoted"],
)
def test_what_stands_in_an_item_is_shown_in_order(item: tuple[Block, ...]) -> None:
    """A list within an item stands where it stands: before what follows it."""
    block = ListBlock((item,))
    assert read_out(*pages(content(block))) == said((block,))


@pytest.mark.parametrize(
    "block",
    [
        Quotation((ONE, TWO)),
        Quotation((ListBlock(((ONE,), (TWO,))),)),
        Quotation((ListBlock(((ONE, ListBlock(((TWO,),))),)),)),
        ListBlock(((ONE, TWO),)),
        ListBlock(((ONE,), (TWO,))),
        ListBlock(((Quotation((ListBlock(((ONE,), (TWO,))),)),),)),
    ],
    ids=["quoted", "a quoted list", "a quoted nested list", "an item", "items", "a list quoted in an item"],
)
def test_blocks_within_another_stand_on_lines_of_their_own(block: Block) -> None:
    """Their words do not run together."""
    (page,) = pages(content(block))
    (rich,) = page.blocks
    parts = [x["elements"] for x in walked(rich) if str(x.get("type")).startswith("rich_text_")]
    lines = "\n".join("".join(str(x.get("text", "")) for x in leaves) for leaves in parts)
    assert "onetwo" not in lines
    assert lines.replace("•", "").split() == ["one", "two"]


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
    assert read_out(*pages(content(*blocks))) == said(blocks)


def test_the_heading_of_the_footnotes_goes_with_them() -> None:
    """What they say is shown on demand."""
    (page,) = pages(content(END, Divider(), Heading(2, (Text("Sources"),)), Footnote(1, (Text("Said."),))))
    assert [b["type"] for b in page.blocks] == ["rich_text"]
    assert read_out(page) == "Theend."


def test_a_heading_is_a_header_where_it_is_short_enough() -> None:
    """Else it is strong text, as are those of lower levels."""
    for level, length, kind in (
        (1, 150, "header"),
        (2, 150, "header"),
        (1, 151, "rich_text"),
        (3, 9, "rich_text"),
    ):
        (page,) = pages(content(Heading(level, (Text("x" * length),))))
        (block,) = page.blocks
        assert block["type"] == kind
        if kind == "rich_text":
            assert [x["style"] for x in walked(block) if x.get("type") == "text"] == [{"bold": True}]


def test_what_is_stored_is_read_as_it_was() -> None:
    """Charts, manner and all."""
    c = content(*MONSTERS["300 charts"][:9], paragraph("é"), manner=THREADED, paged=True)
    assert [load(dump(p)) for p in pages(c)] == list(pages(c))
    assert [load(b) for b in bodies(c)] == list(pages(c)[:1])


@pytest.mark.parametrize(
    "body", ["", "{}", "null", "[]", '{"language": "de", "blocks": [], "summary": ""}', "\x00"], ids=ascii
)
def test_another_body_is_refused(body: str) -> None:
    """What is no page of ours raises the error that says so."""
    with pytest.raises(ValueError):
        load(body)


# ---- threads ---------------------------------------------------------------------------------------------------------------


def head_of(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """What stands before the third heading."""
    at = [i for i, b in enumerate(blocks) if isinstance(b, Heading)]
    return blocks[: at[2]] if len(at) > 2 else blocks


@given(documents)
@LOOSE
def test_the_first_pages_of_any_threaded_document_are_its_headline(document: Document) -> None:
    """What stands before the third heading, and nothing else; what follows is on later pages."""
    made_ = pages(content(*document.blocks, language=document.language, manner=THREADED))
    heads = said(head_of(document.blocks)) if said(document.blocks) else ""
    assert any(read_out(*made_[:n]).strip("—") == heads for n in range(1, len(made_) + 1))


def test_the_first_page_of_a_threaded_briefing_is_its_headline() -> None:
    """The rest fills the pages that follow."""
    head = (Heading(1, (Text("Crisis"),)), Heading(2, (Text("In short"),)), END)
    rest = tuple(b for n in range(100) for b in section(n))
    first, *others = pages(content(*head, *rest, manner=THREADED))
    assert read_out(first) == said(head)
    assert len(others) > 1
    assert read_out(*others) == said(rest)
    assert [p.number for p in (first, *others)] == list(range(first.of))


def test_a_threaded_briefing_of_a_headline_alone_is_one_message() -> None:
    """Where there is no third heading, nothing is left for the thread."""
    assert len(pages(content(*section(1), *section(2), manner=THREADED))) == 1


def test_pages_that_are_turned_are_not_threaded() -> None:
    """All of them stand in the same message."""
    blocks = tuple(b for n in range(5) for b in section(n))
    assert len(pages(content(*blocks, manner=THREADED, paged=True))) == 1


# ---- citations and seams ---------------------------------------------------------------------------------------------------


def seen(page: Page) -> tuple[int, ...]:
    """Citations have four digits here, and nothing else in brackets has."""
    return tuple(dict.fromkeys(int(n) for n in re.findall(r"\[(\d{4})\]", shown(page))))


@given(contents)
@LOOSE
def test_a_page_knows_the_citations_that_are_seen_in_it(c: Content) -> None:
    """Those, in order, and no others; where there are any, a button shows them."""
    for page in pages(c):
        assert page.numbers == seen(page)
        ids = [x["action_id"] for x in walked(payload(page, PART, ["F"] * 9)["blocks"]) if "action_id" in x]
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
    """Whether the last words of a page are a header, or strong as a whole paragraph."""
    last = next(b for b in reversed(page.blocks) if b["type"] != "context")
    if last["type"] != "rich_text":
        return bool(last["type"] == "header")
    leaf = [x for x in walked(last) if x.get("type") in LITERAL][-1]
    return bool(leaf.get("style", {}).get("bold"))


@given(
    st.lists(
        st.one_of(
            st.integers(1, 5).map(lambda n: Heading(n, (Text("Heading"),))),
            st.integers(1, 4_000).map(lambda n: Paragraph((Text("x" * n),))),
            st.integers(1, 200).map(
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
    assert len(pages(content(*(block,) * 2_000, END))) <= 120


# ---- summaries -------------------------------------------------------------------------------------------------------------


def test_a_summary_is_the_title_and_the_first_words() -> None:
    """Of the page, its headings left out; escaped, since Slack reads markup there."""
    page = pages(content(Heading(1, (Text("Head"),)), paragraph("<!channel> & *b*"), title="T <@U1>"))[0]
    assert payload(page, PART, ())["text"] == "T &lt;@U1&gt; — &lt;!channel&gt; &amp; *b*"


def test_a_summary_says_what_code_says() -> None:
    """Where a line names a command, so does the notification."""
    page = pages(content(Paragraph((Text("Type "), Code("/brief"), Text(" for more."))), title="T"))[0]
    assert page.summary == "T — Type /brief for more."


def test_a_summary_of_nothing_is_the_bots_name() -> None:
    """No message is without one."""
    assert payload(pages(content(title=""))[0], PART, ())["text"] == "Sitrep"


# ---- what stands below -----------------------------------------------------------------------------------------------------


LEAVES = (paragraph("word " * 1_500),) * 3  # each fills a page


def marks(sent: JSON) -> list[str]:
    found = [read(x["action_id"]) for x in walked(sent["blocks"]) if "action_id" in x]
    return [f"{m.verb} {m.page}" for m in found if m is not None]


def test_turned_pages_have_a_button_each_way() -> None:
    """None before the first, none after the last; the menu of sections is on each."""
    made_ = pages(content(*LEAVES, paged=True))
    assert [marks(payload(p, PART, ())) for p in made_] == [
        ["page 1", "section 0"],
        ["page 0", "page 2", "section 1"],
        ["page 1", "section 2"],
    ]


def test_posted_parts_have_the_menu_of_sections_below_the_last() -> None:
    """Each part has a button, by which it is told from others."""
    made_ = pages(content(*LEAVES))
    assert [marks(payload(p, PART, ())) for p in made_] == [
        ["editions 0"],
        ["editions 1"],
        ["editions 2", "section 2"],
    ]
    assert [marks(payload(p, PART, (), found=False)) for p in made_] == [[], [], ["section 2"]]


def test_what_is_about_no_story_has_no_sections() -> None:
    """There would be nothing in them."""
    (page,) = pages(content(END, story=None))
    assert marks(payload(page, PART, (), found=False)) == []
    assert len(SECTIONS) <= 100


def test_each_part_tells_which_it_is() -> None:
    """Below its words; of a threaded briefing only what stands in the thread; a single one tells nothing."""

    def told(*made_: Page) -> list[str]:
        return [x["elements"][0]["text"] for p in made_ for x in p.blocks if x["type"] == "context"]

    assert told(*pages(content(*LEAVES, title="*A* <!here>"))) == [f"*A* <!here> · {n}/3" for n in (1, 2, 3)]
    blocks = tuple(b for n in range(100) for b in section(n))
    threaded = pages(content(*blocks, manner=THREADED, title="A"))
    assert told(*threaded) == [f"A · {n}/{len(threaded)}" for n in range(2, len(threaded) + 1)]
    assert told(*pages(content(END))) == []


@pytest.mark.parametrize("text", ["שלום " * 60, "a\u202eb" * 60], ids=ascii)
def test_a_title_that_is_cut_closes_the_directions_that_it_opens(text: str) -> None:
    """The number of the part behind it keeps its order."""
    first, *_ = pages(content(paragraph(LONG), title=text))
    line = first.blocks[-1]["elements"][0]["text"]
    isolates, embeddings = re.findall("[\u2066-\u2068]", line), re.findall("[\u202a\u202b\u202d\u202e]", line)
    assert (len(isolates), len(embeddings)) == (line.count("\u2069"), line.count("\u202c"))


def test_charts_have_the_files_that_were_uploaded_for_them() -> None:
    """In order, with their words; without files, their words alone."""
    (page,) = pages(content(Image("two", "Second"), END, Image("one", literal("First"))))
    sent = payload(page, PART, ["F1", "F2"])
    images = [b for b in sent["blocks"] if b["type"] == "image"]
    assert [(b["slack_file"]["id"], b["alt_text"]) for b in images] == [("F1", "Second"), ("F2", "First")]
    assert [c.name for c in page.charts] == ["two", "one"]
    assert undrawn(page).charts == ()
    assert shown(undrawn(page)) == shown(page)
