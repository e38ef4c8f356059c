"""Speed of kalampg and PostgreSQL 15, measured in turn on the same machine."""
