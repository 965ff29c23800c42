"""The smoke model's script asks for what the commands understand; that it goes all the way, CI runs."""

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from coachwork.cli.main import coachwork as group
from coachwork.registry.gate_toml import read_gates
from coachwork.taxonomy import load_label_maps
from coachwork.training.plan import read_plan

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "smoke-model"


def commands() -> list[list[str]]:
    text = SCRIPT.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.startswith('"$coachwork" ')]
    return [shlex.split(line.replace("/*.jpg", "/a.jpg").split(" >")[0])[1:] for line in lines]


def test_the_script_goes_from_photos_to_gates() -> None:
    names = [words[0] for words in commands()]
    assert names == [
        "render",
        "render",
        "import",
        "import",
        "train",
        "export",
        "evaluate",
        "assess",
        "registry",
        "registry",
    ]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_each_command_would_be_understood(words: list[str]) -> None:
    command: click.Command | None = group
    arguments = list(words)
    while isinstance(command, click.Group):
        with click.Context(command) as parent:
            command = command.get_command(parent, arguments.pop(0))
    assert command is not None
    with click.Context(command) as context:
        values, left, _ = command.make_parser(context).parse_args(arguments)
        assert not left
        assert not [one.name for one in command.params if one.required and not values.get(one.name or "")]


def test_the_plan_trains_on_what_the_gates_let_through() -> None:
    plan = read_plan(ROOT / "scripts" / "smoke.toml")
    assert plan.schedule.epochs <= 3
    assert plan.model.height % 128 == plan.model.width % 128 == 0
    script = SCRIPT.read_text(encoding="utf-8")
    (label_map,) = set(re.findall(r"--label-map ([\w-]+)", script))
    assert load_label_maps()[label_map].weights_may_ship
    assert "only_publishable" not in (ROOT / "scripts" / "smoke.toml").read_text(encoding="utf-8")


def test_the_gates_are_read_and_licences_block() -> None:
    text = (ROOT / "scripts" / "smoke-gates.toml").read_text(encoding="utf-8")
    read_gates(ROOT / "scripts" / "smoke-gates.toml")
    assert re.search(r"\[licences\][^\[]*undecided = \"blocks\"", text.replace('["Apache-2.0", "own photos*"]', ""))


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    environment = {"BIN": str(ROOT / ".venv/bin"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([SCRIPT, tmp_path], env=environment, check=False)  # noqa: S603
    assert done.returncode == 1
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "keep"
