"""A template as it is deployed: its bytes, and the parameters that it declares."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from rootguard.errors import RootguardError

LARGEST_BODY = 51_200
"""Bytes that a request takes; a larger template is read from the artifact bucket.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""


@dataclass(frozen=True, slots=True)
class Constraint:
    """What the values of a parameter may be.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html

    Attributes:
        is_number: Whether they are numbers.
        is_list: Whether they are lists, of which each item is held to the pattern.
        values: AllowedValues; empty for any.
        pattern: AllowedPattern, for the whole of a value, or of each item of a list; empty for any.
        words: ConstraintDescription, which says the pattern in words; may be empty.
        description: The parameter's own; may be empty.
        longest: MaxLength, None for any.
        least: MinValue of a number, None for any.
        most: MaxValue of a number, None for any.
    """

    is_number: bool = False
    is_list: bool = False
    values: tuple[str, ...] = ()
    pattern: str = ""
    words: str = ""
    description: str = ""
    longest: int | None = None
    least: float | None = None
    most: float | None = None

    def wants(self, value: str) -> str:
        """What CloudFormation would miss in a value; empty for one that it takes."""
        if self.values and value not in self.values:
            return f"one of {', '.join(self.values)}"
        if self.is_number and not self._is_within(value):
            return f"a number{self._bounds()}"
        if self.longest is not None and len(value) > self.longest:
            return f"at most {self.longest} characters"
        items = value.split(",") if self.is_list else [value]
        if self.pattern and not all(re.fullmatch(self.pattern, item.strip(), re.ASCII) for item in items):
            return self.words or f"what matches {self.pattern} ({self.description})"
        return ""

    def _is_within(self, value: str) -> bool:
        try:
            number = float(value)
        except ValueError:
            return False
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)

    def _bounds(self) -> str:
        bounds = {"at least": self.least, "at most": self.most}
        said = " and ".join(f"{words} {bound:g}" for words, bound in bounds.items() if bound is not None)
        return f" of {said}" if said else ""


@dataclass(frozen=True, slots=True)
class Template:
    """One of templates/*.yaml.

    Attributes:
        name: The file's name.
        text: Its content, unchanged.
        defaults: The parameters that it declares -> their default, None for one that must be given.
        constraints: Those parameters -> what their values may be.
    """

    name: str
    text: str
    defaults: Mapping[str, str | None]
    constraints: Mapping[str, Constraint] = field(default_factory=dict)

    def fits_request(self) -> bool:
        """Whether it can be sent along rather than be fetched from a bucket."""
        return len(self.text.encode()) <= LARGEST_BODY


# Ten times as fast where PyYAML comes with libyaml, as its wheels do.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads past !Ref and its like: only the parameters' declarations, which have none, are of interest."""


def _unresolved(_loader: _Loader, _suffix: str, _node: yaml.Node) -> None:
    return None


_Loader.add_multi_constructor("!", _unresolved)


def read_template(folder: Path, name: str) -> Template:
    """Read a template.

    Raises:
        RootguardError: It is missing or is no template.
    """
    try:
        text = (folder / name).read_text("utf-8")
        document = yaml.load(text, _Loader)  # noqa: S506 - a safe loader
        declared = document.get("Parameters") or {}
        defaults = {parameter: _default(declaration) for parameter, declaration in declared.items()}
        constraints = {parameter: _constraint(declaration) for parameter, declaration in declared.items()}
    except (OSError, yaml.YAMLError, AttributeError) as error:
        raise RootguardError(
            f"{folder / name} is no CloudFormation template: {' '.join(str(error).split())}"
        ) from error
    return Template(name, text, defaults, constraints)


def _default(declaration: Mapping[str, Any]) -> str | None:
    default = declaration.get("Default")
    return None if default is None else str(default)


def _constraint(declaration: Mapping[str, Any]) -> Constraint:
    kind = str(declaration.get("Type", ""))
    return Constraint(
        is_number=kind == "Number",
        is_list=kind.startswith("List<") or kind == "CommaDelimitedList",
        values=tuple(str(value) for value in declaration.get("AllowedValues", ())),
        pattern=str(declaration.get("AllowedPattern", "")),
        words=str(declaration.get("ConstraintDescription", "")),
        description=str(declaration.get("Description", "")),
        longest=declaration.get("MaxLength"),
        least=declaration.get("MinValue"),
        most=declaration.get("MaxValue"),
    )
