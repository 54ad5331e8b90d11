"""What a change of StackInstancesGroup means, as operations."""

from typing import Any

import pytest

from rootguard.sandbox.cloudformation.resource_type import ResourceFailedError
from rootguard.sandbox.stack_sets.instances_group import changes, instances_of

pytestmark = pytest.mark.slow

NAME = [{"ParameterKey": "Name", "ParameterValue": "x"}]


def entry(
    *units: str, only: str = "", but: str = "", regions: str = "r", overrides: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """An entry with units, and accounts and Regions of one letter each."""
    targets: dict[str, Any] = {"OrganizationalUnitIds": list(units)}
    if only or but:
        kind = "INTERSECTION" if only else "DIFFERENCE"
        targets |= {"Accounts": list(only or but), "AccountFilterType": kind}
    given = {"DeploymentTargets": targets, "Regions": list(regions)}
    return given if overrides is None else given | {"ParameterOverrides": overrides}


def shown(request: dict[str, Any]) -> tuple[str, str, str]:
    """Regions, units and the filter, short."""
    targets = request.get("DeploymentTargets", {})
    accounts = "".join(targets.get("Accounts", ()))
    sign = {"INTERSECTION": "only ", "DIFFERENCE": "but ", None: ""}[targets.get("AccountFilterType")]
    return "".join(request["Regions"]), "".join(targets.get("OrganizationalUnitIds", ())), sign + accounts


NOTHING: tuple[Any, ...] = ([], [], [])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param([], [entry("u")], ([], [("r", "u", "")], []), id="new-unit"),
        pytest.param([entry("u")], [], ([("r", "u", "")], [], []), id="unit-gone"),
        pytest.param([entry("u")], [entry("u")], NOTHING, id="nothing"),
        pytest.param(
            [entry("u", regions="rs")],
            [entry("u", regions="st")],
            ([("r", "u", "")], [("t", "u", "")], []),
            id="other-region",
        ),
        pytest.param([entry("u")], [entry("u", but="a")], ([("r", "u", "only a")], [], []), id="account-excluded"),
        pytest.param([entry("u", but="a")], [entry("u")], ([], [("r", "u", "only a")], []), id="included-again"),
        pytest.param([entry("u")], [entry("u", only="a")], ([("r", "u", "but a")], [], []), id="narrowed-to-one"),
        pytest.param([entry("u", only="a")], [entry("u")], ([], [("r", "u", "but a")], []), id="widened-to-all"),
        pytest.param(
            [entry("u", only="ab")],
            [entry("u", only="bc")],
            ([("r", "u", "only a")], [("r", "u", "only c")], []),
            id="other-accounts",
        ),
        pytest.param(
            [entry("u", but="ab")],
            [entry("u", but="bc")],
            ([("r", "u", "only c")], [("r", "u", "only a")], []),
            id="other-exceptions",
        ),
        pytest.param(
            [entry("u", only="ab")],
            [entry("u", but="bc")],
            ([("r", "u", "only b")], [("r", "u", "but abc")], []),
            id="turned-round",
        ),
        pytest.param([entry("u")], [entry("u", overrides=NAME)], ([], [], [("r", "u", "")]), id="override"),
        pytest.param(
            [entry("u")],
            [entry("u", but="a", overrides=NAME)],
            ([("r", "u", "only a")], [], [("r", "u", "but a")]),
            id="override-and-exclusion",
        ),
        pytest.param([], [entry("u", "v", regions="rs")], ([], [("rs", "uv", "")], []), id="one-operation-for-all"),
    ],
)
def test_changes(old: list[Any], new: list[Any], expected: tuple[Any, ...]) -> None:
    groups = [instances_of({"StackInstancesGroup": group}) for group in (old, new)]
    going, coming, changing = changes(groups[0], groups[1])
    requests = (
        [shown(each.deleted()) for each in going],
        [shown(each.created()) for each in coming],
        [shown(each.updated()) for each in changing],
    )
    assert requests == expected


@pytest.mark.parametrize(
    "targets",
    [
        pytest.param({"OrganizationalUnitIds": ["u"], "Accounts": ["a"]}, id="accounts-without-filter"),
        pytest.param({"OrganizationalUnitIds": ["u"], "AccountFilterType": "DIFFERENCE"}, id="filter-without-accounts"),
        pytest.param({"OrganizationalUnitIds": ["u"], "Accounts": ["a"], "AccountFilterType": "UNION"}, id="union"),
    ],
)
def test_targets_that_are_refused(targets: dict[str, Any]) -> None:
    with pytest.raises(ResourceFailedError):
        instances_of({"StackInstancesGroup": [{"DeploymentTargets": targets, "Regions": ["r"]}]})


def test_a_unit_stands_once_per_region() -> None:
    twice = instances_of({"StackInstancesGroup": [entry("u", only="a"), entry("u", only="b")]})
    with pytest.raises(ResourceFailedError, match="once for r"):
        changes([], twice)
