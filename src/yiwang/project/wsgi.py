"""WSGI entry of the web server; loads the addresses ahead of the first request."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from ..ledger.heartbeats import beat_in_background
from . import logs
from .parentage import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yiwang.project.settings")
die_with_parent()
logs.configure()
application = get_wsgi_application()
_ = get_resolver().url_patterns
beat_in_background("web", os.environ.get("YIWANG_DATABASE_URL", ""))
