"""Messages between the desk and customers; rows are only added, each with its event in the same transaction."""

from sqlalchemy import Connection, RowMapping, delete, func, insert, select

from coachwork.cases.customer import CUSTOMER
from coachwork.cases.messages import MOST_LETTERS, MOST_MESSAGES, Message, Sender, Thread
from coachwork.cases.problems import CaseRefused, KeyReused
from coachwork.inspections.views import PhotoView
from coachwork.reasons import said
from coachwork.storage.case_store import CaseStore
from coachwork.storage.case_writing import find_case
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.desk_tables import message_reads, messages


class MessageStore:
    """Keeps and reads messages."""

    def __init__(self, database: Database, cases: CaseStore) -> None:
        """Works on a database whose tables are up to date; the case store writes the events."""
        self._database, self._cases = database, cases

    def thread(self, tenant: str, case_id: str) -> Thread:
        """The messages of a case.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        with self._database.reading() as connection:
            find_case(connection, tenant, case_id)
            return thread_of(connection, case_id)

    def write(
        self,
        tenant: str,
        case_id: str,
        *,
        sender: Sender,
        by: str,
        text: str,
        views: tuple[PhotoView, ...] = (),
        request_key: str | None = None,
    ) -> Message:
        """Keeps a message; a repeated request gives the one that was kept. The desk has read what it answers.

        Raises:
            UnknownCase: the tenant has none of that name.
            CaseRefused: it says nothing, too much, or the thread is full.
            KeyReused: the key came with another message before.
        """
        told = text.strip()
        if not told and not views:
            message: str = said("refused.message_empty")
            raise CaseRefused(message)
        if len(told) > MOST_LETTERS:
            message = f"the message is longer than {MOST_LETTERS} characters: shorten it"
            raise CaseRefused(message)
        with self._database.writing() as connection:
            case = find_case(connection, tenant, case_id, lock=True)
            own = messages.c.case == case_id
            if request_key is not None:
                same = select(messages).where(own, messages.c.request_key == request_key)
                row = connection.execute(same).mappings().first()
                if row is not None:
                    return _same(row, told, views)
            if connection.execute(select(func.count()).select_from(messages).where(own)).scalar_one() >= MOST_MESSAGES:
                message = f"a case holds at most {MOST_MESSAGES} messages: call each other"
                raise CaseRefused(message)
            values: dict[str, object] = {"case": case_id, "sender": sender.value, "by": by, "text": told, "at": now()}
            values |= {"views": [view.value for view in views], "request_key": request_key}
            kept = connection.execute(insert(messages).values(values).returning(*messages.c)).mappings().one()
            if sender is Sender.DESK:
                _note(connection, case_id, kept["number"], by)
            detail = {"message": kept["number"], "views": kept["views"]}
            kind = "message.sent" if sender is Sender.DESK else "customer.wrote"
            self._cases.tell(connection, case, kind, by, detail)
        return _message(kept)

    def customer_writes(self, tenant: str, case_id: str, text: str, *, request_key: str | None = None) -> Message:
        """Keeps what a customer writes; see `write`."""
        return self.write(tenant, case_id, sender=Sender.CUSTOMER, by=CUSTOMER, text=text, request_key=request_key)

    def note(self, tenant: str, case_id: str, *, upto: int, by: str) -> None:
        """Somebody at the desk took note of what the customer wrote, up to a message.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        with self._database.writing() as connection:
            find_case(connection, tenant, case_id, lock=True)
            _note(connection, case_id, upto, by)


def thread_of(connection: Connection, case_id: str) -> Thread:
    """The messages of a case, within a transaction."""
    found = connection.execute(select(messages).where(messages.c.case == case_id).order_by(messages.c.number))
    told = tuple(_message(row) for row in found.mappings())
    if not told:
        return Thread(messages=())
    upto = connection.execute(select(message_reads.c.upto).where(message_reads.c.case == case_id)).scalar()
    return Thread(messages=told, read_upto=upto or 0)


def _same(row: RowMapping, text: str, views: tuple[PhotoView, ...]) -> Message:
    if (row["text"], row["views"]) != (text, [view.value for view in views]):
        message = "this message came with another text before: choose a new key"
        raise KeyReused(message)
    return _message(row)


def _note(connection: Connection, case_id: str, upto: int, by: str) -> None:
    own = message_reads.c.case == case_id
    before = connection.execute(select(message_reads.c.upto).where(own)).scalar() or 0
    if upto > before:
        connection.execute(delete(message_reads).where(own))
        connection.execute(insert(message_reads).values(case=case_id, upto=upto, by=by, at=now()))


def _message(row: RowMapping) -> Message:
    return Message(
        number=row["number"],
        sender=Sender(row["sender"]),
        by=row["by"],
        text=row["text"],
        views=tuple(PhotoView(view) for view in row["views"] if view in list(PhotoView)),
        at=row["at"],
    )
