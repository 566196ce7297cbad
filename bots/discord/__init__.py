"""Discord: commands and clicks in by the gateway, Components V2 messages out by REST.

Pure, and without discord.py: `markdown` (inlines → Discord's Markdown), `messages` (document → payloads), `registry` (the
commands' payload), `options` (what an interaction asks for), `forms` (modals).
With it: `rest` (requests and what their errors mean), `publisher` (delivery, alone in a worker), `client` (the gateway, in
a thread of its own), `answering` (commands and clicks), `servers` (joined and left), `native` (the private seams).
"""
