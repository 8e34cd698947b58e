"""Rules about mixtures and divergences: Jensen-Shannon, and why a divergence is not negative."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic.divergence import JSD, Mixture
from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Gap, Rewriting, Rule
from coreformulas.symbolic.vocabulary import KL, Expectation


def _halves(expr: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """The two densities, where ``expr`` is a multiple of KL(p || m) + KL(q || m)."""
    terms = [term.as_independent(KL, as_Add=False) for term in sp.Add.make_args(expr)]
    if len(terms) != 2 or not all(isinstance(part, KL) for _, part in terms):
        return None
    (one, first), (other, second) = terms
    (p, m), (q, n) = first.args, second.args
    fits = one == other and m == n and isinstance(m, Mixture) and set(m.args) == {p, q}
    return m.args if fits else None


def definition_of_jsd() -> Rule:
    r"""The Jensen-Shannon divergence as two divergences from the mixture."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        p, q = expr.args
        middle = Mixture(p, q)
        return Rewriting(KL(p, middle) / 2 + KL(q, middle) / 2)

    return Rule(
        name="definition of JSD",
        statement=(
            r"\mathrm{JSD}(p, q) = \tfrac12 D_{\mathrm{KL}}(p \,\Vert\, \tfrac12(p+q))"
            r" + \tfrac12 D_{\mathrm{KL}}(q \,\Vert\, \tfrac12(p+q))"
        ),
        fits=lambda node: isinstance(node, JSD),
        rewrite=rewrite,
        form="a Jensen-Shannon divergence",
    )


def recognize_jsd() -> Rule:
    r"""Two divergences from one mixture, read as the Jensen-Shannon divergence."""

    def pair(node: sp.Basic) -> tuple[sp.Expr, sp.Expr, sp.Expr] | None:
        """The factor and the two densities, among the terms of a sum."""
        if not isinstance(node, sp.Add):
            return None
        terms = [term for term in node.args if term.has(KL)]
        densities = _halves(sp.Add(*terms))
        if densities is None:
            return None
        factor, _ = terms[0].as_independent(KL, as_Add=False)
        return factor, *densities

    def rewrite(expr: sp.Expr) -> Rewriting:
        found = pair(expr)
        assert found is not None
        factor, p, q = found
        rest = sp.Add(*(term for term in expr.args if not term.has(KL)))
        return Rewriting(2 * factor * JSD(p, q) + rest)

    return Rule(
        name="definition of JSD",
        statement=(
            r"D_{\mathrm{KL}}(p \,\Vert\, \tfrac12(p+q)) + D_{\mathrm{KL}}(q \,\Vert\,"
            r" \tfrac12(p+q)) = 2 \, \mathrm{JSD}(p, q)"
        ),
        fits=lambda node: pair(node) is not None,
        rewrite=rewrite,
        form="the sum of two divergences from the mixture of their first arguments",
    )


def recognize_mixture(first: sp.Expr, second: sp.Expr) -> Rule:
    r"""The sum of two densities as twice their mixture: :math:`p + q = 2 \cdot \frac12 (p + q)`."""
    middle = Mixture(first, second)

    def rewrite(expr: sp.Expr) -> Rewriting:
        numerator, denominator = expr.args[0].as_numer_denom()
        ratio = sp.cancel(denominator / (first + second))
        if not ratio.is_number:
            raise rule.refuse(expr, f"{to_text(denominator)} is no multiple of the sum")
        return Rewriting(sp.log(numerator / middle) - sp.log(2 * ratio))

    rule = Rule(
        name="recognize the mixture",
        statement=r"\log \frac{p}{p + q} = \log \frac{p}{\frac12 (p + q)} - \log 2",
        fits=lambda node: (
            isinstance(node, sp.log) and node.args[0].as_numer_denom()[1].has(first + second)
        ),
        rewrite=rewrite,
        form=f"a logarithm of something over {to_text(first + second)}",
    )
    return rule


def write_mixture_out() -> Rule:
    r"""A mixture under a logarithm, written out: :math:`\frac12 (p + q)`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        argument = expr.args[0].replace(lambda node: isinstance(node, Mixture), Mixture.formula)
        return Rewriting(sp.log(sp.together(argument)))

    return Rule(
        name="write the mixture out",
        statement=r"\frac{p}{\frac12 (p + q)} = \frac{2 p}{p + q}",
        fits=lambda node: isinstance(node, sp.log) and node.has(Mixture),
        rewrite=rewrite,
        form="a logarithm with a mixture in it",
    )


def gibbs_inequality() -> Rule:
    r"""A divergence is never negative, and zero only between equal densities.

    The gap is :math:`\mathbb{E}_q[p/q - 1 - \log p/q]`, the mean distance of the logarithm from
    its tangent at one: positive wherever :math:`p \ne q`.
    """

    def gap_of(expr: sp.Expr) -> sp.Expr:
        first, second = expr.args
        ratio = second / first
        return Expectation(ratio - 1 - sp.log(ratio), first)

    def rewrite(expr: sp.Expr) -> Rewriting:
        wanted = gap_of(expr)

        def certificate(gap: sp.Expr) -> str | None:
            t = sp.Dummy("t", positive=True)
            distance = t - 1 - sp.log(t)
            tangent = distance.subs(t, 1) == 0 and distance.diff(t).subs(t, 1) == 0
            if gap != wanted or not tangent or not distance.diff(t, 2).is_positive:
                return f"{to_text(gap)} is no mean distance from a tangent"
            return None

        because = "the mean distance of the logarithm from its tangent at one"
        return Rewriting(sp.Integer(0), ">=", Gap(wanted, because, certificate))

    return Rule(
        name="Gibbs' inequality",
        statement=r"D_{\mathrm{KL}}(q \,\Vert\, p) \ge 0, \text{ and } 0 \text{ only if } q = p",
        fits=lambda node: isinstance(node, KL),
        rewrite=rewrite,
        form="a KL divergence",
    )


def log_of_share() -> Rule:
    r"""The logarithm of a share of a sum is negative: :math:`\log \frac{a}{a + b} \le 0`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        part, whole = expr.args[0].as_numer_denom()
        rest = sp.expand(whole - part)
        if not (part.is_positive and rest.is_positive):
            raise rule.refuse(expr, f"{to_text(part)} is not known to be a share of the sum")
        gap = sp.log(whole / part)

        def certificate(found: sp.Expr) -> str | None:
            if found == gap and part.is_positive and rest.is_positive:
                return None
            return f"{to_text(found)} is not the logarithm of something above one"

        because = "the logarithm of something above one"
        return Rewriting(sp.Integer(0), "<=", Gap(gap, because, certificate))

    rule = Rule(
        name="logarithm of a share",
        statement=r"\log \frac{a}{a + b} \le 0 \text{ for } a, b > 0",
        fits=lambda node: (
            isinstance(node, sp.log) and isinstance(node.args[0].as_numer_denom()[1], sp.Add)
        ),
        rewrite=rewrite,
        form="the logarithm of something over a sum",
    )
    return rule
