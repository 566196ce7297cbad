"""Where articles come from: addresses (guarded), pages, files. Everything in here does I/O and judges no news.

`fetch` is not imported here: the child process of `worker` reads pages and feeds, and fetches nothing.
"""

from briefings.sources.files import read_file, read_jsonl_line
from briefings.sources.pages import article_from_page
from briefings.sources.worker import Worker

__all__ = ["Worker", "article_from_page", "read_file", "read_jsonl_line"]
