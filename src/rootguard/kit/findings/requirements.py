"""A rule's controls as Security Hub writes them in a finding."""

from collections.abc import Iterator

from rootguard.kit.rule import Controls

MOST_REQUIREMENTS = 32

_FOUNDATIONS = "CIS AWS Foundations Benchmark"
_BEST_PRACTICES = "AWS Foundational Security Best Practices"
_NAMESPACE = "Software and Configuration Checks"
_STANDARDS = f"{_NAMESPACE}/Industry and Regulatory Standards"


def related_requirements(controls: Controls) -> tuple[str, ...]:
    """Compliance.RelatedRequirements, the 32 that there is room for.

    In the form of Security Hub's own findings: `CIS AWS Foundations Benchmark v5.0.0/1.4`, `NIST.800-53.r5 AC-2(1)`,
    `PCI DSS v4.0.1/8.4.2` (https://docs.aws.amazon.com/securityhub/latest/userguide/asff-top-level-attributes.html).
    """
    return tuple(_requirements(controls))[:MOST_REQUIREMENTS]


def types(controls: Controls) -> tuple[str, ...]:
    """The finding's types: namespace/category/classifier.

    https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-type-taxonomy.html
    """
    return tuple(_types(controls))


def _requirements(controls: Controls) -> Iterator[str]:
    yield from (f"{_FOUNDATIONS} v{version}/{number}" for version, number in controls.cis.items())
    yield from (f"{_BEST_PRACTICES} v1.0.0/{number}" for number in controls.fsbp)
    yield from (f"PCI DSS v4.0.1/{number}" for number in controls.pci_dss_4_0_1)
    yield from (f"NIST.800-53.r5 {number}" for number in controls.nist_800_53_r5)


def _types(controls: Controls) -> Iterator[str]:
    yield f"{_NAMESPACE}/AWS Security Best Practices"
    if controls.cis:
        yield f"{_STANDARDS}/{_FOUNDATIONS}"
    if controls.fsbp:
        yield f"{_STANDARDS}/{_BEST_PRACTICES}"
    if controls.pci_dss_4_0_1:
        yield f"{_STANDARDS}/PCI-DSS"
    if controls.nist_800_53_r5:
        yield f"{_STANDARDS}/NIST 800-53 Controls"
