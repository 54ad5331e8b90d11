"""Puts the rules' functions into every account and the conformance pack over the organization."""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rootguard.catalog import templates_directory
from rootguard.demo.organization import DemoAccount
from rootguard.errors import RootguardError
from rootguard.kit.rule import AnyRule
from rootguard.permissions import TRUST_POLICY, execution_policy

FUNCTION_PREFIX = "rootguard-"
PACK_NAME = "rootguard"
_DENIED_ACTION = "iam:GetAccountSummary"
_SETTLED = ("CREATE_SUCCESSFUL", "UPDATE_SUCCESSFUL")


def deploy_functions(account: DemoAccount, rules: Sequence[AnyRule], zips: Path) -> None:
    """One function per rule, with a role of its own, that AWS Config of the same account may invoke."""
    iam, functions = account.administrator.client("iam"), account.administrator.client("lambda")
    for rule in rules:
        name = f"{FUNCTION_PREFIX}{rule.name}"
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST_POLICY))
        iam.put_role_policy(RoleName=name, PolicyName="evidence", PolicyDocument=json.dumps(_policy(rule, account)))
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler=f"{rule.module}.lambda_handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": (zips / f"{rule.name}.zip").read_bytes()},
            Timeout=60,
            MemorySize=256,
            Architectures=["arm64"],
        )
        functions.add_permission(
            FunctionName=name,
            StatementId="config",
            Action="lambda:InvokeFunction",
            Principal="config.amazonaws.com",
            SourceAccount=account.id,
        )


def _policy(rule: AnyRule, account: DemoAccount) -> dict[str, object]:
    policy = execution_policy(rule)
    if account.case.denied:
        policy["Statement"].append({"Effect": "Deny", "Action": _DENIED_ACTION, "Resource": "*"})
    return policy


def deploy_pack(management: DemoAccount, accounts: Sequence[DemoAccount]) -> Iterator[int]:
    """Put the organization conformance pack and wait; yields how many accounts have it so far.

    Raises:
        RootguardError: An account refused it.
    """
    config = management.administrator.client("config")
    last_day = (datetime.now(UTC) + timedelta(days=90)).date()
    exempt = ",".join(f"{account.id}:{last_day}" for account in accounts if account.case.exempt)
    config.put_organization_conformance_pack(
        OrganizationConformancePackName=PACK_NAME,
        TemplateBody=(templates_directory() / "conformance-pack.yaml").read_text("utf-8"),
        ConformancePackInputParameters=[{"ParameterName": "ExemptAccounts", "ParameterValue": exempt}],
    )
    pages = config.get_paginator("get_organization_conformance_pack_detailed_status")
    done = 0
    while done < len(accounts):
        time.sleep(0.1)
        found = [
            status
            for page in pages.paginate(OrganizationConformancePackName=PACK_NAME)
            for status in page["OrganizationConformancePackDetailedStatuses"]
        ]
        failed = [status for status in found if status["Status"].endswith("FAILED")]
        if failed:
            raise RootguardError(f"account {failed[0]['AccountId']} refused the pack: {failed[0].get('ErrorMessage')}")
        done = sum(status["Status"] in _SETTLED for status in found)
        yield done
