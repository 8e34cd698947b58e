"""The command line: check derivations, judge claims, and train models whose numbers are kept."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from coreformulas.catalogue import load_all
from coreformulas.symbolic import registry, rendering
from coreformulas.symbolic.corruption import kill
from coreformulas.symbolic.errors import DerivationError

FAMILIES = ("vae", "gan", "transformer")  # those whose models train from the command line
COMPARISONS = {  # of all families, and where each is measured
    "grid": "coreformulas.comparison.command",
    "digits": "coreformulas.comparison.command",
    "stability": "coreformulas.comparison.command_stability",
    "growth": "coreformulas.comparison.command_growth",
    "uses": "coreformulas.comparison.command_uses",
}


@dataclass(frozen=True)
class Verdict:
    """What ``verify`` found out about one derivation."""

    label: str
    lines: int
    evidence: dict[str, int]
    seconds: float
    error: str | None = None


def verify_one(label: str) -> Verdict:
    """Build and check one derivation; a failure is reported, not raised."""
    start = time.perf_counter()
    try:
        derivation = registry.get(label)
        evidence = derivation.check()
    except DerivationError as error:
        return Verdict(label, 0, {}, time.perf_counter() - start, str(error))
    texts = Counter(item.text for line in evidence for item in line)
    seconds = time.perf_counter() - start
    return Verdict(label, len(derivation.lines), dict(texts), seconds)


def _corrupt(as_json: bool) -> int:
    """Corrupt every line of every derivation and report how many corruptions are rejected."""
    kills = {label: kill(registry.get(label)) for label in load_all()}
    made = sum(found.made for found in kills.values())
    by_check = sum(found.by_check for found in kills.values())
    by_worlds = sum(found.by_worlds for found in kills.values())
    if as_json:
        rows = [
            {"label": label, "made": k.made, "rejected": k.by_check, "by_worlds": k.by_worlds}
            for label, k in kills.items()
        ]
        print(json.dumps(rows, indent=2))
        return 0 if by_check == made else 1
    width = max(map(len, kills))
    print(f"{'derivation':<{width}}  corruptions  rejected  by the worlds alone")
    for label, found in kills.items():
        print(f"{label:<{width}}  {found.made:>11}  {found.by_check:>8}  {found.by_worlds:>19}")
        for survivor in found.survivors:
            print(f"  NOT REJECTED: line {survivor.number}, {survivor.what}")
    rate = by_check / made
    print(f"{made} corruptions, {rate:.2%} rejected, {by_worlds / made:.1%} by the worlds alone")
    return 0 if by_check == made else 1


def _verify(as_json: bool) -> int:
    verdicts = [verify_one(label) for label in load_all()]
    failed = [verdict for verdict in verdicts if verdict.error]
    if as_json:
        print(json.dumps([asdict(verdict) for verdict in verdicts], indent=2, ensure_ascii=False))
        return 1 if failed else 0
    width = max(len(verdict.label) for verdict in verdicts)
    print(f"{'derivation':<{width}}  lines  seconds  evidence (lines that have it)")
    for verdict in verdicts:
        found = "; ".join(f"{text} ({count})" for text, count in verdict.evidence.items())
        row = f"{verdict.label:<{width}}  {verdict.lines:>5}  {verdict.seconds:>7.2f}  "
        print(row + (f"FAILED: {verdict.error}" if verdict.error else found))
    lines = sum(verdict.lines for verdict in verdicts)
    seconds = sum(verdict.seconds for verdict in verdicts)
    print(
        f"{len(verdicts)} derivations, {lines} lines with evidence, "
        f"{len(failed)} failed, {seconds:.1f} s"
    )
    return 1 if failed else 0


def _derive(label: str) -> int:
    load_all()
    try:
        derivation = registry.get(label)
    except KeyError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    print(rendering.text(derivation))
    return 0


def _measure(words: Sequence[str], module: str, run: str, arguments: Sequence[str]) -> int:
    """Run a part's own command by its own options, and keep or print the record.

    The last of ``words`` is what the command is about; it finds it as ``options.subject``.
    """
    # Here and not above: the other commands need no JAX.
    from coreformulas.training import surroundings, write_record

    command = import_module(module)
    parser = argparse.ArgumentParser(prog=" ".join(["coreformulas", *words]))
    command.add_options(parser)
    parser.set_defaults(subject=words[-1])
    parser.add_argument("--output", type=Path, help="where the JSON goes; the screen by default")
    options = parser.parse_args(arguments)
    if options.output is not None and not options.output.parent.is_dir():
        parser.error(f"argument --output: there is no folder {options.output.parent}")
    settings = surroundings(shlex.join(["python", "-m", "coreformulas", *words, *arguments]))
    try:
        record = {"settings": settings, **getattr(command, run)(options)}
    except ValueError as error:
        parser.error(str(error))
    if options.output is None:
        print(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        write_record(options.output, record)
        print(f"written to {options.output}")
    return 0


def _claims(as_json: bool) -> int:
    # Here and not above: the numbers need NumPy, the other commands do not.
    from coreformulas.comparison.command_claims import report

    load_all()

    def error_of(label: str) -> str | None:
        try:
            return verify_one(label).error
        except KeyError as error:
            return error.args[0]

    return report(error_of, as_json=as_json)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="coreformulas", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="check every derivation of the package")
    verify.add_argument("--json", action="store_true", help="print JSON instead of a table")
    verify.add_argument(
        "--corrupt",
        action="store_true",
        help="change every line in many ways instead and report how many changes are rejected",
    )
    derive = commands.add_parser("derive", help="print one derivation")
    derive.add_argument("label", help="the derivation's label, as 'verify' lists it")
    claims = commands.add_parser("claims", help="judge every claim of the article by its evidence")
    claims.add_argument("--json", action="store_true", help="print JSON instead of a table")
    train = commands.add_parser("train", help="train a model and measure it", add_help=False)
    train.add_argument("family", choices=FAMILIES)
    train.add_argument("options", nargs=argparse.REMAINDER, help="train FAMILY --help lists them")
    compare = commands.add_parser(
        "compare", help="measure all families side by side", add_help=False
    )
    compare.add_argument("subject", choices=COMPARISONS)
    compare.add_argument(
        "options", nargs=argparse.REMAINDER, help="compare SUBJECT --help lists them"
    )
    options = parser.parse_args(arguments)
    if options.command == "train":
        module = f"coreformulas.{options.family}.command"
        return _measure(["train", options.family], module, "train", options.options)
    if options.command == "compare":
        module = COMPARISONS[options.subject]
        return _measure(["compare", options.subject], module, "compare", options.options)
    if options.command == "verify":
        return _corrupt(options.json) if options.corrupt else _verify(options.json)
    if options.command == "claims":
        return _claims(options.json)
    return _derive(options.label)
