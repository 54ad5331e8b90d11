"""From a request to what a stack is asked to be, checked as far as AWS checks before it answers."""

from collections.abc import Iterable, Mapping
from typing import Any

from rootguard.sandbox.cloudformation.capabilities import check_capabilities
from rootguard.sandbox.cloudformation.references import check_references
from rootguard.sandbox.cloudformation.resolution import Resolution
from rootguard.sandbox.cloudformation.resource_type import handler_of
from rootguard.sandbox.cloudformation.stacks import Specification, Stack
from rootguard.sandbox.cloudformation.template import Template, parse
from rootguard.sandbox.cloudformation.template_source import template_text, validation_error
from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.template.parameters import parameter_texts
from rootguard.sandbox.template.text import TemplateError

_ABSENT = (
    "DeploymentConfig",
    "NotificationARNs",
    "ResourceTypes",
    "StackPolicyBody",
    "StackPolicyDuringUpdateBody",
    "StackPolicyDuringUpdateURL",
    "StackPolicyURL",
    "TimeoutInMinutes",
)
_MAXIMUM_TAGS = 50


def specification_of(call: Call, stack: Stack) -> Specification:
    """What CreateStack, UpdateStack or CreateChangeSet asks a stack to be.

    Args:
        call: The request.
        stack: New, or with the specification that it has until now.

    Raises:
        AwsError: ValidationError, InsufficientCapabilitiesException; SandboxNotImplemented for what AWS has and the
            sandbox has not.
    """
    _refuse_absent(call.parameters)
    before = stack.specification
    try:
        template = checked_template(template_text(call, before.template.text if before else None))
        _check_handlers(template)
        texts = parameter_texts(template.parameters, _given(call.parameters.get("Parameters") or (), template, before))
        capabilities = tuple(call.parameters.get("Capabilities") or ())
        check_capabilities(template, capabilities)
        role_arn = call.parameters.get("RoleARN") or (before.role_arn if before else None)
        specification = Specification(template, texts, _tags(call, before), capabilities, role_arn)
        Resolution(stack, specification).check()
    except TemplateError as error:
        raise validation_error(str(error)) from None
    _check_types(before, specification)
    return specification


def checked_template(text: str) -> Template:
    """A template whose references all lead somewhere.

    Raises:
        TemplateError: What AWS refuses in it.
        AwsError: SandboxNotImplemented.
    """
    template = parse(text)
    check_references(template)
    return template


def _refuse_absent(parameters: Mapping[str, Any]) -> None:
    given = [name for name in _ABSENT if parameters.get(name)]
    if (parameters.get("RollbackConfiguration") or {}).get("RollbackTriggers"):
        given.append("RollbackConfiguration.RollbackTriggers")
    if given:
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox's CloudFormation takes no {', '.join(given)}.")


def _check_handlers(template: Template) -> None:
    missing = [name for name in template.types if handler_of(name) is None]
    if missing:
        message = f"The sandbox's CloudFormation has no resource types [{', '.join(missing)}], which AWS has."
        raise AwsError(NOT_IMPLEMENTED, message)


def _check_types(before: Specification | None, after: Specification) -> None:
    if before is None:
        return
    old = before.template.resources
    changed = [name for name, new in after.template.resources.items() if name in old and old[name].type != new.type]
    if changed:
        message = "Update of resource type is not permitted. The new template modifies resource type of the following"
        raise validation_error(f"{message} resources: [{', '.join(changed)}]")


def _given(entries: Iterable[Mapping[str, Any]], template: Template, before: Specification | None) -> dict[str, str]:
    given: dict[str, str] = {}
    for entry in entries:
        name = entry.get("ParameterKey", "")
        if name in given:
            raise TemplateError(f"Duplicate parameter key {name}")
        if not entry.get("UsePreviousValue"):
            given[name] = entry.get("ParameterValue", "")
            continue
        if before is None or name not in before.texts or name not in template.parameters:
            message = "Cannot specify usePreviousValue as true for a parameter key not in the previous template"
            raise TemplateError(f"Invalid input for parameter key {name}. {message}")
        given[name] = before.texts[name]
    return given


def _tags(call: Call, before: Specification | None) -> dict[str, str]:
    given = call.parameters.get("Tags")
    if given is None:
        return dict(before.tags) if before else {}
    tags = {tag["Key"]: tag["Value"] for tag in given}
    if len(tags) != len(given):
        raise validation_error("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if len(tags) > _MAXIMUM_TAGS:
        raise validation_error(f"A stack can have at most {_MAXIMUM_TAGS} tags.")
    reserved = [key for key in tags if key.lower().startswith("aws:")]
    if reserved:
        raise validation_error(f"aws: prefixed tag key names are not allowed for external use: {reserved[0]}")
    return tags
