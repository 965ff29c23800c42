import pytest
from click.testing import CliRunner

from coachwork.cli.variants import variants_command
from coachwork.inference import runtimes
from coachwork.inference.bundle import load_bundle


def test_the_star_stands_at_the_variant_that_answers_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "_installed", lambda package: package != "openvino")
    shown = CliRunner().invoke(variants_command, ["shipped", "--show"])
    assert shown.exit_code == 0, shown.output
    starred = [line.split()[0] for line in shown.output.splitlines() if " * " in line]
    assert starred == [load_bundle(None).variant.name]
    assert "openvino" not in starred[0]
