"""How good the reading is on annotated articles. The floors only go up."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bots.cli.read import reading_as_json
from briefings.reading import read
from briefings.settings import load_settings
from briefings.sources import read_jsonl_line

Floors = dict[str, tuple[str, float]]

#: Sets of files → measure → (figure of the measure, floor).
FLOORS: dict[tuple[str, ...], Floors] = {
    ("seed_fr", "wikinews_fr"): {
        "quote": ("F", 0.96),
        "quote+speaker": ("F", 0.82),
        "key actor": ("R", 0.89),
        "actor": ("F", 0.75),
        "role": ("F", 0.70),
        "figure": ("F", 0.95),
        "date+value": ("F", 0.95),
        "development": ("F", 0.61),
        "consequence": ("F", 0.49),
    },
    ("polnear_en",): {"quote": ("F", 0.92), "quote+speaker": ("F", 0.80)},
    ("dwie_en",): {"actor": ("F", 0.70)},
    ("timebank_fr",): {"date": ("F", 0.82)},
}


def _scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("names", FLOORS, ids="+".join)
def test_the_reading_is_at_least_as_good_as_its_floors(
    names: tuple[str, ...], shared: Callable[[str], Path]
) -> None:
    """On each set of annotated articles every measure reaches its floor."""
    score = _scorer(shared("corpora/score.py"))
    limits = load_settings().limits
    gold: list[dict[str, Any]] = []
    read_so: dict[str, dict[str, Any]] = {}
    for name in names:
        for line in shared(f"corpora/{name}.jsonl").read_text("utf8").splitlines():
            annotated = json.loads(line)
            gold.append(annotated)
            keys = ("doc", "text", "title", "lang", "published", "outlet")
            given = json.dumps({k: annotated[k] for k in keys if annotated.get(k)})
            read_so[annotated["doc"]] = reading_as_json(read(read_jsonl_line(given, limits)))
    measured, _ = score.score(gold, read_so)
    short = {
        measure: f"{measured[measure][figure]} < {floor}"
        for measure, (figure, floor) in FLOORS[names].items()
        if measured[measure][figure] < floor
    }
    assert not short
