"""The asyncio rim: the only owner of sockets, from accept to close."""
