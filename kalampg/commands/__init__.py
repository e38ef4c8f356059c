"""Statements that kalampg runs itself: DDL, roles, flush and the SHOW family."""
