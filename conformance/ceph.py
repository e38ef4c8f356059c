"""A throw-away Ceph cluster with an S3 gateway: one monitor, one OSD in memory, one manager.

Debian's packages, installed with apt where that is possible; no systemd, no root file system. Every
daemon runs in the foreground as a child, on ports of the loopback that are free at the time.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.postgres import Unavailable, free_port

PACKAGES = ("ceph-mon", "ceph-osd", "ceph-mgr", "radosgw", "ceph-common")
PROGRAMS = ("ceph-mon", "ceph-osd", "ceph-mgr", "radosgw", "radosgw-admin", "ceph")
_STEP_SECONDS_MAX = 120.0
_LOOK_SECONDS = 0.3
_CAPABILITIES = {
    "mon.": ("mon", "allow *"),
    "client.admin": ("mon", "allow *", "osd", "allow *", "mgr", "allow *"),
    "osd.0": ("mon", "allow profile osd", "osd", "allow *", "mgr", "allow profile osd"),
    "mgr.x": ("mon", "allow profile mgr", "osd", "allow *"),
    "client.rgw": ("mon", "allow rwx", "osd", "allow rwx", "mgr", "allow *"),
}


def install() -> None:
    """Make sure that Ceph's programs are installed.

    Raises:
        Unavailable: they are not, and apt cannot help.
    """
    if all(map(shutil.which, PROGRAMS)):
        return
    if shutil.which("apt-get") is None:
        raise Unavailable("Ceph is not installed, and there is no apt-get to get it")
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run([*prefix, "apt-get", "-qq", *command], env=environment, check=False)
        if done.returncode != 0:
            raise Unavailable(f"apt-get {command[0]} failed; install {' '.join(PACKAGES)}")


class Ceph:
    """One running cluster; the context manager starts and removes it.

    Invariants:
        - The gateway answers at ``gateway_port`` to the keys that it was given.
        - Nothing of it is left after the block.
    """

    def __init__(self, access_key: str, secret_key: str) -> None:
        self._keys = ("--access-key", access_key, "--secret-key", secret_key)
        self._folder = Path(tempfile.mkdtemp(prefix="kalampg-ceph-"))
        self.gateway_port = free_port()
        self._daemons: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._remove()

    def _start(self) -> None:
        monitor = f"[v2:127.0.0.1:{free_port()},v1:127.0.0.1:{free_port()}]"
        cluster_id, osd_id = str(uuid.uuid4()), str(uuid.uuid4())
        self._write_configuration(cluster_id, monitor)
        self._write_keys()
        self._run("monmaptool", "--create", "--addv", "a", monitor, "--fsid", cluster_id, "monmap")
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring")
        self._serve("ceph-mon", "-i", "a")
        for name in ("osd.0", "mgr.x", "client.rgw"):
            self._run("ceph", "auth", "import", "-i", f"{name}.keyring")
        self._run("ceph", "osd", "new", osd_id, "0")
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd_id)
        self._serve("ceph-osd", "-i", "0")
        self._serve("ceph-mgr", "-i", "x")
        self._wait("the OSD", lambda: " 1 up" in self._run("ceph", "osd", "stat"))
        self._serve("radosgw", "-n", "client.rgw")
        self._wait("the gateway", self._gateway_answers)
        user = ("user", "create", "--uid=kalampg", "--display-name=kalampg")
        self._run("radosgw-admin", *user, *self._keys)

    def _write_configuration(self, cluster_id: str, monitor: str) -> None:
        folder = self._folder
        for name in ("mon/ceph-a", "osd/ceph-0", "mgr/ceph-x", "rgw", "run"):
            (folder / name).mkdir(parents=True)
        settings = {
            "fsid": cluster_id,
            "mon initial members": "a",
            "mon host": monitor,
            "public addr": "127.0.0.1",
            "cluster addr": "127.0.0.1",
            "keyring": f"{folder}/$name.keyring",
            "run dir": f"{folder}/run",
            "admin socket": f"{folder}/run/$name.asok",
            "log file": f"{folder}/$name.log",
            "crash dir": f"{folder}",
            "mon data": f"{folder}/mon/ceph-$id",
            "osd data": f"{folder}/osd/ceph-$id",
            "mgr data": f"{folder}/mgr/ceph-$id",
            "rgw data": f"{folder}/rgw",
            # Nothing is to survive: objects in memory need neither a device nor LVM.
            "osd objectstore": "memstore",
            "memstore device bytes": str(2 << 30),
            "osd pool default size": "1",
            "osd pool default min size": "1",
            "osd pool default pg num": "4",
            "osd pool default pgp num": "4",
            "osd pool default pg autoscale mode": "off",
            "osd crush chooseleaf type": "0",
            "mon allow pool size one": "true",
            "mon data avail crit": "1",
            "rgw frontends": f"beast endpoint=127.0.0.1:{self.gateway_port} tcp_nodelay=1",
        }
        lines = [f"{name} = {value}" for name, value in settings.items()]
        (folder / "ceph.conf").write_text("\n".join(["[global]", *lines, ""]))

    def _write_keys(self) -> None:
        for name, capabilities in _CAPABILITIES.items():
            pairs = zip(capabilities[::2], capabilities[1::2], strict=True)
            caps = [word for kind, what in pairs for word in ("--cap", kind, what)]
            file = f"{name}.keyring"
            self._run("ceph-authtool", "--create-keyring", file, "--gen-key", "-n", name, *caps)
        rings = [(self._folder / f"{name}.keyring").read_text() for name in _CAPABILITIES]
        (self._folder / "keyring").write_text("\n".join(rings))

    def _run(self, program: str, *arguments: str) -> str:
        """Run a program to its end; its standard output."""
        done = subprocess.run(
            [program, *self._configured(program), *arguments],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_STEP_SECONDS_MAX,
            check=False,
        )
        if done.returncode != 0:
            raise Unavailable(f"{program} {' '.join(arguments)} failed: {done.stderr[-2000:]}")
        return done.stdout

    def _serve(self, program: str, *arguments: str) -> None:
        with (self._folder / f"{program}.out").open("wb") as output:
            self._daemons.append(
                subprocess.Popen(
                    [program, *self._configured(program), *arguments, "-f"],
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                )
            )

    def _configured(self, program: str) -> list[str]:
        if program in {"ceph-authtool", "monmaptool"}:
            return []
        return ["-c", str(self._folder / "ceph.conf")]

    def _gateway_answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway_port, timeout=5)
        with contextlib.closing(connection):
            try:
                connection.request("GET", "/")
                connection.getresponse().read()
            except OSError:
                return False
        return True

    def _wait(self, what: str, is_there: Callable[[], bool]) -> None:
        end = time.monotonic() + _STEP_SECONDS_MAX
        while not is_there():
            ended = [daemon.args for daemon in self._daemons if daemon.poll() is not None]
            if ended or time.monotonic() > end:
                logs = [file.read_text()[-2000:] for file in self._folder.glob("*.out")]
                raise Unavailable(f"{what} of Ceph does not come up: {ended} {logs}")
            time.sleep(_LOOK_SECONDS)

    def _remove(self) -> None:
        for daemon in reversed(self._daemons):
            daemon.send_signal(signal.SIGKILL)
            daemon.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
