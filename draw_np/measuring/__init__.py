"""What a network reaches: bounds, the paper's tables, and studies of its drawings."""
