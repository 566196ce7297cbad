"""Pages from `templates/web/*.html.j2`, in the browser's language. Autoescape is on for all of it."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from aiohttp import web
from babel.core import negotiate_locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bots.answers import CHAT
from briefings.model import LANGUAGES, Language
from briefings.plain import literal
from briefings.rendering.words import Words
from briefings.resources import data_folder

STATIC = ("sitrep.css", "sitrep.js", "icon.svg")


class Pages:
    """The page templates. They ship with Sitrep; operators' own templates are briefings."""

    def __init__(self) -> None:
        self.folder = data_folder("templates") / "web"
        self._environment = Environment(
            loader=FileSystemLoader(self.folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["literal"] = literal
        self.version = sha256(b"".join((self.folder / f).read_bytes() for f in STATIC)).hexdigest()[:12]

    def render(self, name: str, language: Language, **values: Any) -> str:
        words = Words(language, domain=CHAT)
        return self._environment.get_template(name).render(
            language=language,
            version=self.version,
            _=lambda text, **given: words.message(text) % given if given else words.message(text),
            ngettext=lambda one, many, n: words.messages(one, many, n) % {"n": n},
            **values,
        )

    def file(self, name: str) -> Path:
        """A static file that is ours to serve. KeyError where it is none."""
        if name not in STATIC:
            raise KeyError(name)
        return self.folder / name


@lru_cache(1024)
def _negotiated(accepted: str) -> Language:
    """The first language of an Accept-Language header that we speak; English where there is none."""
    ranked = []
    for i, part in enumerate(accepted.split(",")[:20]):
        tag, _, weight = part.partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            quality = 0.0
        if tag.strip() and quality > 0:
            ranked.append((-quality, i, tag.strip().replace("-", "_")))
    found = negotiate_locale([tag for *_, tag in sorted(ranked)], list(LANGUAGES))
    return "fr" if found == "fr" else "en"


def language_of(request: web.Request) -> Language:
    """The browser's language, of those that we speak."""
    return _negotiated(request.headers.get("Accept-Language", "")[:200])
