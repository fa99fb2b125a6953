"""Tickets of a ServiceNow instance."""

__all__: list[str] = []
