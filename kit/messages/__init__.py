"""Messages between capsules: channels, who is addressed, what was received, shown, acknowledged."""
