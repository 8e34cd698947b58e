"""A derivation as a page, a notebook and a terminal show it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from coreformulas.symbolic.derivation import Derivation, compose
from coreformulas.symbolic.evidence import Evidence
from coreformulas.symbolic.printing import RELATION_LATEX, ROW, to_latex, to_text
from coreformulas.symbolic.rule import Relation


def text(derivation: Derivation) -> str:
    """The derivation for a terminal: numbered lines, each with its reason and evidence."""
    rows = [f"{derivation.title}  [{derivation.label}]", f"      {to_text(derivation.start)}"]
    checked = zip(derivation.lines, derivation.evidence, strict=True)
    for number, (line, evidence) in enumerate(checked, start=1):
        rows.append(f"({number:>2})  {line.relation} {to_text(line.expr)}")
        reason = f"{line.rule.name}: {line.because}" if line.because else line.rule.name
        rows.append(f"        {reason}")
        rows.append(f"        [{'; '.join(item.text for item in evidence)}]")
    if derivation.assumptions:
        rows.append(f"Assumed: {'; '.join(derivation.assumptions)}")
    if derivation.source:
        rows.append(f"Source: {derivation.source}")
    return "\n".join(rows)


def html(derivation: Derivation) -> str:
    """The derivation as an HTML table, one row a line; the book or JupyterLab draws the formulas.

    Relations stand first in their cells, so that they line up; the reason stands
    under its line. The classes are styled by the book's style sheet.
    """
    rows = [_row("", rf"\displaystyle {to_latex(derivation.start)}", "")]
    checked = zip(derivation.lines, derivation.evidence, strict=True)
    for number, (line, evidence) in enumerate(checked, start=1):
        formula = rf"\displaystyle {RELATION_LATEX[line.relation]} {to_latex(line.expr)}"
        because = f" {escape(line.because)}" if line.because else ""
        name = line.rule.name[0].upper() + line.rule.name[1:]
        reason = f"<strong>{escape(name)}.</strong>{because}{_badges(evidence)}"
        rows.append(_row(f"({number})", formula, reason))
    notes = [f"Assumed: {escape('; '.join(derivation.assumptions))}."] * bool(
        derivation.assumptions
    )
    notes += [f"Source: {escape(derivation.source)}."] * bool(derivation.source)
    caption = f"{escape(derivation.title)} <code>{escape(derivation.label)}</code>"
    foot = "".join(f"<p>{note}</p>" for note in notes)
    return (
        '<div class="derivation tex2jax_process mathjax_process">'
        f"<table><caption>{caption}</caption><tbody>{''.join(rows)}</tbody></table>"
        f'<div class="derivation-notes">{foot}</div></div>'
    )


def _row(number: str, formula: str, reason: str) -> str:
    return (
        f'<tr><td class="number">{number}</td>'
        f'<td class="formula">\\({escape(formula)}\\)</td>'
        f'<td class="reason">{reason}</td></tr>'
    )


def _badges(evidence: tuple[Evidence, ...]) -> str:
    items = "".join(
        f'<span class="evidence {item.kind}">{escape(item.text)}</span>' for item in evidence
    )
    return f'<span class="evidences">{items}</span>'


LONG = 60  # characters of text beyond which an equation is broken before its relation


@dataclass(frozen=True)
class Equation:
    """One numbered equation whose LaTeX comes from a derivation; prose cites it by ``label``."""

    latex: str
    label: str

    def _repr_markdown_(self) -> str:
        return f"$$\n{self.latex}\n$$ ({self.label})"


def equation(derivation: Derivation, number: int | None = None) -> Equation:
    """What a derivation has reached, as a numbered equation.

    Without ``number``, the result, labeled ``eq-LABEL``; with it, the start against line
    ``number``, labeled ``eq-LABEL-NUMBER``. Raises ``IndexError`` where there is no such line.
    """
    last = len(derivation.lines)
    if number is not None and not 1 <= number <= last:
        raise IndexError(f"number: a line from 1 to {last} is expected, got {number}")
    lines = derivation.lines[:number]
    relation: Relation = "="
    for line in lines:
        relation = compose(relation, line.relation) or relation
    left, right = to_latex(derivation.start), to_latex(lines[-1].expr)
    latex = f"{left} {RELATION_LATEX[relation]} {right}"
    if len(to_text(derivation.start)) + len(to_text(lines[-1].expr)) > LONG:
        right = rf"& \quad {RELATION_LATEX[relation]} {right}"
        latex = rf"\begin{{aligned}} & {left} {ROW} {right} \end{{aligned}}"
    suffix = "" if number is None else f"-{number}"
    return Equation(latex, f"eq-{derivation.label}{suffix}")
