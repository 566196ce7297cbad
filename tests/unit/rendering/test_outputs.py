"""Outside text is only ever text: in Markdown, HTML, JSON and on a terminal."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console

from briefings.dossier import Numbering, View, changes, compile_dossier
from briefings.model import (
    LANGUAGES,
    Actor,
    Article,
    Bound,
    Consequence,
    Development,
    Figure,
    Gap,
    Kind,
    Language,
    Quote,
    Reading,
    Role,
    Span,
    Status,
)
from briefings.plain import literal
from briefings.reading import read
from briefings.rendering import (
    Briefing,
    Templates,
    render,
    to_html,
    to_json,
    to_markdown,
    to_terminal,
    to_text,
)
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
    LineBreak,
    Link,
    ListBlock,
    Paragraph,
    Quotation,
    Strong,
    Struck,
    Text,
)
from briefings.rendering.markdown import parse, slot

NOW = datetime(2024, 3, 9, 12, 30, tzinfo=UTC)
TEMPLATES = Templates()

# ---- hostile words -----------------------------------------------------------------------------------------------------

FRAGMENTS = (
    "**bold**",
    "__bold__",
    "*it* _it_",
    "~~gone~~",
    "`code` ```",
    "# heading",
    "\n# heading\n",
    "\n\n- item\n1. item\n",
    "\n---\n",
    "\n===\n",
    "\n> said\n",
    "\n    code\n",
    "[x](https://evil.example)",
    "![i](https://evil.example/i.png)",
    "[x][y]\n\n[y]: https://evil.example\n",
    "<https://evil.example>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</p></main><h1>",
    "<!--",
    "-->",
    "&lt;b&gt; &amp; &#60;",
    '"\' onclick="x"',
    "{{ 7*7 }}",
    "{% raise %}",
    "{# gone #}",
    "{{ ''.__class__ }}",
    "@everyone @here",
    "<!channel> <@U1> <#C1>",
    "<@123456789012345678>",
    ":smile:",
    "[bold red]x[/]",
    "\ue0000\ue001",
    "\ue0009999\ue001",
    "\ue000",
    "\ue001",
    "\u202eevil\u202c",
    "\u202e",
    "\u2066",
    "\u2069\u2069",
    "\u200f",
    "שלום",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07x",
    "\x9b31m",
    "\x00\x08\x7f",
    "\r\n",
    "\u2028",
    "\\",
    "\\*",
    "|a|b|",
    "%(n)s %s %d",
    "$x$ ||spoiler||",
    "😀",
    "",
    " ",
)

words = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=6)), max_size=4).map(" ".join)
urls = st.one_of(
    st.sampled_from(
        (
            "",
            "https://news.example/a?b=1&c=2",
            "http://news.example/a_b_(c)*d*",
            "javascript:alert(1)",
            "data:text/html,<script>x</script>",
            'https://news.example/"><script>',
            "https://news.example/\x1b[31m",
        )
    ),
    words,
)


@st.composite
def readings(draw: st.DrawFn, identity: str, revision: int = 1) -> Reading:
    """An article whose every word may be hostile, and a reading that found something of each kind in it."""
    said, rest = draw(words), draw(words)
    sentence = f"“x{said}” a 500 {rest}."
    text = f"{sentence} {draw(words)}"
    whole = Span(0, len(sentence))
    quote = Span(1, 2 + len(said))
    name, other, role = draw(words) or "A", draw(words) or "B", draw(words) or "C"
    language: Language = draw(st.sampled_from(LANGUAGES))
    article = Article(
        id=identity,
        text=text,
        title=draw(words),
        outlet=draw(words),
        url=draw(urls),
        language=language,
        published=draw(st.sampled_from((None, NOW, datetime(2024, 3, 6, tzinfo=UTC)))),
        byline=draw(words),
        revision=revision,
        sample=draw(st.booleans()),
    )
    at = text.index("500", quote.end)
    return Reading(
        article=article,
        language=language,
        sentences=(whole,),
        quotes=(Quote(quote, quote.of(text), whole, name, draw(words)),),
        actors=(
            Actor(name, Kind.PERSON, (other,), (Role(role, Span(0, 1), whole),), 1.0, (Span(0, 1),)),
            Actor(other, Kind.ORG, (), (), 0.5, (Span(0, 1),)),
        ),
        figures=(Figure(Span(at, at + 3), "500", 500.0, draw(words), Bound.EXACT, whole, draw(words)),),
        developments=(Development(whole, "2024-03-06", (name, other), "resigned"),),
        consequences=(Consequence(whole, Status.EXPECTED, (name,)),),
    )


@st.composite
def briefings(draw: st.DrawFn) -> list[Briefing]:
    """One hostile story by every template in both languages, with changes since an earlier dossier."""
    old, new = draw(readings("a")), draw(readings("a", 2))
    others = [draw(readings(i)) for i in ("b", "c")[: draw(st.integers(0, 2))]]
    before, view = View(compile_dossier([old])), View(compile_dossier([new, *others]))
    known = draw(st.booleans())
    return [
        render(
            view,
            TEMPLATES,
            template,
            language,
            story=draw(words),
            now=NOW,
            numbering=Numbering(),
            changes=changes(before, view) if known else (),
            before=before if known else None,
            gaps=(Gap(draw(words), draw(words)),),
        )
        for template in TEMPLATES.names()
        for language in LANGUAGES
    ]


hostile = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

# ---- what outputs are held against -------------------------------------------------------------------------------------

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ue000-\uf8ff]")
OPENING = dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c") | dict.fromkeys("\u2066\u2067\u2068", "\u2069")


def assert_calm(text: str) -> None:
    """No control character, and every bidirectional embedding and isolate closed, in order."""
    found = CONTROL.search(text)
    assert not found, ascii(text[max(0, found.start() - 20) : found.end() + 20])
    waiting: list[str] = []
    for c in text:
        if c in OPENING:
            waiting.append(OPENING[c])
        elif c in OPENING.values():
            assert waiting
            assert waiting.pop() == c
    assert not waiting


def every_block(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Quotation):
            yield from every_block(block.children)
        if isinstance(block, ListBlock):
            for item in block.items:
                yield from every_block(item)


def made_of(document: Document) -> Counter[str]:
    """How many of each formatting a document has."""
    names = {Strong: "strong", Emphasis: "em", Struck: "s", Link: "link", Code: "code"}
    found = Counter(names[type(x)] for x in document.inlines() if type(x) in names)
    kinds = {Heading: "heading", Quotation: "blockquote", ListBlock: "list", Divider: "hr"}
    found += Counter(kinds[type(b)] for b in every_block(document.blocks) if type(b) in kinds)
    return found


# ---- HTML --------------------------------------------------------------------------------------------------------------

ATTRIBUTES = {
    "html": {"lang"},
    "meta": {"charset", "name", "content"},
    "a": {"href", "rel", "class"},
    "p": {"class", "id"},
    "span": {"class", "lang"},
    "ol": {"start"},
}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "span", "ul", "ol"),
    *("li", "blockquote", "hr", "a", "strong", "em", "s", "code", "br"),
}


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.links: list[str] = []
        self.marks: list[str] = []
        self.notes: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        given_attributes = {name for name, _ in attrs}
        assert given_attributes <= ATTRIBUTES.get(tag, set())
        self.tags[tag] += 1
        values = dict(attrs)
        if tag == "a":
            href = values["href"] or ""
            (self.marks if values.get("class") == "cite" else self.links).append(href)
        if tag == "p" and values.get("class") == "note":
            self.notes.append(values["id"] or "")
        if tag not in ("meta", "hr", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "title"):
            self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data!r}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data!r}")

    def handle_decl(self, decl: str) -> None:
        assert decl == "doctype html"


def page_of(briefing: Briefing, title: str = "Briefing") -> Page:
    page = Page()
    page.feed(to_html(briefing, title))
    page.close()
    assert not page.open
    return page


@hostile
@given(briefings())
def test_a_page_holds_no_markup_from_outside(made: list[Briefing]) -> None:
    """A page has the tags and attributes of its document, in balance, and not one more."""
    for briefing in made:
        assert_calm(to_html(briefing, "Briefing"))
        page = page_of(briefing)
        expected = made_of(briefing.document)
        assert [page.tags[t] for t in ("strong", "em", "s", "code", "blockquote", "hr")] == [
            expected[t] for t in ("strong", "em", "s", "code", "blockquote", "hr")
        ]
        assert page.tags["h1"] + page.tags["h2"] + page.tags["h3"] == expected["heading"]
        assert page.tags["ul"] + page.tags["ol"] == expected["list"]
        assert len(page.links) == expected["link"]
        assert all(re.match("https?://", link, re.IGNORECASE) for link in page.links)


@hostile
@given(briefings())
def test_every_mark_of_a_page_leads_to_its_note(made: list[Briefing]) -> None:
    """A citation's number links to the sentence on the same page, once for each."""
    for briefing in made:
        page = page_of(briefing)
        assert len(page.notes) == len(set(page.notes))
        assert set(page.marks) == {f"#{note}" for note in page.notes}


def test_a_pages_title_is_escaped() -> None:
    """A story's name can't leave the title."""
    html = to_html(simple(Paragraph((Text("a"),))), "</title><script>alert(1)</script>")
    assert "<script" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "odd", ["\x00", "\x1b", "\x07", "\x85", "\x9b", "\n", "\u2028", "\ue000", "\ud800", "\ufff9"]
)
def test_a_pages_title_holds_no_control_character(odd: str) -> None:
    """A story's name is one line of characters that can be written, even in the title."""
    html = to_html(simple(Paragraph((Text("a"),))), f"A{odd}b")
    title = html.partition("<title>")[2].partition("</title>")[0]
    assert title in ("Ab", "A b")
    assert html.encode()


@pytest.mark.parametrize("odd", ["\u202e", "\u2066", "\u202a\u202b", "\u200f", "\u061c", "\u2069"])
def test_a_pages_title_turns_nothing_around(odd: str) -> None:
    """Bidirectional controls in a story's name are closed within it."""
    title = (
        to_html(simple(Paragraph((Text("a"),))), f"A{odd}b").partition("<title>")[2].partition("</title>")[0]
    )
    assert title == literal(f"A{odd}b")
    assert (title[0], title[-1]) == ("\u2068", "\u2069")


# ---- Markdown ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start", ["1. a", "12) a", "- a", "+ a", "* a", "# a", "> a", "---", "===", "~~~", "```", "1."]
)
def test_a_line_of_markdown_begins_nothing(start: str) -> None:
    """What would begin a list, a heading or a rule is words, at a paragraph's start and after a hard break."""
    for block in (
        Paragraph((Text(start),)),
        Paragraph((Text("x"), LineBreak(), Text(start))),
        ListBlock(((Paragraph((Text(start),)),),)),
        ListBlock(((Paragraph((Text("x"), LineBreak(), Text(start))),),)),
        Quotation((Paragraph((Text("x"), LineBreak(), Text(start))),)),
    ):
        assert parse(to_markdown(simple(block)), [], "en").blocks == (block,)


@pytest.mark.parametrize(
    "code", ["a", "a`b", "`a", "a`", "``", "`", "a``b`c", "``` a ```", "**a** [x](y) <b>"]
)
def test_code_in_markdown_is_itself(code: str) -> None:
    """Backticks in code are fenced by more of them."""
    block = Paragraph((Text("x "), Code(code), Text(" y")))
    assert parse(to_markdown(simple(block)), [], "en").blocks == (block,)


def test_a_list_item_may_have_two_paragraphs() -> None:
    """An item's further blocks stay in the item, in every output."""
    item = (Paragraph((Text("one"),)), Paragraph((Text("two"),)))
    for block in (ListBlock((item, item)), ListBlock((item,), 10)):
        assert parse(to_markdown(simple(block)), [], "en").blocks == (block,)
    assert "<li><p>one</p><p>two</p></li>" in to_html(simple(ListBlock((item,))), "Head")
    assert to_text(simple(ListBlock((item,))), 40).split() == ["•", "one", "two"]


COUNTED = {
    "strong_open": "strong",
    "em_open": "em",
    "s_open": "s",
    "link_open": "link",
    "code_inline": "code",
    "heading_open": "heading",
    "blockquote_open": "blockquote",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "hr": "hr",
}


def tokens(text: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable(["strikethrough", "table"]).parse(text):
        yield token
        yield from token.children or ()


@hostile
@given(briefings())
def test_markdown_holds_no_marks_from_outside(made: list[Briefing]) -> None:
    """Read again, the Markdown has the formatting of its document and not one more; links go to the web."""
    for briefing in made:
        text = to_markdown(briefing)
        assert_calm(text)
        found = list(tokens(text))
        assert not {t.type for t in found} & {
            "html_inline",
            "html_block",
            "image",
            "fence",
            "code_block",
            "table_open",
        }
        counted = Counter(COUNTED[t.type] for t in found if t.type in COUNTED)
        assert counted <= made_of(briefing.document)
        for token in found:
            if token.type == "link_open":
                assert re.match("https?://", str(token.attrs["href"]), re.IGNORECASE)


@hostile
@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=4)), max_size=5).map("".join))
@example("- a")
@example("+")
@example("---")
@example("===")
@example("    code")
@example("a  \nb")
def test_markdown_keeps_the_words_of_a_paragraph(text: str) -> None:
    """One paragraph of outside text is, read again, one paragraph of the same words."""
    document = parse(slot(0), [text], "en")
    said = "".join(x.text for x in document.inlines() if isinstance(x, Text)).strip()
    again = parse(to_markdown(simple(*document.blocks)), [], "en")
    assume(not re.match(r"\d+[.)]", said))
    if said:
        assert [type(block) for block in again.blocks] == [Paragraph]
        assert {type(x) for x in again.inlines()} == {Text}
    assert "".join(x.text for x in again.inlines() if isinstance(x, Text)) == said


EVERYTHING: tuple[Block, ...] = (
    Heading(1, (Text("Head"),)),
    Paragraph((Text("Plain "), Strong((Text("strong"),)), Text(" "), Emphasis((Text("soft"),)), Text(" "))),
    Paragraph((Struck((Text("gone"),)), Text(" "), Code("code"), LineBreak(), Text("next"))),
    ListBlock(((Paragraph((Text("one"), CitationMark(1))),), (Paragraph((Text("two"),)),))),
    ListBlock(((Paragraph((Text("three"),)),),), 3),
    Quotation((Paragraph((Text("« mots »", "fr"),)),)),
    Image("chart", "A line that rises"),
    Divider(),
    Footnote(1, (Text("mots", "fr"), Text(", "), Link("https://news.example/a", (Text("title"),)))),
)


def simple(*blocks: Block) -> Briefing:
    """A briefing of these blocks, without citations."""
    return Briefing(Document(blocks, "en"), (), (), Numbering(), "sitrep", "en")


def test_a_document_as_markdown() -> None:
    """Every block and inline has its Markdown; another language's words bear their mark."""
    assert to_markdown(simple(*EVERYTHING)) == (
        "# Head\n\nPlain **strong** *soft* \n\n~~gone~~ `code`  \nnext\n\n- one\\[1\\]\n- two\n\n3. three\n\n"
        "> « mots » \\[fr\\]\n\nA line that rises\n\n---\n\n"
        "\\[1\\] mots \\[fr\\], [title](<https://news.example/a>)\n"
    )


def test_a_document_as_html() -> None:
    """Every block and inline has its element; another language's words are marked with it."""
    html = to_html(simple(*EVERYTHING), "Head")
    assert html.partition("<main>\n")[2].partition("\n</main>")[0].splitlines() == [
        "<h1>Head</h1>",
        "<p>Plain <strong>strong</strong> <em>soft</em> </p>",
        "<p><s>gone</s> <code>code</code><br>next</p>",
        '<ul><li>one<a class="cite" href="#cite-1">[1]</a></li><li>two</li></ul>',
        '<ol start="3"><li>three</li></ol>',
        '<blockquote><p><span lang="fr">« mots »</span> <span class="foreign">[fr]</span></p></blockquote>',
        "<p>A line that rises</p>",
        "<hr>",
        '<p class="note" id="cite-1"><span class="n">[1]</span> <span lang="fr">mots</span> '
        '<span class="foreign">[fr]</span>, <a href="https://news.example/a" rel="noopener noreferrer">'
        "title</a></p>",
    ]


def test_a_document_as_text() -> None:
    """A pipe gets the words alone, one block after the other."""
    text = to_text(simple(*EVERYTHING), width=60)
    assert [line.strip() for line in text.splitlines() if line.strip()] == [
        "Head",
        "Plain strong soft",
        "gone code",
        "next",
        "• one[1]",
        "• two",
        "3. three",
        "« mots » [fr]",
        "A line that rises",
        "────────────────────",
        "[1] mots [fr], title",
    ]


def test_a_document_as_json() -> None:
    """Every block and inline is told with its kind, for scripts."""
    value = json.loads(to_json(simple(*EVERYTHING), "Head"))
    assert [b["kind"] for b in value["blocks"]] == [
        *("heading", "paragraph", "paragraph", "list", "list", "quotation", "image", "divider", "footnote")
    ]
    assert value["blocks"][3]["items"][0][0]["inlines"] == [
        {"kind": "text", "text": "one"},
        {"kind": "citation", "number": 1},
    ]
    assert value["blocks"][8]["inlines"][0] == {"kind": "text", "text": "mots", "language": "fr"}


# ---- JSON --------------------------------------------------------------------------------------------------------------


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


@hostile
@given(briefings())
def test_json_is_read_back_whole(made: list[Briefing]) -> None:
    """What is shown is calm; what is cited is the article's characters, to the letter."""
    for briefing in made:
        value = json.loads(to_json(briefing, "Story"))
        for said in strings(value["blocks"]):
            assert_calm(said)
        assert [c["sentence"] for c in value["citations"]] == [s.sentence for s in briefing.sources]
        assert len(value["blocks"]) == len(briefing.document.blocks)
        assert value["facts"] == list(briefing.facts)


# ---- terminal ----------------------------------------------------------------------------------------------------------


@hostile
@given(briefings())
def test_a_pipe_gets_no_escape_sequences(made: list[Briefing]) -> None:
    """The terminal's text without colours holds nothing but words and line ends."""
    for briefing in made:
        assert_calm(to_text(briefing))


OURS = re.compile("\x1b\\[[0-9;]*m|\x1b\\]8;[^;\x1b]*;[^\x1b]*\x1b\\\\")


@hostile
@given(briefings())
def test_a_terminal_gets_only_our_escape_sequences(made: list[Briefing]) -> None:
    """Colours and links are ours, balanced, and to the web; an article's escape sequences are gone."""
    for briefing in made:
        shown = io.StringIO()
        Console(
            file=shown, force_terminal=True, color_system="truecolor", width=100, legacy_windows=False
        ).print(to_terminal(briefing.document))
        text = shown.getvalue()
        assert_calm(OURS.sub("", text))
        for target in re.findall("\x1b\\]8;[^;\x1b]*;([^\x1b]*)\x1b", text):
            assert not target or re.match("https?://", target, re.IGNORECASE)


# ---- what is cited -----------------------------------------------------------------------------------------------------


@hostile
@given(briefings())
def test_every_mark_has_its_footnote_and_every_footnote_its_source(made: list[Briefing]) -> None:
    """Numbers in the text, footnotes under it and cited sentences are the same, each footnote once."""
    for briefing in made:
        marks = {x.number for x in briefing.document.inlines() if isinstance(x, CitationMark)}
        notes = [b.number for b in every_block(briefing.document.blocks) if isinstance(b, Footnote)]
        assert notes == sorted(marks)
        assert notes == [s.number for s in briefing.sources]
        assert all(briefing.numbering.of(s.citation) == s.number for s in briefing.sources)


SPOKEN = Article(
    id="a",
    text="Sam Lane, the chief executive of Acme, resigned on Tuesday. “We will {word} this company,” said Lane.",
    title="{word}",
    outlet="{word}",
    url="https://news.example/a",
    language="en",
    published=NOW,
)


@pytest.mark.parametrize("fragment", [f for f in FRAGMENTS if f.strip()])
def test_a_read_articles_marks_are_words(fragment: str) -> None:
    """An article as it is read, with a hostile word in its quote, title and outlet, formats nothing."""
    article = replace(
        SPOKEN,
        text=SPOKEN.text.replace("{word}", fragment),
        title=SPOKEN.title.replace("{word}", fragment),
        outlet=SPOKEN.outlet.replace("{word}", fragment),
    )
    briefing = render(
        View(compile_dossier([read(article)])), TEMPLATES, "dossier", "fr", story=fragment, now=NOW
    )
    assert_calm(to_markdown(briefing))
    counted = Counter(COUNTED[t.type] for t in tokens(to_markdown(briefing)) if t.type in COUNTED)
    assert counted <= made_of(briefing.document)
    page = page_of(briefing)
    assert page.tags["strong"] == made_of(briefing.document)["strong"]
    assert "49" not in to_text(briefing)
    assert all(s.sentence == s.citation.span.of(article.text) for s in briefing.sources)
