"""`sitrep dispatch …`: the ledger, and what a person decides about what could not be posted."""

from __future__ import annotations

from typing import Annotated

import typer

from bots.cli.context import do, session, utc, write
from bots.cli.options import Json
from bots.dispatch.content import load
from briefings.errors import NotFound, SitrepError
from briefings.model import Dispatch, Part, State
from briefings.plain import json_text, literal

app = typer.Typer(help="The ledger: what was posted, what waits, what was given up.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The dispatch's number.")]
_TROUBLE = (State.DEAD, State.UNCERTAIN)


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[
        list[State] | None, typer.Option("--state", help="Only those of this state; may be given again.")
    ] = None,
    dead: Annotated[
        bool, typer.Option("--dead", help="Only those that were given up or are uncertain.")
    ] = False,
    edition: Annotated[int | None, typer.Option("--edition", help="Only those of this edition.")] = None,
    most: Annotated[int, typer.Option("--most", help="How many, the newest first.", min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """List dispatches, the newest first."""
    s = session(context)
    states = tuple(state or ()) + (_TROUBLE if dead else ())

    async def work() -> None:
        async with s.desk() as desk:
            found = await desk.orders.dispatches(states=states, edition=edition, most=most)
        if as_json:
            write(json_text([_value(d) for d in found]) + "\n")
        elif not found:
            typer.echo("No such dispatch." if states or edition else "Nothing was dispatched yet.")
        for d in found if not as_json else []:
            typer.echo(
                f"{d.id:6}  {d.state.value:9} {d.kind.value:10} {utc(d.due)[:16]}  {literal(str(d.address))}"
                f"{'  ' + literal(d.why) if d.why else ''}"
            )

    do(work())


@app.command("show")
def show(context: typer.Context, number: Number, as_json: Json = False) -> None:
    """Show one dispatch with its parts, the platform's message ids, the facts that it carries, and its tries."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            d = await desk.orders.dispatch(number)
            parts = await desk.orders.parts(d)
            try:
                body = await desk.orders.content(d)
            except NotFound:
                body = None
        facts = load(body).facts if body is not None else ()
        if as_json:
            write(json_text({**_value(d), "facts": facts, "parts": [_part(p) for p in parts]}) + "\n")
            return
        for key, value in _value(d).items():
            if value not in (None, ""):
                typer.echo(f"{key:10} {literal(str(value))}")
        typer.echo(f"{'facts':10} {len(facts)}")
        for p in parts:
            posted = f"posted {utc(p.posted)} as {literal(p.message)}" if p.posted else "not posted"
            what = f", changes {literal(p.edits)}" if p.edits else ""
            typer.echo(
                f"part {p.number + 1}     {posted}{what}, tried {p.tries} time{'s' * (p.tries != 1)}, {p.digest[:12]}"
            )

    do(work())


def _value(d: Dispatch) -> dict[str, object]:
    return {
        "number": d.id,
        "kind": d.kind.value,
        "state": d.state.value,
        "why": d.why,
        "to": str(d.address),
        "edition": d.edition,
        "corrects": d.of,
        "template": d.template,
        "language": d.language,
        "due": utc(d.due),
        "settled": utc(d.settled),
        "retry": utc(d.retry),
        "tries": d.tries,
        "content": d.content,
    }


def _part(p: Part) -> dict[str, object]:
    return {
        "number": p.number,
        "key": p.key,
        "message": p.message,
        "changes": p.edits,
        "hash": p.digest,
        "tries": p.tries,
        "tried": utc(p.tried),
        "posted": utc(p.posted),
    }


@app.command("retry")
def retry(context: typer.Context, number: Number) -> None:
    """Try a dispatch again that was given up, is uncertain, or waits."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            d = await desk.orders.retry(number)
        if d.state is not State.QUEUED:
            raise SitrepError(f"Dispatch {number} is {d.state.value}: there is nothing to try again.")
        typer.echo(f"Dispatch {number} is tried again as soon as `sitrep run` or `sitrep worker` runs.")

    do(work())


@app.command("drop")
def drop(context: typer.Context, number: Number) -> None:
    """Give a dispatch up that is not posted; the next one of its channel goes."""
    s = session(context)

    async def work() -> None:
        async with s.desk() as desk:
            d = await desk.orders.drop(number)
        if d.state is not State.DROPPED:
            raise SitrepError(f"Dispatch {number} is {d.state.value}: there is nothing to drop.")
        typer.echo(f"Dropped dispatch {number}.")

    do(work())
