"""The values of a stack's parameters: what is given now, else what it has, else the template's default."""

from collections.abc import Iterable, Mapping, Sequence

from rootguard.deploy.template import Template
from rootguard.errors import RootguardError

OPTION_OF = {
    "OrganizationalUnitIds": "--organizational-unit",
    "ExcludedAccounts": "--exclude",
    "PackDeployment": "--pack-deployment",
    "SecurityHubFindings": "--security-hub",
    "BuiltInFindings": "--security-hub",
    "SigningProfileVersionArn": "--signing-profile",
    "MaxConcurrentPercentage": "--concurrency",
    "FailureTolerancePercentage": "--failure-tolerance",
}
"""Parameters that have an option of their own."""

DECIDED = frozenset({"ArtifactBucket", "ArtifactPrefix", "PackExcludedAccounts", "CallAs", "OrganizationId"})
"""Parameters that the deployment finds out itself."""


def parse(assignments: Iterable[str], templates: Sequence[Template]) -> dict[str, str]:
    """What --parameter says.

    Args:
        assignments: `NAME=VALUE`, each.
        templates: Those that it may be about.

    Raises:
        RootguardError: No assignment, an unknown name, one that has an option of its own, or one that is given twice.
    """
    declared = {name for template in templates for name in template.defaults}
    free = sorted(declared - DECIDED - OPTION_OF.keys())
    given: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise RootguardError(f"--parameter {assignment}: write NAME=VALUE")
        if name in OPTION_OF:
            raise RootguardError(f"--parameter {name}: use {OPTION_OF[name]}")
        if name in DECIDED & declared:
            raise RootguardError(f"--parameter {name}: deploy finds its value itself; leave it out")
        if name not in free:
            raise RootguardError(f"--parameter {name}: there is none of this name; there are {', '.join(free)}")
        if name in given:
            raise RootguardError(f"--parameter {name} is given twice")
        given[name] = value
    return given


def plan(
    template: Template, given: Mapping[str, str], existing: Mapping[str, str] | None
) -> list[dict[str, str | bool]]:
    """The Parameters of CreateChangeSet.

    A choice of an earlier run stays until another is given: a template's default is for the first deployment.

    Args:
        template: What is deployed.
        given: Values by name; those of other templates are passed over.
        existing: The stack's own values; None for a stack that is yet to be made.

    Raises:
        RootguardError: A parameter has no value at all.
    """
    planned: list[dict[str, str | bool]] = []
    for name, default in template.defaults.items():
        if name in given:
            planned.append({"ParameterKey": name, "ParameterValue": given[name]})
        elif existing is not None and name in existing:
            planned.append({"ParameterKey": name, "UsePreviousValue": True})
        elif default is None:
            raise RootguardError(f"{template.name} needs a value for {name}: give --parameter {name}=VALUE")
    return planned


def effective(template: Template, given: Mapping[str, str], existing: Mapping[str, str] | None) -> dict[str, str]:
    """The values that `plan` leads to, by name; empty where there is none yet."""
    known = existing or {}
    return {name: given.get(name, known.get(name, default or "")) for name, default in template.defaults.items()}


def as_list(value: str) -> list[str]:
    """The items of a comma-delimited value, without the blanks around them."""
    return [item.strip() for item in value.split(",") if item.strip()]
