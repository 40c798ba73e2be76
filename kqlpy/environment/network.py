"""Files of `externaldata` from the network, where the caller allows it: each address is fetched once and kept until the program ends."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from kqlpy.environment import messages

__all__ = ["MAX_BYTES", "Downloads"]

MAX_BYTES = 1 << 30
_SECONDS = 60
_PIECE = 1 << 20


class Downloads:
    """What was fetched so far. Only http and https are spoken, without credentials other than those in the address."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._files: dict[str, Path] = {}

    def file(self, address: str) -> Path:
        """The local copy of an address. Raises a `KqlDataError` that tells why it cannot be had."""
        address = address.partition(";")[0]
        if address not in self._files:
            self._files[address] = self._fetch(address)
        return self._files[address]

    def _fetch(self, address: str) -> Path:
        import urllib.error  # here, since no other query needs them
        import urllib.request
        from http.client import HTTPException

        try:
            if urlsplit(address).scheme.lower() not in ("http", "https"):
                raise messages.not_fetched(address, "only http and https addresses are fetched")
            request = urllib.request.Request(address, headers={"User-Agent": "kqlpy"})
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
                return self._kept(address, answer)
        except urllib.error.HTTPError as error:
            error.close()
            raise messages.not_fetched(address, f"the server answers {error.code} {error.reason}") from None
        except urllib.error.URLError as error:
            raise messages.not_fetched(address, str(error.reason)) from None
        except (OSError, HTTPException, ValueError) as error:
            raise messages.not_fetched(address, str(error)) from None

    def _kept(self, address: str, answer: IO[bytes]) -> Path:
        """A copy under the last part of the address, whose ending tells how it is packed."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="kqlpy-"))
            atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        ending = "".join(Path(urlsplit(address).path).suffixes[-2:])[:40]
        target = self._folder / f"{len(self._files)}{ending}"
        size = 0
        with target.open("wb") as file:
            while piece := answer.read(_PIECE):
                size += len(piece)
                if size > MAX_BYTES:
                    raise messages.not_fetched(address, f"it has more than {MAX_BYTES:,} bytes")
                file.write(piece)
        return target
