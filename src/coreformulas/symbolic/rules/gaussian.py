r"""Rules for normal densities: complete the square, integrate by parts, read densities back."""

from __future__ import annotations

import sympy as sp
from sympy.core.function import AppliedUndef

from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Rewriting, Rule
from coreformulas.symbolic.vocabulary import Expectation, Integrate, Normal, derivative_of


def _normal_pair(node: sp.Basic, z: sp.Symbol) -> tuple[Normal, Normal] | None:
    """The density of z and the one whose mean depends on z, where a product has just these."""
    if not isinstance(node, sp.Mul) or len(node.args) != 2:
        return None
    if not all(isinstance(item, Normal) for item in node.args):
        return None
    own = [item for item in node.args if item.variables == (z,)]
    other = [item for item in node.args if item.variables != (z,) and z in item.mean.free_symbols]
    return (own[0], other[0]) if len(own) == len(other) == 1 else None


def complete_the_square(z: sp.Symbol) -> Rule:
    r"""Turn prior times likelihood into evidence times posterior, for linear Gaussian models.

    With :math:`p(z) = N(m, s^2)` and :math:`p(x \mid z) = N(a z + b, t^2)` the exponent is a
    quadratic in z; what is left of it without z is the evidence :math:`N(a m + b, a^2 s^2 + t^2)`.
    """

    def rewrite(expr: sp.Expr) -> Rewriting:
        pair = _normal_pair(expr, z)
        assert pair is not None
        prior, likelihood = pair
        if not likelihood.mean.is_polynomial(z) or sp.degree(likelihood.mean, z) != 1:
            raise rule.refuse(expr, f"the mean {to_text(likelihood.mean)} is not linear in {z}")
        if z in (
            likelihood.scale.free_symbols | prior.mean.free_symbols | prior.scale.free_symbols
        ):
            raise rule.refuse(expr, f"{z} stands outside the mean of the likelihood")
        (x,), noise, spread = likelihood.variables, likelihood.scale**2, prior.scale**2
        slope = sp.diff(likelihood.mean, z)
        center = sp.expand(likelihood.mean.subs(z, prior.mean))
        total = noise + slope**2 * spread
        mean = prior.mean + slope * spread * (x - center) / total
        scale = likelihood.scale * prior.scale / sp.sqrt(total)
        return Rewriting(Normal(x, center, sp.sqrt(total)) * Normal(z, mean, scale))

    rule = Rule(
        name="complete the square",
        statement=(
            r"\mathcal{N}(z; m, s^2) \, \mathcal{N}(x; a z + b, t^2) ="
            r" \mathcal{N}(x; a m + b, a^2 s^2 + t^2) \, \mathcal{N}(z; \ldots)"
        ),
        fits=lambda node: _normal_pair(node, z) is not None,
        rewrite=rewrite,
        form=f"a normal density of {z} times one whose mean depends on {z}",
    )
    return rule


def constant_out_of_integral() -> Rule:
    r"""Move what does not depend on z in front: :math:`\int c f \, dz = c \int f \, dz`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        factors = sp.Mul.make_args(expr.body)
        inside = [item for item in factors if expr.variable in item.free_symbols]
        if len(inside) in (0, len(factors)):
            raise rule.refuse(expr, f"no factor is free of {expr.variable}, or every one is")
        outside = sp.Mul(*(item for item in factors if item not in inside))
        return Rewriting(outside * Integrate(sp.Mul(*inside), expr.variable))

    rule = Rule(
        name="constant out of the integral",
        statement=r"\int c \, f \, dz = c \int f \, dz",
        fits=lambda node: isinstance(node, Integrate),
        rewrite=rewrite,
        form="an integral",
    )
    return rule


def recognize_normal(density: Normal) -> Rule:
    r"""Read a quadratic and its constant as minus the logarithm of a normal density."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        written_out = sp.expand_log(sp.log(density.formula()), force=True)
        difference = sp.simplify(sp.expand_log(expr + written_out, force=True))
        if difference != 0:
            raise rule.refuse(
                expr, f"minus log {to_text(density)} differs by {to_text(difference)}"
            )
        return Rewriting(-sp.log(density))

    rule = Rule(
        name="recognize the density",
        statement=(
            r"\tfrac12 \log 2\pi\sigma^2 + \frac{(x - \mu)^2}{2\sigma^2}"
            r" = -\log \mathcal{N}(x; \mu, \sigma^2)"
        ),
        fits=lambda node: isinstance(node, sp.Add),
        rewrite=rewrite,
        form="a sum",
    )
    return rule


def integrate_by_parts() -> Rule:
    r"""Stein's identity: :math:`E[(z - \mu) f(u)] = \sigma^2 E[f'(u) u']` under a Gaussian.

    The slope of the density is :math:`-(z - \mu) / \sigma^2` times the density, so that the
    distance from the mean is what integration by parts turns into a derivative.
    """

    def rewrite(expr: sp.Expr) -> Rewriting:
        density = expr.density
        (z,) = density.variables
        rest = expr.body / (z - density.mean)
        if not isinstance(rest, AppliedUndef) or len(rest.args) != 1:
            raise rule.refuse(
                expr, f"{to_text(expr.body)} is not the distance from the mean times a function"
            )
        (argument,) = rest.args
        slope = derivative_of(rest.func)(argument) * sp.diff(argument, z)
        return Rewriting(density.scale**2 * Expectation(slope, density))

    rule = Rule(
        name="integration by parts",
        statement=r"\mathbb{E}[(z - \mu) f(z)] = \sigma^2 \, \mathbb{E}[f'(z)]",
        fits=lambda node: isinstance(node, Expectation) and isinstance(node.density, Normal),
        rewrite=rewrite,
        form="an expectation under a normal density",
        assumes=("f grows more slowly than the density falls",),
    )
    return rule
