r"""The derivations behind the VAE's gradients: score function, variances, full KL, hidden beta."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.rule import Rule
from coreformulas.symbolic.vocabulary import KL, Density, Expectation, Gradient, Normal, Variance
from coreformulas.symbolic.worlds import ClosedFormWorld, FiniteWorld, NumericWorld
from coreformulas.vae.derivation import gaussian_kl

z, epsilon, mu = sp.symbols("z epsilon mu", real=True)
sigma = sp.Symbol("sigma", positive=True)
q, noise = Normal(z, mu, sigma), Normal(epsilon, 0, 1)
_proved = (ClosedFormWorld(evidence=("proved", "proved")),)


def _score_function_gradient(label: str, title: str, parameter: sp.Symbol) -> Derivation:
    t = ClosedFormWorld.argument
    cubic = sum(c * t**k for k, c in enumerate(sp.symbols("c_0:4", real=True)))
    return (
        Derivation(
            label,
            title,
            Gradient(Expectation(sp.Function("f", real=True)(z), q), parameter),
            worlds=(
                ClosedFormWorld(functions={"f": cubic}, evidence=("exact", "exact for cubic f")),
                NumericWorld(functions={"f": sp.sin(t)}, count=4),
            ),
            source="Williams 1992, sections 4 and 6; Mohamed et al. 2020, section 4",
        )
        .step(rules.definition_of_expectation(), because="the parameter stands in the density")
        .step(rules.differentiate_under_integral(), because="now the density can be differentiated")
        .step(
            rules.log_derivative(q),
            because="the slope of p is p times the slope of log p, so p is a factor again",
        )
        .step(rules.recognize_expectation(q), because="which makes the integral a mean again")
        .step(rules.differentiate(), because="the slope of a log density is known: the score")
    )


@register
def score_function_gradient_of_mean() -> Derivation:
    r"""The gradient with respect to the mean, without a derivative of f."""
    f = sp.Function("f", real=True)(z)
    return _score_function_gradient(
        "score-function-gradient-of-mean", "The score-function gradient: the mean", mu
    ).conclude("=", Expectation(f * (z - mu) / sigma**2, q))


@register
def score_function_gradient_of_scale() -> Derivation:
    r"""The gradient with respect to the standard deviation, without a derivative of f."""
    f = sp.Function("f", real=True)(z)
    return _score_function_gradient(
        "score-function-gradient-of-scale", "The score-function gradient: the scale", sigma
    ).conclude("=", Expectation(f * ((z - mu) ** 2 / sigma**3 - 1 / sigma), q))


def _variance(label: str, title: str, estimate: sp.Expr, density: Normal) -> Derivation:
    """The variance of a one-draw estimate, by its first two moments."""
    return (
        Derivation(label, title, Variance(estimate, density), worlds=_proved)
        .step(rules.differentiate(), because="the estimate itself, for one draw")
        .step(rules.definition_of_variance(), because="two moments are needed")
        .step(rules.gaussian_moments(), because="a polynomial has Gaussian moments")
        .step(rules.gaussian_moments(), because="and so has the other one")
    )


@register
def variance_of_reparameterized_mean() -> Derivation:
    r"""For f(z) = z², the variance of one draw of the reparameterized gradient in mu."""
    return _variance(
        "variance-of-reparameterized-mean",
        "The noise of the reparameterized gradient: the mean",
        Gradient((mu + sigma * epsilon) ** 2, mu),
        noise,
    ).conclude("=", 4 * sigma**2)


@register
def variance_of_reparameterized_scale() -> Derivation:
    r"""For f(z) = z², the variance of one draw of the reparameterized gradient in sigma."""
    return _variance(
        "variance-of-reparameterized-scale",
        "The noise of the reparameterized gradient: the scale",
        Gradient((mu + sigma * epsilon) ** 2, sigma),
        noise,
    ).conclude("=", 4 * mu**2 + 8 * sigma**2)


@register
def variance_of_score_mean() -> Derivation:
    r"""For f(z) = z², the variance of one draw of the score-function gradient in mu."""
    return _variance(
        "variance-of-score-mean",
        "The noise of the score-function gradient: the mean",
        z**2 * Gradient(sp.log(q), mu),
        q,
    ).conclude("=", mu**4 / sigma**2 + 14 * mu**2 + 15 * sigma**2)


@register
def variance_of_score_scale() -> Derivation:
    r"""For f(z) = z², the variance of one draw of the score-function gradient in sigma."""
    moments = _variance(
        "variance-of-score-scale",
        "The noise of the score-function gradient: the scale",
        z**2 * Gradient(sp.log(q), sigma),
        q,
    )
    return moments.step(
        rules.rearrange(sp.expand, "expand"), because="collect the powers"
    ).conclude("=", 2 * mu**4 / sigma**2 + 60 * mu**2 + 74 * sigma**2)


@register
def kl_chain_rule() -> Derivation:
    r"""A divergence of joint densities, one variable after the other."""
    first, second = sp.symbols("z_1 z_2", real=True)
    q_1, q_2 = Density("q", first), Density("q", second, first)
    p_1, p_2 = Density("p", first), Density("p", second, first)
    joint = (first, second)
    return (
        Derivation(
            "kl-chain-rule",
            "The chain rule of the divergence",
            Expectation(Expectation(sp.log(q_1 * q_2 / (p_1 * p_2)), q_2), q_1),
            worlds=(FiniteWorld({"q": joint, "p": joint}, size=2),),
            source="Cover and Thomas 2006, theorem 2.5.3",
        )
        .step(rules.log_of_product(q_1 / p_1), because="one part for each variable")
        .step(rules.linearity(), because="the first part does not depend on the second variable")
        .step(rules.linearity(), because="two means instead of one")
        .step(rules.recognize_kl(), because="the first is a divergence")
        .step(rules.recognize_kl(), because="so is the second, once the first variable is drawn")
        .conclude("=", KL(q_1, p_1) + Expectation(KL(q_2, p_2), q_1))
    )


@register
def gaussian_kl_full() -> Derivation:
    r"""The divergence of a Gaussian with correlations from the prior, in two dimensions.

    :math:`z = \mu + L\epsilon` with a lower triangular L says that :math:`z_1` is normal, and that
    :math:`z_2` is normal given :math:`z_1`.
    """
    z_1, z_2, mu_1, mu_2, l_21 = sp.symbols("z_1 z_2 mu_1 mu_2 L_21", real=True)
    l_11, l_22 = sp.symbols("L_11 L_22", positive=True)
    first = Normal(z_1, mu_1, l_11)
    second = Normal(z_2, mu_2 + l_21 * (z_1 - mu_1) / l_11, l_22)
    lemma = gaussian_kl()
    names = {str(symbol): symbol for symbol in lemma.end.free_symbols} | {"z": z}

    def known(density: Normal) -> Rule:
        point, mean, scale = density.args
        values = {"z": point, "mu_1": mean, "sigma_1": scale, "mu_2": 0, "sigma_2": 1}
        return rules.result_of(lemma, {names[k]: sp.sympify(v) for k, v in values.items()})

    squares = l_11**2 + l_21**2 + l_22**2 + mu_1**2 + mu_2**2
    return (
        Derivation(
            "gaussian-kl-full",
            "The divergence of a Gaussian with correlations",
            KL(first, Normal(z_1, 0, 1)) + Expectation(KL(second, Normal(z_2, 0, 1)), first),
            worlds=(ClosedFormWorld(evidence=("proved", "proved for D = 2")),),
        )
        .step(known(first), because="the divergence of the first coordinate is known")
        .step(known(second), because="that of the second too, with a mean that moves with z1")
        .step(rules.gaussian_moments(), because="that mean is all that is left to average")
        .conclude("=", squares / 2 - 1 - sp.log(l_11) - sp.log(l_22))
    )


_pixels, _latents = sp.symbols("D K", integer=True, positive=True)
_i, _k = sp.symbols("i k", integer=True, positive=True)
_weight, _kl_weight, _beta = sp.symbols("s w beta", positive=True)
_divergence = sp.Sum(sp.IndexedBase("kappa", real=True)[_k], (_k, 1, _latents))
_three = (ClosedFormWorld(evidence=("exact", "exact for D = K = 3")),)


def _multiply_out(expr: sp.Expr) -> sp.Expr:
    return sp.expand_mul(expr, deep=False)


@register
def hidden_beta() -> Derivation:
    r"""The weight of the KL divergence in a loss of means: :math:`\beta = w D / (s K)`."""
    errors = sp.Sum(sp.IndexedBase("r", real=True)[_i], (_i, 1, _pixels))
    front = _weight / _pixels
    beta = _kl_weight * _pixels / (_weight * _latents)
    return (
        Derivation(
            "hidden-beta",
            "The beta of a loss that takes means",
            front * errors + _kl_weight / _latents * _divergence,
            worlds=_three,
            source="Higgins et al. 2017, eq. (4) and section 4.2",
        )
        .step(
            rules.common_factor(front),
            because="a positive factor in front moves no minimum, so make the first term a sum",
        )
        .conclude("=", front * (errors + beta * _divergence))
    )


@register
def hidden_scale() -> Derivation:
    r"""A squared error with weight beta is a Gaussian of variance beta / 2, up to a constant."""
    x, center = (sp.IndexedBase(name, real=True)[_i] for name in ("x", "m"))
    density = Normal(x, center, sp.sqrt(_beta / 2))
    constant = sp.log(_beta) / 2 + sp.log(sp.pi) / 2
    return (
        Derivation(
            "hidden-scale",
            "The Gaussian behind a squared error",
            _beta * (_divergence - sp.Sum(sp.log(density), (_i, 1, _pixels))),
            worlds=_three,
        )
        .step(rules.write_out(), because="the negative ELBO of this Gaussian, times β")
        .step(rules.expand_logarithm(), because="the logarithm undoes the exponential")
        .step(rules.linearity_of_sum(), because="what no pixel changes is a constant")
        .step(rules.rearrange(_multiply_out, "multiply out"), because="β cancels")
        .conclude(
            "=",
            sp.Sum((x - center) ** 2, (_i, 1, _pixels))
            + _beta * _divergence
            + _beta * sp.Sum(constant, (_i, 1, _pixels)),
        )
    )
