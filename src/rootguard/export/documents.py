"""Files of findings: a JSON list of each format's documents."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rootguard.errors import RootguardError
from rootguard.export.ocsf import compliance_finding
from rootguard.export.ocsf_schema import violations
from rootguard.kit.findings.asff import Finding

ASFF_FILE, OCSF_FILE = "findings.asff.json", "findings.ocsf.json"


def write_findings(findings: Sequence[Finding], folder: Path) -> None:
    """Write findings.asff.json and findings.ocsf.json, one list of documents each, in the order given.

    Args:
        findings: Ours, as GetFindings returns them.
        folder: Where to; it exists.

    Raises:
        RootguardError: A finding cannot be put as OCSF, which is a bug of rootguard.
        ValueError: A finding is not ours.
        OSError: A file cannot be written.
    """
    documents = [ocsf_document(finding) for finding in findings]
    _write(findings, folder / ASFF_FILE)
    _write(documents, folder / OCSF_FILE)


def ocsf_document(finding: Finding) -> dict[str, Any]:
    """A finding in OCSF.

    Args:
        finding: One of ours, as `compliance_finding` takes it.

    Raises:
        RootguardError: It cannot be put as OCSF, which is a bug of rootguard.
        ValueError: It is not ours.
    """
    document = compliance_finding(finding)
    if found := violations(document):
        raise RootguardError(f"bug of rootguard: {finding['Id']} does not keep to OCSF: {'; '.join(found)}")
    return document


def _write(documents: Iterable[dict[str, Any]], path: Path) -> None:
    path.write_text(json.dumps(list(documents), indent=2, ensure_ascii=False) + "\n", "utf-8")
