r"""What attention costs, and what saves memory: merged blocks, a gradient that computes again.

A block of keys with scores s and values v is summed up, against a reference m, by its state
:math:`m`, :math:`l = \sum_i e^{s_i - m}`, :math:`a = \sum_i e^{s_i - m} v_i`. The sum l is the case
v = 1 of a, so a derivation about a covers both.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.softmax import LogSumExp, Softmax
from coreformulas.symbolic.vocabulary import Gradient
from coreformulas.symbolic.worlds import ClosedFormWorld, DrawsWorld
from coreformulas.transformer.derivation import KEYS, PROVED, s
from coreformulas.transformer.derivation import j as key
from coreformulas.transformer.derivation_gradients import as_written

i, j, c, r = sp.symbols("i j c r", integer=True, positive=True)
n, k, d, features = sp.symbols("n k d f", integer=True, positive=True)
m, m0, m1, m2, m3 = sp.symbols("m m_0 m_1 m_2 m_3", real=True)
THREE_OF_EACH = (ClosedFormWorld(evidence=("exact", "exact for sums of three terms")),)


def indexed(name: str, *places: sp.Symbol) -> sp.Indexed:
    """One entry of an unknown array of numbers."""
    return sp.IndexedBase(name, real=True)[places]


def counted(number: sp.Symbol) -> tuple[DrawsWorld]:
    """The world in which ``number`` is three, and everything is added up."""
    return (DrawsWorld({}, sp.IndexedBase("z"), sp.Symbol("z", real=True), number),)


@register
def merge_of_two_blocks() -> Derivation:
    r"""Two blocks with references of their own, seen from a third: each is rescaled and added."""
    score, v, other, w = indexed("s", i), indexed("v", i), indexed("t", j), indexed("w", j)
    of_first, of_second = (i, 1, n), (j, 1, k)
    first, second = (
        sp.Sum(sp.exp(score - m) * v, of_first),
        sp.Sum(sp.exp(other - m) * w, of_second),
    )
    own = sp.Sum(sp.exp(score - m1) * v, of_first), sp.Sum(sp.exp(other - m2) * w, of_second)
    return (
        Derivation(
            "merge-of-two-blocks",
            "The merge of two blocks of keys",
            first + second,
            worlds=THREE_OF_EACH,
            source="Milakov and Gimelshein 2018, section 3.1",
        )
        .step(
            rules.factor_out_of_sum(sp.exp(m1 - m)),
            at=first,
            because="what is left under the sum is the first block's own state",
        )
        .step(
            rules.factor_out_of_sum(sp.exp(m2 - m)),
            at=second,
            because="and the second block's",
        )
        .conclude("=", sp.exp(m1 - m) * own[0] + sp.exp(m2 - m) * own[1])
    )


@register
def merge_is_associative() -> Derivation:
    r"""Three blocks come to the same whichever two are merged first, each time at any reference."""
    a1, a2, a3 = sp.symbols("a_1 a_2 a_3", real=True)
    left, right = sp.symbols("m_12 m_23", real=True)
    terms = [a * sp.exp(own - m) for a, own in ((a1, m1), (a2, m2), (a3, m3))]
    start = sp.exp(left - m) * (a1 * sp.exp(m1 - left) + a2 * sp.exp(m2 - left)) + terms[2]
    end = terms[0] + sp.exp(right - m) * (a2 * sp.exp(m2 - right) + a3 * sp.exp(m3 - right))
    return (
        Derivation(
            "merge-is-associative",
            "The order of merging does not matter",
            start,
            worlds=PROVED,
            source="Milakov and Gimelshein 2018, section 3.1",
        )
        .step(
            as_written(sp.Add(*terms), "multiply out"),
            because="the reference of the first two cancels",
        )
        .step(as_written(end, "collect"), because="the last two, at a reference of their own")
        .conclude("=", end)
    )


@register
def empty_block_changes_nothing() -> Derivation:
    r"""An empty block has empty sums; at any reference, merging it leaves a / l as it was."""
    a, l = sp.Symbol("a", real=True), sp.Symbol("l", positive=True)  # noqa: E741
    score, v = indexed("s", i), indexed("v", i)
    weight = sp.exp(score - m0)
    none_of = [sp.Sum(body, (i, 1, 0)) for body in (weight * v, weight)]
    own, empty = sp.exp(m1 - m), sp.exp(m0 - m)
    return (
        Derivation(
            "empty-block-changes-nothing",
            "An empty block changes nothing",
            (own * a + empty * none_of[0]) / (own * l + empty * none_of[1]),
            worlds=PROVED,
        )
        .step(
            rules.rearrange(_without_empty_sums, "empty sums are zero"),
            because="there is no term to add",
        )
        .step(rules.rearrange(sp.powsimp, "cancel"), because="it stands above and below")
        .conclude("=", a / l)
    )


def _without_empty_sums(expr: sp.Expr) -> sp.Expr:
    return expr.replace(
        lambda node: isinstance(node, sp.Sum) and node.limits[0][2] == 0, lambda _: sp.Integer(0)
    )


@register
def weight_from_log_sum_exp() -> Derivation:
    r"""A weight comes back from its own score and the log-sum-exp of the row."""
    return (
        Derivation(
            "weight-from-log-sum-exp",
            "A weight from its score and one number for the row",
            Softmax(s, key),
            worlds=KEYS,
            source="Dao et al. 2022, appendix B.2",
        )
        .step(
            rules.rearrange(_as_difference, "definition of the softmax"),
            because="to divide by a sum is to subtract its logarithm under the exponential",
        )
        .conclude("=", sp.exp(s - LogSumExp(s, key)))
    )


def _as_difference(expr: sp.Expr) -> sp.Expr:
    return expr.replace(
        lambda node: isinstance(node, Softmax),
        lambda node: sp.exp(node.score - LogSumExp(node.score, node.key)),
    )


@register
def score_gradient_by_row_sum() -> Derivation:
    r"""The gradient of a score: its weight times g.v less one number for the row, g.o.

    g and o are the gradient and the output, in coordinates c; R and A(c) are the other keys' sums
    of :math:`e^{s_i}` and of :math:`e^{s_i} v_i`.
    """
    score, others = sp.Symbol("s", real=True), sp.Symbol("R", positive=True)
    g, v, rest = indexed("g", c), indexed("v", c), indexed("A", c)
    weight, total = sp.exp(score), sp.exp(score) + others
    output, limits = (weight * v + rest) / total, (c, 1, d)
    inner, share = g * v - g * output, weight / total
    return (
        Derivation(
            "score-gradient-by-row-sum",
            "The gradient of a score, without the other weights",
            sp.Sum(g * Gradient(output, score), limits),
            worlds=THREE_OF_EACH,
            source="Dao et al. 2022, appendix B.2",
        )
        .step(rules.differentiate(), because="the score stands above and below")
        .step(
            rules.rearrange(_inside_sum(share * inner), "collect"),
            because="what is subtracted is the output itself",
        )
        .step(rules.factor_out_of_sum(share), because="the weight is the same for each coordinate")
        .step(rules.linearity_of_sum(), because="g.v needs the value, g.o does not")
        .conclude(
            "=", share * (sp.Sum(g * v, limits) - sp.Sum(g * (weight * v + rest), limits) / total)
        )
    )


def _inside_sum(wanted: sp.Expr):
    """Put ``wanted`` under a sum, where SymPy finds it equal to what stands there."""

    def rewritten(expr: sp.Expr) -> sp.Expr:
        equal = sp.cancel(sp.together(wanted - expr.function)) == 0
        return expr.func(wanted, *expr.limits) if equal else expr

    return rewritten


@register
def attention_by_reassociation() -> Derivation:
    r"""If a weight is a product of features, the keys can be summed up before there is a query.

    :math:`\phi_r` are the features of a query, :math:`\psi_{jr}` those of key j.
    """
    phi, psi, v = indexed("phi", r), indexed("psi", j, r), indexed("v", j)
    of_keys, of_features = (j, 1, n), (r, 1, features)
    start = sp.Sum(v * sp.Sum(phi * psi, of_features), of_keys)
    end = sp.Sum(phi * sp.Sum(psi * v, of_keys), of_features)
    return (
        Derivation(
            "attention-by-reassociation",
            "Features of the query last",
            start,
            worlds=THREE_OF_EACH,
            source="Katharopoulos et al. 2020, section 3.2",
        )
        .step(rules.reassociate(), because="the query's features do not depend on the key")
        .conclude("=", end)
    )


@register
def operations_of_attention() -> Derivation:
    r"""Each pair of query and key: d products and sums for the score, e for the value."""
    value_size = sp.Symbol("e", integer=True, positive=True)
    keys = sp.Sum(1, (j, 1, n))
    return (
        Derivation(
            "operations-of-attention",
            "The operations of the two products",
            sp.Sum((2 * d + 2 * value_size) * keys, (i, 1, n)),
            worlds=counted(n),
        )
        .step(rules.carry_out_sum(), at=keys, because="one query sees n keys")
        .step(rules.carry_out_sum(), because="and there are n queries")
        .conclude("=", 2 * n**2 * (d + value_size))
    )


@register
def causal_chunks() -> Derivation:
    r"""Of N chunks of queries, chunk i needs the first i chunks of keys: a little over half."""
    count, size = sp.symbols("N b", integer=True, positive=True)
    chunks = sp.Sum(1, (j, 1, i))
    return (
        Derivation(
            "causal-chunks",
            "The scores that causal attention computes in chunks",
            sp.Sum(size**2 * chunks, (i, 1, count)),
            worlds=counted(count),
        )
        .step(rules.carry_out_sum(), at=chunks, because="the chunks up to its own")
        .step(rules.carry_out_sum(), because="the first N whole numbers")
        .conclude("=", size**2 * count * (count + 1) / 2)
    )
