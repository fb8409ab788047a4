"""Files 证据: content-addressed attachments, cleaned of hidden data and streamed only to who may read.

Root entity: none of its own; an `Attachment` 附件 belongs to a row of another app, whose checker says who
may read it.
"""
