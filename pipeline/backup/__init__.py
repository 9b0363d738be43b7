"""``hearsight backup`` and ``restore``: what a site has learned and was told, in one file.

The file is a compressed tar: `HEAD` first, the site file, what is in the data folder, and last
`MANIFEST` with the SHA-256 of each member. It is not signed: keep it where only you can write.
"""
