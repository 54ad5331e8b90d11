"""Checks of the caller's own account and home Region."""

from rootguard.doctor.finding import Check, Finding, Status
from rootguard.doctor.standing import AccountKind, Standing
from rootguard.kit.errors import EvidenceUnavailable

MAXIMUM_CONFIG_RULES = 1_000
MAXIMUM_PACKS = 50
MAXIMUM_ORGANIZATION_PACKS = 50
"""https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html."""
_CONFORMS_ROLE = "AWSServiceRoleForConfigConforms"


def _recorder(standing: Standing) -> Finding:
    """Without a recorder that records, AWS Config evaluates nothing and takes no pack.

    https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html
    """
    account, check = standing.account, "configuration recorder"
    answer = account.call("config:DescribeConfigurationRecorderStatus")
    recorders = answer.structures("ConfigurationRecordersStatus", [])
    if not recorders:
        fix = "aws configservice put-configuration-recorder, put-delivery-channel and start-configuration-recorder"
        return Finding(check, Status.FAILED, f"none in {account.region}", fix)
    recording = [each for each in recorders if each.flag("recording", default=False)]
    if not recording:
        name = recorders[0].text("name")
        fix = f"aws configservice start-configuration-recorder --configuration-recorder-name {name}"
        return Finding(check, Status.FAILED, f"{name} in {account.region} is stopped", fix)
    failing = [each for each in recording if each.text("lastStatus", "") == "Failure"]
    if failing:
        code = failing[0].text("lastErrorCode", "without a code")
        fix = "see aws configservice describe-configuration-recorder-status"
        return Finding(check, Status.FAILED, f"its last delivery in {account.region} failed: {code}", fix)
    return Finding(check, Status.OK, f"records in {account.region}")


def _conforms_role(standing: Standing) -> Finding:
    """A delegated administrator's deployment does not create it in the management account.

    https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html
    """
    fix = "aws iam create-service-linked-role --aws-service-name config-conforms.amazonaws.com"
    if standing.kind is AccountKind.DELEGATED:
        message = f"cannot be seen from here in the management account {standing.management_account_id}"
        return Finding(_CONFORMS_ROLE, Status.UNSEEN, message, f"there: {fix}")
    try:
        standing.account.call("iam:GetRole", RoleName=_CONFORMS_ROLE)
    except EvidenceUnavailable as unavailable:
        if unavailable.code == "NoSuchEntity":
            message = "is not there; a delegated administrator's pack needs it, a deployment from here makes it"
            return Finding(_CONFORMS_ROLE, Status.ADVICE, message, fix)
        raise
    return Finding(_CONFORMS_ROLE, Status.OK, "is there")


def _config_rules(standing: Standing) -> Finding:
    pages = standing.account.pages("config:DescribeConfigRules")
    used = sum(len(page.structures("ConfigRules", [])) for page in pages)
    return _headroom("quota of Config rules", used, MAXIMUM_CONFIG_RULES, "delete rules that nobody reads")


def _packs(standing: Standing) -> Finding:
    pages = standing.account.pages("config:DescribeConformancePacks")
    used = sum(len(page.structures("ConformancePackDetails", [])) for page in pages)
    return _headroom("quota of conformance packs", used, MAXIMUM_PACKS, "delete packs that nobody reads")


def _organization_packs(standing: Standing) -> Finding:
    pages = standing.account.pages("config:DescribeOrganizationConformancePacks")
    used = sum(len(page.structures("OrganizationConformancePacks", [])) for page in pages)
    return _headroom("quota of organization packs", used, MAXIMUM_ORGANIZATION_PACKS, "delete packs that nobody reads")


def _roles(standing: Standing) -> Finding:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html."""
    summary = standing.account.call("iam:GetAccountSummary").structure("SummaryMap")
    fix = "ask for more: aws service-quotas request-service-quota-increase --service-code iam --quota-code L-FE177D64"
    return _headroom("quota of IAM roles", int(summary.number("Roles")), int(summary.number("RolesQuota")), fix)


_NEEDED = 30
"""Rules, and roles, that this project may come to have in an account."""


def _headroom(check: str, used: int, quota: int, fix: str) -> Finding:
    if quota - used >= min(_NEEDED, quota // 10):
        return Finding(check, Status.OK, f"{used} of {quota} used")
    return Finding(check, Status.FAILED, f"{used} of {quota} used", fix)


def _concurrency(standing: Standing) -> Finding:
    """All rules of an account may be due at once; what exceeds the quota waits in Lambda's queue for up to six hours.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
    limits = standing.account.call("lambda:GetAccountSettings").structure("AccountLimit")
    unreserved = int(limits.number("UnreservedConcurrentExecutions"))
    check, message = "quota of concurrent functions", f"{unreserved} unreserved"
    if unreserved >= _NEEDED:
        return Finding(check, Status.OK, message)
    fix = "rules wait for each other; ask for more in Service Quotas (lambda L-B99A9384) if evaluations come late"
    return Finding(check, Status.ADVICE, message, fix)


def _security_hub(standing: Standing) -> Finding:
    """https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DescribeHub.html."""
    try:
        standing.account.call("securityhub:DescribeHub")
    except EvidenceUnavailable as unavailable:
        # AWS says "not subscribed to AWS Security Hub" by InvalidAccessException, which is not a missing permission.
        if unavailable.code in {"InvalidAccessException", "ResourceNotFoundException"}:
            message = f"is off in {standing.account.region}: no findings there"
            return Finding("Security Hub", Status.ADVICE, message, "aws securityhub enable-security-hub")
        raise
    return Finding("Security Hub", Status.OK, f"is on in {standing.account.region}")


def account_checks(standing: Standing) -> tuple[Check[Standing], ...]:
    """The checks of the account; those about organization packs for who may deploy them."""
    checks = [Check("configuration recorder", _recorder)]
    if standing.administers:
        checks.append(Check(_CONFORMS_ROLE, _conforms_role))
        checks.append(Check("quota of organization packs", _organization_packs))
    checks += [
        Check("quota of conformance packs", _packs),
        Check("quota of Config rules", _config_rules),
        Check("quota of IAM roles", _roles),
        Check("quota of concurrent functions", _concurrency),
        Check("Security Hub", _security_hub),
    ]
    return tuple(checks)
