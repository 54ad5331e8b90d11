"""A service control policy binds root even where somebody has its password; it has no work that roles cannot do.

The rule reads the policies of the organization's root, of every OU above the account and of the account itself, and has
AWS's own simulator judge what root may do under all of them: a sample of actions over many services, from making users
to closing the account. So every spelling that denies root passes, and none that only looks like it.

A denial counts if it holds whatever the request. One that depends on the Region, the address or MFA leaves root a way,
and so does one of some resources; the reason names what such denials depend on. `AllowedActions` takes out of the
sample what root is meant to keep: AWS's own example spares s3:PutBucketPolicy and s3:DeleteBucketPolicy, which
sts:AssumeRoot makes unnecessary. A denial with exceptions may leave root actions that are not in the sample, and a
few tasks no policy restricts (joining Enterprise Support, CloudFront's trusted signers, reverse DNS).

Policies that deny everybody pass and are said to; so is whether sessions of sts:AssumeRoot, which are root's too, are
denied with it: then central root access fails. Mend MFA and keys first: a denied root can register or delete none.

A member account may not read them: `ReaderRoleArn` names a role in the management account or a delegated administrator
that may (templates/reader-role.yaml).
"""

from dataclasses import dataclass

from rootguard.kit.account import Account
from rootguard.kit.denial.actions import sampled_actions
from rootguard.kit.denial.denial import Denial, judge_denial, read_levels
from rootguard.kit.readers.organization import Organization, read_organization
from rootguard.kit.remediation import Remediation
from rootguard.kit.rule import ROLE_ARN, Controls, Parameter, Parameters, Rule, Severity
from rootguard.kit.runtime import handler
from rootguard.kit.verdict import Verdict, compliant, non_compliant, not_applicable, shortened

DENIED = compliant(
    "service control policies deny root all {asked} sampled actions; sts:AssumeRoot sessions are {sessions}"
)
EVERYBODY_DENIED = compliant(
    "service control policies deny root all {asked} sampled actions, but an ordinary role as well; "
    "sts:AssumeRoot sessions are {sessions}"
)
MANAGEMENT = not_applicable("this is the management account, which service control policies do not bind")
ALONE = not_applicable("the account is in no organization, so no service control policy can bind its root")
FREE = non_compliant("root can do {count} of {asked} sampled actions: {actions}")
NOT_ENABLED = non_compliant("service control policies are not enabled in the root of organization {organization}")
BILLING_ONLY = non_compliant(
    "organization {organization} has consolidated billing only; service control policies need all features"
)
_NAMED = 4  # of the actions that root can do


@dataclass(frozen=True, slots=True)
class Evidence:
    """The account's organization; what its policies deny where they can deny something and are enabled."""

    account_id: str
    organization: Organization | None
    denial: Denial | None = None


def gather(account: Account, parameters: Parameters) -> Evidence:
    """Read the policies and have AWS judge them; only of a member of an organization with all features."""
    organization = read_organization(account)
    if organization is None or organization.is_management(account.id) or not organization.all_features:
        return Evidence(account.id, organization)
    levels = read_levels(account, parameters["ReaderRoleArn"])
    if levels is None:
        return Evidence(account.id, organization)
    actions = sampled_actions(parameters["AllowedActions"])
    return Evidence(account.id, organization, judge_denial(account, organization, levels, actions))


def decide(evidence: Evidence, parameters: Parameters) -> Verdict:  # noqa: ARG001 - every rule's signature
    """Every sampled action must be denied to root by the organization."""
    organization, denial = evidence.organization, evidence.denial
    if organization is None:
        return ALONE()
    if organization.is_management(evidence.account_id):
        return MANAGEMENT()
    if not organization.all_features:
        return BILLING_ONLY(organization=organization.id)
    if denial is None:
        return NOT_ENABLED(organization=organization.id)
    if denial.allowed:
        return _free(denial)
    outcome = EVERYBODY_DENIED if denial.everybody else DENIED
    return outcome(asked=denial.asked, sessions="denied, too" if denial.assume_root else "spared")


def _free(denial: Denial) -> Verdict:
    more = ", …" if len(denial.allowed) > _NAMED else ""
    verdict = FREE(count=len(denial.allowed), asked=denial.asked, actions=", ".join(denial.allowed[:_NAMED]) + more)
    if not denial.limits:
        return verdict
    return verdict.noting(f"denials limited by {shortened(', '.join(denial.limits), 70)} do not count")


RULE = Rule(
    name="root-denied-by-scp",
    title="Service control policies deny the root user of member accounts everything",
    finding_title="Service control policies do not stop the root user of this member account",
    severity=Severity.MEDIUM,
    practice=6,
    controls=Controls(),
    remediation=Remediation(
        text=(
            "In the management account enable service control policies and attach one that denies every action where "
            "aws:PrincipalArn is ArnLike arn:*:iam::*:root and aws:AssumedRoot is Null, first to one OU. "
            "templates/deny-root.yaml does so."
        ),
        console=(
            "In AWS Organizations of the management account, choose Policies and enable service control policies.",
            "Create a policy that denies every action under the two conditions above; Null spares sts:AssumeRoot.",
            "Attach it to one OU, see that nothing is missed there, then to the others.",
        ),
        commands=(
            "aws organizations enable-policy-type --root-id ROOT_ID --policy-type SERVICE_CONTROL_POLICY",
            (
                "aws cloudformation deploy --template-file templates/deny-root.yaml --stack-name deny-root "
                "--parameter-overrides TargetIds=OU_IDS"
            ),
        ),
        organization=(
            "One policy on an OU binds every account below it, also new ones: deploy templates/deny-root.yaml in the "
            "management account with the OUs of all members as its targets."
        ),
    ),
    outcomes=(DENIED, EVERYBODY_DENIED, MANAGEMENT, ALONE, FREE, NOT_ENABLED, BILLING_ONLY),
    actions=("iam:SimulateCustomPolicy", "organizations:DescribeOrganization", "sts:AssumeRole"),
    assumed_actions=(
        "organizations:DescribePolicy",
        "organizations:ListParents",
        "organizations:ListPoliciesForTarget",
        "organizations:ListRoots",
    ),
    gather=gather,
    decide=decide,
    own_parameters=(
        Parameter(
            "ReaderRoleArn",
            "ARN of the role that reads service control policies for member accounts",
            ROLE_ARN,
            required=True,
        ),
        Parameter(
            "AllowedActions",
            "Sampled actions that root may keep: s3:PutBucketPolicy,s3:DeleteBucketPolicy",
            r"[a-z0-9-]+:[A-Za-z]+(\s*,\s*[a-z0-9-]+:[A-Za-z]+)*",
        ),
    ),
)

lambda_handler = handler(RULE)
