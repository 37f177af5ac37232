"""The pages that live, as people use them: dragged, typed into and read back in Chromium.

``python -m pytest -m slow tests/test_pages.py``; what needs no browser asks Node and runs
by default where Node is there.
"""

import functools
import http.server
import itertools
import json
import re
import shutil
import subprocess
import threading
from pathlib import Path

import bundle
import numpy as np
import pytest

from draw_np import attention, mistakes, model
from draw_np.data import digits

ROOT = Path(__file__).parent.parent
LIVE = ROOT / "chapters" / "site" / "live"
NODE = shutil.which("node")
slow = pytest.mark.slow

# ---------------------------------------------------------------- what needs no page


def node(script):
    """What a module script prints as JSON; it imports from ``LIVE``."""
    if NODE is None:
        pytest.skip("no Node here")
    script = script.replace("LIVE", LIVE.as_uri())
    command = [NODE, "--input-type=module", "-"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_drawing_is_enlarged_as_the_digits_are():
    counts = digits.originals()[0][:20]
    found = node(f"""
        import {{ enlarge }} from "LIVE/digit.js";
        const all = {counts.reshape(len(counts), -1).tolist()};
        console.log(JSON.stringify(all.map((c) => Array.from(enlarge(c)))));
    """)
    wanted = np.stack([digits.enlarge(image) for image in counts])
    np.testing.assert_allclose(np.reshape(found, wanted.shape), wanted, atol=1e-5)


SEVEN = [[[0.2, 0.25], [0.75, 0.2], [0.5, 0.8]], [[0.35, 0.5], [0.7, 0.5]]]


@pytest.mark.parametrize(
    "strokes",
    [
        SEVEN,
        [[[0.5, 0.1], [0.5, 0.9]]],
        [[[0.1, 0.1], [0.9, 0.9]]],
        [[[0.4, 0.4]]],
        [[[0, 0], [9, 0]]],
    ],
    ids=["a 7", "a 1", "a slash", "a point", "a dash"],
)
def test_a_drawing_has_the_place_and_the_ink_of_the_digits(strokes):
    found = node(f"""
        import {{ counted, imageOf, inked }} from "LIVE/digit.js";
        const strokes = {json.dumps(strokes)};
        const small = counted(inked(strokes));
        const moved = strokes.map((s) => s.map(([x, y]) => [40 + 3 * x, 3 * y - 7]));
        console.log(JSON.stringify([small, imageOf(strokes), imageOf(moved)].map((v) => [...v])));
    """)
    counts, image, moved = map(np.array, found)
    counts = counts.reshape(8, 8)
    assert np.array_equal(counts, counts.round()) and counts.min() >= 0 and counts.max() <= 16
    np.testing.assert_allclose(moved, image, atol=1e-9)  # where and how large does not matter
    assert image.shape == (784,) and image.min() >= 0 and image.max() == 1
    if len(strokes[0]) > 1 and strokes[0][1] != [9, 0]:
        assert counts[0].max() > 4 and counts[-1].max() > 4  # as high as its frame
        assert abs(counts.mean() / 16 - 0.305) < 0.03
    if strokes[0][0] == [0.1, 0.1]:  # as wide as high: made as wide as the widest digits
        assert 6 <= np.sum(counts.max(axis=0) > 2) <= 7


def test_no_drawing_is_no_image():
    assert node('import { imageOf } from "LIVE/digit.js"; console.log(imageOf([]));') is None


@pytest.mark.parametrize(
    "name",
    [
        "zero-based-grid",
        "rows-not-normalised",
        "epsilon-added-to-the-sum",
        "nothing-against-0-over-0",
    ],
)
@pytest.mark.parametrize("tilde", [0.0, 1.0, 3.0])
def test_a_mistake_is_the_one_of_the_catalogue(name, tilde):
    """In single precision, as in chapter 8, where rows die and turn into no numbers."""
    raw = np.array([[tilde, -0.2, 0.3, 0, 0]], dtype=np.float32)
    with mistakes.made(name), np.errstate(all="ignore"):
        att = attention.attention(raw, 28, 28, 5)
        wanted = np.concatenate([F[0].ravel() for F in attention.filterbanks(att, 28, 28, 5)])
    grid = {key: float(v[0]) for key, v in att._asdict().items()}
    found = node(f"""
        import {{ banksWith }} from "LIVE/mistakes.js";
        const {{ F_X, F_Y }} = banksWith("{name}", {json.dumps(grid)}, 28, 28, 5);
        console.log(JSON.stringify([...F_X, ...F_Y]));
    """)
    np.testing.assert_allclose(np.array(found, dtype=float), wanted, rtol=1e-4, atol=1e-6)


def test_a_completion_keeps_what_is_seen_and_changes_what_is_not():
    network = bundle.packed(*unpacked("small"))
    found = node(f"""
        import {{ unpacked }} from "LIVE/weights.js";
        import {{ complete, mask }} from "LIVE/run.js";
        const network = unpacked({json.dumps(network)});
        const x = Float64Array.from({black_and_white(3).ravel().tolist()});
        const hidden = mask(network.config, "right");
        const rounds = [0, 1].map((seed) => {{
          const chain = complete(network, x, hidden, seed);
          return [1, 2, 3].map(() => [...chain.next().value]);
        }});
        console.log(JSON.stringify({{ hidden: [...hidden], rounds }}));
    """)
    hidden = np.array(found["hidden"]).reshape(28, 28)
    assert np.array_equal(hidden, np.arange(28)[None].repeat(28, 0) >= 14)
    rounds = np.reshape(found["rounds"], (2, 3, 28, 28))
    assert np.array_equal(
        rounds[..., :14], np.broadcast_to(black_and_white(3)[0, :, :14], (2, 3, 28, 14))
    )
    guessed = rounds[..., 14:]
    assert guessed.min() >= 0 and guessed.max() <= 1
    assert np.abs(guessed[0] - guessed[1]).max() > 0.1  # two guesses are two
    assert np.abs(guessed[:, 0] - guessed[:, 2]).max() > 0.1


def test_other_noise_is_other_in_its_step_alone():
    found = node("""
        import { noise } from "LIVE/run.js";
        const sizes = { T: 12, Z: 16 };
        const all = [[0, {}], [0, { 3: 1 }], [0, { 3: 2 }], [0, { 5: 1 }], [1, { 3: 1 }]];
        console.log(JSON.stringify(all.map(([draw, changed]) => [...noise(sizes, draw, changed)])));
    """)
    plain, first, second, later, other = np.reshape(found, (5, 12, 16))
    same = np.delete(np.arange(12), 3)
    assert np.array_equal(first[same], plain[same]) and np.array_equal(second[same], plain[same])
    rows = [plain[3], first[3], second[3], later[5], other[3], plain[5]]
    off = np.corrcoef(rows) - np.eye(len(rows))
    assert np.abs(off).max() < 0.9  # no two are the same noise


def unpacked(name):
    network = bundle.network(name)
    return network.params, network.config


def black_and_white(digit):
    """The page's digit of this name as the pad sees it, (1, 28, 28)."""
    image = digits.parts()["test"][0][bundle.CHOSEN[digit]]
    return (image > 255 / 2).astype(np.float64)


def test_the_digits_of_the_page_are_0_to_9():
    labels = digits.parts()["test"][1]
    assert [int(labels[i]) for i in bundle.CHOSEN] == list(range(10))


# ---------------------------------------------------------------- the explorer

START = {"g_X": 14.5, "g_Y": 14.0, "delta": 2.6, "sigma2": 1.7, "gamma": 1.0, "N": 9}


@pytest.fixture
def explorer(built, browser):
    browser.size(1280, 900)
    open_chapter(built, browser)
    yield browser
    assert browser.complaints() == []


def open_chapter(built, browser):
    """Open chapter 8, and wait for its equations, which move what is below them."""
    browser.open((built / "08_filterbank.html").as_uri())
    browser.run("MathJax.startup.promise.then(() => 0)")


def numbers(browser):
    """The numbers in the explorer's fields."""
    fields = browser.run(
        "[...document.querySelectorAll('.live-fields input[type=number]')]"
        ".map((i) => [i.name, i.valueAsNumber])"
    )
    return dict(fields)


def press(browser, text, within=".live"):
    """Click on the button that says so."""
    found = browser.run(
        f"""(() => {{ const b = [...document.querySelectorAll({json.dumps(within + " button")})]
        .find((b) => b.textContent === {json.dumps(text)}); b?.click(); return Boolean(b); }})()"""
    )
    assert found, f"there is no button {text!r}"


def said(browser, selector=".live-said"):
    return browser.run(f"document.querySelector({json.dumps(selector)}).textContent")


def unit(browser):
    """Pixels of the screen for one of the image: the corner is (N - 1) delta / 2 away."""
    grid, corner = browser.place(".live-grid"), browser.place(".live-corner")
    n = numbers(browser)
    return (corner[0] - 8 - grid[0]) / ((n["N"] - 1) * n["delta"] / 2 + 0.5)


def patch_of(n, digit=2):
    """What the package reads with these numbers of a digit of the page, (N, N)."""
    image = digits.parts()["test"][0][bundle.CHOSEN[digit]][None] / 255
    values = (n["g_X"], n["g_Y"], n["delta"], n["sigma2"], n["gamma"])
    att = attention.Attention(*(np.array([float(v)]) for v in values))
    return attention.glimpse(image, att, int(n["N"]))[0, 0]


def pointed_at(browser, j, i, N=None):
    """The number that is said of a cell of the patch, counted from 1, when it is pointed at."""
    N = N or numbers(browser)["N"]
    browser.hover(".live-patch", (i - 0.5) / N, (j - 0.5) / N)
    words = said(browser)
    assert words.startswith(f"patch[{j}, {i}] = γ Σ F_Y[{j}, b] x[b, a] F_X[{i}, a] = "), words
    return float(re.search(r"× -?[\d.]+ = ([\d.]+)\.", words)[1])


@slow
def test_the_window_is_dragged_and_the_patch_follows(explorer):
    assert numbers(explorer) == START
    scale, at = unit(explorer), explorer.place(".live-grid")
    explorer.drag(at, (at[0] - 3 * scale, at[1] + 2 * scale))
    n = numbers(explorer)
    assert n["g_X"] == pytest.approx(11.5, abs=0.1) and n["g_Y"] == pytest.approx(16, abs=0.1)
    assert {k: n[k] for k in ("delta", "sigma2", "gamma", "N")} == {
        k: START[k] for k in ("delta", "sigma2", "gamma", "N")
    }
    for j, i in ((1, 1), (4, 7), (9, 5)):
        assert pointed_at(explorer, j, i) == pytest.approx(patch_of(n)[j - 1, i - 1], abs=6e-4)


@slow
def test_everything_follows_while_the_button_is_down(explorer):
    at = explorer.place(".live-grid")
    explorer.drag(at, (at[0] - 60, at[1]), release=False)
    assert numbers(explorer)["g_X"] < 10
    explorer.mouse("Released", at[0] - 60, at[1])
    before = numbers(explorer)
    explorer.ask("Input.dispatchMouseEvent", type="mouseMoved", x=at[0] + 50, y=at[1])
    assert numbers(explorer) == before  # what was let go stays


@slow
def test_the_corner_stretches_the_stride(explorer):
    scale, at = unit(explorer), explorer.place(".live-corner")
    explorer.drag(at, (at[0] - 4 * scale, at[1] - 4 * scale))
    assert numbers(explorer)["delta"] == pytest.approx(2.6 - 1, abs=0.05)


@slow
def test_the_ring_sets_sigma(explorer):
    scale, at = unit(explorer), explorer.place(".live-ring")
    explorer.drag(at, (at[0] + scale, at[1]))
    assert numbers(explorer)["sigma2"] == pytest.approx((1.7**0.5 + 1) ** 2, abs=0.2)


@slow
def test_the_slider_scales_the_patch(explorer):
    explorer.run("document.querySelector('.live-gamma').focus({ preventScroll: true })")
    explorer.key("ArrowLeft", times=5)
    n = numbers(explorer)
    assert n["gamma"] == pytest.approx(np.exp(-0.05), abs=0.006)
    wanted = patch_of({**n, "gamma": 1.0})[4, 4] * np.exp(-0.05)
    assert pointed_at(explorer, 5, 5) == pytest.approx(wanted, abs=6e-3)


@slow
@pytest.mark.parametrize(
    "handle, key, name, change",
    [
        ("grid", "ArrowRight", "g_X", 0.5),
        ("grid", "ArrowUp", "g_Y", -0.5),
        ("corner", "ArrowUp", "delta", 0.1),
        ("corner", "ArrowLeft", "delta", -0.1),
        ("ring", "ArrowRight", "sigma2", 2 * 0.1 * 1.7**0.5 + 0.01),
    ],
)
def test_keys_move_what_has_the_focus(explorer, handle, key, name, change):
    explorer.run(f"document.querySelector('.live-{handle}').focus({{ preventScroll: true }})")
    explorer.key(key)
    assert numbers(explorer)[name] == pytest.approx(START[name] + change, abs=2e-3)
    text = explorer.run(f"document.querySelector('.live-{handle}').getAttribute('aria-valuetext')")
    assert re.search(r"\d", text)


@slow
def test_a_finger_drags_on_a_phone_and_the_page_stays(explorer, built):
    explorer.size(390, 844, touch=True)
    open_chapter(built, explorer)
    scale, (x, y) = unit(explorer), explorer.place(".live-grid")
    before = explorer.run("scrollY")
    explorer.touch("Start", (x, y))
    for k in range(1, 6):
        explorer.touch("Move", (x + k * scale, y + k * scale))
    explorer.touch("End")
    n = numbers(explorer)
    assert n["g_X"] == pytest.approx(19.5, abs=0.3) and n["g_Y"] == pytest.approx(19, abs=0.3)
    assert abs(explorer.run("scrollY") - before) < 3


def type_into(browser, name, text):
    """Put text into a field, as typing it would."""
    browser.run(
        f"""(() => {{ const i = document.querySelector('.live-fields input[name={name}]');
        i.focus({{ preventScroll: true }}); i.value = {json.dumps(text)};
        i.dispatchEvent(new Event('input')); }})()"""
    )


@slow
def test_numbers_are_typed(explorer):
    for name, value in {
        "g_X": 9.25,
        "g_Y": 12,
        "delta": 1.5,
        "sigma2": 0.8,
        "gamma": 2,
        "N": 4,
    }.items():
        type_into(explorer, name, str(value))
    n = numbers(explorer)
    assert pointed_at(explorer, 2, 3) == pytest.approx(patch_of(n)[1, 2], abs=6e-4)
    assert said(explorer, ".live-fields .live-note") == ""


@slow
@pytest.mark.parametrize(
    "name, text, wanted",
    [
        ("g_X", "400", "The centre g_X must be a number from -20 to 49."),
        ("sigma2", "0", "The variance σ² must be a number from 0.01 to 400."),
        ("sigma2", "", "The variance σ² must be a number from 0.01 to 400."),
        ("N", "2.5", "The filters a side, N must be a whole number from 1 to 16."),
    ],
)
def test_a_number_that_cannot_be_is_said_and_not_taken(explorer, name, text, wanted):
    before = pointed_at(explorer, 5, 5)
    type_into(explorer, name, text)
    assert said(explorer, ".live-fields .live-note") == wanted
    assert pointed_at(explorer, 5, 5, N=9) == before
    explorer.run("document.activeElement.dispatchEvent(new Event('change'))")  # it is left
    assert numbers(explorer) == START


@slow
def test_states_of_the_text_are_a_click(explorer):
    press(explorer, "the head of the 2")
    assert numbers(explorer) == {**START, "g_X": 13, "g_Y": 9, "delta": 2.2, "sigma2": 1, "N": 5}
    press(explorer, "partly outside")
    n = numbers(explorer)
    assert n == {**START, "g_X": 5.5}
    for j, i in ((3, 1), (8, 8)):  # filters outside read the edge pixel
        assert pointed_at(explorer, j, i) == pytest.approx(patch_of(n)[j - 1, i - 1], abs=6e-4)
    press(explorer, "N = 1")
    n = numbers(explorer)
    assert pointed_at(explorer, 1, 1) == pytest.approx(patch_of(n)[0, 0], abs=6e-4)
    assert explorer.run("document.querySelector('.live-corner').hidden")  # no stride to stretch
    press(explorer, "start")
    assert numbers(explorer) == START


@slow
def test_mistakes_are_a_click(explorer):
    type_into(explorer, "sigma2", "9")
    press(explorer, "filters from 0")
    n = numbers(explorer)
    moved = {**n, "g_X": n["g_X"] - n["delta"], "g_Y": n["g_Y"] - n["delta"]}
    assert pointed_at(explorer, 5, 6) == pytest.approx(patch_of(moved)[4, 5], abs=6e-4)
    press(explorer, "no normalisation")
    assert pointed_at(explorer, 5, 6) > 10 * patch_of(n)[4, 5]
    sums = said(explorer, ".live figcaption")
    assert re.fullmatch(r"rows of the two matrices sum to between \d\.\d+ and 7\.5\d+", sums)
    type_into(explorer, "sigma2", "0.1")
    type_into(explorer, "g_X", "-15")
    press(explorer, "Eq. 25 as printed")
    assert "rows of the two matrices are not numbers" in said(explorer, ".live figcaption")
    press(explorer, "as it should be")
    assert said(explorer, ".live figcaption") == "every row of the two matrices sums to 1.000"


@slow
def test_the_patch_can_be_walked_through_with_the_keyboard(explorer):
    explorer.run("document.querySelector('.live-patch').focus({ preventScroll: true })")
    explorer.key("ArrowDown")
    explorer.key("ArrowDown")
    explorer.key("ArrowRight")
    assert said(explorer).startswith("patch[2, 2] = ")
    explorer.key("ArrowLeft", times=5)
    assert said(explorer).startswith("patch[2, 1] = ")


@slow
def test_the_image_can_be_another_digit_or_ones_own(explorer):
    press(explorer, "8")
    n = numbers(explorer)
    assert pointed_at(explorer, 5, 5) == pytest.approx(patch_of(n, digit=8)[4, 4], abs=6e-4)
    press(explorer, "draw your own")
    assert pointed_at(explorer, 5, 5) == 0
    draw(explorer, [[[0.5, 0.1], [0.5, 0.9]]])
    assert pointed_at(explorer, 5, 5) > 0.5 and pointed_at(explorer, 5, 1) < 0.1
    press(explorer, "clear")
    assert pointed_at(explorer, 5, 5) == 0


def draw(browser, strokes, selector=".live-sketch"):
    """Draw with the mouse; points are shares of the surface."""
    x, y = browser.place(selector, 0, 0)
    wide = browser.run(f"document.querySelector('{selector}').getBoundingClientRect().width")
    for stroke in strokes:
        points = [(x + wide * p, y + wide * q) for p, q in stroke]
        for begin, end in itertools.pairwise(points):
            browser.drag(begin, end, steps=4, release=False)
        browser.mouse("Released", *points[-1])
    wait_for_a_frame(browser)


def wait_for_a_frame(browser):
    """Until what a hand has done is on the screen: the network answers once a frame."""
    twice = "requestAnimationFrame(() => requestAnimationFrame(() => r(0)))"
    browser.run(f"new Promise((r) => {twice})")


def pixel(browser, selector, x, y):
    """The colour of a canvas at shares of its width and height."""
    return browser.run(
        f"""(() => {{ const c = document.querySelector({json.dumps(selector)});
        const pen = c.getContext('2d');
        return [...pen.getImageData({x} * c.width, {y} * c.height, 1, 1).data]; }})()"""
    )


@slow
def test_filters_outside_are_drawn_outside_and_the_dark_is_dark(explorer):
    outside = (0.985, 0.55)  # in the room at the right of the image
    light = pixel(explorer, ".live-stage canvas", *outside)
    type_into(explorer, "g_X", "25")
    assert pixel(explorer, ".live-stage canvas", *outside) != light  # the frame is there now
    type_into(explorer, "g_X", "14.5")
    assert pixel(explorer, ".live-stage canvas", *outside) == light
    explorer.run("document.body.dataset.theme = 'dark'")
    explorer.until("new Promise((r) => requestAnimationFrame(() => r(true)))")
    assert max(pixel(explorer, ".live-stage canvas", *outside)[:3]) < 80 < min(light[:3])


# ---------------------------------------------------------------- the pad


@pytest.fixture
def pad(built, browser):
    browser.size(1280, 1000)
    browser.open((built / "pad.html").as_uri())
    yield browser
    assert browser.complaints() == []


def bound_said(browser, selector=".live-bound"):
    """L^x, the latents' cost and the bound, in nats, as they stand on the pad."""
    words = said(browser, selector)
    return tuple(
        map(float, re.search(r"= ([\d.]+) nats.* ([\d.]+); together ([\d.]+) nats", words).groups())
    )


def noise(draw, changed="{}"):
    """The page's noise number ``draw``, (12, 1, 16)."""
    values = node(f"""
        import {{ noise }} from "LIVE/run.js";
        console.log(JSON.stringify([...noise({{ T: 12, Z: 16 }}, {draw}, {changed})]));
    """)
    return np.reshape(values, (12, 1, 16))


def by_package(digit, eps):
    """The two parts of the bound of a digit of the page: L_x, and the KL of every step."""
    params, config = unpacked("small")
    params = {name: v.astype(np.float64) for name, v in params.items()}
    terms = model.terms(params, black_and_white(digit)[None], eps, config)
    return float(terms.L_x[0]), terms.L_z[:, 0]


@slow
def test_the_numbers_of_the_pad_are_the_packages(pad):
    press(pad, "5")
    L_x, L_z = by_package(5, noise(0))
    assert bound_said(pad) == pytest.approx((L_x, L_z.sum(), L_x + L_z.sum()), abs=0.06)
    label = pad.run("document.querySelector('.live-film canvas').getAttribute('aria-label')")
    steps = [float(v) for v in re.search("in nats: (.*)", label)[1].split(", ")]
    np.testing.assert_allclose(steps, L_z, atol=0.06)


@slow
def test_a_drawn_digit_is_drawn_again(pad):
    before = bound_said(pad)
    draw(pad, SEVEN)
    after = bound_said(pad)
    assert after != before and 30 < after[2] < 250
    shown = pixel(pad, ".live-seen", 0.5, 0.24)[0]  # the bar of the 7 is there
    assert shown > 100
    pad.until("!document.querySelector('.live-thumbnail span').textContent.includes('NaN')")
    assert said(pad, ".live-own-pad .live-note") == ""


@slow
def test_other_noise_draws_the_same_digit_otherwise(pad):
    press(pad, "5")
    L_x, L_z = by_package(5, noise(2))
    pad.until("document.querySelectorAll('.live-thumbnail span')[2].textContent")
    pad.until(
        "document.querySelectorAll('.live-thumbnail span')[2].textContent === "
        f"'{L_x + L_z.sum():.1f}'"
    )
    pad.click(".live-thumbnail:nth-child(3)")
    assert bound_said(pad)[2] == pytest.approx(L_x + L_z.sum(), abs=0.06)


@slow
def test_the_scrubber_goes_through_the_steps(pad):
    pad.run("document.querySelector('.live-scrubber').focus({ preventScroll: true })")
    pad.key("ArrowLeft", times=9)
    text = "document.querySelector('.live-scrubber').getAttribute('aria-valuetext')"
    assert pad.run(text) == "step 3 of 12"
    pad.click(".live-film canvas", x=5.5 / 13)
    assert pad.run(text) == "step 5 of 12"
    late = pixel(pad, ".live-canvas", 0.5, 0.5)
    pad.key("Home")
    pad.run("document.querySelector('.live-scrubber').focus({ preventScroll: true })")
    pad.key("Home")
    assert pad.run(text) == "step 0 of 12" and pixel(pad, ".live-canvas", 0.5, 0.5) != late
    press(pad, "play")
    pad.until(text + " === 'step 4 of 12'")
    press(pad, "stop")


@slow
def test_noise_of_one_step_is_changed_and_brought_back(pad):
    press(pad, "5")
    before = bound_said(pad)
    pad.click(".live-film canvas", x=4.5 / 13)
    press(pad, "other noise in step 4")
    L_x, L_z = by_package(5, noise(0, "{ 3: 1 }"))
    assert bound_said(pad)[2] == pytest.approx(L_x + L_z.sum(), abs=0.06) != before[2]
    press(pad, "as before")
    assert bound_said(pad) == before


@slow
def test_half_of_it_is_covered_and_completed(pad):
    press(pad, "right half")
    pad.until("document.querySelector('canvas[data-done=right]') !== null")
    press(pad, "nothing")
    assert pad.run("document.querySelector('canvas[data-done]') === null")


@slow
def test_new_digits_are_new(pad):
    picture = (
        "[...document.querySelectorAll('[aria-label^=\"new digit\"]')].map((c) => c.toDataURL())"
    )
    first = pad.run(picture)
    press(pad, "new digits")
    second = pad.run(picture)
    assert len(set(first) | set(second)) == 16


@slow
def test_an_empty_pad_is_said(pad):
    press(pad, "clear")
    assert said(pad, ".live-own-pad .live-note").startswith("The pad is empty: draw a digit on it")
    assert said(pad, ".live-bound") == ""
    assert pad.run("getComputedStyle(document.querySelector('.live-seen')).visibility") == "hidden"
    draw(pad, SEVEN)
    assert said(pad, ".live-own-pad .live-note") == "" and bound_said(pad)[2] > 0


@slow
def test_a_lost_pointer_is_said(pad):
    pad.size(390, 844, touch=True)
    x, y = pad.place(".live-own-pad .live-sketch")
    pad.touch("Start", (x, y))
    pad.touch("Move", (x + 40, y + 10))
    pad.touch("Cancel")
    assert "lost in the middle of a stroke" in said(pad, ".live-own-pad .live-note")
    pad.touch("Start", (x, y + 20))
    pad.touch("Move", (x + 10, y + 60))
    pad.touch("End")
    wait_for_a_frame(pad)
    assert said(pad, ".live-own-pad .live-note") == "" and bound_said(pad)[2] > 0


@slow
@pytest.mark.parametrize(
    "wrong, wanted",
    [
        (None, 'The weights of the network "small" did not load: reload the page.'),
        (
            lambda text: re.sub('"half": ".{400}', '"half": "', text),
            "are damaged (the weights have",
        ),
    ],
)
def test_weights_that_do_not_load_are_said(built, browser, tmp_path, wrong, wanted):
    site = tmp_path / "site"
    shutil.copytree(built, site, ignore=shutil.ignore_patterns("_images", "0*", "1*"))
    path = site / "_static" / "network-small.js"
    if wrong is None:
        path.unlink()
    else:
        path.write_text(wrong(path.read_text()))
    browser.open((site / "pad.html").as_uri())
    assert wanted in said(browser, "[data-live=pad] [role=alert]")


@slow
def test_a_network_of_ones_own_is_taken(pad, tmp_path):
    give(pad, bundle.network_file("small-noattention"))
    pad.until("/uses small-noattention.npz now: 12 steps/.test(document.body.innerText)")
    assert 30 < bound_said(pad)[2] < 150
    press(pad, "the packaged one")
    other = tmp_path / "thesis.npz"
    other.write_bytes(b"my thesis" * 100)
    give(pad, other)
    pad.until("document.body.innerText.includes('thesis.npz was not taken: this is no .npz file.')")
    give(pad, bundle.network_file("small-two-digit"))
    pad.until(
        "document.body.innerText.includes('this network draws 30 × 30 pixels in 1 channel, "
        "and the pad gives 28 × 28 in one.')"
    )


@slow
def test_a_network_with_labels_is_asked_for_one(pad):
    assert pad.run("document.querySelector('[role=group][aria-label=Label]') === null")
    give(pad, bundle.network_file("small-labelled"))
    pad.until("/uses small-labelled.npz now: 12 steps/.test(document.body.innerText)")
    press(pad, "5")
    picture = "document.querySelector('[aria-label^=\"new digit\"]').toDataURL()"
    found = []
    for label in (5, 7):
        press(pad, str(label), "[aria-label=Label]")
        params, config = unpacked("small-labelled")
        params = {name: v.astype(np.float64) for name, v in params.items()}
        x, y = black_and_white(5)[None], np.array([label])
        bound = float(model.loss(params, x, noise(0), config, y))
        assert bound_said(pad)[2] == pytest.approx(bound, abs=0.06)
        found.append((bound, pad.run(picture)))
    assert found[1][0] > found[0][0] + 20 and found[0][1] != found[1][1]
    press(pad, "the packaged one")
    assert pad.run("document.querySelector('[role=group][aria-label=Label]') === null")


@slow
def test_the_pad_page_writes_what_is_typed(pad):
    pad.until("document.querySelector('[data-live=asked]').dataset.ready === ''")
    assert said(pad, "[data-live=asked] .live-said").startswith("2026 in hand 1")
    assert pad.run("document.querySelectorAll('[data-live=asked] canvas').length") == 4


def give(browser, path):
    """Choose a file in the page's file field."""
    root = browser.ask("DOM.getDocument")["root"]["nodeId"]
    field = browser.ask("DOM.querySelector", nodeId=root, selector="input[type=file]")["nodeId"]
    browser.ask("DOM.setFileInputFiles", nodeId=field, files=[str(path)])


# ---------------------------------------------------------------- the front page, and all pages


@slow
def test_the_front_page_moves_until_it_is_told_not_to(built, browser):
    browser.size(1280, 900)
    browser.open((built / "index.html").as_uri())
    picture = "document.querySelector('.live-front canvas').toDataURL()"
    first = browser.run(picture)
    browser.until(f"{picture} !== {json.dumps(first)}")
    press(browser, "pause")
    still = browser.run(picture)
    browser.run("new Promise((r) => setTimeout(r, 700))")
    assert browser.run(picture) == still and browser.complaints() == []


@slow
def test_the_front_page_stands_still_for_whoever_asked_for_it(built, browser):
    feature = {"name": "prefers-reduced-motion", "value": "reduce"}
    browser.ask("Emulation.setEmulatedMedia", features=[feature])
    browser.open((built / "index.html").as_uri())
    picture = "document.querySelector('.live-front canvas').toDataURL()"
    first = browser.run(picture)
    browser.run("new Promise((r) => setTimeout(r, 700))")
    same = browser.run(picture) == first
    browser.ask("Emulation.setEmulatedMedia", features=[])
    assert same


@slow
def test_the_front_page_has_the_window_in_small(built, browser):
    browser.size(1280, 900)
    browser.open((built / "index.html").as_uri())
    x, y = browser.place(".live-grid")
    text = "document.querySelector('.live-grid').getAttribute('aria-valuetext')"
    assert browser.run(text) == "centre 14.5, 14.0"
    browser.drag((x, y), (x + 40, y + 40))
    assert browser.run(text) != "centre 14.5, 14.0"


WIDER = """(() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (e) => {
    for (let p = e.parentElement; p && !p.classList.contains("content"); p = p.parentElement) {
      const box = p.getBoundingClientRect();
      if (/auto|scroll/.test(getComputedStyle(p).overflowX) && box.right <= width + 1) return true;
    }
    return false;
  };
  const all = [...document.querySelectorAll("article :is(img, mjx-container, pre, table, canvas)")];
  const over = all.filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width && box.right > width + 1 && (e.tagName === "IMG" || !scrolls(e));
  });
  const page = document.documentElement.scrollWidth > width ? ["the page"] : [];
  return page.concat(over.map((e) => `${e.tagName} ${e.alt ?? e.textContent}`.slice(0, 60)));
})()"""


@slow
@pytest.mark.parametrize("size", [(390, 844, True), (1280, 900, False)])
def test_nothing_is_wider_than_the_screen(built, browser, size):
    browser.size(*size)
    found = {}
    for path in sorted(built.rglob("*.html")):
        browser.open(path.as_uri())
        browser.run("window.MathJax?.startup?.promise?.then(() => 0)")
        found[path.name] = browser.run(WIDER) + browser.complaints()
    assert {name: over for name, over in found.items() if over} == {}


@slow
def test_a_figure_on_a_phone_fits(built, browser):
    browser.size(390, 844, touch=True)
    browser.open((built / "08_filterbank.html").as_uri())
    widths = browser.run(
        "[...document.querySelectorAll('.cell_output img')]"
        ".map((i) => i.getBoundingClientRect().width)"
    )
    assert len(widths) > 10 and max(widths) <= 390 - 2 * 16


@slow
def test_the_contents_of_a_page_stand_beside_it_at_1280(built, browser):
    browser.size(1280, 900)
    browser.open((built / "08_filterbank.html").as_uri())
    box = browser.run("document.querySelector('.toc-tree').getBoundingClientRect().toJSON()")
    assert box["left"] > 900 and box["right"] <= 1280 and box["top"] < 100


@slow
def test_code_is_copied(built, browser):
    browser.size(1280, 900)
    browser.open((built / "08_filterbank.html").as_uri())
    browser.ask(
        "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"]
    )
    seen = "[...document.querySelectorAll('button.copy')].find((b) => !b.closest('details'))"
    browser.run(f"{seen}.id = 'seen'")  # the first is folded away with its code
    browser.click("#seen")
    browser.until("document.querySelector('#seen').textContent === 'copied'")


@slow
def test_a_page_says_what_it_is(built):
    for path in built.glob("[0-9]*.html"):
        text = path.read_text(encoding="utf-8")
        words = re.search('<meta name="description" content="([^"]{40,})"', text)
        assert words and "\\" not in words[1], path.name
        assert re.search(r'<link rel="[a-z ]*icon" href="_static/favicon.svg', text), path.name


@slow
def test_mathematics_is_loaded_only_where_there_is_some(built):
    for path in built.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert ("tex-svg-full.js" in text) == ('class="math notranslate' in text), path.name


@slow
def test_every_control_has_a_name_for_a_screen_reader(built, browser):
    for name in ("08_filterbank", "pad", "index"):
        browser.open((built / f"{name}.html").as_uri())
        nodes = browser.ask("Accessibility.getFullAXTree")["nodes"]
        roles = ("button", "slider", "spinbutton", "application", "link")
        for control in nodes:
            if not control["ignored"] and control["role"]["value"] in roles:
                assert control["name"]["value"].strip(), (name, control)


@pytest.fixture
def served(built):
    """The site on a server of this machine: search reads pages, which disk forbids."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=built)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@slow
@pytest.mark.parametrize(
    "words, first",
    [
        ("filterbank", "Chapter 8: The filterbank, or how a network looks"),
        ("bound", "Chapter 5: The bound"),
        ("attention", "Chapter 7: DRAW without attention"),
        ("gradient", "Chapter 11: The gradient by hand"),
    ],
)
def test_the_search_finds_the_chapter_by_its_title_and_shows_no_latex(
    served, browser, words, first
):
    browser.open(f"{served}/search.html?q={words}")
    browser.until("/finished/.test(document.querySelector('#search-results').innerText)")
    summaries = "document.querySelectorAll('ul.search p.context').length"
    texts = "document.querySelectorAll('ul.search li:not(.kind-object)').length"
    browser.until(f"{summaries} === {texts}")
    found = browser.run(
        "[...document.querySelectorAll('ul.search li a')].map((a) => a.textContent)"
    )
    assert found[0] == first
    text = browser.run("document.querySelector('#search-results').innerText")
    assert not re.search(r"\\[a-zA-Z(\[]", text) and browser.complaints() == []


@slow
def test_the_search_works_from_disk(built, browser):
    browser.open((built / "search.html").as_uri() + "?q=filterbank")
    browser.until("/finished/.test(document.querySelector('#search-results').innerText)")
    first = browser.run("document.querySelector('ul.search li a').textContent")
    assert first.startswith("Chapter 8") and browser.complaints() == []
