"""The steering capsule: what the crisis cell sees, decides and asks of the wards."""
