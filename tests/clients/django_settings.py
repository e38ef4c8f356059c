"""Django's settings for the tests: a fixture fills in the server."""

from typing import Any, Final

DATABASES: Final[dict[str, dict[str, Any]]] = {
    "default": {"ENGINE": "django.db.backends.postgresql", "HOST": "127.0.0.1"},
}
INSTALLED_APPS: Final = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "tests.clients.library",
]
DEFAULT_AUTO_FIELD: Final = "django.db.models.BigAutoField"
SECRET_KEY: Final = "only for tests"
USE_TZ: Final = True
TIME_ZONE: Final = "UTC"  # Django makes it the process's, and so that of servers started here.
