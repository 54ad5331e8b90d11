"""The schemas of resource types as AWS publishes them, from the copy that cfn-lint brings.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html. The files are read directly:
importing cfn-lint takes seconds.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rootguard.sandbox.cloudformation.schema_check import converted, violations

_PREFIX = "/properties/"
_READABLE = frozenset({"AWS::Events::EventBus", "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::SSM::Parameter"})
"""Types whose every property Fn::GetAtt gives, which their schema does not say: see "Return values" of each type at
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html"""

type Properties = dict[str, Any]
type Pointer = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """What a resource type's schema says."""

    type_name: str
    body: dict[str, Any]

    def converted(self, properties: Properties) -> Properties:
        """The properties with scalars in the schema's types: CloudFormation takes "5" for 5 and true for "true"."""
        result: Properties = converted(properties, self.body, self.body)
        return result

    def violations(self, properties: Properties) -> list[str]:
        """What the schema forbids in converted properties, "#: required key [Name] not found"; empty if nothing."""
        only_read = self._only_read()
        refused = [f"#: extraneous key [{name}] is not permitted" for name in properties if name in only_read]
        others = {name: value for name, value in properties.items() if name not in only_read}
        return [*refused, *violations(others, self.body, self.body)]

    def attributes(self) -> set[str]:
        """What Fn::GetAtt may ask for: read-only properties, and what those contain."""
        return {".".join(path) for path in self._paths("readOnlyProperties")}

    def has_attribute(self, name: str) -> bool:
        """Whether Fn::GetAtt may ask for it; attributes of a structure need not be listed one by one."""
        known = self.attributes()
        if self.type_name in _READABLE and name in self.body["properties"]:
            return True
        return name in known or any(name.startswith(f"{each}.") for each in known)

    def identifiers(self) -> list[str]:
        """The properties that tell one resource of the type from another."""
        return [".".join(path) for path in self._paths("primaryIdentifier")]

    def replacing(self, old: Properties, new: Properties) -> list[str]:
        """The properties whose difference makes a replacement necessary: those that only a creation can set."""
        paths = self._paths("createOnlyProperties") + self._paths("conditionalCreateOnlyProperties")
        return sorted({path[0] for path in paths if _values(old, path) != _values(new, path)})

    def custom_name(self, old: Properties, new: Properties) -> str | None:
        """The name that the template gives the resource before and after, None where it does not hold on to one."""
        only_created = self._paths("createOnlyProperties")
        identifier = self._paths("primaryIdentifier")
        if not identifier or any(path not in only_created for path in identifier):
            return None
        before, after = [_values(old, path) for path in identifier], [_values(new, path) for path in identifier]
        if before != after or not all(before):
            return None
        return "|".join(str(value) for values in before for value in values)

    @property
    def taggable(self) -> bool:
        """Whether the type takes the stack's tags, and takes them again in an update."""
        tagging = self.body.get("tagging", {})
        return bool(tagging.get("taggable", "Tags" in self.body.get("properties", {})))

    def _only_read(self) -> set[str]:
        created = self._paths("createOnlyProperties")
        return {path[0] for path in self._paths("readOnlyProperties") if len(path) == 1 and path not in created}

    def _paths(self, kind: str) -> list[Pointer]:
        return [tuple(path.removeprefix(_PREFIX).split("/")) for path in self.body.get(kind) or ()]


def schema_of(type_name: str) -> Schema | None:
    """The schema of a type, None for one that AWS does not know."""
    digest = _index().get(type_name)
    return _schema(type_name, digest) if digest else None


@cache
def _schema(type_name: str, digest: str) -> Schema:
    return Schema(type_name, json.loads((_folder() / "resources" / f"{digest}.json").read_text()))


@cache
def _index() -> dict[str, str]:
    """The types of us-east-1, which has all that other Regions have."""
    found: dict[str, str] = json.loads((_folder() / "providers" / "us-east-1.json").read_text())
    return found


@cache
def _folder() -> Path:
    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise RuntimeError("the sandbox's CloudFormation reads the schemas of cfn-lint: install rootguard[demo]")
    return Path(spec.origin).parent / "data" / "schemas"


def _values(value: Any, path: Pointer) -> list[Any]:
    """Everything at a path, of which a segment may be `*`; what is not there is left out."""
    if not path:
        return [value]
    first, rest = path[0], path[1:]
    if isinstance(value, list):
        inner = path if first != "*" else rest
        return [found for item in value for found in _values(item, inner)]
    return _values(value[first], rest) if isinstance(value, dict) and first in value else []
