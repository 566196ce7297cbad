"""`sitrep replay` and `sitrep demo --replay`, in pipes: what is printed, what is refused, and what stays as it was."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.cli import replay
from briefings import demo
from briefings.model import LOCAL, Address, Article
from briefings.reading import read
from briefings.store.database import FILE
from tests.unit.cli.calling import Ran
from tests.unit.cli.terminal import Terminal

ARTICLES = demo.articles()
REVISED = ARTICLES[4]
SWIFT = ("--speed", "10000000")
HEADS = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d) UTC — (\w+) (\w+)$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _streams_of_their_own() -> Iterator[None]:
    """DBOS's log keeps the stream of the first engine that ran here: it is closed by now."""
    logging.getLogger("dbos").handlers.clear()
    yield
    logging.getLogger("dbos").handlers.clear()


@pytest.fixture
def sitrep(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """With the story "norvo", in which nothing has come yet."""
    monkeypatch.setattr(replay, "_MINUTE", 0.001)
    return Terminal(tmp_path, capsys)


def fill(sitrep: Terminal, *articles: Article) -> None:
    """They came in as they were published, the revision on the 19th at noon."""
    with sitrep.store() as store:
        (story,) = store.stories(LOCAL)
        for article in articles:
            came = datetime(2023, 11, 19, 12, tzinfo=UTC) if article is REVISED else article.published
            assert came is not None
            store.add_article(LOCAL, story, read(article), came, True)


def heads(ran: Ran) -> list[tuple[str, str, str]]:
    """What was printed: (moment, kind, template)."""
    return HEADS.findall(ran.out)


def content(folder: Path) -> list[str]:
    """All that the user's database holds."""
    with closing(sqlite3.connect(folder / FILE)) as c:
        return list(c.iterdump())


# ---- the demo --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "why"), [("en", "as The Sample Courier revised its article"), ("fr", "Corrigé le 18 nov. 2023")]
)
def test_the_demos_days_go_by(sitrep: Terminal, lang: str, why: str) -> None:
    """Flashes, a digest each morning, and corrections with what was said before what is right; it ends by itself, with 0."""
    before = content(sitrep.folder)
    ran = sitrep("demo", "--replay", "--lang", lang)
    assert ran.code == 0, ran.err
    assert "14" in ran.err
    assert ran.harmless
    printed = heads(ran)
    kinds = {(kind, template) for _, kind, template in printed}
    assert {
        ("briefing", "flash"),
        ("briefing", "sitrep"),
        ("correction", "flash"),
        ("correction", "sitrep"),
    } <= kinds
    mornings = [at for at, kind, template in printed if (kind, template) == ("briefing", "sitrep")]
    assert mornings == [f"2023-11-{day} 08:00" for day in range(18, 23)]
    assert [at for at, _, _ in printed] == sorted(at for at, _, _ in printed)
    correction = ran.out.split("correction sitrep", 1)[1].split("─" * 100, 1)[0]
    told = " ".join(correction.split())
    assert re.search(
        r"six( \[en\])? \(The Sample Courier, [^)]*\)( \[en\])? \[\d+\] → Four directors voted for the dismissal\.",
        told,
    )
    assert why in told
    spoken = {"en": "situation report", "fr": "point de situation"}
    assert spoken[lang] in ran.out.casefold()
    assert spoken["fr" if lang == "en" else "en"] not in ran.out.casefold()
    assert content(sitrep.folder) == before


# ---- a story ---------------------------------------------------------------------------------------------------------


def test_a_storys_past_is_printed(sitrep: Terminal) -> None:
    """A flash at each change and the digest every morning, the correction when the revision came in; the story stays as it is."""
    fill(sitrep, *ARTICLES[:7])
    before = content(sitrep.folder)
    ran = sitrep("replay", "norvo", "--print", *SWIFT)
    assert ran.code == 0, ran.err
    assert "came in: 7" in ran.err
    printed = heads(ran)
    assert printed[0] == ("2023-11-17 21:40", "briefing", "flash")
    assert [at for at, kind, t in printed if (kind, t) == ("briefing", "sitrep")] == [
        f"2023-11-{day} 08:00" for day in (18, 19, 20)
    ]
    assert {at for at, kind, _ in printed if kind == "correction"} == {"2023-11-19 12:00"}
    assert content(sitrep.folder) == before
    assert sorted(p.name for p in sitrep.folder.iterdir() if not p.name.endswith(("-wal", "-shm"))) == [FILE]


def test_a_storys_own_editions_go_out_and_nowhere_else(sitrep: Terminal) -> None:
    """By their template, times and language, into the replay's room alone; another's don't, nor what is there by itself."""
    fill(sitrep, *ARTICLES[:4])
    with sitrep.store() as store:
        (story,) = store.stories(LOCAL)
        other = store.create_story(LOCAL, "other", "Other", datetime(2023, 11, 1, tzinfo=UTC))
        for of, template, cron in ((story, "quotes", "0 18 * * *"), (other, "timeline", "0 9 * * *")):
            store.editions.add(
                LOCAL, of, Address("relay", "elsewhere"), datetime(2023, 11, 20, tzinfo=UTC),
                template=template, language="fr", cron=cron, timezone="UTC", said="",
            )  # fmt: skip
    before = content(sitrep.folder)
    ran = sitrep("replay", "norvo", "--print", *SWIFT, "--to", "2023-11-19")
    assert ran.code == 0, ran.err
    assert heads(ran) == [
        ("2023-11-18 18:00", "briefing", "quotes"),
        ("2023-11-19 18:00", "briefing", "quotes"),
    ]
    assert content(sitrep.folder) == before


def test_a_range_is_gone_through(sitrep: Terminal) -> None:
    """What was there comes in at its beginning, at its revision of then; what comes after its end does not."""
    fill(sitrep, *ARTICLES)
    ran = sitrep(
        "replay", "norvo", "--print", *SWIFT, "--from", "2023-11-20T00:00", "--to", "2023-11-20T16:00"
    )
    assert ran.code == 0, ran.err
    printed = heads(ran)
    assert printed[0][0] == "2023-11-20 00:00"
    assert "came in: 7" in ran.err  # the four that were there, and three of the day
    assert {at[:10] for at, _, _ in printed} == {"2023-11-20"}
    assert "correction" not in {kind for _, kind, _ in printed}


def test_a_day_as_the_end_is_all_of_it(sitrep: Terminal) -> None:
    """Up to its last minute."""
    fill(sitrep, *ARTICLES)
    ran = sitrep("replay", "norvo", "--print", *SWIFT, "--from", "2023-11-20T22:00", "--to", "2023-11-20")
    assert ran.code == 0, ran.err
    assert {at for at, _, _ in heads(ran)} >= {"2023-11-20 22:00", "2023-11-20 22:50", "2023-11-20 23:30"}


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nobody",), "nobody"),
        (("norvo", "--from", "yesterday"), "'yesterday' is no day"),
        (("norvo", "--to", "2023-13-40"), "'2023-13-40' is no day"),
        (("norvo", "--from", "2024-02-01", "--to", "2024-01-01"), "that time"),
        (("norvo", "--to", "2023-11-01"), "that time"),
    ],
)
def test_what_can_not_be_gone_through_is_an_error(
    sitrep: Terminal, arguments: tuple[str, ...], told: str
) -> None:
    """With what is wrong in so many words; nothing is printed, and the database is as it was."""
    fill(sitrep, *ARTICLES[:3])
    before = content(sitrep.folder)
    ran = sitrep("replay", *arguments, "--print")
    assert ran.code != 0
    assert told in ran.err
    assert ran.out == ""
    assert content(sitrep.folder) == before


@pytest.mark.parametrize("speed", ["0", "-5"])
def test_what_is_no_speed_is_an_error(sitrep: Terminal, speed: str) -> None:
    """Time neither stands nor goes back."""
    fill(sitrep, ARTICLES[0])
    ran = sitrep("replay", "norvo", "--print", "--speed", speed)
    assert ran.code != 0
    assert "speed" in ran.err
    assert ran.out == ""


def test_a_story_in_which_nothing_came_has_no_past(sitrep: Terminal) -> None:
    """It says what to do."""
    ran = sitrep("replay", "norvo", "--print")
    assert ran.code != 0
    assert "norvo" in ran.err
    assert "Give it articles first." in ran.err
