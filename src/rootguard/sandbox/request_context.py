"""The condition keys of a request: those of AWS's global keys that the sandbox knows; the others are absent.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from rootguard.sandbox.callers import Caller, CallerType
from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.organization import organization_of, organization_path

type Values = dict[str, str | Iterable[str] | None]

_PRINCIPAL_TYPES = {
    CallerType.OPERATOR: "User",
    CallerType.USER: "User",
    CallerType.ROLE_SESSION: "AssumedRole",
    CallerType.ROOT: "Account",
    CallerType.ROOT_SESSION: "Account",
}
_GLOBAL_SERVICES = frozenset({"account", "iam", "organizations"})
_HOME_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1"}


def request_context(call: Call, caller: Caller, resource: str | None = None) -> Values:
    """Every key that AWS would set for this request, as far as it can be known here.

    aws:SecureTransport is true, although this server speaks plain HTTP: AWS would have been reached over TLS.
    """
    return {**caller_context(caller, resource), **_request_keys(call)}


def caller_context(caller: Caller, resource: str | None = None) -> Values:
    """The keys that do not hang on an HTTP request: all that is known of what a service does in a caller's name."""
    return {
        **_time(),
        **_caller_keys(caller),
        **_session_keys(caller),
        **resource_keys(resource, caller.partition),
        "aws:SecureTransport": "true",
    }


def requested_region(call: Call) -> str:
    """The Region of a request; services with one endpoint for all Regions have that endpoint's."""
    return _HOME_REGIONS.get(call.partition, call.region) if call.service in _GLOBAL_SERVICES else call.region


def _time() -> Values:
    moment = datetime.now(UTC)
    return {"aws:CurrentTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "aws:EpochTime": str(int(moment.timestamp()))}


def _caller_keys(caller: Caller) -> Values:
    organization = organization_of(caller.account_id, caller.partition)
    path = organization_path(caller.account_id, caller.partition)
    long_term_user = caller.type in (CallerType.USER, CallerType.OPERATOR)
    return {
        "aws:PrincipalArn": caller.entity_arn,
        "aws:PrincipalAccount": caller.account_id,
        "aws:PrincipalOrgID": organization.id if organization else None,
        "aws:PrincipalOrgPaths": (path,) if path else None,
        "aws:PrincipalType": _PRINCIPAL_TYPES[caller.type],
        "aws:PrincipalIsAWSService": "false",
        "aws:userid": caller.user_id,
        "aws:username": caller.arn.split("/")[-1] if long_term_user else None,
        **_tags(caller),
    }


def _tags(caller: Caller) -> Values:
    tags: Mapping[str, str] = {}
    if caller.session is not None:
        tags = caller.session.tags
    elif caller.user is not None:
        tags = {tag["Key"]: tag["Value"] for tag in caller.user.tags or ()}
    return {f"aws:PrincipalTag/{key}": value for key, value in tags.items()}


def _session_keys(caller: Caller) -> Values:
    if caller.session is None:
        return {}
    return {
        "aws:TokenIssueTime": caller.session.issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:MultiFactorAuthPresent": "false",
        "aws:AssumedRoot": "true" if caller.type is CallerType.ROOT_SESSION else None,
    }


def resource_keys(resource: str | None, partition: str) -> Values:
    """Whose the resource is, where its ARN tells."""
    account_id = resource.split(":")[4] if resource and resource.startswith("arn:") else ""
    if not account_id.isdigit():
        return {}
    organization, path = organization_of(account_id, partition), organization_path(account_id, partition)
    return {
        "aws:ResourceAccount": account_id,
        "aws:ResourceOrgID": organization.id if organization else None,
        "aws:ResourceOrgPaths": (path,) if path else None,
    }


def _request_keys(call: Call) -> Values:
    return {
        "aws:RequestedRegion": requested_region(call),
        "aws:SourceIp": call.response.normalized_request.remote_addr,
        "aws:UserAgent": call.response.headers.get("User-Agent"),
        "aws:ViaAWSService": "false",
    }
