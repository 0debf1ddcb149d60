"""Production tracking, pure: orders and events in, state, KPIs, control limits, forecast and risks out."""
