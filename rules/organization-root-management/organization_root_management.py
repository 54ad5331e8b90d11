"""Without central root access, every member account has a root user of its own to lock up, and nobody sees them all.

With it, the management account, or the account that it made IAM's delegated administrator, deletes the members' root
credentials, closes their password recovery, and does the few tasks that take root in sessions of at most 15 minutes,
each limited to one task. It has two features: root credentials management, and root sessions, without which a locked
bucket or queue policy, or a recovery, still needs a root sign-in. The rule asks for both.

It asks IAM which are enabled, in the management account and wherever a member account is IAM's delegated administrator.
Other members are not told, so the rule does not apply to them, nor to an account in no organization. A call that was
denied or throttled is an error, never "not enabled". Trusted access that is off, and an organization with consolidated
billing only, mean that no feature can be on; that the management account were none would contradict Organizations, and
is an error as well.
"""

from dataclasses import dataclass

from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable, attempt
from rootguard.kit.readers.organization import Organization, read_organization
from rootguard.kit.readers.organizations_features import (
    ROOT_CREDENTIALS_MANAGEMENT,
    ROOT_SESSIONS,
    Refusal,
    read_root_features,
    refusal,
)
from rootguard.kit.remediation import Remediation
from rootguard.kit.rule import Controls, Parameters, Rule, Severity
from rootguard.kit.runtime import handler
from rootguard.kit.verdict import Verdict, compliant, non_compliant, not_applicable

ENABLED = compliant("central root access is enabled: root credentials management and root sessions")
JUDGED_ELSEWHERE = not_applicable("a member account; central root access is judged in {management} that manages it")
NO_ORGANIZATION = not_applicable("the account is in no organization, so there is nothing to manage centrally")
FEATURE_MISSING = non_compliant("central root access is not complete: {missing} not enabled")
NO_TRUSTED_ACCESS = non_compliant(
    "central root access is not enabled: iam.amazonaws.com has no trusted access to the organization"
)
NOT_ALL_FEATURES = non_compliant(
    "central root access cannot be enabled: the organization has consolidated billing only, not all features"
)

_FEATURES = {ROOT_CREDENTIALS_MANAGEMENT: "root credentials management", ROOT_SESSIONS: "root sessions"}
_REFUSED = {Refusal.NO_TRUSTED_ACCESS: NO_TRUSTED_ACCESS, Refusal.NOT_ALL_FEATURES: NOT_ALL_FEATURES}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who asks, of which organization, and what IAM answered; IAM is asked only within an organization."""

    account_id: str
    organization: Organization | None
    features: frozenset[str] | EvidenceUnavailable = frozenset()


def gather(account: Account, parameters: Parameters) -> Evidence:  # noqa: ARG001 - every rule's signature
    """Ask Organizations, then IAM, whose refusal may be an answer."""
    organization = read_organization(account)
    if organization is None:
        return Evidence(account.id, None)
    return Evidence(account.id, organization, attempt(lambda: read_root_features(account)))


def decide(evidence: Evidence, parameters: Parameters) -> Verdict:  # noqa: ARG001 - every rule's signature
    """Both features, where IAM tells; its refusals decide in the management account only."""
    if evidence.organization is None:
        return NO_ORGANIZATION()
    if isinstance(evidence.features, EvidenceUnavailable):
        return _refused(evidence.features, evidence.organization, evidence.account_id)
    if missing := [words for feature, words in _FEATURES.items() if feature not in evidence.features]:
        return FEATURE_MISSING(missing=" and ".join(missing))
    return ENABLED()


def _refused(error: EvidenceUnavailable, organization: Organization, account_id: str) -> Verdict:
    reason = refusal(error)
    if reason is None:
        raise error
    if not organization.is_management(account_id):
        return JUDGED_ELSEWHERE(management=organization.management_account_id)
    if reason not in _REFUSED:
        raise error
    return _REFUSED[reason]()


RULE = Rule(
    name="organization-root-management",
    title="The organization manages its members' root users centrally",
    finding_title="The root users of member accounts are not managed centrally",
    severity=Severity.MEDIUM,
    practice=6,
    controls=Controls(cis={"7.0.0": "2.1.1"}),
    remediation=Remediation(
        text=(
            "In the management account, open Root access management in the IAM console and enable root credentials "
            "management and privileged root actions in member accounts; the console gives IAM trusted access itself. "
            "An organization with consolidated billing only must first enable all features."
        ),
        console=(
            "Sign in to the management account and open the IAM console.",
            "Choose Root access management, then Enable.",
            "Select Root credentials management and Privileged root actions in member accounts.",
            "Name a security account as delegated administrator, so that the management account is needed less.",
        ),
        commands=(
            "aws organizations enable-aws-service-access --service-principal iam.amazonaws.com",
            "aws iam enable-organizations-root-credentials-management",
            "aws iam enable-organizations-root-sessions",
        ),
        organization=(
            "It is one setting for the whole organization, made in the management account; it deletes nothing by "
            "itself (root-credentials-removed tells what remains)."
        ),
    ),
    outcomes=(ENABLED, JUDGED_ELSEWHERE, NO_ORGANIZATION, FEATURE_MISSING, NO_TRUSTED_ACCESS, NOT_ALL_FEATURES),
    actions=("iam:ListOrganizationsFeatures", "organizations:DescribeOrganization"),
    gather=gather,
    decide=decide,
)

lambda_handler = handler(RULE)
