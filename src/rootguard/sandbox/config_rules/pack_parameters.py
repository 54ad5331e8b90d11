"""The values of a conformance pack's parameters: its own, else the template's defaults."""

from collections.abc import Iterable, Mapping

from rootguard.sandbox.config_rules.pack_template import Template
from rootguard.sandbox.template import parameters

MAXIMUM_INPUTS = 60
"""Input parameters of a custom pack (botocore config/2014-11-12, PutConformancePack)."""


def parameter_values(template: Template, inputs: Iterable[Mapping[str, str]]) -> dict[str, str | list[str]]:
    """Every parameter's value.

    Args:
        template: Declares the parameters.
        inputs: ConformancePackInputParameters: `ParameterName`, `ParameterValue`.

    Raises:
        TemplateError: A name that is not declared, a required one without value, a value that is not allowed.
    """
    given = {each["ParameterName"]: each["ParameterValue"] for each in inputs}
    parameters.check_declarations(template.parameters)
    return parameters.parameter_values(template.parameters, parameters.parameter_texts(template.parameters, given))
