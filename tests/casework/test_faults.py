"""A few of the faults that `benchmarks/service/faults.py` makes many of: nothing is lost, nothing done twice."""

import random
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from benchmarks.service import disturbances
from benchmarks.service.audit import violations
from benchmarks.service.faults import kills, run
from benchmarks.service.faulty_proxy import WAYS, FaultyProxy

NOTHING: dict[str, Any] = {"lost_photos": 0, "double_proposals": 0, "there": {}, "messages_sent_again": 2}


def test_only_what_must_be_zero_and_is_not_counts_as_a_violation() -> None:
    assert violations(NOTHING) == {}
    assert violations(NOTHING | {"lost_photos": 1, "there": {"photos": 4}}) == {"lost_photos": 1}


def test_the_proxy_errs_as_often_as_it_is_told_and_in_every_way() -> None:
    with FaultyProxy(1) as proxy:
        proxy.err(random.Random(3), 0.5)
        ways = [proxy._way() for _ in range(2000)]
        assert set(ways) == {"", *WAYS}
        assert 900 < ways.count("") < 1100
        assert (proxy.requests, sum(proxy.failed.values())) == (2000, 2000 - ways.count(""))
        proxy.err(random.Random(3), 0.0)
        assert proxy._way() == ""


@pytest.mark.slow
def test_what_was_acknowledged_survives_kills_of_server_and_worker(tmp_path: Path) -> None:
    found = run(tmp_path, {}, kills(4, peace_s=12.0), seed=3, clients=2)
    assert found["violations"] == {}
    assert found["faults"]["server_kills"] + found["faults"]["worker_kills"] == 4
    assert found["acknowledged"]["decisions"] >= 1
    assert found["audit"]["there"]["decisions"] >= found["acknowledged"]["decisions"]


@pytest.mark.slow
def test_a_store_that_errs_loses_no_photo(tmp_path: Path) -> None:
    with ExitStack() as stack:
        environment, disturb = disturbances.erring_store(tmp_path, stack, seconds=20.0)
        found = run(tmp_path, environment, disturb, seed=3, clients=2)
    assert found["violations"] == {}
    assert found["faults"]["failed"]
