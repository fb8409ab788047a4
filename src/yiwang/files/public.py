"""The door of `files`; everything else in the package is private."""

from .enums import Stage
from .errors import Damaged, TooLarge, TypeNotAllowed
from .models import Attachment
from .queries import attachments_of, read_thumbnail, stages_of, thumbnails_of
from .readers import Reader, may_read, register_reader
from .services import cleaned_picture, discard_contents, erase_file, store_file, sweep_orphans

__all__ = [
    "Attachment",
    "Damaged",
    "Reader",
    "Stage",
    "TooLarge",
    "TypeNotAllowed",
    "attachments_of",
    "cleaned_picture",
    "discard_contents",
    "erase_file",
    "may_read",
    "read_thumbnail",
    "register_reader",
    "stages_of",
    "store_file",
    "sweep_orphans",
    "thumbnails_of",
]
