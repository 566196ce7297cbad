"""Rows as the model's types."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from briefings.model import Article, Story


def story_of(r: Row[Any]) -> Story:
    return Story(r.id, r.slug, r.name, r.created, r.language, r.resting)


def article_of(r: Row[Any]) -> Article:
    """A row of `articles` joined with one of `revisions`."""
    return Article(
        id=r.identity, text=r.text, title=r.title, outlet=r.outlet, url=r.url, language=r.language, published=r.published,
        byline=r.byline, agency=r.agency, revision=r.revision, sample=r.sample,
    )  # fmt: skip
