"""What a page gets: valid SVG of its own, in the page's color, with alt text."""

import io
import re
import xml.etree.ElementTree as ElementTree

import matplotlib
import matplotlib.image
import numpy as np
import pytest

from coreformulas.plotting import COLORS, INK, STYLE, image_grid, new_figure, show

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"


def figure_of(values):
    figure, axes = new_figure()
    axes[0, 0].plot(values)
    axes[0, 0].fill_between(range(len(values)), values, hatch="/", alpha=0.3)
    axes[0, 0].set_xlabel("z₁ & more")
    return figure


def html_of(values=(1, 3, 2), alt="A line that rises and falls."):
    return show(figure_of(values), alt=alt).to_html()


def ids(root):
    return [element.get("id") for element in root.iter() if element.get("id") is not None]


def references(html, root):
    links = [element.get(LINK, "") for element in root.iter()]
    return {link[1:] for link in links if link.startswith("#")} | set(
        re.findall(r"url\(#([^)]+)\)", html)
    )


def test_it_is_one_svg_in_a_named_div_with_alt_text():
    root = ElementTree.fromstring(html_of(alt='Less < "more" & so\n  on'))
    assert (root.tag, root.get("class")) == ("div", "coreformulas-figure")
    (svg,) = root
    assert svg.tag == f"{SVG}svg"
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == 'Less < "more" & so on'
    assert "max-width" in svg.get("style", "")
    assert svg.get("width") is None


def test_ink_follows_the_page_and_data_keep_their_colors():
    html = html_of()
    assert INK not in html.lower()
    assert "#000000" not in html
    assert html.count("currentColor") > 10
    assert COLORS[0] in html.lower()
    assert "DejaVu" not in html


def test_nothing_in_it_reaches_the_rest_of_the_page():
    html = html_of()
    root = ElementTree.fromstring(html)
    assert root.find(f".//{SVG}style") is None
    assert root.find(f".//{SVG}metadata") is None
    assert "<!--" not in html
    assert "\n\n" not in html


def test_every_reference_finds_its_id_and_no_two_figures_share_one():
    first, second = html_of(), html_of(values=(5, 1, 4))
    roots = [ElementTree.fromstring(html) for html in (first, second)]
    for html, root in zip((first, second), roots, strict=True):
        assert len(ids(root)) == len(set(ids(root)))
        assert len(references(html, root)) > 2  # ticks, clip paths and a hatch
        assert references(html, root) == set(ids(root))
    assert not set(ids(roots[0])) & set(ids(roots[1]))


def corners(path):
    """The numbers of a path; of a polygon by its sides, those of its corners."""
    places = np.array(re.findall(r"-?[\d.]+", path), dtype=float)
    if " l " in path:
        places = np.cumsum(places.reshape(-1, 2), axis=0)
        places = np.concatenate([places, places[:1]]).ravel()
    return places.tolist()


def test_a_polygon_is_drawn_by_its_sides():
    figure, axes = new_figure()
    axes[0, 0].set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1))
    axes[0, 0].quiver(0.5, 0.5, 1, 0, scale=4)
    html = show(figure, alt="an arrow").to_html()
    (arrow,) = re.findall(r'd="(M [^"]*)" clip-path', html)
    assert re.fullmatch(r"M [\d.]+ [\d.]+ l( -?[\d.]+ -?[\d.]+){6} z", arrow)
    x, y = np.array(corners(arrow)).reshape(-1, 2).T
    assert (x[0], y[0]) == (x[-1], y[-1])
    assert np.ptp(x) > 5 * np.ptp(y) > 0


def test_a_polygon_without_extent_is_a_point():
    figure, axes = new_figure()
    axes[0, 0].set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1))
    axes[0, 0].fill([0.5] * 3, [0.5] * 3)
    html = show(figure, alt="nothing to see").to_html()
    paths = re.findall(r' d="([^"]*)"', html)
    assert any(re.fullmatch(r"M [\d.]+ [\d.]+ z", path) for path in paths)
    assert not any(re.search(r"l\s+z", path) for path in paths)


def test_coordinates_are_short_and_labels_are_not():
    figure, axes = new_figure()
    xs = np.linspace(0, 1, 400)
    axes[0, 0].plot(xs, np.sin(7 * xs))
    axes[0, 0].scatter(xs, xs**2, marker="x")
    axes[0, 0].set(xticks=[0.125625], xticklabels=["0.125625"])
    html = show(figure, alt="a wave and a parabola").to_html()
    drawn = re.findall(r' d="([^"]*)"', html) + re.findall(r"translate\(([^)]*)", html)
    places = re.findall(r'<use [^>]*?x="([^"]*)" y="([^"]*)"', html)
    assert len(places) > 400
    decimals = [len(part) for path in drawn for part in re.findall(r"\.(\d+)", path)]
    assert max(decimals) == 2
    assert max(len(text.partition(".")[2]) for place in places for text in place) == 1
    assert "0.125625" in html
    original = io.StringIO()
    with matplotlib.rc_context({**STYLE, "svg.fonttype": "none"}):
        figure.savefig(original, format="svg", bbox_inches="tight", pad_inches=0.05)
    numbers = [
        [x for path in re.findall(r' d="([^"]*)"', text) for x in corners(path)]
        for text in (html, re.sub(r"<metadata>.*?</metadata>", "", original.getvalue(), flags=re.S))
    ]
    np.testing.assert_allclose(numbers[0], numbers[1][-len(numbers[0]) :], atol=0.0051)


def test_equal_figures_give_equal_text():
    assert html_of() == html_of()
    assert html_of() != html_of(values=(1, 3, 3))


def test_images_stay_sharp_and_inside():
    images = np.arange(4 * 64).reshape(2, 2, 8, 8) % 17
    html = show(image_grid(images, maximum=16, scale_label="counts"), alt="Digits.").to_html()
    pictures = ElementTree.fromstring(html).findall(f".//{SVG}image")
    assert len(pictures) == 2  # the sheet and its scale
    for picture in pictures:
        assert picture.get(LINK, "").startswith("data:image/png;base64,")
        assert "pixelated" in picture.get("style", "")


def test_the_notebook_gets_html_an_opaque_png_and_text(tmp_path):
    bundle = show(figure_of([1, 2]), alt="A line.")._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    assert bundle["text/plain"] == "A line."
    path = tmp_path / "figure.png"
    path.write_bytes(bundle["image/png"])
    pixels = matplotlib.image.imread(path)
    assert pixels.shape[0] > 100
    assert pixels.shape[1] > 100
    np.testing.assert_array_equal(pixels[0, 0, :3], 1.0)
    assert pixels.shape[2] == 3 or np.all(pixels[..., 3] == 1)


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_alt_text_is_required(alt):
    with pytest.raises(ValueError, match="alt must say in words"):
        show(figure_of([1, 2]), alt=alt)
