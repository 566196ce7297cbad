"""What is missing, in a reader's words."""

from __future__ import annotations

from briefings.model import Gap
from briefings.plain import literal
from briefings.rendering.words import Words

#: By the error's class in `errors.py`, or "OnlyTeaser" for what could be read in part; the error's own words are English.
_KINDS = {
    "AddressRefused": "this address may not be fetched",
    "FetchFailed": "the page could not be fetched",
    "NoArticleFound": "no article was found on the page",
    "TooLarge": "it is larger than the settings allow",
    "NotText": "it is not a text",
    "EmptyArticle": "there is no text in it",
    "OnlyTeaser": "only the feed’s own words could be read",
    "RobotsRefused": "its site lets no program fetch it",
    "NotAFeed": "there is no feed",
    "LimitReached": "as many articles as the settings allow have come in",
    "WorkerFailed": "it took too long and was given up",
}


def gap_words(gap: Gap, words: Words) -> str:
    """What is missing and why: the error's own words in English, its kind in other languages."""
    if words.language == "en" or gap.kind not in _KINDS:
        return literal(gap.why if gap.what in gap.why else f"{gap.what}: {gap.why}")
    return literal(gap.what) + words.message(": ") + words.message(_KINDS[gap.kind])
