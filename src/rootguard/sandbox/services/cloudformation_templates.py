"""AWS CloudFormation: templates, given or of a stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplateSummary.html and the pages of the
operations below.
"""

import json
from typing import Any

from rootguard.sandbox.cloudformation.capabilities import capability_reason, needed_capability
from rootguard.sandbox.cloudformation.change_sets import find_change_set
from rootguard.sandbox.cloudformation.schemas import schema_of
from rootguard.sandbox.cloudformation.specifications import checked_template
from rootguard.sandbox.cloudformation.stack_names import described_stack, place_of
from rootguard.sandbox.cloudformation.template import VERSION, Template
from rootguard.sandbox.cloudformation.template_source import template_text, validation_error
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.template.parameters import is_secret, text_of
from rootguard.sandbox.template.text import TemplateError


@operation("cloudformation:GetTemplate")
def get_template(call: Call) -> dict[str, Any]:
    """Give a stack's or a change set's template, as it was submitted: without macros both stages are the same."""
    stages = {"StagesAvailable": ["Original", "Processed"]}
    stack = described_stack(call) if call.parameters.get("StackName") else None
    name = call.parameters.get("ChangeSetName")
    if name:
        found = find_change_set(place_of(call), name, stack)
        return {"TemplateBody": found.specification.template.text, **stages}
    if stack is None:
        raise validation_error("StackName is required if ChangeSetName is not specified.")
    if stack.specification is None:
        return {"TemplateBody": "", **stages}
    return {"TemplateBody": stack.specification.template.text, **stages}


@operation("cloudformation:ValidateTemplate")
def validate_template(call: Call) -> dict[str, Any]:
    """Refuse a template that no stack can have, and tell what one needs."""
    template = _checked(template_text(call))
    parameters = [
        {key: value for key, value in each.items() if key not in {"ParameterType", "ParameterConstraints"}}
        for each in _parameters(template)
    ]
    return _described(template) | {"Parameters": parameters}


@operation("cloudformation:GetTemplateSummary")
def get_template_summary(call: Call) -> dict[str, Any]:
    """Tell what is in a template."""
    if call.parameters.get("StackSetName"):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox has no GetTemplateSummary of a stack set.")
    template = _checked(_text(call))
    summary = _described(template) | {
        "Parameters": _parameters(template),
        "ResourceTypes": template.types,
        "Version": VERSION,
        "ResourceIdentifierSummaries": [_identifiers(template, name) for name in template.types],
    }
    return summary | ({"Metadata": json.dumps(template.metadata)} if template.metadata else {})


def _text(call: Call) -> str:
    if not call.parameters.get("StackName"):
        return template_text(call)
    stack = described_stack(call)
    if stack.specification is None:
        raise validation_error(f"Stack {stack.name} has no template yet.")
    return stack.specification.template.text


def _checked(text: str) -> Template:
    try:
        return checked_template(text)
    except TemplateError as error:
        raise validation_error(str(error)) from None


def _described(template: Template) -> dict[str, Any]:
    described: dict[str, Any] = {"DeclaredTransforms": []}
    if template.description is not None:
        described["Description"] = template.description
    needed = needed_capability(template)
    if needed is not None:
        described |= {"Capabilities": [needed], "CapabilitiesReason": capability_reason(template)}
    return described


def _parameters(template: Template) -> list[dict[str, Any]]:
    rows = []
    for name, declared in template.parameters.items():
        row: dict[str, Any] = {
            "ParameterKey": name,
            "ParameterType": declared["Type"],
            "NoEcho": is_secret(declared),
            "ParameterConstraints": {},
        }
        if "Default" in declared:
            row["DefaultValue"] = text_of(declared["Default"])
        if "Description" in declared:
            row["Description"] = declared["Description"]
        if "AllowedValues" in declared:
            row["ParameterConstraints"] = {"AllowedValues": [text_of(value) for value in declared["AllowedValues"]]}
        rows.append(row)
    return rows


def _identifiers(template: Template, type_name: str) -> dict[str, Any]:
    schema = schema_of(type_name)
    return {
        "ResourceType": type_name,
        "LogicalResourceIds": [each.logical_id for each in template.resources.values() if each.type == type_name],
        "ResourceIdentifiers": schema.identifiers() if schema else [],
    }
