r"""Expressions as the field writes them: LaTeX for pages, one line of text for terminals.

Two printers with one difference to SymPy's own: ``\log p(x)`` instead of
``\log{\left(p(x) \right)}``, and sums that begin with a positive term.
"""

from __future__ import annotations

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from coreformulas.symbolic import vocabulary as v

_BARE = (sp.Symbol, v.Density, v.Normal, v.Binomial, sp.Integer, sp.NumberSymbol)
ROW = r"\\[0.4em]"
"""The end of a row; without room after it, fractions of two rows touch."""
RELATION_LATEX = {"=": "=", ">=": r"\ge", "<=": r"\le"}


def _positive_first(terms: list[sp.Expr]) -> list[sp.Expr]:
    return sorted(terms, key=lambda term: bool(term.could_extract_minus_sign()))


class _Latex(LatexPrinter):
    printmethod = "_skip_hooks"  # the words hand themselves to this printer; do not hand back

    def _as_ordered_terms(self, expr, order=None):
        return _positive_first(super()._as_ordered_terms(expr, order=order))

    def _needs_mul_brackets(self, expr, first=False, last=False):
        # A gradient would seem to take in the factors behind it.
        if isinstance(expr, v.Gradient) and not last:
            return True
        return super()._needs_mul_brackets(expr, first=first, last=last)

    def _print_log(self, expr, exp=None):
        argument = expr.args[0]
        _, denominator = argument.as_numer_denom()
        inner = self._print(argument)
        is_bare = isinstance(argument, _BARE) or (denominator != 1 and not argument.is_Add)
        tex = rf"\log {inner}" if is_bare and exp is None else rf"\log\!\left({inner}\right)"
        return tex if exp is None else rf"{{{tex}}}^{{{exp}}}"

    def _print_Function(self, expr, exp=None):
        name = expr.func.__name__
        if exp is not None or len(name.rstrip("'")) > 1 or not isinstance(expr, AppliedUndef):
            return super()._print_Function(expr, exp)
        return f"{name}({', '.join(self._print(arg) for arg in expr.args)})"

    def _print_Pi(self, expr):  # noqa: ARG002 - SymPy gives it by a hook, which this skips
        return r"\pi"

    def _print_ImaginaryUnit(self, expr):  # noqa: ARG002
        return "i"

    def _print_Density(self, expr):
        head = ", ".join(self._print(item) for item in expr.variables)
        tail = ", ".join(self._print(item) for item in expr.given)
        return rf"{expr.name}({head} \mid {tail})" if tail else f"{expr.name}({head})"

    def _print_Normal(self, expr):
        z, mean, scale = expr.args
        variance = self._print(scale**2)
        return rf"\mathcal{{N}}({self._print(z)};\, {self._print(mean)}, {variance})"

    def _print_Binomial(self, expr):
        inner = r",\, ".join(self._print(arg) for arg in expr.args[1:])
        return rf"\mathrm{{Binomial}}\!\left({self._print(expr.args[0])};\, {inner}\right)"

    def _print_ProductDensity(self, expr):
        factor, index, size = (self._print(arg) for arg in expr.args)
        return rf"\prod_{{{index}=1}}^{{{size}}} {factor}"

    def _print_Expectation(self, expr):
        return (
            rf"\mathbb{{E}}_{{{self._print(expr.density)}}}"
            rf"\!\left[{self._print(expr.body)}\right]"
        )

    def _print_Average(self, expr):
        index, count = self._print(expr.index), self._print(expr.count)
        body = self.parenthesize(expr.term, 45)
        if expr.without is None:
            mean = rf"\frac{{1}}{{{count}}} \sum_{{{index}=1}}^{{{count}}}"
        else:
            rest = self._print(expr.count - 1)
            mean = rf"\frac{{1}}{{{rest}}} \sum_{{{index} \ne {self._print(expr.without)}}}"
        return f"{mean} {body}"

    def _print_Variance(self, expr):
        return (
            rf"\mathrm{{Var}}_{{{self._print(expr.density)}}}"
            rf"\!\left[{self._print(expr.body)}\right]"
        )

    def _print_Integrate(self, expr):
        body = self._print(expr.body)
        body = rf"\left({body}\right)" if expr.body.is_Add else body
        return rf"\int {body} \, d{self._print(expr.variable)}"

    def _print_KL(self, expr):
        first, second = (self._print(arg) for arg in expr.args)
        return rf"D_{{\mathrm{{KL}}}}\!\left({first} \,\Vert\, {second}\right)"

    def _print_Softmax(self, expr):
        score, key = (self._print(arg) for arg in expr.args)
        return rf"\mathrm{{softmax}}_{{{key}}}({score})"

    def _print_LogSumExp(self, expr):
        score, key = (self._print(arg) for arg in expr.args)
        return rf"\log \sum_{{{key}}} e^{{{score}}}"

    def _print_Mixture(self, expr):
        first, second = (self._print(arg) for arg in expr.args)
        return rf"\tfrac12 ({first} + {second})"

    def _print_atan(self, expr):
        return rf"\arctan\!\left({self._print(expr.args[0])}\right)"

    def _print_Piecewise(self, expr):
        return super()._print_Piecewise(expr).replace(r"\text{", r"\mathrm{")

    def _print_JSD(self, expr):
        first, second = (self._print(arg) for arg in expr.args)
        return rf"\mathrm{{JSD}}\!\left({first}, {second}\right)"

    def _print_Gradient(self, expr):
        body = self.parenthesize(expr.body, 50)
        return rf"\frac{{\partial}}{{\partial {self._print(expr.parameter)}}} {body}"

    def _print_CharacteristicPolynomial(self, expr):
        names, values = (", ".join(self._print(i) for i in k) for k in (expr.variables, expr.point))
        column = f" {ROW} ".join(self._print(part) for part in expr.field)
        return (
            rf"\det\!\left({self.parenthesize(expr.unknown, 50)} I - \left."
            rf"\frac{{\partial}}{{\partial ({names})}}"
            rf"\begin{{pmatrix}} {column} \end{{pmatrix}}\right|_{{({values})}}\right)"
        )

    def _print_Determinant(self, expr):
        rows = f" {ROW} ".join(" & ".join(self._print(entry) for entry in row) for row in expr.args)
        return rf"\det \begin{{pmatrix}} {rows} \end{{pmatrix}}"

    def _print_AlongFlow(self, expr):
        names, parts = (", ".join(self._print(i) for i in k) for k in (expr.variables, expr.field))
        body = self.parenthesize(expr.body, 50)
        return (
            rf"\frac{{d}}{{dt}} {body}"
            rf" \; \left[\frac{{d}}{{dt}}({names}) = \left({parts}\right)\right]"
        )


class _Text(StrPrinter):
    printmethod = "_skip_hooks"

    def _print_Add(self, expr, order=None):
        terms = _positive_first(self._as_ordered_terms(expr, order=order))
        text = self.parenthesize(terms[0], 0)
        for term in terms[1:]:
            negative = term.could_extract_minus_sign()
            inner = self.parenthesize(-term if negative else term, 40)
            text += (" - " if negative else " + ") + inner
        return text

    def _print_Indexed(self, expr):
        return f"{expr.base.label}[{', '.join(self._print(index) for index in expr.indices)}]"

    def _print_Sum(self, expr):
        ((index, first, last),) = expr.limits
        body = self.parenthesize(expr.function, 45)
        return f"sum_{{{index}={first}..{last}}} {body}"

    def _print_Density(self, expr):
        head = ", ".join(self._print(item) for item in expr.variables)
        tail = ", ".join(self._print(item) for item in expr.given)
        return f"{expr.name}({head} | {tail})" if tail else f"{expr.name}({head})"

    def _print_Normal(self, expr):
        z, mean, scale = expr.args
        return f"N({self._print(z)}; {self._print(mean)}, {self._print(scale**2)})"

    def _print_Binomial(self, expr):
        inner = ", ".join(self._print(arg) for arg in expr.args[1:])
        return f"Binomial({self._print(expr.args[0])}; {inner})"

    def _print_ProductDensity(self, expr):
        factor, index, size = (self._print(arg) for arg in expr.args)
        return f"prod_{{{index}=1..{size}}} {factor}"

    def _print_Expectation(self, expr):
        return f"E_{{{self._print(expr.density)}}}[{self._print(expr.body)}]"

    def _print_Average(self, expr):
        left_out = "" if expr.without is None else f"!={self._print(expr.without)}"
        body = self.parenthesize(expr.term, 45)
        return f"mean_{{{expr.index}{left_out or f'=1..{self._print(expr.count)}'}}} {body}"

    def _print_Variance(self, expr):
        return f"Var_{{{self._print(expr.density)}}}[{self._print(expr.body)}]"

    def _print_Integrate(self, expr):
        return f"∫ {self.parenthesize(expr.body, 45)} d{self._print(expr.variable)}"

    def _print_KL(self, expr):
        return f"KL({self._print(expr.args[0])} || {self._print(expr.args[1])})"

    def _print_Softmax(self, expr):
        return f"softmax_{self._print(expr.key)}({self._print(expr.score)})"

    def _print_LogSumExp(self, expr):
        return f"log sum_{self._print(expr.key)} exp({self._print(expr.score)})"

    def _print_Mixture(self, expr):
        return f"({self._print(expr.args[0])} + {self._print(expr.args[1])})/2"

    def _print_JSD(self, expr):
        return f"JSD({self._print(expr.args[0])}, {self._print(expr.args[1])})"

    def _print_Gradient(self, expr):
        return f"d/d{self._print(expr.parameter)} {self.parenthesize(expr.body, 50)}"

    def _print_CharacteristicPolynomial(self, expr):
        names, values = (", ".join(self._print(i) for i in k) for k in (expr.variables, expr.point))
        parts = ", ".join(self._print(part) for part in expr.field)
        return f"det({self.parenthesize(expr.unknown, 50)} I - d({parts})/d({names}) at ({values}))"

    def _print_Determinant(self, expr):
        rows = "; ".join(", ".join(self._print(entry) for entry in row) for row in expr.args)
        return f"det[{rows}]"

    def _print_AlongFlow(self, expr):
        names, parts = (", ".join(self._print(i) for i in k) for k in (expr.variables, expr.field))
        return f"d/dt {self.parenthesize(expr.body, 50)} where d/dt ({names}) = ({parts})"


def to_latex(expr: sp.Basic) -> str:
    """LaTeX of an expression, without delimiters; both MathJax and KaTeX can draw it."""
    return _Latex({"ln_notation": False}).doprint(expr)


def to_text(expr: object) -> str:
    """One line of text for an expression; anything else is turned into a string."""
    return _Text().doprint(expr) if isinstance(expr, sp.Basic) else str(expr)
