"""Jira: Cloud, Service Management and Data Center."""

from connectors.jira.connector import JiraConnector

__all__ = ["JiraConnector"]
