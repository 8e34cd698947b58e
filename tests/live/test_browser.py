"""Each live figure, driven from file:// by keyboard and pointer, against numbers from Python."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from live_pages import drag, press, state
from scipy.stats import norm

from coreformulas import gan

CLOSE = 1e-3
SCORES = [1.3, -0.4, 0.2, -1.1, 0.7]


def test_jensen(opened):
    page = opened("jensen", {"first": 1, "second": 8, "weight": 0.5})

    def gap(now):
        ends, weights = np.array([now["first"], now["second"]]), [now["weight"], 1 - now["weight"]]
        return np.log(ends @ weights) - np.log(ends) @ weights

    before = state(page)
    press(page, "weight", "ArrowRight", 20)
    after = state(page)
    assert after["weight"] == pytest.approx(0.7)
    assert after["gap"] != pytest.approx(before["gap"], abs=CLOSE)
    drag(page, (0.8, 0.15), (0.5, 0.5))  # the second point, held though the others come nearer
    moved = state(page)
    assert moved["second"] == pytest.approx(5, abs=0.4)
    assert moved["first"] == 1
    drag(page, (0.25, 0.4), (0.35, 0.4))  # the mean: along the chord, by the weight
    weighted = state(page)
    assert weighted["weight"] < moved["weight"]
    assert (weighted["first"], weighted["second"]) == (moved["first"], moved["second"])
    for now in (before, after, moved, weighted):
        assert now["gap"] == pytest.approx(gap(now), abs=CLOSE)
    assert f"{weighted['gap']:.4f}" in page.inner_text("[aria-live=polite]")
    assert page.get_attribute("input[name=weight]", "aria-valuetext") == str(weighted["weight"])


def test_elbo(opened):
    a, b, s, x = 1.5, 0.3, 0.8, 2.0
    page = opened("elbo", {"a": a, "b": b, "s": s, "x": x})
    z = np.linspace(-12, 12, 40001)
    joint = norm.logpdf(z) + norm.logpdf(x, a * z + b, s)
    evidence = np.log(np.trapezoid(np.exp(joint), z))
    press(page, "width", "ArrowLeft", 6)
    first = state(page)
    drag(page, (0.5, 0.3), (0.7, 0.3))
    second = state(page)
    assert second["mean"] == pytest.approx(1.6, abs=0.1)
    for now in (first, second):
        log_q = norm.logpdf(z, now["mean"], now["width"])
        elbo = np.trapezoid(np.exp(log_q) * (joint - log_q), z)
        assert now["elbo"] == pytest.approx(elbo, abs=CLOSE)
        assert now["kl"] == pytest.approx(evidence - elbo, abs=CLOSE)
        assert now["elbo"] + now["kl"] == pytest.approx(evidence, abs=CLOSE)


def test_softmax(opened):
    page = opened("softmax", {"scores": SCORES})
    for _ in range(2):
        now = state(page)
        raw = jax.nn.softmax(jnp.array(SCORES) * 2 ** (now["exponent"] / 2))
        scaled = jax.nn.softmax(jnp.array(SCORES))
        assert now["largestRaw"] == pytest.approx(float(raw.max()), abs=CLOSE)
        assert now["entropyRaw"] == pytest.approx(
            float(jax.scipy.special.entr(raw).sum()), abs=CLOSE
        )
        assert now["largestScaled"] == pytest.approx(float(scaled.max()), abs=CLOSE)
        entropy = float(jax.scipy.special.entr(scaled).sum())
        assert now["entropyScaled"] == pytest.approx(entropy, abs=CLOSE)
        press(page, "exponent", "ArrowLeft", 4)
    assert state(page)["exponent"] == 0


def test_dirac(opened):
    page = opened("dirac", {"steps": 50}, width=360)
    drag(page, (0.3, 0.5), (0.45, 0.3))
    before = state(page)
    press(page, "gamma", "ArrowRight", 12)
    after = state(page)
    press(page, "gamma", "ArrowRight", 20)
    real = state(page)
    assert (before["gamma"], after["gamma"]) == (0, pytest.approx(0.6))
    assert before["theta"] == pytest.approx(1.5, abs=0.3)
    assert before["psi"] == pytest.approx(1.4, abs=0.3)
    for now in (before, after, real):
        field = gan.r1_field(now["gamma"])
        point = jnp.array([now["theta"], now["psi"]])
        for _ in range(50):
            point = point + now["step"] * field(point)
        assert [now["lastTheta"], now["lastPsi"]] == pytest.approx(point.tolist(), abs=CLOSE)
        matrix = jnp.eye(2) + now["step"] * jax.jacobian(field)(jnp.zeros(2))
        values = np.linalg.eigvals(np.asarray(matrix))
        assert now["radius"] == pytest.approx(float(abs(values).max()), abs=CLOSE)
        assert now["imaginary"] == pytest.approx(float(values.imag.max()), abs=CLOSE)
        assert now["real"] == pytest.approx(float(values.real.max()), abs=CLOSE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
