"""Commands by which a story is followed, and by which a person overrules what was matched to it."""

from __future__ import annotations

from bots.answers import Answer, Refused, bullets, paragraph, say, typed
from bots.commands import Line, noop
from bots.handlers.stories import made
from bots.handlers.turn import Turn
from bots.matched import follow_line, followed, matched, shown_article
from bots.place import home_of
from bots.telling import tell
from briefings.desk import is_address
from briefings.errors import AlreadyThere, NotFound
from briefings.following import FollowOutcome, StoryFollowing
from briefings.model import Address, Decision, Story
from briefings.plain import literal
from briefings.rendering.document import Block, Heading, Inline, Strong, Text

MOST_THINGS = 20
_SHOWN = 10  # articles of each kind


async def follow(turn: Turn) -> Answer:
    """What was said is followed, one by one; a story that is not there is made. What fails is told."""
    name = turn.call.text("story") or ""
    what = list(turn.call.several("what"))
    if is_address(name):  # "/story follow https://…" in a channel that has a story
        what, name = [name, *what], ""
    outlets = [x for x in (p.strip() for p in " ".join(turn.call.several("outlets")).split(",")) if x]
    likes = list(turn.call.several("like"))
    if len(what) + len(outlets) + len(likes) > MOST_THINGS:
        raise Refused(
            noop("That is more than %(most)s things in one command."),
            noop("Give the others in another."),
            most=MOST_THINGS,
        )
    story = await _story(turn, name)
    following = StoryFollowing(turn.desk)
    if not (what or outlets or likes):
        await following.rest(story, False)
        if not await following.follows(story):
            raise Refused(
                noop("Nothing says what %(story)s is followed by."),
                noop("Give it words, or addresses of feeds: %(example)s"),
                story=typed(story.slug),
                example=Line(f"/story follow {story.slug} dam, reservoir https://example.org/rss"),
            )
        return turn.answer(*await _now_followed(turn, story), story=story)
    who = turn.asker.id or turn.asker.name
    here = Address(home_of(turn.place.tenant), turn.place.channel)
    asked = await following.follow(story, what, outlets=outlets, likes=likes, made_by=who, said_in=here)
    await following.rest(story, False)
    failed = [_failed(turn, a) for a in asked if a.error is not None]
    blocks: list[Block] = list(await _now_followed(turn, await turn.desk.story(story.slug)))
    if failed:
        blocks = [Heading(3, say(turn.words, noop("What could not be followed"))), bullets(*failed), *blocks]
    return turn.answer(*blocks, story=story)


async def _story(turn: Turn, name: str) -> Story:
    """The story of that name, made where it is not there; the channel's where none is named."""
    if not name:
        return await turn.own_story()
    try:
        return await turn.desk.story(name)
    except NotFound:
        story = await made(turn, name)
        if turn.channel.story is None:
            await turn.desk.choose(turn.place.channel, story=story)
        return story


def _failed(turn: Turn, asked: FollowOutcome) -> tuple[Inline, ...]:
    assert asked.error is not None
    if isinstance(asked.error, AlreadyThere):
        already = say(turn.words, noop("it is followed by that already."))
        return (Text(f"{literal(asked.value[:200])} — "), *already)
    what, hint = tell(asked.error, turn.words)
    return (Text(f"{literal(asked.value[:200])} — "), *what, Text(" "), *hint)


async def _now_followed(turn: Turn, story: Story) -> list[Block]:
    """What the story is followed by by now, and what to do next."""
    follows = await StoryFollowing(turn.desk).follows(story)
    blocks = followed(turn.words, story, follows)
    if follows and not any(f.feed is not None for f in follows) and not await _has_pool(turn):
        blocks.append(
            paragraph(
                turn.words,
                noop("No feed is followed here yet, so nothing can come in. Add one: %(follow)s"),
                follow=Line(f"/story follow {story.slug} https://example.org/rss"),
            )
        )
    elif follows:
        at_once = "aussitôt" if turn.language == "fr" else "at once"
        blocks.append(
            paragraph(
                turn.words,
                noop("What is new comes in by itself. To be told at once: %(edition)s"),
                edition=Line(f"/edition add {story.slug} news {at_once}"),
            )
        )
    return [
        paragraph(turn.words, noop("%(story)s is followed."), story=Strong((Text(literal(story.name)),)))
        if follows
        else paragraph(
            turn.words, noop("%(story)s is followed by nothing."), story=Strong((Text(literal(story.name)),))
        ),
        *blocks,
    ]


async def _has_pool(turn: Turn) -> bool:
    """Whether any story here follows a feed, or the operator does."""
    if turn.desk.settings.sources.feeds or turn.desk.settings.sources.folders:
        return True
    following = StoryFollowing(turn.desk)
    for story in await turn.desk.stories():
        if any(f.feed is not None for f in await following.follows(story)):
            return True
    return False


async def unfollow(turn: Turn) -> Answer:
    story = await turn.story()
    gone = await StoryFollowing(turn.desk).unfollow(story, turn.call.text("what") or "")
    if not gone:
        raise Refused(noop("%(story)s is followed by nothing."), "", story=typed(story.slug))
    told = paragraph(
        turn.words, noop("%(story)s is no longer followed by:"), story=Strong((Text(literal(story.name)),))
    )
    return turn.answer(
        told, bullets(*(follow_line(turn.words, n, f) for n, f in enumerate(gone, 1))), story=story
    )


async def pause(turn: Turn) -> Answer:
    story = await turn.story()
    await StoryFollowing(turn.desk).rest(story, True)
    return turn.answer(
        paragraph(
            turn.words,
            noop("%(story)s rests: nothing new comes in. %(resume)s goes on."),
            story=Strong((Text(literal(story.name)),)),
            resume=Line(f"/story resume {story.slug}"),
        ),
        story=story,
    )


async def resume(turn: Turn) -> Answer:
    story = await turn.story()
    await StoryFollowing(turn.desk).rest(story, False)
    return turn.answer(*await _now_followed(turn, await turn.desk.story(story.slug)), story=story)


# ---- matches -------------------------------------------------------------------------------------------------------------------


async def matches(turn: Turn) -> Answer:
    """Those in doubt first, then those that came in by themselves, each with its score and reasons."""
    story = await turn.story()
    following = StoryFollowing(turn.desk)
    doubtful = await following.matches(story, Decision.MAYBE, _SHOWN)
    came_in = await following.matches(story, Decision.IN, _SHOWN)
    out = [m for m in await following.matches(story, Decision.OUT, _SHOWN) if m.decided_by]
    if not (doubtful or came_in or out):
        raise Refused(
            noop("Nothing was matched to %(story)s yet."),
            noop("Have it followed with %(follow)s."),
            story=typed(story.slug),
            follow=Line(f"/story follow {story.slug} …"),
        )
    return turn.answer(*matched(turn.words, doubtful, came_in, out), story=story)


async def include(turn: Turn) -> Answer:
    return await _decided(turn, noop("It is of the story %(story)s, whatever a match says:"), True)


async def exclude(turn: Turn) -> Answer:
    return await _decided(
        turn,
        noop("It is out of the story %(story)s. What it alone said is taken back where it was posted:"),
        False,
    )


async def _decided(turn: Turn, told: str, belongs: bool) -> Answer:
    story = await turn.story()
    following = StoryFollowing(turn.desk)
    named = turn.call.text("article") or ""
    by = turn.asker.id or turn.asker.name
    article = await (following.include if belongs else following.exclude)(story, named, by)
    heading = paragraph(turn.words, told, story=Strong((Text(literal(story.name)),)))
    return turn.answer(heading, bullets(shown_article(article)), story=story)
