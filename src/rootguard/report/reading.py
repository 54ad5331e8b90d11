"""Reads an audit back, for `--resume` and `--baseline`.

The file is what people and pipelines keep, copy and cut: what does not fit together is refused, with the place named.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from rootguard.audit.results import (
    Audit,
    AuditedAccount,
    Compliance,
    Evidence,
    Observation,
    Result,
    Scope,
    Unseen,
)
from rootguard.caller import Caller
from rootguard.errors import RootguardError
from rootguard.report.document import SCHEMA, ErrorEntry, ObservationEntry, ResultEntry, ScopeEntry, UnreadDocument

_UNCHANGED = "give a file as `rootguard audit --format json` wrote it"
_WHOLE = "its writing was interrupted, or it is no such file; give one that `rootguard audit --format json` finished"
_OTHER_SCHEMA = "read it with the rootguard that wrote it, or audit again"
_TRUNCATED = "Input data was truncated"
_BYTE = re.compile(r" \(byte (\d+)\)$")

_decode = msgspec.json.Decoder(UnreadDocument).decode
_decode_result = msgspec.json.Decoder(ResultEntry).decode

type _Place = tuple[str, str]
"""Account and rule."""


class _Fault(Exception):  # noqa: N818 - of the file; the caller learns of it as a RootguardError
    """What is wrong with a file, and what to do about it."""

    def __init__(self, problem: str, fix: str = _UNCHANGED) -> None:
        self.problem = problem
        self.fix = fix
        super().__init__(problem)


class _Numbering(msgspec.Struct):
    schema: int


def read(path: Path) -> Audit:
    """Read an audit that `rootguard audit --format json` wrote.

    Raises:
        RootguardError: It cannot be read, is no such audit, of a schema that is not known, or does not fit together;
            the message says where and why.
    """
    try:
        return _audit(_document(path.read_bytes()))
    except OSError as error:
        raise RootguardError(f"{path} cannot be read: {error.strerror}; {_UNCHANGED}") from None
    except RecursionError:
        raise RootguardError(f"{path}: it nests too deep for an audit; {_UNCHANGED}") from None
    except _Fault as fault:
        raise RootguardError(f"{path}: {fault.problem}; {fault.fix}") from None


def _document(data: bytes) -> UnreadDocument:
    try:
        return _decode(data)
    except UnicodeDecodeError:
        raise _Fault(f"it is not UTF-8, {_line(data, _not_utf_8(data))}") from None
    except msgspec.DecodeError as error:
        raise _explained(str(error), data) from None


def _explained(problem: str, data: bytes) -> _Fault:
    if problem == _TRUNCATED:
        return _Fault("it ends before its JSON does" if data.strip() else "it is empty", _WHOLE)
    if found := _BYTE.search(problem):
        return _Fault(f"{problem[: found.start()]}, {_line(data, int(found[1]))}")
    schema = _schema(data)
    if schema in {SCHEMA, None}:
        return _Fault(f"it is no audit: {problem}")
    return _Fault(f"it is of schema {schema}, and this rootguard reads schema {SCHEMA}", _OTHER_SCHEMA)


def _line(data: bytes, offset: int) -> str:
    before = data[:offset]
    return f"line {before.count(b'\n') + 1}, byte {offset - before.rfind(b'\n')}"


def _not_utf_8(data: bytes) -> int:
    """The offset of the first byte that is not: msgspec counts from the start of the text in which it stands."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return len(data)


def _schema(data: bytes) -> int | None:
    try:
        return msgspec.json.decode(data, type=_Numbering).schema
    except msgspec.DecodeError:
        return None


def _audit(document: UnreadDocument) -> Audit:
    caller, scope, unseen = document.caller, _scope(document.scope), _unseen(document.errors)
    results = {result.place: result for result in _results(document, scope, unseen)}
    if lacking := unseen.keys() - results.keys():
        raise _Fault(f"$.errors tells of {_named(min(lacking))}, of which there is no result")
    audit = Audit(
        generated_at=_time(document.generated_at, "$.generated_at"),
        caller=Caller(caller.account_id, caller.arn, caller.partition),
        scope=scope,
        results=_in_order(results.values(), scope),
        missing=tuple(document.missing),
    )
    _check_missing(audit)
    return audit


def _scope(entry: ScopeEntry) -> Scope:
    accounts = tuple(AuditedAccount(each.account_id, each.account_name, each.state) for each in entry.accounts)
    if repeated := _repeated(account.id for account in accounts):
        raise _Fault(f"$.scope.accounts has {repeated} twice")
    if repeated := _repeated(entry.rules):
        raise _Fault(f"$.scope.rules has {repeated!r} twice")
    return Scope(
        accounts=accounts,
        rules=tuple(entry.rules),
        region=entry.region,
        role_name=entry.role_name or "",
        organization_id=entry.organization_id or "",
        management_account_id=entry.management_account_id or "",
        parameters=tuple(entry.parameters.items()),
    )


def _repeated(names: Iterable[str]) -> str | None:
    seen = set[str]()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _unseen(errors: list[ErrorEntry]) -> Mapping[_Place, Unseen]:
    found = dict[_Place, Unseen]()
    for number, entry in enumerate(errors):
        unseen = Unseen(
            entry.kind, entry.account_id, entry.problem, entry.action, entry.region, entry.code, entry.advice
        )
        for place in ((lacking.account_id, rule) for lacking in entry.results for rule in lacking.rules):
            if place in found:
                raise _Fault(f"$.errors[{number}] tells of {_named(place)}, as does another")
            found[place] = unseen
    return found


def _results(document: UnreadDocument, scope: Scope, unseen: Mapping[_Place, Unseen]) -> Iterator[Result]:
    accounts, rules, seen = {account.id for account in scope.accounts}, set(scope.rules), set[_Place]()
    for number, raw in enumerate(document.results):
        where = f"$.results[{number}]"
        result = _result(_entry(raw, where), where, unseen)
        if result.account_id not in accounts or result.rule not in rules:
            raise _Fault(f"{where} is of {_named(result.place)}, which $.scope lacks")
        if result.place in seen:
            raise _Fault(f"{where} is a second result of {_named(result.place)}")
        seen.add(result.place)
        yield result


def _entry(raw: msgspec.Raw, where: str) -> ResultEntry:
    try:
        return _decode_result(raw)
    except UnicodeDecodeError:
        raise _Fault(f"{where} is not UTF-8") from None
    except msgspec.DecodeError as error:
        problem, _, inner = str(error).partition(" - at `$")
        raise _Fault(f"it is no audit: {problem} - at `{where}{inner.rstrip('`')}`") from None


def _result(entry: ResultEntry, where: str, unseen: Mapping[_Place, Unseen]) -> Result:
    why = unseen.get((entry.account_id, entry.rule))
    if (entry.compliance is Compliance.ERROR) != (why is not None):
        told = "do not tell why" if why is None else "tell that it could not be seen"
        raise _Fault(f"{where} is {entry.compliance}, but $.errors {told}")
    return Result(
        account_id=entry.account_id,
        account_name=entry.account_name,
        rule=entry.rule,
        severity=entry.severity,
        compliance=entry.compliance,
        reason=entry.reason,
        evidence=Evidence(_observations(entry.evidence, where)),
        unseen=why,
    )


def _observations(evidence: list[ObservationEntry], where: str) -> Iterator[Observation]:
    for number, each in enumerate(evidence):
        _time(each.time, f"{where}.evidence[{number}].time")
        yield Observation(each.action, each.account_id, each.region, each.member, each.value, each.time)


def _time(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise _Fault(f"{where} is {text}, which is no date and time") from None


def _in_order(results: Iterable[Result], scope: Scope) -> tuple[Result, ...]:
    """As the scope has them; the file's order is its reader's business, for jq may have sorted it."""
    accounts = {account.id: number for number, account in enumerate(scope.accounts)}
    rules = {rule: number for number, rule in enumerate(scope.rules)}
    return tuple(sorted(results, key=lambda result: (accounts[result.account_id], rules[result.rule])))


def _check_missing(audit: Audit) -> None:
    """Nothing may be lacking unsaid: it would be taken for safe."""
    active = {account.id for account in audit.scope.accounts if account.is_active}
    for id_ in audit.missing:
        if id_ not in active:
            raise _Fault(f"$.missing has {id_}, which is no active account of $.scope")
        if id_ in audit.by_account:
            raise _Fault(f"$.missing has {id_}, of which there are results")
    if unsaid := set(audit.unfinished) - set(audit.missing):
        raise _Fault(f"account {min(unsaid)} lacks results and is not in $.missing")


def _named(place: _Place) -> str:
    account_id, rule = place
    return f"{rule!r} in {account_id}"
