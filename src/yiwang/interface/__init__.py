"""Interface 界面构件: page frame, components, panel registry, keyset paging, problem+json. Owns no business row."""
