"""The accounts of the demo: each shows one or more answers that the rules tell apart."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count, islice

from rootguard.attest.answer import Compliance
from rootguard.demo import root_users
from rootguard.demo.alerting import (
    REORDERED_PATTERN,
    TEMPTING_PATTERN,
    Alerting,
    EventRoute,
    MetricRoute,
    TemplateRoute,
)
from rootguard.demo.central_control import Unit
from rootguard.sandbox.root_user import RootUser

OUR_DOMAIN = "anycompany.com"
"""The one domain that security contacts may be on."""

_PASSWORD, _RECOVERY = "root-password-policy-attested", "root-recovery-attested"


@dataclass(frozen=True, slots=True)
class Attested:
    """What a person has answered to a process check."""

    check: str
    compliance: Compliance
    note: str


@dataclass(frozen=True, slots=True)
class Case:
    """An account as it comes into the demo.

    Attributes:
        name: The account's name.
        root: Gives its root user credentials.
        alerting: How it reports what root does, None for not at all.
        contact_domain: Of its security contact's e-mail address, None for no security contact.
        unit: The organizational unit that it is in, None for the organization's root.
        lookalike: An IAM user owns a virtual device called root-account-mfa-device.
        exempt: It stands in the pack's ExemptAccounts.
        use_allowed: The use of its root user stands in the pack's AllowedUses.
        denied: Its functions may not see what they need.
        has_hub: Security Hub is on.
        awaits_organization_trail: It is evaluated after the management account created an organization trail.
        attested: What people have answered; other checks are open.
    """

    name: str
    root: Callable[[RootUser], None]
    alerting: Alerting | None = None
    contact_domain: str | None = OUR_DOMAIN
    unit: Unit | None = None
    lookalike: bool = False
    exempt: bool = False
    use_allowed: bool = False
    denied: bool = False
    has_hub: bool = True
    awaits_organization_trail: bool = False
    attested: tuple[Attested, ...] = ()


MANAGEMENT = Case(
    "management",
    root_users.passkey,
    TemplateRoute(),
    attested=(
        Attested(_PASSWORD, "COMPLIANT", "32 random characters, made by the password manager and kept there"),
        Attested(_RECOVERY, "COMPLIANT", "walked through with two people, minutes in the safe"),
    ),
)
"""The first account of every demo."""

MEMBERS = (
    Case(
        "virtual-mfa",
        root_users.virtual_device,
        MetricRoute(pattern=TEMPTING_PATTERN),
        contact_domain="example.com",
        unit=Unit.WORKLOADS,
    ),
    Case(
        "lookalike",
        root_users.two_devices,
        MetricRoute(actions_enabled=False),
        unit=Unit.WORKLOADS,
        lookalike=True,
        has_hub=False,
    ),
    Case(
        "no-credentials",
        root_users.no_credentials,
        MetricRoute(confirmed=False),
        unit=Unit.WORKLOADS,
        attested=(
            Attested(_PASSWORD, "NOT_APPLICABLE", "root has no password"),
            Attested(_RECOVERY, "NOT_APPLICABLE", "root has no credentials; the management account recovers it"),
        ),
    ),
    Case(
        "inactive-key",
        root_users.inactive_key,
        MetricRoute(logging=False),
        contact_domain=None,
        unit=Unit.WORKLOADS,
    ),
    Case("no-spare", root_users.one_token, MetricRoute(pattern=REORDERED_PATTERN), unit=Unit.WORKLOADS),
    Case("suspended", root_users.no_credentials, unit=Unit.SUSPENDED, awaits_organization_trail=True),
    Case("exempt", root_users.active_key, exempt=True),
    Case("denied", root_users.passkey, MetricRoute(), denied=True),
    Case(
        "active-key",
        root_users.active_key,
        contact_domain=None,
        attested=(Attested(_RECOVERY, "NON_COMPLIANT", "the e-mail address is of somebody who has left"),),
    ),
    Case("signing-certificate", root_users.signing_certificate, EventRoute(), unit=Unit.ONE_REGION),
    Case(
        "emergency-test",
        root_users.used_as_allowed,
        MetricRoute(through_composite=True),
        contact_domain="anyagency.com",
        unit=Unit.WORKLOADS,
        use_allowed=True,
    ),
)
"""The members, the most telling first; a larger organization repeats them."""


def cases(accounts: int) -> tuple[Case, ...]:
    """The management account and as many members as make `accounts` in all; repeated ones get a number."""
    return (MANAGEMENT, *islice(_members(), accounts - 1))


def _members() -> Iterator[Case]:
    yield from MEMBERS
    # Not those that a parameter names: a rule's InputParameters have room for about 38 exempt accounts, 18 windows.
    repeated = tuple(case for case in MEMBERS if not (case.exempt or case.use_allowed))
    for number in count(2):
        yield from (replace(case, name=f"{case.name}-{number}") for case in repeated)
