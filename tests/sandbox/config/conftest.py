"""An account that AWS Config can work in, built over HTTP as a person would."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.config import Config

from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.function_package import zipped
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.state import state

LAMBDA_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
PERIODIC = [{"EventSource": "aws.config", "MessageType": "ScheduledNotification"}]


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the sandbox, until the next reset."""

    sandbox: Sandbox
    account_id: str
    clients: dict[str, Any] = field(default_factory=dict)
    roles: list[str] = field(default_factory=list)

    def client(self, service: str) -> Any:
        """A client that does not try again: LimitExceededException would have it wait."""
        if service not in self.clients:
            session: Any = self.sandbox.session(self.account_id)
            self.clients[service] = session.client(service, config=Config(retries={"total_max_attempts": 1}))
        return self.clients[service]

    @property
    def config(self) -> Any:
        return self.client("config")

    def role(self) -> str:
        iam = self.client("iam")
        arn: str = iam.create_role(RoleName="function", AssumeRolePolicyDocument=LAMBDA_TRUST)["Role"]["Arn"]
        iam.put_role_policy(RoleName="function", PolicyName="everything", PolicyDocument=EVERYTHING)
        return arn

    def start_recorder(self) -> None:
        bucket = f"config-{self.account_id}"
        self.client("s3").create_bucket(Bucket=bucket)
        role = f"arn:aws:iam::{self.account_id}:role/recorder"
        self.config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
        self.config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": bucket})
        self.config.start_configuration_recorder(ConfigurationRecorderName="default")

    def function(self, name: str, source: str = "def handler(event, context): ...") -> str:
        """Create a function that nobody may invoke yet, and its role before the first one."""
        if not self.roles:
            self.roles.append(self.role())
        arn: str = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.roles[0],
            Handler="rule.handler",
            Timeout=30,
            Code={"ZipFile": zipped(rule=source)},
        )["FunctionArn"]
        return arn

    def permit(self, name: str, **condition: str) -> None:
        """Let AWS Config invoke a function."""
        self.client("lambda").add_permission(
            FunctionName=name,
            StatementId="config",
            Action="lambda:InvokeFunction",
            Principal="config.amazonaws.com",
            **condition,
        )

    def permitted_function(self, name: str, source: str = "def handler(event, context): ...") -> str:
        arn = self.function(name, source)
        self.permit(name, SourceAccount=self.account_id)
        return arn

    def put_lambda_rule(self, name: str, function_arn: str, **members: Any) -> None:
        source = {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": function_arn, "SourceDetails": PERIODIC}
        self.config.put_config_rule(ConfigRule={"ConfigRuleName": name, "Source": source, **members})

    def put_process_check(self, name: str) -> None:
        source = {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"}
        self.config.put_config_rule(ConfigRule={"ConfigRuleName": name, "Source": source})


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def prepared(sandbox: Sandbox) -> Callable[[], Account]:
    """Empty the sandbox and make its first account ready; new rules are not evaluated at once."""

    def prepare() -> Account:
        sandbox.reset()
        state(Settings).evaluate_on_creation = False
        account = Account(sandbox, sandbox.management_account_id)
        account.start_recorder()
        return account

    return prepare


@pytest.fixture
def account(prepared: Callable[[], Account]) -> Account:
    return prepared()


@pytest.fixture
def member_of(sandbox: Sandbox, account: Account) -> Callable[[str], Account]:
    """Create a member account of the organization of `account`, without a recorder."""
    organizations = account.client("organizations")
    organizations.create_organization(FeatureSet="ALL")

    def create(name: str) -> Account:
        created = organizations.create_account(AccountName=name, Email=f"{name}@example.com")
        return Account(sandbox, created["CreateAccountStatus"]["AccountId"])

    return create
