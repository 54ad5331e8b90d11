"""Keys out of use."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rootguard.sandbox.server import Sandbox

ACCOUNT = "111122223333"
type Calls = tuple[str, ...]


@pytest.fixture(scope="module")
def kms() -> Iterator[Any]:
    with Sandbox() as sandbox:
        yield sandbox.session(ACCOUNT).client("kms")


def by_id(metadata: dict[str, Any]) -> str:
    return str(metadata["KeyId"])


def by_arn(metadata: dict[str, Any]) -> str:
    return str(metadata["Arn"])


@pytest.mark.parametrize("named", [by_id, by_arn])
@pytest.mark.parametrize(
    ("calls", "state"),
    [
        pytest.param(("disable_key",), "Disabled", id="disabled"),
        pytest.param(("disable_key", "enable_key"), "Enabled", id="enabled again"),
        pytest.param(("schedule_key_deletion",), "PendingDeletion", id="to be deleted"),
        pytest.param(("schedule_key_deletion", "cancel_key_deletion"), "Disabled", id="kept after all"),
    ],
)
def test_state(kms: Any, named: Callable[[dict[str, Any]], str], calls: Calls, state: str) -> None:
    name = named(kms.create_key()["KeyMetadata"])
    for call in calls:
        getattr(kms, call)(KeyId=name)
    described = kms.describe_key(KeyId=name)["KeyMetadata"]
    assert (described["KeyState"], described["Enabled"]) == (state, state == "Enabled")
    assert ("DeletionDate" in described) is (state == "PendingDeletion")


def test_a_deletion_is_told(kms: Any) -> None:
    metadata = kms.create_key()["KeyMetadata"]
    answer = kms.schedule_key_deletion(KeyId=metadata["KeyId"], PendingWindowInDays=7)
    described = kms.describe_key(KeyId=metadata["KeyId"])["KeyMetadata"]
    assert (answer["KeyId"], answer["KeyState"], answer["PendingWindowInDays"]) == (
        metadata["Arn"],
        "PendingDeletion",
        7,
    )
    assert abs(answer["DeletionDate"] - described["DeletionDate"]).total_seconds() < 1


@pytest.mark.parametrize(
    ("before", "call"),
    [
        pytest.param(("schedule_key_deletion",), "enable_key", id="enabling what is to be deleted"),
        pytest.param(("schedule_key_deletion",), "disable_key", id="disabling what is to be deleted"),
        pytest.param(("schedule_key_deletion",), "schedule_key_deletion", id="deleting twice"),
        pytest.param((), "cancel_key_deletion", id="keeping what is not to be deleted"),
    ],
)
def test_a_state_that_does_not_let_it(kms: Any, before: Calls, call: str) -> None:
    name = kms.create_key()["KeyMetadata"]["Arn"]
    for earlier in before:
        getattr(kms, earlier)(KeyId=name)
    with pytest.raises(kms.exceptions.KMSInvalidStateException):
        getattr(kms, call)(KeyId=name)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda arn: arn.replace(ACCOUNT, "444455556666"), id="another account's"),
        pytest.param(lambda arn: arn.replace("us-east-1", "eu-west-1"), id="another Region's"),
        pytest.param(lambda _: "11111111-2222-3333-4444-555555555555", id="nobody's"),
        pytest.param(lambda _: "alias/a", id="an alias"),
    ],
)
@pytest.mark.parametrize("call", ["disable_key", "enable_key", "schedule_key_deletion", "cancel_key_deletion"])
def test_a_key_that_is_not_there(kms: Any, call: str, other: Callable[[str], str]) -> None:
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(kms.exceptions.NotFoundException):
        getattr(kms, call)(KeyId=other(arn))
