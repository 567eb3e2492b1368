"""What S3 and GCS have in common: objects by key, read in ranges, listed by prefix, seen whole or not at all."""
