"""Taking a photo out of a case again before it is handed over: its row, and its bytes if no other case shows it.

The row goes in one transaction, which also writes down that the bytes are to go. These go next, or when the service
starts again. A photo that is added meanwhile is safe: bytes are dropped under a lock that adding a photo takes as well,
and whoever added it looks afterwards whether its bytes are there still (`Service.add_photo`).
"""

from sqlalchemy import Connection, delete, insert, select

from coachwork.cases.case import CasePhoto, CaseState
from coachwork.cases.problems import CaseRefused, UnknownCase
from coachwork.storage.case_rows import photo_of
from coachwork.storage.case_store import CaseStore
from coachwork.storage.case_writing import check_free, find_case, write_case
from coachwork.storage.columns import now
from coachwork.storage.customer_tables import upload_parts, uploads
from coachwork.storage.database import Database
from coachwork.storage.desk_tables import dropped_photos
from coachwork.storage.direct_upload_tables import direct_uploads
from coachwork.storage.photo_store import PhotoStore
from coachwork.storage.picture_cache import PictureCache
from coachwork.storage.tables import cases, events, photos


class PhotoRemover:
    """Takes photos out of cases that were not handed over with them."""

    def __init__(self, database: Database, store: CaseStore, photo_store: PhotoStore, pictures: PictureCache) -> None:
        """Works on a database whose tables are up to date, the photos, and the pictures that were made of them."""
        self._database, self._cases, self._photo_store, self._pictures = database, store, photo_store, pictures

    def remove(self, tenant: str, case_id: str, photo_id: str, *, by: str) -> CasePhoto:
        """Takes a photo out; its bytes go as well where no other case of the tenant shows it.

        Raises:
            UnknownCase: the tenant has none of that name, or it has no such photo.
            CaseBusy: it is being worked on.
            CaseRefused: it was handed over with the photo.
            PhotoStoreError: the bytes could not be dropped yet: they are at the next start; the photo is out.
        """
        with self._database.writing() as connection:
            case = find_case(connection, tenant, case_id, lock=True)
            check_free(case)
            own = (photos.c.case == case_id) & (photos.c.id == photo_id)
            row = connection.execute(select(photos).where(own)).mappings().first()
            if row is None:
                message = f"the case has no photo {photo_id[:64]!r}"
                raise UnknownCase(message)
            photo = photo_of(row)
            if case.state not in {CaseState.OPEN, CaseState.FAILED} or _handed_over(connection, case_id, photo):
                message = "this photo was handed over already: it stays with the case"
                raise CaseRefused(message)
            _forget_uploads(connection, case_id, photo_id)
            connection.execute(delete(photos).where(own))
            if not _is_shown(connection, tenant, photo.sha256):
                known = (dropped_photos.c.tenant == tenant) & (dropped_photos.c.sha256 == photo.sha256)
                connection.execute(delete(dropped_photos).where(known))
                connection.execute(insert(dropped_photos).values(tenant=tenant, sha256=photo.sha256, at=now()))
            changed = write_case(connection, case)
            self._cases.tell(connection, changed, "photo.removed", by, {"photo": photo.id})
        self.finish()
        return photo

    def finish(self) -> None:
        """Drops the bytes that are to go, those among them that earlier removals could not.

        Raises:
            PhotoStoreError: the store refuses.
        """
        with self._database.reading() as connection:
            waiting = connection.execute(select(dropped_photos.c.tenant, dropped_photos.c.sha256)).all()
        for tenant, sha256 in waiting:
            with self._database.writing() as connection:
                self._database.hold(connection, f"photo {tenant} {sha256}")
                if not _is_shown(connection, tenant, sha256):
                    self._pictures.drop(tenant, sha256)
                    self._photo_store.drop(tenant, sha256)
                own = (dropped_photos.c.tenant == tenant) & (dropped_photos.c.sha256 == sha256)
                connection.execute(delete(dropped_photos).where(own))


def _is_shown(connection: Connection, tenant: str, sha256: str) -> bool:
    found = select(photos.c.id).join(cases).where(cases.c.tenant == tenant, photos.c.sha256 == sha256).limit(1)
    return connection.execute(found).first() is not None


def _handed_over(connection: Connection, case_id: str, photo: CasePhoto) -> bool:
    own = (events.c.case == case_id) & (events.c.kind == "case.submitted") & (events.c.at >= photo.added)
    return connection.execute(select(events.c.number).where(own).limit(1)).first() is not None


def _forget_uploads(connection: Connection, case_id: str, photo_id: str) -> None:
    """Whoever sends the same photo again begins anew."""
    own = select(uploads.c.id).where(uploads.c.case == case_id, uploads.c.photo == photo_id)
    for table in (upload_parts, direct_uploads):
        connection.execute(delete(table).where(table.c.upload.in_(own)))
    connection.execute(delete(uploads).where(uploads.c.case == case_id, uploads.c.photo == photo_id))
