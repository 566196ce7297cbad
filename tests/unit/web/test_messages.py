"""Messages as they are kept and as they stand in a page: whatever they hold, the tags are ours."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.answers import Answer, Field, Form
from bots.dispatch.content import made_at
from bots.web.messages import (
    Body,
    Said,
    Typed,
    document_html,
    dump,
    event,
    folded,
    form_html,
    item_html,
    load,
    message_html,
    picture,
)
from briefings import demo
from briefings.dossier import View, compile_dossier
from briefings.model import LANGUAGES, Bound, Language, Story
from briefings.plain import literal
from briefings.reading import read
from briefings.rendering import Briefing, Templates, render
from briefings.rendering.charts import Bar, Chart, Claim, FigureChart, TimelineChart
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
from briefings.rendering.words import Words, zone_of
from briefings.store import Message

NOW = datetime(2023, 11, 23, 8, tzinfo=UTC)
WORDS = Words("en", zone_of("UTC"), "chat")
PARIS = zone_of("Europe/Paris")

#: Every tag that a message may have, with its attributes.
ALLOWED: dict[str, set[str]] = {
    "li": {"class", "id", "data-id"}, "span": {"class", "aria-hidden", "lang"}, "div": {"class", "lang"},
    "p": {"class"}, "time": {"datetime", "title"}, "a": {"class", "href", "rel", "aria-label"}, "code": set(), "strong": set(),
    "em": set(), "s": set(), "br": set(), "hr": set(), "ul": set(), "ol": {"start"}, "blockquote": set(),
    "details": {"class"}, "summary": set(), "figure": {"class"}, "picture": set(),
    "source": {"media", "srcset", "width", "height"}, "img": {"src", "alt", "width", "height", "loading"},
    "form": {"class", "method", "action"}, "input": {"type", "name", "value", "maxlength"},
    "label": set(), "select": {"name"}, "option": {"value", "selected"},
    "button": {"class"}, **{f"h{n}": set() for n in range(1, 7)},
}  # fmt: skip


class Markup(HTMLParser):
    """Every start tag with its attributes, and the text between."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.others: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)


def check(html: str) -> Markup:
    """Only our tags with our attributes; links lead to http(s) or to paths of ours."""
    markup = Markup(html)
    assert markup.others == []
    for tag, attributes in markup.tags:
        assert tag in ALLOWED, tag
        assert set(attributes) <= ALLOWED[tag], (tag, attributes)
        for name in ("href", "src", "srcset", "action"):
            value = attributes.get(name)
            if value is not None:
                ours = value == "#" or re.match(r"/[cs]/[^/]", value)
                assert ours or (tag == "a" and re.match(r"https?://", value, re.IGNORECASE)), value
    return markup


LANGUAGE: st.SearchStrategy[Language] = st.sampled_from(LANGUAGES)
HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "<script>alert(1)</script>", '" onload="x', "' onload='x", "<img src=x onerror=y>", "</p></li>", "<!-- ",
            "]]>", "&lt;b&gt;", "&#60;b>", "javascript:x", "<a href=javascript:x>", "\x00<b>", "\u202e<b>", "\u2028",
            "<\x00b>", "`", "{{ csrf }}", "<b", "@everyone",
        ]
    ),
)  # fmt: skip
URLS = st.one_of(st.sampled_from(["https://e.example/?a=1&b='x'", "HTTP://e.example/`<"]).filter(lambda u: "<" not in u), st.from_regex(r"https?://[a-z']{1,9}\.example/[a-z&;']{0,5}", fullmatch=True))  # fmt: skip
NUMBERS = st.integers(0, 10**9)


def several(of: st.SearchStrategy[Inline]) -> st.SearchStrategy[tuple[Inline, ...]]:
    return st.lists(of, max_size=3).map(tuple)


INLINES: st.SearchStrategy[Inline] = st.recursive(
    st.one_of(
        st.builds(Text, HOSTILE, st.none() | LANGUAGE),
        st.builds(Code, HOSTILE),
        st.builds(CitationMark, NUMBERS),
        st.just(LineBreak()),
    ),
    lambda inner: st.one_of(
        st.builds(Strong, several(inner)),
        st.builds(Emphasis, several(inner)),
        st.builds(Struck, several(inner)),
        st.builds(Link, URLS, several(inner)),
    ),
    max_leaves=5,
)
BLOCKS: st.SearchStrategy[Block] = st.recursive(
    st.one_of(
        st.builds(Heading, st.integers(1, 6), several(INLINES)),
        st.builds(Paragraph, several(INLINES)),
        st.builds(Footnote, NUMBERS, several(INLINES)),
        st.builds(Image, HOSTILE, HOSTILE),
        st.just(Divider()),
    ),
    lambda inner: st.one_of(
        st.builds(Quotation, st.lists(inner, max_size=3).map(tuple)),
        st.builds(
            ListBlock,
            st.lists(st.lists(inner, max_size=2).map(tuple), max_size=3).map(tuple),
            st.none() | NUMBERS,
        ),
    ),
    max_leaves=5,
)
CHARTS: st.SearchStrategy[Chart] = st.one_of(
    st.builds(
        TimelineChart,
        HOSTILE,
        LANGUAGE,
        HOSTILE,
        HOSTILE,
        st.tuples(HOSTILE, HOSTILE),
        st.lists(st.builds(Bar, st.just("2024-03-06"), NUMBERS, NUMBERS), max_size=3).map(tuple),
        st.booleans(),
    ),
    st.builds(
        FigureChart,
        HOSTILE,
        LANGUAGE,
        HOSTILE,
        HOSTILE,
        st.lists(
            st.builds(
                Claim,
                st.datetimes(),
                st.floats(allow_nan=False, allow_infinity=False),
                st.sampled_from(list(Bound)),
                HOSTILE,
                HOSTILE,
            ),
            max_size=3,
        ).map(tuple),
    ),
)
SLUG = st.from_regex(r"[a-z0-9-]{1,10}", fullmatch=True)
SAID = st.builds(
    Said,
    st.lists(BLOCKS, max_size=4).map(tuple),
    LANGUAGE,
    st.none() | SLUG,
    st.integers(0, 10**17),
    st.lists(CHARTS, max_size=2).map(tuple),
)


# ---- kept and read again -------------------------------------------------------------------------------------------------


@given(SAID)
def test_an_answer_comes_back_as_it_was(said: Said) -> None:
    """Stored and read again, blocks, language, story, its making and charts are the same."""
    assert load(dump(said)) == said


@given(st.text())
def test_a_typed_line_comes_back_as_it_was(line: str) -> None:
    """To the letter."""
    assert load(dump(Typed(line))) == Typed(line)


def briefed(template: str = "dossier", language: Language = "en") -> Briefing:
    latest = {a.id: a for a in demo.articles()}
    view = View(compile_dossier(read(a) for a in latest.values()))
    return render(view, Templates(), template, language, story="OpenAI", now=NOW)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_demos_answers_come_back_as_they_were(language: Language) -> None:
    """With their charts; a form is not kept."""
    for template in ("sitrep", "timeline", "figures"):
        briefing = briefed(template, language)
        story = Story(1, "openai", "OpenAI", NOW)
        said = Said.of(Answer(briefing.document, story=story, charts=briefing.charts))
        assert load(dump(said)) == said
        assert (said.story, said.made) == ("openai", made_at(story))
        with_form = Said(said.blocks, language, "openai", said.made, said.charts, Form("setup", (), "Set up"))
        assert load(dump(with_form)) == said


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "null", "5", "[]", "{}", '{"kind": "typed"}', '{"kind": "said"}', '{"kind": "other"}',
        '{"kind": "said", "language": "de", "story": null, "made": 0, "blocks": [], "charts": []}',
        '{"kind": "said", "language": "en", "story": null, "made": 0, "blocks": [{"kind": "x"}], "charts": []}',
        '{"kind": "said", "language": "en", "story": null, "made": 0, "blocks": [], "charts": [{}]}',
        '{"kind": "said", "language": "en", "made": 0, "blocks": [], "charts": []}',
        '{"kind": "said", "language": "en", "story": null, "blocks": [], "charts": []}',
        '{"kind": "said", "language": "en", "story": "a", "made": "x", "blocks": [], "charts": []}',
        '{"kind": "said", "language": "en", "story": "a", "made": null, "blocks": [], "charts": []}',
        '{"kind": "said", "language": "en", "story": 5, "made": 0, "blocks": [{"kind": "paragraph", "inlines": '
        '[{"kind": "citation", "number": 1}]}], "charts": []}',
        '{"kind": "typed", "line": 5}', '{"kind": "typed", "line": null}', "[" * 200_000,
        '{"kind": "said", "language": "en", "story": null, "made": 0, "blocks": [{"kind": "paragraph", "inlines": [{"kind": "link", '
        '"url": "javascript:alert(1)", "inlines": []}]}], "charts": []}',
    ],
)  # fmt: skip
def test_what_is_no_message_is_an_ellipsis(body: str) -> None:
    """It is refused where it is read, and the page goes on without it."""
    with pytest.raises((ValueError, KeyError, TypeError)):
        load(body)
    html = message_html(Message(1, "Sitrep", NOW, body), "desk", "en", UTC)
    assert "…" in check(html).text


# ---- in a page -----------------------------------------------------------------------------------------------------------


@given(SAID, st.integers(0, 9))
def test_no_document_yields_a_tag_that_is_not_ours(said: Said, number: int) -> None:
    """Whatever its texts hold: not in an element, not in an attribute, not in a chart's name."""
    check(item_html(said, "Sitrep", NOW, WORDS, UTC, "desk", number))


@given(HOSTILE, HOSTILE.filter(bool), HOSTILE.filter(lambda c: bool(c) and c not in (".", "..")))
def test_no_line_author_or_channel_yields_a_tag_that_is_not_ours(
    line: str, author: str, channel: str
) -> None:
    """What a person typed stands there as they typed it."""
    markup = check(item_html(Typed(line), author, NOW, WORDS, UTC, channel, 3))
    assert [t for t, _ in markup.tags] == ["li", "span", "div", "p", "span", "time", "div", "p"]
    shown = "".join(c for c in literal(line) if c != "\r")
    assert markup.text.endswith(shown)


@given(
    HOSTILE,
    HOSTILE,
    HOSTILE,
    st.lists(st.tuples(HOSTILE, HOSTILE), max_size=3),
    st.lists(HOSTILE, max_size=3),
)
def test_no_form_yields_a_tag_that_is_not_ours(
    label: str, value: str, submit: str, choices: list[tuple[str, str]], suggestions: list[str]
) -> None:
    """Names, values, choices and suggestions come from stories and from people."""
    fields = (
        Field("story", label, tuple(choices), value),
        Field("timezone", label, (), value, tuple(suggestions)),
    )
    form = Form("setup", fields, submit, {"story": value}, danger=True)
    markup = check(form_html(form, "desk", value))
    inputs = [a for t, a in markup.tags if t == "input" and a.get("name") == "timezone"]
    assert (inputs[0]["value"] or "") == value
    assert len([t for t, _ in markup.tags if t == "form"]) == 1


@given(SAID, LANGUAGE)
def test_an_event_is_one_event(said: Said, language: Language) -> None:
    """Whatever a message holds: its id, its kind, data lines, a blank line, and nothing that begins another."""
    message = Message(7, "Sitrep", NOW, dump(said))
    told = event(message, "desk", language, UTC).decode()
    head, *lines = told.removesuffix("\n\n").split("\n")
    assert told.endswith("\n\n")
    assert (head, lines[0]) == ("id: 7", "event: message")
    assert all(x.startswith("data: ") for x in lines[1:])
    assert "\r" not in told
    check("\n".join(x.removeprefix("data: ") for x in lines[1:]))


@given(st.text(min_size=1).filter(lambda s: s not in (".", "..")), NUMBERS, NUMBERS)
def test_a_citation_leads_to_its_evidence(story: str, made: int, number: int) -> None:
    """The number within its story, whatever the story is called; it says that it is a citation."""
    blocks = (Paragraph((CitationMark(number),)),)
    html = document_html(blocks, "en", (story, made), lambda _: "", WORDS, deeper=1)
    (href,) = re.findall(r'href="([^"]*)"', html)
    found = re.fullmatch(r"/s/([A-Za-z0-9_.~%-]+)/evidence/(\d+)\?of=(\d+)#sentence", href)
    assert found is not None
    assert (unquote(found[1]), found[2], found[3]) == (story, str(number), str(made))
    assert f'aria-label="Citation [{number}]"' in html


def test_a_citation_without_a_story_leads_nowhere() -> None:
    """To the same page."""
    html = document_html((Paragraph((CitationMark(4),)),), "en", None, lambda _: "", WORDS, deeper=1)
    assert 'href="#"' in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_of_citations_is_folded(language: Language) -> None:
    """With how many there are, its heading and line left out; no sentence of it is lost."""
    briefing = briefed("sitrep", language)
    notes = [b for b in briefing.document.blocks if isinstance(b, Footnote)]
    body, foot = folded(briefing.document.blocks)
    assert tuple(foot) == tuple(notes)
    assert not any(isinstance(b, Footnote) for b in body)
    words = Words(language, zone_of("UTC"), "chat")
    html = document_html(briefing.document.blocks, language, ("openai", 1), lambda _: "", words, deeper=0)
    assert html.count("<details") == 1
    before, _, after = html.partition("<details")
    assert 'class="note"' not in before
    assert after.count('class="note"') == len(notes)
    assert f"<summary>{len(notes)} {'renvois' if language == 'fr' else 'citations'}</summary>" in after


def test_a_note_among_paragraphs_is_not_folded() -> None:
    """Only a list of them at the end is."""
    note, text = Footnote(1, (Text("a"),)), Paragraph((Text("b"),))
    assert folded((note, text)) == ((note, text), ())
    assert folded((text,)) == ((text,), ())
    assert folded(()) == ((), ())
    assert folded((note,)) == ((), (note,))
    assert folded((text, Divider(), Heading(2, ()), note)) == ((text,), (note,))


def test_a_chart_is_shown_in_each_variant() -> None:
    """Dark and narrow by media, with words for who can't see it; a chart that was not kept is its words."""
    markup = check(picture("/c/desk/m/1/chart/x.svg", 'a "b" <c>'))
    sources = [a["srcset"] for t, a in markup.tags if t == "source"]
    assert sources == [
        "/c/desk/m/1/chart/x.svg?theme=dark&width=narrow",
        "/c/desk/m/1/chart/x.svg?theme=dark",
        "/c/desk/m/1/chart/x.svg?width=narrow",
    ]
    (img,) = [a for t, a in markup.tags if t == "img"]
    assert (img["src"], img["alt"]) == ("/c/desk/m/1/chart/x.svg", 'a "b" <c>')
    missing = item_html(Said((Image("gone", "the words"),), "en"), "Sitrep", NOW, WORDS, UTC, "desk", 1)
    assert "<img" not in missing
    assert "the words" in missing


def test_an_item_says_when_and_by_whom() -> None:
    """The day and time in the channel's zone; what the asker alone sees says so and has no number.

    Where there are no scripts, the newest of that is what the address leads to.
    """
    kept = item_html(Typed("/brief"), "operator", NOW, Words("en", PARIS, "chat"), PARIS, "desk", 5)
    assert 'id="m5" data-id="5"' in kept
    assert 'datetime="2023-11-23T09:00+01:00"' in kept
    assert ">Nov 23, 09:00<" in kept
    assert "only you see this" not in kept
    alone = item_html(Typed("/brief"), "operator", NOW, WORDS, UTC, "desk")
    assert "only you see this" in alone
    assert "data-id" not in alone
    assert " id=" not in alone
    led = item_html(Typed("/brief"), "operator", NOW, WORDS, UTC, "desk", now=True)
    assert led == alone.replace('<li class="message typed">', '<li class="message typed" id="now">')
    assert led != alone
    french = item_html(Typed("/brief"), "operator", NOW, Words("fr", PARIS, "chat"), PARIS, "desk")
    assert "visible de vous seul" in french
    assert ">23 nov., 09:00<" in french


def test_a_form_is_sent_to_its_channel() -> None:
    """With the secret, the command and its fixed options; the value that holds is chosen; labels hold what they label."""
    fields = (
        Field("language", "Which?", (("fr", "French"), ("en", "English")), "en"),
        Field("timezone", "Where?", (), "UTC", ("Europe/Paris",)),
    )
    form = Form("setup", fields, "Set up", {"story": "a"})
    body: Body = Said((), "en", form=form)
    markup = check(item_html(body, "Sitrep", NOW, WORDS, UTC, "desk", csrf="s3cret"))
    (sent,) = [a for t, a in markup.tags if t == "form"]
    assert (sent["method"], sent["action"]) == ("post", "/c/desk/say#now")
    hidden = {a["name"]: a["value"] for t, a in markup.tags if a.get("type") == "hidden"}
    assert hidden == {"csrf": "s3cret", "command": "setup", "story": "a"}
    assert [a["value"] for t, a in markup.tags if t == "option" and "selected" in a] == ["en"]
    inside = re.findall(r'<label>([^<]*) <(select|input) name="(\w+)"', form_html(form, "desk", "s3cret"))
    assert inside == [("Which?", "select", "language"), ("Where?", "input", "timezone")]
    assert not [a for _, a in Markup(form_html(form, "desk", "s3cret")).tags if "id" in a or "for" in a]


def test_what_is_stored_is_json_in_its_own_letters() -> None:
    """So that it can be read by whoever looks into the database."""
    value: Any = json.loads(dump(Typed("é")))
    assert value == {"kind": "typed", "line": "é"}
    assert "é" in dump(Said(Document((Paragraph((Text("é"),)),), "fr").blocks, "fr"))
