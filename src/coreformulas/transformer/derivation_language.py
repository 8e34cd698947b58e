r"""The derivations behind a language model: entropy of a text, what a loss can reach, the cache.

A text is :math:`x_1, x_2, \ldots`, drawn from p; a model says :math:`q(y \mid x)` of the next token
y behind the context x.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import Density, Expectation
from coreformulas.symbolic.worlds import ChainWorld, CountedWorld, FiniteWorld

times = first, second, third = sp.symbols("x_1:4", real=True)
n, t, later = sp.symbols("n t k", integer=True, positive=True)
per_token, per_key = sp.symbols("c a", positive=True)
j = sp.Symbol("j", integer=True, positive=True)


def _surprise(
    variables: sp.Symbol | tuple[sp.Symbol, ...], given: sp.Symbol | tuple[sp.Symbol, ...] = ()
) -> sp.Expr:
    r"""The mean of :math:`-\log p` of some tokens, given others, over all of them."""
    density = Density("p", variables, given)
    return -Expectation(sp.log(density), Density("p", (*density.variables, *density.given)))


@register
def entropy_chain_rule() -> Derivation:
    r"""The entropy of a text is the entropy of each token, given those before it.

    Written for three tokens; each further one is one more product rule.
    """
    return (
        Derivation(
            "entropy-chain-rule",
            "The entropy of a text, token by token",
            _surprise(times),
            worlds=(FiniteWorld({"p": times}, size=2),),
            source="Cover and Thomas 2006, theorem 2.5.1",
        )
        .step(rules.product_rule(first), because="the first token, and the others after it")
        .step(rules.product_rule(second), because="the second after the first, and so on")
        .step(rules.expand_logarithm(), because="every token has a term of its own")
        .step(rules.linearity(), because="a mean of a sum")
        .step(rules.average_out(), because="later tokens do not occur in a term")
        .step(rules.average_out(), because="nor in this one")
        .conclude(
            "=",
            _surprise(first) + _surprise(second, first) + _surprise(third, (first, second)),
        )
    )


@register
def entropy_of_a_markov_chain() -> Derivation:
    r"""In a stationary chain every token after the first has the same entropy, the rate."""
    start = entropy_chain_rule().end
    return (
        Derivation(
            "entropy-of-a-markov-chain",
            "The entropy of a Markov chain grows by its rate",
            start,
            worlds=(ChainWorld("p", times),),
            source="Cover and Thomas 2006, theorem 4.2.4",
        )
        .step(rules.markov_property(times), because="all that counts is the token before")
        .step(
            rules.average_out(),
            at=Expectation(sp.log(Density("p", third, second)), Density("p", times)),
            because="the first token does not occur any more",
        )
        .step(rules.shift_in_time(times), because="what is stationary is the same one step earlier")
        .conclude("=", _surprise(first) + 2 * _surprise(second, first))
    )


@register
def loss_above_entropy() -> Derivation:
    r"""The loss is the entropy of the next token plus a mean divergence, the model's own part."""
    context, token = sp.symbols("x y", real=True)
    truth, model = Density("p", token, context), Density("q", token, context)
    contexts = Density("p", context)

    def mean(body: sp.Expr) -> sp.Expr:
        return Expectation(Expectation(body, truth), contexts)

    return (
        Derivation(
            "loss-above-entropy",
            "The loss of a language model is entropy plus divergence",
            mean(sp.log(1 / model)),
            worlds=(FiniteWorld({"p": (context, token), "q": (context, token)}, size=2),),
            source="Cover and Thomas 2006, section 5.4",
        )
        .step(rules.split_log_ratio(truth), because="compare the model with the source")
        .step(rules.linearity(), because="a part without the model, and one with it")
        .step(rules.recognize_kl(), because="the mean log ratio is a divergence")
        .step(rules.linearity(), because="over all contexts too")
        .step(
            rules.nonnegative_divergence(),
            because="zero only where the model knows the source, in every context",
        )
        .conclude(">=", mean(sp.log(1 / truth)))
    )


@register
def cached_attention() -> Derivation:
    r"""Under the causal mask token t + 1 sees t kept keys and its own; later ones have no part.

    In a full pass over n = t + 1 + k tokens; s are its scores, v the values, m the mask.
    """
    mask = sp.Function("m", real=True)
    score, value = (sp.IndexedBase(name, real=True) for name in ("s", "v"))
    whole, seen, kept = ((j, 1, last) for last in (t + 1 + later, t + 1, t))
    weight, own = sp.exp(score[j]), sp.exp(score[t + 1])
    total, normalizer = sp.Sum(weight * value[j], seen), sp.Sum(weight, seen)
    lets_through = sp.Piecewise((1, CountedWorld.argument <= 4), (0, True))
    return (
        Derivation(
            "cached-attention",
            "A step with kept keys and values is a row of the full pass",
            sp.Sum(mask(j) * weight * value[j], whole) / sp.Sum(mask(j) * weight, whole),
            worlds=(CountedWorld(t, {"m": lets_through}),),
        )
        .step(
            rules.end_at_mask(mask, t + 1),
            at=sp.Sum(mask(j) * weight * value[j], whole),
            because="the weights of later keys are zero",
        )
        .step(rules.end_at_mask(mask, t + 1), because="in the normalizer too")
        .step(rules.split_last_term(), at=total, because="the token's own key is new")
        .step(rules.split_last_term(), at=normalizer, because="all others were there before")
        .conclude(
            "=",
            (sp.Sum(weight * value[j], kept) + own * value[t + 1]) / (sp.Sum(weight, kept) + own),
        )
    )


@register
def decoding_without_a_cache() -> Derivation:
    r"""n tokens, each by a full pass over all t so far: c for each token, a for each pair."""
    return (
        Derivation(
            "decoding-without-a-cache",
            "The operations of decoding by full passes",
            sp.Sum(t * (per_token + per_key * t), (t, 1, n)),
            worlds=(CountedWorld(n),),
        )
        .step(rules.carry_out_sum(), because="sums of t and of its square")
        .conclude("=", n * (n + 1) * (2 * per_key * n + per_key + 3 * per_token) / 6)
    )


@register
def decoding_with_a_cache() -> Derivation:
    r"""n tokens, each by one position that looks at t keys: c for it, a for each key."""
    return (
        Derivation(
            "decoding-with-a-cache",
            "The operations of decoding with a cache",
            sp.Sum(per_token + per_key * t, (t, 1, n)),
            worlds=(CountedWorld(n),),
        )
        .step(rules.carry_out_sum(), because="each token is passed through the layers once")
        .conclude("=", n * (per_key * n + per_key + 2 * per_token) / 2)
    )
