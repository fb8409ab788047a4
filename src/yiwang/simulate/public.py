"""The door of `simulate`; everything else in the package is private."""

from .city import FOUNDED, Login, demo_password, load_city, logins
from .morning import play_morning

__all__ = ["FOUNDED", "Login", "demo_password", "load_city", "logins", "play_morning"]
