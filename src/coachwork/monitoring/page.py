"""One self-contained HTML page of what a check found."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from coachwork.monitoring.course import course, usual_range
from coachwork.monitoring.drift import Cause, DriftReport, Level, SignalDrift, SliceDrift, gravest
from coachwork.monitoring.photo_record import MEASURES, PhotoRecord
from coachwork.monitoring.profile import Profile
from coachwork.reports.charts import histogram
from coachwork.reports.pages import render_page, write_page

_MOST_CHARTS = 6
_ALWAYS = ("brightness", "sharpness", "damage_probability")
"""Drawn where fewer signals moved: people ask for them first."""
_SPARK = (96, 22)


def write_drift_page(report: DriftReport, profile: Profile, records: Sequence[PhotoRecord], path: Path) -> None:
    """Writes the page.

    Args:
        report: what was found.
        profile: the reference.
        records: of the window, in the order of time.
        path: of the page.

    Raises:
        OSError: it cannot be written there.
    """
    page = render_page(
        Path(__file__).with_name("drift.html.j2"),
        report=report,
        profile=profile,
        period=period_words(report.begun, report.ended),
        causes=list(_causes(report)),
        slices=[_slice(one, profile, records) for one in report.slices],
        charts=list(_charts(report, profile, records)),
    )
    write_page(path, page)


def signal_words(name: str) -> str:
    """The name of a signal as people read it.

    >>> signal_words("short_side_px"), signal_words("no_exif")
    ('shorter side', 'no camera named')
    """
    if name in MEASURES:
        return MEASURES[name].words
    return {
        "no_exif": "no camera named",
        "embedding": "looks as a whole",
        "device_mix": "mix of cameras",
        "market_mix": "mix of markets",
        "types": "types of damages",
        "verdict": "verdicts",
        "override_rate": "overruled by people",
        "precision": "damages that stand",
        "none_usable": "cases without a usable photo",
    }.get(name, name.replace("_", " "))


def value_words(one: SignalDrift, value: float | None) -> str:
    """A figure of a signal as people read it; empty where there is none."""
    if value is None:
        return ""
    measure = MEASURES.get(one.signal)
    return f"{100 * value:.3g} %" if measure is None else f"{value:.{measure.digits}f}"


def chance_words(value: float) -> str:
    """A p-value as people read it.

    >>> chance_words(0.04), chance_words(3e-9), chance_words(1.0)
    ('0.04', '< 0.0001', '1')
    """
    return "< 0.0001" if value < 1e-4 else f"{value:.2g}"


def period_words(begun: datetime | None, ended: datetime | None) -> str:
    """From when to when; empty where there is no photo."""
    if begun is None or ended is None:
        return ""
    return f"{begun:%Y-%m-%d %H:%M} to {ended:%Y-%m-%d %H:%M} UTC"


def _causes(report: DriftReport) -> Iterator[dict[str, Any]]:
    """Each cause once, in the words of the largest slice that shows it, with the other slices' names."""
    slices = sorted(report.slices, key=lambda one: -one.photos)
    by_cause = [[(one, told) for one in slices for told in one.causes if told.cause is cause] for cause in Cause]
    known = [found for found in by_cause if found]
    for found in sorted(known, key=lambda found: -max(told.level.rank for _, told in found)):
        level = gravest([told.level for _, told in found])
        others = [f"{one.slice.words} ({told.level.words})" for one, told in found[1:]]
        yield {"level": level, "where": found[0][0].slice.words, "words": found[0][1].words, "others": others}


def _slice(one: SliceDrift, profile: Profile, records: Sequence[PhotoRecord]) -> dict[str, Any]:
    inside = [record for record in records if one.slice.holds(record)]
    return {
        "words": one.slice.words,
        "photos": one.photos,
        "cases": one.cases,
        "level": one.level,
        "causes": one.causes,
        "rows": [
            {
                "name": signal_words(signal.signal),
                "before": value_words(signal, signal.before),
                "now": value_words(signal, signal.now),
                "moved": f"{signal.effect:.0%}",
                "chance": chance_words(signal.p_adjusted),
                "level": signal.level,
                "words": signal.words,
                "course": _spark(inside, profile, signal.signal),
            }
            for signal in sorted(one.signals, key=lambda signal: -signal.level.rank)
        ],
    }


def _spark(records: Sequence[PhotoRecord], profile: Profile, signal: str) -> Markup:
    """The medians over time as a small line; the band is where 9 of 10 photos of the reference lie."""
    values, usual = course(records, signal), usual_range(profile.records, signal)
    if values.size < 2 or usual is None:
        return Markup("")
    width, height = _SPARK
    low, high = min(usual[0], float(values.min())), max(usual[1], float(values.max()))
    reach = max(high - low, 1e-12)
    ys = height - 2 - (values - low) / reach * (height - 4)
    xs = np.linspace(2, width - 2, values.size)
    top, bottom = (height - 2 - (end - low) / reach * (height - 4) for end in (usual[1], usual[0]))
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))
    return Markup(  # noqa: S704  figures alone
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"><title>course</title>'
        f'<rect class="usual" x="0" y="{top:.1f}" width="{width}" height="{max(bottom - top, 1):.1f}"/>'
        f'<path class="line s1" d="M{line}"/></svg>'
    )


def _charts(report: DriftReport, profile: Profile, records: Sequence[PhotoRecord]) -> Iterator[dict[str, Any]]:
    """Reference and window side by side for the signals that moved, then for those that are always asked for."""
    if not report.slices:
        return
    moved = sorted(report.slices[0].signals, key=lambda one: (-one.level.rank, -one.effect))
    names = [one.signal for one in moved if one.level.rank >= Level.DRIFT.rank and one.signal in MEASURES]
    names += [name for name in _ALWAYS if name not in names]
    for name in names[:_MOST_CHARTS]:
        before, now = (
            np.array([one.measures[name] for one in side if name in one.measures], dtype=np.float64)
            for side in (profile.records, records)
        )
        if before.size and now.size:
            yield {"name": _chart_name(name), "svg": _histogram(name, before, now)}


def _chart_name(name: str) -> str:
    measure = MEASURES[name]
    return f"{measure.words.capitalize()}, {measure.unit}" if measure.unit else measure.words.capitalize()


def _histogram(name: str, before: np.ndarray, now: np.ndarray) -> Markup:
    both = np.concatenate([before, now])
    low, high = (float(end) for end in np.quantile(both, [0.005, 0.995]))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    digits = MEASURES[name].digits
    marks = [(value, f"{value:.{digits}f}") for value in (low, (low + high) / 2, high)]
    return histogram(
        [("reference", 1, before), ("now", 3, now)],
        x_name=MEASURES[name].unit or MEASURES[name].words,
        title=f"{MEASURES[name].words}: reference and now",
        edges=np.linspace(low, high, 25),
        marks=marks,
        size=(300, 130),
    )
