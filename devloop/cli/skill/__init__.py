"""`stigmer skill`: a directory is packed, checked and pushed; what was pushed is listed."""
