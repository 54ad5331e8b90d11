"""AWS Config: conformance packs of one account.

https://docs.aws.amazon.com/config/latest/APIReference/API_PutConformancePack.html and the pages of the
operations below.
"""

from functools import partial
from typing import Any

from rootguard.sandbox.config_rules.pack_source import pack_request
from rootguard.sandbox.config_rules.pack_template import TemplateError
from rootguard.sandbox.config_rules.packs import (
    Pack,
    PackState,
    check_settled,
    delete_pack,
    deploy,
    existing_pack,
    packs_of,
    put_pack,
)
from rootguard.sandbox.config_rules.paging import paged
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.config_rules.rules import CONFORMS_PRINCIPAL
from rootguard.sandbox.config_rules.service_roles import ensure_role
from rootguard.sandbox.config_rules.tags import tags_of
from rootguard.sandbox.config_rules.work import Deployments
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.state import state

_PACKS_PER_PAGE = 20
"""The largest `Limit`; which page is the default AWS does not say."""


@operation("config:PutConformancePack")
def put_conformance_pack(call: Call) -> dict[str, Any]:
    """Create or update a pack, in the background."""
    place, name = Place(call.account_id, call.region), call.parameters["ConformancePackName"]
    known = packs_of(place).by_name.get(name)
    if known is not None:
        _check_own(known)
    try:
        request = pack_request(call.parameters, place, call.access_key)
    except TemplateError as error:
        raise AwsError("ConformancePackTemplateValidationException", str(error)) from None
    pack = put_pack(place, name, request, tags_of(call.parameters.get("Tags") or []))
    ensure_role(place.account_id, place.partition, CONFORMS_PRINCIPAL)
    state(Deployments).submit(partial(deploy, pack))
    return {"ConformancePackArn": pack.arn}


@operation("config:DescribeConformancePacks")
def describe_conformance_packs(call: Call) -> dict[str, Any]:
    """List packs, by name."""
    place, names = Place(call.account_id, call.region), call.parameters.get("ConformancePackNames")
    packs = [existing_pack(place, name) for name in names] if names else _packs(call)
    rows = {pack.key: _detail(pack) for pack in packs if _is_wanted(call)}
    return paged("ConformancePackDetails", rows, call.parameters, _PACKS_PER_PAGE)


@operation("config:DescribeConformancePackStatus")
def describe_conformance_pack_status(call: Call) -> dict[str, Any]:
    """Tell how packs are doing; a name that no pack has is left out: "you will see an empty result"."""
    names = call.parameters.get("ConformancePackNames")
    rows = {pack.key: _status(pack) for pack in _packs(call) if _is_wanted(call) and (not names or pack.name in names)}
    return paged("ConformancePackStatusDetails", rows, call.parameters, _PACKS_PER_PAGE)


def _packs(call: Call) -> list[Pack]:
    return list(packs_of(Place(call.account_id, call.region)).by_name.values())


def _is_wanted(call: Call) -> bool:
    """Whether the filter lets custom packs through: there are no others here."""
    types = (call.parameters.get("Filters") or {}).get("Types")
    return not types or "CUSTOM" in types


def _detail(pack: Pack) -> dict[str, Any]:
    detail = {
        "ConformancePackName": pack.name,
        "ConformancePackArn": pack.arn,
        "ConformancePackId": pack.pack_id,
        "ConformancePackInputParameters": list(pack.request.inputs),
        "LastUpdateRequestedTime": pack.requested,
        "Type": "CUSTOM",
        **pack.request.delivery,
    }
    return detail | ({"CreatedBy": pack.created_by} if pack.created_by else {})


def _status(pack: Pack) -> dict[str, Any]:
    status: dict[str, Any] = {
        "ConformancePackName": pack.name,
        "ConformancePackId": pack.pack_id,
        "ConformancePackArn": pack.arn,
        "ConformancePackState": pack.pack_state.value,
        "StackArn": pack.stack_arn,
        "LastUpdateRequestedTime": pack.requested,
        "Type": "CUSTOM",
    }
    if pack.completed is not None:
        status["LastUpdateCompletedTime"] = pack.completed
    if pack.reason is not None:
        status["ConformancePackStatusReason"] = pack.reason[1][:2000]
    return status


@operation("config:DeleteConformancePack")
def delete_conformance_pack(call: Call) -> dict[str, Any]:
    """Delete a pack with its rules and their results, in the background."""
    pack = existing_pack(Place(call.account_id, call.region), call.parameters["ConformancePackName"])
    _check_own(pack)
    check_settled(pack)
    pack.pack_state = PackState.DELETE_IN_PROGRESS
    state(Deployments).submit(partial(delete_pack, pack))
    return {}


def _check_own(pack: Pack) -> None:
    """Refuse to change what the organization deployed: it is "not modifiable by your organization's member accounts".

    https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html, which names no
    error; this one is that of service-linked rules.
    """
    if pack.created_by:
        message = f"The conformance pack {pack.name} was created by {pack.created_by} and cannot be changed here."
        raise AwsError("AccessDeniedException", message)
