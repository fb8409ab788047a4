"""Intake 业务对接: raw messages, mappings, imports and the quarantine. Root entity: RawMessage."""
