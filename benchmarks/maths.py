"""MathJax in the reader's browser, or KaTeX when the book is built? ``python -m benchmarks.maths``.

The page with the most formulas, as ``make book`` wrote it, is opened in headless Chromium in two
forms that take turns: as it is, where MathJax 3 draws the formulas when the page is opened, and
with every formula replaced by what KaTeX made of it, its style sheet and fonts beside it and
MathJax left out. Each form is opened as the first page of a visit and as a further one, on three
machines: this one, a phone's processor (four times slower), and that phone on a slow line (1.6
Mbit/s, 150 ms).

KaTeX is no dependency of the book. Its files are those of ``npm pack katex``, unpacked:

    python -m benchmarks.maths --katex package/dist

The table goes to the screen, all numbers to ``benchmarks/results/maths.json``.
"""

import argparse
import json
import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page

from coreformulas.training import surroundings
from coreformulas.training.record import write_record

BOOK = Path(__file__).resolve().parents[1] / "book"
sys.path.insert(0, str(BOOK))

from browser import chromium  # noqa: E402
from served import DRAWN, FRONT, PATIENCE, SITE, pages_of, served  # noqa: E402

RESULT = Path(__file__).parent / "results" / "maths.json"
MACHINES = {
    "this processor": (1, None),
    "a phone's processor": (4, None),
    "a phone on a slow line": (4, {"throughput": 1.6e6 / 8, "latency": 150}),
}
OBSERVE = """
window.seen = {shift: 0, blocked: 0, still: 0};
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  seen.shift += entry.value;
  seen.still = entry.startTime;
})).observe({type: 'layout-shift', buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  seen.blocked += entry.duration;
})).observe({type: 'longtask', buffered: true});
"""
# Runs after the last formula stands and its fonts are there.
MEASURE = """
(async () => {
  await window.MathJax?.startup?.promise;
  await document.fonts.ready;
  const drawn = performance.now();
  await new Promise((done) => setTimeout(done, 300));
  const [paint] = performance.getEntriesByName('first-contentful-paint');
  return {first_paint: paint.startTime, drawn, ...seen};
})()
"""
# Every formula of the page as KaTeX draws it; returns those that it cannot.
RENDER = r"""
(delimiters) => {
  const failed = [];
  const draw = (text, displayMode) => {
    try { return katex.renderToString(text, {displayMode, throwOnError: true, strict: false}); }
    catch (error) { failed.push(`${text.slice(0, 80)}: ${error.message}`); return text; }
  };
  const parts = document.querySelectorAll(
    'article .math, article .output_area, article .derivation td, article .derivation caption');
  for (const part of parts) {
    if (part.querySelector('.math, td')) continue;
    const holder = document.createElement('template');
    for (const text of [...part.childNodes].filter((node) => node.nodeType === 3)) {
      holder.innerHTML = text.data.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`).replace(
        /\\\((.+?)\\\)|\\\[(.+?)\\\]/gs,
        (whole, line, display) => {
          const box = document.createElement('textarea');
          box.innerHTML = line ?? display;
          return draw(box.value, display !== undefined);
        });
      text.replaceWith(holder.content.cloneNode(true));
    }
  }
  return failed;
}
"""


def formulas_of(html: str) -> int:
    """How many formulas a page has, in text, on lines of their own and in derivations."""
    return len(re.findall(r"\\\(|\\\[", html.partition("<article")[2]))


def write_katex_page(site: Path, page: str, katex: Path, browser: Browser) -> tuple[str, list[str]]:
    """Write the page with KaTeX's formulas beside the other, and say what KaTeX could not draw."""
    target = site / "_static" / "katex"
    shutil.copytree(katex / "fonts", target / "fonts", dirs_exist_ok=True)
    shutil.copy(katex / "katex.min.css", target)
    for old in (*target.glob("fonts/*.woff"), *target.glob("fonts/*.ttf")):
        old.unlink()  # the browsers of today take the third form
    context = browser.new_context(java_script_enabled=False)
    sheet = context.new_page()
    sheet.set_default_timeout(PATIENCE)
    sheet.goto((site / page).as_uri())
    sheet.evaluate((katex / "katex.min.js").read_text("utf-8"))
    failed = sheet.evaluate(RENDER, None)
    html = "<!DOCTYPE html>\n" + sheet.evaluate("document.documentElement.outerHTML")
    context.close()
    html, removed = re.subn(r"<script[^>]*mathjax[^>]*></script>", "", html)
    assert removed, "the page loads no MathJax"
    up = "../" * page.count("/")
    style = f'<link rel="stylesheet" href="{up}_static/katex/katex.min.css">'
    name = page.replace(".html", "-katex.html")
    (site / name).write_text(html.replace("</head>", style + "</head>"), "utf-8")
    return name, failed


def opened(context: BrowserContext, address: str, machine: str) -> dict[str, float]:
    """Milliseconds, kilobytes and shifts of one opening."""
    slower, line = MACHINES[machine]
    page, taken = context.new_page(), []
    page.set_default_timeout(PATIENCE)
    page.add_init_script(OBSERVE)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: taken.append(event["encodedDataLength"]))
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    if line is not None:
        speed = {"downloadThroughput": line["throughput"], "uploadThroughput": line["throughput"]}
        session.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": line["latency"], **speed},
        )
    page.goto(address, wait_until="load")
    found = page.evaluate(MEASURE)
    found["kilobytes"] = sum(taken) / 1000
    found["elements"] = count_elements(page)
    page.close()
    return found


def count_elements(page: Page) -> int:
    """How many elements the page holds when it is drawn."""
    return page.evaluate("document.getElementsByTagName('*').length")


def take_turns(browser: Browser, address: str, forms: dict[str, str], rounds: int) -> dict:
    """Every form on every machine, as a first and as a further page, in turns."""
    found: dict[str, dict[str, list]] = {}
    for _ in range(rounds):
        for machine in MACHINES:
            for form, page in forms.items():
                context = browser.new_context(viewport={"width": 412, "height": 900})
                first = opened(context, f"{address}/{page}", machine)
                context.close()
                context = browser.new_context(viewport={"width": 412, "height": 900})
                front = context.new_page()
                front.goto(f"{address}/{FRONT}")
                front.evaluate(DRAWN)
                front.close()
                further = opened(context, f"{address}/{page}", machine)
                context.close()
                for kind, numbers in (("first", first), ("further", further)):
                    place = found.setdefault(f"{form}, {kind} page, {machine}", {})
                    for name, value in numbers.items():
                        place.setdefault(name, []).append(round(value, 3))
    return found


def summary(found: dict[str, dict[str, list]]) -> dict[str, dict[str, float]]:
    """Medians over the rounds."""
    return {
        where: {name: round(float(np.median(values)), 3) for name, values in numbers.items()}
        for where, numbers in found.items()
    }


def show(medians: dict[str, dict[str, float]]) -> None:
    """A line for each form, kind of visit and machine."""
    print(f"{'':52}{'paint':>8}{'drawn':>9}{'blocked':>9}{'shift':>7}{'KB':>7}{'elements':>10}")
    for where, number in medians.items():
        print(
            f"{where:<52}{number['first_paint']:>5.0f} ms{number['drawn']:>6.0f} ms"
            f"{number['blocked']:>6.0f} ms{number['shift']:>7.2f}{number['kilobytes']:>7.0f}"
            f"{number['elements']:>10.0f}"
        )


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.maths", description=__doc__)
    parser.add_argument("--katex", type=Path, required=True, help="dist of the npm package")
    parser.add_argument("--site", type=Path, default=SITE)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path, default=RESULT)
    arguments = parser.parse_args()
    pages = {
        page: formulas_of((arguments.site / page).read_text()) for page in pages_of(arguments.site)
    }
    longest = max(pages, key=lambda page: pages[page])
    record: dict[str, Any] = {
        "settings": surroundings(f"python -m benchmarks.maths {shlex.join(sys.argv[1:])}"),
        "page": longest,
        "formulas": pages[longest],
    }
    record["settings"]["katex"] = json.loads((arguments.katex.parent / "package.json").read_text())[
        "version"
    ]
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        site = Path(folder) / "site"
        shutil.copytree(arguments.site, site)
        name, failed = write_katex_page(site, longest, arguments.katex, browser)
        record["settings"]["chromium"] = browser.version
        record["katex_cannot"] = failed
        with served(site) as address:
            forms = {"MathJax": longest, "KaTeX": name}
            found = take_turns(browser, address, forms, arguments.rounds)
    record["medians"], record["rounds"] = summary(found), found
    print(f"{longest}: {pages[longest]} formulas; KaTeX cannot draw {len(failed)}\n")
    show(record["medians"])
    write_record(arguments.output, record)


if __name__ == "__main__":
    main()
