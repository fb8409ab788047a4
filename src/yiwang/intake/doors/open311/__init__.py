"""Open311 GeoReport v2 both ways: the server at `/open311/v2/`, and the client that sends cases on."""

from . import contract, runner

__all__ = ["contract", "runner"]
