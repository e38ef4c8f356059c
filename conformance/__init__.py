"""kalampg compared with PostgreSQL: answers and speed."""
