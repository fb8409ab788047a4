"""Ledger 存证: the append-only journal, the outbox with its relay, signed checkpoints. Root: JournalEntry."""
