"""A drill passes only where every promise was kept, and its page draws every moment."""

from pathlib import Path

from coachwork.pipelines.drills.timeline import Check, DrillReport, Lane, Timeline
from coachwork.pipelines.drills.timeline_page import write_timeline


def report(kept: str = "") -> DrillReport:
    """With a promise for each letter, kept where it is a plus."""
    timeline = Timeline(lambda _: None)
    timeline.tell(Lane.PHOTOS, "<b>photos</b> come in")
    timeline.tell(Lane.TRAINING, "a model is trained", took_s=3.0)
    checks = tuple(Check(promise=f"promise {number}", kept=one == "+", found="f") for number, one in enumerate(kept))
    return DrillReport(name="poor-lighting", moments=tuple(timeline.moments), checks=checks, figures={"AP": "1 -> 2"})


def test_a_drill_without_promises_does_not_pass() -> None:
    assert not report().passed
    assert report("++").passed
    assert not report("+-").passed


def test_the_page_shows_moments_promises_and_figures_and_escapes_them(tmp_path: Path) -> None:
    page = write_timeline(report("+-"), tmp_path / "t.html").read_text(encoding="utf-8")
    assert page.count('class="moment ') == 2
    assert "&lt;b&gt;photos&lt;/b&gt;" in page
    assert "A promise was broken." in page
    assert "1 -&gt; 2" in page


def test_an_empty_timeline_is_drawn_too(tmp_path: Path) -> None:
    empty = DrillReport(name="bad-release", moments=(), checks=())
    assert "<svg" in write_timeline(empty, tmp_path / "t.html").read_text(encoding="utf-8")


def test_json_tells_times_and_what_was_found() -> None:
    told = report("+").to_json()
    assert (told["schema"], told["passed"], told["drill"]) == ("coachwork.drill/1", True, "poor-lighting")
    assert [one["lane"] for one in told["timeline"]] == ["photos", "training"]
    assert told["timeline"][1]["took_s"] == 3.0
