"""How people say what a camera sees: patterns for every concept of ``pipeline.scene``."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.training.sight_words_of_danger import DANGER_PATTERNS
from pipeline.training.sight_words_of_people import PEOPLE_PATTERNS
from pipeline.training.sight_words_of_places import PLACE_PATTERNS
from pipeline.training.sight_words_of_things import THING_PATTERNS

#: Claims of several concepts.
_SHARED: Mapping[str, tuple[str, ...]] = {
    "person_standing/person_walking/person_running/person_lying/person_bending/"
    "person_sitting/person_falling/people_fighting/people_group": (
        "{a person|somebody|people|someone} {is there|in view|in the picture|in the yard|outside|"
        "in the street|in the room}",
        "{%person|%human|%human being|%human figure|%human shape|%silhouette|%figure|%figure of "
        "a person|%individual|%man|%woman|%male|%female|%male person|%female person|%adult|"
        "%child|%boy|%girl|%kid|%teenager|%youth|%guy|%lady|%gentleman|%fellow|%bloke|%elderly "
        "person|%old man|%old woman|%young man|%young woman|%senior|%stranger|%unknown person|"
        "%unidentified person|%unauthorised person|%unauthorized person|%intruder|%intruder "
        "alert|%intrusion|%burglar|%burglary|%thief|%theft|%robber|%robbery|%housebreaker|%break "
        "in|%criminal|%crook|%suspect|%suspicious person|%suspicious man|%suspicious figure|"
        "%suspicious individual|%dubious person|%offender|%perpetrator|%culprit|%trespasser|"
        "%trespass|%trespassing person|%lurker|%lurking person|%stalker|%peeping tom|%spy|"
        "%snooper|%vandal|%looter|%shoplifter|%gunman|%masked man|%masked person|%man in a mask|"
        "%hooded man|%hooded person|%hooded figure|%person in a hood|%person in a hoodie|%man in "
        "a hoodie|%man with a hood|%man in black|%person in dark clothes|%person in black|%dark "
        "figure|%shadowy figure|%armed man|%armed person|%armed robber|%man with a gun|%man with "
        "a knife|%person with a weapon|%person with a bag|%man with a bag|%person with a "
        "backpack|%person with a crowbar|%visitor|%guest|%customer|%client|%employee|%worker|"
        "%workman|%staff member|%cleaner|%guard|%security guard|%night watchman|%policeman|"
        "%policewoman|%police officer|%officer|%cop|%soldier|%fireman|%firefighter|%postman|"
        "%mailman|%courier|%delivery man|%delivery driver|%neighbour|%neighbor|%tenant|%resident|"
        "%owner|%homeless person|%squatter|%tramp|%drunk|%drunk person|%beggar|%student|%tourist|"
        "%person on the premises|%person on the property|%person in the building|%person at the "
        "gate|%person at the fence|%person in a restricted area|%person in the yard|%person by a "
        "car|%person close to the camera|%face|%human face|%human body|%someone's body|%person "
        "in view|%human presence|%presence of a person|%presence of people|%person in the "
        "picture|%person in the frame|%person in a uniform|%worker in a vest|%man in a helmet|"
        "%person wearing a helmet|%person wearing a hat|%person in red|%person in white}",
        "{someone|somebody|anyone|anybody|some person|persons|folks|folk|a living being|human "
        "activity|human movement|someone there|someone in sight|someone present|someone in the "
        "hall|someone in the hallway|someone in the corridor|someone in the car park|someone in "
        "the parking lot|someone in the garden|someone in the building|someone in the house|"
        "someone in the office|someone in the warehouse|someone on the premises|someone on the "
        "property|someone near the door|someone near a car|someone near the fence|someone behind "
        "the fence|someone at the window|someone by the wall|someone who should not be there|"
        "someone not allowed in|someone without permission|someone stealing a car|trespassing|"
        "stealing|shoplifting|breaking and entering|a burglary in progress|a robbery in progress|"
        "a break in attempt|forced entry|unauthorised access|unauthorized access|unauthorised "
        "entry|unauthorized entry|an intruder in the building|an intruder in the house|an "
        "intruder in the yard|an intruder on the premises|an intruder on the property|an "
        "intruder at the door|an intruder at the window|intruders on the premises|a burglar in "
        "the house|a burglar at the window|a burglar at the door|a burglar in the yard|a thief "
        "in the yard|a thief in the shop|a thief near a car|a stranger in the yard|a stranger at "
        "the door|a stranger on the property|a stranger in the house|vandalism by someone|"
        "loitering persons|lurking|people on the premises|people in the building|a man outside|a "
        "woman outside|staff|personnel|a human in the picture|any person|any people|any human|"
        "one person|a single person|a lone person|a lone man|a lone figure|exactly one person|a "
        "person alone|someone alone}",
        "{ONE} {~be there|~be present|~be visible|~be in view|~appear|~show up|~trespass|~lurk|"
        "~break in|~steal something|~be in the yard|~be in the room|~climb a fence|~climb over "
        "the wall|~climb through a window|~open a door|~open a window|~enter the building|~carry "
        "a bag|~carry a box|~carry something|~hold something|~hold a weapon|~wear a mask|~wear a "
        "hood|~look at the camera|~do something|~use a phone|~push a cart|~turn around|~break "
        "into a house|~break into a car|~force a door|~work|~smoke a cigarette|~vandalise "
        "something|~spray graffiti}",
        "{an intruder|a burglar|a thief|a robber|a stranger|a trespasser|a suspicious person|a "
        "masked man|a visitor|a criminal|a guard|a worker|a vandal} {~be there|~be present|"
        "~appear|~lurk|~break in|~break into a house|~break into a car|~steal something|~climb a "
        "fence|~climb over the wall|~climb through a window|~open a door|~enter the building|"
        "~enter the house|~carry a bag|~force a door|~be on the premises|~be in the yard|~be in "
        "the building|~be visible|~look around inside|~try the door|~get in}",
        "{people|persons|some people|several people|intruders|burglars|thieves|strangers|"
        "visitors|workers|men|trespassers|vandals} {^be there|^be present|^appear|^be visible|"
        "^break in|^climb a fence|^enter the building|^steal something|^be in the yard|^be in "
        "the street|^be in the room|^trespass|^work|^carry boxes|^do something|^show up}",
    ),
    "person_walking+night/person_standing+night/person_running+night/person_bending+night": (
        "{a person in the dark|someone in the dark|somebody in the dark|a man in the dark|a "
        "figure in the dark|a figure at night|a person at night|someone at night|a man at night|"
        "a woman at night|people at night|an intruder at night|a burglar at night|a stranger at "
        "night|a prowler in the dark|someone in the yard at night|someone outside at night|a "
        "dark figure at night|someone lurking in the dark|a person in a dark street|a person in "
        "a dark room}",
    ),
    "car+night": (
        "{a car at night|a car in the dark|a vehicle at night|cars at night|traffic at night|a "
        "parked car at night|a car driving at night|a van in the dark|a vehicle in the dark}",
    ),
    "fire+night": (
        "{a fire at night|a fire in the dark|flames in the dark|flames in the night|something "
        "burning at night|a blaze at night|a fire in the night|a car burning at night}",
    ),
    "rain+night": (
        "{rain at night|a rainy dark night|rain in the dark|a dark rainy street|a wet night|it "
        "is raining at night|a rainy street at night}",
    ),
    "empty_scene+night": (
        "{an empty street at night|an empty yard at night|an empty room in the dark|nobody "
        "around at night|a deserted street at night|a dark empty place|a quiet night with nobody "
        "around|an empty car park at night|a dark empty corridor}",
    ),
    "person_running/person_walking": (
        "{%moving pedestrian|%moving figure|%moving human|%person on the go}",
        "{someone moving|movement of a person|movement of people|a person walking or running|"
        "people moving|people on the move|people walking or running|a person walks or runs|"
        "motion of a person}",
    ),
    "people_fighting/people_group": (
        "{a tumult|a commotion|a disturbance|unrest|civil unrest|a disorder|public disorder|a "
        "turmoil|a mob and violence|trouble among people|a public disturbance|crowd trouble}",
    ),
    "person_lying/person_sitting": (
        "{a person taking a rest|someone sitting or lying|a person on the ground or on a bench|"
        "someone sitting or lying on the ground|a person sitting or lying down|a homeless person "
        "on the ground}",
    ),
    "people_fighting+person_lying": (
        "{a fight with a person on the ground|people beating a man on the ground|people kicking "
        "a person on the ground|a man kicking a man lying on the ground|an attack on a person "
        "lying down|a victim on the ground being beaten}",
    ),
    "person_walking+dog": (
        "{a person walking a dog|someone walking a dog|a man walking a dog|a woman walking a dog|"
        "a dog walker|dog walkers|a person walks with a dog|a man with a dog walking|someone out "
        "with a dog|people walking their dog|a walk with the dog}",
    ),
    "fire/smoke": (
        "{something is burning or smoking|signs of fire}",
        "{%fire or smoke|%smoke or fire|%sign of fire|%sign of burning|%sign of smoke|%fire "
        "danger|%fire hazard|%fire risk|%fire emergency|%danger of fire|%burning or smoking "
        "thing|%fire alert|%possible fire}",
        "{flames or smoke|smoke or flames|combustion|something burns or smokes|something burning "
        "or smoldering|burning or smouldering}",
    ),
    "fire+smoke": (
        "{a blaze} {and|with} {smoke|dark smoke|thick smoke|clouds of smoke}",
        "{flames|a fire|fire|a burning car|a burning house|a burning building|a big fire|a "
        "burning bin} {and|with} {smoke|black smoke|thick smoke|dark smoke|clouds of smoke|heavy "
        "smoke|a lot of smoke|grey smoke}",
        "{smoke|thick smoke|black smoke|clouds of smoke|dark smoke} {and|with|above} {flames|"
        "fire|a fire|a blaze|burning objects}",
        "{a smoky fire|a smoking fire|a fire giving off smoke|a fire producing smoke|smoke "
        "rising from flames|smoke rising from a fire|smoke over the flames|burning and smoking|"
        "something burns and smokes|a car burns with black smoke|a building burning and smoking|"
        "flames and a smoke plume}",
    ),
    "fire/smoke/covered_lens/people_fighting/person_falling/person_lying": (
        "{%dangerous situation|%emergency|%emergency situation|%incident|%danger|%dangerous "
        "scene|%abnormal event|%anomaly|%unusual event|%alarming event|%disaster|%threat|%hazard|"
        "%crisis}",
        "{something unusual|something dangerous|something is wrong|something wrong|something "
        "happened|something bad|an abnormal situation|an unusual situation|trouble|a case for an "
        "alarm}",
    ),
}

#: Keys: a concept, ``a+b`` (both), ``a/b`` (either). See ``pipeline.training.grammar``.
SIGHT_PATTERNS: Mapping[str, tuple[str, ...]] = {
    **PEOPLE_PATTERNS,
    **DANGER_PATTERNS,
    **PLACE_PATTERNS,
    **THING_PATTERNS,
    **_SHARED,
}

#: Frames for a whole sentence; ``{}`` takes the phrase, which stands bare one time in four.
SIGHT_TEMPLATES: tuple[str, ...] = (
    *["{}"] * 43,
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
    "a photograph of {}",
    "an image of {}",
    "a view of {}",
    "a video of {}",
    "video of {}",
    "footage of {}",
    "camera footage of {}",
    "surveillance footage of {}",
    "security footage of {}",
    "cctv of {}",
    "cctv footage of {}",
    "a cctv image of {}",
    "a cctv camera view of {}",
    "a camera view of {}",
    "a camera picture of {}",
    "a webcam picture of {}",
    "a frame of {}",
    "a still of {}",
    "a scene of {}",
    "a scene with {}",
    "a picture with {}",
    "an image with {}",
    "an image showing {}",
    "a picture showing {}",
    "a video showing {}",
    "a frame showing {}",
    "the camera shows {}",
    "the camera sees {}",
    "the picture shows {}",
    "the image shows {}",
    "the video shows {}",
    "the footage shows {}",
    "this is {}",
    "this is a picture of {}",
    "this shows {}",
    "here is {}",
    "here we see {}",
    "there are {}",
    "there was {}",
    "I see {}",
    "I can see {}",
    "you can see {}",
    "we can see {}",
    "one can see {}",
    "one sees {}",
    "look for {}",
    "watch for {}",
    "alert on {}",
    "alarm on {}",
    "warn me about {}",
    "tell me about {}",
    "possible {}",
    "any {}",
    "{} visible",
    "{} is visible",
    "{} are visible",
    "{} is seen",
    "{} is shown",
    "{} seen",
    "{} in view",
    "{} in sight",
    "{} in the image",
    "{} in the frame",
    "{} in the video",
    "{} in the footage",
    "{} in the scene",
    "{} on video",
    "{} on screen",
    "{} on cctv",
    "{} on the camera",
    "{} caught on camera",
    "{} detected",
    "{} is detected",
    "{} in the foreground",
    "{} in the background",
    "{} in the middle",
    "{} in the centre",
    "{} in the center",
    "{} in the corner",
    "{} on the left",
    "{} on the right",
    "{} on the side",
    "{} at the edge",
    "{} close to the camera",
    "{} near the camera",
    "{} in front of the camera",
    "{} far from the camera",
    "{} far away",
    "{} in the distance",
    "{} close by",
    "{} nearby",
    "{} near the wall",
    "{} next to the wall",
    "{} by the door",
    "{} near the entrance",
    "{} near the gate",
    "{} behind the building",
    "{} near the house",
    "{} on the premises",
    "{} on the property",
    "{} in the area",
    "{} somewhere",
    "{} here",
    "{} there",
    "{} right now",
    "{} again",
    "{} repeatedly",
    "{} suddenly",
    "{} all of a sudden",
    "{} for a long time",
    "{} after hours",
    "suddenly {}",
    "clearly {}",
    "a low quality picture of {}",
    "a blurry picture of {}",
    "a grainy picture of {}",
    "a black and white picture of {}",
    "a wide view of {}",
    "a close view of {}",
)
