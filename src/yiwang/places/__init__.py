"""Places 空间: boundaries by layer and date, addresses, parts (部件), locating. Root: BoundaryVersion."""
