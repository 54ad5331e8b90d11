"""Reasons and evidence, which the page unpacks when somebody wants them, in a real browser, over file://."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.report.html.organization import large_report
from tests.report.html.shown import Show, Shown
from tests.report.html.violations import RULES, SAMPLE, violation

pytestmark = pytest.mark.slow

RESULT = violation()
FRAGMENT = f"#account={RESULT.account_id}&detail={RESULT.rule}"
HOLD = """
  const unpack = Response.prototype.json;
  const released = new Promise((release) => { window.release = release; });
  Response.prototype.json = async function () { await released; return unpack.call(this); };
"""
NO_STREAM = "delete globalThis.DecompressionStream"


def prepared(shown: Shown, script: str, fragment: str = "") -> Shown:
    """The same page, opened again in a browser that has run the script before."""
    shown.page.add_init_script(script)
    shown.page.evaluate("fragment => { location.hash = fragment; }", fragment)
    shown.page.reload()
    return shown


def test_nothing_is_unpacked_until_somebody_wants_it(show: Show) -> None:
    count = "const J = Response.prototype.json; window.unpacked = 0;"
    count += "Response.prototype.json = function () { window.unpacked += 1; return J.call(this); };"
    shown = prepared(show(SAMPLE), count)
    page = shown.page
    page.fill("#text", RESULT.account_id)
    page.locator(".fix summary").first.click()
    assert page.evaluate("window.unpacked") == 0
    page.locator(f'tr[id="{RESULT.account_id}"] th').hover()
    page.locator(f'tr[id="{RESULT.account_id}"] th').click()
    expect(page.locator("details.verdict")).to_have_count(len(RULES))
    page.keyboard.press("Escape")
    page.locator(f'tr[id="{RESULT.account_id}"] th').click()
    expect(page.locator("details.verdict")).to_have_count(len(RULES))
    assert page.evaluate("window.unpacked") == 1
    assert shown.complaints == []


def test_each_call_names_the_account_that_was_asked(show: Show) -> None:
    audit = large_report(4).audit
    member = audit.scope.accounts[1].id
    result = next(each for each in audit.results if each.place == (member, "root-denied-by-scp"))
    shown = show(large_report(4), f"#account={result.account_id}&detail={result.rule}")
    asked = dict.fromkeys(
        f"{each.action} of account {each.account_id} in {each.region}, {each.time}" for each in result.evidence
    )
    expect(shown.page.locator("details.verdict[open] caption")).to_have_text([*asked])
    assert {each.account_id for each in result.evidence} == {"111111111111", member}


def test_the_detail_can_be_left_and_changed_while_it_is_unpacked(show: Show) -> None:
    shown = prepared(show(SAMPLE), HOLD, FRAGMENT)
    page = shown.page
    expect(page.locator("#detail-content")).to_contain_text("Unpacking the evidence…")
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).not_to_be_visible()
    page.locator("#clear").focus()
    for key in ("Tab", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "Enter", "p"):
        page.keyboard.press(key)
    page.evaluate("window.release()")
    expect(page.locator("#detail-name .id")).to_have_text(shown.names[0])
    verdict = page.locator("details.verdict[open]")
    expect(verdict).to_have_count(1)
    reasons = {result.place: result.reason for result in SAMPLE.audit.results}
    expect(verdict.locator(".reason")).to_have_text(reasons[shown.names[0], RULES[0]])
    expect(verdict.locator("summary")).to_be_focused()
    assert shown.fragment == f"#account={shown.names[0]}&detail={RULES[0]}"
    page.keyboard.press("Escape")
    expect(page.locator(f'tr[id="{shown.names[0]}"] > *').nth(2)).to_be_focused()
    assert shown.complaints == []


def test_what_is_unpacked_late_does_not_take_the_focus_away(show: Show) -> None:
    shown = prepared(show(SAMPLE), HOLD, FRAGMENT)
    shown.page.locator("#close").focus()
    shown.page.evaluate("window.release()")
    expect(shown.page.locator("details.verdict[open]")).to_have_count(1)
    expect(shown.page.locator("#close")).to_be_focused()


def test_a_detail_closed_before_it_is_unpacked_stays_closed(show: Show) -> None:
    shown = prepared(show(SAMPLE), HOLD, FRAGMENT)
    shown.page.keyboard.press("Escape")
    shown.page.evaluate("window.release()")
    shown.page.locator("h1").hover()
    shown.page.locator("#accounts-title").hover()
    shown.page.locator(f'tr[id="{RESULT.account_id}"] > *').nth(RULES.index(RESULT.rule) + 2).hover()
    expect(shown.page.locator("#tip")).to_contain_text(RESULT.reason)
    expect(shown.page.locator("#detail")).not_to_be_visible()
    assert shown.complaints == []


def test_the_reason_comes_to_the_tip_that_waits_for_it(show: Show) -> None:
    shown = prepared(show(SAMPLE), HOLD)
    cell = shown.page.locator(f'tr[id="{RESULT.account_id}"] > *').nth(RULES.index(RESULT.rule) + 2)
    cell.hover()
    tip = shown.page.locator("#tip")
    expect(tip).to_have_text(f"{RESULT.rule} non-compliant")
    shown.page.evaluate("window.release()")
    expect(tip).to_contain_text(RESULT.reason)
    assert cell.get_attribute("aria-describedby") == "tip"


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        ("an old browser", "This browser cannot unpack the evidence: open the file in a newer one."),
        ("a damaged file", "The evidence cannot be read, as this file is damaged: copy it again, or audit again."),
        ("a file cut short", "The evidence cannot be read, as this file is damaged: copy it again, or audit again."),
    ],
)
def test_without_the_evidence_the_verdicts_and_the_fix_are_told(
    show: Show, tmp_path: Path, problem: str, message: str
) -> None:
    shown, file = show(SAMPLE), tmp_path / "report.html"
    before, packed, after = re.split(r'(?<=id="detail-data">)([^<]+)', file.read_text(encoding="utf-8"))
    middle = len(packed) // 8 * 4
    if problem == "a damaged file":
        packed = packed[:middle] + "AAAA" * 8 + packed[middle + 32 :]
    elif problem == "a file cut short":
        packed = packed[:middle]
    file.write_text(before + packed + after, encoding="utf-8")
    prepared(shown, NO_STREAM if problem == "an old browser" else "", FRAGMENT)
    detail = shown.page.locator("#detail")
    expect(detail.get_by_role("alert")).to_have_text(message)
    expect(detail.locator("details.verdict")).to_have_count(len(RULES))
    told = detail.locator("details.verdict[open]").inner_text()
    assert SAMPLE.rules[RESULT.rule].remediation.text in told
    assert message in told.split("What AWS said")[1]
    assert shown.complaints == []


def test_stepping_keeps_the_focus_where_one_steps(show: Show) -> None:
    shown = show(SAMPLE, FRAGMENT)
    page, last = shown.page, shown.names[-1]
    expect(page.locator("details.verdict[open] summary")).to_be_focused()
    page.locator("#next").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#next")).to_be_focused()
    page.locator("details.verdict summary").first.focus()
    page.keyboard.press("n")
    expect(page.locator("details.verdict[open] summary")).to_be_focused()
    while page.locator("#next").is_enabled():
        page.locator("#next").click()
    expect(page.locator("#detail-name .id")).to_have_text(last)
    page.keyboard.press("p")
    expect(page.locator("#detail-name .id")).to_have_text(shown.names[-2])
    assert shown.complaints == []
