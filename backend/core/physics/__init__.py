"""The sample data that come with the product."""
