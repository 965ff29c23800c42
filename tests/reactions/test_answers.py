"""The table answers each condition, stands in the docs as it stands in the code, and its commands are there."""

import re
from pathlib import Path

from coachwork.reactions.answers import ANSWERS, Action, Condition, answers_as_markdown, answers_to

DOCS = Path(__file__).parents[2] / "docs" / "loop.md"


def test_each_condition_has_an_answer_and_each_action_a_cause() -> None:
    assert all(answers_to(condition) for condition in Condition)
    assert {answer.action for answer in ANSWERS} == set(Action)


def test_no_answer_stands_twice() -> None:
    assert len({(one.condition, one.action) for one in ANSWERS}) == len(ANSWERS)


def test_what_runs_by_itself_can_be_stopped() -> None:
    for answer in ANSWERS:
        assert answer.by_itself
        assert answer.waits_for
        assert "`coachwork " in answer.stop or answer.stop.startswith("nothing to stop")


def test_the_docs_hold_the_table_of_the_code() -> None:
    assert answers_as_markdown() in DOCS.read_text(encoding="utf-8")


def test_commands_of_the_table_name_actions_that_exist() -> None:
    named = re.findall(r"reactions pause ([\w-]+)", answers_as_markdown())
    assert named
    assert set(named) <= {action.value for action in Action}
