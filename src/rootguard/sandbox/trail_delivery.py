"""Where a trail delivers to: whether its bucket, its log group and the role for it are there.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html. Policies of
buckets and permissions of roles are not judged here, only existence and, of a role, that CloudTrail may assume it.
"""

import json
import re
from typing import Any

from moto.cloudtrail.models import Trail
from moto.iam.models import Role, iam_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends

from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.trails import SERVICE_PRINCIPAL

_LOG_GROUP = re.compile(r"arn:[^:]+:logs:(?P<region>[^:]+):(?P<account>\d{12}):log-group:(?P<name>[^:]+):\*")
_ROLE = re.compile(r"arn:(?P<partition>[^:]+):iam::(?P<account>\d{12}):role/(?:.+/)?(?P<name>[^/]+)")


def check_log_delivery(call: Call, log_group_arn: str | None, role_arn: str | None) -> None:
    """Refuse a log group or a role that CloudTrail could not deliver with.

    Both belong together and "must exist in the calling account" (cloudtrail-delegated-administrator), the log group
    "in the same Region as the trail"; the wording is that of https://github.com/hashicorp/terraform-provider-aws/issues/148,
    https://github.com/clouddrove/terraform-aws-cloudtrail/pull/30 and
    https://github.com/cloudposse/terraform-aws-cloudtrail-cloudwatch-alarms/issues/2.

    Raises:
        AwsError: InvalidCloudWatchLogsLogGroupArnException, InvalidCloudWatchLogsRoleArnException.
    """
    if not log_group_arn and not role_arn:
        return
    if not log_group_arn:
        raise _no_log_group("You must specify a log group as well as a role ARN.")
    if not role_arn:
        raise _no_role("You must specify a role ARN as well as a log group.")
    if not _is_log_group(log_group_arn, call.account_id, call.region):
        raise _no_log_group("CloudTrail cannot validate the specified log group ARN.")
    role = _role(role_arn)
    if role is None or role.account_id != call.account_id or not _trusts_cloudtrail(role):
        raise _no_role("Access denied. Check the trust relationships for your role.")


def log_group_error(trail: Trail) -> str | None:
    """What stands in the way of delivery to CloudWatch Logs: an error code of CloudWatch Logs or STS."""
    found = _LOG_GROUP.fullmatch(trail.cw_log_group_arn)
    if found is None or not _is_log_group(trail.cw_log_group_arn, found["account"], trail.region_name):
        return "ResourceNotFoundException"
    role = _role(trail.cw_role_arn or "")
    return None if role is not None and _trusts_cloudtrail(role) else "AccessDenied"


def bucket_error(trail: Trail) -> str | None:
    """What stands in the way of delivery to S3, an error code of S3."""
    partition = trail.partition
    owner = s3_backends.bucket_accounts.get(trail.bucket_name, (partition, trail.account_id))
    exists = trail.bucket_name in s3_backends[owner[1]][owner[0]].buckets
    return None if exists else "NoSuchBucket"


def _is_log_group(arn: str, account_id: str, region: str) -> bool:
    found = _LOG_GROUP.fullmatch(arn)
    if found is None or (found["account"], found["region"]) != (account_id, region):
        return False
    return found["name"] in logs_backends[account_id][region].groups


def _role(arn: str) -> Role | None:
    found = _ROLE.fullmatch(arn)
    if found is None:
        return None
    roles = iam_backends[found["account"]][found["partition"]].roles.values()
    return next((role for role in roles if role.arn == arn), None)


def _trusts_cloudtrail(role: Role) -> bool:
    """Whether a statement of the trust policy names CloudTrail; conditions are not looked at."""
    document: Any = role.assume_role_policy_document
    policy = json.loads(document) if isinstance(document, str) else document
    statements = policy.get("Statement", [])
    return any(_allows(each) for each in (statements if isinstance(statements, list) else [statements]))


def _allows(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    services = principal.get("Service", []) if isinstance(principal, dict) else []
    named = [services] if isinstance(services, str) else services
    return statement.get("Effect") == "Allow" and SERVICE_PRINCIPAL in named


def _no_log_group(message: str) -> AwsError:
    return AwsError("InvalidCloudWatchLogsLogGroupArnException", message)


def _no_role(message: str) -> AwsError:
    return AwsError("InvalidCloudWatchLogsRoleArnException", message)
