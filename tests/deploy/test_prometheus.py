"""Rules, dashboard and scrape config: what they ask for is what the service tells, and Prometheus understands them."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from sqlalchemy import insert

from coachwork.api.app import create_app
from coachwork.casework.service import Service
from coachwork.settings import read_settings
from coachwork.storage.columns import now
from coachwork.storage.loop_tables import pipeline_runs
from coachwork.storage.operations_store import MONITORING

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
BOARD: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana" / "coachwork.json").read_text(encoding="utf-8"))
NAME = re.compile(r"\b(coachwork(?:_\w+|:\w+)+|up)\b(?!\s*=)")


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed: Debian's package prometheus brings it")
    return found


def ran(*command: str | Path, given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What /metrics tells of a service whose model is loaded, after a check of drift."""
    service = Service(read_settings({"COACHWORK_DATA_DIR": str(tmp_path_factory.mktemp("metrics"))}))
    moment = now()
    row = {"pipeline": MONITORING, "key": "k", "state": "done", "why": "", "begun": moment, "alive": moment}
    with service.database.writing() as connection:
        row |= {"ended": moment, "result": {"level": "drift", "photos": 9}}
        connection.execute(insert(pipeline_runs).values(row))
    service.assessor()
    client = TestClient(create_app(service, works=False))
    client.get("/health")
    yield client.get("/metrics").text
    service.models.stop()
    service.database.close()


def rules() -> list[dict[str, Any]]:
    return [
        rule
        for file in RULES
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]


def queries() -> list[str]:
    return [target["expr"] for panel in BOARD["panels"] for target in panel.get("targets", [])]


def asked(expression: str) -> set[str]:
    """Names of metrics in an expression, without its labels."""
    return set(NAME.findall(re.sub(r"\{[^}]*\}|\bby\s*\([^)]*\)", "", expression)))


def test_each_metric_that_is_asked_for_is_told(told: str) -> None:
    exposed = {line.partition(" ")[0].partition("{")[0] for line in told.splitlines() if not line.startswith("#")}
    exposed |= {rule["record"] for rule in rules() if "record" in rule} | {"up"}
    wanted = {name for text in [*queries(), *(rule["expr"] for rule in rules())] for name in asked(text)}
    assert len(wanted) > 20
    assert wanted - exposed == set()


def test_a_metric_that_nobody_tells_would_be_noticed() -> None:
    assert asked('rate(coachwork_nothing_total{a="up"}[5m]) > 3') == {"coachwork_nothing_total"}
    assert asked("sum by (up) (coachwork:a:b)") == {"coachwork:a:b"}


def test_the_figures_are_what_prometheus_wants(told: str, promtool: str) -> None:
    ran(promtool, "check", "metrics", given=told)


def test_rules_and_config_are_understood(promtool: str) -> None:
    ran(promtool, "check", "rules", *RULES)
    ran(promtool, "check", "config", PROMETHEUS / "prometheus.yml")


def test_alerts_fire_when_they_should_and_not_before(promtool: str) -> None:
    assert "SUCCESS" in ran(promtool, "test", "rules", PROMETHEUS / "tests" / "alerts_test.yml")


def test_every_alert_is_tested_says_what_to_do_and_has_its_place_in_the_docs() -> None:
    alerts = [rule for rule in rules() if "alert" in rule]
    tested = (PROMETHEUS / "tests" / "alerts_test.yml").read_text(encoding="utf-8")
    docs = (ROOT / "docs" / "delivery.md").read_text(encoding="utf-8")
    for alert in alerts:
        assert alert["labels"]["severity"] in {"page", "ticket"}
        assert {"summary", "action"} <= alert["annotations"].keys()
        fires = re.search(rf"alertname: {alert['alert']}\n +exp_alerts", tested)
        assert fires, alert["alert"]
        assert f"`{alert['alert']}`" in docs


def test_the_dashboards_questions_are_understood(promtool: str, tmp_path: Path) -> None:
    file = tmp_path / "asked.yml"
    asked_for = [{"record": f"asked:{place}", "expr": text} for place, text in enumerate(queries())]
    file.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": asked_for}]}), encoding="utf-8")
    ran(promtool, "check", "rules", file)


def test_the_dashboard_is_what_its_script_writes() -> None:
    script = ROOT / "scripts" / "grafana_dashboard.py"
    names: dict[str, Any] = {"__name__": "grafana_dashboard", "__file__": str(script)}
    exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), names)  # noqa: S102  our own
    assert json.loads(names["text"]()) == BOARD, "run: python scripts/grafana_dashboard.py"


def test_no_panel_lies_on_another() -> None:
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    for one, other in combinations([panel["gridPos"] for panel in BOARD["panels"]], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above
        assert one["x"] + one["w"] <= 24
