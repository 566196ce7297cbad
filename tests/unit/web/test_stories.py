"""Story pages, in both languages: sections, what narrows them, evidence to the letter, search, charts."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from bots.dispatch.content import made_at
from briefings import demo
from briefings.model import LOCAL, Article, Decision, Following, Reason, Verdict
from briefings.reading import read
from tests.unit.web.visiting import NOW, SLUG, Site, visit

SECTIONS = ("", "actors", "quotes", "timeline", "figures", "consequences", "conflicts", "outlets", "articles")


def path_of(section: str) -> str:
    return f"/s/{SLUG}/{section}".rstrip("/")


def shown(page: str) -> str:
    """The story's own part of a page."""
    return re.findall(r'<article class="document.*?</article>', page, re.DOTALL)[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_section_is_a_page(tmp_path: Path, language: str) -> None:
    """In the browser's language, with one heading of the first level and itself marked in the menu."""

    async def work(site: Site) -> None:
        for section in SECTIONS:
            page = await site.get(path_of(section), {"fr": "fr-CH, fr;q=0.9", "en": "de, en;q=0.8"}[language])
            assert page.status == 200
            assert f'<html lang="{language}">' in page.text
            assert page.text.count('aria-current="page"') == 1
            assert f'<a href="{path_of(section)}" aria-current="page">' in page.text
            assert len(re.findall("<h1", page.text)) == 1, section
            assert page.text.count("<main") == 1

    visit(tmp_path, work)


def test_sections_differ_by_language(tmp_path: Path) -> None:
    """The template's words are translated, the articles' are not."""

    async def work(site: Site) -> None:
        english, french = [shown((await site.get(path_of("quotes"), x)).text) for x in ("en", "fr")]
        assert english != french
        quotes = [set(re.findall(r"open to both options|Q\*", unescape(x))) for x in (english, french)]
        assert quotes[0] == quotes[1] != set()

    visit(tmp_path, work)


@pytest.mark.parametrize("path", ["", "actors", "quotes", "timeline", "figures", "consequences", "conflicts"])
def test_every_citation_of_a_section_has_its_evidence(tmp_path: Path, path: str) -> None:
    """Each link of a mark names the number and the story's making, and leads to a page that is there."""

    async def work(site: Site) -> None:
        page = (await site.get(path_of(path))).text
        marks = set(
            re.findall(r'<a class="cite" href="([^"]*)" aria-label="Citation \[(\d+)\]">\[(\d+)\]</a>', page)
        )
        assert marks
        assert page.count('class="cite"') == len(
            re.findall(r'class="cite"[^>]* aria-label="Citation \[', page)
        )
        of = made_at(await site.desk.story(SLUG))
        for link, named, number in sorted(marks):
            assert link == f"/s/{SLUG}/evidence/{number}?of={of}#sentence"
            assert named == number
            evidence = await site.get(link)
            assert evidence.status == 200
            assert evidence.text.count('id="sentence"') == 1

    visit(tmp_path, work)


def test_a_citation_of_a_removed_story_is_not_anothers(tmp_path: Path) -> None:
    """Where another story has its name now, its links lead nowhere; those of the new one, and a bare one, do."""

    async def work(site: Site) -> None:
        await site.get(path_of(""))
        old = made_at(await site.desk.story(SLUG))
        await site.desk.remove_story(SLUG)
        site.desk.clock = lambda: NOW + timedelta(hours=1)
        again = await site.desk.new_story(demo.NAME)
        first = demo.articles()[0]
        await site.desk.add_articles(again, [first], first.id, private=True)
        await site.get(path_of(""))
        assert again.slug == SLUG
        evidence = f"/s/{SLUG}/evidence/1"
        assert (await site.get(evidence)).status == 200
        assert (await site.get(f"{evidence}?of={made_at(again)}")).status == 200
        for of in (str(old), "", "x", f"0{made_at(again)}"):
            got = await site.get(f"{evidence}?of={of}")
            assert got.status == 404, of
            assert "There is nothing here" in got.text

    visit(tmp_path, work)


def test_evidence_adds_no_blank(tmp_path: Path) -> None:
    """A paragraph of the evidence page is the article's characters."""

    async def work(site: Site) -> None:
        await site.get(path_of(""))
        story = await site.desk.story(SLUG)
        for number in range(1, 12):
            page = await site.get(f"/s/{SLUG}/evidence/{number}")
            evidence = await site.desk.evidence(story, number)
            (shown,) = [x for x in re.findall(r"<p>(.*?)</p>", page.text) if "<mark" in x]
            paragraph = evidence.article.text[evidence.paragraph.start : evidence.paragraph.end]
            assert unescape(re.sub("<[^>]+>", "", shown)) == paragraph

    visit(tmp_path, work)


def test_evidence_marks_exactly_the_cited_sentence(tmp_path: Path) -> None:
    """For every citation of the demo story: the marked characters are those of the span in the article as stored."""

    async def work(site: Site) -> None:
        await site.get(path_of(""))
        for section in SECTIONS[1:-1]:
            await site.get(path_of(section))
        story = await site.desk.story(SLUG)
        for number in range(1, 2_000):
            page = await site.get(f"/s/{SLUG}/evidence/{number}")
            if page.status == 404:
                break
            evidence = await site.desk.evidence(story, number)
            (marked,) = re.findall(r"<mark[^>]*>(.*?)</mark>", page.text, re.DOTALL)
            span = evidence.citation.span
            assert unescape(marked) == evidence.article.text[span.start : span.end]
            assert unescape(re.findall(r"<h1[^>]*>(.*?)</h1>", page.text)[0]) == evidence.article.title
            assert f'<div class="text" lang="{evidence.language}">' in page.text
            assert evidence.article.outlet in unescape(page.text)
        assert number > 30

    visit(tmp_path, work)


def test_a_revised_articles_citation_says_so(tmp_path: Path) -> None:
    """The evidence is of the revision that was cited."""

    async def work(site: Site) -> None:
        story = await site.desk.new_story("Revised")
        old, new = (a for a in demo.articles() if [x.id for x in demo.articles()].count(a.id) > 1)
        await site.desk.add_articles(story, [old], old.id, private=True)
        await site.get("/s/revised")
        first = await site.get("/s/revised/evidence/1")
        assert "was revised since" not in first.text
        await site.desk.add_articles(story, [new], new.id, private=True)
        again = await site.get("/s/revised/evidence/1")
        assert re.search(r"this is revision \d", again.text)
        assert re.findall("<mark.*?</mark>", first.text) == re.findall("<mark.*?</mark>", again.text)

    visit(tmp_path, work)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    """Stories, sections, citations and charts."""

    async def work(site: Site) -> None:
        for path in (
            "/s/nothing", "/s/nothing/quotes", "/s/nothing/evidence/1", "/s/nothing/search?q=x", path_of("nothing"),
            path_of("evidence"), f"/s/{SLUG}/evidence/0", f"/s/{SLUG}/evidence/99999", f"/s/{SLUG}/evidence/-1",
            f"/s/{SLUG}/evidence/{'9' * 30}", f"/s/{SLUG}/chart/timeline/nothing.svg",
            f"/s/{SLUG}/chart/nothing/timeline.svg", f"/s/{SLUG}/chart/articles/timeline.svg",
            f"/s/{SLUG}/chart/timeline/timeline.pdf", path_of("quotes?by=Nobody%20Atall"),
        ):  # fmt: skip
            got = await site.get(path)
            assert got.status == 404, path
            assert "There is nothing here" in got.text
        near = await site.get(path_of("quotes?by=Sam%20Altmann"))
        assert near.status == 404
        assert '<span class="name">Sam Altman</span>' in near.text

    visit(tmp_path, work)


def test_a_section_is_narrowed(tmp_path: Path) -> None:
    """Quotes by who said them, consequences by status, the timeline by day; what is chosen stays chosen."""

    async def work(site: Site) -> None:
        every = await site.get(path_of("quotes"))
        speakers = re.findall(r"<option(?: selected)?>([^<]+)</option>", every.text)
        assert "Sam Altman" in speakers
        some = await site.get(path_of("quotes?by=Altman"))
        assert "<option selected>Sam Altman</option>" in some.text
        assert 0 < shown(some.text).count("<blockquote") < shown(every.text).count("<blockquote") or len(
            shown(some.text)
        ) < len(shown(every.text))
        for speaker in speakers:
            assert (await site.get(path_of(f"quotes?by={speaker}"))).status == 200, speaker
        pages = [
            shown((await site.get(path_of(f"consequences?status={x}"))).text) for x in ("reported", "denied")
        ]
        assert pages[0] != pages[1]
        chosen = await site.get(path_of("consequences?status=expected"))
        assert '<option value="expected" selected>' in chosen.text
        whole = await site.get(path_of("timeline"))
        late = await site.get(path_of("timeline?since=2023-11-20"))
        assert 'value="2023-11-20"' in late.text
        assert len(shown(late.text)) < len(shown(whole.text))
        for path in (
            "consequences?status=x",
            "timeline?since=x",
            "quotes?by=",
            "timeline?since=",
            "actors?by=x",
        ):
            section = path.partition("?")[0]
            assert shown((await site.get(path_of(path))).text) == shown(
                (await site.get(path_of(section))).text
            )

    visit(tmp_path, work)


def test_the_story_is_searched(tmp_path: Path) -> None:
    """Facts and articles with the words, in either language, accents aside, each with its evidence."""

    async def work(site: Site) -> None:
        for query in ("Altman", "salariés", "salaries", "employees"):
            page = await site.get(f"/s/{SLUG}/search?q={query}")
            assert page.status == 200
            links = re.findall(rf'href="(/s/{SLUG}/evidence/\d+)#sentence"', page.text)
            assert links, query
            assert (await site.get(links[0])).status == 200
            assert f'value="{query}"' in page.text
        nothing = await site.get(f"/s/{SLUG}/search?q=zzzzqqq")
        assert "Nothing holds these words" in nothing.text
        for query in ("", "%20", '"', "*", "NEAR(", "a%20OR", "%00", "-", "x" * 3_000, "%F0%9F%99%82"):
            assert (await site.get(f"/s/{SLUG}/search?q={query}")).status == 200, query
        hostile = await site.get(f"/s/{SLUG}/search?q=<script>alert(1)</script>")
        assert "<script>alert" not in hostile.text

    visit(tmp_path, work)


def test_articles_and_gaps_are_listed(tmp_path: Path) -> None:
    """Each article with its outlet and a link; what could not be fetched is told."""

    async def work(site: Site) -> None:
        story = await site.desk.story(SLUG)
        async for outcome in site.desk.add(story, ["http://127.0.0.1:9/<b>"]):
            assert outcome.what == "failed"
        page = unescape((await site.get(path_of("articles"))).text)
        for member in await site.desk.members(story):
            assert member.article.title in page
            assert member.article.outlet in page
            assert f'href="{member.article.url}"' in page
        assert "(revision 2)" in page
        assert "What is missing" in page
        assert "127.0.0.1" in page
        assert "<b>" not in (await site.get(path_of("articles"))).text

    visit(tmp_path, work)


def test_a_storys_charts_are_drawn(tmp_path: Path) -> None:
    """Each image of the pages, as SVG and PNG, in each theme and width."""

    async def work(site: Site) -> None:
        paths = set()
        for section in ("", "timeline", "figures"):
            paths |= set(re.findall(r'<img src="(/s/[^"]+)"', (await site.get(path_of(section))).text))
        assert paths
        for path in sorted(paths):
            variants = ("", "?theme=dark", "?width=narrow", "?theme=dark&width=narrow")
            drawn = [await site.get(path + v) for v in variants]
            assert {d.status for d in drawn} == {200}
            assert len({d.body for d in drawn}) == 4
            assert {d.headers["Content-Type"] for d in drawn} == {"image/svg+xml"}
        png = await site.get(sorted(paths)[0].replace(".svg", ".png"))
        assert png.headers["Content-Type"] == "image/png"
        assert png.body.startswith(b"\x89PNG")

    visit(tmp_path, work)


def test_a_narrowed_timelines_chart_is_narrowed(tmp_path: Path) -> None:
    """The picture of the page begins with the day that it asks for."""

    async def work(site: Site) -> None:
        page = await site.get(path_of("timeline?since=2023-11-20"))
        (source,) = re.findall(r'<img src="(/s/[^"]+)"', page.text)
        assert source.endswith("?since=2023-11-20")
        narrowed, whole = await site.get(unescape(source)), await site.get(source.partition("?")[0])
        assert narrowed.status == whole.status == 200
        assert narrowed.body != whole.body

    visit(tmp_path, work)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ("Followed by", "the words quay", "In doubt", "has the words quay", "/story include")),
        ("fr", ("Suivi par", "les mots quay", "Douteux", "contient les mots quay", "/sujet inclure")),
    ],
)
def test_what_a_story_is_followed_by_and_what_is_in_doubt_is_shown(
    tmp_path: Path, language: str, told: tuple[str, ...]
) -> None:
    """With its score and reasons, below the articles; an outside headline is text."""

    async def work(site: Site) -> None:
        story, store = await site.desk.story(SLUG), site.desk.store
        before = unescape(shown((await site.get(path_of("articles"), language)).text))
        assert told[0] not in before
        store.follows.follow(LOCAL, story, Following.WORDS, "quay", NOW)
        reading = read(
            Article(
                "d1", "A quay fell in.", "Quay <b>falls</b>", "Post", "https://post.example/d1", "en", NOW
            )
        )
        verdict = Verdict(0.5, (Reason(Following.WORDS, "quay", ("quay",)),), Decision.MAYBE)
        await site.desk.add_reading(story, reading, private=False, verdict=verdict)
        page = shown((await site.get(path_of("articles"), language)).text)
        for words in told:
            assert words in unescape(page)
        assert "0.5" in page or "0,5" in page
        assert "<b>falls" not in page
        assert 'href="https://post.example/d1"' in page
        assert len(re.findall("<h1", page)) == 1
        assert len(re.findall("<h2", page)) >= 2

    visit(tmp_path, work)


def test_a_story_without_articles_is_a_page(tmp_path: Path) -> None:
    """Every section of it, with what to do."""

    async def work(site: Site) -> None:
        await site.desk.new_story("Empty")
        for section in SECTIONS:
            page = await site.get(f"/s/empty/{section}".rstrip("/"))
            assert page.status == 200, section
            assert "<img src" not in shown(page.text)
        assert "/story add" in (await site.get("/s/empty/articles")).text
        assert (await site.get("/s/empty/search?q=x")).status == 200

    visit(tmp_path, work)


def test_reading_a_story_page_is_no_briefing(tmp_path: Path) -> None:
    """What a channel is told since its last briefing does not depend on who looked at the pages."""

    async def work(site: Site) -> None:
        story = await site.desk.story(SLUG)
        await site.get(path_of(""))
        assert await site.desk.last_briefed(story, "story-page") is None

    visit(tmp_path, work)
