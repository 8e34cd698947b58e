"""Rules for dynamical systems: Jacobian matrices, their eigenvalues, rates along a flow."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic.dynamics import AlongFlow, CharacteristicPolynomial, Determinant
from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Rewriting, Rule
from coreformulas.symbolic.vocabulary import Expectation, Gradient


def jacobian_at_point() -> Rule:
    r"""Differentiate each component by each variable, at the point: :math:`\lambda I - v'(x^*)`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        if expr.has(Gradient):
            raise rule.refuse(expr, "the field holds gradients that are not carried out")
        place = dict(zip(expr.variables, expr.point, strict=True))
        rows = []
        for i, component in enumerate(expr.field):
            row = []
            for j, variable in enumerate(expr.variables):
                entry = _partial(rule, component, variable).xreplace(place)
                if entry.has(sp.nan, sp.zoo, sp.oo):
                    raise rule.refuse(
                        expr, f"the derivative of {to_text(component)} has no value there"
                    )
                row.append((expr.unknown if i == j else 0) - entry)
            rows.append(row)
        return Rewriting(Determinant(*rows))

    rule = Rule(
        name="Jacobian at the point",
        statement=r"v'(x^*)_{ij} = \frac{\partial v_i}{\partial x_j}(x^*)",
        fits=lambda node: isinstance(node, CharacteristicPolynomial),
        rewrite=rewrite,
        form="a characteristic polynomial",
        assumes=("the field is differentiable at the point",),
    )
    return rule


def _partial(rule: Rule, expr: sp.Expr, variable: sp.Symbol) -> sp.Expr:
    """A partial derivative, taken inside the means; the mean of a constant is the constant."""
    names = {mean: sp.Dummy() for mean in expr.atoms(Expectation)}
    outside = expr.xreplace(names)
    total = sp.diff(outside, variable)
    for mean, name in names.items():
        if variable in mean.density.free_symbols:
            raise rule.refuse(expr, f"the density of {to_text(mean)} depends on {variable}")
        inner = sp.diff(mean.body, variable)
        total += sp.diff(outside, name) * Expectation(inner, mean.density)
    return total.xreplace({name: mean for mean, name in names.items()})


def mean_of_constants() -> Rule:
    """Every mean of something that does not vary is that thing, all over the expression."""

    def constant(node: sp.Basic) -> bool:
        return isinstance(node, Expectation) and not (
            node.body.free_symbols & set(node.density.variables)
        )

    return Rule(
        name="mean of a constant",
        statement=r"\mathbb{E}[c] = c",
        fits=lambda node: (
            isinstance(node, sp.Expr) and any(constant(e) for e in node.atoms(Expectation))
        ),
        rewrite=lambda expr: Rewriting(expr.replace(constant, lambda mean: mean.body)),
        form="the mean of something that does not vary",
    )


def expand_determinant() -> Rule:
    """Write a determinant out as a polynomial."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        return Rewriting(sp.expand(sp.Matrix([list(row) for row in expr.args]).det()))

    return Rule(
        name="expand the determinant",
        statement=r"\det \begin{pmatrix} a & b \\ c & d \end{pmatrix} = a d - b c",
        fits=lambda node: isinstance(node, Determinant),
        rewrite=rewrite,
        form="a determinant",
    )


def eigenvalues(unknown: sp.Symbol, first: sp.Expr, second: sp.Expr) -> Rule:
    r"""Name both zeros of a quadratic: :math:`\lambda^2 - \tau\lambda + \Delta`.

    They are the eigenvalues of a matrix with trace :math:`\tau` and determinant :math:`\Delta`
    exactly if they add up to the one and multiply to the other; both is checked.
    """
    first, second = sp.sympify(first), sp.sympify(second)

    def rewrite(expr: sp.Expr) -> Rewriting:
        polynomial = sp.Poly(expr, unknown)
        if polynomial.degree() != 2 or polynomial.LC() != 1:
            raise rule.refuse(expr, f"it is no quadratic in {unknown} that begins with a square")
        _, minus_trace, determinant = polynomial.all_coeffs()
        if sp.simplify(sp.expand(first + second + minus_trace)) != 0:
            raise rule.refuse(
                expr, f"the eigenvalues do not add up to the trace {to_text(-minus_trace)}"
            )
        if sp.simplify(sp.expand(first * second - determinant)) != 0:
            raise rule.refuse(
                expr, f"they do not multiply to the determinant {to_text(determinant)}"
            )
        return Rewriting((unknown - first) * (unknown - second))

    rule = Rule(
        name="eigenvalues",
        statement=(
            r"\lambda^2 - (\lambda_1 + \lambda_2) \lambda + \lambda_1 \lambda_2"
            r" = (\lambda - \lambda_1)(\lambda - \lambda_2)"
        ),
        fits=lambda node: isinstance(node, sp.Add) and node.is_polynomial(unknown),
        rewrite=rewrite,
        form=f"a quadratic in {unknown}",
    )
    return rule


def chain_rule_along_flow() -> Rule:
    r"""The rate along a flow: :math:`\dot f = \sum_i \frac{\partial f}{\partial x_i} v_i`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        terms = (
            sp.diff(expr.body, variable) * part
            for variable, part in zip(expr.variables, expr.field, strict=True)
        )
        return Rewriting(sp.Add(*terms))

    return Rule(
        name="chain rule along the flow",
        statement=r"\frac{d}{dt} f(x(t)) = \sum_i \frac{\partial f}{\partial x_i} \, v_i",
        fits=lambda node: isinstance(node, AlongFlow) and not node.has(Gradient, Expectation),
        rewrite=rewrite,
        form="a rate along the flow of a closed form",
    )
