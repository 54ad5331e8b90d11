"""CloudFormation's intrinsic functions, as far as the sandbox has them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html. A function that is not
here is refused, never passed on as text.
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rootguard.sandbox.template.arguments import SUBSTITUTION, attribute_reference, misused
from rootguard.sandbox.template.text import TemplateError

type Values = Mapping[str, Any]

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""What stands for a value that only exists once the stack does, as in the answer of DescribeChangeSet."""


class _NoValue:
    """What AWS::NoValue leaves: the property is not there."""


_NO_VALUE = _NoValue()


@dataclass(slots=True)
class Resolver:
    """Replaces intrinsic functions by their values.

    Attributes:
        values: What Ref gives, by name: text or lists of text of parameters and pseudo parameters, physical ids.
        mappings: The template's Mappings.
        conditions: The template's Conditions, unresolved.
        exported: The value of a CloudFormation export by name, raising TemplateError for one that is missing.
        attribute: What Fn::GetAtt gives, by logical id and attribute; None where there are no resources to ask.
    """

    values: Values
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    exported: Callable[[str], str]
    attribute: Callable[[str, str], Any] | None = None
    _under_way: set[str] = field(default_factory=set)

    def resolve(self, value: Any) -> Any:
        """The value without intrinsic functions and without what AWS::NoValue removes.

        Raises:
            TemplateError: An unknown function or name, or arguments that do not fit.
        """
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref" or str(name).startswith("Fn::"):
                return self._apply(name, argument)
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not _NO_VALUE}

    def holds(self, condition: str) -> bool:
        """Whether a named condition is true.

        Raises:
            TemplateError: There is no such condition, or it depends on itself.
        """
        if condition not in self.conditions:
            raise TemplateError(f"Unresolved condition dependency {condition}")
        if condition in self._under_way:
            raise TemplateError(f"Circular condition dependency: {condition}")
        self._under_way.add(condition)
        try:
            return self._truth(self.conditions[condition])
        finally:
            self._under_way.discard(condition)

    def _truth(self, value: Any) -> bool:
        match value:
            case {"Condition": str(name), **rest} if not rest:
                return self.holds(name)
            case {"Fn::Equals": [left, right]}:
                return bool(_scalar(self.resolve(left)) == _scalar(self.resolve(right)))
            case {"Fn::Not": [inner]}:
                return not self._truth(inner)
            case {"Fn::And": [*inner]} if inner:
                return all(self._truth(item) for item in inner)
            case {"Fn::Or": [*inner]} if inner:
                return any(self._truth(item) for item in inner)
        raise TemplateError(f"Template error: {value} is not a condition.")

    def _apply(self, name: str, argument: Any) -> Any:
        function = _FUNCTIONS.get(name)
        if function is None:
            raise TemplateError(f"Template error: {name} is not supported.")
        return function(self, argument)

    def ref(self, argument: Any) -> Any:
        """Ref: a parameter or pseudo parameter."""
        if argument == "AWS::NoValue":
            return _NO_VALUE
        if not isinstance(argument, str) or argument not in self.values:
            raise TemplateError(f"Unresolved dependency {argument}. Cannot reference it in the template.")
        return self.values[argument]

    def sub(self, argument: Any) -> str:
        """Fn::Sub: text, or text and the variables in it; `${!x}` stays `${x}`."""
        match argument:
            case str(text):
                variables = {}
            case [str(text), dict(given)]:
                variables = self.resolve(given)
            case _:
                raise misused("Fn::Sub", argument)

        def replaced(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            return _text(self._named(name.strip(), variables))

        return SUBSTITUTION.sub(replaced, text)

    def _named(self, name: str, variables: Mapping[str, Any]) -> Any:
        if name in variables:
            return variables[name]
        logical_id, dot, attribute = name.partition(".")
        return self.get_att([logical_id, attribute]) if dot and self.attribute else self.ref(name)

    def get_att(self, argument: Any) -> Any:
        """Fn::GetAtt: a resource's logical id and an attribute of it."""
        if self.attribute is None:
            raise TemplateError("Template error: Fn::GetAtt is not supported.")
        logical_id, attribute = attribute_reference(argument)
        return self.attribute(logical_id, attribute)

    def base64(self, argument: Any) -> str:
        """Fn::Base64: text."""
        return base64.b64encode(_text(self.resolve(argument)).encode()).decode()

    def choose(self, argument: Any) -> Any:
        """Fn::If: a condition's name, the value if it holds, the value if not."""
        match argument:
            case [str(condition), then, otherwise]:
                return self.resolve(then if self.holds(condition) else otherwise)
        raise misused("Fn::If", argument)

    def join(self, argument: Any) -> str:
        """Fn::Join: a separator and a list."""
        match argument:
            case [str(separator), items]:
                return separator.join(_text(item) for item in self._list(items))
        raise misused("Fn::Join", argument)

    def split(self, argument: Any) -> list[str]:
        """Fn::Split: a separator and text."""
        match argument:
            case [str(separator), listed]:
                text = _text(self.resolve(listed))
                return [text] if UNKNOWN in text else text.split(separator)
        raise misused("Fn::Split", argument)

    def select(self, argument: Any) -> Any:
        """Fn::Select: an index from 0 and a list."""
        match argument:
            case [position, listed]:
                index, items = _text(self.resolve(position)), self._list(listed)
                if index.isdecimal() and int(index) < len(items):
                    return items[int(index)]
                if any(UNKNOWN in str(item) for item in items):
                    return UNKNOWN
        raise misused("Fn::Select", argument)

    def find_in_map(self, argument: Any) -> Any:
        """Fn::FindInMap: a map, a key and a key in there."""
        match argument:
            case [_, _, _]:
                path = [_text(self.resolve(key)) for key in argument]
            case _:
                raise misused("Fn::FindInMap", argument)
        found: Any = self.mappings
        for key in path:
            if not isinstance(found, dict) or key not in found:
                raise TemplateError(f"Template error: Unable to get mapping for {'::'.join(path)}")
            found = found[key]
        return found

    def import_value(self, argument: Any) -> str:
        """Fn::ImportValue: what a stack of the same account and Region exports."""
        return self.exported(_text(self.resolve(argument)))

    def _list(self, value: Any) -> list[Any]:
        items = self.resolve(value)
        if not isinstance(items, list):
            raise TemplateError(f"Template error: {value} is not a list.")
        return items


_FUNCTIONS: Mapping[str, Callable[[Resolver, Any], Any]] = {
    "Ref": Resolver.ref,
    "Fn::Base64": Resolver.base64,
    "Fn::GetAtt": Resolver.get_att,
    "Fn::Sub": Resolver.sub,
    "Fn::If": Resolver.choose,
    "Fn::Join": Resolver.join,
    "Fn::Split": Resolver.split,
    "Fn::Select": Resolver.select,
    "Fn::FindInMap": Resolver.find_in_map,
    "Fn::ImportValue": Resolver.import_value,
}


def _scalar(value: Any) -> Any:
    return value if isinstance(value, list | dict) else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise TemplateError(f"Template error: {value} is not text.")
