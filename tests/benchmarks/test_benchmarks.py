"""How fast the main job is. `python3 dev.py bench` runs these; without it they run once each, untimed, as tests.

Figures are quoted as ratios against something measured beside them: machines are noisy.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bots.__main__ import settle_memory
from briefings.demo import articles
from briefings.dossier import Dossier, View, add, compile_dossier
from briefings.model import Article, Reading
from briefings.reading import read
from briefings.rendering import Templates, render, to_html
from briefings.settings import load_settings
from briefings.sources import read_jsonl_line

NOW = datetime(2023, 11, 23, 8, 0, tzinfo=UTC)
SIZE = 6000  # characters of an article


@pytest.fixture(scope="module")
def french_articles(shared: Callable[[str], Path]) -> tuple[Article, ...]:
    """Real French articles, joined and cut to 6,000 characters each."""
    found: list[Article] = []
    buffer = ""
    for line in shared("corpora/wikinews_fr.jsonl").read_text("utf8").splitlines():
        buffer += json.loads(line)["text"] + "\n"
        if len(buffer) >= SIZE:
            found.append(Article(f"fr-{len(found)}", buffer[:SIZE], language="fr", published=NOW))
            buffer = ""
    return tuple(found)


@cache
def readings(many: int) -> tuple[Reading, ...]:
    """Readings of as many short articles, each with words of its own, from twenty outlets over two weeks."""
    found = []
    for n in range(many):
        base = articles()[n % len(articles())]
        text = (
            base.text.replace("OpenAI", f"OpenAI {n % 40}")
            + f"\n\nThe count stood at {1000 + n} people on Monday."
        )
        published = NOW - timedelta(hours=n % 300)
        found.append(
            read(
                Article(
                    f"a{n}", text, base.title, f"Outlet {n % 20}", language=base.language, published=published
                )
            )
        )
    return tuple(found)


@cache
def dossier_of(many: int) -> Dossier:
    return compile_dossier(readings(many))


def median_of(work: Callable[[], object], times: int = 7) -> float:
    """The median of the seconds that `work` takes."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def test_read_an_article_of_6000_characters(
    benchmark: BenchmarkFixture, french_articles: tuple[Article, ...]
) -> None:
    """To reach: 200 French articles a second, warm, on one core."""
    batch = french_articles
    numbers = count()
    benchmark(lambda: read(batch[next(numbers) % len(batch)]))


def test_read_against_a_bare_tokenizer(
    benchmark: BenchmarkFixture, french_articles: tuple[Article, ...]
) -> None:
    """To reach: at least 1.5 times as fast as spaCy's blank French pipeline with a sentencizer merely tokenizes."""
    spacy = pytest.importorskip("spacy", reason="spaCy is installed by `python3 dev.py bench` alone")
    nlp = spacy.blank("fr")
    nlp.add_pipe("sentencizer")
    batch = french_articles

    def ours() -> None:
        for a in batch:
            read(a)

    def theirs() -> None:
        for a in batch:
            nlp(a.text)

    ours()
    theirs()
    ratios = [median_of(theirs, 1) / median_of(ours, 1) for _ in range(9)]
    benchmark.extra_info["times as fast as spaCy tokenizes"] = round(statistics.median(ratios), 2)
    benchmark(ours)


def test_fold_1000_articles(benchmark: BenchmarkFixture) -> None:
    """A thousand readings into a dossier."""
    found = readings(1000)
    benchmark.pedantic(  # type: ignore[no-untyped-call]
        lambda: compile_dossier(found), rounds=3, iterations=1
    )


def test_add_one_article_to_1000(benchmark: BenchmarkFixture) -> None:
    """To reach: under 20 ms, and no slower than 1.5 times adding it to 100."""
    one = read(articles()[0])
    small, large = dossier_of(100), dossier_of(1000)
    ratio = median_of(lambda: add(large, one), 41) / median_of(lambda: add(small, one), 41)
    benchmark.extra_info["ratio to adding it to 100"] = round(ratio, 2)
    benchmark(lambda: add(large, one))


def test_view_a_dossier_of_100_articles(benchmark: BenchmarkFixture) -> None:
    """All merged facts of a hundred articles, conflicts included."""
    dossier = dossier_of(100)
    benchmark(lambda: (View(dossier).facts, View(dossier).conflicts))


def test_render_a_briefing_of_500_facts(benchmark: BenchmarkFixture, shared: Callable[[str], Path]) -> None:
    """To reach: the complete dossier of 500 real facts as HTML under 60 ms, the view being at hand."""
    limits = load_settings().limits
    lines = shared("corpora/wikinews_fr.jsonl").read_text("utf8").splitlines()
    lines += shared("corpora/polnear_en.jsonl").read_text("utf8").splitlines()[:8]
    given = ("doc", "text", "title", "lang", "published")
    found = [json.dumps({k: v for k, v in json.loads(line).items() if k in given}) for line in lines]
    view = View(compile_dossier(read(read_jsonl_line(line, limits)) for line in found))
    assert len(view.facts) >= 500
    assert view.conflicts is not None
    templates = Templates()
    gc.collect()
    settle_memory()  # as the program does
    benchmark(
        lambda: to_html(render(view, templates, "dossier", "fr", story="Benchmark", now=NOW), "Benchmark")
    )


def test_start_up(benchmark: BenchmarkFixture) -> None:
    """To reach: `sitrep --help` under 0.3 s. Beside it, a bare Python."""
    command = [sys.executable, "-m", "bots", "--help"]

    def start(*arguments: str) -> None:
        subprocess.run(arguments, check=True, capture_output=True)

    bare = median_of(lambda: start(sys.executable, "-c", "pass"), 5)
    benchmark.extra_info["seconds of a bare Python"] = round(bare, 3)
    benchmark.pedantic(  # type: ignore[no-untyped-call]
        lambda: start(*command), rounds=5, iterations=1
    )
