"""Production tracking over the catalog: taking events in, reading states, alerts and webhooks."""
