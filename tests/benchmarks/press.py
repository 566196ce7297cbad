"""A press on loopback: feeds with one article each in full text, and a channel that notes when which article is told.

`python -m tests.benchmarks.press FEEDS` prints its port. `/state` tells what came when; `/forget` begins anew.
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
import time
from dataclasses import dataclass, field

from aiohttp import web

_NAMES = "Orla Brandt,Teo Marchetti,Ines Kowal,Piet Lund,Noor Said,Lena Dubois,Marc Petit,Ada Quill".split(
    ","
)
_TOWNS = "Vellmar,Osterlin,Brackwater,Tarn Hill,Saint-Aubin,Low Ferry,Kestrel Point,Montroux".split(",")
_WORDS = (
    "water level gate valley engineer warning council inquiry repair turbine spill crew shelter road bridge claim cost "
    "insurer plan vote delay report sensor crack pump field farm school night team helicopter resident letter owner bank"
).split()

HOSTS = 200


def article(number: int) -> str:
    """An article of some 3,000 characters about one crisis, in words of our own, no two alike."""
    r = random.Random(number)
    town, name, other = r.choice(_TOWNS), r.choice(_NAMES), r.choice(_NAMES)
    parts = [
        f"The Norvo dam above {town} lost {r.randint(2, 90)} centimetres on Monday, article {number:06d} of the "
        f"Norvo series reports. Some {r.randint(20, 900)} residents were evacuated."
    ]
    for i in range(9):
        words = r.choices(_WORDS, k=30)
        if i % 3 == 0:
            parts.append(
                f"“{' '.join(words[:14]).capitalize()},” said {r.choice((name, other))}, who speaks for the {town} council. "
                f"The {words[14]} and the {words[15]} of {r.choice(_TOWNS)} were seen to {words[16]}."
            )
        elif i % 3 == 1:
            parts.append(
                f"The {' '.join(words[:10])} near {r.choice(_TOWNS)}. About {r.randint(2, 900)} {words[10]}s were counted "
                f"along the {words[11]}, as the {' '.join(words[12:20])} went on through the night without a pause."
            )
        else:
            parts.append(
                f"On {r.randint(1, 28)} {r.choice(('January', 'February', 'March'))} 2031 the {words[0]} of {town} was closed "
                f"by {other}. The {' '.join(words[1:12])}, and the {' '.join(words[12:22])} stayed where it had been."
            )
    return "".join(f"<p>{p}</p>" for p in parts)


def feed(number: int, base: str) -> str:
    """An RSS feed with that one article."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>Outlet {number}</title><link>{base}/</link><language>en</language><item>"
        f"<title>Norvo dam: report {number:06d}</title><link>{base}/article/{number}</link><guid>g{number}</guid>"
        f"<pubDate>Mon, 03 Mar 2031 {number % 24:02}:{number % 60:02}:00 GMT</pubDate><description>The dam.</description>"
        f"<content:encoded><![CDATA[{article(number)}]]></content:encoded></item></channel></rss>"
    )


def site_of(number: int, port: int) -> str:
    """Where a feed's outlet is: of so many hosts of its own, each an address of the loopback range."""
    return f"http://127.0.{number % HOSTS}.{1 + number % 200}:{port}"


@dataclass
class State:
    """What was asked and told, in seconds of this process's clock."""

    asked: list[float] = field(default_factory=list)
    posts: list[tuple[float, int]] = field(default_factory=list)
    told: dict[str, float] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)


def application(bodies: dict[int, str]) -> web.Application:
    state = State()

    async def get_feed(request: web.Request) -> web.StreamResponse:
        number = int(request.match_info["number"])
        state.asked.append(time.perf_counter())
        tag = f'"v{number}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(text=bodies[number], content_type="application/rss+xml", headers={"ETag": tag})

    async def get_article(request: web.Request) -> web.StreamResponse:
        number = int(request.match_info["number"])
        body = f"<html><head><title>Norvo dam: report {number:06d}</title></head><body><article>{article(number)}</article></body></html>"
        return web.Response(text=body, content_type="text/html")

    async def post(request: web.Request) -> web.StreamResponse:
        message = await request.json()
        body = message["markdown"]
        now = time.perf_counter()
        found = set(re.findall(r"report (\d{6})", body))
        state.posts.append((now, len(found)))
        for number in found:
            state.told.setdefault(number, now)
        state.keys[message["key"]] = str(len(state.posts))
        return web.json_response({"id": str(len(state.posts))})

    async def find(request: web.Request) -> web.StreamResponse:
        found = state.keys.get(request.query.get("key", ""))
        return web.json_response({"messages": [{"id": found}] if found else []})

    async def get_state(request: web.Request) -> web.StreamResponse:
        first = min(state.asked, default=0.0)
        return web.json_response(
            {
                "asked": len(state.asked),
                "asking": max(state.asked, default=0.0) - first,
                "posts": [(t - first, n) for t, n in state.posts],
                "told": len(state.told),
                "first": min(state.told.values(), default=0.0) - first,
                "last": max(state.told.values(), default=0.0) - first,
            }
        )

    async def forget(request: web.Request) -> web.StreamResponse:
        state.asked.clear()
        state.posts.clear()
        state.told.clear()
        return web.Response()

    async def missing(request: web.Request) -> web.StreamResponse:
        return web.Response(status=404)

    app = web.Application(
        client_max_size=64 * 1024 * 1024
    )  # hundreds of articles in one message, three times over
    app.router.add_get("/feed/{number}", get_feed)
    app.router.add_get("/article/{number}", get_article)
    app.router.add_post("/relay/channels/{channel}/messages", post)
    app.router.add_get("/relay/channels/{channel}/messages", find)
    app.router.add_get("/state", get_state)
    app.router.add_get("/forget", forget)
    app.router.add_route("*", "/{rest:.*}", missing)
    return app


async def main(feeds: int) -> None:
    bodies: dict[int, str] = {}
    runner = web.AppRunner(application(bodies), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "0.0.0.0", 0)  # every address of the loopback range is a host of its own
    await site.start()
    port = runner.addresses[0][1]
    bodies.update({n: feed(n, site_of(n, port)) for n in range(feeds)})
    print(port, flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
