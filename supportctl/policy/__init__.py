"""The support policy as pure rules: values in (the time among them), decisions with reasons out."""
