"""Ledger 存证: the append-only journal, the outbox with its relay, and signed checkpoints. Root entity: JournalEntry."""
