"""What becomes of functions and pack as units, exclusions and PackDeployment change, or an account leaves."""

import pytest
from tests.templates.rollout.members import FUNCTIONS, PACK, Organization

from rootguard.sandbox.background import idle

pytestmark = pytest.mark.slow


def test_accounts_that_a_deployment_brings_into_the_units_get_what_it_deploys(organization: Organization) -> None:
    """The pack has failed in them; while the stack changes it, nobody else puts it."""
    organization.deploy_to_itself()
    organization.add("first", organization.outer)
    organization.deploy(organization.outer)
    later = [organization.add(f"later-{number}") for number in range(3)]
    assert idle(60)
    assert {organization.pack_statuses()[each] for each in later} == {"CREATE_FAILED"}

    organization.deploy(organization.root, RootNotUsedMaxDaysSinceLastUse="60")

    assert set(organization.pack_statuses().values()) <= {"CREATE_SUCCESSFUL", "UPDATE_SUCCESSFUL"}
    for account_id in later:
        assert organization.functions(account_id) == FUNCTIONS
        assert organization.pack_rules(account_id) == PACK
        assert organization.parameters(account_id, "root-not-used")["MaxDaysSinceLastUse"] == "60"


def test_an_account_that_is_excluded_later_loses_both(organization: Organization) -> None:
    kept, excluded = organization.add("kept"), organization.add("excluded")
    organization.deploy_to_itself()
    organization.deploy()

    organization.deploy(ExcludedAccounts=excluded)

    assert organization.functions(excluded) == organization.pack_rules(excluded) == []
    assert (organization.functions(kept), organization.pack_rules(kept)) == (FUNCTIONS, PACK)
    assert organization.pack_statuses().keys() == {kept, organization.management}

    organization.deploy(ExcludedAccounts="")
    assert (organization.functions(excluded), organization.pack_rules(excluded)) == (FUNCTIONS, PACK)


def test_an_account_that_leaves_the_organization_keeps_nothing(organization: Organization) -> None:
    leaving = organization.add("leaving")
    organization.deploy_to_itself()
    organization.deploy()

    organization.organizations.remove_account_from_organization(AccountId=leaving)
    assert idle(60)

    assert organization.functions(leaving) == organization.pack_rules(leaving) == []
    assert organization.pack_statuses().keys() == {organization.management}


def test_the_pack_changes_hands_and_back(organization: Organization) -> None:
    member = organization.add("member")
    organization.deploy_to_itself()
    organization.deploy()

    outputs = organization.deploy(PackDeployment="stackset")

    assert "PackArn" not in outputs
    assert organization.packs(member) == ["rootguard"]
    assert organization.packs(organization.management) == []  # whose own stack is rules.yaml's
    assert (organization.functions(member), organization.pack_rules(member)) == (FUNCTIONS, PACK)

    outputs = organization.deploy(PackDeployment="organization")

    assert "PackArn" in outputs
    for account_id in (member, organization.management):
        [pack] = organization.packs(account_id)
        assert pack.startswith("OrgConformsPack-rootguard-")
        assert (organization.functions(account_id), organization.pack_rules(account_id)) == (FUNCTIONS, PACK)
