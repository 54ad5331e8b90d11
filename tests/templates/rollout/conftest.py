"""What a pipeline leaves in the artifact bucket, and stacks of the templates that come from there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.templates.rollout.members import Organization
from tests.templates.settling import failures, settled

from rootguard.artifacts import build
from rootguard.catalog import rules_directory, templates_directory
from rootguard.sandbox.background import idle
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.state import state

PREFIX = "1/"


@dataclass(frozen=True, slots=True)
class Artifacts:
    """A build of the rules, and the bucket that it is published in."""

    bucket: str
    folder: Path

    def publish(self, s3: Any, prefix: str = PREFIX) -> None:
        """Put zips and templates under a prefix."""
        for path in [*self.folder.glob("*.zip"), *templates_directory().glob("*.yaml")]:
            s3.put_object(Bucket=self.bucket, Key=f"{prefix}{path.name}", Body=path.read_bytes())

    def deploy(self, cloudformation: Any, template: str, stack: str, **parameters: object) -> dict[str, str]:
        """Create or update a stack of a published template; its outputs.

        Raises:
            AssertionError: It failed; with the reasons in its events.
        """
        given = {"ArtifactBucket": self.bucket, "ArtifactPrefix": PREFIX, **parameters}
        request = {
            "StackName": stack,
            "TemplateURL": f"https://{self.bucket}.s3.us-east-1.amazonaws.com/{PREFIX}{template}",
            "Parameters": [{"ParameterKey": key, "ParameterValue": str(value)} for key, value in given.items()],
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
        }
        existing = {each["StackName"] for each in cloudformation.describe_stacks()["Stacks"]}
        try:
            (cloudformation.update_stack if stack in existing else cloudformation.create_stack)(**request)
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise
        found = settled(cloudformation, stack)
        assert found["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, failures(
            cloudformation, found["StackId"]
        )
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def _remove(cloudformation: Any, stack: str) -> None:
    [found] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    cloudformation.delete_stack(StackName=stack)
    found = settled(cloudformation, found["StackId"])
    assert found["StackStatus"] == "DELETE_COMPLETE", failures(cloudformation, found["StackId"])


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A build of the rules, for a bucket that nobody has made yet."""
    folder = tmp_path_factory.mktemp("artifacts") / "build"
    build(rules_directory(), folder)
    return Artifacts("artifacts", folder)


@pytest.fixture(scope="session")
def remove() -> Callable[[Any, str], None]:
    """Delete a stack; an AssertionError tells why it failed."""
    return _remove


@pytest.fixture
def organization(sandbox: Sandbox, artifacts: Any) -> Iterator[Organization]:
    """A new one in an empty sandbox, not yet deployed to."""
    sandbox.reset()
    state(Settings).evaluate_on_creation = False
    yield Organization(sandbox, artifacts)
    assert idle(60)
