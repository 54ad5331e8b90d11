"""In which Regions each template can be deployed.

A StackSet's template is refused where CloudFormation does not know one of its resource types, conditions or not
(https://github.com/cdklabs/cdk-stacksets/issues/898), and so it is by ValidateTemplate.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

import pytest

from rootguard.catalog import templates_directory
from rootguard.sandbox.template.text import load

NAMES = sorted(path.name for path in templates_directory().glob("*.yaml"))
SIGNING = {"code-signing.yaml", "signed-rules.yaml"}
"""For where AWS Signer is; without them the same is deployed unsigned."""
BUILDING = {"pipeline.yaml"}
"""For where AWS CodeBuild is; it publishes to a bucket, which may be anywhere."""
ROLLOUT = {"conformance-pack.yaml", "organization.yaml", "rules.yaml"}
"""For a whole organization, by `rootguard deploy`."""
ORGANIZATION = {"OrganizationId": "o-a1b2c3d4e5"}
GIVEN = {
    "aggregator.yaml": {},
    "artifacts.yaml": ORGANIZATION,
    "deny-root.yaml": {},
    "pipeline.yaml": {
        "ArtifactBucket": "artifacts",
        "ConnectionArn": f"arn:{{partition}}:codeconnections:{{region}}:123456789012:connection/{UUID(int=1)}",
        "PipelineRepository": "example/rootguard",
        "SigningProfileName": "functions",
    },
    "reader-role.yaml": ORGANIZATION | {"ReadServiceControlPolicies": "yes"},
    "root-activity-alarm.yaml": {"Email": "security@example.com", "CreateTrail": "yes", "Route": "both"},
    "root-audit-role.yaml": ORGANIZATION,
    "security-hub.yaml": {"BuiltInFindings": "raise"},
}
"""For the templates that people deploy one by one, parameters that make all there is in them."""


@cache
def types(name: str) -> frozenset[str]:
    """The types of a template's resources."""
    template: Any = load((templates_directory() / name).read_text("utf-8"))
    return frozenset(resource["Type"] for resource in template["Resources"].values())


@cache
def known() -> dict[str, frozenset[str]]:
    """By Region, the types of resources that CloudFormation knows there."""
    # Importing cfn-lint takes seconds, which every process of the suite would pay.
    from cfnlint.helpers import REGIONS  # noqa: PLC0415
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # noqa: PLC0415

    return {region: frozenset(PROVIDER_SCHEMA_MANAGER.get_resource_types(region)) for region in REGIONS}


def unknown(name: str, region: str) -> frozenset[str]:
    """The types of a template that CloudFormation does not know in a Region."""
    return types(name) - known()[region]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SIGNING | BUILDING])
def test_every_region_takes_it(name: str) -> None:
    assert {region: found for region in known() if (found := unknown(name, region))} == {}


@pytest.mark.parametrize("name", sorted(BUILDING))
@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "us-gov-east-1", "cn-north-1", "cn-northwest-1"])
def test_every_partition_takes_it(name: str, region: str) -> None:
    assert unknown(name, region) == frozenset()


def test_code_is_checked_wherever_it_can_be_signed() -> None:
    signed = [region for region in known() if not unknown("code-signing.yaml", region)]
    assert {"us-east-1", "us-gov-west-1"} <= set(signed)
    assert {region: found for region in signed if (found := unknown("signed-rules.yaml", region))} == {}


@pytest.mark.slow
@pytest.mark.parametrize(("partition", "region"), [("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in SIGNING | ROLLOUT])
def test_it_is_deployed_in_another_partition(
    new_account: Callable[[], Any], name: str, partition: str, region: str
) -> None:
    home = new_account()
    organizations = home.client("organizations", region)
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    home.client("securityhub", region).enable_security_hub()
    parameters = {key: value.format(partition=partition, region=region) for key, value in GIVEN[name].items()}
    if name == "deny-root.yaml":
        unit = organizations.create_organizational_unit(ParentId=root, Name="members")["OrganizationalUnit"]
        parameters["TargetIds"] = unit["Id"]
    outputs = home.deploy(name, region, **parameters)
    arns = [value for value in outputs.values() if value.startswith("arn:")]
    assert all(arn.startswith(f"arn:{partition}:") for arn in arns), outputs
    iam = home.client("iam", region)
    policies = [
        iam.get_role_policy(RoleName=role["RoleName"], PolicyName=policy)["PolicyDocument"]
        for role in iam.list_roles()["Roles"]
        for policy in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    ]
    assert "arn:aws:" not in json.dumps(policies)
