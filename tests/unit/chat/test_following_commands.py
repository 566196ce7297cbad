"""The chat commands by which a story is followed, over a site on loopback: what is said, in both languages, and refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.answers import Answer
from bots.chat import Chat
from bots.commands import command_named
from bots.completing import complete
from bots.parsing import Call, made, parse
from bots.place import Asker, Place
from bots.when import When, when
from briefings.model import INSTANT, Decision, Follow, Following, Language, Polled, Story
from briefings.rendering import Briefing, to_markdown
from briefings.store import Polling
from tests.unit.polling import BODY, HEAD, ONE, OTHER, OTHER_HEAD, TWO, Entry, House, page, work_with

BOSS = Asker("b", "Boss", manager=True)
READER = Asker("r", "Reader")
HERE = Place(ONE, "here", "here")
DAM = Entry("/a1")
PEARS = Entry("/a2", OTHER_HEAD, "Pears cost twice as much as a year ago, growers in the valley say.")
PARTLY = "Sluice keepers meet"  # its words stand once, far down in it
PARTLY_BODY = (
    "Keepers of every sluice on the coast met on Friday to talk about their pay, their union said.\n"
    "They ask for 8 percent more, and for two who watch at night instead of one as it is today.\n"
    "The Quay Office answers that it has no money for that, and that talks go on after the summer.\n"
    "Barges were let through all the same, since nobody wants the harvest to rot in the holds of the boats.\n"
    "A walk through the town is planned for Sunday, with a band, two choirs and a supper at the old mill.\n"
    "The last such walk, nine years ago, ended in a settlement within a week, as older keepers recall.\n"
    "Among the guests will be the firm Pellmoor, which looks after the gates."
)


def text(answer: Answer) -> str:
    """An answer as Markdown, without what escapes its marks."""
    document = answer.document
    shown = to_markdown(Briefing(document, (), (), None, "", document.language))  # type: ignore[arg-type]
    return shown.replace("\\", "")


@dataclass
class World:
    """A chat over the house's desk, and what is typed in it."""

    h: House
    chat: Chat

    async def ask(self, line: str, asker: Asker = BOSS, place: Place = HERE) -> Answer:
        return await self.chat.answer(line, place, asker)

    async def shown(self, line: str, asker: Asker = BOSS, place: Place = HERE) -> str:
        answer = await self.ask(line, asker, place)
        assert answer.ok, f"{line}: {text(answer)}"
        assert answer.public
        return text(answer)

    async def refused(self, line: str, asker: Asker = BOSS, place: Place = HERE) -> str:
        answer = await self.ask(line, asker, place)
        assert not answer.ok, f"{line}: {text(answer)}"
        assert not answer.public
        return text(answer)

    async def run(self, name: str, **options: str) -> Answer:
        """As a platform calls it that has options of its own."""
        command = command_named(name)
        assert command is not None

        def call() -> Call:
            return made(command, options)

        return await self.chat.run(call, HERE, BOSS)

    async def story(self, slug: str = "varnholt") -> Story:
        return await self.h.desk_of(ONE).story(slug)

    async def slugs(self) -> list[str]:
        return [s.slug for s in await self.h.desk_of(ONE).stories()]

    async def follows(self, slug: str = "varnholt") -> list[Follow]:
        return await self.h.following(ONE).follows(await self.story(slug))

    async def kept(self, slug: str = "varnholt") -> list[tuple[str, str]]:
        return [(f.kind.value, f.value) for f in await self.follows(slug)]

    def url(self, path: str = "/feed") -> str:
        return self.h.site.url(path)


def work(
    folder: Path,
    does: Callable[[World], Awaitable[None]],
    *,
    french: bool = False,
    **sections: dict[str, Any],
) -> None:
    """A chat, and a site with a feed of two articles."""

    async def inside(h: House) -> None:
        h.site.feed(DAM, PEARS)
        h.site.at |= {"/a1": page(), "/a2": page(OTHER_HEAD, OTHER)}
        world = World(h, Chat(h.desk))
        if french:
            await world.shown("/setup language:fr")
        await does(world)

    work_with(folder, inside, public=False, **sections)


async def maybe(w: World) -> None:
    """The story "varnholt" has an article that came in, and one in doubt."""
    w.h.site.feed(DAM, Entry("/a3", PARTLY, PARTLY_BODY.split("\n")[0]))
    w.h.site.at["/a3"] = page(PARTLY, PARTLY_BODY)
    await w.shown(f'/story follow Varnholt "sluice at varnholt", pellmoor {w.url()}')
    await w.h.poll()
    by_title = {m.article.title: m for m in await w.h.following(ONE).matches(await w.story())}
    assert by_title[HEAD].verdict.decision is Decision.IN
    assert by_title[PARTLY].verdict.decision is Decision.MAYBE


# ---- following ---------------------------------------------------------------------------------------------------------------------


def test_a_story_is_made_by_being_followed(tmp_path: Path) -> None:
    """Under its name; a channel that has none has it from then on."""

    async def does(w: World) -> None:
        told = await w.shown(f"/story follow Varnholt sluice, gate {w.url()}")
        assert "**Varnholt** is followed." in told
        assert "**1** — the words sluice, gate" in told
        assert "**2** — the feed" in told
        assert (
            "What is new comes in by itself. To be told at once: `/edition add varnholt news at once`" in told
        )
        assert await w.kept() == [("words", "sluice, gate"), ("feed", w.url())]
        assert (await w.h.desk_of(ONE).channel("here")).story == "varnholt"
        assert "`ombrelle`" not in await w.shown("/story follow Ombrelle pears")
        assert (await w.h.desk_of(ONE).channel("here")).story == "varnholt"
        assert sorted(await w.slugs()) == ["ombrelle", "varnholt"]

    work(tmp_path, does)


def test_what_is_told_next_can_be_typed(tmp_path: Path) -> None:
    """The line that tells at once, as each language shows it."""

    async def does(w: World) -> None:
        await w.shown(f"/story follow Varnholt sluice {w.url()}")
        await w.shown("/edition add varnholt news at once")
        await w.shown("/setup language:fr")
        told = await w.shown("/story resume varnholt")
        line = told.rpartition("averti aussitôt")[2].partition("`")[2].partition("`")[0]
        assert line.startswith("/édition ajouter varnholt news ")
        await w.shown(line)
        assert [e.instant for e in await w.h.desk_of(ONE).orders.editions()] == [True, True]

    work(tmp_path, does)


def test_the_words_of_the_help_mean_at_once() -> None:
    """What help gives as an example is understood."""
    assert when("at once", "en") == when("aussitôt", "fr") == When(INSTANT)


def test_who_follows_and_where_is_kept(tmp_path: Path) -> None:
    """There, they are told of what fails."""

    async def does(w: World) -> None:
        await w.shown(f"/story follow Varnholt sluice {w.url()}")
        for f in await w.follows():
            assert f.made_by == "b"
            assert f.said_in is not None
            assert (f.said_in.via, f.said_in.channel) == ("discord", "here")

    work(tmp_path, does)


def test_what_comes_in_is_shown(tmp_path: Path) -> None:
    """From the first poll on, only what the words mean."""

    async def does(w: World) -> None:
        await w.shown(f"/story follow Varnholt sluice {w.url()}")
        await w.h.poll()
        told = await w.shown("/story show")
        assert HEAD in told
        assert OTHER_HEAD not in told
        assert "### Followed by" in told
        assert "**2** — the feed The Quay Post" in told

    work(tmp_path, does)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("sluice", ["sluice"]),
        ("sluice gate", ["sluice gate"]),
        ("sluice, gate", ["sluice, gate"]),
        ('"sluice gate"', ['"sluice gate"']),
        ("“sluice gate” quay", ['"sluice gate" quay']),
        ("« sluice gate », quay", ['"sluice gate", quay']),
        ('"Brask, Odile"', ['"Brask, Odile"']),
        ('what:"sluice gate" quay', ['"sluice gate" quay']),
        ("quoi:sluice quay", ["sluice quay"]),
        ("varnholt: sluice", ["varnholt: sluice"]),
    ],
)  # fmt: skip
def test_words_phrases_and_alternatives_are_kept_as_they_were_typed(
    tmp_path: Path, typed: str, kept: list[str]
) -> None:
    """Quotation marks of any kind hold a phrase together, commas part alternatives."""

    async def does(w: World) -> None:
        await w.shown(f"/story follow Varnholt {typed}")
        assert [f.value for f in await w.follows()] == kept

    work(tmp_path, does)


@pytest.mark.parametrize(
    ("typed", "follows"),
    [('"gate within minutes"', True), ('"minutes within gate"', False), ("minutes gate", True), ("plum, brask", True)],
)  # fmt: skip
def test_phrases_and_alternatives_match_so(tmp_path: Path, typed: str, follows: bool) -> None:
    """Words in any order, phrases to the letter, one of the alternatives."""

    async def does(w: World) -> None:
        await w.shown(f"/story follow Varnholt {typed} {w.url()}")
        await w.h.poll()
        found = await w.h.following(ONE).matches(await w.story())
        assert (HEAD in [m.article.title for m in found]) is follows

    work(tmp_path, does)


def test_a_story_of_words_alone_is_told_that_nothing_can_come_in(tmp_path: Path) -> None:
    """Unless another story here, or the operator, follows a feed."""

    async def does(w: World) -> None:
        told = await w.shown("/story follow Varnholt sluice")
        assert (
            "No feed is followed here yet, so nothing can come in. Add one: `/story follow varnholt https://"
            in told
        )
        await w.shown(f"/story follow Ombrelle {w.url()}")
        assert "No feed is followed" not in await w.shown("/story follow Varnholt gate")
        other = Place(TWO, "here", "here")
        assert "No feed is followed" in await w.shown("/story follow Varnholt gate", place=other)

    work(tmp_path, does)


def test_the_operators_feeds_are_enough(tmp_path: Path) -> None:
    """Every story of words draws on them."""

    async def does(w: World) -> None:
        assert "No feed is followed" not in await w.shown("/story follow Varnholt sluice")

    work(tmp_path, does, sources={"feeds": ("https://post.example/feed",)})


def test_an_address_in_the_storys_place_is_of_the_channels_story(tmp_path: Path) -> None:
    """It makes no story of its own, however the chat writes it."""

    async def does(w: World) -> None:
        await w.shown("/story new Varnholt")
        told = await w.shown(f"/story follow {w.url()}")
        assert "**Varnholt** is followed." in told
        await w.shown(f"/story follow {w.url('/a1')} sluice")
        assert await w.kept() == [("feed", w.url()), ("words", "sluice"), ("page", w.url("/a1"))]
        assert await w.slugs() == ["varnholt"]

    work(tmp_path, does)


@pytest.mark.parametrize("around", ["<{}>", "<{}|post.example>"])
def test_an_address_in_the_storys_place_in_angle_brackets_too(tmp_path: Path, around: str) -> None:
    """Chats put them around addresses by themselves."""

    async def does(w: World) -> None:
        await w.shown("/story new Varnholt")
        await w.shown("/story follow varnholt " + around.format(w.url("/a1")))
        await w.ask("/story follow " + around.format(w.url()))
        assert await w.slugs() == ["varnholt"]
        assert await w.kept() == [("page", w.url("/a1")), ("feed", w.url())]

    work(tmp_path, does)


def test_an_address_alone_where_there_is_no_story_is_refused(tmp_path: Path) -> None:
    """With how to make one; none is made of the address."""

    async def does(w: World) -> None:
        told = await w.refused(f"/story follow {w.url()}")
        assert "There is no story yet." in told
        assert "`/story new …`" in told
        assert await w.slugs() == []

    work(tmp_path, does)


def test_nothing_to_follow_by_is_refused_with_an_example(tmp_path: Path) -> None:
    """Where something is followed already, a story that rests goes on."""

    async def does(w: World) -> None:
        told = await w.refused("/story follow")
        assert "`/story follow` needs `story`." in told
        assert "`/story follow reservoir dam, reservoir https://example.org/rss`" in told
        told = await w.refused("/story follow Varnholt")
        assert "Nothing says what `varnholt` is followed by." in told
        assert "`/story follow varnholt dam, reservoir https://example.org/rss`" in told
        await w.shown("/story follow varnholt sluice")
        await w.shown("/story pause varnholt")
        assert "**1** — the words sluice" in await w.shown("/story follow varnholt")
        assert not (await w.story()).resting

    work(tmp_path, does)


def test_a_name_without_letters_makes_no_story(tmp_path: Path) -> None:
    """Nor does anybody's mistake in the words."""

    async def does(w: World) -> None:
        assert "has no letter or digit to name a story by" in await w.refused("/story follow !!! sluice")
        assert await w.slugs() == []

    work(tmp_path, does)


def test_what_fails_is_told_and_the_rest_is_followed(tmp_path: Path) -> None:
    """One by one, with what to do."""

    async def does(w: World) -> None:
        told = await w.shown(
            f"/story follow Varnholt sluice {w.url('/missing')} http://10.0.0.1/feed {w.url()}"
        )
        failed, _, followed = told.partition("is followed.")
        assert "### What could not be followed" in failed
        assert f"{w.url('/missing')} — " in failed
        assert "404" in failed
        assert "http://10.0.0.1/feed — " in failed
        assert "10.0.0.1" not in followed
        assert await w.kept() == [("words", "sluice"), ("feed", w.url())]

    work(tmp_path, does)


@pytest.mark.parametrize(
    "value", ["http://10.0.0.1/feed", "http://169.254.169.254/latest", "http://[::1]/feed"]
)
def test_where_all_fails_nothing_is_followed(tmp_path: Path, value: str) -> None:
    """And the answer says so."""

    async def does(w: World) -> None:
        told = await w.shown(f"/story follow Varnholt {value}")
        assert "### What could not be followed" in told
        assert "**Varnholt** is followed by nothing." in told
        assert await w.kept() == []

    work(tmp_path, does)


@pytest.mark.parametrize("value", ["file:///etc/passwd", "/etc/passwd", "../../etc"])
def test_no_file_of_the_machine_is_followed_by_chat(tmp_path: Path, value: str) -> None:
    """Neither as a feed nor as a folder nor as an example."""

    async def does(w: World) -> None:
        await w.ask(f"/story follow Varnholt {value}")
        await w.ask(f"/story follow Varnholt sluice like:{value}")
        await w.ask(f"/story include {value} story:varnholt")
        kinds = {f.kind for f in await w.follows()}
        assert kinds <= {Following.WORDS}
        assert await w.h.desk_of(ONE).members(await w.story()) == []

    work(tmp_path, does)


@pytest.mark.parametrize(("language", "said"), [("en", "followed by that already"), ("fr", "déjà")])
def test_the_same_thing_twice_is_told(tmp_path: Path, language: Language, said: str) -> None:
    """Nothing is added; nobody is asked for another name."""

    async def does(w: World) -> None:
        await w.shown("/story follow Varnholt sluice")
        told = await w.shown("/story follow varnholt sluice")
        assert said in told
        assert "choisissez-en un autre" not in told
        assert await w.kept() == [("words", "sluice")]

    work(tmp_path, does, french=language == "fr")


def test_only_so_many_things_go_into_one_command(tmp_path: Path) -> None:
    """And a tenant follows so many at most."""

    async def does(w: World) -> None:
        many = " ".join(w.url(f"/f{n}") for n in range(21))
        told = await w.refused(f"/story follow Varnholt {many}")
        assert "That is more than 20 things in one command. Give the others in another." in told.replace(
            "**", ""
        )
        assert await w.slugs() == []
        told = await w.shown(f"/story follow Varnholt sluice {w.url()} {w.url('/a1')}")
        assert "2 things are followed, as many as are allowed here." in told
        assert "Unfollow one first." in told
        assert len(await w.follows()) == 2

    work(tmp_path, does, tenants={"followed": 2})


# ---- outlets and examples ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["outlets", "médias", "medias"])
def test_outlets_narrow_what_is_followed(tmp_path: Path, name: str) -> None:
    """Named by name or host, with commas between; names of several words hold together."""

    async def does(w: World) -> None:
        await w.shown(f"/story follow Varnholt {name}:lemonde.fr, The Quay Post")
        assert await w.kept() == [("outlet", "Le Monde"), ("outlet", "The Quay Post")]
        told = await w.shown("/story show")
        assert "the outlet Le Monde" in told

    work(tmp_path, does)


def test_outlets_are_understood_beside_words_and_feeds(tmp_path: Path) -> None:
    """What is said first is what narrows: nothing that the outlet leaves out comes in by the feed."""

    async def does(w: World) -> None:
        w.h.site.at["/a2"] = page(OTHER_HEAD, OTHER, site="Ombrelle Gazette")
        await w.shown(f'/story follow Ombrelle {w.url()} outlets:"Ombrelle Gazette"')
        await w.h.poll()
        assert await w.h.titles(await w.story("ombrelle"), ONE) == [OTHER_HEAD]

    work(tmp_path, does)


def test_an_outlet_that_is_none_is_told(tmp_path: Path) -> None:
    """The others are followed."""

    async def does(w: World) -> None:
        told = await w.shown("/story follow Varnholt outlets:…, lemonde.fr")
        assert "is no outlet's name" in told
        assert "such as lemonde.fr" in told
        assert await w.kept() == [("outlet", "Le Monde")]

    work(tmp_path, does)


def test_an_example_comes_into_the_story(tmp_path: Path) -> None:
    """And what is like it from then on."""

    async def does(w: World) -> None:
        told = await w.shown(f"/story follow Varnholt {w.url('/other')} like:{w.url('/a1')}")
        assert "404" in told
        told = await w.shown(f"/story follow Varnholt comme:{w.url('/missing')}")
        assert "### What could not be followed" in told
        (follow,) = await w.follows()
        assert follow.kind is Following.LIKE
        assert HEAD in await w.shown("/story show")

    work(tmp_path, does)


# ---- a platform's own options ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "values"),
    [
        ("dam", ("dam",)),
        ("dam reservoir", ("dam", "reservoir")),
        ('"sluice gate", dam https://post.example/feed', ("sluice gate", ",", "dam", "https://post.example/feed")),
        ("<https://post.example/feed>", ("https://post.example/feed",)),
        ("<https://post.example/feed|post.example>", ("https://post.example/feed",)),
        ("story:dam like:x", ("story:dam", "like:x")),
        ("https://post.example/a,b?x=1,2", ("https://post.example/a,b?x=1,2",)),
    ],
)  # fmt: skip
def test_a_field_of_topics_is_words_as_if_typed(value: str, values: tuple[str, ...]) -> None:
    """Names of options are only words in it; brackets around an address go."""
    command = command_named("story follow")
    assert command is not None
    call = made(command, {"story": "varnholt", "what": value})
    assert call.several("what") == values
    assert call.text("story") == "varnholt"
    assert set(call.values) == {"story", "what"}


def test_a_platforms_options_follow_as_a_line_does(tmp_path: Path) -> None:
    """Each from its own field."""

    async def does(w: World) -> None:
        answer = await w.run(
            "story follow", story="Varnholt", what=f'"sluice gate", dam {w.url()}', outlets="lemonde.fr, The Quay Post",
            like=w.url("/a1"),
        )  # fmt: skip
        assert answer.ok
        kinds = [f.kind for f in await w.follows()]
        assert kinds == [Following.OUTLET, Following.OUTLET, Following.LIKE, Following.WORDS, Following.FEED]
        assert [f.value for f in await w.follows() if f.kind is Following.WORDS] == ['"sluice gate", dam']
        assert (await w.run("story unfollow", story="varnholt", what="1")).ok
        assert len(await w.follows()) == 4
        assert (await w.run("story exclude", article=HEAD)).ok
        assert (await w.run("story include", article=f"<{w.url('/a1')}>", story="varnholt")).ok

    work(tmp_path, does)


def test_a_storys_name_may_be_an_address_there_too(tmp_path: Path) -> None:
    """Where the channel has a story, the field for its name may hold what it is followed by."""

    async def does(w: World) -> None:
        await w.shown("/story new Varnholt")
        assert (await w.run("story follow", story=w.url(), what="sluice")).ok
        assert await w.kept() == [("words", "sluice"), ("feed", w.url())]
        assert await w.slugs() == ["varnholt"]

    work(tmp_path, does)


@pytest.mark.parametrize(
    "line", ["/story follow varnholt dam, gate", "/sujet suivre varnholt dam, gate", "story follow story:varnholt what:dam, gate"]
)  # fmt: skip
def test_a_line_means_the_same_however_it_is_typed(line: str) -> None:
    """In French, and with the options' names."""
    call = parse(line)
    assert call.command.name == "story follow"
    assert (call.text("story"), call.several("what")) == ("varnholt", ("dam,", "gate"))


# ---- unfollowing -------------------------------------------------------------------------------------------------------------------


def test_what_is_unfollowed_is_named_by_number_words_or_address(tmp_path: Path) -> None:
    """As the list has it; without it, everything."""

    async def does(w: World) -> None:
        await w.shown(f"/story follow Varnholt sluice, gate {w.url()} {w.url('/a1')}")
        told = await w.shown("/story unfollow varnholt 3")
        assert "**Varnholt** is no longer followed by:" in told
        assert "the page" in told
        told = await w.shown("/story unfollow varnholt Sluice, GATE")
        assert "the words sluice, gate" in told
        await w.shown(f"/story unfollow varnholt {w.url()}?utm_source=x")
        assert await w.kept() == []
        told = await w.refused("/story unfollow varnholt")
        assert "`varnholt` is followed by nothing." in told
        await w.shown("/story follow varnholt sluice outlets:lemonde.fr")
        told = await w.shown("/story unfollow varnholt")
        assert "the words sluice" in told
        assert "the outlet Le Monde" in told
        assert await w.kept() == []

    work(tmp_path, does)


def test_an_address_in_brackets_is_unfollowed_too(tmp_path: Path) -> None:
    """As a chat sends it."""

    async def does(w: World) -> None:
        await w.shown(f"/story follow Varnholt {w.url()}")
        await w.shown(f"/story unfollow varnholt <{w.url()}>")
        assert await w.kept() == []

    work(tmp_path, does)


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "is not followed by 'slice'"), ("fr", "Rien ne porte ce nom.")],
)
def test_what_is_not_followed_is_refused_with_what_is(tmp_path: Path, language: Language, told: str) -> None:
    """And nothing ends."""

    async def does(w: World) -> None:
        await w.shown("/story follow Varnholt sluice")
        shown = await w.refused("/story unfollow varnholt slice")
        assert told in shown
        assert "sluice" in shown
        assert await w.kept() == [("words", "sluice")]
        shown = await w.refused("/story unfollow varnhold 1")
        assert "varnholt" in shown

    work(tmp_path, does, french=language == "fr")


def test_articles_stay_when_it_is_unfollowed(tmp_path: Path) -> None:
    """And what failed is missed no more."""

    async def does(w: World) -> None:
        await w.shown(f"/story follow Varnholt {w.url()}")
        await w.h.poll()
        await w.shown("/story unfollow varnholt")
        told = await w.shown("/story show")
        assert HEAD in told
        assert "Followed by" not in told

    work(tmp_path, does)


# ---- resting -----------------------------------------------------------------------------------------------------------------------


def test_a_story_rests_and_goes_on(tmp_path: Path) -> None:
    """Nothing comes in meanwhile; `/story show` says so, and how it goes on."""

    async def does(w: World) -> None:
        await w.shown(f"/story follow Varnholt sluice {w.url()}")
        told = await w.shown("/story pause")
        assert "**Varnholt** rests: nothing new comes in. `/story resume varnholt` goes on." in told
        assert "It rests: `/story resume varnholt` goes on." in await w.shown("/story show")
        await w.h.poll()
        assert await w.h.titles(await w.story(), ONE) == []
        told = await w.shown("/story resume varnholt")
        assert "**Varnholt** is followed." in told
        assert "It rests" not in told
        await w.h.poll(minutes=1)
        assert await w.h.titles(await w.story(), ONE) == [HEAD]

    work(tmp_path, does)


def test_what_is_said_more_wakes_a_story(tmp_path: Path) -> None:
    """Whoever follows wants it to come in."""

    async def does(w: World) -> None:
        await w.shown("/story follow Varnholt sluice")
        await w.shown("/story pause")
        assert "It rests" not in await w.shown(f"/story follow varnholt {w.url()}")
        assert not (await w.story()).resting

    work(tmp_path, does)


def test_a_story_that_is_followed_by_nothing_can_rest(tmp_path: Path) -> None:
    """When it goes on, that is said."""

    async def does(w: World) -> None:
        await w.shown("/story new Varnholt")
        await w.shown("/story pause")
        assert "**Varnholt** is followed by nothing." in await w.shown("/story resume")

    work(tmp_path, does)


# ---- matches -----------------------------------------------------------------------------------------------------------------------


def test_matches_are_shown_with_score_and_reasons(tmp_path: Path) -> None:
    """What is in doubt first, with how to decide; everybody may look."""

    async def does(w: World) -> None:
        await maybe(w)
        told = await w.shown("/story matches", READER)
        doubtful, _, came_in = told.partition("### Came in")
        assert doubtful.startswith("### In doubt")
        assert f"[{PARTLY}](<{w.url('/a3')}>)" in doubtful
        assert "The Quay Post: " in doubtful
        assert "has the words pellmoor" in doubtful
        assert f"[{HEAD}](<{w.url('/a1')}>)" in came_in
        assert "has the words" in came_in
        for m in await w.h.following(ONE).matches(await w.story()):
            assert 0 < m.verdict.score <= 1
        assert (
            f"`/story include {w.url('/a3')}` takes one in, `/story exclude {w.url('/a3')}` keeps it out."
            in told
        )

    work(tmp_path, does)


def test_matches_speak_french(tmp_path: Path) -> None:
    """Numbers, reasons and commands; headlines stay as they are."""

    async def does(w: World) -> None:
        await maybe(w)
        told = await w.shown("/sujet rapprochements")
        assert told.startswith("### Douteux")
        assert "contient les mots pellmoor" in told
        assert f"`/sujet inclure {w.url('/a3')}` en fait entrer un" in told
        assert PARTLY in told
        assert " — 0," in told
        for english in ("has the words", "came by", "In doubt", "Came in", "decided"):
            assert english not in told

    work(tmp_path, does, french=True)


def test_no_matches_are_refused_with_what_to_do(tmp_path: Path) -> None:
    """Also where there is no story."""

    async def does(w: World) -> None:
        assert "There is no story yet." in await w.refused("/story matches", READER)
        await w.shown("/story new Varnholt")
        told = await w.refused("/story matches", READER)
        assert "Nothing was matched to `varnholt` yet." in told
        assert "`/story follow varnholt …`" in told

    work(tmp_path, does)


def test_a_headline_in_the_matches_is_only_text(tmp_path: Path) -> None:
    """It can't format or lead elsewhere."""

    async def does(w: World) -> None:
        hostile = "Sluice **at** [Varnholt](javascript:1) <b>"
        w.h.site.feed(Entry("/a1", hostile))
        w.h.site.at["/a1"] = page(hostile)
        await w.shown(f"/story follow Varnholt sluice {w.url()}")
        await w.h.poll()
        answer = await w.ask("/story matches")
        assert answer.ok
        document = answer.document
        shown = to_markdown(Briefing(document, (), (), None, "", document.language))  # type: ignore[arg-type]
        assert "](javascript:" not in shown.replace("\\](", "")
        assert "<b>" not in shown

    work(tmp_path, does)


# ---- decisions ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["address", "brackets", "headline"])
def test_what_is_in_doubt_is_taken_in(tmp_path: Path, named: str) -> None:
    """By its address or headline; then it is the story's, by a person."""

    async def does(w: World) -> None:
        await maybe(w)
        line = {"address": w.url("/a3"), "brackets": f"<{w.url('/a3')}>", "headline": PARTLY.upper()}[named]
        told = await w.shown(f"/story include {line}")
        assert "It is of the story **Varnholt**, whatever a match says:" in told
        assert PARTLY in told
        assert await w.h.titles(await w.story(), ONE) == sorted([HEAD, PARTLY])
        told = await w.shown("/story matches")
        assert "decided by a person" in told
        assert "In doubt" not in told

    work(tmp_path, does)


def test_what_is_excluded_leaves_the_story(tmp_path: Path) -> None:
    """It is listed as taken out, and comes back by a person alone."""

    async def does(w: World) -> None:
        await maybe(w)
        told = await w.shown(f"/story exclude {w.url('/a1')}?utm_source=x")
        assert (
            "It is out of the story **Varnholt**. What it alone said is taken back where it was posted:"
            in told
        )
        assert HEAD in told
        assert await w.h.titles(await w.story(), ONE) == []
        told = await w.shown("/story matches")
        assert HEAD in told.partition("### Taken out")[2]
        await w.shown(f"/story include {HEAD}")
        assert await w.h.titles(await w.story(), ONE) == [HEAD]

    work(tmp_path, does)


def test_an_article_that_was_never_seen_is_fetched_into_the_story(tmp_path: Path) -> None:
    """By its address; what can't be fetched is refused."""

    async def does(w: World) -> None:
        await w.shown("/story new Varnholt")
        told = await w.shown(f"/sujet inclure {w.url('/a2')}")
        assert OTHER_HEAD in told
        assert "404" in await w.refused(f"/story include {w.url('/missing')}")
        assert await w.h.titles(await w.story(), ONE) == [OTHER_HEAD]

    work(tmp_path, does)


@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        ("/story include Nothing such", "No article 'Nothing such' was seen for the story 'varnholt'.", "Give its address."),
        ("/story exclude Nothing such", "The story 'varnholt' holds no article 'Nothing such'.", "Give its address or its headline."),
        ("/story include", "`/story include` needs `article`.", "`/story include https://example.org/article`"),
        ("/story exclude", "`/story exclude` needs `article`.", "`/story exclude https://example.org/article`"),
        ("/story include x story:varnhold", "There is no story “varnhold”.", "Did you mean varnholt?"),
    ],
)  # fmt: skip
def test_what_can_not_be_decided_is_refused_with_a_hint(
    tmp_path: Path, line: str, what: str, hint: str
) -> None:
    """And nothing is."""

    async def does(w: World) -> None:
        await w.shown("/story new Varnholt")
        told = await w.refused(line)
        assert what in told
        assert hint in told
        assert await w.h.following(ONE).matches(await w.story()) == []

    work(tmp_path, does)


def test_articles_are_offered_to_decide_about(tmp_path: Path) -> None:
    """Those in doubt first, then the story's; by what was typed of their headline."""

    async def does(w: World) -> None:
        await maybe(w)
        found = await complete(w.chat, "/story exclude ", HERE, "en")
        labels = [c.label for c in found if "article:http" in c.text]
        assert labels == [PARTLY, HEAD]
        (one,) = await complete(w.chat, "/story include keepers", HERE, "en")
        assert one.text == f"/story include article:{w.url('/a3')}"
        assert (await w.ask(one.text)).ok
        assert await complete(w.chat, "/story exclude article:", Place(TWO, "here"), "en") == []

    work(tmp_path, does)


# ---- what is shown ------------------------------------------------------------------------------------------------------------------


async def failing(w: World) -> None:
    """The story's feed has failed for two hours."""
    await w.shown(f"/story follow Varnholt {w.url()}")
    for hours in (0, 1, 2):
        now = w.h.clock.now + timedelta(hours=hours)
        (polled,) = (p for p in w.h.desk.store.follows.lease("x", now, now + timedelta(minutes=9), 9))
        keep(w, polled, hours)


def keep(w: World, polled: Polled, hours: int) -> None:
    now = w.h.clock.now + timedelta(hours=hours)
    outcome = Polling(now, 300.0, now, why=f"{polled.url} answered 500.", error="FetchFailed")
    assert w.h.desk.store.follows.settle("x", [(polled, outcome)]) == [True]


@pytest.mark.parametrize(
    ("language", "told"), [("en", "fails since Mar 5, 2024"), ("fr", "en panne depuis le 5 mars 2024")]
)
def test_what_fails_is_shown_with_since_when(tmp_path: Path, language: Language, told: str) -> None:
    """And why, where the language has words for it."""

    async def does(w: World) -> None:
        await failing(w)
        shown = await w.shown("/story show")
        line = next(x for x in shown.splitlines() if w.url() in x)
        assert told in line
        assert ("answered 500" in line) is (language == "en")

    work(tmp_path, does, french=language == "fr")


def test_what_failed_and_is_back_is_shown_without_it(tmp_path: Path) -> None:
    """By its title from then on."""

    async def does(w: World) -> None:
        await failing(w)
        await w.h.poll(hours=3)
        shown = await w.shown("/story show")
        assert "**1** — the feed The Quay Post" in shown
        assert "fails since" not in shown

    work(tmp_path, does)


# ---- who may, and in which language --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "/story follow Varnholt sluice", "/story follow Second sluice", "/story unfollow varnholt", "/story pause varnholt",
        "/story resume varnholt", f"/story include {HEAD}", f"/story exclude {HEAD}", "/sujet suivre Second sluice",
    ],
)  # fmt: skip
def test_only_managers_follow_and_decide(tmp_path: Path, line: str) -> None:
    """Anybody else is told so, and nothing has changed."""

    async def does(w: World) -> None:
        await w.shown(f"/story follow Varnholt sluice {w.url()}")
        await w.h.poll()
        before = w.h.desk.store.counts(), await w.follows(), (await w.story()).resting
        told = await w.refused(line, READER)
        assert "is for the managers of this place." in told
        assert (w.h.desk.store.counts(), await w.follows(), (await w.story()).resting) == before

    work(tmp_path, does)


def test_all_of_it_speaks_french(tmp_path: Path) -> None:
    """Typed in French, answered in French."""

    async def does(w: World) -> None:
        told = await w.shown(
            f"/sujet suivre Varnholt sluice, gate {w.url()} {w.url('/missing')} médias:lemonde.fr"
        )
        assert "### Ce qui n’a pas pu être suivi" in told
        assert f"{w.url('/missing')} — La page n’a pas pu être chargée." in told
        assert "**Varnholt** est suivi." in told
        assert "le média Le Monde" in told
        assert "les mots sluice, gate" in told
        assert "le flux" in told
        told = await w.shown("/sujet pause")
        assert "**Varnholt** est en pause" in told
        assert "`/sujet reprendre varnholt`" in told
        assert "### Suivi par" in await w.shown("/sujet voir")
        assert "**Varnholt** est suivi." in await w.shown("/sujet reprendre")
        assert "**Varnholt** n’est plus suivi par" in await w.shown("/sujet abandonner varnholt 1")
        told = await w.shown(f"/sujet inclure {w.url('/a2')}")
        assert "Il fait partie du sujet **Varnholt**" in told
        told = await w.shown(f"/sujet exclure {OTHER_HEAD}")
        assert "Il est sorti du sujet **Varnholt**" in told
        told = await w.refused("/sujet suivre Autre")
        assert "Rien ne dit par quoi suivre `autre`." in told
        assert "`/sujet suivre autre" in told
        assert "Rien ne porte ce nom." in await w.refused("/sujet exclure Rien")

    work(tmp_path, does, french=True)


def test_a_tenants_follows_and_matches_are_its_own(tmp_path: Path) -> None:
    """Another of the same story's name sees and ends nothing of them."""

    async def does(w: World) -> None:
        await maybe(w)
        theirs = Place(TWO, "here", "here")
        await w.shown("/story follow Varnholt plums", place=theirs)
        told = await w.shown("/story show", place=theirs)
        assert w.url() not in told
        assert "pellmoor" not in told
        await w.refused("/story matches", place=theirs)
        for line in (
            f"/story unfollow varnholt {w.url()}",
            f"/story exclude {HEAD}",
            f"/story include {PARTLY}",
        ):
            assert HEAD not in (await w.refused(line, place=theirs)).replace(line, "").replace(
                f"'{HEAD}'", ""
            )
        assert len(await w.follows()) == 2
        assert BODY not in await w.shown("/story show", place=theirs)

    work(tmp_path, does)
