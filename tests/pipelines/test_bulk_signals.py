from collections.abc import Callable
from pathlib import Path

import pytest

from coachwork.cli.main import run
from coachwork.monitoring.photo_record import Channel
from coachwork.monitoring.record_json import read_records
from coachwork.pipelines.bulk.plan import BulkError
from coachwork.pipelines.bulk.signals import bulk_records


def test_there_are_no_records_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(BulkError, match="holds no photos of a bulk run"):
        bulk_records(tmp_path)


def test_rows_and_dead_letters_become_records(folder: Callable[[int], Path], tmp_path: Path) -> None:
    photos = folder(3)
    to, file = tmp_path / "out", tmp_path / "bulk.jsonl"
    assert run(["bulk", "assess", str(photos), "--to", str(to)]) in {0, 1}
    found = bulk_records(to)
    assert {one.readable for one in found} == {True, False}
    first = next(one for one in found if one.readable)
    assert first.channel is Channel.BULK
    assert first.bundle == "damage"
    assert first.verdict is not None
    assert {"highlights", "contrast", "damage_probability", "coverage"} <= set(first.measures)
    assert "brightness" not in first.measures
    assert run(["monitor", "signals", "--bulk", str(to), "--jsonl", str(file)]) == 0
    assert len(read_records(file)) == len(found)
