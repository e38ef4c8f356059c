"""``python -m kalampg``: the same as the ``kalampg`` command."""

from kalampg.cli import main

if __name__ == "__main__":
    main()
