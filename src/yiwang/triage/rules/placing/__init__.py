"""Reading addresses 地址识别 and finding their place: tagged parts, names, grammar, the address index."""
