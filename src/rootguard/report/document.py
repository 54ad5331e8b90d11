"""An audit as JSON: what stands in the document, and its JSON Schema, which docs/audit-1.schema.json repeats.

It is what `--resume` and `--baseline` read. What a later document of schema 1 adds, an earlier rootguard passes over;
and a later rootguard reads an earlier document, so what is added has a default. Whatever removes, renames or narrows
a member, or changes what it means, raises SCHEMA.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from rootguard.audit.results import Compliance, Standing
from rootguard.kit.links import REPOSITORY
from rootguard.kit.rule import Severity

SCHEMA = 1
SCHEMA_FILE = f"docs/audit-{SCHEMA}.schema.json"
SCHEMA_URL = f"{REPOSITORY}/raw/main/{SCHEMA_FILE}"

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TIME = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
_PROMISE = (
    "What `rootguard audit --format json` writes. Members may be added without another schema number: pass over those "
    "that you do not know. Nothing is removed, renamed or given another meaning without one."
)

# A pattern's $ lets a line end pass, the length does not.
type AccountId = Annotated[str, Meta(pattern="^[0-9]{12}$", max_length=12)]
type Time = Annotated[
    str,
    Meta(
        description="UTC, 2026-11-23T05:30:00Z",
        pattern=_TIME,
        max_length=20,
        extra_json_schema={"format": "date-time"},
    ),
]


def told(description: str) -> Meta:
    """What the schema says of a member."""
    return Meta(description=description)


class CallerEntry(Struct, frozen=True):
    """Who asked, by GetCallerIdentity."""

    account_id: AccountId
    arn: str
    partition: str


class AccountEntry(Struct, frozen=True):
    """An account of the scope."""

    account_id: AccountId
    account_name: Annotated[str, told("as AWS Organizations has it; empty where it is not known")]
    state: Annotated[str, told("as AWS Organizations has it; only ACTIVE accounts are looked into")]
    standing: Annotated[
        Standing, told("SAFE: every rule was evaluated and none is NON_COMPLIANT; UNSEEN: neither that nor AT_RISK")
    ]


class ScopeEntry(Struct, frozen=True):
    """What was to be looked at."""

    organization_id: Annotated[str | None, told("null where accounts were named one by one")]
    management_account_id: AccountId | None
    role_name: Annotated[str | None, told("the role that was assumed in other accounts")]
    region: Annotated[str, told("the home Region")]
    rules: Annotated[list[str], told("the most severe first")]
    parameters: Annotated[
        dict[str, str], told("what rules were given other than defaults, by the names of the pack's parameters")
    ]
    accounts: list[AccountEntry]


class ObservationEntry(Struct, frozen=True):
    """One member of one answer of AWS."""

    action: Annotated[str, told("the call as IAM spells it")]
    account_id: AccountId
    region: str
    member: Annotated[str, told("its path in the answer; Error.Code where AWS refused")]
    value: str
    time: Time


class ControlEntry(Struct, frozen=True):
    """One control of one version of one framework, for which the rule answers."""

    framework: str
    version: str
    id: str


class RemediationEntry(Struct, frozen=True):
    """How to become compliant, in short, and the rule's page."""

    text: str
    url: str


class ResultEntry(Struct, frozen=True):
    """What a rule says of an account."""

    account_id: AccountId
    account_name: str
    rule: str
    severity: Annotated[Severity, told("of a NON_COMPLIANT account")]
    compliance: Annotated[Compliance, told("ERROR is no verdict: something could not be seen, and `errors` says what")]
    reason: str
    evidence: Annotated[list[ObservationEntry], told("what AWS said, in the order in which it was read")]
    controls: list[ControlEntry]
    remediation: RemediationEntry


class LackingEntry(Struct, frozen=True):
    """The rules that could not be evaluated in an account."""

    account_id: AccountId
    rules: list[str]


class ErrorEntry(Struct, frozen=True):
    """Something that could not be seen, once, with all the results that lack it."""

    kind: Annotated[str, told("EvidenceUnavailable, InvalidParameters or another error's name")]
    account_id: Annotated[AccountId, told("the account that was asked, which need not be the judged one")]
    problem: str
    action: Annotated[str, told("the call as IAM spells it; empty where none failed")]
    region: str
    code: Annotated[str, told("AWS's error code; empty where the answer itself was wanting")]
    advice: Annotated[str, told("what to do about it; empty where nothing is known")]
    results: list[LackingEntry]


class CellEntry(Struct, frozen=True):
    """A place in the matrix."""

    account_id: AccountId
    rule: str


class ComparisonEntry(Struct, frozen=True):
    """What has become of the violations since an earlier audit."""

    since: Time
    new: list[CellEntry]
    fixed: list[CellEntry]
    unchanged: list[CellEntry]
    lost: Annotated[list[CellEntry], told("NON_COMPLIANT then, without a verdict now: not known to be fixed")]


class Frame(Struct, frozen=True, kw_only=True):
    """All of the document but its results."""

    schema: Literal[1]
    rootguard: Annotated[str, told("the version that wrote it")]
    generated_at: Time
    caller: CallerEntry
    scope: ScopeEntry
    missing: Annotated[list[AccountId], told("accounts that an interrupted audit has not looked into")]
    errors: list[ErrorEntry]
    comparison: Annotated[ComparisonEntry | None, told("null where no earlier audit was given")]


class AuditDocument(Frame, frozen=True, kw_only=True):
    """The whole document."""

    results: Annotated[list[ResultEntry], told("of an account one after another, in the scope's order")]


class UnreadDocument(Frame, frozen=True, kw_only=True):
    """The document with each result still as text: read one by one, they need not all be in memory."""

    results: list[Raw]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the document (draft 2020-12)."""
    head = {"$schema": _DIALECT, "$id": SCHEMA_URL, "title": "rootguard audit", "description": _PROMISE}
    return {**head, **msgspec.json.schema(AuditDocument)}
