"""What to do about a reason that AWS gives for a failure in an account."""

import re
from collections.abc import Iterator, Mapping

from rootguard.deploy.wording import together

_DEPLOY = "rootguard deploy"
_AGAIN = "then run `{command}` again"

_NAMES = f"remove what has that name there, or choose another by --parameter FunctionPrefix=..., {_AGAIN}"
_ELSEWHERE = (
    "another account of the organization has deployed: run this there, or `rootguard destroy` there first; if none "
    f"has, delete what has that name, {_AGAIN}"
)
_UNPREPARED = f"the account got the pack before its functions or roles: see to those with `rootguard status`, {_AGAIN}"
_FIXES = (
    (
        r"NoAvailableConfigurationRecorder|configuration recorder",
        f"turn AWS Config's recorder on in that account and Region, or leave the account out by --exclude, {_AGAIN}",
    ),
    (
        r"InsufficientPermissions|cannot be invoked|[Ff]unction .*(not exist|not found)|ServiceRoleForConfigConforms",
        _UNPREPARED,
    ),
    (r"[Aa]ccount .*suspended|SUSPENDED", "the account is suspended: exclude it with --exclude, or leave it be"),
    (
        r"StackSet is not empty",
        "an account was closed meanwhile: run `{command}` again, which takes it out",
    ),
    (r"(StackSet|OrganizationConformancePack) .*already exists", _ELSEWHERE),
    (r"already exists", _NAMES),
    (
        r"S3 Error Code|Access Denied. Please check S3|NoSuchKey|GetObject",
        f"that account cannot read the artifact bucket: check the bucket's policy, {_AGAIN}",
    ),
    (
        r"service control policy|explicit deny",
        f"a service control policy is in the way: have it spare the roles stacksets-exec-*, {_AGAIN}",
    ),
    (r"AccessDenied|not authorized|[Uu]nauthorized", f"grant what the reason names, {_AGAIN}"),
    (r"OperationInProgress|Another Operation on StackSet", f"wait until that operation is over, {_AGAIN}"),
    (r"Throttl|TooManyRequests|Rate exceeded", "AWS was busy: run `{command}` again"),
    (r"LimitExceeded|[Qq]uota|MaxNumberOf|limit", f"have that quota raised in the account, {_AGAIN}"),
)
_COMPILED = tuple((re.compile(pattern), fix) for pattern, fix in _FIXES)


def fix_of(reason: str, command: str = _DEPLOY) -> str:
    """What to do, for a reason in AWS's words.

    Args:
        reason: Of the failure.
        command: What to run again when its cause is mended.
    """
    fix = next((fix for pattern, fix in _COMPILED if pattern.search(reason)), f"mend it, {_AGAIN}")
    return fix.format(command=command)


def failure_lines(failures: Mapping[str, str], command: str = _DEPLOY) -> Iterator[str]:
    """A line for each reason: in which accounts, all of them, and what to do.

    Args:
        failures: Account id -> reason in AWS's words.
        command: What to run again when they are mended.
    """
    reasons = ((account, " ".join(reason.split())) for account, reason in sorted(failures.items()))
    for accounts, reason in together(reasons):
        who = f"account {accounts[0]}" if len(accounts) == 1 else f"{len(accounts)} accounts ({', '.join(accounts)})"
        yield f"{who}: {reason} -> {fix_of(reason, command)}"
