"""FHIR R4 to the ward's events, read as plain data (health-data.md D1): one module per subject."""
