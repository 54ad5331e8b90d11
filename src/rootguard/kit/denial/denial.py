"""What the root user of a member account can still do under its service control policies."""

from collections.abc import Sequence
from dataclasses import dataclass

from rootguard.kit.account import Account
from rootguard.kit.denial.binding import binding_part
from rootguard.kit.denial.request_context import Member, RequestContext
from rootguard.kit.denial.simulation import allowed_by_organization
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.organization import Organization
from rootguard.kit.readers.service_control_policies import Level, read_service_control_policies

_FIRST_CALL = "organizations:ListRoots"
_WHERE = (
    "a member account is not shown its service control policies; give the parameter ReaderRoleArn the role that "
    "templates/reader-role.yaml with ReadServiceControlPolicies=yes makes in the management account or in a delegated "
    "administrator of the organization"
)


@dataclass(frozen=True, slots=True)
class Denial:
    """AWS's judgement.

    Attributes:
        asked: How many actions AWS was asked about.
        allowed: Those that no policy denies root whatever the request, sorted.
        limits: What keeps denials of root from counting: condition keys, or `Resource`.
        everybody: Whether an ordinary role is denied all of them as well.
        assume_root: Whether sessions of sts:AssumeRoot are. Both are asked only where root is denied all.
    """

    asked: int
    allowed: tuple[str, ...]
    limits: tuple[str, ...] = ()
    everybody: bool = False
    assume_root: bool = False


def read_levels(account: Account, reader_role_arn: str) -> tuple[Level, ...] | None:
    """The policies that bind the account, as the reader role sees them.

    Raises:
        EvidenceUnavailable: As `read_service_control_policies`; there is no role, or it may not read them.
    """
    if not reader_role_arn:
        raise EvidenceUnavailable(_FIRST_CALL, account.id, account.region, f"not asked: {_WHERE}")
    try:
        return read_service_control_policies(account.assume(reader_role_arn), account.id)
    except EvidenceUnavailable as error:
        if not error.denied:
            raise
        problem = f"{error.problem} -> {_WHERE}"
        raise EvidenceUnavailable(error.action, error.account_id, error.region, problem) from error


def judge_denial(
    account: Account, organization: Organization, levels: Sequence[Level], actions: Sequence[str]
) -> Denial:
    """Ask AWS what root can do; and, where that is nothing, what a role and an sts:AssumeRoot session can.

    Raises:
        EvidenceUnavailable: A simulation failed.
    """
    member = Member(account, organization, "/".join((organization.id, *(level.id for level in levels[:-1]), "")))

    def judged(context: RequestContext) -> tuple[tuple[str, ...], set[str]]:
        parts = [[binding_part(policy, context) for policy in level.policies] for level in levels]
        limits = {limit for level in parts for part in level for limit in part.limits}
        hierarchy = [[part.text for part in level] for level in parts]
        return allowed_by_organization(account, hierarchy, context, actions), limits

    allowed, limits = judged(member.root())
    if allowed:
        return Denial(len(actions), allowed, tuple(sorted(limits)))
    of_role, _ = judged(member.ordinary_role())
    of_session, _ = judged(member.assume_root_session())
    return Denial(len(actions), (), everybody=not of_role, assume_root=not of_session)
