"""The matrix in a real browser, over file://: filtered, sorted, linked, and walked through by keyboard."""

import re

import pytest
from playwright.sync_api import expect
from tests.report.html.shown import Show, Shown
from tests.report.html.violations import FAILS, RULES, SAMPLE, UNSEEN, found, violation
from tests.sample_audit import sample_report

from rootguard.audit.results import Compliance

pytestmark = pytest.mark.slow


def choose(shown: Shown, label: str) -> None:
    shown.page.locator("#filter label", has_text=re.compile(rf"^\s*\S?\s*{label}\b")).locator("input").click()


# What is shown


def test_the_filter_by_text_counts_what_it_leaves(show: Show) -> None:
    shown = show(SAMPLE)
    assert len(shown.names) == 40
    shown.page.fill("#text", "PAYMENTS")
    named = {account.id for account in SAMPLE.audit.scope.accounts if "payments" in account.name}
    assert {*shown.names} == named != set()
    expect(shown.page.locator("#shown")).to_contain_text(f"{len(named)} of 40 accounts")
    shown.page.fill("#text", "2222222222")
    assert len(shown.names) == 38
    shown.page.fill("#text", "nobody is called so")
    assert shown.names == []
    shown.page.get_by_role("button", name="Clear the filter").click()
    assert len(shown.names) == 40
    assert shown.complaints == shown.requested == []


def test_the_filter_by_result_and_severity(show: Show) -> None:
    shown = show(SAMPLE)
    choose(shown, "non-compliant")
    assert {*shown.names} == found(FAILS)
    choose(shown, "critical")
    assert {*shown.names} == found(FAILS, severity="critical")
    assert shown.page.locator("#matrix thead th:visible").count() == 2 + 3
    choose(shown, "not seen")
    assert {*shown.names} == found(FAILS, UNSEEN, severity="critical")
    shown.page.click("#clear")
    assert len(shown.names) == 40
    assert shown.page.locator("#matrix thead th:visible").count() == 2 + len(RULES)
    shown.page.get_by_label("Only what is wrong").check()
    assert {*shown.names} == found(FAILS, UNSEEN)
    assert shown.complaints == []


@pytest.mark.parametrize("rule", ["root-mfa-enabled", "root-security-contact"])
def test_sorting_by_a_rule_brings_its_violations_to_the_top(show: Show, rule: str) -> None:
    shown, order = show(SAMPLE), [FAILS, UNSEEN, Compliance.COMPLIANT, Compliance.NOT_APPLICABLE]
    before = shown.names
    heading = shown.page.locator(f"th[data-sort={rule}]")
    heading.click()
    said = {result.account_id: order.index(result.compliance) for result in SAMPLE.audit.results if result.rule == rule}
    ranks = [said.get(id_, 9) for id_ in shown.names]
    assert ranks == sorted(ranks)
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.click()
    assert [said.get(id_, 9) for id_ in shown.names] == sorted(ranks, reverse=True)
    assert heading.get_attribute("aria-sort") == "descending"
    shown.page.locator("th[data-sort=risk]").click()
    assert shown.names == before
    assert heading.get_attribute("aria-sort") == "none"


def test_sorting_by_name_knows_numbers(show: Show) -> None:
    shown = show(sample_report(30))
    shown.page.locator("th[data-sort=account]").click()
    names = shown.page.locator("#matrix tbody bdi").all_text_contents()
    assert names.index("search-1") < names.index("search-2")
    assert names[0] == "billing"


def test_a_view_can_be_linked(show: Show) -> None:
    shown = show(SAMPLE)
    shown.page.fill("#text", "a b")
    shown.page.fill("#text", "s")
    choose(shown, "non-compliant")
    choose(shown, "high")
    shown.page.locator("th[data-sort=root-not-used]").click()
    shown.page.locator("label", has_text="NIST").click()
    link, names = shown.page.url, shown.names
    assert shown.fragment == ("#q=s&result=non-compliant&severity=high&sort=root-not-used&framework=nist-800-53-rev.-5")
    again = show(SAMPLE, f"#{link.partition('#')[2]}")
    assert again.names == names
    assert again.page.input_value("#text") == "s"
    assert again.page.get_by_label("NIST").is_checked()
    assert again.page.locator("th[data-sort=root-not-used]").get_attribute("aria-sort") == "ascending"
    assert names


@pytest.mark.parametrize(
    "fragment",
    ["#result=%3Cscript%3E&sort=__proto__&severity=constructor&account=1&detail=x", "#accounts", "#999", "#=&&%"],
)
def test_an_address_of_nonsense_shows_everything(show: Show, fragment: str) -> None:
    shown = show(SAMPLE, fragment)
    assert len(shown.names) == 40
    assert not shown.page.locator("#detail").is_visible()
    assert shown.complaints == []


def test_going_to_a_section_keeps_the_view(show: Show) -> None:
    shown = show(SAMPLE, "#frameworks")
    expect(shown.page.locator("#shown")).to_contain_text("40 accounts")
    assert shown.fragment == "#frameworks"
    shown.page.fill("#text", "payments")
    left = shown.names
    shown.page.locator(".top nav a", has_text="Accounts").click()
    expect(shown.page.locator("#accounts-title")).to_be_in_viewport()
    assert shown.fragment == "#q=payments"
    assert shown.names == left != []


def test_an_account_s_own_address_opens_it(show: Show) -> None:
    shown = show(SAMPLE, f"#{violation().account_id}")
    expect(shown.page.locator("#detail-name .id")).to_have_text(violation().account_id)
    shown.page.keyboard.press("Escape")
    assert len(shown.names) == 40


# By keyboard


def test_the_matrix_is_one_stop_for_tab_and_arrows_move_inside(show: Show) -> None:
    shown = show(SAMPLE)
    page, names = shown.page, shown.names
    page.locator("#text").focus()
    page.keyboard.press("Escape")
    page.locator("#clear").focus()
    page.keyboard.press("Tab")
    walk = [
        ("ArrowDown", f"{names[0]} 0"),
        ("ArrowRight", f"{names[0]} 1"),
        ("ArrowRight", f"{names[0]} 2"),
        ("ArrowDown", f"{names[1]} 2"),
        ("End", f"{names[1]} {len(RULES) + 1}"),
        ("ArrowRight", f"{names[1]} {len(RULES) + 1}"),
        ("PageDown", f"{names[11]} {len(RULES) + 1}"),
        ("PageUp", f"{names[1]} {len(RULES) + 1}"),
        ("Home", f"{names[1]} 0"),
        ("Control+End", f"{names[-1]} {len(RULES) + 1}"),
        ("Control+Home", "head 0"),
        ("ArrowUp", "head 0"),
        ("ArrowLeft", "head 0"),
    ]
    assert shown.focused == "head 0"
    for key, expected in walk:
        page.keyboard.press(key)
        assert shown.focused == expected, key
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.locator("th[data-sort]").nth(2).get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Shift+Tab")
    assert shown.focused == "clear"


def test_arrows_pass_over_what_the_filter_hides(show: Show) -> None:
    shown = show(SAMPLE, "#result=non-compliant&severity=medium")
    names = shown.names
    shown.page.locator("#clear").focus()
    for key in ("Tab", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown"):
        shown.page.keyboard.press(key)
    medium = next(place for place, rule in enumerate(RULES) if SAMPLE.rules[rule].severity == "medium")
    assert shown.focused == f"{names[1]} {medium + 2}"


def test_slash_goes_to_the_filter_and_escape_closes_the_detail_where_it_was_opened(show: Show) -> None:
    shown = show(SAMPLE)
    page, names = shown.page, shown.names
    page.keyboard.press("/")
    assert shown.focused == "text"
    page.keyboard.type("1/2")
    assert page.input_value("#text") == "1/2"
    page.fill("#text", "")
    page.locator("#clear").focus()
    for key in ("Tab", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#detail")).to_be_visible()
    expect(page.locator("#detail-name .id")).to_have_text(names[0])
    assert shown.fragment == f"#account={names[0]}&detail={RULES[1]}"
    page.keyboard.press("n")
    expect(page.locator("#detail-name .id")).to_have_text(names[1])
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).not_to_be_visible()
    assert shown.focused == f"{names[1]} 3"
    assert shown.fragment in ("#", "")
    assert shown.complaints == []


def test_focus_can_be_seen_and_is_not_under_the_headings(show: Show) -> None:
    shown = show(SAMPLE)
    shown.page.locator("#clear").focus()
    for key in ("Tab", "ArrowDown", "ArrowRight", "ArrowRight", "Control+End", "Control+Home", "ArrowDown"):
        shown.page.keyboard.press(key)
    for _ in range(30):
        shown.page.keyboard.press("ArrowDown")
    for _ in range(25):
        shown.page.keyboard.press("ArrowUp")
    cell, head, width = shown.page.evaluate(
        """() => [document.activeElement.getBoundingClientRect().top,
                  document.querySelector("#matrix thead").getBoundingClientRect().bottom,
                  getComputedStyle(document.activeElement).outlineWidth]"""
    )
    assert cell >= head - 1
    assert width == "3px"


def test_the_reason_of_a_cell_is_told_when_it_is_focused_or_pointed_at(show: Show) -> None:
    shown, result = show(SAMPLE), violation()
    cell = shown.page.locator(f'tr[id="{result.account_id}"] > *').nth(RULES.index(result.rule) + 2)
    cell.hover()
    tip = shown.page.locator("#tip")
    expect(tip).to_contain_text(result.reason)
    expect(tip).to_be_visible()
    assert cell.get_attribute("aria-describedby") == "tip"
    tip.hover()
    expect(tip).to_be_visible()
    shown.page.keyboard.press("Escape")
    expect(tip).not_to_be_visible()
    cell.evaluate("cell => { cell.tabIndex = 0; cell.focus(); }")
    expect(tip).to_contain_text(result.reason)
