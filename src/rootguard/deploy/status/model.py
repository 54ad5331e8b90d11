"""What is known of an account, and what is wrong there."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from rootguard.deploy.instances import Instance


@dataclass(frozen=True, slots=True)
class RuleState:
    """One of our rules in an account, as AWS Config shows it.

    Attributes:
        rule: Our name.
        config_name: AWS Config's, which differs from account to account in an organization's pack.
        period: The time between two evaluations.
        compliance: COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE or INSUFFICIENT_DATA.
        activated: When it was first there; None if AWS Config does not say.
        last_success: The last evaluation that came through; None for none so far.
        last_failure: The last that did not; None for none so far.
        error: Of the last failure; AWS Config keeps it after a success.
    """

    rule: str
    config_name: str
    period: timedelta
    compliance: str
    activated: datetime | None = None
    last_success: datetime | None = None
    last_failure: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Attestation:
    """One of our process checks in an account, and what a person has answered.

    Attributes:
        check: Our name.
        config_name: AWS Config's.
        compliance: COMPLIANT, NON_COMPLIANT or NOT_APPLICABLE; INSUFFICIENT_DATA as long as nobody has answered.
        attested: When it was answered; None for not yet.
        annotation: By whom, and what there was to say.
    """

    check: str
    config_name: str
    compliance: str = "INSUFFICIENT_DATA"
    attested: datetime | None = None
    annotation: str = ""


@dataclass(frozen=True, slots=True)
class PackState:
    """The organization conformance pack in an account.

    Attributes:
        status: CREATE_SUCCESSFUL, UPDATE_FAILED ...
        error: Code and message; empty when there is none.
    """

    status: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Inside:
    """What only the account itself shows.

    Attributes:
        is_recording: Whether AWS Config's recorder is on.
        rules: Ours that functions judge.
        attestations: Ours that people answer.
    """

    is_recording: bool
    rules: tuple[RuleState, ...]
    attestations: tuple[Attestation, ...] = ()

    def counted(self) -> Counter[str]:
        """How many rules are what."""
        judged = Counter(rule.compliance for rule in self.rules)
        return judged + Counter(each.compliance for each in self.attestations)


@dataclass(frozen=True, slots=True)
class AccountState:
    """Everything that is known of one account.

    Attributes:
        is_management: Whether it manages the organization.
        left_out: Why nothing is deployed here; empty for an account that is to have it all.
        instance: Its stack of the StackSet; None for none.
        stack_status: Of the plain stack, which takes the StackSet's place in the management account; None for none.
        pack: The organization's pack there; None for none.
        inside: None when it could not be seen.
        not_seen: Why not.
        compliance: How many rules are what; from an aggregator where the account could not be asked.
    """

    id: str
    name: str
    is_management: bool = False
    left_out: str = ""
    instance: Instance | None = None
    stack_status: str | None = None
    pack: PackState | None = None
    inside: Inside | None = None
    not_seen: str = ""
    compliance: Counter[str] | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong.

    Attributes:
        what: In our words.
        reason: In AWS's; may be empty.
        fix: What to do.
    """

    what: str
    reason: str
    fix: str

    def line(self) -> str:
        """All on one line."""
        reason = f" ({' '.join(self.reason.split())})" if self.reason else ""
        return f"{self.what}{reason} -> {self.fix}"


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the organization stack says of itself.

    Attributes:
        stacks: Name -> status, of those that are there.
        has_organization_pack: Whether AWS Config brings the pack, not the accounts' stacks.
        function_prefix: What the functions' names begin with.
        rules: The names of the rules that every account is to have and a function judges.
        process_checks: The names of those that a person answers.
        lost_units: Chosen organizational units that are no more.
    """

    stacks: dict[str, str]
    has_organization_pack: bool
    function_prefix: str
    rules: tuple[str, ...]
    process_checks: tuple[str, ...] = ()
    lost_units: tuple[str, ...] = ()
