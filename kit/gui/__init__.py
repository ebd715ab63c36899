"""What people see and touch: Qt Widgets over a port to the node.

Not for: keys, SQL, the network or any clinical rule; those live in the node and behind its port.
"""
