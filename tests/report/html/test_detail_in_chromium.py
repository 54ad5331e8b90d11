"""An account, a control and a change in full, in a real browser, over file://."""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from tests.report.html.shown import Show
from tests.report.html.violations import FAILS, RULES, SAMPLE, UNSEEN, found, violation
from tests.sample_audit import sample_audit, sample_report

from rootguard.audit.comparison import compare

pytestmark = pytest.mark.slow


def test_the_detail_has_the_evidence_and_the_fix(show: Show) -> None:
    result = violation()
    shown = show(SAMPLE)
    shown.page.locator(f'tr[id="{result.account_id}"] > *').nth(RULES.index(result.rule) + 2).click()
    detail = shown.page.locator("#detail")
    verdict = detail.locator("details.verdict[open]")
    expect(verdict).to_have_count(1)
    expect(verdict.locator(".reason")).to_have_text(result.reason)
    told = verdict.inner_text()
    remediation = SAMPLE.rules[result.rule].remediation
    for words in (remediation.text, remediation.organization, *remediation.console):
        assert words in told
    for command in remediation.commands:
        assert command.replace("ACCOUNT_ID", result.account_id).replace("REGION", "eu-central-1") in told
    assert "ACCOUNT_ID" not in told
    observations = list(result.evidence)
    assert observations
    for each in observations:
        assert each.action in told
        assert each.time in told
    assert verdict.locator(".evidence th").all_text_contents() == [each.member for each in observations]
    assert verdict.locator(".evidence td").all_text_contents() == [each.value for each in observations]
    assert detail.locator("details.verdict").count() == len(RULES)
    assert shown.complaints == shown.requested == []


def test_the_detail_of_what_could_not_be_seen_says_what_to_grant(show: Show) -> None:
    result = next(result for result in SAMPLE.audit.results if result.unseen)
    shown = show(SAMPLE, f"#account={result.account_id}&detail={result.rule}")
    told = shown.page.locator("details.verdict[open]").inner_text()
    assert result.unseen
    for words in (result.unseen.action, result.unseen.code, result.unseen.problem, result.unseen.advice):
        assert words in told
    assert "How to fix it" not in told


def test_the_management_account_is_not_told_to_open_a_root_session(show: Show) -> None:
    failing = [
        replace(each, compliance=FAILS) if each.place == ("111111111111", "root-no-access-keys") else each
        for each in SAMPLE.audit.results
    ]
    report = replace(SAMPLE, audit=replace(SAMPLE.audit, results=tuple(failing)))
    shown = show(report, "#account=111111111111&detail=root-no-access-keys")
    assert "take the way through the console" in shown.page.locator("details.verdict[open]").inner_text()


@pytest.mark.parametrize("opener", ["What to fix", "suspended", "by row heading"])
def test_other_ways_to_the_detail(show: Show, opener: str) -> None:
    shown, result = show(SAMPLE), violation()
    if opener == "What to fix":
        fix = shown.page.locator(f"details.fix[data-rule={result.rule}]")
        fix.locator("summary").click()
        fix.locator(f'a[href="#{result.account_id}"]').click()
        expect(shown.page.locator("details.verdict[open] .reason")).to_have_text(result.reason)
    elif opener == "suspended":
        shown.page.locator('.facts a[href="#999999999999"]').click()
        expect(shown.page.locator("#detail-content")).to_contain_text(
            "The account is suspended: it was not looked into."
        )
    else:
        shown.page.locator(f'tr[id="{result.account_id}"] th').click()
        expect(shown.page.locator("details.verdict")).to_have_count(len(RULES))
        expect(shown.page.locator("details.verdict[open]")).to_have_count(0)
    shown.page.keyboard.press("Escape")
    expect(shown.page.locator("#detail")).not_to_be_visible()
    assert shown.complaints == []


def test_a_command_can_be_copied(show: Show) -> None:
    result = violation()
    shown = show(SAMPLE, f"#account={result.account_id}&detail={result.rule}")
    shown.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = shown.page.locator("details.verdict[open]").get_by_role("button", name="Copy the command").first
    button.click()
    expect(button).to_have_text("Copied")
    command = SAMPLE.rules[result.rule].remediation.commands[0]
    expected = command.replace("ACCOUNT_ID", result.account_id).replace("REGION", "eu-central-1")
    assert shown.page.evaluate("navigator.clipboard.readText()") == expected


def test_a_framework_is_chosen_and_names_the_accounts_of_a_control(show: Show) -> None:
    shown = show(SAMPLE)
    shown.page.locator("label", has_text="FSBP 1.0.0").click()
    table = shown.page.locator(".framework:visible")
    expect(table).to_have_count(1)
    row = table.locator("tr", has=shown.page.locator("th", has_text=re.compile(r"^IAM\.4$")))
    fails, unseen = found(FAILS, rule="root-no-access-keys"), found(UNSEEN, rule="root-no-access-keys")
    assert [int(each) for each in row.locator("td.figures").all_text_contents()][1:3] == [len(fails), len(unseen)]
    row.locator("summary").click()
    assert {*row.locator("li .id").all_text_contents()} == fails | unseen
    row.get_by_role("button", name="Show them above").click()
    assert {*shown.names} == fails | unseen
    assert "rule=root-no-access-keys" in shown.fragment
    shown.page.get_by_role("button", name="No longer only root-no-access-keys").click()
    assert {*shown.names} == found(FAILS, UNSEEN)
    assert shown.complaints == []


def test_the_script_counts_controls_as_the_page_does(show: Show) -> None:
    shown = show(sample_report(60))
    counted = shown.page.evaluate(
        """() => [...document.querySelectorAll("details[data-columns]")].map((part) => {
             part.dispatchEvent(new Event("toggle"));
             const cells = part.closest("tr").querySelectorAll("td.figures");
             return [part.querySelectorAll("li").length, Number(cells[1].textContent) + Number(cells[2].textContent)];
           })"""
    )
    assert len(counted) > 40
    assert all(listed == said for listed, said in counted)


def test_what_is_new_can_be_opened(show: Show) -> None:
    earlier = sample_audit(40, seed=2)
    comparison = compare(replace(earlier, generated_at=earlier.generated_at - timedelta(days=7)), SAMPLE.audit)
    shown = show(replace(SAMPLE, comparison=comparison))
    new = shown.page.locator("details.new")
    new.locator("summary").click()
    assert Counter(new.locator("li .id").all_text_contents()) == Counter(each.account_id for each in comparison.new)
    new.locator("a.account").first.click()
    expect(shown.page.locator("details.verdict[open]")).to_have_count(1)
    assert comparison.new
