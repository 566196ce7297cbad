"""How well articles are grouped into stories, on annotated events. The floor only goes up."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from briefings.stories import Told, group

FLOOR = 0.93


def test_articles_are_grouped_at_least_as_well_as_the_floor(
    tmp_path: Path, shared: Callable[[str], Path]
) -> None:
    """B-cubed F, by the corpus's own scorer."""
    gold = shared("corpora/stories_en.jsonl")
    rows = [json.loads(line) for line in gold.read_text("utf8").splitlines() if line.strip()]
    told = [Told(r["doc"], r.get("title") or "", r["text"], r["lang"]) for r in rows]
    found = tmp_path / "found.jsonl"
    lines = [json.dumps({"doc": t.id, "story": s}) for t, s in zip(told, group(told), strict=True)]
    found.write_text("\n".join(lines), "utf8")
    scorer = [sys.executable, str(shared("corpora/score_stories.py")), str(gold), str(found)]
    said = subprocess.run(scorer, check=True, capture_output=True, text=True).stdout
    score = re.search(r"B-cubed.*F (\S+)", said)
    assert score is not None
    assert float(score[1]) >= FLOOR


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_articles_matters_little(shared: Callable[[str], Path], seed: int) -> None:
    """Shuffled, nearly as many stories come of them."""
    from random import Random

    rows = [
        json.loads(x) for x in shared("corpora/stories_en.jsonl").read_text("utf8").splitlines() if x.strip()
    ]
    Random(seed).shuffle(rows)
    told = [Told(r["doc"], r.get("title") or "", r["text"], r["lang"]) for r in rows]
    assert 30 <= len(set(group(told))) <= 42
