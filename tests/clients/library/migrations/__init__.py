"""What has become of the library's tables, release by release."""
