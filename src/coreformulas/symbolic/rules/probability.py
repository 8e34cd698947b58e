"""Rules about densities, integrals, expectations and divergences."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic.divergence import Mixture
from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Rewriting, Rule
from coreformulas.symbolic.softmax import Softmax
from coreformulas.symbolic.vocabulary import (
    KL,
    Density,
    Expectation,
    Integrate,
    Normal,
    ProductDensity,
)

_COVERED = "{q} > 0 wherever the integrand is not zero"


def marginalize(variable: sp.Symbol, joint: str = "p") -> Rule:
    r"""A marginal as an integral of the joint: :math:`p(x) = \int p(x, z) \, dz`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        if variable in (*expr.variables, *expr.given):
            raise rule.refuse(expr, f"{variable} stands in it already")
        whole = Density(joint, (*expr.variables, variable), expr.given)
        return Rewriting(Integrate(whole, variable))

    rule = Rule(
        name="marginalize",
        statement=r"p(x) = \int p(x, z) \, dz",
        fits=lambda node: isinstance(node, Density) and node.name == joint,
        rewrite=rewrite,
        form=f"a density named {joint}",
    )
    return rule


def bayes(variable: sp.Symbol, joint: str = "p") -> Rule:
    r"""Bayes' rule for a marginal: :math:`p(x) = p(x, z) / p(z \mid x)`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        if variable in expr.given:
            raise rule.refuse(expr, f"it is conditioned on {variable} already")
        if variable in expr.variables:
            raise rule.refuse(expr, f"it is a density of {variable}; nothing is left to condition")
        whole = Density(joint, (*expr.variables, variable), expr.given)
        posterior = Density(joint, variable, (*expr.variables, *expr.given))
        return Rewriting(whole / posterior)

    rule = Rule(
        name="Bayes' rule",
        statement=r"p(x) = \frac{p(x, z)}{p(z \mid x)}",
        fits=lambda node: isinstance(node, Density) and node.name == joint,
        rewrite=rewrite,
        form=f"a density named {joint}",
    )
    return rule


def product_rule(given: sp.Symbol, joint: str = "p") -> Rule:
    r"""A joint as conditional times marginal: :math:`p(x, z) = p(x \mid z)\, p(z)`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        if given not in expr.variables or len(expr.variables) < 2:
            raise rule.refuse(expr, f"it is no joint density of {given} and something else")
        rest = tuple(item for item in expr.variables if item != given)
        conditional = Density(joint, rest, (given, *expr.given))
        return Rewriting(conditional * Density(joint, given, expr.given))

    rule = Rule(
        name="product rule",
        statement=r"p(x, z) = p(x \mid z) \, p(z)",
        fits=lambda node: (
            isinstance(node, Density) and node.name == joint and len(node.variables) > 1
        ),
        rewrite=rewrite,
        form=f"a joint density named {joint}",
    )
    return rule


def integrate_out() -> Rule:
    r"""A density integrates to one: :math:`\int p(z \mid x) \, dz = 1`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        body, variable = expr.body, expr.variable
        if isinstance(body, Normal) and body.variables == (variable,):
            return Rewriting(sp.Integer(1))
        if not isinstance(body, Density) or variable not in body.variables:
            raise rule.refuse(
                expr, f"{to_text(body)} is no density of {variable} and need not integrate to one"
            )
        rest = tuple(item for item in body.variables if item != variable)
        return Rewriting(Density(body.name, rest, body.given) if rest else sp.Integer(1))

    rule = Rule(
        name="integrate out",
        statement=r"\int p(z \mid x) \, dz = 1",
        fits=lambda node: isinstance(node, Integrate),
        rewrite=rewrite,
        form="an integral",
    )
    return rule


def change_of_measure(density: Density) -> Rule:
    r"""Insert one, as :math:`q / q`: :math:`\int f \, dz = \mathbb{E}_q[f / q]`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        if density.variables != (expr.variable,):
            raise rule.refuse(
                expr, f"{to_text(density)} is a density of {density.variables}, not of the variable"
            )
        return Rewriting(Expectation(expr.body / density, density))

    rule = Rule(
        name="insert one",
        statement=(
            r"\int f \, dz = \int q \, \frac{f}{q} \, dz"
            r" = \mathbb{E}_q\!\left[\frac{f}{q}\right]"
        ),
        fits=lambda node: isinstance(node, Integrate),
        rewrite=rewrite,
        form="an integral",
        assumes=(_COVERED.format(q=to_text(density)),),
    )
    return rule


def definition_of_expectation() -> Rule:
    r"""An expectation written out: :math:`\mathbb{E}_q[f] = \int q f \, dz`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        if len(expr.density.variables) != 1:
            raise rule.refuse(expr, "the density is of more than one variable")
        return Rewriting(Integrate(expr.density * expr.body, expr.density.variables[0]))

    rule = Rule(
        name="definition of the expectation",
        statement=r"\mathbb{E}_q[f] = \int q \, f \, dz",
        fits=lambda node: isinstance(node, Expectation),
        rewrite=rewrite,
        form="an expectation",
    )
    return rule


def recognize_expectation(density: Density | Normal) -> Rule:
    r"""An expectation read backwards: :math:`\int q f \, dz = \mathbb{E}_q[f]`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        if density.variables != (expr.variable,):
            raise rule.refuse(expr, f"{to_text(density)} is no density of {expr.variable}")
        if density not in sp.Mul.make_args(expr.body):
            raise rule.refuse(expr, f"{to_text(density)} is no factor of {to_text(expr.body)}")
        return Rewriting(Expectation(expr.body / density, density))

    rule = Rule(
        name="definition of the expectation",
        statement=r"\int q \, f \, dz = \mathbb{E}_q[f]",
        fits=lambda node: isinstance(node, Integrate) and node.body.has(density),
        rewrite=rewrite,
        form=f"an integral with {to_text(density)} in it",
    )
    return rule


def expectation_of_constant(density: Density) -> Rule:
    r"""What does not depend on z is its own mean: :math:`c = \mathbb{E}_{q(z)}[c]`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        if expr.free_symbols & set(density.variables):
            raise rule.refuse(expr, f"it depends on {density.variables}")
        return Rewriting(Expectation(expr, density))

    rule = Rule(
        name="expectation of a constant",
        statement=r"c = \mathbb{E}_q[c]",
        fits=lambda node: isinstance(node, sp.Expr),
        rewrite=rewrite,
        form="an expression",
    )
    return rule


def _depends(expr: sp.Expr, variables: tuple[sp.Expr, ...]) -> bool:
    return bool(expr.free_symbols & {item for v in variables for item in v.free_symbols | {v}})


def mean_of_terms(body: sp.Expr, density: sp.Expr) -> sp.Expr:
    """E[body] with sums taken apart and factors that do not depend on the variable in front."""
    total = sp.Integer(0)
    terms = (sp.expand_mul(term, deep=False) for term in sp.Add.make_args(body))
    for term in sp.Add.make_args(sp.Add(*terms)):
        factors = sp.Mul.make_args(term)
        inside = [item for item in factors if _depends(item, density.variables)]
        outside = sp.Mul(*(item for item in factors if item not in inside))
        total += outside * (Expectation(sp.Mul(*inside), density) if inside else 1)
    return total


def linearity() -> Rule:
    r"""Expectation is linear: :math:`\mathbb{E}[a f + g] = a\,\mathbb{E}[f] + \mathbb{E}[g]`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        after = mean_of_terms(expr.body, expr.density)
        if after == expr:
            raise rule.refuse(expr, "there is nothing to take apart")
        return Rewriting(after)

    rule = Rule(
        name="linearity",
        statement=r"\mathbb{E}[a f + g] = a \, \mathbb{E}[f] + \mathbb{E}[g]",
        fits=lambda node: (
            isinstance(node, Expectation) and mean_of_terms(node.body, node.density) != node
        ),
        rewrite=rewrite,
        form="an expectation of a sum or of a multiple",
        assumes=("each expectation exists",),
    )
    return rule


def definition_of_kl() -> Rule:
    r"""KL written out: :math:`D_{KL}(q \| p) = \mathbb{E}_q[\log q / p]`."""
    return Rule(
        name="definition of KL",
        statement=r"D_{\mathrm{KL}}(q \,\Vert\, p) = \mathbb{E}_q\!\left[\log \frac{q}{p}\right]",
        fits=lambda node: isinstance(node, KL),
        rewrite=lambda expr: Rewriting(
            Expectation(sp.log(expr.args[0] / expr.args[1]), expr.args[0])
        ),
        form="a KL divergence",
    )


def recognize_kl() -> Rule:
    r"""KL read backwards: :math:`\mathbb{E}_q[\log q / p] = D_{KL}(q \| p)`."""

    def is_log_ratio(node: sp.Basic) -> bool:
        return (
            isinstance(node, Expectation)
            and isinstance(node.body, sp.log)
            and isinstance(node.density / node.body.args[0], Density | Normal | Mixture | Softmax)
        )

    def rewrite(expr: sp.Expr) -> Rewriting:
        other = expr.density / expr.body.args[0]
        if other.variables != expr.density.variables:
            raise rule.refuse(expr, f"{to_text(other)} is a density of other variables")
        return Rewriting(KL(expr.density, other))

    rule = Rule(
        name="definition of KL",
        statement=r"\mathbb{E}_q\!\left[\log \frac{q}{p}\right] = D_{\mathrm{KL}}(q \,\Vert\, p)",
        fits=is_log_ratio,
        rewrite=rewrite,
        form="an expectation under q of the logarithm of q over another density",
    )
    return rule


def marginal_expectation() -> Rule:
    r"""Independent coordinates that do not occur average to one.

    :math:`\mathbb{E}_{\prod_d q(z_d)}[g(z_d)] = \mathbb{E}_{q(z_d)}[g(z_d)]`, under a sum over d.
    """

    def rewrite(expr: sp.Expr) -> Rewriting:
        factor, index, size = expr.density.args
        body = expr.body
        if not (isinstance(body, sp.Sum) and body.limits == ((index, 1, size),)):
            raise rule.refuse(expr, f"it is no mean of a sum over {index} from 1 to {size}")
        others = body.function.atoms(sp.Indexed) - {factor.variables[0]}
        if any(item.base == factor.variables[0].base for item in others):
            raise rule.refuse(expr, "a term depends on more than one coordinate")
        return Rewriting(sp.Sum(Expectation(body.function, factor), (index, 1, size)))

    rule = Rule(
        name="linearity and independence",
        statement=(
            r"\mathbb{E}_{\prod_d q(z_d)}\!\left[\sum_d g_d(z_d)\right]"
            r" = \sum_d \mathbb{E}_{q(z_d)}[g_d(z_d)]"
        ),
        fits=lambda node: (
            isinstance(node, Expectation) and isinstance(node.density, ProductDensity)
        ),
        rewrite=rewrite,
        form="an expectation under a product of independent densities",
    )
    return rule
