"""ServiceNow, through its Table API."""

from connectors.servicenow.connector import ServiceNowConnector

__all__ = ["ServiceNowConnector"]
