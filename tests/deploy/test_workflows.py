"""Workflows, Dockerfile and compose file: what they name is there, and what they promise is kept by their text."""

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GITHUB: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
GITLAB: dict[str, Any] = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RESERVED = {"image", "services", "stages", "types", "before_script", "after_script", "variables", "cache", "include"}
WORDS = {"default", "stages", "variables", "workflow"}
SHA = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v[\d.]+$")


def github_scripts() -> list[str]:
    return [step["run"] for job in GITHUB["jobs"].values() for step in job["steps"] if "run" in step]


def gitlab_jobs() -> dict[str, Any]:
    return {name: job for name, job in GITLAB.items() if name not in WORDS}


def gitlab_scripts() -> list[str]:
    return [
        line for job in gitlab_jobs().values() for part in ("before_script", "script") for line in job.get(part, [])
    ]


def own_files(scripts: list[str]) -> set[str]:
    return {name for text in scripts for name in re.findall(r"(?<![\w/])((?:scripts/|\.ci/)[\w-]+)", text)}


def targets(scripts: list[str]) -> set[str]:
    return {name for text in scripts for name in re.findall(r"\bmake ([a-z-]+)", text)}


@pytest.mark.parametrize("scripts", [github_scripts(), gitlab_scripts()], ids=["github", "gitlab"])
def test_what_is_called_is_there_and_can_be_run(scripts: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {".ci/run", "scripts/scan", "scripts/smoke-model", "scripts/wheel", "scripts/check-tag"} <= own_files(
        scripts
    )
    for name in own_files(scripts):
        assert os.access(ROOT / name, os.X_OK), name
    assert targets(scripts) == {"demo", "check-base"}
    for name in targets(scripts):
        assert re.search(rf"^{name}:", makefile, re.MULTILINE), name


def test_both_do_the_same() -> None:
    assert own_files(github_scripts()) == own_files(gitlab_scripts())


def test_actions_are_pinned_by_commit_with_their_version() -> None:
    lines = [line for line in (ROOT / ".github/workflows/ci.yml").read_text("utf-8").splitlines() if "uses:" in line]
    assert len(lines) > 10
    assert [line for line in lines if not SHA.search(line)] == []


def test_the_token_reads_and_only_publishing_writes() -> None:
    assert GITHUB["permissions"] == {"contents": "read"}
    assert [name for name, job in GITHUB["jobs"].items() if "permissions" in job] == ["publish"]
    checkouts = [
        step for job in GITHUB["jobs"].values() for step in job["steps"] if "checkout@" in step.get("uses", "")
    ]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_nothing_is_published_but_tags_for_which_everything_passed() -> None:
    publish = GITHUB["jobs"]["publish"]
    assert publish["if"] == "startsWith(github.ref, 'refs/tags/v')"
    assert set(publish["needs"]) == set(GITHUB["jobs"]) - {"publish"}
    for name, job in gitlab_jobs().items():
        rules = job.get("rules", [])
        assert bool(rules) == name.startswith("publish"), name
        assert all("$CI_COMMIT_TAG" in rule["if"] for rule in rules)
        assert (job["stage"] == "publish") == name.startswith("publish")
    assert GITLAB["stages"] == ["check", "build", "publish"]


def test_jobs_end_and_have_names_that_gitlab_does_not_take_for_something_else() -> None:
    assert all(job["timeout-minutes"] <= 180 for job in GITHUB["jobs"].values())
    assert all("timeout" in job for job in gitlab_jobs().values())
    assert not RESERVED & gitlab_jobs().keys()


def test_untrusted_text_is_no_part_of_a_script() -> None:
    for text in github_scripts():
        assert "${{" not in text, text


def test_the_image_runs_without_root_is_looked_after_and_pinned() -> None:
    lines = [line for line in DOCKERFILE.splitlines() if not line.startswith("#")]
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users
    assert users[-1].isdigit()
    assert int(users[-1]) > 0
    assert any(line.startswith("HEALTHCHECK ") for line in lines)
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert {line.split()[1] for line in lines if line.startswith("FROM ")} == {"${PYTHON_IMAGE}"}
    assert 'ENTRYPOINT ["coachwork"]' in lines


def test_what_the_image_is_built_of_is_there_and_let_in() -> None:
    copies = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if re.match(r"COPY (?!--from)", line)]
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    named = {name for names in copies for name in names}
    assert named == let_in
    assert all((ROOT / name).exists() for name in named)


def test_the_image_has_extras_that_exist_and_no_torch() -> None:
    line = next(
        line for line in (ROOT / "scripts/environment").read_text("utf-8").splitlines() if "--extra pdf" in line
    )
    extras = set(re.findall(r"--extra (\w+)", line))
    assert extras <= PROJECT["optional-dependencies"].keys()
    assert not extras & {"train", "pipelines", "bulk"}
    scanned = (ROOT / "scripts/scan").read_text(encoding="utf-8")
    assert extras == set(re.findall(r"--extra (\w+)", scanned)), "what is scanned is what servers get"


@pytest.mark.parametrize(
    ("tag", "changelog", "code", "why"),
    [
        ("v1.2.3", "## 1.2.3\n", 0, ""),
        ("v1.2.3", "## [1.2.3] - 2026-01-01\n", 0, ""),
        ("v1.2.4", "## 1.2.4\n", 1, "the tag is v1.2.4, and pyproject.toml says 1.2.3"),
        ("v1.2.3", "## Unreleased\n", 1, "CHANGELOG.md has no section '## 1.2.3'"),
    ],
)
def test_a_tag_must_be_the_version_and_told_of(tmp_path: Path, tag: str, changelog: str, code: int, why: str) -> None:
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts" / "check-tag"
    script.write_bytes((ROOT / "scripts" / "check-tag").read_bytes())
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n', encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
    done = subprocess.run(["/bin/sh", script, tag], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == code, done.stderr
    assert why in done.stderr


def test_a_scan_that_could_ask_nobody_is_no_clean_scan(tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.write_text(
        "#!/bin/sh\nwhile [ $# -gt 0 ]; do\n"
        'case "$1" in --output|--output-file) shift; printf "%s" "$ANSWER" >"$1";; esac\nshift\ndone\n',
        encoding="utf-8",
    )
    uv.chmod(0o755)

    def scanned(answer: str) -> int:
        environment = {"PATH": os.environ["PATH"], "UV": str(uv), "ANSWER": answer}
        command = [str(ROOT / "scripts" / "scan"), str(tmp_path / "out")]
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode  # noqa: S603

    assert scanned('{"dependencies": [{"name": "a", "vulns": []}]}') == 0
    assert scanned('{"dependencies": [{"name": "a", "skip_reason": "not on PyPI"}]}') == 2
    assert scanned("") == 2


def test_the_compose_file_mounts_what_is_there_and_listens_at_home() -> None:
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))["services"]
    for service in services.values():
        for mount in service.get("volumes", []):
            if mount.startswith("."):
                assert (ROOT / "deploy" / mount.partition(":")[0]).exists(), mount
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        assert "build" in service or re.fullmatch(r"[\w./-]+:[\w.-]+", service["image"])
    variables = services["coachwork"]["environment"]
    docs = (ROOT / "docs/service.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in docs for name in variables)
