"""Open311 GeoReport v2: settings, forms, filters, documents and the client's decisions, as plain rules."""
