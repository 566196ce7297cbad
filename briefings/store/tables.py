"""The tables. A change here needs a migration in `migrations/versions`; a test holds the two to each other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.types import DateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. Databases that keep no zone get it without one and give it back with it."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None else None


stories = Table(
    "stories",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String(32), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("slug", String(80), nullable=False),
    Column("name", String(200), nullable=False),
    Column("language", String(2)),
    Column("created", Moment, nullable=False),
    Column("next_number", Integer, nullable=False, default=1),
    Column("version", Integer, nullable=False, server_default="0"),  # grows whenever its articles change
    Column(
        "checked", Integer, nullable=False, server_default="0"
    ),  # up to which version corrections were looked for
    Column("resting", Boolean, nullable=False, server_default=false()),  # nothing new is matched to it
    UniqueConstraint("platform", "tenant", "slug"),
)

# `owner` is "" for public articles, which all tenants share, and "platform/tenant" for those of one tenant alone.
articles = Table(
    "articles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("owner", String(161), nullable=False, default=""),
    Column("identity", String(200), nullable=False),
    Column("url", Text, nullable=False, default=""),
    Column("latest", Integer, nullable=False, default=1),
    UniqueConstraint("owner", "identity"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("article", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("outlet", String(200), nullable=False),
    Column("byline", Text, nullable=False),
    Column("agency", String(200), nullable=False),
    Column("language", String(2)),
    Column("published", Moment),
    Column("sample", Boolean, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("added", Moment, nullable=False),
    Index("ix_revisions_digest", "digest"),
)

# A reading is a cache: one of another reader version is made again from its revision.
readings = Table(
    "readings",
    metadata,
    Column("article", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("reader", Integer, nullable=False),
    Column("data", Text, nullable=False),
)

memberships = Table(
    "memberships",
    metadata,
    Column("story", ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True),
    Column("article", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("added", Moment, nullable=False),
    Index("ix_memberships_article", "article"),
)

# A citation's number is given once per story and never used again.
citations = Table(
    "citations",
    metadata,
    Column("story", ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("article", ForeignKey("articles.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    UniqueConstraint("story", "article", "revision", "start", "end"),
)

# What the last briefing in a channel was made from, as [[article, revision], …]: "since the last briefing".
marks = Table(
    "marks",
    metadata,
    Column("story", ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", String(200), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("members", Text, nullable=False),
)

gaps = Table(
    "gaps",
    metadata,
    Column("story", ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True),
    Column("what", String(500), primary_key=True),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("kind", String(40), nullable=False, server_default=""),
)

# What the people of a channel chose; the row is there from the moment that Sitrep is in the channel.
channels = Table(
    "channels",
    metadata,
    Column("platform", String(32), primary_key=True),
    Column("tenant", String(128), primary_key=True),
    Column("channel", String(128), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("story", ForeignKey("stories.id", ondelete="SET NULL")),
    Column("language", String(2)),
    Column("timezone", String(64)),
    Column("created", Moment, nullable=False),
)

# How many articles came into a tenant's stories in each hour; it outlives the stories.
intake = Table(
    "intake",
    metadata,
    Column("platform", String(32), primary_key=True),
    Column("tenant", String(128), primary_key=True),
    Column("hour", Moment, primary_key=True),
    Column("articles", Integer, nullable=False),
)

# The messages of the web's own channels; other platforms keep theirs.
messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String(32), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("channel", String(128), nullable=False),
    Column("author", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Column("key", String(80)),  # of the dispatch's part that it is: posted twice, it is there once
    Column("edited", Moment),
    Index("ix_messages_channel", "platform", "tenant", "channel", "id"),
    Index("ix_messages_edited", "platform", "tenant", "channel", "edited"),
    Index("uq_messages_key", "key", unique=True),
    sqlite_autoincrement=True,  # an id is never another message's: pages ask for what came after one
)

editions = Table(
    "editions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String(32), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("story", ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Column("template", String(80), nullable=False),
    Column("language", String(2), nullable=False),
    Column("cron", String(200), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("said", String(200), nullable=False),
    Column("via", String(32), nullable=False),
    Column("channel", String(128), nullable=False),
    Column("since", Moment, nullable=False),
    Column("only_changed", Boolean, nullable=False),
    Column("missed", String(8), nullable=False),
    Column("quiet_start", String(5)),
    Column("quiet_end", String(5)),
    Column("active", Boolean, nullable=False),
    Column("paused", Text, nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("made_via", String(32)),
    Column("made_channel", String(128)),
    Column("manner", Text, nullable=False, server_default=""),  # JSON, "" where there is nothing to say
    Column(
        "told", Integer, nullable=False, server_default="0"
    ),  # as of which version of its story an instant one was due
    Column("told_at", Moment),  # and when
    Index("ix_editions_schedule", "active", "cron", "timezone", "quiet_end"),
    Index("ix_editions_tenant", "platform", "tenant", "id"),
    Index("ix_editions_story", "story"),
    sqlite_autoincrement=True,
)

# Rendered briefings and messages, each once, by the hash of what it says.
contents = Table(
    "contents",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("body", Text, nullable=False),
    Column("made", Moment, nullable=False),
)

# The ledger. Its rows outlive their story and edition, and are pruned by age.
dispatches = Table(
    "dispatches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String(32), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("story", ForeignKey("stories.id", ondelete="SET NULL")),
    Column("edition", ForeignKey("editions.id", ondelete="SET NULL")),
    Column("of", ForeignKey("dispatches.id", ondelete="CASCADE")),
    Column("kind", String(16), nullable=False),
    Column("via", String(32), nullable=False),
    Column("channel", String(128), nullable=False),
    Column("state", String(16), nullable=False),
    Column("due", Moment, nullable=False),
    Column("created", Moment, nullable=False),
    Column("settled", Moment),
    Column("template", String(80), nullable=False),
    Column("language", String(2), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("fire", String(40)),
    Column("attempt", Integer, nullable=False),
    Column("claim", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("started", Boolean, nullable=False),  # False: made by a process that delivers nothing
    Column("retry", Moment),
    Column("why", Text, nullable=False),
    Column("content", ForeignKey("contents.hash")),
    UniqueConstraint("edition", "fire"),
    Index("ix_dispatches_line", "via", "channel", "state", "id"),
    Index("ix_dispatches_state", "state", "id"),
    Index("ix_dispatches_tenant", "platform", "tenant", "id"),
    Index("ix_dispatches_story", "story", "kind", "state"),
    Index("ix_dispatches_of", "of"),
    Index("ix_dispatches_started", "started", "id"),
    Index("ix_dispatches_content", "content"),
    sqlite_autoincrement=True,  # an id is a place in the line of its channel
)

parts = Table(
    "parts",
    metadata,
    Column("dispatch", ForeignKey("dispatches.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("key", String(80), nullable=False),
    Column("content", ForeignKey("contents.hash"), nullable=False),
    Column("message", String(128), nullable=False),
    Column("edits", String(128), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("tried", Moment),
    Column("posted", Moment),
    Index("ix_parts_content", "content"),
)

# Servers and workspaces that have sent Sitrep away: their data goes after a while.
departures = Table(
    "departures",
    metadata,
    Column("platform", String(32), primary_key=True),
    Column("tenant", String(128), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("left", Moment, nullable=False),
)

# Small things to be known at the next start: which commands a platform has been told.
remembered = Table(
    "remembered",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)

# Events of a platform that were taken up, so that one that comes again is not; pruned by age.
taken = Table(
    "taken",
    metadata,
    Column("event", String(200), primary_key=True),
    Column("at", Moment, nullable=False),
    Index("ix_taken_at", "at"),
)

# What is polled: feeds, pages that are followed, folders, and the pages of articles that stories hold (`article`).
# A row is shared by all who follow it; who does is in `follows`.
feeds = Table(
    "feeds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("url", String(2_000), nullable=False),
    Column("article", ForeignKey("articles.id", ondelete="CASCADE")),
    Column("title", String(500), nullable=False, server_default=""),
    Column("etag", String(600), nullable=False, server_default=""),
    Column("modified", String(64), nullable=False, server_default=""),
    Column("digest", String(64), nullable=False, server_default=""),  # of the body that was last read
    Column("interval", Float, nullable=False),
    Column("due", Moment, nullable=False),
    Column("leased", Moment),  # until then a process is at it
    Column("lease", String(64), nullable=False, server_default=""),  # whose
    Column("asked", Moment),
    Column("brought", Moment),  # when it last had something new
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing", Moment),  # since when
    Column("why", Text, nullable=False, server_default=""),
    Column("error", String(40), nullable=False, server_default=""),
    Column("told", Boolean, nullable=False, server_default=false()),  # its followers know that it fails
    Column(
        "gone", Boolean, nullable=False, server_default=false()
    ),  # it ended (410): it is not asked any more
    Column("created", Moment, nullable=False),
    Column(
        "turn", Integer, nullable=False, server_default="0"
    ),  # grows when all that stands in it is to be read anew
    UniqueConstraint("kind", "url"),
    Index("ix_feeds_due", "gone", "due"),
    Index("ix_feeds_article", "article"),
    sqlite_autoincrement=True,
)

# A feed's entries that were looked at, and with which words.
entries = Table(
    "entries",
    metadata,
    Column("feed", ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("seen", Moment, nullable=False),
)

# What a story is followed by; without a story: what the operator follows, for every story that asks for it. `via` and
# `channel` are where it was said, and where trouble with it is told.
follows = Table(
    "follows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("story", ForeignKey("stories.id", ondelete="CASCADE")),
    Column("kind", String(8), nullable=False),
    Column("value", String(2_000), nullable=False),
    Column("feed", ForeignKey("feeds.id")),
    Column("added", Moment, nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("via", String(32)),
    Column("channel", String(128)),
    UniqueConstraint("story", "kind", "value"),
    Index("ix_follows_feed", "feed"),
    sqlite_autoincrement=True,
)

# How near an article is to a story, why (JSON), and what was decided, by itself or by a person.
matches = Table(
    "matches",
    metadata,
    Column("story", ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True),
    Column("article", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("score", Float, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("decision", String(8), nullable=False),
    Column("decided_by", String(200), nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    Index("ix_matches_article", "article"),
)

# How far the pump has come.
progress = Table(
    "progress",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("at", Moment, nullable=False),
)
