"""Everyday words kept whole in the vocabulary, so that later training can use them."""

_TEXT = """
fight fighting fights fighter kick kicking kicked punch punching hit hitting hits attack attacking
violence violent weapon knife gun theft thief stealing robbery robber burglar burglary intruder
trespasser vandal vandalism graffiti climbing fence ladder broken window door forced crash crashing
accident collision bicycle cyclist bike motorcycle motorbike scooter bus train truck van forklift
helmet vest uniform police officer guard child children kid kids boy girl baby crying elderly
cat horse cow bird flood water leak leaking explosion explosions explode exploding bomb blast
spark sparks electric arc steam snow snowing fog storm lightning thunder wet puddle mud
box package parcel bag suitcase trolley cart bottle bottles table chair shelf shelves machine
conveyor robot drone helicopter airplane aircraft chainsaw drill drilling saw sawing engine
rooster cough coughing sneeze sneezing laughing laughter clapping applause cheering angry quarrel
argument arguing danger dangerous emergency help suspicious loitering queue entrance exit gate
stairs elevator lift roof platform counter shop store kitchen garage school hospital office station
red orange yellow green blue white black grey brown small large big loud quiet fast slow
"""

MORE_WORDS: tuple[str, ...] = tuple(_TEXT.split())
