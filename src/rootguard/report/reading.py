"""Reads an audit back, for `--resume` and `--baseline`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from rootguard.audit.results import (
    Asker,
    Audit,
    AuditedAccount,
    Compliance,
    Evidence,
    Observation,
    Result,
    Scope,
    Unseen,
)
from rootguard.errors import RootguardError
from rootguard.report.document import AuditDocument, ErrorEntry, ResultEntry, ScopeEntry


def read(path: Path) -> Audit:
    """Read an audit that `rootguard audit --format json` wrote.

    Raises:
        RootguardError: The file is no such audit, or of a schema that is not known; the message says where and why.
        OSError: It cannot be read.
    """
    try:
        return _audit(msgspec.json.decode(path.read_bytes(), type=AuditDocument))
    except (msgspec.DecodeError, ValueError) as error:
        raise RootguardError(f"{path} is no audit ({error}); give a file of `rootguard audit --format json`") from None


def _audit(document: AuditDocument) -> Audit:
    caller, unseen = document.caller, dict(_unseen(document.errors))
    return Audit(
        generated_at=datetime.fromisoformat(document.generated_at).astimezone(UTC),
        caller=Asker(caller.account_id, caller.arn, caller.partition),
        scope=_scope(document.scope),
        results=tuple(_result(entry, unseen) for entry in document.results),
        missing=tuple(document.missing),
    )


def _scope(entry: ScopeEntry) -> Scope:
    return Scope(
        accounts=tuple(AuditedAccount(each.account_id, each.account_name, each.state) for each in entry.accounts),
        rules=tuple(entry.rules),
        region=entry.region,
        role_name=entry.role_name or "",
        organization_id=entry.organization_id or "",
        management_account_id=entry.management_account_id or "",
    )


def _unseen(errors: list[ErrorEntry]) -> Mapping[tuple[str, str], Unseen]:
    found = dict[tuple[str, str], Unseen]()
    for entry in errors:
        unseen = Unseen(
            entry.kind, entry.account_id, entry.problem, entry.action, entry.region, entry.code, entry.advice
        )
        found |= {(lacking.account_id, rule): unseen for lacking in entry.results for rule in lacking.rules}
    return found


def _result(entry: ResultEntry, unseen: Mapping[tuple[str, str], Unseen]) -> Result:
    why = unseen.get((entry.account_id, entry.rule))
    if (entry.compliance is Compliance.ERROR) != (why is not None):
        raise ValueError(f"its errors and its results do not agree about {entry.rule} of {entry.account_id}")
    return Result(
        account_id=entry.account_id,
        account_name=entry.account_name,
        rule=entry.rule,
        severity=entry.severity,
        compliance=entry.compliance,
        reason=entry.reason,
        evidence=Evidence(
            Observation(each.action, each.account_id, each.region, each.member, each.value, each.time)
            for each in entry.evidence
        ),
        unseen=why,
    )
