"""Checks of the organization: who administers it, and what it trusts."""

from rootguard.deploy.delegation import PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL
from rootguard.doctor.finding import Check, Finding, Status
from rootguard.doctor.standing import IAM_PRINCIPAL, AccountKind, Standing

_ACTIVATE_STACK_SETS = "aws cloudformation activate-organizations-access"
_TRUSTED = {
    PACKS_PRINCIPAL: ("organization conformance packs", Status.FAILED),
    STACK_SETS_PRINCIPAL: ("service-managed StackSets", Status.FAILED),
    "config.amazonaws.com": ("the organization's aggregator", Status.ADVICE),
    "securityhub.amazonaws.com": ("Security Hub", Status.ADVICE),
    IAM_PRINCIPAL: ("central management of root users", Status.ADVICE),
}
"""Trusted access by principal: what needs it, and what its absence means
(https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html)."""


def _account_kind(standing: Standing) -> Finding:
    check, account = "account", standing.account.id
    match standing.kind:
        case AccountKind.STANDALONE:
            fix = "create an organization, or deploy templates/rules.yaml with PackDeployment=stackset here alone"
            return Finding(check, Status.FAILED, f"{account} is {standing.kind}", fix)
        case AccountKind.MEMBER:
            registering = standing.registering((PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL))
            fix = f"use credentials of the management account, or {registering}"
            return Finding(check, Status.FAILED, f"{account} is {standing.kind}: it cannot deploy", fix)
    return Finding(check, Status.OK, f"{account} is {standing.kind} of {standing.organization_id}")


def _delegation(standing: Standing) -> Finding:
    """A delegated administrator needs both: one for the pack, one for the StackSet."""
    check = "delegated administration"
    missing = [each for each in (PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL) if each not in standing.delegations]
    if not missing:
        return Finding(check, Status.OK, "registered for organization conformance packs and for StackSets")
    return Finding(check, Status.FAILED, f"not registered for {', '.join(missing)}", standing.registering(missing))


def _feature_set(standing: Standing) -> Finding:
    if standing.feature_set == "ALL":
        return Finding("organization features", Status.OK, "all features")
    fix = "aws organizations enable-all-features (then every invited account has to approve)"
    message = f"{standing.feature_set} only"
    return Finding("organization features", Status.FAILED, message, standing.in_management(fix))


def _trusted_access(standing: Standing) -> tuple[Finding, ...]:
    pages = standing.account.pages("organizations:ListAWSServiceAccessForOrganization")
    services = {each.text("ServicePrincipal") for page in pages for each in page.structures("EnabledServicePrincipals")}
    return tuple(_trust(standing, principal, granted=principal in services) for principal in _TRUSTED)


def _trust(standing: Standing, principal: str, *, granted: bool) -> Finding:
    purpose, severity = _TRUSTED[principal]
    check = f"trusted access {principal.partition('.amazonaws.com')[0]}"
    if granted:
        return Finding(check, Status.OK, f"granted, for {purpose}")
    activates = principal == STACK_SETS_PRINCIPAL  # which does more than the grant
    fix = standing.in_management(_ACTIVATE_STACK_SETS) if activates else standing.enabling(principal)
    return Finding(check, severity, f"not granted to {principal}, for {purpose}", fix)


def _stack_sets_access(standing: Standing) -> Finding:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeOrganizationsAccess.html."""
    call_as = "SELF" if standing.kind is AccountKind.MANAGEMENT else "DELEGATED_ADMIN"
    status = standing.account.call("cloudformation:DescribeOrganizationsAccess", CallAs=call_as).text("Status")
    if status == "ENABLED":
        return Finding("StackSets", Status.OK, "activated for the organization")
    fix = standing.in_management(_ACTIVATE_STACK_SETS)
    return Finding("StackSets", Status.FAILED, f"access to the organization is {status}", fix)


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
    return tuple(checks)
