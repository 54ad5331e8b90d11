"""Security Hub's part of a deployment: whose findings people see there, and the stack that sees to it.

Automation rules can be made in one account only, the one that administers Security Hub for the organization, which
need not be the one that deploys (https://docs.aws.amazon.com/securityhub/latest/userguide/automation-rules.html).
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from rootguard.aws_session import AwsSession
from rootguard.catalog import templates_directory
from rootguard.deploy import names
from rootguard.deploy.choices import FindingsOf
from rootguard.deploy.execution import Execution, Wanted
from rootguard.deploy.screen import Screen
from rootguard.deploy.stacks import Stack
from rootguard.deploy.standing import Standing
from rootguard.deploy.template import Template
from rootguard.deploy.wording import listed
from rootguard.errors import UnfinishedError
from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable

FUNCTIONS = "SecurityHubFindings"
"""The parameter of rules.yaml and organization.yaml: own or none."""
BUILT_IN = "BuiltInFindings"
"""The parameter of security-hub.yaml: suppress or raise."""
_BUILT_IN_OF: Mapping[FindingsOf, str] = {"own": "suppress", "builtin": "raise", "both": "raise"}
_REFUSED = frozenset({"InvalidAccessException", "ResourceNotFoundException"})
"""What Security Hub answers where it is off, or to who does not administer: no missing permission."""


def functions_parameters(findings_of: FindingsOf | None) -> dict[str, str]:
    """What rules.yaml and organization.yaml are given; nothing where the earlier choice stays."""
    if findings_of is None:
        return {}
    return {FUNCTIONS: "own" if findings_of in {"own", "both"} else "none"}


def hub_is_on(account: Account) -> bool:
    """Whether Security Hub is on in the account and Region.

    https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DescribeHub.html

    Raises:
        EvidenceUnavailable: It does not say.
    """
    try:
        account.call("securityhub:DescribeHub")
    except EvidenceUnavailable as unavailable:
        # InvalidAccessException is the answer to a missing permission, too; of a hub that is off it says so.
        if unavailable.code == "ResourceNotFoundException" or (
            unavailable.code == "InvalidAccessException" and "not subscribed" in unavailable.problem
        ):
            return False
        raise
    return True


def administrator_id(account: Account, *, manages: bool) -> str | None:
    """The account that administers Security Hub for the organization in the Region, None where none does.

    Args:
        account: Of the credentials.
        manages: Whether it manages the organization: only then may it ask who administers.

    Raises:
        EvidenceUnavailable: Security Hub does not say, to a member in which it is off for instance.
    """
    if manages:
        found = account.call("securityhub:ListOrganizationAdminAccounts").structures("AdminAccounts", [])
        return next((each.text("AccountId") for each in found if each.text("Status") == "ENABLED"), None)
    answer = account.call("securityhub:GetAdministratorAccount")
    if "Administrator" in answer:
        return answer.structure("Administrator").text("AccountId")
    try:
        account.call("securityhub:DescribeOrganizationConfiguration")  # which only an administrator may ask for
    except EvidenceUnavailable as unavailable:
        if unavailable.code in _REFUSED:
            return None
        raise
    return account.id


@dataclass(frozen=True, slots=True)
class SecurityHub:
    """What a deployment does about Security Hub.

    Attributes:
        session: Of the account that deploys.
        screen: Shows it and asks.
        execution: Of plain stacks of that account.
        template: security-hub.yaml.
    """

    session: AwsSession
    standing: Standing
    screen: Screen
    execution: Execution
    template: Template

    def choose(self, wanted: FindingsOf | None, *, is_new: bool) -> FindingsOf | None:
        """What this run is to bring about; None to leave it as it was.

        A first deployment that is not told follows Security Hub: findings nobody asked for cost nothing where it is on,
        and where it is off every function would warn of them at every evaluation.
        """
        if wanted == "off" or (wanted is None and not is_new):
            return wanted
        place = f"account {self.standing.account_id} ({self.standing.region})"
        try:
            is_on = hub_is_on(self.session.account)
        except EvidenceUnavailable as unavailable:
            kept = "" if wanted else ": no findings, until you give --security-hub own"
            self.screen.say(f"whether Security Hub is on in {place} cannot be seen ({unavailable.problem}){kept}")
            return wanted or "off"
        if not is_on:
            command = f"aws securityhub enable-security-hub --region {self.standing.region}"
            then = "" if wanted else ", then give --security-hub own"
            self.screen.say(f"Security Hub is off in {place}: no findings there; to have them: {command}{then}")
            return wanted or "off"
        if wanted is None:
            self.screen.say(
                "Security Hub is on: the functions import findings of their own; --security-hub off for none"
            )
        return wanted or "own"

    def deploy(self, findings_of: FindingsOf | None, free: Mapping[str, str], functions: str) -> None:
        """The stack of automation rules, saved searches and the topic, or its removal.

        Args:
            findings_of: As `choose` has said.
            free: What --parameter says.
            functions: The functions' SecurityHubFindings, as they are now.

        Raises:
            RootguardError: As `Execution.deploy`.
        """
        own = {name: value for name, value in free.items() if name in self.template.defaults}
        existing = self.execution.settled(names.SECURITY_HUB_STACK)
        if findings_of == "off" and existing is not None:
            self._remove(existing)
            return
        if findings_of == "off" or (findings_of is None and existing is None and functions != "own"):
            if own:
                makes = "which --security-hub own, builtin or both makes"
                self.screen.say(f"not used: {listed(sorted(own))}, of {names.SECURITY_HUB_STACK}, {makes}")
            return
        if findings_of is not None:
            own[BUILT_IN] = _BUILT_IN_OF[findings_of]
        if existing is not None or self._is_administrator(own):
            self.execution.deploy(Wanted(names.SECURITY_HUB_STACK, self.template, own))

    def _remove(self, existing: Stack) -> None:
        question = f"Delete {existing.name}, the automation rules, saved searches and topic of Security Hub?"
        if not self.screen.agree(question):
            raise UnfinishedError(f"{existing.name} stays: you did not agree")
        self.execution.delete(existing)

    def _is_administrator(self, parameters: Mapping[str, str]) -> bool:
        """Whether this account can have the stack; if not, says who can and how."""
        file = str(templates_directory() / self.template.name)
        words = ["deploy", "--stack-name", names.SECURITY_HUB_STACK, "--template-file", file]
        if parameters:
            words += ["--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())]
        command = _command(self.standing, *words)
        try:
            found = administrator_id(self.session.account, manages=self.standing.in_management_account)
        except EvidenceUnavailable as unavailable:
            self.screen.say(
                f"which account administers Security Hub cannot be seen ({unavailable.problem}); with that account's "
                f"credentials, run: {command}"
            )
            return False
        if found is None:
            self.screen.say(
                "AWS Config's own findings stay as they are, because no account administers Security Hub for the "
                "organization; in the management account, run: aws securityhub enable-organization-admin-account "
                f"--region {self.standing.region} --admin-account-id <account>, then this again"
            )
        elif found != self.standing.account_id:
            self.screen.say(f"account {found} administers Security Hub; with its credentials, run: {command}")
        return found == self.standing.account_id


def say_elsewhere(session: AwsSession, standing: Standing, screen: Screen) -> None:
    """Say how to remove the stack where this account cannot: in another one, which may have it."""
    try:
        found = administrator_id(session.account, manages=standing.in_management_account)
    except EvidenceUnavailable:
        found = ""
    if found in {None, standing.account_id}:
        return
    who = f"account {found}, which administers Security Hub," if found else "the account that administers Security Hub"
    command = _command(standing, "delete-stack", "--stack-name", names.SECURITY_HUB_STACK)
    screen.say(f"if {who} has the stack {names.SECURITY_HUB_STACK}, run there: {command}")


def _command(standing: Standing, *words: str) -> str:
    return shlex.join(["aws", "cloudformation", *words, "--region", standing.region])
