"""What the user has chosen, now or in an earlier run, and the parameters that this comes to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rootguard.deploy.names import DEFAULT_ROLE
from rootguard.deploy.parameters import as_list
from rootguard.deploy.standing import CallAs, Standing

NONE = "none"
"""What an option is given to take back an earlier choice."""

ORGANIZATION_PACK = "organization"

type FindingsOf = Literal["own", "builtin", "both", "off"]
"""Whose findings Security Hub shows to people: the functions', AWS Config's built-in ones, both, or nobody's."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of `rootguard deploy`; None for one that is not given.

    Attributes:
        units: Organizational units or the root.
        excluded: Account ids; empty to exclude none.
        pack_deployment: `organization` or `stackset`.
        parameters: `NAME=VALUE`, each.
        signing_profile: A name, or `none`.
        build_directory: What `rootguard build` has written; None to build now.
        concurrency: Percentage of the accounts at a time.
        failure_tolerance: Percentage of the accounts that may fail before the rest is left alone.
        security_hub: Whose findings are to be in Security Hub.
        role_name: To assume in the other accounts, in order to see whether they can take what they are to get.
    """

    units: tuple[str, ...] | None = None
    excluded: tuple[str, ...] | None = None
    pack_deployment: str | None = None
    parameters: tuple[str, ...] = ()
    call_as: CallAs | None = None
    signing_profile: str | None = None
    build_directory: Path | None = None
    concurrency: int | None = None
    failure_tolerance: int | None = None
    security_hub: FindingsOf | None = None
    role_name: str = DEFAULT_ROLE


@dataclass(frozen=True, slots=True)
class Scope:
    """Which accounts get what.

    Attributes:
        units: The StackSet's targets.
        excluded: Accounts that the user excludes.
        pack_deployment: `organization` or `stackset`.
    """

    units: tuple[str, ...]
    excluded: tuple[str, ...]
    pack_deployment: str

    @property
    def has_organization_pack(self) -> bool:
        """Whether AWS Config, not the StackSet, brings the pack."""
        return self.pack_deployment == ORGANIZATION_PACK


def scope_of(choices: Choices, earlier: Mapping[str, str], root_id: str) -> Scope:
    """What is chosen now, else what was, else the whole organization.

    Args:
        choices: Of this run.
        earlier: The organization stack's parameters; empty for none.
        root_id: The organization's root.
    """
    units = as_list(earlier.get("OrganizationalUnitIds", "")) if choices.units is None else choices.units
    excluded = as_list(earlier.get("ExcludedAccounts", "")) if choices.excluded is None else choices.excluded
    mode = choices.pack_deployment or earlier.get("PackDeployment") or ORGANIZATION_PACK
    return Scope(tuple(units) or (root_id,), tuple(sorted(set(excluded))), mode)


def signing_profile_of(choices: Choices, earlier: Mapping[str, str]) -> str | None:
    """The profile to sign with: the one given, else the one that the functions are signed with.

    Its ARN is `arn:aws:signer:<Region>:<account>:/signing-profiles/<name>/<version>`.
    """
    if choices.signing_profile == NONE:
        return None
    if choices.signing_profile is not None:
        return choices.signing_profile
    arn = earlier.get("SigningProfileVersionArn", "")
    return arn.split("/")[-2] if arn else None


def organization_parameters(
    scope: Scope, standing: Standing, pack_left_out: Iterable[str], choices: Choices
) -> dict[str, str]:
    """What the organization stack is given, besides the artifacts and the free parameters."""
    percentages = {
        "MaxConcurrentPercentage": choices.concurrency,
        "FailureTolerancePercentage": choices.failure_tolerance,
    }
    return {
        "OrganizationalUnitIds": ",".join(scope.units),
        "ExcludedAccounts": ",".join(scope.excluded),
        "PackExcludedAccounts": ",".join(sorted(pack_left_out)),
        "PackDeployment": scope.pack_deployment,
        "CallAs": standing.call_as,
        **{name: str(value) for name, value in percentages.items() if value is not None},
    }
