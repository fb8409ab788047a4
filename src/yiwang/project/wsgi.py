"""WSGI entry of the web server; loads the addresses ahead of the first request."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from .parentage import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yiwang.project.settings")
die_with_parent()
application = get_wsgi_application()
_ = get_resolver().url_patterns
