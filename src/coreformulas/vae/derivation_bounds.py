r"""Tighter bounds: k importance weights, what their gap is, their gradient, and the gaps of q.

Here :math:`w(z) = p(x, z) / q(z \mid x)` is the importance weight of a draw, any positive function
of z in the derivations that need no more.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.draws import Average
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import (
    KL,
    Density,
    Expectation,
    Gradient,
    Normal,
    ProductDensity,
    Variance,
    derivative_of,
)
from coreformulas.symbolic.worlds import (
    ClosedFormWorld,
    DrawsWorld,
    FiniteWorld,
    NumericWorld,
    linear_gaussian,
)

x, z, epsilon, mu = sp.symbols("x z epsilon mu", real=True)
sigma, c = sp.symbols("sigma c", positive=True)
i, j = sp.symbols("i j", integer=True, positive=True)
k = sp.Symbol("k", integer=True, positive=True)
draws = sp.IndexedBase("z", real=True)
w = sp.Function("w", positive=True)
joint, posterior = Density("p", (x, z)), Density("p", z, x)
evidence, q, best = Density("p", x), Density("q", z, x), Density("r", z, x)
_many = ProductDensity(Density("q", draws[i], x), i, k)
_average = Average(w(draws[i]), i, k)
_draws = tuple(DrawsWorld({"q": (x, z)}, draws, z, k, size=size) for size in (2, 3))


@register
def importance_weight_mean() -> Derivation:
    r"""The mean weight is the evidence: :math:`\mathbb{E}_q[w] = p(x)`."""
    return (
        Derivation(
            "importance-weight-mean",
            "The mean importance weight is the evidence",
            Expectation(joint / q, q),
            worlds=(
                FiniteWorld({"p": (x, z), "q": (x, z)}),
                ClosedFormWorld(linear_gaussian(x, z)),
            ),
            source="Burda et al. 2016, section 3",
        )
        .step(rules.definition_of_expectation(), because="q cancels: it only chose the draws")
        .step(rules.integrate_out(), because="what is left is the sum over all causes z")
        .conclude("=", evidence)
    )


@register
def iwae_bound() -> Derivation:
    r"""The average of k weights gives a bound: :math:`\log p(x) \ge L_k`."""
    return (
        Derivation(
            "iwae-bound",
            "The importance-weighted bound",
            sp.log(Expectation(w(z), q)),
            worlds=_draws[:1],
            source="Burda et al. 2016, theorem 1",
        )
        .step(
            rules.mean_of_draws(_many, z),
            because="the average of k draws has the same mean, and less noise",
        )
        .step(rules.jensen(), because="the logarithm may go inside, at the price of a bound")
        .conclude(">=", Expectation(sp.log(_average), _many))
    )


@register
def iwae_monotone() -> Derivation:
    r"""A draw more never loosens the bound: :math:`L_k \ge L_{k-1}`."""
    fewer = ProductDensity(Density("q", draws[i], x), i, k - 1)
    return (
        Derivation(
            "iwae-monotone",
            "One draw more never loosens the bound",
            Expectation(sp.log(_average), _many),
            worlds=_draws,
            source="Burda et al. 2016, theorem 1 and appendix A",
        )
        .step(
            rules.leave_one_out(j),
            because="an average of k is the average of its k averages of k - 1",
        )
        .step(rules.jensen_for_average(), because="the logarithm goes inside the outer average")
        .step(rules.equal_means(), because="which draw is left out does not matter")
        .step(rules.forget_last_draw(), because="a draw that does not occur averages to one")
        .conclude(">=", Expectation(sp.log(Average(w(draws[i]), i, k - 1)), fewer))
    )


@register
def iwae_gap() -> Derivation:
    r"""The mean of the second-order expansion of :math:`\log \bar w` around the evidence."""
    p = Expectation(w(z), q)
    spread = Variance(_average, _many)
    return (
        Derivation(
            "iwae-gap",
            "The gap of the bound, to first order in 1/k",
            sp.log(p) + (Expectation(_average, _many) - p) / p - spread / (2 * p**2),
            worlds=_draws,
            source="Maddison et al. 2017, proposition 1; Domke and Sheldon 2018, theorem 3",
        )
        .step(rules.one_draw(z), because="the average has the mean of one weight")
        .step(
            rules.variance_of_average(z),
            because="and, because the draws are independent, a k-th of its variance",
        )
        .conclude("=", sp.log(p) - Variance(w(z), q) / (2 * k * p**2))
    )


_density, _noise = Normal(z, mu, sigma), Normal(epsilon, 0, 1)
_t = ClosedFormWorld.argument


@register
def score_term_reparameterized() -> Derivation:
    r"""A score-function term as a reparameterized one, for any smooth f."""
    f = sp.Function("f", real=True)
    cubic = sum(a * _t**n for n, a in enumerate(sp.symbols("a_0:4", real=True)))
    return (
        Derivation(
            "score-term-reparameterized",
            "A score term, reparameterized",
            Expectation(f(z) * Gradient(sp.log(_density), mu), _density),
            worlds=(
                ClosedFormWorld(functions={"f": cubic}, evidence=("exact", "exact for cubic f")),
                NumericWorld(functions={"f": sp.sin(_t)}, count=4),
            ),
            source="Tucker et al. 2019",
        )
        .step(rules.log_derivative_back(_density), because="the log-derivative trick, backwards")
        .step(rules.reparameterize(epsilon), because="the parameter moves into the function")
        .step(rules.differentiate_inside(), because="the density of ε has no parameters left")
        .step(rules.chain_rule(), because="now f has to be differentiated, and its value is gone")
        .conclude("=", Expectation(derivative_of(f)(mu + sigma * epsilon), _noise))
    )


@register
def doubly_reparameterized_gradient() -> Derivation:
    r"""The slope of :math:`\log \bar w` along one draw, less what the score term amounts to.

    The other draws are held: c > 0 is the sum of their weights, so that :math:`w / (w + c)` is the
    normalized weight of this one. Its slope is what stands for the score term.
    """
    share, slope = w(z) / (w(z) + c), derivative_of(w)(z)
    a_0, a_1, a_2 = sp.symbols("a_0:3", real=True)
    positive = sp.exp(a_0 + a_1 * _t + a_2 * _t**2)
    return (
        Derivation(
            "doubly-reparameterized-gradient",
            "The doubly reparameterized gradient",
            slope / (w(z) + c) - Gradient(share, z),
            worlds=(
                ClosedFormWorld(
                    functions={"w": positive}, evidence=("exact", "exact for quadratic log w")
                ),
            ),
            source="Tucker et al. 2019",
        )
        .step(rules.quotient_rule(), because="the slope of the normalized weight")
        .step(
            rules.rearrange(sp.factor, "factor"),
            because="part of the first term cancels, and the weight comes out squared",
        )
        .conclude("=", w(z) * slope / (w(z) + c) ** 2)
    )


@register
def elbo_below_evidence() -> Derivation:
    r"""The ELBO lies below the evidence by the divergence of q from the posterior."""
    return (
        Derivation(
            "elbo-below-evidence",
            "How far the ELBO lies below the evidence",
            Expectation(sp.log(joint / q), q),
            worlds=(FiniteWorld({"p": (x, z), "q": (x, z)}),),
            source="Jordan et al. 1999; Blei et al. 2017, eq. (14)",
        )
        .step(rules.product_rule(x), because="read the joint the other way round")
        .step(rules.log_of_product(evidence), because="the evidence does not depend on z")
        .step(rules.linearity(), because="so it comes out of the mean")
        .step(rules.log_of_reciprocal(), because="turn the ratio over, so that q comes on top")
        .step(rules.linearity(), because="the sign comes out of the mean")
        .step(rules.recognize_kl(), because="what is subtracted is a divergence")
        .conclude("=", sp.log(evidence) - KL(q, posterior))
    )


@register
def amortization_gap() -> Derivation:
    r"""What a better q can gain: the difference of two divergences from the posterior.

    r is the best q of the family for this x alone.
    """
    lemma = elbo_below_evidence()
    return (
        Derivation(
            "amortization-gap",
            "What a better q gains",
            Expectation(sp.log(joint / best), best) - Expectation(sp.log(joint / q), q),
            worlds=(FiniteWorld({"p": (x, z), "q": (x, z), "r": (x, z)}),),
            source="Cremer et al. 2018, table 1",
        )
        .step(
            rules.result_of(lemma, {q: best}),
            because="the better bound lies below the evidence by a divergence",
        )
        .step(
            rules.result_of(lemma, {}),
            because="and so does the bound of the encoder; the evidence cancels",
        )
        .conclude("=", KL(q, posterior) - KL(best, posterior))
    )
