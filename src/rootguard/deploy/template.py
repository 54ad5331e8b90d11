"""A template as it is deployed: its bytes, and the parameters that it declares."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rootguard.errors import RootguardError

LARGEST_BODY = 51_200
"""Bytes that a request takes; a larger template is read from the artifact bucket.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""


@dataclass(frozen=True, slots=True)
class Template:
    """One of templates/*.yaml.

    Attributes:
        name: The file's name.
        text: Its content, unchanged.
        defaults: The parameters that it declares -> their default, None for one that must be given.
    """

    name: str
    text: str
    defaults: Mapping[str, str | None]

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
    except (OSError, yaml.YAMLError, AttributeError) as error:
        raise RootguardError(
            f"{folder / name} is no CloudFormation template: {' '.join(str(error).split())}"
        ) from error
    return Template(name, text, defaults)


def _default(declaration: Mapping[str, Any]) -> str | None:
    default = declaration.get("Default")
    return None if default is None else str(default)
