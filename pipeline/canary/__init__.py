"""The canary: a synthetic event that goes the whole way from the front of the line to a reader.

The supervisor lays a test card and a test sound into shared memory under a camera that no site can
have; the encoder embeds them among the cameras' own, the judge holds the embeddings against what
they were at first, and hands a marked alert to the outbox; the publisher tells when every sink has
taken it. Backgrounds, archives, incidents and cameras never see it.
"""
