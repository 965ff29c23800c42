"""Changes to a plan from the command line."""

import pytest

from coachwork.training.changes import read_changes
from coachwork.training.plan import PlanError


def test_no_change_is_none() -> None:
    assert read_changes([]) == {}


def test_values_are_toml_or_text() -> None:
    changes = ["seed=8", "loss.lovasz = 0.5", 'name="a=b"', "model.family=unet", "data.only_publishable=false", "a=x=1"]
    assert read_changes(changes) == {
        "seed": 8,
        "loss.lovasz": 0.5,
        "name": "a=b",
        "model.family": "unet",
        "data.only_publishable": False,
        "a": "x=1",
    }


@pytest.mark.parametrize("change", ["seed", "=8", ""])
def test_what_changes_nothing_is_refused(change: str) -> None:
    with pytest.raises(PlanError, match="FIELD=VALUE"):
        read_changes([change])
