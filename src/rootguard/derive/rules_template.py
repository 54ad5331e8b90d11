"""`templates/rules.yaml`: what an account needs to judge itself, a Lambda function per rule and what belongs to it.

`templates/signed-rules.yaml` is the same for signed code. It is a template of its own because many Regions, those in
China for instance, have no AWS::Lambda::CodeSigningConfig, and a StackSet whose template names a type that is not there
is refused whatever the resource's condition (https://github.com/cdklabs/cdk-stacksets/issues/898).

It is deployed by a StackSet with service-managed permissions, which takes neither macros nor transforms nor nested
stacks (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-enable-trusted-access.html), and
as a plain stack.

Reserved concurrency is left alone: an account must keep 100 of its concurrency unreserved and a new one may have ten in
all (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html), so that reserving some would fail the
stack; and a function that AWS Config invokes once a day needs none.
"""

from collections.abc import Sequence
from typing import Any

from rootguard.derive.conformance_pack import check_names
from rootguard.derive.errors import DerivationError
from rootguard.derive.parameters import SIGNED, TemplateParameter, pack_parameters, rules_parameters
from rootguard.derive.rule_resources import CODE_SIGNING, FINDINGS_ARE_OWN, rule_resources
from rootguard.derive.template_text import (
    HEADER,
    Call,
    attribute,
    either,
    equals,
    is_given,
    ref,
    sub,
    template_text,
)
from rootguard.functions import PACK_NAME
from rootguard.kit.rule import AnyRule
from rootguard.pack_names import logical_id
from rootguard.permissions import reader_role_parameters

MAXIMUM_BYTES = 1_000_000
"""Of a template that stands in S3; 51,200 may be passed in the request itself (API model cloudformation)."""
MAXIMUM_RESOURCES = 500
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html."""


def rules_template(rules: Sequence[AnyRule], *, signed: bool = False) -> str:
    """The text of templates/rules.yaml, or of signed-rules.yaml.

    Raises:
        DerivationError: It is larger than CloudFormation takes, or two names become one in it.
        UnknownActionError: Nobody has looked up yet what one of the rules' actions can be narrowed to.
    """
    check_names(rules)
    parameters = rules_parameters(rules, SIGNED) if signed else rules_parameters(rules)
    resources = _resources(rules, signed=signed)
    file = "signed-rules.yaml" if signed else "rules.yaml"
    _check_count(file, resources)
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "rootguard: the functions that judge how this account protects its root user",
        "Metadata": {"AWS::CloudFormation::Interface": interface(parameters)},
        "Parameters": {each.name: dict(each.definition) for each in parameters},
        "Conditions": _conditions(rules),
        "Resources": resources,
        "Outputs": {
            "FunctionArns": {
                "Description": "The functions, which the conformance pack's rules name",
                "Value": Call("Join", [",", [attribute(f"{logical_id(rule)}Function", "Arn") for rule in rules]]),
            }
        },
    }
    return _checked(file, HEADER + template_text(template))


def interface(parameters: Sequence[TemplateParameter]) -> dict[str, Any]:
    """The order, headings and labels by which the console shows parameters.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-interface.html
    """
    groups = dict.fromkeys(each.group for each in parameters)
    return {
        "ParameterGroups": [
            {
                "Label": {"default": group},
                "Parameters": [each.name for each in parameters if each.group == group],
            }
            for group in groups
        ],
        "ParameterLabels": {each.name: {"default": each.label} for each in parameters},
    }


def _conditions(rules: Sequence[AnyRule]) -> dict[str, Any]:
    """The service in the destination's ARN is its third part; an empty destination gets parts to look at."""
    parts = Call("Split", [":", Call("Join", [":", [ref("FailureDestinationArn"), "", ""]])])
    service = Call("Select", [2, parts])
    roles = [f"{logical_id(rule)}{name}" for rule in rules for name in reader_role_parameters(rule)]
    return {
        "RolesHaveABoundary": is_given("PermissionsBoundary"),
        "LogGroupsHaveAKey": is_given("LogGroupKmsKeyArn"),
        "FailuresAreReported": is_given("FailureDestinationArn"),
        "FailuresGoToABus": equals(service, "events"),
        "FailuresGoToATopic": equals(service, "sns"),
        "FailureTopicHasAKey": is_given("FailureTopicKmsKeyArn"),
        "AlarmsAreEnabled": equals(ref("Alarms"), "enabled"),
        "AlarmsNotify": is_given("AlarmTopicArn"),
        FINDINGS_ARE_OWN: equals(ref("SecurityHubFindings"), "own"),
        "PackIsDeployedHere": equals(ref("PackDeployment"), "stackset"),
        **{f"{role}IsGiven": is_given(role) for role in roles},
    }


def _resources(rules: Sequence[AnyRule], *, signed: bool) -> dict[str, Any]:
    own = {name: resource for rule in rules for name, resource in rule_resources(rule, signed=signed).items()}
    return {
        **({CODE_SIGNING: _code_signing()} if signed else {}),
        "FailureDestinationPolicy": _failure_destination_policy(),
        **own,
        "Pack": _pack(rules),
    }


def _code_signing() -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::CodeSigningConfig",
        "Properties": {
            "Description": "Code that no other profile has signed",
            "AllowedPublishers": {"SigningProfileVersionArns": [ref("SigningProfileVersionArn")]},
            "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Enforce"},
        },
    }


def _failure_destination_policy() -> dict[str, Any]:
    """What Lambda does with a function's role for its destination.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    destination, key = ref("FailureDestinationArn"), ref("FailureTopicKmsKeyArn")
    statements = [
        either("FailuresGoToABus", _allow("events:PutEvents", destination)),
        either("FailuresGoToATopic", _allow("sns:Publish", destination)),
        either("FailureTopicHasAKey", _allow(["kms:Decrypt", "kms:GenerateDataKey"], key)),
    ]
    return {
        "Type": "AWS::IAM::ManagedPolicy",
        "Condition": "FailuresAreReported",
        "Properties": {
            "Description": "Lets functions report failed evaluations",
            "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
        },
    }


def _allow(action: Any, resource: Any) -> dict[str, Any]:  # noqa: ANN401 - one or several, plain or computed
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _pack(rules: Sequence[AnyRule]) -> dict[str, Any]:
    names = ["FunctionPrefix", *(each.name for each in pack_parameters(rules))]
    return {
        "Type": "AWS::Config::ConformancePack",
        "Condition": "PackIsDeployedHere",
        "DependsOn": [f"{logical_id(rule)}Permission" for rule in rules],
        "Properties": {
            "ConformancePackName": PACK_NAME,
            "TemplateS3Uri": sub("s3://${ArtifactBucket}/${ArtifactPrefix}conformance-pack.yaml"),
            "ConformancePackInputParameters": [{"ParameterName": name, "ParameterValue": ref(name)} for name in names],
        },
    }


def _check_count(file: str, resources: dict[str, Any]) -> None:
    if len(resources) > MAXIMUM_RESOURCES:
        raise DerivationError(f"{file} has {len(resources)} resources, CloudFormation takes {MAXIMUM_RESOURCES}")


def _checked(file: str, text: str) -> str:
    size = len(text.encode())
    if size > MAXIMUM_BYTES:
        raise DerivationError(f"{file} has {size} bytes, CloudFormation takes {MAXIMUM_BYTES}")
    return text
