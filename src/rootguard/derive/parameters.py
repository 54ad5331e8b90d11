"""Template parameters: those of rules.yaml, which organization.yaml passes on, and the rules' own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rootguard.functions import LONGEST_PREFIX
from rootguard.kit.rule import AnyRule, Parameter
from rootguard.pack_names import pack_parameter

_RETENTION_DAYS = (365, 30, 60, 90, 180, 400, 731, 1096, 1827, 3653)
"""Of what AWS::Logs::LogGroup takes for RetentionInDays; a year first, as it is the default."""


@dataclass(frozen=True, slots=True)
class TemplateParameter:
    """A parameter of a template.

    Attributes:
        name: UpperCamelCase.
        label: What the console shows above the field.
        group: The heading that it stands under in the console.
        definition: As it stands in the template.
    """

    name: str
    label: str
    group: str
    definition: Mapping[str, Any]


_CODE, _PLACE, _FAILURES, _HUB, _PACK = "Code", "Functions", "Failures and alarms", "Security Hub", "Rules"


def rules_parameters(rules: Sequence[AnyRule], *signing: TemplateParameter) -> tuple[TemplateParameter, ...]:
    """The parameters of rules.yaml, those of the pack at the end, sorted.

    Args:
        rules: Have parameters of their own.
        signing: `SIGNED` or `MAYBE_SIGNED`, for a template that deals with signed code.
    """
    return (*_ARTIFACTS, *signing, *_DEPLOYMENT, *pack_parameters(rules))


def pack_parameters(rules: Sequence[AnyRule]) -> tuple[TemplateParameter, ...]:
    """The parameters that the conformance pack has beside FunctionPrefix, under the same names."""
    return tuple(sorted(_own(rules), key=lambda each: each.name))


def _own(rules: Sequence[AnyRule]) -> Iterator[TemplateParameter]:
    found = {pack_parameter(rule, each): (rule, each) for rule in rules for each in rule.parameters}
    for name, (rule, parameter) in found.items():
        label = parameter.name if parameter.name == name else f"{rule.name}: {parameter.name}"
        yield TemplateParameter(name, label, _PACK, _definition(parameter))


def _definition(parameter: Parameter) -> dict[str, Any]:
    return {
        "Type": "String",
        "Default": parameter.default,
        "AllowedPattern": _or_nothing(parameter.pattern),
        "Description": parameter.description,
    }


def _or_nothing(pattern: str) -> str:
    return f"^$|^(?:{pattern})$"


def _text(name: str, label: str, group: str, pattern: str, description: str, **more: object) -> TemplateParameter:
    definition = {"Type": "String", **more, "AllowedPattern": pattern, "Description": description}
    return TemplateParameter(name, label, group, definition)


def _optional(name: str, label: str, group: str, pattern: str, description: str) -> TemplateParameter:
    return _text(name, label, group, _or_nothing(pattern), description, Default="")


def _choice(name: str, label: str, group: str, allowed: Sequence[object], description: str) -> TemplateParameter:
    """The first of the allowed values is the default."""
    kind = "Number" if isinstance(allowed[0], int) else "String"
    definition = {"Type": kind, "Default": allowed[0], "AllowedValues": sorted(allowed, key=_order)}
    return TemplateParameter(name, label, group, {**definition, "Description": description})


def _order(value: object) -> tuple[int, str]:
    return (value, "") if isinstance(value, int) else (0, str(value))


_ARTIFACTS = (
    _text(
        "ArtifactBucket",
        "Bucket",
        _CODE,
        r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        "Bucket of this Region that holds the functions' zips and the pack's template, readable from this account",
    ),
    _text(
        "ArtifactPrefix",
        "Prefix",
        _CODE,
        r"^([A-Za-z0-9._-]+/)+$",
        "Keys of the artifacts begin so and end in <rule>.zip; another prefix for other code, with a slash at its end",
    ),
)

_PROFILE_ARN = r"arn:aws[a-z-]*:signer:[a-z0-9-]+:\d{12}:/signing-profiles/\w+/\w+"
_PROFILE = "SigningProfileVersionArn", "Signing profile version", _CODE
SIGNED = _text(
    *_PROFILE,
    f"^{_PROFILE_ARN}$",
    "AWS Signer profile version that must have signed the zips; Lambda refuses any other code",
)
MAYBE_SIGNED = _optional(
    *_PROFILE,
    _PROFILE_ARN,
    "AWS Signer profile version that must have signed the zips, or empty; Lambda then refuses any other code",
)
"""The parameter of a template whose code is signed, and of one whose code is if it is given."""

_DEPLOYMENT = (
    _text(
        "FunctionPrefix",
        "Name prefix",
        _PLACE,
        r"^[A-Za-z0-9_-]+$",
        "Names of functions and of their roles begin so and end with the rule's name. Another replaces both, and the "
        "logs are lost",
        Default="rootguard-",
        MaxLength=LONGEST_PREFIX,
    ),
    _optional(
        "PermissionsBoundary",
        "Permissions boundary",
        _PLACE,
        r"([\w+=,.@-]+/)*[\w+=,.@-]{1,128}",
        "Name of a managed policy that every account has, set as boundary of the roles, after its path if it has one: "
        "team/limits; or empty",
    ),
    _choice(
        "LogRetentionDays",
        "Days that logs are kept",
        _PLACE,
        _RETENTION_DAYS,
        "Retention of the functions' log groups",
    ),
    _optional(
        "LogGroupKmsKeyArn",
        "Key of the log groups",
        _PLACE,
        r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+",
        "KMS key of this Region that encrypts the log groups, or empty for CloudWatch's own encryption; "
        "its policy must let CloudWatch Logs use it for the log groups of every account",
    ),
    _optional(
        "FailureDestinationArn",
        "Destination of failed evaluations",
        _FAILURES,
        r"arn:aws[a-z-]*:(events:[a-z0-9-]+:\d{12}:event-bus/[\w./-]+|sns:[a-z0-9-]+:\d{12}:[\w-]+)",
        "Event bus (better) or standard SNS topic, of any account, that gets every evaluation which failed after "
        "Lambda's retries; empty for none. Its policy must admit the organization's roles",
    ),
    _optional(
        "FailureTopicKmsKeyArn",
        "Key of that topic",
        _FAILURES,
        r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+",
        "KMS key that encrypts the topic in FailureDestinationArn, if one does",
    ),
    _choice(
        "Alarms",
        "Alarms",
        _FAILURES,
        ("disabled", "enabled"),
        "Two CloudWatch alarms per rule and account: a failed invocation; none when one is due. Disabled by default, "
        "as at 0.10 USD each a month they cost more than everything else here, evaluations and functions included: 200 "
        "USD per rule for a thousand accounts. FailureDestinationArn costs nearly nothing",
    ),
    _optional(
        "AlarmTopicArn",
        "Topic of the alarms",
        _FAILURES,
        r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+",
        "SNS topic of this Region that the alarms notify, or empty for alarms that only show",
    ),
    _choice(
        "SecurityHubFindings",
        "Findings of their own",
        _HUB,
        ("none", "own"),
        "own: each function, once AWS Config has its evaluation, imports one finding, with the reason and the facts, "
        "into the Security Hub of its account and this Region. none: no function knows of Security Hub",
    ),
    _choice(
        "PackDeployment",
        "Who deploys the pack",
        _PACK,
        ("organization", "stackset"),
        "organization: AWS Config puts the pack into every account, where members cannot remove it. stackset: each "
        "account's stack makes it, after the functions, so that no account has the one without the other",
    ),
)
