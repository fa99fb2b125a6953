"""Tickets of a ServiceNow instance."""

__all__ = ()
