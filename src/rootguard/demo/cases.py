"""The accounts of the demo: each shows one or more answers that the rules tell apart."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count, islice

from rootguard.demo.alerting import (
    REORDERED_PATTERN,
    TEMPTING_PATTERN,
    Alerting,
    EventRoute,
    MetricRoute,
    TemplateRoute,
)
from rootguard.sandbox.root_user import Password, RootUser


@dataclass(frozen=True, slots=True)
class Case:
    """An account as it comes into the demo.

    Attributes:
        name: The account's name.
        root: Gives its root user credentials.
        alerting: How it reports what root does, None for not at all.
        lookalike: An IAM user owns a virtual device called root-account-mfa-device.
        exempt: It stands in the pack's ExemptAccounts.
        denied: Its functions may not call iam:GetAccountSummary.
        awaits_organization_trail: It is evaluated after the management account created an organization trail.
    """

    name: str
    root: Callable[[RootUser], None]
    alerting: Alerting | None = None
    lookalike: bool = False
    exempt: bool = False
    denied: bool = False
    awaits_organization_trail: bool = False


def _no_credentials(root: RootUser) -> None:
    root.remove_credentials()


def _password_only(root: RootUser) -> None:
    root.password = Password()


def _passkey(root: RootUser) -> None:
    _password_only(root)
    root.add_passkey("yubikey")


def _hardware_token(root: RootUser) -> None:
    _password_only(root)
    root.add_hardware_totp()


def _virtual_device(root: RootUser) -> None:
    _password_only(root)
    root.add_virtual_mfa_device("anna-phone")


def _inactive_key(root: RootUser) -> None:
    _virtual_device(root)
    root.add_access_key(active=False)


def _active_key(root: RootUser) -> None:
    _password_only(root)
    root.add_access_key()


MANAGEMENT = Case("management", _passkey, TemplateRoute())
"""The first account of every demo."""

MEMBERS = (
    Case("virtual-mfa", _virtual_device, MetricRoute(pattern=TEMPTING_PATTERN)),
    Case("lookalike", _passkey, MetricRoute(actions_enabled=False), lookalike=True),
    Case("no-credentials", _no_credentials, MetricRoute(confirmed=False)),
    Case("inactive-key", _inactive_key, MetricRoute(logging=False)),
    Case("hardware-token", _hardware_token, MetricRoute(pattern=REORDERED_PATTERN)),
    Case("organization-trail", _no_credentials, awaits_organization_trail=True),
    Case("exempt", _active_key, exempt=True),
    Case("denied", _passkey, MetricRoute(), denied=True),
    Case("active-key", _active_key),
    Case("eventbridge", _passkey, EventRoute()),
    Case("composite-alarm", _passkey, MetricRoute(through_composite=True)),
)
"""The members, the most telling first; a larger organization repeats them."""


def cases(accounts: int) -> tuple[Case, ...]:
    """The management account and as many members as make `accounts` in all; repeated ones get a number."""
    return (MANAGEMENT, *islice(_members(), accounts - 1))


def _members() -> Iterator[Case]:
    yield from MEMBERS
    # Not the exempt one again: a rule's InputParameters have room for about 38 exempt accounts.
    repeated = tuple(case for case in MEMBERS if not case.exempt)
    for number in count(2):
        yield from (replace(case, name=f"{case.name}-{number}") for case in repeated)
