import subprocess
import sys
from pathlib import Path

import click
import pytest
from PIL import Image

from coachwork import __version__
from coachwork.cli import main as command_line
from coachwork.cli.lazy_commands import LazyCommands
from coachwork.cli.main import COMMANDS, run
from coachwork.errors import CoachworkError


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], []])
def test_help_lists_every_command(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    run(arguments)
    shown = "".join(capfd.readouterr())
    for name, (_, line) in COMMANDS.items():
        assert f"{name} " in shown
        assert line.split()[0] in shown


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_is_there_and_explains_itself(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert f"coachwork {name} " in capfd.readouterr().out


def test_version_is_the_packages(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert __version__ in capfd.readouterr().out


@pytest.mark.parametrize("arguments", [["asses"], ["assess"], ["assess", "a.jpg", "--min-score", "3"], ["--nonsense"]])
def test_wrong_use_is_exit_code_2(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert "Error:" in capfd.readouterr().err


def test_help_imports_no_room() -> None:
    program = (
        "import sys\n"
        "from coachwork.cli.main import run\n"
        "run(['--help'])\n"
        "rooms = {'numpy', 'cv2', 'PIL', 'onnxruntime', 'torch', 'rich', 'jinja2'} & set(sys.modules)\n"
        "assert not rooms, rooms\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr


class Failing(LazyCommands):
    """Has one command that ends as the test wants."""

    def __init__(self, error: BaseException) -> None:
        super().__init__("coachwork", registry={})
        self.error = error

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:  # noqa: ARG002
        def fail() -> None:
            raise self.error

        return click.Command("fail", callback=fail)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (CoachworkError("the thing is broken: mend it"), 1, ["the thing is broken: mend it"]),
        (
            ExceptionGroup("two", [CoachworkError("one"), ExceptionGroup("in", [CoachworkError("other")])]),
            1,
            ["one", "other"],
        ),
        (KeyboardInterrupt(), 130, ["stopped"]),
        (CoachworkError("caf\udce9"), 1, ["caf?"]),
    ],
)
def test_errors_become_sentences(
    error: BaseException,
    code: int,
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command_line, "coachwork", Failing(error))
    assert run(["fail"]) == code
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.split("\n")[-1 - len(words) : -1] == words


def test_a_fault_of_the_program_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line, "coachwork", Failing(RuntimeError("a bug")))
    with pytest.raises(RuntimeError, match="a bug"):
        run(["fail"])


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path, colour_bundle: Path) -> None:
    for number in range(5):
        Image.new("RGB", (64, 64), (220, 10 * number, 20)).save(tmp_path / f"{number}.png")
    program = [sys.executable, "-c", "from coachwork.cli.main import main; main()", "assess", str(tmp_path)]
    options = ["--bundle", str(colour_bundle), "--json", "-"]
    with subprocess.Popen([*program, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        process.stdout.close()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said == ""
