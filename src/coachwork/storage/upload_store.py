"""Photos that come in parts: each part is durable in the database until the photo is whole, and kept as one."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from coachwork.cases.customer import UnknownUpload, Upload, UploadMoved, UploadRefused
from coachwork.cases.identity import new_id
from coachwork.storage.case_writing import check_free, find_case
from coachwork.storage.columns import now
from coachwork.storage.customer_tables import upload_parts, uploads
from coachwork.storage.database import Database
from coachwork.storage.direct_upload_tables import direct_uploads

MOST_AT_ONCE = 40
"""A case has at most so many uploads that are not whole."""

GIVEN_UP_AFTER = timedelta(days=2)
"""Uploads that nobody went on with for so long are forgotten when the case begins another."""


class UploadStore:
    """Begins, continues and ends uploads."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def begin(self, tenant: str, case_id: str, *, name: str, size: int, sha256: str | None) -> Upload:
        """A new upload, or the one that was begun before with the same bytes, where its digest is told.

        Raises:
            UnknownCase: the tenant has none of that name.
            CaseBusy: it is being worked on.
            UploadRefused: too many are begun already.
        """
        upload = Upload(id=new_id("upload"), case=case_id, name=name, sha256=sha256, bytes=size, offset=0, photo=None)
        with self._database.writing() as connection:
            check_free(find_case(connection, tenant, case_id, lock=True))
            self._forget_old(connection, case_id)
            open_ = (uploads.c.case == case_id) & uploads.c.photo.is_(None)
            if sha256 is not None:
                same = open_ & (uploads.c.sha256 == sha256) & (uploads.c.bytes == size)
                row = connection.execute(select(uploads).where(same).limit(1)).mappings().first()
                if row is not None:
                    return _upload(row)
            count = connection.execute(select(func.count()).select_from(uploads).where(open_)).scalar_one()
            if count >= MOST_AT_ONCE:
                message = f"{count} uploads of this case are not whole yet: end some of them first"
                raise UploadRefused(message)
            connection.execute(insert(uploads).values(_row(upload)))
        return upload

    def find(self, case_id: str, upload_id: str) -> Upload:
        """An upload of a case.

        Raises:
            UnknownUpload: the case has none of that name.
        """
        with self._database.reading() as connection:
            return _find(connection, case_id, upload_id)

    def append(self, case_id: str, upload_id: str, *, offset: int, data: bytes) -> Upload:
        """Keeps one more part.

        Raises:
            UnknownUpload: the case has none of that name.
            UploadMoved: the upload does not stand at that byte.
            UploadRefused: the part goes on past the end.
        """
        with self._database.writing() as connection:
            upload = _find(connection, case_id, upload_id, lock=True)
            if offset != upload.offset:
                raise UploadMoved(upload.offset)
            if offset + len(data) > upload.bytes:
                message = f"the upload has {upload.bytes} bytes, and the part goes on to {offset + len(data)}"
                raise UploadRefused(message)
            if data:
                connection.execute(insert(upload_parts).values(upload=upload.id, start=offset, data=data))
                moved = {"offset": offset + len(data), "changed": now()}
                connection.execute(update(uploads).where(uploads.c.id == upload.id).values(moved))
            return _find(connection, case_id, upload_id)

    def contents(self, upload: Upload) -> bytes:
        """The bytes of an upload that are kept."""
        wanted = select(upload_parts.c.data).where(upload_parts.c.upload == upload.id).order_by(upload_parts.c.start)
        with self._database.reading() as connection:
            return b"".join(connection.execute(wanted).scalars())

    def end(self, upload: Upload, photo: str | None) -> None:
        """Lets go of the parts: the photo is kept, or None where it is none; then the upload is forgotten as well."""
        with self._database.writing() as connection:
            connection.execute(delete(upload_parts).where(upload_parts.c.upload == upload.id))
            connection.execute(delete(direct_uploads).where(direct_uploads.c.upload == upload.id))
            own = uploads.c.id == upload.id
            if photo is None:
                connection.execute(delete(uploads).where(own))
            else:
                connection.execute(update(uploads).where(own).values(photo=photo, changed=now()))

    def _forget_old(self, connection: Connection, case_id: str) -> None:
        old = select(uploads.c.id).where(uploads.c.case == case_id, uploads.c.changed < now() - GIVEN_UP_AFTER)
        names = list(connection.execute(old).scalars())
        for table in (upload_parts, direct_uploads):
            connection.execute(delete(table).where(table.c.upload.in_(names)))
        connection.execute(delete(uploads).where(uploads.c.id.in_(names)))


def _find(connection: Connection, case_id: str, upload_id: str, *, lock: bool = False) -> Upload:
    wanted = select(uploads).where(uploads.c.id == upload_id, uploads.c.case == case_id)
    row = connection.execute(wanted.with_for_update() if lock else wanted).mappings().one_or_none()
    if row is None:
        message = f"there is no upload {upload_id[:64]!r}: begin it anew"
        raise UnknownUpload(message)
    return _upload(row)


def _upload(row: RowMapping) -> Upload:
    return Upload(
        id=row["id"],
        case=row["case"],
        name=row["name"],
        sha256=row["sha256"],
        bytes=row["bytes"],
        offset=row["offset"],
        photo=row["photo"],
    )


def _row(upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.id,
        "case": upload.case,
        "name": upload.name,
        "sha256": upload.sha256,
        "bytes": upload.bytes,
        "offset": upload.offset,
        "photo": upload.photo,
        "changed": now(),
    }
