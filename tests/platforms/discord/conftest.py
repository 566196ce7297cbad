"""discord.py imports a module that Python deprecates; this is done here, before warnings become errors."""

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "'audioop'", DeprecationWarning)
    import discord.player  # noqa: F401
