"""The page in a real browser, over file://: hostile names, many accounts, paper, no script."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect
from tests.report.html.organization import large_report
from tests.report.html.shown import Show
from tests.report.html.violations import RULES, SAMPLE
from tests.sample_audit import sample_report

from rootguard.printable import printable

pytestmark = pytest.mark.slow


def test_hostile_names_stay_names(show: Show) -> None:
    report = sample_report(26, hostile=True)
    shown = show(report)
    for account in report.audit.scope.accounts:
        shown.page.evaluate("id => { location.hash = `#account=${id}`; }", account.id)
        expect(shown.page.locator("#detail-name .id")).to_have_text(account.id)
        expect(shown.page.locator("#detail-name bdi")).to_have_text(printable(account.name) or "Account")
    shown.page.keyboard.press("Escape")
    shown.page.locator("#matrix tbody td.n[aria-label]").first.hover()
    for part in shown.page.locator("details[data-columns]:visible summary").all():
        part.click()
    names = {printable(account.name) for account in report.audit.scope.accounts}
    assert {*shown.page.locator("#matrix tbody bdi").all_text_contents()} == names
    assert shown.page.locator("img, iframe, object, embed, b:has(script)").count() == 0
    assert shown.page.locator("script").count() == 3
    assert shown.complaints == shown.requested == []


def test_the_policy_holds(show: Show) -> None:
    """It is no ornament: what the page does not bring does not run or load."""
    shown = show(SAMPLE)
    shown.page.evaluate(
        """() => {
             const script = document.createElement("script");
             script.textContent = "document.title = 'taken'";
             const image = document.createElement("img");
             image.src = "https://example.com/seen.png";
             document.body.append(script, image);
           }"""
    )
    expect(shown.page).not_to_have_title("taken")
    assert len([each for each in shown.complaints if "Content Security Policy" in each]) == 2


def test_two_thousand_accounts(show: Show) -> None:
    report = large_report(2000)
    shown = show(report)
    page = shown.page
    elements = page.evaluate("document.getElementsByTagName('*').length")
    timing = page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
    typed = page.evaluate(
        """() => {
             const took = [], field = document.getElementById("text");
             for (const text of ["p", "pay", "payments-1", ""]) {
               const start = performance.now();
               field.value = text;
               field.dispatchEvent(new Event("input"));
               document.body.offsetHeight;
               took.push(performance.now() - start);
             }
             const start = performance.now();
             document.querySelector("th[data-sort=root-not-used]").click();
             document.body.offsetHeight;
             return [...took, performance.now() - start].map(Math.round);
           }"""
    )
    laid_out = page.evaluate(
        """async () => {
             document.getElementById("matrix").scrollIntoView();
             for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
             return [...document.querySelectorAll("#matrix tbody tr")].filter(
             (row) => row.cells[0].checkVisibility({ contentVisibilityAuto: true })).length;
           }"""
    )
    print(  # noqa: T201 - measured for whoever runs it with -s
        f"2,000 accounts: {len(page.content()) / 1e6:.1f} MB, {elements:,} elements, {laid_out} rows laid out, "
        f"loaded in {timing['domContentLoadedEventEnd']:.0f} ms, filters and sort in {typed} ms"
    )
    assert elements < 2000 * 28 + 3000
    assert 0 < laid_out < 200
    page.fill("#text", "payments-1")
    named = [account.id for account in report.audit.scope.accounts if "payments-1" in account.name]
    assert sorted(shown.names) == sorted(named)
    first = shown.names[0]
    result = next(each for each in report.audit.results if each.account_id == first and each.evidence)
    unpacked = page.evaluate(
        """async (fragment) => {
             const start = performance.now();
             location.hash = fragment;
             while (!document.querySelector("details.verdict[open]")) await new Promise(requestAnimationFrame);
             return Math.round(performance.now() - start);
           }""",
        f"#account={result.account_id}&detail={result.rule}",
    )
    print(f"the evidence was unpacked and shown in {unpacked} ms")  # noqa: T201 - likewise
    told = page.locator("details.verdict[open] .evidence td").all_text_contents()
    assert told == [each.value for each in result.evidence]
    assert shown.complaints == []


@pytest.mark.parametrize(("count", "most"), [(12, 8), (120, 14)])
def test_on_paper(show: Show, count: int, most: int) -> None:
    shown = show(sample_report(count), "#q=payments&severity=high", color_scheme="dark")
    pages = len(re.findall(rb"/Type\s*/Page\b", shown.page.pdf(prefer_css_page_size=True)))
    assert 2 <= pages <= most
    shown.page.emulate_media(media="print")
    assert shown.page.locator("#matrix tbody tr:visible").count() == count
    assert shown.page.locator("#matrix thead th:visible").count() == 2 + len(RULES)
    for selector, display in {"#matrix": "table", "#matrix thead": "table-header-group"}.items():
        assert shown.page.eval_on_selector(selector, "part => getComputedStyle(part).display") == display
    assert not shown.page.locator("#filter").is_visible()
    assert shown.page.locator(".fix h3").first.is_visible()
    assert shown.page.evaluate("getComputedStyle(document.body).color") == "rgb(20, 24, 29)"


def test_without_a_script_the_page_still_tells(show: Show) -> None:
    shown = show(SAMPLE, java_script_enabled=False)
    page = shown.page
    assert page.locator("#matrix tbody tr").count() == 40
    assert page.locator("#matrix tbody tr").first.is_visible()
    assert page.locator(".figure").is_visible()
    assert not page.locator("#filter").is_visible()
    page.locator(".fix summary").first.click()
    assert page.locator(".fix h3").first.is_visible()
    page.locator("label", has_text="CIS 1.4.0").click()
    assert page.locator(".framework:visible caption").inner_text() == "CIS AWS Foundations Benchmark 1.4.0"
    assert page.get_by_text("Without JavaScript").is_visible()


def test_an_empty_audit_is_shown(show: Show) -> None:
    scope = replace(SAMPLE.audit.scope, accounts=())
    shown = show(replace(SAMPLE, audit=replace(SAMPLE.audit, scope=scope, results=())))
    expect(shown.page.locator(".figure")).to_have_text("No account was looked into.")
    assert shown.complaints == []
