"""AWS Config: tags of the rules and packs that moto does not know.

https://docs.aws.amazon.com/config/latest/APIReference/API_TagResource.html. Other resources are moto's.
"""

from typing import Any

from rootguard.sandbox.config_rules.organization_packs import OrganizationPack, organization_packs_of
from rootguard.sandbox.config_rules.packs import Pack, packs_of
from rootguard.sandbox.config_rules.paging import paged
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.config_rules.rules import Rule, rules_of
from rootguard.sandbox.config_rules.tags import tags_of
from rootguard.sandbox.dispatch import Answer, Call, operation

_MAXIMUM = 50


@operation("config:TagResource")
def tag_resource(call: Call) -> Answer:
    """Add tags, or give them other values."""
    tags = _tags(call)
    if tags is None:
        return call.moto()
    tags.update(tags_of(call.parameters["Tags"]))
    return {}


@operation("config:UntagResource")
def untag_resource(call: Call) -> Answer:
    """Take tags away."""
    tags = _tags(call)
    if tags is None:
        return call.moto()
    for key in call.parameters["TagKeys"]:
        tags.pop(key, None)
    return {}


@operation("config:ListTagsForResource")
def list_tags_for_resource(call: Call) -> Answer:
    """List tags by key."""
    tags = _tags(call)
    if tags is None:
        return call.moto()
    rows: dict[tuple[str, ...], dict[str, Any]] = {(key,): {"Key": key, "Value": value} for key, value in tags.items()}
    return paged("Tags", rows, call.parameters, _MAXIMUM)


def _tags(call: Call) -> dict[str, str] | None:
    place, arn = Place(call.account_id, call.region), call.parameters["ResourceArn"]
    owners: tuple[Rule | Pack | OrganizationPack, ...] = (
        *rules_of(place).by_name.values(),
        *packs_of(place).by_name.values(),
        *organization_packs_of(place).by_name.values(),
    )
    return next((owner.tags for owner in owners if owner.arn == arn), None)
