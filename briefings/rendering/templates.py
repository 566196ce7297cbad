"""Briefing templates: Markdown with Jinja, the operator's before ours, a mistake told by file, line and what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import unescape
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_context,
)
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from briefings.errors import NotFound, TemplateFault
from briefings.model import Language
from briefings.rendering.document import Document, Inline
from briefings.rendering.markdown import SLOT, Slot, parse, slot
from briefings.rendering.words import Words
from briefings.resources import data_folder

SUFFIX = ".md.j2"
#: What a template's mistakes raise while it renders.
_MISTAKES = (
    TemplateError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
)
_SLOTS = "_slots"  # the variable of a render that holds its slots


class Templates:
    """The templates at hand: those of `folder` (the operator's, may be None), then those that ship."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folders = [f for f in (folder, data_folder("templates")) if f is not None]
        self._names: tuple[tuple[int, ...], list[str]] | None = (
            None  # with when the folders were changed last
        )
        loaders: list[BaseLoader] = [FileSystemLoader(f) for f in self.folders]
        self.environment = _Environment(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            finalize=_finalize,
        )

    def names(self) -> list[str]:
        """Every template's name, shipped and the operator's, in order; those that begin with "_" are parts."""
        made = tuple(f.stat().st_mtime_ns if f.is_dir() else 0 for f in self.folders)
        if self._names is None or self._names[0] != made:
            found = {p.name.removesuffix(SUFFIX) for f in self.folders for p in f.glob(f"*{SUFFIX}")}
            self._names = made, sorted(n for n in found if not n.startswith("_"))
        return list(self._names[1])

    def render(self, name: str, language: Language, values: Mapping[str, Any]) -> Document:
        """The document of template `name`. NotFound, TemplateFault."""
        if name not in self.names():
            raise NotFound(f"There is no template {name!r}.", f"Templates: {', '.join(self.names())}.")
        slots: list[Slot] = []
        try:
            source = self.environment.get_template(name + SUFFIX).render(**values, **{_SLOTS: slots})
            return parse(source, slots, language)
        except TemplateSyntaxError as e:
            place = f"{self._path(e.name or name)}:{e.lineno}"
            raise TemplateFault(e.message or "syntax error", place=place) from e
        except TemplateNotFound as e:
            raise TemplateFault(
                f"it includes {e.name!r}, which does not exist", place=self._place(e, name)
            ) from e
        except _MISTAKES as e:
            raise TemplateFault(str(e) or type(e).__name__, place=self._place(e, name)) from e

    def _path(self, name: str) -> str:
        """Where the template of this file name is."""
        file = name if name.endswith(SUFFIX) else name + SUFFIX
        return next((str(f / file) for f in self.folders if (f / file).is_file()), file)

    def _place(self, error: BaseException, name: str) -> str:
        """The template's file and line where a render failed: the innermost frame that is a template's."""
        place = self._path(name)
        trace = error.__traceback__
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            if file.endswith(SUFFIX):
                place = f"{file}:{trace.tb_lineno}"
            trace = trace.tb_next
        return place


class Ours(Markup):
    """Markup that this module made: slots, and the catalogue's words around them."""


class Trusted:
    """A class whose methods templates may call: the sandbox need not look at each call of them."""


class _Environment(SandboxedEnvironment):
    """The sandbox, quicker for the functions that we hand to templates: a long briefing calls thousands."""

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        if isinstance(getattr(__obj, "__self__", None), Trusted):
            kwargs.pop("_loop_vars", None)  # what Jinja hands on for its own functions
            kwargs.pop("_block_vars", None)
            if getattr(__obj, "jinja_pass_arg", None) is not None:
                return __obj(__context, *args, **kwargs)
            return __obj(*args, **kwargs)
        return super().call(__context, __obj, *args, **kwargs)


@pass_context
def _finalize(context: Context, value: Any) -> Any:
    """Every value becomes a slot: literal, whatever it holds and whatever filters made of it.

    Markup that filters joined from outside text and our slots keeps the slots and has the rest as text.
    """
    if isinstance(value, Ours):
        return value
    if value is None:
        return ""
    if isinstance(value, Markup):
        parts = SLOT.split(str(value))  # text, number, text, number, …, text
        return Ours("").join(
            Ours(slot(int(part))) if i % 2 else put(context, unescape(part))
            for i, part in enumerate(parts)
            if part
        )
    if isinstance(value, list | tuple) and value and all(isinstance(x, Inline) for x in value):
        return put(context, value)
    return put(context, str(value))


def put(context: Context, value: Slot) -> Ours:
    """A slot of the render that `context` belongs to, holding `value`."""
    slots: list[Slot] = context[_SLOTS]
    slots.append(value)
    return Ours(slot(len(slots) - 1))


def message(words: Words) -> Callable[..., Ours]:
    """`_()` for templates: the template's words translated, outside values in them as slots."""

    @pass_context
    def gettext(context: Context, text: str, **values: Any) -> Ours:
        if not words.knows(text):
            return put(context, _filled(str(text), values))
        return _with_values(context, words.message(text), values)

    return gettext


def messages(words: Words) -> Callable[..., Ours]:
    """`ngettext()` for templates."""

    @pass_context
    def ngettext(context: Context, one: str, many: str, n: int, **values: Any) -> Ours:
        if not (words.knows(one) and words.knows(many)):
            return put(context, _filled(str(one if n == 1 else many), {"n": n, **values}))
        return _with_values(context, words.messages(one, many, n), {"n": n, **values})

    return ngettext


def _filled(text: str, values: Mapping[str, Any]) -> str:
    """A message that no catalogue has, with its values: the operator's own words, as plain text."""
    try:
        return text % values if values else text
    except (KeyError, TypeError, ValueError):
        return text


def _with_values(context: Context, text: str, values: Mapping[str, Any]) -> Ours:
    slotted = {k: v if isinstance(v, Ours) else put(context, str(v)) for k, v in values.items()}
    return Ours(text % slotted if slotted else text)
