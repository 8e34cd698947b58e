"""The explorer of a VAE's codes, whose decoder runs in the page, against JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from live_cases import rounded
from live_pages import MOST_POINTS, drag, nameless_or_small, press, row, state, too_long, work

from coreformulas import vae
from coreformulas.live import pack_range, pack_weights

CLOSE = 1e-3


@pytest.fixture(scope="module")
def explored():
    """A VAE whose images differ, codes with their labels, and what the figure is given."""
    config = vae.VAEConfig(hidden=(24, 16), latent=2)
    model = vae.VAE(config, rngs=nnx.Rngs(jax.random.key(0)))
    rng = np.random.default_rng(0)
    for layer in model.decoder.layers:
        assert layer.bias is not None
        layer.kernel[...] = 2 * layer.kernel[...]
        layer.bias[...] = jnp.asarray(rng.normal(size=layer.bias.shape), jnp.float32)
    packed = pack_weights(nnx.state(model.decoder, nnx.Param))
    rounded(model.decoder, packed)
    codes, labels = rng.normal(size=(60, 2)).round(3), rng.integers(0, 10, 60)
    data = {
        "decoder": packed,
        "codes": codes.tolist(),
        "labels": labels.tolist(),
        "images": pack_range(rng.integers(0, 17, (60, 64)), low=0, high=16),
        "most": 16,
        "reach": 3.5,
    }
    return model, codes, labels, data


@pytest.mark.parametrize("width", [360, 900])
def test_latent(opened, explored, width):
    model, codes, labels, data = explored
    page = opened("latent", data, width=width)
    points = []
    for move in (
        lambda: None,
        lambda: press(page, "first", "ArrowRight", 30),
        lambda: press(page, "second", "ArrowLeft", 27),
        lambda: drag(page, (0.5, 0.2), (0.45, 0.3)),
    ):
        move()
        now = state(page)
        points.append((now["first"], now["second"]))
        z = jnp.array([points[-1]], jnp.float32)
        expected = np.asarray(vae.expected(model, z))[0]
        np.testing.assert_allclose(row(page, "expected"), expected, atol=CLOSE)
        assert now["dark"] == pytest.approx(expected.sum(), abs=64 * CLOSE)
        assert now["gray"] == ((expected >= 4) & (expected <= 12)).sum()
        away = np.linalg.norm(codes - points[-1], axis=1)
        assert now["nearest"] == away.argmin()
        assert now["distance"] == pytest.approx(away.min(), abs=CLOSE)
        assert now["label"] == labels[away.argmin()]
        assert f"a {labels[away.argmin()]}, {away.min():.2f} away" in page.text_content(
            "[aria-live]"
        )
    assert len(set(points)) == 4
    assert points[1] == pytest.approx((1.5, 0))
    said = page.get_attribute("input[name=second]", "aria-valuetext")
    assert said == f"{points[-1][1]:.2f}".replace("-", "−")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_picture_is_what_the_numbers_say(opened, explored):
    page = opened("latent", explored[-1], width=900)
    expected = row(page, "expected")
    # Right of the plane, below its caption; the middle of each pixel of the image.
    found = page.evaluate(
        """() => { const canvas = document.querySelector("canvas"), pen = canvas.getContext("2d");
        const left = canvas.clientWidth - 150, top = 27, middle = (i) => (i + 0.5) * 150 / 8;
        return Array.from({length: 64}, (_, i) => pen.getImageData(
          left + middle(i % 8), top + middle(Math.floor(i / 8)), 1, 1).data[0]); }"""
    )
    np.testing.assert_allclose(found, 240 + (16 - 240) * expected / 16, atol=1)


COUNT_WORDS = """() => {
  const pen = CanvasRenderingContext2D.prototype, usual = pen.fillText;
  window.drawn = 0;
  pen.fillText = function (...given) { window.drawn++; return usual.apply(this, given); };
}"""


def test_codes_are_drawn_once_for_a_size_and_a_theme(opened, explored):
    page = opened("latent", explored[-1], width=900)
    codes = len(explored[1])
    state(page)
    page.evaluate(COUNT_WORDS)

    def drawn():
        page.wait_for_timeout(500)  # a theme is looked at once more when it has faded in
        state(page)
        return page.evaluate("const all = window.drawn; window.drawn = 0; all")

    press(page, "first", "ArrowRight")
    each = drawn()
    assert 0 < each < codes
    page.evaluate("document.documentElement.style.color = 'white'")
    assert codes < drawn() <= codes + 3 * each
    page.set_viewport_size({"width": 500, "height": 700})
    assert drawn() > codes
    press(page, "first", "ArrowRight")
    assert 0 < drawn() < codes


def test_everything_has_a_name_and_a_frame_of_bounded_work(opened, explored):
    page = opened("latent", explored[-1], width=360)
    assert nameless_or_small(page) == []
    counted = work(page)
    assert 1 <= counted["frames"] <= 2
    assert 0 < counted["most"] < MOST_POINTS
    assert too_long(page) == []
