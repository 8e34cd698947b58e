r"""A world of formulas: integrals of polynomials times Gaussians, by completing the square."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import sympy as sp
from sympy.core.function import AppliedUndef

from coreformulas.symbolic.evidence import Evidence, Kind
from coreformulas.symbolic.vocabulary import Density, Normal
from coreformulas.symbolic.worlds.interpretation import Environment, apply_formula
from coreformulas.symbolic.worlds.sampling import positive_at_points
from coreformulas.symbolic.worlds.zero import expand_log_exactly, is_zero


class ClosedFormWorld:
    """Densities and unknown functions have formulas, chosen so that every integral is exact.

    Args:
        densities: a formula for each abstract density.
        functions: for each unknown function a formula in ``argument``.
        evidence: what agreement is worth; ``proved`` where the derivation is about Gaussians
            only and leaves nothing to choose.
        size: how many terms stand for a sum with a symbolic number of them.
    """

    argument = sp.Symbol("t", real=True)

    def __init__(
        self,
        densities: Mapping[Density, sp.Expr] | None = None,
        functions: Mapping[str, sp.Expr] | None = None,
        evidence: tuple[Kind, str] = ("exact", "exact for Gaussians"),
        size: int = 3,
    ) -> None:
        """Make the world from formulas for densities and functions."""
        self.densities, self.functions = dict(densities or {}), dict(functions or {})
        self._evidence, self.size = Evidence.of(*evidence), size

    def evidence(self) -> Evidence:
        """What was given at the start."""
        return self._evidence

    def density(self, node: Density, where: Environment) -> sp.Expr:
        """The formula of this density."""
        if node not in self.densities:
            raise KeyError(f"this world has no formula for {node}")
        return self.densities[node].xreplace(dict(where))

    def function(self, node: AppliedUndef, where: Environment) -> sp.Expr:
        """The formula of this function, differentiated once for each prime of its name."""
        return apply_formula(self.functions, self.argument, node, where)

    def integral(
        self, variable: sp.Basic, body: Callable[[Environment], sp.Expr], where: Environment
    ) -> sp.Expr:
        """The integral over the real line of a sum of polynomials times Gaussians."""
        symbol = sp.Symbol(str(variable).replace("[", "_").replace("]", ""), real=True)
        return integrate_gaussian(body({**where, variable: symbol}), symbol)

    def is_zero(self, expr: sp.Expr) -> bool:
        """Whether ``expr`` vanishes for all parameters."""
        return is_zero(expr)

    def is_positive_at_points(self, expr: sp.Expr) -> bool:
        """Whether ``expr`` is positive at seeded points."""
        return positive_at_points(expr)


@lru_cache(maxsize=4096)  # lines of one derivation share most of their integrals
def integrate_gaussian(expr: sp.Expr, z: sp.Symbol) -> sp.Expr:
    r""":math:`\int P(z) e^{-A z^2 + B z + C} dz` summed over the terms of ``expr``."""
    flat = expr.replace(sp.log, expand_log_exactly)
    total = sp.Integer(0)
    flat = sp.expand(flat, power_exp=False, log=False, power_base=False)
    for term in sp.Add.make_args(flat) if flat != 0 else ():
        exponents = [f for f in sp.Mul.make_args(term) if isinstance(f, sp.exp) and f.has(z)]
        exponents += [
            sp.exp(f.base.args[0] * f.exp)
            for f in sp.Mul.make_args(term)
            if isinstance(f, sp.Pow) and isinstance(f.base, sp.exp) and f.has(z)
        ]
        rest = sp.Mul(*(f for f in sp.Mul.make_args(term) if not (f.has(sp.exp) and f.has(z))))
        exponent = sp.Poly(sp.Add(*(e.args[0] for e in exponents)), z)
        total += _term(sp.Poly(rest, z), exponent)
    return total


def _term(polynomial: sp.Poly, exponent: sp.Poly) -> sp.Expr:
    if exponent.degree() != 2:
        raise ValueError(f"exponent: a quadratic is expected, got {exponent.as_expr()}")
    c2, c1, c0 = (sp.cancel(exponent.coeff_monomial(exponent.gen**k)) for k in (2, 1, 0))
    variance = sp.cancel(-1 / (2 * c2))
    mean = sp.cancel(c1 * variance)
    scale = sp.sqrt(2 * sp.pi) * sp.sqrt(variance) * sp.exp(sp.cancel(c0 + mean * c1 / 2))
    moments = [sp.Integer(1), mean]
    for power in range(2, polynomial.degree() + 1):
        moments.append(mean * moments[-1] + (power - 1) * variance * moments[-2])
    total = sum(
        (coefficient * moments[power] for (power,), coefficient in polynomial.terms()),
        sp.Integer(0),
    )
    return scale * total


def linear_gaussian(
    x: sp.Symbol, z: sp.Symbol, joint: str = "p", posterior: str = "q"
) -> dict[Density, sp.Expr]:
    r"""A linear Gaussian model and an arbitrary Gaussian q for its latent variable.

    :math:`z \sim N(0, 1)`, :math:`x \mid z \sim N(az + b, s^2)`, so that
    :math:`x \sim N(b, a^2 + s^2)` and the posterior is Gaussian as well (Bishop 2006, eqs. 2.113
    to 2.117); :math:`q(z \mid x) = N(m, v^2)` with m and v at will.
    """
    a, b, m = sp.symbols("a b m", real=True)
    s, v = sp.symbols("s v", positive=True)
    spread = sp.Symbol("S", positive=True)
    total = a**2 + s**2
    prior, likelihood = Normal(z, 0, 1).formula(), Normal(x, a * z + b, s).formula()
    evidence = Normal(x, b, spread).formula().subs(spread, sp.sqrt(total))
    exact = Normal(z, a * (x - b) / total, spread).formula().subs(spread, s / sp.sqrt(total))
    return {
        Density(joint, z): prior,
        Density(joint, x, z): likelihood,
        Density(joint, (x, z)): likelihood * prior,
        Density(joint, x): evidence,
        Density(joint, z, x): exact,
        Density(posterior, z, x): Normal(z, m, v).formula(),
    }
