"""Text in the encodings of before: what is not UTF-8."""

from __future__ import annotations

WESTERN = frozenset(["iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii", "windows-1252", "cp1252"])
_WESTERN = frozenset("àâäçéèêëîïôöùûüÿæœÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸÆŒñÑáíóúßãõ«»“”‘’„…–—€£°·•§©®²³½¼\u00a0¿¡ªº%")


def legacy(body: bytes) -> str | None:
    """What is not UTF-8: the Western encoding of French and English texts where it fits, else the likeliest one."""
    try:
        text = body.decode("cp1252")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    western = sum(c in _WESTERN for c in text)
    odd = sum(not (c.isascii() or c in _WESTERN) for c in text)
    control = sum((ord(c) < 32 and c not in "\n\r\t") or "\x80" <= c < "\xa0" for c in text)
    if control <= len(text) // 50 and odd <= max(2, western):
        return text
    from charset_normalizer import from_bytes  # rarely needed, and large

    best = from_bytes(body[:200_000]).best()
    if best is None:
        return None
    text = body.decode(best.encoding, errors="replace")
    broken = sum(c == "\ufffd" or (ord(c) < 32 and c not in "\n\r\t") for c in text)
    return text if broken <= len(text) // 50 else None
