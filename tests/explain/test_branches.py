"""What the bytecode's branches say about conditions, whatever the conditions look like, and that none is overlooked."""

import ast
import importlib.util
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from textwrap import indent
from types import CodeType, ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootguard import kit
from rootguard.catalog import load_rules, module_of
from rootguard.errors import RootguardError
from rootguard.explain.branches import branches_of
from rootguard.explain.source import source_of
from rootguard.explain.tracing import Trace
from rootguard.explain.watched import Checked, Raised, Ran, Returned, Step

type Load = Callable[[str], ModuleType]
type Form = tuple[str, Callable[[str], str]]
"""A body with a gap for a condition, and how the condition is told."""

FILES = sorted(
    {*Path(kit.__file__).parent.rglob("*.py"), *(Path(str(module_of(rule).__file__)) for rule in load_rules())}
)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Make a module of a text."""
    numbers = itertools.count()

    def made(text: str) -> ModuleType:
        path = tmp_path / f"sample_{next(numbers)}.py"
        path.write_text(text)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return made


def watched(module: ModuleType, *arguments: object) -> tuple[Ran, Any]:
    """What the module's function `f` did, and what it returned."""
    trace = Trace(str(module.__file__))
    with trace.watching():
        value = module.f(*arguments)
    ran = trace.root.steps[-1]
    assert isinstance(ran, Ran)
    return ran, value


def flat(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, Ran):
            yield from flat(step.steps)
        else:
            yield step


def said(step: Step) -> str:
    match step:
        case Checked(condition, held, chosen):
            return f"{condition.text}: {condition.operand(chosen) if chosen else held}"
        case Returned(_, expression, _):
            return f"return {expression}"
        case Raised(_, error):
            return f"raise {error}"
    raise AssertionError(step)


@pytest.mark.parametrize(
    ("body", "arguments", "expected"),
    [
        pytest.param("if a: return 1", (0,), ["a: False", "return "], id="a branch not taken, an end without return"),
        pytest.param("if not a: return 1", (0,), ["not a: True", "return 1"], id="a negation"),
        pytest.param(
            "if a or b and not c: return 1", (0, 1, 1), ["a or b and not c: False", "return "], id="several operands"
        ),
        pytest.param("return a or b or c", (0, 2, 1), ["a or b or c: b", "return a or b or c"], id="the value of or"),
        pytest.param("return a and b", (3, 0), ["a and b: b", "return a and b"], id="the last operand of an and"),
        pytest.param("return 1 if a is None else 2", (None,), ["a is None: True", "return 1 if a is None else 2"],
                     id="None"),
        pytest.param("return 1 if a is not None else 2", (None,),
                     ["a is not None: False", "return 1 if a is not None else 2"], id="not None"),
        pytest.param("if 1 < a < 3: return a", (2,), ["1 < a < 3: True", "return a"], id="a chain that holds"),
        pytest.param("if 1 < a < 3: return a", (0,), ["1 < a < 3: False", "return "], id="a chain broken at once"),
        pytest.param("if 1 < a < 3: return a", (9,), ["1 < a < 3: False", "return "], id="a chain broken at its end"),
        pytest.param("while a := a - 1: pass", (2,), ["a := a - 1: True", "a := a - 1: False", "return "], id="a loop"),
        pytest.param(
            "return [x for x in a if x if x > 2]", ([0, 1, 3],),
            ["for x in a if x: False", "for x in a if x: True", "for x in a if x > 2: False", "for x in a if x: True",
             "for x in a if x > 2: True", "return [x for x in a if x if x > 2]"], id="a comprehension",
        ),
        pytest.param(
            "return {x: 1 for x in a if x is not None if b is None}", ([None, 3], 5),
            ["for x in a if x is not None: False", "for x in a if x is not None: True",
             "for x in a if b is None: False", "return {x: 1 for x in a if x is not None if b is None}"],
            id="a dictionary",
        ),
        pytest.param(
            "return any(x for x in a if x is not None)", ([None, 1],),
            ["for x in a if x is not None: False", "for x in a if x is not None: True",
             "return any(x for x in a if x is not None)"], id="a generator expression belongs to who writes it",
        ),
        pytest.param(
            "return (lambda x: 1 if x else 2)(a)", (0,), ["x: False", "return (lambda x: 1 if x else 2)(a)"],
            id="a lambda likewise",
        ),
        pytest.param(
            "match a:\n  case [x] if x:\n   return x\n  case [_]:\n   while b:\n    b -= 1\n   return 0", ([0], 1),
            ["x: False", "a is case [_]: True", "b: True", "b: False", "return 0"], id="a match",
        ),
        pytest.param("assert a, 'no'\nreturn a", (1,), ["a: True", "return a"], id="an assertion"),
        pytest.param("if (1 if a else b): return 1", (0, 0), ["a: False", "1 if a else b: False", "return "],
                     id="a condition within a condition"),
        pytest.param('return "" if a else None', (1,), ["a: True", 'return "" if a else None'], id="a constant"),
        pytest.param("return None", (), ["return None"], id="nothing, explicitly"),
    ],
)  # fmt: skip
def test_what_ran_is_what_is_told(load: Load, body: str, arguments: Sequence[object], expected: Sequence[str]) -> None:
    module = load(f"def f(a=None, b=None, c=None):\n{indent(body, '  ')}\n")
    ran, _ = watched(module, *arguments)
    assert [said(step) for step in flat(ran.steps)] == expected


def expressions() -> st.SearchStrategy[str]:
    """Conditions of every shape over a, b and c."""
    leaves = st.sampled_from(
        ["a", "b", "c", "a is None", "b is not None", "a is b", "1 < c < 3", "a == b", "c in (1, 2)", "g(a)"]
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("({} or {})".format, inner, inner),
            st.builds("({} and {})".format, inner, inner),
            st.builds("({} or {} and {})".format, inner, inner, inner),
            st.builds("(not {})".format, inner),
            st.builds("({} if {} else {})".format, inner, inner, inner),
        ),
        max_leaves=6,
    )


VALUES = st.tuples(st.sampled_from([None, 0, 1]), st.sampled_from([None, 0, 1]), st.sampled_from([0, 1, 2, 3]))
FORMS: tuple[Form, ...] = (
    ("if {}: return 1", lambda test: test),
    ("return [x for x in (1,) if {}]", lambda test: f"for x in (1,) if {test}"),
    ("return any(1 for x in (1,) if {})", lambda test: f"for x in (1,) if {test}"),
    ("return 1 if {} else 2", lambda test: test),
    ("while {}: return 1", lambda test: test),
)


@settings(max_examples=40)
@given(test=expressions(), values=VALUES, form=st.sampled_from(FORMS))
def test_a_condition_holds_if_its_expression_does(
    tmp_path_factory: pytest.TempPathFactory,
    test: str,
    values: tuple[object, ...],
    form: Form,
) -> None:
    template, text = form
    path = tmp_path_factory.mktemp("form") / "form.py"
    path.write_text(f"def g(x): return x\n\ndef f(a, b, c):\n  {template.format(test)}\n")
    module = ModuleType("form")
    exec(compile(path.read_text(), str(path), "exec"), module.__dict__)  # noqa: S102 - the test's own text
    module.__file__ = str(path)
    holds = bool(eval(test, {"g": bool}, dict(zip("abc", values, strict=True))))  # noqa: S307 - likewise

    ran, _ = watched(module, *values)
    told = [step.held for step in ran.steps if isinstance(step, Checked) and step.condition.text == text(_bare(test))]
    assert told == [holds]


def _bare(test: str) -> str:
    """Without the parentheses around it all, which are no part of an expression."""
    return test[1:-1] if test.startswith("(") else test


@settings(max_examples=40)
@given(test=expressions(), values=VALUES)
def test_the_chosen_operand_is_the_value(
    tmp_path_factory: pytest.TempPathFactory, test: str, values: tuple[object, ...]
) -> None:
    path = tmp_path_factory.mktemp("choice") / "choice.py"
    source = f"{test} or c"
    path.write_text(f"def g(x): return x\n\ndef f(a, b, c):\n  return {source}\n")
    module = ModuleType("choice")
    exec(compile(path.read_text(), str(path), "exec"), module.__dict__)  # noqa: S102 - the test's own text
    module.__file__ = str(path)
    names = {"g": lambda x: x, **dict(zip("abc", values, strict=True))}

    ran, value = watched(module, *values)
    (chosen,) = [step for step in ran.steps if isinstance(step, Checked) and step.condition.text == source]
    assert chosen.chosen is not None
    assert eval(chosen.condition.operand(chosen.chosen), names) == value  # noqa: S307 - the test's own text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_condition_of_ours_is_overlooked(file: Path) -> None:
    source = source_of(str(file))
    wanted = {part for parts in source.parts.values() for part in parts if not isinstance(part.node, ast.Constant)}
    code = compile(file.read_text("utf-8"), str(file), "exec")
    found = {branch.part for each in _codes(code) for branch in branches_of(each).values()}
    assert {(part.node, part.last) for part in wanted} <= {(part.node, part.last) for part in found}


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def test_a_missing_source_is_told() -> None:
    with pytest.raises(RootguardError, match="takes its source"):
        source_of("/nowhere/rule.py")
