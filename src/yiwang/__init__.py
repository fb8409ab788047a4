"""Yiwang 一网: an open-source city-operations platform (一网统管) for grassroots government."""

__version__ = "0.1.0"
