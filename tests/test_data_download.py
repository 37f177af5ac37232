"""Downloads, against a small server on this machine and against no network at all."""

import gzip
import socket
import time

import hostile
import numpy as np
import pytest
from data_files import idx_bytes, mnist_arrays, server, sha256

from draw_np import data
from draw_np.data import binarized_mnist, cifar10, download, mnist, svhn, svhn_cropped
from draw_np.data.download import Remote, fetch

GOOD = bytes(range(256)) * 4000  # more than one chunk
LOOPBACK = "127.0.0.1"


@pytest.fixture(autouse=True)
def here_only(monkeypatch, tmp_path):
    """A cache of its own, no proxy, and no address but this machine's."""
    resolve = socket.getaddrinfo

    def only_loopback(host, *args, **kwargs):
        if host != LOOPBACK:
            raise socket.gaierror(f"a test asked for {host}")
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", only_loopback)
    monkeypatch.setenv("DRAW_NP_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")


def remote(*urls):
    return Remote("file.bin", sha256(GOOD), urls)


def files_in_cache():
    return [path for path in download.cache().rglob("*") if path.is_file()]


def dead_port():
    """A port of this machine at which nobody answers."""
    with socket.socket() as s:
        s.bind((LOOPBACK, 0))
        return s.getsockname()[1]


def test_a_good_file_is_kept_and_not_asked_for_again(capfd):
    with server({"/file.bin": GOOD}) as (address, asked):
        path = fetch(remote(f"{address}/file.bin"), "here")
        assert path == download.cache() / "here" / "file.bin" and path.read_bytes() == GOOD
        assert "100%" in capfd.readouterr().err  # progress was shown
        fetch(remote(f"{address}/file.bin"), "here")
        assert asked == ["/file.bin"]
    assert fetch(remote(f"{address}/file.bin"), "here") == path  # nor when the server is gone


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (GOOD[:-1] + b"!", "SHA-256 differs"),
        ((GOOD[:5000], len(GOOD)), "cut short"),
        (GOOD[:5000], "SHA-256 differs"),  # cut, and the server does not know it
        (404, "it answered 404"),
        (503, "it answered 503"),
    ],
)
def test_a_bad_answer_leaves_nothing_and_is_told(answer, words):
    with (
        server({"/file.bin": answer}) as (address, _),
        pytest.raises(ValueError, match=rf"could not download file.bin .*{words}.*--data-dir"),
    ):
        fetch(remote(f"{address}/file.bin"), "here")
    assert files_in_cache() == []


def test_mirrors_are_tried_in_turn():
    down = f"http://{LOOPBACK}:{dead_port()}/file.bin"
    files = {"/bad": GOOD[::-1], "/cut": (GOOD[:9], len(GOOD)), "/good": GOOD, "/never": GOOD}
    with server(files) as (address, asked):
        urls = [down] + [address + path for path in ("/bad", "/cut", "/good", "/never")]
        assert fetch(remote(*urls), "here").read_bytes() == GOOD
        assert asked == ["/bad", "/cut", "/good"]
    assert [path.name for path in files_in_cache()] == ["file.bin"]


def test_all_mirrors_down_names_each():
    ports = [dead_port(), dead_port()]
    urls = [f"http://{LOOPBACK}:{port}/file.bin" for port in ports]
    with pytest.raises(ValueError, match=r"no connection.*nor from.*no connection") as e:
        fetch(remote(*urls), "here")
    assert all(url in str(e.value) for url in urls)
    assert files_in_cache() == []


def test_a_mirror_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    with socket.socket() as silent:  # takes connections, answers none
        silent.bind((LOOPBACK, 0))
        silent.listen()
        url = f"http://{LOOPBACK}:{silent.getsockname()[1]}/file.bin"
        start = time.monotonic()
        with pytest.raises(ValueError, match=r"no answer in 0\.2 s"):
            fetch(remote(url), "here")
        assert time.monotonic() - start < 2.5
    assert files_in_cache() == []


def test_a_damaged_file_in_the_cache_is_fetched_again():
    path = download.cache() / "here" / "file.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(GOOD[:100])
    with server({"/file.bin": GOOD}) as (address, _):
        assert fetch(remote(f"{address}/file.bin"), "here").read_bytes() == GOOD


def test_a_cache_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("DRAW_NP_DATA", str(tmp_path / "file"))
    with (
        server({"/file.bin": GOOD}) as (address, _),
        pytest.raises(ValueError, match=r"cannot keep file.bin in .*: set DRAW_NP_DATA"),
    ):
        fetch(remote(f"{address}/file.bin"), "here")


@pytest.mark.parametrize(
    "name",
    ["mnist", "binarized-mnist", "two-digits", "cluttered", "cifar10", "svhn", "svhn-cropped"],
)
def test_no_network_at_all_is_one_sentence(name):
    with pytest.raises(ValueError, match=r"could not download .*no connection.*--data-dir$"):
        data.load(name)
    assert files_in_cache() == []


def test_embedded_sets_need_no_network():
    for name in data.EMBEDDED:
        assert len(data.load(name).train) == 1397
    assert files_in_cache() == []


def test_mnist_comes_from_the_second_mirror(monkeypatch):
    packed = {n: gzip.compress(idx_bytes(a)) for n, a in mnist_arrays().items()}
    hashes = {n: (sha256(p), sha256(gzip.decompress(p))) for n, p in packed.items()}
    monkeypatch.setattr(mnist, "HASHES", hashes)
    with server({f"/second/{n}.gz": p for n, p in packed.items()}) as (address, asked):
        monkeypatch.setattr(mnist, "MIRRORS", (f"{address}/first/", f"{address}/second/"))
        d = data.load("mnist", "none")
    assert len(asked) == 8
    assert d.variant.startswith("MNIST, ")
    assert (d.train.images == mnist_arrays()["train-images-idx3-ubyte"][:50, None]).all()
    assert {path.name for path in files_in_cache()} == {f"{n}.gz" for n in packed}


def test_the_cache_is_the_users_unless_it_is_named(monkeypatch, tmp_path):
    assert download.cache() == tmp_path / "cache"
    monkeypatch.delenv("DRAW_NP_DATA")
    assert download.cache().name == "draw-np"


REMOTES = {  # (cache folder, file, first digits of its published SHA-256, of its first address)
    "mnist": [
        ("mnist", "train-images-idx3-ubyte.gz", "440fcabf", "https://storage.googleapis.com/cvdf"),
        ("mnist", "train-labels-idx1-ubyte.gz", "3552534a", "https://storage.googleapis.com/cvdf"),
        ("mnist", "t10k-images-idx3-ubyte.gz", "8d422c7b", "https://storage.googleapis.com/cvdf"),
        ("mnist", "t10k-labels-idx1-ubyte.gz", "f7ae60f9", "https://storage.googleapis.com/cvdf"),
    ],
    "binarized-mnist": [
        ("mnist", "binarized_mnist_train.amat", "ad693b29", "http://www.cs.toronto.edu/~larocheh"),
        ("mnist", "binarized_mnist_valid.amat", "1de3d397", "http://www.cs.toronto.edu/~larocheh"),
        ("mnist", "binarized_mnist_test.amat", "e6687bfe", "http://www.cs.toronto.edu/~larocheh"),
    ],
    "cifar10": [
        ("cifar10", "cifar-10-binary.tar.gz", "c4a38c50", "https://www.cs.toronto.edu/~kriz")
    ],
    "svhn-cropped": [
        ("svhn", "train_32x32.mat", "435e94d6", "http://ufldl.stanford.edu/housenumbers"),
        ("svhn", "test_32x32.mat", "cdce80df", "http://ufldl.stanford.edu/housenumbers"),
    ],
    "svhn": [
        ("svhn", "train.tar.gz", "4b17bb33", "http://ufldl.stanford.edu/housenumbers"),
        ("svhn", "test.tar.gz", "57ac9ceb", "http://ufldl.stanford.edu/housenumbers"),
    ],
}


@pytest.mark.parametrize("name", REMOTES)
def test_each_file_is_asked_for_by_its_own_name_and_digest(tmp_path, monkeypatch, name):
    """Exchanged, a right file would be refused and a wrong one kept under its name."""
    asked = []

    def note(remote, subfolder):
        path = tmp_path / remote.name
        assert len(remote.sha256) == 64 and set(remote.sha256) <= set("0123456789abcdef")
        assert all(url.endswith("/" + remote.name) for url in remote.urls)
        address = remote.urls[0]
        asked.append((subfolder, remote.name, remote.sha256[:8], address))
        return path

    for module in (mnist, binarized_mnist, cifar10, svhn, svhn_cropped):
        monkeypatch.setattr(module, "fetch", note)
    place = tmp_path / "whole"
    place.mkdir()
    if name == "svhn":
        monkeypatch.setattr(svhn, "prepared", lambda sources: np.zeros((60, 3, 64, 64), np.uint8))
    else:
        kind = {
            "mnist": "mnist",
            "binarized-mnist": "binarized-text",
            "cifar10": "cifar10-archive",
            "svhn-cropped": "svhn-cropped",
        }[name]
        monkeypatch.setattr(binarized_mnist, "ROWS", {"train": 6, "valid": 2, "test": 2})
        monkeypatch.setattr(cifar10, "RECORDS", 3)
        hostile.KINDS[kind].write(tmp_path, np.random.default_rng(0))
    if name == "mnist":
        for path in tmp_path.glob("*ubyte"):
            path.rename(path.with_name(path.name + ".gz"))
    data.load(name)
    expected = REMOTES[name]
    assert sorted(a[:3] for a in asked) == sorted(e[:3] for e in expected)
    for (*_, address), (*_, begin) in zip(sorted(asked), sorted(expected), strict=True):
        assert address.startswith(begin)
