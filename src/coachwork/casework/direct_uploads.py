"""Photos that clients put into the store themselves, by signed addresses; where it is a folder, into this service."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from coachwork.cases.access import Caller, Scope
from coachwork.cases.case import CasePhoto
from coachwork.cases.customer import UnknownUpload, Upload, UploadRefused
from coachwork.casework.customers import Customers
from coachwork.storage.case_store import CaseStore
from coachwork.storage.database import Database
from coachwork.storage.direct_upload_store import DirectUploadStore
from coachwork.storage.photo_store import PhotoStoreError
from coachwork.storage.staging import SignedPut, Staging

_SWEPT_EVERY_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOffer:
    """How a photo is sent.

    Attributes:
        upload: that it belongs to.
        put: the signed address of a bucket; None where the service takes the photo itself.
        token: last part of the service's own address; empty with a bucket.
        ends: UTC.
    """

    upload: Upload
    put: SignedPut | None
    token: str
    ends: datetime


class DirectUploads:
    """Offers addresses, and takes what came there for a photo once it was looked at."""

    def __init__(self, database: Database, cases: CaseStore, customers: Customers, photos: str) -> None:
        """Takes the stores, and the address of the photos' one."""
        self.store = DirectUploadStore(database, customers.uploads)
        self._cases, self._customers, self._staging = cases, customers, Staging(photos)
        self._swept, self._lock = -_SWEPT_EVERY_S, threading.Lock()

    @property
    def signs(self) -> bool:
        """Whether clients put photos into a bucket."""
        return self._staging.signs

    def begin(self, caller: Caller, case_id: str, *, name: str, size: int, sha256: str, media_type: str) -> PutOffer:
        """Begins an upload, or finds the one that was begun with the same bytes, and offers an address for it.

        Raises:
            CaseError: the case does not take it.
        """
        caller.need(Scope.WRITE)
        self.sweep()
        upload = self._customers.uploads.begin(caller.tenant, case_id, name=name, size=size, sha256=sha256)
        token, ends = self.store.offer(caller.tenant, upload)
        if self._staging.signs:
            try:
                put = self._staging.signed_put(upload.id, size=size, sha256=sha256, media_type=media_type)
            except PhotoStoreError:
                return PutOffer(upload=upload, put=None, token=token, ends=ends)
            return PutOffer(upload=upload, put=put, token="", ends=ends)
        return PutOffer(upload=upload, put=None, token=token, ends=ends)

    def complete(self, caller: Caller, case_id: str, upload_id: str) -> CasePhoto:
        """Looks at what came; it is a photo of the case, and durable, when this returns.

        Raises:
            CaseError: nothing came, or other bytes than were told; the case does not take the photo.
            PhotoError: it is no photo; the upload is forgotten then.
            PhotoStoreError: the store does not answer: complete it again later.
        """
        caller.need(Scope.WRITE)
        self._cases.case(caller.tenant, case_id)
        upload = self._customers.uploads.find(case_id, upload_id)
        staged = None
        if upload.photo is None and not upload.is_whole:
            staged = self._staging.get(upload.id, size=upload.bytes) if self._staging.signs else None
            if staged is None:  # or the same request, sent again while a slow store held it up, ended meanwhile
                upload = self._customers.uploads.find(case_id, upload_id)
            if staged is None and upload.photo is None:
                message = f"the {upload.bytes} bytes of the photo did not come: put them to the address first"
                raise UploadRefused(message)
        try:
            photo = self._customers.whole(caller, upload, staged)
        finally:
            if self._is_over(upload):
                self._staging.drop(upload.id)
        return photo

    def sweep(self) -> None:
        """Forgets what nobody ended, once an hour at most."""
        with self._lock:
            if time.monotonic() - self._swept < _SWEPT_EVERY_S:
                return
            self._swept = time.monotonic()
        self._staging.sweep(self.store.sweep())

    def _is_over(self, upload: Upload) -> bool:
        """Whether the upload became a photo or was refused for good."""
        try:
            return self._customers.uploads.find(upload.case, upload.id).photo is not None
        except UnknownUpload:
            return True
