"""Notify 通知: short messages to reporters through the city's own gateway. Root entity: Message."""
