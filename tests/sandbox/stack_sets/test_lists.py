"""Lists of instances."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def deployed(shared: Any) -> Any:
    """The organization with instances of `topics` everywhere, one of which failed: its topic is there already."""
    shared.client(shared.accounts["gamma"], "sns").create_topic(Name="hello")
    shared.stack_set()
    shared.deploy("Root")
    return shared


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        pytest.param({"MaxResults": 1}, 1, id="page"),
        pytest.param({"StackInstanceRegion": "eu-west-1"}, 0, id="region"),
        pytest.param({"Filters": [{"Name": "DETAILED_STATUS", "Values": "FAILED"}]}, 1, id="failed"),
        pytest.param({"Filters": [{"Name": "DETAILED_STATUS", "Values": "SUCCEEDED"}]}, 4, id="succeeded"),
        pytest.param({"Filters": [{"Name": "DRIFT_STATUS", "Values": "DRIFTED"}]}, 0, id="drifted"),
    ],
)
def test_instances(deployed: Any, request_: dict[str, Any], names: int) -> None:
    listed = deployed.cloudformation.list_stack_instances(StackSetName="topics", **request_)
    assert len(listed["Summaries"]) == names
    assert ("NextToken" in listed) is ("MaxResults" in request_)


def test_pages_hold_everything_once(deployed: Any) -> None:
    pages = deployed.cloudformation.get_paginator("list_stack_instances").paginate(
        StackSetName="topics", PaginationConfig={"PageSize": 2}
    )
    found = [each["Account"] for page in pages for each in page["Summaries"]]
    assert sorted(found) == sorted(deployed.accounts.values())
