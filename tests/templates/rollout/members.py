"""An organization into which organization.yaml is deployed, and what its accounts then have."""

import json
from typing import Any

from rootguard.catalog import load_catalog, load_rules
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.background import idle
from rootguard.sandbox.server import Sandbox

FUNCTIONS = sorted(f"rootguard-{rule.name}" for rule in load_rules())
LEFT_OUT = "root-denied-by-scp"  # it cannot judge without the reader role that it requires
PACK = sorted({rule.name for rule in load_catalog()} - {LEFT_OUT})
TEMPLATE, STACK = "organization.yaml", "rootguard-organization"
SERVICES = (
    "member.org.stacksets.cloudformation.amazonaws.com",
    "config.amazonaws.com",
    "config-multiaccountsetup.amazonaws.com",
)
AT_ONCE = {"MaxConcurrentPercentage": 100}


class Organization:
    """An organization with two units, one in the other, and accounts that AWS Config records."""

    def __init__(self, sandbox: Sandbox, artifacts: Any) -> None:
        self._administrators = Administrators(sandbox)
        self.management, self.artifacts = sandbox.management_account_id, artifacts
        made = self.organizations.create_organization(FeatureSet="ALL")["Organization"]
        for service in SERVICES:
            self.organizations.enable_aws_service_access(ServicePrincipal=service)
        self.cloudformation.activate_organizations_access()
        self.root = self.organizations.list_roots()["Roots"][0]["Id"]
        self.outer, self.inner = self._unit(self.root, "outer"), ""
        self.inner = self._unit(self.outer, "inner")
        self.record(self.management)
        s3 = self.client(self.management, "s3")
        s3.create_bucket(Bucket=artifacts.bucket)
        s3.put_bucket_policy(Bucket=artifacts.bucket, Policy=_READABLE.replace("ORGANIZATION", made["Id"]))
        artifacts.publish(s3)

    @property
    def organizations(self) -> Any:
        return self.client(self.management, "organizations")

    @property
    def cloudformation(self) -> Any:
        return self.client(self.management, "cloudformation")

    def _unit(self, parent: str, name: str) -> str:
        made = self.organizations.create_organizational_unit(ParentId=parent, Name=name)
        return str(made["OrganizationalUnit"]["Id"])

    def client(self, account_id: str, service: str) -> Any:
        """To be used at once: all accounts share one."""
        return self._administrators.of(account_id).client(service, "us-east-1")

    def add(self, name: str, unit: str = "") -> str:
        """A new account, in a unit; AWS Config records it before the StackSet has finished."""
        made = self.organizations.create_account(AccountName=name, Email=f"{name}@example.com")
        account_id = str(made["CreateAccountStatus"]["AccountId"])
        self.record(account_id)
        if unit:
            self.organizations.move_account(AccountId=account_id, SourceParentId=self.root, DestinationParentId=unit)
        return account_id

    def record(self, account_id: str) -> None:
        role = f"arn:aws:iam::{account_id}:role/recorder"
        self.client(account_id, "s3").create_bucket(Bucket=f"config-{account_id}")
        config = self.client(account_id, "config")
        config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": f"config-{account_id}"})
        config.start_configuration_recorder(ConfigurationRecorderName="default")

    def deploy(self, *units: str, **parameters: object) -> dict[str, str]:
        given = {**AT_ONCE, **parameters, "OrganizationalUnitIds": ",".join(units or (self.root,))}
        outputs: dict[str, str] = self.artifacts.deploy(self.cloudformation, TEMPLATE, STACK, **given)
        assert idle(60)
        return outputs

    def deploy_to_itself(self) -> None:
        """The functions of the management account, which no StackSet reaches."""
        self.artifacts.deploy(self.cloudformation, "rules.yaml", "rootguard-rules")

    def functions(self, account_id: str) -> list[str]:
        found = self.client(account_id, "lambda").list_functions()["Functions"]
        return sorted(each["FunctionName"] for each in found if "redeployment" not in each["FunctionName"])

    def pack_rules(self, account_id: str) -> list[str]:
        rules = self.client(account_id, "config").describe_config_rules()["ConfigRules"]
        return sorted(rule["ConfigRuleName"].partition("-conformance-pack-")[0] for rule in rules)

    def parameters(self, account_id: str, rule: str) -> dict[str, str]:
        """A rule's InputParameters."""
        rules = self.client(account_id, "config").describe_config_rules()["ConfigRules"]
        [found] = [each for each in rules if each["ConfigRuleName"].startswith(f"{rule}-conformance-pack-")]
        given: dict[str, str] = json.loads(found["InputParameters"])
        return given

    def packs(self, account_id: str) -> list[str]:
        found = self.client(account_id, "config").describe_conformance_packs()["ConformancePackDetails"]
        return [each["ConformancePackName"] for each in found]

    def judged(self, account_id: str) -> list[str]:
        """The rules that have a verdict of the account."""
        config = self.client(account_id, "config")
        names = [rule["ConfigRuleName"] for rule in config.describe_config_rules()["ConfigRules"]]
        found = {name: config.get_compliance_details_by_config_rule(ConfigRuleName=name) for name in names}
        return sorted(name.partition("-conformance-pack-")[0] for name in names if found[name]["EvaluationResults"])

    def pack_statuses(self) -> dict[str, str]:
        pages = self.client(self.management, "config").get_paginator(
            "get_organization_conformance_pack_detailed_status"
        )
        found = pages.paginate(OrganizationConformancePackName="rootguard").build_full_result()
        return {each["AccountId"]: each["Status"] for each in found["OrganizationConformancePackDetailedStatuses"]}


_READABLE = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
"Resource": "arn:aws:s3:::artifacts/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "ORGANIZATION"}}}]}"""
