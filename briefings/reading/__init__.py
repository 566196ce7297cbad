"""Reading: `read(article) -> Reading`, pure and offline, in French and English.

In the order in which they build on each other: language, text (paragraphs, sentences, words), quotations, names,
roles, dates, figures, speakers, developments, consequences. What the languages know stands in `lexicon/`.
"""

from briefings.reading.reader import read

__all__ = ["read"]
