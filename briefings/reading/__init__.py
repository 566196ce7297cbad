"""Reading: `read(article) -> Reading`, pure and offline, in French and English.

In the order in which they build on each other: language, text (paragraphs, sentences, words), quotations, names,
roles, dates, figures, speakers, developments, consequences. What the languages know stands in `lexicon/`.
"""

from briefings.reading.reader import read

#: The reader's version: stored readings of another are made again. Raise it whenever a reading changes.
READER = 1

__all__ = ["READER", "read"]
