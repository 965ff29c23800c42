"""The error tree.

Every error that a user can cause descends from `CoachworkError`; its message is one sentence that says what is wrong
and what to do. Rooms subclass it with the fields a program needs.

    CoachworkError
    ├── MissingExtra        errors.py                    an optional dependency is not installed
    ├── PhotoError          photos/problems.py           a photo cannot be read or is refused
    ├── TaxonomyError       taxonomy.py                  an unknown label, type or label map
    ├── DatasetError        datasets/place.py            a dataset is broken, missing or in the way
    │   └── DatasetMoved    datasets/head.py             another writer changed the dataset meanwhile
    ├── AnnotationError     annotations/problems.py      one thing is wrong in an annotation file
    ├── SourceError         annotations/problems.py      what was to be imported cannot be used at all
    ├── ListingError        collecting/listed.py         a listing of photos cannot be used
    ├── CollectionError     collecting/folder.py         the folder of a collection cannot be used
    ├── MissRateError       assessments/miss_rate.py     a miss rate that cannot be promised
    ├── TomlFileError       toml_tables.py               something is wrong in a TOML file, told by line
    │   ├── RateCardError   estimates/card_reading.py    a rate card is malformed
    │   ├── VehicleFileError  inspections/vehicle_toml.py  a vehicle's file is malformed
    │   ├── SchemeFileError  valuation/scheme_toml.py    a grading scheme is malformed
    │   ├── PolicyFileError  valuation/policy_toml.py    a deduction policy is malformed
    │   ├── ChargesFileError  valuation/charges_toml.py  a list of return charges is malformed
    │   ├── PipelineFileError  pipelines/loop/settings.py  settings of the loop's pipelines are malformed
    │   ├── GateFileError   registry/gate_toml.py        a file of gates is malformed
    │   ├── ClaimFileError  claims/claim_files.py       an insurance policy or a claim is malformed
    │   ├── ThresholdsFileError  monitoring/thresholds.py  a file of thresholds for drift is malformed
    │   └── CostsFileError  kpis/costs.py               a file of costs is malformed
    ├── JsonFileError       json_objects.py             something is wrong in a JSON file, told by its place there
    │   ├── RecordError     registry/records.py          a record of an assessment cannot be used
    │   └── InspectionFileError  inspections/inspection_reading.py  a file of an inspection cannot be used
    ├── DamagesFileError    estimates/damages_json.py    a file of damages cannot be used
    ├── SettingError        settings.py                  a setting of the service is wrong
    ├── DatabaseError       storage/database.py          the database cannot be opened or brought up to date
    ├── PhotoStoreError     storage/photo_store.py       the store of photos cannot be used
    │   └── PhotoLost       storage/photo_store.py       a photo is not where it was put, or is not what it was
    ├── BackupError         storage/backup.py            a backup cannot be taken or brought back
    ├── ServiceError        client/connection.py         a service refused a request, or does not answer
    ├── CaseError           cases/problems.py            something about a case, see below
    │   ├── UnknownCase     cases/problems.py            there is no such case, or it is another tenant's
    │   ├── CaseBusy        cases/problems.py            the case is being worked on
    │   ├── CaseChanged     cases/problems.py            somebody changed the case since it was read
    │   ├── CaseNotReady    cases/problems.py            there is no result yet
    │   ├── CaseRefused     cases/problems.py            what was asked for does not fit the case
    │   ├── KeyReused       cases/problems.py            an idempotency key came again with another request
    │   ├── NotAllowed      cases/access.py              a key does not allow what was asked for
    │   ├── UnknownKey      cases/access.py              there is no such key, or it was revoked
    │   ├── UnknownLink     cases/customer.py            there is no such private link, or it has expired
    │   ├── UnknownReport   cases/listing.py             there is no such shared report, or it is shared no more
    │   ├── UnknownLot      cases/listing.py             there is no such lot of listings
    │   ├── UnknownComparison  cases/comparison.py      there is no such comparison of two inspections
    │   ├── TermsRefused    cases/listing.py             a car cannot be valued by the terms asked for
    │   ├── UnknownUpload   cases/customer.py            there is no such upload
    │   ├── UnknownWebhook  cases/webhook.py             there is no such webhook
    │   ├── UploadRefused   cases/customer.py            an upload cannot be begun or ended
    │   └── UploadMoved     cases/customer.py            a part does not begin where the upload stands
    ├── PeopleError         cases/people.py              something about people's accounts
    │   ├── AccountRefused  cases/people.py              an account cannot be made or changed so
    │   ├── PasswordRefused cases/people.py              a new password is too weak
    │   ├── SignInRefused   cases/people.py              name and password do not go together
    │   ├── TooManyAttempts cases/people.py              somebody tried too often
    │   ├── SignedOut       cases/people.py              there is no such session, or it ended
    │   ├── LinkRefused     cases/people.py              a one-time link is none, used or too old
    │   └── IdentityUnknown cases/people.py              somebody has no account here, only at the provider
    ├── OpenIdError         openid/problems.py           something about signing in by an OpenID provider
    │   ├── ProviderFailed  openid/problems.py           the provider does not answer as one
    │   ├── ProviderRefused openid/problems.py           the provider signed nobody in
    │   └── TokenRefused    openid/problems.py           an ID token is not the provider's for this sign-in
    ├── MonthsRefused       kpis/report.py               months that KPIs cannot be stated for
    ├── OutcomeFileError    casework/outcomes.py         a file of real amounts cannot be used, told by line
    ├── TooManyRequests     api/rate_limit.py            a key asked for too much
    ├── EstimateError       estimates/estimate.py        damages, vehicle and rate card do not go together
    ├── WorkChangeError     estimates/work_changes.py    a change of an estimate's line cannot be made so
    ├── UnknownScheme   valuation/scheme_toml.py     no grading scheme of that name ships or lies there
    ├── UnknownCharges  valuation/charges_toml.py    no list of return charges of that name ships or lies there
    ├── GradingError    valuation/grading.py         a scheme cannot grade a car
    ├── ValuationError  valuation/deduction.py       scheme, policy and vehicle do not go together
    ├── FraudFileError      claims/fraud_json.py         a file of signs of fraud cannot be used
    ├── RegisterError       storage/photo_register.py    the register of claims' photos cannot be used
    ├── SettlementError claims/settlement.py         policy and rate card do not go together
    ├── SettledCaseError    settled/case.py              a settled case cannot be used, told by line
    ├── NothingSettled      settled/evaluation.py        no case of a file can be used
    ├── PlantedFactError    settled/planted.py           a fact that cannot be planted in made-up cases
    ├── EvaluationError     evaluation/pairs.py          photos and annotations cannot be measured so
    ├── ProfileError        monitoring/profile_json.py   a bundle's reference for drift cannot be used
    ├── SignalFileError     monitoring/record_json.py    a file of photos' signals cannot be used
    ├── BundleError         inference/bundle.py          a model bundle is broken or missing
    ├── RegistryError       registry/model_versions.py   the registry cannot be read or changed, or lacks that version
    │   └── NotPromoted     registry/registry.py         a candidate may not become champion
    ├── BundleStoreError    registry/bundle_store.py     a bundle cannot be put into a store or taken out of it
    ├── GateError           registry/gate.py             the gates cannot be asked, or their report cannot be read
    ├── ReproductionError   registry/reproducing.py      what an assessment was made with is not here
    ├── ReleaseError        registry/release.py          a release cannot be read or written, or is none
    │   ├── IllegalRelease  registry/release.py          a release cannot be changed so from where it stands
    │   └── ReleaseMoved    registry/release.py          somebody else changed the release meanwhile
    ├── SeverityFileError   inference/severity_file.py   a severity rule's file cannot be read or written
    ├── SeverityError       training/severity.py         no severity rule can be fitted on these damages
    ├── ReportFolderError   reports/car/folder.py        photos lie where a report would put its pictures
    ├── HidingError         inference/hiding.py          copies without faces and plates cannot be written
    ├── VariantError        inference/runtimes.py        a variant of a model is not there, or cannot run here
    ├── CardFieldError      inference/card_fields.py     a field of a bundle's card is missing or wrong
    ├── SelectionError      inference/selecting.py       there is nothing to select, or no place for it
    ├── PlanError           training/plan.py             a training plan is wrong
    ├── CheckpointError     training/checkpoint.py       a checkpoint cannot be used
    ├── StitchError         training/stitching.py        a model cannot be put on another backbone
    ├── SoupError           training/soup.py             weights of several runs have no mean
    ├── WatchdogStop        training/watchdog/watchdog.py  a rule of the watchdog stopped the run
    ├── TrackingError       training/tracking/runs.py    tracked runs cannot be read
    ├── TuningError         training/study.py            a study cannot be started or carried on
    ├── RunFolderError      training/finished_run.py     a folder does not hold a finished run
    ├── ExportError         models/onnx_export.py        a model cannot be exported, or differs from what was trained
    ├── ReactionError       reactions/reaction.py        a reaction is not there, or cannot be undone or paused so
    ├── RefusedInput        pipelines/loop/loop.py       what a pipeline of the loop was given cannot be used
    ├── DrillError          pipelines/drills/sets.py     a drill cannot be played with what was given
    ├── BulkError           pipelines/bulk/plan.py       a bulk run cannot be started or did not end well
    ├── DocumentError       reports/car/reading.py       a document of an inspection cannot be used
    ├── OutputError         cli/assess_run.py            results cannot be written where they are wanted
    └── RenderError         cli/render.py                rendered photos cannot be written where they are wanted
"""


class CoachworkError(Exception):
    """Root of all errors that Coachwork raises for a reason its user can mend."""


class MissingExtra(CoachworkError):
    """A command needs packages that only an extra installs.

    Attributes:
        extra: the extra's name, as in ``pip install 'coachwork[train]'``.
        package: the import that failed.
    """

    def __init__(self, *, extra: str, package: str) -> None:
        super().__init__(f"this command needs {package}: install it with  pip install 'coachwork[{extra}]'")
        self.extra = extra
        self.package = package
