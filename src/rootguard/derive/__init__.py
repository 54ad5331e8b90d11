"""The files that repeat what a RULE or our code says: written from it, and checked against it.

Each derivation is a pure function from the rules to a text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rootguard.derive.audit_page import FILE as AUDIT_PAGE
from rootguard.derive.audit_page import audit_page
from rootguard.derive.audit_schema import audit_schema
from rootguard.derive.conformance_pack import conformance_pack, judged
from rootguard.derive.organization_template import FILE as ORGANIZATION_TEMPLATE
from rootguard.derive.organization_template import organization_template
from rootguard.derive.pages import page_file
from rootguard.derive.rdk_parameters import rdk_parameters
from rootguard.derive.readme import readme
from rootguard.derive.rules_template import rules_template
from rootguard.derive.security_hub_template import FILE as SECURITY_HUB_TEMPLATE
from rootguard.derive.security_hub_template import security_hub_template
from rootguard.process_check import ConfigRule
from rootguard.report.document import SCHEMA_FILE as AUDIT_SCHEMA

_OF_A_RULE = ("rules/*/parameters.json", "docs/rules/*.md")
"""Where files of rules that are gone may lie."""


@dataclass(frozen=True, slots=True)
class DerivedFile:
    """A file, by its path below the project, and the text that it must have."""

    path: str
    text: str

    def is_stale(self, project: Path) -> bool:
        """Whether the file is missing or holds other bytes."""
        file = project / self.path
        return not file.is_file() or file.read_bytes() != self.text.encode()


def derived_files(rules: Sequence[ConfigRule], project: Path) -> tuple[DerivedFile, ...]:
    """Every derived file of the project, as it must be.

    Raises:
        DerivationError: What the rules say does not fit into a file, or a file that is derived in part lacks its marks.
    """
    return tuple(_derived(rules, project))


def _derived(rules: Sequence[ConfigRule], project: Path) -> Iterator[DerivedFile]:
    functions = judged(rules)
    for rule in functions:
        yield DerivedFile(f"rules/{rule.name}/parameters.json", rdk_parameters(rule))
    yield DerivedFile("templates/conformance-pack.yaml", conformance_pack(rules))
    yield DerivedFile("templates/rules.yaml", rules_template(functions))
    yield DerivedFile("templates/signed-rules.yaml", rules_template(functions, signed=True))
    yield DerivedFile(SECURITY_HUB_TEMPLATE, security_hub_template(rules))
    yield from (DerivedFile(f"docs/rules/{rule.name}.md", page_file(rule)) for rule in rules)
    organization = (project / ORGANIZATION_TEMPLATE).read_text("utf-8")
    yield DerivedFile(ORGANIZATION_TEMPLATE, organization_template(organization, functions))
    yield DerivedFile(AUDIT_SCHEMA, audit_schema())
    yield DerivedFile(AUDIT_PAGE, audit_page((project / AUDIT_PAGE).read_text("utf-8"), functions))
    yield DerivedFile("README.md", readme((project / "README.md").read_text("utf-8"), rules))


def stale_files(rules: Sequence[ConfigRule], project: Path) -> tuple[str, ...]:
    """The paths of derived files that no longer say what the rules say; stray ones of rules that are gone included.

    Raises:
        DerivationError: As derived_files.
    """
    files = derived_files(rules, project)
    return tuple(sorted({file.path for file in files if file.is_stale(project)} | _stray_paths(files, project)))


def write_files(rules: Sequence[ConfigRule], project: Path) -> tuple[str, ...]:
    """Write the stale ones among the derived files and remove the stray ones; returns their paths.

    Raises:
        DerivationError: As derived_files; then nothing is written.
    """
    files = derived_files(rules, project)
    stale, stray = [file for file in files if file.is_stale(project)], _stray_paths(files, project)
    for file in stale:
        target = project / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.text.encode())
    for path in stray:
        (project / path).unlink()
    return tuple(sorted({file.path for file in stale} | stray))


def _stray_paths(files: Sequence[DerivedFile], project: Path) -> set[str]:
    found = (path for pattern in _OF_A_RULE for path in project.glob(pattern))
    return {path.relative_to(project).as_posix() for path in found} - {file.path for file in files}
