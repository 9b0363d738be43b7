"""How people say what a microphone hears: patterns for every concept of ``pipeline.scene``."""

from __future__ import annotations

from collections.abc import Mapping

#: Keys: a concept, ``a+b`` (both), ``a/b`` (either). See ``pipeline.training.grammar``.
SOUND_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "fire_alarm": (
        "{a fire alarm|fire alarms|a smoke alarm|smoke alarms|a smoke detector|smoke detectors|"
        "an alarm|alarms|a fire bell|an alarm bell|a beeping alarm|an electronic alarm}",
        "{a fire alarm|a smoke alarm|a smoke detector|an alarm|an alarm bell|the alarm|a fire "
        "bell} "
        "{beeping|beeps|is beeping|ringing|rings|is ringing|sounding|sounds|is sounding|goes off|"
        "going off|is going off|chirping}",
        "{loud|shrill|repeated|high|piercing} {beeps|beeping|alarm beeps|alarm tones}",
    ),
    "siren": (
        "{a siren|sirens|a police siren|police sirens|an ambulance|an ambulance siren|"
        "a fire engine|a fire engine siren|an emergency siren|emergency vehicles}",
        "{a siren|sirens|a police siren|a police car|an ambulance|a fire truck} "
        "{wailing|wails|is wailing|howling|sounding|passing|in the distance|approaching}",
    ),
    "glass_breaking": (
        "{breaking glass|glass breaking|broken glass|shattering glass|glass shattering|glass "
        "breaks|"
        "glass is breaking|glass shatters|smashing glass|glass smashing|shattered glass|"
        "a glass breaks|glass crashing}",
        "{a window|a pane|a windowpane|a bottle|a glass|a glass pane|a glass door|windows|"
        "something} "
        "{breaking|breaks|is breaking|is broken|shattering|shatters|is shattered|smashing|smashes|"
        "is smashed|being smashed|being broken|breaks into pieces}",
        "{someone|somebody|a person|a burglar} {breaks|breaking|smashes|smashing} "
        "{a window|glass|a bottle|a pane}",
        "{a break in|shards of glass|glass shards falling|tinkling shards}",
    ),
    "scream": (
        "{a scream|screams|screaming|a shriek|shrieking|yelling|a yell|a cry for help|shouting|"
        "loud screaming|a loud scream|a cry|shouts|a shout}",
        "{a person|someone|somebody|a woman|a man|a child|people} {screaming|screams|is screaming|"
        "shrieking|shrieks|yelling|yells|crying for help|shouting|shouts|calling for help|scream}",
        "{screaming|shouting|yelling} {and|in} {shouting|yelling|fear|panic|pain}",
    ),
    "speech": (
        "{speech|talking|people talking|a conversation|voices|a voice|a person talking|"
        "someone speaking|a man speaking|a woman speaking|conversation|human voices|chatting|"
        "quiet talking}",
        "{a person|someone|a man|a woman|somebody} {talking|talks|is talking|speaking|speaks|"
        "is speaking|chatting|saying something}",
        "{people|persons|two people} {talking|speaking|chatting|talk|are talking|in conversation}",
    ),
    "crowd": (
        "{a crowd|crowd noise|a crowd of people|many voices|chatter|babble|a babble of voices|"
        "a crowd talking|crowds|the murmur of a crowd|a busy place|a noisy crowd}",
        "{many people|a lot of people|a crowd} {talking|chattering|speaking|murmuring}",
    ),
    "footsteps": (
        "{footsteps|steps|a footstep|someone walking|a person walking|walking|shoes on the floor|"
        "someone's footsteps|running steps|walking steps|people walking}",
        "{footsteps|steps} {on the floor|on gravel|on the ground|passing|approaching|nearby}",
    ),
    "dog_bark": (
        "{a dog|dogs|a barking dog|barking dogs|barking|a bark|dog barks|a dog bark|barks}",
        "{a dog|dogs|a small dog|a big dog|an animal} {barking|barks|bark|is barking|are barking|"
        "howling|growling}",
    ),
    "bird_song": (
        "{birds|a bird|bird song|birdsong|chirping birds|singing birds|a singing bird|bird calls|"
        "bird sounds|chirping}",
        "{birds|a bird|some birds|small birds} {singing|sings|sing|are singing|is singing|chirping|"
        "chirps|chirp|calling|tweeting|twittering}",
    ),
    "wind": (
        "{wind|the wind|a breeze|gusts of wind|a gust of wind|wind noise|a strong wind|windy "
        "weather|"
        "a windy day|rustling leaves}",
        "{wind|the wind|a breeze} {blowing|blows|is blowing|rustling|whistling|howling|in the "
        "trees|"
        "in the microphone}",
    ),
    "rain": (
        "{rain|the rain|rainfall|heavy rain|light rain|falling rain|rain falling|raindrops|a "
        "shower|"
        "rain drops|it is raining|pouring rain|rainy weather}",
        "{rain|water} {falling|is falling|on the roof|on the window|dripping|pouring|pattering}",
    ),
    "car_engine": (
        "{a car|cars|an engine|a car engine|a motor|engines|traffic|road traffic|a vehicle|"
        "a passing car|an engine running|vehicles|traffic noise|a truck}",
        "{a car|an engine|a motor|a vehicle|traffic|cars|a truck} {passing|passes|running|idling|"
        "driving by|driving past|driving|starting|humming|is running}",
    ),
    "car_horn": (
        "{a car horn|a horn|horns|car horns|honking|a honking car|a beep of a horn|hooting}",
        "{a car|a vehicle|a driver|cars} {honking|honks|is honking|hooting|sounding its horn}",
    ),
    "dishes": (
        "{dishes|plates|crockery|cups|cutlery|dishes clinking|clattering dishes|clinking dishes|"
        "clattering plates|kitchen noise|tableware|cups and plates}",
        "{dishes|plates|cups|cutlery|pots} {clinking|clattering|clink|clatter|being washed}",
    ),
    "keys_jingling": (
        "{keys|jingling keys|keys jingling|a bunch of keys|a key ring|rattling keys|coins}",
        "{keys|someone's keys|coins} {jingling|jingle|rattling|rattle|clinking}",
    ),
    "phone_ring": (
        "{a phone|a telephone|a ringing phone|a phone ringing|a telephone ringing|a mobile phone|"
        "a ringtone|a ring tone|phones ringing}",
        "{a phone|a telephone|the phone|a mobile phone} {ringing|rings|is ringing|beeping}",
    ),
    "door_slam": (
        "{a door|a door slam|a slamming door|a slammed door|doors slamming|a door closing|a bang|"
        "a thud|a door shutting|a door closes|doors|a knock}",
        "{a door|the door|a gate|doors} {slamming|slams|is slammed|closing|closes|shutting|shuts|"
        "banging|opening}",
    ),
    "hum": (
        "{a hum|humming|an electric hum|a humming machine|machine noise|a fan|a ventilator|"
        "an air conditioner|ventilation|mains hum|a buzz|buzzing|a refrigerator|a droning sound}",
        "{a machine|a fan|a motor|an air conditioner|a refrigerator} {humming|hums|is humming|"
        "buzzing|running}",
    ),
    "silence": (
        "{silence|quiet|a quiet room|room tone|nothing|background noise|ambient noise|a quiet "
        "place|"
        "stillness|a silent room|almost silence|no sound|quietness|an empty room}",
        "{it is quiet|nothing can be heard|faint noise|faint background noise|soft noise|"
        "a quiet background}",
    ),
    "music": (
        "{music|a song|a melody|a tune|songs|melodies|a piano|musical instruments|music playing|"
        "a radio|an instrument|instrumental music}",
        "{music|a song|a melody|a radio|a band|a musician} {playing|plays|is playing|in the "
        "background}",
    ),
    "hammering": (
        "{hammering|a hammer|hammer blows|knocking|hammers|construction work|banging|"
        "construction noise|a hammering noise}",
        "{someone|a worker|a person|somebody} {hammering|hammers|is hammering|hitting a nail|"
        "working with a hammer|knocking}",
    ),
    "gunshot": (
        "{a gunshot|gunshots|gunfire|a shot|shots|shooting|a gun|a gun shot|a rifle shot|a "
        "pistol shot|"
        "a weapon firing}",
        "{a gun|a weapon|a rifle|a pistol|shots} {fired|firing|is fired|being fired|fires|"
        "shooting}",
        "{someone|somebody|a person} {shooting|is shooting|shoots|firing a gun|fires a gun}",
    ),
    "speech/crowd/scream": (
        "{voices of people|human voice|people are heard|a person is heard|human sounds}",
    ),
    "fire_alarm/siren": (
        "{an emergency signal|a warning signal|an alarm or siren|a warning sound}",
    ),
}

#: Frames for a whole sentence; ``{}`` takes the phrase.
SOUND_TEMPLATES: tuple[str, ...] = (
    "{}",
    "{}",
    "{}",
    "the sound of {}",
    "the sounds of {}",
    "the noise of {}",
    "a recording of {}",
    "we hear {}",
    "{} can be heard",
    "{} is heard",
    "{} in the background",
    "{} nearby",
    "{} in the distance",
)
