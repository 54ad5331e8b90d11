"""Whatever a text holds, Markdown shows it as it is: judged by the parser that the terminal uses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rootguard.rulebook.markdown import bullets, code, code_block, escaped, pattern, steps, table

PARSER = MarkdownIt("commonmark").enable("table")
HOSTILE = [
    "root has a | in its name",
    "<root_account> & <b>",
    "&lt; is not <",
    "*emphasis* and _more_ of __it__",
    "[link](https://example.com) ![image](x)",
    "`code` and a lone ` tick",
    "`a|b` and ``c``",
    "\\ and \\| and \\`",
    "# heading",
    "> quotation",
    "- item",
    "1. step",
    "2) step",
    "+",
    "~~gone~~",
    "$x$",
    "arn:aws:iam::123456789012:root/*",
    '{ $.userIdentity.type = "Root" }',
]  # fmt: skip


def shown(tokens: list[Token]) -> str:
    """The text that a reader sees, code included, markup gone."""
    return "".join(child.content for token in tokens for child in token.children or () if child.type != "html_inline")


def kinds(markdown: str) -> set[str]:
    """The kinds of things that a text has become."""
    tokens = PARSER.parse(markdown)
    return {each.type for token in tokens for each in (token, *(token.children or ()))}


def seen(text: str) -> str:
    """What should be seen: white space as single spaces, code without its backticks."""
    return " ".join(text.split())


PLAIN = {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_show_as_they_are(text: str) -> None:
    markdown = escaped(text)
    assert shown(PARSER.parse(markdown)).replace("`", "") == text.replace("`", "")
    assert kinds(markdown) <= PLAIN | {"code_inline"}


@given(st.text(st.characters(exclude_categories=["C"], exclude_characters="`"), min_size=1))
def test_any_text_shows_as_it_is(text: str) -> None:
    markdown = escaped(text)
    assert shown(PARSER.parse(markdown)) == seen(text)
    assert kinds(markdown) <= PLAIN


@given(st.lists(st.text(st.characters(exclude_categories=["C"], exclude_characters="`"), min_size=1), min_size=1))
def test_any_text_stays_in_its_cell_and_its_item(texts: list[str]) -> None:
    texts = [seen(text) or "-" for text in texts]
    cells = [
        token for token in PARSER.parse(table(["a"] * len(texts), [map(escaped, texts)])) if token.type == "inline"
    ]
    assert [shown([cell]) for cell in cells[len(texts) :]] == texts
    for listed in (bullets(map(escaped, texts)), steps(map(escaped, texts))):
        items = [token for token in PARSER.parse(listed) if token.type == "inline"]
        assert [shown([item]) for item in items] == texts
        assert max(item.level for item in items) == 3


def test_code_of_people_stays_code() -> None:
    assert escaped("run `rootguard attest A_B_C` *now*") == "run `rootguard attest A_B_C` \\*now\\*"


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_any_text_can_be_code(text: str) -> None:
    [paragraph] = [token for token in PARSER.parse(code(text)) if token.type == "inline"]
    assert [(child.type, child.content) for child in paragraph.children or ()] == [("code_inline", text)]


def test_a_block_of_code_may_hold_a_fence() -> None:
    [fence] = PARSER.parse(code_block(["echo '```'", "````"]))
    assert (fence.type, fence.info, fence.content) == ("fence", "sh", "echo '```'\n````\n")


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        pytest.param("root is fine", "root is fine", id="no detail"),
        pytest.param("root has {what} but", "root has <what> but", id="a detail"),
        pytest.param("device {device}{more}", "device <device><more>", id="two details side by side"),
        pytest.param("{log_group} is <gone>", "<log group> is <gone>", id="a detail of two words"),
        pytest.param("{{literal}} | {x:%Y}", "{literal} | <x>", id="braces and a format"),
    ],
)
def test_the_details_of_a_reason_are_marked(reason: str, text: str) -> None:
    assert shown(PARSER.parse(pattern(reason))) == text
    assert kinds(pattern(reason)) <= PLAIN
