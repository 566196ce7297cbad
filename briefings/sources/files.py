"""Articles in files: text and Markdown (with a head of `Key: value` lines), HTML, JSON and JSON Lines.

A head looks so, and every line of it may be missing:

    Title: The board removes its chief executive
    Outlet: The Sample Courier
    Published: 2023-11-17T22:30:00+00:00
    Lang: en
    Url: https://example.org/a1
    Agency: Sample Wire
    Id: a1

    The text begins after the first empty line.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from briefings.errors import ArticleError, EmptyArticle, NotFound, NotText, TooLarge
from briefings.model import LANGUAGES, Article, Language
from briefings.settings import Limits
from briefings.sources.encoding import legacy
from briefings.sources.pages import article_from_page, identity_of, outlet_of

_HEAD = re.compile(
    r"(title|outlet|published|lang|language|url|agency|id|byline|sample|revision)\s*:\s*(.*)$", re.IGNORECASE
)


_HTML = re.compile(r"\s*(?:<!doctype html|<html|<head|<body|<article)", re.IGNORECASE)


def read_file(path: Path, limits: Limits) -> list[Article]:
    """The article or articles in a file. NotFound, TooLarge, NotText, EmptyArticle, NoArticleFound, ArticleError."""
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise ArticleError(f"{path} is a folder.", "Name the files in it.")
        if size > limits.file_bytes:
            raise TooLarge(
                f"{path} has {size / 1e6:.1f} MB; the limit is {limits.file_bytes / 1e6:g} MB.",
                "One article is far smaller. Split the file, or raise limits.file_bytes.",
            )
        body = path.read_bytes()
    except FileNotFoundError as e:
        raise NotFound(
            f"There is no file {path}.", "Check the name; an address must begin with http:// or https://."
        ) from e
    except OSError as e:
        raise ArticleError(f"{path} can't be read: {e.strerror or e}.") from e
    text = decode(body, str(path))
    suffix = path.suffix.lower()
    if suffix == ".jsonl":
        found = [
            read_jsonl_line(line, limits, f"{path}, line {n}")
            for n, line in enumerate(text.split("\n"), 1)
            if line.strip()
        ]
    elif suffix == ".json":
        found = [_from_json(x, str(path)) for x in _json(text, str(path))]
    elif suffix in (".html", ".htm", ".xhtml") or _HTML.match(text):
        page = article_from_page(text, name=str(path))
        found = [
            page
            if page.url
            else _with_id(page, "file-" + sha256(str(path.resolve()).encode()).hexdigest()[:16])
        ]
    else:
        found = [_from_text(text, path)]
    for article in found:
        check(article, limits, str(path))
    if not found:
        raise EmptyArticle(f"There is nothing in {path}.")
    return found


def decode(body: bytes, name: str) -> str:
    """The text of these bytes: UTF-8, else the likeliest encoding. EmptyArticle, NotText."""
    if not body.strip():
        raise EmptyArticle(f"{name} is empty.", "An article needs a text.")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return body.decode("utf-16")
        except UnicodeDecodeError as e:
            raise NotText(f"{name} begins like UTF-16 and is not.") from e
    if b"\x00" in body[:4096]:
        raise NotText(f"{name} is binary, not text.", "Give a text, HTML, Markdown or JSON file.")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    text = legacy(body)
    if text is None:
        raise NotText(f"{name} is in no encoding that can be told.", "Save it as UTF-8.")
    return text


def read_jsonl_line(line: str, limits: Limits, name: str = "this line") -> Article:
    """One article of JSON Lines: `doc` or `id`, `text`, and if known `title`, `lang`, `published`, `outlet`, `url`, …"""
    found = _json(line, name)
    if len(found) != 1:
        raise ArticleError(f"{name} holds {len(found)} articles: one object a line is expected.")
    article = _from_json(found[0], name)
    check(article, limits, name, empty=True)
    return article


def check(article: Article, limits: Limits, name: str, empty: bool = False) -> None:
    """Refuse what is no article: EmptyArticle, TooLarge."""
    if not empty and not article.text.strip():
        raise EmptyArticle(f"There is no text in {name}.", "An article needs a text.")
    if len(article.text) > limits.article_characters:
        raise TooLarge(
            f"The text in {name} has {len(article.text):,} characters; the limit is {limits.article_characters:,}.",
            "Raise limits.article_characters in the settings if it really is one article.",
        )


def _json(text: str, name: str) -> list[Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise ArticleError(f"{name} is not JSON: {e}.") from e
    return value if isinstance(value, list) else [value]


def _from_json(value: Any, name: str) -> Article:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise ArticleError(f'{name} holds no article: an object with a "text" is expected.')
    fields = {k: v for k, v in value.items() if v is not None}
    text = str(fields["text"]).encode("utf-8", "replace").decode("utf-8")
    url = _string(fields, "url")
    identity = (
        _string(fields, "doc")
        or _string(fields, "id")
        or (identity_of(url) if url else "text-" + sha256(text.encode()).hexdigest()[:16])
    )
    return Article(
        id=identity,
        text=text,
        title=_string(fields, "title"),
        outlet=_string(fields, "outlet") or (outlet_of(url) if url else ""),
        url=url,
        language=language_of(_string(fields, "lang") or _string(fields, "language"), name),
        published=moment_of(_string(fields, "published"), name),
        byline=_string(fields, "byline"),
        agency=_string(fields, "agency"),
        sample=fields.get("sample") in (True, 1, "yes", "true"),
    )


def _string(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key, "")
    return (
        str(value).strip().encode("utf-8", "replace").decode("utf-8") if isinstance(value, str | int) else ""
    )


def _from_text(text: str, path: Path) -> Article:
    head: dict[str, str] = {}
    lines = text.splitlines(keepends=True)
    used = 0
    for line in lines[:20]:
        m = _HEAD.match(line.strip())
        if not m:
            break
        head[m[1].lower()] = m[2].strip()
        used += 1
    if head and used < len(lines) and not lines[used].strip():
        body = "".join(lines[used + 1 :])
    elif head:
        body = "".join(lines[used:])
    else:
        body = text
    url = head.get("url", "")
    return Article(
        id=head.get("id")
        or (identity_of(url) if url else "file-" + sha256(str(path.resolve()).encode()).hexdigest()[:16]),
        text=body.strip("\r\n"),
        title=head.get("title", ""),
        outlet=head.get("outlet") or (outlet_of(url) if url else ""),
        url=url,
        language=language_of(head.get("lang") or head.get("language", ""), str(path)),
        published=moment_of(head.get("published", ""), str(path)),
        byline=head.get("byline", ""),
        agency=head.get("agency", ""),
        sample=head.get("sample", "").lower() in ("yes", "true", "1"),
    )


def _with_id(article: Article, identity: str) -> Article:
    return replace(article, id=identity)


def language_of(code: str, name: str) -> Language | None:
    """The language that a code names; None for none or an unknown one, which reading then detects."""
    short = code.lower()[:2]
    return next((known for known in LANGUAGES if known == short), None)


def moment_of(value: str, name: str) -> datetime | None:
    """An ISO day or moment, UTC where it names no zone; None for none. ArticleError where it is neither."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as e:
        raise ArticleError(
            f"{name}: {value!r} is no date.", "Write it as 2023-11-17 or 2023-11-17T22:30:00+00:00."
        ) from e
