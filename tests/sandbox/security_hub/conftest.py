"""Hubs of accounts that are new to each test, and findings to put into them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.config import Config
from tests.patience import LONGEST_WAIT

from rootguard.sandbox import background

REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Account:
    """An account with Security Hub, or about to have it."""

    world: Any
    id: str

    @property
    def hub(self) -> Any:
        return self.world.client("securityhub", self.id)

    @property
    def impatient_hub(self) -> Any:
        """A client that does not try again: botocore takes LimitExceededException for throttling."""
        config = Config(retries={"total_max_attempts": 1})
        return self.world.sandbox.session(self.id).client("securityhub", config=config)

    @property
    def product(self) -> str:
        return f"arn:aws:securityhub:{REGION}:{self.id}:product/{self.id}/default"

    def finding(self, **changes: Any) -> dict[str, Any]:
        """A finding that adheres to the format; what is None is left out."""
        finding = {
            "SchemaVersion": "2018-10-08",
            "Id": "one",
            "ProductArn": self.product,
            "GeneratorId": "generator",
            "AwsAccountId": self.id,
            "CreatedAt": "2026-01-01T00:00:00Z",
            "UpdatedAt": "2026-01-01T00:00:00Z",
            "Title": "The root user signs in without MFA",
            "Description": "A description.",
            "Resources": [{"Type": "AwsAccount", "Id": f"AWS::::Account:{self.id}"}],
            "FindingProviderFields": {
                "Severity": {"Label": "HIGH"},
                "Types": ["Software and Configuration Checks"],
            },
            **changes,
        }
        return {name: value for name, value in finding.items() if value is not None}

    def put(self, **changes: Any) -> dict[str, Any]:
        """Import a finding and read it back."""
        finding = self.finding(**changes)
        answer = self.hub.batch_import_findings(Findings=[finding])
        assert answer["FailedFindings"] == []
        return self.read(finding["Id"])

    def read(self, finding_id: str = "one") -> dict[str, Any]:
        [found] = self.list(Id=[{"Value": finding_id, "Comparison": "EQUALS"}])
        return found

    def list(self, **filters: Any) -> list[dict[str, Any]]:
        return list(self.hub.get_findings(Filters=filters)["Findings"])

    def refused(self, **changes: Any) -> tuple[str, str]:
        """Code and message of a finding that is not imported."""
        answer = self.hub.batch_import_findings(Findings=[self.finding(**changes)])
        assert (answer["SuccessCount"], answer["FailedCount"]) == (0, 1)
        [failed] = answer["FailedFindings"]
        return failed["ErrorCode"], failed["ErrorMessage"]

    def update(self, *finding_ids: str, **fields: Any) -> dict[str, Any]:
        identifiers = [{"Id": each, "ProductArn": self.product} for each in finding_ids or ("one",)]
        return dict(self.hub.batch_update_findings(FindingIdentifiers=identifiers, **fields))


@pytest.fixture(scope="module")
def new_account(world: Any) -> Callable[[], Account]:
    """An account in which Security Hub is on."""

    def make() -> Account:
        account = Account(world, world.standalone_account())
        account.hub.enable_security_hub(EnableDefaultStandards=False)
        return account

    return make


@pytest.fixture
def account(new_account: Callable[[], Account]) -> Account:
    return new_account()


@pytest.fixture(scope="module")
def account_of(world: Any) -> Callable[[str], Account]:
    """An account by its id, with Security Hub on or off."""
    return lambda account_id: Account(world, account_id)


@pytest.fixture
def idle() -> Callable[[], None]:
    """Wait until everything that AWS does in the background is done."""

    def wait() -> None:
        assert background.idle(LONGEST_WAIT)

    return wait


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization in which one account administers Security Hub."""

    world: Any
    management_id: str
    administrator: Account

    def new_account(self) -> Account:
        return Account(self.world, self.world.member(self.management_id))

    def new_member(self) -> Account:
        """An account whose findings the administrator sees."""
        member = self.new_account()
        answer = self.administrator.hub.create_members(AccountDetails=[{"AccountId": member.id}])
        assert answer["UnprocessedAccounts"] == []
        return member


@pytest.fixture(scope="module")
def organization(world: Any) -> Organization:
    management_id = world.organization()
    administrator = Account(world, world.member(management_id))
    world.client("securityhub", management_id).enable_organization_admin_account(AdminAccountId=administrator.id)
    return Organization(world, management_id, administrator)


@dataclass(frozen=True, slots=True)
class Listener:
    """A queue that gets an account's events."""

    sqs: Any
    url: str

    def details(self) -> list[dict[str, Any]]:
        """What came since the last time, once nothing is on its way any more."""
        return [event["detail"]["findings"][0] for event in self.events()]

    def events(self) -> list[dict[str, Any]]:
        assert background.idle(LONGEST_WAIT)
        messages = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", ())
        for each in messages:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"]) for each in messages]


@pytest.fixture(scope="module")
def listen(world: Any) -> Callable[..., Listener]:
    """Listen to the default event bus of an account."""

    def to(account_id: str, pattern: Mapping[str, Any] | None = None) -> Listener:
        name, sqs, events = world.new_name(), world.client("sqs", account_id), world.client("events", account_id)
        arn = f"arn:aws:sqs:{REGION}:{account_id}:{name}"
        principal = {"Service": "events.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        url = sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
        events.put_rule(Name=name, EventPattern=json.dumps(pattern or {"source": ["aws.securityhub"]}))
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
        return Listener(world.client("sqs", account_id), url)

    return to
