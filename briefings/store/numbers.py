"""Lasting numbers for citations, and what the last briefing in each channel was made from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from briefings.dossier import Numbering
from briefings.errors import NotFound
from briefings.model import Citation, Span, Story, Tenant
from briefings.store import tables as t
from briefings.store.base import Section
from briefings.store.base import of as _of


@dataclass(frozen=True, slots=True)
class Mark:
    """What the last briefing in a channel was made from: (article id, revision) pairs."""

    at: datetime
    members: tuple[tuple[str, int], ...]


class Numbers(Section):
    """The part of the store that numbers what briefings cite."""

    def numbering(self, tenant: Tenant, story: Story) -> Numbering:
        """The numbers that the story's citations have."""
        with self._read() as c:
            return self._numbering(c, tenant, story)

    def _numbering(self, c: Connection, tenant: Tenant, story: Story) -> Numbering:
        query = (
            select(t.citations, t.articles.c.identity, t.stories.c.next_number)
            .join(t.articles, t.articles.c.id == t.citations.c.article)
            .join(t.stories, t.stories.c.id == t.citations.c.story)
            .where(_of(tenant), t.citations.c.story == story.id)
        )
        numbering = Numbering()
        numbers = numbering.numbers
        following = 1
        for r in c.execute(query):
            numbers = numbers.insert(Citation(r.identity, r.revision, Span(r.start, r.end)), r.number)
            following = r.next_number
        return Numbering(numbers, following)

    def keep_numbers(
        self, tenant: Tenant, story: Story, cited: Iterable[Citation], known: Numbering | None = None
    ) -> Numbering:
        """Give these citations lasting numbers, in their order; those that have one keep it. The story's numbering.

        `known` is what it was when it was last asked for: it is not read again where no number was given since.
        """
        with self._write() as c:
            self._owned(c, tenant, story)
            # A write first: whoever else numbers this story now waits, and then sees our numbers.
            c.execute(
                update(t.stories)
                .where(t.stories.c.id == story.id)
                .values(next_number=t.stories.c.next_number)
            )
            following = select(t.stories.c.next_number).where(t.stories.c.id == story.id)
            if known is not None and c.execute(following).scalar_one() == known.next:
                numbering = known
            else:
                numbering = self._numbering(c, tenant, story)
            fresh = [x for x in dict.fromkeys(cited) if x not in numbering.numbers]
            if not fresh:
                return numbering
            keys = self._keys(c, story, {x.article for x in fresh})
            missing = sorted({x.article for x in fresh} - keys.keys())
            if missing:
                raise NotFound(f"The story {story.slug!r} holds no article {missing[0]!r}.")
            numbering = numbering.assign(fresh)
            given = [
                {
                    "story": story.id, "number": numbering.of(x), "article": keys[x.article], "revision": x.revision,
                    "start": x.span.start, "end": x.span.end,
                }
                for x in fresh
            ]  # fmt: skip
            c.execute(insert(t.citations), given)
            c.execute(update(t.stories).where(t.stories.c.id == story.id).values(next_number=numbering.next))
            return numbering

    def _keys(self, c: Connection, story: Story, identities: set[str]) -> dict[str, int]:
        query = (
            select(t.articles.c.id, t.articles.c.identity)
            .join(t.memberships, t.memberships.c.article == t.articles.c.id)
            .where(t.memberships.c.story == story.id)
        )
        return {r.identity: r.id for r in c.execute(query) if r.identity in identities}

    def mark(self, tenant: Tenant, story: Story, channel: str) -> Mark | None:
        """What the last briefing of the story in this channel was made from; None where there was none."""
        query = (
            select(t.marks)
            .join(t.stories, t.stories.c.id == t.marks.c.story)
            .where(_of(tenant), t.marks.c.story == story.id, t.marks.c.channel == channel)
        )
        with self._read() as c:
            row = c.execute(query).first()
        return Mark(row.at, tuple((a, r) for a, r in json.loads(row.members))) if row is not None else None

    def set_mark(
        self, tenant: Tenant, story: Story, channel: str, members: Iterable[tuple[str, int]], now: datetime
    ) -> None:
        with self._write() as c:
            self._owned(c, tenant, story)
            values = {"at": now, "members": json.dumps(sorted(members))}
            put = self.insert(t.marks).values(story=story.id, channel=channel, **values)
            c.execute(put.on_conflict_do_update(index_elements=["story", "channel"], set_=values))
