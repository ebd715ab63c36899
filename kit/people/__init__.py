"""People who use the kit: who they are, what their role may do, when they were signed in."""
