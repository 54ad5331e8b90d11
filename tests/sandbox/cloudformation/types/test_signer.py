"""Signing profiles, as CloudFormation makes them."""

from collections.abc import Callable
from typing import Any

import pytest

from rootguard.sandbox.cloudformation.resource_type import Context, Physical, ResourceType

type Handlers = Callable[[str], ResourceType]

PROPERTIES: dict[str, Any] = {
    "PlatformId": "AWSLambda-SHA384-ECDSA",
    "SignatureValidityPeriod": {"Type": "MONTHS", "Value": "12"},
    "Tags": [{"Key": "team", "Value": "security"}],
}


@pytest.fixture(scope="module")
def signer(context: Context) -> Any:
    return context.client("signer")


@pytest.fixture
def profile(handler: Handlers, context: Context) -> Physical:
    return handler("AWS::Signer::SigningProfile").create(PROPERTIES, context)


def test_a_profile_has_a_generated_name_and_its_version(signer: Any, profile: Physical) -> None:
    name = profile.attributes["ProfileName"]
    assert name.startswith("demo_Thing_")
    found = signer.get_signing_profile(profileName=name)
    assert profile.id == found["arn"] == profile.attributes["Arn"]
    assert profile.attributes["ProfileVersionArn"] == f"{profile.id}/{profile.attributes['ProfileVersion']}"
    assert found["signatureValidityPeriod"] == {"type": "MONTHS", "value": 12}
    assert found["tags"] == {"team": "security"}


def test_tags_change_and_nothing_else(handler: Handlers, context: Context, signer: Any, profile: Physical) -> None:
    new = {**PROPERTIES, "Tags": [{"Key": "cost", "Value": "42"}]}
    assert handler("AWS::Signer::SigningProfile").update(profile, PROPERTIES, new, context) == profile
    assert signer.list_tags_for_resource(resourceArn=profile.id)["tags"] == {"cost": "42"}


def test_a_deleted_profile_is_canceled(handler: Handlers, context: Context, signer: Any, profile: Physical) -> None:
    kind = handler("AWS::Signer::SigningProfile")
    kind.delete(profile, PROPERTIES, context)
    kind.delete(profile, PROPERTIES, context)
    assert signer.get_signing_profile(profileName=profile.attributes["ProfileName"])["status"] == "Canceled"
