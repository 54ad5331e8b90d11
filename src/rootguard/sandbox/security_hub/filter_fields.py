"""What of a finding each filter looks at (AwsSecurityFindingFilters and AutomationRulesFindingFilters, API model)."""

from collections.abc import Iterator, Mapping
from typing import Any

from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError

_PATHS = {
    "AwsAccountId": "AwsAccountId",
    "AwsAccountName": "AwsAccountName",
    "CompanyName": "CompanyName",
    "ComplianceAssociatedStandardsId": "Compliance.AssociatedStandards.StandardsId",
    "ComplianceSecurityControlId": "Compliance.SecurityControlId",
    "ComplianceSecurityControlParametersName": "Compliance.SecurityControlParameters.Name",
    "ComplianceSecurityControlParametersValue": "Compliance.SecurityControlParameters.Value",
    "ComplianceStatus": "Compliance.Status",
    "Confidence": "Confidence",
    "CreatedAt": "CreatedAt",
    "Criticality": "Criticality",
    "Description": "Description",
    "FindingProviderFieldsConfidence": "FindingProviderFields.Confidence",
    "FindingProviderFieldsCriticality": "FindingProviderFields.Criticality",
    "FindingProviderFieldsRelatedFindingsId": "FindingProviderFields.RelatedFindings.Id",
    "FindingProviderFieldsRelatedFindingsProductArn": "FindingProviderFields.RelatedFindings.ProductArn",
    "FindingProviderFieldsSeverityLabel": "FindingProviderFields.Severity.Label",
    "FindingProviderFieldsSeverityOriginal": "FindingProviderFields.Severity.Original",
    "FindingProviderFieldsTypes": "FindingProviderFields.Types",
    "FirstObservedAt": "FirstObservedAt",
    "GeneratorId": "GeneratorId",
    "Id": "Id",
    "LastObservedAt": "LastObservedAt",
    "NoteText": "Note.Text",
    "NoteUpdatedAt": "Note.UpdatedAt",
    "NoteUpdatedBy": "Note.UpdatedBy",
    "ProductArn": "ProductArn",
    "ProductFields": "ProductFields",
    "ProductName": "ProductName",
    "RecommendationText": "Remediation.Recommendation.Text",
    "RecordState": "RecordState",
    "Region": "Region",
    "RelatedFindingsId": "RelatedFindings.Id",
    "RelatedFindingsProductArn": "RelatedFindings.ProductArn",
    "ResourceApplicationArn": "Resources.ApplicationArn",
    "ResourceApplicationName": "Resources.ApplicationName",
    "ResourceDetailsOther": "Resources.Details.Other",
    "ResourceId": "Resources.Id",
    "ResourceOwnerAccountId": "Resources.Owner.AccountId",
    "ResourceOwnerOrgId": "Resources.Owner.OrgId",
    "ResourcePartition": "Resources.Partition",
    "ResourceProvider": "Resources.Provider",
    "ResourceRegion": "Resources.Region",
    "ResourceTags": "Resources.Tags",
    "ResourceType": "Resources.Type",
    "Sample": "Sample",
    "SeverityLabel": "Severity.Label",
    "SeverityNormalized": "Severity.Normalized",
    "SeverityProduct": "Severity.Product",
    "SourceUrl": "SourceUrl",
    "Title": "Title",
    "Type": "Types",
    "UpdatedAt": "UpdatedAt",
    "UserDefinedFields": "UserDefinedFields",
    "VerificationState": "VerificationState",
    "WorkflowState": "WorkflowState",
    "WorkflowStatus": "Workflow.Status",
}


def check_known(name: str) -> None:
    """Refuse a filter that the sandbox cannot apply: malware, networks, processes, and details of resources.

    Raises:
        AwsError: SandboxNotImplemented.
    """
    if name not in _PATHS:
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox's Security Hub has no filter for {name}.")


def is_field(name: str) -> bool:
    """Whether a finding can be filtered and sorted by it here."""
    return name in _PATHS


def values(finding: Mapping[str, Any], name: str) -> list[Any]:
    """What a finding has there: nothing, one value, or one of each element of a list."""
    return list(_values(finding, _PATHS[name].split(".")))


def _values(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _values(each, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and value.get(path[0]) is not None:
        yield from _values(value[path[0]], path[1:])
