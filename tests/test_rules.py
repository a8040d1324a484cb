"""The studies' limits: each once, explained, possible itself, and refused where misread."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat
import pytest
from study_tables import tables

from compendium.errors import InputError
from compendium.notebook_file import chapter_files
from compendium.rules import Rules
from compendium.rules.in_words import said
from compendium.settings import Settings
from compendium.studies.endpoints import STRATEGIES
from compendium.survival.markers import baseline_predictors
from compendium.synthetic.truth import TRUTHS
from compendium.trop2.adjusted import TERMS
from compendium.trop2.ihc import BLOCK_RULES, READER_RULES

EVERY = [(kind, name) for kind in (Rules, Settings) for name in kind.declared]


@pytest.mark.parametrize(("kind", "name"), EVERY, ids=[name for _, name in EVERY])
def test_each_is_explained_and_bounded_and_its_default_possible(kind, name):
    limit = kind.declared[name]
    assert limit.meaning
    assert limit.checked(limit.default, "default") == limit.default
    bounded = any(end is not None for end in limit.ends.values()) or limit.choices
    either = isinstance(limit.default, bool)
    assert bounded or either or limit.default == ""  # a name in the study's own tables
    number = not isinstance(limit.default, str) and not limit.choices and not either
    assert bool(limit.unit) == number


def test_no_name_has_two_meanings():
    assert not set(Rules.declared) & set(Settings.declared)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pd_share": 20},
        {"tg_ratio": 70},
        {"tg_ratio": float("nan")},
        {"tvdt_years": -1},
        {"tvdt_years": 0},
        {"tki": "Ignore"},
        {"tsh_low": [40, 20]},
        {"min_age_years": 80},
        {"shell_outer_mm": 8},
        {"tsh_high_above": 30},
        {"doses_gy": [20]},
        {"avid_ratio": 0.5},
    ],
    ids=str,
)
def test_what_changes_results_silently_is_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        Rules(**wrong)


def test_vocabularies_are_those_of_the_package():
    assert Rules.tki.choices == STRATEGIES
    assert Settings.reader_rule.choices == READER_RULES
    assert Settings.block_rule.choices == BLOCK_RULES
    assert set(Settings.adjust_for.choices) == set(TERMS) - {"h_score", "irs"}
    assert set(Settings.tsh_truths.choices) == set(TRUTHS)


def test_predictors_are_those_that_are_made():
    assert set(Settings.learner_predictors.choices) == set(baseline_predictors(tables(), []))


def test_more_covariates_than_a_study_of_this_size_supports_are_refused():
    four = ["age_years", "braf_v600e", "tert_promoter", "sex"]
    with pytest.raises(InputError, match="adjust_for.*at most 3 values"):
        Settings.of({"adjust_for": four}, "params.yml")


HOMES = {
    *(f"compendium/rules/{name}.py" for name in ("disease", "images", "models")),
    "compendium/settings.py",
    "petsuv/rules.py",
}
# Constants of time and decay, which no limit is, and where each stands.
CONSTANTS = {
    365.25: "petsuv/rules.py",
    109.77: "petsuv/nuclides.py",
    4.176: "petsuv/nuclides.py",
    8.025: "petsuv/nuclides.py",
}
DERIVED = (30.4375, 6586.2, 360806.0, 360806.4, 192.6, 693360.0)  # of these; nowhere typed


@cache
def sources(root: Path) -> tuple[tuple[str, ast.Module], ...]:
    """Every module and notebook of the project by its place, parsed."""
    return tuple(parsed(root))


def parsed(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((root / "src").rglob("*.py")):
        name = path.relative_to(root / "src").as_posix()
        if "petsuv/testing" not in name:  # its phantoms are worked out by hand
            yield name, ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        code = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
        yield path.name, ast.parse("\n".join(code))


def is_number(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def values_by_name(tree: ast.Module) -> Iterator[tuple[str, ast.AST | None]]:
    """Names that are given a value: constants, fields, defaults of functions, keywords of calls."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                yield name, value
            case ast.Call(func=ast.Name(id="Rules") | ast.Attribute(attr="replace")):
                continue  # other limits on purpose, for a sensitivity analysis
            case ast.Call(keywords=given):
                yield from ((one.arg, one.value) for one in given if one.arg)
            case ast.arguments():
                plain = node.posonlyargs + node.args
                yield from zip(
                    [one.arg for one in plain[len(plain) - len(node.defaults) :]],
                    node.defaults,
                    strict=True,
                )
                yield from zip([a.arg for a in node.kwonlyargs], node.kw_defaults, strict=True)


@pytest.mark.slow
def test_no_number_of_a_limit_is_given_to_its_name_elsewhere(root):
    found = [
        f"{place}: {name} = {value.value}"
        for place, tree in sources(root)
        if place not in HOMES
        for name, value in values_by_name(tree)
        if name.lower() in Rules.declared and is_number(value)
    ]
    assert found == []


@pytest.mark.slow
def test_each_constant_of_time_and_decay_has_one_home(root):
    places: dict[float, set[str]] = {}
    for place, tree in sources(root):
        for node in ast.walk(tree):
            if is_number(node) and node.value in (*CONSTANTS, *DERIVED):
                places.setdefault(node.value, set()).add(place)
    assert places == {value: {home} for value, home in CONSTANTS.items()}


JUDGING = ("compendium/cohort/", "compendium/disease/", "compendium/studies/")
STRUCTURE = (0, 1, 2)  # none, one, a pair: no limits


def test_who_belongs_and_how_disease_behaves_is_compared_with_no_typed_number(root):
    found = [
        f"{place}, line {node.lineno}: {ast.unparse(node)}"
        for place, tree in sources(root)
        if place.startswith(JUDGING) and "figure" not in place and "table_one" not in place
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        for side in (node.left, *node.comparators)
        if is_number(side) and side.value not in STRUCTURE
    ]
    assert found == []


@pytest.mark.slow
def test_each_rule_is_asked_for(root):
    asked = {
        node.attr if isinstance(node, ast.Attribute) else node.value
        for place, tree in sources(root)
        if place not in HOMES and "compendium/studies/" not in place  # which say whom it concerns
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Constant)
    }
    assert Rules.declared.keys() <= asked


@pytest.mark.parametrize("path", chapter_files(Path("notebooks")), ids=lambda p: p.stem)
def test_each_parameter_of_a_notebook_is_used(path):
    first, *rest = [
        ast.parse(c.source)
        for c in nbformat.read(path, as_version=4).cells
        if c.cell_type == "code"
    ]
    given = {name for name, _ in values_by_name(first)} - {"study_dir", "results_dir", "seed"}
    used = {n.id for tree in rest for n in ast.walk(tree) if isinstance(n, ast.Name)}
    assert given - {"rules"} <= used


@pytest.mark.parametrize(("years", "said_of_it"), [(1.0, "1 year"), (2.0, "2 years")])
def test_a_limit_is_said_with_its_unit(years, said_of_it):
    assert said(Rules(tvdt_years=years), "tvdt_years", "unit") == said_of_it
