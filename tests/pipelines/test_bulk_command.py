"""`coachwork bulk` as its user meets it."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from coachwork.cli.main import run as coachwork
from coachwork.inference.bundle import BundleError
from coachwork.pipelines.bulk.plan import BulkError
from coachwork.pipelines.bulk.running import _mended


def test_a_run_prints_its_summary_and_where_the_dead_letters_lie(
    folder: Callable[[int], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = str(folder(2)), str(tmp_path / "out")
    assert (
        coachwork(["bulk", "ingest", source, "--to", out + "/", "--longest-side", "100", "--", "--save_main_session"])
        == 0
    )
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == "3 photos done"
    assert "1 near-duplicate of another photo" in said.out
    assert f"2 photos left out in this run; the reasons: {out}/failures" in said.err
    assert coachwork(["bulk", "ingest", source, "--to", out, "--longest-side", "100", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["photos"], summary["done_before"], summary["state"]) == (0, 6, "DONE")
    assert coachwork(["bulk", "ingest", source, "--to", out, "--longest-side", "64"]) == 1
    assert "longest_px 100 (now 64)" in capsys.readouterr().err


def test_what_is_wrong_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert coachwork(["bulk", "ingest", str(tmp_path / "no"), "--to", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    (tmp_path / "a.jpg").write_bytes(b"")
    assert coachwork(["bulk", "assess", str(tmp_path), "--to", str(tmp_path / "out"), "--bundle", str(tmp_path)]) == 1
    assert "the model bundle" in capsys.readouterr().err
    assert coachwork(["bulk", "tfrecord", str(tmp_path)]) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--runner", "FooRunner"], "Beam cannot use the runner 'FooRunner': name one of DirectRunner"),
        (["--runner", "no.such.Runner"], "Beam cannot use the runner 'no.such.Runner'"),
        (["--", "--foo=bar"], "Beam knows no option --foo"),
        (["--", "--direct_num_workers=x"], "invalid int value: 'x'): check them"),
    ],
)
def test_a_wrong_runner_or_option_is_one_sentence(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")
    assert coachwork(["bulk", "ingest", str(tmp_path), "--to", str(tmp_path / "out"), *arguments]) == 1
    errors = capsys.readouterr().err
    assert said in errors
    assert errors.count("\n") == 1


def test_a_second_source_is_not_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a shell gives them for a pattern without quotes."""
    assert coachwork(["bulk", "ingest", "a.jpg", "b.jpg", "--to", str(tmp_path / "out")]) == 2
    assert "there is one SOURCE, and 'b.jpg' is another" in capsys.readouterr().err


def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("coachwork.pipelines")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    assert coachwork(["bulk", "ingest", str(tmp_path), "--to", str(tmp_path / "out")]) == 1
    assert "pip install 'coachwork[bulk]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (
            RuntimeError(
                'Traceback (most recent call last):\n  File "x.py", line 1\n'
                "coachwork.inference.bundle.BundleError: the model bundle b cannot be used: torn "
                "[while running 'work on parts']\n"
            ),
            "the run stopped: the model bundle b cannot be used: torn; what was done is kept",
        ),
        (OSError(28, "No space left on device"), "No space left on device; what was done"),
        (
            RuntimeError("OSError: [Errno 28] No space left on device: 'x' [while running 'a']"),
            "No space left on device",
        ),
    ],
)
def test_a_workers_error_becomes_a_sentence(raised: Exception, said: str) -> None:
    with pytest.raises(BulkError, match=said.replace("[", r"\[")) as error, _mended():
        raise raised
    assert "while running" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_fault_of_our_own_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), _mended():
        raise ZeroDivisionError
    with pytest.raises(BundleError), _mended():
        raise BundleError(folder=Path("b"), why="torn")


def test_parts_and_severity_come_with_the_rows_unless_left_out(
    colour_bundle: Path, folder: Callable[[int], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["bulk", "assess", str(folder(1)), "--bundle", str(colour_bundle), "--to"]
    assert coachwork([*words, str(tmp_path / "out")]) == 0
    rows = [row for path in (tmp_path / "out" / "photos").iterdir() for row in pq.read_table(path).to_pylist()]
    assert rows
    assert all(row["part_model_digest"] and row["severity_digest"] for row in rows)
    capsys.readouterr()
    assert coachwork([*words, str(tmp_path / "out"), "--parts", "none", "--severity", "none"]) == 1
    assert "(now None)" in capsys.readouterr().err
