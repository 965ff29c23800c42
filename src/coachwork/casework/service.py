"""The service as a whole: settings to stores, models, tables and worker; and what people and programs do with it."""

import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from coachwork.assessments.assessment import Assessment
from coachwork.assessments.assessment_json import assessment_to_json
from coachwork.cases.access import Caller, Scope
from coachwork.cases.case import Case, CasePhoto
from coachwork.cases.identity import new_id
from coachwork.cases.listing import Terms
from coachwork.casework.customers import Customers
from coachwork.casework.deciding import Desk
from coachwork.casework.delivering import Deliverer, queueing_deliveries
from coachwork.casework.direct_uploads import DirectUploads
from coachwork.casework.figures import Figures
from coachwork.casework.market import Market
from coachwork.casework.model_loading import LoadedBundle
from coachwork.casework.models import live_models
from coachwork.casework.openid_sign_in import OpenIdSignIn
from coachwork.casework.prices import read_prices
from coachwork.casework.release_notices import release_notices
from coachwork.casework.reporting import CaseReport, make_report
from coachwork.casework.steps import CaseSteps
from coachwork.casework.trials import See, SeenPhoto, Trials
from coachwork.casework.watching import SignalWriter, Watcher
from coachwork.casework.work import QUEUE, STEPS_VERSION, Queue, Worker
from coachwork.inference.assessing import Assessor
from coachwork.inference.private_regions import PrivateRegions
from coachwork.kpis.costs import read_costs
from coachwork.monitoring.photo_record import Channel
from coachwork.photos.privacy import PrivateRegion
from coachwork.photos.quality import measure_quality
from coachwork.photos.reading import Photo, read_photo
from coachwork.reasons import ENGLISH, Wording
from coachwork.settings import ServiceSettings
from coachwork.storage.case_store import CaseStore
from coachwork.storage.columns import now
from coachwork.storage.correction_store import CorrectionStore
from coachwork.storage.database import Database
from coachwork.storage.erasing import Eraser
from coachwork.storage.identity_store import IdentityStore
from coachwork.storage.key_store import KeyStore
from coachwork.storage.message_store import MessageStore
from coachwork.storage.people_store import PeopleStore
from coachwork.storage.photo_removal import PhotoRemover
from coachwork.storage.photo_store import PhotoStore
from coachwork.storage.picture_cache import PictureCache
from coachwork.storage.queue_view_store import QueueViewStore
from coachwork.storage.reaction_store import ReactionStore
from coachwork.storage.release_trials import TrialStore
from coachwork.storage.session_store import SessionStore
from coachwork.storage.signal_store import SignalStore
from coachwork.storage.webhook_store import WebhookStore

_LOOKED_AT_PX = 1280
_REPORTS_AT_ONCE = 2


class Service:
    """Everything that a running service consists of.

    Attributes:
        settings: how it is run.
        database: that holds all but the photos' bytes.
        cases, keys, webhooks, corrections, people, sessions: what lies in the database.
        desk: where people correct and decide.
        figures: its KPIs.
        photo_store: the photos' bytes.
        pictures: that were made of photos, on this machine.
        messages: between the desk and customers.
        queue_views: of the queue, that people keep.
        direct_uploads: photos that clients put into the store themselves.
        openid: signs people in by a provider; None where none is set.
        customers: their links, uploads and answers.
        market: listings, valuations, shared reports and comparisons.
        reactions: what the learning loop did; by it photos are sent back sooner, and offers held back.
        signals: writes what is remembered of assessed photos.
        models: the bundles that answer, following the release.
        trials: of challengers beside them.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        """Puts the service together; the database is made or brought up to date.

        Raises:
            CoachworkError: a file, folder or address of the settings cannot be used.
        """
        self.settings = settings
        self.database = Database(settings.database_url)
        self.reactions = ReactionStore(self.database)
        self.figures = Figures(self.database, None if settings.costs is None else read_costs(settings.costs))
        self.prices = read_prices(settings.rate_card, settings.policy, holds=self.reactions.holds)
        self.database.migrate()
        self.webhooks = WebhookStore(self.database)
        deliver = queueing_deliveries(self.database, version=STEPS_VERSION)

        def told(connection: Connection, tenant: str, event: int, kind: str) -> None:
            self.webhooks.tell(connection, tenant, event, kind, deliver)
            self.market.told(connection, event, kind)

        self.cases = CaseStore(self.database, on_event=told, four_eyes_above=settings.four_eyes_above)
        self.corrections = CorrectionStore(self.database, self.cases)
        self.desk = Desk(cases=self.cases, corrections=self.corrections, prices=self.prices)
        self.people, self.sessions = PeopleStore(self.database), SessionStore(self.database)
        self.keys = KeyStore(self.database)
        by_provider = settings.openid
        self.openid: OpenIdSignIn | None = None
        if by_provider is not None:
            self.openid = OpenIdSignIn(by_provider, IdentityStore(self.database), self.keys)
        self.photo_store = PhotoStore(settings.photos)
        self._queue = Queue(self.database)
        self._reports = threading.Semaphore(_REPORTS_AT_ONCE)
        self._private = PrivateRegions()
        self.models = live_models(settings, self.database)
        self._notices = release_notices(settings, self.models.store, self.database)
        self.trials = Trials(self.models, TrialStore(self.database), tenant_name=self.keys.tenant_name)
        registers = settings.data_dir / "registers"
        self.pictures = PictureCache(settings.data_dir / "pictures")
        self.eraser = Eraser(self.database, self.photo_store, registers, self.pictures)
        self._remover = PhotoRemover(self.database, self.cases, self.photo_store, self.pictures)
        self.messages, self.queue_views = MessageStore(self.database, self.cases), QueueViewStore(self.database)
        self.signals = SignalWriter(SignalStore(self.database), days=settings.signal_days)
        self._watcher = Watcher(self.signals)
        steps = CaseSteps(
            cases=self.cases,
            corrections=self.corrections,
            photo_bytes=self.photo_store,
            trials=self.trials,
            prices=self.prices,
            registers=registers,
            watcher=self._watcher,
        )
        deliverer = Deliverer(self.webhooks, allow_private=settings.private_webhooks)
        self.customers = Customers(
            self.database, self.cases, self.photo_store, add_photo=self.add_photo, assessor=self.assessor
        )
        self.direct_uploads = DirectUploads(self.database, self.cases, self.customers, settings.photos)
        self.market = Market(
            self.database,
            self.cases,
            corrections=self.corrections,
            photo_store=self.photo_store,
            prices=self.prices,
            tables=settings.data_dir / "tables",
            assessor=self.assessor,
            queue=QUEUE,
            version=STEPS_VERSION,
        )
        self._worker = Worker(self.database, steps, deliverer=deliverer, name=settings.worker)

    def start(self) -> None:
        """Loads the models and takes up the work."""
        self.assessor()
        if self._notices is not None:
            self._notices.start()
        self.market.start()
        self._worker.start()
        self._queue.mend(self.cases)
        self.market.mend()
        self.eraser.finish()
        self._remover.finish()
        self.direct_uploads.sweep()

    def stop(self) -> None:
        """Lets running work end or rest until the next start."""
        self._worker.stop()
        if self._notices is not None:
            self._notices.stop()
        self.trials.close()
        self.models.stop()
        self.signals.close()
        self.database.close()

    def assessor(self) -> Assessor:
        """The models of the champion, loaded when they are first asked for."""
        return self.models.serving().champion.assessor

    def add_photo(self, caller: Caller, case_id: str, data: bytes, name: str) -> tuple[CasePhoto, bool]:
        """Adds a photo to a case: looked at, durable, and then acknowledged.

        Returns:
            The photo, with advice on how to take it better, and whether it is new to the case.

        Raises:
            PhotoError: it is none, or cannot be read.
            CaseError: the case does not take it.
            PhotoStoreError: it could not be kept.
        """
        caller.need(Scope.WRITE)
        self.cases.case(caller.tenant, case_id)
        with self._watcher.told_unreadable(caller.tenant, Channel.CASE):
            photo = read_photo(data, name=name, min_side=_LOOKED_AT_PX)
        quality = measure_quality(photo.pixels, photo.size, limits=self.reactions.limits())
        self.photo_store.put(caller.tenant, photo.sha256, data)
        kept = CasePhoto(
            id=new_id("photo"),
            place=0,
            sha256=photo.sha256,
            name=photo.name,
            media_type=f"image/{photo.format.value}",
            bytes=len(data),
            size=photo.size,
            usable=quality.usable,
            advice=quality.reasons,
            added=now(),
        )
        added = self.cases.add_photo(caller.tenant, case_id, kept, by=caller.name)
        if not self.photo_store.holds(caller.tenant, photo.sha256):  # removed from another case just now
            self.photo_store.put(caller.tenant, photo.sha256, data)
        return added

    def remove_photo(self, caller: Caller, case_id: str, photo_id: str) -> CasePhoto:
        """Takes a photo out of a case that was not handed over with it.

        Raises:
            CaseError: see `PhotoRemover.remove`.
            PhotoStoreError: its bytes are there until the next start.
        """
        caller.need(Scope.WRITE)
        return self._remover.remove(caller.tenant, case_id, photo_id, by=caller.name)

    def submit(self, caller: Caller, case_id: str) -> Case:
        """Hands a case over to be worked on.

        Raises:
            CaseError: it cannot be.
        """
        caller.need(Scope.WRITE)
        return self.cases.submit(caller.tenant, case_id, by=caller.name, enqueue=self._queue.put)

    def assess(self, caller: Caller, data: bytes, name: str) -> Mapping[str, Any]:
        """One photo to ``coachwork.assessment/1``; nothing is kept.

        Raises:
            PhotoError: it is none, or cannot be read.
        """
        caller.need(Scope.ASSESS)

        def asked(bundle: LoadedBundle, see: See) -> Assessment:
            assessor, begun = bundle.assessor, time.perf_counter()
            with self._watcher.told_unreadable(caller.tenant, Channel.API):
                photo = read_photo(data, name=name, min_side=assessor.min_side)
            assessment = assessor.assess(photo, file=photo.name, parts=assessor.parts_in(photo))
            took_s = time.perf_counter() - begun
            self._watcher.single_photo(caller.tenant, data, photo=photo, assessment=assessment, took_s=took_s)
            held = SeenPhoto(
                name=photo.name, source=lambda: data, held_bytes=len(data), assessment=assessment, took_s=took_s
            )
            see(held)
            return assessment

        key = hashlib.sha256(data).hexdigest()
        return assessment_to_json(self.trials.answer(caller.tenant, None, key, asked))

    def private_regions(self, photo: Photo) -> Sequence[PrivateRegion]:
        """Faces and number plates on a photo, which are hidden in whatever is shown of it."""
        return self._private.find(photo)

    def report(self, caller: Caller, case_id: str, w: Wording = ENGLISH) -> CaseReport:
        """The report of a case in a language, faces and number plates hidden.

        Raises:
            CaseError: there are no results.
            PhotoStoreError: a photo cannot be read.
        """
        caller.need(Scope.READ)
        result = self.cases.result(caller.tenant, case_id)
        photos = self.cases.photos(caller.tenant, case_id)
        with self._reports:
            return make_report(result, photos, caller.tenant, self.photo_store, self._private.find, w=w)

    def condition_report(
        self,
        tenant: str,
        case_id: str,
        terms: Terms | None = None,
        *,
        shared: bool = False,
        amounts: bool = True,
        w: Wording = ENGLISH,
    ) -> CaseReport:
        """The report of a case with its valuation; see `Market.report`.

        Raises:
            CaseError: there are no results, or they cannot be valued so.
            PhotoStoreError: a photo cannot be read.
        """
        find, at_once = self._private.find, self._reports
        return self.market.report(
            tenant, case_id, terms, finder=find, at_once=at_once, shared=shared, amounts=amounts, w=w
        )
