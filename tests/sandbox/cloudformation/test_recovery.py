"""Stacks that stopped half-way: what becomes of what they had replaced or changed."""

from typing import Any

import pytest

from rootguard.sandbox import background
from rootguard.sandbox.dispatch import failing

PARAMETER = "{Type: AWS::SSM::Parameter, %sProperties: {Name: %s, Type: String, Value: %s}}"
TAKEN = f"  Taken: {PARAMETER % ('DependsOn: [Named, Other], ', '/taken', 'a')}"


def template(name: str, value: str = "a", more: str = "") -> str:
    """A parameter that another name replaces, one that changes in place, and what else there is to be."""
    return f"""
Resources:
  Named: {PARAMETER % ("", name, value)}
  Other: {PARAMETER % ("", "/other", value)}
{more}
"""


@pytest.fixture
def stuck(cloud: Any) -> Any:
    """A stack whose update has replaced /one by /two and then failed, and was left so."""
    cloud.ssm.put_parameter(Name="/taken", Value="older", Type="String")
    cloud.created("s", template("/one"))
    failed = cloud.updated("s", template("/two", "b", TAKEN), DisableRollback=True)
    assert failed["StackStatus"] == "UPDATE_FAILED"
    assert cloud.values() == {"/one", "/two", "/other", "/taken"}
    return cloud


def test_a_mended_update_removes_what_the_failed_one_had_replaced(stuck: Any) -> None:
    assert stuck.updated("s", template("/two", "b"))["StackStatus"] == "UPDATE_COMPLETE"

    assert stuck.values() == {"/two", "/other", "/taken"}


def test_a_second_replacement_removes_both_earlier_ones(stuck: Any) -> None:
    assert stuck.updated("s", template("/three", "b"))["StackStatus"] == "UPDATE_COMPLETE"

    assert stuck.values() == {"/three", "/other", "/taken"}


def test_a_second_failure_takes_the_stack_back_to_its_last_stable_state(stuck: Any) -> None:
    stack = stuck.updated("s", template("/three", "c", TAKEN))

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert {name: stuck.value(name) for name in stuck.values()} == {"/one": "a", "/other": "a", "/taken": "older"}
    assert stuck.resource("s", "Named")["PhysicalResourceId"] == "/one"


def test_a_failed_update_is_deleted_whole(stuck: Any) -> None:
    assert stuck.deleted("s")["StackStatus"] == "DELETE_COMPLETE"

    assert stuck.values() == {"/taken"}


def test_a_failed_rollback_is_deleted_whole(cloud: Any) -> None:
    cloud.ssm.put_parameter(Name="/taken", Value="older", Type="String")
    tagged = template("/one").replace("{Name: /other", "{Tags: {a: b}, Name: /other")
    cloud.created("s", tagged)
    with failing("ssm:AddTagsToResource", "InternalServerError", "down"):
        failed = cloud.updated("s", template("/two", more=TAKEN))
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert cloud.values() == {"/one", "/two", "/other", "/taken"}

    assert cloud.deleted("s")["StackStatus"] == "DELETE_COMPLETE"
    assert cloud.values() == {"/taken"}


def test_invalid_properties_leave_the_resource_alone(cloud: Any) -> None:
    cloud.created("s", template("/one"))
    invalid = template("/one", "b").replace("{Name: /one", "{Tags: [not, tags], Name: /one")

    stack = cloud.updated("s", invalid)

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.value("/one") == "a"
    assert background.idle(10)
