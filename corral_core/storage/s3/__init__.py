"""S3, and stores that speak its language, by way of s3fs's session and loop."""
