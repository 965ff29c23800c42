"""Which uploads come by a signed address, and until when; uploads that nobody ended are forgotten."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select

from coachwork.cases.customer import UnknownUpload, Upload
from coachwork.storage.columns import now
from coachwork.storage.customer_tables import upload_parts, uploads
from coachwork.storage.database import Database
from coachwork.storage.direct_upload_tables import direct_uploads
from coachwork.storage.people_store import digest
from coachwork.storage.staging import LASTS
from coachwork.storage.upload_store import GIVEN_UP_AFTER, UploadStore


class DirectUploadStore:
    """Tokens by which photos may be put to this service, without a key."""

    def __init__(self, database: Database, own: UploadStore) -> None:
        """Works on a database whose tables are up to date."""
        self._database, self._uploads = database, own

    def offer(self, tenant: str, upload: Upload) -> tuple[str, datetime]:
        """The token of an upload, and until when it is good; an earlier one of it is good no more."""
        token, ends = secrets.token_urlsafe(32), now() + LASTS
        values = {"upload": upload.id, "digest": digest(token), "tenant": tenant, "ends": ends}
        with self._database.writing() as connection:
            connection.execute(delete(direct_uploads).where(direct_uploads.c.upload == upload.id))
            connection.execute(insert(direct_uploads).values(values))
        return token, ends

    def find(self, token: str) -> Upload:
        """The upload that a token is good for.

        Raises:
            UnknownUpload: there is none, or its time is over.
        """
        wanted = select(uploads.c.id, uploads.c.case).join(direct_uploads, direct_uploads.c.upload == uploads.c.id)
        good = (direct_uploads.c.digest == digest(token)) & (direct_uploads.c.ends > now())
        with self._database.reading() as connection:
            row = connection.execute(wanted.where(good)).one_or_none()
        if row is None:
            message = "this address is good no more: begin the upload anew"
            raise UnknownUpload(message)
        return self._uploads.find(row[1], row[0])

    def receive(self, upload: Upload, data: bytes) -> None:
        """Keeps the bytes of an upload as a whole; again replaces them."""
        whole = {"offset": len(data), "changed": now()}
        own = (uploads.c.id == upload.id) & uploads.c.photo.is_(None)
        with self._database.writing() as connection:
            if connection.execute(uploads.update().where(own).values(whole)).rowcount:
                connection.execute(delete(upload_parts).where(upload_parts.c.upload == upload.id))
                connection.execute(insert(upload_parts).values(upload=upload.id, start=0, data=data))

    def sweep(self) -> Sequence[str]:
        """Forgets uploads of all cases that nobody went on with; returns those that are under way."""
        with self._database.writing() as connection:
            old = select(uploads.c.id).where(uploads.c.changed < now() - GIVEN_UP_AFTER)
            names = list(connection.execute(old).scalars())
            for table in (direct_uploads, upload_parts):
                connection.execute(delete(table).where(table.c.upload.in_(names)))
            connection.execute(delete(uploads).where(uploads.c.id.in_(names)))
            return list(connection.execute(select(uploads.c.id).where(uploads.c.photo.is_(None))).scalars())
