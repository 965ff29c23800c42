"""One self-contained HTML page of a gate report."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from coachwork.registry.gate import Finding, GateReport, Outcome
from coachwork.reports.interval_chart import Interval, interval_chart
from coachwork.reports.pages import render_page, write_page

_TEMPLATE = Path(__file__).with_name("gates.html.j2")
_SERIES = {Outcome.PASSED: 2, Outcome.FAILED: 3, Outcome.UNDECIDED: 4}
_GROUPS = (
    (("headline", "types"), "What it sees", "Average precision at IoU .50, and F1 at the card's thresholds."),
    (
        ("slices",),
        "By kind of photo",
        "Average precision within dark, blurred and other photos, and within each market.",
    ),
    (("miss_rate",), "The promise behind none", "Damaged pictures that it calls none, against what its card promises."),
    (("speed", "size"), "What it costs", "Measured here, candidate and champion in turns on the same photos."),
    (
        ("licences", "parity", "smoke"),
        "The bundle itself",
        "Licences of its photos, two runs of its model, known photos.",
    ),
)


def write_gate_page(report: GateReport, path: Path, *, name: str) -> None:
    """Writes the page.

    Args:
        report: what the gates found.
        path: the HTML file.
        name: of the candidate, such as "damage 3".
    """
    write_page(
        path,
        render_page(
            _TEMPLATE,
            title=f"Gates of {name}",
            report=report,
            about={
                "candidate": report.candidate[:12],
                "champion": report.champion[:12] or "none yet",
                **{key: text for key, text in report.about.items() if key not in ("candidate", "champion")},
                "model": report.about.get("candidate", ""),
                "gates' file": report.gates[:12],
            },
            tiles=list(_tiles(report)),
            groups=list(_groups(report)),
        ),
    )


def _tiles(report: GateReport) -> Iterator[dict[str, str]]:
    for outcome in Outcome:
        found = [one for one in report.findings if one.outcome is outcome]
        blocking = sum(one.blocks for one in found)
        note = f"{blocking} stand in the way" if blocking else "none stands in the way"
        yield {"name": outcome.words, "value": str(len(found)), "note": note if found else ""}


def _groups(report: GateReport) -> Iterator[dict[str, Any]]:
    for gates, title, text in _GROUPS:
        findings = [one for one in report.findings if one.gate in gates]
        if findings:
            yield {"title": title, "text": text, "findings": findings, "chart": _chart(findings, title)}


def _chart(findings: Sequence[Finding], title: str) -> Markup | None:
    rows = [
        (one.name, [_interval(one)])
        for one in findings
        if one.difference is not None and one.difference.value is not None
    ]
    if not rows:
        return None
    legend = [(outcome.words, series) for outcome, series in _SERIES.items()]
    return interval_chart(
        rows, title=title, left="the champion is better", right="the candidate is better", legend=legend, width=380
    )


def _interval(finding: Finding) -> Interval:
    difference = finding.difference
    value, low, high = (0.0, None, None) if difference is None else (difference.value, difference.low, difference.high)
    return Interval(
        value=100 * (value or 0.0),
        low=None if low is None else 100 * low,
        high=None if high is None else 100 * high,
        series=_SERIES[finding.outcome],
    )
