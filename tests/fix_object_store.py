"""An S3 server on the loopback, moto's, for tests of storages: one for a whole test session."""

from __future__ import annotations

import http.client
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import s3fs

from conformance.postgres import free_port

ACCESS_KEY = "AKIATESTTESTTEST"
SECRET_KEY = "very/secret+key=of=tests"
_ATTEMPTS_MAX = 600


@dataclass(slots=True)
class ObjectStoreServer:
    """A moto server in a child process; ``stop`` and ``start`` make it go away and come back."""

    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(_ATTEMPTS_MAX):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=0.05)
            try:
                connection.request("GET", "/")
                connection.getresponse().read()
            except OSError:
                try:
                    self.process.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
                raise AssertionError("moto's server has ended") from None
            else:
                return
            finally:
                connection.close()
        raise AssertionError("moto's server does not answer")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def client(self) -> Any:
        return s3fs.S3FileSystem(
            key=ACCESS_KEY,
            secret=SECRET_KEY,
            client_kwargs={"endpoint_url": self.endpoint},
            skip_instance_cache=True,
            use_listings_cache=False,
        )

    def objects(self, bucket: str) -> list[str]:
        """The paths of all objects of a bucket."""
        return sorted(name.removeprefix(f"{bucket}/") for name in self.client().find(bucket))


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStoreServer]:
    server = ObjectStoreServer(free_port())
    server.start()
    yield server
    server.stop()
