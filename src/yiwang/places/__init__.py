"""Places 空间: boundaries by layer and date, addresses, parts (部件), and locating points. Root entity: Boundary."""
