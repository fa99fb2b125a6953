"""ServiceNow, through its Table API."""
