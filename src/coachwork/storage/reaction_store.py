"""Reactions in the database: each is taken once, stands until somebody or something ends it, and can be paused."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from coachwork.photos.quality import QualityLimits
from coachwork.reactions.answers import Action, Condition
from coachwork.reactions.reaction import (
    BY_ITSELF,
    PhotoSlice,
    Reaction,
    ReactionError,
    ReactionState,
    limits_of,
    slice_of,
)
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.loop_tables import reaction_pauses, reactions

_OPEN = (ReactionState.DONE, ReactionState.WAITING, ReactionState.PAUSED)


class ReactionStore:
    """Keeps what was done, for what reason, and whether it still stands."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def take(
        self,
        action: Action,
        condition: Condition,
        *,
        key: str,
        photos: PhotoSlice,
        why: str,
        detail: Mapping[str, Any] | None = None,
        by: str = BY_ITSELF,
        waits: bool = False,
    ) -> tuple[Reaction, bool]:
        """Takes an action, unless the same one was taken before.

        An action that is paused is kept as a row that stands for what would have been done, and has no effect.

        Args:
            action: what.
            condition: why, in the table's words.
            key: by which the same action is known again, such as a digest of what it answers.
            photos: of which photos.
            why: with its figures, one sentence.
            detail: what is set or started, plain JSON.
            by: who.
            waits: whether a person has to go on.

        Returns:
            The reaction, and whether it is new.
        """
        own = f"{action}:{key}"[:128]
        values = {
            "key": own,
            "condition": condition.value,
            "action": action.value,
            "photos": photos.to_json(),
            "why": why,
            "by": by,
            "at": now(),
            "detail": dict(detail or {}),
        }
        try:
            with self._database.writing() as connection:
                known = connection.execute(select(reactions).where(reactions.c.key == own)).mappings().one_or_none()
                if known is not None:
                    return _reaction(known), False
                paused = by == BY_ITSELF and _paused(connection, action) is not None
                state = ReactionState.PAUSED if paused else ReactionState.WAITING if waits else ReactionState.DONE
                row = connection.execute(insert(reactions).values(values | {"state": state.value}).returning(reactions))
                return _reaction(row.mappings().one()), True
        except IntegrityError:  # another process took it in the same moment
            return self._of_key(own), False

    def end(
        self,
        number: int,
        *,
        by: str,
        why: str,
        state: ReactionState = ReactionState.ENDED,
        detail: Mapping[str, Any] | None = None,
    ) -> Reaction:
        """Ends a reaction that stands; what it set is no longer so.

        Raises:
            ReactionError: there is none of that number, or it ended before.
        """
        with self._database.writing() as connection:
            found = _find(connection, number)
            if found.state not in _OPEN:
                message = f"reaction {number} is {found.state} already, by {found.ended_by or found.by}"
                raise ReactionError(message)
            values: dict[str, Any] = {"state": state.value, "ended_by": by, "ended_at": now(), "ended_why": why}
            values |= {"detail": {**found.detail, **(detail or {})}}
            row = connection.execute(
                update(reactions).where(reactions.c.number == number).values(values).returning(reactions)
            )
            return _reaction(row.mappings().one())

    def note(self, number: int, detail: Mapping[str, Any]) -> Reaction:
        """Adds to what is known of a reaction.

        Raises:
            ReactionError: there is none of that number.
        """
        with self._database.writing() as connection:
            found = _find(connection, number)
            values = {"detail": {**found.detail, **detail}}
            row = connection.execute(
                update(reactions).where(reactions.c.number == number).values(values).returning(reactions)
            )
            return _reaction(row.mappings().one())

    def undo(self, number: int, *, by: str, why: str) -> Reaction:
        """Takes a reaction back, as a person's decision.

        Raises:
            ReactionError: there is none of that number, or it ended before.
        """
        return self.end(number, by=by, why=why, state=ReactionState.UNDONE)

    def reaction(self, number: int) -> Reaction:
        """One reaction.

        Raises:
            ReactionError: there is none of that number.
        """
        with self._database.reading() as connection:
            return _find(connection, number)

    def all(
        self, *, action: Action | None = None, standing: bool = False, since: datetime | None = None
    ) -> Sequence[Reaction]:
        """Reactions, the first one first: all of them, or those of one action, that stand, or since a moment."""
        wanted = select(reactions).order_by(reactions.c.number)
        if action is not None:
            wanted = wanted.where(reactions.c.action == action.value)
        if standing:
            wanted = wanted.where(reactions.c.state == ReactionState.DONE.value)
        if since is not None:
            wanted = wanted.where(reactions.c.at >= since)
        with self._database.reading() as connection:
            return [_reaction(row) for row in connection.execute(wanted).mappings()]

    def limits(self) -> QualityLimits:
        """By which photos that people send are judged at this moment."""
        return limits_of(self.all(action=Action.TIGHTEN_ADVICE, standing=True))

    def holds(self) -> Sequence[Reaction]:
        """The holds on automatic offers that stand."""
        return self.all(action=Action.PAUSE_OFFERS, standing=True)

    def pause(self, action: Action, *, by: str, why: str) -> None:
        """Keeps an action from being taken by itself, until it is resumed; what stands goes on standing."""
        with self._database.writing() as connection:
            connection.execute(delete(reaction_pauses).where(reaction_pauses.c.action == action.value))
            connection.execute(insert(reaction_pauses).values(action=action.value, by=by, why=why, at=now()))

    def resume(self, action: Action) -> bool:
        """Lets an action be taken by itself again; False where it was not paused."""
        with self._database.writing() as connection:
            gone = connection.execute(delete(reaction_pauses).where(reaction_pauses.c.action == action.value))
            return bool(gone.rowcount)

    def paused(self) -> Mapping[Action, str]:
        """The actions that are paused, each with who paused it and why."""
        with self._database.reading() as connection:
            found = connection.execute(select(reaction_pauses).order_by(reaction_pauses.c.action)).mappings()
            return {Action(row["action"]): f"by {row['by']}: {row['why']}" for row in found}

    def is_paused(self, action: Action) -> bool:
        """Whether an action is paused."""
        with self._database.reading() as connection:
            return _paused(connection, action) is not None

    def _of_key(self, key: str) -> Reaction:
        with self._database.reading() as connection:
            return _reaction(connection.execute(select(reactions).where(reactions.c.key == key)).mappings().one())


def _paused(connection: Connection, action: Action) -> RowMapping | None:
    found = connection.execute(select(reaction_pauses).where(reaction_pauses.c.action == action.value))
    return found.mappings().one_or_none()


def _find(connection: Connection, number: int) -> Reaction:
    row = connection.execute(select(reactions).where(reactions.c.number == number)).mappings().one_or_none()
    if row is None:
        message = f"there is no reaction {number}: see  coachwork reactions list"
        raise ReactionError(message)
    return _reaction(row)


def _reaction(row: RowMapping) -> Reaction:
    return Reaction(
        **{name: row[name] for name in ("number", "key", "why", "by", "at", "detail", "ended_by", "ended_at")},
        condition=Condition(row["condition"]),
        action=Action(row["action"]),
        photos=slice_of(row["photos"]),
        state=ReactionState(row["state"]),
        ended_why=row["ended_why"],
    )
