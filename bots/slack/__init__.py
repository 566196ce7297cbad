"""Slack: commands, clicks and forms in by Socket Mode or HTTP, Block Kit messages out by the Web API.

Pure, and without slack-bolt: `rich` (inlines and blocks → rich text, which is literal), `messages` (document → payloads),
`forms` (modals for commands), `home` (the App Home's view), `manifest` (the app as Slack is told it).
With it: `web` (requests and what their errors mean), `publisher` (delivery, alone in a worker), `client` (the app's life),
`connecting` (its sockets or listener), `listening` (bolt's listeners), `answering` (commands, clicks and forms),
`replying` (where an answer goes).
"""
