"""Files of findings."""

import json
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from tests.sample_rule import FINE, WRONG, sample_rule

from rootguard.errors import RootguardError
from rootguard.export.documents import ASFF_FILE, OCSF_FILE, write_findings
from rootguard.export.ocsf import compliance_finding
from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.findings.asff import Finding, verdict_finding
from rootguard.kit.verdict import Verdict

NOW = datetime(2026, 11, 23, 5, 30, 1, tzinfo=UTC)


def finding(account_id: str, verdict: Verdict) -> Finding:
    account = Account(account_id, "aws", "us-east-1", SessionConnection(boto3.Session(region_name="us-east-1")))
    return verdict_finding(sample_rule(), account, verdict, NOW)


def test_both_formats_have_the_same_findings_in_the_same_order(tmp_path: Path) -> None:
    findings = [finding("222222222222", WRONG(what="größte Rechte")), finding("111111111111", FINE())]
    write_findings(findings, tmp_path)
    assert json.loads((tmp_path / ASFF_FILE).read_text("utf-8")) == findings
    assert json.loads((tmp_path / OCSF_FILE).read_text("utf-8")) == [compliance_finding(each) for each in findings]
    assert "größte" in (tmp_path / OCSF_FILE).read_text("utf-8")


def test_no_findings_are_empty_lists(tmp_path: Path) -> None:
    write_findings([], tmp_path)
    assert [json.loads((tmp_path / name).read_text("utf-8")) for name in (ASFF_FILE, OCSF_FILE)] == [[], []]


def test_nothing_is_written_if_a_finding_does_not_fit(tmp_path: Path) -> None:
    wrong = finding("111111111111", FINE())
    wrong["Remediation"]["Recommendation"]["Url"] = "ftp://example.com"
    wrong["Title"] = " "
    with pytest.raises(RootguardError, match=r"finding_info\.title is no string_t"):
        write_findings([finding("222222222222", FINE()), wrong], tmp_path)
    assert list(tmp_path.iterdir()) == []
