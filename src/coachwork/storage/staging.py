"""Photos on their way into a bucket: clients put them beside the store by signed addresses, nobody takes them for kept.

A signed address holds for one upload, one length, one digest and one type, for a quarter of an hour. What came is
looked at before it becomes a photo; what nobody ended is swept.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import fsspec

from coachwork.storage.photo_store import PhotoStoreError

LASTS = timedelta(minutes=15)
_FOLDER = "incoming"
_S3, _GCS = frozenset({"s3", "s3a"}), frozenset({"gs", "gcs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPut:
    """How a client sends a photo.

    Attributes:
        url: where it is put.
        headers: that must come with it, as they are.
    """

    url: str
    headers: Mapping[str, str]


class Staging:
    """The place beside the photos where uploads lie until they are looked at."""

    def __init__(self, address: str) -> None:
        """Opens it.

        Args:
            address: of the photos' store, see `PhotoStore`.
        """
        told: dict[str, Any] = {"config_kwargs": {"signature_version": "s3v4"}} if address.startswith("s3") else {}
        self._files, root = fsspec.url_to_fs(address, **told)  # else older signatures, which newer regions refuse
        self._root = f"{root}/{_FOLDER}"
        names = self._files.protocol
        self._protocols = frozenset((names,) if isinstance(names, str) else names)

    @property
    def signs(self) -> bool:
        """Whether it is a bucket that clients can put photos into themselves."""
        return bool(self._protocols & (_S3 | _GCS))

    def signed_put(self, upload: str, *, size: int, sha256: str, media_type: str) -> SignedPut:
        """A signed address for one photo.

        Raises:
            PhotoStoreError: the store does not sign: its key may not, or its address is none.
        """
        place, lasts = f"{self._root}/{upload}", int(LASTS.total_seconds())
        digest = base64.b64encode(bytes.fromhex(sha256)).decode()
        try:
            if self._protocols & _S3:
                asked: dict[str, Any] = {"ContentType": media_type, "ContentLength": size, "ChecksumSHA256": digest}
                url = self._files.sign(place, expiration=lasts, client_method="put_object", **asked)
                headers = {"Content-Type": media_type, "x-amz-checksum-sha256": digest}
            else:
                headers = {"Content-Type": media_type, "x-goog-content-length-range": f"{size},{size}"}
                url = self._files.sign(
                    place,
                    expiration=lasts,
                    method="PUT",
                    content_type=media_type,
                    headers={"x-goog-content-length-range": f"{size},{size}"},
                )
        except Exception as refused:  # the stores' libraries have no common root of errors
            message = f"the photo store signs no address ({type(refused).__name__}): send the photo to this service"
            raise PhotoStoreError(message) from refused
        return SignedPut(url=str(url), headers=headers)

    def get(self, upload: str, *, size: int) -> bytes | None:
        """What came; None where nothing did, or its length is another one.

        Raises:
            PhotoStoreError: the store does not answer.
        """
        place = f"{self._root}/{upload}"
        try:
            self._files.invalidate_cache()
            if self._files.info(place)["size"] != size:
                return None
            data: bytes = self._files.cat_file(place)
        except FileNotFoundError:
            return None
        except Exception as refused:  # as above
            message = f"what came cannot be read ({type(refused).__name__}): try again later"
            raise PhotoStoreError(message) from refused
        return data

    def drop(self, upload: str) -> None:
        """Forgets what came; what stays because the store does not answer is swept later."""
        try:
            self._files.rm_file(f"{self._root}/{upload}")
        except Exception:  # noqa: BLE001 (as above)
            return

    def sweep(self, kept: Iterable[str]) -> int:
        """Removes what came for uploads that are not under way any more.

        Args:
            kept: the uploads that are.

        Returns:
            How many were removed.
        """
        wanted, removed = frozenset(kept), 0
        if not self.signs:
            return 0
        try:
            self._files.invalidate_cache()
            found = self._files.find(self._root)
        except Exception:  # noqa: BLE001 (as above)
            return 0
        for place in found:
            upload = str(place).rstrip("/").rsplit("/", 1)[-1]
            if upload.startswith("upload_") and upload not in wanted:
                self.drop(upload)
                removed += 1
        return removed
