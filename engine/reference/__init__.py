"""Employees, partners, campaigns and their attachments, mirrored from elsewhere."""
