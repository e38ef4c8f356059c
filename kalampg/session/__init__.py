"""One client's logical state: statements, portals, parameters, transaction block."""
