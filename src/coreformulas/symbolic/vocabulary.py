r"""The words of a derivation: densities, expectations, divergences, as small SymPy expressions.

Each class prints as the field writes it (``p(x | z)``, ``E_{q(z | x)}[...]``, ``KL(q || p)``) and
carries no algebra of its own: what may be done with it is said by the rules, and what it means
in a concrete world is said by the interpretation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sympy as sp
from sympy.core.symbol import Str


def _variables(value: sp.Symbol | Iterable[sp.Symbol]) -> sp.Tuple:
    items = (value,) if isinstance(value, sp.Symbol | sp.Indexed) else tuple(value)
    return sp.Tuple(*items)


class Word(sp.Expr):
    """What every word shares: it commutes, and SymPy prints it as this package does."""

    is_commutative = True

    def _latex(self, printer) -> str:  # noqa: ARG002 - SymPy's hook hands the printer over
        from coreformulas.symbolic.printing import to_latex

        return to_latex(self)

    def _sympystr(self, printer) -> str:  # noqa: ARG002
        from coreformulas.symbolic.printing import to_text

        return to_text(self)


class Density(Word):
    r"""An abstract density :math:`p(x \mid z)`, positive on its whole domain.

    Densities with one name are marginals and conditionals of one joint distribution, so
    ``p(x, z)``, ``p(z)`` and ``p(x | z)`` belong together, and ``q(z | x)`` does not.
    """

    is_positive = True
    is_real = True

    def __new__(
        cls,
        name: str | Str,
        variables: sp.Symbol | Iterable[sp.Symbol],
        given: sp.Symbol | Iterable[sp.Symbol] = (),
    ) -> Density:
        """Make the density ``name(variables | given)``; both may be one symbol or several."""
        head, tail = _variables(variables), _variables(given)
        if not head:
            raise ValueError("variables: a density is over at least one variable, none was given")
        if set(head) & set(tail):
            raise ValueError(f"given: {set(head) & set(tail)} stands on both sides of the bar")
        head = sp.Tuple(*sorted(head, key=str))
        tail = sp.Tuple(*sorted(tail, key=str))
        return super().__new__(cls, Str(str(name)), head, tail)

    @property
    def name(self) -> str:
        """The name of the joint distribution that this density belongs to."""
        return str(self.args[0])

    @property
    def variables(self) -> tuple[sp.Symbol, ...]:
        """The variables before the bar, over which the density integrates to one."""
        return tuple(self.args[1])

    @property
    def given(self) -> tuple[sp.Symbol, ...]:
        """The variables behind the bar."""
        return tuple(self.args[2])


class Normal(Word):
    r"""The normal density :math:`\mathcal{N}(z; \mu, \sigma^2)` of one variable.

    The third argument is the standard deviation :math:`\sigma > 0`.
    """

    is_positive = True
    is_real = True

    def __new__(cls, variable: sp.Expr, mean: sp.Expr, scale: sp.Expr) -> Normal:
        """Make the density of ``variable`` with the given mean and standard deviation."""
        mean, scale = sp.sympify(mean), sp.sympify(scale)
        if not scale.is_positive:
            raise ValueError(f"scale: a positive standard deviation is expected, got {scale}")
        return super().__new__(cls, variable, mean, scale)

    @property
    def variables(self) -> tuple[sp.Symbol, ...]:
        """The variable over which the density integrates to one."""
        return (self.args[0],)

    @property
    def mean(self) -> sp.Expr:
        r"""The mean :math:`\mu`."""
        return self.args[1]

    @property
    def scale(self) -> sp.Expr:
        r"""The standard deviation :math:`\sigma`."""
        return self.args[2]

    def formula(self) -> sp.Expr:
        r""":math:`\exp(-(z-\mu)^2 / (2\sigma^2)) / \sqrt{2\pi\sigma^2}`."""
        z, mean, scale = self.args
        return sp.exp(-((z - mean) ** 2) / (2 * scale**2)) / (sp.sqrt(2 * sp.pi) * scale)


class Binomial(Word):
    r"""The binomial probability :math:`\binom{n}{x} \pi^x (1 - \pi)^{n - x}`."""

    is_positive = True
    is_real = True

    def __new__(cls, count: sp.Expr, trials: sp.Expr, probability: sp.Expr) -> Binomial:
        """Make the probability of ``count`` successes in ``trials`` draws."""
        return super().__new__(cls, count, sp.sympify(trials), sp.sympify(probability))

    def formula(self) -> sp.Expr:
        r""":math:`\binom{n}{x} \pi^x (1 - \pi)^{n - x}`."""
        count, trials, chance = self.args
        return sp.binomial(trials, count) * chance**count * (1 - chance) ** (trials - count)


class ProductDensity(Word):
    r"""A product over independent coordinates, :math:`\prod_{d=1}^{D} q(z_d)`."""

    is_positive = True
    is_real = True

    def __new__(cls, factor: sp.Expr, index: sp.Symbol, size: sp.Symbol) -> ProductDensity:
        """Make the product of ``factor`` over ``index`` from 1 to ``size``."""
        return super().__new__(cls, factor, index, size)

    @property
    def variables(self) -> tuple[sp.Expr, ...]:
        """The indexed variable, which stands for all coordinates at once."""
        return self.args[0].variables


class _Average(Word):
    """What expectation and variance share: a body, and the density that it is averaged under."""

    is_real = True

    def __new__(cls, body: sp.Expr, density: sp.Expr) -> _Average:
        return super().__new__(cls, sp.sympify(body), density)

    @property
    def body(self) -> sp.Expr:
        """What varies."""
        return self.args[0]

    @property
    def density(self) -> sp.Expr:
        """The density of what it varies with."""
        return self.args[1]

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The symbols that are not averaged over."""
        free = self.body.free_symbols | self.density.free_symbols
        return free - set(self.density.variables)


class Expectation(_Average):
    r"""An expectation :math:`\mathbb{E}_{q(z \mid x)}[f]` over the variables of a density."""

    def _eval_is_positive(self) -> bool | None:
        return True if self.body.is_positive else None


class Variance(_Average):
    r"""A variance :math:`\mathrm{Var}_{q}[f] = \mathbb{E}_q[f^2] - \mathbb{E}_q[f]^2`."""


class Integrate(Word):
    r"""An integral :math:`\int f \, dz` over an abstract variable (a sum where it is discrete)."""

    is_real = True

    def __new__(cls, body: sp.Expr, variable: sp.Symbol) -> Integrate:
        """Make the integral of ``body`` over ``variable``."""
        return super().__new__(cls, sp.sympify(body), variable)

    @property
    def body(self) -> sp.Expr:
        """The integrand."""
        return self.args[0]

    @property
    def variable(self) -> sp.Symbol:
        """The variable that is integrated out."""
        return self.args[1]

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The symbols that are not integrated out."""
        return self.body.free_symbols - {self.variable}

    def _eval_is_positive(self) -> bool | None:
        return True if self.body.is_positive else None


class KL(Word):
    r"""The divergence :math:`D_{\mathrm{KL}}(q \,\|\, p) = \mathbb{E}_q[\log q / p]`, in nats."""

    is_real = True

    def __new__(cls, first: sp.Expr, second: sp.Expr) -> KL:
        """Make the divergence of ``second`` from ``first``, two densities of one variable."""
        if first.variables != second.variables:
            raise ValueError(
                f"second: KL compares densities of one variable, "
                f"got {first.variables} and {second.variables}"
            )
        return super().__new__(cls, first, second)

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The symbols that are not integrated out."""
        free = self.args[0].free_symbols | self.args[1].free_symbols
        return free - set(self.args[0].variables)


class Gradient(Word):
    r"""A derivative :math:`\partial f / \partial\theta` that has not been carried out."""

    is_real = True
    precedence = 45  # below a product, so that it stands in brackets there

    def __new__(cls, body: sp.Expr, parameter: sp.Symbol) -> Gradient:
        """Make the derivative of ``body`` with respect to ``parameter``."""
        return super().__new__(cls, sp.sympify(body), parameter)

    @property
    def body(self) -> sp.Expr:
        """What is differentiated."""
        return self.args[0]

    @property
    def parameter(self) -> sp.Symbol:
        """The parameter that moves."""
        return self.args[1]


def derivative_of(function: Callable[..., sp.Expr]) -> Callable[..., sp.Expr]:
    """The derivative of an unknown function as a function of its own: ``f`` becomes ``f'``."""
    return sp.Function(f"{function.__name__}'", real=True)
