"""The AWS that everybody is measured against: the sandbox in a process of its own, on a core of its own.

`python -m tests.benchmarks.server [CORE]` writes one line of JSON when it serves, {"environment": {…}}, and one line
for each line of JSON that it reads until the end of standard input:

    {"units": [200, 50, 1]}  creates organizational units within each other, of so many accounts each, the largest
                             first; answers {"units": {size: {"id": …, "accounts": […]}}}
    {"requests": true}       answers {"requests": {action: count since last asked}}

Every account has its root user's password and hardware key, a trail with filter, alarm and confirmed topic, a security
contact and a credential report that is ready, so that nobody's time depends on who asks first.
"""

import json
import os
import sys
from collections import Counter
from datetime import timedelta
from typing import Any

from rootguard.demo.alerting import MetricRoute
from rootguard.sandbox import dispatch
from rootguard.sandbox.administrators import Administrator, Administrators
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.root_user import Password, now, root_user
from rootguard.sandbox.server import Sandbox

_USERS_AND_ROLES = 20
"""Of the management account, so that it shows who asks about each of them."""


class Organization:
    """An organization whose accounts are all alike."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._administrators = Administrators(sandbox)
        self._management = self._administrators.of(sandbox.management_account_id)
        organizations, iam = self._management.client("organizations"), self._management.client("iam")
        organizations.create_organization(FeatureSet="ALL")
        organizations.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
        iam.enable_organizations_root_credentials_management()
        iam.enable_organizations_root_sessions()
        _protect(self._management)
        _populate(self._management)

    def nest(self, sizes: list[int]) -> dict[int, Any]:
        """Create a unit for each size, the next within it, with new accounts for what the next lacks."""
        organizations = self._management.client("organizations")
        parent, root = "", organizations.list_roots()["Roots"][0]["Id"]
        units = dict[int, Any]()
        for size, inner in zip(sizes, [*sizes[1:], 0], strict=True):
            made = organizations.create_organizational_unit(ParentId=parent or root, Name=f"{size} accounts")
            parent = made["OrganizationalUnit"]["Id"]
            units[size] = {"id": parent, "accounts": [self._create(root, parent) for _ in range(size - inner)]}
        accounts = list[str]()
        for size in reversed(sizes):
            accounts = units[size]["accounts"] = [*units[size]["accounts"], *accounts]
        return units

    def _create(self, root: str, unit: str) -> str:
        organizations = self._management.client("organizations")
        name = os.urandom(6).hex()
        created = organizations.create_account(AccountName=name, Email=f"{name}@anycompany.com")
        account_id = str(created["CreateAccountStatus"]["AccountId"])
        organizations.move_account(AccountId=account_id, SourceParentId=root, DestinationParentId=unit)
        _protect(self._administrators.of(account_id))
        return account_id


def _protect(administrator: Administrator) -> None:
    user = root_user(administrator.account_id)
    user.password = Password(last_used=now() - timedelta(days=200))
    user.add_hardware_totp()
    MetricRoute().set_up(administrator, administrator.account_id)
    administrator.client("account").put_alternate_contact(
        AlternateContactType="SECURITY",
        Name="Security team",
        Title="Incident response",
        EmailAddress="security@anycompany.com",
        PhoneNumber="+1 206 555 0123",
    )
    iam = administrator.client("iam")
    while iam.generate_credential_report()["State"] != "COMPLETE":
        pass


def _populate(administrator: Administrator) -> None:
    iam = administrator.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    for number in range(_USERS_AND_ROLES):
        iam.create_user(UserName=f"user-{number}")
        iam.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=document)


def serve() -> None:
    """Answer standard input until its end."""
    with Sandbox() as sandbox:
        organization = Organization(sandbox)
        with dispatch.recording() as requests:
            _say({"environment": sandbox.environment(operator(sandbox.management_account_id))})
            for line in sys.stdin:
                asked = json.loads(line)
                if "units" in asked:
                    _say({"units": organization.nest(asked["units"])})
                else:
                    _say({"requests": Counter(request.action for request in requests)})
                requests.clear()


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.sched_setaffinity(0, {int(sys.argv[1])})
    serve()
