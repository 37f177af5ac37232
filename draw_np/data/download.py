"""Files from the network, each fetched once, checked and kept; or from one's own folder.

The hash of every file is a published one, cited where the file is named. A file whose
hash nobody has published is not downloaded here: it has to come from a folder.

pooch and requests are imported when something is to be fetched: they take a while, and in a
notebook without ipywidgets pooch's progress bar warns at its import.
"""

import os
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 30  # seconds without a byte until the next mirror is tried
CHUNK = 1 << 16  # bytes


@dataclass(frozen=True)
class Remote:
    """A file that can be downloaded."""

    name: str  #: of the file in the cache
    sha256: str  #: as published
    urls: tuple  #: mirrors, in the order in which they are tried


def cache():
    """The folder for downloads: $DRAW_NP_DATA, or the user's cache as the platform has it."""
    if named := os.environ.get("DRAW_NP_DATA"):
        return Path(named)
    import pooch

    return Path(pooch.os_cache("draw-np"))


def fetch(remote, subfolder):
    """The path of a file in the cache, downloaded if it is not there or is damaged.

    A file appears under its name only when it is complete and its hash is right.

    Parameters
    ----------
    remote : Remote
    subfolder : str
        Where in the cache.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If no mirror gave the right file, or the cache cannot be written.
    """
    from requests import RequestException

    there = cache() / subfolder / remote.name
    if os.path.exists(there) and not os.path.isfile(there):
        raise ValueError(f"{there} is a pipe or a folder and not a file: move it away")
    failures = []
    for url in remote.urls:
        try:
            return retrieve(url, remote, cache() / subfolder)
        except (ValueError, RequestException) as error:
            failures.append(f"{url} ({reason(error)})")
        except OSError as error:
            raise ValueError(
                f"cannot keep {remote.name} in {cache() / subfolder} ({error.strerror}): "
                "set DRAW_NP_DATA to a folder that can be written and has room"
            ) from error
    raise ValueError(
        f"could not download {remote.name} from {', nor from '.join(failures)}: try again "
        "later, or get the file by other means and name its folder with --data-dir"
    )


def retrieve(url, remote, folder):
    """Download ``remote`` from one ``url``; nothing to do if the right file is there."""
    import pooch

    downloader = pooch.HTTPDownloader(progressbar=True, chunk_size=CHUNK, timeout=TIMEOUT)
    known = f"sha256:{remote.sha256}"
    return Path(pooch.retrieve(url, known, remote.name, folder, downloader=downloader))


def reason(error):
    """In a few words, what went wrong with one mirror."""
    from requests import exceptions as trouble

    if isinstance(error, trouble.HTTPError):
        return f"it answered {error.response.status_code}"
    if isinstance(error, trouble.Timeout):
        return f"no answer in {TIMEOUT} s"
    if isinstance(error, trouble.ChunkedEncodingError):
        return "cut short"
    if isinstance(error, trouble.RequestException):
        return "no connection"
    return "not the published file: its SHA-256 differs"
