"""The support policy as pure rules: values in (the moment among them), decisions with reasons out."""
