"""What an audit found out: one result per account and rule, and what it could not see."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from rootguard.caller import Caller
from rootguard.kit.facts import Fact, timestamp
from rootguard.kit.rule import Severity


class Compliance(StrEnum):
    """A verdict, or ERROR where there is none because something could not be seen."""

    COMPLIANT = "COMPLIANT"
    NON_COMPLIANT = "NON_COMPLIANT"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    ERROR = "ERROR"


WORST_FIRST = (Compliance.NON_COMPLIANT, Compliance.ERROR, Compliance.NOT_APPLICABLE, Compliance.COMPLIANT)


class Standing(StrEnum):
    """Of an account as a whole.

    SAFE: no rule says NON_COMPLIANT and all of them could be evaluated. AT_RISK: one or more say NON_COMPLIANT.
    UNSEEN: neither; what could not be seen may be wrong.
    """

    SAFE = "SAFE"
    AT_RISK = "AT_RISK"
    UNSEEN = "UNSEEN"


@dataclass(frozen=True, slots=True)
class Observation:
    """A fact as a report tells it: one member of one answer of AWS.

    Attributes:
        action: The call as IAM spells it, `iam:GetAccountSummary`.
        account_id: The account that was asked.
        region: The Region that was asked.
        member: Its path in the answer, `SummaryMap.AccountMFAEnabled`; `Error.Code` where AWS refused.
        value: As people read it: `0`, `true`, `2026-11-23T05:30:00Z`.
        time: When AWS answered, UTC to the second, `2026-11-23T05:30:00Z`.
    """

    action: str
    account_id: str
    region: str
    member: str
    value: str
    time: str

    @classmethod
    def of(cls, fact: Fact) -> "Observation":
        """A fact of the kit's."""
        return cls(fact.action, fact.account_id, fact.region, fact.member, fact.text, timestamp(fact.answered))

    def members(self) -> tuple[str, ...]:
        """Its values in the order of its attributes."""
        return (self.action, self.account_id, self.region, self.member, self.value, self.time)


class Evidence:
    """The observations behind a result, in the order in which they were made, packed: a thousand accounts have many."""

    __slots__ = ("_packed",)

    def __init__(self, observations: Iterable[Observation] = ()) -> None:
        rows = [each.members() for each in observations]
        self._packed = zlib.compress(json.dumps(rows).encode(), 1) if rows else b""

    def __iter__(self) -> Iterator[Observation]:
        if self._packed:
            yield from (Observation(*row) for row in json.loads(zlib.decompress(self._packed)))

    def __bool__(self) -> bool:
        return bool(self._packed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Evidence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


@dataclass(frozen=True, slots=True)
class Unseen:
    """Why a rule could not be evaluated.

    Attributes:
        kind: `EvidenceUnavailable`, `InvalidParameters`, another error's name.
        account_id: The account that was asked, which need not be the judged one.
        problem: What came instead of the evidence, one line.
        action: The call as IAM spells it; "" where none failed.
        region: The Region that was asked; "" likewise.
        code: AWS's error code; "" where the answer itself was wanting.
        advice: What to do about it, "" if nothing is known.
    """

    kind: str
    account_id: str
    problem: str
    action: str = ""
    region: str = ""
    code: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What a rule says of an account.

    Attributes:
        account_id: Twelve digits.
        account_name: As AWS Organizations has it; "" where it is not known. Anybody's words: hostile until escaped.
        rule: The rule's name.
        severity: Of a NON_COMPLIANT account.
        compliance: The verdict, or ERROR.
        reason: Why; for ERROR which call failed, in which account, and what to grant.
        evidence: What AWS said on the way to it.
        unseen: What could not be seen; None but for ERROR.
    """

    account_id: str
    account_name: str
    rule: str
    severity: Severity
    compliance: Compliance
    reason: str
    evidence: Evidence
    unseen: Unseen | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Account and rule."""
        return self.account_id, self.rule


@dataclass(frozen=True, slots=True)
class AuditedAccount:
    """An account of the scope.

    Attributes:
        id: Twelve digits.
        name: As AWS Organizations has it; "" where it is not known. Anybody's words: hostile until escaped.
        state: As AWS Organizations has it, `ACTIVE`; accounts in another state are listed and not looked into.
    """

    id: str
    name: str
    state: str = "ACTIVE"

    @property
    def is_active(self) -> bool:
        """Whether it can be looked into."""
        return self.state == "ACTIVE"


@dataclass(frozen=True, slots=True)
class Scope:
    """What was to be looked at.

    Attributes:
        accounts: In the order in which they are shown, also those that are not active.
        rules: The names of the rules, the most severe first; the order of the columns.
        region: The home Region.
        role_name: The role that was assumed in other accounts; "" where none was needed.
        organization_id: `o-exampleorgid`; "" where accounts were named one by one.
        management_account_id: Likewise.
        parameters: What the rules were given other than their defaults, by the names of the conformance pack's
            parameters.
    """

    accounts: tuple[AuditedAccount, ...]
    rules: tuple[str, ...]
    region: str
    role_name: str = ""
    organization_id: str = ""
    management_account_id: str = ""
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Audit:
    """All that an audit found out.

    Attributes:
        generated_at: When it ended, UTC, of which reports show the seconds.
        caller: Who asked.
        scope: What was to be looked at.
        results: Those of an account one after another, accounts and rules in the scope's order.
        missing: The active accounts that an interrupted audit has not, or not wholly, looked into; none of their
            results is there.
    """

    generated_at: datetime
    caller: Caller
    scope: Scope
    results: Sequence[Result]
    missing: tuple[str, ...] = ()

    @cached_property
    def by_account(self) -> Mapping[str, tuple[Result, ...]]:
        """The results of each account that was looked into, by its id."""
        found = dict[str, list[Result]]()
        for result in self.results:
            found.setdefault(result.account_id, []).append(result)
        return {id_: tuple(results) for id_, results in found.items()}

    @cached_property
    def unfinished(self) -> tuple[str, ...]:
        """The active accounts that lack a result, in the scope's order: those in `missing`, as a rule."""
        active = (account.id for account in self.scope.accounts if account.is_active)
        return tuple(id_ for id_ in active if len(self.by_account.get(id_, ())) < len(self.scope.rules))

    @cached_property
    def errors(self) -> Mapping[Unseen, tuple[Result, ...]]:
        """What could not be seen, each thing once, with the results that lack it."""
        found = dict[Unseen, list[Result]]()
        for result in self.results:
            if result.unseen:
                found.setdefault(result.unseen, []).append(result)
        return {unseen: tuple(results) for unseen, results in found.items()}

    def standing(self, account_id: str) -> Standing:
        """Of an account; UNSEEN where it was not looked into."""
        said = [result.compliance for result in self.by_account.get(account_id, ())]
        if Compliance.NON_COMPLIANT in said:
            return Standing.AT_RISK
        unseen = not said or Compliance.ERROR in said or len(said) < len(self.scope.rules)
        return Standing.UNSEEN if unseen else Standing.SAFE
