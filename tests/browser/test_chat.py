"""The chat as a person uses it: typing, reading, opening the evidence, charts, keyboard, phones, no scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, Route, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Open

pytestmark = pytest.mark.slow


def type_line(page: Page, line: str) -> None:
    """Type a command and send it; its answer is the last message."""
    before = page.locator(".message:not(.waiting)").count()  # its line waits until its answer is there
    page.locator("#line").fill(line)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_function(  # or more: what delivery posts meanwhile
        "n => document.querySelectorAll('.message:not(.waiting)').length >= n", arg=before + 2
    )


def test_a_newcomer_reads_a_briefing_at_once(visit: Open) -> None:
    """The demo opens on the story, with a briefing whose beginning is in sight."""
    page = visit()
    expect(page.locator("h1")).to_contain_text("openai")
    heading = page.locator(".message.said").last.locator("h2").first
    expect(heading).to_contain_text("Situation report")
    expect(heading).to_be_in_viewport()


def test_a_typed_brief_is_answered_and_its_evidence_opens_on_the_right_sentence(visit: Open) -> None:
    """`/brief`, then a click on a citation: the article, with the very sentence highlighted and in sight."""
    page = visit()
    type_line(page, "/brief")
    answer = page.locator(".message").last
    expect(answer.locator("h2").first).to_contain_text("Situation report")
    item = answer.locator("li", has=page.locator(".cite")).first
    told = (item.text_content() or "").partition(" — ")[2]
    sentence = re.sub(r"\s*\[.*$", "", told, flags=re.DOTALL).strip()
    item.locator(".cite").first.click()
    mark = page.locator(".panel mark")
    expect(mark).to_have_count(1)
    expect(mark).to_be_in_viewport()
    assert (mark.text_content() or "").strip() == sentence
    expect(page.locator(".panel .from")).to_contain_text("sample outlet")
    expect(page.locator(".panel .carried")).to_contain_text("independent")


def test_the_evidence_page_stands_alone(visit: Open) -> None:
    """Opened by its address, the article is scrolled to the highlighted sentence."""
    page = visit("/s/openai-november-2023/evidence/5#sentence")
    expect(page.locator("mark")).to_be_in_viewport()


def test_answers_come_live_to_everyone_in_the_channel(visit: Open) -> None:
    """What one types another sees without loading anew; what is for the asker alone they do not."""
    mine, theirs = visit(), visit()
    expect(theirs.locator(".log[data-open]")).to_have_count(1)
    before = theirs.locator(".message").count()
    type_line(mine, "/help")
    type_line(mine, "/outlets")
    expect(theirs.locator(".message")).to_have_count(before + 2)
    expect(theirs.locator(".message").last.locator("h2").first).to_contain_text("Outlets")


def test_the_line_completes_commands_options_and_values(visit: Open) -> None:
    """With the arrow keys and Enter alone: /quotes, its option, a name that the story knows."""
    page = visit()
    page.locator("#line").press_sequentially("/quo")
    options = page.locator("#completions [role=option]")
    expect(options.first).to_contain_text("/quotes")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#line")).to_have_attribute("aria-activedescendant", "completion-0")
    page.keyboard.press("Enter")
    expect(page.locator("#line")).to_have_value("/quotes ")
    page.locator("#line").press_sequentially("by:nad")
    expect(options.first).to_contain_text("Satya Nadella")
    page.keyboard.press("Tab")
    expect(page.locator("#line")).to_have_value('/quotes by:"Satya Nadella"')
    expect(page.locator("#completions")).to_be_hidden()
    before = page.locator(".message:not(.waiting)").count()  # its line waits until its answer is there
    page.keyboard.press("Enter")
    expect(page.locator(".message:not(.waiting)")).to_have_count(before + 2)
    expect(page.locator(".message").last).to_contain_text("Satya Nadella")


def test_a_choice_outlives_an_answer_that_comes_late(visit: Open) -> None:
    """Who goes down the list while the last letter is still asked about keeps what they chose."""
    page = visit()

    def late(route: Route) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    page.route("**/complete?line=*%2Fquo", late)
    page.locator("#line").press_sequentially("/qu", delay=20)
    expect(page.locator("#completions [role=option]").first).to_contain_text("/quotes")
    with page.expect_response("**/complete?line=*%2Fquo"):
        page.keyboard.press("o")
        page.keyboard.press("ArrowDown")
    expect(page.locator("#completions [role=option]")).to_have_count(1)
    expect(page.locator("#line")).to_have_attribute("aria-activedescendant", "completion-0")


def test_a_chart_is_drawn_in_the_chat_and_on_the_page(visit: Open) -> None:
    """`/timeline` brings a picture that loads and says in words what is seen."""
    page = visit()
    type_line(page, "/timeline")
    image = page.locator(".message").last.locator(".chart img")
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("complete", True)
    page.wait_for_function("e => e.naturalWidth > 100", arg=image.element_handle())
    assert "dated developments" in (image.get_attribute("alt") or "")
    page.goto(page.url.partition("/c/")[0] + "/s/openai-november-2023/figures")
    charts = page.locator(".chart img")
    assert charts.count() >= 3
    charts.first.scroll_into_view_if_needed()
    page.wait_for_function("e => e.naturalWidth > 100", arg=charts.first.element_handle())


def test_the_evidence_is_opened_and_closed_by_keyboard(visit: Open) -> None:
    """Enter on a citation opens it, Escape closes it, and the focus is back where it was."""
    page = visit()
    cite = page.locator(".message").last.locator("a.cite").first
    cite.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".panel mark")).to_be_visible()
    expect(page.locator(".panel button")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()
    expect(cite).to_be_focused()


def test_the_three_questions_set_the_channel_up(visit: Open) -> None:
    """`/setup` asks; answered, a channel of one's own speaks French at the hour of Paris."""
    page = visit()
    page.locator(".side .new summary").click()
    page.locator(".side .new input[name=name]").fill("Cellule de crise")
    page.locator(".side .new button").click()
    expect(page.locator("h1")).to_contain_text("cellule-de-crise")
    expect(page.locator(".message").first).to_contain_text("/setup")
    type_line(page, "/setup")
    questions = page.locator(".questions")
    expect(questions.locator("label")).to_have_count(3)
    questions.locator("[name=story]").select_option("openai-november-2023")
    questions.locator("[name=language]").select_option("fr")
    questions.locator("[name=timezone]").fill("Europe/Paris")
    questions.locator("button").click()
    expect(page.locator(".message").last).to_contain_text("Europe/Paris")
    expect(questions).to_have_count(0)
    expect(page.locator(".topic")).to_contain_text("Europe/Paris")
    type_line(page, "/point flash")
    expect(page.locator(".message").last.locator("h2").first).to_contain_text("Flash")
    expect(page.locator(".message").last).to_contain_text("médias")


def test_what_is_refused_says_what_to_do(visit: Open) -> None:
    """A name that nobody has is answered with the nearest, to the asker alone."""
    page = visit()
    type_line(page, "/quotes altmann")
    last = page.locator(".message").last
    expect(last).to_contain_text("Did you mean Sam Altman?")
    expect(last).to_contain_text("only you see this")


def test_a_page_without_scripts_takes_commands(visit: Open) -> None:
    """Plain forms and links: a command, its answer, the evidence, a refusal."""
    page = visit(scripts=False)
    page.locator("#line").fill("/actors")
    page.locator(".composer button").click()
    answer = page.locator(".message").last
    expect(answer.locator("h2").first).to_contain_text("Key actors")
    answer.locator("a.cite").first.click()
    expect(page.locator("mark")).to_have_count(1)
    page.go_back()
    page.locator("#line").fill("/nonsense")
    page.locator(".composer button").click()
    expect(page.locator(".message").last).to_contain_text("There is no command")


def test_the_page_speaks_the_browsers_language(visit: Open) -> None:
    """French for a French browser: the frame, the answers, the story pages."""
    page = visit(locale="fr-FR")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator(".composer button")).to_have_text("Envoyer")
    type_line(page, "/contradictions")
    expect(page.locator(".message").last.locator("h2").first).to_contain_text("contredisent")
    page.goto(page.url.partition("/c/")[0] + "/s/openai-november-2023/timeline")
    expect(page.locator(".document h1")).to_contain_text("Chronologie")


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_everything_without_scrolling_sideways(visit: Open, width: int) -> None:
    """At a phone's width nothing is wider than the screen, and the places are a tap away."""
    page = visit(width=width, height=700)
    for path in ("", "/s/openai-november-2023", "/s/openai-november-2023/figures", "/health", "/menu"):
        if path:
            page.goto(page.url.partition("/c/")[0].partition("/s/")[0].partition("/health")[0] + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.locator(".places a", has_text="openai").first.click()
    expect(page.locator("h1")).to_contain_text("openai")
    page.locator("a.menu").click()
    expect(page.locator(".places")).to_be_visible()


def test_a_new_story_stands_at_the_left_at_once(visit: Open) -> None:
    """Without loading the page anew; what the channel was told stays in sight."""
    page = visit()
    type_line(page, "/story new Reservoir crisis")
    expect(page.locator(".side")).to_contain_text("Reservoir crisis")
    expect(page.locator(".message").last).to_contain_text("reservoir-crisis")
    type_line(page, "/story remove reservoir-crisis")
    page.locator(".questions button").last.click()
    expect(page.locator(".message").last).to_contain_text("Removed the story")
    expect(page.locator(".side")).not_to_contain_text("Reservoir crisis")
