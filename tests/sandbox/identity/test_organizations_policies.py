"""Enabling a type of policies, attaching and detaching them, and what no policy may be.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_enable-disable.html
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

SCP = "SERVICE_CONTROL_POLICY"
FULL = "p-FullAWSAccess"
DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'

type Refusal = Callable[[Callable[[], object]], tuple[str, str, int]]


class Place(NamedTuple):
    """The management account's client, the organization's root, a member."""

    client: Any
    root: str
    member: str

    def create(self, content: str = DENY, name: str = "deny") -> str:
        made = self.client.create_policy(Name=name, Description="", Type=SCP, Content=content)
        return str(made["Policy"]["PolicySummary"]["Id"])

    def attached(self, target: str) -> list[str]:
        found = self.client.list_policies_for_target(TargetId=target, Filter=SCP)["Policies"]
        return [policy["Id"] for policy in found]


@pytest.fixture
def disabled(world: Any) -> Place:
    """An organization in which service control policies are not enabled."""
    management = world.organization()
    client = world.client("organizations", management)
    return Place(client, client.list_roots()["Roots"][0]["Id"], world.member(management))


@pytest.fixture
def place(disabled: Place) -> Place:
    disabled.client.enable_policy_type(RootId=disabled.root, PolicyType=SCP)
    return disabled


def test_policies_bind_from_their_enabling_to_their_disabling(disabled: Place, refusal: Refusal) -> None:
    client, root, member = disabled
    assert disabled.attached(member) == disabled.attached(root) == []
    client.enable_policy_type(RootId=root, PolicyType=SCP)
    assert disabled.attached(member) == disabled.attached(root) == [FULL]
    policy = disabled.create()
    client.attach_policy(PolicyId=policy, TargetId=member)
    client.disable_policy_type(RootId=root, PolicyType=SCP)
    assert disabled.attached(member) == []
    assert client.list_targets_for_policy(PolicyId=policy)["Targets"] == []
    again = refusal(lambda: client.disable_policy_type(RootId=root, PolicyType=SCP))
    assert again[0] == "PolicyTypeNotEnabledException"
    client.enable_policy_type(RootId=root, PolicyType=SCP)
    assert disabled.attached(member) == [FULL], "what was attached before is not attached again"


def test_consolidated_billing_has_no_policies(world: Any, refusal: Refusal) -> None:
    client = world.client("organizations", world.organization("CONSOLIDATED_BILLING"))
    root = client.list_roots()["Roots"][0]
    assert root["PolicyTypes"] == []
    refused = refusal(lambda: client.enable_policy_type(RootId=root["Id"], PolicyType=SCP))
    assert refused[0] == "PolicyTypeNotAvailableForOrganizationException"


def test_what_is_new_is_bound_at_once(place: Place) -> None:
    unit = place.client.create_organizational_unit(ParentId=place.root, Name="unit")["OrganizationalUnit"]["Id"]
    assert place.attached(unit) == [FULL]
    assert place.attached(place.member) == [FULL]


def test_a_target_keeps_a_policy(place: Place, refusal: Refusal) -> None:
    client, _, member = place
    refused = refusal(lambda: client.detach_policy(PolicyId=FULL, TargetId=member))
    assert refused[:2] == ("ConstraintViolationException", "You cannot remove the last policy attached to the target.")
    policy = place.create()
    client.attach_policy(PolicyId=policy, TargetId=member)
    client.detach_policy(PolicyId=FULL, TargetId=member)
    assert place.attached(member) == [policy]


def test_a_policy_is_attached_once(place: Place, refusal: Refusal) -> None:
    client, _, member = place
    refused = refusal(lambda: client.attach_policy(PolicyId=FULL, TargetId=member))
    assert refused[0] == "DuplicatePolicyAttachmentException"
    policy = place.create()
    refused = refusal(lambda: client.detach_policy(PolicyId=policy, TargetId=member))
    assert refused[0] == "PolicyNotAttachedException"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        pytest.param(lambda c: c.list_parents(ChildId="999999999999"), "ChildNotFoundException", id="parents, account"),
        pytest.param(lambda c: c.list_parents(ChildId="ou-ab12-12345678"), "ChildNotFoundException", id="parents, OU"),
        pytest.param(
            lambda c: c.list_policies_for_target(TargetId="999999999999", Filter=SCP),
            "TargetNotFoundException",
            id="policies, account",
        ),
        pytest.param(
            lambda c: c.list_policies_for_target(TargetId="ou-ab12-12345678", Filter=SCP),
            "TargetNotFoundException",
            id="policies, OU",
        ),
        pytest.param(
            lambda c: c.attach_policy(PolicyId="p-12345678", TargetId="999999999999"),
            "PolicyNotFoundException",
            id="attach what is not there",
        ),
        pytest.param(
            lambda c: c.attach_policy(PolicyId=FULL, TargetId="999999999999"),
            "TargetNotFoundException",
            id="attach to what is not there",
        ),
    ],
)
def test_what_is_not_there(place: Place, refusal: Refusal, call: Callable[[Any], object], code: str) -> None:
    assert refusal(lambda: call(place.client))[0] == code


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("{", id="no JSON"),
        pytest.param('{"Version":"2012-10-17"}', id="no statement"),
        pytest.param(
            '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}',
            id="a principal",
        ),
    ],
)
def test_what_is_no_service_control_policy(place: Place, refusal: Refusal, content: str) -> None:
    assert refusal(lambda: place.create(content))[0] == "MalformedPolicyDocumentException"
    policy = place.create()
    refused = refusal(lambda: place.client.update_policy(PolicyId=policy, Content=content))
    assert refused[0] == "MalformedPolicyDocumentException"


def test_pages(place: Place) -> None:
    for number in range(3):
        place.client.attach_policy(PolicyId=place.create(name=f"deny{number}"), TargetId=place.member)
    pages = place.client.get_paginator("list_policies_for_target").paginate(
        TargetId=place.member, Filter=SCP, PaginationConfig={"PageSize": 2}
    )
    sizes = [len(page["Policies"]) for page in pages]
    assert sizes == [2, 2]
