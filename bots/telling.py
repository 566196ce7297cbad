"""What the core's errors and facts are called in a channel, in its language."""

from __future__ import annotations

from bots.answers import Answer, Refused, document, say
from bots.commands import noop
from briefings.dossier import ConsequenceFact, DevelopmentFact, Fact, FigureFact, QuoteFact, RoleFact
from briefings.errors import (
    AddressRefused,
    AlreadyThere,
    EmptyArticle,
    FetchFailed,
    LimitReached,
    NoArticleFound,
    NotAFeed,
    NotFound,
    NotText,
    RobotsRefused,
    SitrepError,
    StoreError,
    TemplateFault,
    TooLarge,
    WorkerFailed,
)
from briefings.plain import literal
from briefings.rendering.document import Inline, Paragraph, Strong, Text
from briefings.rendering.words import Words

#: What is said in a language that the errors themselves do not speak, by class; the first that fits.
_KINDS: tuple[tuple[type[SitrepError], str], ...] = (
    (AddressRefused, noop("This address may not be fetched: only public http and https addresses are.")),
    (NoArticleFound, noop("No article was found on that page.")),
    (TooLarge, noop("It is larger than the settings allow.")),
    (NotText, noop("It is no text.")),
    (EmptyArticle, noop("There is no text in it.")),
    (RobotsRefused, noop("This site lets no program fetch it.")),
    (NotAFeed, noop("There is no feed at that address, and none is announced there.")),
    (FetchFailed, noop("The page could not be fetched.")),
    (AlreadyThere, noop("It is there already: choose another name.")),
    (
        LimitReached,
        noop("As many as the settings allow are there (%(most)s): remove one, or try again later."),
    ),
    (TemplateFault, noop("The template has a mistake; its author is told in the log.")),
    (StoreError, noop("The database can't be used just now: try again, and tell whoever runs Sitrep.")),
    (WorkerFailed, noop("It took too long and was given up.")),
)

Told = tuple[tuple[Inline, ...], tuple[Inline, ...]]


def tell(error: SitrepError, words: Words) -> Told:
    """What is wrong and what to do. In English the error speaks for itself, where it holds nothing of the machine."""
    if isinstance(error, NotFound):
        return _not_found(error, words)
    own = next((m for kind, m in _KINDS if isinstance(error, kind)), noop("That did not work."))
    most = error.most if isinstance(error, LimitReached) else 0
    if words.language == "en" and not isinstance(error, TemplateFault | StoreError | WorkerFailed):
        return (Text(literal(error.message)),), (Text(literal(error.hint)),)
    return say(words, own, most=most), ()


def _not_found(error: NotFound, words: Words) -> Told:
    if error.near:
        near = ", ".join(error.near)
        what = (
            say(words, noop("There is nothing of that name."))
            if words.language != "en"
            else (Text(literal(error.message)),)
        )
        return what, say(words, noop("Did you mean %(near)s?"), near=near)
    if words.language == "en":
        return (Text(literal(error.message)),), (Text(literal(error.hint)),)
    return say(words, noop("There is nothing of that name.")), ()


def tell_refused(error: Refused, words: Words) -> Told:
    """A refusal in the channel's language."""
    what = say(words, error.what, **error.values)
    return what, say(words, error.hint, **error.values) if error.hint else ()


def refusal(told: Told, words: Words) -> Answer:
    """What is wrong and what to do as an answer, for whoever asked alone."""
    what, hint = told
    inlines = (Strong(what), *((Text(" "), *hint) if hint else ()))
    return Answer(document(words, Paragraph(inlines)), public=False, ok=False)


def kind_of(fact: Fact) -> str:
    """What a fact is, as a message."""
    match fact:
        case QuoteFact():
            return noop("Quote")
        case FigureFact():
            return noop("Figure")
        case DevelopmentFact():
            return noop("Development")
        case ConsequenceFact():
            return noop("Consequence")
        case RoleFact():
            return noop("Role")
        case _:
            return noop("Fact")
