"""Corrections as they come to an open page, and the pages of editions and the ledger, in a real browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from bots.cli.app import run
from tests.browser.test_accessibility import violations
from tests.browser.test_chat import type_line

if TYPE_CHECKING:
    from tests.browser.conftest import Open, Site

pytestmark = pytest.mark.slow

NOW = datetime(2023, 11, 20, 8, tzinfo=UTC)
ARTICLE = """Title: The board removes its chief executive
Outlet: The Sample Courier
Published: 2023-11-17
Lang: en
Id: a1

The board of Norvo removed Ann Lee, its chief executive, on Friday. "We lost confidence in her," said Bo Berg, the chair. \
About 700 employees threatened to leave.
"""
_DELIVERY = 15_000  # milliseconds in which a correction is there, on a machine that is busy


# ---- corrections -----------------------------------------------------------------------------------------------------------


def test_the_demos_first_briefing_is_corrected_where_it_stands(visit: Open) -> None:
    """What an article no longer says is struck through beside what it says now; the second briefing stands as it was."""
    page = visit()
    briefings = page.locator(".message.said", has_text="Situation report")
    expect(briefings).to_have_count(2)
    first, second = briefings.nth(0), briefings.nth(1)
    expect(first.locator(".by")).to_contain_text("corrected", timeout=_DELIVERY)
    expect(second.locator(".by")).not_to_contain_text("corrected")
    struck = first.locator("s", has_text="six (The Sample Courier").first
    assert struck.evaluate("e => getComputedStyle(e).textDecorationLine") == "line-through"
    expect(first).to_contain_text("Four directors voted")


def _until_posted(page: Page, kind: str) -> None:
    """Look at the ledger until it has a posted dispatch of that kind."""
    for _ in range(50):
        page.goto(re.sub(r"(https?://[^/]+).*", r"\1/ledger?state=posted", page.url))
        if page.locator("tbody tr", has_text=kind).count():
            return
        page.wait_for_timeout(_DELIVERY / 50)
    raise AssertionError(f"no {kind} was posted")


@contextmanager
def running(data: Path) -> Iterator[str]:
    """`sitrep run` over a folder; its address with the token."""
    process = subprocess.Popen(
        [*sitrep(data), "run", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        yield found[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        process.stdout.close()


def sitrep(data: Path) -> list[str]:
    return [sys.executable, "-m", "bots", "--data", str(data)]


def other(data: Path, *arguments: str) -> None:
    """A command in another process."""
    environment = {k: v for k, v in os.environ.items() if not k.upper().startswith("SITREP_")}
    subprocess.run(
        [*sitrep(data), *arguments], check=True, env=environment, stdout=subprocess.DEVNULL, timeout=60
    )


def test_a_revised_article_corrects_an_open_page(chromium: Browser, tmp_path: Path) -> None:
    """Another process adds the revision: the briefing that is read changes in place, and what stands below stays."""
    data, file = tmp_path / "data", tmp_path / "a1.txt"
    file.write_text(ARTICLE, "utf8")
    with ThreadPoolExecutor(1) as aside:  # Playwright's event loop is in the way of another in its own thread
        for arguments in (["story", "add", "Norvo"], ["add", "norvo", str(file)]):
            assert aside.submit(run, lambda: NOW, {}, ["--data", str(data), *arguments]).result(60) == 0
    with running(data) as address:
        context = chromium.new_context()
        try:
            page = context.new_page()
            page.goto(address)
            type_line(page, "/brief")
            briefing = page.locator(".message.said", has_text="About 700 employees").first
            expect(briefing).to_be_visible()
            briefing = page.locator(f"#{briefing.get_attribute('id')}")
            type_line(page, "/actors")
            expect(page.locator(".message.waiting")).to_have_count(0)
            page.evaluate("document.body.dataset.opened = 'once'")
            expect(briefing.locator("s")).to_have_count(0)
            count = page.locator(".message").count()
            last = page.locator(".message").last.get_attribute("id")
            file.write_text(ARTICLE.replace("About 700", "About 730"), "utf8")
            other(data, "add", "norvo", str(file))
            expect(briefing.locator(".by")).to_contain_text("corrected", timeout=_DELIVERY)
            expect(briefing.locator("s", has_text="About 700").first).to_be_attached()
            expect(briefing).to_contain_text("About 730")
            expect(page.locator(".message")).to_have_count(count)
            expect(page.locator(".message").last).to_have_attribute("id", last or "")
            expect(page.locator("body")).to_have_attribute("data-opened", "once")
            opened = briefing.locator("a.cite").first
            opened.click()
            expect(page.locator(".panel mark")).to_be_visible()
        finally:
            context.close()


def test_an_edition_that_is_posted_now_comes_live(visit: Open) -> None:
    """Typed in the chat: its answer at once, and the briefing within seconds, for everyone in the channel."""
    page, reader = visit(), visit()
    expect(reader.locator(".log[data-open]")).to_have_count(1)
    type_line(page, "/edition add openai-november-2023 flash every day at 8:30")
    expect(page.locator(".message").last).to_contain_text("It goes out next:")
    type_line(page, "/edition now 1")
    for seen in (page, reader):
        expect(seen.locator(".message").last.locator("h2").first).to_contain_text("Flash", timeout=_DELIVERY)
    assert page.locator(".message", has_text="Flash").last.locator("a.cite").count() > 0


# ---- the pages -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled(site: Site, chromium: Browser) -> str:
    """The demo with editions, one of them paused, and a ledger with a briefing, answers and a correction in it."""
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    page.goto(site.address)
    for line in (
        "/edition add openai-november-2023 flash every weekday at 8:30 only if changed",
        "/edition add openai-november-2023 sitrep every 2 hours timezone:America/Argentina/Buenos_Aires language:fr",
        '/edition add openai-november-2023 dossier "lundi, mardi, jeudi, vendredi à 8h, 12h, 16h et 20h"',
        "/edition list",
    ):
        type_line(page, line)
    numbers = re.findall(r"(\d+) — openai", page.locator(".message").last.inner_text())
    type_line(page, f"/edition pause {numbers[-1]}")
    type_line(page, f"/edition now {numbers[0]}")
    expect(page.locator(".message").last.locator("h2").first).to_contain_text("Flash", timeout=_DELIVERY)
    context.close()
    return site.url


def paths(page: Page, url: str) -> list[str]:
    """The pages of editions and the ledger, and one of each dispatch's."""
    page.goto(f"{url}/ledger")
    numbers = page.locator("tbody th a").all_inner_texts()
    assert len(numbers) >= 3
    return [
        "/editions",
        "/ledger",
        "/ledger?state=dead",
        *(f"/ledger/{n}" for n in numbers[:4]),
        "/ledger/99999",
    ]


@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 320)], ids=["light-desk", "dark-phone"])
def test_axe_finds_nothing_on_the_pages_of_editions(visit: Open, filled: str, dark: bool, width: int) -> None:
    """Editions, the ledger, each kind of dispatch, and one that is not there; in French where it is dark."""
    page = visit(dark=dark, width=width, locale="fr-FR" if dark else "en-US")
    found = {}
    for path in paths(page, filled)[:-1]:
        page.goto(filled + path)
        if wrong := violations(page):
            found[path] = wrong
    assert found == {}


@pytest.mark.parametrize("locale", ["en-US", "fr-FR"])
def test_a_phone_shows_editions_without_scrolling_sideways(visit: Open, filled: str, locale: str) -> None:
    """At 320 pixels nothing is wider than the screen; a wide table scrolls within itself, by keyboard too."""
    page = visit(width=320, height=640, locale=locale)
    for path in paths(page, filled)[:-1]:
        page.goto(filled + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    page.goto(f"{filled}/ledger")
    page.locator(".scrolls").focus()
    expect(page.locator(".scrolls")).to_be_focused()


def test_the_ledger_is_narrowed_and_read_without_scripts(visit: Open, filled: str) -> None:
    """By a form and links: what was corrected, the dispatch, what it corrects, and back."""
    page = visit("/ledger", scripts=False)
    page.locator("select[name=state]").select_option("posted")
    page.locator(".filter button").click()
    assert page.url == f"{filled}/ledger?state=posted"
    expect(page.locator("select[name=state]")).to_have_value("posted")
    row = page.locator("tbody tr", has_text="correction").first
    row.locator("a").click()
    expect(page.locator("h1")).to_contain_text("Dispatch")
    expect(page.locator(".document s").first).to_be_attached()
    page.locator("tr", has_text="Corrects").locator("a").click()
    expect(page.locator("tr", has_text="Kind").first).to_contain_text("answer")
    page.locator(".document > p a", has_text="Ledger").click()
    assert page.url == f"{filled}/ledger"


def test_editions_are_reached_from_every_page(visit: Open, filled: str) -> None:
    """From the places at the left, and on a phone from the menu."""
    page = visit()
    page.locator(".side a", has_text="Editions").click()
    expect(page.locator("h1")).to_have_text("Editions")
    expect(page.locator("section.edition").first).to_contain_text("08:30")
    phone = visit(width=390, height=700)
    phone.locator("a.menu").click()
    phone.locator(".places a", has_text="Ledger").first.click()
    expect(phone.locator("h1")).to_have_text("Ledger")
