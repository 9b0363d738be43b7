"""What a rule would have raised, before it is armed: days past through the product's own line."""
