"""The operator's templates: theirs before ours, bounded, a mistake told by file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from briefings.dossier import Dossier, View, compile_dossier
from briefings.errors import NotFound, TemplateFault
from briefings.model import LANGUAGES, Article, Language
from briefings.reading import read
from briefings.rendering import Briefing, Templates, render, to_html, to_json, to_markdown, to_text
from briefings.rendering.document import (
    CitationMark,
    Code,
    Emphasis,
    Image,
    Link,
    ListBlock,
    Paragraph,
    Strong,
    Text,
)

NOW = datetime(2024, 3, 9, 12, 30, tzinfo=UTC)
TITLE = "**Bold** [x](https://evil.example) <b>h</b> `c` {{ 7*7 }}"
VIEW = View(
    compile_dossier(
        [
            read(
                Article(
                    id="a",
                    text="Sam Lane, the chief executive of Acme, resigned on Tuesday.",
                    title=TITLE,
                    outlet="North Post",
                    url="https://news.example/a",
                    language="en",
                    published=NOW,
                )
            )
        ]
    )
)
SHIPPED = [
    *("actors", "changes", "conflicts", "consequences", "dossier", "figures", "flash", "news", "outlets"),
    *("quotes", "sitrep", "timeline"),
]
MARK = CitationMark(1, VIEW.developments[0].key)

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a template into the operator's folder."""

    def written(name: str, source: str) -> Path:
        path = tmp_path / f"{name}.md.j2"
        path.write_text(source, encoding="utf-8")
        return path

    return written


def brief(folder: Path | None, template: str, language: Language = "en", view: View = VIEW) -> Briefing:
    return render(view, Templates(folder), template, language, story="Acme", now=NOW)


def test_the_templates_that_ship_are_all_there() -> None:
    """The standard digest, what changed, everything, and one for each section; parts are not among them."""
    assert Templates().names() == SHIPPED


@pytest.mark.parametrize("template", SHIPPED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_dossier_renders_every_template(template: str, language: Language) -> None:
    """A story without articles has a briefing that says so, in every output."""
    briefing = brief(None, template, language, View(Dossier()))
    assert briefing.sources == ()
    assert briefing.facts == ()
    said = {"fr": "Pas encore d’article", "en": "No article yet"}[language]
    for output in (to_text(briefing, 200), to_markdown(briefing), to_json(briefing, "Acme")):
        assert said in output
    assert said in to_html(briefing, "Acme")


@pytest.mark.parametrize("template", SHIPPED)
def test_a_template_speaks_both_languages(template: str) -> None:
    """The template's words are the edition's; the article's stay as they were printed."""
    french, english = (to_text(brief(None, template, language), 200) for language in LANGUAGES)
    assert "1 média" in french
    assert "1 outlet" in english
    assert "média" not in english
    if "Sam Lane, the chief executive" in english:
        assert "Sam Lane, the chief executive of Acme, resigned on Tuesday. [en]" in french


def test_an_operators_template_stands_beside_ours(tmp_path: Path, write: Write) -> None:
    """A new name is added to those that ship."""
    write("evening", "# {{ story }}\n")
    assert Templates(tmp_path).names() == sorted([*SHIPPED, "evening"])
    assert to_markdown(brief(tmp_path, "evening")) == "# Acme\n"


def test_an_operators_template_takes_the_place_of_ours(tmp_path: Path, write: Write) -> None:
    """The same name is the operator's, for whole templates and for parts."""
    write("flash", "Only this.\n")
    write("_head", "# Our head\n\n")
    assert to_markdown(brief(tmp_path, "flash")) == "Only this.\n"
    assert to_markdown(brief(tmp_path, "figures")).startswith("# Our head\n")


def test_an_operators_template_may_include_our_parts(tmp_path: Path, write: Write) -> None:
    """Shipped parts are there for every template."""
    write("short", '{% include "_lede.md.j2" %}{% include "_citations.md.j2" %}')
    assert [s.number for s in brief(tmp_path, "short").sources] == [1]


def test_an_unknown_template_is_named_with_those_there_are() -> None:
    """A mistyped name tells what could have been meant; nothing outside the folders is found."""
    for name in ("sitrap", "_head", "../templates/sitrep", ""):
        with pytest.raises(NotFound) as fault:
            brief(None, name)
        assert "sitrep" in fault.value.hint


def test_a_folder_that_is_not_there_holds_no_templates(tmp_path: Path) -> None:
    """What ships is still there."""
    assert Templates(tmp_path / "nowhere").names() == SHIPPED


# ---- mistakes ----------------------------------------------------------------------------------------------------------

MISTAKES = {
    "an undefined name": "{{ nothing_of_this_name }}",
    "an undefined attribute": "{{ articles[0].nothing }}",
    "an attribute of none": "{{ none.nothing }}",
    "an attribute error": "{{ moment('noon') }}",
    "an index too far": "{{ articles[7] }}",
    "an undefined test": "{% if articles is nothing %}{% endif %}",
    "an undefined filter": "{{ articles|nothing }}",
    "a division by zero": "{{ 1 / 0 }}",
    "a wrong type": "{{ lede('three') }}",
    "a wrong value": "{{ day('yesterday') }}",
    "an unknown key": "{{ status('unknown') }}",
    "an unknown tag": "{% raise %}",
    "a tag not closed": "{% if articles %}",
    "an expression not closed": "{{ articles",
    "an expression that is none": "{{ }}",
    "a range too long": "{% for i in range(999999999) %}{% endfor %}",
    "a class": "{{ ''.__class__.__mro__ }}",
    "a function's inside": "{{ cite.__func__.__globals__ }}",
    "a code object": "{{ lede.__code__ }}",
    "a format string": "{{ '{0.__class__}'.format(story) }}",
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_by_file_and_line(mistake: str, tmp_path: Path, write: Write) -> None:
    """Whatever is wrong in a template, its author is told where, and other templates still render."""
    path = write("broken", f"# {{{{ story }}}}\n\n{mistake}\n")
    templates = Templates(tmp_path)
    with pytest.raises(TemplateFault) as fault:
        render(VIEW, templates, "broken", "en", story="Acme", now=NOW)
    file, _, line = fault.value.place.rpartition(":")
    assert Path(file) == path
    assert line in ("3", "4")  # what is not closed may be missed at the end
    assert str(fault.value).startswith(fault.value.place)
    assert "Traceback" not in str(fault.value)
    assert "broken" in templates.names()
    assert render(VIEW, templates, "sitrep", "en", story="Acme", now=NOW).sources


@pytest.mark.parametrize("mistake", ["{{ nothing_of_this_name }}", "{% raise %}", "{{ 1 / 0 }}"])
def test_a_mistake_in_a_part_is_told_by_the_parts_line(mistake: str, tmp_path: Path, write: Write) -> None:
    """The place is the part that holds the mistake, not the template that includes it."""
    path = write("_part", f"\n\n\n{mistake}\n")
    write("whole", 'a\n{% include "_part.md.j2" %}\n')
    with pytest.raises(TemplateFault) as fault:
        brief(tmp_path, "whole")
    assert fault.value.place == f"{path}:4"


def test_a_missing_part_is_told_by_name(tmp_path: Path, write: Write) -> None:
    """An include of what is not there names both files."""
    path = write("whole", 'a\n{% include "_missing.md.j2" %}\n')
    with pytest.raises(TemplateFault) as fault:
        brief(tmp_path, "whole")
    assert fault.value.place.startswith(str(path))
    assert "_missing.md.j2" in str(fault.value)


def test_a_template_that_includes_itself_ends(tmp_path: Path, write: Write) -> None:
    """Endless inclusion is a mistake like any other."""
    write("whole", '{% include "whole.md.j2" %}\n')
    with pytest.raises(TemplateFault):
        brief(tmp_path, "whole")


def test_a_template_that_is_no_text_is_a_mistake(tmp_path: Path) -> None:
    """A file in another encoding is told by its name."""
    (tmp_path / "latin.md.j2").write_bytes(b"caf\xe9")
    with pytest.raises(TemplateFault, match="latin"):
        brief(tmp_path, "latin")


def test_a_mended_template_renders(tmp_path: Path, write: Write) -> None:
    """A template is read again once its file has changed."""
    templates = Templates(tmp_path)
    write("evening", "{{ 1 / 0 }}")
    with pytest.raises(TemplateFault):
        render(VIEW, templates, "evening", "en", story="Acme", now=NOW)
    write("evening", "Mended, and longer than before.\n")
    assert to_markdown(render(VIEW, templates, "evening", "en", story="Acme", now=NOW)).startswith("Mended")


# ---- outside text in templates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "{{ articles[0].title }}",
        "{{ articles[0].title|trim }}",
        "{{ articles|map(attribute='title')|join(', ') }}",
        "{{ '%s'|format(articles[0].title) }}",
        "{% set x = articles[0].title %}{{ x }}",
        "{% set x %}{{ articles[0].title }}{% endset %}{{ x }}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(articles[0].title) }}",
        "{{ _('%(title)s', title=articles[0].title) }}",
        "{{ link('', articles[0].title) }}",
        "{{ articles[0].title|e }}",
        "{{ articles[0].title|forceescape }}",
        "{{ articles[0].title|safe }}",
        "{{ articles[0].title|urlize }}",
        "{{ [articles[0].title]|join }}",
        "{{ articles[0].title ~ '' }}",
        "{{ '%s'|safe|format(articles[0].title) }}",
        "{{ 'x'|replace('x', articles[0].title) }}",
        "{{ _(articles[0].title) }}",
        "{{ ngettext(articles[0].title, 'x', 1) }}",
        "{{ ngettext('x', articles[0].title, 2) }}",
    ],
)
def test_outside_text_is_literal_in_every_expression(source: str, tmp_path: Path, write: Write) -> None:
    """Filters, macros, sets and messages hand outside text on as words."""
    write("one", source)
    assert brief(tmp_path, "one").document.blocks == (Paragraph((Text(TITLE),)),)


def test_a_templates_markdown_formats_outside_text(tmp_path: Path, write: Write) -> None:
    """Only what the author wrote around it makes outside text strong, a list item or a link."""
    write("one", "- **{{ articles[0].title }}**\n- *{{ articles[0].title }}*\n- [a]({{ articles[0].url }})\n")
    assert brief(tmp_path, "one").document.blocks == (
        ListBlock(
            (
                (Paragraph((Strong((Text(TITLE),)),)),),
                (Paragraph((Emphasis((Text(TITLE),)),)),),
                (Paragraph((Link("https://news.example/a", (Text("a"),)),)),),
            )
        ),
    )


def test_values_are_words(tmp_path: Path, write: Write) -> None:
    """Numbers are written out, and none is nothing."""
    write("one", "{{ 5 }}, {{ 1.5 }}, {{ true }}{{ none }}")
    assert brief(tmp_path, "one").document.blocks == (Paragraph((Text("5, 1.5, True"),)),)


def test_a_citation_is_a_mark(tmp_path: Path, write: Write) -> None:
    """`cite` gives numbers, which other outputs link."""
    write("one", "{{ cite(developments[0]) }}")
    briefing = brief(tmp_path, "one")
    assert briefing.document.blocks == (Paragraph((MARK,)),)
    assert briefing.facts == (VIEW.developments[0].key,)


def test_no_shipped_template_lets_outside_text_through_unslotted() -> None:
    """What ships marks nothing as safe by itself."""
    for folder in Templates().folders:
        for path in folder.rglob("*.j2"):
            assert not re.search(r"\|\s*safe|Markup|autoescape", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ articles[0].title ~ cite(developments[0]) }}", (Text(TITLE), MARK)),
        ("{{ cite(developments[0]) ~ articles[0].title }}", (MARK, Text(TITLE))),
        (
            "{{ [articles[0].title, cite(developments[0])]|join(' **/** ') }}",
            (Text(f"{TITLE} **/** "), MARK),
        ),
        ("{{ ('**'|safe) ~ articles[0].title }}", (Text(f"**{TITLE}"),)),
    ],
)
def test_outside_text_beside_a_citation_is_literal(
    source: str, shown: tuple[object, ...], tmp_path: Path, write: Write
) -> None:
    """What an expression joins keeps its citation marks, and all else in it is words."""
    write("one", source)
    assert brief(tmp_path, "one").document.blocks == (Paragraph(shown),)  # type: ignore[arg-type]


def test_outside_text_as_json_is_literal(tmp_path: Path, write: Write) -> None:
    """What a filter spells out in another notation stays words."""
    write("one", "{{ articles[0].title|tojson }}")
    (paragraph,) = brief(tmp_path, "one").document.blocks
    assert isinstance(paragraph, Paragraph)
    (words,) = paragraph.children
    assert isinstance(words, Text)
    assert json.loads(words.text) == TITLE


@pytest.mark.parametrize(
    ("source", "block"),
    [
        ("`{{ articles[0].title }}`", Paragraph((Code(TITLE),))),
        ("![{{ articles[0].title }}](chart)", Image("chart", TITLE)),
        ("![a]({{ articles[0].title }})", Image(TITLE, "a")),
        ("[a]({{ articles[0].title }})", Paragraph((Text("a"),))),
    ],
)
def test_outside_text_is_literal_in_code_and_images(
    source: str, block: object, tmp_path: Path, write: Write
) -> None:
    """A code span, an image's words and addresses hold the words themselves."""
    write("one", source)
    assert brief(tmp_path, "one").document.blocks == (block,)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ _('Since %(d)s', d=now) }}", "Since 2024-03-09 12:30:00+00:00"),
        ("{{ _('Since %(d)s', d=day(now)) }}", "Since March 9, 2024"),
        ("{{ _('100 %') }}", "100 %"),
        ("{{ _('100 %', d=1) }}", "100 %"),
        ("{{ ngettext('%(n)s boat', '%(n)s boats', 2) }}", "2 boats"),
    ],
)
def test_an_operators_own_message_is_words(source: str, said: str, tmp_path: Path, write: Write) -> None:
    """A message that no catalogue has is said as it stands, with any value filled in."""
    write("one", source)
    assert brief(tmp_path, "one").document.blocks == (Paragraph((Text(said),)),)


@pytest.mark.parametrize(
    "source",
    [
        "{{ key_actors() }}",
        "{{ what(actors[0]) }}",
        "{{ line(actors[0]) }}",
        "{{ cite(none) }}",
        "{{ cite(articles[0]) }}",
        "{{ link(none, none) }}",
        "{{ said(none) }}",
        "{{ take(5, 2) }}",
        "{{ number('x') }}",
        "{{ moment(5) }}",
        "{{ view }}",
        "{{ cite }}",
        "\ue000" + "0\ue001",
        "\ue000" + "9\ue001 {{ story }}",
        "\ue000" + "999999999\ue001",
        "\ue000" + "99999999999\ue001",
        "\ue000٣\ue001",
        "a \ue000 b \ue001 c",
        "`\ue000" + "0\ue001`",
        "[\ue000" + "0\ue001](\ue000" + "0\ue001)",
        "{{ '\ue000" + "5\ue001' }}",
        "{{ '\ue000" + "5\ue001'|safe }}",
    ],
)
def test_an_odd_template_renders_or_is_a_fault(source: str, tmp_path: Path, write: Write) -> None:
    """Values that are no words, and marks like our own in the template's text, give text or a template's fault."""
    write("odd", source)
    place = None
    try:
        briefing = brief(tmp_path, "odd")
        for output in (to_text(briefing, 200), to_markdown(briefing), to_json(briefing, "Acme")):
            assert output.encode()
    except TemplateFault as fault:
        place = fault.place
    assert place is None or place.endswith("odd.md.j2:1")


@pytest.mark.parametrize(
    "mistake",
    [
        '{% include "_missing.md.j2" %}',
        '{% extends "_missing.md.j2" %}',
        '{% import "_missing.md.j2" as x %}',
        '{% from "_missing.md.j2" import x %}',
    ],
)
def test_a_missing_part_is_told_by_file_and_line(mistake: str, tmp_path: Path, write: Write) -> None:
    """What is not there to include is named at the line that wants it."""
    path = write("whole", f"a\n\n{mistake}\n")
    with pytest.raises(TemplateFault, match=re.escape("_missing.md.j2")) as fault:
        brief(tmp_path, "whole")
    assert fault.value.place == f"{path}:3"
