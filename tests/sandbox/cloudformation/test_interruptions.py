"""Operations that meet each other, that are stopped, and that crash."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.patience import LONGEST_WAIT

from rootguard.sandbox import background
from rootguard.sandbox.cloudformation.change_sets import ChangeSet
from rootguard.sandbox.cloudformation.operations import submit
from rootguard.sandbox.cloudformation.resource_type import (
    Context,
    Physical,
    Properties,
    ResourceType,
    handler_of,
    resource_type,
)
from rootguard.sandbox.cloudformation.stack_store import find_stack
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.dispatch import failing

GATED = "AWS::RoboMaker::Fleet"
TEMPLATE = """
Resources:
  First: {Type: AWS::SSM::Parameter, Properties: {Name: /first, Type: String, Value: %s}}
  Gate: {Type: AWS::RoboMaker::Fleet, DependsOn: First, Properties: {Tags: {value: %s}}}
  Last: {Type: AWS::SSM::Parameter, DependsOn: Gate, Properties: {Name: /last, Type: String, Value: %s}}
"""


@dataclass
class Gate:
    """Where a stack operation waits until the test lets it pass."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)
    crash: Exception | None = None

    def pass_through(self, context: Context) -> None:
        self.reached.set()
        assert self.opened.wait(LONGEST_WAIT)
        if self.crash is not None:
            raise self.crash
        context.client("sts").get_caller_identity()


_GATES: list[Gate] = []

if handler_of(GATED) is None:

    @resource_type(GATED)
    class _Gated(ResourceType):
        """A resource that takes as long as the test wants."""

        def create(self, properties: Properties, context: Context) -> Physical:
            del properties
            _GATES[-1].pass_through(context)
            return Physical(context.generated_name())

        def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
            del old, new
            _GATES[-1].pass_through(context)
            return physical

        def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
            """Nothing is there."""


@pytest.fixture
def gate() -> Iterator[Gate]:
    _GATES.append(Gate())
    yield _GATES[-1]
    _GATES[-1].opened.set()


def template(value: str = "a") -> str:
    return TEMPLATE % (value, value, value)


def created(cloud: Any, gate: Gate) -> None:
    gate.opened.set()
    assert cloud.created("s", template())["StackStatus"] == "CREATE_COMPLETE"
    gate.opened.clear()
    gate.reached.clear()


def test_a_stack_does_one_thing_at_a_time(cloud: Any, gate: Gate) -> None:
    created(cloud, gate)
    cloud.cloudformation.update_stack(StackName="s", TemplateBody=template("b"))
    assert gate.reached.wait(LONGEST_WAIT)

    assert cloud.status("s") == "UPDATE_IN_PROGRESS"
    with pytest.raises(ClientError, match="is in UPDATE_IN_PROGRESS state and can not be updated"):
        cloud.cloudformation.update_stack(StackName="s", TemplateBody=template("c"))
    with pytest.raises(ClientError, match=r"Stack \[arn:.*\] cannot be deleted while in status UPDATE_IN_PROGRESS"):
        cloud.cloudformation.delete_stack(StackName="s")
    with pytest.raises(ClientError, match="is in UPDATE_IN_PROGRESS state and can not be updated"):
        cloud.cloudformation.create_change_set(StackName="s", ChangeSetName="c", TemplateBody=template("c"))
    gate.opened.set()
    cloud.settled()
    assert cloud.status("s") == "UPDATE_COMPLETE"


def test_an_update_is_cancelled(cloud: Any, gate: Gate) -> None:
    created(cloud, gate)
    with pytest.raises(ClientError, match="CancelUpdateStack cannot be called from current stack status"):
        cloud.cloudformation.cancel_update_stack(StackName="s")
    cloud.cloudformation.update_stack(StackName="s", TemplateBody=template("b"))
    assert gate.reached.wait(LONGEST_WAIT)
    cloud.cloudformation.cancel_update_stack(StackName="s")
    gate.opened.set()
    cloud.settled()

    assert cloud.status("s") == "UPDATE_ROLLBACK_COMPLETE"
    assert (cloud.value("/first"), cloud.value("/last")) == ("a", "a")


def test_a_stack_is_deleted_while_it_is_created(cloud: Any, gate: Gate) -> None:
    stack_id = cloud.cloudformation.create_stack(StackName="s", TemplateBody=template())["StackId"]
    assert gate.reached.wait(LONGEST_WAIT)
    cloud.cloudformation.delete_stack(StackName="s")
    assert cloud.status("s") == "DELETE_IN_PROGRESS"
    cloud.cloudformation.delete_stack(StackName="s")
    gate.opened.set()
    cloud.settled()

    assert cloud.status(stack_id) == "DELETE_COMPLETE"
    assert cloud.values() == set()


def test_a_rollback_goes_on_where_it_failed(cloud: Any, gate: Gate) -> None:
    cloud.ssm.put_parameter(Name="/taken", Value="older", Type="String")
    created(cloud, gate)
    cloud.cloudformation.update_stack(StackName="s", TemplateBody=template("b").replace("/last", "/taken"))
    assert gate.reached.wait(LONGEST_WAIT)
    with failing("ssm:PutParameter", "InternalServerError", "down"):
        gate.opened.set()
        cloud.settled()
    assert (cloud.status("s"), cloud.value("/first")) == ("UPDATE_ROLLBACK_FAILED", "b")

    cloud.cloudformation.continue_update_rollback(StackName="s")
    cloud.settled()

    assert (cloud.status("s"), cloud.value("/first")) == ("UPDATE_ROLLBACK_COMPLETE", "a")


def test_an_export_that_a_stack_under_way_uses_stays(cloud: Any, gate: Gate) -> None:
    exporting = """
Resources: {A: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: a}}}
Outputs: {A: {Value: !Ref A, Export: {Name: shared}}}
"""
    cloud.created("exporting", exporting)
    importing = template().replace("Value: a", "Value: !ImportValue shared", 1)
    cloud.cloudformation.create_stack(StackName="s", TemplateBody=importing)
    assert gate.reached.wait(LONGEST_WAIT)

    cloud.cloudformation.delete_stack(StackName="exporting")
    _rested(cloud, "exporting")
    assert cloud.status("exporting") == "CREATE_COMPLETE"
    assert cloud.reasons("exporting", "CREATE_COMPLETE")[-1] == "Export shared cannot be deleted as it is in use by s"
    gate.opened.set()


def _rested(cloud: Any, name: str) -> None:
    for _ in range(500):
        if not cloud.status(name).endswith("_IN_PROGRESS"):
            return
        time.sleep(0.02)


def test_many_stacks_at_once(cloud: Any, gate: Gate) -> None:
    gate.opened.set()
    names = [f"s{number}" for number in range(12)]
    for name in names:
        body = template().replace("/first", f"/{name}/first").replace("/last", f"/{name}/last")
        cloud.cloudformation.create_stack(StackName=name, TemplateBody=body)
    cloud.settled()

    assert {each["StackStatus"] for each in cloud.cloudformation.describe_stacks()["Stacks"]} == {"CREATE_COMPLETE"}
    assert len(cloud.values()) == 24


def test_a_crash_of_a_handler_fails_the_stack_and_the_test(cloud: Any, gate: Gate) -> None:
    gate.crash = KeyError("a fault of ours")
    cloud.cloudformation.create_stack(StackName="s", TemplateBody=template())
    gate.opened.set()

    with pytest.raises(background.WorkFailedError):
        background.idle(20)
    stack = cloud.stack("s")
    assert stack["StackStatus"] == "CREATE_FAILED"
    assert stack["StackStatusReason"] == "SandboxCrashed: KeyError('a fault of ours')"


def test_a_reset_ends_what_is_under_way(cloud: Any, gate: Gate) -> None:
    cloud.cloudformation.create_stack(StackName="s", TemplateBody=template())
    assert gate.reached.wait(LONGEST_WAIT)
    threading.Timer(0.2, gate.opened.set).start()

    cloud.sandbox.reset()

    assert background.idle(0)
    assert cloud.cloudformation.list_stacks()["StackSummaries"] == []
    assert cloud.values() == set()


def test_a_crash_while_a_change_set_is_examined_fails_it(cloud: Any, gate: Gate) -> None:
    created(cloud, gate)
    stack = find_stack(Place(cloud.account_id, "us-east-1"), "s")
    assert stack is not None
    broken: Any = object()
    change_set = ChangeSet("c", "arn:c", stack, "UPDATE", broken)

    submit(stack, change_set.examine)

    with pytest.raises(background.WorkFailedError):
        background.idle(20)
    assert (change_set.status, change_set.execution_status) == ("FAILED", "UNAVAILABLE")
    assert str(change_set.reason).startswith("SandboxCrashed: AttributeError")
    assert cloud.status("s") == "CREATE_COMPLETE"
