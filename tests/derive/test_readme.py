from collections.abc import Callable

import pytest

from rootguard.catalog import PROJECT, load_catalog
from rootguard.derive.errors import DerivationError
from rootguard.derive.readme import assumption_list, marks, practice_table, readme
from rootguard.doctor.assumptions import ASSUMPTIONS
from rootguard.kit.rule import AnyRule
from rootguard.practices import PRACTICES

BEGIN, END = marks("rules")
PRACTISED, NO_MORE = marks("practices")
ASSUMED, SO_FAR = marks("assumptions")
ASSUMING = f"{ASSUMED}\n{assumption_list()}{SO_FAR}"


def test_table_takes_the_place_between_the_marks(make_rule: Callable[..., AnyRule]) -> None:
    practices = f"{PRACTISED}\n{practice_table([])}{NO_MORE}"
    text = f"# before\n{BEGIN}\nwhatever stood here\n{END}\n\n{practices}{ASSUMED}{SO_FAR}\nafter, without a new line"
    rules = [make_rule("root-one"), make_rule("root-two", title="Root is | two")]
    practices = f"{PRACTISED}\n{practice_table(rules)}{NO_MORE}"
    assert readme(text, rules) == (
        f"# before\n{BEGIN}\n"
        "| rule | what must hold | severity | practice | CIS AWS Foundations |\n"
        "|---|---|---|---|---|\n"
        "| [`root-one`](docs/rules/root-one.md) | The root user is made up | low | 1 | 1.4 (5.0.0), 2.4 (6.0.0) |\n"
        "| [`root-two`](docs/rules/root-two.md) | Root is \\| two | low | 1 | 1.4 (5.0.0), 2.4 (6.0.0) |\n"
        f"{END}\n\n{practices}{ASSUMING}\nafter, without a new line"
    )


def test_a_table_that_is_fresh_stays() -> None:
    text = (PROJECT / "README.md").read_text("utf-8")
    assert readme(text, load_catalog()) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("# no mark", id="neither mark"),
        pytest.param(f"{BEGIN}\n", id="no end"),
        pytest.param(f"\n{END}", id="no beginning"),
        pytest.param(f"{END}\n{BEGIN}\n", id="the wrong way round"),
        pytest.param(f"{ASSUMING}", id="assumptions alone"),
        pytest.param(f"{PRACTISED}{NO_MORE}{ASSUMING}", id="no table of rules"),
    ],
)
def test_missing_marks_are_an_error_that_names_them(text: str) -> None:
    with pytest.raises(DerivationError, match=r"README\.md lacks the marks") as refusal:
        readme(text, load_catalog())
    assert BEGIN in str(refusal.value)
    assert END in str(refusal.value)


def test_every_assumption_is_listed_and_none_is_wider_than_the_page() -> None:
    lines = assumption_list().strip().splitlines()
    assert sum(line.startswith("- ") for line in lines) == len(ASSUMPTIONS)
    assert max(map(len, lines)) <= 120
    probed = " ".join(line.strip() for line in lines).count("the doctor probes it")
    assert probed == sum(each.probe is not None for each in ASSUMPTIONS)


@pytest.mark.parametrize("part", ["rules", "practices", "assumptions"])
def test_each_part_needs_its_marks(part: str) -> None:
    text = (PROJECT / "README.md").read_text("utf-8").replace(marks(part)[0], "")
    with pytest.raises(DerivationError, match=f"lacks the marks <!-- {part}"):
        readme(text, load_catalog())


def test_the_practices_name_their_rules(make_rule: Callable[..., AnyRule]) -> None:
    lines = practice_table([make_rule("root-one"), make_rule("root-two")]).splitlines()
    assert len(lines) == 2 + len(PRACTICES)
    both = "[`root-one`](docs/rules/root-one.md), [`root-two`](docs/rules/root-two.md)"
    assert lines[2] == f"| 1 | {PRACTICES[1]} | {both} |"
    assert lines[3] == f"| 2 | {PRACTICES[2]} |  |"


def test_no_practice_of_the_readme_is_without_a_rule() -> None:
    lines = practice_table(load_catalog()).splitlines()[2:]
    assert [line for line in lines if "](docs/rules/" not in line] == []
