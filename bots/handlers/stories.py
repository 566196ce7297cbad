"""Commands that make, fill, show and remove stories."""

from __future__ import annotations

import re

from bots.answers import Answer, Form, Refused, bullets, paragraph, say, typed
from bots.commands import Line, noop
from bots.handlers.turn import Turn
from bots.matched import followed
from bots.telling import tell
from briefings.desk import Outcome, is_address, slug_of
from briefings.following import StoryFollowing
from briefings.model import Member, Story
from briefings.plain import literal, safe_url
from briefings.rendering import gap_words
from briefings.rendering.document import Block, Emphasis, Heading, Inline, Link, Strong, Text
from briefings.rendering.words import Words

MOST_ADDRESSES = 20
_SHOWN = 15  # articles of a story that are listed
_BARE_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE)


async def new(turn: Turn) -> Answer:
    """A story; the first one of a channel becomes the channel's."""
    story = await made(turn, turn.call.text("name") or "")
    if turn.channel.story is None:
        await turn.desk.choose(turn.place.channel, story=story)
        told = noop("Made the story %(story)s; it is this channel's. Next: %(add)s")
    else:
        told = noop("Made the story %(story)s. Next: %(add)s")
        return turn.answer(
            paragraph(
                turn.words,
                told,
                story=typed(story.slug),
                add=Line(f"/story add https://… story:{story.slug}"),
            )
        )
    return turn.answer(paragraph(turn.words, told, story=typed(story.slug), add=Line("/story add https://…")))


async def made(turn: Turn, name: str) -> Story:
    """A new story of that name. Refused where nothing in it can stand in a story's short name."""
    if not slug_of(name):
        raise Refused(
            noop("“%(name)s” has no letter or digit to name a story by."),
            noop("Give it a name such as “Reservoir crisis”."),
            name=name[:80],
        )
    return await turn.desk.new_story(name)


async def add(turn: Turn) -> Answer:
    """Articles from addresses. What fails is told; the others go in."""
    story = await turn.story()
    urls = [f"https://{u}" if _BARE_HOST.fullmatch(u) else u for u in turn.call.several("urls")]
    wrong = next((u for u in urls if not is_address(u)), None)
    if wrong is not None:
        raise Refused(
            noop("“%(word)s” is not an address."),
            noop("Addresses begin with https:// or http://."),
            word=wrong[:80],
        )
    if len(urls) > MOST_ADDRESSES:
        raise Refused(
            noop("That is %(n)s addresses; %(most)s go into one command."),
            noop("Give the others in another."),
            n=len(urls),
            most=MOST_ADDRESSES,
        )
    lines: list[tuple[Inline, ...]] = []
    good = 0
    async for outcome in turn.desk.add(story, list(dict.fromkeys(urls))):
        lines.append(_outcome(turn, outcome))
        good += outcome.error is None
    heading = paragraph(
        turn.words,
        noop("%(story)s: %(good)s of %(all)s added."),
        story=Strong((Text(literal(story.name)),)),
        good=good,
        all=len(lines),
    )
    blocks: list[Block] = [heading, bullets(*lines)]
    if good:
        blocks.append(paragraph(turn.words, noop("Next: %(brief)s"), brief=Line("/brief")))
    return turn.answer(*blocks, story=story)


_WHAT = {"new": noop("new"), "revised": noop("revised"), "unchanged": noop("unchanged")}


def _outcome(turn: Turn, outcome: Outcome) -> tuple[Inline, ...]:
    words = turn.words
    if outcome.error is not None:
        what, hint = tell(outcome.error, words)
        return (Strong((Text(words.message(noop("failed"))),)), Text(" — "), *what, Text(" "), *hint)
    article = outcome.articles[0]
    title = Text(literal(article.title) or literal(outcome.source), article.language)
    outlet = literal(article.outlet) or words.message("unknown outlet")
    return (Strong((Text(words.message(_WHAT[outcome.what])),)), Text(f" — {outlet}: "), title)


async def list_(turn: Turn) -> Answer:
    stories = await turn.desk.stories()
    if not stories:
        raise Refused(
            noop("There is no story yet."),
            noop("Make one with %(new)s, then give it articles with %(add)s."),
            new=Line("/story new …"),
            add=Line("/story add https://…"),
        )
    lines = []
    for story in stories:
        n = await turn.desk.size(story)
        count = turn.words.messages("%(n)s article", "%(n)s articles", n) % {"n": n}
        own = say(turn.words, noop(" · this channel's")) if story.slug == turn.channel.story else ()
        lines.append(
            (Strong((Text(literal(story.name)),)), Text(" — "), typed(story.slug), Text(f" · {count}"), *own)
        )
    return turn.answer(bullets(*lines))


async def show(turn: Turn) -> Answer:
    """The newest articles, and what could not be fetched."""
    story = await turn.story()
    members = await turn.desk.members(story)
    gaps = await turn.desk.gaps(story)
    blocks: list[Block] = [
        Heading(2, (Text(literal(story.name)), Text(" — "), typed(story.slug))),
    ]
    if not members:
        blocks.append(
            paragraph(turn.words, noop("No article yet. Next: %(add)s"), add=Line("/story add https://…"))
        )
    else:
        newest = members[::-1][:_SHOWN]
        blocks.append(bullets(*(_member(turn, m) for m in newest)))
        if len(members) > _SHOWN:
            blocks.append(
                paragraph(turn.words, noop("And %(n)s earlier ones."), n=len(members) - _SHOWN),
            )
    blocks += followed(turn.words, story, await StoryFollowing(turn.desk).follows(story))
    if gaps:
        blocks.append(Heading(3, say(turn.words, noop("What is missing"))))
        blocks.append(bullets(*((Text(gap_words(g, Words(turn.language))),) for g in gaps)))
    return turn.answer(*blocks, story=story)


def _member(turn: Turn, member: Member) -> tuple[Inline, ...]:
    a = member.article
    title = Text(literal(a.title or a.id), a.language)
    url = safe_url(a.url)
    shown: Inline = Link(url, (title,)) if url else title
    outlet = literal(a.outlet) or turn.words.message("unknown outlet")
    revised = say(turn.words, noop(" (revision %(n)s)"), n=a.revision) if a.revision > 1 else ()
    return (
        Text(f"{turn.words.moment(a.published)} — "),
        Emphasis((Text(outlet),)),
        Text(": "),
        shown,
        *revised,
    )


async def default(turn: Turn) -> Answer:
    story = await turn.story()
    await turn.desk.choose(turn.place.channel, story=story)
    return turn.answer(
        paragraph(
            turn.words,
            noop("This channel's commands are about %(story)s now. Next: %(brief)s"),
            story=Strong((Text(literal(story.name)),)),
            brief=Line("/brief"),
        )
    )


async def remove(turn: Turn) -> Answer:
    """Asked for twice: a story's citation numbers can't be had back."""
    story = await turn.story()
    if turn.call.text("confirm") is None:
        n = await turn.desk.size(story)
        count = turn.words.messages("%(n)s article", "%(n)s articles", n) % {"n": n}
        question = paragraph(
            turn.words,
            noop("Remove %(story)s (%(count)s) and its citation numbers, for good? Then: %(again)s"),
            story=Strong((Text(literal(story.name)),)),
            count=count,
            again=Line(f"/story remove {story.slug} confirm:yes"),
        )
        form = Form(
            "story remove",
            (),
            turn.words.message(noop("Remove for good")),
            fixed={"story": story.slug, "confirm": "yes"},
            danger=True,
        )
        return Answer(turn.answer(question).document, public=False, form=form)
    await turn.desk.remove_story(story.slug)
    return turn.answer(
        paragraph(
            turn.words, noop("Removed the story %(story)s."), story=Strong((Text(literal(story.name)),))
        )
    )
