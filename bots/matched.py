"""What a story is followed by and what was matched to it, as chat and pages show it."""

from __future__ import annotations

from collections.abc import Sequence

from bots.answers import bullets, paragraph, say
from bots.commands import Line, noop
from briefings.model import Article, Follow, Following, Matched, Reason, Story
from briefings.plain import literal, safe_url
from briefings.rendering.document import Block, Heading, Inline, Link, Strong, Text
from briefings.rendering.words import Words

# ---- what it is followed by ------------------------------------------------------------------------------------------------

_KINDS = {
    Following.WORDS: noop("the words %(value)s"),
    Following.OUTLET: noop("the outlet %(value)s"),
    Following.FEED: noop("the feed %(value)s"),
    Following.PAGE: noop("the page %(value)s"),
    Following.FOLDER: noop("the folder %(value)s"),
    Following.LIKE: noop("what is like the article %(value)s"),
}


def followed(words: Words, story: Story, follows: Sequence[Follow]) -> list[Block]:
    """What the story is followed by, numbered, with what is wrong with it; nothing for nothing."""
    if not follows:
        return []
    resume = Line(f"/story resume {story.slug}")
    rests = [paragraph(words, noop("It rests: %(resume)s goes on."), resume=resume)] if story.resting else []
    lines = (follow_line(words, n, f) for n, f in enumerate(follows, 1))
    return [Heading(3, say(words, noop("Followed by"))), *rests, bullets(*lines)]


def follow_line(words: Words, number: int, follow: Follow) -> tuple[Inline, ...]:
    shown = literal(follow.title or follow.value)
    line = (Strong((Text(f"{number}"),)), Text(" — "), *say(words, _KINDS[follow.kind], value=shown))
    if follow.why:
        since = words.moment(follow.failing)
        line += (Text(" · "), *say(words, noop("fails since %(since)s"), since=since))
        line += (Text(f": {literal(follow.why)}"),) if words.language == "en" else ()
    return line


# ---- what was matched --------------------------------------------------------------------------------------------------------

_REASONS = {
    Following.WORDS: noop("has the words %(shared)s"),
    Following.OUTLET: noop("is of the outlet %(value)s"),
    Following.FEED: noop("came by the feed %(value)s"),
    Following.PAGE: noop("is the page %(value)s"),
    Following.FOLDER: noop("lay in the folder %(value)s"),
    Following.LIKE: noop("is like the examples: %(shared)s"),
}


def matched(
    words: Words, doubtful: Sequence[Matched], came_in: Sequence[Matched], out: Sequence[Matched]
) -> list[Block]:
    """Those in doubt first, each with its score and reasons, and how a person decides."""
    blocks: list[Block] = []
    groups = ((noop("In doubt"), doubtful), (noop("Came in"), came_in), (noop("Taken out"), out))
    for heading, found in groups:
        if found:
            blocks += [Heading(3, say(words, heading)), bullets(*(_matched(words, m) for m in found))]
    if doubtful:
        example = doubtful[0].article.url or "https://…"
        blocks.append(
            paragraph(
                words,
                noop("%(include)s takes one in, %(exclude)s keeps it out."),
                include=Line(f"/story include {example}"),
                exclude=Line(f"/story exclude {example}"),
            )
        )
    return blocks


def _matched(words: Words, m: Matched) -> tuple[Inline, ...]:
    line = (*shown_article(m.article), Text(f" — {words.number(m.verdict.score)}"))
    if m.decided_by:
        line += (Text(" · "), *say(words, noop("decided by a person")))
    for reason in m.verdict.reasons:
        line += (Text(" · "), *_reason(words, reason))
    return line


def shown_article(article: Article) -> tuple[Inline, ...]:
    url = safe_url(article.url)
    title = Text(literal(article.title or article.id), article.language)
    outlet = (Text(f"{literal(article.outlet)}: "),) if article.outlet else ()
    return (*outlet, Link(url, (title,)) if url else title)


def _reason(words: Words, reason: Reason) -> tuple[Inline, ...]:
    shared = ", ".join(reason.shared) or "—"
    return say(words, _REASONS[reason.kind], value=literal(reason.value), shared=literal(shared))
