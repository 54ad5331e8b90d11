"""Deploys the rules to the demo's organization: the very templates and the very command that deploy them to AWS."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.progress import Progress, TaskID

from rootguard.aws_session import AwsSession, explained
from rootguard.demo.cases import OUR_DOMAIN
from rootguard.demo.central_control import Control
from rootguard.demo.organization import DemoAccount
from rootguard.deploy import names
from rootguard.deploy.accounts import Tally
from rootguard.deploy.change_sets import Change
from rootguard.deploy.choices import Choices
from rootguard.deploy.deployment import deploy
from rootguard.deploy.pace import Pace
from rootguard.deploy.screen import Screen, View
from rootguard.deploy.stacks import Event
from rootguard.kit.rule import AnyRule
from rootguard.sandbox.root_user import root_user

FUNCTION_PREFIX = "rootguard-"
TEMPLATES = {
    names.ARTIFACTS_STACK: names.ARTIFACTS_TEMPLATE,
    names.SECURITY_HUB_STACK: names.SECURITY_HUB_TEMPLATE,
    names.RULES_STACK: names.RULES_TEMPLATE,
    names.ORGANIZATION_STACK: names.ORGANIZATION_TEMPLATE,
}
_DENIED_ACTIONS = (
    "account:GetAlternateContact",
    "cloudtrail:DescribeTrails",
    "iam:GetAccountSummary",
    "organizations:DescribeOrganization",
)
"""What every rule sees first."""
_PACE = Pace(first=0.1, longest=0.5)


def deploy_rules(
    session: AwsSession, accounts: Sequence[DemoAccount], control: Control, zips: Path, progress: Progress
) -> None:
    """`rootguard deploy --yes`, from the management account.

    Raises:
        RootguardError: A stack, or an account, failed.
    """
    parameters = {
        "ExemptAccounts": _exempt(accounts),
        "HardwareMfaForRootMinimumDevices": "2",
        "HardwareMfaForRootRootAuditRoleArn": control.audit_role_arn,
        "RootDeniedByScpReaderRoleArn": control.reader_role_arn,
        "RootNotUsedAllowedUses": _allowed_uses(accounts),
        "RootSecurityContactAllowedEmailDomains": OUR_DOMAIN,
    }
    choices = Choices(
        build_directory=zips,
        parameters=tuple(f"{name}={value}" for name, value in parameters.items() if value),
        security_hub="own",
    )
    with explained():
        deploy(session, choices, _DemoScreen(progress), _PACE)


def deny_evidence(accounts: Iterable[DemoAccount], rules: Sequence[AnyRule]) -> None:
    """In the accounts whose case says so, take from the deployed functions what they need to see."""
    denial = {"Effect": "Deny", "Action": _DENIED_ACTIONS, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [denial]})
    for account in accounts:
        if not account.case.denied:
            continue
        iam = account.administrator.client("iam")
        for rule in rules:
            role = f"{FUNCTION_PREFIX}{rule.name}"
            iam.put_role_policy(RoleName=role, PolicyName="denial", PolicyDocument=document)


def _exempt(accounts: Iterable[DemoAccount]) -> str:
    last_day = (datetime.now(UTC) + timedelta(days=90)).date()
    return ",".join(f"{account.id}:{last_day}" for account in accounts if account.case.exempt)


def _allowed_uses(accounts: Iterable[DemoAccount]) -> str:
    return ",".join(_window(account) for account in accounts if account.case.use_allowed)


def _window(account: DemoAccount) -> str:
    """Two hours around the sign-in."""
    password = root_user(account.id).password
    if password is None or password.last_used is None:
        raise ValueError(f"root of {account.name} has not signed in, so there is nothing to allow")
    begin, end = (f"{password.last_used + timedelta(hours=hours):%Y-%m-%dT%H:%MZ}" for hours in (-1, 1))
    return f"{account.id}:{begin}/{end}"


class _DemoScreen(Screen):
    """Shows a deployment as some of the demo's bars."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(agreed=True, console=progress.console)
        self._progress = progress
        self._changes = 0

    def say(self, line: str) -> None:
        """Nothing: the demo ends by showing what came of it."""

    def show_changes(self, stack_name: str, changes: Sequence[Change]) -> None:  # noqa: ARG002 - a bar says which
        """Count them."""
        self._changes = len(changes)

    @contextmanager
    def following(self, title: str) -> Iterator[View]:
        """A bar for a stack's resources."""
        description = f"deploying {TEMPLATES.get(title, title)}"
        yield _DemoView(self, self._progress, self._progress.add_task(description, total=self._changes))


class _DemoView(View):
    def __init__(self, screen: Screen, progress: Progress, stack: TaskID) -> None:
        super().__init__(screen)
        self._progress, self._stack = progress, stack
        self._tasks: dict[str, TaskID] = {}

    def event(self, event: Event) -> None:
        if event.status.endswith("_COMPLETE") and event.type != "AWS::CloudFormation::Stack":
            self._progress.advance(self._stack)

    def tallies(self, tallies: Iterable[Tally]) -> None:
        for tally in tallies:
            if tally.title not in self._tasks:
                self._tasks[tally.title] = self._progress.add_task(f"  {tally.title}", total=tally.total)
            self._progress.update(self._tasks[tally.title], completed=tally.done, total=tally.total)
