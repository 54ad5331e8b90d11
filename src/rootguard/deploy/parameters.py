"""The values of a stack's parameters: what is given now, else what it has, else the template's default."""

from collections.abc import Iterable, Mapping, Sequence

from rootguard.catalog import load_rules
from rootguard.deploy.template import Template
from rootguard.errors import RootguardError
from rootguard.pack_names import MAXIMUM_INPUT_PARAMETERS, input_parameters, pack_parameter

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
        RootguardError: No assignment, an unknown name, one that has an option of its own, one that is given twice, or
            a value that a template refuses: AWS would refuse it too, but with some of the stacks deployed already.
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
        _check_value(name, value, templates)
        given[name] = value
    return given


def _check_value(name: str, value: str, templates: Iterable[Template]) -> None:
    for template in templates:
        constraint = template.constraints.get(name)
        if constraint and (wanted := constraint.wants(value)):
            raise RootguardError(f"--parameter {name}={value}: {template.name} wants {wanted}")


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


def check_lengths(values: Mapping[str, str]) -> None:
    """Refuse at once what AWS Config would refuse in the end, when every account has its functions already.

    Args:
        values: The pack's parameters.

    Raises:
        RootguardError: A rule's parameters are too long together.
    """
    for rule in load_rules():
        size = len(input_parameters(rule, values))
        if size > MAXIMUM_INPUT_PARAMETERS:
            names = [pack_parameter(rule, each) for each in rule.parameters]
            longest = max(names, key=lambda name: len(values.get(name, "")))
            raise RootguardError(
                f"the parameters of {rule.name} have {size:,} characters together, AWS Config takes "
                f"{MAXIMUM_INPUT_PARAMETERS:,}: shorten --parameter {longest}"
            )


def as_list(value: str) -> list[str]:
    """The items of a comma-delimited value, without the blanks around them."""
    return [item.strip() for item in value.split(",") if item.strip()]
