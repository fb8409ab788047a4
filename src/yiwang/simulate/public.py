"""The door of `simulate`; everything else in the package is private."""

from .city import FOUNDED, OPEN311_KEY, Login, demo_password, load_city, logins
from .morning import play_morning

__all__ = ["FOUNDED", "OPEN311_KEY", "Login", "demo_password", "load_city", "logins", "play_morning"]
