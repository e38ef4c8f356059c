"""The password of ``root`` at the first start: from the environment, or made and left in a file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

VARIABLE: Final = "KALAMPG_ROOT_PASSWORD"
FILE: Final = "root.password"
_BYTES: Final = 18  # 24 letters of base64: nobody types it more than once.


@dataclass(frozen=True, slots=True)
class RootPassword:
    """``file`` is where a generated password was left, None if it was given."""

    password: str = field(repr=False)
    file: Path | None


def choose_root_password(environment: Mapping[str, str], data_dir: Path) -> RootPassword:
    """Take the password from the environment, else make one and write it to ``data_dir``."""
    given = environment.get(VARIABLE)
    if given:
        return RootPassword(given, None)
    path = data_dir / FILE
    password = secrets.token_urlsafe(_BYTES)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(password + "\n")
        file.flush()
        os.fsync(file.fileno())
    return RootPassword(password, path)
