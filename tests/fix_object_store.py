"""An S3 server on the loopback for tests of storages: one for a whole test session.

It is moto's, or, with KALAMPG_TEST_OBJECT_STORE=ceph, the gateway of a Ceph cluster.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import s3fs

from conformance.ceph import Ceph
from conformance.postgres import free_port
from conformance.server_process import Connection

ACCESS_KEY = "AKIATESTTESTTEST"
SECRET_KEY = "very/secret+key=of=tests"
# The one that azurite's manual gives: it knows no other.
AZURITE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
USER_TEMPLATE = "{namespace}/users/{tableName}/{shard}/{userId}"
_ATTEMPTS_MAX = 600


@dataclass(slots=True)
class ObjectStoreServer:
    """A moto server in a child process; ``stop`` and ``start`` make it go away and come back.

    One that is never started stands for a server that somebody else runs on the port.
    """

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
        wait_for_http(self.process, self.port)

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


def wait_for_http(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the process answers a request."""
    for _ in range(_ATTEMPTS_MAX):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=0.05)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"{process.args!r} has ended") from None
        else:
            return
        finally:
            connection.close()
    raise AssertionError(f"{process.args!r} does not answer")


def create_s3(root: Connection, storage_id: str, bucket: str, server: ObjectStoreServer) -> None:
    """CREATE STORAGE over a bucket of the server, below ``prefix``."""
    credentials = json.dumps(
        {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "endpoint": server.endpoint}
    )
    statement = (
        f"CREATE STORAGE {storage_id} TYPE s3 NAME 'Objects' URI 's3://{bucket}/prefix'"
        f" REGION 'us-east-1' CREDENTIALS '{credentials}'"
        f" USER_TABLES_TEMPLATE '{USER_TEMPLATE}'"
    )
    root.execute(statement.encode())


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStoreServer]:
    if os.environ.get("KALAMPG_TEST_OBJECT_STORE") == "ceph":
        with Ceph(ACCESS_KEY, SECRET_KEY) as cluster:
            yield ObjectStoreServer(cluster.gateway_port)
        return
    server = ObjectStoreServer(free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def google_store() -> Iterator[str]:
    """The endpoint of an emulator of Google's store, which has a bucket named ``bucket``."""
    pytest.importorskip("gcp_storage_emulator", reason="the group stores is not installed")
    pytest.importorskip("gcsfs", reason="the group stores is not installed")
    port = free_port()
    program = [sys.executable, "-m", "gcp_storage_emulator", "start"]
    options = ["--host", "127.0.0.1", "--port", str(port)]
    with _emulator([*program, *options, "--in-memory", "--default-bucket", "bucket"], port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def azure_store() -> Iterator[str]:
    """The connection string of an emulator of Azure's store, with a container ``bucket``."""
    adlfs = pytest.importorskip("adlfs", reason="the group stores is not installed")
    program = shutil.which("azurite-blob")
    if program is None:
        pytest.skip("azurite-blob is not in the path: npm install azurite")
    port = free_port()
    options = ["--inMemoryPersistence", "--skipApiVersionCheck", "--silent"]
    address = ["--blobHost", "127.0.0.1", "--blobPort", str(port)]
    parts = {
        "DefaultEndpointsProtocol": "http",
        "AccountName": "devstoreaccount1",
        "AccountKey": AZURITE_KEY,
        "BlobEndpoint": f"http://127.0.0.1:{port}/devstoreaccount1",
    }
    connection_string = ";".join(f"{name}={value}" for name, value in parts.items())
    with _emulator([program, *options, *address], port):
        adlfs.AzureBlobFileSystem(connection_string=connection_string).mkdir("bucket")
        yield connection_string


@contextmanager
def _emulator(command: list[str], port: int) -> Iterator[None]:
    """A program that serves HTTP at the port, in a child process."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_http(process, port)
        yield
    finally:
        process.kill()
        process.wait()
