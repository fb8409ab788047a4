"""House checks: borders, glossary, sizes, migrations, translations, documentation and words."""
