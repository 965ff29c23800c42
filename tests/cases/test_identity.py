from threading import Thread

import pytest

from coachwork.cases.identity import new_id


def test_names_rise_as_they_are_made_also_within_a_millisecond() -> None:
    made = [new_id("case") for _ in range(5000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert all(len(name) == 31 for name in made)


def test_names_rise_where_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id("case")
    monkeypatch.setattr("time.time_ns", lambda: 0)
    assert new_id("case") > before


def test_threads_never_share_a_name() -> None:
    made: list[str] = []
    threads = [Thread(target=lambda: made.extend(new_id("x") for _ in range(500))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 4000
