"""Append-only journal: triggers refuse UPDATE, DELETE and TRUNCATE whoever asks; events carry their transaction."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_journal_rows BEFORE UPDATE OR DELETE ON ledger_journalentry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_journal_truncate BEFORE TRUNCATE ON ledger_journalentry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
ALTER TABLE ledger_outboxevent ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id();
"""
BACKWARD = """
ALTER TABLE ledger_outboxevent DROP COLUMN txid;
DROP TRIGGER ledger_journal_truncate ON ledger_journalentry;
DROP TRIGGER ledger_journal_rows ON ledger_journalentry;
DROP FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
