"""What customers do with the service: by private links, in their own words, with photos that come in parts."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable

from coachwork.cases.access import Caller, Scope
from coachwork.cases.case import Case, CasePhoto, Facts
from coachwork.cases.customer import CUSTOMER, CustomerLink, Upload, UploadRefused
from coachwork.cases.problems import CaseRefused
from coachwork.inference.assessing import Assessor
from coachwork.inspections.coverage import seen_parts
from coachwork.inspections.views import PhotoView, photo_views
from coachwork.photos.problems import PhotoError
from coachwork.photos.reading import read_photo
from coachwork.storage.answer_store import AnswerStore
from coachwork.storage.case_store import CaseStore
from coachwork.storage.case_writing import RequestKey
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.link_store import LinkStore
from coachwork.storage.photo_store import PhotoStore
from coachwork.storage.upload_store import UploadStore

_REMEMBERED_PHOTOS = 4096
AddPhoto = Callable[[Caller, str, bytes, str], tuple[CasePhoto, bool]]


class Customers:
    """Links, uploads and answers, and what is done with them.

    Attributes:
        links, uploads, answers: what lies in the database.
    """

    def __init__(
        self,
        database: Database,
        cases: CaseStore,
        photo_store: PhotoStore,
        *,
        add_photo: AddPhoto,
        assessor: Callable[[], Assessor],
    ) -> None:
        """Takes the stores, what adds a whole photo to a case, and what gives the models."""
        self.links = LinkStore(database, cases)
        self.uploads = UploadStore(database)
        self.answers = AnswerStore(database, cases)
        self._cases, self._keys, self._photo_store = cases, KeyStore(database), photo_store
        self._add_photo, self._assessor = add_photo, assessor
        self._views: OrderedDict[tuple[str, str], frozenset[PhotoView]] = OrderedDict()
        self._looking = threading.Lock()

    def open_case(
        self, tenant_name: str, facts: Facts, *, days: int, request: RequestKey | None = None
    ) -> tuple[Case, str]:
        """A case that a customer opens, and the token of a private link to it; a repeated request opens no other one.

        Raises:
            KeyReused: the key came with other facts before.
        """
        case = self._cases.open_case(self._keys.tenant(tenant_name), facts, by=CUSTOMER, request=request)
        return case, self.links.make(case.tenant, case.id, by=CUSTOMER, days=days)[1]

    def append(
        self, caller: Caller, case_id: str, upload_id: str, *, offset: int, data: bytes
    ) -> tuple[Upload, CasePhoto | None]:
        """Keeps one more part of a photo; the last one makes it a photo of the case.

        A part without bytes at the end makes up for a last part whose answer was lost.

        Returns:
            The upload, and the photo, once it is whole.

        Raises:
            CaseError: see `UploadStore.append`; the case does not take the photo.
            PhotoError: what came is no photo; the upload is forgotten then.
            PhotoStoreError: the photo could not be kept; the parts are there still.
        """
        caller.need(Scope.WRITE)
        upload = self.uploads.find(case_id, upload_id)
        if upload.photo is None:
            upload = self.uploads.append(case_id, upload_id, offset=offset, data=data)
        if not upload.is_whole:
            return upload, None
        return upload, self.whole(caller, upload)

    def whole(self, caller: Caller, upload: Upload, staged: bytes | None = None) -> CasePhoto:
        """An upload that is whole becomes a photo of its case.

        Args:
            caller: who sends it.
            upload: which.
            staged: its bytes, where they did not come to this service.

        Raises:
            CaseError: these are other bytes than were told; the case does not take the photo.
            PhotoError: what came is no photo; the upload is forgotten then.
            PhotoStoreError: the photo could not be kept; what came is there still.
        """
        if upload.photo is not None:
            kept = [one for one in self._cases.photos(caller.tenant, upload.case) if one.id == upload.photo]
            if kept:
                return kept[0]
        data = self.uploads.contents(upload) if staged is None else staged
        if len(data) != upload.bytes:  # the last part came twice at once, and the other request ended the upload
            ended = self.uploads.find(upload.case, upload.id)
            if ended.photo is not None:
                return self.whole(caller, ended)
        if upload.sha256 is not None and hashlib.sha256(data).hexdigest() != upload.sha256:
            self.uploads.end(upload, None)
            message = "what came is not what was told by its SHA-256: send the photo again"
            raise UploadRefused(message)
        try:
            photo, _ = self._add_photo(caller, upload.case, data, upload.name)
        except (PhotoError, CaseRefused):
            self.uploads.end(upload, None)
            raise
        self.uploads.end(upload, photo.id)
        return photo

    def views(self, tenant: str, case_id: str) -> dict[str, frozenset[PhotoView]]:
        """Id of each photo -> the views that it is good for; photos are looked at once, and one at a time."""
        photos = self._cases.photos(tenant, case_id)
        return {photo.id: self._views_of(tenant, photo) for photo in photos if photo.usable}

    def _views_of(self, tenant: str, photo: CasePhoto) -> frozenset[PhotoView]:
        key = (tenant, photo.sha256)
        with self._looking:
            if key not in self._views:
                self._views[key] = self._look(tenant, photo)
                if len(self._views) > _REMEMBERED_PHOTOS:
                    self._views.popitem(last=False)
            return self._views[key]

    def _look(self, tenant: str, photo: CasePhoto) -> frozenset[PhotoView]:
        assessor = self._assessor()
        read = read_photo(self._photo_store.get(tenant, photo.sha256), name=photo.name, min_side=assessor.min_side)
        parts = assessor.parts_in(read)
        return frozenset() if parts is None else photo_views(seen_parts(parts))


def customer_of(link: CustomerLink) -> Caller:
    """Whoever holds a link, as the one who asks; what is asked for must be of the link's case alone."""
    return Caller(tenant=link.tenant, name=CUSTOMER, scopes=frozenset({Scope.READ, Scope.WRITE}))
