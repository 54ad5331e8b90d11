"""The page as a file: whole, closed to the network, and deaf to what accounts are called."""

import hashlib
import re
import unicodedata
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from importlib import resources

import pytest
from tests.report.html.pages import PAGES, REPORTS, SAMPLE, block, page, parsed_page, said
from tests.sample_audit import HOSTILE_NAMES

from rootguard.audit.results import Compliance, Evidence, Observation
from rootguard.kit.links import REPOSITORY
from rootguard.printable import printable

LOADING = {"src", "srcset", "href", "action", "formaction", "data", "poster", "background", "ping", "xlink:href"}
each_page = pytest.mark.parametrize("text", PAGES.values(), ids=list(PAGES))


@each_page
def test_is_well_formed(text: str) -> None:
    assert text.startswith("<!doctype html>")
    parsed = parsed_page(text)
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert parsed.stack == []
    assert [id_ for id_, count in Counter(ids).items() if count > 1] == []
    assert {attributes["aria-labelledby"] for _, attributes in parsed.elements if "aria-labelledby" in attributes} <= {
        *ids
    }


@each_page
def test_every_link_inside_it_leads_somewhere(text: str) -> None:
    parsed = parsed_page(text)
    ids = {attributes["id"] for _, attributes in parsed.elements if "id" in attributes}
    inside = {each["href"][1:] for each in parsed.attributes("a") if each["href"].startswith("#")}
    assert inside <= ids


@each_page
def test_loads_nothing(text: str) -> None:
    parsed = parsed_page(text)
    loads = [
        (tag, name, value)
        for tag, attributes in parsed.elements
        for name, value in attributes.items()
        if name in LOADING
    ]
    assert {(tag, name) for tag, name, _ in loads} <= {("a", "href")}
    assert all(value.startswith(("#", f"{REPOSITORY}/")) for _, _, value in loads)
    assert not re.search(r"url\(|@import|@font-face", parsed.texts["style"][0])


@each_page
def test_its_policy_allows_its_own_script_and_style_and_nothing_else(text: str) -> None:
    (policy,) = (
        each["content"]
        for each in parsed_page(text).attributes("meta")
        if each.get("http-equiv") == "Content-Security-Policy"
    )

    def digest(tag: str) -> str:
        content = text.split(f"<{tag}>")[1].split("</", maxsplit=1)[0]
        return f"'sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"

    assert dict(each.strip().split(" ", 1) for each in policy.split(";")) == {
        "default-src": "'none'",
        "script-src": digest('script type="module"'),
        "style-src": digest("style"),
        "base-uri": "'none'",
        "form-action": "'none'",
    }


@each_page
def test_nothing_inline_that_the_policy_would_refuse(text: str) -> None:
    found = [
        name
        for _, attributes in parsed_page(text).elements
        for name in attributes
        if name == "style" or name.startswith("on")
    ]
    assert found == []


@each_page
def test_has_no_sign_that_changes_how_others_read(text: str) -> None:
    assert {unicodedata.name(sign, repr(sign)) for sign in text if not sign.isprintable() and sign != "\n"} == set()


@pytest.mark.parametrize(
    "way",
    [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "DOMParser",
        "createContextualFragment",
        "setHTML",
        "fetch(",
        "XMLHttpRequest",
        "import(",
    ],
)
def test_the_script_does_not(way: str) -> None:
    assert way not in resources.files("rootguard.report.html").joinpath("report.js").read_text()


@pytest.mark.parametrize("name", ["report.js", "report.css"])
def test_script_and_style_are_small(name: str) -> None:
    assert len(resources.files("rootguard.report.html").joinpath(name).read_bytes()) < 25_000


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if name])
def test_a_name_is_text(name: str) -> None:
    text = PAGES["hostile names"]
    assert printable(name) in parsed_page(text).texts["bdi"]
    assert printable(name) in [account[1] for account in block(text, "matrix-data")["accounts"]]
    assert ("<" in name) <= (name not in text)


@pytest.mark.parametrize("data", ["matrix-data", "detail-data"])
def test_data_cannot_end_its_element(data: str) -> None:
    raw = PAGES["hostile names"].split(f'id="{data}">')[1].split("</script>")[0]
    assert not set(raw) & set("<>&\u2028\u2029")


@each_page
def test_the_same_audit_gives_the_same_page(text: str) -> None:
    (name,) = (name for name, each in PAGES.items() if each == text)
    assert page(REPORTS[name]) == text


def test_what_aws_and_others_say_is_hostile_as_well() -> None:
    first, *rest = SAMPLE.audit.results
    where = (
        "iam:GetAccountSummary",
        first.account_id,
        "eu-central-1",
        "</script>",
        "<!--\u202e<b>",
        "2026-11-23T05:29:58Z",
    )
    bad = replace(
        first,
        compliance=Compliance.NON_COMPLIANT,
        reason="</script><b>\u2028",
        evidence=Evidence([Observation(*where)]),
    )
    text = page(replace(SAMPLE, audit=replace(SAMPLE.audit, results=(bad, *rest))))
    assert parsed_page(text).stack == []
    assert "\u202e" not in text
    assert "</script><b> " in said(text)
    assert {"</script>", "<!--\ufffd<b>", "</script><b> "} <= set(block(text, "detail-data")["words"])
