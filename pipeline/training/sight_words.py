"""How people say what a camera sees: patterns for every concept of ``pipeline.scene``."""

from __future__ import annotations

from collections.abc import Mapping

_ONE = "{a person|someone|somebody|a man|a woman|an individual}"
_MANY = "{people|persons|some people|several people}"

#: Keys: a concept, ``a+b`` (both), ``a/b`` (either). See ``pipeline.training.grammar``.
SIGHT_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "empty_scene": (
        "{an empty|a quiet|a deserted|a still|an ordinary|a calm} "
        "{scene|yard|street|room|place|parking lot|corridor|hall|area|courtyard|building}",
        "{nobody|no one|no people|no person|nothing} {is there|in sight|to see|around|in view|}",
        "{nothing is happening|nothing happens|nothing unusual|nothing going on}",
        "{a house|a wall|a fence|a tree} {with nobody around|and nobody there|and no people}",
        "{a view of|a picture of|} {a yard|a street|a room|a parking lot|a house|a building} "
        "{without people|with no people|with nobody}",
        "{the scene|the yard|the street|the room|the parking lot} is {empty|quiet|deserted}",
    ),
    "person_standing": (
        f"{_ONE} {{standing|stands|is standing|waiting|is waiting|waits}} {{still|there|around|}}",
        f"{_ONE} {{upright|standing upright|on their feet|standing in place}}",
        f"{_MANY} {{standing|stand|are standing|waiting}} {{still|there|around|}}",
        "{a standing person|a person who stands|a pedestrian standing|a visitor waiting}",
        "{a guard|a worker|a visitor|a pedestrian|a guy} {standing|is standing|waiting}",
    ),
    "person_walking": (
        f"{_ONE} {{walking|walks|is walking|strolling|strolls|passing|passes|passing by}}"
        " {past|by|along|around|through|across|}",
        f"{_MANY} {{walking|walk|are walking|strolling|passing by|pass by}} {{past|along|around|}}",
        "{a walking person|a pedestrian|pedestrians|a passerby|passersby|a person who walks}",
        "{a pedestrian|a visitor|a worker|a guy} {walking|walks|is walking|passing|passes}",
        "{a person|someone} {comes|coming|goes|going|moving|moves} {past|by|along}",
    ),
    "person_running": (
        f"{_ONE} {{running|runs|is running|sprinting|is sprinting|jogging|jogs}} {{away|past|"
        f"fast|}}",
        f"{_MANY} {{running|run|are running|sprinting|jogging}} {{away|past|fast|}}",
        "{a runner|a running person|a jogger|a person in a hurry|someone hurrying|a person "
        "rushing}",
    ),
    "person_lying": (
        f"{_ONE} {{lying|lies|is lying|laying|is laying|lying down|is down|is lying down}}"
        " {on the ground|on the floor|motionless|still|}",
        f"{_ONE} {{has collapsed|collapsed|has fallen|has fallen down|fallen|has fainted|fainted|"
        "is unconscious|sleeps|is sleeping} {on the ground|on the floor|}",
        "{a collapsed|a fallen|a lying|an unconscious|an injured|a motionless|a wounded} "
        "{person|man|woman|body|worker|pedestrian} {on the ground|on the floor|}",
        "{a body|a victim|an injured person|a helpless person} "
        "{on the ground|on the floor|lying on the ground}",
        "{a person down|a man down|someone needs help|a medical emergency|an accident victim}",
        "{people|persons} {lying|lie|lying down} {on the ground|on the floor}",
    ),
    "person_falling": (
        f"{_ONE} {{falling|is falling|falling down|is falling down|falling over|stumbling|"
        "stumbles|tripping|trips|slipping|slips|losing balance|collapsing|is collapsing|fainting}"
        " {to the ground|to the floor|}",
        "{a falling|a stumbling|a collapsing} {person|man|woman|worker|pedestrian}",
    ),
    "person_falling/person_lying": (
        "{a fall|a collapse|an accident|someone has an accident}",
        f"{_ONE} {{falls|fell|falls down|fell down|collapses|falls over|fell over|faints}}"
        " {to the ground|to the floor|on the ground|on the floor|}",
    ),
    "people_fighting": (
        "{people|two people|persons|men|two men|women|some people|several people|youths|children} "
        "{fighting|fight|are fighting|brawling|wrestling|struggling|scuffling|attacking each other|"
        "hitting each other|punching each other|kicking each other|beating each other}",
        "{a fight|fights|a brawl|a scuffle|violence|a violent attack|an assault|an attack|"
        "a physical fight|a street fight|a fist fight|violent people|a violent scene|a beating|"
        "a struggle|violent behaviour|aggression}",
        f"{_ONE} {{hitting|hits|is hitting|punching|punches|is punching|kicking|kicks|is kicking|"
        "beating|is beating|attacking|attacks|is attacking|pushing|shoving|assaulting} "
        "{a person|someone|another person|a man|a woman|somebody}",
        f"{_ONE} {{being hit|being kicked|being beaten|being attacked|being punched|is attacked|"
        "is beaten|is kicked|fighting|fights|is fighting}",
        "{a fight|a brawl|violence} {between people|between two people|in the street|in a room|"
        "breaks out|on the ground}",
    ),
    "people_group": (
        "{a group|a crowd|a gathering|a bunch} of {people|persons|men|pedestrians|visitors}",
        "{a crowd|many people|several people|a lot of people|crowds|a gathering|groups of people}",
        f"{_MANY} {{together|gathered|in a group|meeting|talking|gathering|standing together}}",
        "{two|three|four|a few} people {together|talking|in a group|}",
    ),
    "person_bending": (
        f"{_ONE} {{bending|bends|is bending|bent|crouching|crouches|is crouching|squatting|"
        "kneeling|is kneeling|stooping|leaning} {down|over|forward|}",
        f"{_ONE} {{picking up|picks up|tying|ties|reaching for|lifting}} "
        "{something|a thing|a bag|shoes|an object|a box}",
        "{a crouching|a bending|a kneeling|a squatting} {person|man|woman}",
    ),
    "person_sitting": (
        f"{_ONE} {{sitting|sits|is sitting|seated|sitting down|resting|sat down}}"
        " {there|on a bench|on a chair|on the ground|on the floor|}",
        f"{_MANY} {{sitting|sit|are sitting|seated}} {{there|on a bench|}}",
        "{a sitting|a seated|a resting} {person|man|woman|visitor|worker}",
    ),
    "yard": (
        "{a yard|the yard|a courtyard|a garden|a back yard|a house with a yard|a yard with a "
        "fence}",
    ),
    "street": (
        "{a street|the street|a road|the road|a pavement|a sidewalk|a street with houses|a city "
        "street}",
    ),
    "car_park": (
        "{a car park|a parking lot|a parking place|the car park|the parking lot|parking spaces}",
    ),
    "room": ("{a room|the room|an office|an indoor room|a living room|the inside of a house}",),
    "corridor": (
        "{a corridor|the corridor|a hallway|a passage|an indoor corridor|a narrow hallway}",
    ),
    "hall": (
        "{a hall|the hall|a warehouse|a large hall|a factory hall|a storage hall|a big hall}",
    ),
    "yard/street/car_park": ("{outdoors|an outdoor scene|outside|a place outdoors}",),
    "room/corridor/hall": ("{indoors|an indoor scene|inside a building|a place indoors}",),
    "sunset": (
        "{a sunset|sunset|the setting sun|a sunrise|dusk|dawn|an orange sky|a red sky|evening "
        "light|"
        "a low sun|evening sun}",
        "{the sun} {is setting|sets|going down|goes down|setting}",
    ),
    "headlights": (
        "{headlights|car headlights|car lights|bright headlights|the headlights of a car|"
        "headlights of a vehicle|a car with its lights on|headlights shining|headlights at night}",
    ),
    "fire": (
        "{a fire|fire|flames|a blaze|a burning fire|open flames|a flame|an open fire|a bonfire|"
        "fires}",
        "{a fire|fire|a blaze} {with flames|and flames|burning|is burning|burns|broke out|"
        "has broken out|spreading|spreads|is spreading}",
        "{something|an object|a building|a thing|a box|a bin|a barrel|a car|a house|the yard|"
        "the ground|wood|rubbish} {burning|is burning|burns|on fire|is on fire|in flames|"
        "catches fire|caught fire}",
        "{burning|flickering|bright|orange|high|big|large|small|rising} {flames|fire}",
        "{flames|a fire|fire} {in|on|near|behind|beside} {the building|the house|the wall|"
        "the ground|the yard|the room|the street}",
    ),
    "smoke": (
        "{smoke|dark smoke|thick smoke|grey smoke|black smoke|white smoke|a cloud of smoke|"
        "a plume of smoke|clouds of smoke|fumes|a smoky scene|smoky air}",
        "{smoke|fumes|a smoke cloud|a smoke plume} {rising|rises|is rising|in the air|spreading|"
        "drifting|filling the air|in the yard|in the room|over the building|from a fire}",
        "{something|a building|an object} {smoking|is smoking|smoulders|smouldering}",
    ),
    "car": (
        "{a car|a vehicle|an automobile|cars|vehicles|a parked car|parked cars|a van|a truck|"
        "a lorry|trucks|vans|a bus}",
        "{a car|a vehicle|a van|a red car|a blue car|a white car|cars|traffic} "
        "{driving|drives|driving by|passing|passes|parked|parking|standing|in the street|"
        "in the yard|on the road|driving past|arriving|leaving}",
        "{road traffic|passing traffic|a car on the road|a car in a parking lot}",
    ),
    "dog": (
        "{a dog|dogs|a pet|an animal|a puppy|a small animal|a stray dog|animals|pets}",
        "{a dog|an animal|a pet|a stray dog} {running|walking|walks|runs|trotting|is running|"
        "in the yard|in the street|on the ground|passing|passes}",
    ),
    "night": (
        "{night|a night scene|darkness|a dark scene|a dark place|the dark|dark|a dark night}",
        "{a street|a yard|a room|a parking lot|a scene|a place|a house|a building} "
        "{at night|in the dark|in darkness|by night|with little light}",
        "{it is dark|it is night|dim light|low light|poor light|the lights are off}",
    ),
    "rain": (
        "{rain|rainfall|a rainy scene|rainy weather|a rainy day|heavy rain|light rain|wet weather}",
        "{it is raining|it rains|rain falling|rain is falling|rain drops|falling rain|a shower}",
        "{a street|a yard|a scene|a house|a parking lot} {in the rain|in rainy weather}",
    ),
    "covered_lens": (
        "{a covered|a blocked|an obstructed|a masked|a sprayed|a blinded} {lens|camera|view}",
        "{the camera|the lens|the view} is {covered|blocked|obstructed|masked|sprayed|blinded}",
        "{a hand|something|a cloth|paint|an object} {over|covering|in front of|blocking|on} "
        "{the camera|the lens}",
        "{camera tampering|a tampered camera|nothing visible|the picture is blocked}",
    ),
    "bright_light_change": (
        "{a bright light|bright lights|a flash of light|a light switched on|a strong light|glare|"
        "a lamp|a floodlight|lights switched on|a spotlight|a light turned on}",
        "{the light|a lamp|a light|a floodlight} {is switched on|goes on|turns on|is turned on|"
        "shining|shines|is shining|is on}",
        "{a sudden light|a light change|a change of light|sudden brightness}",
    ),
    "person_standing/person_walking/person_running/person_lying/person_bending/person_sitting/"
    "person_falling/people_fighting/people_group": (
        "{a person|a human|somebody|someone|a man|a woman|people|humans|persons|a figure}",
        "{a person|somebody|people|someone} {is there|in view|in the picture|in the yard|outside|"
        "in the street|in the room}",
    ),
    "fire/smoke": (
        "{something is burning or smoking|fire or smoke|a sign of fire|signs of fire}",
        "{fire danger|a fire emergency}",
    ),
    "fire+smoke": (
        "{fire|a fire|flames|a blaze} {and|with} {smoke|dark smoke|thick smoke|clouds of smoke}",
        "{smoke|thick smoke} {and|with} {fire|flames|a fire}",
    ),
}

#: Frames for a whole sentence; ``{}`` takes the phrase.
SIGHT_TEMPLATES: tuple[str, ...] = (
    "{}",
    "{}",
    "{}",
    "a photo of {}",
    "a picture of {}",
    "a camera shows {}",
    "there is {}",
    "a surveillance camera view of {}",
    "a security camera image of {}",
    "we see {}",
    "{} can be seen",
    "{} in the picture",
    "{} on camera",
)
