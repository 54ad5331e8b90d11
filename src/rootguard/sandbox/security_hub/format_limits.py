"""How long what is in a finding may be, by the API model's structures.

The model's shapes have hardly any limits; its documentation has them ("Length Constraints", "Array Members"), and so
have the user guide's pages of the AWS Security Finding Format
(https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html).
"""

from typing import NamedTuple


class Limits(NamedTuple):
    """The least and most characters, items or pairs."""

    least: int
    most: int


class Pairs(NamedTuple):
    """The most pairs of a map, and characters of its keys and values."""

    most: int
    key: int
    value: int


_ACTION_NAME = Limits(1, 128)

LENGTHS: dict[tuple[str, str], Limits] = {
    ("ActionLocalPortDetails", "PortName"): _ACTION_NAME,
    ("ActionRemotePortDetails", "PortName"): _ACTION_NAME,
    ("AwsApiCallAction", "Api"): _ACTION_NAME,
    ("AwsApiCallAction", "ServiceName"): _ACTION_NAME,
    ("AwsApiCallActionDomainDetails", "Domain"): _ACTION_NAME,
    ("AwsSecurityFinding", "AwsAccountName"): Limits(1, 50),
    ("AwsSecurityFinding", "CompanyName"): Limits(1, 128),
    ("AwsSecurityFinding", "Description"): Limits(1, 1024),
    ("AwsSecurityFinding", "GeneratorId"): Limits(1, 512),
    ("AwsSecurityFinding", "Id"): Limits(1, 512),
    ("AwsSecurityFinding", "Malware"): Limits(0, 5),
    ("AwsSecurityFinding", "ProductArn"): Limits(12, 2048),
    ("AwsSecurityFinding", "ProductName"): Limits(1, 128),
    ("AwsSecurityFinding", "Region"): Limits(1, 16),
    ("AwsSecurityFinding", "RelatedFindings"): Limits(1, 10),
    ("AwsSecurityFinding", "Resources"): Limits(1, 32),
    ("AwsSecurityFinding", "ThreatIntelIndicators"): Limits(1, 5),
    ("AwsSecurityFinding", "Threats"): Limits(1, 32),
    ("AwsSecurityFinding", "Title"): Limits(1, 256),
    ("AwsSecurityFinding", "Types"): Limits(0, 50),
    ("Compliance", "RelatedRequirements"): Limits(0, 32),
    ("DnsRequestAction", "Domain"): _ACTION_NAME,
    ("DnsRequestAction", "Protocol"): Limits(1, 64),
    ("FilePaths", "FileName"): Limits(1, 128),
    ("FilePaths", "FilePath"): Limits(1, 128),
    ("FilePaths", "Hash"): Limits(1, 128),
    ("FilePaths", "ResourceId"): Limits(1, 128),
    ("FindingProviderFields", "RelatedFindings"): Limits(1, 10),
    ("FindingProviderFields", "Types"): Limits(0, 50),
    ("FindingProviderSeverity", "Original"): Limits(1, 64),
    ("GeneratorDetails", "Labels"): Limits(0, 10),
    ("Malware", "Name"): Limits(1, 64),
    ("Malware", "Path"): Limits(1, 512),
    ("Network", "DestinationDomain"): Limits(1, 128),
    ("Network", "Protocol"): Limits(1, 16),
    ("Network", "SourceDomain"): Limits(1, 128),
    ("NetworkConnectionAction", "Protocol"): Limits(1, 64),
    ("NetworkHeader", "Protocol"): Limits(1, 16),
    ("NetworkPathComponent", "ComponentId"): Limits(1, 32),
    ("NetworkPathComponent", "ComponentType"): Limits(1, 32),
    ("Note", "Text"): Limits(1, 512),
    ("Note", "UpdatedBy"): Limits(1, 512),
    ("NoteUpdate", "Text"): Limits(1, 512),
    ("NoteUpdate", "UpdatedBy"): Limits(1, 512),
    ("PatchSummary", "Id"): Limits(1, 256),
    ("PatchSummary", "Operation"): Limits(1, 256),
    ("PatchSummary", "RebootOption"): Limits(1, 256),
    ("ProcessDetails", "Name"): Limits(1, 64),
    ("ProcessDetails", "Path"): Limits(1, 512),
    ("Recommendation", "Text"): Limits(1, 512),
    ("Resource", "Region"): Limits(1, 16),
    ("Resource", "Type"): Limits(1, 256),
    ("Severity", "Original"): Limits(1, 64),
    ("Threat", "FilePaths"): Limits(1, 5),
    ("Threat", "Name"): Limits(1, 128),
    ("Threat", "Severity"): Limits(1, 128),
    ("ThreatIntelIndicator", "Source"): Limits(1, 64),
    ("ThreatIntelIndicator", "Value"): Limits(1, 512),
}
"""Of strings and lists, by structure and member."""

PAIRS: dict[tuple[str, str], Pairs] = {
    ("AwsSecurityFinding", "ProductFields"): Pairs(50, 128, 2048),
    ("AwsSecurityFinding", "UserDefinedFields"): Pairs(50, 128, 1024),
    # The user guide's page on it says "fewer than 128 characters" and "fewer than 1,024".
    ("ResourceDetails", "Other"): Pairs(50, 127, 1023),
    # The user guide said until 2021 "values are limited to 256 characters max".
    ("Resource", "Tags"): Pairs(50, 128, 256),
}
"""Of maps, by structure and member."""

TIMESTAMPS = frozenset(
    {
        ("AwsSecurityFinding", "CreatedAt"),
        ("AwsSecurityFinding", "FirstObservedAt"),
        ("AwsSecurityFinding", "LastObservedAt"),
        ("AwsSecurityFinding", "ProcessedAt"),
        ("AwsSecurityFinding", "UpdatedAt"),
        ("Note", "UpdatedAt"),
        ("PatchSummary", "OperationEndTime"),
        ("PatchSummary", "OperationStartTime"),
        ("ProcessDetails", "LaunchedAt"),
        ("ProcessDetails", "TerminatedAt"),
        ("ThreatIntelIndicator", "LastObservedAt"),
    }
)
"""The strings that are timestamps, by structure and member; those in a resource's Details are not checked here."""

URLS = frozenset({("AwsSecurityFinding", "SourceUrl"), ("Recommendation", "Url")})
"""The strings that are URLs."""
