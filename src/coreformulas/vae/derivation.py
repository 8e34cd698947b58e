r"""The derivations behind the VAE: the ELBO, its parts in closed form, and its gradient."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import (
    KL,
    Binomial,
    Density,
    Expectation,
    Gradient,
    Normal,
    ProductDensity,
    derivative_of,
)
from coreformulas.symbolic.worlds import (
    ClosedFormWorld,
    FiniteWorld,
    NumericWorld,
    linear_gaussian,
)

x, z, epsilon = sp.symbols("x z epsilon", real=True)
mu, lam, ell = sp.symbols("mu lambda ell", real=True)
sigma = sp.Symbol("sigma", positive=True)
prior, posterior = Density("p", z), Density("p", z, x)
likelihood, joint, evidence = Density("p", x, z), Density("p", (x, z)), Density("p", x)
q = Density("q", z, x)
elbo = Expectation(sp.log(joint / q), q)
_model = (FiniteWorld({"p": (x, z), "q": (x, z)}), ClosedFormWorld(linear_gaussian(x, z)))
_proved = (ClosedFormWorld(evidence=("proved", "proved")),)


@register
def evidence_decomposition() -> Derivation:
    r""":math:`\log p(x) = \mathrm{ELBO} + D_{KL}(q \| p(z \mid x))`, with nothing left out."""
    return (
        Derivation(
            "evidence-decomposition",
            "The evidence is the ELBO plus a divergence",
            sp.log(evidence),
            worlds=_model,
            source="Kingma and Welling 2014, eq. (1); Blei et al. 2017, eq. (14)",
        )
        .step(rules.expectation_of_constant(q), because="log p(x) does not depend on z: average it")
        .step(rules.bayes(z), because="bring the joint in, which the model can evaluate")
        .step(rules.split_log_ratio(q), because="put q between the joint and the posterior")
        .step(rules.linearity(), because="two means instead of one")
        .step(rules.recognize_kl(), because="that of q over the posterior is their divergence")
        .conclude("=", elbo + KL(q, posterior))
    )


@register
def elbo_by_jensen() -> Derivation:
    r"""The evidence lower bound: :math:`\log p(x) \ge \mathbb{E}_q[\log p(x, z) / q(z \mid x)]`."""
    return (
        Derivation(
            "elbo-by-jensen",
            "The evidence lower bound, by Jensen's inequality",
            sp.log(evidence),
            worlds=_model,
            source="Kingma and Welling 2014, eq. (2); Jordan et al. 1999",
        )
        .step(rules.marginalize(z), because="the model says how x arises from every z")
        .step(
            rules.change_of_measure(q),
            because="the integral is out of reach; write it as a mean under a q we can draw from",
        )
        .step(rules.jensen(), because="the logarithm may go inside, at the price of a bound")
        .conclude(">=", elbo)
    )


@register
def elbo_as_reconstruction_minus_kl() -> Derivation:
    r"""The form of the article: :math:`\mathbb{E}_q[\log p(x \mid z)] - D_{KL}(q \| p(z))`."""
    return (
        Derivation(
            "elbo-as-reconstruction-minus-kl",
            "The ELBO as reconstruction minus divergence",
            elbo,
            worlds=_model,
            source="Kingma and Welling 2014, eq. (3)",
        )
        .step(rules.product_rule(z), because="the model is a decoder times a prior")
        .step(rules.log_of_product(likelihood), because="the decoder's part is the data fit")
        .step(rules.linearity(), because="two means instead of one")
        .step(rules.log_of_reciprocal(), because="turn the ratio over, so that q comes on top")
        .step(rules.linearity(), because="the sign comes out of the mean")
        .step(rules.recognize_kl(), because="what is subtracted is a divergence from the prior")
        .conclude("=", Expectation(sp.log(likelihood), q) - KL(q, prior))
    )


@register
def gaussian_kl() -> Derivation:
    r"""The divergence between two normal densities of one variable, in closed form."""
    mu_2 = sp.Symbol("mu_2", real=True)
    mu_1 = sp.Symbol("mu_1", real=True)
    sigma_1, sigma_2 = sp.symbols("sigma_1 sigma_2", positive=True)
    first, second = Normal(z, mu_1, sigma_1), Normal(z, mu_2, sigma_2)
    return (
        Derivation(
            "gaussian-kl",
            "The divergence between two Gaussians",
            KL(first, second),
            worlds=(*_proved, NumericWorld(count=4)),
            source="Bishop 2006, exercise 1.30; Kingma and Welling 2014, appendix B",
        )
        .step(rules.definition_of_kl(), because="write the divergence as a mean")
        .step(rules.write_out(), because="put the two formulas in")
        .step(rules.expand_logarithm(), because="the logarithm undoes both exponentials")
        .step(rules.linearity(), because="only squares are left to average")
        .step(
            rules.gaussian_moments(),
            because="about the other mean: variance plus squared shift",
        )
        .step(rules.gaussian_moments(), because="and about its own: the variance")
        .conclude(
            "=",
            sp.log(sigma_2)
            - sp.log(sigma_1)
            + (sigma_1**2 + (mu_1 - mu_2) ** 2) / (2 * sigma_2**2)
            - sp.Rational(1, 2),
        )
    )


def _standard_kl(mean: sp.Expr, log_variance: sp.Expr) -> sp.Expr:
    """Half of (mean² + variance - log variance - 1), as the encoder parameterizes it."""
    return mean**2 / 2 + sp.exp(log_variance) / 2 - log_variance / 2 - sp.Rational(1, 2)


@register
def gaussian_kl_to_standard() -> Derivation:
    r"""The divergence from the standard normal prior, in the mean and log variance."""
    general = gaussian_kl()
    names = {str(symbol): symbol for symbol in general.end.free_symbols}
    values = {
        names["mu_1"]: mu,
        names["sigma_1"]: sp.exp(lam / 2),
        names["mu_2"]: sp.Integer(0),
        names["sigma_2"]: sp.Integer(1),
    }
    return (
        Derivation(
            "gaussian-kl-to-standard",
            "The divergence from a standard normal prior",
            KL(Normal(z, mu, sp.exp(lam / 2)), Normal(z, 0, 1)),
            worlds=_proved,
            source="Kingma and Welling 2014, appendix B and eq. (10)",
        )
        .step(
            rules.result_of(general, values),
            because="the encoder returns the logarithm of the variance, λ = log σ²",
        )
        .conclude("=", _standard_kl(mu, lam))
    )


@register
def gaussian_kl_diagonal() -> Derivation:
    r"""The divergence of a diagonal Gaussian from the prior: a *sum* over dimensions."""
    d, size = sp.symbols("d D", integer=True, positive=True)
    means, logs, points = (sp.IndexedBase(name, real=True)[d] for name in ("mu", "lambda", "z"))
    factor = Normal(points, means, sp.exp(logs / 2))
    coordinate = {mu: means, lam: logs, z: points}
    return (
        Derivation(
            "gaussian-kl-diagonal",
            "The divergence of a diagonal Gaussian",
            KL(
                ProductDensity(factor, d, size),
                ProductDensity(Normal(points, 0, 1), d, size),
            ),
            worlds=(ClosedFormWorld(evidence=("exact", "exact for D = 3")),),
            source="Kingma and Welling 2014, appendix B",
        )
        .step(rules.definition_of_kl(), because="write the divergence as a mean")
        .step(rules.log_of_products(), because="the logarithm of a product is a sum")
        .step(
            rules.marginal_expectation(),
            because="each term sees one coordinate; the others average to one",
        )
        .step(rules.recognize_kl(), because="each term is a divergence in one dimension")
        .step(
            rules.result_of(gaussian_kl_to_standard(), coordinate),
            because="and that is known in closed form",
        )
        .conclude("=", sp.Sum(_standard_kl(means, logs), (d, 1, size)))
    )


def _reparameterized_gradient(
    label: str, title: str, parameter: sp.Symbol, rezende: str
) -> Derivation:
    f = sp.Function("f", real=True)
    t = ClosedFormWorld.argument
    cubic = sum(c * t**k for k, c in enumerate(sp.symbols("c_0:4", real=True)))
    return (
        Derivation(
            label,
            title,
            Gradient(Expectation(f(z), Normal(z, mu, sigma)), parameter),
            worlds=(
                ClosedFormWorld(functions={"f": cubic}, evidence=("exact", "exact for cubic f")),
                NumericWorld(functions={"f": sp.sin(t)}, count=4),
            ),
            source=f"Kingma and Welling 2014, section 2.4; Rezende et al. 2014, {rezende}",
        )
        .step(
            rules.reparameterize(epsilon),
            because="move the parameters out of the density, into the function",
        )
        .step(rules.differentiate_inside(), because="the density of ε has no parameters left")
        .step(rules.chain_rule(), because="what the machine's backward pass computes")
    )


@register
def reparameterized_gradient_of_mean() -> Derivation:
    r"""The gradient of an expectation with respect to the mean, as an expectation."""
    slope = derivative_of(sp.Function("f", real=True))(mu + sigma * epsilon)
    return _reparameterized_gradient(
        "reparameterized-gradient-of-mean", "The reparameterized gradient: the mean", mu, "eq. (7)"
    ).conclude("=", Expectation(slope, Normal(epsilon, 0, 1)))


@register
def reparameterized_gradient_of_scale() -> Derivation:
    r"""The gradient of an expectation with respect to the standard deviation."""
    slope = derivative_of(sp.Function("f", real=True))(mu + sigma * epsilon)
    return _reparameterized_gradient(
        "reparameterized-gradient-of-scale",
        "The reparameterized gradient: the scale",
        sigma,
        "eq. (10)",
    ).conclude("=", Expectation(epsilon * slope, Normal(epsilon, 0, 1)))


@register
def binomial_log_likelihood() -> Derivation:
    r"""The log probability of a count, in the logit: what the decoder is trained by."""
    n = sp.Symbol("n", integer=True, positive=True)
    count = sp.Symbol("x", integer=True, nonnegative=True)
    chance = sp.exp(ell) / (1 + sp.exp(ell))
    return (
        Derivation(
            "binomial-log-likelihood",
            "The binomial log-likelihood in the logit",
            sp.log(Binomial(count, n, chance)),
            worlds=_proved,
            source="Bishop 2006, eqs. (2.9) and (4.59)",
        )
        .step(rules.write_out(), because="put the formula in")
        .step(rules.common_denominator(), because="1 - sigmoid(l) is one over 1 + exp(l)")
        .step(rules.expand_logarithm(), because="the logarithm of a product")
        .step(
            rules.rearrange(sp.expand, "expand"),
            because="what multiplies the logit is the count itself",
        )
        .conclude(
            "=",
            sp.log(sp.binomial(n, count)) + count * ell - n * sp.log(1 + sp.exp(ell)),
        )
    )
