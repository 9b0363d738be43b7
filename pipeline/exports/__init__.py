"""An incident as a file to hand on, with what shows persons made unrecognisable."""

#: Where exports are made, in a site's data folder: nothing stays there.
FOLDER = "exports"
