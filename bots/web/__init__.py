"""The web channel: a chat in the browser that takes the same commands, story pages, evidence, health.

site.py     the application: routes and what they share      server.py   binding, the printed address, the end
access.py   token, cookie, host and origin, headers, errors  pages.py    Jinja pages in the browser's language
rooms.py    channels' messages and who listens               messages.py answers and messages as HTML; pure
talk.py     the channel page and what it sends               stories.py  story pages, evidence, charts
"""
