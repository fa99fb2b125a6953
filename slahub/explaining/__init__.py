"""Ledgers for readers: as text with a drawn time line, as lines for scripts, as a page for the customer."""
