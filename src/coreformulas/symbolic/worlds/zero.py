r"""A decision procedure for "is this identically zero", for the expressions that worlds produce.

Those are rational functions of positive symbols, of exponentials of symbols, and of logarithms of
such. Logarithms are taken apart into logarithms of irreducible factors; distinct ones are then
treated as independent symbols, exponentials likewise, and what is left is a rational function,
which is zero exactly when its numerator is the zero polynomial. Treating related symbols as
independent can only miss a zero, never invent one.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from coreformulas.symbolic.worlds.sampling import DIGITS, points, value_at

NOT_ZERO = sp.Float("1e-20", DIGITS)


def is_zero(expr: sp.Expr) -> bool:
    """Whether ``expr`` reduces to exactly zero.

    A value at one point, far above the rounding there, settles the opposite at little cost.
    """
    expr = sp.sympify(expr)
    (point,) = points(expr, 1)
    value = value_at(expr, point)
    if value.is_number and (not value.is_finite or abs(value) > NOT_ZERO):
        return False  # what is not even finite there, as 1/x at zero, does not vanish
    plain = expr.replace(lambda node: isinstance(node, sp.Integral), _closed_form)
    forms = (plain, _merge_exponentials(plain), _without_roots(plain))
    return any(rational_form(form) == 0 for form in forms)


def _without_roots(expr: sp.Expr) -> sp.Expr:
    """Multiplied out, so that powers of roots and of the imaginary unit meet and become numbers.

    Sine and cosine are exponentials, whose powers meet likewise.
    """
    functions = (sp.sin, sp.cos, sp.sinh, sp.cosh, sp.tanh)
    if not expr.has(sp.I, *functions) and not any(
        power.exp.is_Rational and not power.exp.is_Integer for power in expr.atoms(sp.Pow)
    ):
        return expr
    plain = expr.rewrite(functions, sp.exp)
    return sp.expand(sp.together(plain).as_numer_denom()[0], log=False, power_base=False)


def _merge_exponentials(expr: sp.Expr) -> sp.Expr:
    """Products of exponentials as one, whose exponent is cancelled as a whole.

    Two quotients may add up to a polynomial; as long as each has an exponential of its own, that
    does not show.
    """

    def merged(product: sp.Expr) -> sp.Expr:
        exponents, rest = sp.sift(product.args, lambda item: isinstance(item, sp.exp), binary=True)
        return sp.Mul(*rest) * sp.exp(sp.cancel(sp.Add(*(item.args[0] for item in exponents))))

    return expr.replace(lambda node: isinstance(node, sp.Mul) and node.has(sp.exp), merged)


def rational_form(expr: sp.Expr) -> sp.Expr:
    """``expr`` as a cancelled rational function in symbols, logarithms and exponentials."""
    plain = expr.replace(sp.log, expand_log_exactly)
    plain = sp.expand_power_exp(sp.expand_power_base(plain.replace(sp.exp, _expanded_exp)))
    names: dict[sp.Basic, sp.Symbol] = {}
    return _ratio(_name_atoms(plain, names))


@lru_cache(maxsize=1024)
def _closed_form(integral: sp.Integral) -> sp.Expr:
    return integral.doit()


def _expanded_exp(argument: sp.Expr) -> sp.Expr:
    return sp.exp(sp.expand(argument))


def expand_log_exactly(argument: sp.Expr) -> sp.Expr:
    """The logarithm of a positive expression as a sum over its irreducible factors."""
    if isinstance(argument, sp.exp):
        return argument.args[0]
    if isinstance(argument, sp.Mul):
        return sp.Add(*(expand_log_exactly(item) for item in argument.args))
    if isinstance(argument, sp.Pow):
        return argument.exp * expand_log_exactly(argument.base)
    if isinstance(argument, sp.Add):
        return _log_of_sum(argument)
    if argument.is_Integer and argument > 0:
        return sp.Add(*(k * sp.log(prime) for prime, k in sp.factorint(argument).items()))
    if argument.is_Rational and argument > 0:
        return expand_log_exactly(sp.Integer(argument.p)) - expand_log_exactly(
            sp.Integer(argument.q)
        )
    return sp.log(argument)


def _log_of_sum(argument: sp.Expr) -> sp.Expr:
    names: dict[sp.Basic, sp.Symbol] = {}
    plain = sp.expand_power_exp(argument.replace(sp.exp, _expanded_exp))
    named = _ratio(_name_atoms(plain, names))
    back = {symbol: atom for atom, symbol in names.items()}
    total = sp.Integer(0)
    for part, sign in zip(sp.fraction(named), (1, -1), strict=True):
        constant, factors = sp.factor_list(part)
        if constant.is_negative:
            odd = [k for k, (_, power) in enumerate(factors) if power % 2]
            if not odd:  # a negative number: leave its logarithm alone
                return sp.log(argument)
            flipped, power = factors[odd[0]]
            factors[odd[0]] = (sp.expand(-flipped), power)
            constant = -constant
        total += sign * expand_log_exactly(constant)
        for factor, power in factors:
            restored = factor.xreplace(back)
            simple = not restored.is_Add
            total += sign * power * (expand_log_exactly(restored) if simple else sp.log(restored))
    return total


def _ratio(expr: sp.Expr) -> sp.Expr:
    symbols = sorted(expr.free_symbols, key=str)
    if not symbols:
        return expr
    field, *_ = sp.field(symbols, sp.QQ)
    return field.from_expr(expr).as_expr()


def _name_atoms(expr: sp.Expr, names: dict[sp.Basic, sp.Symbol]) -> sp.Expr:
    """Replace what is no rational operation by symbols, equal things by equal symbols."""
    if expr.is_Rational or isinstance(expr, sp.Symbol):
        return expr
    if isinstance(expr, sp.Add | sp.Mul):
        return expr.func(*(_name_atoms(item, names) for item in expr.args))
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer:
        return _name_atoms(expr.base, names) ** expr.exp
    if isinstance(expr, sp.Pow) and expr.exp.is_Rational:
        root = _symbol(expr.base ** sp.Rational(1, expr.exp.q), names)
        return root**expr.exp.p
    if isinstance(expr, sp.exp):
        coefficient, rest = expr.args[0].as_coeff_Mul()
        if coefficient.is_Rational and (2 * coefficient).is_Integer:
            return _symbol(sp.exp(rest / 2), names) ** int(2 * coefficient)
    return _symbol(expr, names)


def _symbol(atom: sp.Basic, names: dict[sp.Basic, sp.Symbol]) -> sp.Symbol:
    if atom not in names:
        names[atom] = sp.Symbol(f"atom{len(names)}", positive=True)
    return names[atom]
