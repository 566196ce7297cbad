"""The chat commands, declared once for every platform: names, options, who may use them, help.

Discord's command tree, Slack's manifest and parser, and the web channel are made from `COMMANDS`. Words that people
see are messages of `templates/locale/*/chat.po`; the names are also the French ones of platforms that localise names.
What a command does is in `handlers/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from briefings.model import LANGUAGES, Language, Status, fold
from briefings.plain import literal
from briefings.rendering.document import Code, Text


def noop(message: str) -> str:
    """Marks a message that is translated where it is shown."""
    return message


class Permission(StrEnum):
    """Who may use a command: everyone in the channel, or the platform's managers and those of the settings."""

    EVERYONE = "everyone"
    MANAGERS = "managers"


class Kind(StrEnum):
    """What an option takes. Those of `REST` take all the words that are left."""

    STORY = "story"
    ANY_STORY = "any_story"  # one that is there, or the name of a new one
    TEMPLATE = "template"
    LANGUAGE = "language"
    STATUS = "status"
    ACTOR = "actor"
    DAY = "day"
    ZONE = "zone"
    NUMBER = "number"
    WORDS = "words"
    ADDRESSES = "addresses"
    COMMAND = "command"
    YES = "yes"
    WHEN = "when"
    EDITION = "edition"
    TOPICS = "topics"
    ARTICLE = "article"


REST = frozenset(
    {
        Kind.ACTOR, Kind.DAY, Kind.WORDS, Kind.ADDRESSES, Kind.COMMAND, Kind.WHEN, Kind.TOPICS, Kind.ARTICLE,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed set: `value` is stored, `label` a message that is shown; `fr` is also taken when typed."""

    value: str
    label: str
    fr: str

    def named(self, language: Language) -> Text:
        return Text(self.fr if language == "fr" else self.value)


_LANGUAGE_NAMES = {
    "fr": Choice("fr", noop("French"), "français"),
    "en": Choice("en", noop("English"), "anglais"),
}
_STATUS_NAMES = {
    Status.REPORTED: Choice("reported", noop("reported"), "constatée"),
    Status.EXPECTED: Choice("expected", noop("expected"), "attendue"),
    Status.DENIED: Choice("denied", noop("denied"), "démentie"),
}
#: The values of closed kinds; those of the others depend on the channel (see `completing.py`).
CHOICES: dict[Kind, tuple[Choice, ...]] = {
    Kind.LANGUAGE: tuple(_LANGUAGE_NAMES[x] for x in LANGUAGES),
    Kind.STATUS: tuple(_STATUS_NAMES.values()),
    Kind.YES: (Choice("yes", noop("yes"), "oui"),),
}


@dataclass(frozen=True, slots=True)
class Option:
    """`name` and `fr` are one word each, lower case; `help` is a message of at most 100 characters."""

    name: str
    fr: str
    kind: Kind
    help: str
    required: bool = False

    def word(self, language: Language) -> str:
        return self.fr if language == "fr" else self.name

    def named(self, language: Language) -> Code:
        return Code(self.word(language))


@dataclass(frozen=True, slots=True)
class Command:
    """`path` is one or two words ("story", "add"), `fr` the same in French.

    `public`: the answer is for the whole channel; else for the asker alone. Refusals always are.
    """

    path: tuple[str, ...]
    fr: tuple[str, ...]
    help: str
    options: tuple[Option, ...] = ()
    permission: Permission = Permission.EVERYONE
    public: bool = True
    example: str = ""
    example_fr: str = ""

    def shown(self, language: Language) -> str:
        """How it may be typed; "" where there is no need to show it."""
        return self.example_fr if language == "fr" else self.example

    @property
    def name(self) -> str:
        return " ".join(self.path)

    def words(self, language: Language) -> str:
        """Its path in the language: "story add", "sujet ajouter"."""
        return " ".join(self.fr if language == "fr" else self.path)

    def named(self, language: Language) -> Code:
        return Code(f"/{self.words(language)}")

    def option(self, name: str) -> Option | None:
        """The option of that name, in English or French, accents or none."""
        return next((o for o in self.options if fold(name) in (o.name, fold(o.fr))), None)


@dataclass(frozen=True, slots=True)
class Example:
    """How a command may be typed, in a sentence."""

    command: Command

    def named(self, language: Language) -> Code:
        return Code(self.command.shown(language) or f"/{self.command.words(language)} …")


@dataclass(frozen=True, slots=True)
class Listed:
    """Several of them in a sentence, parted by commas."""

    items: Sequence[Command | Option | Choice]

    def named(self, language: Language) -> Text:
        return Text(", ".join(x.named(language).text for x in self.items) or "—")


_STORY = Option("story", "sujet", Kind.STORY, noop("Which story; without one, the channel's."))
_EDITION = Option("number", "numéro", Kind.EDITION, noop("The edition's number, as the list gives it."), True)
_ARTICLE = Option("article", "article", Kind.ARTICLE, noop("The article's address or headline."), True)
_MANAGERS = Permission.MANAGERS

COMMANDS: tuple[Command, ...] = (
    Command(
        ("brief",),
        ("point",),
        noop("Brief the story: actors, quotes, consequences, figures, what happened and what changed."),
        (
            _STORY,
            Option(
                "template",
                "modèle",
                Kind.TEMPLATE,
                noop("Which template: sitrep, flash, dossier, a section."),
            ),
            Option("language", "langue", Kind.LANGUAGE, noop("The briefing's language.")),
        ),
        example="/brief template:flash language:fr",
        example_fr="/point modèle:flash langue:en",
    ),
    Command(
        ("changes",),
        ("changements",),
        noop("What changed since the last briefing in this channel."),
        (_STORY,),
    ),
    Command(("actors",), ("acteurs",), noop("The key actors and their roles."), (_STORY,)),
    Command(
        ("quotes",),
        ("citations",),
        noop("Who said what, to the letter."),
        (Option("by", "de", Kind.ACTOR, noop("Only what this person or organisation said.")), _STORY),
        example="/quotes by:Altman",
        example_fr="/citations de:Altman",
    ),
    Command(
        ("consequences",),
        ("conséquences",),
        noop("What follows: reported, expected or denied."),
        (Option("status", "statut", Kind.STATUS, noop("Only those of this status.")), _STORY),
        example="/consequences expected",
        example_fr="/conséquences attendue",
    ),
    Command(
        ("timeline",),
        ("chronologie",),
        noop("What happened when."),
        (
            Option(
                "since", "depuis", Kind.DAY, noop("Only since this day: 2023-11-18, yesterday, 3 days ago.")
            ),
            _STORY,
        ),
        example="/timeline since:2023-11-20",
        example_fr="/chronologie depuis:2023-11-20",
    ),
    Command(("figures",), ("chiffres",), noop("The figures that are claimed, and by whom."), (_STORY,)),
    Command(("outlets",), ("médias",), noop("Which outlets carry the story."), (_STORY,)),
    Command(("conflicts",), ("contradictions",), noop("Where outlets contradict each other."), (_STORY,)),
    Command(
        ("evidence",),
        ("preuve",),
        noop("The sentence behind a citation, in its paragraph, and who carries the fact."),
        (Option("number", "numéro", Kind.NUMBER, noop("The citation's number in a briefing."), True), _STORY),
        example="/evidence 12",
        example_fr="/preuve 12",
    ),
    Command(
        ("search",),
        ("chercher",),
        noop("Search the story's facts and articles, in both languages; accents do not matter."),
        (Option("words", "mots", Kind.WORDS, noop("What to look for."), True), _STORY),
        example="/search board resign",
        example_fr="/chercher conseil démission",
    ),
    Command(
        ("story", "new"),
        ("sujet", "nouveau"),
        noop("Make a story."),
        (Option("name", "nom", Kind.WORDS, noop("What the crisis is called."), True),),
        _MANAGERS,
        example="/story new Reservoir crisis",
        example_fr="/sujet nouveau Crise du barrage",
    ),
    Command(
        ("story", "add"),
        ("sujet", "ajouter"),
        noop("Add articles to a story by their addresses."),
        (Option("urls", "adresses", Kind.ADDRESSES, noop("Addresses of articles."), True), _STORY),
        _MANAGERS,
        example="/story add https://example.org/article",
        example_fr="/sujet ajouter https://example.org/article",
    ),
    Command(("story", "list"), ("sujet", "liste"), noop("The stories there are.")),
    Command(
        ("story", "show"),
        ("sujet", "voir"),
        noop("A story's articles, and what could not be fetched."),
        (_STORY,),
    ),
    Command(
        ("story", "follow"),
        ("sujet", "suivre"),
        noop("Follow a story by words, feeds and pages: what is new comes in by itself."),
        (
            Option(
                "story", "sujet", Kind.ANY_STORY, noop("Which story; one that is not there is made."), True
            ),
            Option(
                "what",
                "quoi",
                Kind.TOPICS,
                noop("Words, commas between alternatives; addresses of feeds or pages."),
            ),
            Option(
                "outlets",
                "médias",
                Kind.TOPICS,
                noop("Only what these outlets publish: names or hosts, commas between."),
            ),
            Option(
                "like", "comme", Kind.ADDRESSES, noop("Addresses of articles: what is like them belongs too.")
            ),
        ),
        _MANAGERS,
        example="/story follow reservoir dam, reservoir https://example.org/rss",
        example_fr="/sujet suivre réservoir barrage, réservoir https://example.org/rss",
    ),
    Command(
        ("story", "unfollow"),
        ("sujet", "abandonner"),
        noop("Stop following a story by one of these, or altogether; its articles stay."),
        (
            Option("story", "sujet", Kind.STORY, noop("Which story."), True),
            Option(
                "what", "quoi", Kind.WORDS, noop("Its words, address or number in the list; without it, all.")
            ),
        ),
        _MANAGERS,
        example="/story unfollow reservoir 2",
        example_fr="/sujet abandonner réservoir 2",
    ),
    Command(
        ("story", "pause"),
        ("sujet", "pause"),
        noop("Let nothing new into a story for a while."),
        (_STORY,),
        _MANAGERS,
    ),
    Command(
        ("story", "resume"),
        ("sujet", "reprendre"),
        noop("Go on following a story."),
        (_STORY,),
        _MANAGERS,
    ),
    Command(
        ("story", "matches"),
        ("sujet", "rapprochements"),
        noop("Which articles were matched to a story, how near they are and why; which are in doubt."),
        (_STORY,),
    ),
    Command(
        ("story", "include"),
        ("sujet", "inclure"),
        noop("Take an article into a story, whatever the match says."),
        (_ARTICLE, _STORY),
        _MANAGERS,
        example="/story include https://example.org/article",
        example_fr="/sujet inclure https://example.org/article",
    ),
    Command(
        ("story", "exclude"),
        ("sujet", "exclure"),
        noop("Take an article out of a story, for good; what it alone said is taken back."),
        (_ARTICLE, _STORY),
        _MANAGERS,
        example="/story exclude https://example.org/article",
        example_fr="/sujet exclure https://example.org/article",
    ),
    Command(
        ("story", "default"),
        ("sujet", "défaut"),
        noop("Choose the story that this channel's commands are about."),
        (Option("story", "sujet", Kind.STORY, noop("Which story."), True),),
        _MANAGERS,
        example="/story default reservoir-crisis",
        example_fr="/sujet défaut crise-du-barrage",
    ),
    Command(
        ("story", "remove"),
        ("sujet", "supprimer"),
        noop("Remove a story with its citation numbers, for good."),
        (
            Option("story", "sujet", Kind.STORY, noop("Which story."), True),
            Option("confirm", "confirmer", Kind.YES, noop("Really remove it.")),
        ),
        _MANAGERS,
    ),
    Command(
        ("edition", "add"),
        ("édition", "ajouter"),
        noop("Brief this channel on a schedule, or whenever there is news: every weekday at 8:30, at once."),
        (
            Option("story", "sujet", Kind.STORY, noop("Which story."), True),
            Option(
                "template", "modèle", Kind.TEMPLATE, noop("Which template: sitrep, flash, dossier."), True
            ),
            Option("when", "quand", Kind.WHEN, noop("When: every weekday at 8:30, every 2 hours."), True),
            Option(
                "timezone", "fuseau", Kind.ZONE, noop("The time zone of its times, such as Europe/Paris.")
            ),
            Option("language", "langue", Kind.LANGUAGE, noop("The briefing's language.")),
            Option(
                "changed", "changé", Kind.YES, noop("Only if something has changed since the last briefing.")
            ),
        ),
        _MANAGERS,
        example="/edition add reservoir-crisis flash every weekday at 8:30",
        example_fr="/édition ajouter crise-du-barrage flash en semaine à 8h30",
    ),
    Command(
        ("edition", "list"),
        ("édition", "liste"),
        noop("The editions, when they go out next, and what could not be posted."),
    ),
    Command(
        ("edition", "next"),
        ("édition", "prochaines"),
        noop("When the next ones of an edition go out."),
        (_EDITION,),
        example="/edition next 3",
        example_fr="/édition prochaines 3",
    ),
    Command(
        ("edition", "pause"),
        ("édition", "pause"),
        noop("Stop an edition for a while."),
        (_EDITION,),
        _MANAGERS,
        example="/edition pause 3",
        example_fr="/édition pause 3",
    ),
    Command(
        ("edition", "resume"),
        ("édition", "reprendre"),
        noop("Let a paused edition go out again."),
        (_EDITION,),
        _MANAGERS,
        example="/edition resume 3",
        example_fr="/édition reprendre 3",
    ),
    Command(
        ("edition", "remove"),
        ("édition", "supprimer"),
        noop("Remove an edition; what it has posted stays."),
        (_EDITION,),
        _MANAGERS,
        example="/edition remove 3",
        example_fr="/édition supprimer 3",
    ),
    Command(
        ("edition", "now"),
        ("édition", "maintenant"),
        noop("Post an edition once, now."),
        (_EDITION,),
        _MANAGERS,
        example="/edition now 3",
        example_fr="/édition maintenant 3",
    ),
    Command(
        ("setup",),
        ("réglages",),
        noop("Set this channel up in three questions: story, language, time zone."),
        (
            Option("story", "sujet", Kind.STORY, noop("The story that this channel follows.")),
            Option("language", "langue", Kind.LANGUAGE, noop("The language of its answers.")),
            Option(
                "timezone", "fuseau", Kind.ZONE, noop("The time zone of its times, such as Europe/Paris.")
            ),
        ),
        _MANAGERS,
    ),
    Command(
        ("help",),
        ("aide",),
        noop("What there is to type."),
        (Option("command", "commande", Kind.COMMAND, noop("Which command.")),),
        public=False,
        example="/help quotes",
        example_fr="/aide citations",
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A command as it is typed. It is written here in English, and shown in the reader's language."""

    text: str

    def named(self, language: Language) -> Code:
        if language != "fr":
            return Code(literal(self.text))
        words = self.text.removeprefix("/").split()
        command = _begun(words)
        if command is None:
            return Code(literal(self.text))
        rest = words[len(command.path) :]
        about = _begun(rest) if command.name == "help" else None
        if about is not None:
            rest = [about.words(language)]
        shown = [command.words(language), *(_translated(command, w, language) for w in rest)]
        return Code(literal("/" + " ".join(shown)))


def command_named(name: str) -> Command | None:
    """The command of that English name: "story add"."""
    return next((c for c in COMMANDS if c.name == name), None)


def _begun(words: Sequence[str]) -> Command | None:
    """The command that these English words begin with."""
    return next((c for c in COMMANDS if tuple(words[: len(c.path)]) == c.path), None)


def _translated(command: Command, word: str, language: Language) -> str:
    """A word of a line, its option's name in the language: "story:dam" → "sujet:dam"."""
    name, colon, value = word.partition(":")
    option = command.option(name) if colon and not value.startswith("//") else None
    return f"{option.word(language)}:{value}" if option is not None else word
