"""What each command does. A handler takes a `Turn` and gives an `Answer`, or raises `Refused` or a SitrepError."""

from collections.abc import Awaitable, Callable, Mapping

from bots.answers import Answer
from bots.handlers import briefings, channels, editions, following, stories
from bots.handlers.turn import Turn

Handler = Callable[[Turn], Awaitable[Answer]]

#: By the command's name; a test holds it to the declared commands.
HANDLERS: Mapping[str, Handler] = {
    "brief": briefings.brief,
    "changes": briefings.changes,
    "actors": briefings.actors,
    "quotes": briefings.quotes,
    "consequences": briefings.consequences,
    "timeline": briefings.timeline,
    "figures": briefings.figures,
    "outlets": briefings.outlets,
    "conflicts": briefings.conflicts,
    "evidence": briefings.evidence,
    "search": briefings.search,
    "story new": stories.new,
    "story add": stories.add,
    "story list": stories.list_,
    "story show": stories.show,
    "story follow": following.follow,
    "story unfollow": following.unfollow,
    "story pause": following.pause,
    "story resume": following.resume,
    "story matches": following.matches,
    "story include": following.include,
    "story exclude": following.exclude,
    "story default": stories.default,
    "story remove": stories.remove,
    "edition add": editions.add,
    "edition list": editions.list_,
    "edition next": editions.next_,
    "edition pause": editions.pause,
    "edition resume": editions.resume,
    "edition remove": editions.remove,
    "edition now": editions.now,
    "setup": channels.setup,
    "help": channels.help_,
}

__all__ = ["HANDLERS", "Handler", "Turn"]
