"""The PostgreSQL wire protocol as pure code: bytes to messages and back, no I/O.

``startup`` opens a connection, ``scram`` authenticates it, ``frontend`` and ``backend`` carry the
messages, ``states`` tells which of them are legal when.
"""
