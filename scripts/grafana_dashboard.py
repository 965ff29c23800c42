"""Writes deploy/grafana/coachwork.json, which nobody wants to edit by hand: python scripts/grafana_dashboard.py."""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FILE = ROOT / "deploy" / "grafana" / "coachwork.json"
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_WIDE = 24


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    rows = [
        (
            "Service",
            [
                _stat("Replicas", 'sum(up{job="coachwork"})', unit="none", bad_below=1),
                _stat("Requests a second", "sum(coachwork:requests:rate5m)", unit="reqps"),
                _stat("Faults", "coachwork:request_errors:ratio5m", unit="percentunit", warn=0.001, bad=0.01),
                _stat("95 % of answers within", "coachwork:request_seconds:p95_5m", unit="s", warn=1, bad=2.5),
                _lines("Requests by route", [("coachwork:requests:rate5m", "{{route}}")], unit="reqps", width=12),
                _lines(
                    "Seconds until the answer",
                    [("coachwork:request_seconds:p95_5m", "95 %"), ("coachwork:request_seconds:p99_5m", "99 %")],
                    unit="s",
                    width=12,
                ),
            ],
        ),
        (
            "Work",
            [
                _stat("First waiting case", "max(coachwork_work_oldest_seconds)", unit="s", warn=120, bad=900),
                _stat("90 % of cases done within", "coachwork:work_seconds:p90_1h", unit="s", warn=60, bad=300),
                _stat(
                    "Work without results", "coachwork:work_failures:ratio1h", unit="percentunit", warn=0.01, bad=0.05
                ),
                _stat(
                    "Webhook messages given up",
                    'max(coachwork_webhook_deliveries{state="given_up"})',
                    unit="none",
                    warn=1,
                ),
                _lines("Cases by state", [("coachwork:cases:by_state", "{{state}}")], unit="none", width=12),
                _lines(
                    "Work that ended in an hour",
                    [
                        ("max(increase(coachwork_work_seconds_count[1h]))", "with results"),
                        ("max(increase(coachwork_work_failures_total[1h]))", "without"),
                    ],
                    unit="none",
                    width=12,
                ),
            ],
        ),
        (
            "Models and drift",
            [
                _level("Drift", "max(coachwork_drift_level)"),
                _stat(
                    "Since the last check",
                    "time() - max(coachwork_drift_checked_seconds)",
                    unit="s",
                    warn=86400,
                    bad=172800,
                ),
                _stat("Replicas behind the release", "sum(coachwork_release_behind)", unit="none", bad=1),
                _stat(
                    "Signals dropped in an hour",
                    'sum(increase(coachwork_signals_total{outcome="dropped"}[1h]))',
                    unit="none",
                    warn=1,
                    bad=100,
                ),
                _lines("Drift level", [("max(coachwork_drift_level)", "level")], unit="none", width=12, most=2),
                _table("What answers", "coachwork_bundle_info", width=12),
                _lines("Release followed", [("coachwork_release_revision", "{{instance}}")], unit="none", width=12),
                _lines(
                    "Trial of a challenger, photos in an hour",
                    [
                        ("sum(increase(coachwork_trial_compared_total[1h]))", "compared"),
                        ("sum(increase(coachwork_trial_differing_total[1h]))", "other verdict"),
                        ("sum(increase(coachwork_trial_failed_total[1h]))", "challenger failed"),
                    ],
                    unit="none",
                    width=12,
                ),
                _lines(
                    "Swaps and bundles that could not be loaded",
                    [
                        ("sum(increase(coachwork_bundle_swaps_total[1h]))", "swaps"),
                        ("sum(increase(coachwork_bundle_load_failures_total[1h]))", "not loaded"),
                    ],
                    unit="none",
                    width=12,
                ),
            ],
        ),
    ]
    return {
        "title": "Coachwork",
        "uid": "coachwork",
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "tags": ["coachwork"],
        "time": {"from": "now-24h", "to": "now"},
        "refresh": "30s",
        "timezone": "browser",
        "templating": {
            "list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]
        },
        "annotations": {"list": []},
        "panels": _placed(rows),
    }


def _placed(rows: list[tuple[str, list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    """All panels with ids and places, row by row."""
    found: list[dict[str, Any]] = []
    y = 0
    for title, panels in rows:
        found.append(
            {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": _place(0, y, _WIDE, 1)}
        )
        y, x, tall = y + 1, 0, 0
        for panel in panels:
            width, height = panel.pop("size")
            if x + width > _WIDE:
                x, y, tall = 0, y + tall, 0
            found.append(panel | {"gridPos": _place(x, y, width, height)})
            x, tall = x + width, max(tall, height)
        y += tall
    return [panel | {"id": number} for number, panel in enumerate(found, start=1)]


def _place(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": width, "h": height}


def _panel(kind: str, title: str, asked: list[tuple[str, str]], size: tuple[int, int], **more: Any) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + place), "expr": expression, "legendFormat": legend, "datasource": _SOURCE}
        for place, (expression, legend) in enumerate(asked)
    ]
    return {"type": kind, "title": title, "datasource": _SOURCE, "targets": targets, "size": size} | more


def _stat(
    title: str,
    expression: str,
    *,
    unit: str,
    warn: float | None = None,
    bad: float | None = None,
    bad_below: float | None = None,
) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green" if bad_below is None else "red", "value": None}]
    steps += [{"color": colour, "value": at} for colour, at in (("orange", warn), ("red", bad)) if at is not None]
    steps += [] if bad_below is None else [{"color": "green", "value": bad_below}]
    defaults = {"unit": unit, "noValue": "nothing yet", "thresholds": {"mode": "absolute", "steps": steps}}
    options = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "area"}
    return _panel("stat", title, [(expression, "")], (6, 4), fieldConfig={"defaults": defaults}, options=options)


def _level(title: str, expression: str) -> dict[str, Any]:
    panel = _stat(title, expression, unit="none", warn=1, bad=2)
    words = {"0": {"text": "ok"}, "1": {"text": "drift"}, "2": {"text": "beyond threshold"}}
    panel["fieldConfig"]["defaults"]["mappings"] = [{"type": "value", "options": words}]
    return panel


def _lines(
    title: str, asked: list[tuple[str, str]], *, unit: str, width: int, most: float | None = None
) -> dict[str, Any]:
    defaults: dict[str, Any] = {"unit": unit, "min": 0} | ({} if most is None else {"max": most})
    options = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
    return _panel("timeseries", title, asked, (width, 8), fieldConfig={"defaults": defaults}, options=options)


def _table(title: str, expression: str, *, width: int) -> dict[str, Any]:
    panel = _panel("table", title, [(expression, "")], (width, 8))
    panel["targets"][0] |= {"format": "table", "instant": True}
    hidden = {"Time": True, "Value": True, "__name__": True, "job": True}
    panel["transformations"] = [{"id": "organize", "options": {"excludeByName": hidden}}]
    return panel


def text() -> str:
    """The file's text."""
    return json.dumps(dashboard(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{FILE.relative_to(ROOT)}\n")
