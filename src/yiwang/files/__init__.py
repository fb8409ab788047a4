"""Files 证据: content-addressed evidence, thumbnails and who may read them. Root entity: Attachment."""
