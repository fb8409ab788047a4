"""Settings 配置: everything from environment variables, with safe defaults.

Production (`YIWANG_ENV=production`) refuses to start with a default secret or with debugging on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

PACKAGE = Path(__file__).resolve().parent.parent
ENVIRONMENT = os.environ.get("YIWANG_ENV", "development")
PRODUCTION = ENVIRONMENT == "production"
#: Folder of everything the instance keeps outside the database: files, keyring, embedded cluster.
YIWANG_HOME = Path(os.environ.get("YIWANG_HOME", "var")).resolve()

_DEFAULT_SECRET = "development-only-secret-not-for-production"  # refused in production
SECRET_KEY = os.environ.get("YIWANG_SECRET_KEY", _DEFAULT_SECRET)
DEBUG = os.environ.get("YIWANG_DEBUG", "") == "1"
if PRODUCTION and (SECRET_KEY == _DEFAULT_SECRET or len(SECRET_KEY) < 40):
    raise ImproperlyConfigured(
        "YIWANG_SECRET_KEY is missing, the default, or shorter than 40 characters. "
        "Set it to a random value before starting in production."
    )
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("YIWANG_DEBUG=1 is refused in production: unset it.")

ALLOWED_HOSTS = os.environ.get("YIWANG_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("YIWANG_ORIGINS", "").split(",") if o]
USE_X_FORWARDED_HOST = False


def networks_from(text: str) -> list[str]:
    """Addresses and networks of a comma-separated list, such as `127.0.0.1,10.0.0.0/8`.

    Raises:
        ImproperlyConfigured: naming the entry that is neither.
    """
    found = [part.strip() for part in text.split(",") if part.strip()]
    for part in found:
        try:
            ip_network(part)
        except ValueError as error:
            raise ImproperlyConfigured(f"YIWANG_TRUSTED_PROXIES has {part!r}: {error}.") from None
    return found


#: Proxies whose `X-Forwarded-For` is believed.
YIWANG_TRUSTED_PROXIES = networks_from(os.environ.get("YIWANG_TRUSTED_PROXIES", ""))

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "procrastinate.contrib.django",
    "yiwang.project",
    "yiwang.simulate",
    "yiwang.workbench",
    "yiwang.intake",
    "yiwang.whistles",
    "yiwang.triage",
    "yiwang.cases",
    "yiwang.places",
    "yiwang.catalog",
    "yiwang.clocks",
    "yiwang.files",
    "yiwang.notify",
    "yiwang.orgs",
    "yiwang.accounts",
    "yiwang.ledger",
    "yiwang.interface",
]

MIDDLEWARE = [
    "yiwang.project.observing.Observed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "yiwang.interface.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "yiwang.accounts.middleware.SessionLimits",
    "yiwang.orgs.middleware.ActorOfRequest",
    "yiwang.interface.middleware.ContentSecurity",
    "yiwang.interface.middleware.Acts",
]

ROOT_URLCONF = "yiwang.project.urls"
WSGI_APPLICATION = "yiwang.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ]
        },
    }
]


def database_from(url: str) -> dict[str, object]:
    """Django's database settings for a `postgresql://` URL.

    Raises:
        ImproperlyConfigured: when the scheme is not PostgreSQL's.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured(
            f"YIWANG_DATABASE_URL has the scheme {parts.scheme!r}: give a postgresql:// URL."
        )
    query = dict(parse_qsl(parts.query))
    if timeout := os.environ.get("YIWANG_LOCK_TIMEOUT"):  # migrations never wait long for a lock
        query["options"] = f"-c lock_timeout={timeout}"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": {"prepare_threshold": 5, **query},
    }


#: The running product's database; `yiwang` fills it in for the embedded cluster before Django starts.
_DATABASE_URL = os.environ.get("YIWANG_DATABASE_URL", "")
DATABASES = {
    "default": database_from(_DATABASE_URL)
    if _DATABASE_URL
    else {"ENGINE": "django.db.backends.postgresql", "NAME": "yiwang", "HOST": "127.0.0.1"}
}


_SIGN_ON = {
    "issuer": "YIWANG_OIDC_ISSUER",
    "client_id": "YIWANG_OIDC_CLIENT_ID",
    "client_secret": "YIWANG_OIDC_CLIENT_SECRET",
    "claim": "YIWANG_OIDC_CLAIM",
    "scope": "YIWANG_OIDC_SCOPE",
    "label": "YIWANG_OIDC_LABEL",
    "ca_file": "YIWANG_OIDC_CA_FILE",
}


def sign_on_from(environ: Mapping[str, str]) -> dict[str, str] | None:
    """Single sign-on as the environment sets it; None without an issuer.

    Raises:
        ImproperlyConfigured: the issuer is no https address (http on this machine is one for trials), or
            the client's id is missing.
    """
    given = {key: environ.get(name, "").strip() for key, name in _SIGN_ON.items()}
    if not given["issuer"]:
        return None
    parts = urlsplit(given["issuer"])
    local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not (parts.scheme == "https" and parts.hostname) and not local:
        raise ImproperlyConfigured(f"YIWANG_OIDC_ISSUER is {given['issuer']!r}: give an https:// address.")
    if not given["client_id"]:
        raise ImproperlyConfigured("YIWANG_OIDC_CLIENT_ID is missing: give the id that the provider knows.")
    return {key: value for key, value in given.items() if value}


AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
#: Single sign-on by OpenID Connect; None without `YIWANG_OIDC_ISSUER`.
SINGLE_SIGN_ON = sign_on_from(os.environ)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "yiwang.interface.failures.locked_out"
AXES_CLIENT_IP_CALLABLE = "yiwang.accounts.addresses.address_of"
AXES_DISABLE_ACCESS_LOG = True  # logins stand in the journal and in accounts.AccessRecord
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
_HTTPS = PRODUCTION and os.environ.get("YIWANG_HTTP", "") != "1"
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "project" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
#: In production `yiwang static` collects the files there once; otherwise they are served from the packages.
STATIC_ROOT = os.environ.get("YIWANG_STATIC_ROOT") or (str(YIWANG_HOME / "static") if PRODUCTION else None)
MEDIA_ROOT = YIWANG_HOME / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

#: The web's port, and the live feed's beside it; `YIWANG_LIVE_URL` when a proxy puts the feed elsewhere.
YIWANG_WEB_PORT = int(os.environ.get("PORT") or 8000)
YIWANG_LIVE_PORT = int(os.environ.get("YIWANG_LIVE_PORT") or YIWANG_WEB_PORT + 1)
YIWANG_LIVE_URL = os.environ.get("YIWANG_LIVE_URL", "")
#: Origins whose pages may read the live feed, besides the feed's own host on the web's port.
YIWANG_LIVE_ORIGINS = CSRF_TRUSTED_ORIGINS
#: `/metrics` answers loopback addresses only, unless this is set (behind a proxy that guards it).
YIWANG_METRICS_OPEN = os.environ.get("YIWANG_METRICS_OPEN", "") == "1"
LOGGING_CONFIG = "yiwang.project.logs.configure"
LOGGING: dict[str, object] = {}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PROCRASTINATE_ON_APP_READY = None
SILENCED_SYSTEM_CHECKS: list[str] = []
