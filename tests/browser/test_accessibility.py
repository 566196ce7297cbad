"""WCAG 2.2 AA by axe, on every page, in light and dark, at a desk's and a phone's width."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Open, Site

pytestmark = pytest.mark.slow

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STORY = "/s/openai-november-2023"
PAGES = (
    *(
        f"{STORY}{x}"
        for x in ("", "/actors", "/quotes", "/timeline", "/figures", "/consequences", "/articles")
    ),
    *(f"{STORY}{x}" for x in ("/evidence/5", "/search?q=board", "/conflicts", "/outlets")),
    *("/health", "/menu"),
)


def violations(page: Page) -> list[str]:
    """What axe finds; it is evaluated, since the pages' policy lets no foreign script in."""
    page.evaluate(AXE)
    found = page.evaluate(f"async () => (await axe.run(document, {{runOnly: {RULES}}})).violations")
    return [f"{v['id']} ({v['impact']}): {v['nodes'][0]['html'][:200]}" for v in found]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390], ids=["desk", "phone"])
def test_axe_finds_nothing_in_the_chat(visit: Open, dark: bool, width: int) -> None:
    """With briefings, completions open, a form, a refusal, and the evidence beside."""
    page = visit(dark=dark, width=width)
    assert violations(page) == []
    page.locator("#line").press_sequentially("/")
    expect(page.locator("#completions")).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert violations(page) == []
    page.keyboard.press("Escape")
    for line in ("/setup", "/nothing"):
        before = page.locator(".message:not(.waiting)").count()
        page.locator("#line").fill(line)
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        expect(page.locator(".message:not(.waiting)")).to_have_count(before + 2)
    assert violations(page) == []
    page.locator("a.cite:visible").last.click()
    expect(page.locator(".panel mark")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_on_the_pages(visit: Open, site: Site, dark: bool) -> None:
    """Every section of a story, the evidence, the search, health, the menu; in French too."""
    page = visit(dark=dark, locale="fr-FR" if dark else "en-US")
    found = {}
    for path in PAGES:
        page.goto(site.url + path)
        if wrong := violations(page):
            found[path] = wrong
    assert found == {}
