"""What readers see: text, HTML and numbered equations."""

import re

import pytest
import sympy as sp

from coreformulas.catalogue import load_all
from coreformulas.symbolic import (
    KL,
    Density,
    Expectation,
    Gradient,
    Integrate,
    Variance,
    equation,
    registry,
    to_latex,
    to_text,
)

x, z = sp.symbols("x z", real=True)
q, prior, likelihood = Density("q", z, x), Density("p", z), Density("p", x, z)
LABELS = load_all()


def test_the_article_formula_prints_as_the_field_writes_it():
    elbo = Expectation(sp.log(likelihood), q) - KL(q, prior)
    assert to_text(elbo) == "E_{q(z | x)}[log(p(x | z))] - KL(q(z | x) || p(z))"
    assert to_latex(elbo) == (
        r"\mathbb{E}_{q(z \mid x)}\!\left[\log p(x \mid z)\right]"
        r" - D_{\mathrm{KL}}\!\left(q(z \mid x) \,\Vert\, p(z)\right)"
    )
    assert sp.latex(elbo) == to_latex(elbo)
    assert str(elbo) == to_text(elbo)


@pytest.mark.parametrize(
    ("expr", "latex"),
    [
        (sp.log(likelihood / q), r"\log \frac{p(x \mid z)}{q(z \mid x)}"),
        (sp.log(prior * likelihood), r"\log\!\left(p(x \mid z) p(z)\right)"),
        (sp.log(prior + 1), r"\log\!\left(p(z) + 1\right)"),
        (sp.log(x) ** 2, r"{\log\!\left(x\right)}^{2}"),
        (Integrate(prior + q, z), r"\int \left(p(z) + q(z \mid x)\right) \, dz"),
        (-sp.log(prior) + x, r"x - \log p(z)"),
        (sp.sqrt(2 * sp.pi), r"\sqrt{2} \sqrt{\pi}"),
        (Variance(z, prior), r"\mathrm{Var}_{p(z)}\!\left[z\right]"),
        (Gradient(x * z, x), r"\frac{\partial}{\partial x} \left(x z\right)"),
        (Gradient(prior, x) * q, r"q(z \mid x) \left(\frac{\partial}{\partial x} p(z)\right)"),
    ],
)
def test_latex(expr, latex):
    assert to_latex(expr) == latex


@pytest.mark.parametrize("label", LABELS)
def test_latex_is_balanced_and_needs_no_extension(label):
    derivation = registry.get(label)
    for expr in (derivation.start, *(line.expr for line in derivation.lines)):
        latex = to_latex(expr)
        assert latex.count("{") == latex.count("}")
        assert latex.count(r"\left") == latex.count(r"\right")
        assert r"\operatorname" not in latex
        assert r"\require" not in latex
        assert r"\text{" not in latex  # what a printer writes that knows no better


@pytest.mark.parametrize("label", LABELS)
def test_html_shows_every_line_with_number_reason_and_evidence(label):
    derivation = registry.get(label)
    page = derivation._repr_html_()
    assert page.count('<td class="formula">') == len(derivation.lines) + 1
    for number, (line, evidence) in enumerate(
        zip(derivation.lines, derivation.evidence, strict=True), start=1
    ):
        assert f">({number})<" in page
        assert line.because in page.replace("&#x27;", "'")
        for item in evidence:
            assert item.text in page
    assert not re.search(r"\\\([^<]*[<>][^<]*\\\)", page)


@pytest.mark.parametrize("label", LABELS)
def test_text_shows_every_line(label):
    derivation = registry.get(label)
    text = str(derivation)
    for line in derivation.lines:
        assert f"{line.relation} {to_text(line.expr)}" in text


def test_an_equation_is_numbered_and_labeled():
    derivation = registry.get("elbo-by-jensen")
    whole = equation(derivation)._repr_markdown_()
    assert whole.endswith("$$ (eq-elbo-by-jensen)")
    assert r"\log p(x) \ge \mathbb{E}_{q(z \mid x)}" in whole
    second = equation(derivation, 2)._repr_markdown_()
    assert second.endswith("$$ (eq-elbo-by-jensen-2)")
    assert r"\log p(x) = \log" in second


@pytest.mark.parametrize("number", [0, 4, -1])
def test_an_equation_that_is_not_there_is_an_error(number):
    with pytest.raises(IndexError, match=f"a line from 1 to 3 is expected, got {number}"):
        equation(registry.get("elbo-by-jensen"), number)


def test_a_long_equation_breaks_before_its_relation():
    short = equation(registry.get("elbo-by-jensen"))._repr_markdown_()
    long = equation(registry.get("gaussian-kl"))._repr_markdown_()
    assert "aligned" not in short
    assert r"\begin{aligned} & D_{\mathrm{KL}}" in long
    assert r"\\[0.4em] & \quad = " in long
