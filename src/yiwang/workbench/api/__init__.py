"""API of the workbench: translation only."""

from .todos import router as todos_router

__all__ = ["todos_router"]
