"""Jira: Cloud, Service Management and Data Center."""
