"""The page for everybody: contrast of every text, axe-core's rules, narrow and wide screens, little motion."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect
from tests.report.html.shown import Show, Shown
from tests.sample_audit import sample_audit, sample_report

from rootguard.audit.comparison import compare
from rootguard.audit.results import Compliance
from rootguard.report.report import Report

pytestmark = pytest.mark.slow

SAMPLE = sample_report(16)
SECOND = SAMPLE.audit.scope.accounts[2].id
WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LEAST, LEAST_OF_LARGE = 4.5, 3.0

CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a), 1];
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      layers.push(rgba(getComputedStyle(each).backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const luminance = (color) => {
    const [red, green, blue] = color.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const pairs = new Map();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || ["SCRIPT", "STYLE", "title"].includes(element.tagName)) continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    if (size === 0 || element.closest(":disabled")) continue;
    const under = behind(element);
    const [light, dark] = [luminance(over(rgba(style.color), under)), luminance(under)].sort((a, b) => b - a);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const key = [style.color, under.map(Math.round).join(" "), large].join(" | ");
    const where = `${element.localName}.${element.className} "${texts.currentNode.data.trim().slice(0, 30)}"`;
    pairs.set(key, { ratio: (light + 0.05) / (dark + 0.05), large, where });
  }
  return [...pairs.values()];
}"""


def everything() -> Report:
    """Something of all that the page can show."""
    results = [result for result in SAMPLE.audit.results if result.account_id != SECOND]
    audit = type(SAMPLE.audit)(
        SAMPLE.audit.generated_at, SAMPLE.audit.caller, SAMPLE.audit.scope, results, missing=(SECOND,)
    )
    return Report(audit, SAMPLE.rules, compare(sample_audit(16, seed=2), audit))


REPORT = everything()
OPENED = {
    "the page": "",
    "filtered": "#q=s&result=non-compliant,not+seen&rule=root-mfa-enabled&sort=-account",
    "a violation": next(
        f"#account={each.account_id}&detail={each.rule}"
        for each in REPORT.audit.results
        if each.compliance is Compliance.NON_COMPLIANT
    ),
    "an error": next(f"#account={each.account_id}&detail={each.rule}" for each in REPORT.audit.results if each.unseen),
}
in_both_themes = pytest.mark.parametrize("theme", ["light", "dark"])
each_view = pytest.mark.parametrize("fragment", OPENED.values(), ids=list(OPENED))


def opened(show: Show, fragment: str, theme: str, **options: Any) -> Shown:
    """With all that can be unfolded unfolded."""
    shown = show(REPORT, fragment, color_scheme=theme, **options)
    expect(shown.page.locator("details.verdict[open]")).to_have_count(int("detail=" in fragment))
    shown.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    shown.page.wait_for_timeout(100)
    return shown


@in_both_themes
@each_view
def test_every_text_stands_out_from_its_background(show: Show, fragment: str, theme: str) -> None:
    found = opened(show, fragment, theme).page.evaluate(CONTRASTS)
    faint = [each for each in found if each["ratio"] < (LEAST_OF_LARGE if each["large"] else LEAST)]
    assert faint == []
    assert len(found) > 15
    least = min(each["ratio"] for each in found)
    print(f"{theme}: {len(found)} pairs, the least {least:.2f}")  # noqa: T201 - measured for whoever runs it with -s


@in_both_themes
def test_the_tooltip_stands_out_as_well(show: Show, theme: str) -> None:
    shown = show(REPORT, color_scheme=theme)
    shown.page.locator("#matrix tbody td.n[aria-label]").first.hover()
    expect(shown.page.locator("#tip")).to_be_visible()
    pairs = [
        each for each in shown.page.evaluate(CONTRASTS) if "div.tip" in each["where"] or "strong." in each["where"]
    ]
    assert pairs
    assert all(each["ratio"] >= LEAST for each in pairs)


@in_both_themes
@each_view
def test_axe_finds_nothing(show: Show, fragment: str, theme: str) -> None:
    shown = opened(show, fragment, theme)
    found = Axe().run(shown.page, options={"runOnly": WCAG_2_2_AA, "resultTypes": ["violations"]})
    told = [
        (each["id"], each["help"], [node["html"][:160] for node in each["nodes"][:3]])
        for each in found.response["violations"]
    ]
    assert told == []
    assert shown.complaints == []


@pytest.mark.parametrize("width", [320, 400, 768, 1280, 2560])
@each_view
def test_the_page_never_scrolls_sideways(show: Show, fragment: str, width: int) -> None:
    shown = opened(show, fragment, "light", viewport={"width": width, "height": 800})
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    wide = shown.page.evaluate(
        """() => [...document.querySelectorAll("main > section, dialog[open], dialog[open] *")]
             .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && each.checkVisibility())
             .map((each) => `${each.localName}.${each.className}`)"""
    )
    assert wide == []


def test_axe_finds_nothing_on_a_phone(show: Show) -> None:
    shown = opened(show, "", "light", viewport={"width": 320, "height": 640}, has_touch=True)
    found = Axe().run(shown.page, options={"runOnly": WCAG_2_2_AA, "resultTypes": ["violations"]})
    assert [(each["id"], each["help"]) for each in found.response["violations"]] == []


def test_the_theme_can_be_chosen(show: Show) -> None:
    shown = show(SAMPLE, color_scheme="dark")
    button = shown.page.locator("#theme")

    def background() -> str:
        return str(shown.page.evaluate("getComputedStyle(document.body).backgroundColor"))

    dark = background()
    expect(button).to_have_text("Theme: auto")
    button.click()
    expect(button).to_have_text("Theme: light")
    light = background()
    button.click()
    expect(button).to_have_text("Theme: dark")
    assert background() == dark != light
    assert shown.complaints == []


def test_the_theme_is_remembered(show: Show) -> None:
    page = show(SAMPLE).page
    page.locator("#theme").click()
    page.reload()
    expect(page.locator("#theme")).to_have_text("Theme: light")
    assert page.evaluate("document.documentElement.style.colorScheme") == "light"


@pytest.mark.parametrize(
    "storage",
    [
        pytest.param(
            "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })", id="refused"
        ),
        pytest.param("localStorage.setItem('rootguard theme', '__proto__')", id="nonsense in it"),
    ],
)
def test_the_theme_can_be_chosen_without_a_memory(show: Show, storage: str) -> None:
    shown = show(SAMPLE)
    shown.page.add_init_script(storage)
    shown.page.reload()
    expect(shown.page.locator("#theme")).to_have_text("Theme: auto")
    shown.page.locator("#theme").click()
    expect(shown.page.locator("#theme")).to_have_text("Theme: light")
    assert shown.complaints == []


@pytest.mark.parametrize(("wish", "moves"), [("reduce", False), ("no-preference", True)])
def test_motion_is_only_for_those_who_like_it(show: Show, wish: str, *, moves: bool) -> None:
    shown = show(SAMPLE, f"#account={SECOND}", reduced_motion=wish)
    style = shown.page.eval_on_selector("#detail", "part => getComputedStyle(part).animationName")
    smooth = shown.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
    assert (style != "none", smooth == "smooth") == (moves, moves)


def test_signs_are_told_in_words(show: Show) -> None:
    shown = show(SAMPLE)
    tree = shown.page.locator("#matrix").aria_snapshot()
    assert tree.startswith('- grid "Accounts and rules"')
    for words in (
        "columnheader",
        "rowheader",
        'gridcell "compliant"',
        'gridcell "non-compliant"',
        'gridcell "not seen"',
    ):
        assert words in tree
