"""Checks of the organization: who administers it, and what it trusts."""

from rootguard.deploy.delegation import PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL
from rootguard.doctor.finding import Check, Finding, Status
from rootguard.doctor.standing import IAM_PRINCIPAL, AccountKind, Standing
from rootguard.kit.errors import EvidenceUnavailable

_ENABLE = "aws organizations enable-aws-service-access --service-principal"
_REGISTER = "aws organizations register-delegated-administrator --account-id {account} --service-principal {principal}"
_FEATURES = {"RootCredentialsManagement", "RootSessions"}

_TRUSTED = {
    PACKS_PRINCIPAL: ("organization conformance packs", Status.FAILED, f"{_ENABLE} {PACKS_PRINCIPAL}"),
    STACK_SETS_PRINCIPAL: (
        "service-managed StackSets",
        Status.FAILED,
        "aws cloudformation activate-organizations-access, in the management account",
    ),
    "config.amazonaws.com": ("the organization's aggregator", Status.ADVICE, f"{_ENABLE} config.amazonaws.com"),
    "securityhub.amazonaws.com": ("Security Hub", Status.ADVICE, f"{_ENABLE} securityhub.amazonaws.com"),
    IAM_PRINCIPAL: ("central management of root users", Status.ADVICE, f"{_ENABLE} {IAM_PRINCIPAL}"),
}
"""Trusted access by principal: what needs it, what its absence means, and how to grant it
(https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html)."""


def _account_kind(standing: Standing) -> Finding:
    check, account = "account", standing.account.id
    match standing.kind:
        case AccountKind.STANDALONE:
            fix = "create an organization, or deploy templates/rules.yaml with PackDeployment=stackset here alone"
            return Finding(check, Status.FAILED, f"{account} is {standing.kind}", fix)
        case AccountKind.MEMBER:
            fix = f"run from {standing.management_account_id}, or there: " + _REGISTER.format(
                account=account, principal=f"{PACKS_PRINCIPAL} (and again for {STACK_SETS_PRINCIPAL})"
            )
            return Finding(check, Status.FAILED, f"{account} is {standing.kind}: it cannot deploy", fix)
    return Finding(check, Status.OK, f"{account} is {standing.kind} of {standing.organization_id}")


def _delegation(standing: Standing) -> Finding:
    """A delegated administrator needs both: one for the pack, one for the StackSet."""
    check = "delegated administration"
    missing = [each for each in (PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL) if each not in standing.delegations]
    if not missing:
        return Finding(check, Status.OK, "registered for organization conformance packs and for StackSets")
    commands = "; ".join(_REGISTER.format(account=standing.account.id, principal=each) for each in missing)
    return Finding(check, Status.FAILED, f"not registered for {', '.join(missing)}", f"management account: {commands}")


def _feature_set(standing: Standing) -> Finding:
    if standing.feature_set == "ALL":
        return Finding("organization features", Status.OK, "all features")
    fix = "aws organizations enable-all-features, which every invited account has to approve"
    return Finding("organization features", Status.FAILED, f"{standing.feature_set} only", fix)


def _trusted_access(standing: Standing) -> tuple[Finding, ...]:
    pages = standing.account.pages("organizations:ListAWSServiceAccessForOrganization")
    services = {each.text("ServicePrincipal") for page in pages for each in page.structures("EnabledServicePrincipals")}
    return tuple(_trust(principal, granted=principal in services) for principal in _TRUSTED)


def _trust(principal: str, *, granted: bool) -> Finding:
    purpose, severity, fix = _TRUSTED[principal]
    check = f"trusted access {principal.partition('.amazonaws.com')[0]}"
    if granted:
        return Finding(check, Status.OK, f"granted, for {purpose}")
    return Finding(check, severity, f"not granted to {principal}, for {purpose}", fix)


def _stack_sets_access(standing: Standing) -> Finding:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeOrganizationsAccess.html."""
    call_as = "SELF" if standing.kind is AccountKind.MANAGEMENT else "DELEGATED_ADMIN"
    status = standing.account.call("cloudformation:DescribeOrganizationsAccess", CallAs=call_as).text("Status")
    if status == "ENABLED":
        return Finding("StackSets", Status.OK, "activated for the organization")
    fix = "aws cloudformation activate-organizations-access, in the management account"
    return Finding("StackSets", Status.FAILED, f"access to the organization is {status}", fix)


def _root_management(standing: Standing) -> Finding:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html."""
    check = "root management"
    try:
        answer = standing.account.call("iam:ListOrganizationsFeatures")
    except EvidenceUnavailable as unavailable:
        if unavailable.code == "ServiceAccessNotEnabledException":
            fix = f"{_ENABLE} {IAM_PRINCIPAL}; aws iam enable-organizations-root-credentials-management"
            return Finding(check, Status.ADVICE, "IAM has no access to the organization", fix)
        raise
    missing = sorted(_FEATURES - set(answer.texts("EnabledFeatures", [])))
    if not missing:
        return Finding(check, Status.OK, "root credentials management and root sessions are enabled")
    commands = {
        "RootCredentialsManagement": "aws iam enable-organizations-root-credentials-management",
        "RootSessions": "aws iam enable-organizations-root-sessions",
    }
    fix = "; ".join(commands[each] for each in missing)
    return Finding(check, Status.ADVICE, f"{' and '.join(missing)} not enabled", fix)


def organization_checks(standing: Standing) -> tuple[Check[Standing], ...]:
    """The checks that the account's standing lets it make."""
    checks = [Check("account", _account_kind)]
    if standing.kind is not AccountKind.STANDALONE:
        checks.append(Check("organization features", _feature_set))
    if standing.kind is AccountKind.DELEGATED:
        checks.append(Check("delegated administration", _delegation))
    if standing.administers:
        checks.append(Check("trusted access", _trusted_access))
        checks.append(Check("StackSets", _stack_sets_access))
    if standing.kind is AccountKind.MANAGEMENT or IAM_PRINCIPAL in standing.delegations:
        checks.append(Check("root management", _root_management))
    return tuple(checks)
