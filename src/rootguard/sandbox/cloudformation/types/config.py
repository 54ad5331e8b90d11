"""AWS Config: rules. Packs are in `config_packs` and `config_organization_packs`, recorders in `config_recorder`.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-config-configrule.html
"""

from collections.abc import Mapping
from typing import Any, override

from rootguard.sandbox.cloudformation.requests import already_exists, exists, gone, send, text
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

_GONE = "NoSuchConfigRuleException"


@resource_type("AWS::Config::ConfigRule")
class ConfigRule(ResourceType):
    """A rule; Ref gives its name. The type takes no tags (its schema's `tagging`)."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Put a rule that does not exist: PutConfigRule itself would change one that does."""
        config, name = context.client("config"), properties.get("ConfigRuleName") or context.generated_name(128)
        if exists(config, "DescribeConfigRules", {"ConfigRuleNames": [name]}, _GONE):
            raise already_exists(self.name, name)
        _put(config, name, properties)
        return _described(config, name)

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put the rule again."""
        config = context.client("config")
        _put(config, physical.id, new)
        return _described(config, physical.id)

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the rule with its results."""
        with gone(_GONE):
            send(context.client("config"), "DeleteConfigRule", {"ConfigRuleName": physical.id})


def _put(config: Any, name: str, properties: Properties) -> None:
    rule = {key: value for key, value in properties.items() if key != "Compliance"}
    rule |= {"ConfigRuleName": name, "InputParameters": _texts(properties.get("InputParameters"))}
    send(config, "PutConfigRule", {"ConfigRule": rule})


def _texts(parameters: Any) -> Any:
    """The values of InputParameters as texts, which is what AWS Config takes them for."""
    if not isinstance(parameters, Mapping):
        return parameters
    return {name: text(value) for name, value in parameters.items()}


def _described(config: Any, name: str) -> Physical:
    (rule,) = send(config, "DescribeConfigRules", {"ConfigRuleNames": [name]})["ConfigRules"]
    (judged,) = send(config, "DescribeComplianceByConfigRule", {"ConfigRuleNames": [name]})["ComplianceByConfigRules"]
    compliance = judged.get("Compliance", {}).get("ComplianceType", "INSUFFICIENT_DATA")
    attributes = {"Arn": rule["ConfigRuleArn"], "ConfigRuleId": rule["ConfigRuleId"], "Compliance.Type": compliance}
    return Physical(name, attributes)
