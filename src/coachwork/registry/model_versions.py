"""Registered models in MLflow's model registry: one version for each bundle, whatever comes twice.

Aliases are derived from the release (`coachwork.registry.release`), which alone says who is champion; a process that
died between the two leaves aliases that are set right when the registry is next read.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachwork.errors import CoachworkError, MissingExtra
from coachwork.inference.contents import BundleContents
from coachwork.registry.lineage import Lineage, RegisteredModel
from coachwork.registry.tracking_place import artifacts_of, database_of

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"
EXPERIMENT = "coachwork registry"
"""MLflow's experiment of the runs that hold bundles which no tracked run made."""

_DIGEST, _LINEAGE, _BY, _CARD, _BYTES = (
    f"coachwork.{name}" for name in ("bundle", "lineage", "added_by", "card_name", "bytes")
)


class RegistryError(CoachworkError):
    """The registry cannot be read or changed, or holds no such version."""


class ModelVersions:
    """The versions of one registered model.

    Args:
        uri: of MLflow's store or server.
        name: of the registered model.

    Raises:
        MissingExtra: MLflow is not installed.
        RegistryError: the store cannot be opened.
    """

    def __init__(self, uri: str, name: str) -> None:
        self.uri, self.name = uri, name
        database = database_of(uri)
        if database is not None:
            database.parent.mkdir(parents=True, exist_ok=True)
        try:
            from coachwork.registry.mlflow_client import mlflow_client  # noqa: PLC0415 - only where it is used

            with self._told():
                self._client: MlflowClient = mlflow_client(uri)
        except ModuleNotFoundError as missing:
            raise MissingExtra(extra="train", package=str(missing.name)) from missing

    def add(
        self, folder: Path, contents: BundleContents, card_name: str, lineage: Lineage, *, by: str
    ) -> RegisteredModel:
        """The version of a bundle; a new one where there is none yet, with its files as artifacts.

        Raises:
            RegistryError: MLflow refuses or does not answer.
        """
        found = self.of_digest(contents.digest)
        if found is not None:
            return found
        with self._told():
            run = self._run(contents, lineage)
            path = f"registered/{contents.digest[:12]}"
            self._client.log_artifacts(run, str(folder), path)
            source = f"{self._client.get_run(run).info.artifact_uri}/{path}"
            self._make_model()
            tags = {
                _DIGEST: contents.digest,
                _LINEAGE: json.dumps(_lineage_json(lineage)),
                _BY: by,
                _CARD: card_name,
                _BYTES: str(contents.size_bytes),
            }
            self._client.create_model_version(self.name, source, run_id=run, tags=tags)
        return self._first_of(contents.digest)

    def all(self) -> Sequence[RegisteredModel]:
        """All versions, the newest first.

        Raises:
            RegistryError: MLflow does not answer.
        """
        return self._found(f"name = '{self.name}'")

    def of_digest(self, digest: str) -> RegisteredModel | None:
        """The version of a bundle's digest; None where it was not added."""
        found = self._found(f"name = '{self.name}' and tags.`{_DIGEST}` = '{digest}'")
        return found[-1] if found else None

    def named(self, wanted: str) -> RegisteredModel:
        """The version of a number, an alias, or the first digits of a digest (four or more).

        Raises:
            RegistryError: there is none, or more than one.
        """
        every = self.all()
        fitting = [one for one in every if wanted in (one.version, *one.aliases)]
        if not fitting and len(wanted) >= 4:
            fitting = [one for one in every if one.digest.startswith(wanted)]
        if len(fitting) == 1:
            return fitting[0]
        known = ", ".join(f"{one.version} ({one.digest[:12]})" for one in every[:8]) or "none yet: add one first"
        many = "several versions are" if fitting else "no version is"
        message = f"{many} called {wanted!r}; of {self.name} there are {known}"
        raise RegistryError(message)

    def aliases(self) -> Mapping[str, str]:
        """Alias -> version."""
        with self._told():
            try:
                return dict(self._client.get_registered_model(self.name).aliases)
            except Exception as error:
                if _code(error) == "RESOURCE_DOES_NOT_EXIST":
                    return {}
                raise

    def set_aliases(self, wanted: Mapping[str, str]) -> bool:
        """Makes champion and challenger point to these versions, and says whether anything was to be changed.

        Args:
            wanted: alias -> version; one that is missing is taken away.
        """
        there, changed = self.aliases(), False
        for alias in (CHALLENGER, CHAMPION):
            version = wanted.get(alias)
            if there.get(alias) == version:
                continue
            with self._told():
                if version is None:
                    self._client.delete_registered_model_alias(self.name, alias)
                else:
                    self._client.set_registered_model_alias(self.name, alias, version)
            changed = True
        return changed

    def note(self, version: str, name: str, value: str) -> None:
        """Leaves a tag at a version, for who looks at MLflow's own pages."""
        with self._told():
            self._client.set_model_version_tag(self.name, version, f"coachwork.{name}", value[:5000])

    def attach(self, version: str, name: str, value: Mapping[str, Any]) -> None:
        """Keeps plain data as a JSON artifact of the run behind a version."""
        with self._told():
            run = self._client.get_model_version(self.name, version).run_id
            if run:
                self._client.log_dict(run, dict(value), name)

    def run_tags(self, run: str) -> Mapping[str, str]:
        """Tags of a tracked run; empty where this store knows no such run."""
        try:
            return dict(self._client.get_run(run).data.tags)
        except Exception as error:
            if _code(error) in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                return {}
            message = f"the tracked run {run} cannot be read at {self.uri}: {error}"
            raise RegistryError(message) from error

    def _run(self, contents: BundleContents, lineage: Lineage) -> str:
        """The tracked run that made the bundle, where it lies in this store; else a run that only holds the files."""
        if lineage.run and lineage.run_uri in ("", self.uri) and self.run_tags(lineage.run):
            return lineage.run
        held = self._client.get_experiment_by_name(EXPERIMENT)
        number = (
            held.experiment_id
            if held is not None
            else self._client.create_experiment(EXPERIMENT, artifact_location=artifacts_of(self.uri))
        )
        tags = {_DIGEST: contents.digest}
        run = self._client.create_run(number, run_name=f"{self.name} {contents.digest[:12]}", tags=tags)
        self._client.set_terminated(run.info.run_id)
        return str(run.info.run_id)

    def _make_model(self) -> None:
        try:
            self._client.create_registered_model(self.name)
        except Exception as error:
            if _code(error) != "RESOURCE_ALREADY_EXISTS":
                raise

    def _first_of(self, digest: str) -> RegisteredModel:
        """The lowest version of a digest; later ones, made by others in the same moment, are taken back."""
        *later, first = self._found(f"name = '{self.name}' and tags.`{_DIGEST}` = '{digest}'")
        for one in later:
            with self._told():
                self._client.delete_model_version(self.name, one.version)
        return first

    def _found(self, wanted: str) -> list[RegisteredModel]:
        aliases = self.aliases()
        found: list[Any] = []
        token = None
        with self._told():
            while True:
                page = self._client.search_model_versions(wanted, max_results=200, page_token=token)
                found += page
                token = page.token
                if not token:
                    break
        versions = [_registered(one, aliases) for one in found if _DIGEST in one.tags]
        return sorted(versions, key=lambda one: -int(one.version))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (CoachworkError, ModuleNotFoundError):
            raise
        except Exception as error:
            said = str(error).strip().split("\n", 1)[0]
            message = f"MLflow's registry at {self.uri} cannot be used: {said}"
            raise RegistryError(message) from error


def _registered(found: Any, aliases: Mapping[str, str]) -> RegisteredModel:
    tags, version = found.tags, str(found.version)
    lineage = json.loads(tags.get(_LINEAGE, "{}"))
    return RegisteredModel(
        name=found.name,
        version=version,
        digest=tags[_DIGEST],
        card_name=tags.get(_CARD, ""),
        added=datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
        by=tags.get(_BY, ""),
        size_bytes=int(tags.get(_BYTES, "0")),
        aliases=tuple(sorted(alias for alias, number in aliases.items() if str(number) == version)),
        lineage=Lineage(**lineage),
    )


def _lineage_json(lineage: Lineage) -> dict[str, Any]:
    return {
        "datasets": dict(lineage.datasets),
        "revision": lineage.revision,
        "run": lineage.run,
        "run_uri": lineage.run_uri,
        "parent": lineage.parent,
    }


def _code(error: Exception) -> str:
    return str(getattr(error, "error_code", ""))
