"""Story pages: a section each, with charts; the evidence behind a citation; search."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from aiohttp import web
from markupsafe import Markup

from bots.days import day_since
from bots.dispatch.content import made_at
from bots.matched import followed, matched
from bots.telling import kind_of
from bots.web.drawings import drawn, variant
from bots.web.frame import DRAWINGS, ROOMS, Reader, page, zone_in
from bots.web.messages import document_html, picture
from briefings.desk import Desk
from briefings.errors import NotFound
from briefings.following import StoryFollowing
from briefings.model import Article, Decision, Span, Status, Story
from briefings.plain import literal, safe_url
from briefings.rendering import Briefing, Only, gap_words
from briefings.rendering.document import Image
from briefings.rendering.words import Words

#: The pages of a story, in the order of its menu; "" is the first. Each is the template of that name.
SECTIONS = ("", "actors", "quotes", "timeline", "figures", "consequences", "conflicts", "outlets", "articles")
_MATCHES = 20  # that are shown of those in doubt, and of those that were taken out
_OVERVIEW = "overview"  # the first page in the address of a chart


async def _story(request: web.Request) -> tuple[Desk, Story]:
    desk = request.app[ROOMS].desk
    return desk, await desk.story(request.match_info["story"])


async def show(request: web.Request) -> web.StreamResponse:
    """One section of a story."""
    desk, story = await _story(request)
    section = request.match_info.get("section", "")
    if section not in SECTIONS:
        raise NotFound(f"A story has no section {section!r}.")
    if section == "articles":
        return await _articles(request, desk, story)
    only = await _only(request, desk, story, section)
    briefing = await _briefing(request, desk, story, section, only)
    base = f"/s/{quote(story.slug, safe='')}/chart/{section or _OVERVIEW}/"

    def image(x: Image) -> str:
        return picture(f"{base}{quote(x.name, safe='')}.svg", x.alt, narrowed=only.since or "")

    reader = Reader.of(request)
    shown = document_html(
        briefing.document.blocks,
        briefing.language,
        (story.slug, made_at(story)),
        image,
        reader.words,
        deeper=0,
    )
    return await page(
        request,
        "story.html.j2",
        story=story,
        section=section,
        sections=SECTIONS,
        body=Markup(shown),  # noqa: S704  # escaped in rendering/html.py
        speakers=(await desk.view(story)).speakers if section == "quotes" else (),
        statuses=[s.value for s in Status] if section == "consequences" else [],
        only=only,
        query="",
    )


async def _briefing(request: web.Request, desk: Desk, story: Story, section: str, only: Only) -> Briefing:
    reader = Reader.of(request)
    return await desk.brief(
        story, section or "sitrep", reader.language, zone_in(request), "story-page", mark=False, only=only
    )


async def _only(request: web.Request, desk: Desk, story: Story, section: str) -> Only:
    """What the address narrows the section to. NotFound has the nearest names."""
    by, status, since = (request.query.get(n, "").strip()[:200] for n in ("by", "status", "since"))
    if section == "quotes" and by:
        return Only(by=(await desk.actor(story, by)).name)
    if section == "consequences" and status in {s.value for s in Status}:
        return Only(status=Status(status))
    if section == "timeline" and since:
        latest = (await desk.view(story)).newest
        return Only(since=await asyncio.to_thread(day_since, since, desk.clock(), zone_in(request), latest))
    return Only()


async def chart(request: web.Request) -> web.StreamResponse:
    """A chart of a story's section as it is now."""
    desk, story = await _story(request)
    section, name = request.match_info["section"], request.match_info["name"]
    section = "" if section == _OVERVIEW else section
    if section not in SECTIONS:
        raise NotFound(f"A story has no section {section!r}.")
    since = request.query.get("since", "")
    only = await _only(request, desk, story, section) if since else Only()
    briefing = await _briefing(request, desk, story, section, only)
    found = next((c for c in briefing.charts if c.name == name), None)
    if found is None:
        raise NotFound(f"The section has no chart {name!r}.")
    form, theme, width = variant(request)
    return drawn(await request.app[DRAWINGS].get(found, form, theme, width), form)


async def _articles(request: web.Request, desk: Desk, story: Story) -> web.StreamResponse:
    """The story's articles with their revisions, what could not be fetched, what it is followed by, and what is in doubt."""
    reader = Reader.of(request, zone_in(request))
    members = [
        {
            "title": literal(m.article.title or m.article.id),
            "language": m.article.language or reader.language,
            "outlet": literal(m.article.outlet),
            "url": safe_url(m.article.url),
            "when": reader.words.moment(m.article.published),
            "revision": m.article.revision,
        }
        for m in reversed(await desk.members(story))
    ]
    gaps = [gap_words(g, Words(reader.language)) for g in await desk.gaps(story)]
    following = StoryFollowing(desk)
    doubtful = await following.matches(story, Decision.MAYBE, _MATCHES)
    out = [m for m in await following.matches(story, Decision.OUT, _MATCHES) if m.decided_by]
    blocks = [
        *followed(reader.words, story, await following.follows(story)),
        *matched(reader.words, doubtful, (), out),
    ]
    told = document_html(blocks, reader.language, None, lambda _: "", reader.words, deeper=-1)
    return await page(
        request,
        "articles.html.j2",
        story=story,
        section="articles",
        sections=SECTIONS,
        members=members,
        gaps=gaps,
        following=Markup(told),  # noqa: S704  # escaped in rendering/html.py
        query="",
    )


async def search(request: web.Request) -> web.StreamResponse:
    """Facts and articles that hold the words of `q`."""
    desk, story = await _story(request)
    reader = Reader.of(request, zone_in(request))
    query = request.query.get("q", "").strip()[:200]
    hits = await desk.search(story, query, facts=30, articles=15) if query else None
    found = [
        {
            "kind": kind_of(h.fact),
            "sentence": literal(h.sentence),
            "language": h.language,
            "number": h.number,
        }
        for h in (hits.facts if hits else ())
    ]
    articles = [
        {
            "title": literal(h.article.title or h.article.id),
            "outlet": literal(h.article.outlet),
            "when": reader.words.moment(h.article.published),
            "sentence": literal(h.sentence),
            "language": h.language,
            "number": h.number,
        }
        for h in (hits.articles if hits else ())
    ]
    return await page(
        request,
        "search.html.j2",
        story=story,
        section="search",
        sections=SECTIONS,
        query=query,
        found=found,
        articles=articles,
    )


# ---- evidence --------------------------------------------------------------------------------------------------------------


async def evidence(request: web.Request) -> web.StreamResponse:
    """The article with the cited sentence highlighted; its outlet and date; who carries the fact."""
    desk, story = await _story(request)
    of = request.query.get("of")
    if of is not None and of != str(made_at(story)):
        raise NotFound("The story that this citation is of was removed; another one has its name now.")
    e = await desk.evidence(story, int(request.match_info["number"]))
    reader = Reader.of(request, zone_in(request))
    return await page(
        request,
        "evidence.html.j2",
        story=story,
        section="evidence",
        sections=SECTIONS,
        query="",
        number=e.number,
        title=literal(e.article.title),
        outlet=literal(e.article.outlet),
        when=reader.words.moment(e.article.published),
        url=safe_url(e.article.url),
        byline=literal(e.article.byline),
        revision=e.article.revision,
        latest=e.latest,
        sample=e.article.sample,
        article_language=e.language,
        paragraphs=paragraphs(e.article, e.citation.span),
        outlets=[literal(o) for o in e.outlets],
        voices=e.voices,
        kinds=sorted({kind_of(f) for f in e.facts}),
    )


def paragraphs(article: Article, span: Span) -> list[tuple[str, str, str]]:
    """The article's paragraphs as (before, cited, after); `cited` is "" but where the cited sentence is."""
    found: list[tuple[str, str, str]] = []
    start = 0
    for line in article.text.split("\n"):
        end = start + len(line)
        a, b = max(span.start, start), min(span.end, end)
        if a < b:
            text = article.text
            found.append((literal(text[start:a]), literal(text[a:b]), literal(text[b:end])))
        elif line.strip():
            found.append((literal(line), "", ""))
        start = end + 1
    return found
