"""A root user without credentials cannot be signed in to: nothing leaks, nothing is phished, nothing is left to rotate.

Member accounts need none. What only root can do in them is done in a root session of the management account, and their
password recovery is closed until somebody reopens it there. Enabling central root access deletes nothing: accounts that
came before it, or were invited, keep their password, keys and devices until each is removed, and an account that was
once reopened keeps what it got. New accounts of the organization start without any.

The account summary tells of all four: password, access keys (inactive ones count), signing certificates, MFA devices. A
device alone opens nothing, but is left over and goes with the rest. The management account cannot be managed centrally
and must keep its root user's credentials, and an account outside of an organization has nobody to remove or restore
them, so neither is judged; which account manages the organization is told by its id, not by what it may do. A member
that must keep its root user for good belongs into ExemptAccounts, with a date.
"""

from dataclasses import dataclass

from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable, attempt
from rootguard.kit.readers.account_summary import AccountSummary, read_account_summary
from rootguard.kit.readers.organization import read_organization
from rootguard.kit.remediation import DELETE_IN_ROOT_SESSION, Remediation
from rootguard.kit.rule import Controls, Parameters, Rule, Severity
from rootguard.kit.runtime import handler
from rootguard.kit.verdict import Verdict, compliant, non_compliant, not_applicable

REMOVED = compliant("root has no password, access key, signing certificate or MFA device")
MANAGEMENT_ACCOUNT = not_applicable("the management account's root user cannot be managed centrally")
NO_ORGANIZATION = not_applicable("the account is in no organization that could manage its root user")
REMAINING = non_compliant("root of this member account still has {remaining}")


@dataclass(frozen=True, slots=True)
class Standalone:
    """An account in no organization."""


@dataclass(frozen=True, slots=True)
class Management:
    """The management account."""


type Evidence = Standalone | Management | AccountSummary
"""The summary is read of members only."""


def gather(account: Account, parameters: Parameters) -> Evidence:  # noqa: ARG001 - every rule's signature
    """Ask which account it is, and of a member what its root user has."""
    organization = read_organization(account)
    if organization is None:
        return Standalone()
    return Management() if organization.is_management(account.id) else read_account_summary(account)


def decide(evidence: Evidence, parameters: Parameters) -> Verdict:  # noqa: ARG001 - every rule's signature
    """Whatever is known to remain is enough to fail; that nothing does takes all four facts."""
    match evidence:
        case Standalone():
            return NO_ORGANIZATION()
        case Management():
            return MANAGEMENT_ACCOUNT()
    if remaining := _remaining(evidence):
        return REMAINING(remaining=" and ".join(remaining))
    return REMOVED()


def _remaining(summary: AccountSummary) -> tuple[str, ...]:
    credentials = attempt(lambda: summary.known_credentials)
    device = attempt(lambda: summary.mfa_enabled)
    known = () if isinstance(credentials, EvidenceUnavailable) else credentials
    remaining = (*known, "an MFA device") if device is True else known
    if remaining:
        return remaining
    for fact in (credentials, device):
        if isinstance(fact, EvidenceUnavailable):
            raise fact
    return ()


RULE = Rule(
    name="root-credentials-removed",
    title="The root user of a member account has no credentials",
    finding_title="The root user of this member account still has credentials",
    severity=Severity.MEDIUM,
    practice=6,
    controls=Controls(),
    remediation=Remediation(
        text=(
            "In the management account, or a delegated administrator for IAM, open Root access management in the IAM "
            "console, choose the account and delete its root user's credentials: password, access keys, signing "
            "certificates and MFA devices. First see in CloudTrail that nothing uses the keys."
        ),
        console=(
            "Sign in to the management account or the delegated administrator for IAM and open the IAM console.",
            "Choose Root access management, then the account, then Take privileged action.",
            "Choose Delete root user credentials and confirm.",
        ),
        commands=(
            DELETE_IN_ROOT_SESSION,
            "aws iam delete-login-profile  # this and the following with the credentials of that session",
            "aws iam list-access-keys",
            "aws iam delete-access-key --access-key-id KEY_ID",
            "aws iam list-signing-certificates",
            "aws iam delete-signing-certificate --certificate-id CERTIFICATE_ID",
            "aws iam list-mfa-devices",
            "aws iam deactivate-mfa-device --serial-number SERIAL_NUMBER",
        ),
        organization=(
            "Enable central root access once (organization-root-management), then delete the credentials account by "
            "account; accounts that the organization creates start without."
        ),
    ),
    outcomes=(REMOVED, MANAGEMENT_ACCOUNT, NO_ORGANIZATION, REMAINING),
    actions=("iam:GetAccountSummary", "organizations:DescribeOrganization"),
    gather=gather,
    decide=decide,
)

lambda_handler = handler(RULE)
