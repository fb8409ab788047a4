"""API of the loop: translation only, one service call an endpoint."""

from .routes import router

__all__ = ["router"]
