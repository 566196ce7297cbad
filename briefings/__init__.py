"""Sitrep's core: from articles to a cited briefing. It knows no chat platform and no delivery engine."""
