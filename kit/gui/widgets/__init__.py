"""The parts that screens are made of, each one concept; none knows the node or a clinical rule."""
