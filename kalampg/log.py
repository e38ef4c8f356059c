"""The log: one line an event on standard error, for people or as JSON."""

from __future__ import annotations

import logging
import sys
from typing import Final

import structlog

_LEVELS: Final = logging.getLevelNamesMapping()


def configure_logging(level: str, line_format: str) -> None:
    """Set up structlog for the process. ``line_format`` is "text" or "json"."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if line_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
