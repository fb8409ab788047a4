"""Services on devices 物联设备: the registry, readings, the watch over silence, cameras."""
