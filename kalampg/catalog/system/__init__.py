"""KalamDB's ``system`` namespace: one module per relation; readable for dba and system."""
