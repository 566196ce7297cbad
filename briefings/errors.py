"""The error tree. A message says what failed, where, and what to do; never a traceback, never a secret.

SitrepError
├── ArticleError          an article can't be used
│   ├── EmptyArticle          no text
│   ├── TooLarge              more than the settings allow
│   ├── NotText               binary, or in no encoding that can be told
│   └── NoArticleFound        a page without an article in it
├── FetchError            an address could not be fetched
│   ├── AddressRefused        not http(s), or not a public address
│   ├── FetchFailed           the network or the server failed, or took too long
│   ├── RobotsRefused         the site wants no programs there (robots.txt)
│   └── NotAFeed              what is there is no feed and announces none
├── NotFound              no story, article or citation of that name
├── AlreadyThere          it would be made twice
├── LimitReached          the tenant has as much as the settings allow
├── TemplateFault         a template has a mistake (file, line, what)
├── SettingsFault         a setting is wrong (file, key, what)
├── StoreError            the database can't be used
│   ├── StoreLocked           another process holds it
│   ├── StoreBroken           it is no Sitrep database, or damaged
│   └── StoreTooNew           it was written by a newer Sitrep
└── WorkerFailed          the child process died or took too long
"""

from __future__ import annotations


class SitrepError(Exception):
    """Whatever Sitrep reports to a person. `hint` says what to do about it; it may be empty."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ArticleError(SitrepError):
    exit_code = 65  # EX_DATAERR


class EmptyArticle(ArticleError):
    pass


class TooLarge(ArticleError):
    pass


class NotText(ArticleError):
    pass


class NoArticleFound(ArticleError):
    pass


class FetchError(SitrepError):
    exit_code = 69  # EX_UNAVAILABLE


class AddressRefused(FetchError):
    exit_code = 77  # EX_NOPERM


class FetchFailed(FetchError):
    """`status` is what the server answered, `retry_after` in how many seconds it wants to be asked again; None: unsaid."""

    def __init__(
        self, message: str, hint: str = "", *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.retry_after = retry_after


class RobotsRefused(FetchError):
    exit_code = 77


class NotAFeed(FetchError):
    exit_code = 65


class NotFound(SitrepError):
    """`near` are the names most like the one that was asked for, the likest first."""

    exit_code = 66  # EX_NOINPUT

    def __init__(self, message: str, hint: str = "", near: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.near = near


class AlreadyThere(SitrepError):
    exit_code = 73  # EX_CANTCREAT


class LimitReached(SitrepError):
    """`most` is what the settings allow."""

    exit_code = 75  # EX_TEMPFAIL

    def __init__(self, message: str, hint: str = "", most: int = 0) -> None:
        super().__init__(message, hint)
        self.most = most


class TemplateFault(SitrepError):
    """`place` is `file:line` where the template's author should look."""

    exit_code = 78  # EX_CONFIG

    def __init__(self, message: str, hint: str = "", place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message, hint)
        self.place = place


class SettingsFault(SitrepError):
    exit_code = 78


class StoreError(SitrepError):
    exit_code = 74  # EX_IOERR


class StoreLocked(StoreError):
    exit_code = 75  # EX_TEMPFAIL


class StoreBroken(StoreError):
    pass


class StoreTooNew(StoreError):
    pass


class WorkerFailed(SitrepError):
    exit_code = 70  # EX_SOFTWARE
