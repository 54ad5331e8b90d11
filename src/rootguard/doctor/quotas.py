"""Checks of what is left of the quotas of the caller's account in the home Region."""

from rootguard.doctor.finding import Check, Finding, Status
from rootguard.doctor.standing import Standing

MAXIMUM_CONFIG_RULES = 1_000
MAXIMUM_PACKS = 50
MAXIMUM_ORGANIZATION_PACKS = 50
"""None of the three can be raised (https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html)."""
_NEEDED = 30
"""Rules, and roles, that this project may come to have in an account."""
_NEEDED_STORAGE = 100
"""MB that functions and their versions may come to need."""
_MB = 1_000_000


def _organization_packs(standing: Standing) -> Finding:
    pages = standing.account.pages("config:DescribeOrganizationConformancePacks")
    used = sum(len(page.structures("OrganizationConformancePacks", [])) for page in pages)
    return headroom("quota of organization packs", used, MAXIMUM_ORGANIZATION_PACKS, "delete packs that nobody reads")


def _packs(standing: Standing) -> Finding:
    pages = standing.account.pages("config:DescribeConformancePacks")
    used = sum(len(page.structures("ConformancePackDetails", [])) for page in pages)
    return headroom("quota of conformance packs", used, MAXIMUM_PACKS, "delete packs that nobody reads")


def _config_rules(standing: Standing) -> Finding:
    pages = standing.account.pages("config:DescribeConfigRules")
    used = sum(len(page.structures("ConfigRules", [])) for page in pages)
    return headroom("quota of Config rules", used, MAXIMUM_CONFIG_RULES, "delete rules that nobody reads")


def _roles(standing: Standing) -> Finding:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html."""
    summary = standing.account.call("iam:GetAccountSummary").structure("SummaryMap")
    fix = "delete roles, or ask for more in Service Quotas (iam L-FE177D64)"
    return headroom("quota of IAM roles", int(summary.number("Roles")), int(summary.number("RolesQuota")), fix)


def _stacks(standing: Standing) -> Finding:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeAccountLimits.html."""
    check, account = "quota of CloudFormation stacks", standing.account
    limits = [
        limit
        for page in account.pages("cloudformation:DescribeAccountLimits")
        for limit in page.structures("AccountLimits", [])
    ]
    quota = next((int(limit.number("Value")) for limit in limits if limit.text("Name") == "StackLimit"), None)
    if quota is None:
        message = "cloudformation:DescribeAccountLimits names no StackLimit"
        return Finding(check, Status.UNSEEN, message, "look it up in Service Quotas (cloudformation L-0485CB21)")
    used = sum(len(page.structures("Stacks", [])) for page in account.pages("cloudformation:DescribeStacks"))
    return headroom(check, used, quota, "delete stacks, or ask for more in Service Quotas (cloudformation L-0485CB21)")


def headroom(check: str, used: int, quota: int, fix: str) -> Finding:
    """Whether there is room for all that this project may need, or a tenth of a quota that is small."""
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


def _storage(standing: Standing) -> Finding:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html."""
    settings = standing.account.call("lambda:GetAccountSettings")
    quota = int(settings.structure("AccountLimit").number("TotalCodeSize")) // _MB
    used = int(settings.structure("AccountUsage").number("TotalCodeSize")) // _MB
    check, message = "quota of function storage", f"{used} of {quota} MB used"
    if quota - used >= _NEEDED_STORAGE:
        return Finding(check, Status.OK, message)
    fix = "delete old versions of functions, or ask for more in Service Quotas (lambda L-2ACBD22F)"
    return Finding(check, Status.FAILED, message, fix)


def quota_checks(standing: Standing) -> tuple[Check[Standing], ...]:
    """The checks of quotas; those of organization packs for who may deploy them."""
    checks = [Check("quota of organization packs", _organization_packs)] if standing.administers else []
    return (
        *checks,
        Check("quota of conformance packs", _packs),
        Check("quota of Config rules", _config_rules),
        Check("quota of IAM roles", _roles),
        Check("quota of CloudFormation stacks", _stacks),
        Check("quota of concurrent functions", _concurrency),
        Check("quota of function storage", _storage),
    )
