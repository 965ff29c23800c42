"""The last word on a run, for people."""

import math
from collections.abc import Mapping
from typing import Any

from coachwork.training.tracking.sink import RunFacts


def report_text(facts: RunFacts, report: Mapping[str, Any]) -> str:
    """The report of a run as Markdown: how it ended, its figures, its findings, what it learnt from."""
    lines = [f"# {facts.name}", "", f"The run {_ended(report)} after {report.get('epochs', 0)} epochs.", ""]
    rows = [(name, value) for name, value in report.items() if isinstance(value, int | float)]
    lines += ["| figure | value |", "|---|---|", *(f"| {name.replace('_', ' ')} | {value:g} |" for name, value in rows)]
    scores = report.get("scores") or {}
    if scores:
        lines += ["", "| last validation | % |", "|---|---|"]
        lines += [f"| {name.replace('_', ' ')} | {_percent(value)} |" for name, value in scores.items()]
    findings = report.get("findings") or []
    lines += ["", "The watchdog found:" if findings else "The watchdog found nothing.", ""]
    lines += [
        f"- **{found['rule']}** at step {found['step']}: {found['what']}; {found['advice']}" for found in findings
    ]
    data = [f"- {name.removeprefix('dataset.')}: `{value}`" for name, value in facts.tags.items() if "dataset." in name]
    return "\n".join([*lines, *(["", "Learnt from:", "", *data] if data else [])]) + "\n"


def _ended(report: Mapping[str, Any]) -> str:
    said = {"finished": "finished", "stopped": "was stopped by the watchdog", "interrupted": "was interrupted"}
    return said.get(str(report["status"]), f"failed ({report.get('why', 'for an unknown reason')})")


def _percent(value: Any) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def plain_scores(scores: Mapping[str, Any]) -> dict[str, float | None]:
    """Scores as JSON takes them: one level, None where nothing could be measured."""
    flat: dict[str, float | None] = {}
    for name, value in scores.items():
        if isinstance(value, Mapping):
            flat |= plain_scores(value)
        else:
            flat[name] = float(value) if math.isfinite(value) else None
    return flat
