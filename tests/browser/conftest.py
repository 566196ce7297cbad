"""A real Chromium before a real server with the demo story. Without a browser these tests skip; in CI that fails."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass(frozen=True, slots=True)
class Site:
    """The demo, served."""

    address: str  # with the token
    url: str


def _settled(address: str, url: str) -> None:
    """Wait until the demo's correction is there: it comes soon after the start, and moves what stands below it."""
    browser = build_opener(HTTPCookieProcessor())
    with browser.open(address):
        pass
    for _ in range(150):
        with browser.open(f"{url}/ledger?state=posted") as answer:
            if "correction" in answer.read().decode():
                return
        sleep(0.2)
    raise AssertionError("the demo's correction did not come")


@contextmanager
def served(folder: Path, *more: str) -> Iterator[Site]:
    """The demo in a process of its own."""
    process = subprocess.Popen(
        [Path(sys.executable).parent / "sitrep", "demo", "--serve", "--lang", "en", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=folder,
        env={**os.environ, "SITREP_TENANTS__COMMANDS_A_MINUTE": "10000"},
    )
    assert process.stdout is not None
    try:
        found = re.search(r"(http://[^/\s]+)/\?token=\S+", process.stdout.readline())
        assert found
        _settled(found[0], found[1])
        yield Site(found[0], found[1])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        process.stdout.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Ends with its module: while Playwright is open, its event loop is in the way of every other test's."""
    path = os.environ.get("SITREP_TEST_BROWSER") or next((p for n in NAMES if (p := shutil.which(n))), None)
    if path is None:
        reason = "no Chromium is installed (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(f"in CI, {reason}")
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Open]:
    """Opens the demo, or a path of it, in a browser of its own; what a page logs as an error fails the test."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_page(
        path: str = "/",
        *,
        locale: str = "en-US",
        dark: bool = False,
        width: int = 1280,
        height: int = 820,
        scripts: bool = True,
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale=locale,
            java_script_enabled=scripts,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda e: wrong.append(str(e)))
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        page.goto(site.address)
        if path != "/":
            page.goto(site.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []
