"""What chapters are made with: source, figures with words, sliders with a static twin."""

import base64
import html.parser

import pytest

from draw_np import attention, gradcheck, lstm
from draw_np.book import notebook
from draw_np.pictures import plot
from draw_np.training import optim


@pytest.fixture
def displayed(monkeypatch):
    """The bundles and metadata that a function displays."""
    caught = []
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: caught.append((*a, k)))
    return caught


def lines(slope, kind="solid"):
    with plot.style():
        fig = plot.figure(3, 2)
        fig.subplots().plot([0, 1], [0, slope], linestyle=kind)
    return fig


def test_source_is_the_packages_own_with_the_name_of_its_file():
    text = notebook.source_text(attention.transpose)
    assert text.startswith("From `draw_np/attention.py`:\n\n```python\ndef transpose(F):\n")
    assert text.endswith("    return np.swapaxes(F, -1, -2)\n```")


def test_source_cuts_a_docstring_to_its_first_line():
    short = notebook.source_text(lstm.lstm)
    whole = notebook.source_text(lstm.lstm, whole=True)
    assert "Parameters\n" in whole and "Parameters\n" not in short
    assert len(short.splitlines()) < len(whole.splitlines())
    compile(short.split("```python\n")[1].removesuffix("```"), "short", "exec")
    first = next(line for line in whole.splitlines() if '"""' in line)
    assert [line for line in short.splitlines() if '"""' in line] == [first + '"""']


def test_source_sees_through_what_autograd_wraps():
    text = notebook.source_text(attention.nearest_pixel)
    assert "@notrace_primitive\ndef nearest_pixel(mu, A):" in text


def test_source_shows_signatures_without_their_types():
    """Pages are narrower than editors; defaults stay as they are written (1e-3, not 0.001)."""
    shown = notebook.source_text(gradcheck.check).splitlines()[3]
    assert shown == (
        "def check(f, params, analytic=None, entries=12, h=1e-3, tolerance=1e-6, seed=0):"
    )
    method = notebook.source_text(optim.Adam)
    assert "    def update(self, params, gradient, lr):\n" in method
    assert "    m: dict\n" in method  # fields keep theirs


@pytest.mark.parametrize(
    "signature, bare",
    [
        ("def f(a, b=(1, 2)):  # why", None),
        (
            "def f(a: int, *b: str, c: dict[str, int] = {1: 2}, **d) -> int:",
            "def f(a, *b, c={1: 2}, **d):",
        ),
        (
            "def f(\n    é: int,  # why\n    b: int = 0x10,\n) -> str:  # why",
            "def f(é, b=0x10):  # why",
        ),
    ],
)
def test_signatures_lose_their_types_and_no_more(signature, bare):
    body = "\n    g: int = 1\n    return g\n"
    assert notebook.without_types(signature + body) == (bare or signature) + body


def test_source_of_two_files_is_refused():
    with pytest.raises(ValueError, match="one file at a time, not of 2"):
        notebook.source_text(attention.read, lstm.lstm)


def test_source_says_where_it_is_from(displayed):
    notebook.source(attention.read, attention.write)
    ((bundle, options),) = displayed
    assert options["metadata"]["draw_np"] == {
        "source": ["draw_np.attention:read", "draw_np.attention:write"],
        "whole": False,
    }
    assert bundle["text/markdown"] == notebook.source_text(attention.read, attention.write)


def test_a_figure_is_shown_with_its_words(displayed):
    notebook.show(lines(1), "a line")
    ((bundle, options),) = displayed
    assert base64.b64decode(bundle["image/png"])[:4] == b"\x89PNG"
    assert options["metadata"]["image/png"] == {"alt": "a line", "width": 288}
    assert "a line" in bundle["text/plain"]


def test_a_figure_without_words_is_refused():
    with pytest.raises(ValueError, match="alternative text"):
        notebook.show(lines(1), " ")


def test_the_same_figure_gives_the_same_bytes():
    assert notebook.png(lines(1)) == notebook.png(lines(1)) != notebook.png(lines(2))


def test_a_table_is_markdown(displayed):
    notebook.table(["N", "offset"], [(1, "0"), (2, "±1/2")])
    ((bundle, _),) = displayed
    assert bundle["text/markdown"] == "| N | offset |\n| --- | --- |\n| 1 | 0 |\n| 2 | ±1/2 |"


@pytest.mark.parametrize("alt", ['a "quoted" <b>word</b>', "a & b", "x' onerror='alert(1)"])
def test_alternative_text_of_any_letters_is_one_attribute(alt):
    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag, attributes):
            found.extend([(tag, dict(attributes))] if tag == "img" else [])

    found = []
    Reader().feed(notebook.image(lines(1), alt))
    ((tag, attributes),) = found
    assert tag == "img" and attributes["alt"] == alt
    assert set(attributes) == {"alt", "src", "style"}


@pytest.mark.slow
def test_a_kernel_knows_whether_somebody_is_there():
    import sys

    if sys.platform == "win32":
        pytest.skip("kernels need another event loop on Windows")
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    try:
        code = "from draw_np.book import notebook; print(notebook.somebody_is_there())"
        for reader in (True, False):
            said = []
            client.execute_interactive(
                code,
                allow_stdin=reader,
                output_hook=lambda m, said=said: said.append(m["content"].get("text")),
            )
            assert f"{reader}\n" in said
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_outside_a_notebook_nobody_is_there():
    assert notebook.somebody_is_there() is False


def test_a_picture_is_displayed_with_its_words_and_the_drawing_function_is_kept(displayed):
    always = notebook.picture("a line")(lines)
    assert always(1) is None and always.__wrapped__ is lines and always.__name__ == "lines"
    told = notebook.picture()(lambda slope: (lines(slope), f"a line of slope {slope}"))
    told(2)
    metadata = [call[-1]["metadata"]["image/png"]["alt"] for call in displayed]
    assert metadata == ["a line", "a line of slope 2"]
