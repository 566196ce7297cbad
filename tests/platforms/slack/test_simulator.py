"""The real slack_bolt and slack_sdk against the simulator: each does what the other expects of it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from random import Random
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.platforms.slack import (
    Message,
    Slack,
    View,
    blocks_of,
    buttons_of,
    selects_of,
    simulated,
    text_of,
)
from tests.platforms.slack.contract import checker

Body = dict[str, Any]
QUIET: Body = {"unfurl_links": False, "unfurl_media": False}
Work = Callable[[Slack, AsyncApp], Awaitable[None]]
Asking = Callable[[Slack, AsyncWebClient], Awaitable[None]]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What the libraries log about trouble that is meant is not shown."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


# ---- an app that does a bit of everything ----------------------------------------------------------------------------


def section(text: str) -> Body:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def words(text: str) -> Body:
    return {"type": "plain_text", "text": text}


def option(name: str) -> Body:
    return {"text": words(name.title()), "value": name}


def panel(text: str = "Which?") -> list[Body]:
    """A text, a button, a select of its own options and one of the app's."""
    return [
        section(text),
        {
            "type": "actions",
            "block_id": "panel",
            "elements": [
                {"type": "button", "action_id": "press", "text": words("Press"), "value": "1"},
                {"type": "button", "action_id": "form", "text": words("Form")},
                {
                    "type": "static_select",
                    "action_id": "pick",
                    "placeholder": words("One of them"),
                    "options": [option("flash"), option("sitrep")],
                },
                {
                    "type": "external_select",
                    "action_id": "story",
                    "placeholder": words("A story"),
                    "min_query_length": 0,
                },
            ],
        },
    ]


def form(title: str = "Form") -> Body:
    def field(name: str, element: Body, **more: Any) -> Body:
        return {
            "type": "input",
            "block_id": name,
            "label": words(name.title()),
            "element": {"action_id": name, **element},
        } | more

    return {
        "type": "modal",
        "callback_id": "form",
        "title": words(title),
        "submit": words("Save"),
        "notify_on_close": True,
        "private_metadata": "kept",
        "blocks": [
            field("name", {"type": "plain_text_input"}),
            field(
                "template",
                {
                    "type": "static_select",
                    "options": [option("flash"), option("sitrep")],
                    "initial_option": option("flash"),
                },
            ),
            field("story", {"type": "external_select", "min_query_length": 1}, optional=True),
        ],
    }


def app_of(slack: Slack) -> AsyncApp:
    """Listeners for commands, clicks, forms and the home. `app.heard` are the events."""
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    app = AsyncApp(client=client, signing_secret=slack.signing_secret)

    @app.command("/sitrep")
    async def sitrep(ack: AsyncAck, respond: AsyncRespond, body: Body, client: AsyncWebClient) -> None:
        verb, _, rest = body["text"].partition(" ")
        if verb == "now":
            await ack(f"Now: {rest}")
            return
        if verb == "never":
            await asyncio.sleep(5)
            return
        await ack()
        if verb == "panel":
            await respond("Which?", blocks=panel(), response_type="in_channel", **QUIET)
        elif verb == "post":
            await client.chat_postMessage(
                channel=body["channel_id"], text=rest, blocks=[section(rest)], **QUIET
            )
        else:
            await respond("Working on it")
            await respond(f"Done: {rest}", replace_original=True)

    @app.action("press")
    async def press(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond("Pressed", blocks=[section("Pressed")], replace_original=True)

    @app.action("pick")
    async def pick(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        chosen = body["actions"][0]["selected_option"]["value"]
        await client.chat_postMessage(
            channel=body["channel"]["id"], text=chosen, thread_ts=body["message"]["ts"], **QUIET
        )

    @app.action("story")
    async def story(ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        await respond(body["actions"][0]["selected_option"]["value"])

    @app.options("story")
    async def stories(ack: AsyncAck, body: Body) -> None:
        names = [n for n in ("dam", "delta", "coast") if n.startswith(body["value"])]
        await ack(options=[option(n) for n in names])

    @app.action("form")
    async def open_form(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=form())

    @app.view("form")
    async def submitted(ack: AsyncAck, view: Body) -> None:
        values = view["state"]["values"]
        name = values["name"]["name"]["value"]
        if name == "bad":
            await ack(response_action="errors", errors={"name": "Not this one"})
        elif name == "more":
            await ack(response_action="push", view=form("Over it"))
        elif name == "again":
            await ack(response_action="update", view=form("Again"))
        else:
            await ack()

    @app.view_closed("form")
    async def gone(ack: AsyncAck) -> None:
        await ack()

    @app.event("app_home_opened")
    async def home(event: Body, client: AsyncWebClient) -> None:
        await client.views_publish(
            user_id=event["user"], view={"type": "home", "blocks": [section("At *home*")]}
        )

    async def heard(body: Body) -> None:
        app.__dict__.setdefault("heard", []).append(body["event"]["type"])

    for kind in (
        "member_joined_channel", "member_left_channel", "channel_left", "channel_archive", "channel_deleted", "tokens_revoked",
        "app_uninstalled",
    ):  # fmt: skip
        app.event(kind)(heard)
    return app


@asynccontextmanager
async def connected(slack: Slack, app: AsyncApp, **options: Any) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(app, slack.app_token, **{"ping_interval": 5, **options})
    before = slack.sockets
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await slack.connected(before + 1)
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def listening(app: AsyncApp) -> AsyncIterator[str]:
    """The app behind a web server, as HTTP mode has it."""
    runner = web.AppRunner(app.web_app(path="/slack/events"), access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


def work_with(work: Work, *, faults: bool = False, http: bool = False, **options: Any) -> None:
    """Do it with a simulator and an app that is connected to it. Nothing may break a rule, unless it is to."""

    async def inside() -> None:
        async with asyncio.timeout(20), simulated(**options) as slack:
            app = app_of(slack)
            if http:
                async with listening(app) as url:
                    slack.http_mode(url)
                    await work(slack, app)
            else:
                async with connected(slack, app):
                    await work(slack, app)
            if not faults:
                slack.checked()

    asyncio.run(inside())


def ask_with(work: Asking, *, faults: bool = False, **options: Any) -> None:
    """The same with the bare client, which does not try again by itself."""

    async def inside() -> None:
        async with asyncio.timeout(20), simulated(**options) as slack:
            await work(slack, AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[]))
            if not faults:
                slack.checked()

    asyncio.run(inside())


async def error_of(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


def shown(message: Message | None) -> Message:
    assert message is not None
    return message


def opened(view: View | None) -> View:
    assert view is not None
    return view


# ---- commands and what follows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
def test_a_command_is_acknowledged_and_answered(http: bool) -> None:
    """Its responses are those through the response_url, as they are in the end."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        ada = slack.user("Ada")
        asked = await slack.command(ada, slack.channel, "/sitrep", "brief flash")
        await asked.until(lambda x: x.responses and x.responses[0].edits and x.acked_after)
        assert [(text_of(m), m.ephemeral, m.edits) for m in asked.responses] == [("Done: flash", True, 1)]
        assert asked.acked_after is not None
        assert asked.acked_after < 1
        assert asked.ack is None
        assert not slack.messages()

    work_with(work, http=http)


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
def test_an_acknowledgement_can_be_the_answer(http: bool) -> None:
    """A text in it is a response for the user alone."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        asked = await slack.command(slack.user("Ada"), slack.channel, "/sitrep", "now & then")
        await asked.settled()
        assert asked.ack == {"text": "Now: & then"}
        assert text_of(shown(asked.message)) == "Now: & then"
        assert shown(asked.message).ephemeral

    work_with(work, http=http)


def test_what_is_posted_meanwhile_belongs_to_the_command() -> None:
    """Messages in the channel are told apart from responses."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        asked = await slack.command(slack.user("Ada"), slack.channel, "/sitrep", "post Something")
        await asked.settled()
        assert (asked.responses, [text_of(m) for m in asked.messages]) == ([], ["Something"])

    work_with(work)


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
def test_buttons_selects_and_forms_work_on_one_another(http: bool) -> None:
    """A click replaces its message, a choice is posted below it, a form is opened, refused, and closed."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        ada = slack.user("Ada")
        asked = await (await slack.command(ada, slack.channel, "/sitrep", "panel")).settled()
        message = shown(asked.message)
        assert not message.ephemeral
        assert [b["text"]["text"] for b in buttons_of(message)] == ["Press", "Form"]
        assert [s["action_id"] for s in selects_of(message)] == ["pick", "story"]
        chosen = await (await slack.choose(ada, message, "One of them", "Sitrep")).settled()
        assert [(m.text, m.thread_ts) for m in chosen.messages] == [("sitrep", message.ts)]
        assert [o["value"] for o in await slack.suggest(ada, message, "story", "d")] == ["dam", "delta"]
        told = await (await slack.choose(ada, message, "story", "delta")).settled()
        assert text_of(shown(told.message)) == "delta"

        clicked = await (await slack.click(ada, message, "Form")).settled()
        view = clicked.views[0]
        assert (view.title, text_of(view)) == ("Form", "Name\nTemplate\nStory")
        refused = await (await slack.submit(ada, view, {"Name": "bad"})).settled()
        assert (refused.errors, refused.closed) == ({"name": "Not this one"}, False)
        again = await (await slack.submit(ada, view, {"Name": "again", "Story": "coast"})).settled()
        assert opened(again.view).title == "Again"
        over = await (await slack.submit(ada, view, {"Name": "more", "template": "sitrep"})).settled()
        state = over.delivery.payload["view"]["state"]["values"]
        assert state["template"]["template"]["selected_option"]["value"] == "sitrep"
        assert state["story"]["story"]["selected_option"]["value"] == "coast"
        upper = opened(over.view)
        assert (upper.previous, upper.title) == (view.id, "Over it")
        closed = await slack.close(ada, upper)
        assert closed
        await closed.acked()
        done = await (await slack.submit(ada, view, {"Name": "good"})).settled()
        assert done.closed

        await (await slack.click(ada, message, "press")).settled()
        assert text_of(message) == "Pressed"

    work_with(work, http=http)


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
def test_a_home_is_published_when_it_is_opened(http: bool) -> None:
    """Each opening waits for a new one."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        ada = slack.user("Ada")
        first = await slack.open_home(ada)
        assert (text_of(first), first.type, len(blocks_of(first))) == ("At home", "home", 1)
        assert (await slack.open_home(ada)).edits == 2

    work_with(work, http=http)


def test_what_a_user_cannot_do_is_an_error_of_the_test() -> None:
    """Commands in threads, another's private messages, unknown buttons and empty fields."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        ada, bea = slack.user("Ada"), slack.user("Bea")
        asked = await (await slack.command(ada, slack.channel, "/sitrep", "now this")).settled()
        private = shown(asked.message)
        with pytest.raises(AssertionError, match="threads"):
            await slack.command(ada, slack.channel, "/sitrep", "now", thread=private)
        with pytest.raises(AssertionError, match="only another"):
            await slack.click(bea, private, "Press")
        with pytest.raises(AssertionError, match="0 buttons 'Press'"):
            await slack.click(ada, private, "Press")
        asked = await (await slack.command(ada, slack.channel, "/sitrep", "panel")).settled()
        with pytest.raises(AssertionError, match="only \\['Flash', 'Sitrep'\\]"):
            await slack.choose(ada, shown(asked.message), "pick", "dossier")
        clicked = await (await slack.click(ada, shown(asked.message), "form")).settled()
        with pytest.raises(AssertionError, match="required"):
            await slack.submit(ada, clicked.views[0], {})
        with pytest.raises(AssertionError, match="no \\['Colour'\\]"):
            await slack.submit(ada, clicked.views[0], {"Name": "x", "Colour": "red"})
        secret = slack.add_channel("secret", private=True)
        eve = slack.user("Eve", channels=[])
        with pytest.raises(AssertionError, match="not in secret"):
            await slack.command(eve, secret, "/sitrep", "now")

    work_with(work)


def test_a_command_that_nothing_answers_fails_for_its_user() -> None:
    """Without a connection at once, without an acknowledgement after three seconds."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        slack.acknowledging = slack.socket_mode.redeliver_after = 0.2
        slack.socket_mode.redeliveries = 1
        ada = slack.user("Ada")
        asked = await slack.command(ada, slack.channel, "/sitrep", "never")
        with pytest.raises(AssertionError, match="operation_timeout"):
            await asked.settled()
        slack.socket_mode.drop()
        await slack.until(lambda: not slack.socket_mode.lines, "the socket is gone")
        asked = await slack.command(ada, slack.channel, "/sitrep", "now")
        with pytest.raises(AssertionError, match="dispatch_failed"):
            await asked.settled()

    work_with(work)


def test_a_form_knows_where_it_was_opened() -> None:
    """A select of conversations may begin with that one; what is posted after the form is the submission's."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        ada = slack.user("Ada")
        asked = await slack.command(ada, slack.channel, "/sitrep", "x")
        select = {"type": "conversations_select", "action_id": "c", "default_to_current_conversation": True}
        block = {"type": "input", "block_id": "c", "label": words("Channel"), "element": select}
        await client.views_open(trigger_id=asked.trigger_id, view=form() | {"blocks": [block]})
        sent = await slack.submit(ada, asked.views[0])
        values = sent.delivery.payload["view"]["state"]["values"]
        assert values["c"]["c"]["selected_conversation"] == slack.channel.id
        await client.chat_postMessage(channel=slack.channel.id, text="x", **QUIET)
        assert [m.text for m in sent.messages] == ["x"]

    ask_with(work)


def test_methods_that_read_take_no_json() -> None:
    """What is sent so is not seen, and noted."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        asked = client.api_call("conversations.history", json={"channel": slack.channel.id})
        assert await error_of(asked) == "channel_not_found"
        assert "reads no JSON" in slack.faults[0]

    ask_with(work, faults=True)


def test_triggers_expire_and_open_one_view() -> None:
    """Used ones, old ones and invented ones have errors of their own."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        ada = slack.user("Ada")
        asked = await slack.command(ada, slack.channel, "/sitrep", "x")
        view = await client.views_open(trigger_id=asked.trigger_id, view=form())
        assert [v.id for v in asked.views] == [view["view"]["id"]]
        again = client.views_open(trigger_id=asked.trigger_id, view=form())
        assert await error_of(again) == "exchanged_trigger_id"
        assert await error_of(client.views_open(trigger_id="1.2.3", view=form())) == "invalid_trigger_id"
        slack.trigger_life = 0.0
        late = await slack.command(ada, slack.channel, "/sitrep", "x")
        assert (
            await error_of(client.views_open(trigger_id=late.trigger_id, view=form())) == "expired_trigger_id"
        )
        old = view["view"]["hash"]
        await client.views_update(view_id=view["view"]["id"], hash=old, view=form("Two"))
        stale = client.views_update(view_id=view["view"]["id"], hash=old, view=form("Three"))
        assert await error_of(stale) == "hash_conflict"
        assert asked.views[0].title == "Two"

    ask_with(work)


def test_a_response_url_is_good_for_five_uses_in_half_an_hour() -> None:
    """After that it says so, and nothing is shown."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        asked = await slack.command(slack.user("Ada"), slack.channel, "/sitrep", "x")
        hook = AsyncWebhookClient(asked.delivery.payload["response_url"], retry_handlers=[])
        for i in range(5):
            assert (await hook.send(text=f"{i}", response_type="ephemeral")).status_code == 200
        used = await hook.send(text="6")
        assert (used.status_code, json.loads(used.body)["error"]) == (404, "used_url")
        assert [m.text for m in asked.responses] == list("01234")
        await hook.send_dict({"delete_original": True})
        slack.response_uses, slack.response_life = 9, 0.0
        assert json.loads((await hook.send(text="7")).body)["error"] == "expired_url"

    ask_with(work)


# ---- messages over the web API ---------------------------------------------------------------------------------------


def test_messages_are_posted_read_changed_and_deleted() -> None:
    """As the client sends it, and as the channel shows it."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        channel = slack.channel
        metadata = {"event_type": "sitrep_part", "event_payload": {"dispatch": "d1", "part": 1}}
        posted = await client.chat_postMessage(
            channel=channel.id, text="One", blocks=[section("One")], metadata=metadata, **QUIET
        )
        (message,) = slack.messages()
        assert (message.ts, message.metadata) == (posted["ts"], metadata)
        read = await client.conversations_history(channel=channel.id, include_all_metadata=True)
        assert read["messages"][0]["metadata"] == metadata
        assert "metadata" not in (await client.conversations_history(channel=channel.id))["messages"][0]
        await client.chat_update(channel=channel.id, ts=posted["ts"], text="Two", blocks=[section("Two")])
        assert (text_of(message), message.edits, message.metadata) == ("Two", 1, metadata)
        await client.chat_delete(channel=channel.id, ts=posted["ts"])
        assert not slack.messages()
        gone = client.chat_update(channel=channel.id, ts=posted["ts"], text="Three", blocks=[])
        assert await error_of(gone) == "message_not_found"
        said = slack.say(slack.user("Ada"), channel, "Mine")
        mine = client.chat_update(channel=channel.id, ts=said.ts, text="Yours")
        assert await error_of(mine) == "cant_update_message"
        nothing = client.api_call("chat.postMessage", json={"channel": channel.id, **QUIET})
        assert await error_of(nothing) == "no_text"
        ada = slack.user("Ada")
        await client.chat_postEphemeral(channel=channel.id, user=ada.id, text="Psst")
        assert [(m.text, m.addressee) for m in channel.ephemeral] == [("Psst", ada)]

    ask_with(work, faults=True)


def test_a_history_is_read_by_pages_newest_first() -> None:
    """`oldest` and `latest` leave their own moment out unless it is to be in; replies are elsewhere."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        channel = slack.channel
        stamps = []
        for i in range(5):
            stamps.append((await client.chat_postMessage(channel=channel.id, text=str(i), **QUIET))["ts"])
        await client.chat_postMessage(channel=channel.id, text="below", thread_ts=stamps[0], **QUIET)
        await client.chat_postMessage(
            channel=channel.id, text="both", thread_ts=stamps[0], reply_broadcast=True, **QUIET
        )

        async def texts(**given: Any) -> list[str]:
            got = await client.conversations_history(channel=channel.id, **given)
            return [m["text"] for m in got["messages"]]

        assert await texts() == ["both", "4", "3", "2", "1", "0"]
        assert await texts(oldest=stamps[1], latest=stamps[3]) == ["2"]
        assert await texts(oldest=stamps[1], latest=stamps[3], inclusive=True) == ["3", "2", "1"]
        pages = []
        async for page in await client.conversations_history(channel=channel.id, limit=4):
            pages.append([m["text"] for m in page["messages"]])
        assert pages == [["both", "4", "3", "2"], ["1", "0"]]
        thread = await client.conversations_replies(channel=channel.id, ts=stamps[0])
        assert [m["text"] for m in thread["messages"]] == ["0", "below", "both"]
        assert thread["messages"][0]["reply_count"] == 2
        none = client.conversations_replies(channel=channel.id, ts="1.000001")
        assert await error_of(none) == "thread_not_found"

    ask_with(work)


def test_channels_say_who_may_post_in_them() -> None:
    """Outside it, in an archive, in one that is gone, in a private one."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        outside = slack.add_channel("outside", invited=False)
        secret = slack.add_channel("secret", private=True, invited=False)
        archived, deleted = slack.add_channel("archived"), slack.add_channel("deleted")
        slack.archive(archived)
        slack.delete(deleted)

        async def refusal(channel: str) -> str:
            return await error_of(client.chat_postMessage(channel=channel, text="x", **QUIET))

        assert await refusal(outside.id) == "not_in_channel"
        assert await refusal(secret.id) == "channel_not_found"
        assert await refusal(archived.id) == "is_archived"
        assert await refusal(deleted.id) == "channel_not_found"
        assert await error_of(client.conversations_history(channel=outside.id)) == "not_in_channel"
        assert (await client.conversations_info(channel=outside.id))["channel"]["is_member"] is False
        await client.conversations_join(channel=outside.id)
        await client.chat_postMessage(channel=outside.id, text="x", **QUIET)
        listed = await client.conversations_list(types=["public_channel", "private_channel"], limit=2)
        names = [c["name"] for c in listed["channels"]]
        assert names == ["general", "outside"]
        assert listed["response_metadata"]["next_cursor"]
        slack.scopes.add("chat:write.public")
        public = slack.add_channel("public", invited=False)
        await client.chat_postMessage(channel=public.id, text="x", **QUIET)

    ask_with(work)


def test_people_and_the_workspace_are_told() -> None:
    """Who they are, what they speak, and that a guest of another team is a guest."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        ada = slack.user("Ada", admin=True, locale="fr-FR")
        told = (await client.users_info(user=ada.id, include_locale=True))["user"]
        assert (told["is_admin"], told["locale"], told["tz"]) == (True, "fr-FR", "Europe/Paris")
        ministry = slack.another_team("Ministry")
        shared = slack.add_channel("shared", shared=[ministry])
        bea = slack.user("Bea", team=ministry)
        assert (await client.users_info(user=bea.id))["user"]["team_id"] == ministry.id
        assert (await client.conversations_info(channel=shared.id))["channel"]["is_ext_shared"] is True
        assert bea.id in (await client.conversations_members(channel=shared.id))["members"]
        assert bea.id not in slack.channel.members
        me = await client.auth_test()
        assert (me["user_id"], me["bot_id"], me["team_id"]) == (slack.bot.id, slack.bot_id, slack.team.id)
        assert "chat:write" in me.headers["x-oauth-scopes"]
        assert (await client.team_info())["team"]["domain"] == "newsroom"
        assert (await client.bots_info(bot=slack.bot_id))["bot"]["app_id"] == slack.app_id
        assert {u["id"] for u in (await client.users_list())["members"]} == {slack.bot.id, ada.id}
        assert (await client.api_test())["ok"]
        opened = await client.conversations_open(users=[ada.id])
        await client.chat_postMessage(channel=opened["channel"]["id"], text="For you", **QUIET)
        assert [m.text for m in slack.messages(slack.dm(ada))] == ["For you"]

    ask_with(work)


def test_a_guest_of_another_team_clicks_in_a_shared_channel() -> None:
    """The payload names the guest's team; commands are not for guests."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        ministry = slack.another_team("Ministry")
        shared = slack.add_channel("shared", shared=[ministry])
        ada, bea = slack.user("Ada"), slack.user("Bea", team=ministry)
        asked = await (await slack.command(ada, shared, "/sitrep", "panel")).settled()
        clicked = await (await slack.click(bea, shown(asked.message), "Press")).settled()
        payload = clicked.delivery.payload
        assert payload["team"]["id"] == payload["user"]["team_id"] == ministry.id
        assert payload["message"]["team"] == slack.team.id
        with pytest.raises(AssertionError, match="not installed"):
            await slack.command(bea, shared, "/sitrep", "now")

    work_with(work)


def test_files_are_uploaded_and_shown() -> None:
    """In a channel, or by their id in a block."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        await client.files_upload_v2(
            channel=slack.channel.id, content="words", filename="brief.txt", title="Brief", alt_txt="A brief"
        )
        (message,) = slack.messages()
        assert [(f.name, f.title, f.bytes) for f in message.files] == [("brief.txt", "Brief", b"words")]
        chart = await client.files_getUploadURLExternal(filename="chart.png", length=3, alt_txt="A line")
        async with aiohttp.ClientSession() as session, session.post(chart["upload_url"], data=b"png") as got:
            assert got.status == 200
        await client.files_completeUploadExternal(files=[{"id": chart["file_id"], "title": "Chart"}])
        image = {"type": "image", "slack_file": {"id": chart["file_id"]}, "alt_text": "A line that rises"}
        await client.chat_postMessage(channel=slack.channel.id, text="Chart", blocks=[image], **QUIET)
        assert text_of(slack.messages()[-1]) == "A line that rises"
        assert slack.files[chart["file_id"]].bytes == b"png"

    ask_with(work)


def test_a_token_has_its_scopes() -> None:
    """What is missing is named, with what there is."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        slack.scopes = {"channels:read"}
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=slack.channel.id, text="x", **QUIET)
        told = caught.value.response
        assert (told["error"], told["needed"], told["provided"]) == (
            "missing_scope",
            "chat:write",
            "channels:read",
        )
        with pytest.raises(SlackApiError) as caught:
            await client.conversations_history(channel=slack.channel.id)
        assert caught.value.response["needed"] == "channels:history"
        assert await error_of(AsyncWebClient("xoxb-no", base_url=slack.api_url).auth_test()) == "invalid_auth"
        assert await error_of(AsyncWebClient(base_url=slack.api_url).auth_test()) == "not_authed"
        wrong = client.apps_connections_open(app_token=slack.bot_token)
        assert await error_of(wrong) == "not_allowed_token_type"

    ask_with(work)


# ---- rules -----------------------------------------------------------------------------------------------------------


def image(**more: Any) -> Body:
    return {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "An image", **more}


def button(**more: Any) -> Body:
    made = {"type": "button", "action_id": "a", "text": words("A"), **more}
    return {"type": "actions", "elements": [made]}


def rich(*elements: Body) -> Body:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


REFUSED: list[tuple[list[Body], str]] = [
    ([section("x")] * 51, "50"),
    ([section("x" * 3001)], "3000"),
    ([{"type": "header", "text": words("x" * 151)}], "150"),
    ([button(text=words("x" * 76))], "75"),
    ([button(value="x" * 2001)], "2000"),
    ([button(action_id="x" * 256)], "255"),
    ([{"block_id": "b", **section("1")}, {"block_id": "b", **section("2")}], "block_id"),
    ([image(alt_text="")], "alt_text"),
    ([image(alt_text="x" * 2001)], "2000"),
    ([{"type": "image", "slack_file": {"id": "F1"}, "alt_text": "x"}], "no file F1"),
    ([rich({"type": "text", "text": "x" * 3000})] * 5, "12000"),
]


@pytest.mark.parametrize(("blocks", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_blocks_that_break_a_limit_are_refused_and_noted(blocks: list[Body], said: str) -> None:
    """Slack's error is told to the client, the place to the test."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        error = await error_of(
            client.chat_postMessage(channel=slack.channel.id, text="x", blocks=blocks, **QUIET)
        )
        assert error in ("invalid_blocks", "msg_blocks_too_long")
        with pytest.raises(AssertionError, match=said):
            slack.checked()
        assert not slack.messages()

    ask_with(work, faults=True)


@pytest.mark.skipif(checker() is None, reason="Slack's own description of blocks is not beside the checkout")
def test_what_slack_does_not_know_is_refused() -> None:
    """Blocks that there are not, and elements where they may not be."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        for block in ({"type": "nothing"}, {"type": "section", "text": words("x"), "colour": "red"}):
            call = client.chat_postMessage(channel=slack.channel.id, text="x", blocks=[block], **QUIET)
            assert await error_of(call) == "invalid_blocks"

    ask_with(work, faults=True)


def test_our_own_rules_are_noted_and_nothing_is_refused() -> None:
    """Previews of links, a missing text, names looked for in it, and a message near the limit."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        channel = slack.channel.id

        async def faults(**given: Any) -> str:
            slack.faults.clear()
            await client.api_call("chat.postMessage", json={"channel": channel, **given})
            return "\n".join(slack.faults)

        assert await faults(text="x", **QUIET) == ""
        assert await faults(text="x", unfurl_links=False) == "chat.postMessage: unfurl_media must be false"
        assert "read aloud" in await faults(blocks=[section("x")], text="", **QUIET)
        assert "find people" in await faults(text="x", link_names=True, **QUIET)
        assert "find people" in await faults(text="x", parse="full", **QUIET)
        long = [section("x" * 2500)] * 5
        assert "12000" in await faults(text="x", blocks=long, **QUIET)
        broken = client.chat_postMessage(channel=channel, text="x", metadata={"event_type": "x"}, **QUIET)
        assert await error_of(broken) == "invalid_metadata_format"
        posted = await client.chat_postMessage(channel=channel, text="x", blocks=[section("x")], **QUIET)
        slack.faults.clear()
        await client.chat_update(channel=channel, ts=posted["ts"], text="y")
        assert "to take them away" in slack.faults[0]

    ask_with(work, faults=True)


def test_views_that_break_a_limit_are_refused_and_noted() -> None:
    """Titles, what they remember, and options."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        for change in (
            {"title": words("x" * 25)}, {"private_metadata": "x" * 3001}, {"submit": words("x" * 25)}, {"submit": None},
            {"blocks": [section("x")] * 101},
        ):  # fmt: skip
            asked = await slack.command(slack.user("Ada"), slack.channel, "/sitrep", "x")
            view = {k: v for k, v in (form() | change).items() if v is not None}
            assert (
                await error_of(client.views_open(trigger_id=asked.trigger_id, view=view))
                == "invalid_arguments"
            )
            assert slack.faults
            slack.faults.clear()

    ask_with(work, faults=True)


def test_what_calls_people_is_told_apart_from_what_looks_like_it() -> None:
    """Marks call, escaped ones do not, and in rich text only elements do."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        async def pings(text: str = "x", *blocks: Body) -> tuple[str, ...]:
            await client.chat_postMessage(
                channel=slack.channel.id, text=text, blocks=list(blocks) or None, **QUIET
            )
            return slack.messages()[-1].pings

        assert await pings("<!channel> and &lt;!here&gt;") == ("<!channel>",)
        assert await pings("x", section("<@U012345> <!subteam^S0123|@all>")) == (
            "<@U012345>",
            "<!subteam^S0123>",
        )
        assert await pings("x", rich({"type": "text", "text": "<!channel> <@U012345>"})) == ()
        assert await pings("x", rich({"type": "broadcast", "range": "here"})) == ("<!here>",)
        assert await pings("x", {"type": "header", "text": words("<!everyone>")}) == ()
        message = slack.messages()[0]
        assert text_of(message) == "@channel and <!here>"

    ask_with(work)


# ---- limits and trouble ----------------------------------------------------------------------------------------------


def test_a_channel_takes_a_message_a_second() -> None:
    """After a short burst there is a 429 that says how long to wait, in whole seconds, for this channel alone."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        slack.pace.burst = 2
        for _ in range(2):
            await client.chat_postMessage(channel=slack.channel.id, text="x", **QUIET)
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=slack.channel.id, text="x", **QUIET)
        response = caught.value.response
        assert (response.status_code, response["error"], response.headers["Retry-After"]) == (
            429,
            "ratelimited",
            "1",
        )
        await client.chat_postMessage(channel=list(slack.channels)[1], text="x", **QUIET)
        assert slack.limited == 1

    ask_with(work, channels=2, rate_limits=True)


def test_what_breaks_before_is_not_done_and_what_breaks_after_is() -> None:
    """Each kind of trouble, by whether the message is there and what the client raises."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        client.timeout = 1
        kinds: dict[str, tuple[bool, type[Exception]]] = {
            "500": (False, SlackApiError), "502": (False, SlackApiError), "503 after": (True, SlackApiError),
            "drop before": (False, aiohttp.ClientError), "drop after": (True, aiohttp.ClientError),
            "hang after": (True, TimeoutError), "429": (False, SlackApiError), "error:fatal_error": (False, SlackApiError),
            "error:internal_error after": (True, SlackApiError), "garbled": (True, SlackApiError),
            "plain": (True, AttributeError), "array": (True, AttributeError),
        }  # fmt: skip
        for kind, (done, raised) in kinds.items():
            before = len(slack.messages())
            slack.trouble(r"chat\.postMessage", kind, seconds=1.2)
            with pytest.raises(raised):
                await client.chat_postMessage(channel=slack.channel.id, text=kind, **QUIET)
            assert len(slack.messages()) - before == done, kind
        assert slack.troubles.met.total() == len(kinds)

    ask_with(work)


def test_trouble_by_chance_comes_from_its_seed() -> None:
    """The same seed, the same failures; calm ends it."""
    found: list[list[str]] = []

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        slack.randomly(Random(3), {"500": 0.3, "error:fatal_error": 0.2})
        came = []
        for i in range(20):
            try:
                await client.chat_postMessage(channel=slack.channel.id, text=str(i), **QUIET)
            except SlackApiError as failure:
                came.append(f"{i} {failure.response['error']}")
        found.append(came)
        slack.calm()
        for i in range(5):
            await client.chat_postMessage(channel=slack.channel.id, text=str(i), **QUIET)

    ask_with(work)
    ask_with(work)
    assert found[0] == found[1]
    assert 4 < len(found[0]) < 16


# ---- Socket Mode -----------------------------------------------------------------------------------------------------


def test_envelopes_go_to_one_of_several_connections() -> None:
    """Two connections share them, and each is acknowledged once."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        async with connected(slack, app):
            ada = slack.user("Ada")
            for i in range(4):
                await (await slack.command(ada, slack.channel, "/sitrep", f"now {i}")).settled()
            assert [line.carried for line in slack.socket_mode.lines] == [2, 2]
            assert [d.acks for d in slack.deliveries] == [1] * 4

    work_with(work)


def test_an_envelope_can_come_twice() -> None:
    """The app sees it again with the number of the attempt."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        slack.invite(slack.channel)
        (told,) = slack.events("member_joined_channel")
        await told.done.wait()
        assert slack.redeliver(told)
        await slack.until(lambda: told.acks == 2, "acknowledged twice")
        assert app.__dict__["heard"] == ["member_joined_channel"] * 2

    work_with(work)


def test_what_is_not_acknowledged_comes_again() -> None:
    """An event that a broken connection swallowed is told to the next one."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        slack.socket_mode.redeliver_after = 0.3
        slack.socket_mode.silent = True
        slack.kick(slack.channel)
        await asyncio.sleep(0.1)
        slack.socket_mode.silent = False
        (told,) = slack.events("member_left_channel")
        await asyncio.wait_for(told.done.wait(), 2)
        assert (told.attempts, told.acks) == (2, 1)
        await slack.until(lambda: len(app.__dict__["heard"]) == 2, "both heard")

    work_with(work)


def test_a_connection_is_renewed_when_it_is_asked_to() -> None:
    """A warning and a refresh each bring a new connection."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        slack.socket_mode.refresh()
        await slack.until(lambda: slack.socket_mode.connections == 2 and slack.sockets == 1, "a new one")
        slack.socket_mode.refresh("warning")
        await slack.until(lambda: slack.socket_mode.connections == 3 and slack.sockets == 1, "another one")
        asked = await slack.command(slack.user("Ada"), slack.channel, "/sitrep", "now")
        await asked.settled()

    work_with(work)


def _more(slack: Slack, than: int) -> bool:
    return slack.socket_mode.connections > than


def test_a_connection_that_broke_is_made_anew() -> None:
    """Dropped, closed, and silent ones."""

    async def inside() -> None:
        async with asyncio.timeout(15), simulated() as slack:
            app = app_of(slack)
            async with connected(slack, app, ping_interval=0.2):
                mode = slack.socket_mode
                for trouble in ("drop", "close", "silent"):
                    before = mode.connections
                    if trouble == "silent":
                        mode.silent = True
                    else:
                        getattr(mode, trouble)()
                    await slack.until(partial(_more, slack, before), trouble, 5)
                    mode.silent = False
                    await slack.connected()
                asked = await slack.command(slack.user("Ada"), slack.channel, "/sitrep", "now")
                await asked.settled()

    asyncio.run(inside())


def test_an_outage_is_over_when_it_is_over() -> None:
    """The client comes back by itself to the same address."""

    async def inside() -> None:
        slack = simulated()
        async with asyncio.timeout(15), slack, connected(slack, app_of(slack), ping_interval=0.2):
            await slack.stop()
            await asyncio.sleep(0.3)
            await slack.start()
            await slack.connected(timeout=5)

    asyncio.run(inside())


def test_channels_and_the_installation_come_and_go() -> None:
    """What happens to them is told, and a revoked token opens nothing."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        slack.kick(slack.channel)
        assert (
            await error_of(app.client.chat_postMessage(channel=slack.channel.id, text="x", **QUIET))
            == "not_in_channel"
        )
        slack.invite(slack.channel)
        slack.archive(slack.channel)
        slack.delete(slack.channel)
        await slack.until(lambda: len(app.__dict__.get("heard", ())) == 5, "what happened to channels")
        slack.revoke_token(events=True)
        await slack.until(lambda: len(app.__dict__.get("heard", ())) == 7, "all of it")
        assert sorted(app.__dict__["heard"]) == sorted(
            ["channel_left", "member_left_channel", "member_joined_channel", "channel_archive", "channel_deleted",
             "tokens_revoked", "app_uninstalled"]
        )  # fmt: skip
        await slack.until(lambda: not slack.sockets, "no sockets")
        assert await error_of(app.client.auth_test()) == "token_revoked"

    work_with(work)


# ---- HTTP mode -------------------------------------------------------------------------------------------------------


def test_a_listener_is_verified_and_believes_signatures_alone() -> None:
    """The challenge comes back; wrong secrets, old times and missing headers are refused."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        await slack.listening.verify()
        payload = {"command": "/sitrep", "text": "now", "team_id": slack.team.id, "user_id": "U1"}

        async def status(**given: Any) -> int:
            return (await slack.listening.post("slash_commands", payload, **given)).status

        assert await status() == 200
        assert await status(secret="0" * 32) == 401
        assert await status(signature="v0=00") == 401
        assert await status(timestamp=-600) == 401
        assert await status(without="X-Slack-Signature") == 401
        assert await status(without="X-Slack-Request-Timestamp") == 401
        assert await status(body="command=%2Fother", signature="v0=" + "0" * 64) == 401

    work_with(work, http=True)


def test_events_that_fail_over_http_are_sent_again() -> None:
    """With the number of the attempt and the reason."""
    seen: list[tuple[str | None, str | None]] = []

    async def inside() -> None:
        async def listener(request: web.Request) -> web.Response:
            seen.append(
                (request.headers.get("X-Slack-Retry-Num"), request.headers.get("X-Slack-Retry-Reason"))
            )
            return web.Response(status=200 if len(seen) == 3 else 500)

        server = web.Application()
        server.add_routes([web.post("/", listener)])
        runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.05)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with asyncio.timeout(5), simulated() as slack:
            slack.http_mode(f"http://127.0.0.1:{runner.addresses[0][1]}/")
            slack.listening.pauses = [0.0, 0.05, 0.1]
            slack.delete(slack.channel)
            (told,) = slack.deliveries
            await told.done.wait()
            assert (told.acks, told.attempts, told.status) == (1, 3, 200)
        await runner.cleanup()

    asyncio.run(inside())
    assert seen == [(None, None), ("1", "http_error"), ("2", "http_error")]


# ---- what slack_bolt and slack_sdk do, which whoever uses them must know -----------------------------------------------


def test_the_default_client_posts_twice_after_a_lost_response() -> None:
    """Its handler of broken connections knows nothing of what was done."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        usual = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
        slack.trouble(r"chat\.postMessage", "drop after")
        await usual.chat_postMessage(channel=slack.channel.id, text="x", **QUIET)
        assert len(slack.messages()) == 2

    ask_with(work)


def test_the_rate_limit_handler_tries_again_once() -> None:
    """A second 429 is raised; a time that is no whole number breaks the handler itself."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        client.retry_handlers = [AsyncRateLimitErrorRetryHandler()]
        slack.trouble(r"chat\.postMessage", "429", times=2, retry_after=0)
        call = client.chat_postMessage(channel=slack.channel.id, text="x", **QUIET)
        assert await error_of(call) == "ratelimited"
        slack.trouble(r"chat\.postMessage", "429", retry_after=0.5)
        with pytest.raises(ValueError, match="invalid literal"):
            await client.chat_postMessage(channel=slack.channel.id, text="x", **QUIET)

    ask_with(work)


def test_respond_raises_for_nothing() -> None:
    """A used up or a broken response_url, and blocks that are refused, are statuses that nobody looks at."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        asked = await slack.command(slack.user("Ada"), slack.channel, "/sitrep", "x")
        respond = AsyncRespond(response_url=asked.delivery.payload["response_url"])
        refused = await respond("x", blocks=[section("x" * 3001)])
        slack.response_uses = 0
        used = await respond("x")
        slack.trouble("response_url", 500)
        broken = await respond("x")
        assert [r.status_code for r in (refused, used, broken)] == [400, 404, 500]
        assert not asked.responses

    ask_with(work, faults=True)


def test_an_exception_right_after_ack_loses_it() -> None:
    """The user is told that the app did not answer, though it did."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        @app.command("/broken")
        async def broken(ack: AsyncAck) -> None:
            await ack()
            raise ValueError

        slack.acknowledging = slack.socket_mode.redeliver_after = 0.3
        slack.socket_mode.redelivered = set()
        asked = await slack.command(slack.user("Ada"), slack.channel, "/broken")
        with pytest.raises(AssertionError, match="operation_timeout"):
            await asked.acked()

    work_with(work)


def test_a_command_that_nothing_matches_is_not_acknowledged() -> None:
    """Over HTTP it is a 404."""

    async def sockets(slack: Slack, app: AsyncApp) -> None:
        slack.acknowledging = slack.socket_mode.redeliver_after = 0.2
        slack.socket_mode.redelivered = set()
        asked = await slack.command(slack.user("Ada"), slack.channel, "/other")
        with pytest.raises(AssertionError, match="operation_timeout"):
            await asked.acked()

    async def http(slack: Slack, app: AsyncApp) -> None:
        asked = await slack.command(slack.user("Ada"), slack.channel, "/other")
        with pytest.raises(AssertionError, match="dispatch_failed"):
            await asked.acked()
        assert asked.delivery.status == 404

    work_with(sockets)
    work_with(http, http=True)


def test_a_timestamp_that_is_no_number_is_an_error_of_the_server() -> None:
    """500 where 401 were right."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        answered = await slack.listening.post("slash_commands", {"command": "/sitrep"}, timestamp="soon")
        assert answered.status == 500

    work_with(work, http=True)


def test_a_command_that_says_payload_is_nothing_over_http() -> None:
    """The parser takes a form in which the word stands for an interaction, and finds none."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        asked = await slack.command(slack.user("Ada"), slack.channel, "/sitrep", "now the payload")
        with pytest.raises(AssertionError, match="dispatch_failed"):
            await asked.acked()
        assert asked.delivery.status == 404

    work_with(work, http=True)


def test_the_error_of_a_garbled_answer_has_no_error_to_read() -> None:
    """Its response is another object, and an answer of text raises what is no SlackApiError."""

    async def work(slack: Slack, client: AsyncWebClient) -> None:
        slack.trouble("auth.test", "garbled")
        with pytest.raises(SlackApiError) as caught:
            await client.auth_test()
        assert isinstance(caught.value.response, aiohttp.ClientResponse)
        slack.trouble("auth.test", "502")
        with pytest.raises(SlackApiError) as caught:
            await client.auth_test()
        assert caught.value.response.get("error") is None

    ask_with(work)


def test_an_app_whose_auth_test_fails_acknowledges_with_a_refusal() -> None:
    """The first request asks who the bot is; where Slack refuses that, the user is told to install the app anew, and where
    the connection breaks, nothing is acknowledged."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        slack.acknowledging = slack.socket_mode.redeliver_after = 0.3
        slack.socket_mode.redelivered = set()
        slack.trouble("auth.test", "drop before")
        ada = slack.user("Ada")
        asked = await slack.command(ada, slack.channel, "/sitrep", "now")
        with pytest.raises(AssertionError, match="operation_timeout"):
            await asked.acked()
        slack.trouble("auth.test", "error:internal_error")
        asked = await (await slack.command(ada, slack.channel, "/sitrep", "now")).settled()
        assert "install" in text_of(shown(asked.message))

    work_with(work)


def test_a_connection_that_fails_once_is_never_made_again() -> None:
    """The client tries the same address for ever, which Slack forgets after a while: whoever uses it must make a new one."""

    async def inside() -> None:
        async with asyncio.timeout(10), simulated() as slack:
            mode = slack.socket_mode
            mode.ticket_life = 0.1
            async with connected(slack, app_of(slack), ping_interval=0.1) as handler:
                mode.refusing = True
                mode.drop()
                await slack.until(lambda: len(slack.calls("apps.connections.open")) == 2, "a new address")
                await asyncio.sleep(0.2)
                mode.refusing = False
                await asyncio.sleep(0.5)
                assert not slack.sockets
                assert not await handler.client.is_connected()
                assert len(slack.calls("apps.connections.open")) == 2

    asyncio.run(inside())


def test_who_is_hung_up_on_comes_back_without_a_pause() -> None:
    """Hundreds of times a second."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        slack.socket_mode.hanging_up = True
        slack.socket_mode.close()
        await slack.until(lambda: slack.socket_mode.connections > 50, "many connections", 2)
        slack.socket_mode.hanging_up = False

    work_with(work)


def test_a_wrong_app_token_is_tried_for_ever() -> None:
    """The first connection neither comes nor fails."""

    async def inside() -> None:
        async with asyncio.timeout(10), simulated() as slack:
            handler = AsyncSocketModeHandler(app_of(slack), "xapp-wrong", ping_interval=0.1)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await handler.connect_async()  # type: ignore[no-untyped-call]
            await handler.close_async()  # type: ignore[no-untyped-call]
            assert len(slack.calls("apps.connections.open")) > 2

    asyncio.run(inside())


def test_an_answer_can_come_before_its_acknowledgement() -> None:
    """The acknowledgement is looked for every ten milliseconds, and a doubled envelope is two commands."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        slack.socket_mode.doubling = True
        asked = await slack.command(slack.user("Ada"), slack.channel, "/sitrep", "post Words")
        await asked.until(lambda x: len(x.messages) == 2 and x.delivery.acks == 2)
        assert asked.acked_after is not None
        assert asked.messages[0].made - asked.created < asked.acked_after

    work_with(work)


# ---- as a process ----------------------------------------------------------------------------------------------------


def test_many_commands_at_once_are_measured() -> None:
    """Another process asks for them; what became of all messages can be read."""

    async def work(slack: Slack, app: AsyncApp) -> None:
        asked = {
            "channels": list(slack.channels),
            "commands": [["/sitrep", "now"], ["/sitrep", "post Words"]],
        }
        async with aiohttp.ClientSession(f"{slack.base}") as session:
            async with session.post("/control/storm", json={**asked, "a_second": 40, "seconds": 0.5}) as got:
                told = await got.json()
            assert (told["asked"], told["answered"], told["late"], told["failed"]) == (20, 20, 0, 0)
            async with session.post("/control/storm", json={**asked, "burst": 10}) as got:
                assert (await got.json())["answered"] == 10
            async with session.get("/control/messages") as got:
                messages = await got.json()
            assert [m["text"] for m in messages[slack.channel.id]] == ["Words"] * 15
            async with session.get("/control/state") as got:
                assert (await got.json())["faults"] == []
            async with session.post("/control/calm") as got:
                assert got.status == 200

    work_with(work)
