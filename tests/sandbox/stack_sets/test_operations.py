"""How operations go: how many at a time, how many failures, one after another."""

from collections.abc import Iterator
from typing import Any

import pytest

from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type
from rootguard.sandbox.stack_sets.work import Patience

pytestmark = pytest.mark.slow

GATE = "AWS::CloudFormation::WaitConditionHandle"
GATED = f"Resources: {{Gate: {{Type: {GATE}}}}}"
OVER = ("CANCELLED", "Cancelled since failure tolerance has exceeded")
EAST, WEST = "us-east-1", "eu-west-1"
"""The order in which a request names its Regions is the order of the work."""


@resource_type(GATE)
class Gate(ResourceType):
    """A resource that a test holds up: its stacks stay in progress until the gate opens."""

    is_open = True

    def create(self, properties: Properties, context: Context) -> Physical:
        del properties
        patience = Patience()
        while not Gate.is_open:
            patience.wait()
        return Physical(context.logical_id)

    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        raise NotImplementedError

    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Leave nothing behind: there is nothing."""


@pytest.fixture
def gate() -> Iterator[type[Gate]]:
    Gate.is_open = False
    yield Gate
    Gate.is_open = True


def occupied(organization: Any, name: str, region: str = EAST) -> None:
    """Let the StackSet's stack fail in an account: the topic is there already."""
    organization.client(organization.accounts[name], "sns", region).create_topic(Name="hello")


def started(organization: Any, *units: str, **request: Any) -> str:
    operation = organization.cloudformation.create_stack_instances(
        StackSetName="topics", DeploymentTargets=organization.targets(*units), Regions=[EAST], **request
    )
    return str(operation["OperationId"])


@pytest.mark.parametrize(
    ("preferences", "status", "cancelled"),
    [
        pytest.param({}, "FAILED", 4, id="none-tolerated-by-default"),
        pytest.param({"FailureToleranceCount": 1}, "SUCCEEDED", 0, id="one-tolerated"),
        pytest.param({"FailureTolerancePercentage": 19}, "FAILED", 4, id="percentage-rounds-down-to-none"),
        pytest.param({"FailureTolerancePercentage": 20}, "SUCCEEDED", 0, id="percentage-that-makes-one"),
        pytest.param({"MaxConcurrentCount": 5}, "FAILED", 4, id="strict-tolerance-lowers-concurrency"),
        pytest.param(
            {"MaxConcurrentCount": 5, "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE"}, "FAILED", 0, id="soft-tolerance"
        ),
    ],
)
def test_failure_tolerance(organization: Any, preferences: dict[str, Any], status: str, cancelled: int) -> None:
    organization.stack_set()
    occupied(organization, "alpha")
    operation_id = organization.deploy("Root", OperationPreferences=preferences)
    operation, results = organization.operation(operation_id), organization.results(operation_id)
    alpha_status, reason = results["alpha", EAST]
    assert operation["Status"] == status
    assert operation["StatusDetails"]["FailedStackInstancesCount"] == 1
    assert list(results.values()).count(OVER) == cancelled
    assert alpha_status == "FAILED"
    assert reason is not None
    assert reason.startswith("ResourceLogicalId:Topic, ResourceType:AWS::SNS::Topic, ResourceStatusReason:")
    assert organization.instances()["alpha"] == ("OUTDATED", "FAILED")


@pytest.mark.parametrize(
    ("kind", "in_the_second"),
    [pytest.param("SEQUENTIAL", OVER, id="sequential"), pytest.param("PARALLEL", ("SUCCEEDED", None), id="parallel")],
)
def test_failure_in_the_first_of_two_regions(
    organization: Any, kind: str, in_the_second: tuple[str, str | None]
) -> None:
    organization.stack_set()
    occupied(organization, "epsilon")
    preferences = {"RegionConcurrencyType": kind, "RegionOrder": [EAST, WEST]}
    operation_id = organization.deploy("Sandbox", Regions=[WEST, EAST], OperationPreferences=preferences)
    assert organization.operation(operation_id)["Status"] == "FAILED"
    assert organization.results(operation_id)["epsilon", WEST] == in_the_second


def test_the_next_create_operation_tries_what_is_outdated(organization: Any) -> None:
    organization.stack_set()
    occupied(organization, "alpha")
    organization.deploy("Root", OperationPreferences={"FailureToleranceCount": 1})
    sns = organization.client(organization.accounts["alpha"], "sns")
    sns.delete_topic(TopicArn=sns.list_topics()["Topics"][0]["TopicArn"])
    operation_id = organization.deploy("Root")
    assert organization.results(operation_id) == {("alpha", EAST): ("SUCCEEDED", None)}
    assert set(organization.instances().values()) == {("CURRENT", "SUCCEEDED")}


def test_one_operation_at_a_time(organization: Any, gate: type[Gate], refused: Any) -> None:
    organization.stack_set(GATED)
    operation_id = started(organization, "Workloads")
    code, message = refused(lambda: started(organization, "Sandbox"))
    deletion, _ = refused(lambda: organization.cloudformation.delete_stack_set(StackSetName="topics"))
    running = organization.operation(operation_id)
    shown = organization.instances()
    gate.is_open = True
    organization.rest()
    assert (code, deletion) == ("OperationInProgressException", "OperationInProgressException")
    assert message.endswith(f" is in progress: {operation_id}")
    assert (running["Status"], "EndTimestamp" in running) == ("RUNNING", False)
    assert shown == {"gamma": ("OUTDATED", "RUNNING"), "delta": ("OUTDATED", "PENDING")}
    assert organization.operation(operation_id)["Status"] == "SUCCEEDED"


def test_managed_execution_queues_only_what_conflicts(organization: Any, gate: type[Gate]) -> None:
    organization.stack_set(GATED, ManagedExecution={"Active": True})
    first = started(organization, "Workloads")
    beside = started(organization, "Sandbox")
    conflicting = started(organization, "Production")
    statuses = [organization.operation(each)["Status"] for each in (first, beside, conflicting)]
    gate.is_open = True
    organization.rest()
    assert statuses == ["RUNNING", "RUNNING", "QUEUED"]
    ended = [organization.operation(each)["Status"] for each in (first, beside, conflicting)]
    assert ended == ["SUCCEEDED"] * 3


def test_stopping_cancels_what_has_not_begun(organization: Any, gate: type[Gate], refused: Any) -> None:
    organization.stack_set(GATED)
    operation_id = started(organization, "Workloads")
    while organization.instances()["gamma"] != ("OUTDATED", "RUNNING"):
        pass
    stop = {"StackSetName": "topics", "OperationId": operation_id}
    organization.cloudformation.stop_stack_set_operation(**stop)
    stopping = organization.operation(operation_id)["Status"]
    gate.is_open = True
    organization.rest()
    results = {name: status for (name, _), (status, _) in organization.results(operation_id).items()}
    assert stopping == "STOPPING"
    assert organization.operation(operation_id)["Status"] == "STOPPED"
    assert results == {"gamma": "SUCCEEDED", "delta": "CANCELLED"}
    code, _ = refused(lambda: organization.cloudformation.stop_stack_set_operation(**stop))
    assert code == "InvalidOperationException"


def test_an_operations_id_serves_once(organization: Any, refused: Any) -> None:
    organization.stack_set()
    organization.deploy("Sandbox", OperationId="once")
    code, _ = refused(lambda: organization.deploy("Workloads", OperationId="once"))
    assert code == "OperationIdAlreadyExistsException"


def test_a_stack_set_with_instances_is_not_deleted(organization: Any, refused: Any) -> None:
    organization.stack_set()
    organization.deploy("Sandbox")
    code, _ = refused(lambda: organization.cloudformation.delete_stack_set(StackSetName="topics"))
    organization.delete(organization.targets("Sandbox"))
    organization.cloudformation.delete_stack_set(StackSetName="topics")
    assert code == "StackSetNotEmptyException"
    assert organization.cloudformation.list_stack_sets(Status="ACTIVE")["Summaries"] == []
    assert organization.cloudformation.list_stack_sets(Status="DELETED")["Summaries"][0]["StackSetName"] == "topics"


def test_a_failed_deletion_leaves_the_instance_inoperable(organization: Any) -> None:
    organization.stack_set()
    organization.deploy("Sandbox")
    account_id = organization.accounts["epsilon"]
    iam = organization.client(account_id, "iam")
    role = next(
        each["RoleName"] for each in iam.list_roles()["Roles"] if each["RoleName"].startswith("stacksets-exec-")
    )
    deny = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sns:*", "Resource": "*"}]}'
    iam.put_role_policy(RoleName=role, PolicyName="deny", PolicyDocument=deny)
    operation_id = organization.delete(organization.targets("Sandbox"))
    assert organization.operation(operation_id)["StatusDetails"]["FailedStackInstancesCount"] == 1
    assert organization.instances() == {"epsilon": ("INOPERABLE", "INOPERABLE")}
    organization.delete(organization.targets("Sandbox"), retains=True)
    assert organization.instances() == {}
