"""Links to reports that anybody may read. A link is shown once, when it is made; the database holds a digest alone."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import RowMapping, insert, select, update

from coachwork.cases.identity import new_id
from coachwork.cases.listing import ReportLink, Terms, UnknownReport
from coachwork.cases.problems import CaseRefused
from coachwork.storage.case_store import CaseStore
from coachwork.storage.case_writing import find_case
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.market_tables import report_links

MOST_DAYS = 366
_TOKEN_BYTES = 32
_MOST_LETTERS = 64


class ReportLinkStore:
    """Makes, finds, lists and withdraws links to reports."""

    def __init__(self, database: Database, cases: CaseStore) -> None:
        """Works on a database whose tables are up to date; the case store writes the events."""
        self._database, self._cases = database, cases

    def make(
        self, tenant: str, case_id: str, *, by: str, days: int, terms: Terms, amounts: bool
    ) -> tuple[ReportLink, str]:
        """A new link to the report of a case, and its token, which is told here and never again.

        Raises:
            UnknownCase: the tenant has none of that name.
            CaseRefused: it would be good for too long.
        """
        if not 1 <= days <= MOST_DAYS:
            message = f"a link to a report is good for 1 to {MOST_DAYS} days"
            raise CaseRefused(message)
        token, moment = secrets.token_urlsafe(_TOKEN_BYTES), now()
        link = ReportLink(
            id=new_id("report"),
            tenant=tenant,
            case=case_id,
            terms=terms,
            amounts=amounts,
            made_by=by,
            made=moment,
            ends=moment + timedelta(days=days),
        )
        values = {name: getattr(link, name) for name in ("id", "tenant", "case", "amounts", "made_by", "made", "ends")}
        values |= {"digest": _digest(token), "terms": terms.to_json()}
        with self._database.writing() as connection:
            case = find_case(connection, tenant, case_id)
            connection.execute(insert(report_links).values(values))
            self._cases.tell(connection, case, "report.shared", by, {"link": link.id, "ends": link.ends.isoformat()})
        return link, token

    def find(self, token: str) -> ReportLink:
        """The link of a token.

        Raises:
            UnknownReport: there is none, or it is good no more.
        """
        wanted = select(report_links).where(
            report_links.c.digest == _digest(token[:_MOST_LETTERS]),
            report_links.c.withdrawn.is_(None),
            report_links.c.ends > now(),
        )
        with self._database.reading() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        if row is None or len(token) > _MOST_LETTERS:
            message = "this report is not known, or is shared no more: ask whoever sent you the link"
            raise UnknownReport(message)
        return _link(row)

    def all(self, tenant: str, case_id: str) -> Sequence[ReportLink]:
        """The links to a case's report, withdrawn ones among them, the latest first.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        wanted = select(report_links).where(report_links.c.case == case_id).order_by(report_links.c.id.desc())
        with self._database.reading() as connection:
            find_case(connection, tenant, case_id)
            return [_link(row) for row in connection.execute(wanted).mappings()]

    def withdraw(self, tenant: str, case_id: str, link_id: str, *, by: str) -> None:
        """Makes a link useless from now on; once more changes nothing.

        Raises:
            UnknownCase: the tenant has no such case.
            UnknownReport: the case has no such link.
        """
        own = (report_links.c.case == case_id) & (report_links.c.id == link_id)
        with self._database.writing() as connection:
            case = find_case(connection, tenant, case_id, lock=True)
            row = connection.execute(select(report_links).where(own)).mappings().one_or_none()
            if row is None:
                message = f"the case has no link {link_id[:64]!r}: load the page anew"
                raise UnknownReport(message)
            if row["withdrawn"] is None:
                connection.execute(update(report_links).where(own).values(withdrawn=now()))
                self._cases.tell(connection, case, "report.withdrawn", by, {"link": link_id})


def _link(row: RowMapping) -> ReportLink:
    names = ("id", "tenant", "case", "amounts", "made_by", "made", "ends", "withdrawn")
    return ReportLink(**{name: row[name] for name in names}, terms=Terms.of(row["terms"]))


def _digest(token: str) -> str:
    """SHA-256: enough for 256 random bits, which nobody can guess as people's passwords can be."""
    return hashlib.sha256(token.encode()).hexdigest()
