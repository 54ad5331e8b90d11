"""AWS Config: conformance packs of an organization.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-config-organizationconformancepack.html
"""

from collections import Counter
from typing import Any, override

from rootguard.sandbox.cloudformation.requests import already_exists, exists, gone, send, undoing
from rootguard.sandbox.cloudformation.resource_tags import tag_list, tags
from rootguard.sandbox.cloudformation.resource_type import (
    Context,
    Physical,
    Properties,
    ResourceFailedError,
    ResourceType,
    resource_type,
)
from rootguard.sandbox.cloudformation.types.config_packs import change_tags
from rootguard.sandbox.cloudformation.waiting import wait_for

_GONE = "NoSuchOrganizationConformancePackException"


@resource_type("AWS::Config::OrganizationConformancePack")
class OrganizationConformancePack(ResourceType):
    """A pack in every account, ready when all of them have it; Ref gives its name."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Put a pack that does not exist, and wait for every account: one that fails is enough to fail."""
        config, name = context.client("config"), properties["OrganizationConformancePackName"]
        named = {"OrganizationConformancePackNames": [name]}
        if exists(config, "DescribeOrganizationConformancePacks", named, _GONE):
            raise already_exists(self.name, name)
        request = {**properties, "Tags": tag_list(tags(properties, context))}
        arn = send(config, "PutOrganizationConformancePack", request)["OrganizationConformancePackArn"]
        physical = Physical(name, {"OrganizationConformancePackArn": arn})
        with undoing(lambda: self.delete(physical, properties, context)):
            _settle(config, name)
        return physical

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put the pack again, which tries again in the accounts that failed, and wait."""
        config = context.client("config")
        send(config, "PutOrganizationConformancePack", {**new, "Tags": None})
        _settle(config, physical.id)
        change_tags(config, physical.attributes["OrganizationConformancePackArn"], old, new, context)
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the pack from every account, and wait."""
        config, name = context.client("config"), physical.id
        with gone(_GONE):
            send(config, "DeleteOrganizationConformancePack", {"OrganizationConformancePackName": name})
            _check(config, name, "Delete", _settled(config, name))


def _settle(config: Any, name: str) -> None:
    _check(config, name, "Create/Update", _settled(config, name))


def _settled(config: Any, name: str) -> str:
    """The status in which the organization's pack comes to rest."""
    request = {"OrganizationConformancePackNames": [name]}

    def settled() -> str | None:
        (found,) = send(config, "DescribeOrganizationConformancePackStatuses", request)[
            "OrganizationConformancePackStatuses"
        ]
        status = str(found["Status"])
        return None if status.endswith("_IN_PROGRESS") else status

    return wait_for(settled, f"the organization conformance pack {name}")


def _check(config: Any, name: str, verb: str, status: str) -> None:
    """Fail in the words of AWS's handler, which counts the accounts by error code.

    (https://github.com/superwerker/superwerker/issues/291)

    Raises:
        ResourceFailedError: An account failed.
    """
    if not status.endswith("_FAILED"):
        return
    pages = config.get_paginator("get_organization_conformance_pack_detailed_status")
    statuses = pages.paginate(OrganizationConformancePackName=name).search(
        "OrganizationConformancePackDetailedStatuses[]"
    )
    failed = Counter(each.get("ErrorCode", "Unknown") for each in statuses if each["Status"].endswith("_FAILED"))
    summary = "".join(f"{code} in {number} account(s), " for code, number in sorted(failed.items()))
    raise ResourceFailedError(f"Failed to {verb} OrganizationConformancePack {name}. Summary: [{summary}]")
