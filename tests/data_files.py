"""Small files in the formats of the real data sets, and a server that gives files out."""

import gzip
import hashlib
import io
import tarfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from PIL import Image

MNIST_SIZES = {"train": 60, "t10k": 12}


def rng(seed=0):
    return np.random.default_rng(seed)


def idx_bytes(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.astype(np.uint8).tobytes()


def mnist_arrays(seed=0, size=28):
    """Images and labels of small training and test files, by the name of the file."""
    arrays, r = {}, rng(seed)
    for part, n in MNIST_SIZES.items():
        arrays[f"{part}-images-idx3-ubyte"] = r.integers(256, size=(n, size, size), dtype=np.uint8)
        arrays[f"{part}-labels-idx1-ubyte"] = r.integers(10, size=n, dtype=np.uint8)
    return arrays


def write_mnist(folder, seed=0, gzipped=True, size=28):
    arrays = mnist_arrays(seed, size)
    for name, array in arrays.items():
        raw = idx_bytes(array)
        (folder / (f"{name}.gz" if gzipped else name)).write_bytes(
            gzip.compress(raw, mtime=0) if gzipped else raw
        )
    return arrays


def png_bytes(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()


def tar_gz(path, files):
    """An archive of files given as name: bytes."""
    with tarfile.open(path, "w:gz") as archive:
        for name, raw in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))


def sha256(raw):
    return hashlib.sha256(raw).hexdigest()


@contextmanager
def server(files):
    """A server on the loopback address; yields its address and the paths asked for.

    ``files`` maps a path to bytes, to a status code, or to (bytes, promised length).
    """
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            answer = files.get(self.path, 404)
            if isinstance(answer, int):
                self.send_error(answer)
                return
            raw, length = answer if isinstance(answer, tuple) else (answer, len(answer))
            self.send_response(200)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{httpd.server_address[1]}", asked
        finally:
            httpd.shutdown()
            thread.join()
