"""What every chapter keeps to, as far as a machine can tell; the rest is for readers."""

import re

import pytest
import yaml
from architecture import ROOT

from chapters import (
    CHAPTERS,
    TEACHING,
    Chapter,
    code_faults,
    exercise_faults,
    header_faults,
    image_faults,
    read,
    typed_numbers,
)
from coreformulas.catalogue import load_all

PAGES = [
    read(path)
    for path in sorted(CHAPTERS.rglob("*.md"))
    if not any(part.startswith(".") for part in path.relative_to(CHAPTERS).parts)
]
NOTEBOOKS = [page for page in PAGES if page.cells]
LESSONS = [page for page in PAGES if page.name.split("/")[1] in TEACHING]
CITATION = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")


def ids(page: Chapter) -> str:
    return page.name


@pytest.mark.parametrize("page", NOTEBOOKS, ids=ids)
def test_a_notebook_has_its_whole_header(page: Chapter) -> None:
    assert header_faults(page) == []


@pytest.mark.parametrize("page", NOTEBOOKS, ids=ids)
def test_cells_are_short_and_train_nothing_by_hand(page: Chapter) -> None:
    assert code_faults(page) == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_images_say_what_they_show(page: Chapter) -> None:
    assert image_faults(page) == []


@pytest.mark.parametrize("page", LESSONS, ids=ids)
def test_a_lesson_has_exercises_whose_solutions_check_themselves(page: Chapter) -> None:
    assert exercise_faults(page) == []


@pytest.mark.parametrize("page", LESSONS, ids=ids)
def test_measured_numbers_come_from_the_run(page: Chapter) -> None:
    assert typed_numbers(page) == []


def test_the_contents_list_every_page_and_nothing_else() -> None:
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = [contents["root"]]
    listed += [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    assert sorted(listed) == sorted(page.name for page in PAGES)


def test_every_equation_that_is_cited_exists() -> None:
    known = {f"eq-{label}" for label in load_all()}
    for page in PAGES:
        known |= set(re.findall(r"\$\$ \((eq-[\w-]+)\)", page.text))
        known |= set(re.findall(r"^:label: (eq-[\w-]+)", page.text, re.M))
    cited = {label for page in PAGES for label in re.findall(r"\{eq\}`([\w-]+)`", page.text)}
    assert cited
    # A line of a derivation has its number at the end: eq-elbo-by-jensen-2.
    assert {label for label in cited if re.sub(r"-\d+$", "", label) not in known} == set()


def test_sources_are_cited_and_citations_have_a_source() -> None:
    listed = re.findall(r"^@\w+\{([^,]+),", (ROOT / "references.bib").read_text(), re.M)
    found = [keys for page in PAGES for keys in CITATION.findall(page.text)]
    cited = {key.strip() for keys in found for key in keys.split(",")}
    assert sorted(listed) == sorted(set(listed))
    assert cited == set(listed)


def test_every_source_has_an_author_and_a_year() -> None:
    entries = re.findall(
        r"^@\w+\{([^,]+),(.*?)^\}", (ROOT / "references.bib").read_text(), re.M | re.S
    )
    assert len(entries) > 50
    for key, fields in entries:
        assert re.search(r"^\s+author\s*=", fields, re.M), key
        assert re.search(r"^\s+year\s*=\s*\{\d{4}\}", fields, re.M), key


HEADER = (
    "---\njupytext: {text_representation: {extension: .md}}\nkernelspec: {name: python3}\n---\n"
)


def chapter(*cells: str, prose: str = "") -> Chapter:
    blocks = [f"```{{code-cell}} ipython3\n{cell}\n```\n" for cell in cells]
    return Chapter("chapters/vae/made-up", HEADER + prose + "\n" + "\n".join(blocks))


def test_a_header_with_holes_is_found() -> None:
    assert len(header_faults(chapter())) == 4
    assert len(header_faults(Chapter("chapters/x", "# No header"))) == 7


@pytest.mark.parametrize(
    "cell",
    [
        "class Model:\n    pass",
        "for batch in data:\n    state, metrics = update(state, batch, key)",
        "while loss > 1:\n    weights = weights - 0.1 * jax.grad(loss_of)(weights)",
        "for _ in range(9):\n    weights -= 0.1 * slope(weights)\n    slope = jax.grad(loss_of)",
        ":tags: [hide-input]\n\nimport matplotlib.pyplot as plt",
        "\n".join(f"x = {i}" for i in range(31)),
    ],
)
def test_faults_of_the_code_are_found(cell: str) -> None:
    assert code_faults(chapter(cell))


def test_one_run_of_fit_for_each_setting_is_allowed() -> None:
    assert code_faults(chapter("for beta in betas:\n    run = training.fit(update, state)")) == []
    assert code_faults(chapter("for x in xs:\n    assert jax.grad(f)(x) == 0")) == []
    assert code_faults(chapter(*["x = 1"] * 33))


@pytest.mark.parametrize(
    "prose", ["![](a.png)", "```{figure} a.png\n:name: a\n```", ":::{image} a.png\n:::"]
)
def test_an_image_without_words_is_found(prose: str) -> None:
    assert image_faults(chapter(prose=prose))
    assert (
        image_faults(chapter(prose="![a curve](a.png)\n```{figure} a.png\n:alt: a curve\n```"))
        == []
    )


@pytest.mark.parametrize(
    "prose",
    ["It reached 12.5 nats.", "That is 3.1 ± 0.2.", "It took 4.2 seconds.", "in 9.5 % of runs"],
)
def test_a_typed_number_is_found(prose: str) -> None:
    assert typed_numbers(chapter(prose=prose))
    assert (
        typed_numbers(chapter("x = 12.5  # nats", prose="It reached {glue:text}`elbo:.1f` nats."))
        == []
    )


def test_a_lesson_without_sound_exercises_is_found() -> None:
    exercise = "```{exercise-start} One\n:label: ex-one\n```\nDo.\n```{exercise-end}\n```\n"
    solution = (
        "```{solution-start} ex-one\n```\n"
        "```{code-cell} ipython3\nassert f() == 1\n```\n"
        "```{solution-end}\n```\n"
    )
    assert exercise_faults(chapter(prose="Nothing.")) == ["no exercise"]
    assert exercise_faults(chapter(prose=exercise)) == ["ex-one has no solution"]
    assert exercise_faults(chapter(prose=exercise + solution)) == []
    calls = exercise + solution.replace("assert f() == 1", "f()")
    assert exercise_faults(chapter(prose=calls)) == ["the solution of ex-one checks nothing"]
    assert exercise_faults(chapter("def f():\n    assert 1 == 1", prose=calls)) == []
