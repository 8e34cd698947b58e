"""Where data files are found, and the check that each passes before a byte of it is used.

A file is read from the folder that ``COREFORMULAS_DATA`` names; where the variable is not set, from
the user's cache, into which pooch downloads it once. ``COREFORMULAS_CACHE`` moves the cache. Both
folders have the same layout, so a cache that was filled on one machine serves as the folder of
another that has no network.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

DATA_VARIABLE = "COREFORMULAS_DATA"
CACHE_VARIABLE = "COREFORMULAS_CACHE"


class DatasetError(RuntimeError):
    """A data file is missing, damaged, or cannot be downloaded."""


HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class DataFile:
    """A published file that never changes.

    Attributes:
        name: path below either folder, with forward slashes.
        sha256: digest of the published bytes, 64 hexadecimal digits.
        urls: addresses that serve these bytes, in the order in which they are tried.
    """

    name: str
    sha256: str
    urls: tuple[str, ...] = ()


def shipped_locations(name: str) -> tuple[Path, Path]:
    """Where a file may be that ships: a wheel holds it beside this module, a checkout in data/."""
    return HERE / "files" / name, HERE.parent.parent.parent / "data" / name


def read_shipped(locations: tuple[Path, ...], sha256: str, remedy: str) -> bytes:
    """Read a file that ships, from the first of its places that has it.

    Raises:
        DatasetError: no place has it, or the file is damaged; the message ends in ``remedy``.
    """
    path = next((path for path in locations if path.is_file()), None)
    if path is None:
        places = " and at ".join(map(str, locations))
        raise DatasetError(f"{locations[0].name} is missing, at {places}. {remedy}")
    return read_verified(path, sha256, remedy)


def local_folder() -> Path | None:
    """Return the folder that ``COREFORMULAS_DATA`` names, or ``None`` where it is not set.

    Raises:
        DatasetError: the variable names no folder.
    """
    value = os.environ.get(DATA_VARIABLE)
    if not value:
        return None
    folder = Path(value).expanduser()
    if not folder.is_dir():
        raise DatasetError(
            f"{DATA_VARIABLE} is {value!r}, which is not a folder. Set it to the folder that holds "
            "the data sets, or unset it to download them."
        )
    return folder


def read_file(file: DataFile) -> bytes:
    """Read a file from the local folder or the cache, downloading it into the cache if need be.

    Raises:
        DatasetError: the file is missing from the local folder, differs from the published one, or
            cannot be downloaded. The message names the file and the way out.
    """
    folder = local_folder()
    if folder is None:
        return read_verified(download(file), file.sha256, "Delete it; the next call downloads it.")
    path = folder / file.name
    if not path.is_file():
        raise DatasetError(
            f"{path} does not exist. Put the file there, or unset {DATA_VARIABLE} to download it."
        )
    return read_verified(path, file.sha256, f"Copy it again, or unset {DATA_VARIABLE}.")


def read_verified(path: Path, sha256: str, remedy: str) -> bytes:
    """Read a whole file and check it, so that the bytes returned are the bytes that were checked.

    Raises:
        DatasetError: the file cannot be read, or its digest is not ``sha256``; ends in ``remedy``.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"cannot read {path}: {error}. {remedy}") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != sha256:
        raise DatasetError(
            f"{path} is damaged or another file ({len(data)} bytes): its SHA-256 is {digest}, "
            f"expected {sha256}. {remedy}"
        )
    return data


def download(file: DataFile) -> Path:
    """Return the path of a file in the cache, downloaded from the first address that serves it.

    pooch writes to a temporary file beside the target, checks the digest, and only then moves it
    into place, so neither a failure nor an interrupt leaves a part of a file under its name.

    Raises:
        DatasetError: no address served the published bytes; the message gives the reason for each.
    """
    import pooch  # here, because who reads the digits needs no downloader

    cache = pooch.create(
        path=pooch.os_cache("coreformulas"),
        env=CACHE_VARIABLE,
        base_url="",
        registry={file.name: file.sha256},
    )
    failures = []
    for url in file.urls:
        cache.urls = {file.name: url}
        try:
            return Path(cache.fetch(file.name))
        except (OSError, ValueError) as error:  # the exceptions of requests are OSErrors
            failures.append(f"  {url}\n    {type(error).__name__}: {error}")
    raise DatasetError(
        f"cannot download {file.name}:\n" + "\n".join(failures) + "\n"
        f"Try again later; or put the file at FOLDER/{file.name} and set {DATA_VARIABLE}=FOLDER. "
        f"The cache is {cache.abspath}; {CACHE_VARIABLE} moves it."
    )
