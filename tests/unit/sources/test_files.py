"""Articles in files: every format, and every way in which a file is none."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefings.errors import (
    ArticleError,
    EmptyArticle,
    NoArticleFound,
    NotFound,
    NotText,
    TooLarge,
)
from briefings.model import Article
from briefings.settings import Limits
from briefings.sources import read_file, read_jsonl_line
from briefings.sources.files import decode, moment_of

LIMITS = Limits.model_validate({})
FRENCH = (
    "Le conseil d’administration a limogé Sam Altman vendredi. « Nous avons perdu confiance », a déclaré "
    "Mira Murati, la directrice technique. Près de 700 salariés ont menacé de partir dès lundi."
)


def put(folder: Path, content: str | bytes, name: str = "article.txt") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def one(folder: Path, content: str | bytes, name: str = "article.txt", limits: Limits = LIMITS) -> Article:
    (article,) = read_file(put(folder, content, name), limits)
    return article


# ---- text and its head ------------------------------------------------------------------------------------------


def test_a_head_fills_the_article(tmp_path: Path) -> None:
    """Each line of a head is a field; the text begins after the empty line."""
    article = one(
        tmp_path,
        "Title: The board acts\nOutlet: The Sample Courier\nPublished: 2023-11-17T22:30:00+02:00\nLang: en\n"
        "Url: https://example.org/a1\nAgency: Sample Wire\nId: a1\nByline: A. Reporter\nSample: yes\n\n"
        "First line.\n\nSecond: line.\n",
    )
    assert article == Article(
        id="a1",
        text="First line.\n\nSecond: line.",
        title="The board acts",
        outlet="The Sample Courier",
        url="https://example.org/a1",
        language="en",
        published=datetime(2023, 11, 17, 20, 30, tzinfo=UTC),
        byline="A. Reporter",
        agency="Sample Wire",
        sample=True,
    )


def test_a_text_without_a_head_is_all_text(tmp_path: Path) -> None:
    """A colon in the first line makes no head."""
    article = one(tmp_path, "Paris: the council met.\n\nIt met again.")
    assert article.text == "Paris: the council met.\n\nIt met again."
    assert (article.title, article.outlet, article.published, article.language) == ("", "", None, None)


def test_a_head_without_an_empty_line_after_it_ends_at_the_first_other_line(tmp_path: Path) -> None:
    """The text is not lost where the empty line was forgotten."""
    article = one(tmp_path, "Title: T\nThe text.")
    assert (article.title, article.text) == ("T", "The text.")


def test_a_date_that_is_missing_is_none(tmp_path: Path) -> None:
    """Not stated is not a mistake."""
    assert one(tmp_path, "Title: T\nPublished:\n\nText.").published is None


def test_a_date_without_a_zone_is_utc(tmp_path: Path) -> None:
    """A day alone begins at midnight UTC."""
    assert one(tmp_path, "Published: 2023-11-17\n\nText.").published == datetime(2023, 11, 17, tzinfo=UTC)


@pytest.mark.parametrize("date", ["yesterday", "17/11/2023", "2023-13-01", "2023-02-30", "20231"])
def test_a_bad_date_is_told(tmp_path: Path, date: str) -> None:
    """The message has the file, what stands there, and how to write it."""
    with pytest.raises(ArticleError, match="no date") as caught:
        one(tmp_path, f"Published: {date}\n\nText.")
    assert date in caught.value.message
    assert "article.txt" in caught.value.message
    assert "2023-11-17" in caught.value.hint


def test_an_unknown_language_is_left_to_the_reading(tmp_path: Path) -> None:
    """A code that Sitrep does not read is None."""
    assert one(tmp_path, "Lang: tlh\n\nText.").language is None
    assert one(tmp_path, "Language: fr-CA\n\nTexte.").language == "fr"


@pytest.mark.parametrize(
    "hostile",
    [
        "@everyone <@1> <!channel> read this",
        "{{ 7 * 7 }} {% include 'x' %} {# no #}",
        "**bold** [link](https://example.org) # no heading `code`",
        "<script>alert(1)</script> &amp; \u202eright to left",
    ],
)
def test_whatever_a_title_says_is_kept_as_text(tmp_path: Path, hostile: str) -> None:
    """Pings, templates, Markdown and HTML are characters like others."""
    article = one(tmp_path, f"Title: {hostile}\nOutlet: {hostile}\n\n{hostile}")
    assert (article.title, article.outlet, article.text) == (hostile, hostile, hostile)
    as_json = one(tmp_path, json.dumps({"text": hostile, "title": hostile}), "a.json")
    assert (as_json.title, as_json.text) == (hostile, hostile)


def test_a_file_keeps_its_identity_when_its_text_changes(tmp_path: Path) -> None:
    """The same path is the same article; another path is another."""
    first = one(tmp_path, "Old text.")
    assert one(tmp_path, "New text.").id == first.id
    assert one(tmp_path, "New text.", "other.txt").id != first.id


def test_a_file_with_an_address_has_the_identity_of_the_address(tmp_path: Path) -> None:
    """Tracking parameters do not make another article."""
    plain = one(tmp_path, "Url: https://example.org/a\n\nText.")
    tracked = one(tmp_path, "Url: https://EXAMPLE.org:443/a?utm_source=x#top\n\nText.", "b.txt")
    assert plain.id == tracked.id


# ---- encodings --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    """UTF-8 and UTF-16 with or without a mark, and what Windows writes."""
    article = one(tmp_path, f"Title: Élysée\n\n{FRENCH}".encode(encoding))
    assert (article.title, article.text) == ("Élysée", FRENCH)


def test_a_text_in_latin_1_is_read(tmp_path: Path) -> None:
    """Accents of older files come out as they are."""
    text = (
        "Le conseil a limogé Sam Altman vendredi. Mira Murati, la directrice technique, a déclaré que la "
        "décision était très grave. Près de 700 salariés ont menacé de partir dès lundi, à Paris."
    )
    assert one(tmp_path, text.encode("latin-1")).text == text


_OLD = [
    "été",
    "Noël",
    "Œuvre cœur",
    "naïve café",
    "Il a été élu à Évry.",
    "«Non», dit-elle.",
    "« Très déçue », a-t-elle dit.",
    "L’élu a dit : «Non»",
    "5 000 € de plus",
    "“Quoted,” he said — it’s over…",
    "It’s a “test”.",
    "Côté gauche, l'Élysée",
    "mañana señor",
]


@pytest.mark.parametrize("text", [*_OLD, FRENCH])
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_short_text_of_an_older_program_is_read(text: str, encoding: str) -> None:
    """Curly quotes, guillemets and the euro sign come out as they are, however few words there are to guess from."""
    with suppress(UnicodeEncodeError):
        assert decode(text.encode(encoding), "x") == text


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.jsonl"])
def test_a_file_of_an_older_program_is_read(tmp_path: Path, name: str) -> None:
    """Whatever its format, a file in Windows-1252 is the article that was written."""
    text = "« Très déçue », a déclaré l’élue – à 5 € près."
    content = text if name == "a.txt" else json.dumps({"text": text}, ensure_ascii=False)
    assert one(tmp_path, content.encode("cp1252"), name).text == text


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_both_orders_of_utf_16_are_read(order: str) -> None:
    """The mark at the beginning says which."""
    assert decode(("\ufeff" + FRENCH).encode(order), "x") == FRENCH


@pytest.mark.parametrize(
    "body",
    [
        b"\x00\x01\x02",
        b"%PDF-1.7\n" + bytes(range(256)) * 20,
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"\xff\xfeabc",
        bytes(range(1, 256)) * 20,
    ],
    ids=["nul", "pdf", "png", "half utf-16", "every byte"],
)
def test_binary_is_told(tmp_path: Path, body: bytes) -> None:
    """What is no text is NotText."""
    with pytest.raises(NotText, match=r"article\.txt"):
        one(tmp_path, body)


@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_told(body: bytes) -> None:
    """Decoding gives a text or an ArticleError, nothing else."""
    with suppress(ArticleError):
        assert isinstance(decode(body, "these bytes"), str)


# ---- line ends --------------------------------------------------------------------------------------------------


def test_a_head_may_end_its_lines_as_windows_does(tmp_path: Path) -> None:
    """The fields, and the lines of the text, are those of the same file with other line ends."""
    plain = "Title: The board acts\nOutlet: Courier\nLang: en\n\nFirst line.\n\nSecond: line.\n\n"
    here = one(tmp_path, plain)
    there = one(tmp_path, plain.replace("\n", "\r\n"))
    assert (there.title, there.outlet, there.language) == ("The board acts", "Courier", "en")
    assert there.text.splitlines() == here.text.splitlines() == ["First line.", "", "Second: line."]
    assert there.id == here.id


def test_json_lines_may_end_as_windows_does(tmp_path: Path) -> None:
    """A blank line of a carriage return alone is blank."""
    path = put(tmp_path, '{"id": "1", "text": "One."}\r\n\r\n{"id": "2", "text": "Two."}\r\n', "a.jsonl")
    assert [(a.id, a.text) for a in read_file(path, LIMITS)] == [("1", "One."), ("2", "Two.")]


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\u0085"])
def test_only_a_line_feed_ends_a_json_line(tmp_path: Path, mark: str) -> None:
    """A line separator within a string is a character of the text."""
    lines = [json.dumps({"id": n, "text": f"One{mark}two."}, ensure_ascii=False) for n in (1, 2)]
    path = put(tmp_path, "\n".join(lines), "a.jsonl")
    assert [(a.id, a.text) for a in read_file(path, LIMITS)] == [(str(n), f"One{mark}two.") for n in (1, 2)]


# ---- what is no article -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b" ", b"\n\n\t\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf \n"])
def test_an_empty_or_blank_file_is_told(tmp_path: Path, body: bytes) -> None:
    """No text is EmptyArticle, with or without a byte order mark."""
    with pytest.raises(EmptyArticle, match=r"article\.txt"):
        one(tmp_path, body)


@pytest.mark.parametrize("body", ["Title: T\n", "Title: T", "Title: T\n\n", "Title: T\n\n \n\t\n"])
def test_a_head_alone_is_empty(tmp_path: Path, body: str) -> None:
    """A headline is no article."""
    with pytest.raises(EmptyArticle):
        one(tmp_path, body)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """NotFound has the path, and says how an address begins."""
    with pytest.raises(NotFound, match=r"nothing\.txt") as caught:
        read_file(tmp_path / "nothing.txt", LIMITS)
    assert "http://" in caught.value.hint


def test_a_folder_is_told(tmp_path: Path) -> None:
    """A folder is not read, nor its files."""
    with pytest.raises(ArticleError, match="is a folder"):
        read_file(tmp_path, LIMITS)


@pytest.mark.parametrize("name", ["a/b.txt", "x" * 300])
def test_a_path_that_can_not_be_is_told(tmp_path: Path, name: str) -> None:
    """A file under a file and a name too long are ArticleErrors."""
    put(tmp_path, "x", "a")
    with pytest.raises(ArticleError, match="can't be read"):
        read_file(tmp_path / name, LIMITS)


def test_a_file_larger_than_the_limit_is_refused_unread(tmp_path: Path) -> None:
    """The size is told, with the setting that raises it."""
    small = LIMITS.model_copy(update={"file_bytes": 1000})
    with pytest.raises(TooLarge) as caught:
        one(tmp_path, "x" * 1001, limits=small)
    assert "limits.file_bytes" in caught.value.hint
    assert one(tmp_path, "x" * 1000, limits=small).text == "x" * 1000


def test_a_text_longer_than_the_limit_is_refused(tmp_path: Path) -> None:
    """Characters are counted, not bytes."""
    short = LIMITS.model_copy(update={"article_characters": 10})
    assert one(tmp_path, "é" * 10, limits=short).text == "é" * 10
    with pytest.raises(TooLarge, match="11 characters"):
        one(tmp_path, "é" * 11, limits=short)


# ---- JSON -------------------------------------------------------------------------------------------------------


def test_a_json_object_is_an_article(tmp_path: Path) -> None:
    """Its keys are the article's fields; `doc` or `id` names it."""
    value = {
        "doc": "d1",
        "text": "He said “no”.",
        "title": "T",
        "lang": "en",
        "published": "2023-11-17T22:30:00Z",
        "outlet": "O",
        "url": "https://example.org/",
        "byline": "B",
        "agency": "A",
        "sample": True,
        "unknown": [1],
    }
    assert one(tmp_path, json.dumps(value), "a.json") == Article(
        "d1",
        "He said “no”.",
        "T",
        "O",
        "https://example.org/",
        "en",
        datetime(2023, 11, 17, 22, 30, tzinfo=UTC),
        "B",
        "A",
        sample=True,
    )


def test_a_json_list_is_as_many_articles(tmp_path: Path) -> None:
    """In the order of the list."""
    path = put(tmp_path, json.dumps([{"id": n, "text": f"Text {n}."} for n in (2, 1)]), "a.json")
    assert [a.id for a in read_file(path, LIMITS)] == ["2", "1"]


def test_null_fields_are_not_stated(tmp_path: Path) -> None:
    """null is the same as nothing there."""
    article = one(
        tmp_path, '{"id": "x", "text": "T.", "title": null, "published": null, "lang": null}', "a.json"
    )
    assert article == Article("x", "T.")


def test_a_text_is_kept_to_the_letter(tmp_path: Path) -> None:
    """White space, marks and line ends of a JSON text are the article's."""
    text = "  \u00abNon\u00bb\r\n\n\te\u0301 \U0001f4f0\u2028 "
    assert one(tmp_path, json.dumps({"text": text}), "a.json").text == text


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "not json",
        '{"text": "unfinished',
        "[" * 100_000,
        '{"a":' * 50_000,
        '{"title": "no text"}',
        '{"text": 5}',
        '{"text": null}',
        '"text"',
        "5",
        "null",
        "NaN",
        '[{"text": "good"}, 5]',
        '[[{"text": "nested"}]]',
    ],
    ids=lambda body: body[:20],
)
def test_json_that_holds_no_article_is_told(tmp_path: Path, body: str) -> None:
    """Broken, nested too deeply, or of another shape: ArticleError with the file."""
    with pytest.raises(ArticleError, match=r"a\.json"):
        one(tmp_path, body, "a.json")


@pytest.mark.parametrize("body", ["[]", '{"text": ""}', '[{"text": " \\n"}]'])
def test_json_without_a_text_is_empty(tmp_path: Path, body: str) -> None:
    """No article, or one of blanks, is EmptyArticle."""
    with pytest.raises(EmptyArticle):
        one(tmp_path, body, "a.json")


def test_half_a_surrogate_does_not_come_through(tmp_path: Path) -> None:
    """What no encoding can write is replaced at the edge."""
    article = one(tmp_path, '{"text": "a \\ud800 b", "title": "\\udfff"}', "a.json")
    article.text.encode()
    article.title.encode()


def test_json_lines_are_one_article_a_line(tmp_path: Path) -> None:
    """Empty lines are passed over, the order is kept."""
    body = '{"id": "1", "text": "One."}\n\n{"id": "2", "text": "Two."}\r\n'
    path = put(tmp_path, body, "a.jsonl")
    assert [(a.id, a.text) for a in read_file(path, LIMITS)] == [("1", "One."), ("2", "Two.")]


def test_a_broken_line_is_told_with_its_number(tmp_path: Path) -> None:
    """Line 3 of the file, counting empty ones."""
    with pytest.raises(ArticleError, match="line 3"):
        one(tmp_path, '{"text": "One."}\n\nbroken\n', "a.jsonl")


@pytest.mark.parametrize(("line", "number"), [('[{"text": "One."}, {"text": "Two."}]', 2), ("[]", 0)])
def test_a_line_that_holds_a_list_is_told(tmp_path: Path, line: str, number: int) -> None:
    """One object a line: several, or none, are an ArticleError with the line's place, and none is lost silently."""
    with pytest.raises(ArticleError, match=f"this line holds {number} articles"):
        read_jsonl_line(line, LIMITS)
    with pytest.raises(ArticleError, match=rf"a\.jsonl, line 2 holds {number} articles"):
        one(tmp_path, f'{{"text": "Good."}}\n{line}\n', "a.jsonl")


@pytest.mark.parametrize("value", ["{}", '{{"text": "T.", "n": {}}}', '{{"text": "T.", "id": {}}}', "[{}]"])
def test_a_number_of_thousands_of_digits_is_told(tmp_path: Path, value: str) -> None:
    """What Python refuses to read as a number is an ArticleError."""
    body = value.format("1" * 5000)
    with pytest.raises(ArticleError, match=r"a\.json"):
        one(tmp_path, body, "a.json")
    with pytest.raises(ArticleError, match="this line"):
        read_jsonl_line(body, LIMITS)


@pytest.mark.parametrize(
    "url", ["http://[bad", "http://a:99999/", "http://a:b/", "http://[::1", "http://\u2100/"]
)
def test_an_address_that_is_none_does_not_lose_the_article(tmp_path: Path, url: str) -> None:
    """The text is read, the address kept as it stands, and it names the same article at each reading."""
    found = [
        one(tmp_path, f"Url: {url}\n\nText."),
        one(tmp_path, json.dumps({"text": "Text.", "url": url}), "a.json"),
        read_jsonl_line(json.dumps({"text": "Other text.", "url": url}), LIMITS),
    ]
    assert {a.url for a in found} == {url}
    assert len({a.id for a in found}) == 1
    assert found[0].id != one(tmp_path, f"Url: {url}x\n\nText.").id


@pytest.mark.parametrize(
    ("value", "sample"),
    [("true", True), ("1", True), ('"yes"', True), ('"true"', True)]
    + [(value, False) for value in ('"no"', '"false"', '"0"', '""', "false", "0", "null", "[]", "2", "[1]")],
)
def test_only_what_says_so_is_a_sample(value: str, sample: bool) -> None:
    """ "no" is a word like others, and does not mark an article as made up."""
    assert read_jsonl_line(f'{{"text": "T.", "sample": {value}}}', LIMITS).sample is sample


def test_a_line_of_no_text_may_be_read() -> None:
    """A stream of articles to be read has an answer for the empty one too."""
    assert read_jsonl_line('{"id": "e", "text": ""}', LIMITS) == Article("e", "")


def test_a_line_that_is_too_long_is_told() -> None:
    """The message says where."""
    short = LIMITS.model_copy(update={"article_characters": 10})
    with pytest.raises(TooLarge, match="line 7"):
        read_jsonl_line(json.dumps({"text": "x" * 11}), short, "line 7")


# ---- HTML -------------------------------------------------------------------------------------------------------

_PARAGRAPHS = "".join(f"<p>{FRENCH} Paragraphe {n}.</p>" for n in range(4))
PAGE = f"<!DOCTYPE html><html lang='fr'><head><title>Le conseil</title></head><body><article>{_PARAGRAPHS}</article></body></html>"


@pytest.mark.parametrize("name", ["a.html", "a.htm", "a.xhtml", "a.txt", "a"])
def test_a_page_is_known_by_its_name_or_its_beginning(tmp_path: Path, name: str) -> None:
    """Its article is taken out, whatever the file is called."""
    article = one(tmp_path, PAGE, name)
    assert "a déclaré Mira Murati" in article.text
    assert "<p>" not in article.text


@pytest.mark.parametrize(
    "body",
    ["<html><body></body></html>", "<html><nav><a href='/'>Home</a></nav></html>", "<html", "<p>Hi</p>"],
)
def test_a_page_without_an_article_is_told(tmp_path: Path, body: str) -> None:
    """NoArticleFound says what to do instead."""
    with pytest.raises(NoArticleFound) as caught:
        one(tmp_path, body, "a.html")
    assert caught.value.hint


def test_two_saved_pages_without_an_address_are_two_articles(tmp_path: Path) -> None:
    """The path tells them apart and stays the same over revisions."""
    first, second = one(tmp_path, PAGE, "a.html"), one(tmp_path, PAGE, "b.html")
    assert first.id != second.id
    assert one(tmp_path, PAGE.replace("Paragraphe 3", "Alinéa 3"), "a.html").id == first.id


def test_a_page_without_an_article_is_told_by_its_file(tmp_path: Path) -> None:
    """Of many files, the one that holds none is named."""
    with pytest.raises(NoArticleFound, match=r"No article was found in .*/page\.html\."):
        one(tmp_path, "<html><body></body></html>", "page.html")


# ---- moments ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", None),
        ("2023-11-17", datetime(2023, 11, 17, tzinfo=UTC)),
        ("2023-11-17T22:30", datetime(2023, 11, 17, 22, 30, tzinfo=UTC)),
        ("2023-11-17T22:30:00Z", datetime(2023, 11, 17, 22, 30, tzinfo=UTC)),
        ("2023-11-17T22:30:00-05:00", datetime(2023, 11, 18, 3, 30, tzinfo=UTC)),
    ],
)
def test_moments_are_utc(value: str, expected: datetime | None) -> None:
    """Days and moments, with and without a zone."""
    assert moment_of(value, "x") == expected


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_before_the_first_year_or_after_the_last_is_told(tmp_path: Path, value: str) -> None:
    """Where UTC has no such moment, it is no date."""
    with pytest.raises(ArticleError, match="no date") as caught:
        one(tmp_path, f"Published: {value}\n\nText.")
    assert value in caught.value.message
    with pytest.raises(ArticleError, match="no date"):
        one(tmp_path, json.dumps({"text": "Text.", "published": value}), "a.json")
