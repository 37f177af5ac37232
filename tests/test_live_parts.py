"""The parts of single chapters, as people use them: alone on a page, as a notebook shows them.

What needs Chromium is ``slow``; that of the filterbank and of the pad is in ``test_pages.py``.
"""

import json
from html import unescape

import pytest

from draw_np.book import alive, notebook
from draw_np.pictures import plot

SITE = alive.ROOT / "chapters" / "site"
PARTS = {
    "glimpses": alive.Part("glimpses", "cluttered-small"),
    "unrolled": alive.Part("unrolled", "small"),
    "moves": alive.Part("moves"),
    "latent": alive.Part("latent", "vae"),
    "memory": alive.Part("memory"),
    "game": alive.Part("game"),
    "asked": alive.Part("asked", "small-labelled"),
}
ALT = 'a line, "quoted", & <b>'
slow = pytest.mark.slow


def line(slope=1):
    fig = plot.figure(4, 2)
    fig.subplots().plot([0, slope])
    return fig


@pytest.fixture
def displayed(monkeypatch):
    caught = []
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: caught.append((*a, k)))
    return caught


# ---------------------------------------------------------------- in a notebook


def test_where_nobody_sits_the_still_is_stored_with_the_parts_name(displayed):
    notebook.picture(ALT, PARTS["glimpses"])(line)(2)
    ((bundle, options),) = displayed
    assert bundle["image/png"] and "text/html" not in bundle
    assert options["metadata"]["draw_np"] == {
        "live": {"name": "glimpses", "network": "cluttered-small"}
    }
    assert options["metadata"]["image/png"]["alt"] == ALT


def test_where_a_person_sits_the_part_is_in_a_frame_under_the_still(displayed, monkeypatch):
    monkeypatch.setattr(notebook, "somebody_is_there", lambda: True)
    notebook.picture(ALT, PARTS["moves"])(line)()
    ((bundle, _),) = displayed
    html = bundle["text/html"]
    assert 'alt="a line, &quot;quoted&quot;, &amp; &lt;b&gt;"' in html and "data:image/png" in html
    inside = unescape(html.partition('srcdoc="')[2].partition('"')[0])
    assert 'data-live="moves"' in inside and "drawNpDigits" in inside
    for outside in ("https://", "src=", "import "):
        assert outside not in inside.replace("http://www.w3.org", "")


def test_without_the_scripts_at_hand_the_still_is_shown(displayed, monkeypatch, tmp_path):
    monkeypatch.setattr(notebook, "somebody_is_there", lambda: True)
    monkeypatch.setattr(alive, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert alive.site_folder() is None
    notebook.picture(ALT, PARTS["moves"])(line)()
    (still, _), (told, _) = displayed
    assert "image/png" in still and "on the book's site" in told["text/markdown"]
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "bundle.py").touch()
    assert alive.site_folder() == tmp_path / "site"  # beside the notebook


@slow
@pytest.mark.parametrize("scripts", [True, False])
def test_the_frame_shows_itself_once_its_script_has_run(browser, tmp_path, scripts):
    """A front end that runs no scripts shows the still, never an empty box."""
    with plot.style():
        html = alive.framed(PARTS["moves"], notebook.image(line(), ALT), SITE)
    (tmp_path / "output.html").write_text(f"<!doctype html><body>{html}")
    browser.size(800, 700)
    browser.ask("Emulation.setScriptExecutionDisabled", value=not scripts)
    browser.open((tmp_path / "output.html").as_uri())
    browser.ask("Emulation.setScriptExecutionDisabled", value=False)
    if scripts:
        browser.until('document.querySelector("iframe").offsetHeight > 300')
    heights = '["img", "iframe"].map((s) => document.querySelector(s).offsetHeight)'
    still, frame = browser.run(heights)
    assert still > 100 and (frame > 300 if scripts else frame == 0)
    assert browser.complaints() == []


# ---------------------------------------------------------------- under the hand


@pytest.fixture(params=[(800, False), (390, True)], ids=["desk", "phone"])
def opened(browser, tmp_path, request):
    """A page with one part, at a desk and on a phone."""

    def open_part(name):
        path = tmp_path / f"{name}.html"
        text = alive.page(PARTS[name], SITE)
        path.write_text(text.replace(alive.SHOWN, ""))  # here it is no frame
        browser.size(request.param[0], 900, touch=request.param[1])
        browser.open(path.as_uri())
        assert browser.complaints() == []
        assert browser.run("document.documentElement.scrollWidth <= window.innerWidth")
        return browser

    return open_part


def said(browser):
    return browser.run('document.querySelector(".live-said").textContent')


def press(browser, text):
    """Click on the button with this text."""
    browser.run(
        f"""(() => {{ const all = [...document.querySelectorAll(".live button")];
        all.find((b) => b.textContent === {json.dumps(text)}).click(); }})()"""
    )


def slide(browser, label, value):
    """Move the slider whose label or name holds these words."""
    browser.run(
        f"""(() => {{ const all = [...document.querySelectorAll(".live input[type=range]")];
        const one = all.find((i) => (i.closest("label")?.textContent ?? i.ariaLabel ??
          i.getAttribute("aria-label")).includes({json.dumps(label)}));
        one.value = {value}; one.dispatchEvent(new Event("input", {{ bubbles: true }})); }})()"""
    )


def ink(browser, selector):
    """A picture as text, to be compared."""
    return browser.run(f'document.querySelector("{selector}").toDataURL()')


@slow
def test_a_digit_among_clutter_is_dragged_and_named(opened):
    browser = opened("glimpses")
    assert "it says 3" in said(browser) and "right" in said(browser)
    before = ink(browser, ".live-looks canvas")
    box = ".live-moved"
    browser.drag(browser.place(box, 0.3, 0.6), browser.place(box, 0.6, 0.4))
    assert ink(browser, ".live-looks canvas") != before
    press(browser, "7")
    captions = browser.run('[...document.querySelectorAll("figcaption")].map((c) => c.textContent)')
    assert captions[-1].startswith("look 4: ") and captions[-1].endswith(" %")
    moved = ink(browser, box)
    browser.run('document.querySelector(".live-moved").focus()')
    browser.key("ArrowRight", times=3)
    assert ink(browser, box) != moved
    text = said(browser)
    press(browser, "other pieces")
    press(browser, "draw your own")
    assert browser.run('!document.querySelector(".live-own").hidden')
    assert said(browser) != text and "and the digit" not in said(browser)


@slow
def test_a_drawing_is_gone_through_step_by_step(opened):
    browser = opened("unrolled")
    assert "Step 1 of 12. Its latent costs" in said(browser)
    canvas = ink(browser, ".live-wire-after canvas")
    slide(browser, "step t", 12)
    assert "Step 12 of 12" in said(browser)
    assert ink(browser, ".live-wire-after canvas") != canvas
    slide(browser, "step t", 0)
    assert "only the learned canvas" in said(browser)
    press(browser, "something new")
    slide(browser, "step t", 6)
    assert "costs" not in said(browser) and "It writes with stride" in said(browser)
    void = 'document.querySelector(".live-wire-{}").classList.contains("live-void")'
    assert browser.run(void.format("encoder")) and not browser.run(void.format("decoder"))
    press(browser, "play")
    browser.until('document.querySelector(".live-said").textContent.includes("Step 2")')
    press(browser, "stop")


@slow
def test_reading_goes_in_two_moves(opened):
    browser = opened("moves")
    assert "image 165.0" in said(browser)
    rows = ink(browser, ".live-move-rows")
    press(browser, "N = 12")
    captions = browser.run('[...document.querySelectorAll("figcaption")].map((c) => c.textContent)')
    assert captions[0].startswith("first F_Y x, 12 × 28") and "12 × 12" in captions[1]
    assert ink(browser, ".live-move-rows") != rows
    browser.run('document.querySelector(".live-grid").focus()')
    before = ink(browser, ".live-move-back")
    browser.key("ArrowDown", times=4)
    assert ink(browser, ".live-move-back") != before


@slow
def test_a_component_is_pushed_and_widened(opened):
    browser = opened("latent")
    assert said(browser).startswith("Component 31: μ = −2.46, σ = 0.22 (the encoder said μ = −2.46")
    drawn = ink(browser, ".live-views:nth-of-type(1) figure:nth-of-type(2) canvas")
    slide(browser, "push", 3)
    assert "μ = 0.54, σ = 0.22 (the encoder said μ = −2.46" in said(browser)
    assert ink(browser, ".live-views:nth-of-type(1) figure:nth-of-type(2) canvas") != drawn
    slide(browser, "widen", 1)
    assert "σ = 0.61 (" in said(browser)
    press(browser, "as the encoder said")
    assert "Component 31: μ = −2.46, σ = 0.22" in said(browser)
    browser.run('document.querySelector(".live-costs").focus()')
    browser.key("ArrowLeft", times=30)
    assert said(browser).startswith("Component 1:")
    browser.click(".live-costs", 0.99, 0.5)
    assert said(browser).startswith("Component 32:")


@slow
def test_a_unit_remembers_as_long_as_its_forget_gate_says(opened):
    browser = opened("memory")
    assert "Step 4: input 3, state 0.498, output 0.230" in said(browser)
    assert "gone after 2.2 steps" in said(browser)
    press(browser, "bias 8")
    assert "gone after 2066.6 steps" in said(browser)
    browser.run('document.querySelector(".live-time").focus()')
    browser.key("ArrowRight", times=60)
    assert "Step 64: input 0, state 0.4" in said(browser)
    browser.key("Enter")
    assert "Step 64: input 3" in said(browser)
    press(browser, "no input")
    assert "input 0, state 0.000, output 0.000" in said(browser)
    slide(browser, "input gate", 8)
    browser.click(".live-time", 0.51, 0.5)
    assert "Step 33: input 3, state 0.995" in said(browser)


DRAWN = ".live-thumbnails canvas"


def write(browser, text):
    """Type into the field for digits."""
    browser.run(
        f"""(() => {{ const field = document.querySelector(".live input[type=text]");
        field.value = {json.dumps(text)};
        field.dispatchEvent(new Event("input", {{ bubbles: true }})); }})()"""
    )


def written(browser):
    """The names of the digits that are there, and their pictures."""
    names = browser.run(f"[...document.querySelectorAll('{DRAWN}')].map((c) => c.ariaLabel)")
    return names, browser.run(
        f"[...document.querySelectorAll('{DRAWN}')].map((c) => c.toDataURL())"
    )


@slow
def test_digits_are_asked_for(opened):
    browser = opened("asked")
    assert said(browser).startswith("2026 in hand 1: all digits have the same noise")
    names, pictures = written(browser)
    assert names == [f"a drawn {digit}, at step t" for digit in "2026"]
    assert pictures[0] == pictures[2] and len(set(pictures)) == 3  # one noise: the 2s are one
    press(browser, "a noise for each")
    assert len(set(written(browser)[1])) == 4 and "a noise of its own" in said(browser)
    write(browser, "7")
    seven = written(browser)
    assert seven[0] == ["a drawn 7, at step t"]
    press(browser, "another hand")
    assert "7 in hand 2" in said(browser) and written(browser)[1] != seven[1]
    slide(browser, "step t", 0)
    blank = written(browser)[1]
    slide(browser, "step t", 12)
    assert written(browser)[1] != blank


@slow
def test_what_is_no_digit_is_told_and_what_was_drawn_stays(opened):
    browser = opened("asked")
    before = written(browser)
    for text, wanted in (
        ("20a6", "knows the digits 0 to 9"),
        ("", "Type a digit"),
        ("1" * 11, "At most 10 digits"),
    ):
        write(browser, text)
        assert wanted in said(browser) and written(browser) == before
        assert browser.run("document.querySelector('.live input[type=text]').ariaInvalid") == "true"
    write(browser, " 31 ")
    assert said(browser).startswith("31 in hand 1") and len(written(browser)[0]) == 2
    assert browser.run("document.querySelector('.live input[aria-invalid]') === null")


@slow
def test_a_game_turns_about_its_rest_and_a_spread_ends_it(opened):
    browser = opened("game")
    assert "from 1.00 away from the only rest" in said(browser)
    slide(browser, "rate", 0.6)
    assert "steps of 0.60" in said(browser) and "about as far" not in said(browser)
    slide(browser, "spread", 2)
    assert "at −2.00 and 2.00" in said(browser) and "to 0.00, nearer" in said(browser)
    press(browser, "in turn")
    slide(browser, "spread", 0)
    assert "in turn; real numbers at 0" in said(browser)
    browser.click(".live-moved", 0.9, 0.1)
    assert "from 2.49 away" in said(browser)
    browser.run('document.querySelector(".live-moved").focus()')
    browser.key("ArrowDown", times=2)
    assert "from 2.49 away" not in said(browser)


@slow
def test_weights_that_did_not_come_are_told(browser, tmp_path):
    page = alive.page(alive.Part("latent"), SITE).replace(alive.SHOWN, "")
    (tmp_path / "page.html").write_text(page)
    browser.open((tmp_path / "page.html").as_uri())
    note = browser.run('document.querySelector(".live-note").textContent')
    assert "did not load: reload the page" in note
