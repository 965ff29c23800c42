"""README, docs and notices say what is true of the code."""

import importlib
import importlib.metadata
import pkgutil
import re
import shlex
from pathlib import Path

import click
import pytest

import coachwork
from coachwork import errors
from coachwork.cli.main import COMMANDS
from coachwork.cli.main import coachwork as group
from coachwork.taxonomy import load_label_maps

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PACKAGE = Path(coachwork.__file__).parent


def text(page: Path | str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def command_lines() -> list[tuple[str, str]]:
    """Every line of a code block that calls the command, with its page."""
    call = re.compile(r"^\s*(?:\.venv(?:-demo)?/bin/)?(coachwork [a-z].*?)\s*$", re.MULTILINE)
    blocks = re.compile(r"^```.*?^```|^(?: {4}.*\n?)+", re.MULTILINE | re.DOTALL)
    return [
        (str(page.relative_to(ROOT)), line)
        for page in PAGES
        for block in blocks.findall(text(page))
        for line in call.findall(block)
    ]


def defined_errors() -> set[str]:
    """Names of all public errors of the package, found by importing every module."""
    for module in pkgutil.walk_packages(coachwork.__path__, prefix="coachwork."):
        importlib.import_module(module.name)
    found, waiting = set(), [errors.CoachworkError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("coachwork."):
            found.add(kind.__name__)
    return found


def test_the_readme_shows_each_command() -> None:
    shown = {line.split()[1] for page, line in command_lines() if page == "README.md"}
    assert shown == set(COMMANDS)


def test_the_index_names_each_command() -> None:
    table = text("docs/index.md").split("## Commands")[1]
    assert set(re.findall(r"`coachwork ([\w-]+)`", table)) == set(COMMANDS)


def test_the_page_on_assessing_names_each_option() -> None:
    with click.Context(group) as context:
        command = group.get_command(context, "assess")
    assert command is not None
    options = {name for one in command.params for name in one.opts if name.startswith("--")}
    assert set(re.findall(r"--[a-z-]+", text("docs/assess.md").split("```")[1])) == options


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_a_command_line_in_a_page_would_be_understood(page: str, line: str) -> None:
    _, name, *arguments = shlex.split(re.sub(r"[\[\]]", "", line), comments=True)  # a synopsis brackets its options
    with click.Context(group) as parent:
        command = group.get_command(parent, name)
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        with click.Context(command) as parent:
            name = arguments.pop(0)
            command = command.get_command(parent, name)
    assert command is not None, f"{page} calls the unknown command {name}"
    with click.Context(command, info_name=name) as context:
        values, left, _ = command.make_parser(context).parse_args(arguments)  # an unknown option raises
        missing = [one.name for one in command.params if one.required and not values.get(one.name or "")]
    assert not left
    assert not missing or values.get("help")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text(page))
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert not missing


def test_the_index_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\(([\w/.-]+\.md)", text("docs/index.md")))
    pages = {str(page.relative_to(ROOT / "docs")) for page in ROOT.glob("docs/**/*.md")} - {"index.md"}
    assert pages
    assert linked == pages


def test_the_architecture_names_each_room() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} | {
        path.stem for path in PACKAGE.glob("*.py") if path.stem not in {"__init__", "__main__"}
    }
    table = text("docs/architecture.md").split("## Rooms")[1].split("\n## ")[0]
    assert rooms == set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_the_error_trees_name_each_error() -> None:
    tree = re.compile(r"[├└]── (\w+)")
    defined = defined_errors() - {"CoachworkError"}
    assert set(tree.findall(text("docs/architecture.md"))) == defined
    assert set(tree.findall(errors.__doc__ or "")) == defined


@pytest.mark.parametrize("page", ["README.md", "NOTICE"])
def test_sets_whose_models_may_ship_are_attributed(page: str) -> None:
    own = "rendered"  # whose photos are Coachwork's own
    shipping = [labels for labels in load_label_maps().values() if labels.weights_may_ship and labels.name != own]
    assert shipping
    for labels in shipping:
        quoted = re.findall(r'"([^"]+)"', labels.attribution)
        assert quoted, f"{labels.name}: the attribution names no title"
        assert quoted[0] in text(page)


def test_one_version_stands_everywhere() -> None:
    assert importlib.metadata.version("coachwork") == coachwork.__version__
