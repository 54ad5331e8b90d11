"""`parameters.json`: a rule as the Rule Development Kit reads it.

rdk 1.0.0 takes the rule's name from the folder and wants the parameters as JSON strings within the JSON. The runtime
stands without RDK's `-lib` suffix: rdklib is in the zip, so RDK must not add its public layer.
"""

import json

from rootguard.functions import RUNTIME, handler
from rootguard.kit.rule import AnyRule


def rdk_parameters(rule: AnyRule) -> str:
    """The text of a rule's parameters.json."""
    document = {
        "Version": "1.0",
        "Parameters": {
            "RuleName": rule.name,
            "Description": rule.title,
            "SourceRuntime": RUNTIME,
            "SourceHandler": handler(rule),
            "EvaluationMode": "DETECTIVE",
            "CodeKey": f"{rule.name}.zip",
            "InputParameters": "{}",
            "OptionalParameters": json.dumps({parameter.name: parameter.default for parameter in rule.parameters}),
            "SourcePeriodic": str(rule.frequency),
            "RuleSets": ["rootguard", str(rule.severity)],
        },
        "Tags": "[]",
    }
    return json.dumps(document, indent=2) + "\n"
