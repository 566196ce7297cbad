"""One command's turn: the call, where it was typed, and what the channel has chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from bots.answers import Answer, Refused, document, typed
from bots.commands import Line, noop
from bots.parsing import Call
from bots.place import Asker, Place
from briefings.desk import Desk
from briefings.errors import NotFound
from briefings.model import Channel, Language, Story
from briefings.nearest import nearest
from briefings.rendering.document import Block
from briefings.rendering.words import Words


@dataclass(frozen=True, slots=True)
class Turn:
    """`words` and `zone` are those that the answer is given in."""

    call: Call
    place: Place
    asker: Asker
    desk: Desk
    channel: Channel
    words: Words
    zone: tzinfo

    @property
    def language(self) -> Language:
        return self.words.language

    def answer(self, *blocks: Block, story: Story | None = None) -> Answer:
        return Answer(document(self.words, *blocks), public=self.call.command.public, story=story)

    async def story(self) -> Story:
        """The story that the call names, else the channel's, else the only one there is. Refused, NotFound."""
        named = self.call.text("story")
        return await self.named(named) if named is not None else await self.own_story()

    async def own_story(self) -> Story:
        """The channel's story, else the only one there is. Refused, NotFound."""
        if self.channel.story is not None:
            return await self.desk.story(self.channel.story)
        stories = await self.desk.stories()
        if len(stories) == 1:
            return stories[0]
        if not stories:
            raise Refused(
                noop("There is no story yet."),
                noop("Make one with %(new)s, then give it articles with %(add)s."),
                new=Line("/story new …"),
                add=Line("/story add https://…"),
            )
        known = ", ".join(s.slug for s in stories[:10])
        raise Refused(
            noop("This channel has no story of its own."),
            noop("Name one of these: %(known)s. %(default)s makes one of them the channel's."),
            known=known,
            default=Line("/story default …"),
        )

    async def named(self, name: str) -> Story:
        """The story of that name. Refused names the nearest, else those there are."""
        try:
            return await self.desk.story(name)
        except NotFound as e:
            known = e.near or tuple(s.slug for s in (await self.desk.stories())[:10])
            near = noop("Did you mean %(known)s?") if e.near else noop("There is: %(known)s.")
            raise Refused(
                noop("There is no story “%(name)s”."),
                near if known else noop("Make one with %(new)s."),
                name=name[:80],
                known=", ".join(known),
                new=Line("/story new …"),
            ) from e

    async def filled(self) -> Story:
        """The story, which must have an article to tell of."""
        story = await self.story()
        if not len((await self.desk.view(story)).dossier):
            raise Refused(
                noop("The story %(story)s has no article yet."),
                noop("Give it some with %(add)s."),
                story=typed(story.slug),
                add=Line("/story add https://…"),
            )
        return story


def template_named(known: Sequence[str], name: str) -> str:
    """The template's name. Refused has the nearest."""
    if name.lower() in known:
        return name.lower()
    near = nearest(name, known)
    raise Refused(
        noop("There is no template “%(name)s”."),
        noop("Did you mean %(near)s?") if near else noop("There is: %(known)s."),
        name=name[:80],
        near=", ".join(near),
        known=", ".join(known),
    )
