"""Briefing templates: Markdown with Jinja, the operator's before ours, a mistake told by file, line and what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from briefings.rendering.document import Document
from briefings.rendering.markdown import END, START, Slot, parse, slot
from briefings.resources import data_folder

SUFFIX = ".md.j2"
_SLOTS = "_slots"  # the variable of a render that holds its slots


class Templates:
    """The templates at hand: those of `folder` (the operator's, may be None), then those that ship."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folders = [f for f in (folder, data_folder("templates")) if f is not None]
        loaders: list[BaseLoader] = [FileSystemLoader(f) for f in self.folders]
        self.environment = SandboxedEnvironment(
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
        found = {p.name.removesuffix(SUFFIX) for f in self.folders for p in f.glob(f"*{SUFFIX}")}
        return sorted(n for n in found if not n.startswith("_"))

    def render(self, name: str, language: Language, values: Mapping[str, Any]) -> Document:
        """The document of template `name`. NotFound, TemplateFault."""
        if name not in self.names():
            raise NotFound(f"There is no template {name!r}.", f"Templates: {', '.join(self.names())}.")
        slots: list[Slot] = []
        try:
            source = self.environment.get_template(name + SUFFIX).render(**values, **{_SLOTS: slots})
        except TemplateSyntaxError as e:
            raise TemplateFault(
                e.message or "syntax error", place=f"{self._path(e.name or name)}:{e.lineno}"
            ) from e
        except TemplateNotFound as e:
            raise TemplateFault(
                f"it includes {e.name!r}, which does not exist", place=self._path(name + SUFFIX)
            ) from e
        except (
            TemplateError,
            TypeError,
            ValueError,
            KeyError,
            AttributeError,
            ArithmeticError,
            LookupError,
            RecursionError,
        ) as e:
            raise TemplateFault(str(e) or type(e).__name__, place=self._place(e, name)) from e
        return parse(source, slots, language)

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


@pass_context
def _finalize(context: Context, value: Any) -> Any:
    """Every value that is not markup of ours becomes a slot: literal, whatever it holds."""
    if isinstance(value, Markup):
        return value
    if value is None:
        return ""
    return put(context, value if isinstance(value, list) else str(value))


def put(context: Context, value: Slot) -> Markup:
    """A slot of the render that `context` belongs to, holding `value`."""
    slots: list[Slot] = context[_SLOTS]
    if isinstance(value, str):
        value = value.replace(START, "").replace(END, "")
    slots.append(value)
    return Markup(slot(len(slots) - 1))  # noqa: S704  # digits between two private-use characters


def message(translate: Callable[[str], str]) -> Callable[..., Markup]:
    """`_()` for templates: the template's words translated, outside values in them as slots."""

    @pass_context
    def gettext(context: Context, text: str, **values: Any) -> Markup:
        return _with_values(context, translate(text), values)

    return gettext


def messages(translate: Callable[[str, str, int], str]) -> Callable[..., Markup]:
    """`ngettext()` for templates."""

    @pass_context
    def ngettext(context: Context, one: str, many: str, n: int, **values: Any) -> Markup:
        return _with_values(context, translate(one, many, n), {"n": n, **values})

    return ngettext


def _with_values(context: Context, text: str, values: Mapping[str, Any]) -> Markup:
    slotted = {
        k: v if isinstance(v, Markup) else put(context, v if not isinstance(v, int | float) else str(v))
        for k, v in values.items()
    }
    return Markup(text % slotted if slotted else text)  # noqa: S704  # our own catalogue's words around slots
