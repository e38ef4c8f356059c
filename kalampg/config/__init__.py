"""Start-up settings: what exists, what is allowed, and where a value comes from.

Run-time parameters of a session (SET, SHOW) are another thing: ``kalampg.session.guc``.
"""

from kalampg.config.loading import ConfigError, Overrides, Setting, is_loopback, load
from kalampg.config.sections import Config, Value

__all__ = ["Config", "ConfigError", "Overrides", "Setting", "Value", "is_loopback", "load"]
