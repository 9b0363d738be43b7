"""Everyday words kept whole in the vocabulary, so that later training can use them.

The shipped merges were made from this list and from the phrases of that day: see
``pipeline.training.vocabulary``.
"""

from __future__ import annotations

_TEXT = """
abandoned accelerating accident accidents aeroplane against air aircraft airplane airplanes
airscrew alarm alarms ambient ambulance among and anger angrily angry animal animals another
anybody applause arc arcing argue arguing argument arm arms around arrow artillery ash asleep
assault assaulted assaulting attack attacked attacking attacks audience audio babble babies baby
back background balcony bang banging bangs bark barking barks basement basketball bass bathroom
bathtub battle beach beat beatboxing beaten beating beats bed bedroom bee beep beeping beeps bell
bells belly between bicycle bicycles big bike bikes bird birds biting black blast blasts blaze
blazing bleat bleeding bleep blender block blocked blocking blocks blue blurred blurry boat bodies
body boiling boing bomb bombs bonfire boom bottle bottles bounce bouncing bow boy boys brake brakes
braking brawl brawling break breaking breaks breath breathing breeze bridge bright broke broken
brown bubbling burglar burglars burglary burn burning burns burnt burping burst bus buses busy buzz
buzzer buzzes buzzing cacophony call calling calls camera cameras campfire canoe cap car cards
carried carries carry carrying cart cash cat caterwaul cats cattle caw chainsaw chainsaws chair
chairs chase chased chases chasing chatter cheer cheering cheers chewing chicken child children
chime chimes chiming chink chirp chirping chirps choir chop chopping chortle chuckle church civil
clack clang clap clapping claps clatter cleaner clearing clickety clicking climb climbing climbs
clink clock clocks clop close clothing cloudy cluck coin collapse collapsed collapses collapsing
collide collision compressor computer conditioning conversation conveyor couch cough coughing
coughs counter covered covering covers cow cowbell cows crack cracking crackle crackles crackling
cracks crash crashed crashing creak cricket cries crinkling croak crockery crossing crosswalk crow
crowd crowded crowds crowing crows crumpling crunch crushing cry crying cupboard customer customers
cutlery cyclist danger dangerous dark darkness dawn day daylight daytime defense demonstration
dental dentist deserted detector detectors detonation dial dialing dim ding dishes dog dogs
domestic dong door doorbell doorbells drawer dribble drill drilling drills drip dripping drips
driver drivers drives driving drizzle drone drop dropping drops drove drum drunk dryer duck dusk
each echo elderly electric electrical electronic elevator emergencies emergency employee employees
empty engine engines enter entering enters entrance eruption escape escaping evening exit explode
exploded explodes exploding explosion explosions extinguisher face factory faint fainted fainting
faints fall fallen falling falls fan fans farm fart fast faucet fear fearful fell fence fight
fighter fighters fighting fights filing filling fire firecracker firecrackers fired fires firework
fireworks firing flame flames flap flapping flies flight flood flooded flooding floor flush fly
flying fog foggy foghorn food footage footsteps for forced fork forklift fought frame frequency
frog frozen frying game garage gargling gasp gasping gate gates gathering gears generator giggle
giggling girl girls glass goat gobble gong goose grab grabbed grabbing grabs graffiti gray green
grey grinder grinding groan groaning groans ground growl growling growls grunt guards gun gunfire
guns gunshot gunshots gurgling gush gust gusts hair hall hallway hammer hammering hammers hand
hands happy hat head hear heard hears heart heartbeat heavy held helicopter helicopters helmet help
helpless hiccup hide hiding high highway hiss hissing hit hits hitting hold holding holds honk
honking honks hoot hoover horn horns horse horses hospital house housefly hover hovering howl
howling howls hubbub huge hum human humans humming hums hurt ice idling ill image infant inferno
injured insect inside instrument intersection intruder intruders jackhammer jam jangling jet jingle
jump jumping jumps junction keyboard keys kick kicked kicking kicks kid kids kitchen knife knives
knock knocking knocks ladder laid landing lands lane large laugh laughing laughs laughter lawn
lawnmower leak leaking leave leaves leaving leg legs lens lenses lies lift lifting lifts light
lighting lightning lights lions liquid listening livestock lobby loitering lorries lorry loud
loudly low lying machine machinery machines mains mallet man manmade mechanical mechanisms medium
men meow meowing meows metal metro mice microphone mid mist moan moaning mob moo morning mosquito
motionless motor motorbike motorbikes motorboat motorcycle motorcycles motors motorway mouse moved
mower mud murmur music musical natural neigh new night nighttime nobody noise noises obstructed
ocean office officer officers oink old onto open opera orange other outside oven overcast owl
package packages pain painted pane panes panic pans pant parcel parcels parked parking passenger
passengers passes passing patter pedestrian pedestrians people performance person persons pets
photo photograph picture pig pigeon ping pink pistol plane planes platform playing plop plucked
police policeman pop porcelain pots pour pouring power printer propeller protest protesters public
puddle pull pulled pulleys pulling pulls pulse pump punch punched punches punching purr push pushed
pushes pushing quack quarrel quarreling queue queues quiet quietly race racing radio rail railroad
rain raindrop raindrops raining rains rainy ran rang rasp ratchet rats rattle razor recording red
rest resting reverberation reversing revving rifle ring ringing rings ringtone riot rioting river
road roads roadway roar roaring roars robber robbery robbing robot robots roof room rooster
roosters rotor rotors rowboat rub rumble run running runs rural rustle rustling sad sailboat
sailing sanding saw sawing scary scene school scissors scooter scooters scrape scratch scratching
scream screamed screaming screams screech screeching scuffle sea security sewing shadow shadows
shard shards shatter shattered shattering shatters shaver sheep shelf shelves ship shoot shooting
shoots shop shore shot shotgun shots shout shouted shouting shouts shove shoving shriek shrieking
shrieks shuffling sick sidewalk sigh signal silence silverware singing single sink siren sirens
sizzle skid skidding slam slammed slamming slams slap sleep sleeping sleeps slide sliding slip
slipped slipping slips slosh slow slowly smack small smash smashed smashes smashing smoke smoking
smoky smoulder smouldering snake snapping sneeze sneezes sneezing snicker sniff snore snores
snoring snort snow snowfall snowing sob sobbing sobs sofa somebody someone song sound sounds space
spark sparks speak speaking speaks spectators speech speedboat splash splashes splashing splatter
splinter splinters spray sprayed sprinkler squawk squeak squeal squealing squeals squish staircase
stairs starting static station stealing steam steaming steel stomach stopped stopping store storm
storms stranger strangers stream street streets strike striking strong struck struggle struggles
struggling stumble stumbled stumbles stumbling subway sudden suddenly suitcase sunny surf surface
suspicious swish swoosh table tables talk talking talks tampered tampering tap tapping tearing
telephone television terrified theft thief throbbing throw throwing thrown throws thud thuds thump
thunder thundering thunderstorm thunk thwack tick ticking ticks tigers tinkle tiny tire tock
toddler together toilet tone tool tools toot toothbrush tractor traffic train trains tram trams
transport trespasser trespassing trickle trip tripped tripping trips trolley truck trucks tunnel
turkey tweet typewriter typing tyre tyres unconscious underground uniform unit urban vacuum van
vandal vandalism vans vehicle vehicles ventilation ventilator vest vibration video view violence
violent violently visitor visitors vroom wagon wail wailing wails waking walk walked walking walks
warehouse washing wasp water waterfall wave waves weak weapon weapons weep weeping welder welding
wet whack whale wheel wheels wheeze whimper whimpering whinny whip whir whirr whirring whispering
whistle whistles whistling white whoop whoosh wild wildfire wind window windowpane windows winds
windy wing wings wolves woman women wood worker workers working workshop wounded wow wrestle
wrestling writing yell yelled yelling yellow yells yip young zing zipper
"""

MORE_WORDS: tuple[str, ...] = tuple(_TEXT.split())
