"""kalampg: KalamDB's user tables behind the PostgreSQL wire protocol.

Layers, each importing only those below it::

    cli > server > net > session > commands > engine > jobs | auth > catalog
        > storage | sql > protocol | pgtypes > leaves

The leaves are ``tasks config relation clock errors ids failpoints``.
"""

__version__ = "0.1.0"
