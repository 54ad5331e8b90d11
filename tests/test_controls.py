"""The ids of controls are those of their sources, looked up in November 2026.

CIS AWS Foundations Benchmark, as Prowler's compliance files quote it (prowler/compliance/aws/cis_*_aws.json of
https://github.com/prowler-cloud/prowler). FSBP, NIST SP 800-53 and PCI DSS: "Related requirements" of Security Hub's
controls, and its list of FSBP's (https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html,
account-controls.html, cloudwatch-controls.html, fsbp-standard.html).
"""

import re

import pytest

from rootguard.catalog import load_catalog
from rootguard.kit.rule import Controls
from rootguard.process_check import ConfigRule

CATALOG = load_catalog()
VERSIONS = ("1.4.0", "3.0.0", "5.0.0", "6.0.0", "7.0.0")
RECOMMENDATIONS = {
    "Maintain current contact details": ("1.1", "1.1", "1.1", "2.1", "2.2"),
    "Ensure security contact information is registered": ("1.2", "1.2", "1.2", "2.2", "2.3"),
    "Ensure no 'root' user account access key exists": ("1.4", "1.4", "1.3", "2.3", "2.4"),
    "Ensure MFA is enabled for the 'root' user account": ("1.5", "1.5", "1.4", "2.4", "2.5"),
    "Ensure hardware MFA is enabled for the 'root' user account": ("1.6", "1.6", "1.5", "2.5", "2.6"),
    "Eliminate use of the 'root' user for administrative and daily tasks": ("1.7", "1.7", "1.6", "2.6", "2.7"),
    "Ensure usage of the 'root' account is monitored": ("4.3", "4.3", "4.3", "5.3", "5.3"),
    "Ensure centralized root access in AWS Organizations": (None, None, None, None, "2.1.1"),
}
MFA = ("AC-2(1)", "AC-3(15)", "IA-2(1)", "IA-2(2)", "IA-2(6)", "IA-2(8)")
KEYS = ("AC-2(1)", "AC-3(15)", "AC-3(7)", "AC-6", "AC-6(10)", "AC-6(2)")


def controls(recommendation: str, **others: tuple[str, ...]) -> Controls:
    """Of a CIS recommendation, wherever a version has it, and a Security Hub control."""
    numbers = zip(VERSIONS, RECOMMENDATIONS[recommendation], strict=True)
    return Controls(cis={version: number for version, number in numbers if number}, **others)


ANSWERED_FOR = {
    "hardware-mfa-for-root": controls(
        "Ensure hardware MFA is enabled for the 'root' user account",
        fsbp=("IAM.6",),
        nist_800_53_r5=MFA,
        pci_dss_4_0_1=("8.4.2",),
    ),
    "organization-root-management": controls("Ensure centralized root access in AWS Organizations"),
    "root-alarm-present": controls("Ensure usage of the 'root' account is monitored"),
    # Security Hub's IAM.9 has these requirements and is no part of FSBP.
    "root-mfa-enabled": controls(
        "Ensure MFA is enabled for the 'root' user account", nist_800_53_r5=MFA, pci_dss_4_0_1=("8.4.2",)
    ),
    # IAM.4 is mapped to PCI DSS 3.2.1 only.
    "root-no-access-keys": controls(
        "Ensure no 'root' user account access key exists", fsbp=("IAM.4",), nist_800_53_r5=KEYS
    ),
    "root-not-used": controls("Eliminate use of the 'root' user for administrative and daily tasks"),
    "root-recovery-attested": controls("Maintain current contact details"),
    "root-security-contact": controls(
        "Ensure security contact information is registered", fsbp=("Account.1",), nist_800_53_r5=("CM-2", "CM-2(2)")
    ),
}
WITHOUT = {
    "root-credentials-removed",  # CIS 7.0.0 2.1.1 asks for the feature, not for what is done with it
    "root-denied-by-scp",  # CIS 7.0.0 2.1.2 asks for the organization's own baseline of policies, not for this one
    "root-no-signing-certificates",
    "root-password-policy-attested",  # CIS's password items are about IAM's policy, which root does not have
}


@pytest.mark.parametrize("rule", CATALOG, ids=lambda rule: rule.name)
def test_a_rule_answers_for_what_its_sources_say(rule: ConfigRule) -> None:
    assert rule.controls == ANSWERED_FOR.get(rule.name, Controls())


def test_no_rule_is_left_out() -> None:
    assert {rule.name for rule in CATALOG} == ANSWERED_FOR.keys() | WITHOUT
    assert not ANSWERED_FOR.keys() & WITHOUT


def test_ids_have_the_form_of_their_framework() -> None:
    forms = {
        "CIS AWS Foundations Benchmark": r"\d+(\.\d+)+",
        "AWS Foundational Security Best Practices": r"[A-Z]\w+\.\d+",
        "NIST SP 800-53": r"[A-Z]{2}-\d+(\(\d+\))?",
        "PCI DSS": r"\d+(\.\d+)+",
    }
    found = [control for rule in CATALOG for control in rule.controls]
    assert {control.framework for control in found} == forms.keys()
    assert [control for control in found if not re.fullmatch(forms[control.framework], control.id)] == []
