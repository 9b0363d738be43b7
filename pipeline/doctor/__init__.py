"""``hearsight doctor``: looks a box over and says of each finding what to do about it."""
