"""The service-linked roles that AWS Config makes for itself.

https://docs.aws.amazon.com/config/latest/developerguide/cpack-prerequisites.html
"""

import json

from moto.iam.exceptions import NotFoundException
from moto.iam.models import SERVICE_NAME_CONVERSION, iam_backends

from rootguard.sandbox.config_rules.rules import CONFORMS_PRINCIPAL

MULTI_ACCOUNT_PRINCIPAL = "config-multiaccountsetup.amazonaws.com"
"""Who deploys organization conformance packs."""

_NAMES = {
    CONFORMS_PRINCIPAL: "AWSServiceRoleForConfigConforms",
    MULTI_ACCOUNT_PRINCIPAL: "AWSServiceRoleForConfigMultiAccountSetup",
}

# What moto's iam:CreateServiceLinkedRole calls them.
SERVICE_NAME_CONVERSION.update(
    {service.partition(".")[0]: name.removeprefix("AWSServiceRoleFor") for service, name in _NAMES.items()}
)


def has_role(account_id: str, partition: str, service: str) -> bool:
    """Whether the account has the service's role."""
    try:
        iam_backends[account_id][partition].get_role(_NAMES[service])
    except NotFoundException:
        return False
    return True


def ensure_role(account_id: str, partition: str, service: str) -> None:
    """Create the service's role "only when the role does not exist in your account"."""
    if has_role(account_id, partition, service):
        return
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    iam_backends[account_id][partition].create_role(
        role_name=_NAMES[service],
        assume_role_policy_document=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        path=f"/aws-service-role/{service}/",
        permissions_boundary=None,
        description="A service-linked role of AWS Config.",
        tags=[],
        max_session_duration="3600",
        linked_service=service,
    )
