"""Pure decisions of `files` 证据规则: what a content is, how a name is written, what is taken out."""
