"""Following: a thousand feeds with one new article each, from the first question to the last post; and nothing new.

The whole program runs as a user runs it, against a press on loopback; all its processes are counted. `SITREP_BENCH_FEEDS`
says how many feeds (1,000); where benchmarks are off, the same is done with few.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture
from sqlalchemy import Connection, insert, text

from bots.__main__ import now as clock
from briefings.desk import Desk, Reader
from briefings.model import INSTANT, LOCAL, Address, Article, Following, Reading
from briefings.reading import READER, read
from briefings.rendering import Templates
from briefings.settings import load_settings
from briefings.sources import Worker
from briefings.sources.markup import text_of
from briefings.store import open_store, terms
from briefings.store import tables as t
from briefings.store.store import dump_reading
from tests.benchmarks.press import article, site_of
from tests.benchmarks.program import asked, press, running, until

FEEDS = int(os.environ.get("SITREP_BENCH_FEEDS", "1000"))
ARTICLES = int(os.environ.get("SITREP_BENCH_ARTICLES", "100000"))
_FEW = 8


def followed(folder: Path, port: int, feeds: int) -> None:
    """A story that follows so many feeds by name, told at once in one channel."""
    store, now = open_store(folder), clock()
    story = store.create_story(LOCAL, "norvo", "Norvo", now)
    store.follows.follow(LOCAL, story, Following.WORDS, "norvo dam", now)
    for n in range(feeds):
        store.follows.follow(LOCAL, story, Following.FEED, f"{site_of(n, port)}/feed/{n}", now)
    store.editions.add(
        LOCAL, story, Address("relay", "room"), now, template="news", language="en", cron=INSTANT, timezone="UTC",
        said="at once",
    )  # fmt: skip
    store.close()


def test_a_thousand_feeds(tmp_path: Path, benchmark: BenchmarkFixture) -> None:
    """Each has one new article in full text: all of them are read, matched, stored and posted; then nothing is new."""
    feeds = FEEDS if benchmark.enabled else _FEW
    found = benchmark.pedantic(lambda: morning(tmp_path, feeds), rounds=1)  # type: ignore[no-untyped-call]
    benchmark.extra_info.update(found)
    sys.stderr.write(f"\n{found}\n")


def morning(folder: Path, feeds: int) -> dict[str, float]:
    """Seconds from the first question to the first and the last post, and to the last question where nothing is new."""
    with press(feeds) as port:
        followed(folder, port, feeds)
        with running(folder, port) as process:
            state, peak = until(port, process.pid, "told", feeds, 180)
            assert state["told"] == feeds
            warm = nothing_new(folder, port, process.pid, feeds)
        with running(folder, port) as process:
            cold = nothing_new(folder, port, process.pid, feeds)
    return {
        "feeds": feeds, "first": state["first"], "last": state["last"], "posts": len(state["posts"]),
        "asking": state["asking"], "MiB": peak, "nothing_new": warm, "nothing_new_after_start": cold,
    }  # fmt: skip


def nothing_new(folder: Path, port: int, process: int, feeds: int) -> float:
    """Seconds from the first question to the last, where every feed is due and none has changed."""
    time.sleep(1.0)
    asked(port, "/forget")
    store = open_store(folder)
    store.follows.all_due(clock())
    store.close()
    again, _ = until(port, process, "asked", feeds, 60)
    assert again["asked"] == feeds
    assert not again["posts"]
    return float(again["asking"])


def test_a_hundred_thousand_articles(tmp_path: Path, benchmark: BenchmarkFixture) -> None:
    """In one database, of a hundred stories: adding one, `/brief` and `/search` in a story of a hundred articles, in ms."""
    count = ARTICLES if benchmark.enabled else 200
    found = benchmark.pedantic(lambda: asyncio.run(crowded(tmp_path, count)), rounds=1)  # type: ignore[no-untyped-call]
    benchmark.extra_info.update(found)
    sys.stderr.write(f"\n{found}\n")


async def crowded(folder: Path, count: int) -> dict[str, float]:
    store, now = open_store(folder), clock()
    settings = load_settings()
    async with Worker(20) as worker:
        desk = Desk(settings, Templates(None), store, clock, Reader(settings, worker), LOCAL)
        other = store.create_story(LOCAL, "others", "Others", now)
        template = read(Article("x", plain(article(0)), "Other", "Outlet", "https://o.example/x", "en", now))
        with store.engine.begin() as c:
            for start in range(0, count, 1_000):
                fill(c, other.id, template, range(start, min(start + 1_000, count)))
        story = store.create_story(LOCAL, "norvo", "Norvo", now)
        for n in range(100):
            store.add_article(LOCAL, story, reading_of(n), now)
        await desk.brief(story, "sitrep", "en", UTC, "room")
        took: dict[str, list[float]] = {"add": [], "brief": [], "search": []}
        for n in range(100, 120):
            fresh = reading_of(n)
            began = time.perf_counter()
            store.add_article(LOCAL, story, fresh, now)
            took["add"].append(time.perf_counter() - began)
            await desk.view(story)
            began = time.perf_counter()
            await desk.brief(story, "sitrep", "en", UTC, "room")
            took["brief"].append(time.perf_counter() - began)
            began = time.perf_counter()
            await desk.search(story, f"dam council report {n:06d}")
            took["search"].append(time.perf_counter() - began)
    store.close()
    return {name: round(sorted(x)[len(x) // 2] * 1000, 1) for name, x in took.items()} | {"articles": count}


def plain(markup: str) -> str:
    return text_of(markup)


def reading_of(number: int) -> Reading:
    return read(
        Article(
            f"web-{number}", plain(article(number)), f"Norvo dam: report {number:06d}", f"Outlet {number}",
            f"https://n.example/{number}", "en", datetime(2031, 3, 3, number % 24, tzinfo=UTC),
        )
    )  # fmt: skip


def fill(c: Connection, story: int, reading: Reading, numbers: range) -> None:
    """Articles of another story, as rows: what their readings say does not matter here."""
    a, data, now = reading.article, dump_reading(reading), clock()
    words = " ".join(terms(a.text, "en"))
    keys = [n + 1 for n in numbers]
    c.execute(
        insert(t.articles),
        [
            {"id": k, "owner": "", "identity": f"o{k}", "url": f"https://o.example/{k}", "latest": 1}
            for k in keys
        ],
    )
    c.execute(
        insert(t.revisions),
        [
            {
                "article": k, "revision": 1, "title": f"Other {k}", "text": a.text, "outlet": f"Outlet {k % 50}", "byline": "",
                "agency": "", "language": "en", "published": now, "sample": False, "digest": f"{k:064d}", "added": now,
            }
            for k in keys
        ],
    )  # fmt: skip
    c.execute(
        insert(t.readings), [{"article": k, "revision": 1, "reader": READER, "data": data} for k in keys]
    )
    c.execute(insert(t.memberships), [{"story": story, "article": k, "added": now} for k in keys])
    c.execute(
        text("INSERT INTO article_words(rowid, title, body) VALUES (:key, :title, :body)"),
        [{"key": k, "title": f"other {k}", "body": words} for k in keys],
    )
