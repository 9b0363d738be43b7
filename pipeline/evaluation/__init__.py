"""The bench: public data sets, fixed splits, and what the product's own scoring makes of them."""
