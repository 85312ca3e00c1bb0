"""Nobody gets in: hostile inputs, pages, artifacts; the targets S1 to S14 of docs/reliability.md."""
