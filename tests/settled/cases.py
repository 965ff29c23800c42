"""Settled cases for tests: made up, written, read and judged."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coachwork.claims.claim_files import InsurancePolicy, read_insurance, sample_insurance_path
from coachwork.settled.case_json import SCHEMA, SettledFile, read_settled_cases
from coachwork.settled.evaluation import EstimateEvaluation, evaluate_estimates
from coachwork.settled.judging import JudgedCase, judge_cases
from coachwork.settled.planted import EXACT, PlantedFacts, planted_facts
from coachwork.settled.synthetic_cases import synthetic_cases
from tests.estimates.cards import sample_card


def sample_policy() -> InsurancePolicy:
    return read_insurance(sample_insurance_path())


def facts(*told: str, base: PlantedFacts = EXACT) -> PlantedFacts:
    return planted_facts(told, base)


def made_up(count: int, planted: PlantedFacts, seed: int = 1) -> list[dict[str, Any]]:
    return list(synthetic_cases(count, seed=seed, card=sample_card(), policy=sample_policy(), facts=planted))


def case(**changes: Any) -> dict[str, Any]:
    """A small case by hand: one scratch that is polished; keys with None are left out."""
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "id": "c1",
        "currency": "USD",
        "vehicle": {"make": "Volkswagen", "body": "hatchback", "paint": "clear_coat", "market_value": "9000.00"},
        "damages": [{"type": "scratch", "part": "bonnet", "size_mm": 40, "paint_broken": False, "confidence": 1}],
        "settled": {"lines": [{"item": "bonnet", "operation": "polish", "amount": "15.00"}], "total": "15.00"},
    }
    return {key: value for key, value in (told | changes).items() if value is not None}


def write_lines(path: Path, cases: Sequence[Mapping[str, Any] | str]) -> Path:
    lines = [one if isinstance(one, str) else json.dumps(one) for one in cases]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(path: Path, *cases: Mapping[str, Any] | str) -> SettledFile:
    return read_settled_cases(write_lines(path / "cases.jsonl", cases))


def judged(path: Path, cases: Sequence[Mapping[str, Any]]) -> tuple[JudgedCase, ...]:
    found = read(path, *cases)
    assert not found.problems, found.problems[0]
    made, problems = judge_cases(found.cases, file=found.file, card=sample_card(), policy=sample_policy())
    assert not problems, problems[0]
    return made


def evaluated(path: Path, cases: Sequence[Mapping[str, Any]], **options: Any) -> EstimateEvaluation:
    return evaluate_estimates(judged(path, cases), file="cases.jsonl", about={}, **({"resamples": 100} | options))


def value(evaluation: EstimateEvaluation, name: str) -> float:
    found = evaluation.figures[name].figure.value
    assert found is not None
    return found
